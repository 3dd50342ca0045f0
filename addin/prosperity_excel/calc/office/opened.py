"""A document that was written for Excel, opened: its formulas are entered again where need be.

Not every LibreOffice finds an add-in's function by the name that Excel knows; such a formula shows
what was stored, and would become #NAME? at its next calculation.
"""

from __future__ import annotations

import contextlib
import re
import threading
from typing import Any, Callable

import unohelper
from com.sun.star.lang import XServiceInfo
from com.sun.star.task import XJob

from .child import LONGEST
from .running import Office

IMPLEMENTATION = "org.prosperity.calc.Opened"
#: The flag of cells that hold formulas.
_FORMULA = 16
_OURS = re.compile(r"\bPROSPERITY\w*\s*\(", re.IGNORECASE)
_WHOLE = re.compile(r"(?<![\w$:])(\$?[A-Z]{1,3}):(\$?[A-Z]{1,3})(?![\w$(.:])")
_TEXT = re.compile(r'("(?:[^"]|"")*")')


class Opened(unohelper.Base, XJob, XServiceInfo):
    """Called by LibreOffice whenever a document has been loaded."""

    def __init__(self, context: Any) -> None:
        self._office = Office.of(context)

    def getImplementationName(self) -> str:
        return IMPLEMENTATION

    def supportsService(self, name: str) -> bool:
        return name in self.getSupportedServiceNames()

    def getSupportedServiceNames(self) -> tuple[str, ...]:
        return ("com.sun.star.task.Job", IMPLEMENTATION)

    def execute(self, given: Any) -> None:
        told = {one.Name: one.Value for one in given}
        about = {one.Name: one.Value for one in told.get("Environment", ())}
        document = about.get("Model")
        if document is not None and document.supportsService(
            "com.sun.star.sheet.SpreadsheetDocument"
        ):
            threading.Thread(target=self._look, args=(document,), daemon=True).start()

    def _look(self, document: Any) -> None:
        """Enter formulas again, when the interpreter is there and the user's settings allow it.

        Without an interpreter the stored values are better than errors.
        """
        names = [function["name"] for function in self._office.config["functions"]]
        unknown = re.compile(r"(?<![\w.])(%s)(?=\s*\()" % "|".join(names), re.IGNORECASE)
        # A document may be closed meanwhile, and an interpreter may not start.
        with contextlib.suppress(Exception):
            if has_unknown(document, unknown):
                message = {"opened": True, "book": self._office.documents.told(document)}
                if self._office.child.ask(message, LONGEST) is True:
                    enter_again(document, unknown)


def has_unknown(document: Any, unknown: Any) -> bool:
    """Whether a formula calls one of our functions that LibreOffice did not find."""
    return any(
        _calls(formula, unknown)
        for name in document.Sheets.ElementNames
        for cells in _formula_cells(document.Sheets.getByName(name))
        for row in cells.FormulaArray
        for formula in row
    )


def enter_again(document: Any, unknown: Any) -> int:
    """Enter formulas whose functions LibreOffice did not find; return how many cells.

    Names are found in capitals. A whole column is a million cells to Calc, and all of them are
    handed to a function: so it ends below what is used.
    """

    def known(formula: str, last: int) -> str:
        return _changed(formula, lambda part: unknown.sub(lambda m: m[0].upper(), part), last)

    return _entered(document, lambda formula: _calls(formula, unknown), known)


def bound(document: Any) -> int:
    """Let whole columns in formulas of ours end below what is used; return how many cells."""

    def meant(formula: str) -> bool:
        parts = _TEXT.split(formula)[::2]
        return any(_OURS.search(p) for p in parts) and any(_WHOLE.search(p) for p in parts)

    return _entered(document, meant, lambda formula, last: _changed(formula, str, last))


def _entered(document: Any, meant: Callable[[str], bool], known: Callable[[str, int], str]) -> int:
    was_modified, count = document.isModified(), 0
    last = bottom(document)
    for name in document.Sheets.ElementNames:
        sheet = document.Sheets.getByName(name)
        if sheet.isProtected():
            continue
        for cells in _formula_cells(sheet):
            count += _enter(cells, meant, lambda formula: known(formula, last))
    if count and not was_modified:
        document.setModified(False)
    return count


def bottom(document: Any) -> int:
    """Return a row well below all that is used, in which ranges may end."""
    used = 0
    for name in document.Sheets.ElementNames:
        cursor = document.Sheets.getByName(name).createCursor()
        cursor.gotoEndOfUsedArea(False)
        used = max(used, cursor.RangeAddress.EndRow)
    return min((used // 1000 + 2) * 1000, 1048576)


def _formula_cells(sheet: Any) -> Any:
    """Give the blocks of cells with formulas."""
    found = sheet.queryContentCells(_FORMULA)
    for n in range(found.getCount()):
        yield found.getByIndex(n)


def _enter(block: Any, meant: Callable[[str], bool], known: Callable[[str], str]) -> int:
    count, done = 0, set()  # type: int, set[str]
    for r, row in enumerate(block.FormulaArray):
        for c, formula in enumerate(row):
            bare = formula[1:-1] if formula.startswith("{") else formula
            if not meant(bare):
                continue
            cell = block.getCellByPosition(c, r)
            count += 1
            if bare == formula:
                cell.setFormula(known(bare))
                continue
            cursor = block.Spreadsheet.createCursorByRange(cell)
            cursor.collapseToCurrentArray()
            if cursor.AbsoluteName not in done:
                done.add(cursor.AbsoluteName)
                cursor.setArrayFormula("")
                cursor.setArrayFormula(known(bare))
    return count


def _calls(formula: str, unknown: Any) -> bool:
    return any(unknown.search(part) for part in _TEXT.split(formula)[::2])


def _changed(formula: str, change: Callable[[str], str], last: int) -> str:
    """Return a formula changed outside its texts, with whole columns ending in a row."""

    def ending(match: Any) -> str:
        return "%s1:%s%d" % (match[1], match[2], last)

    parts = _TEXT.split(formula)
    return "".join(
        part if n % 2 else _WHOLE.sub(ending, change(part)) for n, part in enumerate(parts)
    )
