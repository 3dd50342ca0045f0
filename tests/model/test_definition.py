"""Definitions: what is refused, with code and place; and that records go both ways exactly."""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity import definition, definition_checks, record_fields
from prosperity import records as records_module
from prosperity.catalog import catalog
from prosperity.definition import Dimension, Indicator, Industry, Variant
from prosperity.definition_checks import Locator
from prosperity.errors import DefinitionError, FormulaError
from prosperity.formula import parse
from prosperity.record_fields import Table, choices
from prosperity.records import (
    CLASSES,
    COLUMNS,
    assemble,
    build,
    records,
    says,
    variant_of,
    with_changes,
)
from prosperity.transforms import Step

from tests.model.helpers import Raw, changed, industry_of, raw_definition

Changes = Mapping[tuple[str, int, str], Any]


def problems_of(raw: Raw, locate: Locator | None = None) -> tuple[DefinitionError, ...]:
    found, industry = assemble(raw, locate)
    assert (industry is None) == bool(found)
    return found


# --- what is refused --------------------------------------------------------------------------

#: What is changed in the valid definition, the code, and the place.
REFUSED: dict[str, tuple[Changes, str, str]] = {
    # One field.
    "unknown column": ({("indicator", 0, "wieght"): 1}, "unknown_column", "indicator[0].wieght"),
    "no id": ({("indicator", 1, "id"): ""}, "missing_field", "indicator[1].id"),
    "no Chinese name": ({("industry", 0, "name_zh"): None}, "missing_field", "industry[0].name_zh"),
    "blank name": ({("dimension", 1, "name_zh"): "  "}, "missing_field", "dimension[1].name_zh"),
    "Chinese id": ({("dimension", 0, "id"): "需求"}, "bad_id", "dimension[0].id"),
    "upper-case id": ({("indicator", 0, "id"): "Orders"}, "bad_id", "indicator[0].id"),
    "id from a digit": ({("indicator", 0, "id"): "1st"}, "bad_id", "indicator[0].id"),
    "id with a space": ({("indicator", 0, "id"): "new orders"}, "bad_id", "indicator[0].id"),
    "id too long": ({("industry", 0, "id"): "a" * 61}, "bad_id", "industry[0].id"),
    "weight a word": ({("indicator", 0, "weight"): "heavy"}, "not_a_number", "indicator[0].weight"),
    "weight NaN": ({("indicator", 0, "weight"): math.nan}, "not_a_number", "indicator[0].weight"),
    "weight infinite": ({("indicator", 0, "weight"): "inf"}, "not_a_number", "indicator[0].weight"),
    "weight true": ({("indicator", 0, "weight"): True}, "not_a_number", "indicator[0].weight"),
    "weight a list": ({("indicator", 0, "weight"): [1]}, "not_a_number", "indicator[0].weight"),
    "weight negative": ({("indicator", 2, "weight"): -1}, "negative_weight", "indicator[2].weight"),
    "figure a word": (
        {("industry", 0, "report_index"): "n/a"},
        "not_a_number",
        "industry[0].report_index",
    ),
    "sign 0": ({("indicator", 0, "sign"): 0}, "bad_sign", "indicator[0].sign"),
    "sign 2": ({("indicator", 0, "sign"): 2}, "bad_sign", "indicator[0].sign"),
    "sign -2": ({("indicator", 0, "sign"): "-2"}, "bad_sign", "indicator[0].sign"),
    "sign half": ({("indicator", 0, "sign"): 0.5}, "not_whole", "indicator[0].sign"),
    "sign a mark": ({("indicator", 0, "sign"): "-"}, "not_a_number", "indicator[0].sign"),
    "range upside down": (
        {("indicator", 0, "plausible_low"): 80, ("indicator", 0, "plausible_high"): 20},
        "bad_range",
        "indicator[0].plausible_low",
    ),
    "range a word": (
        {("indicator", 0, "plausible_high"): "80ish"},
        "not_a_number",
        "indicator[0].plausible_high",
    ),
    "lag negative": ({("indicator", 0, "lag_days"): -1}, "bad_lag", "indicator[0].lag_days"),
    "lag too long": ({("indicator", 0, "lag_days"): 401}, "bad_lag", "indicator[0].lag_days"),
    "lag half a day": ({("indicator", 0, "lag_days"): 0.5}, "bad_lag", "indicator[0].lag_days"),
    "denoise a word": (
        {("indicator", 0, "denoise"): "maybe"},
        "bad_boolean",
        "indicator[0].denoise",
    ),
    "standardise 2": (
        {("indicator", 0, "standardise"): 2},
        "bad_boolean",
        "indicator[0].standardise",
    ),
    "semicolon in an item of a list": (
        {("indicator", 0, "aliases"): ["甲", "乙；丙"]},
        "bad_list",
        "indicator[0].aliases",
    ),
    "month 13": ({("indicator", 0, "start"): "2020-13"}, "bad_month", "indicator[0].start"),
    "month a day": (
        {("industry", 0, "sample_start"): "2020-01-31"},
        "bad_month",
        "industry[0].sample_start",
    ),
    "month short": (
        {("industry", 0, "report_end"): "2020-1"},
        "bad_month",
        "industry[0].report_end",
    ),
    "month with a slash": (
        {("industry", 0, "report_start"): "2020/01"},
        "bad_month",
        "industry[0].report_start",
    ),
    "unknown kind": ({("industry", 0, "kind"): "sector"}, "bad_choice", "industry[0].kind"),
    "unknown sector": ({("industry", 0, "sector"): "energy"}, "bad_choice", "industry[0].sector"),
    "unknown grade": ({("industry", 0, "grade"): "E"}, "bad_choice", "industry[0].grade"),
    "unknown method": ({("industry", 0, "method"): "pca"}, "bad_choice", "industry[0].method"),
    "unknown rule": ({("industry", 0, "rule"): "always"}, "bad_choice", "industry[0].rule"),
    "unknown rebalance": (
        {("industry", 0, "rebalance"): "weekly"},
        "bad_choice",
        "industry[0].rebalance",
    ),
    "unknown dimension method": (
        {("dimension", 0, "method"): "equal_weight"},
        "bad_choice",
        "dimension[0].method",
    ),
    "unknown frequency": (
        {("indicator", 0, "frequency"): "Y"},
        "bad_choice",
        "indicator[0].frequency",
    ),
    "unknown aggregate": (
        {("indicator", 0, "aggregate"): "max"},
        "bad_choice",
        "indicator[0].aggregate",
    ),
    "unknown provenance": (
        {("indicator", 0, "provenance"): "guess"},
        "bad_choice",
        "indicator[0].provenance",
    ),
    "unknown transform": (
        {("indicator", 0, "transform"): "yoyy"},
        "unknown_transform",
        "indicator[0].transform",
    ),
    "transform without months": (
        {("indicator", 0, "transform"): "yoy | ma"},
        "bad_transform",
        "indicator[0].transform",
    ),
    # Formulas and composites.
    "formula with a call": (
        {("indicator", 0, "formula"): "max(sales, plastic)"},
        "bad_formula",
        "indicator[0].formula",
    ),
    "formula with an attribute": (
        {("indicator", 0, "formula"): "sales.mean"},
        "bad_formula",
        "indicator[0].formula",
    ),
    "formula of numbers": (
        {("indicator", 0, "formula"): "1 + 1"},
        "bad_formula",
        "indicator[0].formula",
    ),
    "formula of a missing series": (
        {("indicator", 0, "formula"): "sales - plastics"},
        "formula_series",
        "indicator[0].formula",
    ),
    "formula of itself": (
        {("indicator", 0, "formula"): "orders + sales"},
        "formula_of_formula",
        "indicator[0].formula",
    ),
    "formula of a formula": (
        {("indicator", 0, "formula"): "sales", ("indicator", 2, "formula"): "orders"},
        "formula_of_formula",
        "indicator[2].formula",
    ),
    "formula of a composite": (
        {("indicator", 0, "composite"): "glass", ("indicator", 2, "formula"): "orders"},
        "formula_of_formula",
        "indicator[2].formula",
    ),
    "formula and composite": (
        {("indicator", 0, "formula"): "sales", ("indicator", 0, "composite"): "glass"},
        "two_sources",
        "indicator[0].composite",
    ),
    "own composite": (
        {("indicator", 0, "composite"): "toys"},
        "own_composite",
        "indicator[0].composite",
    ),
    # Several records.
    "dimension twice": (
        {("dimension", 1, "id"): "demand", ("indicator", 2, "dimension"): "demand"},
        "id_twice",
        "dimension[1].id",
    ),
    "indicator twice": ({("indicator", 1, "id"): "orders"}, "id_twice", "indicator[1].id"),
    "unknown dimension": (
        {("indicator", 0, "dimension"): "demands"},
        "unknown_dimension",
        "indicator[0].dimension",
    ),
    "nothing with weight": (
        {("indicator", n, "weight"): 0 for n in range(3)},
        "no_members",
        "indicator[0].dimension",
    ),
    "nothing in a dimension": (
        {("indicator", n, "dimension"): "" for n in range(3)},
        "no_members",
        "indicator[0].dimension",
    ),
    "component without an anchor": (
        {("industry", 0, "method"): "first_component"},
        "no_anchor",
        "industry[0].anchor",
    ),
    "component with an unknown anchor": (
        {("industry", 0, "method"): "first_component", ("industry", 0, "anchor"): "order"},
        "no_anchor",
        "industry[0].anchor",
    ),
    "component with an anchor without weight": (
        {
            ("industry", 0, "method"): "first_component",
            ("industry", 0, "anchor"): "orders",
            ("indicator", 0, "weight"): 0,
        },
        "no_anchor",
        "industry[0].anchor",
    ),
    "dimension without an anchor": (
        {("dimension", 0, "method"): "first_component"},
        "anchor_elsewhere",
        "dimension[0].anchor",
    ),
    "anchor of another dimension": (
        {("dimension", 0, "method"): "first_component", ("dimension", 0, "anchor"): "plastic"},
        "anchor_elsewhere",
        "dimension[0].anchor",
    ),
    "empty dimension": (
        {("industry", 0, "method"): "dimensions", ("indicator", 2, "weight"): 0},
        "empty_dimension",
        "dimension[1].id",
    ),
    "difference of one": (
        {("dimension", 1, "method"): "difference"},
        "half_difference",
        "dimension[1].method",
    ),
    "states without hold": ({("industry", 0, "rule"): "states"}, "hold_states", "industry[0].hold"),
    "hold without states": (
        {("industry", 0, "hold"): "demand+"},
        "hold_states",
        "industry[0].hold",
    ),
    "hold without any state": (
        {("industry", 0, "rule"): "states", ("industry", 0, "hold"): " ; "},
        "hold_states",
        "industry[0].hold",
    ),
    "hold of an unknown dimension": (
        {("industry", 0, "rule"): "states", ("industry", 0, "hold"): "demand+ price-"},
        "bad_hold",
        "industry[0].hold",
    ),
    "hold without a sign": (
        {("industry", 0, "rule"): "states", ("industry", 0, "hold"): "demand"},
        "bad_hold",
        "industry[0].hold",
    ),
    "hold with one dimension twice in a state": (
        {("industry", 0, "rule"): "states", ("industry", 0, "hold"): "demand+ demand-"},
        "hold_twice",
        "industry[0].hold",
    ),
    "hold with another sign": (
        {("industry", 0, "rule"): "states", ("industry", 0, "hold"): "demand±"},
        "bad_hold",
        "industry[0].hold",
    ),
    "states without any weight": (
        {
            ("industry", 0, "method"): "states",
            ("industry", 0, "rule"): "states",
            ("industry", 0, "hold"): "demand+ cost-",
            ("dimension", 0, "weight"): 0,
            ("dimension", 1, "weight"): 0,
        },
        "no_weight",
        "dimension[0].weight",
    ),
    "dimensions without any weight": (
        {
            ("industry", 0, "method"): "dimensions",
            ("dimension", 0, "weight"): 0,
            ("dimension", 1, "weight"): 0,
        },
        "no_weight",
        "dimension[0].weight",
    ),
    "dimension weight negative": (
        {("industry", 0, "method"): "dimensions", ("dimension", 1, "weight"): -1},
        "negative_dimension",
        "dimension[1].weight",
    ),
    # Variants.
    "variant twice": (
        {("variant", 0, "changes"): "anchor = orders", ("variant", 1, "changes"): "anchor = sales"},
        "id_twice",
        "variant[1].id",
    ),
    "variant of an unknown indicator": (
        {("variant", 0, "changes"): "indicator.order.weight = 0"},
        "bad_change",
        "variant[0].changes",
    ),
    "variant with a bad value": (
        {("variant", 0, "changes"): "indicator.orders.sign = 3"},
        "bad_sign",
        "variant[0].changes",
    ),
}


@pytest.mark.parametrize(("changes", "code", "place"), REFUSED.values(), ids=REFUSED)
def test_refused_with_code_and_place(changes: Changes, code: str, place: str) -> None:
    raw = changed(changes)
    assert [(p.code, p.where) for p in problems_of(raw)] == [(code, place)]
    with pytest.raises(DefinitionError) as caught:
        build(raw)
    assert (caught.value.code, caught.value.where) == (code, place)
    assert caught.value.zh.endswith("。")
    assert caught.value.en.endswith(".")
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in caught.value.en.replace("需求", ""))


@pytest.mark.parametrize("count", [0, 2])
def test_a_definition_has_exactly_one_industry(count: int) -> None:
    raw = raw_definition()
    raw["industry"] = raw["industry"] * count
    (problem,) = problems_of(raw)
    assert (problem.code, problem.where) == ("one_industry", "industry[0].id")
    assert str(count) in problem.en


def test_signs_of_editors_are_signs() -> None:
    raw = changed({("indicator", 0, "sign"): "−1", ("indicator", 1, "plausible_low"): "–2.5"})
    made = build(raw)
    assert (made.indicators[0].sign, made.indicators[1].plausible_low) == (-1, -2.5)
    for minus in "-−–—－﹣":
        assert parse(f"a {minus} b").evaluate({"a": 3.0, "b": 1.0}) == 2.0
        states = {
            ("industry", 0, "rule"): "states",
            ("industry", 0, "hold"): f"demand＋ cost{minus}",
        }
        assert build(changed(states)).hold_states == ((("demand", 1), ("cost", -1)),)


def test_what_has_no_english_name_has_its_chinese_one() -> None:
    made = build(changed({("indicator", 0, "name_en"): "", ("dimension", 0, "name_en"): None}))
    assert made.indicators[0].name_en == made.indicators[0].name_zh
    assert made.dimensions[0].name_en == made.dimensions[0].name_zh


def test_every_code_of_the_module_is_tried_here() -> None:
    """A new refusal needs a new row above."""
    codes = set()
    modules = (records_module, record_fields, definition_checks)
    calls = [node for m in modules for node in ast.walk(ast.parse(inspect.getsource(m)))]
    for call in calls:
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            first = call.args[0] if call.args else None
            named = call.func.id in ("refusal", "refuse", "DefinitionError")
            if named and isinstance(first, ast.Constant):
                codes.add(first.value)
    tried = {code for _, code, _ in REFUSED.values()}
    assert len(codes) > 20
    assert codes <= tried | {"one_industry", "unknown_variant"}


def test_the_valid_definition_is_not_refused() -> None:
    assert problems_of(raw_definition()) == ()


@pytest.mark.parametrize(
    ("table", "typed", "meant"),
    [
        ("indicator", "wieght", "weight"),
        ("indicator", "lag", "lag_days"),
        ("industry", "benchmark", "benchmark_code"),
        ("dimension", "Method", "method"),
        ("variant", "change", "changes"),
    ],
)
def test_an_unknown_column_names_the_nearest(table: str, typed: str, meant: str) -> None:
    raw = changed({("variant", 0, "changes"): "anchor = orders"})
    raw[table][0][typed] = "x"
    (problem,) = problems_of(raw)
    assert problem.code == "unknown_column"
    assert f"是否为 {meant}" in problem.zh
    assert f"is it {meant}?" in problem.en


def test_derived_fields_cannot_be_given() -> None:
    for field in ("chain", "parsed"):
        assert problems_of(changed({("indicator", 0, field): "x"}))[0].code == "unknown_column"
    assert problems_of(changed({("industry", 0, "indicators"): "x"}))[0].code == "unknown_column"


def test_a_formula_of_a_missing_series_names_the_nearest() -> None:
    (problem,) = problems_of(changed({("indicator", 0, "formula"): "plastics / 2"}))
    assert "plastics" in problem.en
    assert "nearest: plastic" in problem.en
    assert "最接近：plastic" in problem.zh


def test_a_bad_formula_is_a_formula_error() -> None:
    with pytest.raises(FormulaError):
        build(changed({("indicator", 0, "formula"): "f(sales)"}))


def test_a_choice_that_is_not_one_lists_what_is() -> None:
    (problem,) = problems_of(changed({("industry", 0, "rebalance"): "weekly"}))
    for word in ("month_end", "sixth"):
        assert word in problem.zh
        assert word in problem.en


class TestAllAtOnce:
    def test_every_record_and_field_in_the_order_of_the_tables(self) -> None:
        raw = changed(
            {
                ("industry", 0, "sector"): "energy",
                ("industry", 0, "colour"): "red",
                ("dimension", 0, "weight"): "heavy",
                ("indicator", 0, "sign"): 3,
                ("indicator", 0, "lag_days"): -1,
                ("indicator", 1, "transform"): "yoyy",
                ("indicator", 2, "name_zh"): "",
            }
        )
        assert [(p.code, p.where) for p in problems_of(raw)] == [
            ("unknown_column", "industry[0].colour"),
            ("bad_choice", "industry[0].sector"),
            ("not_a_number", "dimension[0].weight"),
            ("bad_sign", "indicator[0].sign"),
            ("bad_lag", "indicator[0].lag_days"),
            ("unknown_transform", "indicator[1].transform"),
            ("missing_field", "indicator[2].name_zh"),
        ]

    def test_everything_that_concerns_several_records(self) -> None:
        raw = changed(
            {
                ("industry", 0, "method"): "first_component",
                ("industry", 0, "anchor"): "order",
                ("industry", 0, "hold"): "demand+",
                ("indicator", 2, "id"): "orders",
                ("indicator", 0, "dimension"): "demands",
                ("indicator", 1, "formula"): "cash + gold",
                ("indicator", 2, "composite"): "toys",
            }
        )
        assert [p.code for p in problems_of(raw)] == [
            "id_twice",
            "unknown_dimension",
            "formula_series",
            "formula_series",
            "own_composite",
            "no_anchor",
            "hold_states",
        ]

    def test_everything_in_one_indicator(self) -> None:
        raw = changed(
            {
                ("indicator", 0, "transform"): "yoyy",
                ("indicator", 0, "formula"): "f(sales)",
                ("indicator", 0, "weight"): -1,
                ("indicator", 0, "sign"): 3,
            }
        )
        codes = {p.code for p in problems_of(raw)}
        assert codes == {"bad_sign", "unknown_transform", "bad_formula", "negative_weight"}

    def test_every_variant(self) -> None:
        raw = changed({("variant", 0, "changes"): "colour = red"})
        raw["variant"].append({**raw["variant"][0], "id": "other", "changes": "method = pca"})
        assert [(p.code, p.where) for p in problems_of(raw)] == [
            ("bad_change", "variant[0].changes"),
            ("bad_choice", "variant[1].changes"),
        ]

    def test_build_raises_the_first_of_them(self) -> None:
        raw = changed({("industry", 0, "sector"): "energy", ("indicator", 0, "sign"): 3})
        with pytest.raises(DefinitionError) as caught:
            build(raw)
        assert caught.value.args == problems_of(raw)[0].args

    def test_places_come_from_the_locator(self) -> None:
        raw = changed({("indicator", 1, "sign"): 3, ("variant", 0, "changes"): "colour = red"})

        def cell(table: str, row: int, column: str) -> str:
            return f"book.xlsx / {table}!{column}@{row}"

        assert [p.where for p in problems_of(raw, cell)] == ["book.xlsx / indicator!sign@1"]
        raw["indicator"][1]["sign"] = 1
        assert [p.where for p in problems_of(raw, cell)] == ["book.xlsx / variant!changes@0"]
        assert problems_of(raw, cell)[0].message("en").startswith("book.xlsx / variant!changes@0: ")


# --- what is read -----------------------------------------------------------------------------


@pytest.mark.parametrize("empty", [None, "", []])
def test_an_empty_field_takes_its_default(empty: object) -> None:
    raw = changed(
        {
            ("indicator", 0, "weight"): empty,
            ("indicator", 0, "transform"): empty,
            ("indicator", 0, "aliases"): empty,
            ("indicator", 0, "denoise"): empty,
            ("industry", 0, "report_index"): empty,
            ("industry", 0, "benchmark_code"): empty,
        }
    )
    assert build(raw) == build(raw_definition())


@pytest.mark.parametrize(
    ("field", "given", "read"),
    [
        ("weight", "0.5", 0.5),
        ("weight", " 2 ", 2.0),
        ("weight", 0, 0.0),
        ("sign", "-1", -1),
        ("sign", -1.0, -1),
        ("sign", "1.0", 1),
        ("lag_days", 15.0, 15),
        ("lag_days", 0, 0),
        ("lag_days", 400, 400),
        ("denoise", False, False),
        ("denoise", 0, False),
        ("denoise", 0.0, False),
        ("denoise", "FALSE", False),
        ("denoise", "否", False),
        ("denoise", "no", False),
        ("denoise", True, True),
        ("denoise", 1.0, True),
        ("denoise", "是", True),
        ("standardise", "Yes", True),
        ("standardise", " false ", False),
        ("unit", " % ", "%"),
        ("aliases", ["甲", " 乙 ", ""], ("甲", "乙")),
        ("aliases", "甲; 乙；丙;", ("甲", "乙", "丙")),
        ("source_ids", ("M1", "M2"), ("M1", "M2")),
        ("transform", "sum(3) | yoy", "sum(3) | yoy"),
        ("start", "2020-12", "2020-12"),
    ],
)
def test_fields_are_read_as_they_come_from_toml_or_a_cell(
    field: str, given: object, read: object
) -> None:
    got = getattr(build(changed({("indicator", 0, field): given})).indicators[0], field)
    assert got == read
    assert type(got) is type(read)


def test_transform_and_formula_are_parsed_once() -> None:
    raw = changed(
        {("indicator", 0, "transform"): "sum(3) | yoy", ("indicator", 1, "formula"): "plastic * 2"}
    )
    industry = build(raw)
    assert industry.indicators[0].chain == (Step("sum", 3), Step("yoy"))
    assert industry.indicators[0].parsed is None
    assert industry.indicators[2].chain == (Step("level"),)
    parsed = industry.indicators[1].parsed
    assert parsed is not None
    assert parsed.names == ("plastic",)


def test_nothing_can_be_changed_afterwards() -> None:
    industry = build(raw_definition())
    with pytest.raises(FrozenInstanceError):
        industry.id = "other"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        industry.indicators[0].weight = 2.0  # type: ignore[misc]


def test_the_records_given_are_left_alone() -> None:
    raw = changed({("variant", 0, "changes"): "indicator.orders.weight = 0"})
    before = changed({("variant", 0, "changes"): "indicator.orders.weight = 0"})
    build(raw)
    assert raw == before


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (("industry", "method"), get_args(definition.Method)),
        (("indicator", "frequency"), ("D", "W", "M", "Q")),
        (("indicator", "weight"), ()),
        (("variant", "changes"), ()),
    ],
)
def test_choices(column: tuple[Table, str], words: tuple[str, ...]) -> None:
    assert choices(*column) == words


@pytest.mark.parametrize("table", list(CLASSES))
def test_every_choice_is_accepted(table: Table) -> None:
    """A word of a list of choices may conflict with others, but is never a bad choice."""
    for column in COLUMNS[table]:
        for word in choices(table, column):
            raw = changed({("variant", 0, "changes"): "anchor = orders"})
            raw[table][0][column] = word
            assert "bad_choice" not in {p.code for p in problems_of(raw)}


# --- reading an industry ----------------------------------------------------------------------


def test_the_parts_of_an_industry() -> None:
    industry = industry_of(
        {
            "orders": {"dimension": "demand"},
            "spread": {"dimension": "cost", "formula": "plastic - oil"},
            "glass": {"dimension": "cost", "composite": "glass"},
            "spare": {"dimension": "cost", "weight": 0, "composite": "coal"},
            "plastic": {"dimension": ""},
            "oil": {"dimension": "", "weight": 3},
            "again": {"dimension": "demand", "composite": "glass"},
        },
        {"demand": {}, "cost": {}},
    )
    assert [i.id for i in industry.members] == ["orders", "spread", "glass", "again"]
    assert industry.needs == ("glass", "coal")
    assert {i.id for i in industry.indicators if i.own_column} == {"orders", "plastic", "oil"}
    assert industry.indicator("oil").weight == 3
    assert industry.dimension("cost").id == "cost"
    assert (industry.name("zh"), industry.name("en")) == ("玩具", "Toys")
    assert industry.indicator("oil").name("zh") == "oil中"
    assert industry.dimension("cost").name("en") == "cost"


@pytest.mark.parametrize(
    ("hold", "expected"),
    [
        ("demand+", ((("demand", 1),),)),
        ("demand+ cost-", ((("demand", 1), ("cost", -1)),)),
        ("demand+; cost- demand-;", ((("demand", 1),), (("cost", -1), ("demand", -1)))),
        ("", ()),
    ],
)
def test_hold_states(hold: str, expected: object) -> None:
    rule = "states" if hold else "marginal_up"
    raw = changed({("industry", 0, "hold"): hold, ("industry", 0, "rule"): rule})
    assert build(raw).hold_states == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([("M", 15), ("M", 18)], ("M", 18)),
        ([("D", 0), ("M", 12)], ("M", 12)),
        ([("Q", 0), ("M", 45)], ("Q", 45)),
        ([("W", 3), ("D", 0)], ("W", 3)),
        ([("W", 0), ("M", 0)], ("M", 0)),
    ],
)
def test_a_formula_is_published_like_its_slowest_ingredient(
    parts: list[tuple[str, int]], expected: tuple[str, int]
) -> None:
    ingredients = {
        f"x{n}": {"dimension": "", "frequency": frequency, "lag_days": lag}
        for n, (frequency, lag) in enumerate(parts)
    }
    model = industry_of({"f": {"formula": " + ".join(ingredients)}, **ingredients})
    formula = model.indicators[0]
    published = model.as_published(formula)
    assert (published.frequency, published.lag_days) == expected
    assert replace(published, frequency=formula.frequency, lag_days=formula.lag_days) == formula
    assert published.parsed is formula.parsed
    own = model.indicators[1]
    assert model.as_published(own) is own


# --- both ways --------------------------------------------------------------------------------


def same(one: Industry, other: Industry) -> bool:
    """Equal, parsed formulas included, which plain equality leaves out."""
    texts = [[i.parsed.names if i.parsed else None for i in x.indicators] for x in (one, other)]
    return one == other and texts[0] == texts[1]


@pytest.mark.parametrize("industry", catalog().values(), ids=catalog())
def test_round_trip_of_the_catalog(industry: Industry) -> None:
    assert same(build(records(industry)), industry)


@pytest.mark.parametrize("industry", catalog().values(), ids=catalog())
def test_records_are_flat_scalars_by_column(industry: Industry) -> None:
    for table, rows in records(industry).items():
        for row in rows:
            assert tuple(row) == COLUMNS[table]
            assert {type(value) for value in row.values()} <= {str, int, float, bool, type(None)}


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12).map(str.strip)
names = texts.filter(bool)
ids = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
items = st.lists(names.filter(lambda s: not set(";；") & set(s)), max_size=3)
numbers = st.floats(-1e6, 1e6)
month_texts = st.builds("{:04d}-{:02d}".format, st.integers(1980, 2030), st.integers(1, 12))
chains = st.lists(
    st.sampled_from(["yoy", "level", "ma(3)", "sum(96)", "lag(1)", "log"]), min_size=1, max_size=3
).map(" | ".join)


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def definitions(draw: st.DrawFn) -> Raw:
    """Valid records, written with every column."""
    dimension_ids = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    indicator_ids = draw(st.lists(ids, min_size=len(dimension_ids), max_size=6, unique=True))

    def named(id: str) -> dict[str, Any]:
        return {"id": id, "name_zh": draw(names), "name_en": draw(names)}

    def described(**fields: st.SearchStrategy[Any]) -> dict[str, Any]:
        return draw(optional(**fields))

    indicators = []
    for n, id in enumerate(indicator_ids):
        choice = {
            column: st.sampled_from(choices("indicator", column))
            for column in ("frequency", "aggregate", "provenance")
        }
        row = named(id) | described(
            **choice,
            unit=texts,
            transform=chains,
            denoise=st.booleans(),
            standardise=st.booleans(),
            sign=st.sampled_from([1, -1]),
            lag_days=st.integers(0, 400),
            start=month_texts,
            source_ids=items,
            aliases=items,
            alternatives=items,
            source=texts,
            note_zh=texts,
            note_en=texts,
        )
        row["dimension"] = dimension_ids[n] if n < len(dimension_ids) else ""
        if n:
            # The first keeps a column of its own, for the others' formulas.
            row |= draw(
                st.one_of(
                    st.just({}),
                    st.just({"formula": f"{indicator_ids[0]} * 2"}),
                    st.just({"composite": "another_model"}),
                )
            )
        row["weight"] = draw(st.floats(0.01, 10))
        indicators.append(row)
    method = draw(st.sampled_from(["equal_weight", "first_component", "dimensions", "states"]))
    states = draw(st.booleans())
    industry = named(draw(ids.filter(lambda s: s != "another_model"))) | described(
        kind=st.sampled_from(choices("industry", "kind")),
        sector=st.sampled_from(choices("industry", "sector")),
        grade=st.sampled_from(choices("industry", "grade")),
        rebalance=st.sampled_from(choices("industry", "rebalance")),
        index_code=texts,
        index_name_zh=texts,
        benchmark_code=names,
        sample_start=month_texts,
        report_start=month_texts,
        report_strategy=numbers,
        report_index=numbers,
        logic_zh=texts,
        unknown_en=texts,
        source=texts,
        covers=items,
    )
    industry |= {
        "method": method,
        "anchor": indicator_ids[0],
        "rule": "states" if states else "marginal_up",
        "hold": f"{dimension_ids[0]}+; {dimension_ids[-1]}-" if states else "",
    }
    lowest = -2.0 if method == "states" else 0.5
    dimensions = [named(id) | {"weight": draw(st.floats(lowest, 3))} for id in dimension_ids]
    dimensions[0] |= {"weight": 1.0, "method": "first_component", "anchor": indicator_ids[0]}
    variants = [
        {**named(id), "changes": f"indicator.{indicator_ids[-1]}.lag_days = {n}"}
        for n, id in enumerate(draw(st.lists(ids, max_size=2, unique=True)))
    ]
    return {
        "industry": [industry],
        "dimension": dimensions,
        "indicator": indicators,
        "variant": variants,
    }


@given(definitions())
def test_round_trip_of_any_definition(raw: Raw) -> None:
    industry = build(raw)
    assert same(build(records(industry)), industry)
    assert records(build(records(industry))) == records(industry)


@pytest.mark.parametrize("mark", [";", "；"])
def test_a_list_item_with_a_semicolon_is_refused_or_comes_back(mark: str) -> None:
    try:
        industry = build(changed({("indicator", 0, "aliases"): [f"甲{mark}乙", "丙"]}))
    except DefinitionError:
        return
    assert build(records(industry)) == industry


# --- changes and variants ---------------------------------------------------------------------


def test_changes_change_what_they_name_and_nothing_else() -> None:
    industry = build(changed({("variant", 0, "changes"): "anchor = sales"}))
    after = with_changes(
        industry,
        "indicator.orders.weight = 0.5; dimension.cost.method = first_component\n"
        "dimension.cost.anchor = plastic；anchor = sales;;",
    )
    expected = replace(
        industry,
        anchor="sales",
        indicators=(replace(industry.indicators[0], weight=0.5), *industry.indicators[1:]),
        dimensions=(
            industry.dimensions[0],
            replace(industry.dimensions[1], method="first_component", anchor="plastic"),
        ),
    )
    assert after == expected
    assert industry == build(records(industry))


def test_no_changes_change_nothing() -> None:
    industry = build(raw_definition())
    assert with_changes(industry, "") == with_changes(industry, " ;\n; ") == industry


def test_changed_formulas_and_transforms_are_parsed_anew() -> None:
    industry = build(changed({("indicator", 0, "formula"): "sales"}))
    after = with_changes(
        industry, "indicator.orders.formula = plastic * 2; indicator.sales.transform = yoy"
    )
    parsed = after.indicator("orders").parsed
    assert parsed is not None
    assert parsed.names == ("plastic",)
    assert after.indicator("sales").chain == (Step("yoy"),)


def test_hold_states_are_parted_by_commas_inside_changes() -> None:
    industry = build(raw_definition())
    after = with_changes(industry, "rule = states; hold = demand+ cost-, demand-")
    assert after.hold_states == ((("demand", 1), ("cost", -1)), (("demand", -1),))
    assert with_changes(industry, "name_en = Toys, dolls").name_en == "Toys, dolls"
    back = with_changes(after, "rule = marginal_up; hold =")
    assert back == industry


@pytest.mark.parametrize(
    "changes",
    [
        "indicator.orders.weight",
        "indicator.orders.weight 0",
        "indicator.order.weight = 0",
        "indicator.orders.wieght = 0",
        "indicator.orders = 0",
        "orders.weight = 0",
        "indicators.orders.weight = 0",
        "indicator.orders.weight.more = 0",
        "variant.x.changes = y",
        "industry.toys.rule = states",
        "indicator.orders.chain = yoy",
        "colour = red",
        "= 3",
        ".. = 3",
    ],
)
def test_a_change_that_names_nothing_is_refused(changes: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        with_changes(build(raw_definition()), changes, where="run!B3")
    assert (caught.value.code, caught.value.where) == ("bad_change", "run!B3")
    assert changes.strip() in caught.value.en


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ("indicator.orders.weight = heavy", "not_a_number"),
        ("indicator.orders.sign = 0", "bad_sign"),
        ("indicator.orders.transform = yoyy", "unknown_transform"),
        ("indicator.orders.formula = f(sales)", "bad_formula"),
        ("indicator.orders.formula = cash", "formula_series"),
        ("indicator.orders.composite = toys", "own_composite"),
        ("method = first_component", "no_anchor"),
        ("rule = states", "hold_states"),
        ("dimension.cost.id = demand", "id_twice"),
        ("indicator.orders.dimension = price", "unknown_dimension"),
    ],
)
def test_changes_are_checked_like_any_definition(changes: str, code: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        with_changes(build(raw_definition()), changes, where="run!B3")
    assert (caught.value.code, caught.value.where) == (code, "run!B3")


VARIANTS = [(i, v) for i in catalog().values() for v in i.variants]


@pytest.mark.parametrize(
    ("industry", "variant"), VARIANTS, ids=[f"{i.id}-{v.id}" for i, v in VARIANTS]
)
def test_variants_of_the_catalog(industry: Industry, variant: Variant) -> None:
    after = variant_of(industry, variant.id)
    # A variant that spells out the default says so.
    assert (after == industry) == ("默认" in variant.name_zh) == ("default" in variant.name_en)
    assert after == with_changes(industry, variant.changes)
    assert (after.id, after.variants) == (industry.id, industry.variants)
    assert after.members
    assert same(build(records(after)), after)


def test_the_catalog_has_variants() -> None:
    assert len(VARIANTS) >= 20


def test_an_unknown_variant_lists_the_known_ones() -> None:
    with pytest.raises(DefinitionError) as caught:
        variant_of(catalog()["coal"], "four_ports")
    assert caught.value.code == "unknown_variant"
    assert "three_ports" in caught.value.zh
    assert "three_ports" in caught.value.en
    with pytest.raises(DefinitionError, match="Known: none"):
        variant_of(build(raw_definition()), "x")


def test_columns_are_the_fields_without_the_derived_ones() -> None:
    assert list(CLASSES.values()) == [Industry, Dimension, Indicator, Variant]
    assert COLUMNS["variant"] == ("id", "name_zh", "name_en", "changes")
    assert not {"chain", "parsed"} & set(COLUMNS["indicator"])
    assert not {"dimensions", "indicators", "variants"} & set(COLUMNS["industry"])


# --- the same at a glance ---------------------------------------------------------------------


@pytest.mark.parametrize("id", sorted(catalog()))
def test_records_say_what_they_were_made_from(id: str) -> None:
    known = records(catalog()[id])
    assert says(records(catalog()[id]), known)
    as_cells = {
        table: [
            {k: str(v) if isinstance(v, int) and not isinstance(v, bool) else v or None
             if not isinstance(v, int | float) else v for k, v in row.items()}
            for row in rows
        ]
        for table, rows in known.items()
    }  # fmt: skip
    assert says(as_cells, known)


@pytest.mark.parametrize("table", CLASSES)
def test_any_change_is_seen(table: Table) -> None:
    model = catalog()["glass"]
    known = records(model)
    for at, row in enumerate(known[table]):
        for column, value in row.items():
            other = records(model)
            other[table][at][column] = not value if isinstance(value, bool) else f"{value}1"
            assert not says(other, known), column
    fewer = {**known, table: known[table][1:]}
    more = {**known, table: [{**row, "colour": "red"} for row in known[table]]}
    assert not known[table] or not says(fewer, known)
    assert not known[table] or not says(more, known)


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=False),
    st.sampled_from(["", "1", "1.0", "0.5", "0.50", " ", "TRUE", "mean"]),
)


@given(CELLS)
def test_what_says_the_same_builds_the_same(cell: Any) -> None:
    model = build(raw_definition())
    known = records(model)
    for table, column in (
        ("indicator", "weight"),
        ("indicator", "denoise"),
        ("indicator", "lag_days"),
        ("industry", "name_zh"),
        ("industry", "rule"),
    ):
        raw = records(model)
        raw[table][0][column] = cell  # type: ignore[index]
        if says(raw, known):
            assert build(raw) == model
