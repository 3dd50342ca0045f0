"""Texts and tables of a report, written into a worksheet."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from prosperity_excel.report import style
from prosperity_excel.report.room_for_text import clean, column_pixels, height, line_count
from prosperity_excel.report.spec import Column, Figure, Kind, Link, Spark, Table, Tag, Text, Value
from prosperity_excel.report.style import Properties
from prosperity_excel.report.xlsx_ranges import Ranges
from prosperity_excel.words.report_words import MISSING

#: Heights in points by row.
Heights = dict[int, float]
FIGURE_HEIGHTS = (18.0, 28.0)


class Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def get(self, *parts: Properties) -> Format:
        """Return the format with the properties of all parts, later ones first."""
        merged = style.BASE.copy()
        for part in parts:
            merged |= part
        key = tuple(sorted(merged.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(merged)
        return self._made[key]


class Pen:
    """Writes texts and tables on one worksheet with a grid of columns."""

    def __init__(
        self, sheet: Worksheet, formats: Formats, widths: tuple[float, ...], ranges: Ranges
    ) -> None:
        self.sheet = sheet
        self.ranges = ranges
        self.formats = formats
        self.widths = widths

    def pixels(self, at: int, span: int) -> int:
        """Return the width of ``span`` grid columns from ``at``; 0 is to the last."""
        stop = at + span if span else len(self.widths)
        return sum(column_pixels(width) for width in self.widths[at:stop])

    def heights(self, row: int, part: Text | Table) -> Heights:
        """Return the heights of the rows that a part takes when it begins in ``row``."""
        if isinstance(part, Text):
            size = style.ROLES[part.role].get("font_size", style.BODY_SIZE)
            pixels = self.pixels(part.at, part.span)
            return {row: height(line_count(clean(part.text), pixels, size), size)}
        if part.figures:
            return dict(enumerate(FIGURE_HEIGHTS, row))
        labels: tuple[Value, ...] = tuple(column.label for column in part.columns)
        rows = ([labels] if part.header else []) + list(part.rows)
        return {number: self._height(part, cells) for number, cells in enumerate(rows, row)}

    def text(self, row: int, part: Text) -> None:
        """Write a text."""
        looks = style.ROLES[part.role] | (style.LINKED if part.link else {})
        span = part.span or len(self.widths) - part.at
        value = Link(part.text, part.link) if part.link else part.text
        self.cell(row, part.at, span, value, "text", looks)

    def table(self, row: int, part: Table) -> None:
        """Write a table."""
        if part.figures:
            self._figures(row, part)
            return
        if part.filters:
            self._native(row, part)
        if part.header:
            for at, column in self._places(part):
                looks = style.HEADER | {"align": style.KINDS[column.kind]["align"]}
                looks |= _indent(at, column)
                self.cell(row, at, column.span, column.label, "text", looks)
            row += 1
        for number, values in enumerate(part.rows):
            last = part.total and number == len(part.rows) - 1
            looks = style.CELL | (style.TOTAL if last else {})
            for (at, column), value in zip(self._places(part), values, strict=True):
                looked = looks | _indent(at, column)
                self.cell(row + number, at, column.span, value, column.kind, looked)
        self._shade(row, part)

    def cell(
        self, row: int, at: int, span: int, value: Value, kind: Kind, looks: Properties
    ) -> None:
        """Write one value over ``span`` columns in the style of its kind."""
        if isinstance(value, Figure):
            kind, value = value.kind, value.value
        looks = style.KINDS[kind] | looks
        if isinstance(value, Link):
            looks |= style.LINKED
        if isinstance(value, Tag):
            looks |= style.TONES[value.tone]
        form = self.formats.get(looks)
        if span > 1:
            self.sheet.merge_range(row, at, row, at + span - 1, "", form)
        if isinstance(value, Spark):
            self.sheet.write_blank(row, at, None, form)
            self._spark(row, at, value)
            return
        write(self.sheet, row, at, value, form)

    def _spark(self, row: int, at: int, value: Spark) -> None:
        """Draw the last points of a series in a cell."""
        column = self.ranges.columns[value.sheet, value.block, value.column]
        first, last = self.ranges.all_rows(value.sheet, value.block)
        first = max(first, last - value.points + 1)
        area = xl_range(first, column, last, column)
        options = {"range": f"'{value.sheet}'!{area}", "series_color": style.NAVY, "axis": True,
                   "last_point": True, "last_color": style.DOWN, "weight": 1.25,
                   "show_hidden": True}  # fmt: skip
        self.sheet.add_sparkline(row, at, options)

    def _native(self, row: int, part: Table) -> None:
        """Make it a table of Excel's own, whose first row is written like any other."""
        last = row + len(part.rows)
        head = self.formats.get(style.HEADER)
        columns = [{"header": clean(c.label), "header_format": head} for c in part.columns]
        if len({c["header"].casefold() for c in columns}) < len(columns) or not part.rows:
            return
        options = {"columns": columns, "style": None, "autofilter": True}
        self.sheet.add_table(row, part.at, last, part.at + len(columns) - 1, options)
        self.sheet.freeze_panes(row + 1, part.at + 1)

    def _figures(self, row: int, part: Table) -> None:
        (values,) = part.rows
        for (at, column), value in zip(self._places(part), values, strict=True):
            self.cell(row, at, column.span, column.label, "text", style.FIGURE_LABEL)
            self.cell(row + 1, at, column.span, value, column.kind, style.FIGURE_VALUE)

    def _places(self, part: Table) -> list[tuple[int, Column]]:
        places, at = [], part.at
        for column in part.columns:
            places.append((at, column))
            at += column.span
        return places

    def _height(self, part: Table, cells: tuple[Value, ...]) -> float:
        lines = max(
            line_count(clean(shown(value)), self.pixels(at, column.span), style.BODY_SIZE)
            for (at, column), value in zip(self._places(part), cells, strict=True)
        )
        return height(lines, style.BODY_SIZE)

    def _shade(self, row: int, part: Table) -> None:
        for at, column in self._places(part):
            if column.scale and part.rows:
                last = row + len(part.rows) - 1
                self.sheet.conditional_format(row, at, last, at, style.SCALES[column.scale])


def _indent(at: int, column: Column) -> Properties:
    """Keep a text away from the number that stands left of it."""
    return {"indent": 1} if column.kind == "text" and at else {}


def shown(value: Value) -> str:
    """Return the text of a cell; empty for numbers and dates, which take one line."""
    if isinstance(value, Link | Tag):
        return value.text
    return value if isinstance(value, str) else ""


def write(sheet: Worksheet, row: int, at: int, value: Value, form: Format) -> None:
    """Write one value: texts always as text, what is missing as a dash."""
    match value:
        case Link(text, page):
            sheet.write_url(row, at, f"internal:'{page}'!A1", form, clean(text))
        case Tag(text):
            sheet.write_string(row, at, clean(text), form)
        case str():
            sheet.write_string(row, at, clean(value), form)
        case date():
            sheet.write_datetime(row, at, value, form)
        case int() | float() if math.isfinite(value):
            sheet.write_number(row, at, value, form)
        case _:
            sheet.write_string(row, at, MISSING, form)
