"""Simulated panels, for sample books and for tests with known answers. Never real data.

One slow cycle drives everything: indicators follow it with noise of their own, industry indices
follow it a little, the benchmark does not. What comes out says that it is simulated.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from prosperity.calendar import TradingCalendar
from prosperity.catalog import catalog
from prosperity.definition import Indicator, Industry
from prosperity.panel import Observations, Panel, observations
from prosperity.simulated_levels import level_of

SOURCE = "模拟数据 simulated"
#: Where prices begin.
FIRST_CLOSE = 1000.0
#: Series whose January is never published, by a word in their Chinese name.
NO_JANUARY = ("累计", "产量", "零售额", "投资")


def simulate(
    industries: Iterable[Industry],
    *,
    first: str = "2001-01",
    last: str = "2026-06",
    seed: int = 20230731,
) -> Panel:
    """Make a panel with every data column and index that ``industries`` can read.

    Parameters
    ----------
    industries
        Models, including those that they use.
    first, last
        First and last month, ``YYYY-MM``.
    seed
        The same seed gives the same panel, whatever the order of the industries.

    Returns
    -------
    Panel
        ``simulated`` is True. Prices are on weekdays, by ``benchmark`` and the industries' ids.
    """
    models = list(industries)
    months = pd.date_range(first, pd.Timestamp(last) + pd.offsets.MonthEnd(0), freq="ME", unit="ns")
    days = pd.date_range(months[0] - pd.offsets.MonthBegin(1), months[-1], freq="B", unit="ns")
    calendar = TradingCalendar(days)
    in_order = sorted(models, key=lambda model: model.id)
    columns = {i.id: i for m in in_order for i in m.indicators if i.own_column}
    cycle = _cycle(len(months), np.random.default_rng(seed))
    series = {
        id: _observed(indicator, months, cycle, calendar, seed) for id, indicator in columns.items()
    }
    drift = np.repeat(np.diff(cycle, prepend=0.0), days.to_period("M").value_counts(sort=False))
    prices = {"benchmark": _prices(len(days), 0.0 * drift, generator_of(seed, "benchmark"))}
    for model in models:
        if model.kind == "industry":
            own = _prices(len(days), 0.004 * drift, generator_of(seed, model.id), volatility=0.008)
            prices[model.id] = prices["benchmark"] * own / own[0]
    return Panel(series, pd.DataFrame(prices, index=days).round(2), simulated=True)


def published_series(
    indicator: Indicator, months: pd.DatetimeIndex, calendar: TradingCalendar, seed: int
) -> Observations:
    """Return one simulated series of its own cycle, the same for the same months and seed."""
    cycle = _cycle(len(months), np.random.default_rng(seed))
    return _observed(indicator, months, cycle, calendar, seed)


def _observed(
    indicator: Indicator,
    months: pd.DatetimeIndex,
    cycle: np.ndarray,
    calendar: TradingCalendar,
    seed: int,
) -> Observations:
    return observations(
        indicator.id,
        _published(indicator, months, cycle, generator_of(seed, indicator.id)),
        calendar=calendar,
        lag_days=indicator.lag_days,
        frequency=indicator.frequency,
        unit=indicator.unit,
        name=indicator.name_zh,
        source=SOURCE,
    )


def generator_of(seed: int, id: str) -> np.random.Generator:
    """Return the random numbers of one id: the same for the same seed, whatever else is made."""
    return np.random.default_rng([seed, *id.encode()])


def _cycle(size: int, generator: np.random.Generator) -> np.ndarray:
    """Return a cycle of about forty months with unit spread."""
    noise = generator.standard_normal(size)
    cycle = np.zeros(size)
    for t in range(2, size):
        cycle[t] = 1.88 * cycle[t - 1] - 0.905 * cycle[t - 2] + 0.1 * noise[t]
    scaled: np.ndarray = cycle / cycle.std()
    return scaled


def _published(
    indicator: Indicator,
    months: pd.DatetimeIndex,
    cycle: np.ndarray,
    generator: np.random.Generator,
) -> pd.Series[float]:
    """Return the published values of one series; NaN where a month is never published."""
    wave = 0.8 * _sign(indicator) * cycle + 0.6 * _smooth(generator.standard_normal(len(months)))
    level = level_of(indicator.id, indicator.unit)
    if level.spread:
        values = level.middle + level.spread * wave
    else:
        season = 1.0 + level.season * np.sin(2 * np.pi * np.asarray(months.month) / 12)
        trend = np.log1p(level.growth) / 12 * (np.arange(len(months)) - len(months) / 2)
        steps = 0.01 * wave - 0.001 * cycle
        moved = level.swing * np.cumsum(steps - steps.mean())
        values = level.middle * season * np.exp(trend + moved - moved.mean())
    published = pd.Series(np.round(values, level.decimals), index=months)
    if indicator.frequency == "M" and any(word in indicator.name_zh for word in NO_JANUARY):
        published[months.month == 1] = np.nan
    return published


def _sign(indicator: Indicator) -> int:
    """Return the sign that the first catalog model gives the series, else its own."""
    members = (i for model in catalog().values() for i in model.members)
    return next((i.sign for i in members if i.id == indicator.id), indicator.sign)


def _smooth(noise: np.ndarray) -> np.ndarray:
    return np.convolve(noise, np.full(3, 3**-0.5), mode="same")


def _prices(
    size: int, drift: np.ndarray, generator: np.random.Generator, volatility: float = 0.013
) -> np.ndarray:
    steps = 0.00018 + drift + volatility * generator.standard_normal(size)
    levels: np.ndarray = FIRST_CLOSE * np.exp(np.cumsum(steps))
    return levels
