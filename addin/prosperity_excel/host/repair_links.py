"""Formulas that carry the path of another machine's add-in file, put right."""

from __future__ import annotations

from collections.abc import Callable

from prosperity_excel.host.patience import patiently
from prosperity_excel.host.protocol import Book, Range, Sheet
from prosperity_excel.host.steps import Step, record
from prosperity_excel.host.write_blocks import formula_property, snapshot
from prosperity_excel.host.xlwings_com import in_old_array, spilled_into
from prosperity_excel.ooxml.formula_names import is_foreign, is_ours, without_path

__all__ = ["is_foreign", "is_ours", "our_formulas", "repair", "without_path"]


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
