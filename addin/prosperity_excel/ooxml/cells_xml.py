"""A grid as the XML of a worksheet's cells, in the looks that the sheet has already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite

from prosperity_excel.ooxml.grid import FIRST_ROW, HEADING_ROW, Grid, GridColumn, Value
from prosperity_excel.ooxml.markup import Element, Splices, Tree, escaped, with_attribute
from prosperity_excel.ooxml.plain_sheet import PlainSheet
from prosperity_excel.ooxml.sheet_rows import column_styles, rows, sheet_data
from prosperity_excel.sheets.workbook import address
from prosperity_excel.words.fields import Kind

#: Built-in number formats, which need no entry of their own in a style sheet.
FORMATS: Mapping[Kind, int] = {"date": 14, "number": 2, "net": 2, "percent": 10, "count": 1}
Styles = Callable[[Kind], int]

_EPOCHS = {False: date(1899, 12, 30).toordinal(), True: date(1904, 1, 1).toordinal()}


def serial(day: date, date_1904: bool) -> int:
    """Return the number by which a workbook writes a day."""
    return day.toordinal() - _EPOCHS[date_1904]


@dataclass(frozen=True)
class Looks:
    """How a sheet looks now: styles by column and row, and by column; attributes of its rows."""

    cells: Mapping[int, Mapping[int, str]]
    columns: Mapping[int, int]
    rows: Mapping[int, str]

    @classmethod
    def of(cls, tree: Tree) -> Looks:
        """Read the looks of a worksheet part."""
        cells: dict[int, dict[int, str]] = defaultdict(dict)
        attributes: dict[int, str] = {}
        for row in rows(tree):
            attributes[row.number] = _kept(row.element)
            for column, cell in row.cells():
                style = tree.attribute(cell.at, "s") or "0"
                if style != "0":
                    cells[column][row.number] = style
        return cls(cells, column_styles(tree), attributes)

    @classmethod
    def plain(cls, sheet: PlainSheet) -> Looks:
        """Return the looks of a part in the one form that programs write."""
        return cls(sheet.styles, column_styles(sheet.tree), sheet.rows)


def with_cells(
    tree: Tree,
    grid: Grid,
    styles: Styles,
    *,
    date_1904: bool = False,
    looks: Looks | None = None,
) -> bytes:
    """Return a worksheet part with the grid's cells in place of its own.

    Parameters
    ----------
    tree
        The part. All but the rows and ``dimension`` stays as it is; so do the styles of
        cells and columns, and heights of rows. Rows beyond the last take the style above them.
    grid
        What the sheet shall hold.
    styles
        Gives the style of a kind, where the sheet has none.
    date_1904
        Whether the workbook counts its days from 1904.
    looks
        How the sheet looks, where that is known already; the tree may then lack rows.

    Raises
    ------
    BookError
        ``odd_part`` when there are no cells to replace.
    """
    looks, prefix = looks or Looks.of(tree), sheet_data(tree).prefix
    letters = [address(0, column)[:-1] for column in range(grid.width)]
    lines: list[list[str]] = [[] for _ in range(grid.height)]
    for (row, column), said in sorted(grid.heads().items()):
        style = int(looks.cells.get(column, {}).get(row, "0")) or styles("text")
        place = f"{letters[column]}{row + 1}"
        lines[row].append(plain_cell(prefix, place, style, said, date_1904=date_1904))
    for at, block in sorted(grid.columns(), key=lambda placed: placed[0]):
        cells = _column(block, _column_styles(looks, at, block, styles), prefix, letters[at],
                        date_1904=date_1904)  # fmt: skip
        for line, cell in zip(lines[FIRST_ROW:], cells, strict=False):
            if cell:
                line.append(cell)
    # Rows that are now empty keep their height only above the data.
    kept = {row for row in looks.rows if row <= HEADING_ROW}
    filled = {row: line for row, line in enumerate(lines) if line or row in kept}
    return _filled(tree, looks, filled, (grid.height - 1, grid.width - 1))


def _column_styles(looks: Looks, at: int, column: GridColumn, styles: Styles) -> Iterator[int]:
    """Give the style of each value of a column; of blanks too, where none is asked for."""
    own = looks.cells.get(at, {})
    last = max((row for row in own if row >= FIRST_ROW), default=None)
    base = str(looks.columns.get(at, 0))
    below = own[last] if last is not None else base
    for row, value in enumerate(column.values, FIRST_ROW):
        if value is None or value == "":
            yield 0
            continue
        said = own.get(row) or (below if last is not None and row > last else base)
        yield int(said) or styles(column.kind_of(row - FIRST_ROW))


def _column(
    column: GridColumn, styles: Iterable[int], prefix: str, letters: str, *, date_1904: bool
) -> list[str]:
    """Return the XML of a column's cells, from the first data row down; empty for blanks."""
    open_, close, begin = f"><{prefix}v>", f"</{prefix}v></{prefix}c>", f'<{prefix}c r="{letters}'
    found: list[str] = []
    for row, (value, style) in enumerate(zip(column.values, styles, strict=True), FIRST_ROW + 1):
        if type(value) is float and isfinite(value):
            # Nearly all are; for a million of them a call each is a second.
            look = f'" s="{style}"' if style else '"'
            found.append(f"{begin}{row}{look}{open_}{number_text(value)}{close}")
        elif value == "":
            found.append("")
        else:
            found.append(plain_cell(prefix, f"{letters}{row}", style, value, date_1904=date_1904))
    return found


def with_plain_cells(
    tree: Tree,
    cells: Iterable[tuple[int, int, Value]],
    fallback: Callable[[Value], int],
    *,
    date_1904: bool,
) -> bytes:
    """Return a worksheet part with these cells, by row and column from 0, in place of its own.

    A cell keeps the style of the one that stood there; without one ``fallback`` gives it.
    """
    looks, prefix = Looks.of(tree), sheet_data(tree).prefix
    lines: dict[int, list[str]] = defaultdict(list)
    corner = (-1, -1)
    for row, column, value in sorted(cells, key=lambda cell: cell[:2]):
        style = int(looks.cells.get(column, {}).get(row, "0")) or fallback(value)
        line = plain_cell(prefix, address(row, column), style, value, date_1904=date_1904)
        if line:
            lines[row].append(line)
            corner = (max(row, corner[0]), max(column, corner[1]))
    return _filled(tree, looks, lines, corner)


def _filled(
    tree: Tree, looks: Looks, lines: Mapping[int, list[str]], corner: tuple[int, int]
) -> bytes:
    """Return the part with rows of these cells, up to a corner, in place of its own."""
    data = sheet_data(tree)
    prefix = data.prefix
    inner = "".join(
        f'<{prefix}row r="{row + 1}"{looks.rows.get(row, "")}>{"".join(lines[row])}</{prefix}row>'
        for row in sorted(lines)
    )
    splices = Splices(tree)
    splices.fill(data, inner)
    set_dimension(splices, *corner)
    return splices.result()


def set_dimension(splices: Splices, row: int, column: int) -> None:
    """Have a sheet that says how far it is used say this, if it is more than nothing."""
    used = splices.tree.root.child("dimension")
    if used is not None and row >= 0 and column >= 0:
        area = f"A1:{address(row, column)}"
        if used.attributes.get("ref") != area:
            splices.reopen(used, with_attribute(used.opening, "ref", area))


def _kept(row: Element) -> str:
    """Return the attributes of a row, as written, without its place."""
    opening = with_attribute(with_attribute(row.opening, "r", None), "spans", None)
    return opening[len(row.tag) + 1 :].removesuffix(">").removesuffix("/").rstrip()


def plain_cell(prefix: str, place: str, style: int, value: Value, *, date_1904: bool) -> str:
    """Return a cell's XML; empty for a number that no cell can hold."""
    head = f'<{prefix}c r="{place}"' + (f' s="{style}"' if style else "")
    if isinstance(value, str):
        said = f'<{prefix}is><{prefix}t xml:space="preserve">{escaped(value)}</{prefix}t>'
        return f'{head} t="inlineStr">{said}</{prefix}is></{prefix}c>'
    if isinstance(value, date):
        return f"{head}><{prefix}v>{serial(value, date_1904)}</{prefix}v></{prefix}c>"
    if value is None or not isfinite(value):
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
