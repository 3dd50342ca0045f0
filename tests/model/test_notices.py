"""Notices: each appears when its condition holds, and not otherwise."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from prosperity.catalog import catalog
from prosperity.definition import Industry
from prosperity.engine import evaluate
from prosperity.evaluation import IndustryResult, Notice
from prosperity.panel import Panel, observations
from prosperity.settings import Settings

from tests.model.helpers import by_month, industry_of, month_ends, panel_of, wave, weekday_prices

MONTHS = 60  # 2000-01 to 2004-12
PRICES = weekday_prices("2000-01-03", "2004-12-31", "benchmark", "toys")
SETTINGS = {"min_obs": 12, "component_min_obs": 12}
GOOD = {"a": wave(MONTHS), "b": wave(MONTHS, phase=0.4)}
PAIR: dict[str, dict[str, Any]] = {"a": {}, "b": {}}
START = {"sample_start": "2002-01"}


def run(
    industry: Industry | None = None,
    panel: Panel | None = None,
    *,
    known: Mapping[str, Industry] | None = None,
    **settings: Any,
) -> IndustryResult:
    """Return the results of a small healthy model, changed as a test asks."""
    model = industry or industry_of(PAIR, **START)
    data = panel or panel_of(GOOD, prices=PRICES)
    chosen = Settings(**{**SETTINGS, **settings})
    return evaluate(data, [model], chosen, known=known or {}, required=()).results[model.id]


def codes(result: IndustryResult) -> list[str]:
    return [notice.code for notice in result.notices]


def the(result: IndustryResult, code: str) -> Notice:
    (notice,) = [n for n in result.notices if n.code == code]
    return notice


def says(notice: Notice, *words: str) -> bool:
    """Whether both languages hold all of the words."""
    return all(word in text for word in words for text in (notice.zh, notice.en))


def test_a_healthy_run_says_only_that_data_are_as_revised() -> None:
    result = run()
    assert codes(result) == ["revised_data"]
    assert result.notices[0].severity == "note"


def test_a_notice_can_be_read_in_either_language() -> None:
    notice = Notice("code", "中文", "English")
    assert (notice.text("zh"), notice.text("en"), notice.severity) == ("中文", "English", "warning")


# --- looking ahead ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [{"timing": "period"}, {"fit": "full"}, {"timing": "period", "fit": "full"}],
    ids=str,
)
def test_looking_ahead_is_said_first(settings: dict[str, str]) -> None:
    result = run(**settings)
    assert codes(result)[0] == "looks_ahead"
    assert says(the(result, "looks_ahead"), *(f"{k}={v}" for k, v in settings.items()))


@pytest.mark.parametrize("settings", [{"window": 24}, {"denoise": "hp"}, {"max_carry": 0}], ids=str)
def test_other_settings_do_not_look_ahead(settings: dict[str, Any]) -> None:
    assert "looks_ahead" not in codes(run(**settings))


# --- data -------------------------------------------------------------------------------------


def test_an_indicator_without_data() -> None:
    result = run(industry_of({**PAIR, "ghost": {}}, **START))
    assert says(the(result, "no_indicator_data"), "ghost")
    assert codes(result) == ["no_indicator_data", "revised_data"]


def test_an_indicator_with_an_empty_column() -> None:
    panel = panel_of({**GOOD, "ghost": by_month([math.nan] * MONTHS)}, prices=PRICES)
    assert "no_indicator_data" in codes(run(industry_of({**PAIR, "ghost": {}}, **START), panel))


def test_a_formula_without_its_ingredient() -> None:
    model = industry_of(
        {**PAIR, "spread": {"formula": "a - ghost"}, "ghost": {"dimension": ""}}, **START
    )
    assert says(the(run(model), "no_indicator_data"), "spread")


def test_a_composite_without_its_model_names_the_model() -> None:
    model = industry_of({**PAIR, "other": {"composite": "glass"}}, **START)
    glass = {"glass": catalog()["glass"], "photovoltaics": catalog()["photovoltaics"]}
    notice = the(run(model, known=glass), "no_indicator_data")
    assert says(notice, "other")
    assert "glass" in notice.zh


def test_what_has_no_weight_is_not_missed() -> None:
    model = industry_of({**PAIR, "ghost": {"weight": 0}, "part": {"dimension": ""}}, **START)
    assert "no_indicator_data" not in codes(run(model))


def test_too_little_history_for_any_composite() -> None:
    short = panel_of({k: v.iloc[-8:] for k, v in GOOD.items()}, prices=PRICES)
    notice = the(run(panel=short), "too_few_months")
    assert says(notice, "12", "0/2")
    assert "too_few_months" not in codes(run())


def test_a_column_of_published_growth() -> None:
    grown = {"a": {"transform": "yoy", "unit": "万吨"}, "b": {}}

    def panel(unit: str) -> Panel:
        data = panel_of(GOOD, prices=PRICES)
        column = observations("a", GOOD["a"] + 50, calendar=data.calendar, unit=unit)
        return Panel({**data.series, "a": column}, PRICES)

    result = run(industry_of(grown, **START), panel("%"))
    assert the(result, "published_growth").severity == "note"
    assert says(the(result, "published_growth"), "(a)") or "（a）" in result.notices[0].zh
    assert "published_growth" not in codes(run(industry_of(grown, **START), panel("万吨")))


@pytest.mark.parametrize(("ends_before", "stale"), [(0, False), (3, False), (4, True), (20, True)])
def test_an_indicator_that_ended(ends_before: int, stale: bool) -> None:
    """Carried for three months past its due date by default; the fourth is too old."""
    last = MONTHS - ends_before
    result = run(panel=panel_of({**GOOD, "b": GOOD["b"].iloc[:last]}, prices=PRICES))
    assert ("stale_indicator" in codes(result)) is stale
    if stale:
        assert says(the(result, "stale_indicator"), f"{month_ends(MONTHS)[last - 1]:%Y-%m}")


def test_an_indicator_that_paused_and_came_back_is_not_stale() -> None:
    paused = GOOD["b"].copy()
    paused.iloc[30:40] = math.nan
    assert "stale_indicator" not in codes(run(panel=panel_of({**GOOD, "b": paused}, prices=PRICES)))


# --- components -------------------------------------------------------------------------------


def component(**fields: Any) -> Industry:
    return industry_of(PAIR, method="first_component", anchor="a", **START, **fields)


def noises(*names: str) -> dict[str, pd.Series]:
    generator = np.random.default_rng(7)
    return {name: by_month(generator.standard_normal(MONTHS)) for name in names}


def test_a_healthy_component_is_not_worth_a_word() -> None:
    assert codes(run(component())) == ["revised_data"]


def test_a_component_with_too_few_months() -> None:
    result = run(component(), component_min_obs=55)
    assert says(the(result, "component_not_fitted"), "55")
    assert "景气度" in the(result, "component_not_fitted").zh
    assert "weak_component" not in codes(result)


def test_a_dimension_whose_component_has_too_few_months_is_named() -> None:
    model = industry_of(
        {"a": {"dimension": "first"}, "b": {"dimension": "first"}, "c": {"dimension": "second"}},
        {"first": {"method": "first_component", "anchor": "a"}, "second": {}},
        method="dimensions",
        **START,
    )
    panel = panel_of({**GOOD, "c": wave(MONTHS, phase=1.0)}, prices=PRICES)
    assert says(the(run(model, panel, component_min_obs=55), "component_not_fitted"), "first")
    assert codes(run(model, panel)) == ["revised_data"]


def test_a_component_of_one_series_needs_no_fit() -> None:
    model = industry_of(
        {"a": {"dimension": "first"}, "b": {"dimension": "second"}},
        {"first": {"method": "first_component", "anchor": "a"}, "second": {}},
        method="dimensions",
        **START,
    )
    assert codes(run(model)) == ["revised_data"]


@pytest.mark.parametrize(("share", "weak"), [(0.35, False), (0.99, True)])
def test_a_component_that_explains_little(share: float, weak: bool) -> None:
    panel = panel_of(noises("a", "b"), prices=PRICES)
    result = run(component(), panel, denoise="none", component_warn_share=share)
    assert ("weak_component" in codes(result)) is weak
    if weak:
        explained = result.explained["composite"].iloc[-1]
        assert says(the(result, "weak_component"), f"{explained:.0%}")


@pytest.mark.parametrize("factor", [1.0, -1.0])
def test_an_indicator_that_runs_against_its_sign(factor: float) -> None:
    data = {"a": GOOD["a"], "b": factor * GOOD["a"] + noises("b")["b"]}
    result = run(component(), panel_of(data, prices=PRICES))
    assert ("negative_loading" in codes(result)) is (factor < 0)
    if factor < 0:
        assert says(the(result, "negative_loading"), "b")


# --- backtests --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prices",
    [None, PRICES[["benchmark"]], PRICES[["toys"]], PRICES.assign(toys=math.nan)],
    ids=["no prices", "no index", "no benchmark", "an empty index"],
)
def test_without_prices_there_is_no_backtest(prices: pd.DataFrame | None) -> None:
    result = run(panel=panel_of(GOOD, prices=prices))
    assert result.backtest is None
    assert codes(result) == ["no_backtest"]


def test_a_module_needs_no_backtest() -> None:
    assert codes(run(industry_of(PAIR, kind="module"))) == []
    assert codes(run(industry_of(PAIR, kind="module"), panel_of(GOOD))) == []


@pytest.mark.parametrize(
    ("first", "late"),
    [
        ("2000-01-03", False),
        ("2001-12-03", False),  # the base, 2001-12-31, has a price
        ("2001-12-31", False),
        ("2002-01-02", False),  # no price on the base: traded at the next close
        ("2002-01-15", False),
        ("2002-01-16", True),  # more than 15 days later: the first month is lost
        ("2002-03-01", True),
        ("2003-06-02", True),
    ],
)
def test_a_backtest_that_starts_late(first: str, late: bool) -> None:
    prices = PRICES[PRICES.index >= first]
    result = run(panel=panel_of(GOOD, prices=prices))
    assert ("late_start" in codes(result)) is late
    if late:
        assert result.backtest is not None
        assert says(the(result, "late_start"), f"{result.backtest.start:%Y-%m-%d}", "2002-01")


@pytest.mark.parametrize(
    ("first", "late"),
    [
        ("2001-12-03", False),  # December decides on Friday 4 January
        ("2002-01-04", False),
        ("2002-01-07", False),  # no price on the base: traded at the next close
        ("2002-01-21", True),  # more than 15 days later: the first month is lost
    ],
)
def test_a_backtest_of_the_sixth_that_starts_late(first: str, late: bool) -> None:
    model = industry_of(PAIR, rebalance="sixth", **START)
    result = run(model, panel_of(GOOD, prices=PRICES[PRICES.index >= first]))
    assert ("late_start" in codes(result)) is late


def test_decision_dates_without_a_price_are_said() -> None:
    gap = PRICES.copy()
    gap.loc["2003-03-31":"2003-04-14", "toys"] = math.nan  # the next close is 15 days later
    gap.loc["2003-07-31":"2003-08-17", "toys"] = math.nan  # and here 18
    result = run(panel=panel_of(GOOD, prices=gap))
    assert says(the(result, "late_trades"), "2003-03-31")
    assert says(the(result, "untraded_decisions"), "2003-07-31", "15")
    assert "2003-07-31" not in the(result, "late_trades").en
    whole = run(panel=panel_of(GOOD, prices=PRICES))
    assert not {"late_trades", "untraded_decisions"} & set(codes(whole))
    late = run(panel=panel_of(GOOD, prices=PRICES[PRICES.index >= "2002-01-03"]))
    assert says(the(late, "late_trades"), "2001-12-31")


@pytest.mark.parametrize("rebalance", ["month_end", "sixth"])
@pytest.mark.parametrize("delay_days", [1, 5])
def test_trading_some_days_after_the_decision_is_not_late(rebalance: str, delay_days: int) -> None:
    model = industry_of(PAIR, rebalance=rebalance, **START)
    assert codes(run(model, delay_days=delay_days)) == ["revised_data"]


def test_the_start_of_the_settings_counts_before_that_of_the_definition() -> None:
    panel = panel_of(GOOD, prices=PRICES[PRICES.index >= "2002-06-03"])
    assert "late_start" in codes(run(panel=panel))
    assert "late_start" not in codes(run(panel=panel, start=date(2003, 1, 1)))


def test_without_a_sample_start_no_start_is_late() -> None:
    panel = panel_of(GOOD, prices=PRICES[PRICES.index >= "2002-06-03"])
    assert "late_start" not in codes(run(industry_of(PAIR), panel))


def test_months_without_a_signal_are_counted() -> None:
    holey = {name: column.copy() for name, column in GOOD.items()}
    for column in holey.values():
        column.iloc[40:50] = math.nan
    result = run(panel=panel_of(holey, prices=PRICES))
    unknown = int(result.signal.loc["2002":].isna().sum())
    # Three months are carried and seven are not; the next has too few for its mean, and the one
    # after that a score, but no change yet.
    assert unknown == 9
    assert says(the(result, "no_signal_months"), f" {unknown} ")


def test_months_without_a_signal_before_the_backtest_do_not_count() -> None:
    result = run()
    assert result.signal.isna().any()
    assert "no_signal_months" not in codes(result)


def test_months_without_a_signal_after_the_backtest_do_not_count() -> None:
    ended = {name: column.iloc[:48] for name, column in GOOD.items()}
    panel = panel_of(ended, prices=PRICES)
    assert "no_signal_months" in codes(run(panel=panel))
    assert "no_signal_months" not in codes(run(panel=panel, end=date(2003, 12, 31)))


# --- all of them ------------------------------------------------------------------------------


def test_warnings_stand_before_notes_and_both_languages_are_filled() -> None:
    model = industry_of({**PAIR, "ghost": {}, "c": {"transform": "yoy", "unit": "万吨"}}, **START)
    data = panel_of({**GOOD, "b": GOOD["b"].iloc[:30]}, prices=PRICES)
    growth = observations("c", wave(MONTHS, phase=2.0), calendar=data.calendar, unit="%")
    result = run(model, Panel({**data.series, "c": growth}, PRICES), timing="period")
    assert codes(result) == [
        "looks_ahead",
        "no_indicator_data",
        "stale_indicator",
        "published_growth",
        "revised_data",
    ]
    assert [n.severity for n in result.notices] == ["warning"] * 3 + ["note"] * 2
    for notice in result.notices:
        assert re.search("[\u4e00-\u9fff]", notice.zh)
        assert not re.search("[\u4e00-\u9fff]", notice.en)
        assert notice.zh.endswith("。")
        assert notice.en.endswith(".")


@pytest.mark.parametrize(
    ("transform", "severity", "word"),
    [("diff(12)", "note", "no change is computed"), ("level", "warning", "cannot be compared")],
)
def test_a_break_of_definition_is_said(transform: str, severity: str, word: str) -> None:
    model = industry_of({**PAIR, "a": {**PAIR["a"], "transform": transform}}, **START)
    panel = panel_of(GOOD, prices=PRICES)
    index = panel.series["a"].frame.index

    def broken(*months: pd.Timestamp) -> list[Notice]:
        series = {**panel.series, "a": replace(panel.series["a"], breaks=months)}
        notices = run(model, replace(panel, series=series)).notices
        return [n for n in notices if n.code == "definition_break"]

    (notice,) = broken(index[40])
    assert notice.severity == severity
    assert word in notice.en
    assert f"{index[40]:%Y-%m}" in notice.zh
    assert not broken(index[0], index[-1] + pd.offsets.MonthEnd(1))
    # The month of a break is the first of the new definition: the last month can be one.
    assert broken(index[-1])
    assert broken(index[1])


@pytest.mark.parametrize(("holes", "severity"), [((30,), "note"), ((30, 31, 32), "warning")])
def test_what_holes_cost_is_said(holes: tuple[int, ...], severity: str) -> None:
    sales = 100 + GOOD["a"]
    sales.iloc[list(holes)] = math.nan
    model = industry_of({**PAIR, "a": {"transform": "sum(24) | pct(3)"}}, **START)
    notice = the(run(model, panel_of({**GOOD, "a": sales}, prices=PRICES)), "holes_cost_months")
    index = month_ends(MONTHS)
    first, last = index[holes[0]], index[holes[-1]]
    assert notice.severity == severity
    assert says(notice, f"{first:%Y-%m}", f"{last:%Y-%m}", "(a)") or "（a）" in notice.zh
    if len(holes) == 1:
        assert says(notice, f"{index[33]:%Y-%m}")
    else:
        assert f"{first:%Y-%m} to {last:%Y-%m}" in notice.en
        assert f"{first:%Y-%m} 至 {last:%Y-%m}" in notice.zh
    yearly = industry_of({**PAIR, "a": {"transform": "level"}}, **START)
    level = run(yearly, panel_of({**GOOD, "a": sales}, prices=PRICES))
    assert "holes_cost_months" not in codes(level)
