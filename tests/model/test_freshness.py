"""What is overdue on a day, against a second reading of the calendar written plainly here."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prosperity.calendar import TradingCalendar
from prosperity.due import LATE_PRICES, expected_releases, price_overdue, skipped_months
from prosperity.engine import evaluate
from prosperity.exchange import sessions
from prosperity.freshness import Freshness, series_age
from prosperity.panel import Panel, observations
from prosperity.settings import Settings

from tests.model.helpers import industry_of, month_ends, panel_of, wave, weekday_prices

FAST = Settings(min_obs=6, denoise="none")


def last_day(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def following(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return last_day(number // 12, number % 12 + 1)


def due_day(month: date, lag: int, frequency: str, *, exchange: bool = False) -> date:
    """Return when a month's value is out: a close is known on the last weekday, or open day.

    Daily prices on every weekday are no exchange's; with monthly ones the exchange's days count.
    """
    if frequency in "DW" and lag == 0 and exchange:
        open_days = sessions()
        return open_days[open_days <= pd.Timestamp(month)][-1].date()
    if frequency in "DW" and lag == 0:
        return month - timedelta(days=max(0, month.weekday() - 4))
    return month + timedelta(days=lag)


def first_missing_due(last: date, lag: int, frequency: str, *, exchange: bool = False) -> date:
    month = following(last, 3 if frequency == "Q" else 1)
    return due_day(month, lag, frequency, exchange=exchange)


def aged(
    frequency: str,
    lag: int,
    length: int,
    *,
    monthly: bool = False,
    prices_to: date | None = None,
    today: date | None = None,
    as_of: date | None = None,
) -> Freshness:
    """Return the freshness of a model of one series that ends after ``length`` months."""
    step = 3 if frequency == "Q" else 1
    values = wave(length, "2012-01").iloc[step - 1 :: step]
    end = prices_to or values.index[-1].date()
    prices = weekday_prices("2012-01-02", str(end), "toys", "benchmark")
    if monthly:
        prices = prices.groupby([prices.index.year, prices.index.month]).tail(1)
    calendar = Panel(prices=prices).calendar
    series = observations(
        "a",
        values,
        calendar=calendar,
        lag_days=lag,
        frequency=frequency,  # type: ignore[arg-type]
    )
    model = industry_of({"a": {"frequency": frequency, "lag_days": lag}})
    chosen = Settings(min_obs=6, denoise="none", as_of=as_of)
    found = evaluate(Panel({"a": series}, prices), [model], chosen, today=today).results["toys"]
    assert found.freshness is not None
    return found.freshness


@settings(max_examples=60)
@given(
    st.sampled_from("DWMQ"),
    st.sampled_from([0, 1, 9, 15, 27, 31, 45, 70]),
    st.integers(0, 60 * 31),
    st.booleans(),
)
def test_a_series_is_overdue_exactly_when_a_value_that_was_due_is_not_there(
    frequency: str, lag: int, days: int, monthly: bool
) -> None:
    last = date(2019, 12, 31)
    today = last + timedelta(days=days)
    found = aged(frequency, lag, 96, monthly=monthly, today=today)
    (one,) = found.series
    due = first_missing_due(last, lag, frequency, exchange=monthly)
    assert one.through == pd.Timestamp(last)
    assert one.due == pd.Timestamp(due)
    assert (one.since is not None) is (due <= today)
    assert (one.missing > 0) is (due <= today)
    if due <= today:
        assert found.status != "current"
        assert found.overdue == (one,)
        assert found.overdue_days >= (today - due).days
    if found.status == "current":
        assert due > today
    if found.since is not None:
        # The decision after it should have been taken, or it rested on what was late by then.
        assert found.since <= pd.Timestamp(today)
        decision = pd.Timestamp(found.decided) + pd.offsets.MonthEnd(1)
        assert found.missed is not None or one.due <= found.decided
        assert found.missed is None or found.missed <= decision + pd.Timedelta(days=31)


@settings(max_examples=40)
@given(st.sampled_from("DMQ"), st.integers(0, 60), st.booleans())
def test_a_past_day_is_judged_as_on_that_day(frequency: str, back: int, monthly: bool) -> None:
    """Values that came later are neither missed nor seen."""
    day = date(2019, 12, 31) - timedelta(days=31 * back + 3)
    found = aged(frequency, 15, 96, monthly=monthly, as_of=day, today=date(2030, 1, 1))
    (one,) = found.series
    assert found.today == pd.Timestamp(day)
    assert one.through is not None
    assert due_day(one.through.date(), 15, frequency) <= day
    due = first_missing_due(one.through.date(), 15, frequency)
    assert due > day, "the book holds it, so it was not late then"
    assert one.since is None
    assert found.status in ("current", "waiting") or found.prices_since is not None


@settings(max_examples=60)
@given(st.integers(0, 900), st.booleans())
def test_prices_are_late_after_the_longest_holidays_and_not_before(
    days: int, monthly: bool
) -> None:
    last = pd.Timestamp("2020-01-31")
    dates = pd.bdate_range("2018-01-01", last, unit="ns")
    if monthly:
        dates = pd.DatetimeIndex(dates.to_series().groupby([dates.year, dates.month]).last())
    today = last + pd.Timedelta(days=days)
    since = price_overdue(TradingCalendar(dates), today)
    expected = pd.Timestamp("2020-02-28") if monthly else pd.Timestamp("2020-02-03")
    counted = expected if monthly else last
    assert (since is not None) is ((today - counted).days > LATE_PRICES)
    assert since in (None, expected)


def test_data_that_ended_two_years_ago_are_not_current() -> None:
    found = aged("M", 15, 96, today=date(2021, 11, 25))
    assert found.status == "overdue"
    assert found.decided == pd.Timestamp("2019-12-31")
    assert found.since == pd.Timestamp("2020-01-31")
    assert found.prices_since == pd.Timestamp("2020-01-01")
    assert found.allowed == pd.Timestamp("2021-10-29")


def test_a_decision_is_of_now_until_the_next_one_and_waits_for_its_prices() -> None:
    for today, status in (
        (date(2020, 1, 5), "current"),
        (date(2020, 1, 20), "due"),  # prices end on New Year's Eve
    ):
        assert aged("M", 15, 96, today=today).status == status
    close = date(2020, 1, 30)
    waiting = aged("M", 40, 96, prices_to=close, today=date(2020, 1, 31))
    assert waiting.status == "waiting"
    assert waiting.missed == pd.Timestamp("2020-01-31")
    assert waiting.since is None
    late = aged("M", 40, 96, prices_to=close, today=date(2020, 2, 20))
    assert late.status == "overdue"
    assert late.since == pd.Timestamp("2020-01-31")


def test_a_decision_that_rests_on_a_late_series_is_old_although_it_was_taken() -> None:
    """The December value was due on 15 January and is not there at the end of January."""
    found = aged("M", 15, 95, prices_to=date(2020, 1, 31), today=date(2020, 2, 3))
    assert found.decided == pd.Timestamp("2020-01-31")
    assert found.rests_on == {"a"}
    assert found.since == pd.Timestamp("2020-01-15")


def test_a_series_that_is_too_old_to_be_carried_is_named_and_does_not_age_the_others() -> None:
    values = {"a": wave(96, "2012-01"), "b": wave(60, "2012-01", phase=1.0)}
    prices = weekday_prices("2012-01-02", "2019-12-31", "toys", "benchmark")
    model = industry_of({"a": {}, "b": {}})
    panel = panel_of(values, prices=prices)
    found = evaluate(panel, [model], FAST, today=date(2020, 1, 3)).results["toys"]
    assert found.freshness is not None
    assert found.freshness.status == "due"
    assert [one.id for one in found.freshness.overdue] == ["b"]
    assert "overdue_series" in {notice.code for notice in found.notices}
    assert "overdue_signal" not in {notice.code for notice in found.notices}


def test_a_new_month_says_from_which_decision_it_counts() -> None:
    found = aged("M", 15, 96, prices_to=date(2020, 1, 10), today=date(2020, 1, 20))
    (one,) = found.waiting
    assert one.released == pd.Timestamp("2020-01-15")
    assert one.counts_from == pd.Timestamp("2020-01-31")
    assert not aged("M", 0, 96, today=date(2020, 1, 2)).waiting


@pytest.mark.parametrize("delay", [1, 2])
def test_an_extra_delay_moves_what_counts_and_not_what_is_due(delay: int) -> None:
    values = {"a": wave(96, "2012-01")}
    prices = weekday_prices("2012-01-02", "2019-12-31", "toys", "benchmark")
    chosen = Settings(min_obs=6, denoise="none", extra_lag_months=delay)
    panel = panel_of(values, prices=prices)
    model = industry_of({"a": {}})
    found = evaluate(panel, [model], chosen, today=date(2020, 1, 3)).results["toys"].freshness
    assert found is not None
    (one,) = found.series
    assert one.due == pd.Timestamp("2020-01-31")
    # Two months on is a Saturday, the day after February's decision.
    assert one.counts_from == pd.Timestamp(["2020-01-31", "2020-03-31"][delay - 1])


def test_a_january_that_is_never_published_is_not_waited_for() -> None:
    periods = month_ends(60, "2015-01")
    without = periods[periods.month != 1]
    assert skipped_months(without) == {1}
    months, dues = expected_releases(
        without, "M", 15, TradingCalendar(pd.DatetimeIndex([])), pd.Timestamp("2020-02-20")
    )
    assert months[0] == pd.Timestamp("2020-02-29")
    assert dues[0] == pd.Timestamp("2020-03-15")
    # Two Januaries in a row at the end are a new habit.
    both = periods[(periods.month != 1) | (periods.year >= 2018)]
    assert skipped_months(both) == frozenset()


def test_stated_dates_do_not_hide_the_rule_and_a_series_without_values_says_nothing() -> None:
    calendar = TradingCalendar(pd.DatetimeIndex([]))
    values = wave(24, "2018-01")
    stated = pd.Series(pd.NaT, index=values.index)
    stated.iloc[-1] = pd.Timestamp("2020-01-09")
    observed = observations("a", values, calendar=calendar, lag_days=20, releases=stated)
    indicator = industry_of({"a": {"lag_days": 3}}).indicator("a")
    one = series_age(indicator, observed, calendar, pd.Timestamp("2020-02-19"))
    assert one.released == pd.Timestamp("2020-01-09")
    assert one.due == pd.Timestamp("2020-02-20"), "the book's lag, not the definition's"
    blank = series_age(indicator, None, calendar, pd.Timestamp("2020-02-19"))
    assert (blank.through, blank.missing, blank.since) == (None, 0, None)


def test_without_a_day_nothing_is_said() -> None:
    panel = panel_of({"a": wave(96, "2012-01")})
    found: Any = evaluate(panel, [industry_of({"a": {}})], FAST)
    assert found.today is None
    assert found.results["toys"].freshness is None
    assert not {n.code for n in found.results["toys"].notices} & {
        "overdue_signal",
        "overdue_series",
        "simulated",
    }


def test_one_simulated_column_marks_the_model_and_is_named() -> None:
    values = {"a": wave(96, "2012-01"), "b": wave(96, "2012-01", phase=1.0)}
    panel = panel_of(values)
    for marked, expected in ((frozenset({"b"}), ("b",)), (frozenset(), ("a", "b"))):
        mixed = Panel(panel.series, panel.prices, simulated=True, marked=frozenset(marked))
        result = evaluate(mixed, [industry_of({"a": {}, "b": {}})], FAST).results["toys"]
        assert result.simulated == expected
        (notice,) = (n for n in result.notices if n.code == "simulated")
        assert ("1 of 2" in notice.en) is (expected == ("b",))
    assert np.isfinite(panel.series["a"].frame["value"]).all()
