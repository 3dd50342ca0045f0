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
from prosperity.backtest import STATISTICS, backtest, month_returns
from prosperity.calendar import TradingCalendar
from prosperity.errors import DataError

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
