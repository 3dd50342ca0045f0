"""Addresses of cells as boxes, and back."""

from __future__ import annotations

import re
from typing import NamedTuple

from prosperity_excel.sheets.workbook import address as cell_address
from prosperity_excel.sheets.workbook import column_index

#: The last row and column of a sheet, from 0.
LAST_ROW, LAST_COLUMN = 1_048_575, 16_383
_ADDRESS = re.compile(r"([A-Z]{1,3})?(\d{1,7})?(?::([A-Z]{1,3})?(\d{1,7})?)?", re.IGNORECASE)


class Box(NamedTuple):
    """Cells of one sheet, from 0, with their ends."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def whole(self) -> str:
        """``rows`` for whole rows, else empty."""
        return "rows" if (self.left, self.right) == (0, LAST_COLUMN) else ""


def box_of(told: str | tuple[int, int]) -> Box:
    """Return the box of an address, or of a row and a column from 1.

    Raises
    ------
    ValueError
        When it is none.
    """
    if not isinstance(told, str):
        row, column = told
        return Box(row - 1, column - 1, row - 1, column - 1)
    match = _ADDRESS.fullmatch(told.replace("$", ""))
    if match is None or not any(match.groups()):
        raise ValueError(told)
    left, top, right, bottom = match.groups()
    if ":" not in told:
        right, bottom = left, top
    return Box(
        int(top) - 1 if top else 0,
        column_index(left.upper()) if left else 0,
        int(bottom) - 1 if bottom else LAST_ROW,
        column_index(right.upper()) if right else LAST_COLUMN,
    )


def text_of(box: Box, row_absolute: bool = True, column_absolute: bool = True) -> str:
    """Return a box as an address, with dollars as wanted."""
    if box.whole:
        mark = "$" * row_absolute
        return f"{mark}{box.top + 1}:{mark}{box.bottom + 1}"
    first = _cell(box.top, box.left, row_absolute, column_absolute)
    if (box.top, box.left) == (box.bottom, box.right):
        return first
    return f"{first}:{_cell(box.bottom, box.right, row_absolute, column_absolute)}"


def _cell(row: int, column: int, row_absolute: bool, column_absolute: bool) -> str:
    letters = cell_address(row, column).rstrip("0123456789")
    return f"{'$' * column_absolute}{letters}{'$' * row_absolute}{row + 1}"
