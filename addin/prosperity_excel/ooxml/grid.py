"""A sheet of results before any cell is written: blocks of columns side by side.

The same grid goes into a closed file as XML and into an open workbook as one block of values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from prosperity_excel.words.fields import Kind

Value = str | float | date | None

#: Rows of a sheet of results, counted from 0. Data begin in row 11 as Excel counts.
TITLE_ROW = 0
NOTE_ROWS = (1, 2)
ABOUT_ROWS = (3, 4)
WARNING_ROWS = (5, 6)
BLOCK_ROW, KEY_ROW, HEADING_ROW, FIRST_ROW = 7, 8, 9, 10


@dataclass(frozen=True)
class GridColumn:
    """A column: its id, headings, kind, and values from the first data row down.

    ``kinds`` gives each value its own kind, where they differ.
    """

    key: str
    zh: str
    en: str
    kind: Kind
    values: tuple[Value, ...]
    kinds: tuple[Kind, ...] = ()

    def kind_of(self, place: int) -> Kind:
        """Return the kind of a value."""
        return self.kinds[place] if self.kinds else self.kind


@dataclass(frozen=True)
class GridBlock:
    """Columns that belong together, from the sheet's column ``at`` (counted from 0)."""

    key: str
    zh: str
    en: str
    at: int
    columns: tuple[GridColumn, ...]


@dataclass(frozen=True)
class Grid:
    """A sheet of results.

    Attributes
    ----------
    sheet : str
        Name of the sheet.
    title : str
        What stands in A1.
    notes : dict of int to str
        Texts in column A by row.
    blocks : tuple of GridBlock
        From left to right.
    """

    sheet: str
    title: str
    notes: dict[int, str]
    blocks: tuple[GridBlock, ...]

    @property
    def height(self) -> int:
        """Number of rows."""
        longest = (len(c.values) for b in self.blocks for c in b.columns)
        return FIRST_ROW + max(longest, default=0)

    @property
    def width(self) -> int:
        """Number of columns."""
        return max((b.at + len(b.columns) for b in self.blocks), default=1)

    def heads(self) -> dict[tuple[int, int], str]:
        """Return the texts above the data by row and column, from 0."""
        found = {(TITLE_ROW, 0): self.title}
        found |= {(row, 0): text for row, text in self.notes.items() if text}
        for block in self.blocks:
            found[BLOCK_ROW, block.at] = f"{block.zh} {block.en}"
            for at, column in enumerate(block.columns, block.at):
                found[KEY_ROW, at] = column.key
                found[HEADING_ROW, at] = f"{column.zh}\n{column.en}"
        return found

    def columns(self) -> Iterator[tuple[int, GridColumn]]:
        """Give every column with its place, from 0."""
        for block in self.blocks:
            yield from enumerate(block.columns, block.at)

    def cells(self) -> dict[tuple[int, int], tuple[Value, Kind]]:
        """Return value and kind of every filled cell by row and column, from 0."""
        found: dict[tuple[int, int], tuple[Value, Kind]] = {
            place: (text, "text") for place, text in self.heads().items()
        }
        for at, column in self.columns():
            for place, value in enumerate(column.values):
                if value is not None and value != "":
                    found[FIRST_ROW + place, at] = value, column.kind_of(place)
        return found

    def values(self) -> list[list[Value]]:
        """Return the whole sheet as rows of equal length, blank cells None."""
        rows: list[list[Value]] = [[None] * self.width for _ in range(self.height)]
        for (row, at), text in self.heads().items():
            rows[row][at] = text
        for at, column in self.columns():
            for line, value in zip(rows[FIRST_ROW:], column.values, strict=False):
                line[at] = None if value == "" else value
        return rows
