"""An open workbook as Excel shows it now, in the form that the readers of files take.

Only xlwings' own objects are used, so nothing here needs Excel: any engine of xlwings will do.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from prosperity.errors import BookError

from prosperity_excel.layout import SHEETS, fold
from prosperity_excel.reading.cells import Cell, ErrorCell, PercentCell
from prosperity_excel.reading.sheet_package import MOST_CELLS
from prosperity_excel.reading.sheets import Sheet, Workbook

_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")


class LiveBook:
    """An open workbook (``xlwings.Book``) at one moment; each sheet's values are read once.

    Unsaved changes count. Error cells become :class:`ErrorCell`, and the numbers of ``data`` that
    are shown as percentages :class:`PercentCell`, as when the file is read.
    """

    def __init__(self, book: Any) -> None:
        self.book = book
        self.name = str(book.name)
        self.names = tuple(str(sheet.name) for sheet in book.sheets)
        self._rows: dict[str, list[list[Cell]]] = {}

    def find(self, words: Iterable[str]) -> str | None:
        """Return the name of the first sheet that is called by one of ``words``."""
        by_folded = {fold(name): name for name in reversed(self.names)}
        return next((by_folded[fold(w)] for w in words if fold(w) in by_folded), None)

    def values(self, name: str) -> Sheet:
        """Return a sheet's values from A1 on, without a look at formats."""
        if name not in self._rows:
            used = self.book.sheets[name].used_range
            left: list[Cell] = [None] * (used.column - 1)
            above: list[list[Cell]] = [[] for _ in range(used.row - 1)]
            self._rows[name] = [*above, *([*left, *row] for row in _read(used))]
        return Sheet(self.name, name, self._rows[name], self.date_1904)

    @property
    def date_1904(self) -> bool:
        """Whether the workbook counts its days from 1904."""
        return bool(native(self.book, "Date1904", False))

    def workbook(self) -> Workbook:
        """Return the book as readers take it."""
        return Workbook(local_file(self.book) or Path(self.name), self.names, self._load)

    def _load(self, name: str) -> Sheet:
        sheet = self.values(name)
        if fold(name) not in map(fold, SHEETS["data"]):
            return sheet
        used = self.book.sheets[name].used_range
        rows = [list(row) for row in sheet.rows]
        inside = [row[used.column - 1 :] for row in rows[used.row - 1 :]]
        _mark_percents(used, inside)
        marked = [row[: used.column - 1] + inside[n] for n, row in enumerate(rows[used.row - 1 :])]
        return Sheet(sheet.book, name, [*rows[: used.row - 1], *marked], sheet.date_1904)


def range_sheet(cells: Any) -> Sheet:
    """Return a range (``xlwings.Range``) as a sheet that begins with its first cell.

    Rows and columns beyond the used part of its sheet are left out, so a whole column may be given.
    """
    used = cells.sheet.used_range
    last_row = min(cells.row + cells.shape[0], used.row + used.shape[0]) - 1
    last_column = min(cells.column + cells.shape[1], used.column + used.shape[1]) - 1
    book, sheet = str(cells.sheet.book.name), str(cells.sheet.name)
    if last_row < cells.row or last_column < cells.column:
        return Sheet(book, sheet, [])
    inside = cells.sheet.range((cells.row, cells.column), (last_row, last_column))
    rows = _read(inside)
    _mark_percents(inside, rows)
    return Sheet(book, sheet, rows)


def value_sheet(rows: Any) -> Sheet:
    """Return an array argument (rows of values) as a sheet; it has no formats to look at."""
    return Sheet("", "data", [[_cell(value) for value in row] for row in rows])


def with_sheet(workbook: Workbook, words: tuple[str, ...], sheet: Sheet) -> Workbook:
    """Return the workbook with ``sheet`` in the place of the one called by one of ``words``."""
    names = {fold(word) for word in words}
    rest = tuple(name for name in workbook.names if fold(name) not in names)
    taken = words[0]

    def load(name: str) -> Sheet:
        return sheet if name == taken else workbook.sheet(name)

    return Workbook(workbook.path, (taken, *rest), load, workbook.old_format)


def digest(*sheets: Sheet | None) -> str:
    """Return a short text that differs when any cell of the sheets differs."""
    content = blake2b(digest_size=16)
    for sheet in sheets:
        said = None if sheet is None else (sheet.book, sheet.name, sheet.date_1904, sheet.rows)
        content.update(repr(said).encode())
    return content.hexdigest()


def _read(cells: Any) -> list[list[Cell]]:
    height, width = cells.shape
    if height * width > MOST_CELLS:
        raise BookError(
            "too_large",
            "内容过大，超出可读范围；请删去数据区之外的行、列和格式后保存。",
            "There is too much to read; delete rows, columns and formats outside the data.",
            where=f"{cells.sheet.book.name} / {cells.sheet.name}",
        )
    values = cells.options(ndim=2, err_to_str=True).value
    return [[_cell(value) for value in row] for row in values]


def _cell(value: Any) -> Cell:
    if isinstance(value, str) and value in _ERRORS:
        return ErrorCell(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if value == "":
        return None
    return value  # type: ignore[no-any-return]


def _mark_percents(cells: Any, rows: list[list[Cell]]) -> None:
    """Mark the numbers that are shown as percentages."""
    for column in range(cells.shape[1]):
        if any(isinstance(row[column], float) for row in rows):
            _mark_column(cells, rows, column, 0, len(rows))


def _mark_column(cells: Any, rows: list[list[Cell]], column: int, first: int, end: int) -> None:
    """Look at the format of a part of a column, halving where formats differ."""
    shown = cells[first:end, column].number_format
    if shown is None and end - first > 1:
        middle = (first + end) // 2
        _mark_column(cells, rows, column, first, middle)
        _mark_column(cells, rows, column, middle, end)
    elif shown is not None and "%" in shown:
        for row in rows[first:end]:
            value = row[column]
            if isinstance(value, int | float) and not isinstance(value, bool):
                row[column] = PercentCell(float(value))


def full_name(book: Any) -> str:
    """Return the full name of an open workbook (``xlwings.Book``).

    For a book in OneDrive or SharePoint that is the web address by which Excel knows it; xlwings
    itself looks for the file on this machine then, and raises when it does not find it.
    """
    return str(native(book, "FullName", None) or book.fullname)


def local_file(book: Any) -> Path | None:
    """Return the file of an open workbook on this machine.

    None for a workbook that was never saved, and for one that Excel knows by a web address only.
    """
    path = Path(full_name(book))
    return path if path.is_absolute() and path.is_file() else None


def native(thing: Any, name: str, default: Any) -> Any:
    """Return a property of Excel's own object, where the engine has one."""
    try:
        return getattr(thing.api, name)
    except (AttributeError, NotImplementedError):
        return default


def read_only(book: Any) -> bool:
    """Whether Excel has the book open read-only."""
    return bool(native(book, "ReadOnly", False))
