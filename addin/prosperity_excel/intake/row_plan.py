"""Which cells of a book an import changes, and where rows for new months go."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from prosperity_excel.book.dated import DatedSheet
from prosperity_excel.ooxml.grid import Value
from prosperity_excel.ooxml.row_edits import SheetEdit
from prosperity_excel.series.monthly import last_day
from prosperity_excel.words.book_words import SheetId

if TYPE_CHECKING:
    from prosperity_excel.intake.items import Item
    from prosperity_excel.intake.targets import OpenBook

_Key = Callable[[date], date]


def sheet_edits(book: OpenBook, items: Sequence[Item]) -> dict[str, SheetEdit]:
    """Return the edits of ``data``, ``prices`` and ``releases``, by the book's own sheet names."""
    edits: dict[str, SheetEdit] = {}
    sheets: tuple[SheetId, ...] = ("data", "prices")
    for sheet in sheets:
        own = [i for i in items if i.target is not None and i.target.sheet == sheet]
        if not own:
            continue
        table = book.tables[sheet]
        values: dict[int, Mapping[date, Value]] = {}
        heads: dict[tuple[int, int], Value] = {}
        for item in own:
            if item.target is None:
                continue
            values[item.target.column] = {c.when: c.new for c in item.changes}
            heads |= _heads(table, item, item.target.column)
        key: _Key = last_day if sheet == "data" else _same
        edits[table.sheet.name] = _edit(table, values, key, heads)
    released = {
        book.releases[i.target.id]: i.releases
        for i in items
        if i.target is not None and i.releases and i.target.id in book.releases
    }
    if released:
        table = book.tables["releases"]
        edits[table.sheet.name] = _edit(table, released, last_day, {})
    return {name: edit for name, edit in edits.items() if edit.cells}


def _same(when: date) -> date:
    return when


def _heads(table: DatedSheet, item: Item, column: int) -> dict[tuple[int, int], Value]:
    """Return header cells to be written: a unit that changes, a source that is blank."""
    found: dict[tuple[int, int], Value] = {}
    unit, source = table.labels.get("unit"), table.labels.get("source")
    if item.unit and unit is not None:
        found[unit, column] = item.unit
    if source is not None and item.series.source and not table.header("source", column):
        found[source, column] = item.series.source
    return found


def _edit(
    table: DatedSheet,
    values: Mapping[int, Mapping[date, Value]],
    key: _Key,
    heads: Mapping[tuple[int, int], Value],
) -> SheetEdit:
    needed = sorted({when for column in values.values() for when in column})
    rows, inserted, fresh = lay_rows(table, needed, key)
    cells: dict[tuple[int, int], Value] = dict(heads)
    for when, row in fresh.items():
        cells[row, 0] = when
    for column, said in values.items():
        for when, value in said.items():
            cells[rows[when], column] = value
    return SheetEdit(cells, inserted, max(table.labels.values(), default=-1) + 1)


def lay_rows(
    table: DatedSheet, needed: Iterable[date], key: _Key
) -> tuple[dict[date, int], tuple[int, ...], dict[date, int]]:
    """Find a row for each date, in the order that the sheet has.

    Parameters
    ----------
    table
        The sheet.
    needed
        Dates, as ``key`` gives them.
    key
        Makes of a row's day what it stands for: its month's last day, or itself.

    Returns
    -------
    rows : dict
        Row of each needed date, in the numbering after insertion.
    inserted : tuple of int
        Rows in the old numbering in front of which one is inserted; see
        :class:`~prosperity_excel.ooxml.row_edits.SheetEdit`.
    fresh : dict
        The dates that get a new row, and that row.
    """
    there = {key(row.day): row.number for row in table.rows}
    new = sorted(set(needed) - set(there))
    descending = len(table.rows) > 1 and table.rows[0].number > table.rows[-1].number
    ordered = sorted(there, reverse=descending)
    top = max(table.labels.values(), default=-1) + 1
    bottom = max(there.values(), default=top - 1) + 1
    inserted: list[int] = []
    before: dict[date, int] = {}
    behind: list[date] = []
    ascending_keys = sorted(there)
    for when in sorted(new, reverse=descending):
        if descending:
            at = bisect_left(ascending_keys, when)
            following = ascending_keys[at - 1] if at else None
        else:
            at = bisect_right(ascending_keys, when)
            following = ascending_keys[at] if at < len(ordered) else None
        if following is None:
            behind.append(when)
        else:
            before[when] = _first_row(table, following, key)
            inserted.append(before[when])
    occupied = any(
        table.sheet.cell(r, c) is not None
        for r in range(bottom, bottom + len(behind))
        for c in range(table.sheet.width)
    )
    if occupied:
        for when in behind:
            before[when] = bottom
            inserted.append(bottom)
        behind = []
    inserted.sort()
    fresh: dict[date, int] = {}
    for place, when in enumerate(sorted(before, key=lambda w: _order(w, before[w], descending))):
        fresh[when] = before[when] + place
    for place, when in enumerate(behind):
        fresh[when] = bottom + len(inserted) + place
    moved = {w: n + bisect_right(inserted, n) for w, n in there.items()}
    return {**moved, **fresh}, tuple(inserted), fresh


def _first_row(table: DatedSheet, when: date, key: _Key) -> int:
    """Return the topmost row of a date; a month may have several."""
    return min(row.number for row in table.rows if key(row.day) == when)


def _order(when: date, row: int, descending: bool) -> tuple[int, int]:
    return row, -when.toordinal() if descending else when.toordinal()
