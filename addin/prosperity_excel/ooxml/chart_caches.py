"""What charts and plain references remember of our cells, renewed for previews."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from prosperity_excel.ooxml.cells_xml import number_text, serial
from prosperity_excel.ooxml.grid import FIRST_ROW, Grid, Value
from prosperity_excel.ooxml.markup import Element, Splices, Tree, escaped, with_attribute
from prosperity_excel.sheets.workbook import column_index

_AREA = (
    r"(?:'((?:[^']|'')+)'|([^'!\[\](),\s]+))!\$?([A-Z]{1,3})\$?(\d+)"
    r"(?::\$?([A-Z]{1,3})\$?(\d+))?"
)
_ONE_AREA = re.compile(f"{_AREA}$")
_CHOICE = re.compile(r"CHOOSE\([^,]+,(.*)\)$", re.IGNORECASE)
_SHOWN_IF_THERE = re.compile(r'IF\((.+?)="","",(.+?)\)$')


@dataclass(frozen=True)
class Area:
    """A range: the sheet as it is written, and first and last row and column from 0."""

    sheet: str
    rows: tuple[int, int]
    columns: tuple[int, int]

    @property
    def size(self) -> int:
        """Number of cells."""
        (top, bottom), (left, right) = self.rows, self.columns
        return (bottom - top + 1) * (right - left + 1)


def area(formula: str) -> Area | None:
    """Return the range that a formula is; None when it is anything else."""
    found = _ONE_AREA.match(formula.strip().removeprefix("="))
    if found is None:
        return None
    sheet = found[1].replace("''", "'") if found[1] else found[2]
    top, left = int(found[4]) - 1, column_index(found[3])
    bottom, right = (int(found[6]) - 1, column_index(found[5])) if found[5] else (top, left)
    return Area(sheet, (top, bottom), (left, right))


#: Gives the value of a cell by its place and its formula.
Shown = Callable[[tuple[int, int], str], Value]
#: Values by row and column, from 0.
Cells = Mapping[tuple[int, int], Value]
#: What a cell shows in which a formula fails.
ERRORS = frozenset({"#N/A"})


def areas(formula: str) -> list[Area]:
    """Return the ranges between which a formula chooses, or the one that it is."""
    whole = area(formula)
    if whole is not None:
        return [whole]
    found = _CHOICE.match(formula.strip().removeprefix("="))
    parts = [area(part) for part in found[1].split(",")] if found else []
    return [part for part in parts if part is not None]


class Memory:
    """The cells of our sheets, for those who remember them.

    Parameters
    ----------
    grids
        Our sheets.
    date_1904
        Whether the workbook counts its days from 1904.
    computed
        Of other sheets, the cells whose formulas are known, by row and column from 0.
    """

    def __init__(
        self,
        grids: Mapping[str, Grid],
        *,
        date_1904: bool,
        computed: Mapping[str, Cells] = {},
    ) -> None:
        self._date_1904 = date_1904
        self.computed = computed
        self._columns = {name.casefold(): self._plain(grid, date_1904)
                         for name, grid in grids.items()}  # fmt: skip
        for name, cells in computed.items():
            self._columns[name.casefold()] = self._by_column(cells, date_1904)
        self._numbers: dict[Area, list[tuple[int, str]]] = {}

    def holds(self, sheet: str) -> bool:
        """Whether a sheet is one of ours."""
        return sheet.casefold() in self._columns

    def values(self, wanted: Area) -> list[str | float | None]:
        """Return an area's cells row by row, days as numbers."""
        columns = self._columns[wanted.sheet.casefold()]
        (top, bottom), (left, right) = wanted.rows, wanted.columns
        size = bottom - top + 1
        parts = [columns.get(at, [])[top : bottom + 1] for at in range(left, right + 1)]
        whole = [part + [None] * (size - len(part)) for part in parts]
        return [value for row in zip(*whole, strict=True) for value in row]

    def numbers(self, wanted: Area) -> list[tuple[int, str]]:
        """Return the places and texts of the numbers among :meth:`values`; charts share areas."""
        if wanted not in self._numbers:
            values = enumerate(self.values(wanted))
            self._numbers[wanted] = [
                (n, number_text(v)) for n, v in values if isinstance(v, int | float)
            ]
        return self._numbers[wanted]

    @staticmethod
    def _plain(grid: Grid, date_1904: bool) -> dict[int, list[str | float | None]]:
        """Return a sheet's columns from the first row on, days as numbers."""
        columns: dict[int, list[str | float | None]] = {}
        for at, column in grid.columns():
            values = [
                value if type(value) is float else _cached(value, date_1904)
                for value in column.values
            ]
            columns[at] = [*[None] * FIRST_ROW, *values]
        for (row, at), text in grid.heads().items():
            columns.setdefault(at, [None] * FIRST_ROW)[row] = text
        return columns

    def plain(self, value: Value) -> str | float | None:
        """Return a value as a cell keeps it: days as numbers."""
        return serial(value, self._date_1904) if isinstance(value, date) else value

    @staticmethod
    def _by_column(cells: Cells, date_1904: bool) -> dict[int, list[str | float | None]]:
        columns: dict[int, list[str | float | None]] = {}
        for (row, at), value in sorted(cells.items()):
            column = columns.setdefault(at, [])
            column.extend([None] * (row + 1 - len(column)))
            column[row] = serial(value, date_1904) if isinstance(value, date) else value
        return columns


def _cached(value: Value, date_1904: bool) -> str | float | None:
    """Return what is remembered of a cell: a day as its number, nothing of a blank one."""
    if isinstance(value, date):
        return serial(value, date_1904)
    return None if value == "" else value


def renewed_chart(tree: Tree, memory: Memory) -> bytes:
    """Return a chart part in which the caches of ranges on our sheets hold what stands there."""
    splices = Splices(tree)
    for name, cached, made in (
        ("chart:numRef", "chart:numCache", _numbers),
        ("chart:strRef", "chart:strCache", _texts),
    ):
        for reference in tree.named(name):
            formula = reference.child("chart:f")
            wanted = area(formula.text) if formula is not None else None
            if formula is None or wanted is None or not memory.holds(wanted.sheet):
                continue
            old = reference.child(cached)
            new = made(memory, wanted, reference.prefix, old)
            if old is not None:
                splices.replace(old, new)
            else:
                splices.put(formula.stop, formula.stop, new)
    return splices.result()


def _numbers(memory: Memory, wanted: Area, prefix: str, old: Element | None) -> str:
    form = old.child("chart:formatCode") if old is not None else None
    code = escaped(form.text) if form is not None else "General"
    code = f"<{prefix}formatCode>{code}</{prefix}formatCode>"
    return _cache(f"{prefix}numCache", code, wanted.size, memory.numbers(wanted), prefix)


def _texts(memory: Memory, wanted: Area, prefix: str, old: Element | None) -> str:
    values = enumerate(memory.values(wanted))
    said = [(n, v if isinstance(v, str) else number_text(v)) for n, v in values if v is not None]
    points = [(n, escaped(v)) for n, v in said]
    return _cache(f"{prefix}strCache", "", wanted.size, points, prefix)


def _cache(tag: str, code: str, count: int, points: list[tuple[int, str]], prefix: str) -> str:
    inner = "".join(
        f'<{prefix}pt idx="{n}"><{prefix}v>{value}</{prefix}v></{prefix}pt>' for n, value in points
    )
    return f'<{tag}>{code}<{prefix}ptCount val="{count}"/>{inner}</{tag}>'


def renewed_references(tree: Tree, memory: Memory, shown: Shown | None = None) -> bytes:
    """Return a worksheet part in which plain references to our cells show what stands there.

    Plain are ``result!M11`` and ``IF(result!M11="","",result!M11)``, and what ``shown`` knows;
    any other formula is left to the program that opens the book.

    Parameters
    ----------
    tree, memory
        The part, and our cells.
    shown
        Gives the value of a cell of this sheet by its place and its formula; it raises KeyError
        for one that it does not know.
    """
    splices = Splices(tree)
    for formula, wanted in _references(tree, memory):
        cell = formula.parent
        if wanted is not None:
            (value,) = memory.values(wanted)
        elif shown is not None and not _shared(formula):
            try:
                value = memory.plain(shown(_place(cell), formula.text))
            except KeyError:
                continue
        else:
            continue
        splices.replace(cell, _result(cell, formula, value))
    return splices.result()


def _place(cell: Element) -> tuple[int, int]:
    """Return row and column of a cell, from 0."""
    found = area(f"x!{cell.attributes.get('r', '')}")
    return (found.rows[0], found.columns[0]) if found is not None else (-1, -1)


def has_other_references(tree: Tree, memory: Memory, sheets: Iterable[str]) -> bool:
    """Whether a part holds formulas on our sheets besides plain references."""
    rest = [formula.text for formula, wanted in _references(tree, memory) if wanted is None]
    return any(mentions(formula, name) for formula in rest for name in sheets)


def formulas_mention(tree: Tree, sheets: Collection[str]) -> bool:
    """Whether a formula of a worksheet part names one of the sheets."""
    return any(mentions(formula.text, s) for formula in tree.named("f") for s in sheets)


def mentions(formula: str, sheet: str) -> bool:
    """Whether a formula names a sheet."""
    folded, name = formula.casefold(), sheet.casefold()
    return f"{name}!" in folded or f"{name.replace(chr(39), chr(39) * 2)}'!" in folded


def _references(tree: Tree, memory: Memory) -> list[tuple[Element, Area | None]]:
    """Return the formulas of cells, each with our cell that it plainly shows."""
    found: list[tuple[Element, Area | None]] = []
    for formula in tree.named("f"):
        if formula.parent.name == "c":
            wanted = None if _shared(formula) else _plain(formula.text)
            ours = wanted is not None and memory.holds(wanted.sheet)
            found.append((formula, wanted if ours else None))
    return found


def _shared(formula: Element) -> bool:
    """Whether a formula stands for more cells than its own."""
    return formula.attributes.get("t", "normal") != "normal"


def _plain(formula: str) -> Area | None:
    shown = _SHOWN_IF_THERE.match(formula)
    if shown and shown[1] == shown[2]:
        formula = shown[1]
    found = area(formula)
    one = found is not None and len(set(found.rows)) == 1 and len(set(found.columns)) == 1
    return found if one else None


def _result(cell: Element, formula: Element, value: str | float | None) -> str:
    is_number = isinstance(value, int | float)
    kind = None if is_number else "e" if value in ERRORS else "str"
    opening = with_attribute(cell.opening, "t", kind)
    shown = number_text(value) if isinstance(value, int | float) else escaped(value or "")
    prefix = cell.prefix
    return f"{opening}{formula.written}<{prefix}v>{shown}</{prefix}v></{cell.tag}>"
