"""Small panels with known answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from prosperity.assets import Asset
from prosperity.panel import Panel
from prosperity.systems import System, systems
from prosperity.systems.reading import with_changes
from prosperity.tables import Table

#: More than the memory of any window.
DAYS = pd.date_range("2024-01-02", periods=320, freq="B", unit="ns")


def system_of(id: str, assets: Sequence[str], changes: str = "") -> System:
    """Return a system of the catalog over assets called so, each priced under its own id."""
    from dataclasses import replace

    made = tuple(Asset(id=a, name_zh=f"{a}业", name_en=f"Trade {a}", price=a) for a in assets)
    system = with_changes(systems()[id], changes) if changes else systems()[id]
    return replace(
        system,
        assets=made,
        benchmark=system.benchmark if system.benchmark == "equal_weight" else "cash",
    )


def table(id: str, frame: pd.DataFrame, lag: int = 0) -> Table:
    """Return a table that is public so many days after its dates."""
    days = pd.Series(pd.DatetimeIndex(frame.index) + pd.Timedelta(days=lag), frame.index)
    return Table.by_date(id, frame.astype(float), days)


def panel_of(
    prices: Mapping[str, Any] | pd.DataFrame,
    tables: Sequence[Table] = (),
    lists: Mapping[str, pd.DataFrame] | None = None,
) -> Panel:
    """Return a panel of prices by day and of tables."""
    frame = pd.DataFrame(prices)
    if not isinstance(frame.index, pd.DatetimeIndex):
        frame.index = DAYS[-len(frame) :]
    return Panel({}, frame.astype(float), tables={t.id: t for t in tables}, lists=lists or {})


def walk(assets: Sequence[str], days: pd.DatetimeIndex = DAYS, seed: int = 1) -> pd.DataFrame:
    """Return random closes."""
    steps = np.random.default_rng(seed).normal(0.0003, 0.01, (len(days), len(assets)))
    return pd.DataFrame(100 * np.exp(np.cumsum(steps, axis=0)), days, list(assets))
