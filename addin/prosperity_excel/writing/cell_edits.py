"""Single cells of our own sheets in a closed book, everything else as it was.

The results writer replaces a sheet's cells whole; here an analyst's own rows stay where they are,
with their looks, formulas and comments, and only cells that change are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from prosperity.errors import BookError

from prosperity_excel.reading.sheets import address
from prosperity_excel.writing.caches import mentions
from prosperity_excel.writing.grid import Value
from prosperity_excel.writing.markup import Element, attributes, elements, first, odd_part, swapped
from prosperity_excel.writing.package import Package
from prosperity_excel.writing.saving import is_backup, refuse_if_open, replace_file
from prosperity_excel.writing.sheetdata import FORMATS, column_of, plain_cell

SUFFIXES = (".xlsx", ".xlsm")
_ADDRESS = re.compile(r"^([A-Z]{1,3})(\d{1,7})$")
_PLACE = re.compile(r"""(\sr=)(["'])[^"']*\2""")
_SPANS = re.compile(r"""\sspans=("[^"]*"|'[^']*')""")


@dataclass(frozen=True)
class SheetEdit:
    """What changes in one sheet.

    Attributes
    ----------
    cells : mapping of (int, int) to value
        By row and column from 0, in the numbering after rows were inserted; None clears a cell.
    inserted : tuple of int
        Rows, in the numbering before, in front of each of which a row is put; once for each
        mention. Rows from the last one on need not be inserted.
    head : int
        How many rows are the header's; cells below do not take their look from them.
    """

    cells: Mapping[tuple[int, int], Value] = field(default_factory=dict)
    inserted: tuple[int, ...] = ()
    head: int = 0


@dataclass
class _Row:
    opening: str
    cells: dict[int, str]


def edit_book(
    path: Path,
    edits: Mapping[str, SheetEdit],
    *,
    whole: Mapping[str, Iterable[tuple[int, int, Value]]] | None = None,
    now: datetime | None = None,
    expected: bytes | None = None,
    verb: str = "import",
) -> Path | None:
    """Change cells in a closed book.

    Parameters
    ----------
    path
        An ``.xlsx`` or ``.xlsm`` file that no program has open.
    edits
        By sheet, as the book names it.
    whole
        Sheets whose cells are all replaced; added where the book has none.
    now
        Time in the name of the dated copy; None is now.
    expected
        What the file held when the edits were planned; None is what it holds now.
    verb
        What does this, for the copy's name.

    Returns
    -------
    Path or None
        The dated copy of the file as it was; None when nothing changed.

    Raises
    ------
    BookError
        ``other_format``, ``is_backup``, ``book_open``, ``read_only``, ``changed_meanwhile``,
        ``cannot_insert``, ``has_formula``, ``cannot_write``. The file is then as it was.
    """
    refuse_to_write(path)
    content = path.read_bytes() if expected is None else expected
    package = Package(content, path.name)
    for name, edit in edits.items():
        part = package.sheets[name]
        text = _edited(package, part, edit, name)
        package.put(part, text)
    for name, cells in (whole or {}).items():
        _replace_cells(package, name, cells)
    if not package.changed:
        return None
    touched = frozenset({*edits, *(whole or {})})
    package.forget_calculation(frozenset(whole or {}))
    if _read_by_formulas(package, touched):
        package.recalculate_on_load()
    return replace_file(path, content, package.bytes(), now or datetime.now(), verb)


def has_formula(sheet: str, row: int, column: int) -> BookError:
    """Return the error that a formula stands where an import would write."""
    return BookError(
        "has_formula",
        "这个单元格是公式，导入不会覆盖；请先把它改为数值，或不导入这一列。",
        "This cell holds a formula, which an import does not replace; turn it into a value "
        "first, or leave the column out.",
        where=f"{sheet}!{address(row, column)}",
    )


def refuse_to_write(path: Path) -> None:
    """Check that a book can be written; see :func:`edit_book`."""
    if path.suffix.casefold() not in SUFFIXES:
        raise BookError(
            "other_format",
            "只能写入 .xlsx 或 .xlsm；请用 Excel 另存后再试。",
            "Only .xlsx and .xlsm can be written; save the book as one of them in Excel.",
            where=path.name,
        )
    if is_backup(path):
        raise BookError(
            "is_backup",
            "这是 Prosperity 保留的备份，不写入；请用原工作簿。",
            "This is a copy that Prosperity keeps; give the book itself.",
            where=path.name,
        )
    if not path.is_file():
        raise BookError(
            "missing_file",
            "文件不存在，请检查路径。",
            "There is no such file; check the path.",
            where=path.name,
        )
    refuse_if_open(path)


def _read_by_formulas(package: Package, sheets: frozenset[str]) -> bool:
    """Whether a formula anywhere names one of the sheets."""
    for part in package.sheets.values():
        text = package.text(part)
        if any(s.casefold() in text.casefold() for s in sheets) and any(
            mentions(formula.inner, s) for formula in elements(text, "f") for s in sheets
        ):
            return True
    return any(
        mentions(name.inner, s)
        for name in elements(package.text(package.workbook), "definedName")
        for s in sheets
    )


def _edited(package: Package, part: str, edit: SheetEdit, name: str) -> str:
    text = package.text(part)
    data = first(text, "sheetData")
    if data is None:
        raise odd_part(part)
    rows = _rows(data, part)
    if edit.inserted:
        _refuse_insertion(text, rows, edit.inserted, name)
        rows = _with_room(rows, edit.inserted)
    columns = _column_styles(text)
    kinds: dict[str, int] = {}

    def fallback(value: Value) -> int:
        if not isinstance(value, date):
            return 0
        if not kinds:
            kinds["date"] = package.add_styles({"date": FORMATS["date"]})["date"]
        return kinds["date"]

    for (row, column), value in sorted(edit.cells.items()):
        there = rows.setdefault(row, _Row("", {}))
        old = there.cells.get(column)
        if old is not None and first(old, "f") is not None:
            raise has_formula(name, row, column)
        style = _style(rows, row, column, edit.head) or columns.get(column, 0) or fallback(value)
        cell = plain_cell(
            data.prefix, address(row, column), style, value, date_1904=package.date_1904
        )
        if cell:
            there.cells[column] = cell
        else:
            there.cells.pop(column, None)
    lines = [_line(data.prefix, number, rows[number]) for number in sorted(rows)]
    opening = f"<{data.prefix}sheetData>"
    new = f"{opening}{''.join(lines)}</{data.prefix}sheetData>"
    text = swapped(text, data, new)
    return _with_dimension(text, rows)


def _rows(data: Element, part: str) -> dict[int, _Row]:
    found: dict[int, _Row] = {}
    number = 0
    for row in elements(data.inner, "row"):
        number = int(row.attributes.get("r", number + 1))
        cells: dict[int, str] = {}
        at = -1
        for cell in elements(row.inner, "c"):
            place = _ADDRESS.match(cell.attributes.get("r", ""))
            at = column_of(place[1]) if place else at + 1
            text = row.inner[cell.start : cell.stop]
            cells[at] = text if place else _placed(text, number - 1, at)
        if number - 1 in found:
            raise odd_part(part)
        found[number - 1] = _Row(row.opening, cells)
    return found


def _placed(cell: str, row: int, column: int) -> str:
    """Return a cell's XML with its address."""
    opening = re.match(r"^<[^>]*>", cell)
    head = opening[0] if opening else cell
    where = address(row, column)
    if _PLACE.search(head):
        fresh = _PLACE.sub(rf'\g<1>"{where}"', head, count=1)
    else:
        fresh = re.sub(r"^(<[\w.:-]+)", rf'\1 r="{where}"', head)
    return fresh + cell[len(head) :]


def _refuse_insertion(
    text: str, rows: Mapping[int, _Row], inserted: tuple[int, ...], name: str
) -> None:
    top = min(inserted)
    formulas = any(
        first(cell, "f") is not None for n, row in rows.items() if n >= top
        for cell in row.cells.values()
    )  # fmt: skip
    ranges = any(first(text, tag) is not None for tag in ("mergeCell", "tablePart", "autoFilter"))
    if formulas or ranges:
        raise BookError(
            "cannot_insert",
            f"需要在第 {top + 1} 行插入月份，而 {name} 表含有公式、合并单元格、筛选或“表格”，"
            "插入会弄乱它们；请在 Excel 中自己插入这些月份的行再导入。",
            f"Months must be inserted at row {top + 1}, but the sheet {name} holds formulas, "
            "merged cells, a filter or a table, which this would upset; insert rows for these "
            "months in Excel and import again.",
            where=name,
        )


def _with_room(rows: Mapping[int, _Row], inserted: tuple[int, ...]) -> dict[int, _Row]:
    """Return the rows moved down to make room; new rows take the look of the row below."""
    moved: dict[int, _Row] = {}
    for number, row in rows.items():
        down = sum(at <= number for at in inserted)
        cells = row.cells
        if down:
            cells = {c: _placed(cell, number + down, c) for c, cell in cells.items()}
        moved[number + down] = _Row(row.opening, cells)
    for count, at in enumerate(sorted(inserted)):
        model = rows.get(at)
        if model is None:
            continue
        bare = {
            c: _bare(cell, at + count, c) for c, cell in model.cells.items() if _bare(cell, 0, c)
        }
        moved[at + count] = _Row(model.opening, bare)
    return moved


def _bare(cell: str, row: int, column: int) -> str:
    """Return an empty cell with the style of another; empty without a style."""
    said = attributes(cell[: cell.index(">")])
    if "s" not in said:
        return ""
    prefix = re.match(r"^<([\w.-]+:)?c", cell)
    tag = f"{prefix[1] or ''}c" if prefix else "c"
    return f'<{tag} r="{address(row, column)}" s="{said["s"]}"/>'


def _style(rows: Mapping[int, _Row], row: int, column: int, head: int) -> int:
    """Return the style of a cell, or of the nearest one above it below the header; 0 for none."""
    for number in range(row, max(min(head, row), row - 3) - 1, -1):
        cell = rows[number].cells.get(column) if number in rows else None
        if cell is not None:
            said = attributes(cell[: cell.index(">")])
            return int(said.get("s", "0"))
    return 0


def _column_styles(text: str) -> dict[int, int]:
    styles: dict[int, int] = {}
    for column in elements(text, "col"):
        low, high = (int(column.attributes.get(key, "0")) for key in ("min", "max"))
        for at in range(low - 1, min(high, low + 999)):
            styles[at] = int(column.attributes.get("style", "0"))
    return styles


def _line(prefix: str, number: int, row: _Row) -> str:
    inner = "".join(row.cells[c] for c in sorted(row.cells))
    if not row.opening:
        return f'<{prefix}row r="{number + 1}">{inner}</{prefix}row>'
    opening = row.opening.removesuffix("/>").removesuffix(">").rstrip()
    opening = _SPANS.sub("", opening)
    if _PLACE.search(opening):
        opening = _PLACE.sub(rf'\g<1>"{number + 1}"', opening, count=1)
    else:
        opening = re.sub(r"^(<[\w.:-]+)", rf'\1 r="{number + 1}"', opening)
    return f"{opening}>{inner}</{prefix}row>"


def _with_dimension(text: str, rows: Mapping[int, _Row]) -> str:
    used = first(text, "dimension")
    filled = {n: row for n, row in rows.items() if row.cells}
    if used is None or not filled:
        return text
    corner = address(max(filled), max(max(row.cells) for row in filled.values()))
    return swapped(text, used, f'<{used.prefix}dimension ref="A1:{corner}"/>')


def _replace_cells(package: Package, name: str, cells: Iterable[tuple[int, int, Value]]) -> None:
    """Replace all cells of a sheet of ours, adding the sheet where there is none."""
    if name not in package.sheets:
        package.add_sheet(
            name,
            '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><dimension ref="A1"/>'
            '<sheetFormatPr defaultRowHeight="15"/><cols>'
            '<col min="1" max="2" width="11" customWidth="1"/>'
            '<col min="3" max="4" width="24" customWidth="1"/>'
            '<col min="5" max="8" width="48" customWidth="1"/></cols><sheetData/>'
            '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" '
            'footer="0.3"/><pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>',
        )
    part = package.sheets[name]
    text = package.text(part)
    data = first(text, "sheetData")
    if data is None or first(text, "tablePart") is not None:
        raise odd_part(part)
    kinds: dict[Literal["date"], int] = {}
    old = _rows(data, part)
    rows: dict[int, _Row] = {}
    for row, column, value in cells:
        style = _style(old, row, column, row)
        if isinstance(value, date) and not style:
            if not kinds:
                kinds["date"] = package.add_styles({"date": FORMATS["date"]})["date"]
            style = kinds["date"]
        cell = plain_cell(
            data.prefix, address(row, column), style, value, date_1904=package.date_1904
        )
        if cell:
            rows.setdefault(row, _Row(old[row].opening if row in old else "", {})).cells[column] = (
                cell
            )
    lines = "".join(_line(data.prefix, n, rows[n]) for n in sorted(rows))
    new = f"<{data.prefix}sheetData>{lines}</{data.prefix}sheetData>"
    package.put(part, _with_dimension(swapped(text, data, new), rows))
