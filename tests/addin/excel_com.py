"""Excel's side of the COM server, for tests: xlwings' own Windows code over plain Python objects.

``server()`` loads the real ``xlwings.com_server``, ``xlwings.udfs`` and ``xlwings._xlwindows`` over
stand-ins for pywin32, and decorates our functions with xlwings' own decorators. Workbooks are
grids of cells read from files; a cell is called by ``caller(book, "Sheet1", "B2")``.
"""

from __future__ import annotations

import ctypes
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import openpyxl
from openpyxl.utils import get_column_letter, range_boundaries

MISSING = -2147352572
ERRORS = {"#N/A": -2146826246, "#DIV/0!": -2146826281, "#VALUE!": -2146826273,
          "#REF!": -2146826265, "#NAME?": -2146826259}  # fmt: skip
RANGE_IID = "{00020846-0000-0000-C000-000000000046}"


class com_error(Exception):  # noqa: N801, N818 - pywin32's name
    """Stands for pywintypes.com_error."""

    def __init__(self, hresult: int = 0, *rest: Any) -> None:
        super().__init__(hresult, *rest)
        self.hresult = hresult


def _refuse(*_: Any) -> Any:
    raise com_error


def _stand_ins() -> dict[str, ModuleType]:
    names = (
        "pythoncom pywintypes win32api win32con win32event win32gui win32process win32timezone "
        "win32com win32com.client win32com.server win32com.server.util win32com.server.dispatcher "
        "win32com.server.policy win32com.server.exception"
    )
    modules: dict[str, Any] = {name: MagicMock(name=name) for name in names.split()}
    for name in modules:
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(modules[parent], child, modules[name])
    pywintypes = modules["pywintypes"]
    pywintypes.TimeType, pywintypes.com_error, pywintypes.IID = datetime, com_error, str
    modules["pythoncom"].TypeIIDs = {
        modules["pythoncom"].IID_IDispatch: type("PyIDispatch", (), {})
    }
    modules["pythoncom"].ole_error, modules["pythoncom"].__file__ = com_error, ""
    modules["win32timezone"].TimeZoneInfo.utc = lambda: UTC
    modules["win32com.server.util"].unwrap = _refuse
    modules["pythoncom"].CoMarshalInterThreadInterfaceInStream = lambda *_: None
    modules["pythoncom"].CoInitialize = lambda: None
    client = modules["win32com.client"]
    client.Dispatch = lambda thing, *_, **__: thing
    for name in ("CDispatch", "CoClassBaseClass", "DispatchBaseClass"):
        setattr(client, name, type(name, (), {}))
    return modules


@cache
def server() -> Any:
    """Return ``XLPython()`` of xlwings' COM server, with our functions decorated for it."""
    sys.modules.update(_stand_ins())
    real = ctypes.PyDLL
    ctypes.windll, ctypes.oledll = MagicMock(), MagicMock()  # type: ignore[attr-defined]
    ctypes.PyDLL = MagicMock()  # type: ignore[misc]
    try:
        import xlwings
        import xlwings._xlwindows as windows
        from xlwings.com_server import XLPython
        from xlwings.udfs import xlarg, xlfunc
    finally:
        ctypes.PyDLL = real  # type: ignore[misc]
    xlwings._xlwindows = windows
    xlwings.engines.add(xlwings.Engine(impl=windows.engine))
    from prosperity_excel.excel import functions, ribbon

    ours = (*functions.worksheet_functions(), functions.handshake, functions.recalculated)
    functions.decorate(ours, xlfunc, xlarg)
    ours = (ribbon.press, ribbon.shown, ribbon.choices, ribbon.dress)
    functions.decorate(ours, xlfunc, xlarg)
    return XLPython()


class Cells:
    """A Range of Excel's own object model, as far as we and xlwings ask for it."""

    CLSID = RANGE_IID

    def __init__(self, sheet: Grid, row: int, column: int, height: int = 1, width: int = 1) -> None:
        self.Worksheet, self.Row, self.Column = sheet, row, column
        self.Rows, self.Columns = SimpleNamespace(Count=height), SimpleNamespace(Count=width)

    @property
    def _oleobj_(self) -> Any:
        attributes = SimpleNamespace(iid=RANGE_IID)
        kind = SimpleNamespace(GetTypeAttr=lambda: attributes)
        return SimpleNamespace(GetTypeInfo=lambda: kind)

    def _each(self) -> list[list[tuple[int, int]]]:
        rows = range(self.Row, self.Row + self.Rows.Count)
        columns = range(self.Column, self.Column + self.Columns.Count)
        return [[(r, c) for c in columns] for r in rows]

    @property
    def Value(self) -> Any:  # noqa: N802
        values = tuple(tuple(self.Worksheet.values.get(k) for k in row) for row in self._each())
        return values[0][0] if len(values) == len(values[0]) == 1 else values

    @property
    def Value2(self) -> Any:  # noqa: N802
        """Values with dates as the numbers that they are."""

        def plain(value: Any) -> Any:
            if not isinstance(value, datetime):
                return value
            return (value.replace(tzinfo=None) - datetime(1899, 12, 30)).total_seconds() / 86_400

        found = self.Value
        if not isinstance(found, tuple):
            return plain(found)
        return tuple(tuple(map(plain, row)) for row in found)

    @property
    def NumberFormat(self) -> str | None:  # noqa: N802
        found = {self.Worksheet.formats.get(k, "General") for row in self._each() for k in row}
        return found.pop() if len(found) == 1 else None

    @property
    def Formula(self) -> str:  # noqa: N802
        key = (self.Row, self.Column)
        return self.Worksheet.formulas.get(key, str(self.Worksheet.values.get(key) or ""))

    @property
    def Address(self) -> str:  # noqa: N802
        right, bottom = self.Column + self.Columns.Count - 1, self.Row + self.Rows.Count - 1
        first = f"${get_column_letter(self.Column)}${self.Row}"
        last = f"${get_column_letter(right)}${bottom}"
        return first if first == last else f"{first}:{last}"

    def GetAddress(self, *_: Any) -> str:  # noqa: N802
        return self.Address


class Grid:
    """A worksheet."""

    def __init__(self, book: Excel, name: str) -> None:
        self.Parent, self.Name = book, name
        self.values: dict[tuple[int, int], Any] = {}
        self.formats: dict[tuple[int, int], str] = {}
        self.formulas: dict[tuple[int, int], str] = {}

    def put(self, address: str, value: Any, number_format: str = "General") -> None:
        """Type a value into a cell."""
        column, row, *_ = range_boundaries(address)
        self.values[row, column] = as_excel(value)
        self.formats[row, column] = number_format

    @property
    def UsedRange(self) -> Cells:  # noqa: N802
        used = [k for k, v in self.values.items() if v is not None] or [(1, 1)]
        top, left = min(r for r, _ in used), min(c for _, c in used)
        bottom, right = max(r for r, _ in used), max(c for _, c in used)
        return Cells(self, top, left, bottom - top + 1, right - left + 1)

    def Cells(self, row: int, column: int) -> Cells:  # noqa: N802
        return Cells(self, row, column)

    def Range(self, first: Any, last: Any = None) -> Cells:  # noqa: N802
        if isinstance(first, str):
            left, top, right, bottom = range_boundaries(first)
            top, bottom = top or 1, bottom or 1_048_576
            return Cells(self, top, left, bottom - top + 1, right - left + 1)
        return Cells(self, first.Row, first.Column, last.Row - first.Row + 1,
                     last.Column - first.Column + 1)  # fmt: skip


class Grids(list):  # type: ignore[type-arg]
    """The Worksheets of a workbook."""

    def __call__(self, wanted: Any) -> Grid:
        if isinstance(wanted, int):
            return self[wanted - 1]
        found = [g for g in self if g.Name == wanted]
        if not found:
            raise com_error(-2147352565)
        return found[0]

    @property
    def Count(self) -> int:  # noqa: N802
        return len(self)


class Excel:
    """A Workbook, with an Application of its own."""

    def __init__(self, fullname: str | Path, sheets: tuple[str, ...] = ("Sheet1",)) -> None:
        self.FullName, self.Name = str(fullname), Path(fullname).name
        self.Date1904, self.ReadOnly = False, False
        self.Worksheets = Grids(Grid(self, name) for name in sheets)
        self.Application = SimpleNamespace(
            Hwnd=1, ScreenUpdating=True, Calculation=-4105, DisplayAlerts=True, StatusBar=False
        )

    def __getitem__(self, name: str) -> Grid:
        return self.Worksheets(name)

    @classmethod
    def open(cls, path: Path) -> Excel:
        """Open a file with its stored values."""
        stored = openpyxl.load_workbook(path, data_only=True)
        book = cls(path, tuple(stored.sheetnames))
        for sheet in stored.worksheets:
            grid = book[sheet.title]
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.value is not None:
                        grid.values[cell.row, cell.column] = as_excel(cell.value)
                        grid.formats[cell.row, cell.column] = cell.number_format
        return book


def as_excel(value: Any) -> Any:
    """Return a value as Excel's COM interface gives it: floats, UTC-tagged dates, error numbers."""
    if isinstance(value, str):
        return ERRORS.get(value, value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return float(value)


def call(name: str, *arguments: Any, caller: Cells | None = None,
         module: str = "prosperity_excel.excel.functions",
         book: Excel | None = None) -> Any:  # fmt: skip
    """Call a worksheet function as the add-in's VBA does."""
    from prosperity_excel.formulas.registry import BY_NAME

    known = BY_NAME.get(name)
    given = list(arguments)
    if known is not None:
        given += [MISSING] * (len(known.arguments) - len(given)) + [None]
    return server().CallUDF(module, name, tuple(given), book, caller)
