"""A grid as the XML of a worksheet's cells, in the looks that the sheet has already."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from prosperity_excel.reading.sheets import address
from prosperity_excel.writing.grid import FIRST_ROW, HEADING_ROW, Grid, Kind, Value
from prosperity_excel.writing.markup import elements, escaped, first, odd_part, swapped

#: Built-in number formats, which need no entry of their own in a style sheet.
FORMATS: Mapping[Kind, int] = {"date": 14, "number": 2, "net": 2, "percent": 10, "count": 1}
Styles = Callable[[Kind], int]

_ADDRESS = re.compile(r"([A-Z]{1,3})(\d+)$")
_KEPT = re.compile(r"\s(?:r|spans)=(?:\"[^\"]*\"|'[^']*')")
_EPOCHS = {False: date(1899, 12, 30).toordinal(), True: date(1904, 1, 1).toordinal()}


def serial(day: date, date_1904: bool) -> int:
    """Return the number by which a workbook writes a day."""
    return day.toordinal() - _EPOCHS[date_1904]


def column_of(letters: str) -> int:
    """Return a column, counted from 0, of its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


@dataclass(frozen=True)
class Looks:
    """How a sheet looks now: styles by cell and by column, attributes of its rows."""

    cells: Mapping[tuple[int, int], str]
    columns: Mapping[int, str]
    rows: Mapping[int, str]

    @classmethod
    def of(cls, text: str) -> Looks:
        """Read the looks of a worksheet part."""
        columns: dict[int, str] = {}
        for column in elements(text, "col"):
            style = column.attributes.get("style", "0")
            low, high = (int(column.attributes.get(key, "0")) for key in ("min", "max"))
            for at in range(low - 1, min(high, low + 999)):
                columns[at] = style
        cells: dict[tuple[int, int], str] = {}
        rows: dict[int, str] = {}
        number = 0
        for row in elements(text, "row"):
            number = int(row.attributes.get("r", number + 1))
            said = row.opening.rstrip("/>").split(None, 1)
            rows[number - 1] = _KEPT.sub("", f" {said[1]}").rstrip() if len(said) > 1 else ""
            for cell in elements(row.inner, "c"):
                found = _ADDRESS.match(cell.attributes.get("r", ""))
                if found and cell.attributes.get("s", "0") != "0":
                    cells[number - 1, column_of(found[1])] = cell.attributes["s"]
        return cls(cells, columns, rows)

    def lowest(self) -> dict[int, tuple[int, str]]:
        """Return the last styled data row of each column, and its style."""
        found: dict[int, tuple[int, str]] = {}
        for (row, column), style in self.cells.items():
            if row >= FIRST_ROW and row > found.get(column, (-1, ""))[0]:
                found[column] = row, style
        return found


def with_cells(text: str, grid: Grid, styles: Styles, name: str, *, date_1904: bool = False) -> str:
    """Return a worksheet part with the grid's cells in place of its own.

    Parameters
    ----------
    text
        The part. All but ``sheetData`` and ``dimension`` stays as it is; so do the styles of
        cells and columns, and heights of rows. Rows beyond the last take the style above them.
    grid
        What the sheet shall hold.
    styles
        Gives the style of a kind, where the sheet has none.
    name
        Name of the part, for errors.
    date_1904
        Whether the workbook counts its days from 1904.

    Raises
    ------
    BookError
        ``odd_part`` when there are no cells to replace.
    """
    data = first(text, "sheetData")
    if data is None:
        raise odd_part(name)
    looks, prefix = Looks.of(text), data.prefix
    lowest = looks.lowest()
    letters = [address(0, column)[:-1] for column in range(grid.width)]
    lines: dict[int, list[str]] = defaultdict(list)
    for (row, column), (value, kind) in sorted(grid.cells().items()):
        style = _style(looks, lowest, (row, column), kind, styles)
        line = plain_cell(prefix, f"{letters[column]}{row + 1}", style, value, date_1904=date_1904)
        if line:
            lines[row].append(line)
    # Rows that are now empty keep their height only above the data.
    kept = {row for row in looks.rows if row <= HEADING_ROW} | set(lines)
    inner = "".join(
        f'<{prefix}row r="{row + 1}"{looks.rows.get(row, "")}>{"".join(lines[row])}</{prefix}row>'
        for row in sorted(kept)
    )
    text = swapped(text, data, f"<{prefix}sheetData>{inner}</{prefix}sheetData>")
    used = first(text, "dimension")
    if used is not None:
        corner = address(grid.height - 1, grid.width - 1)
        text = swapped(text, used, f'<{used.prefix}dimension ref="A1:{corner}"/>')
    return text


def _style(
    looks: Looks,
    lowest: Mapping[int, tuple[int, str]],
    place: tuple[int, int],
    kind: Kind,
    styles: Styles,
) -> int:
    row, column = place
    own = looks.cells.get(place)
    if own is None and row >= FIRST_ROW:
        last, style = lowest.get(column, (row, ""))
        own = style if row > last else None
        own = own or looks.columns.get(column)
    if own is not None and own != "0":
        return int(own)
    return styles(kind)


def plain_cell(prefix: str, place: str, style: int, value: Value, *, date_1904: bool) -> str:
    """Return a cell's XML; empty for a number that no cell can hold."""
    head = f'<{prefix}c r="{place}"' + (f' s="{style}"' if style else "")
    if isinstance(value, str):
        said = f'<{prefix}is><{prefix}t xml:space="preserve">{escaped(value)}</{prefix}t>'
        return f'{head} t="inlineStr">{said}</{prefix}is></{prefix}c>'
    if isinstance(value, date):
        return f"{head}><{prefix}v>{serial(value, date_1904)}</{prefix}v></{prefix}c>"
    if value is None or not math.isfinite(value):
        return ""
    return f"{head}><{prefix}v>{number_text(value)}</{prefix}v></{prefix}c>"


def number_text(value: float) -> str:
    """Return the shortest text of a number that reads back as the same number."""
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def new_sheet(grid: Grid, *, view: bool) -> str:
    """Return the inside of a new worksheet for a grid, without its cells.

    Parameters
    ----------
    grid
        What it will hold.
    view
        Whether the workbook has a window that a view can belong to.
    """
    corner = address(FIRST_ROW, 1)
    frozen = (
        '<sheetViews><sheetView showGridLines="0" workbookViewId="0">'
        f'<pane xSplit="1" ySplit="{FIRST_ROW}" topLeftCell="{corner}" activePane="bottomRight" '
        'state="frozen"/></sheetView></sheetViews>'
    )
    return (
        f'<dimension ref="A1"/>{frozen if view else ""}<sheetFormatPr defaultRowHeight="15"/>'
        f'<cols><col min="1" max="{grid.width}" width="14" customWidth="1"/></cols><sheetData/>'
        '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
    )
