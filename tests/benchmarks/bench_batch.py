"""How long many variants of one model take, beside vectorbt's simulation of the same positions.

Run with ``make bench``, or ``python -m tests.benchmarks.bench_batch`` where vectorbt is installed.
It prints ratios measured in the same run and asserts no times; that the two agree on every
return is checked.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from prosperity import batch
from prosperity.catalog import catalog, closure, find
from prosperity.evidence.replay import Replay
from prosperity.evidence.trials import Grid, axis
from prosperity.settings import Settings
from prosperity.simulation import simulate

VARIANTS, MANY = 10_000, 100_000
#: Variants of the daily comparison: vectorbt keeps days x variants x 2 of everything.
DAILY = 200
COST_BPS = 10.0
AXES = (
    "denoise=ma,ema",
    "denoise_months=1:6:1",
    "window=60,90,120",
    "lookback=1:3:1",
    "dead_band=0:0.2:0.01",
    "confirm=1:5:1",
)
FIRST = "2006-06"


def positions() -> tuple[Replay, batch.Course, np.ndarray, float]:
    """Return a model's replay, its twenty years of prices, 10,000 variants and their seconds."""
    industry = find("autos")
    models = {m.id: m for m in closure([industry], catalog())}
    panel = simulate(models.values(), last="2026-06")
    settings = Settings(start=pd.Timestamp(f"{FIRST}-01").date(), cost_bps=COST_BPS)
    replay = Replay(panel, industry, settings, models)
    grid = Grid.of(map(axis, AXES))
    assert grid.size >= VARIANTS, grid.size
    begin = time.perf_counter()
    outcome = replay.run([grid.trial(n) for n in range(VARIANTS)])
    return replay, replay.course(), outcome.positions, time.perf_counter() - begin


def fastest(run: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    """Return the shortest of some runs in seconds, and the last result."""
    best, result = float("inf"), None
    for _ in range(times):
        begin = time.perf_counter()
        result = run()
        best = min(best, time.perf_counter() - begin)
    return best, result


def vectorbt_run(vbt: Any, levels: np.ndarray, held: np.ndarray) -> Any:
    """Have vectorbt hold all of the index (1) or all of the benchmark (0) from each row on."""
    count = held.shape[1]
    target = np.empty((len(levels), 2 * count))
    target[:, 0::2], target[:, 1::2] = 1.0 - held, held
    # Only changes are orders; the rest of the time what is held is kept.
    target[1:][(target[1:] == target[:-1])] = np.nan
    close = pd.DataFrame(np.tile(levels, (1, count)))
    return vbt.Portfolio.from_orders(
        close,
        size=target,
        size_type="targetpercent",
        group_by=np.repeat(np.arange(count), 2),
        cash_sharing=True,
        call_seq="auto",
        fees=0.0,
        freq="30D",
    )


def main() -> int:
    """Measure and print."""
    warnings.simplefilter("ignore")
    replay, course, signals, swept = positions()
    seconds, _ = fastest(lambda: batch.simulate(course, signals, COST_BPS))
    wide = np.tile(signals, (1, MANY // VARIANTS))
    many, _ = fastest(lambda: batch.simulate(course, wide, COST_BPS))
    tracemalloc.start()
    batch.simulate(course, signals, COST_BPS)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    months = len(course.months)
    print(f"{VARIANTS:,} variants, {months} months, all statistics: {seconds * 1e3:.0f} ms")
    print(f"memory above the positions: {peak:.1f} MB")
    print(f"{MANY:,} variants: {many / seconds:.1f} times as long")
    print(f"from settings to statistics (replay included): {swept:.1f} s")
    try:
        import vectorbt as vbt
    except ImportError:
        print("vectorbt is not installed: no comparison. pip install vectorbt")
        return 0
    rows = course.rows[course.row_of]
    held = (signals[rows] == 1).astype(float)
    growth = np.cumprod(np.vstack([np.ones((1, 2)), course.growth.T]), axis=0)
    held = np.vstack([held, held[-1:]])
    vectorbt_run(vbt, growth, held[:, :10])  # compiles
    theirs, portfolio = fastest(lambda: vectorbt_run(vbt, growth, held), 2)
    total = portfolio.total_return().to_numpy()
    plain = batch.simulate(course, signals, 0.0)["strategy_return"]
    np.testing.assert_allclose(total, plain, rtol=1e-9, atol=1e-9)

    def measured() -> Any:
        made = vectorbt_run(vbt, growth, held)
        return made.total_return(), made.sharpe_ratio(), made.max_drawdown()

    statistics, _ = fastest(measured, 1)
    print(f"vectorbt on months, simulation alone: {theirs / seconds:.0f} times ours")
    print(f"vectorbt on months, with three statistics: {statistics / seconds:.0f} times ours")
    names = ["benchmark", replay.industry.id]
    prices = replay.panel.prices[names].loc[course.start : course.end]
    place = np.searchsorted(np.cumsum(course.days), np.arange(len(prices)), side="right")
    daily = held[np.minimum(place, len(held) - 1)][:, :DAILY]
    levels = prices.to_numpy() / prices.to_numpy()[0]
    days, portfolio = fastest(lambda: vectorbt_run(vbt, levels, daily), 2)
    drawdown = portfolio.max_drawdown().to_numpy()
    exact = batch.simulate(course, signals[:, :DAILY], 0.0)["max_drawdown"]
    np.testing.assert_allclose(drawdown, exact, rtol=1e-9, atol=1e-9)
    each = days / DAILY / (seconds / VARIANTS)
    print(f"vectorbt on days (our drawdown is that of days), a variant: {each:.0f} times ours")
    return 0


if __name__ == "__main__":
    sys.exit(main())
