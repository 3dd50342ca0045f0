"""What a book's sheet of results said before a run."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from prosperity_excel.sheets.cells import day
from prosperity_excel.sheets.workbook import Sheet, Workbook, open_workbook
from prosperity_excel.words.book_words import SHEETS
from prosperity_excel.words.statements import Former

#: Rows of a sheet of results that hold the ids of its columns, and the first with data.
KEY_ROW, FIRST_ROW = 8, 10
#: The id at the end of the title of an industry's sheet of results.
_TITLE_ID = re.compile(r"\(([^()]+)\)\s*$")


def former_signals(path: Path) -> dict[str, Former]:
    """Return the last decisions that a book's sheet of results shows, by industry id.

    A sheet that is not ours, or holds nothing yet, gives none.
    """
    return former_of(open_workbook(path))


def former_of(workbook: Workbook) -> dict[str, Former]:
    """Return the former decisions of an open workbook; see :func:`former_signals`."""
    name = workbook.named(SHEETS["result"])
    if name is None:
        return {}
    sheet = workbook.sheet(name)
    keys = {
        str(sheet.cell(KEY_ROW, column)): column
        for column in reversed(range(sheet.width))
        if sheet.cell(KEY_ROW, column) is not None
    }
    if {"industry", "decision", "signal"} <= keys.keys():
        return _from_overview(sheet, keys)
    if {"item", "value"} <= keys.keys():
        return _from_items(sheet, keys)
    return {}


def _from_overview(sheet: Sheet, keys: dict[str, int]) -> dict[str, Former]:
    found = {}
    for row in range(FIRST_ROW, len(sheet.rows)):
        id = sheet.cell(row, keys["industry"])
        made = _former(sheet, (row, keys["decision"]), (row, keys["signal"]))
        if isinstance(id, str) and made is not None:
            found[id] = made
    return found


def _from_items(sheet: Sheet, keys: dict[str, int]) -> dict[str, Former]:
    rows = {
        str(sheet.cell(row, keys["item"])): row
        for row in range(FIRST_ROW, len(sheet.rows))
        if sheet.cell(row, keys["item"]) is not None
    }
    named = _TITLE_ID.search(str(sheet.cell(0, 0)))
    if named is None or not {"decision", "signal"} <= rows.keys():
        return {}
    at = keys["value"]
    made = _former(sheet, (rows["decision"], at), (rows["signal"], at))
    return {} if made is None else {named[1]: made}


def _former(sheet: Sheet, decided: tuple[int, int], signal: tuple[int, int]) -> Former | None:
    read = day(sheet.cell(*decided), date_1904=sheet.date_1904).value
    value = sheet.cell(*signal)
    if read is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Former(pd.Timestamp(read), float(value))
    return Former(pd.Timestamp(read), None)
