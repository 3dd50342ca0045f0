"""The sheets of a system's inputs, into tables by date and entity, and into lists of records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from prosperity.calendar import TradingCalendar
from prosperity.systems.releases import released
from prosperity.systems.spec import Input, System
from prosperity.tables import Table

from prosperity_excel.book.entities import Entities, entities_of
from prosperity_excel.book.record_rows import DATE, ESTIMATED, RELEASE, Records, read_records
from prosperity_excel.book.wide_sheets import read_wide
from prosperity_excel.sheets.cells import Cell, quoted
from prosperity_excel.sheets.findings import Findings
from prosperity_excel.sheets.workbook import Sheet, Workbook
from prosperity_excel.words.system_words import names_of_field

#: Sizes of a step from the values before to those after by which a unit has been changed: ten
#: thousand, or a hundred million, within a factor of three.
UNIT_STEPS = (1e4, 1e8)
NEAR = 3.0
#: Values on each side that a step is judged by.
AROUND = 5
#: Rows that stand twice that are told one by one.
MOST_DOUBLED = 200


@dataclass(frozen=True)
class Filled:
    """What the sheets of inputs hold.

    Attributes
    ----------
    tables : mapping of str to Table
    lists : mapping of str to DataFrame
    sources : mapping of str to str
        What each sheet says of where its data come from, by the input's id.
    """

    tables: dict[str, Table] = field(default_factory=dict)
    lists: dict[str, pd.DataFrame] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)


def read_inputs(
    workbook: Workbook, systems: Iterable[System], calendar: TradingCalendar, findings: Findings
) -> Filled:
    """Read the sheets of all inputs of some systems.

    Parameters
    ----------
    workbook
        A sheet is found by the input's id or either of its names; one that is missing or blank is
        passed by.
    systems
        An input that several of them have is read once.
    calendar
        Trading days, for rules of release.
    findings
        Takes conversions and notices.

    Returns
    -------
    Filled
        A column of Excel errors, marks for missing and blank cells is missing values.

    Raises
    ------
    DataError
        The problems of a sheet, together, each with its cell: what is no date or number,
        ``doubled``, ``unknown_entity``, ``missing_header``, ``missing_field``, ``early_release``,
        ``unit_jump``.
    """
    found = Filled()
    done: set[str] = set()
    for system in systems:
        for one in (one for one in system.inputs if one.id not in done):
            done.add(one.id)
            sheet = workbook.filled((one.id, one.name_zh, one.name_en))
            if sheet is not None:
                _read(sheet, one, system, calendar, findings, found)
    return found


def read_input(
    sheet: Sheet, one: Input, system: System, calendar: TradingCalendar, findings: Findings
) -> Filled:
    """Read a sheet, whatever it is called and whosever it is, as that of one input.

    Raises
    ------
    DataError, BookError
        As :func:`read_inputs`; ``missing_header`` for a sheet that is none.
    """
    found = Filled()
    _read(sheet, one, system, calendar, findings, found)
    return found


def _read(
    sheet: Sheet,
    one: Input,
    system: System,
    calendar: TradingCalendar,
    findings: Findings,
    found: Filled,
) -> None:
    entities = entities_of(system, one.entity)
    _READERS[one.form](sheet, one, entities, calendar, findings, found)
    findings.error_cells(sheet)
    findings.stop_if_any(sheet)


def _wide(
    sheet: Sheet,
    one: Input,
    entities: Entities,
    calendar: TradingCalendar,
    findings: Findings,
    found: Filled,
) -> None:
    wide = read_wide(sheet, one, entities, findings)
    if wide is None:
        return
    _say_jumps(sheet, wide.values, wide.place, findings)
    findings.stop_if_any(sheet)
    found.sources[one.id] = wide.source
    found.tables[one.id] = _table(
        one.id, one, wide.values, wide.releases, wide.estimated, calendar, wide.source
    )


def _long(
    sheet: Sheet,
    one: Input,
    entities: Entities,
    calendar: TradingCalendar,
    findings: Findings,
    found: Filled,
) -> None:
    records = read_records(sheet, one, findings)
    findings.stop_if_any(sheet)
    if records is None or not records.rows:
        return
    keyed = _keyed(records, one, entities, findings)
    named = [name for name, _ in one.columns]
    further = [c for c in records.columns if c not in (*named, one.entity) and "\0" not in c]
    fields = [name for name in (*named, *further) if one.unit_of(name) != "text"]
    read = {
        name: _values(records, name, one.unit_of(name), findings)
        for name in fields
        if name in records.columns
    }
    stated = records.days(RELEASE, findings) if RELEASE in records.columns else None
    flags = records.flags(ESTIMATED, findings) if ESTIMATED in records.columns else None
    findings.stop_if_any(sheet)
    if stated is not None:
        _refuse_early(records, keyed, stated, findings)
        findings.stop_if_any(sheet)
    for name, values in read.items():
        values = np.where(keyed.kept, values, np.nan)
        if np.isnan(values).all():
            continue
        frame = keyed.spread(values)
        if one.unit_of(name) != "date":
            _say_jumps(sheet, frame, partial(keyed.cell, records, name), findings)
        found.tables[f"{one.id}.{name}"] = _table(
            f"{one.id}.{name}",
            one,
            frame,
            None if stated is None else keyed.spread_days(stated),
            None if flags is None else keyed.spread(flags.astype(float)) == 1.0,
            calendar,
            records.source,
        )
    findings.stop_if_any(sheet)
    found.sources[one.id] = records.source


def _list(
    sheet: Sheet,
    one: Input,
    entities: Entities,
    calendar: TradingCalendar,
    findings: Findings,
    found: Filled,
) -> None:
    records = read_records(sheet, one, findings)
    findings.stop_if_any(sheet)
    if records is None or not records.rows:
        return
    names = records.texts(one.entity)
    columns: dict[str, object] = {one.entity: _entities(records, one, names, entities, findings)}
    for name, _ in one.columns:
        if name not in records.columns:
            continue
        unit = one.unit_of(name)
        if unit == "date":
            columns[name] = records.days(name, findings)
        elif unit in ("", "text"):
            columns[name] = records.texts(name)
        else:
            columns[name] = records.numbers(name, unit, findings)
    rows = pd.DataFrame(columns)
    keys = [c for c in rows if one.unit_of(str(c)) in ("", "text") or c in (one.entity, "from")]
    said = pd.Series([str(row) for row in rows[keys].itertuples(index=False)])
    _say_doubled(records, one.entity, said, findings)
    findings.stop_if_any(sheet)
    found.lists[one.id] = rows
    found.sources[one.id] = records.source


_READERS = {"wide": _wide, "long": _long, "list": _list}


@dataclass(frozen=True)
class _Keyed:
    """Which date and entity each record is of."""

    dates: pd.DatetimeIndex
    names: list[str]
    row: np.ndarray
    column: np.ndarray
    kept: np.ndarray

    def spread(self, values: np.ndarray) -> pd.DataFrame:
        """Return values of records by date and entity; NaN where there is none."""
        frame = np.full((len(self.dates), len(self.names)), np.nan)
        frame[self.row[self.kept], self.column[self.kept]] = values[self.kept]
        return pd.DataFrame(frame, self.dates, self.names)

    def spread_days(self, days: np.ndarray) -> pd.DataFrame:
        """Return days of records by date and entity; NaT where there is none."""
        frame = np.full((len(self.dates), len(self.names)), np.datetime64("NaT", "ns"))
        frame[self.row[self.kept], self.column[self.kept]] = days[self.kept]
        return pd.DataFrame(frame, self.dates, self.names)

    def cell(self, records: Records, column: str, row: int, entity: int) -> tuple[int, int]:
        """Return where the value of a date and entity stands."""
        at = np.flatnonzero(self.kept & (self.row == row) & (self.column == entity))
        return records.place(int(at[0]), column)


def _keyed(records: Records, one: Input, entities: Entities, findings: Findings) -> _Keyed:
    days, names = records.days(DATE, findings), records.texts(one.entity)
    _refuse_keyless(records, one, days, names, findings)
    ids = _entities(records, one, names, entities, findings)
    kept = ~np.isnat(days) & (np.array(ids, dtype=object) != "")
    findings.stop_if_any(records.sheet)
    dates, row = np.unique(days[kept], return_inverse=True)
    order = entities.in_order({id for id, there in zip(ids, kept, strict=True) if there})
    places = {id: n for n, id in enumerate(order)}
    rows, columns = (np.zeros(len(days), dtype=int) for _ in range(2))
    rows[kept] = row
    columns[kept] = [places[id] for id, there in zip(ids, kept, strict=True) if there]
    keys = pd.Series(np.where(kept, rows * max(len(order), 1) + columns, -1 - np.arange(len(days))))
    _say_doubled(records, one.entity, keys, findings)
    findings.stop_if_any(records.sheet)
    return _Keyed(pd.DatetimeIndex(dates), order, rows, columns, kept)


def _refuse_keyless(
    records: Records, one: Input, days: np.ndarray, names: list[str], findings: Findings
) -> None:
    """Refuse records with values but without a date or an entity; a note in a row is passed by."""
    fields = [name for name, _ in one.columns if name in records.columns]
    cells = [records.cells(name) for name in fields]
    for place in np.flatnonzero(np.isnat(days) | (np.array(names, dtype=object) == "")):
        if any(column[int(place)] is not None for column in cells):
            if np.isnat(days[place]) and records.cells(DATE)[int(place)] is not None:
                continue  # said already
            blank = DATE if np.isnat(days[place]) else one.entity
            shown = "日期 date" if blank == DATE else "/".join(names_of_field(one.entity)[:2])
            findings.problem(
                "missing_date" if blank == DATE else "missing_entity",
                f"这一行有数据而没有{shown}，请补上或删去该行。",
                f"This row has values and no {shown}; add it or delete the row.",
                *records.place(int(place), blank),
            )


def _entities(
    records: Records, one: Input, names: list[str], entities: Entities, findings: Findings
) -> list[str]:
    """Return the entity of each record; empty where there is none, or it is not known."""
    known: dict[str, str | None] = {}
    found = []
    for place, name in enumerate(names):
        if name not in known:
            known[name] = entities.find(name) if name else ""
            if known[name] is None:
                said = entities.unknown(name, records.sheet.name)
                findings.problem(*said, *records.place(place, one.entity))
        found.append(known[name] or "")
    return found


def _say_doubled(records: Records, entity: str, keys: pd.Series[Any], findings: Findings) -> None:
    """Report records whose key stands there before."""
    first = keys.drop_duplicates()
    again = np.flatnonzero(keys.duplicated())
    earlier = pd.Series(first.index, first.to_numpy())
    for place in again[:MOST_DOUBLED]:
        before = int(earlier[keys.iloc[place]])
        rows = records.rows[before] + 1, records.rows[int(place)] + 1
        day = _shown(records.cells(DATE)[place])
        name = f"{day} {_shown(records.cells(entity)[place])}".strip()
        findings.problem(
            "doubled",
            f"{name} 在 {records.sheet.name} 出现两次：第 {rows[0]} 行和第 {rows[1]} 行，"
            "请删去一行。",
            f"{name} stands twice in {records.sheet.name}, rows {rows[0]} and {rows[1]}; delete "
            "one of them.",
            *records.place(int(place), entity),
        )


def _shown(cell: Cell) -> str:
    """Return a cell as a message shows it; a date without its time of day."""
    return f"{cell:%Y-%m-%d}" if isinstance(cell, date) else quoted(cell)


def _values(records: Records, name: str, unit: str, findings: Findings) -> np.ndarray:
    """Return a field's values; days as the number of days since 1970."""
    if unit != "date":
        return records.numbers(name, unit, findings)
    days = records.days(name, findings).astype("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype("int64").astype(float))


def _refuse_early(records: Records, keyed: _Keyed, stated: np.ndarray, findings: Findings) -> None:
    dates = keyed.dates.to_numpy("datetime64[ns]")[keyed.row]
    for place in np.flatnonzero(keyed.kept & (stated < dates)):
        day = f"{pd.Timestamp(stated[place]):%Y-%m-%d}"
        findings.problem(
            "early_release",
            f"公布日 {day} 早于该行的日期，请检查。",
            f"The release date {day} lies before the row's own date.",
            *records.place(int(place), RELEASE),
        )


def _say_jumps(
    sheet: Sheet,
    values: pd.DataFrame,
    place: Callable[[int, int], tuple[int, int]],
    findings: Findings,
) -> None:
    """Report where a column goes up or down by ten thousand and stays there."""
    for column in range(values.shape[1]):
        own = values.iloc[:, column].to_numpy(float)
        row = unit_jump(own)
        if row is not None:
            day, name = f"{values.index[row]:%Y-%m-%d}", values.columns[column]
            findings.problem(
                "unit_jump",
                f"{sheet.name} 中 {name} 在 {day} 相差约一万倍：是否换了单位？",
                f"{name} in {sheet.name} changes by 10,000 on {day}: unit changed?",
                *place(row, column),
            )


def unit_jump(values: np.ndarray) -> int | None:
    """Return the first place from which values are of another unit; None when there is none.

    Judged by the medians of up to :data:`AROUND` values before and after, of values that are all
    above zero.
    """
    there = np.flatnonzero(~np.isnan(values))
    own = values[there]
    if len(own) < 2 or (own <= 0).any():
        return None
    steps = np.abs(np.diff(np.log(own)))
    for at in np.flatnonzero(steps > np.log(UNIT_STEPS[0] / NEAR)) + 1:
        before, after = (
            np.median(part) for part in (own[max(0, at - AROUND) : at], own[at:][:AROUND])
        )
        size = abs(np.log(after / before))
        if any(abs(size - np.log(step)) < np.log(NEAR) for step in UNIT_STEPS):
            return int(there[at])
    return None


def _table(
    id: str,
    one: Input,
    values: pd.DataFrame,
    stated: pd.DataFrame | None,
    estimated: pd.DataFrame | None,
    calendar: TradingCalendar,
    source: str,
) -> Table:
    dates = pd.DatetimeIndex(values.index)
    ruled = released(one, dates, calendar).to_numpy("datetime64[ns]")
    # A day without trading is not known before itself.
    ruled = np.maximum(ruled, dates.to_numpy("datetime64[ns]"))
    releases = pd.DataFrame(
        np.repeat(ruled[:, None], values.shape[1], axis=1), values.index, values.columns
    )
    if stated is not None:
        releases = stated.where(stated.notna(), releases)
    return Table(
        id,
        values,
        releases.where(values.notna()),
        estimated if estimated is not None and estimated.to_numpy().any() else None,
        unit=one.unit_of(id.partition(".")[2]),
        source=source,
    )
