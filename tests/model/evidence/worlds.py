"""Simulated worlds whose answers are known: a true lead, no skill at all, a planted leak."""

from __future__ import annotations

import numpy as np
import pandas as pd
from prosperity.catalog import closure
from prosperity.definition import Industry
from prosperity.engine import evaluate
from prosperity.evaluation import IndustryResult
from prosperity.evidence.replay import Replay
from prosperity.panel import Panel
from prosperity.settings import Settings

from tests.model.helpers import industry_of, month_ends, panel_of

MONTHS = 240
FIRST = "2000-01"


def cycle(size: int, generator: np.random.Generator) -> np.ndarray:
    """Return a cycle of about forty months with unit spread."""
    noise = generator.standard_normal(size)
    out = np.zeros(size)
    for t in range(2, size):
        out[t] = 1.88 * out[t - 1] - 0.905 * out[t - 2] + 0.1 * noise[t]
    return out / out.std()


def monthly_prices(index: np.ndarray, benchmark: np.ndarray) -> pd.DataFrame:
    """Return prices on each month's last weekday from returns by month (the first unused)."""
    days = month_ends(len(index), FIRST)
    back = np.clip(np.asarray(days.day_of_week) - 4, 0, 2)
    days = pd.DatetimeIndex(days - pd.to_timedelta(back, unit="D"))
    levels = {"toys": np.cumprod(1 + index), "benchmark": np.cumprod(1 + benchmark)}
    return pd.DataFrame(levels, index=days.as_unit("ns")) * 100


def replay_of(industry: Industry, panel: Panel, settings: Settings | None = None) -> Replay:
    """Return the replay of a world's only model."""
    return Replay(panel, industry, settings or Settings(), {industry.id: industry})


def result_of(industry: Industry, panel: Panel, settings: Settings | None = None) -> IndustryResult:
    """Return the evaluation of a world's only model."""
    known = {m.id: m for m in closure([industry], {industry.id: industry})}
    return evaluate(panel, [industry], settings or Settings(), known=known).results[industry.id]


def no_skill(seed: int) -> tuple[Industry, Panel]:
    """Return a model of two cycles, and returns that have nothing to do with them."""
    generator = np.random.default_rng(seed)
    model = industry_of({"one": {}, "two": {}})
    index = months_ahead(generator)
    values = {name: by(cycle(MONTHS, generator)) for name in ("one", "two")}
    benchmark = 0.005 + 0.05 * generator.standard_normal(MONTHS)
    return model, panel_of(values, lags={"one": 12, "two": 0}, prices=monthly_prices(
        benchmark + index, benchmark))  # fmt: skip


def months_ahead(generator: np.random.Generator, drift: float = 0.002) -> np.ndarray:
    """Return monthly returns over the benchmark, without any pattern."""
    return drift + 0.04 * generator.standard_normal(MONTHS)


def leak(seed: int, lag: int) -> tuple[Industry, Panel]:
    """Return a model whose indicator rises exactly when the *next* month's return is good.

    With ``lag`` days to publication that is a leak under timing ``period``: the value of a month
    is used before it can be known. Decided on what was public, it says nothing.
    """
    generator = np.random.default_rng(seed)
    excess = months_ahead(generator, 0.0)
    benchmark = 0.05 * generator.standard_normal(MONTHS)
    told = np.append(np.sign(excess[1:]), 0.0)
    model = industry_of({"insider": {"denoise": False, "lag_days": lag}, "other": {}})
    values = {"insider": by(10 * np.cumsum(told)), "other": by(cycle(MONTHS, generator))}
    prices = monthly_prices(benchmark + excess, benchmark)
    return model, panel_of(values, lags={"insider": lag, "other": 0}, prices=prices)


def by(values: np.ndarray) -> pd.Series:
    """Return values by month."""
    return pd.Series(np.asarray(values, dtype=float), index=month_ends(len(values), FIRST))
