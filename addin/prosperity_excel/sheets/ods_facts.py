"""What an OpenDocument spreadsheet (``.ods``) says and calamine does not.

calamine shows percentages as plain numbers, and errors as blank cells or as the number that some
program stored with them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import IO
from xml.etree import ElementTree

from prosperity_excel.sheets.xlsx_facts import MOST_CELLS, Facts

_URN = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _OFFICE, _TEXT = f"{{{_URN}table:1.0}}", f"{{{_URN}office:1.0}}", f"{{{_URN}text:1.0}}"
_CALC_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_ROW, _SHEET = f"{_TABLE}table-row", f"{_TABLE}table"
_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
#: Of a cell: how often it stands, whether it is filled, its error (empty: a formula that was never
#: calculated), whether it is a percentage.
_Cell = tuple[int, bool, str | None, bool]


class OpenDocument:
    """The sheets of an ``.ods``, each looked at once.

    Raises
    ------
    KeyError, ValueError, ElementTree.ParseError, zipfile.BadZipFile
        When it is damaged.
    """

    #: Days are written out as dates.
    date_1904 = False

    def __init__(self, content: bytes) -> None:
        self._facts: dict[str, Facts] = {}
        with zipfile.ZipFile(io.BytesIO(content)) as package, package.open("content.xml") as part:
            for name, facts in _sheets(part):
                self._facts.setdefault(name, facts)

    def facts(self, name: str) -> Facts:
        """Return what is known of a sheet."""
        return self._facts[name]


def _sheets(part: IO[bytes]) -> Iterator[tuple[str, Facts]]:
    name, facts, row, width = "", Facts(), 0, 0
    cells: list[_Cell] = []
    for event, element in ElementTree.iterparse(part, ("start", "end")):
        if event == "start":
            if element.tag == _SHEET:
                name, facts, row, width = element.get(f"{_TABLE}name", ""), Facts(), 0, 0
            elif element.tag == _ROW:
                cells = []
        elif element.tag in _CELLS:
            cells.append(_cell(element))
            element.clear()
        elif element.tag == _ROW:
            times = int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            if any(filled for _, filled, _, _ in cells):
                width = max(width, _reach(cells))
                facts.cells = (row + times) * width
                if facts.cells <= MOST_CELLS:
                    _note(facts, cells, range(row, row + times))
            row += times
            element.clear()
        elif element.tag == _SHEET:
            yield name, facts
            element.clear()


def _cell(element: ElementTree.Element) -> _Cell:
    times = int(element.get(f"{_TABLE}number-columns-repeated", "1"))
    kind = element.get(f"{_OFFICE}value-type", "")
    shown = "".join("".join(p.itertext()) for p in element.iterfind(f"{_TEXT}p")).strip()
    wrong = shown in _ERRORS or shown.startswith(("Err:", "#ERR"))
    computed = f"{_TABLE}formula" in element.attrib
    error = None
    if element.get(_CALC_TYPE) == "error" or (wrong and computed):
        error = shown or "#N/A"
    elif computed and not kind and element.find(f"{_TEXT}p") is None:
        error = ""  # never calculated; an empty text that was has its paragraph
    filled = bool(kind or shown) or error is not None
    return times, filled, error, kind == "percentage" and error is None


def _reach(cells: list[_Cell]) -> int:
    """Return the number of columns up to the last filled cell."""
    column = reach = 0
    for times, filled, _, _ in cells:
        column += times
        reach = column if filled else reach
    return reach


def _note(facts: Facts, cells: list[_Cell], rows: range) -> None:
    column = 0
    for times, _, error, percent in cells:
        places = ((r, c) for r in rows for c in range(column, column + times))
        if error is not None:
            facts.errors.update(dict.fromkeys(places, error))
        elif percent:
            facts.percents.update(places)
        column += times
