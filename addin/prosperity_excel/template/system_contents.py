"""What the book of a system will hold, before any cell is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from prosperity.calendar import TradingCalendar
from prosperity.definition import Industry
from prosperity.panel import Panel
from prosperity.systems.releases import released
from prosperity.systems.spec import Input, System
from prosperity.tables import Table

from prosperity_excel.book.definitions import Value
from prosperity_excel.book.entities import entities_of
from prosperity_excel.template.contents import Contents, Price
from prosperity_excel.words.system_words import FIELD_WORDS, OWN_ENTITIES


@dataclass(frozen=True)
class SystemContents(Contents):
    """Everything that a system's book will hold; see :class:`Contents`.

    Attributes
    ----------
    system : System or None
        Never None in use.
    """

    system: System | None = field(default=None)

    @property
    def its(self) -> System:
        """The system."""
        assert self.system is not None
        return self.system

    @property
    def models(self) -> tuple[Industry, ...]:
        """Its indicators as a module."""
        return self.asked

    @property
    def titles(self) -> tuple[str, str]:
        """Heading and second heading."""
        return f"系统工作簿：{self.its.name_zh}", f"System book: {self.its.name_en}"

    @cached_property
    def prices(self) -> tuple[Price, ...]:
        """Its assets, as far as they have prices."""
        return tuple(
            Price(a.id, a.price, a.name_zh, a.name_en, (a.price,))
            for a in self.its.assets
            if a.price
        )

    @property
    def has_data(self) -> bool:
        """Whether it reads series of the sheet ``data``."""
        return any(indicator.own_column for indicator in self.its.indicators)

    def table(self, id: str) -> Table | None:
        """Return what the panel holds for a table."""
        return None if self.panel is None else self.panel.tables.get(id)

    def columns_of(self, one: Input) -> list[tuple[str, str, str]]:
        """Return the columns of a wide sheet: id, Chinese and English name."""
        names = {asset.id: (asset.name_zh, asset.name_en) for asset in self.its.assets}
        table = self.table(one.id)
        ids = [] if table is None else [str(id) for id in table.values]
        if not ids:
            ids = list(names) if one.entity in OWN_ENTITIES else [one.entity]
        return [(id, *names.get(id, (id, id))) for id in ids]

    def wide_rows(self, one: Input) -> Iterator[tuple[date, list[Value]]]:
        """Yield the rows of a wide sheet: the date, and a value for each column."""
        table = self.table(one.id)
        if table is not None:
            for day, row in zip(table.values.index, table.values.to_numpy(float), strict=True):
                yield day.date(), [_plain(value) for value in row]

    def row_releases(self, one: Input) -> list[date] | None:
        """Return the release date of each row of a wide sheet, where the rule would not give it."""
        table = self.table(one.id)
        if table is None:
            return None
        days = table.releases.max(axis=1)
        ruled = self._ruled(one, pd.DatetimeIndex(table.values.index))
        there = days.notna().to_numpy()
        same = (days.to_numpy("datetime64[ns]") == ruled) | ~there
        return None if same.all() else [day.date() for day in days.fillna(pd.Timestamp(0))]

    def long_rows(self, one: Input) -> Iterator[tuple[date, str, list[Value | date], date | None]]:
        """Yield the records of a long sheet: date, entity, its fields, a stated release date."""
        tables = {field: self.table(f"{one.id}.{field}") for field in fields_of(one)}
        there = [table for table in tables.values() if table is not None]
        if not there:
            return
        dates = there[0].values.index
        for table in there[1:]:
            dates = dates.union(table.values.index)
        names = list(dict.fromkeys(str(name) for table in there for name in table.values))
        frames = {
            f: None if t is None else t.values.reindex(index=dates, columns=names).to_numpy(float)
            for f, t in tables.items()
        }
        releases = _latest([t.releases.reindex(index=dates, columns=names) for t in there])
        ruled = self._ruled(one, pd.DatetimeIndex(dates))
        for row, day in enumerate(dates):
            for column, name in enumerate(names):
                values = [
                    None if f is None else _typed(one, field, f[row, column])
                    for field, f in frames.items()
                ]
                if any(value is not None for value in values):
                    stated = releases[row, column]
                    own = None if stated == ruled[row] else pd.Timestamp(stated).date()
                    yield day.date(), name, values, own

    def list_rows(self, one: Input) -> Iterator[list[Value | date]]:
        """Yield the records of a list: entity, and its fields."""
        rows = pd.DataFrame() if self.panel is None else self.panel.lists.get(one.id)
        if rows is None or rows.empty:
            return
        for record in rows.to_dict("records"):
            yield [_cell(record.get(name)) for name in (one.entity, *fields_of(one))]

    def _ruled(self, one: Input, dates: pd.DatetimeIndex) -> np.ndarray:
        assert self.panel is not None
        calendar: TradingCalendar = self.panel.calendar
        ruled = released(one, dates, calendar).to_numpy("datetime64[ns]")
        known: np.ndarray = np.maximum(ruled, dates.to_numpy("datetime64[ns]"))
        return known


def contents_of(
    system: System, panel: Panel | None = None, source_note: str = ""
) -> SystemContents:
    """Return what a system's book will hold."""
    return SystemContents((system.module,), panel, "", source_note, system)


def fields_of(one: Input) -> tuple[str, ...]:
    """Return the fields of an input."""
    return tuple(name for name, _ in one.columns)


def field_name_zh(id: str) -> str:
    """Return a field's Chinese name; its id where it has none."""
    return FIELD_WORDS.get(id, (id,))[0]


def is_own(system: System, one: Input) -> bool:
    """Whether an input's entities are the system's assets."""
    return entities_of(system, one.entity).own


def _latest(frames: list[pd.DataFrame]) -> np.ndarray:
    """Return the latest of several frames of days, (T, N)."""
    stacked = np.stack([frame.to_numpy("datetime64[ns]") for frame in frames])
    filled = np.where(np.isnat(stacked), np.datetime64("1800-01-01", "ns"), stacked)
    found: np.ndarray = filled.max(axis=0)
    return found


def _plain(value: float) -> Value:
    return None if np.isnan(value) else float(value)


def _typed(one: Input, field: str, value: float) -> Value | date:
    if np.isnan(value):
        return None
    if one.unit_of(field) == "date":
        return np.datetime64(int(value), "D").astype(object)  # type: ignore[no-any-return]
    return float(value)


def _cell(value: Any) -> Value | date:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value if isinstance(value, str) else float(value)
