"""The data sheets of a report."""

from __future__ import annotations

import math
from datetime import date

from xlsxwriter.worksheet import Worksheet

from prosperity_excel.report import style
from prosperity_excel.report.room_for_text import clean
from prosperity_excel.report.spec import DataColumn, DataSheet
from prosperity_excel.report.xlsx_cells import Formats, write
from prosperity_excel.report.xlsx_ranges import (
    BLOCK_ROW,
    FIRST_ROW,
    LABEL_ROW,
    NOTE_ROW,
    TITLE_ROW,
    UNIT_ROW,
    placed,
)

WIDTH = 12.5
PRINTED_MONTHS = 24
#: Columns that fit side by side on a printed page.
PRINTED_COLUMNS = 14


def write_data(sheet: Worksheet, part: DataSheet, formats: Formats) -> None:
    """Write a data sheet: blocks side by side, headers frozen, the last months to print."""
    sheet.set_tab_color(style.GREY)
    sheet.freeze_panes(FIRST_ROW, 0)
    sheet.write_string(TITLE_ROW, 0, clean(part.title), formats.get(style.DATA_TITLE))
    write(sheet, NOTE_ROW, 0, part.back, formats.get(style.LINKED))
    note = formats.get(style.ROLES["note"], {"text_wrap": False})
    sheet.write_string(NOTE_ROW, 2, clean(part.note), note)
    sheet.set_row(LABEL_ROW, 42)
    for block, (_, first, columns) in zip(part.blocks, placed(part), strict=True):
        sheet.set_column(first, first + len(columns) - 1, WIDTH)
        heading = formats.get(style.ROLES["heading"], {"bottom": 0})
        sheet.write_string(BLOCK_ROW, first, clean(block.title), heading)
        for at, column in enumerate(columns, first):
            _write_column(sheet, at, column, formats)
    _print_last_months(sheet, part)


def _write_column(sheet: Worksheet, at: int, column: DataColumn, formats: Formats) -> None:
    header = formats.get(style.HEADER, {"align": "right"})
    sheet.write_string(LABEL_ROW, at, clean(column.label), header)
    sheet.write_string(UNIT_ROW, at, clean(column.unit), formats.get(style.DATA_UNIT))
    form = formats.get(style.KINDS[column.kind])
    for row, value in enumerate(column.values, FIRST_ROW):
        if isinstance(value, str):
            sheet.write_string(row, at, clean(value), form)
        elif isinstance(value, date):
            sheet.write_datetime(row, at, value, form)
        elif isinstance(value, str):
            sheet.write_string(row, at, clean(value), form)
        elif value is not None:
            sheet.write_number(row, at, value, form)


def _print_last_months(sheet: Worksheet, part: DataSheet) -> None:
    columns = part.blocks[0].columns
    count = len(columns[0].values)
    first = FIRST_ROW + max(0, count - PRINTED_MONTHS)
    last = FIRST_ROW + max(count, 1) - 1
    sheet.print_area(first, 0, last, len(columns) - 1)
    sheet.repeat_rows(TITLE_ROW, UNIT_ROW)
    sheet.repeat_columns(0)
    sheet.fit_to_pages(math.ceil(len(columns) / PRINTED_COLUMNS), 0)
