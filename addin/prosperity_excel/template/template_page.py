"""A worksheet of a template: how its cells look, and what is shown and checked there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any
from unicodedata import east_asian_width

from prosperity_excel.book.definitions import Value
from prosperity_excel.words.book_words import excel_length

FONT = "Microsoft YaHei"
TALLEST_ROW = 400.0
LONGEST_PROMPT, LONGEST_PROMPT_TITLE = 255, 32
INK, BRAND, BRAND_LINE = "#1F2933", "#12455A", "#3A6577"
LINE, MUTED = "#D3DAE0", "#6F7D8B"
TINTS = ("#DCE8EC", "#ECE6D9")
INPUT, INPUT_LINE, PALE, ALERT = "#FFFBEB", "#EFE3C2", "#F5F7F8", "#9B2C2C"

#: Columns of a guide: Chinese on the left, English on the right; characters that a cell holds.
LEFT, RIGHT = (1, 4), (6, 9)
GUIDE_WIDTH = 17

BASE: dict[str, Any] = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter"}
_BOX: dict[str, Any] = {"border": 1, "border_color": LINE}
_TYPED: dict[str, Any] = {"bg_color": INPUT, "border": 1, "border_color": INPUT_LINE}
_CENTRED: dict[str, Any] = {"align": "center", "text_wrap": True, **_BOX}
#: Cell formats by name, on top of the base.
STYLES: Mapping[str, dict[str, Any]] = {
    "plain": {},
    "title": {"font_size": 18, "bold": True, "font_color": BRAND},
    "subtitle": {"font_size": 11, "font_color": MUTED},
    "alert": {"font_size": 11, "bold": True, "font_color": ALERT},
    "section": {"bold": True, "font_color": "#FFFFFF", "bg_color": BRAND, "indent": 1},
    "body": {"text_wrap": True, "valign": "top"},
    "code": {"font_name": "Consolas", "font_size": 9.5},
    "head": {"bold": True, "bg_color": TINTS[0], **_CENTRED},
    "cell": {**_BOX, "text_wrap": True},
    "label": {"bold": True, "font_color": "#FFFFFF", "bg_color": BRAND, "indent": 1, "border": 1,
              "border_color": BRAND_LINE},
    "name_0": {"bold": True, "bg_color": TINTS[0], **_CENTRED},
    "name_1": {"bold": True, "bg_color": TINTS[1], **_CENTRED},
    "name_en": {"font_size": 8, "bg_color": PALE, **_CENTRED},
    "fact": {"bg_color": PALE, "font_size": 9, **_CENTRED},
    "typed_fact": {"font_size": 9, "align": "center", "text_wrap": True, **_TYPED},
    "id": {"font_size": 8, "font_color": MUTED, "bg_color": PALE, **_CENTRED},
    "date": {"num_format": "yyyy-mm-dd", "align": "center", "bg_color": PALE, **_BOX},
    "number": {"num_format": "#,##0.00##", **_TYPED},
    "day": {"num_format": "yyyy-mm-dd", "align": "center", **_TYPED},
    "table": {"font_size": 14, "bold": True, "font_color": BRAND},
    "column_zh": {"font_size": 8, "font_color": MUTED, "align": "center"},
    "column": {"bold": True, "bg_color": TINTS[0], "align": "center", **_BOX},
    "text_value": {"num_format": "@", "font_size": 9, "text_wrap": True, "valign": "top", **_TYPED},
    "value": {"font_size": 9, "align": "center", "valign": "top", **_TYPED},
    # Excel shows TRUE by itself, LibreOffice by this format.
    "truth": {"num_format": '"TRUE";;"FALSE"', "font_size": 9, "align": "center", "valign": "top",
              **_TYPED},
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """A worksheet with the book's formats."""

    sheet: Any
    styles: Mapping[str, Any]
    #: The workbook, for charts and names.
    book: Any = None

    def write(self, row: int, column: int, value: Value | date, style: str = "plain") -> None:
        """Write a value by its type; a text is never read as a formula or a link."""
        given = self.styles[style]
        if value is None or value == "":
            self.sheet.write_blank(row, column, None, given)
        elif isinstance(value, bool):
            self.sheet.write_boolean(row, column, value, given)
        elif isinstance(value, int | float):
            self.sheet.write_number(row, column, value, given)
        elif isinstance(value, date):
            self.sheet.write_datetime(row, column, value, given)
        else:
            # XlsxWriter takes a text between these tags as raw XML; readers strip the space.
            raw = value.startswith("<r>") and value.endswith("</r>")
            self.sheet.write_string(row, column, f"{value} " if raw else value, given)

    def merged(self, row: int, columns: tuple[int, int], text: str, style: str) -> None:
        """Write a text across columns of one row."""
        self.sheet.merge_range(row, columns[0], row, columns[1], "", self.styles[style])
        self.write(row, columns[0], text, style)

    def heading(self, row: int, headings: tuple[str, str]) -> int:
        """Write the heading of a part of a guide, in both languages; return the next row."""
        self.sheet.set_row(row, 20)
        self.merged(row, LEFT, headings[0], "section")
        self.merged(row, RIGHT, headings[1], "section")
        return row + 1

    def commands(self, row: int, verbs: Iterable[tuple[str, str, str]]) -> int:
        """Write a row a command, with what it does in both languages; return the next row."""
        row = self.heading(row, ("命令", "Commands"))
        for verb, zh, en in verbs:
            self.merged(row, (1, 3), verb, "code")
            self.write(row, 4, zh)
            self.merged(row, RIGHT, en, "plain")
            row += 1
        return row

    def cells(self, row: int, values: Mapping[int, Value]) -> None:
        """Write a row of a table in a guide, as high as its longest text asks for."""
        height = max(ceil(width_of(str(value)) / GUIDE_WIDTH) for value in values.values())
        self.sheet.set_row(row, 15 * max(height, 1) + 3)
        for column, value in values.items():
            self.write(row, column, value, "cell")

    def prompt(
        self,
        area: tuple[int, int, int, int],
        title: str,
        parts: Sequence[str],
        rule: Mapping[str, Any] | None = None,
    ) -> None:
        """Show a message when a cell of ``area`` is selected, and check what is typed there."""
        message = _fitting(parts)
        shown = {"input_title": _clipped(title), "input_message": message}
        self.sheet.data_validation(
            *area, {"validate": "any", **(rule or {}), **(shown if message else {})}
        )


def _fitting(parts: Sequence[str]) -> str:
    """Return as many whole ``parts`` as a message holds, a line each."""
    text = ""
    for part in filter(None, parts):
        longer = f"{text}\n{part}" if text else part
        if excel_length(longer) <= LONGEST_PROMPT:
            text = longer
    return text


def _clipped(title: str) -> str:
    """Return as much of a title as a message's title holds."""
    while excel_length(title) > LONGEST_PROMPT_TITLE:
        title = title[:-1]
    return title


def width_of(text: str) -> int:
    """Return a text's width in units of a Latin letter."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
