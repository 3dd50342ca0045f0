"""What a system's rule is given, and what was known of it on each decision date.

A rule may take it that within every column releases ascend, so that what is known of a column on a
day is its beginning; :mod:`prosperity.systems.run` computes one decision at a time where that does
not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prosperity.errors import DataError, nearest
from prosperity.panel import Observations, Panel
from prosperity.systems.spec import System
from prosperity.tables import Table
from prosperity.trade_days import LATEST_TRADE


@dataclass(frozen=True)
class Inputs:
    """What a system reads.

    Attributes
    ----------
    system : System
    panel : Panel
    closes : DataFrame
        Closing prices: trading days by asset id, of the assets that have any; NaN where one has
        none.
    """

    system: System
    panel: Panel
    closes: pd.DataFrame

    def table(self, id: str) -> Table | None:
        """Return a table, or None where it is missing or empty."""
        table = self.panel.tables.get(id)
        return None if table is None or not table.values.notna().to_numpy().any() else table

    def needed(self, id: str) -> Table:
        """Return a table that the rule cannot do without.

        Raises
        ------
        DataError
            ``no_table`` where it is missing or empty.
        """
        table = self.table(id)
        if table is None:
            raise no_table(id.partition(".")[0], self.system.id)
        return table

    def rows(self, id: str) -> pd.DataFrame:
        """Return a list's records; see :attr:`prosperity.panel.Panel.lists`.

        Raises
        ------
        DataError
            ``no_table`` where it is missing or empty.
        """
        rows = self.panel.lists.get(id)
        if rows is None or rows.empty:
            raise no_table(id, self.system.id)
        return rows

    def series(self, id: str) -> Observations | None:
        """Return a series of the sheet ``data``, or None where it is missing or empty."""
        series = self.panel.series.get(id)
        return None if series is None or series.frame.empty else series


def no_table(sheet: str, system: str) -> DataError:
    """Return the error that a sheet is missing."""
    return DataError(
        "no_table",
        f"{sheet} 表没有或为空；prosperity template {system} 可生成带该表的模板。",
        f"The sheet {sheet} is missing or empty; 'prosperity template {system}' makes it.",
    )


@dataclass(frozen=True)
class AssetNames:
    """Every name by which an asset of a system is known, with its id."""

    system: System
    ids: Mapping[str, str]

    def asset(self, name: str, where: str = "") -> str:
        """Return the id of the asset that a name stands for.

        Raises
        ------
        DataError
            ``unknown_entity`` with the nearest names.
        """
        wanted = str(name).strip()
        if wanted in self.ids:
            return self.ids[wanted]
        near = nearest(wanted, self.ids)
        raise DataError(
            "unknown_entity",
            f"“{wanted[:40]}”不是{self.system.name_zh}的资产；最接近：{'、'.join(near) or '无'}。",
            f"{wanted[:40]!r} is no asset of {self.system.id}; nearest: "
            f"{', '.join(near) or 'none'}.",
            where=where,
        )


def asset_names(system: System) -> AssetNames:
    """Return the names of a system's assets: id, price, Chinese and English."""
    ids: dict[str, str] = {}
    for asset in system.assets:
        for name in (asset.id, asset.price, asset.name_zh, asset.name_en):
            if name:
                ids.setdefault(name, asset.id)
    return AssetNames(system, ids)


def refuse_unknown(names: Iterable[str], system: System, where: Mapping[str, str]) -> None:
    """Refuse columns of a sheet that are no asset of a system.

    Parameters
    ----------
    names
        What stands there.
    system
        Its assets are known by id, price and both names.
    where
        The place of each name.

    Raises
    ------
    DataError
        ``unknown_entity`` for the first, with the nearest.
    """
    known = asset_names(system)
    for name in names:
        known.asset(name, where.get(name, ""))


@dataclass(frozen=True)
class Known:
    """The newest of each column on each decision date.

    Attributes
    ----------
    values : DataFrame
        Decision dates by column; NaN where nothing was known, or what was is too old.
    rows : DataFrame of int
        The row of the table that it stands in; -1 where there is none.
    """

    values: pd.DataFrame
    rows: pd.DataFrame


def newest(table: Table, decisions: pd.DatetimeIndex, max_age_days: int | None = None) -> Known:
    """Return the newest value of each column that was public on each decision date.

    Parameters
    ----------
    table
        Published in whatever order.
    decisions
        Dates (T,), ascending.
    max_age_days
        Calendar days from the value's own date after which it says nothing; None is never.
    """
    dates = pd.DatetimeIndex(table.values.index).to_numpy("datetime64[ns]")
    wanted = decisions.to_numpy("datetime64[ns]")
    every, stamps = table.values.to_numpy(float), table.releases.to_numpy("datetime64[ns]")
    count = every.shape[1]
    values = np.full((len(wanted), count), np.nan)
    rows = np.full((len(wanted), count), -1, dtype=int)
    for column in range(count):
        own = every[:, column]
        there = np.flatnonzero(~np.isnan(own))
        released = stamps[there, column]
        order = np.argsort(released, kind="stable")
        place = np.searchsorted(released[order], wanted, side="right") - 1
        found = place >= 0
        if not found.any():
            continue
        # Whatever came in which order: the last row of those that are known.
        at = np.maximum.accumulate(there[order])[np.maximum(place, 0)]
        if max_age_days is not None:
            found &= wanted - dates[at] <= np.timedelta64(max_age_days, "D")
        values[found, column] = own[at[found]]
        rows[found, column] = at[found]
    index, columns = decisions, table.values.columns
    return Known(pd.DataFrame(values, index, columns), pd.DataFrame(rows, index, columns))


def sampled(feature: pd.DataFrame, known: Known) -> pd.DataFrame:
    """Return a feature of a table at the rows that were the newest known; NaN where none was.

    ``feature`` has the table's dates and columns, and each of its values is made of its own column
    up to its own row.
    """
    rows = known.rows.to_numpy()
    values = feature.to_numpy(float)
    taken = np.take_along_axis(values, np.maximum(rows, 0), axis=0)
    return pd.DataFrame(np.where(rows >= 0, taken, np.nan), known.rows.index, known.rows.columns)


def closes_at(closes: pd.DataFrame, dates: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the last close of each asset on each date; NaN where it is older than it may be.

    A close of more than :data:`~prosperity.trade_days.LATEST_TRADE` days before is none: the asset
    has left.
    """
    days = pd.DatetimeIndex(closes.index)
    shown = closes.notna().to_numpy()
    last = np.maximum.accumulate(np.where(shown, np.arange(len(days))[:, None], -1), axis=0)
    at = np.asarray(days.searchsorted(dates, side="right")) - 1
    place = np.where(at[:, None] >= 0, last[np.maximum(at, 0)], -1) if len(days) else None
    if place is None:
        return pd.DataFrame(np.nan, dates, closes.columns)
    safe = np.maximum(place, 0)
    waited = dates.to_numpy("datetime64[ns]")[:, None] - days.to_numpy("datetime64[ns]")[safe]
    good = (place >= 0) & (waited <= np.timedelta64(LATEST_TRADE, "D"))
    values = np.take_along_axis(closes.to_numpy(float), safe, axis=0)
    return pd.DataFrame(np.where(good, values, np.nan), dates, closes.columns)
