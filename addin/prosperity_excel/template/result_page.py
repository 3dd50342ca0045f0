"""The empty sheets of results of a template, and how cells of results look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from prosperity_excel.ooxml.grid import (
    ABOUT_ROWS,
    BLOCK_ROW,
    FIRST_ROW,
    HEADING_ROW,
    KEY_ROW,
    NOTE_ROWS,
    TITLE_ROW,
    WARNING_ROWS,
    Grid,
)
from prosperity_excel.report import style

#: Styles by kind for cells that hold results; the template adds them to its own.
RESULT_STYLES: Mapping[str, dict[str, Any]] = {
    "result_text": {"font_size": 9},
    "result_date": {"num_format": "yyyy-mm-dd", "align": "center", "font_size": 9},
    "result_number": {"num_format": "0.00", "font_size": 9},
    "result_net": {"num_format": "0.0000", "font_size": 9},
    "result_percent": {"num_format": "0.0%", "font_size": 9},
    "result_count": {"num_format": "0", "font_size": 9},
    "result_key": {"font_size": 8, "font_color": style.GREY, "align": "center"},
    "result_note": {"font_size": 9, "font_color": style.GREY},
    "honest": {"font_size": 8, "font_color": style.GREY, "text_wrap": True, "valign": "top"},
    "choice": {"bold": True, "font_color": style.NAVY, "bg_color": "#FFF6D6", "border": 1,
               "border_color": style.GREY, "align": "center"},
    "choice_label": {"font_size": 9, "font_color": style.GREY, "align": "right"},
    "choice_date": {"num_format": "yyyy-mm-dd", "font_size": 9, "align": "left"},
    "banner": {"bold": True, "font_color": style.GREY, "align": "center"},
    "warned": {"bold": True, "font_color": style.WHITE, "bg_color": style.ALARM},
    "alarming": {"bold": True, "font_color": style.ALARM},
    "result_link": {"font_color": style.LINK, "underline": 1, "bg_color": style.PALE,
                    "align": "center"},
    "figure_label": {"font_size": 8, "font_color": style.GREY, "bg_color": style.PALE,
                     "align": "center", "text_wrap": True},
    **{
        f"figure_{kind}": {"font_size": 12, "bold": True, "font_color": style.NAVY,
                           "bg_color": style.PALE, "align": "center", "num_format": form}
        for kind, form in {
            "text": "@", "date": "yyyy-mm-dd", "month": "yyyy-mm", "number": "0.00",
            "net": "0.0000", "percent": "0.0%", "count": "0",
            "signal": '[=1]"● 持有行业 in industry";[=0]"○ 持有基准 in market";General',
        }.items()
    },
}  # fmt: skip
_ROW_HEIGHTS = {TITLE_ROW: 28, BLOCK_ROW: 20, HEADING_ROW: 30}
_WIDTHS: Mapping[str, float] = {
    "item": 20,
    "item_zh": 20,
    "item_en": 30,
    "state": 24,
    "name_en": 26,
}


class Page(Protocol):
    """What a template's page can do; see :mod:`prosperity_excel.template.template`."""

    @property
    def sheet(self) -> Any:
        """The worksheet."""

    @property
    def styles(self) -> Mapping[str, Any]:
        """The book's formats by name."""

    def write(self, row: int, column: int, value: Any, style: str = "plain") -> None:
        """Write a value by its type."""

    def merged(self, row: int, columns: tuple[int, int], text: str, style: str) -> None:
        """Write a text across columns of one row."""


#: Blocks that are printed, with what stands left of them, and the least that is.
PRINTED = ("overview", "items")
PRINTED_ROWS, PRINTED_WIDTH = 40, 13


def write_result(page: Page, grid: Grid) -> None:
    """Write an empty sheet of results: headings, and the looks of what will stand there."""
    sheet = page.sheet
    sheet.hide_gridlines(2)
    for row, height in _ROW_HEIGHTS.items():
        sheet.set_row(row, height)
    looks = {TITLE_ROW: "title", **dict.fromkeys(NOTE_ROWS, "alert")}
    looks |= dict.fromkeys((*ABOUT_ROWS, *WARNING_ROWS), "result_note")
    for row, look in looks.items():
        sheet.write_blank(row, 0, None, page.styles[look])
    for row, text in grid.notes.items():
        page.write(row, 0, text, looks[row])
    page.write(TITLE_ROW, 0, grid.title, "title")
    for block in grid.blocks:
        page.write(BLOCK_ROW, block.at, f"{block.zh} {block.en}", "table")
        for at, column in enumerate(block.columns, block.at):
            width = _WIDTHS.get(column.key, 13)
            sheet.set_column(at, at, width, page.styles[f"result_{column.kind}"])
            page.write(KEY_ROW, at, column.key, "result_key")
            page.write(HEADING_ROW, at, f"{column.zh}\n{column.en}", "head")
            for place, value in enumerate(column.values):
                look = f"result_{column.kind_of(place)}"
                page.write(FIRST_ROW + place, at, value, look)
    sheet.freeze_panes(FIRST_ROW, 1)
    sheet.repeat_rows(BLOCK_ROW, HEADING_ROW)
    # What is printed: the latest and the statistics. The months and days are for charts.
    standing = next((b for b in grid.blocks if b.key in PRINTED), grid.blocks[0])
    bottom = FIRST_ROW + max(PRINTED_ROWS, len(standing.columns[0].values)) - 1
    sheet.print_area(0, 0, bottom, max(PRINTED_WIDTH, standing.at + len(standing.columns)) - 1)
    sheet.fit_to_pages(1, 1)
