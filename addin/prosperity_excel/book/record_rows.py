"""Sheets of records: a header row that names columns in either language, then rows in any order."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from types import NoneType
from typing import TypeVar

import numpy as np
from prosperity.errors import nearest
from prosperity.systems.spec import Input

from prosperity_excel.sheets.cells import Cell, Reading, day, number, text
from prosperity_excel.sheets.findings import Findings, listed
from prosperity_excel.sheets.workbook import Sheet, address
from prosperity_excel.words.book_words import LABELS, clean, fold
from prosperity_excel.words.system_words import (
    DATE_WORDS,
    ESTIMATED_WORDS,
    RELEASE_WORDS,
    names_of_field,
)

T = TypeVar("T")
#: Rows in which the header is looked for.
HEADER_WITHIN = 40
DATE, RELEASE, ESTIMATED = "\0date", "\0release", "\0estimated"
_TRUE = {fold(word) for word in ("true", "1", "是", "y", "yes", "估计", "e", "estimated")}
_FALSE = {fold(word) for word in ("false", "0", "否", "n", "no", "")}
_BRACKETED = re.compile(r"\([^()]*\)$")
_SOURCES = {fold(word) for word in LABELS["source"]}


@dataclass(frozen=True)
class Records:
    """A sheet of records, taken apart.

    Attributes
    ----------
    sheet : Sheet
    header : int
        Its row.
    columns : mapping of str to int
        By field or entity, and :data:`DATE`, :data:`RELEASE`, :data:`ESTIMATED`.
    rows : tuple of int
        Numbers of the rows that hold anything.
    source : str
        What the head above says of where they come from.
    """

    sheet: Sheet
    header: int
    columns: Mapping[str, int]
    rows: tuple[int, ...]
    source: str
    _cells: Sequence[Sequence[Cell]]

    def cells(self, column: str) -> Sequence[Cell]:
        """Return the cells of a column, by row; blank ones where there is no such column."""
        place = self.columns.get(column, -1)
        inside = 0 <= place < len(self._cells)
        return self._cells[place] if inside else (None,) * len(self.rows)

    def place(self, row: int, column: str) -> tuple[int, int]:
        """Return where a cell stands, by the row's place among the rows."""
        return self.rows[row], self.columns.get(column, 0)

    def numbers(self, column: str, unit: str, findings: Findings) -> np.ndarray:
        """Return a column's numbers; NaN where a row has none."""
        cells = self.cells(column)
        types = set(map(type, cells))
        if types <= {float, int, NoneType}:
            plain = np.array(cells, dtype=float)
            if np.isfinite(plain).sum() == len(cells) - cells.count(None):
                return plain
        read = self._read(column, partial(number, unit=unit), findings)
        return np.array([np.nan if value is None else value for value in read], dtype=float)

    def days(self, column: str, findings: Findings) -> np.ndarray:
        """Return a column's days, as ``datetime64[ns]``; NaT where a row has none."""
        read = self._read(column, partial(day, date_1904=self.sheet.date_1904), findings)
        return np.array(read, dtype="datetime64[D]").astype("datetime64[ns]")

    def flags(self, column: str, findings: Findings) -> np.ndarray:
        """Return a column's truth values; blank is false."""

        def flag(cell: Cell) -> Reading[bool]:
            word = fold(text(cell))
            if word in _TRUE or word in _FALSE:
                return Reading(word in _TRUE)
            return Reading(problem="not_a_number")

        return np.array([bool(value) for value in self._read(column, flag, findings)])

    def texts(self, column: str) -> list[str]:
        """Return a column's texts; empty where a row has none, or an Excel error."""
        known: dict[Hashable, str] = {}
        found = []
        for cell in self.cells(column):
            key = (type(cell), cell)
            if key not in known:
                known[key] = clean(text(cell))
            found.append(known[key])
        return found

    def _read(
        self, column: str, read: Callable[[Cell], Reading[T]], findings: Findings
    ) -> list[T | None]:
        known: dict[Hashable, Reading[T]] = {}
        found: list[T | None] = []
        for row, cell in enumerate(self.cells(column)):
            # Dates and codes stand there again and again.
            key = (type(cell), cell)
            reading = known.get(key)
            if reading is None:
                reading = known[key] = read(cell)
            if reading.problem:
                findings.refused_cell(reading.problem, self.sheet, *self.place(row, column))
            elif reading.coercion:
                findings.coercion(reading.coercion, self.sheet, *self.place(row, column))
            found.append(reading.value)
        return found


def read_records(sheet: Sheet, one: Input, findings: Findings) -> Records | None:
    """Take a sheet of records apart.

    Parameters
    ----------
    sheet
        Above the header may stand anything; a label 来源 in column A says where the data come from.
    one
        Its entity and fields name the columns, and a date where it is ``long``. The header is the
        row that names the entity (and a date) and most else; columns of no field are left out
        with a notice.
    findings
        Takes problems: ``missing_header``, ``missing_field``, ``duplicate_column``.

    Returns
    -------
    Records or None
        None where there is no header.
    """
    words = _words(one)
    needed = {one.entity} | ({DATE} if one.form == "long" else set())
    heads: dict[int, list[str | None]] = {}
    for row in range(min(HEADER_WITHIN, len(sheet.rows))):
        roles = [_role(cell, words) for cell in sheet.rows[row]]
        if needed <= set(roles):
            heads[row] = roles
    if heads:
        # Names may stand there in both languages; the row that says most counts, of equal ones
        # the last.
        best = max(heads, key=lambda row: (len(set(heads[row])), row))
        return _taken(sheet, one, best, heads[best], findings)
    named = [one.entity] if one.form == "list" else ["date", one.entity]
    said = "、".join(f"{'/'.join(names_of_field(name)[:2])}" for name in named)
    findings.problem(
        "missing_header",
        f"{sheet.name} 没有表头行：需要 {said} 等列名在同一行。",
        f"{sheet.name} has no header row: it needs the columns {said.replace('、', ', ')} in one "
        "row.",
        *(0, 0),
    )
    return None


def _role(cell: Cell, words: Mapping[str, str]) -> str | None:
    """Return what a header cell names, whatever unit stands behind it in brackets."""
    if not isinstance(cell, str):
        return None
    shown = fold(cell)
    return words.get(shown) or words.get(_BRACKETED.sub("", shown))


def _words(one: Input) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in (one.entity, *(name for name, _ in one.columns)):
        for word in names_of_field(field):
            found.setdefault(fold(word), field)
    own = ((RELEASE, RELEASE_WORDS), (ESTIMATED, ESTIMATED_WORDS))
    for role, words in (((DATE, DATE_WORDS),) if one.form == "long" else ()) + own:
        for word in words:
            found.setdefault(fold(word), role)
    return found


def _taken(
    sheet: Sheet, one: Input, header: int, roles: Sequence[str | None], findings: Findings
) -> Records:
    columns: dict[str, int] = {}
    unknown: list[str] = []
    for place, role in enumerate(roles):
        shown = clean(text(sheet.cell(header, place)))
        if role is None and shown and one.open:
            role = shown
        if role is None:
            unknown += [f"{address(header, place)} {shown[:40]}"] if shown else []
        elif role in columns:
            findings.problem(
                "duplicate_column",
                f"与 {address(header, columns[role])} 是同一栏，请删去其中一栏。",
                f"This column and {address(header, columns[role])} are the same; delete one.",
                *(header, place),
            )
        else:
            columns[role] = place
    _refuse_absent(sheet, one, header, columns, findings)
    if unknown:
        near = nearest(unknown[0].partition(" ")[2], [name for name, _ in one.columns])
        findings.notice(
            "unknown_columns",
            f"{sheet.name} 有 {len(unknown)} 列不是 {one.id} 的内容，未使用：{listed(unknown)}"
            f"{'（是否为 ' + near[0] + '）' if near else ''}。",
            f"{sheet.name}: {len(unknown)} columns are none of {one.id} and were not used: "
            f"{listed(unknown)}{' (' + near[0] + '?)' if near else ''}.",
        )
    used = sorted(columns.values())
    rows = [
        number
        for number in range(header + 1, len(sheet.rows))
        if _is_record([sheet.cell(number, place) for place in used])
    ]
    cells = list(zip_longest(*(sheet.rows[number] for number in rows)))
    return Records(sheet, header, columns, tuple(rows), _source(sheet, header), cells)


def _refuse_absent(
    sheet: Sheet, one: Input, header: int, columns: Mapping[str, int], findings: Findings
) -> None:
    for field, needed in one.columns:
        if needed and field not in columns:
            shown = "/".join(names_of_field(field)[:2])
            findings.problem(
                "missing_field",
                f"{sheet.name} 缺少 {shown} 一栏。",
                f"{sheet.name} lacks the column {shown}.",
                *(header, 0),
            )


def _is_record(cells: Sequence[Cell]) -> bool:
    """Whether a row holds more than a note: a text alone below the records is for readers."""
    filled = [cell for cell in cells if cell is not None and cell != ""]
    return len(filled) > 1 or any(not isinstance(cell, str) for cell in filled)


def _source(sheet: Sheet, header: int) -> str:
    """Return what the rows above the header say of where the data come from."""
    said = [
        clean(text(cell))
        for row in sheet.rows[:header]
        if row and fold(text(row[0])) in _SOURCES
        for cell in row[1:]
    ]
    return "；".join(filter(None, said))
