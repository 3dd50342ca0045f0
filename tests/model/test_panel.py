"""Panels: months, release dates, and what was known when."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.calendar import TradingCalendar
from prosperity.errors import DataError
from prosperity.panel import Observations, Panel, Published, observations, published_frames

from tests.model.helpers import NO_PRICES, by_month, month_ends, weekday_prices


def dated(rows: dict[str, float]) -> pd.Series:
    return pd.Series(list(rows.values()), index=pd.DatetimeIndex(list(rows)), dtype=float)


def stated(rows: dict[str, str | None]) -> pd.Series:
    return pd.Series(pd.to_datetime(list(rows.values())), index=pd.DatetimeIndex(list(rows)))


def releases(observed: Observations) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in observed.frame["release"]]


# --- one series -------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2020-02-01", "2020-02-15", "2020-02-29", "2020-02-29 16:30"])
def test_any_day_of_the_month_means_the_month(day: str) -> None:
    observed = observations("a", dated({day: 1.0}), calendar=NO_PRICES)
    assert observed.frame.index.tolist() == [pd.Timestamp("2020-02-29")]


def test_months_without_a_value_are_absent() -> None:
    observed = observations("a", by_month([1.0, math.nan, 3.0, math.nan]), calendar=NO_PRICES)
    assert observed.frame.index.equals(month_ends(4)[[0, 2]])
    assert observed.frame["value"].tolist() == [1.0, 3.0]


def test_the_frame_has_the_promised_types() -> None:
    observed = observations("a", pd.Series([1, 2], index=month_ends(2)), calendar=NO_PRICES)
    assert list(observed.frame.columns) == ["value", "release", "explicit"]
    assert observed.frame["value"].dtype == float
    assert observed.frame["release"].dtype == "datetime64[ns]"
    assert observed.frame["explicit"].dtype == bool
    assert observed.frame.index.dtype == "datetime64[ns]"


def test_no_values_give_an_empty_frame() -> None:
    for values in (by_month([math.nan]), by_month([])):
        assert observations("a", values, calendar=NO_PRICES).frame.empty


def test_what_the_book_says_is_kept() -> None:
    observed = observations(
        "a", by_month([1.0]), calendar=NO_PRICES, unit="%", name="甲", source="Wind"
    )
    assert (observed.id, observed.unit, observed.name, observed.source) == ("a", "%", "甲", "Wind")


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (dated({"2020-01-10": 1.0, "2020-01-31": 2.0}), "twice"),
        (dated({"2020-01-31": 1.0, "2020-01-31 ": 2.0}), "twice"),
        (dated({"2020-02-29": 1.0, "2020-01-31": 2.0}), "out of order"),
        (dated({"2020-01-31": 1.0, "2020-02-29": math.inf}), "infinite"),
        (dated({"2020-01-31": -math.inf}), "infinite"),
    ],
)
def test_series_that_cannot_be_used_are_refused(values: pd.Series, word: str) -> None:
    with pytest.raises(DataError) as caught:
        observations("cgb10y", values, calendar=NO_PRICES)
    assert caught.value.code == "bad_series"
    assert "cgb10y" in caught.value.zh
    assert word in caught.value.en


def test_an_empty_row_may_stand_beside_a_full_one_of_its_month() -> None:
    values = dated({"2020-01-10": math.nan, "2020-01-31": 2.0})
    assert len(observations("a", values, calendar=NO_PRICES).frame) == 1


def test_release_dates_follow_the_lag_where_none_is_stated() -> None:
    observed = observations("a", by_month([1.0, 2.0]), calendar=NO_PRICES, lag_days=15)
    assert releases(observed) == ["2000-02-15", "2000-03-15"]
    assert not observed.frame["explicit"].any()


def test_a_daily_series_is_known_on_the_last_trading_day() -> None:
    calendar = TradingCalendar(pd.bdate_range("2011-07-01", "2011-08-31"))
    values = dated({"2011-07-31": 1.0})
    daily = observations("a", values, calendar=calendar, frequency="D")
    survey = observations("a", values, calendar=calendar, frequency="M")
    assert (releases(daily), releases(survey)) == (["2011-07-29"], ["2011-07-31"])


def test_a_stated_release_date_wins() -> None:
    values = dated({"2020-01-15": 1.0, "2020-02-15": 2.0, "2020-03-15": 3.0})
    observed = observations(
        "a",
        values,
        calendar=NO_PRICES,
        lag_days=15,
        releases=stated({"2020-01-15": "2020-03-01", "2020-02-15": None}),
    )
    assert releases(observed) == ["2020-03-01", "2020-03-15", "2020-04-15"]
    assert observed.frame["explicit"].tolist() == [True, False, False]


def test_a_stated_date_belongs_to_its_own_row_when_others_are_empty() -> None:
    values = dated({"2020-01-31": math.nan, "2020-02-29": 2.0})
    observed = observations(
        "a",
        values,
        calendar=NO_PRICES,
        releases=stated({"2020-01-31": "2020-02-10", "2020-02-29": "2020-03-11"}),
    )
    assert releases(observed) == ["2020-03-11"]


@pytest.mark.parametrize(
    ("release", "refused"),
    [
        ("2020-01-31", True),
        ("2019-02-10", True),  # the year typed wrongly
        ("2020-02-01", False),  # an early estimate inside the month
        ("2020-02-29", False),
        ("2025-01-01", False),
    ],
)
def test_a_release_before_the_month_began_is_refused(release: str, refused: bool) -> None:
    def make() -> Observations:
        return observations(
            "m2_yoy",
            dated({"2020-02-29": 1.0}),
            calendar=NO_PRICES,
            releases=stated({"2020-02-29": release}),
        )

    if not refused:
        assert releases(make()) == [release]
        return
    with pytest.raises(DataError) as caught:
        make()
    assert caught.value.code == "early_release"
    for text in (caught.value.zh, caught.value.en):
        assert "m2_yoy" in text
        assert "2020-02" in text


def test_the_first_early_release_is_named() -> None:
    with pytest.raises(DataError, match="2020-03"):
        observations(
            "a",
            dated({"2020-02-29": 1.0, "2020-03-31": 1.0, "2020-04-30": 1.0}),
            calendar=NO_PRICES,
            releases=stated(
                {"2020-02-29": "2020-03-10", "2020-03-31": "2019-04-10", "2020-04-30": "2019-05-10"}
            ),
        )


def test_a_release_with_a_time_of_day_is_known_on_that_day() -> None:
    """A release date is a day: what came out at 09:30 was public on that day's close."""
    observed = observations(
        "a",
        dated({"2020-01-31": 1.0}),
        calendar=NO_PRICES,
        releases=stated({"2020-01-31": "2020-02-10 09:30"}),
    )
    assert len(observed.known_on(pd.Timestamp("2020-02-10")).frame) == 1


@pytest.mark.parametrize(
    ("days", "in_order"),
    [
        (["2020-02-10", "2020-03-10"], True),
        (["2020-03-10", "2020-03-10"], True),
        (["2020-03-11", "2020-03-10"], False),
    ],
)
def test_in_order(days: list[str], in_order: bool) -> None:
    months = ["2020-01-31", "2020-02-29"]
    observed = observations(
        "a",
        dated(dict.fromkeys(months, 1.0)),
        calendar=NO_PRICES,
        releases=stated(dict(zip(months, days, strict=True))),
    )
    assert observed.in_order is in_order


@given(
    lags=st.lists(st.integers(0, 120), min_size=1, max_size=20),
    day=st.integers(0, 900),
)
def test_known_on_is_exactly_what_was_released_by_then(lags: list[int], day: int) -> None:
    months = month_ends(len(lags))
    observed = observations(
        "a",
        pd.Series(np.arange(len(lags), dtype=float), index=months),
        calendar=NO_PRICES,
        releases=pd.Series(months + pd.to_timedelta(lags, unit="D"), index=months),
    )
    today = months[0] + pd.Timedelta(days=day)
    expected = [
        float(n)
        for n, lag in enumerate(lags)
        if months[n] + pd.Timedelta(days=lag) <= today  # on the day itself it is public
    ]
    known = observed.known_on(today)
    assert known.frame["value"].tolist() == expected
    assert (known.id, known.unit) == (observed.id, observed.unit)
    assert len(observed.frame) == len(lags)


# --- the panel --------------------------------------------------------------------------------


def small_panel() -> Panel:
    prices = weekday_prices("2000-01-03", "2000-06-30", "benchmark", "toys")
    calendar = Panel(prices=prices).calendar
    return Panel(
        {
            "quick": observations("quick", by_month(range(6)), calendar=calendar),
            "slow": observations("slow", by_month(range(6)), calendar=calendar, lag_days=45),
        },
        prices,
        simulated=True,
    )


def test_an_empty_panel() -> None:
    panel = Panel()
    assert panel.calendar.days.empty
    assert panel.known_on(pd.Timestamp("2020-01-01")).prices.empty
    assert not panel.simulated


def test_known_on_cuts_series_by_release_and_prices_by_day() -> None:
    known = small_panel().known_on(pd.Timestamp("2000-04-28"))
    assert known.series["quick"].frame.index[-1] == pd.Timestamp("2000-03-31")
    assert known.series["slow"].frame.index[-1] == pd.Timestamp("2000-02-29")
    assert known.prices.index[-1] == pd.Timestamp("2000-04-28")
    assert known.simulated
    assert known.calendar.days[-1] == pd.Timestamp("2000-04-28")


def test_describing_cuts_series_by_month_and_prices_by_day() -> None:
    panel = small_panel().describing(pd.Timestamp("2000-04-12"))
    for id in ("quick", "slow"):
        assert panel.series[id].frame.index[-1] == pd.Timestamp("2000-04-30")
    assert panel.prices.index[-1] == pd.Timestamp("2000-04-12")
    assert panel.simulated


def test_cutting_leaves_the_panel_itself_alone() -> None:
    panel = small_panel()
    panel.known_on(pd.Timestamp("2000-02-01"))
    panel.describing(pd.Timestamp("2000-02-01"))
    assert len(panel.series["slow"].frame) == 6
    assert panel.prices.index[-1] == pd.Timestamp("2000-06-30")


def test_a_day_without_any_price_is_no_trading_day() -> None:
    prices = weekday_prices("2000-01-03", "2000-01-07", "benchmark", "toys")
    prices.loc["2000-01-05"] = math.nan
    prices.loc["2000-01-06", "toys"] = math.nan
    days = Panel(prices=prices).calendar.days
    assert [d.day for d in days] == [3, 4, 6, 7]


def test_frames_made_together_are_those_made_alone() -> None:
    months = month_ends(6)
    stated = pd.Series(pd.NaT, index=months, dtype="datetime64[ns]")
    stated.iloc[2] = pd.Timestamp("2020-04-20")
    values = {"a": by_month([1.0, 2.0, 3.0]), "b": by_month([4.0]), "c": by_month([5.0, 6.0, 7.0])}
    alone = {id: observations(id, v, calendar=NO_PRICES, lag_days=9) for id, v in values.items()}
    alone["c"] = observations(
        "c", values["c"], calendar=NO_PRICES, lag_days=9, releases=stated.iloc[:3]
    )
    parts = {
        id: Published(
            one.frame.index.to_numpy(),
            one.frame["value"].to_numpy(),
            (one.frame.index + pd.Timedelta(days=9)).to_numpy(),
            stated.iloc[:3].to_numpy() if id == "c" else None,
        )
        for id, one in alone.items()
    }
    for id, frame in published_frames(parts).items():
        pd.testing.assert_frame_equal(frame, alone[id].frame, check_freq=False)
    assert alone["c"].frame["explicit"].tolist() == [False, False, True]
    assert published_frames({}) == {}


# --- estimates --------------------------------------------------------------------------------


def with_estimate() -> Observations:
    """Return three months, the last of which is an estimate that was made on 20 March."""
    values = by_month([1.0, 2.0, 3.0], "2020-01")
    said = pd.Series([pd.NaT, pd.NaT, pd.Timestamp("2020-03-20")], values.index)
    flags = pd.Series([False, False, True], values.index)
    return observations(
        "a", values, calendar=NO_PRICES, lag_days=10, releases=said, estimated=flags
    )


def test_an_estimate_is_marked_and_known_from_the_day_on_which_it_was_made() -> None:
    observed = with_estimate()
    assert observed.estimated.tolist() == [False, False, True]
    assert observed.known_on(pd.Timestamp("2020-03-19")).estimated.tolist() == [False, False]
    assert observed.known_on(pd.Timestamp("2020-03-20")).estimated.tolist() == [False, False, True]
    assert observed.published().frame["value"].tolist() == [1.0, 2.0]
    assert "estimated" not in observed.published().frame


def test_nothing_is_an_estimate_unless_it_says_so() -> None:
    plain = observations("a", by_month([1.0, 2.0]), calendar=NO_PRICES)
    assert plain.estimated.tolist() == [False, False]
    assert plain.published() is plain
    none = pd.Series([False], month_ends(1))
    said = observations("a", by_month([1.0, 2.0]), calendar=NO_PRICES, estimated=none)
    assert "estimated" not in said.frame


def test_a_panel_takes_estimates_only_when_it_is_told_to() -> None:
    day = pd.Timestamp("2020-04-30")
    unasked = Panel({"a": with_estimate()})
    assert unasked.series["a"].frame["value"].tolist() == [1.0, 2.0]
    assert unasked.known_on(day).series["a"].frame["value"].tolist() == [1.0, 2.0]
    asked = Panel({"a": with_estimate()}, estimates=True)
    assert asked.known_on(day).series["a"].estimated.tolist() == [False, False, True]


def test_an_estimate_without_a_release_date_is_refused() -> None:
    flags = pd.Series([False, True], month_ends(2, "2020-01"))
    with pytest.raises(DataError) as caught:
        observations("a", by_month([1.0, 2.0], "2020-01"), calendar=NO_PRICES, estimated=flags)
    assert caught.value.code == "estimate_without_release"
    assert "2020-02" in caught.value.zh
    assert "2020-02" in caught.value.en
