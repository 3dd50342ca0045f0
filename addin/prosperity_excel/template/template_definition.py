"""The sheet ``definition``: the models as tables, with room for new records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import zip_longest
from math import ceil
from typing import Any, cast

from prosperity.record_fields import Table, choices
from prosperity.records import CLASSES, COLUMNS

from prosperity_excel.book.definitions import Block, Value, blocks
from prosperity_excel.template.contents import Contents
from prosperity_excel.template.template_page import TALLEST_ROW, Page, width_of
from prosperity_excel.words.book_words import COLUMN_HELP, COLUMN_NAMES_ZH, MODEL, TABLE_NAMES
from prosperity_excel.words.guide_words import DEFINITION_NOTE
from prosperity_excel.words.pair import Pair

#: Empty rows below each table of definitions, formatted for new records.
SPARE_ROWS = 3
#: Widths of columns of ``definition``; tables share them, and the widest counts.
_WIDTHS: Mapping[str, float] = {
    MODEL: 18,
    "id": 24,
    "name_zh": 26,
    "name_en": 34,
    "hold": 22,
    "formula": 22,
    "changes": 24,
    "source_ids": 24,
    "aliases": 30,
    "alternatives": 30,
    **dict.fromkeys(("logic_zh", "logic_en", "unknown_zh", "unknown_en"), 60),
    **dict.fromkeys(("note_zh", "note_en", "source"), 40),
}
_WIDTH = 14
_VALUE_STYLES: Mapping[type, str] = {bool: "truth", float: "value"}
#: Small letters in a column of width one.
_LETTERS_A_UNIT = 1.2


def write_definition(page: Page, plan: Contents) -> None:
    """Write the sheet ``definition``: a block a table, a row a record."""
    write_blocks(page, blocks(plan.models), DEFINITION_NOTE, INDUSTRIES)


def write_blocks(page: Page, tables: Sequence[Block], note: Sequence[str], known: Tables) -> None:
    """Write blocks of records below a note of two lines."""
    sheet = page.sheet
    sheet.hide_gridlines(2)
    for place, names in enumerate(zip_longest(*(block.columns for block in tables))):
        sheet.set_column(place, place, max(_WIDTHS.get(name, _WIDTH) for name in names))
    sheet.freeze_panes(0, 2)
    for line, text in enumerate(note):
        page.write(line, 0, text, "subtitle")
    row = 3
    for block in tables:
        row = _write_block(page, block, row, known) + 2
    sheet.repeat_columns(0, 1)
    sheet.fit_to_pages(4, 0)


@dataclass(frozen=True)
class Tables:
    """What a sheet of records needs to know of its tables: names, defaults and choices."""

    names: Mapping[str, Pair]
    defaults: Callable[[str], Mapping[str, Any]]
    choices: Callable[[str, str], Sequence[str]]


def _defaults(table: str) -> dict[str, Any]:
    own = cast(Table, table)
    return {f.name: f.default for f in fields(CLASSES[own]) if f.name in COLUMNS[own]}


INDUSTRIES = Tables(
    cast("Mapping[str, Pair]", TABLE_NAMES),
    _defaults,
    lambda table, column: choices(cast(Table, table), column),
)


def _kinds(defaults: Mapping[str, Any]) -> dict[str, type]:
    """Return the type of each column that holds numbers or truth values."""
    return {
        name: bool if isinstance(default, bool) else float
        for name, default in defaults.items()
        if default is None or isinstance(default, bool | int | float)
    }


def _height(values: Sequence[Value], columns: Sequence[str]) -> float:
    """Return the height at which a record shows all of its wrapped texts."""
    widths = (_WIDTHS.get(column, _WIDTH) * _LETTERS_A_UNIT for column in columns)
    texts = (value if isinstance(value, str) else "" for value in values)
    lines = max(ceil(width_of(t) / w) for t, w in zip(texts, widths, strict=True))
    return min(12.0 * max(lines, 1) + 4, TALLEST_ROW)


def _write_block(page: Page, block: Block, row: int, known: Tables) -> int:
    """Write a table of definitions; return the row after it."""
    zh, en = known.names[block.table]
    page.sheet.set_row(row, 24)
    page.write(row, 0, f"[{block.table}]", "table")
    page.write(row, 1, f"{zh} {en}", "subtitle")
    header, first = row + 2, row + 3
    end = first + len(block.rows) + SPARE_ROWS
    kinds = _kinds(known.defaults(block.table))
    for line, values in enumerate(block.rows, first):
        page.sheet.set_row(line, _height(values, block.columns))
    for place, column in enumerate(block.columns):
        page.write(header - 1, place, COLUMN_NAMES_ZH.get(column, column), "column_zh")
        page.write(header, place, column, "column")
        help = COLUMN_HELP.get(column, ())
        if help:
            page.prompt((header, place, header, place), column, help)
        words = (
            ["TRUE", "FALSE"] if kinds.get(column) is bool else known.choices(block.table, column)
        )
        if any(words):
            rule = {"validate": "list", "source": [word for word in words if word]}
            page.prompt((first, place, end - 1, place), "", (), rule)
        style = _VALUE_STYLES.get(kinds.get(column, str), "text_value")
        for offset, values in enumerate([*block.rows, *[()] * SPARE_ROWS]):
            value = values[place] if values else None
            page.write(first + offset, place, value, style)
    return end
