"""The data sheets of a report, and where in them each series stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from xlsxwriter.worksheet import Worksheet

from prosperity_excel.report import style
from prosperity_excel.report.room_for_text import clean
from prosperity_excel.report.spec import DataColumn, DataSheet, Report
from prosperity_excel.report.xlsx_cells import Formats, write

TITLE_ROW, NOTE_ROW, BLOCK_ROW, LABEL_ROW, UNIT_ROW, FIRST_ROW = range(6)
WIDTH = 12.5
PRINTED_MONTHS = 24
#: Columns that fit side by side on a printed page.
PRINTED_COLUMNS = 14


@dataclass(frozen=True)
class Ranges:
    """Where the series of a report stand.

    Attributes
    ----------
    columns : dict
        (sheet, block, series) -> column.
    dates : dict
        (sheet, block) -> column of its dates, and the dates.
    """

    columns: dict[tuple[str, str, str], int]
    dates: dict[tuple[str, str], tuple[int, tuple[float | date | str | None, ...]]]

    @classmethod
    def of(cls, report: Report) -> Ranges:
        """Return the ranges of a report's data sheets."""
        found = cls({}, {})
        for sheet in report.sheets:
            for key, first, columns in _placed(sheet):
                for at, column in enumerate(columns, first):
                    found.columns[sheet.id, key, column.key] = at
                found.dates[sheet.id, key] = first, columns[0].values
        return found

    def rows(self, sheet: str, block: str, period: tuple[date, date]) -> tuple[int, int]:
        """Return the first and last row whose date lies in a period."""
        first, last = period
        inside = [
            row
            for row, day in enumerate(self.dates[sheet, block][1], FIRST_ROW)
            if isinstance(day, date) and first <= day <= last
        ]
        return inside[0], inside[-1]

    def all_rows(self, sheet: str, block: str) -> tuple[int, int]:
        """Return the first and last row of a block."""
        return FIRST_ROW, FIRST_ROW + len(self.dates[sheet, block][1]) - 1


def write_data(sheet: Worksheet, part: DataSheet, formats: Formats) -> None:
    """Write a data sheet: blocks side by side, headers frozen, the last months to print."""
    sheet.set_tab_color(style.GREY)
    sheet.freeze_panes(FIRST_ROW, 0)
    sheet.write_string(TITLE_ROW, 0, clean(part.title), formats.get(style.DATA_TITLE))
    write(sheet, NOTE_ROW, 0, part.back, formats.get(style.LINKED))
    note = formats.get(style.ROLES["note"], {"text_wrap": False})
    sheet.write_string(NOTE_ROW, 2, clean(part.note), note)
    sheet.set_row(LABEL_ROW, 42)
    for block, (_, first, columns) in zip(part.blocks, _placed(part), strict=True):
        sheet.set_column(first, first + len(columns) - 1, WIDTH)
        heading = formats.get(style.ROLES["heading"], {"bottom": 0})
        sheet.write_string(BLOCK_ROW, first, clean(block.title), heading)
        for at, column in enumerate(columns, first):
            _write_column(sheet, at, column, formats)
    _print_last_months(sheet, part)


def _placed(part: DataSheet) -> list[tuple[str, int, tuple[DataColumn, ...]]]:
    """Return each block's key, first column and columns; an empty column stands between."""
    placed, first = [], 0
    for block in part.blocks:
        placed.append((block.key, first, block.columns))
        first += len(block.columns) + 1
    return placed


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
