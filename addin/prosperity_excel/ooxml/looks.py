"""What stands in a worksheet part, as far as must be known to tell whether the sheet is ours."""

from __future__ import annotations

from prosperity_excel.ooxml.markup import Element, Tree
from prosperity_excel.ooxml.package import Package
from prosperity_excel.ooxml.sheet_rows import rows, sheet_data

_FORMULA, _VALUES = "f", ("v", "t")


def is_blank(tree: Tree) -> bool:
    """Whether no cell of a worksheet part holds a value or a formula."""
    data = sheet_data(tree)
    names = tree.names[data.at : tree.behind[data.at]]
    return _FORMULA not in names and not any(
        value.text for name in _VALUES if name in names for value in data.named(name)
    )


def first_of_row(package: Package, tree: Tree, number: int) -> str:
    """Return the text in column A of a row; empty where there is none, or something else.

    Parameters
    ----------
    package
        The book.
    tree
        A worksheet part of it; it may lack the rows behind.
    number
        The row, from 1.
    """
    found = next((row for row in rows(tree) if row.number == number - 1), None)
    cells = dict(found.cells()) if found is not None else {}
    return cell_text(package, cells[0]) if 0 in cells else ""


def cell_text(package: Package, cell: Element) -> str:
    """Return the text of a cell, wherever it is kept."""
    kind = cell.attributes.get("t")
    if kind == "inlineStr":
        inline = cell.child("is")
        return "" if inline is None else _joined(inline)
    value = cell.child("v")
    if value is None or kind not in ("s", "str"):
        return ""
    if kind == "str":
        return value.text
    shared, place = package.shared_texts, value.text.strip()
    if shared is None or not place.isdecimal():
        return ""
    items = package.tree(shared).named("si")
    return _joined(items[int(place)]) if int(place) < len(items) else ""


def _joined(item: Element) -> str:
    """Return a text that may be in pieces of several looks; how to read it aloud is left out."""
    pieces = [item, *item.children("r")]
    return "".join(text.text for piece in pieces for text in piece.children("t"))
