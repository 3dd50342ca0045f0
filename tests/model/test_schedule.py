"""Decision dates by month, week, day and list, and the holidays between them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.calendar import TradingCalendar
from prosperity.errors import DataError
from prosperity.schedule import By, Schedule, trading_days

#: The Shanghai exchange around the Spring Festival of 2011, which is from 2 to 8 February.
FESTIVAL = [f"2011-02-0{day}" for day in range(2, 9)]
CLOSED = pd.DatetimeIndex([*FESTIVAL, "2011-01-03", "2011-04-04", "2011-04-05"])
DAYS = pd.bdate_range("2010-11-01", "2011-04-29").difference(CLOSED)
CALENDAR = TradingCalendar(DAYS)


def dates(by: By, first: str, last: str, *listed: str) -> list[str]:
    schedule = Schedule(by, tuple(map(pd.Timestamp, listed)))
    found = schedule.dates(CALENDAR, pd.Timestamp(first), pd.Timestamp(last))
    return [f"{day:%Y-%m-%d}" for day in found]


@pytest.mark.parametrize(
    ("by", "first", "last", "expected"),
    [
        ("month_end", "2011-01-01", "2011-03-31", ["2011-01-31", "2011-02-28", "2011-03-31"]),
        ("month_end", "2011-01-31", "2011-02-27", ["2011-01-31"]),
        # The 6th of February lies in the holidays, that of March is a Sunday.
        ("sixth", "2011-01-01", "2011-03-31", ["2011-01-06", "2011-02-01", "2011-03-04"]),
        ("week_end", "2011-01-24", "2011-02-20", ["2011-01-28", "2011-02-01", "2011-02-11",
                                                  "2011-02-18"]),
        ("week_end", "2011-01-24", "2011-01-27", []),
        ("day", "2011-01-31", "2011-02-10", ["2011-01-31", "2011-02-01", "2011-02-09",
                                             "2011-02-10"]),
    ],
)  # fmt: skip
def test_dates_respect_holidays(by: By, first: str, last: str, expected: list[str]) -> None:
    assert dates(by, first, last) == expected


def test_a_week_without_trading_has_no_decision() -> None:
    calendar = TradingCalendar(DAYS[(DAYS < "2011-03-07") | (DAYS > "2011-03-11")])
    found = Schedule("week_end").dates(
        calendar, pd.Timestamp("2011-02-28"), pd.Timestamp("2011-03-20")
    )
    assert found.tolist() == [pd.Timestamp("2011-03-04"), pd.Timestamp("2011-03-18")]


def test_a_listed_date_without_trading_is_moved_to_the_next_day_and_never_back() -> None:
    found = dates(
        "listed", "2011-01-01", "2011-04-30", "2011-03-05", "2011-02-04", "2011-02-09", "2011-03-15"
    )
    assert found == ["2011-02-09", "2011-03-07", "2011-03-15"]


def test_days_after_the_last_price_are_the_exchange_s() -> None:
    # Labour Day 2011: closed on Monday, 2 May.
    assert dates("day", "2011-04-28", "2011-05-04") == [
        "2011-04-28", "2011-04-29", "2011-05-03", "2011-05-04"
    ]  # fmt: skip


@given(
    by=st.sampled_from(["month_end", "sixth", "week_end", "day"]),
    begin=st.integers(0, 170),
    length=st.integers(0, 120),
    cut=st.integers(0, 60),
)
def test_a_window_shows_the_dates_that_lie_in_it(by: By, begin: int, length: int, cut: int) -> None:
    """Whatever the window, the same days are decision dates; and all of them are trading days."""
    first = pd.Timestamp("2010-11-01") + pd.Timedelta(days=begin)
    last = first + pd.Timedelta(days=length)
    wide = Schedule(by).dates(CALENDAR, first - pd.Timedelta(days=cut), last)
    narrow = Schedule(by).dates(CALENDAR, first, last)
    assert narrow.tolist() == wide[wide >= first].tolist()
    known = narrow[narrow <= DAYS[-1]]
    assert np.isin(known, DAYS).all() or first < DAYS[0]
    assert narrow.is_monotonic_increasing
    assert narrow.is_unique


def test_trading_days_are_those_of_the_prices() -> None:
    assert trading_days(CALENDAR, DAYS[0], DAYS[-1]).equals(DAYS)


@pytest.mark.parametrize("by", ["sixth", "week_end", "day"])
def test_monthly_prices_show_month_ends_alone(by: By) -> None:
    monthly = TradingCalendar(pd.date_range("2010-01-31", "2011-12-31", freq="ME"))
    first, last = pd.Timestamp("2010-03-01"), pd.Timestamp("2010-05-31")
    with pytest.raises(DataError) as caught:
        Schedule(by).dates(monthly, first, last)
    assert caught.value.code == "needs_daily_prices"
    assert len(Schedule("month_end").dates(monthly, first, last)) == 3


@pytest.mark.parametrize(
    ("by", "listed"),
    [("listed", ()), ("day", (pd.Timestamp("2011-01-03"),)), ("listed", (pd.NaT,))],
)
def test_dates_are_listed_if_and_only_if_they_are_asked_for(by: By, listed: tuple) -> None:
    with pytest.raises(DataError) as caught:
        Schedule(by, listed)
    assert caught.value.code == "bad_schedule"
