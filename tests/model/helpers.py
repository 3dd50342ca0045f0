"""Small makers of months, series, definitions and panels, shared by the tests of the model."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import settings
from prosperity.calendar import TradingCalendar
from prosperity.definition import Industry
from prosperity.panel import Panel, observations
from prosperity.records import build

# The first call of a filter imports scipy, which no deadline of milliseconds allows for.
settings.register_profile("unhurried", parent=settings.default, deadline=None)
settings.load_profile("unhurried")

Raw = dict[str, list[dict[str, Any]]]
NO_PRICES = TradingCalendar(pd.DatetimeIndex([]))


def month_ends(count: int, first: str = "2000-01") -> pd.DatetimeIndex:
    """Return ``count`` month ends from the month ``first``."""
    start = pd.Timestamp(first) + pd.offsets.MonthEnd(0)
    return pd.date_range(start, periods=count, freq="ME", unit="ns")


def by_month(values: Sequence[float], first: str = "2000-01") -> pd.Series:
    """Return ``values`` as a float Series of consecutive months."""
    return pd.Series(np.asarray(values, dtype=float), index=month_ends(len(values), first))


def wave(count: int, first: str = "2000-01", phase: float = 0.0) -> pd.Series:
    """Return a smooth series that rises and falls and never repeats exactly."""
    t = np.arange(count)
    return by_month(10 * np.sin(t / 5 + phase) + 3 * np.sin(t / 2.3) + 0.01 * t, first)


def raw_definition() -> Raw:
    """Return the records of a small valid industry: two dimensions, three indicators."""
    return {
        "industry": [{"id": "toys", "name_zh": "玩具", "name_en": "Toys"}],
        "dimension": [
            {"id": "demand", "name_zh": "需求", "name_en": "Demand"},
            {"id": "cost", "name_zh": "成本", "name_en": "Cost"},
        ],
        "indicator": [
            {"id": "orders", "name_zh": "订单", "name_en": "Orders", "dimension": "demand"},
            {"id": "sales", "name_zh": "销量", "name_en": "Sales", "dimension": "demand"},
            {"id": "plastic", "name_zh": "塑料", "name_en": "Plastic", "dimension": "cost"},
        ],
        "variant": [],
    }


def changed(changes: Mapping[tuple[str, int, str], Any]) -> Raw:
    """Return :func:`raw_definition` with fields set by (table, row, field).

    A row just past the end of its table is added, with an id and names of its own.
    """
    raw = copy.deepcopy(raw_definition())
    for (table, row, field), value in changes.items():
        if row == len(raw[table]):
            new = f"new_{table}"
            raw[table].append({"id": new, "name_zh": "新", "name_en": "New"})
        raw[table][row][field] = value
    return raw


def industry_of(
    indicators: Mapping[str, Mapping[str, Any]],
    dimensions: Mapping[str, Mapping[str, Any]] | None = None,
    **fields: Any,
) -> Industry:
    """Build an industry called ``toys`` from its indicators; one dimension ``all`` by default."""

    def named(rows: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [{"id": i, "name_zh": f"{i}中", "name_en": i, **row} for i, row in rows.items()]

    place = {} if dimensions else {"dimension": "all"}
    return build(
        {
            "industry": [{"id": "toys", "name_zh": "玩具", "name_en": "Toys", **fields}],
            "dimension": named(dimensions or {"all": {}}),
            "indicator": named({i: {**place, **row} for i, row in indicators.items()}),
        }
    )


def panel_of(
    values: Mapping[str, pd.Series],
    *,
    lags: Mapping[str, int] | None = None,
    prices: pd.DataFrame | None = None,
) -> Panel:
    """Return a panel of monthly series, public ``lags`` days after their months (default 0)."""
    frame = pd.DataFrame(index=pd.DatetimeIndex([])) if prices is None else prices
    calendar = Panel(prices=frame).calendar
    lag = lags or {}
    series = {
        id: observations(id, column, calendar=calendar, lag_days=lag.get(id, 0))
        for id, column in values.items()
    }
    return Panel(series, frame)


def weekday_prices(first: str, last: str, *names: str) -> pd.DataFrame:
    """Return positive made-up closing prices on weekdays, different for every name."""
    days = pd.bdate_range(first, last, unit="ns")
    t = np.arange(len(days))
    return pd.DataFrame(
        {
            n: 100 * np.exp(0.0002 * t + 0.05 * np.sin(t / (40 + 9 * k)))
            for k, n in enumerate(names)
        },
        index=days,
    )
