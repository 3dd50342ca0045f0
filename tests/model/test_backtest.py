"""Net values against bt, statistics against their definitions, conventions one by one."""

from __future__ import annotations

import math

import bt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prosperity.backtest import backtest
from prosperity.calendar import TradingCalendar
from prosperity.errors import DataError
from prosperity.performance import STATISTICS, month_returns, partial_months

DAYS = pd.bdate_range("2014-12-01", "2017-06-30", unit="ns")
MONTHS = pd.date_range("2014-12-31", "2017-06-30", freq="ME", unit="ns")


def prices(seed: int) -> pd.DataFrame:
    steps = np.random.default_rng(seed).normal(0.0003, 0.015, (len(DAYS), 2))
    return pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), DAYS, columns=["index", "benchmark"])


def decisions() -> pd.DatetimeIndex:
    return TradingCalendar(DAYS).decision_dates(MONTHS, "month_end")


def run(signal: list[float] | np.ndarray, frame: pd.DataFrame, **options: object):  # type: ignore[no-untyped-def]
    by_month = pd.Series(np.asarray(signal, dtype=float), MONTHS)
    first = options.pop("first_month", pd.Timestamp("2015-01-01"))
    return backtest(
        by_month, decisions(), frame["index"], frame["benchmark"], first_month=first, **options
    )


@given(seed=st.integers(0, 10**6), bits=st.lists(st.booleans(), min_size=31, max_size=31))
@hypothesis_settings(max_examples=15, deadline=None)
def test_net_value_equals_bt_at_zero_cost(seed: int, bits: list[bool]) -> None:
    frame = prices(seed)
    ours = run(np.array(bits, dtype=float), frame)
    held = pd.DataFrame({"index": bits, "benchmark": np.logical_not(bits)}, index=decisions())
    weights = held[held.index >= ours.start].astype(float)
    strategy = bt.Strategy(
        "peer",
        [bt.algos.RunOnDate(*weights.index), bt.algos.WeighTarget(weights), bt.algos.Rebalance()],
    )
    test = bt.Backtest(
        strategy, frame[frame.index >= ours.start], integer_positions=False, progress_bar=False
    )
    theirs = bt.run(test).prices["peer"]
    theirs = theirs[theirs.index >= ours.start] / theirs[ours.start]
    np.testing.assert_allclose(ours.nav["strategy"], theirs, rtol=1e-10)


def test_base_is_the_last_trading_day_before_the_first_month() -> None:
    result = run(np.ones(31), prices(1))
    assert result.start == pd.Timestamp("2014-12-31")
    assert (result.nav.iloc[0] == 1.0).all()


def test_holding_the_industry_is_the_index_and_no_signal_is_the_benchmark() -> None:
    frame = prices(2)
    always = run(np.ones(31), frame)
    pd.testing.assert_series_equal(
        always.nav["strategy"], always.nav["index"], check_names=False, rtol=1e-12
    )
    never = run(np.full(31, np.nan), frame)
    pd.testing.assert_series_equal(
        never.nav["strategy"], never.nav["benchmark"], check_names=False, rtol=1e-12
    )
    assert never.statistics["time_in_industry"] == 0.0


def test_a_signal_earns_only_from_its_decision_day_on() -> None:
    frame = prices(3)
    signal = np.zeros(31)
    signal[5] = 1.0  # May 2015: held over June
    result = run(signal, frame)
    returns = frame.pct_change()
    june = (returns.index > decisions()[5]) & (returns.index <= decisions()[6])
    chosen = pd.Series(np.where(june, returns["index"], returns["benchmark"]), returns.index)
    expected = (1 + chosen[chosen.index > result.start]).cumprod()
    np.testing.assert_allclose(result.nav["strategy"].iloc[1:], expected, rtol=1e-12)
    assert list(result.traded[result.traded].index) == [decisions()[5], decisions()[6]]


def test_a_switch_costs_twice_the_one_way_cost_on_the_day_it_trades() -> None:
    frame = prices(4)
    signal = np.zeros(31)
    signal[5:] = 1.0
    free, dear = run(signal, frame), run(signal, frame, cost_bps=10)
    ratio = dear.nav["strategy"] / free.nav["strategy"]
    day = decisions()[5]
    assert (ratio[ratio.index < day] == 1.0).all()
    np.testing.assert_allclose(ratio[ratio.index >= day], 1 - 0.002, rtol=1e-12)
    assert dear.statistics["switches"] == 1


def test_delay_moves_every_trade_by_trading_days() -> None:
    signal = np.zeros(31)
    signal[5:] = 1.0
    result = run(signal, prices(5), delay_days=1)
    assert result.traded.idxmax() == DAYS[DAYS.get_loc(decisions()[5]) + 1]


def test_statistics_by_hand() -> None:
    frame = prices(6)
    bits = np.random.default_rng(6).integers(0, 2, 31).astype(float)
    result = run(bits, frame, cost_bps=10, risk_free=0.02)
    found, nav = result.statistics, result.nav
    assert list(found) == list(STATISTICS)
    monthly = nav.resample("ME").last().pct_change().iloc[1:]
    years = (nav.index[-1] - nav.index[0]).days / 365.25
    strategy, ahead = monthly["strategy"], monthly["strategy"] - monthly["benchmark"]
    free = 1.02 ** (1 / 12) - 1
    growth = nav["strategy"].iloc[-1]
    drawdown = min(nav["strategy"] / nav["strategy"].cummax()) - 1
    expected = {
        "strategy_return": growth - 1,
        "annualised_return": growth ** (1 / years) - 1,
        "volatility": strategy.std() * math.sqrt(12),
        "sharpe": (strategy.mean() - free) / strategy.std() * math.sqrt(12),
        "information_ratio": ahead.mean() / ahead.std() * math.sqrt(12),
        "max_drawdown": drawdown,
        "calmar": (growth ** (1 / years) - 1) / -drawdown,
        "win_rate": (ahead > 1e-12).sum() / (ahead.abs() > 1e-12).sum(),
        "switches": np.abs(np.diff(bits[:-1])).sum() + abs(bits[-1] - bits[-2]),
        "excess_over_index": growth - nav["index"].iloc[-1],
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-9), name


def test_monthly_prices_give_the_same_monthly_statistics() -> None:
    frame = prices(7)
    bits = np.random.default_rng(7).integers(0, 2, 31).astype(float)
    daily = run(bits, frame)
    monthly = run(bits, frame[frame.index.isin(decisions())])
    for name in ("strategy_return", "sharpe", "volatility", "win_rate", "switches"):
        assert monthly.statistics[name] == pytest.approx(daily.statistics[name], rel=1e-9)


def test_first_month_from_a_base_inside_it_counts_from_the_base() -> None:
    nav = pd.DataFrame(
        {"strategy": [1.0, 1.1, 1.21]},
        index=pd.DatetimeIndex(["2015-02-06", "2015-02-27", "2015-03-31"]),
    )
    assert list(month_returns(nav)["strategy"].round(10)) == [0.1, 0.1]


def test_missing_prices_start_later_and_days_without_both_are_left_out() -> None:
    frame = prices(8)
    frame.loc[frame.index < "2015-06-15", "index"] = np.nan
    frame.loc["2016-03-03", "benchmark"] = np.nan
    result = run(np.ones(31), frame)
    assert result.start == pd.Timestamp("2015-06-30")
    assert pd.Timestamp("2016-03-03") not in result.nav.index


def jumped(first: str, last: str) -> pd.DataFrame:
    """Return flat prices without the index between two days, and a jump just before them."""
    frame = prices(8) * 0 + 100.0
    frame.loc[frame.index >= pd.Timestamp(first) - pd.offsets.BDay(1), "index"] = 200.0
    frame.loc[first:last, "index"] = np.nan
    return frame


@pytest.mark.parametrize("delay_days", [0, 2])
@pytest.mark.parametrize("last", ["2015-05-29", "2015-06-05", "2015-06-11"])
def test_a_decision_without_a_price_trades_at_the_next_close(last: str, delay_days: int) -> None:
    """An earlier close would earn a jump from before the decision."""
    signal = np.zeros(31)
    signal[5:] = 1.0  # decided on 29 May 2015
    frame = jumped("2015-05-29", last)
    result = run(signal, frame, delay_days=delay_days)
    shown = frame.dropna().index
    traded = shown[shown.searchsorted(pd.Timestamp("2015-05-29")) + delay_days]
    assert list(result.traded[result.traded].index) == [traded]
    assert result.statistics["strategy_return"] == pytest.approx(0.0)


def test_a_jump_over_the_gap_is_earned_by_neither() -> None:
    signal = np.zeros(31)
    signal[5:] = 1.0
    frame = jumped("2015-05-29", "2015-06-05")
    frame.loc["2015-05-28", "index"] = 100.0  # the index comes back at 200
    assert run(signal, frame).statistics["strategy_return"] == pytest.approx(0.0)


@pytest.mark.parametrize(("days", "waits"), [(14, True), (15, True), (16, False)])
def test_a_decision_is_traded_within_fifteen_days_or_not_at_all(days: int, waits: bool) -> None:
    decided = pd.Timestamp("2015-07-31")
    signal = np.zeros(31)
    signal[7] = 1.0  # July 2015, held over August
    frame = prices(8)
    calendar_days = frame.reindex(pd.date_range(frame.index[0], frame.index[-1])).ffill()
    calendar_days.loc[decided : decided + pd.Timedelta(days=days - 1), "index"] = np.nan
    result = run(signal, calendar_days)
    first = decided + pd.Timedelta(days=days)
    expected = [first, decisions()[8]] if waits else []
    assert list(result.traded[result.traded].index) == expected


def test_an_untraded_decision_keeps_the_position() -> None:
    signal = np.ones(31)
    signal[5] = 0.0  # May 2015 would sell
    frame = prices(8)
    frame.loc["2015-05-29":"2015-06-15", "index"] = np.nan
    result = run(signal, frame)
    assert not result.traded.any()
    assert (result.position == 1.0).all()


@pytest.mark.parametrize(("value", "code"), [(0.0, "bad_price"), (-3.0, "bad_price")])
def test_prices_must_be_positive(value: float, code: str) -> None:
    frame = prices(9)
    frame.loc["2016-05-05", "index"] = value
    with pytest.raises(DataError) as caught:
        run(np.ones(31), frame)
    assert caught.value.code == code
    assert "2016-05-05" in caught.value.en


def test_prices_that_share_no_month_with_the_signal_are_refused() -> None:
    frame = prices(10)
    with pytest.raises(DataError) as caught:
        run(np.ones(31), frame, first_month=pd.Timestamp("2030-01-01"))
    assert caught.value.code == "no_overlap"


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2015-01-30", "2015-06-30", []),
        ("2015-02-06", "2015-06-30", ["2015-02"]),  # a base inside its month
        ("2015-01-30", "2015-06-15", ["2015-06"]),  # trading days of June to come
        ("2015-02-06", "2015-06-15", ["2015-02", "2015-06"]),
        ("2015-01-30", "2015-05-29", []),  # 30 and 31 May are a weekend
    ],
)
def test_months_that_are_parts_are_named(first: str, last: str, expected: list[str]) -> None:
    nav = pd.DataFrame({"strategy": 1.0}, pd.bdate_range(first, last))
    assert [f"{month:%Y-%m}" for month in partial_months(nav)] == expected
