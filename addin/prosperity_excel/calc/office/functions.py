"""The worksheet functions as LibreOffice calls them."""

from __future__ import annotations

import collections
import json
import struct
import threading
import time
from typing import Any

import uno
import unohelper
from com.sun.star.lang import Locale, XServiceInfo, XServiceName
from com.sun.star.sheet import (
    LocalizedName,
    ResultEvent,
    XAddIn,
    XCompatibilityNames,
    XVolatileResult,
)
from org.prosperity.calc import XFunctions

from .child import LATE, ChildError
from .opened import bound
from .running import ADD_IN, Office

IMPLEMENTATION = "org.prosperity.calc.Functions"
#: Seconds for which a cell waits for its value, while nothing else takes long.
WAIT = 1.0
#: Seconds between two cells, by which one recalculation is told from the next.
GAP = 0.03
#: Seconds for which a value that came late is kept for its cells.
KEPT = 3.0
#: Rows of an argument from which on it is a whole column.
MANY_ROWS = 100_000
#: Tables that are remembered.
TABLES = 500
#: LibreOffice's numbers of errors by Excel's names.
ERRORS = {"#N/A": 32767, "#VALUE!": 519, "#REF!": 524, "#NAME?": 525, "#NUM!": 503,
          "#DIV/0!": 532, "#NULL!": 521}  # fmt: skip


def error_number(name: str) -> float:
    """Return the number that LibreOffice shows as an error: one that is none, with its code."""
    return float(struct.unpack("<d", struct.pack("<II", ERRORS.get(name, 519), 0x7FF80000))[0])


def cell_value(answer: Any) -> Any:
    """Return an answer as LibreOffice takes it; a table as rows of equal length."""
    if isinstance(answer, list):
        # Only inside an event does Python pass on what kind of rows these are.
        return uno.Any("[][]any", tuple(tuple(map(_single, row)) for row in answer))
    return _single(answer)


def _single(value: Any) -> Any:
    if isinstance(value, dict):
        return error_number(value.get("e", ""))
    if value is None:
        return ""
    return float(value) if isinstance(value, (int, float)) else str(value)


class Later(unohelper.Base, XVolatileResult):
    """A value that comes later; LibreOffice shows #N/A until then and stays usable."""

    def __init__(self, value: Any = None) -> None:
        self._lock = threading.Lock()
        self._listeners = []  # type: list[Any]
        self._value, self._known = value, value is not None  # type: Any, bool

    def addResultListener(self, listener: Any) -> None:
        with self._lock:
            self._listeners.append(listener)
            known = self._known
        if known:
            listener.modified(ResultEvent(self, self._value))

    def removeResultListener(self, listener: Any) -> None:
        with self._lock:
            self._listeners = [one for one in self._listeners if one != listener]

    def deliver(self, value: Any) -> None:
        """Give the value to whoever listens."""
        with self._lock:
            self._value, self._known = value, True
            listeners = list(self._listeners)
        for listener in listeners:
            listener.modified(ResultEvent(self, value))


class Calls:
    """Calls of cells on their way, and values that came late."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._lock = threading.Lock()
        self._coming = {}  # type: dict[Any, Later]
        self._came = collections.OrderedDict()  # type: collections.OrderedDict[Any, Any]
        self._tables = collections.OrderedDict()  # type: collections.OrderedDict[Any, Any]
        self._now = {}  # type: dict[Any, Any]
        self._round, self._last = 0, 0.0

    def refresh(self) -> None:
        """Take no value as it was."""
        with self._lock:
            self._came.clear()
            self._now.clear()
            self._round += 1

    def call(self, name: str, document: Any, arguments: list[Any]) -> Any:
        """Return a function's value, or one that comes later."""
        office = self.office
        told = office.documents.told(document)
        given = [self._argument(document, value) for value in arguments]
        key = (told["uid"], name, json.dumps(given))
        with self._lock:
            if time.monotonic() - self._last > GAP:
                self._round += 1
                self._now.clear()
            came = self._came.get(key)
            if came is not None and time.monotonic() - came[0] < KEPT:
                return came[1]
            if key in self._now:
                self._last = time.monotonic()
                return self._now[key]
            coming = self._coming.get(key)
            if coming is not None:
                return coming
            later = self._coming[key] = Later()
        message = {"call": name, "arguments": given, "book": told, "round": self._round}
        wait = 0.0 if office.serving() or office.child.busy else WAIT
        try:
            answer = office.child.ask(message, wait, lambda found: self._arrived(key, found))
        except ChildError as error:
            answer = failed(name, error)
        except Exception:
            with self._lock:
                self._coming.pop(key, None)
            raise
        finally:
            self._last = time.monotonic()
        if answer is LATE:
            return later
        with self._lock:
            self._coming.pop(key, None)
            found = self._now[key] = self._returned(key, answer)
        return found

    def _returned(self, key: Any, answer: Any) -> Any:
        """Return an answer as a method gives it back; a table as one that comes at once.

        An equal table is the same object again, so that nothing piles up in LibreOffice.
        """
        if not isinstance(answer, list):
            return cell_value(answer)
        known = self._tables.get(key)
        if known is None or known[0] != answer:
            known = self._tables[key] = (answer, Later(cell_value(answer)))
        self._tables.move_to_end(key)
        while len(self._tables) > TABLES:
            self._tables.popitem(last=False)
        return known[1]

    def _arrived(self, key: Any, answer: Any) -> None:
        if isinstance(answer, ChildError):
            answer = failed(key[1], answer)
        with self._lock:
            self._came[key] = (time.monotonic(), self._returned(key, answer))
            while len(self._came) > 20000:
                self._came.popitem(last=False)
            later = self._coming.pop(key, None)
        if later is not None:
            later.deliver(cell_value(answer))

    def _argument(self, document: Any, value: Any) -> Any:
        """Return an argument for a message; a range that stands in the document as its place."""
        if not isinstance(value, tuple):
            return value if isinstance(value, (str, float, int, bool)) else None
        if len(value) == 1 and len(value[0]) == 1:
            return value[0][0]
        if len(value) > MANY_ROWS:
            self.office.later(lambda: bound(document))
        rows = trimmed(value)
        box = self._place(document, rows) if rows else None
        if box is None:
            return {"rows": [list(row) for row in rows]}
        # What stands there tells one call from another; the interpreter reads it itself.
        return {"range": box, "seen": hash(rows)}

    def _place(self, document: Any, rows: Any) -> list[Any] | None:
        """Return where in the document these very rows stand, so that formats can be looked at."""
        for name in document.Sheets.ElementNames:
            cursor = document.Sheets.getByName(name).createCursor()
            cursor.gotoEndOfUsedArea(False)
            last = cursor.RangeAddress
            if last.EndRow + 1 < len(rows) or last.EndColumn + 1 < len(rows[0]):
                continue
            cells = cursor.Spreadsheet.getCellRangeByPosition(0, 0, last.EndColumn, last.EndRow)
            box = standing(cells.DataArray, rows)
            if box is not None:
                return [name, *box]
        return None


def trimmed(rows: Any) -> Any:
    """Return rows without the blank rows and columns at their end; a whole column has many."""
    last = next((n for n in range(len(rows), 0, -1) if any(v != "" for v in rows[n - 1])), 0)
    kept = rows[:last]
    width = max((n + 1 for row in kept for n, v in enumerate(row) if v != ""), default=0)
    return tuple(row[:width] for row in kept)


def standing(sheet: Any, rows: Any) -> list[int] | None:
    """Return top, left, bottom and right of rows among those of a sheet; None for nowhere."""
    height, width = len(rows), len(rows[0])
    for top in range(len(sheet) - height + 1):
        for left in range(len(sheet[top]) - width + 1):
            if sheet[top][left : left + width] == rows[0] and all(
                sheet[top + n][left : left + width] == row for n, row in enumerate(rows)
            ):
                return [top, left, top + height - 1, left + width - 1]
    return None


def failed(name: str, error: ChildError) -> Any:
    """Return what a cell shows when the interpreter cannot answer."""
    return "%s\n%s" % (error.zh, error.en) if name.endswith("_WHY") else {"e": "#NULL!"}


class Functions(
    unohelper.Base, XFunctions, XAddIn, XServiceName, XServiceInfo, XCompatibilityNames
):
    """The add-in: its functions, and what the function wizard shows of them."""

    def __init__(self, context: Any) -> None:
        self._office = Office.of(context)
        self._locale = Locale("en", "US", "")
        self._functions = {f["name"]: f for f in self._office.config["functions"]}

    def getServiceName(self) -> str:
        return IMPLEMENTATION

    def getImplementationName(self) -> str:
        return IMPLEMENTATION

    def supportsService(self, name: str) -> bool:
        return name in self.getSupportedServiceNames()

    def getSupportedServiceNames(self) -> tuple[str, ...]:
        return (ADD_IN, IMPLEMENTATION)

    def setLocale(self, locale: Any) -> None:
        self._locale = locale

    def getLocale(self) -> Any:
        return self._locale

    def getProgrammaticFuntionName(self, shown: str) -> str:
        return shown if shown in self._functions else ""

    def getDisplayFunctionName(self, method: str) -> str:
        return str(self._known(method).get("name", ""))

    def getFunctionDescription(self, method: str) -> str:
        return self._said(self._known(method).get("help"))

    def getDisplayArgumentName(self, method: str, number: int) -> str:
        return str(self._argument(method, number).get("name", ""))

    def getArgumentDescription(self, method: str, number: int) -> str:
        return self._said(self._argument(method, number).get("help"))

    def getProgrammaticCategoryName(self, method: str) -> str:
        return "Add-In"

    def getDisplayCategoryName(self, method: str) -> str:
        return "Add-In"

    def getCompatibilityNames(self, method: str) -> tuple[Any, ...]:
        name = self.getDisplayFunctionName(method)
        return tuple(LocalizedName(Locale(*where), name) for where in
                     (("en", "US", ""), ("zh", "CN", "")))  # fmt: skip

    def _known(self, method: str) -> Any:
        return self._functions.get(method, {})

    def _argument(self, method: str, number: int) -> Any:
        arguments = [
            {"name": "document", "help": ["", ""]},
            *self._known(method).get("arguments", []),
        ]
        return arguments[number] if number < len(arguments) else {}

    def _said(self, pair: Any) -> str:
        return "" if not pair else str(pair[0 if self._locale.Language == "zh" else 1])


def add_methods(functions: list[Any]) -> None:
    """Give the add-in a method for each function of the registry."""
    for function in functions:
        setattr(Functions, function["name"], _method(function["name"]))


def _method(name: str) -> Any:
    def called(self: Functions, document: Any, *arguments: Any) -> Any:
        return self._office.calls.call(name, document, list(arguments))

    return called
