"""A changed book read back before it takes the place of the old one, by readers that only read.

What was written has to be there, and all else has to be what it was: an edit that a reader does
not take is never kept.
"""

from __future__ import annotations

import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from math import isclose, isfinite
from pathlib import Path

from prosperity.errors import BookError

from prosperity_excel.files.child import read_guarded
from prosperity_excel.files.ordinary import (
    ORDINARY_CELLS,
    TooHardError,
    looks_ordinary,
    ordinary_reading,
)
from prosperity_excel.ooxml.cells_xml import serial
from prosperity_excel.ooxml.grid import Value
from prosperity_excel.ooxml.markup import kept_text
from prosperity_excel.sheets.cells import Cell, PercentCell
from prosperity_excel.sheets.workbook import Sheet, address, all_sheets, bare_rows, each_sheet

#: The book was read before, so that it takes long only where there is much in it.
SECONDS = 120.0
#: Sheets by name; the code of the error for one that cannot be read.
_Sheets = dict[str, Sheet | str]


@dataclass(frozen=True)
class Expected:
    """What a sheet must hold after an edit.

    Attributes
    ----------
    cells : mapping of (int, int) to value
        What was written, by row and column from 0.
    inserted : tuple of int
        Rows, in the numbering before, in front of which one was put.
    whole : bool
        Whether nothing else may be there. Else all other cells are what they were.
    rows : sequence of sequences of value
        All cells of a whole sheet, in place of ``cells``.
    """

    cells: Mapping[tuple[int, int], Value] = field(default_factory=dict)
    inserted: tuple[int, ...] = ()
    whole: bool = False
    rows: Sequence[Sequence[Value]] = ()


def check_readable(
    path: Path,
    new: bytes,
    expected: Mapping[str, Expected],
    renewed: frozenset[str] = frozenset(),
    *,
    others: bool = True,
) -> None:
    """Check that a changed book is what was meant, as a reader sees it.

    Parameters
    ----------
    path
        The book as it is.
    new
        What it is to become.
    expected
        What the sheets hold that were edited, by name. Other sheets must be what they were.
    renewed
        Sheets in which results of formulas may have changed besides.
    others
        Whether the other sheets are read and compared, too; without need where no part has changed
        but the sheets' own.

    Raises
    ------
    BookError
        ``not_read_back`` when it is not.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / path.name
            file.write_bytes(new)
            whole = {} if others else {n: one for n, one in expected.items() if one.rows}
            rest = {name: one for name, one in expected.items() if name not in whole}
            place = _first_difference(file, whole) if whole else ""
            if not place and (others or rest):
                before, after = _both(path, file, rest, others=others)
                place = _compared(before, after, rest, renewed)
    except OSError as error:
        raise _not_read_back(path, error.strerror or str(error)) from error
    if place:
        raise _not_read_back(path, place.removesuffix("!?"))


def _compared(
    before: _Sheets, after: _Sheets, expected: Mapping[str, Expected], renewed: frozenset[str]
) -> str:
    """Return the first place, with its sheet, that is not what was meant; empty for none."""
    for name in {**before, **after, **expected}:
        was, now = before.get(name), after.get(name)
        if name in expected:
            place = _difference(was, now, expected[name])
        elif name in renewed:
            place = "" if isinstance(was, Sheet) == isinstance(now, Sheet) else "?"
        else:
            place = "" if _rows(was) == _rows(now) else "?"
        if place:
            return f"{name}!{place}"
    return ""


def _first_difference(file: Path, expected: Mapping[str, Expected]) -> str:
    """Return as :func:`_compared`, of sheets that were written as a whole; one is held at a time.

    How much there is to read is known: it was just written.
    """
    cells = sum(len(one.rows) * len(one.rows[0]) for one in expected.values())
    if looks_ordinary(file):
        with suppress(TooHardError), ordinary_reading(cells + ORDINARY_CELLS):
            # Nearly always all is as it was written, and then nothing more has to be known of it.
            rows = bare_rows(file.read_bytes(), *expected)
            same = {name for name, found in rows if found == expected[name].rows}
            rest = {name: one for name, one in expected.items() if name not in same}
            return _walked(each_sheet(file, *rest), rest) if rest else ""
    return _walked(_sheets(file, *expected).items(), expected)


def _walked(sheets: Iterable[tuple[str, Sheet | str]], expected: Mapping[str, Expected]) -> str:
    left = set(expected)
    for name, sheet in sheets:
        left.discard(name)
        place = _difference(None, sheet, expected[name])
        if place:
            return f"{name}!{place}"
    return f"{min(left)}!?" if left else ""


def _both(
    path: Path, file: Path, expected: Mapping[str, Expected], *, others: bool
) -> tuple[_Sheets, _Sheets]:
    """Return the sheets of two books; only those that were edited where all are too much."""
    if others:
        try:
            return _sheets(path), _sheets(file)
        except BookError as error:
            if error.code not in ("too_large", "too_slow"):
                raise
    return _sheets(path, *expected), _sheets(file, *expected)


def _sheets(path: Path, *names: str) -> _Sheets:
    found: _Sheets = read_guarded(all_sheets, path, *names, seconds=SECONDS)
    return found


def _rows(sheet: Sheet | str | None) -> object:
    """Return what two readings of a sheet are compared by: its cells, else its error."""
    return sheet.rows if isinstance(sheet, Sheet) else sheet


def _difference(was: Sheet | str | None, now: Sheet | str | None, expected: Expected) -> str:
    """Return the first cell that is not what was meant; empty when there is none."""
    if not isinstance(now, Sheet):
        return "?"
    if expected.rows:
        return _other_row(now, expected.rows)
    for (row, column), value in expected.cells.items():
        cell = now.cell(row, column)
        # Most are simply equal, and there may be a million.
        if cell != value and not _same(cell, value, date_1904=now.date_1904):
            return address(row, column)
    filled = sum(len(cells) - cells.count(None) for cells in now.rows)
    if expected.whole and filled <= len(expected.cells):
        return ""
    old = was.rows if isinstance(was, Sheet) and not expected.whole else []
    inserted = sorted(expected.inserted)
    others: dict[tuple[int, int], Cell] = {}
    for number, cells in enumerate(old):
        moved = number + bisect_right(inserted, number)
        others.update(((moved, c), cell) for c, cell in enumerate(cells) if cell is not None)
    for number, cells in enumerate(now.rows):
        for column, cell in enumerate(cells):
            place = (number, column)
            if place not in expected.cells and others.pop(place, None) != cell:
                return address(*place)
    left = next((place for place in others if place not in expected.cells), None)
    return address(*left) if left is not None else ""


def _other_row(now: Sheet, rows: Sequence[Sequence[Value]]) -> str:
    """Return the first cell that differs from these rows; empty when there is none."""
    nothing: Sequence[Value] = ()
    for number in range(max(len(rows), len(now.rows))):
        wanted = rows[number] if number < len(rows) else nothing
        cells = now.rows[number] if number < len(now.rows) else []
        if cells == wanted:
            continue
        for column, (cell, value) in enumerate(zip_longest(cells, wanted)):
            if cell != value and not _same(cell, value, date_1904=now.date_1904):
                return address(number, column)
    return ""


def _same(cell: Cell, value: Value, *, date_1904: bool) -> bool:
    """Whether a cell shows a value, in whatever format."""
    if isinstance(value, float) and not isfinite(value):
        value = None
    if value is None or isinstance(value, str):
        said = "" if cell is None else cell
        return isinstance(said, str) and _plain(said) == _plain(kept_text(value or ""))
    wanted = serial(value, date_1904) if isinstance(value, date) else float(value)
    number = _number(cell, date_1904=date_1904)
    # A day and an hour are read to the microsecond.
    return number is not None and isclose(number, wanted, rel_tol=1e-9, abs_tol=1e-9)


def _plain(text: str) -> str:
    """Return a text in the form in which readers agree."""
    return text.replace("_x005F_", "_").strip()


def _number(cell: Cell, *, date_1904: bool) -> float | None:
    day = timedelta(days=1)
    if isinstance(cell, PercentCell):
        return cell.value
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        return float(cell)
    if isinstance(cell, time):
        return (datetime.combine(date.min, cell) - datetime.min) / day
    if isinstance(cell, datetime):
        begin = datetime.combine(cell.date(), time())
        return serial(cell.date(), date_1904) + (cell - begin) / day
    if isinstance(cell, date):
        return float(serial(cell, date_1904))
    return cell / day if isinstance(cell, timedelta) else None


def _not_read_back(path: Path, place: str) -> BookError:
    return BookError(
        "not_read_back",
        f"改写后的内容读回时与应有的不符（{place}），没有写入，原文件未改动；"
        "请用 Excel 打开并另存后再试。",
        f"The changed book, read back, is not what was meant ({place}); nothing was written and "
        "the file is as it was. Open it in Excel, save it, and try again.",
        where=path.name,
    )
