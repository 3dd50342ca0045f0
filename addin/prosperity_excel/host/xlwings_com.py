"""Excel's own objects behind xlwings': the only file that knows them, their names and numbers.

Everything has an answer for engines of xlwings that have no such objects too. A formula pays for
each question, so that whatever can be asked of one object is asked of it directly.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from prosperity_excel.host.protocol import App, Book, Range, Sheet

#: COM's answers while a cell is being edited or a dialog is open.
BUSY = frozenset({-2147418111, -2147417846, -2146777998, -2147417848})


class Application(Protocol):
    """Excel's own application, as far as a formula that takes long asks for it."""

    Hwnd: int
    StatusBar: str | bool


def is_busy(error: BaseException) -> bool:
    """Whether an exception is COM's way to say that Excel is busy."""
    codes = {getattr(error, "hresult", None)}
    details = error.args[2] if len(error.args) > 2 else None
    if isinstance(details, tuple) and details:
        codes.add(details[-1])
    return bool(codes & BUSY)


@contextmanager
def bounded_retries() -> Iterator[None]:
    """Keep xlwings from trying for ever: on Windows it repeats refused calls without an end."""
    windows: Any = sys.modules.get("xlwings._xlwindows")
    if windows is None:
        yield
        return
    before = windows.N_COM_ATTEMPTS
    windows.N_COM_ATTEMPTS = 1
    try:
        yield
    finally:
        windows.N_COM_ATTEMPTS = before


def full_name(book: Book) -> str:
    """Return the full name of an open workbook.

    For a book in OneDrive or SharePoint that is the web address by which Excel knows it; xlwings
    itself looks for the file on this machine then, and raises when it does not find it.
    """
    return str(_native(book, "FullName", None) or book.fullname)


def local_file(book: Book) -> Path | None:
    """Return the file of an open workbook on this machine.

    None for a workbook that was never saved, and for one that Excel knows by a web address only.
    """
    path = Path(full_name(book))
    return path if path.is_absolute() and path.is_file() else None


def read_only(book: Book | None) -> bool:
    """Whether Excel has the book open read-only; not when there is none."""
    return bool(_native(book, "ReadOnly", False))


def date_1904(book: Book) -> bool:
    """Whether a workbook counts its days from 1904."""
    return bool(_native(book, "Date1904", False))


def protected(sheet: Sheet) -> bool:
    """Whether the cells of a sheet are protected."""
    return bool(_native(sheet, "ProtectContents", False))


def to_front(sheet: Sheet) -> None:
    """Show a sheet; xlwings' own way would also make its window the active one of all."""
    _own(sheet).Activate()


def window_of(app: App | None) -> int | None:
    """Return the handle of Excel's window; None where the host has none."""
    found = None if app is None else _native(app, "Hwnd", None)
    return None if found is None else int(found)


def in_array(cell: Range) -> bool:
    """Whether a cell belongs to an array formula."""
    return bool(_native(cell, "HasArray", False))


def in_old_array(cell: Range) -> bool:
    """Whether a cell belongs to an array formula of the old kind, which does not spill."""
    return in_array(cell) and not _native(cell, "HasSpill", False)


def spilled_into(cell: Range) -> bool:
    """Whether a cell only shows what another one's formula spills."""
    if not _native(cell, "HasSpill", False):
        return False
    own = _own(cell)
    return str(own.SpillParent.Address) != str(own.Address)


def filled_from(cell: Range) -> tuple[int, int] | None:
    """Return the height and width that a formula fills; None inside another one's array."""
    for flag, name in (("HasSpill", "SpillingToRange"), ("HasArray", "CurrentArray")):
        if _native(cell, flag, False):
            area = _native(cell, name, None)
            if area is None or (area.Row, area.Column) != (cell.row, cell.column):
                return None
            return int(area.Rows.Count), int(area.Columns.Count)
    return 1, 1


def raw_values(cells: Range) -> Any:
    """Return a block's values as the host hands them over, dates as plain numbers if it can."""
    values = _native(cells, "Value2", None)
    return _engine_part(cells).raw_value if values is None else values


class SheetBlocks:
    """Blocks of one sheet: asked of Excel's own sheet, of which each thing costs one question."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._own = None if _native(sheet, "Range", None) is None else _own(sheet)

    def used_address(self) -> str:
        """Return the address of the cells that are used."""
        if self._own is None:
            return self._sheet.used_range.address
        return str(self._own.UsedRange.Address)

    def raw(self, address: str) -> Any:
        """Return a block's values as :func:`raw_values` does."""
        if self._own is not None:
            with suppress(AttributeError):
                return self._own.Range(address).Value2
        return raw_values(self._sheet.range(address))


def is_cell(caller: Range) -> bool:
    """Whether there is a cell behind a caller: from VBA there may be none."""
    return getattr(caller, "impl", None) is not None


def calling_name(caller: Range) -> str:
    """Return the full name of a calling cell's workbook, in half the calls that xlwings makes."""
    try:
        return str(_own(caller).Worksheet.Parent.FullName)
    except AttributeError:
        return full_name(caller.sheet.book)


def calling_application(caller: Range | None) -> Application | None:
    """Return the application of a calling cell; None without one."""
    return None if caller is None else _own(caller).Application


def window_of_own(application: Application) -> int:
    """Return the handle of the window of Excel's own application."""
    return int(application.Hwnd)


def say_in_status_bar(application: Application, text: str | bool) -> None:
    """Write to the status bar of Excel's own application; False gives it back."""
    application.StatusBar = text


def _own(thing: Any) -> Any:
    """Return Excel's own object behind one of xlwings'."""
    return thing.api


def _engine_part(thing: Any) -> Any:
    """Return the part of one of xlwings' objects that its engine gives."""
    return thing.impl


def _native(thing: object, name: str, default: Any) -> Any:
    """Return a property of Excel's own object, where the engine has one."""
    try:
        return getattr(_own(thing), name)
    except (AttributeError, NotImplementedError):
        return default
