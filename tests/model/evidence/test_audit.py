"""The look-ahead audit shows what a leak is worth, and which indicators leak."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from prosperity.calendar import TradingCalendar
from prosperity.evidence.audit import CASES, HONEST, audit, lag_check
from prosperity.panel import Panel, observations
from prosperity.settings import Settings

from tests.model.helpers import industry_of

from . import worlds


def test_a_planted_leak_is_shown() -> None:
    model, panel = worlds.leak(1, lag=20)
    found = audit(panel, model, Settings(), {model.id: model})
    cheat, honest = (found.cases.loc[id] for id in ("period_expanding", HONEST))
    assert cheat["information_ratio"] > 1.2
    assert abs(honest["information_ratio"]) < 0.5
    assert 1 + cheat["strategy_return"] > 5 * (1 + honest["strategy_return"])
    leaky = found.unpublished.loc["insider"]
    assert leaky["share"] == 1.0
    assert leaky["unpublished"] == leaky["months"] > 100
    assert 17 <= leaky["mean_days"] <= 23
    assert leaky["honest"] == 0
    # On the last weekday a month-end value of lag 0 is public unless the month ends on a weekend.
    assert found.unpublished.loc["other", "share"] < 0.5


def test_a_wrong_release_date_shows_in_the_delays() -> None:
    """A column that holds the future under a false date is not caught by dates, but by delay."""
    model, panel = worlds.leak(3, lag=0)
    found = audit(panel, model, Settings(), {model.id: model}).cases["information_ratio"]
    assert found[HONEST] > 1
    assert max(found["delay_1"], found["delay_2"]) < 0.5 * found[HONEST]


def test_cases_that_look_ahead_say_so() -> None:
    model, panel = worlds.no_skill(3)
    found = audit(panel, model, Settings(), {model.id: model}).cases
    assert list(found.index) == list(CASES)
    sees = {id: timing == "period" or fit == "full" for id, (timing, fit, _) in CASES.items()}
    assert found["sees_future"].to_dict() == sees
    assert found.loc[HONEST, "agreement"] == 1.0


@pytest.mark.parametrize("settings", [Settings(), Settings(as_of=date(2015, 6, 30), cost_bps=20)])
def test_each_case_is_what_a_run_gives(settings: Settings) -> None:
    from dataclasses import replace

    model, panel = worlds.no_skill(4)
    found = audit(panel, model, settings, {model.id: model}).cases
    for id, (timing, fit, delay) in CASES.items():
        changed = replace(settings, timing=timing, fit=fit, extra_lag_months=delay)  # type: ignore[arg-type]
        alone = worlds.result_of(model, panel, changed).backtest
        assert alone is not None
        for key in ("strategy_return", "sharpe", "max_drawdown", "switches"):
            assert found.loc[id, key] == pytest.approx(alone.statistics[key], rel=1e-9), (id, key)


def test_lateness_is_counted_in_the_months_that_are_held() -> None:
    model, panel = worlds.no_skill(5)
    found = audit(panel, model, Settings(), {model.id: model}).unpublished
    assert found.loc["one", "share"] == 1.0
    assert np.isnan(found.loc["two", "mean_days"]) or found.loc["two", "most_days"] <= 2


def test_stated_release_dates_show_where_a_lag_is_too_kind() -> None:
    """The shape of the PMI: on the 1st of the next month until 2012, then on the last day."""
    months = pd.date_range("2010-01-31", "2014-12-31", freq="ME")
    days = pd.Series(months, months)
    days[:"2012-12"] += pd.Timedelta(days=1)
    days["2014-02":"2014-02"] += pd.Timedelta(days=1)
    days["2010-05":"2010-06"] = pd.NaT

    def check(lag: int | str) -> pd.Series:
        model = industry_of({"pmi": {"lag_days": lag}, "other": {}})
        values = pd.Series(50.0, months)
        calendar = TradingCalendar(pd.DatetimeIndex([]))
        series = {
            "pmi": observations("pmi", values, calendar=calendar, lag_days=lag, releases=days),
            "other": observations("other", values, calendar=calendar),
        }
        found = lag_check(Panel(series), model)
        assert list(found.index) == ["pmi"]  # of the other nothing is stated
        return found.loc["pmi"]

    kind = check(0)
    assert (kind["stated"], kind["by_lag"], kind["too_kind"]) == (58, 2, 35)
    assert kind["months"] == "2010-01..2010-04, 2010-07..2012-12, 2014-02"
    assert kind["most_days"] == 1
    assert check("1; 2013-01: 0")["months"] == "2014-02"
    assert check("1; 2013-01: 0; 02: 1")["too_kind"] == 0
    assert check(1)["too_kind"] == 0
    assert np.isnan(check(1)["most_days"])
