"""What can be seen on a sheet of an export: where its dates and labels stand, and whose it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from prosperity_excel.exports.blocks import Block, blocks_of
from prosperity_excel.exports.date_forms import read_label
from prosperity_excel.exports.header_words import (
    JIN10,
    VALUE_WORDS,
    HeaderLabel,
    empty,
    field_of,
    header_texts,
    ids_like,
    label_of,
)
from prosperity_excel.sheets.cells import Cell, day, text
from prosperity_excel.sheets.workbook import Sheet, address
from prosperity_excel.words.book_words import clean, fold

#: Marks of a vendor in a cell of its own.
_VENDOR_MARKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("wind", re.compile(r"^wind$|数据来源[:：]\s*wind", re.IGNORECASE)),
    ("ifind", re.compile(r"同花顺|ifind", re.IGNORECASE)),
    ("choice", re.compile(r"东方财富|choice数据", re.IGNORECASE)),
)
_HEADER_ROWS = 40
_LONGEST_MONTH = 20
#: Header labels in one row, or one column, that make a sheet a table of notes.
_NOTES = 3
#: Most of the cells of a table of notes that may be numbers.
_NUMBERS_IN_NOTES = 0.3
_NUMBER_LIKE = re.compile(r"^[-+(]?[\d.,]+[%*)]*$")
_NO_NOTES = frozenset({"date", "release", "number"})
_TIDY = re.compile(r"(_|^)(yoy|mom|ytd_value|value|level)$")


@dataclass(frozen=True)
class Features:
    """What a sheet shows.

    Attributes
    ----------
    sheet : Sheet
        Turned, when dates run across: then rows are the file's columns.
    turned : bool
    blocks : tuple of Block
        Each column of dates with the columns that it dates.
    seen : frozenset of str
        Names of the features; see :data:`prosperity_excel.exports.layouts.FEATURES`.
    """

    sheet: Sheet
    turned: bool
    blocks: tuple[Block, ...]
    seen: frozenset[str]

    def place(self, row: int, column: int) -> str:
        """Return the address in the file of a cell of the sheet as turned."""
        return address(column, row) if self.turned else address(row, column)


def look(sheet: Sheet) -> Features:
    """Look at a sheet."""
    if _is_notes(sheet):
        return Features(sheet, False, (), frozenset({"notes", *_vendors(sheet)}))
    upright = blocks_of(sheet)
    across = _turned(sheet)
    sideways = blocks_of(across) if across is not None else ()
    if across is not None and _days(sideways) > 2 * _days(upright):
        return Features(across, True, sideways, frozenset(_seen(across, sideways, turned=True)))
    if not upright:
        turned = _exchanged(sheet) if sheet.width * len(sheet.rows) < 1_000_000 else None
        if turned is not None and _is_notes(turned):
            return Features(turned, True, (), frozenset({"notes", "turned", *_vendors(sheet)}))
    return Features(sheet, False, upright, frozenset(_seen(sheet, upright, turned=False)))


def _days(blocks: Iterable[Block]) -> int:
    return max((b.dates.last - b.dates.first + 1 for b in blocks), default=0)


def _turned(sheet: Sheet) -> Sheet | None:
    """Return the sheet with rows and columns exchanged, when a row has several dates.

    A row that says when series were updated is none of that kind.
    """
    for row in sheet.rows[:_HEADER_ROWS]:
        labels = {label_of(cell) for cell in row[:3]} - {None}
        if labels and labels <= {"updated", "range"}:
            continue
        if _dates(row):
            return _exchanged(sheet)
    return None


def _is_label(cell: str) -> bool:
    label = read_label(cell) if any(c.isdigit() for c in cell) else None
    return label is not None and (label.day is not None or bool(label.numbers))


def _exchanged(sheet: Sheet) -> Sheet:
    width = sheet.width
    padded = (r + [None] * (width - len(r)) for r in sheet.rows)
    columns = [list(column) for column in zip(*padded, strict=True)]
    return replace(sheet, rows=columns)


def notes_head(sheet: Sheet) -> int:
    """Return the row, of the first ten, with most header labels."""
    rows = range(min(10, len(sheet.rows)))
    return max(rows, key=lambda r: len(_row_labels(sheet, r)), default=0)


def _row_labels(sheet: Sheet, row: int) -> set[HeaderLabel]:
    labels = {label_of(cell) for cell in sheet.rows[row]}
    return {label for label in labels if label is not None} - _NO_NOTES


def _is_notes(sheet: Sheet) -> bool:
    """Whether a sheet is a table of notes: rows on series, whatever dates stand among them.

    A long table has such columns too, and one of values.
    """
    if not sheet.rows:
        return False
    head = notes_head(sheet)
    found = _row_labels(sheet, head)
    words = {fold(text(cell)) for cell in sheet.rows[head]}
    if len(found) < _NOTES or not found & {"name", "source_id"} or words & VALUE_WORDS:
        return False
    if any(field_of(cell) for cell in sheet.rows[head]) or _dates(sheet.rows[head]):
        return False
    below = [c for row in sheet.rows[head + 1 :] for c in row if not empty(c)]
    return sum(map(_is_number, below)) <= _NUMBERS_IN_NOTES * len(below)


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, float | int) or (
        isinstance(cell, str) and bool(_NUMBER_LIKE.match(clean(cell)))
    )


def _dates(row: Sequence[Cell]) -> bool:
    """Whether several cells of a row are dates, as in a turned sheet of data."""
    if sum(map(_is_dated, row)) >= 3:
        return True
    # Months whose year stands with the first of them only.
    labels = [read_label(c) for c in row if isinstance(c, str) and len(c) < _LONGEST_MONTH]
    months = [label for label in labels if label is not None and label.month]
    return len(months) >= 3 and any(label.day is not None for label in months)


def _is_dated(cell: Cell) -> bool:
    if isinstance(cell, int | float):
        return cell > 190_000 and day(cell).coercion in ("date_number", "month_number")
    return isinstance(cell, date) or (isinstance(cell, str) and _is_label(cell))


# -- features ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _View:
    """The first block's header, as the features are told by it."""

    blocks: tuple[Block, ...]
    turned: bool
    left: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]
    last: tuple[str, ...]
    corner: str
    days: tuple[date, ...]
    first_date: str


#: Features of a sheet with dates: name, and whether it is seen.
_FEATURES: tuple[tuple[str, Callable[[_View], bool]], ...] = (
    ("dates", lambda v: True),
    ("turned", lambda v: v.turned),
    ("release_column", lambda v: any(b.release is not None for b in v.blocks)),
    ("several_date_columns", lambda v: len(v.blocks) > 1),
    ("ids", lambda v: any(map(ids_like, v.rows))),
    ("quote_fields", lambda v: any(len({field_of(w) for w in row} - {""}) > 1 for row in v.rows)),
    ("one_header_row", lambda v: len(v.rows) == 1 and any(v.rows[0])),
    ("jin10", lambda v: set(v.last) >= JIN10),
    ("value_column", lambda v: bool(VALUE_WORDS & set(v.last))),
    ("name_column", lambda v: bool(VALUE_WORDS & set(v.last))
        and bool({"name", "source_id"} & {label_of(w) for w in v.last})),
    ("corner:latin", lambda v: v.corner in ("date", "month")),
    ("corner:chinese", lambda v: v.corner in ("日期", "月份", "季度", "统计时间")),
    ("first_of_month", lambda v: len(v.days) > 2 and all(d.day == 1 for d in v.days)),
    ("ascending", lambda v: len(v.days) > 1 and v.days[-1] >= v.days[0]),
    ("descending", lambda v: len(v.days) > 1 and v.days[-1] < v.days[0]),
    ("text_dates", lambda v: bool(v.first_date)),
    ("month_words", lambda v: bool(re.search("月份|季度", v.first_date))),
    ("running_number", lambda v: any(label_of(w) == "number" for row in v.left for w in row)),
    ("tidy_words", lambda v: any(_TIDY.search(w) for row in v.rows for w in row)),
)  # fmt: skip


def _seen(sheet: Sheet, blocks: tuple[Block, ...], *, turned: bool) -> set[str]:
    seen = _vendors(sheet)
    if not blocks:
        return seen
    first = blocks[0]
    head, start = first.dates.first, first.dates.column + 1
    rows = tuple(tuple(header_texts(sheet, r, start)) for r in range(head))
    days = first.dates.dates.days
    cell = sheet.cell(head, first.dates.column)
    view = _View(
        blocks, turned,
        left=tuple(tuple(header_texts(sheet, r, 0, start - 1)) for r in range(head)),
        rows=rows,
        last=tuple(fold(w) for w in header_texts(sheet, head - 1, 0)) if head else (),
        corner=fold(text(sheet.cell(head - 1, first.dates.column))) if head else "",
        days=tuple(days[r] for r in days if first.dates.first <= r <= first.dates.last),
        first_date=cell if isinstance(cell, str) else "",
    )  # fmt: skip
    seen |= {f"label:{label}" for label in first.labels}
    seen |= {f"ids:{vendor}" for row in rows if (vendor := ids_like(row))}
    return seen | {name for name, shows in _FEATURES if shows(view)}


def _vendors(sheet: Sheet) -> set[str]:
    """Return the vendors that a cell at the top or the bottom names."""
    ends = [*sheet.rows[:5], *sheet.rows[-8:]]
    said = [c for row in ends for c in row[:3] if isinstance(c, str) and len(c) < 60]
    return {f"mark:{v}" for v, form in _VENDOR_MARKS if any(form.search(clean(c)) for c in said)}
