"""Cells of an open workbook changed as an import plans them: those cells only, all or nothing.

Excel moves formulas, merged cells, filters and charts itself when rows are inserted, as it does
when a person inserts them; so sheets that a closed file's writer must refuse can be filled here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from prosperity_excel.book.dated import DatedSheet
from prosperity_excel.host.patience import patiently
from prosperity_excel.host.protocol import Book, Range, Sheet
from prosperity_excel.host.steps import Step, record, take_back
from prosperity_excel.host.write_blocks import (
    TEXT_FORMAT,
    cannot_write,
    not_put_back,
    plain,
    refuse_read_only,
    snapshot,
)
from prosperity_excel.ooxml.grid import Value
from prosperity_excel.ooxml.row_edits import SheetEdit, has_formula
from prosperity_excel.sheets.cells import Cell, ErrorCell, PercentCell
from prosperity_excel.sheets.workbook import address
from prosperity_excel.words.pair import Pair

_Undo = list[Step]


@dataclass(frozen=True)
class Block:
    """Values that are written at once: place of the first, from 0, and rows of equal length."""

    row: int
    column: int
    rows: tuple[tuple[Value, ...], ...]


def write_edits(
    book: Book, edits: Mapping[str, SheetEdit], tables: Mapping[str, DatedSheet]
) -> list[Pair]:
    """Change cells of an open workbook, or none: what was written is put back on a failure.

    Parameters
    ----------
    book
        An open workbook.
    edits
        By sheet, as the book names it.
    tables
        Those sheets as they were read when the edits were planned.

    Returns
    -------
    list of pair of str
        What the user should look at afterwards, in Chinese and English.

    Raises
    ------
    BookError
        ``book_read_only``; ``has_formula`` before anything is done; ``cannot_write_sheet``, for
        instance because a sheet is protected, with the workbook as it was; ``not_put_back``.
    ExcelBusyError
        When Excel does not answer; the workbook is then as it was.
    """
    refuse_read_only(book)
    formulas = {name: _formulas(book, name) for name in edits}
    for name, edit in edits.items():
        _refuse_formulas(name, edit, formulas[name])
    undo: _Undo = []
    name = ""
    try:
        # While cells are marked for copying Excel inserts those in place of blank rows.
        patiently(lambda: setattr(book.app, "cut_copy_mode", False))
        for name, edit in edits.items():
            _write(book.sheets[name], edit, tables[name], undo)
        if any(formulas.values()):
            # What formulas make of the new values is read, and kept, right afterwards.
            patiently(book.app.calculate)
    except Exception as error:
        try:
            for step in reversed(undo):
                take_back(book, step)
        except Exception as again:
            raise not_put_back(book, name, again) from error
        if isinstance(error, TimeoutError):
            raise
        raise cannot_write(book, name, error) from error
    record(*undo)
    return [
        said
        for name, edit in edits.items()
        if (said := _inserted_among(name, edit, tables[name], formulas[name])) is not None
    ]


def blocks(cells: Mapping[tuple[int, int], Value]) -> list[Block]:
    """Return cells as few blocks: runs down a column, and equal runs of neighbouring columns."""
    columns: dict[int, list[int]] = {}
    for row, column in sorted(cells):
        columns.setdefault(column, []).append(row)
    runs = [
        (rows[0], rows[-1], column)
        for column, found in columns.items()
        # Rows that follow each other keep their distance to their place in the list.
        for _, group in groupby(enumerate(found), key=lambda pair: pair[1] - pair[0])
        if (rows := [row for _, row in group])
    ]
    made = []
    for _, same in groupby(sorted(runs), key=lambda run: run[:2]):
        for _, group in groupby(enumerate(same), key=lambda pair: pair[1][2] - pair[0]):
            side = [run for _, run in group]
            first, last, left = side[0]
            right = side[-1][2]
            made.append(
                Block(
                    first,
                    left,
                    tuple(
                        tuple(cells[row, column] for column in range(left, right + 1))
                        for row in range(first, last + 1)
                    ),
                )
            )
    return made


def _formulas(book: Book, name: str) -> frozenset[tuple[int, int]]:
    """Return where a sheet holds formulas, by row and column from 0."""
    return frozenset(
        (r, c)
        for r, row in enumerate(patiently(lambda: snapshot(book.sheets[name])))
        for c, cell in enumerate(row)
        if isinstance(cell, str) and cell.startswith("=")
    )


def _refuse_formulas(name: str, edit: SheetEdit, formulas: frozenset[tuple[int, int]]) -> None:
    places = _places(edit.inserted)
    for row, column in sorted(edit.cells):
        old = _before(row, places)
        if old is not None and (old, column) in formulas:
            raise has_formula(name, old, column)


def _places(inserted: Sequence[int]) -> list[int]:
    """Return the numbers that inserted rows have afterwards."""
    return [at + n for n, at in enumerate(sorted(inserted))]


def _before(row: int, places: Sequence[int]) -> int | None:
    """Return a row's number before rows were inserted; None for an inserted row."""
    above = bisect_right(places, row)
    return None if above and places[above - 1] == row else row - above


def _write(sheet: Sheet, edit: SheetEdit, table: DatedSheet, undo: _Undo) -> None:
    for at, count in _groups(edit.inserted):
        _insert(sheet, at, count, edit.head, undo)
    _format_appended(sheet, edit, table, undo)
    places = _places(edit.inserted)
    for block in blocks(edit.cells):
        _put(sheet, block, table, places, undo)


def _groups(inserted: Sequence[int]) -> list[tuple[int, int]]:
    """Return where how many rows are inserted, the lowest first, so that places above stay."""
    found = [(at, len(list(same))) for at, same in groupby(sorted(inserted))]
    return found[::-1]


def _insert(sheet: Sheet, at: int, count: int, head: int, undo: _Undo) -> None:
    """Insert rows with the look of the row above, or below where the header is above."""
    rows = f"{at + 1}:{at + count}"
    look = "format_from_right_or_below" if at <= head else "format_from_left_or_above"
    patiently(lambda: sheet.range(rows).insert("down", copy_origin=look))
    undo.append(Step("delete_rows", str(sheet.name), rows))


def _format_appended(sheet: Sheet, edit: SheetEdit, table: DatedSheet, undo: _Undo) -> None:
    """Give cells below the last dated row the number formats that this row has."""
    if not table.rows:
        return
    last = max(row.number for row in table.rows)
    last += sum(at <= last for at in edit.inserted)
    below = [place for place in edit.cells if place[0] > last]
    for column in sorted({column for _, column in below}):
        rows = [row for row, c in below if c == column]
        model = sheet.range((last + 1, column + 1))
        part = sheet.range((min(rows) + 1, column + 1), (max(rows) + 1, column + 1))
        _format(part, patiently(lambda model=model: model.number_format), undo)  # type: ignore[misc]


def _format(part: Range, wanted: str, undo: _Undo) -> None:
    shown = patiently(lambda: part.number_format)
    # Cells of several formats are left as they are: somebody chose these.
    if shown not in (None, wanted):
        undo.append(Step("format", str(part.sheet.name), str(part.address), shown))
        patiently(lambda: setattr(part, "number_format", wanted))


def _put(sheet: Sheet, block: Block, table: DatedSheet, places: Sequence[int], undo: _Undo) -> None:
    width = len(block.rows[0])
    part = sheet.range(
        (block.row + 1, block.column + 1), (block.row + len(block.rows), block.column + width)
    )
    _leave_text(part, block, undo)
    before = [
        [_typed(_cell(table, row, block.column + n)) for n in range(width)]
        for row in (_before(block.row + n, places) for n in range(len(block.rows)))
    ]
    # Undone even when the writing itself fails: Excel may have come half the way.
    undo.append(Step("value", str(sheet.name), str(part.address), before))
    values = [[plain(value) for value in row] for row in block.rows]
    patiently(lambda: setattr(part, "value", values))


def _leave_text(part: Range, block: Block, undo: _Undo) -> None:
    """Take the text format off cells that get numbers, which would become texts there."""
    shown = patiently(lambda: part.number_format)
    if shown not in (None, TEXT_FORMAT):
        return
    for n, column in enumerate(zip(*block.rows, strict=True)):
        if not any(isinstance(value, str) for value in column):
            cells = part[:, n]
            if patiently(lambda cells=cells: cells.number_format) == TEXT_FORMAT:  # type: ignore[misc]
                _format(cells, "General", undo)


def _cell(table: DatedSheet, row: int | None, column: int) -> Cell:
    return None if row is None else table.sheet.cell(row, column)


def _typed(cell: Cell) -> Any:
    """Return what has to be written so that a cell holds again what it held."""
    if isinstance(cell, ErrorCell):
        return cell.text
    if isinstance(cell, PercentCell):
        return cell.value
    return f"'{cell}" if isinstance(cell, str) else cell


def _inserted_among(
    name: str, edit: SheetEdit, table: DatedSheet, formulas: frozenset[tuple[int, int]]
) -> Pair | None:
    """Say that inserted rows lack the formulas that other rows of the data have."""
    dated = {row.number for row in table.rows}
    columns = sorted({column for row, column in formulas if row in dated})
    if not edit.inserted or not columns:
        return None
    letters = [address(0, column)[:-1] for column in columns]
    count = len(edit.inserted)
    return (
        f"{name} 表插入了 {count} 行，{'、'.join(letters)} 列的公式没有填入这些行；请补上并检查。",
        f"{count} rows were inserted into the sheet {name}; the formulas of the columns "
        f"{', '.join(letters)} do not stand in them yet: fill them in and look at them.",
    )
