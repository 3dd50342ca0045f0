"""The plan in tables and lines, as the shell prints it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pandas as pd
from prosperity.evaluation import IndustryResult
from prosperity.plan_standing import Holding, holdings_of, net_value
from prosperity.systems.plan_result import Layer, PlanResult

from prosperity_excel.results.table import noticed
from prosperity_excel.words.plan_statements import FINDINGS, equity_parts, plan_name, votes_text
from prosperity_excel.words.system_statements import age_of, is_old
from prosperity_excel.words.tongue import spoken

COLUMNS = (
    "持有 Held",
    "名称 Name",
    "权重 Weight",
    "上期 Before",
    "变化 Change",
    "风格 Style",
    "因子排名 Rank",
    "拥挤度 Crowding",
    "原因 Why",
)
LAYER_COLUMNS = (
    "层 Layer",
    "名称 Name",
    "使用 Used",
    "净值 Net value 0 bp",
    "10 bp",
    "30 bp",
    "p",
    "结论 Finding",
)
MISSING = "–"


def plan_head(plan: PlanResult, today: pd.Timestamp | None) -> Iterator[str]:
    """Give the date, how old it is, the equity and what it is made of, and the votes on styles."""
    day = plan.decisions[-1]
    mark = f" ({spoken('模拟', 'simulated')})" if plan.simulated else ""
    parts = [f"{spoken(zh, en)} {value}" for zh, en, value in equity_parts(plan)]
    yield f"{spoken('组合方案', 'The plan')} {day:%Y-%m-%d}{mark}: {'; '.join(parts)}"
    age = age_of(plan, today)
    if is_old(plan, today):
        yield spoken(
            f"不是现在的方案：决策已过去 {age} 天，请更新数据。",
            f"Not a plan of now: the decision is {age} days old; update the data.",
        )
    votes = votes_text(plan)
    if votes:
        yield f"{spoken('风格票数', 'Votes on styles')}: {votes}"


def plan_rows(plan: PlanResult, results: Mapping[str, IndustryResult]) -> list[tuple[str, ...]]:
    """Return the last holdings, in the order of :data:`COLUMNS`; texts, missing as a dash."""
    return [
        _row(one, spoken(*plan_name(one.id, results)))
        for one in holdings_of(plan, plan.decisions[-1])
    ]


def layer_rows(plan: PlanResult) -> list[tuple[str, ...]]:
    """Return what each layer has been worth, in the order of :data:`LAYER_COLUMNS`."""
    return [_layer(layer) for layer in plan.layers]


def plan_lines(plan: PlanResult) -> Iterator[str]:
    """Give what a reader should know of the plan, a line each."""
    if plan.without:
        yield f"{spoken('已去掉', 'Left out')}: {', '.join(plan.without)}"
    for notice in plan.notices:
        yield noticed(notice)


def _row(one: Holding, name: str) -> tuple[str, ...]:
    return (
        one.id,
        name,
        _text(one.now, "{:.1%}"),
        _text(one.before, "{:.1%}"),
        _text(one.now - one.before, "{:+.1%}"),
        _text(one.style, "{:+.2f}"),
        _text(one.rank, "{:.0%}"),
        _text(one.crowding, "{:.2f}"),
        spoken(*one.why) if one.why else "",
    )


def _layer(layer: Layer) -> tuple[str, ...]:
    ends = [_text(net_value(layer.nav[cost]), "{:.2f}") for cost in layer.nav]
    helped = layer.shown_to_help
    return (
        layer.id,
        spoken(layer.name_zh, layer.name_en),
        spoken("是", "yes") if layer.used else spoken("否", "no"),
        *ends,
        _text(layer.p_value, "{:.2f}"),
        "" if helped is None else spoken(*FINDINGS[helped]),
    )


def _text(value: float, form: str) -> str:
    return form.format(value) if math.isfinite(value) else MISSING
