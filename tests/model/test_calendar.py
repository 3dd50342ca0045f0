"""Trading days, decision dates and release dates."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.calendar import (
    TradingCalendar,
    month_end,
    month_number,
    month_range,
    release_dates,
)
from prosperity.definition import Rebalance
from prosperity.errors import DataError
from prosperity.exchange import sessions

from tests.model.helpers import month_ends


def days(*texts: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(texts)


def texts(found: pd.DatetimeIndex) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in found]


def weekdays(first: str, last: str, *holidays: str) -> pd.DatetimeIndex:
    """Return the weekdays from ``first`` to ``last`` without the ``holidays``."""
    return pd.bdate_range(first, last).difference(days(*holidays))


#: The Shanghai exchange around the Spring Festival of 2011: closed from 2 to 8 February.
SPRING_2011 = TradingCalendar(
    weekdays("2010-11-01", "2011-04-29", *[f"2011-02-0{d}" for d in range(2, 9)], "2011-01-03")
)
NOTHING = TradingCalendar(pd.DatetimeIndex([]))


def last_weekdays(months: pd.DatetimeIndex, rebalance: Rebalance) -> pd.DatetimeIndex:
    """Return the last weekday of each month, or on or before the 6th of the next."""
    targets = months + pd.Timedelta(days=6 if rebalance == "sixth" else 0)
    return targets - pd.to_timedelta(np.clip(targets.day_of_week - 4, 0, 2), unit="D")


# --- months -----------------------------------------------------------------------------------


def test_month_end_of_any_day() -> None:
    found = month_end(days("2020-02-01", "2020-02-29", "2021-02-28 15:00", "2020-12-31"))
    assert texts(found) == ["2020-02-29", "2020-02-29", "2021-02-28", "2020-12-31"]
    assert (found == found.normalize()).all()


def test_month_range_takes_in_both_ends() -> None:
    found = month_range(pd.Timestamp("2019-11-15"), pd.Timestamp("2020-02-01"))
    assert texts(found) == ["2019-11-30", "2019-12-31", "2020-01-31", "2020-02-29"]
    assert len(month_range(pd.Timestamp("2020-02-29"), pd.Timestamp("2020-02-01"))) == 1
    assert len(month_range(pd.Timestamp("2020-03-01"), pd.Timestamp("2020-02-01"))) == 0


def test_month_numbers_can_be_subtracted_and_keep_what_is_missing() -> None:
    later, earlier = days("2020-01-31", "2020-12-31"), days("2019-12-31", "2018-12-31")
    assert (month_number(later) - month_number(earlier)).tolist() == [1.0, 24.0]
    missing = month_number(pd.DatetimeIndex([pd.NaT, "2020-01-31"]))
    assert np.isnan(missing[0])
    assert missing.dtype == float


# --- trading days -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("2011-01-31", "2011-01-31"),  # a Monday with a price
        ("2011-02-06", "2011-02-01"),  # inside the Spring Festival
        ("2011-02-08", "2011-02-01"),  # its last day
        ("2011-02-09", "2011-02-09"),  # the first day after it
        ("2011-02-12", "2011-02-11"),  # a Saturday
        ("2011-02-13", "2011-02-11"),  # a Sunday
        ("2011-01-03", "2010-12-31"),  # a holiday on a Monday
        ("2011-04-29", "2011-04-29"),  # the last price
        ("2011-04-30", "2011-04-29"),  # the Saturday after it: still the last price
        ("2011-05-02", "2011-04-29"),  # after the last price: Labour Day, the exchange is closed
        ("2011-05-03", "2011-05-03"),
        ("2011-05-08", "2011-05-06"),
        ("2010-11-01", "2010-11-01"),  # the first price
        ("2010-10-31", "2010-10-29"),  # before it: the exchange's days
        ("2010-10-06", "2010-09-30"),
        ("1990-11-30", "1990-11-30"),  # before there was an exchange: weekdays
    ],
)
def test_last_trading_day_on_or_before(target: str, expected: str) -> None:
    assert texts(SPRING_2011.last_on_or_before(days(target))) == [expected]


def test_without_prices_the_exchange_stands_in() -> None:
    found = NOTHING.last_on_or_before(days("2011-02-04", "2011-02-05", "2011-02-07", "2011-02-09"))
    assert texts(found) == ["2011-02-01", "2011-02-01", "2011-02-01", "2011-02-09"]


def test_beyond_what_the_exchange_has_announced_weekdays_stand_in() -> None:
    beyond = sessions()[-1] + pd.offsets.YearEnd(0) + pd.Timedelta(days=1)
    targets = pd.date_range(beyond, periods=7)
    found = NOTHING.last_on_or_before(targets)
    assert (found.day_of_week < 5).all()
    assert ((targets - found).days <= 2).all()
    assert NOTHING.guessed(targets).all()
    assert not NOTHING.guessed(targets - pd.DateOffset(years=1)).any()


def test_the_last_day_before_a_festival_decides_on_itself() -> None:
    """With prices to 1 February 2011 the 6th is decided: no trading day is left until then."""
    january = month_ends(1, "2011-01")
    cut = TradingCalendar(SPRING_2011.days[SPRING_2011.days <= "2011-02-01"])
    assert texts(cut.decision_dates(january, "sixth")) == ["2011-02-01"]
    assert cut.decided(january, "sixth").all()
    earlier = TradingCalendar(SPRING_2011.days[SPRING_2011.days <= "2011-01-31"])
    assert not earlier.decided(january, "sixth").any()


@pytest.mark.parametrize("rebalance", ["month_end", "sixth"])
def test_what_a_day_decides_does_not_wait_for_the_next_price(rebalance: Rebalance) -> None:
    """Each month is decided with prices to its decision date, and not with one day less."""
    days_open = sessions()[(sessions() >= "2009-01-01") & (sessions() <= "2023-12-31")]
    whole = TradingCalendar(days_open)
    months = month_ends(172, "2009-02")
    decisions = whole.decision_dates(months, rebalance)
    for month, decision in zip(months, decisions, strict=True):
        one = pd.DatetimeIndex([month])
        cut = TradingCalendar(days_open[days_open <= decision])
        assert cut.decision_dates(one, rebalance)[0] == decision
        assert cut.decided(one, rebalance).all()
        short = TradingCalendar(days_open[days_open < decision])
        assert not short.decided(one, rebalance).any()
    # 10 month ends and 26 sixths in the 175 months from 2009 come before the last weekday.
    assert (decisions < last_weekdays(months, rebalance)).sum() >= 9


def test_prices_of_another_exchange_are_not_measured_by_ours() -> None:
    """Prices on every weekday, Spring Festivals too: the 31st is not known to be closed."""
    weekdays_only = TradingCalendar(pd.bdate_range("2015-01-01", "2020-01-23"))
    assert weekdays_only.foreign
    january = month_ends(1, "2020-01")
    assert texts(weekdays_only.decision_dates(january, "month_end")) == ["2020-01-31"]
    assert not weekdays_only.decided(january, "month_end").any()
    assert weekdays_only.guessed(january).all()
    assert not TradingCalendar(sessions()[-3000:-100]).foreign


def test_prices_that_decide_spare_the_exchange() -> None:
    """A price sheet that covers what is asked never loads the library."""
    code = (
        "import sys, pandas as pd; from prosperity.calendar import TradingCalendar;"
        "c = TradingCalendar(pd.bdate_range('2011-01-03', '2011-04-29'));"
        "c.decision_dates(pd.DatetimeIndex(['2011-01-31', '2011-03-31']), 'month_end');"
        "assert 'exchange_calendars' not in sys.modules;"
        "c.decision_dates(pd.DatetimeIndex(['2011-05-31']), 'month_end');"
        "assert 'exchange_calendars' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@given(
    gaps=st.lists(st.integers(1, 9), min_size=30, max_size=60),
    targets=st.lists(st.integers(0, 150), min_size=1, max_size=10),
)
def test_against_a_search_by_hand(gaps: list[int], targets: list[int]) -> None:
    first = pd.Timestamp("2015-01-05")
    traded = pd.DatetimeIndex(first + pd.to_timedelta(np.cumsum([0, *gaps]), unit="D"))
    asked = pd.DatetimeIndex(first + pd.to_timedelta(targets, unit="D"))
    asked = asked[asked <= traded[-1]]
    found = TradingCalendar(traded).last_on_or_before(asked)
    # A weekend before the first price belongs to the week before it.
    for target, day in zip(asked, found, strict=True):
        friday = target - pd.Timedelta(days=max(0, target.day_of_week - 4))
        assert day == (traded[traded <= target][-1] if friday >= first else friday)


# --- decision dates ---------------------------------------------------------------------------


def test_month_end_decisions() -> None:
    months = month_ends(5, "2010-12")
    assert texts(SPRING_2011.decision_dates(months, "month_end")) == [
        "2010-12-31",
        "2011-01-31",
        "2011-02-28",
        "2011-03-31",
        "2011-04-29",
    ]


def test_sixth_decisions() -> None:
    """Section 5.0: 2011-02-06 falls in the Spring Festival, so the base is 2011-02-01."""
    months = month_ends(4, "2010-12")
    assert texts(SPRING_2011.decision_dates(months, "sixth")) == [
        "2011-01-06",
        "2011-02-01",
        "2011-03-04",  # the 6th is a Sunday
        "2011-04-06",
    ]


def test_the_sixth_may_be_the_sixth() -> None:
    """Section 5.0: the base of agriculture is Friday 2009-02-06."""
    calendar = TradingCalendar(weekdays("2009-01-01", "2009-03-31"))
    assert texts(calendar.decision_dates(month_ends(1, "2009-01"), "sixth")) == ["2009-02-06"]


def test_the_sixth_falls_back_into_the_month_before_when_nothing_traded_since() -> None:
    """National Day: the exchange is closed from 1 to 7 October, so September's last day decides."""
    closed = [f"2010-10-0{d}" for d in range(1, 8)]
    calendar = TradingCalendar(weekdays("2010-09-01", "2010-11-30", *closed))
    assert texts(calendar.decision_dates(month_ends(1, "2010-09"), "sixth")) == ["2010-09-30"]


def test_decisions_without_prices() -> None:
    months = month_ends(2, "2011-01")
    assert texts(NOTHING.decision_dates(months, "month_end")) == ["2011-01-31", "2011-02-28"]
    assert texts(NOTHING.decision_dates(months, "sixth")) == ["2011-02-01", "2011-03-04"]


@given(
    st.sets(st.integers(0, 400), min_size=2, max_size=120), st.sampled_from(["month_end", "sixth"])
)
def test_decisions_ascend_and_never_lie_after_their_target(
    offsets: set[int], rebalance: str
) -> None:
    traded = pd.Timestamp("2015-01-01") + pd.to_timedelta(sorted(offsets), unit="D")
    calendar = TradingCalendar(pd.DatetimeIndex(traded))
    if calendar.monthly:
        return
    months = month_ends(16, "2014-11")
    found = calendar.decision_dates(months, rebalance)  # type: ignore[arg-type]
    targets = months + pd.Timedelta(days=6 if rebalance == "sixth" else 0)
    assert (found <= targets).all()
    assert found.is_monotonic_increasing
    assert (found.isin(calendar.days) | (found.day_of_week < 5)).all()


@pytest.mark.parametrize(
    ("last", "rebalance", "expected"),
    [
        ("2011-03-31", "month_end", [True, True, False]),
        ("2011-03-30", "month_end", [True, False, False]),
        ("2011-04-06", "sixth", [True, True, False]),
        ("2011-04-05", "sixth", [True, False, False]),
    ],
)
def test_decided(last: str, rebalance: str, expected: list[bool]) -> None:
    calendar = TradingCalendar(weekdays("2011-01-03", last))
    months = month_ends(3, "2011-02")
    assert calendar.decided(months, rebalance).tolist() == expected  # type: ignore[arg-type]


def test_without_prices_every_month_is_decided() -> None:
    assert NOTHING.decided(month_ends(3), "month_end").tolist() == [True] * 3


# --- monthly price sheets ---------------------------------------------------------------------

#: Last trading days of months, as a vendor's monthly export has them.
MONTHLY = TradingCalendar(
    days("2010-10-29", "2010-11-30", "2010-12-31", "2011-01-31", "2011-02-28", "2011-03-31")
)


@pytest.mark.parametrize(
    ("traded", "monthly"),
    [
        (SPRING_2011.days, False),
        (SPRING_2011.days[::5], False),
        (MONTHLY.days, True),
        (month_ends(24), True),
        (month_ends(1), False),
        (pd.DatetimeIndex([]), False),
    ],
    ids=["daily", "weekly", "monthly", "calendar month ends", "one day", "none"],
)
def test_a_monthly_sheet_is_known_by_its_steps(traded: pd.DatetimeIndex, monthly: bool) -> None:
    assert TradingCalendar(traded).monthly is monthly


def test_a_monthly_sheet_decides_on_its_own_days() -> None:
    months = month_ends(6, "2010-10")
    assert texts(MONTHLY.decision_dates(months, "month_end")) == texts(MONTHLY.days)
    assert MONTHLY.decided(months, "month_end").all()


def test_a_month_that_a_monthly_sheet_leaves_out_is_answered_by_the_exchange() -> None:
    gap = TradingCalendar(MONTHLY.days.delete(2))
    found = gap.decision_dates(month_ends(3, "2010-11"), "month_end")
    assert texts(found) == ["2010-11-30", "2010-12-31", "2011-01-31"]


@pytest.mark.parametrize("first", ["2010-10", "2011-07", "2012-01"])
def test_a_sheet_of_calendar_month_ends_decides_on_them_even_on_weekends(first: str) -> None:
    """2010-10-31 and 2011-07-31 are Sundays; the first row must not be lost."""
    months = month_ends(12, first)
    found = TradingCalendar(months).decision_dates(months, "month_end")
    assert texts(found) == texts(months)


def test_the_sixth_needs_daily_prices() -> None:
    with pytest.raises(DataError) as caught:
        MONTHLY.decision_dates(month_ends(2), "sixth")
    assert caught.value.code == "needs_daily_prices"


# --- release dates ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frequency", "lag_days", "period", "expected"),
    [
        # A survey published on a Sunday month end is not known on the Friday before.
        ("M", 0, "2011-07-31", "2011-07-31"),
        ("Q", 0, "2011-07-31", "2011-07-31"),
        # A price is known at the close of the month's last trading day.
        ("D", 0, "2011-07-31", "2011-07-29"),
        ("W", 0, "2011-07-31", "2011-07-29"),
        ("M", 15, "2011-01-31", "2011-02-15"),
        ("D", 15, "2011-01-31", "2011-02-15"),
        ("W", 1, "2011-07-31", "2011-08-01"),
        ("Q", 45, "2011-03-31", "2011-05-15"),
        ("M", 28, "2012-01-31", "2012-02-28"),
    ],
)
def test_release_dates(frequency: str, lag_days: int, period: str, expected: str) -> None:
    calendar = TradingCalendar(weekdays("2010-12-01", "2012-06-29"))
    found = release_dates(days(period), lag_days, frequency, calendar)  # type: ignore[arg-type]
    assert texts(found) == [expected]


def test_a_price_is_known_on_the_last_day_before_a_holiday() -> None:
    closed = TradingCalendar(weekdays("2011-01-03", "2011-12-30", "2011-09-30"))
    assert texts(release_dates(days("2011-09-30"), 0, "D", closed)) == ["2011-09-29"]


def test_the_price_of_an_unfinished_month_is_not_known_yet() -> None:
    """Prices end on the 12th: the mean of that month becomes known at its end, not now."""
    cut = TradingCalendar(weekdays("2011-01-03", "2011-09-12"))
    assert texts(release_dates(days("2011-09-30"), 0, "D", cut)) == ["2011-09-30"]
