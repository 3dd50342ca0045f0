"""What concerns more than one record of a definition."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from prosperity.definition import Industry
from prosperity.errors import DefinitionError, nearest
from prosperity.record_fields import Table, refusal

#: Says where a field of a record stands: (table, row number from 0, field) -> place.
Locator = Callable[[str, int, str], str]
_CONDITION = re.compile(r"^([a-z][a-z0-9_]*)([+-])$")


def check_whole(industry: Industry, locate: Locator) -> list[DefinitionError]:
    """Check what concerns more than one record."""
    found: list[DefinitionError] = []

    def refuse(code: str, zh: str, en: str, table: Table, row: int, column: str) -> None:
        found.append(refusal(code, zh, en, locate(table, row, column)))

    items: dict[Table, tuple[Any, ...]] = {
        "dimension": industry.dimensions,
        "indicator": industry.indicators,
        "variant": industry.variants,
    }
    for table, group in items.items():
        seen: set[str] = set()
        for row, item in enumerate(group):
            if item.id in seen:
                refuse(
                    "id_twice",
                    f"id {item.id} 重复",
                    f"the id {item.id} stands twice",
                    table,
                    row,
                    "id",
                )
            seen.add(item.id)
    dimension_ids = [d.id for d in industry.dimensions]
    indicator_ids = [i.id for i in industry.indicators]
    for row, indicator in enumerate(industry.indicators):
        if indicator.dimension and indicator.dimension not in dimension_ids:
            refuse(
                "unknown_dimension",
                f"没有维度 {indicator.dimension}",
                f"there is no dimension {indicator.dimension}",
                *("indicator", row, "dimension"),
            )
        for name in indicator.parsed.names if indicator.parsed else ():
            if name not in indicator_ids:
                close = "、".join(nearest(name, indicator_ids))
                refuse(
                    "formula_series",
                    f"公式引用的 {name} 不在本行业的指标中{'，最接近：' + close if close else ''}",
                    f"the formula names {name}, which is not an indicator here"
                    f"{'; nearest: ' + close if close else ''}",
                    *("indicator", row, "formula"),
                )
            elif not industry.indicator(name).own_column:
                refuse(
                    "formula_of_formula",
                    f"公式只能引用有数据列的指标，{name} 不是",
                    f"a formula uses only indicators with a data column; {name} has none",
                    *("indicator", row, "formula"),
                )
        low, high = indicator.plausible_low, indicator.plausible_high
        if low is not None and high is not None and low >= high:
            refuse(
                "bad_range",
                f"plausible_low {low:g} 应小于 plausible_high {high:g}",
                f"plausible_low {low:g} must lie below plausible_high {high:g}",
                *("indicator", row, "plausible_low"),
            )
        if indicator.composite == industry.id:
            refuse(
                "own_composite",
                "不能引用自己的景气度",
                "a model cannot use its own composite",
                *("indicator", row, "composite"),
            )
    if not industry.members:
        refuse(
            "no_members",
            "没有任何有权重的指标",
            "no indicator has weight",
            "indicator",
            0,
            "dimension",
        )
    _check_anchors(industry, refuse)
    _check_rule(industry, refuse)
    return found


def _check_anchors(industry: Industry, refuse: Callable[..., None]) -> None:
    members = {i.id: i for i in industry.members}
    if industry.method == "first_component" and industry.anchor not in members:
        refuse(
            "no_anchor",
            f"first_component 需要锚定指标 anchor，“{industry.anchor}”不是有权重的指标",
            f"first_component needs an anchor; {industry.anchor!r} is no indicator with weight",
            *("industry", 0, "anchor"),
        )
    for row, dimension in enumerate(industry.dimensions):
        inside = [i.id for i in members.values() if i.dimension == dimension.id]
        if not inside and industry.method in ("dimensions", "states"):
            refuse(
                "empty_dimension",
                f"维度 {dimension.id} 没有有权重的指标",
                f"the dimension {dimension.id} has no indicator with weight",
                *("dimension", row, "id"),
            )
        if dimension.method == "difference" and len(inside) == 1:
            refuse(
                "half_difference",
                f"维度 {dimension.id} 的方法是 difference（差），至少要有两个有权重的指标",
                f"the dimension {dimension.id} is a difference and needs two indicators with "
                "weight",
                *("dimension", row, "method"),
            )
        if dimension.method == "first_component" and dimension.anchor not in inside:
            refuse(
                "anchor_elsewhere",
                f"维度 {dimension.id} 的锚定指标“{dimension.anchor}”不在其中",
                f"the anchor {dimension.anchor!r} is not in the dimension {dimension.id}",
                *("dimension", row, "anchor"),
            )


def _check_rule(industry: Industry, refuse: Callable[..., None]) -> None:
    ids = {d.id for d in industry.dimensions}
    if (industry.rule == "states") != bool(industry.hold_states):
        refuse(
            "hold_states",
            "规则为 states 时必须且只有这时才填写 hold",
            "hold is filled if and only if the rule is states",
            *("industry", 0, "hold"),
        )
        return
    for condition in industry.hold.replace(";", " ").split():
        match = _CONDITION.match(condition)
        if match is None or match[1] not in ids:
            refuse(
                "bad_hold",
                f"hold 中的“{condition}”应为维度名加 + 或 -，例如 demand+",
                f"{condition!r} in hold must be a dimension and + or -, such as demand+",
                *("industry", 0, "hold"),
            )
    for state in industry.hold_states:
        if len({dimension for dimension, _ in state}) < len(state):
            refuse(
                "hold_twice",
                "hold 的一个状态中同一维度只能出现一次",
                "a state in hold names each dimension once",
                *("industry", 0, "hold"),
            )
    by_dimension = industry.method in ("dimensions", "states")
    if by_dimension and not any(d.weight for d in industry.dimensions):
        refuse(
            "no_weight",
            "至少一个维度的 weight 不为 0，否则没有景气度数值",
            "at least one dimension needs a weight, or there is no composite",
            *("dimension", 0, "weight"),
        )
    negative = [r for r, d in enumerate(industry.dimensions) if d.weight < 0]
    if negative and industry.method != "states":
        refuse(
            "negative_dimension",
            "维度权重不能为负",
            "a dimension's weight is not negative",
            *("dimension", negative[0], "weight"),
        )
