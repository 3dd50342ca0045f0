"""Worksheet parts in the one form that office programs write, looked through without a parser.

A parser calls Python for each of a million cells. Where a part is in that form, one compiled
expression finds the same; where anything in it is not, the caller parses it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from prosperity_excel.ooxml.markup import Tree, with_attribute
from prosperity_excel.sheets.workbook import column_index

_BEGIN, _END, _ROW_END = b"<sheetData>", b"</sheetData>", b"</row>"
#: What makes a text more than tags and their contents, or its names mean something else.
_ODD = (b"<!", b"<?", b"xmlns", b"<extLst", b"AlternateContent")
_ROW = re.compile(rb'<row r="([1-9]\d{0,6})"([^<>]*)>')
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9]\d{0,6})"(?: s="(\d+)")?(?: t="(?:n|s|str|inlineStr|b|e|d)")?/?>'
)
_UNKNOWN = re.compile(rb"<(?!/?(?:row|c|v|f|is|t|r|rPr|rPh|phoneticPr)[ />])")


@dataclass(frozen=True)
class PlainSheet:
    """A worksheet part without its rows, and what these look like.

    Attributes
    ----------
    tree : Tree
        The part with its first rows alone.
    styles : dict of int to dict
        Styles other than 0, by column and row from 0.
    rows : dict of int to str
        Attributes of each row, as written, without its place.
    """

    tree: Tree
    styles: dict[int, dict[int, str]] = field(default_factory=dict)
    rows: dict[int, str] = field(default_factory=dict)


def plain_sheet(content: bytes, part: str, first: int) -> PlainSheet | None:
    """Return a worksheet part as one expression sees it; None when it takes a parser.

    Parameters
    ----------
    content
        The part, in UTF-8.
    part
        Its name, for errors.
    first
        How many of its rows stay in the tree.

    Raises
    ------
    BookError
        ``odd_part`` when what stands around the rows is not well-formed.
    """
    if content.count(_BEGIN) != 1 or content.count(_END) != 1:
        return None
    begin, end = content.index(_BEGIN) + len(_BEGIN), content.index(_END)
    inner, head, tail = content[begin:end], content[:begin], content[end:]
    # What stands in a comment or an instruction is no sheet.
    if b"<!" in head or b"<!" in tail or head.count(b"<?") > 1 or b"<?" in tail:
        return None
    if any(sign in inner for sign in _ODD) or _UNKNOWN.search(inner):
        return None
    styles: dict[int, dict[int, str]] = {}
    rows: dict[int, str] = {}
    kept: dict[bytes, str] = {}
    at = shown = 0
    while at < len(inner):
        found = _ROW.match(inner, at)
        if found is None:
            return None
        number, attributes = int(found[1]) - 1, found[2]
        closed = attributes.endswith(b"/")
        stop = found.end() if closed else inner.find(_ROW_END, at)
        if stop < 0 or number in rows:
            return None
        if not closed and not _take(inner[found.end() : stop], found[1], styles):
            return None
        if attributes not in kept:
            kept[attributes] = _kept(attributes)
        rows[number] = kept[attributes]
        at = stop if closed else stop + len(_ROW_END)
        shown = at if number < first else shown
    tree = Tree(head + inner[:shown] + tail, part)
    data = tree.root.child("sheetData") if tree.root.name == "worksheet" else None
    return PlainSheet(tree, styles, rows) if data is not None else None


def _take(cells: bytes, row: bytes, styles: dict[int, dict[int, str]]) -> bool:
    """Note the styles of a row's cells; return whether all are in the one form."""
    found = _CELL.findall(cells)
    if len(found) != cells.count(b"<c ") + cells.count(b"<c>") + cells.count(b"<c/"):
        return False
    number = int(row) - 1
    for letters, place, style in found:
        if place != row:
            return False
        if style and style != b"0":
            column = column_index(letters.decode())
            styles.setdefault(column, {})[number] = style.decode()
    return True


def _kept(attributes: bytes) -> str:
    opening = f"<row{attributes.decode().removesuffix('/')}>"
    return with_attribute(opening, "spans", None)[len("<row") : -1].rstrip()
