"""An open workbook as Excel shows it now, in the form that the readers of files take.

Only what the protocol of hosts has is used, so nothing here needs Excel: any host will do.
"""

from __future__ import annotations

import marshal
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from prosperity.errors import BookError

from prosperity_excel.host.protocol import Book, Range
from prosperity_excel.host.protocol import Sheet as OpenSheet
from prosperity_excel.host.xlwings_com import (
    SheetBlocks,
    date_1904,
    full_name,
    local_file,
    raw_values,
)
from prosperity_excel.sheets.cells import Cell, ErrorCell, PercentCell
from prosperity_excel.sheets.workbook import Sheet, Workbook, column_index, refused
from prosperity_excel.sheets.workbook import address as cell_address
from prosperity_excel.sheets.xlsx_facts import MOST_CELLS
from prosperity_excel.words.book_words import SHEETS, fold

#: Ranges given to formulas that are kept as read.
KEPT_RANGES = 64
#: A range that is smaller is read whole, without a look at what is used of its sheet.
FEW_ROWS, FEW_COLUMNS = 20_000, 500
#: Rows and columns of a sheet.
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
#: The form of marshal that writes equal values equally, however they are shared.
PLAIN_MARSHAL = 2
_ADDRESS = re.compile(r"^([A-Z]{1,3})?(\d{1,7})?(?::([A-Z]{1,3})?(\d{1,7})?)?$")
_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")


class LiveBook:
    """An open workbook at one moment; each sheet's values are read once.

    Unsaved changes count. Error cells become :class:`ErrorCell`, and the numbers of ``data`` that
    are shown as percentages :class:`PercentCell`, as when the file is read.
    """

    def __init__(self, book: Book) -> None:
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
        return date_1904(self.book)

    def stamp(self, groups: Iterable[Iterable[str]]) -> tuple[tuple[str, str, bytes], ...]:
        """Return what differs when the values of the sheets do that ``groups`` of names call.

        Cheap: one block of raw values a sheet, without formats. That a cell is shown in another way
        makes no difference; Refresh reads that too.
        """
        found = [name for group in groups if (name := self.find(group)) is not None]
        return tuple((name, *_stamp(self.book.sheets[name].used_range)) for name in found)

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


@dataclass
class LiveRanges:
    """Ranges given to formulas, as sheets; one that has not changed is not read twice.

    A range is compared by its raw values, and formats are read only with new values. So many cells
    that are given the same range cost one reading.
    """

    _kept: OrderedDict[tuple[str, ...], tuple[bytes, Sheet, str]] = field(
        default_factory=OrderedDict
    )

    def sheet(self, cells: Range) -> tuple[Sheet, str]:
        """Return a range as a sheet that begins with its first cell.

        Behind it comes its :func:`digest`.

        Rows and columns beyond the used part of its sheet are left out, so a whole column may be
        given.

        Raises
        ------
        BookError
            ``several_areas`` for a range of several blocks; ``too_large``.
        """
        address = str(cells.get_address(external=True))
        place: tuple[str, ...] = (address,)
        if "!" not in address:  # an engine that does not say of which sheet a range is
            place = (full_name(cells.sheet.book), str(cells.sheet.name), address)
        sheet = cells.sheet
        blocks = SheetBlocks(sheet)
        inside = _in_use(blocks, address.rpartition("!")[2])
        now = b"" if inside is None else digest_raw(blocks.raw(inside))
        known = self._kept.get(place)
        if known is None or known[0] != now:
            read = _range_sheet(sheet, inside)
            known = self._kept[place] = now, read, digest(read)
        self._kept.move_to_end(place)
        while len(self._kept) > KEPT_RANGES:
            self._kept.popitem(last=False)
        return known[1:]

    def clear(self) -> None:
        """Forget all ranges, so that formats are read again too."""
        self._kept.clear()


def _range_sheet(sheet: OpenSheet, address: str | None) -> Sheet:
    """Return a block of cells, or no cells, as a sheet."""
    rows: list[list[Cell]] = []
    if address is not None:
        cells = sheet.range(address)
        rows = _read(cells)
        _mark_percents(cells, rows)
    return Sheet(str(sheet.book.name), str(sheet.name), rows)


def _in_use(blocks: SheetBlocks, address: str) -> str | None:
    """Return the address of the part of a range in the used part of its sheet; None for none."""
    top, left, bottom, right = _corners(address)
    if bottom - top >= FEW_ROWS or right - left >= FEW_COLUMNS:
        _, _, last_row, last_column = _corners(blocks.used_address())
        bottom, right = min(bottom, last_row), min(right, last_column)
    if bottom < top or right < left:
        return None
    return f"{cell_address(top - 1, left - 1)}:{cell_address(bottom - 1, right - 1)}"


def _corners(address: str) -> tuple[int, int, int, int]:
    """Return top, left, bottom and right of an address, from 1; whole rows and columns in full."""
    match = _ADDRESS.match(address.replace("$", ""))
    if match is None:
        raise BookError(
            "several_areas",
            f"参数 data 须是一个连续区域，不能是 {address}。",
            f"The argument data is one block of cells, not {address}.",
        )
    left, top, right, bottom = match.groups()
    if ":" not in address:
        right, bottom = left, top
    return (
        int(top or 1),
        column_index(left) + 1 if left else 1,
        int(bottom or MOST_ROWS),
        column_index(right) + 1 if right else MOST_COLUMNS,
    )


def digest_raw(values: Any) -> bytes:
    """Return a short text of bytes that differs when any of the raw values does."""
    try:
        packed = marshal.dumps(values, PLAIN_MARSHAL)
    except ValueError:  # dates, of hosts that have no plain numbers for them
        packed = repr(values).encode()
    return blake2b(packed, digest_size=16).digest()


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


def _stamp(cells: Range) -> tuple[str, bytes]:
    """Return where a block lies, and a digest of its raw values."""
    return str(cells.address), digest_raw(raw_values(cells))


def _read(cells: Range) -> list[list[Cell]]:
    height, width = cells.shape
    if height * width > MOST_CELLS:
        raise refused("too_large", f"{cells.sheet.book.name} / {cells.sheet.name}")
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


def _mark_percents(cells: Range, rows: list[list[Cell]]) -> None:
    """Mark the numbers that are shown as percentages."""
    for column in range(cells.shape[1]):
        if any(isinstance(row[column], float) for row in rows):
            _mark_column(cells, rows, column, 0, len(rows))


def _mark_column(cells: Range, rows: list[list[Cell]], column: int, first: int, end: int) -> None:
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
