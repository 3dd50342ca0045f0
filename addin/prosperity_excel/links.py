"""Formulas that carry the path of another machine's add-in file, put right."""

from __future__ import annotations

import re
from typing import Any

from prosperity_excel.blocks import snapshot
from prosperity_excel.excel_app import patiently
from prosperity_excel.live import native

#: The path in front of a function, as Excel shows it for an add-in that is elsewhere.
_PATH = re.compile(r"(?:'[^']*prosperity\.xlam'|[\w\\/:.\-]*prosperity\.xlam)!", re.IGNORECASE)
_OURS = re.compile(r"\bPROSPERITY(_[A-Z]+)?\s*\(", re.IGNORECASE)


def without_path(formula: str) -> str:
    """Return a formula without the path of an add-in file in front of our functions."""
    return _PATH.sub("", formula)


def repair(book: Any) -> tuple[int, int]:
    """Enter our formulas again, without paths.

    Formulas that Excel could not resolve when the book was opened work once they are entered
    again, so every formula of ours is. The cells into which a formula spills are left alone, and
    so are array formulas of the old kind.

    Returns
    -------
    int, int
        Formulas entered, and array formulas left.
    """
    entered, left = 0, 0
    for sheet in book.sheets:
        for row, cells in enumerate(snapshot(sheet), 1):
            for column, formula in enumerate(cells, 1):
                if not (isinstance(formula, str) and formula.startswith("=")):
                    continue
                if not _OURS.search(formula):
                    continue
                cell = sheet.range((row, column))
                if _spilled_into(cell):
                    continue
                if native(cell, "HasArray", False) and not native(cell, "HasSpill", False):
                    left += 1
                    continue
                new = without_path(formula)
                patiently(lambda cell=cell, new=new: setattr(cell, "formula2", new))  # type: ignore[misc]
                entered += 1
    return entered, left


def _spilled_into(cell: Any) -> bool:
    """Whether a cell only shows what another one's formula spills."""
    if not native(cell, "HasSpill", False):
        return False
    return str(cell.api.SpillParent.Address) != str(cell.api.Address)
