"""The columns of dates of a sheet: by type, as text read together, or as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from prosperity_excel.exports.date_forms import read_label
from prosperity_excel.exports.date_labels import (
    FIRST_YEAR,
    LAST_YEAR,
    ColumnDates,
    is_year,
    read_dates,
)
from prosperity_excel.exports.header_words import (
    MONTH_WORDS,
    YEAR_WORDS,
    empty,
    is_date_word,
    label_of,
)
from prosperity_excel.sheets.cells import Cell, day
from prosperity_excel.sheets.cells import text as cell_text
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.words.book_words import fold

#: Texts of a column that are looked at before all are, and the share that must be labels of time.
_SAMPLE, _ENOUGH = 24, 0.3
#: Columns from the left in which numbers may be dates without a header that says so.
_LEFTMOST = 3
_HEADER_ROWS = 40


@dataclass(frozen=True)
class DateColumn:
    """A column of dates: its number, the rows of the first and the last date, and the dates.

    ``years`` is the column beside it that says the year of its months; else None.
    """

    column: int
    first: int
    last: int
    dates: ColumnDates
    years: int | None = None


def date_columns(sheet: Sheet) -> tuple[DateColumn, ...]:
    """Return the columns of dates, from left to right."""
    cells = _texts_and_dates(sheet)
    found: list[DateColumn] = []
    for column, own in enumerate(cells):
        made = _by_labels(sheet, column, own) or _with_years_beside(sheet, column)
        made = made or _numbered(sheet, column)
        if made is not None:
            found.append(made)
    beside = {d.years for d in found} - {None}
    found = [d for d in found if d.column not in beside]
    return tuple(found) or _single(sheet, cells)


def _texts_and_dates(sheet: Sheet) -> list[dict[int, Cell]]:
    """Return the cells that are no numbers, by column and row."""
    found: list[dict[int, Cell]] = [{} for _ in range(sheet.width)]
    for number, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if cell is not None and isinstance(cell, str | date):
                found[column][number] = cell
    return found


def _by_labels(sheet: Sheet, column: int, cells: Mapping[int, Cell]) -> DateColumn | None:
    if len(cells) < 2 or not _is_promising(list(cells.values())):
        return None
    dates = read_dates(_with_headings(sheet, column, cells))
    if not dates.days and not any(map(_is_order, dates.undecided.values())):
        return None
    rows = sorted({*dates.days, *dates.undecided})
    return _column(sheet, column, rows, dates)


def _is_order(doubt: tuple[str, str]) -> bool:
    return "/" in doubt[1]


def _column(
    sheet: Sheet, column: int, rows: Sequence[int], dates: ColumnDates, years: int | None = None
) -> DateColumn | None:
    """Return a column whose filled cells between its first and last date are mostly dates."""
    if len(rows) < 2:
        return None
    filled = sum(sheet.cell(r, column) is not None for r in range(rows[0], rows[-1] + 1))
    if len(rows) + len(dates.headings) < 0.6 * filled:
        return None
    return DateColumn(column, rows[0], rows[-1], dates, years)


def _is_promising(cells: Sequence[Cell]) -> bool:
    sample = cells[:: max(1, len(cells) // _SAMPLE)]
    hits = sum(
        isinstance(c, date | datetime) or (isinstance(c, str) and read_label(c) is not None)
        for c in sample
    )
    return hits >= max(1, _ENOUGH * len(sample))


def _with_headings(sheet: Sheet, column: int, cells: Mapping[int, Cell]) -> Mapping[int, Cell]:
    """Add the numbers that may be years over months without one, such as 2018 over 1月."""
    if any(isinstance(c, date) for c in cells.values()):
        return cells
    rows = range(min(cells) - 1, max(cells) + 1)
    years = {r: c for r in rows if isinstance(c := sheet.cell(r, column), int | float)
             and not isinstance(c, bool) and is_year(c)}  # fmt: skip
    return dict(sorted({**years, **cells}.items())) if years else cells


def _with_years_beside(sheet: Sheet, column: int) -> DateColumn | None:
    """Return a column of months whose years stand in the column to its left, merged or not."""
    if not column:
        return None
    if not any(_year(row[column - 1]) for row in sheet.rows[:_HEADER_ROWS] if column <= len(row)):
        return None
    heads = [fold(cell_text(sheet.cell(r, column))) for r in range(min(10, len(sheet.rows)))]
    cells = {r: row[column] for r, row in enumerate(sheet.rows) if column < len(row)
             and not empty(row[column])}  # fmt: skip
    numbers = any(h in MONTH_WORDS for h in heads)
    months = [r for r, c in cells.items() if _is_month(c, numbers)]
    if len(months) < 2:
        return None
    years: dict[int, int] = {}
    year = 0
    for row in range(months[-1] + 1):
        year = _year(sheet.cell(row, column - 1)) or year
        if year and row in cells:
            years[row] = year
    if not any(_year(sheet.cell(r, column - 1)) for r in range(months[0], months[-1] + 1)):
        return None
    dates = read_dates({r: cells[r] for r in months}, years)
    return _column(sheet, column, sorted(dates.days), dates, column - 1)


def _is_month(cell: Cell, numbers: bool) -> bool:
    if isinstance(cell, str):
        label = read_label(cell)
        plain = numbers and cell.strip().isdigit() and 1 <= int(cell) <= 12
        return plain or (label is not None and label.month > 0 and label.day is None)
    return numbers and isinstance(cell, int | float) and 1 <= cell <= 12 and cell == int(cell)


def _year(cell: Cell) -> int:
    if isinstance(cell, int | float):
        return int(cell) if is_year(cell) else 0
    label = read_label(cell) if isinstance(cell, str) else None
    return label.year if label is not None and not label.month and not label.numbers else 0


def _headed(sheet: Sheet, column: int) -> bool:
    """Whether a word for dates stands above a column's first number."""
    for row in sheet.rows[:_HEADER_ROWS]:
        cell = row[column] if column < len(row) else None
        word = isinstance(cell, str) and fold(cell) in YEAR_WORDS | MONTH_WORDS
        if word or is_date_word(cell) or label_of(cell) is not None:
            return True
        if isinstance(cell, int | float):
            return False
    return False


def _numbered(sheet: Sheet, column: int) -> DateColumn | None:
    """Return a column whose numbers are all days: 20200331, 202003, 2020.03 or serials.

    Serials must be in order and headed as dates, or stand leftmost; months in order, or headed.
    """
    cells = {r: row[column] for r, row in enumerate(sheet.rows) if column < len(row)
             and row[column] is not None}  # fmt: skip
    numbers = {r: c for r, c in cells.items() if type(c) in (int, float)}
    if len(numbers) < 2 or not any(map(_may_be_day, islice(numbers.values(), _SAMPLE))):
        return None
    first = min(numbers)
    if len(numbers) < 0.8 * sum(r >= first and not empty(c) for r, c in cells.items()):
        return None
    decimals = read_dates(numbers)
    if (decimals.days and set(decimals.kinds.values()) == {"month_number"}) or decimals.undecided:
        rows = sorted({*decimals.days, *decimals.undecided})
        return DateColumn(column, rows[0], rows[-1], decimals) if len(rows) > 1 else None
    read = {r: day(c, date_1904=sheet.date_1904) for r, c in numbers.items()}
    days = {r: x.value for r, x in read.items() if x.value is not None}
    if len(days) < 0.9 * len(numbers):
        return None
    known = list(days.values())
    forms = {read[r].coercion for r in days}
    in_order = known in (sorted(known), sorted(known, reverse=True))
    headed = column < _LEFTMOST or _headed(sheet, column)
    if "serial" in forms and not (in_order and headed):
        return None
    if forms - {"date_number"} and not (in_order or headed):
        return None
    kinds = {r: read[r].coercion for r in days}
    return DateColumn(column, min(numbers), max(numbers), ColumnDates(days, kinds))


def _may_be_day(cell: Cell) -> bool:
    """Whether a number is as large as days and months are written: 2018.01, 43131, 201801."""
    if not isinstance(cell, int | float):
        return False
    return FIRST_YEAR <= cell < LAST_YEAR + 1 or 18_000 < cell < 22_000_000


def _single(sheet: Sheet, cells: Sequence[Mapping[int, Cell]]) -> tuple[DateColumn, ...]:
    """Return columns of one date under a header word."""
    found = []
    for column, own in enumerate(cells):
        rows = {**own, **_numbers(sheet, column)}
        read = {r: _one(c, sheet.date_1904) for r, c in rows.items()}
        days = {r: d for r, d in read.items() if d is not None}
        if len(days) != 1:
            continue
        (row,) = days
        above = [sheet.cell(r, column) for r in range(row)]
        if any(map(is_date_word, above)) or (
            column < _LEFTMOST and any(label_of(c) for c in above)
        ):
            found.append(DateColumn(column, row, row, ColumnDates(days)))
    return tuple(found)


def _numbers(sheet: Sheet, column: int) -> dict[int, Cell]:
    if not _headed(sheet, column):
        return {}
    return {r: row[column] for r, row in enumerate(sheet.rows[:_HEADER_ROWS]) if column < len(row)
            and type(row[column]) in (int, float)}  # fmt: skip


def _one(cell: Cell, date_1904: bool) -> date | None:
    if isinstance(cell, str):
        label = read_label(cell)
        return None if label is None else label.day
    return day(cell, date_1904=date_1904).value
