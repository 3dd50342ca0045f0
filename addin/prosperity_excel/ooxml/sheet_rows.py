"""Where the rows and cells of a worksheet part stand, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from prosperity_excel.ooxml.markup import Element, Tree, odd_part
from prosperity_excel.sheets.workbook import column_index

_ADDRESS = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")


@dataclass(frozen=True)
class Row:
    """A row: its number from 0, and where it stands."""

    number: int
    element: Element

    def cells(self) -> list[tuple[int, Element]]:
        """Return its cells with their columns from 0, in the order of the text.

        A cell that does not say where it stands is behind the one before.

        Raises
        ------
        BookError
            ``odd_part`` when a cell says that it stands in another row, or there is something
            else between the cells.
        """
        tree, found = self.element.tree, []
        column, at, stop = -1, self.element.at + 1, tree.behind[self.element.at]
        while at < stop:
            name, cell = tree.names[at], at
            at = tree.behind[at]
            if name == "extLst":
                continue
            said = tree.attribute(cell, "r")
            place = _ADDRESS.fullmatch(said) if said else None
            if name != "c" or (said and (place is None or int(place[2]) != self.number + 1)):
                raise odd_part(tree.part)
            column = column_index(place[1]) if place else column + 1
            found.append((column, Element(tree, cell)))
        return found


def sheet_data(tree: Tree) -> Element:
    """Return the element that holds a worksheet's rows.

    Raises
    ------
    BookError
        ``odd_part`` when it is not where it belongs.
    """
    data = tree.root.child("sheetData") if tree.root.name == "worksheet" else None
    if data is None:
        raise odd_part(tree.part)
    return data


def rows(tree: Tree) -> Iterator[Row]:
    """Yield a worksheet's rows in the order of the text.

    A row that does not say its number has that of its first cell that does, else it follows the
    one before.

    Raises
    ------
    BookError
        ``odd_part`` when there is something else between the rows, as an alternative for other
        programs: it would have to be edited alike, and nobody can tell how.
    """
    number = -1
    for row in sheet_data(tree).children():
        if row.name != "row":
            raise odd_part(tree.part)
        number = _number(row, number + 1)
        yield Row(number, row)


def _number(row: Element, following: int) -> int:
    said = row.tree.attribute(row.at, "r")
    if not said:
        cells = (row.tree.attribute(cell.at, "r") for cell in row.children("c"))
        places = (_ADDRESS.fullmatch(place) for place in cells if place)
        first = next(places, None)
        said = first[2] if first else str(following + 1)
    if not said.isdecimal() or int(said) < 1:
        raise odd_part(row.tree.part)
    return int(said) - 1


def area_of(reference: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return first and last row and column, from 0, of a range; None for anything else."""
    corners = [_ADDRESS.fullmatch(corner) for corner in reference.split(":")]
    places = [(int(c[2]) - 1, column_index(c[1])) for c in corners if c]
    return (places[0], places[-1]) if len(places) == len(corners) <= 2 else None


def column_styles(tree: Tree) -> dict[int, int]:
    """Return the style of each column that has one, by column from 0."""
    styles: dict[int, int] = {}
    for column in tree.named("col"):
        said = column.attributes
        low, high = (int(said.get(key, "0")) for key in ("min", "max"))
        for at in range(low - 1, min(high, low + 999)):
            styles[at] = int(said.get("style", "0"))
    return styles
