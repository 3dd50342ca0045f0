"""Sheets whose column A holds labels, then dates: ``data``, ``releases`` and ``prices``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from itertools import pairwise, zip_longest
from types import NoneType
from typing import NamedTuple, TypeVar

import numpy as np
from prosperity.calendar import month_ends
from prosperity.errors import BookError

from prosperity_excel.sheets.cells import Cell, Reading, day, number, text
from prosperity_excel.sheets.findings import Findings, listed
from prosperity_excel.sheets.workbook import Sheet, address
from prosperity_excel.words.book_words import LABELS, Label, clean, fold, lookup

T = TypeVar("T")
_LABEL_OF: Mapping[str, Label] = lookup(LABELS)  # type: ignore[arg-type,assignment]
#: Label rows of which one must name a column.
NAMING: tuple[Label, ...] = ("id", "source_id", "name_zh", "name_en")


class Row(NamedTuple):
    """A dated row: its number from 0, and its day."""

    number: int
    day: date


@dataclass(frozen=True)
class DatedSheet:
    """A sheet with dated rows, taken apart.

    Attributes
    ----------
    sheet : Sheet
    labels : mapping of str to int
        Header rows by label.
    columns : tuple of int
        Columns that a header row names.
    rows : tuple of Row
        Ascending by day, each day once.
    """

    sheet: Sheet
    labels: Mapping[Label, int]
    columns: tuple[int, ...]
    rows: tuple[Row, ...]

    def header(self, label: Label, column: int) -> str:
        """Return the text of a header cell; empty when there is no such row."""
        row = self.labels.get(label)
        return "" if row is None else clean(text(self.sheet.cell(row, column)))

    @cached_property
    def days(self) -> np.ndarray:
        """The rows' days, as ``datetime64[D]``."""
        since = date(1970, 1, 1).toordinal()
        ordinals = [row.day.toordinal() for row in self.rows]
        return (np.array(ordinals, dtype=np.int64) - since).astype("datetime64[D]")

    @cached_property
    def months(self) -> np.ndarray:
        """The last day of each row's month, as ``datetime64[ns]``."""
        return month_ends(self.days)

    @cached_property
    def _cells(self) -> list[tuple[Cell, ...]]:
        """The cells of the dated rows, by column."""
        return list(zip_longest(*(self.sheet.rows[row.number] for row in self.rows)))

    def _column(self, column: int) -> tuple[Cell, ...]:
        return self._cells[column] if column < len(self._cells) else (None,) * len(self.rows)

    def numbers(self, column: int, findings: Findings, *, unit: str = "") -> np.ndarray:
        """Return a column's numbers by row, NaN where a row has none; see :meth:`read`."""
        cells = self._column(column)
        values = np.full(len(self.rows), np.nan)
        types = set(map(type, cells))
        if types == {NoneType}:
            return values
        if types <= {float, NoneType}:
            # What nearly every column is, taken at once.
            plain = np.array(cells, dtype=float)
            blank = cells.count(None) if NoneType in types else 0
            if np.isfinite(plain).sum() == len(cells) - blank:
                return plain
        for place, value in self._read(column, partial(number, unit=unit), findings):
            values[place] = value
        return values

    def read(
        self, column: int, read: Callable[[Cell], Reading[T]], findings: Findings
    ) -> Iterator[tuple[Row, T]]:
        """Yield the rows of a column that hold a value, and report the other findings."""
        return ((self.rows[place], value) for place, value in self._read(column, read, findings))

    def _read(
        self, column: int, read: Callable[[Cell], Reading[T]], findings: Findings
    ) -> Iterator[tuple[int, T]]:
        for place, cell in enumerate(self._column(column)):
            if cell is None:
                continue
            reading, row = read(cell), self.rows[place].number
            if reading.problem:
                findings.refused_cell(reading.problem, self.sheet, row, column)
                continue
            if reading.coercion:
                findings.coercion(reading.coercion, self.sheet, row, column)
            if reading.value is not None:
                yield place, reading.value


def read_dated(sheet: Sheet, findings: Findings) -> DatedSheet:
    """Take a sheet apart into header, columns and dated rows.

    The header ends at the first row whose column A is a date. Rows may ascend, or all descend.
    Blank rows are passed over, and so are texts below the last date (``数据来源：...``). Problems
    go to ``findings``: a row with values and no date (``missing_date``) or with something in
    column A that is no date, a day that stands twice (``duplicate_month``), and rows that are
    not in order (``unsorted_months``).
    """
    dates = [day(row[0] if row else None, date_1904=sheet.date_1904) for row in sheet.rows]
    dated = [r for r, reading in enumerate(dates) if reading.value is not None]
    first, last = (dated[0], dated[-1]) if dated else (len(dates), len(dates))
    labels = _labels(sheet, first)
    columns = _columns(sheet, labels)
    rows, notes = [], []
    for at, reading in enumerate(dates):
        if reading.value is not None:
            rows.append(Row(at, reading.value))
            if reading.coercion:
                findings.coercion(reading.coercion, sheet, at, 0)
        elif at not in labels.values():
            notes += _undated(sheet, at, reading, columns, first < at < last, findings)
    below = [at for at in notes if at > last]
    if below:
        _say_skipped(sheet, below, findings)
    return DatedSheet(sheet, labels, columns, _ordered(sheet, rows, findings))


def _labels(sheet: Sheet, end: int) -> dict[Label, int]:
    found: dict[Label, int] = {}
    for row in range(min(end, len(sheet.rows))):
        label = _LABEL_OF.get(fold(text(sheet.cell(row, 0))))
        if label is not None:
            found.setdefault(label, row)
    return found


def _columns(sheet: Sheet, labels: Mapping[Label, int]) -> tuple[int, ...]:
    naming = [labels[label] for label in NAMING if label in labels]
    named = (c for c in range(1, sheet.width) if any(text(sheet.cell(r, c)) for r in naming))
    return tuple(named)


def _undated(
    sheet: Sheet,
    at: int,
    reading: Reading[date],
    columns: Iterable[int],
    between: bool,
    findings: Findings,
) -> list[int]:
    """Judge a row without a date: report a problem, or return its number when it is a note."""
    shown = clean(text(sheet.cell(at, 0)))
    figures = any(isinstance(sheet.cell(at, c), int | float) for c in columns)
    filled = figures or any(text(sheet.cell(at, c)) for c in columns)
    if not reading.problem:
        if figures or (between and filled):
            findings.problem(
                "missing_date",
                "这一行有数据而没有日期，请补上日期或删去该行。",
                "This row has values and no date; add the date or delete the row.",
                *(at, 0),
            )
        return []
    looks_like_date = (
        not shown or any(c.isdigit() for c in shown) or reading.problem != "not_a_date"
    )
    if between or (figures and looks_like_date):
        findings.refused_cell(reading.problem, sheet, at, 0)
        return []
    return [at]


def _say_skipped(sheet: Sheet, rows: list[int], findings: Findings) -> None:
    places = listed([address(row, 0) for row in rows])
    said = clean(text(sheet.cell(rows[0], 0)))[:40]
    findings.notice(
        "notes_skipped",
        f"{sheet.name} 末尾的 {len(rows)} 行说明文字已跳过（{places}：“{said}”）。",
        f"{sheet.name}: {len(rows)} lines of notes below the data were skipped "
        f'({places}: "{said}").',
        "note",
    )


def _ordered(sheet: Sheet, rows: list[Row], findings: Findings) -> tuple[Row, ...]:
    """Return the rows ascending; report days that stand twice and rows out of order."""
    seen: dict[date, Row] = {}
    for row in rows:
        earlier = seen.setdefault(row.day, row)
        if earlier is not row:
            place = address(earlier.number, 0)
            findings.problem(
                "duplicate_month",
                f"日期 {row.day} 与 {place} 重复，请删去其中一行。",
                f"The date {row.day} stands in {place} too; delete one of the rows.",
                *(row.number, 0),
            )
    unique = list(seen.values())
    if len(unique) < 2:
        return tuple(unique)
    descending = unique[-1].day < unique[0].day
    for before, after in pairwise(unique):
        if (after.day < before.day) != descending:
            findings.problem(
                "unsorted_months",
                f"日期 {after.day} 没有按先后排列（上一个是 {before.day}），请排序后再试。",
                f"The date {after.day} is out of order (after {before.day}); sort the rows.",
                *(after.number, 0),
            )
            break
    if descending:
        findings.notice(
            "descending",
            f"{sheet.name} 的日期从新到旧排列，已倒转读取。",
            f"The dates of {sheet.name} run from new to old; they were read in reverse.",
            "note",
        )
    return tuple(sorted(unique, key=lambda row: row.day))


def missing_header(sheet: Sheet) -> BookError:
    """Return the error for a sheet with dated rows of which no row names the columns."""
    return BookError(
        "missing_header",
        "A 列没有表头：需要 id 或 指标名称 这一行。请参照模板补上。",
        "Column A has no header: it needs a row id or 指标名称. See the template.",
        where=sheet.place(),
    )
