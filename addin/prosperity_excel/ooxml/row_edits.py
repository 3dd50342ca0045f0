"""Cells and rows of a worksheet part changed one by one, everything between them as it was."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from prosperity.errors import BookError

from prosperity_excel.ooxml.cells_xml import plain_cell, set_dimension
from prosperity_excel.ooxml.grid import Value
from prosperity_excel.ooxml.markup import Element, Splices, Tree, odd_part, with_attribute
from prosperity_excel.ooxml.sheet_rows import Row, area_of, column_styles, rows, sheet_data
from prosperity_excel.sheets.workbook import address

#: Formulas whose results stand in more cells than their own.
_SPREAD = ("array", "dataTable")
#: How many rows above a cell its look is taken from.
_LOOK_ABOVE = 3


@dataclass(frozen=True)
class SheetEdit:
    """What changes in one sheet.

    Attributes
    ----------
    cells : mapping of (int, int) to value
        By row and column from 0, in the numbering after rows were inserted; None clears a cell,
        which keeps its look.
    inserted : tuple of int
        Rows, in the numbering before, in front of each of which a row is put; once for each
        mention. Rows from the last one on need not be inserted.
    head : int
        How many rows are the header's; cells below do not take their look from them.
    """

    cells: Mapping[tuple[int, int], Value] = field(default_factory=dict)
    inserted: tuple[int, ...] = ()
    head: int = 0


class SheetEditor:
    """A worksheet part that is about to be edited.

    Parameters
    ----------
    tree
        The part.
    name
        Name of the sheet, for messages.
    edit
        What changes.
    fallback
        Gives the style of a value where the sheet has none.
    date_1904
        Whether the workbook counts its days from 1904.
    """

    def __init__(
        self,
        tree: Tree,
        name: str,
        edit: SheetEdit,
        fallback: Callable[[Value], int],
        *,
        date_1904: bool,
    ) -> None:
        self.tree, self.name, self.edit = tree, name, edit
        self.fallback, self.date_1904 = fallback, date_1904
        self.data = sheet_data(tree)
        self.inserted = sorted(edit.inserted)
        there = list(rows(tree))
        if any(a.number >= b.number for a, b in pairwise(there)):
            raise odd_part(tree.part)
        self.there = {self._moved(row.number): row for row in there}
        self.models = self._models({row.number: row for row in there})
        self.columns = column_styles(tree)
        self._cells: dict[int, dict[int, Element]] = {}
        self._styles: dict[tuple[int, int], int] = {}

    def edited(self) -> bytes:
        """Return the part with the changes.

        Raises
        ------
        BookError
            ``cannot_insert``, ``has_formula``, or ``odd_part``.
        """
        self._refuse_formulas()
        if self.inserted:
            self._refuse_insertion()
        wanted: dict[int, dict[int, Value]] = defaultdict(dict)
        for (row, column), value in sorted(self.edit.cells.items()):
            wanted[row][column] = value
        splices, fresh = Splices(self.tree), {}
        for row in sorted({*self.there, *self.models, *wanted}):
            lines = {at: self._line(row, at, value) for at, value in wanted.get(row, {}).items()}
            if row not in self.there:
                fresh[row] = self._new_row(row, lines)
            elif lines or self.there[row].number != row:
                self._change_row(splices, row, lines)
        self._put_rows(splices, {row: text for row, text in fresh.items() if text})
        self._extend_dimension(splices)
        return splices.result()

    def _moved(self, number: int) -> int:
        """Return the number of a row after the insertions."""
        return number + bisect_right(self.inserted, number)

    def _models(self, old: Mapping[int, Row]) -> dict[int, Row]:
        """Return the row below each inserted one, whose look it takes, by the new row's number."""
        numbers = ((at + count, at) for count, at in enumerate(self.inserted))
        return {new: old[at] for new, at in numbers if at in old}

    def _cells_of(self, row: int) -> dict[int, Element]:
        """Return the cells that stand in a row, by column; of an inserted row its model's."""
        if row not in self._cells:
            source = self.there.get(row, self.models.get(row))
            cells = source.cells() if source else []
            if any(a >= b for (a, _), (b, _) in pairwise(cells)):
                raise odd_part(self.tree.part)
            self._cells[row] = dict(cells)
        return self._cells[row]

    def _style(self, row: int, column: int) -> int:
        """Return the style of a cell, or of the nearest one above it below the header, or 0."""
        for number in range(row, max(min(self.edit.head, row), row - _LOOK_ABOVE) - 1, -1):
            if (number, column) in self._styles:
                return self._styles[number, column]
            cell = self._cells_of(number).get(column)
            if cell is not None:
                return int(cell.attributes.get("s", "0"))
        return 0

    def _line(self, row: int, column: int, value: Value) -> str:
        """Return the XML of a cell that is written; empty for one that is to go."""
        prefix = self.there[row].element.prefix if row in self.there else self._prefix(row)
        if value is None:
            cell = self._cells_of(row).get(column)
            return "" if cell is None else _bare(prefix, cell, row, column)
        style = self._style(row, column) or self.columns.get(column, 0) or self.fallback(value)
        self._styles[row, column] = style
        return plain_cell(prefix, address(row, column), style, value, date_1904=self.date_1904)

    def _prefix(self, row: int) -> str:
        """Return the prefix of what stands in a new row."""
        return self.models[row].element.prefix if row in self.models else self.data.prefix

    def _change_row(self, splices: Splices, row: int, lines: Mapping[int, str]) -> None:
        """Exchange, add and remove cells of a row, and give it its new number."""
        element, cells = self.there[row].element, self._cells_of(row)
        moved = self.there[row].number != row
        opening = with_attribute(element.opening, "r", str(row + 1))
        if lines.keys() - cells.keys():
            opening = with_attribute(opening, "spans", None)
        for column, cell in cells.items():
            if column in lines:
                splices.replace(cell, lines[column])
            elif moved or "r" not in cell.attributes:
                # Behind a cell that comes or goes, one without a place would stand elsewhere.
                where = address(row, column)
                splices.reopen(cell, with_attribute(cell.opening, "r", where))
        behind = {c: text for c, text in sorted(lines.items()) if c not in cells and text}
        for column in [*behind]:
            following = next((c for c in cells if c > column), None)
            if following is not None:
                place = cells[following].start
                splices.put(place, place, behind.pop(column))
        new = "".join(behind.values())
        if element.is_empty_tag:
            splices.append(element, new, opening)
            return
        if opening != element.opening:
            splices.reopen(element, opening)
        rest = next((e for e in element.children() if e.name != "c"), None)
        place = rest.start if rest is not None else element.inner_stop
        splices.put(place, place, new)

    def _new_row(self, row: int, lines: dict[int, str]) -> str:
        """Return the XML of a row that was not there; empty for one that holds nothing."""
        model = self.models.get(row)
        if model is None:
            opening, tag = f'<{self.data.prefix}row r="{row + 1}">', f"{self.data.prefix}row"
        else:
            element = model.element
            opening = with_attribute(element.opening, "r", str(row + 1))
            opening = with_attribute(opening, "spans", None)
            opening, tag = opening.removesuffix(">").removesuffix("/").rstrip() + ">", element.tag
            for column, cell in self._cells_of(row).items():
                lines.setdefault(column, _bare(element.prefix, cell, row, column))
        inner = "".join(lines[column] for column in sorted(lines))
        return f"{opening}{inner}</{tag}>" if inner or model is not None else ""

    def _put_rows(self, splices: Splices, fresh: Mapping[int, str]) -> None:
        """Put new rows in their places between those that are there."""
        numbers = sorted(self.there)
        tail: list[str] = []
        for row, text in fresh.items():
            at = bisect_right(numbers, row)
            if at == len(numbers):
                tail.append(text)
            else:
                place = self.there[numbers[at]].element.start
                splices.put(place, place, text)
        if tail:
            splices.append(self.data, "".join(tail))

    def _extend_dimension(self, splices: Splices) -> None:
        """Have the sheet say that it is used as far as it is now."""
        used = self.tree.root.child("dimension")
        said = area_of(used.attributes.get("ref", "")) if used is not None else None
        filled = [place for place, value in self.edit.cells.items() if value is not None]
        if said is None or not (filled or self.inserted):
            return
        bottom, right = said[1]
        if said[0] == said[1]:
            # Some programs say A1 whatever there is.
            cells = [max(self._cells_of(row), default=-1) for row in self.there]
            bottom, right = max(self.there, default=0), max(cells, default=0)
        else:
            bottom = self._moved(bottom)
        bottom = max([bottom, *(row for row, _ in filled)])
        right = max([right, *(column for _, column in filled)])
        set_dimension(splices, bottom, right)

    def _refuse_formulas(self) -> None:
        """Refuse to write where a formula stands, or the results of one."""
        cells = {formula.parent.at for formula in self.data.named("f")}
        spread = [
            area
            for formula in self.data.named("f")
            if formula.attributes.get("t") in _SPREAD
            and (area := area_of(formula.attributes.get("ref", ""))) is not None
        ]
        for row, column in sorted(self.edit.cells):
            cell = self._cells_of(row).get(column) if row in self.there else None
            old = self.there[row].number if row in self.there else -1
            inside = any(a[0] <= old <= b[0] and a[1] <= column <= b[1] for a, b in spread)
            if inside or (cell is not None and cell.at in cells):
                raise has_formula(self.name, row, column)

    def _refuse_insertion(self) -> None:
        """Refuse to move what other things in the sheet count on."""
        top = self.inserted[0]
        moving = [row.element for row in self.there.values() if row.number >= top]
        begin = moving[0].at if moving else len(self.tree.names)
        formulas = "f" in self.tree.names[begin : self.tree.behind[self.data.at]]
        ranges = ("mergeCell", "tablePart", "autoFilter")
        if formulas or any(self.tree.first(tag) is not None for tag in ranges):
            raise BookError(
                "cannot_insert",
                f"需要在第 {top + 1} 行插入月份，而 {self.name} 表含有公式、合并单元格、筛选或"
                "“表格”，插入会弄乱它们；请在 Excel 中自己插入这些月份的行再导入。",
                f"Months must be inserted at row {top + 1}, but the sheet {self.name} holds "
                "formulas, merged cells, a filter or a table, which this would upset; insert rows "
                "for these months in Excel and import again.",
                where=self.name,
            )


def has_formula(sheet: str, row: int, column: int) -> BookError:
    """Return the error that a formula stands where an import would write."""
    return BookError(
        "has_formula",
        "这个单元格是公式，导入不会覆盖；请先把它改为数值，或不导入这一列。",
        "This cell holds a formula, which an import does not replace; turn it into a value "
        "first, or leave the column out.",
        where=f"{sheet}!{address(row, column)}",
    )


def _bare(prefix: str, cell: Element, row: int, column: int) -> str:
    """Return an empty cell with the style of another; empty without a style."""
    style = cell.attributes.get("s", "0")
    return f'<{prefix}c r="{address(row, column)}" s="{style}"/>' if style != "0" else ""
