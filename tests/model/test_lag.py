"""Publication lags that change in time."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.calendar import TradingCalendar, release_dates
from prosperity.lag import LONGEST_LAG, Lag, lag_of, longest_lag

PMI = "1; 2017-03: 0; 02: 1"


def on(lag: object, *months: str) -> list[int]:
    return [int(n) for n in lag_of(lag).of(pd.DatetimeIndex(months))]


def test_a_number_is_the_same_for_every_period() -> None:
    assert on(18, "1990-01-31", "2030-12-31") == [18, 18]
    assert lag_of(18).plain == 18
    assert lag_of("18.0") == lag_of(18.0) == lag_of(18) == Lag(18)


def test_a_change_holds_from_its_period_on() -> None:
    months = ["2016-12-31", "2017-02-28", "2017-03-31", "2024-06-30"]
    assert on("1; 2017-03: 0", *months) == [1, 1, 0, 0]
    assert on("1; 2017-03: 0; 2020-01: 5", "2019-12-31", "2020-01-31") == [0, 5]


def test_a_month_of_every_year_comes_before_the_changes() -> None:
    assert on(PMI, "2017-02-28", "2018-01-31", "2018-02-28", "2023-02-28", "2023-03-31") == [
        *(1, 0, 1, 1, 0)
    ]


def test_other_ways_of_writing_it() -> None:
    assert lag_of("1；2017/3：0；2：1；") == lag_of(PMI)
    assert str(lag_of("1；2017/3：0；2：1；")) == PMI
    assert on(PMI, "NaT") == [1]
    assert lag_of(PMI).on(pd.Timestamp("2017-03-15").date()) == 0


@pytest.mark.parametrize(
    "text",
    ["", "x", "-1", "401", "0.5", True, None, "1; 2017-13: 0", "1; 2017: 0", "1; 2017-01", "1 2",
     "1; 2018-01: 0; 2017-01: 1", "1; 2017-01: 0; 2017-01: 1", "1; 02: 1; 2: 3", "2017-01: 0",
     "1; 2017-01: 401", "1; 2017-01: 0.5", "1;; 2017-01: 0", float("nan")],
)  # fmt: skip
def test_what_is_no_lag_is_refused(text: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is for programs
        lag_of(text)


lags = st.builds(
    lambda days, changes, yearly: Lag(
        days, tuple(sorted(changes.items())), tuple(sorted(yearly.items()))
    ),
    st.integers(0, LONGEST_LAG),
    st.dictionaries(st.sampled_from([f"20{y:02}-{m:02}" for y in range(5, 20) for m in (1, 6, 12)]),
                    st.integers(0, LONGEST_LAG), max_size=4),
    st.dictionaries(st.integers(1, 12), st.integers(0, LONGEST_LAG), max_size=3),
)  # fmt: skip


@given(lags)
def test_its_text_says_it(lag: Lag) -> None:
    assert lag_of(lag.plain) == lag
    months = pd.date_range("2000-01-31", "2024-12-31", freq="ME")
    assert lag.of(months).max() <= lag.longest


@given(lags, lags)
def test_the_longest_is_nowhere_shorter(one: Lag, other: Lag) -> None:
    months = pd.date_range("1990-01-31", "2040-12-31", freq="ME")
    both = longest_lag([one, other])
    assert (both.of(months) >= one.of(months)).all()
    assert (both.of(months) >= other.of(months)).all()
    assert (len(one.shorter_in(other)) > 0) == bool((one.of(months) < other.of(months)).any())


def test_release_dates_follow_the_lag_of_each_period() -> None:
    days = pd.bdate_range("2016-01-01", "2019-12-31")
    months = pd.DatetimeIndex(["2017-02-28", "2017-03-31", "2017-12-31", "2018-02-28"])
    found = release_dates(months, PMI, "M", TradingCalendar(days))
    assert list(found.strftime("%m-%d")) == ["03-01", "03-31", "12-31", "03-01"]
    # A market series is known at the close in the periods of lag 0, and only in those.
    found = release_dates(months, PMI, "D", TradingCalendar(days))
    assert list(found.strftime("%m-%d")) == ["03-01", "03-31", "12-29", "03-01"]
