"""What stands in a worksheet part, as far as must be known to tell whether the sheet is ours."""

from __future__ import annotations

from html import unescape
from itertools import islice

from prosperity_excel.writing.markup import elements, first
from prosperity_excel.writing.package import Package


def is_blank(text: str) -> bool:
    """Whether no cell of a worksheet part holds a value or a formula."""
    data = first(text, "sheetData")
    return data is None or all(first(data.inner, name) is None for name in ("v", "f", "is"))


def first_of_row(package: Package, part: str, number: int) -> str:
    """Return the text in column A of a row; empty where there is none, or something else.

    Parameters
    ----------
    package
        The book.
    part
        A worksheet.
    number
        The row, from 1.
    """
    data = first(package.text(part), "sheetData")
    at = 0
    for row in elements(data.inner, "row") if data is not None else ():
        # Rows and cells may leave out where they stand: behind the one before.
        at = int(row.attributes.get("r", at + 1))
        if at >= number:
            break
    else:
        return ""
    cell = first(row.inner, "c") if at == number else None
    if cell is None or cell.attributes.get("r", f"A{number}") != f"A{number}":
        return ""
    return _text(package, cell.inner, cell.attributes.get("t"))


def _text(package: Package, inner: str, kind: str | None) -> str:
    """Return the text of a cell, wherever it is kept."""
    if kind == "inlineStr":
        return _joined(inner)
    value = first(inner, "v")
    if value is None or kind not in ("s", "str"):
        return ""
    if kind == "str":
        return unescape(value.inner)
    shared = package.shared_texts
    if shared is None or not value.inner.strip().isdigit():
        return ""
    item = next(islice(elements(package.text(shared), "si"), int(value.inner), None), None)
    return "" if item is None else _joined(item.inner)


def _joined(inner: str) -> str:
    return "".join(unescape(text.inner) for text in elements(inner, "t"))
