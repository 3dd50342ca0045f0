"""The sheets of a template that show results: the empty sheets of results, and the dashboard.

The dashboard's charts are bound to whole columns of the results, far beyond what is there, and a
date axis shows only the dates that are: so the charts grow with the numbers. (Names that compute
a range would do in Excel and WPS Office; LibreOffice shows such charts empty.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, Protocol

from prosperity.definition import Industry
from xlsxwriter import Workbook

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
from prosperity_excel.report.room_for_text import chart_text
from prosperity_excel.results.result_age import AGE
from prosperity_excel.results.sheet_layout import (
    COMBINED_AT,
    COMBINED_ITEMS_AT,
    DAILY,
    DAILY_AT,
    DIMENSIONS_AT,
    ITEM_ROWS,
    ITEMS_AT,
    MONTHLY,
    OVERVIEW,
    STANDING,
    age_at,
    sheet_names,
)
from prosperity_excel.sheets.workbook import address
from prosperity_excel.words.book_words import RESULT_SHEET
from prosperity_excel.words.fields import Kind

#: Rows of results that the charts reach over: fifty years of months, forty of trading days.
MOST_MONTHS, MOST_DAYS = 600, 10_000
#: Columns of the dashboard's grid, and of a chart.
COLUMNS, HALF = 12, 6
COLUMN_WIDTH, COLUMN_PIXELS, ROW_PIXELS, CHART_ROWS = 12.7, 93, 20, 14
#: What a strip of key figures shows: item, columns that it takes.
FIGURES: Mapping[str, int] = {
    "month": 1,
    "decision": 1,
    "composite": 1,
    "change": 1,
    "percentile": 1,
    "signal": 2,
    "strategy_return": 1,
    "index_return": 1,
    "benchmark_return": 1,
    "max_drawdown": 1,
    "sharpe": 1,
}
#: Columns of the overview that the dashboard repeats.
STANDINGS: Mapping[str, int] = {
    "name_zh": 1,
    "name_en": 2,
    "decision": 1,
    "composite": 1,
    "change": 1,
    "percentile": 1,
    "signal": 2,
    "strategy_return": 1,
    "index_return": 1,
    "benchmark_return": 1,
}
#: What is shown in place of an item: a signal that is not of now says so.
_SHOWN: Mapping[str, str] = {"signal": "signal_shown"}
LABELS: Mapping[str, str] = {
    "month": "月份\nMonth",
    "strategy_return": "策略累计\nStrategy",
    "index_return": "指数累计\nIndex",
    "benchmark_return": "基准累计\nBenchmark",
    "max_drawdown": "最大回撤\nMax drawdown",
    "sharpe": "夏普比率\nSharpe",
    "name_zh": "行业\nIndustry",
    "name_en": "\n",
}
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
            "signal": '[=1]"● 持有行业 hold";[=0]"○ 持有基准 market";General',
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
    # Months and statistics fill the first pages; days and contributions follow.
    sheet.set_print_scale(60)


class _Band(NamedTuple):
    """A band of charts: where its numbers stand."""

    sheet: str
    daily_at: int
    first: date | None


def write_dashboard(page: Page, workbook: Workbook, industries: Sequence[Industry]) -> None:
    """Write the dashboard: key figures by formula, charts bound to the sheets of results."""
    sheet = page.sheet
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 2)
    sheet.set_column(1, COLUMNS, COLUMN_WIDTH)
    sheet.set_row(0, 32)
    page.write(0, 1, "看板 Dashboard", "title")
    hint = "数字由 prosperity refresh 写入 result 表，图表随之更新。 "
    page.write(1, 1, f"{hint}Run 'prosperity refresh' on this book; the charts follow.", "subtitle")
    names = sheet_names([model.id for model in industries])
    row, breaks = 3, []
    if len(industries) > 1:
        breaks.append(_standings(page, industries, row))
        breaks.append(_combined(page, workbook, industries, breaks[-1]))
        row = breaks[-1]
    for model in industries:
        row = _industry(page, workbook, model, names[model.id], row)
        breaks.append(row)
    sheet.set_h_pagebreaks(breaks[:-1])
    sheet.print_area(0, 0, row - 1, COLUMNS)
    sheet.fit_to_pages(1, 0)


def _industry(page: Page, workbook: Workbook, model: Industry, sheet: str, row: int) -> int:
    """Write one industry's band; return the row after it."""
    row = _heading(page, row, f"{model.name_zh} {model.name_en}", sheet)
    kinds: dict[str, Kind] = {key: kind for key, (_, _, kind) in STANDING.items()}
    cells = {key: (FIRST_ROW + ITEM_ROWS[_SHOWN.get(key, key)], ITEMS_AT + 3) for key in FIGURES}
    row = _strip(page, row, FIGURES, sheet, cells, kinds)
    started = date(int(model.sample_start[:4]), 1, 1) if model.sample_start else None
    band = _Band(sheet, DAILY_AT, started)
    dimensions = [(f"dimension_{n}", f"{d.name_zh} {d.name_en}", DIMENSIONS_AT + n)
                  for n, d in enumerate(model.dimensions) if len(model.dimensions) > 1]  # fmt: skip
    composite = [("composite", "景气度 Composite", list(MONTHLY).index("composite"))]
    upper = _chart(workbook, band, "景气度与维度 Composite and dimensions", 0, MOST_MONTHS,
                   [*composite, *dimensions])  # fmt: skip
    _place(page, upper, row, 0)
    return _daily_charts(page, workbook, band, row, "行业指数 Index")


def _standings(page: Page, industries: Sequence[Industry], row: int) -> int:
    """Write the table of industries; return the row after it."""
    row = _heading(page, row, "行业一览 Industries", RESULT_SHEET)
    places = {key: place for place, key in enumerate(OVERVIEW)}
    aged = {key: age_at(len(industries)) + place for place, key in enumerate(AGE)}
    places |= {key: aged[shown] for key, shown in _SHOWN.items()}
    kinds = {key: kind for key, (_, _, kind) in OVERVIEW.items()}
    for number in range(len(industries)):
        cells = {key: (FIRST_ROW + number, places[key]) for key in STANDINGS}
        row = _strip(page, row, STANDINGS, RESULT_SHEET, cells, kinds, header=number == 0)
    return row + 1


def _combined(page: Page, workbook: Workbook, industries: Sequence[Industry], row: int) -> int:
    """Write the combined strategy; return the row after it."""
    row = _heading(page, row, "综合策略 Combined strategy", RESULT_SHEET)
    shown = [key for key in FIGURES if key not in STANDING]
    items = {key: place for place, key in enumerate(("start", "end", *_statistics()))}
    cells = {key: (FIRST_ROW + items[key], COMBINED_ITEMS_AT + 3) for key in shown}
    row = _strip(page, row, dict.fromkeys(shown, 2), RESULT_SHEET, cells, {})
    started = min((m.sample_start for m in industries if m.sample_start), default="")
    first = date(int(started[:4]), 1, 1) if started else None
    band = _Band(RESULT_SHEET, COMBINED_AT, first)
    return _daily_charts(page, workbook, band, row, "等权行业 Basket", first=False)


def _statistics() -> list[str]:
    return [key for key in ITEM_ROWS if key not in STANDING]


def _heading(page: Page, row: int, text: str, sheet: str) -> int:
    """Write a heading that leads to the sheet of results, and the conventions under it."""
    page.sheet.set_row(row, 22)
    page.merged(row, (1, COLUMNS - 2), text, "section")
    page.merged(row, (COLUMNS - 1, COLUMNS), "", "result_link")
    link = f"internal:'{sheet}'!A1"
    page.sheet.write_url(row, COLUMNS - 1, link, page.styles["result_link"], f"→ {sheet}")
    # It begins with what no reader may overlook, in brackets: simulated data, overdue signals.
    for line, about in enumerate(ABOUT_ROWS, row + 1):
        page.sheet.set_row(line, 36)
        page.sheet.conditional_format(
            *(line, 1, line, COLUMNS),
            {"type": "formula", "criteria": _alarming(line), "format": page.styles["alarming"]},
        )
        page.merged(line, (1, COLUMNS), "", "honest")
        page.sheet.write_formula(line, 1, _shown(sheet, (about, 0)), page.styles["honest"], "")
    return row + 3


def _alarming(row: int) -> str:
    """Return a formula that is true when a line speaks of simulated data or an overdue signal."""
    words = ("模拟数据", "SIMULATED", "已过期", "overdue since")
    cell = f"${address(row, 1)}"
    found = [f'ISNUMBER(SEARCH("{word}",{cell}))' for word in words]
    return f"=OR({','.join(found)})"


def _strip(
    page: Page,
    row: int,
    figures: Mapping[str, int],
    sheet: str,
    cells: Mapping[str, tuple[int, int]],
    kinds: Mapping[str, Kind],
    *,
    header: bool = True,
) -> int:
    """Write labels over figures that show cells of the results; return the next row."""
    if header:
        page.sheet.set_row(row, 26)
    page.sheet.set_row(row + header, 22)
    at = 1
    for key, span in figures.items():
        look = {"signal": "figure_signal", "month": "figure_month"}.get(
            key, f"figure_{kinds.get(key, _kind(key))}"
        )
        label = LABELS.get(key) or "\n".join(OVERVIEW.get(key, STANDING.get(key, ("", "", "")))[:2])
        for offset, text in ((0, label),) if header else ():
            _across(page, row + offset, at, span, text, "figure_label")
        _across(page, row + header, at, span, "", look)
        page.sheet.write_formula(row + header, at, _shown(sheet, cells[key]), page.styles[look], "")
        at += span
    return row + header + 1


def _kind(key: str) -> Kind:
    return "number" if key == "sharpe" else "percent"


def _across(page: Page, row: int, at: int, span: int, text: str, look: str) -> None:
    if span > 1:
        page.merged(row, (at, at + span - 1), text, look)
    else:
        page.write(row, at, text, look)


def _shown(sheet: str, cell: tuple[int, int]) -> str:
    """Return a formula that shows a cell, and nothing where it is blank."""
    place = f"{sheet}!{address(*cell)}"
    return f'=IF({place}="","",{place})'


def _daily_charts(
    page: Page, workbook: Workbook, band: _Band, row: int, index: str, *, first: bool = True
) -> int:
    """Place the charts of net values; return the row after them."""
    at = {key: band.daily_at + place for place, key in enumerate(DAILY)}
    names = {
        "strategy": "策略 Strategy",
        "index": index,
        "benchmark": "基准 Benchmark",
        "strategy_relative": "策略/基准 Strategy / benchmark",
        "index_relative": f"{index} / 基准 benchmark",
        "drawdown": "策略回撤 Drawdown",
    }
    charts = (
        ("净值 Net values", ("strategy", "index", "benchmark")),
        ("相对基准 Relative to the benchmark", ("strategy_relative", "index_relative")),
        ("策略回撤 Drawdown of the strategy", ("drawdown",)),
    )
    slot = int(first)
    for title, keys in charts:
        lines = [(key, names[key], at[key]) for key in keys]
        chart = _chart(workbook, band, title, band.daily_at, MOST_DAYS, lines)
        _place(page, chart, row + slot // 2 * CHART_ROWS, slot % 2 * HALF)
        slot += 1
    return row + (slot + 1) // 2 * CHART_ROWS + 1


def _place(page: Page, chart: Any, row: int, at: int) -> None:
    chart.set_size({"width": HALF * COLUMN_PIXELS - 4, "height": CHART_ROWS * ROW_PIXELS - 6})
    page.sheet.insert_chart(row, 1 + at, chart, {"object_position": 1})


def _chart(
    workbook: Workbook,
    band: _Band,
    title: str,
    dates_at: int,
    rows: int,
    lines: Sequence[tuple[str, str, int]],
) -> Any:
    """Return a line chart over a date axis: (look, name, column) of each line."""
    chart = workbook.add_chart({"type": "line"})
    last = FIRST_ROW + rows - 1
    for key, name, at in lines:
        look = style.look("strategy" if key == "drawdown" else key)
        chart.add_series(
            {
                "name": chart_text(name),
                "categories": [band.sheet, FIRST_ROW, dates_at, last, dates_at],
                "values": [band.sheet, FIRST_ROW, at, last, at],
                "line": {"color": look.color, "width": look.width, "dash_type": look.dash},
                "marker": {"type": "none"},
            }
        )
    small = {"name": style.FONT, "size": style.CHART_SIZE, "color": style.INK}
    chart.set_title(
        {
            "name": chart_text(title),
            "name_font": {**small, "size": 11, "bold": True},
            "overlay": False,
        }
    )
    axis = {"min": band.first} if band.first else {}
    chart.set_x_axis(
        {"date_axis": True, "num_format": "yyyy", "major_unit": 2, "major_unit_type": "years",
         "major_tick_mark": "outside", "minor_tick_mark": "none", "label_position": "low",
         "line": {"color": style.GREY}, "num_font": small, **axis}
    )  # fmt: skip
    share = all(key == "drawdown" for key, _, _ in lines)
    chart.set_y_axis(
        {"num_format": "0%" if share else "0.0", "num_font": small, "line": {"none": True},
         "major_gridlines": {"visible": True, "line": {"color": "#E3E6EA", "width": 0.5}},
         "major_tick_mark": "none", "minor_tick_mark": "none"}
    )  # fmt: skip
    chart.set_legend({"none": True} if len(lines) == 1 else {"position": "bottom", "font": small})
    chart.show_blanks_as("gap")
    chart.set_chartarea({"border": {"color": style.RULE}, "fill": {"color": style.WHITE}})
    return chart
