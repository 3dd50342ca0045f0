"""Many signals at once: each with exactly the backtest that it would have alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from prosperity import batch
from prosperity.backtest import STATISTICS, backtest
from prosperity.errors import DataError
from prosperity.panel import Panel

from .helpers import month_ends, weekday_prices

COUNT = 7
MONTHS = month_ends(50, "2010-01")
PRICES = weekday_prices("2009-11-01", "2014-02-28", "index", "benchmark")


def signals(seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    made = (generator.random((len(MONTHS), COUNT)) < 0.5).astype(float)
    made[generator.random(made.shape) < 0.05] = np.nan
    made[:, 0], made[:, 1] = 1.0, 0.0
    made[:-1, 2], made[-1, 2] = 0.0, 1.0
    return made


def with_holes(prices: pd.DataFrame) -> pd.DataFrame:
    """Return prices with days missing around month ends, some for longer than a trade waits."""
    holed = prices.copy()
    for column, first, days in (
        ("index", "2010-03-31", 1), ("benchmark", "2010-08-30", 8), ("index", "2011-06-28", 12),
        ("index", "2011-10-31", 30), ("benchmark", "2012-04-05", 3), ("index", "2013-01-04", 25),
    ):  # fmt: skip
        holed.loc[first : pd.Timestamp(first) + pd.Timedelta(days=days), column] = np.nan
    return holed


@pytest.mark.parametrize("rebalance", ["month_end", "sixth"])
@pytest.mark.parametrize("delay", [0, 3, 20])
@pytest.mark.parametrize(
    ("first", "last"),
    [(None, None), ("2011-05-01", None), (None, "2013-07-17"), (None, "2014-01-31")],
)
@pytest.mark.parametrize("holes", [False, True])
def test_statistics_are_those_of_the_backtest(
    rebalance: str, delay: int, first: str | None, last: str | None, holes: bool
) -> None:
    prices = with_holes(PRICES) if holes else PRICES
    decisions = Panel(prices=PRICES).calendar.decision_dates(MONTHS, rebalance)  # type: ignore[arg-type]
    limits = {
        "first_month": None if first is None else pd.Timestamp(first),
        "last_day": None if last is None else pd.Timestamp(last),
        "delay_days": delay,
    }
    costs = np.array([0.0, 10.0, 30.0, 0.0, 5.0, 17.0, 100.0])
    course = batch.course(MONTHS, decisions, prices["index"], prices["benchmark"], **limits)  # type: ignore[arg-type]
    found = batch.simulate(course, signals(), costs, 0.02)
    monthly = batch.monthly_returns(course, signals(), costs)
    for n in range(COUNT):
        alone = backtest(
            pd.Series(signals()[:, n], index=MONTHS),
            decisions,
            prices["index"],
            prices["benchmark"],
            cost_bps=float(costs[n]),
            risk_free=0.02,
            **limits,  # type: ignore[arg-type]
        )
        for key in STATISTICS:
            expected = pytest.approx(alone.statistics[key], rel=1e-10, abs=1e-12, nan_ok=True)
            assert found[key][n] == expected, (key, n)
        assert np.prod(1 + monthly[:, n]) - 1 == pytest.approx(
            alone.statistics["strategy_return"], abs=1e-12
        )


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    decisions = Panel(prices=PRICES).calendar.decision_dates(MONTHS, "month_end")
    course = batch.course(MONTHS, decisions, PRICES["index"], PRICES["benchmark"])
    whole = batch.simulate(course, signals(), 10.0)
    monkeypatch.setattr(batch, "BLOCK", 3)
    parts = batch.simulate(course, signals(), 10.0)
    for key, values in whole.items():
        np.testing.assert_array_equal(values, parts[key])


def test_holding_returns_are_those_between_trades() -> None:
    decisions = Panel(prices=PRICES).calendar.decision_dates(MONTHS, "sixth")
    course = batch.course(MONTHS, decisions, PRICES["index"], PRICES["benchmark"])
    rows, returns = batch.holding_returns(course)
    days = decisions[rows]
    index = PRICES["index"]
    for n in range(len(rows) - 1):
        expected = index[days[n + 1]] / index[days[n]] - 1
        assert returns[n, 1] == pytest.approx(expected, rel=1e-12)
    assert returns[-1, 1] == pytest.approx(index.iloc[-1] / index[days[-1]] - 1, rel=1e-12)


def test_a_signal_that_never_leaves_the_market_has_no_information_ratio() -> None:
    decisions = Panel(prices=PRICES).calendar.decision_dates(MONTHS, "month_end")
    never = np.zeros((len(MONTHS), 1))
    course = batch.course(MONTHS, decisions, PRICES["index"], PRICES["benchmark"])
    assert np.isnan(batch.simulate(course, never)["information_ratio"][0])
    alone = backtest(
        pd.Series(never[:, 0], index=MONTHS), decisions, PRICES["index"], PRICES["benchmark"]
    )
    assert np.isnan(alone.statistics["information_ratio"])


def test_prices_of_a_single_day_are_refused() -> None:
    decisions = Panel(prices=PRICES).calendar.decision_dates(MONTHS, "month_end")
    day = PRICES.loc[[decisions[5]]]
    with pytest.raises(DataError, match="one_day"):
        batch.course(MONTHS, decisions, day["index"], day["benchmark"])


def test_memory_does_not_grow_with_the_number_of_signals() -> None:
    import tracemalloc

    decisions = Panel(prices=PRICES).calendar.decision_dates(MONTHS, "month_end")
    course = batch.course(MONTHS, decisions, PRICES["index"], PRICES["benchmark"])
    many = np.tile((signals() == 1).astype(np.int8), (1, 10_000 // COUNT + 1))[:, :10_000]
    tracemalloc.start()
    batch.simulate(course, many, 10.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20
