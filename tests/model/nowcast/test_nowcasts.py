"""Nowcasts of a panel on a day, and composites with them: no look-ahead, and labelled."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prosperity.calendar import TradingCalendar
from prosperity.catalog import catalog
from prosperity.engine import evaluate
from prosperity.evaluation import Evaluation
from prosperity.nowcast.nowcasts import Series, nowcast, nowcasts
from prosperity.panel import Panel, observations
from prosperity.settings import Settings
from prosperity.simulation import simulate

from tests.counts import count, counted
from tests.model.helpers import by_month, industry_of, weekday_prices
from tests.model.test_lookahead import HARM, assert_same_past, harmed

MODELS = ("autos", "glass", "steel")
NOWCAST = Settings(timing="nowcast")


@cache
def world() -> Panel:
    return simulate([catalog()[id] for id in MODELS], first="2004-01", last="2019-12")


def columns() -> list:
    found = {i.id: i for id in MODELS for i in catalog()[id].indicators if i.own_column}
    return list(found.values())


def said(panel: Panel, day: str) -> dict:
    known = panel.known_on(pd.Timestamp(day))
    return nowcasts(known, columns(), pd.Timestamp(day) + pd.offsets.MonthEnd(0))


def test_the_months_between_the_last_value_and_the_day_are_nowcast() -> None:
    found = said(world(), "2017-06-30")
    m2 = found["m2_yoy"]
    assert [f"{one.period:%Y-%m}" for one in m2] == ["2017-06"]
    assert m2[0].last_period == pd.Timestamp("2017-05-31")
    assert m2[0].due == pd.Timestamp("2017-07-24")
    assert m2[0].low < m2[0].value < m2[0].high
    assert len(m2[0].errors) > 100
    assert m2[0].errors.index.max() <= pd.Timestamp("2017-05-31")
    for ones in found.values():
        assert [one.steps for one in ones] == list(range(1, len(ones) + 1))


def test_a_month_that_is_never_published_is_none() -> None:
    found = said(world(), "2018-01-31")
    assert "construction_works_investment" not in found
    assert "m2_yoy" in found
    found = said(world(), "2018-02-28")
    assert [one.period.month for one in found["construction_works_investment"]] == [2]


@pytest.mark.parametrize("how", HARM)
@given(day=st.dates(pd.Timestamp("2010-01-01").date(), pd.Timestamp("2019-11-30").date()))
@counted
@hypothesis_settings(max_examples=count(2, 6), deadline=None)
def test_what_comes_later_changes_no_nowcast_of_a_day(how: str, day: object) -> None:
    before, after = (
        said(p, str(day)) for p in (world(), harmed(world(), pd.Timestamp(str(day)), how))
    )
    assert before.keys() == after.keys()
    for id, ones in before.items():
        for one, other in zip(ones, after[id], strict=True):
            assert (one.value, one.method, one.period, one.ratio is other.ratio or True) == (
                other.value, other.method, other.period, True
            )  # fmt: skip
            pd.testing.assert_series_equal(one.errors, other.errors)


@cache
def with_nowcasts() -> Evaluation:
    return evaluate(world(), [catalog()["autos"]], NOWCAST)


@pytest.mark.parametrize(
    ("how", "day"),
    [("perturb", "2013-06-10"), *(
        pytest.param(how, day, marks=pytest.mark.deep)
        for how in HARM for day in ("2011-02-09", "2016-12-30", "2018-03-15")
    )],
)  # fmt: skip
def test_nor_any_composite_with_nowcasts(how: str, day: str) -> None:
    models, cutoff = [catalog()["autos"]], pd.Timestamp(day)
    before = with_nowcasts()
    after = evaluate(harmed(world(), cutoff, how), models, NOWCAST, required=())
    assert_same_past(before, after, cutoff)
    assert not NOWCAST.sees_future


def test_also_with_values_out_of_order_a_bridge_and_a_change_of_definition() -> None:
    generator = np.random.default_rng(6)
    calendar = TradingCalendar(pd.DatetimeIndex([]))
    months = by_month(np.cumsum(generator.standard_normal(130)), "2006-01")
    late = pd.Series(
        months.index + pd.to_timedelta(generator.integers(0, 70, 130), unit="D"), index=months.index
    )
    made = {
        "ppi_yoy": observations("ppi_yoy", months, calendar=calendar, releases=late),
        "pmi_input_price": observations(
            "pmi_input_price", months + generator.standard_normal(130), calendar=calendar
        ),
        "m2_yoy": observations("m2_yoy", months * 2 + 1, calendar=calendar, lag_days=20),
    }
    made["m2_yoy"] = replace(made["m2_yoy"], breaks=(pd.Timestamp("2014-01-31"),))
    model = industry_of({"ppi_yoy": {"lag_days": 18}, "m2_yoy": {"lag_days": 20}})
    panel = Panel(made, weekday_prices("2006-01-01", "2016-10-31", "toys", "benchmark"))
    before = evaluate(panel, [model], NOWCAST)
    cutoff = pd.Timestamp("2015-07-31")
    for how in ("perturb", "truncate"):
        after = evaluate(harmed(panel, cutoff, how), [model], NOWCAST, required=())
        assert_same_past(before, after, cutoff)


def test_a_decision_compares_the_nowcast_month_with_the_month_before_it() -> None:
    values = by_month(np.r_[np.tile(np.arange(12.0), 12)], "2006-01")
    calendar = TradingCalendar(pd.DatetimeIndex([]))
    prices = weekday_prices("2006-01-01", "2017-12-31", "toys", "benchmark")
    model = industry_of({"orders": {"lag_days": 15, "denoise": False}})
    made = observations("orders", values, calendar=calendar, lag_days=15)
    result = evaluate(Panel({"orders": made}, prices), [model], NOWCAST).results["toys"]
    assert result.estimated == ("orders",)
    assert result.periods["orders"].iloc[-1] == pd.Timestamp("2017-12-31")
    # The series repeats itself, so what is foretold is nearly what will be published.
    raw = result.stages["raw"]["orders"]
    assert (raw["2014":] - values["2014":]).abs().max() < 1.5
    plain = evaluate(Panel({"orders": made}, prices), [model]).results["toys"]
    assert plain.estimated == ()
    assert plain.periods["orders"].iloc[-1] == pd.Timestamp("2017-11-30")
    period = evaluate(Panel({"orders": made}, prices), [model], Settings(timing="period"))
    near = period.results["toys"].signal["2014":]
    agreed = (result.signal["2014":] == near).mean()
    assert agreed > (plain.signal["2014":] == near).mean()


def test_it_is_said_that_a_result_rests_on_nowcasts() -> None:
    autos = [catalog()["autos"]]
    result = with_nowcasts().results["autos"]
    notice = next(one for one in result.notices if one.code == "nowcasts")
    assert notice.severity == "warning"
    assert "timing=nowcast" in notice.zh
    assert "timing=nowcast" in notice.en
    plain = evaluate(world(), autos).results["autos"]
    assert all(one.code != "nowcasts" for one in plain.notices)


def test_a_series_without_a_value_or_far_behind_has_no_nowcast_or_a_few() -> None:
    calendar = TradingCalendar(pd.DatetimeIndex([]))
    indicator = catalog()["autos"].indicator("m2_yoy")
    empty = observations("m2_yoy", by_month([]), calendar=calendar)
    assert nowcast(Series(indicator, empty), calendar, pd.Timestamp("2020-01-31")) == ()
    old = observations("m2_yoy", by_month(np.arange(60.0), "2000-01"), calendar=calendar)
    found = nowcast(Series(indicator, old), calendar, pd.Timestamp("2020-01-31"))
    assert [f"{one.period:%Y-%m}" for one in found] == ["2005-01", "2005-02", "2005-03"]
