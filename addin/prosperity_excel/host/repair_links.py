"""Formulas that carry the path of another machine's add-in file, put right."""

from __future__ import annotations

import re
from collections.abc import Callable

from prosperity_excel.host.patience import patiently
from prosperity_excel.host.protocol import Book, Range, Sheet
from prosperity_excel.host.steps import Step, record
from prosperity_excel.host.write_blocks import formula_property, snapshot
from prosperity_excel.host.xlwings_com import in_old_array, spilled_into

#: What Calc puts in front of a function's name.
CALC_PREFIX = "org.prosperity.calc.Functions."
#: The path in front of a function, as Excel shows it for an add-in that is elsewhere, or the full
#: name of Calc's add-in. Inside the quotes an apostrophe of the path stands twice.
_PATH = re.compile(
    r"(?:'(?:[^']|'')*prosperity\.xlam'|[\w\\/:.\-]*prosperity\.xlam)!|\b" + re.escape(CALC_PREFIX),
    re.IGNORECASE,
)
_OURS = re.compile(r"\bPROSPERITY(_[A-Z]+)?\s*\(", re.IGNORECASE)
#: Texts inside a formula, in which nothing is a reference.
_TEXT = re.compile(r'("(?:[^"]|"")*")')


def without_path(formula: str) -> str:
    """Return a formula without the path of an add-in in front of our functions."""
    pieces = _TEXT.split(formula)
    return "".join(p if n % 2 else _PATH.sub("", p) for n, p in enumerate(pieces))


def is_ours(formula: str) -> bool:
    """Whether a formula calls one of our functions."""
    return bool(_OURS.search("".join(_TEXT.split(formula)[::2])))


def is_foreign(formula: str) -> bool:
    """Whether a formula of ours carries the path of an add-in."""
    return is_ours(formula) and without_path(formula) != formula


def repair(book: Book, which: Callable[[str], bool] | None = None) -> tuple[int, int]:
    """Enter our formulas again, without paths.

    Formulas that Excel could not resolve when the book was opened work once they are entered
    again, so every formula of ours is. The cells into which a formula spills are left alone, and
    so are array formulas of the old kind.

    Parameters
    ----------
    book
        An open workbook.
    which
        Says of a formula of ours whether it is to be entered again; None is every one.

    Returns
    -------
    int, int
        Formulas entered, and array formulas left.
    """
    entered, left = 0, 0
    for sheet in book.sheets:
        for row, column, formula in our_formulas(sheet):
            cell = sheet.range((row, column))
            if spilled_into(cell) or not (which is None or which(formula)):
                continue
            if in_old_array(cell):
                left += 1
                continue
            _enter(cell, without_path(formula))
            entered += 1
    return entered, left


def our_formulas(sheet: Sheet) -> list[tuple[int, int, str]]:
    """Return row, column and text of each formula of ours on a sheet."""
    return [
        (row, column, formula)
        for row, cells in enumerate(snapshot(sheet), 1)
        for column, formula in enumerate(cells, 1)
        if isinstance(formula, str) and formula.startswith("=") and is_ours(formula)
    ]


def _enter(cell: Range, formula: str) -> None:
    """Enter a formula through the property by which it was read, so that an ``@`` stays."""
    name = formula_property(cell.sheet)
    before = getattr(cell, name)
    patiently(lambda: setattr(cell, name, formula))
    record(Step("formula", str(cell.sheet.name), str(cell.address), before))
