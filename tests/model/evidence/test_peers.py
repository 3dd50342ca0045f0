"""The statistics of many signals beside empyrical's, on the same net values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from prosperity import batch
from prosperity.evidence.significance import excess_returns
from prosperity.evidence.trials import Trial

from . import worlds


@pytest.fixture(scope="module")
def empyrical():  # type: ignore[no-untyped-def]
    return pytest.importorskip("empyrical", reason="empyrical-reloaded is not installed")


def test_statistics_are_those_of_empyrical(empyrical) -> None:  # type: ignore[no-untyped-def]
    model, panel = worlds.no_skill(1)
    replay = worlds.replay_of(model, panel)
    trials = [Trial((("dead_band", 0.01 * n), ("cost_bps", float(n)))) for n in range(20)]
    found = replay.run(trials).statistics
    monthly = replay.returns(trials)
    for n in range(len(trials)):
        returns = monthly[n]
        row = found.iloc[n]
        monthly_kind = {"period": "monthly"}
        expected = {
            "strategy_return": empyrical.cum_returns_final(returns),
            "volatility": empyrical.annual_volatility(returns, **monthly_kind),
            "sharpe": empyrical.sharpe_ratio(returns, **monthly_kind),
            "max_drawdown": empyrical.max_drawdown(returns),
        }
        for key, value in expected.items():
            assert row[key] == pytest.approx(value, rel=1e-9), key
        market = pd.Series(replay.course().asset_months[:, 0], index=returns.index)
        ratio = empyrical.excess_sharpe(returns, market) * np.sqrt(12)
        assert row["information_ratio"] == pytest.approx(ratio, rel=1e-9)


def test_the_drawdown_of_days_is_that_of_empyrical(empyrical) -> None:  # type: ignore[no-untyped-def]
    from prosperity.panel import Panel

    from tests.model.helpers import month_ends, weekday_prices

    months = month_ends(60, "2010-01")
    generator = np.random.default_rng(3)
    prices = weekday_prices("2009-12-01", "2015-03-31", "index", "benchmark")
    prices = prices * np.exp(np.cumsum(0.01 * generator.standard_normal(prices.shape), axis=0))
    decisions = Panel(prices=prices).calendar.decision_dates(months, "month_end")
    signals = (generator.random((60, 25)) < 0.5).astype(np.int8)
    course = batch.course(months, decisions, prices["index"], prices["benchmark"])
    found = batch.simulate(course, signals)["max_drawdown"]
    days = prices.pct_change().loc[course.start :].iloc[1:]
    for n in range(signals.shape[1]):
        held = pd.Series(signals[course.rows, n], index=decisions[course.rows])
        before = held.reindex(prices.index).ffill().shift()[days.index]
        returns = days["index"].where(before == 1, days["benchmark"])
        assert found[n] == pytest.approx(empyrical.max_drawdown(returns), rel=1e-9)


def test_excess_returns_are_net_of_each_trials_cost() -> None:
    model, panel = worlds.no_skill(2)
    replay = worlds.replay_of(model, panel)
    free, dear = excess_returns(replay, [Trial(), Trial((("cost_bps", 50.0),))]).T
    switches = replay.run([Trial()]).statistics["switches"].iloc[0]
    assert (free - dear > 1e-6).sum() == switches
