"""Values by date and entity into the sheet of a system's input: what is new, changed, doubtful.

The book's own rows stay where they are; only cells that change are written, and new dates or
records are put in. A column whose values cannot be of the unit that stands in the book is asked
about and left out unless it is agreed to.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from prosperity.systems.spec import Input, System

from prosperity_excel.book.entities import entities_of
from prosperity_excel.book.record_rows import DATE, read_records
from prosperity_excel.book.system_tables import unit_jump
from prosperity_excel.book.wide_sheets import wide_columns, wide_layout
from prosperity_excel.ooxml.grid import Value
from prosperity_excel.ooxml.row_edits import SheetEdit
from prosperity_excel.sheets.findings import Findings
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.words.book_words import LABELS, fold
from prosperity_excel.words.pair import Pair

#: Values that differ by less, as a share, are the same.
SAME = 1e-9
#: Values that both have from which on their ratio is judged, and factors that are other units.
FEWEST = 3
FACTORS = (1e-8, 1e-4, 1e-3, 1e-2, 1e2, 1e3, 1e4, 1e8)
NEAR = 1.05
_SOURCES = {fold(word) for word in LABELS["source"]}


@dataclass
class Counts:
    """How many values are new, changed and as they were."""

    new: int = 0
    changed: int = 0
    same: int = 0


@dataclass(frozen=True)
class TablePlan:
    """What would be written into one sheet.

    Attributes
    ----------
    sheet, input : str
        Its name in the book, and the id of the input.
    edit : SheetEdit
    counts : Counts
    first, last : date or None
        The dates of what is given.
    doubts : tuple of pair of str
        What was left out and why, in both languages; answered by ``INPUT=accept``.
    """

    sheet: str
    input: str
    edit: SheetEdit
    counts: Counts
    first: date | None
    last: date | None
    doubts: tuple[Pair, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether anything would be written."""
        return bool(self.counts.new or self.counts.changed)


@dataclass
class _Edit:
    cells: dict[tuple[int, int], Value] = field(default_factory=dict)
    inserted: list[int] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)


def plan_table(
    sheet: Sheet,
    system: System,
    one: Input,
    given: Mapping[str, pd.DataFrame],
    source: str,
    accepted: Collection[str] = (),
) -> TablePlan:
    """Plan to put values into the sheet of an input.

    Parameters
    ----------
    sheet
        The book's sheet of the input, as it is.
    system, one
        The system, and its input; ``wide`` or ``long``.
    given
        Values by field, dates by entity (assets by id); of a wide input one, under its id. NaN is
        nothing given.
    source
        Where they come from, for the sheet's head.
    accepted
        Ids of inputs whose doubts are answered.

    Raises
    ------
    BookError
        ``missing_header``.
    DataError
        What is wrong in the sheet as it is, with the cell; ``missing_field`` for a field that has
        no column there.
    """
    put = _put_wide if one.form == "wide" else _put_long
    made, doubts = put(sheet, system, one, given, one.id in accepted)
    if made.counts.new or made.counts.changed:
        _source(sheet, source, made)
    days = sorted({day for frame in given.values() for day in frame.dropna(how="all").index})
    ends = (days[0].date(), days[-1].date()) if days else (None, None)
    edit = SheetEdit(made.cells, tuple(made.inserted), _head(sheet))
    return TablePlan(sheet.name, one.id, edit, made.counts, ends[0], ends[1], tuple(doubts))


def _put_long(
    sheet: Sheet, system: System, one: Input, given: Mapping[str, pd.DataFrame], accept: bool
) -> tuple[_Edit, list[Pair]]:
    findings, made, doubts = Findings(), _Edit(), []
    records = read_records(sheet, one, findings)
    findings.stop_if_any(sheet)
    assert records is not None
    entities = entities_of(system, one.entity)
    days, names = records.days(DATE, findings), records.texts(one.entity)
    findings.stop_if_any(sheet)
    rows = {
        (pd.Timestamp(day), entities.find(name) or name): records.rows[n]
        for n, (day, name) in enumerate(zip(days, names, strict=True))
    }
    end = max([records.header, *records.rows]) + 1
    for name, frame in given.items():
        if name not in records.columns:
            findings.problem(
                "missing_field",
                f"{sheet.name} 缺少 {name} 一栏，数据里有。",
                f"{sheet.name} lacks the column {name}, which the data have.",
                *(records.header, 0),
            )
            findings.stop_if_any(sheet)
        own = _own_values(sheet, rows, records.columns[name])
        for id in frame:
            values = frame[id].dropna()
            doubt = None if accept else _doubt(own.get(str(id), {}), values, f"{name} {id}")
            if doubt is not None:
                doubts.append(doubt)
                continue
            for day, value in values.items():
                key = (pd.Timestamp(day), str(id))  # type: ignore[arg-type]
                if key not in rows:
                    rows[key] = end
                    made.cells[end, records.columns[DATE]] = key[0].date()
                    made.cells[end, records.columns[one.entity]] = str(id)
                    end += 1
                before = own.get(str(id), {}).get(key[0])
                _write(made, (rows[key], records.columns[name]), before, _plain(one, name, value))
    return made, doubts


def _put_wide(
    sheet: Sheet, system: System, one: Input, given: Mapping[str, pd.DataFrame], accept: bool
) -> tuple[_Edit, list[Pair]]:
    findings, made, doubts = Findings(), _Edit(), []
    table = wide_layout(sheet, findings)
    columns, _, _ = wide_columns(table, entities_of(system, one.entity), findings)
    findings.stop_if_any(sheet)
    (frame,) = given.values()
    lost = [str(id) for id in frame if str(id) not in columns]
    if lost:
        findings.problem(
            "missing_column",
            f"{sheet.name} 没有 {'、'.join(lost[:5])} 的列，请先加上。",
            f"{sheet.name} has no column for {', '.join(lost[:5])}; add it first.",
            *(0, 0),
        )
        findings.stop_if_any(sheet)
    at = {pd.Timestamp(row.day): row.number for row in table.rows}
    own = {
        id: _own_values(sheet, {(day, id): row for day, row in at.items()}, column).get(id, {})
        for id, column in columns.items()
    }
    taken = {}
    for id in map(str, frame):
        values = frame[id].dropna()
        doubt = None if accept else _doubt(own[id], values, id)
        if doubt is None:
            taken[id] = values
        else:
            doubts.append(doubt)
    wanted = sorted({pd.Timestamp(day) for values in taken.values() for day in values.index})
    head = _head(sheet)
    places = _places(at, [day for day in wanted if day not in at], head, made)
    for day, row in places.items():
        if day not in at:
            made.cells[row, 0] = day.date()
    for id, values in taken.items():
        for at_day, value in zip(pd.DatetimeIndex(values.index), values, strict=True):
            place = places[at_day], columns[id]
            _write(made, place, own[id].get(at_day), float(value))
    return made, doubts


def _places(
    at: Mapping[pd.Timestamp, int], new: list[pd.Timestamp], head: int, made: _Edit
) -> dict[pd.Timestamp, int]:
    """Return the row of each date after new dates were put where they belong.

    Rows ascend or descend, as they do in the sheet.
    """
    old = sorted(at, key=lambda day: at[day])
    descending = len(old) > 1 and old[0] > old[-1]
    order = sorted([*old, *new], reverse=descending)
    last = max(at.values(), default=head - 1)
    following = {}
    row = None
    for day in reversed(order):
        row = at.get(day, row)
        following[day] = row
    places, moved, end = {}, 0, 0
    for day in order:
        if day in at:
            places[day] = at[day] + moved
        elif following[day] is None:
            end += 1
            places[day] = last + moved + end
        else:
            places[day] = following[day] + moved  # type: ignore[operator]
            made.inserted.append(following[day])  # type: ignore[arg-type]
            moved += 1
    return places


def _own_values(
    sheet: Sheet, rows: Mapping[tuple[pd.Timestamp, str], int], column: int
) -> dict[str, dict[pd.Timestamp, float]]:
    """Return the numbers that stand in a column, by entity and day."""
    found: dict[str, dict[pd.Timestamp, float]] = {}
    for (day, id), row in rows.items():
        cell: Any = sheet.cell(row, column)
        cell = getattr(cell, "value", cell)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            found.setdefault(id, {})[day] = float(cell)
    return found


def _write(made: _Edit, place: tuple[int, int], before: float | None, value: Value) -> None:
    """Plan one cell, and count what becomes of it."""
    if before is None:
        made.counts.new += 1
    elif isinstance(value, float) and math.isclose(before, value, rel_tol=SAME, abs_tol=SAME):
        made.counts.same += 1
        return
    else:
        made.counts.changed += 1
    made.cells[place] = value


def _plain(one: Input, name: str, value: object) -> Value:
    number = float(value)  # type: ignore[arg-type]
    if one.unit_of(name) == "date":
        found: date = np.datetime64(int(number), "D").astype(object)
        return found
    return number


def _doubt(own: Mapping[pd.Timestamp, float], given: pd.Series[Any], name: str) -> Pair | None:
    """Return why values cannot be of the column's unit: where both have some, or at the seam."""
    if not own or given.empty:
        return None
    both = [(own[day], float(given[day])) for day in given.index if own.get(day)]
    ratios = [new / old for old, new in both if old and new]
    if len(ratios) >= FEWEST:
        middle = float(np.median(ratios))
        for factor in FACTORS:
            if factor / NEAR < middle < factor * NEAR:
                return (
                    f"{name}：与已有数值相差 {middle:g} 倍，单位是否不同？",
                    f"{name}: {middle:g} times the values that are there; another unit?",
                )
    there = pd.Series(dict(own), dtype=float).sort_index()
    joined = given.astype(float).combine_first(there).sort_index()
    row = unit_jump(joined.to_numpy(float))
    if row is None or unit_jump(there.to_numpy(float)) is not None:
        return None
    day = f"{joined.index[row]:%Y-%m-%d}"
    return (
        f"{name}：在 {day} 与已有数值相差约一万倍，单位是否不同？",
        f"{name} changes by 10,000 against what is there on {day}; another unit?",
    )


def _head(sheet: Sheet) -> int:
    """Return how many rows are the header's: those above the first that has a date or number."""
    for row, cells in enumerate(sheet.rows):
        if any(not isinstance(cell, str) and cell is not None for cell in cells):
            return row
    return len(sheet.rows)


def _source(sheet: Sheet, source: str, made: _Edit) -> None:
    """Say in the sheet's head where the values come from, beside what is said there already."""
    for row in range(_head(sheet)):
        label = sheet.cell(row, 0)
        if isinstance(label, str) and fold(label) in _SOURCES:
            there = sheet.cell(row, 1)
            said = there if isinstance(there, str) else ""
            if source not in said:
                made.cells[row, 1] = f"{said}；{source}" if said else source
            return
