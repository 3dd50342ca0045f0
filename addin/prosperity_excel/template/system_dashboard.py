"""The dashboard of a system's book: key figures by formula, charts bound to its sheet of results.

As on the dashboard of industries, charts reach over whole columns, far beyond what is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prosperity.systems.spec import System

from prosperity_excel.ooxml.grid import ABOUT_ROWS, FIRST_ROW
from prosperity_excel.report import style
from prosperity_excel.report.room_for_text import chart_text
from prosperity_excel.results.sheet_layout import DAILY
from prosperity_excel.results.system_layout import (
    DAILY_AT,
    DECISIONS,
    ITEM_ROWS,
    ITEMS_AT,
    STANDING,
    STANDING_AT,
)
from prosperity_excel.sheets.workbook import address
from prosperity_excel.template.template_page import Page
from prosperity_excel.words.book_words import RESULT_SHEET
from prosperity_excel.words.system_guide_words import DASHBOARD

#: Rows of results that the charts reach over: forty years of days.
MOST_ROWS = 10_000
COLUMNS, HALF = 12, 6
COLUMN_WIDTH, COLUMN_PIXELS, ROW_PIXELS, CHART_ROWS = 12.7, 93, 20, 14
#: What the strip of key figures shows: item -> label, format, grid columns.
FIGURES: Mapping[str, tuple[str, str, int]] = {
    "latest": ("最近决策日\nLast decision", "date", 2),
    "age": ("距今（天）\nDays ago", "count", 1),
    "strategy_return": ("策略累计\nStrategy", "percent", 2),
    "benchmark_return": ("基准累计\nBenchmark", "percent", 2),
    "annualised_return": ("年化\nA year", "percent", 1),
    "max_drawdown": ("最大回撤\nMax drawdown", "percent", 1),
    "sharpe": ("夏普比率\nSharpe", "number", 1),
    "ic": ("IC 均值\nMean IC", "number", 1),
    "tried": ("候选数\nTried", "count", 1),
}
#: Lines of the charts of days: look -> name.
NAMES: Mapping[str, str] = {
    "strategy": "策略 Strategy",
    "index": "等权资产 Assets",
    "benchmark": "基准 Benchmark",
    "drawdown": "策略回撤 Drawdown",
}
#: Systems whose position is one number, which a line shows better than columns.
BY_POSITION = ("switch", "position", "mix")


def write_system_dashboard(page: Page, system: System) -> None:
    """Write the dashboard of a system: standing, key figures, four charts."""
    sheet = page.sheet
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 2)
    sheet.set_column(1, COLUMNS, COLUMN_WIDTH)
    sheet.set_row(0, 32)
    page.write(0, 1, f"看板 Dashboard：{system.name_zh} {system.name_en}", "title")
    for line, text in enumerate(DASHBOARD, 1):
        page.write(line, 1, text, "subtitle")
    row = _standing(page, 4)
    row = _strip(page, row)
    charts = (
        _days(page, "净值 Net values", ("strategy", "index", "benchmark"), log=True),
        _now(page, system),
        _days(page, "策略回撤 Drawdown of the strategy", ("drawdown",), form="0%"),
        _decided(page, system),
    )
    for place, chart in enumerate(charts):
        at = row + place // 2 * CHART_ROWS, 1 + place % 2 * HALF
        size = {"width": HALF * COLUMN_PIXELS - 4, "height": CHART_ROWS * ROW_PIXELS - 6}
        chart.set_size(size)
        sheet.insert_chart(*at, chart, {"object_position": 1})
    last = row + 2 * CHART_ROWS
    sheet.write_url(last, 1, f"internal:'{RESULT_SHEET}'!A1", page.styles["result_link"],
                    f"→ {RESULT_SHEET}")  # fmt: skip
    sheet.print_area(0, 0, last, COLUMNS)
    sheet.fit_to_pages(1, 0)


def _standing(page: Page, row: int) -> int:
    """Write what is held with its day, and the conventions, as the sheet of results says them."""
    for about in ABOUT_ROWS:
        page.sheet.set_row(row, 36)
        cell = f"${address(row, 1)}"
        words = ("模拟数据", "SIMULATED", "已过期", "overdue since")
        found = ",".join(f'ISNUMBER(SEARCH("{word}",{cell}))' for word in words)
        page.sheet.conditional_format(
            *(row, 1, row, COLUMNS),
            {"type": "formula", "criteria": f"=OR({found})", "format": page.styles["alarming"]},
        )
        page.merged(row, (1, COLUMNS), "", "honest")
        page.sheet.write_formula(row, 1, _shown((about, 0)), page.styles["honest"], "")
        row += 1
    page.sheet.set_row(row, 46)
    page.write(row, 1, "持仓\nPosition", "figure_label")
    page.merged(row, (2, COLUMNS), "", "body")
    item = FIRST_ROW + ITEM_ROWS["position"], ITEMS_AT + 3
    page.sheet.write_formula(row, 2, _shown(item), page.styles["body"], "")
    return row + 1


def _strip(page: Page, row: int) -> int:
    page.sheet.set_row(row, 26)
    page.sheet.set_row(row + 1, 22)
    at = 1
    for key, (label, kind, span) in FIGURES.items():
        look = f"figure_{kind}"
        for line, text, own in ((row, label, "figure_label"), (row + 1, "", look)):
            if span > 1:
                page.merged(line, (at, at + span - 1), text, own)
            else:
                page.write(line, at, text, own)
        cell = FIRST_ROW + ITEM_ROWS[key], ITEMS_AT + 3
        page.sheet.write_formula(row + 1, at, _shown(cell), page.styles[look], "")
        at += span
    return row + 3


def _shown(cell: tuple[int, int]) -> str:
    """Return a formula that shows a cell of the results, and nothing where it is blank."""
    place = f"{RESULT_SHEET}!{address(*cell)}"
    return f'=IF({place}="","",{place})'


def _days(
    page: Page, title: str, keys: Sequence[str], *, form: str = "0.0", log: bool = False
) -> Any:
    """Return a line chart over trading days."""
    at = {key: DAILY_AT + place for place, key in enumerate(DAILY)}
    lines = [("strategy" if k == "drawdown" else k, NAMES[k], at[k]) for k in keys]
    axis = {"log_base": 2} if log else {}
    return _line_chart(page, title, DAILY_AT, lines, form, axis)


def _decided(page: Page, system: System) -> Any:
    """Return the chart over decisions: the position of a timing system, IC of a ranking."""
    held = system.allocation in BY_POSITION
    key = "held" if held else "rank_correlation"
    at = list(DECISIONS).index(key)
    title = "仓位 Position" if held else "IC 逐期 Rank correlation by decision"
    name = " ".join(DECISIONS[key][:2])
    return _line_chart(page, title, 0, [("strategy", name, at)], "0%" if held else "0.0", {})


def _line_chart(
    page: Page,
    title: str,
    dates_at: int,
    lines: Sequence[tuple[str, str, int]],
    form: str,
    axis: Mapping[str, Any],
) -> Any:
    chart = page.book.add_chart({"type": "line"})
    for key, name, at in lines:
        look = style.look(key)
        chart.add_series(
            {
                "name": chart_text(name),
                "categories": _column(dates_at, MOST_ROWS),
                "values": _column(at, MOST_ROWS),
                "line": {"color": look.color, "width": look.width, "dash_type": look.dash},
                "marker": {"type": "none"},
            }
        )
    chart.set_x_axis(
        {"date_axis": True, "num_format": "yyyy", "major_unit": 2, "major_unit_type": "years",
         "major_tick_mark": "outside", "minor_tick_mark": "none", "label_position": "low",
         "line": {"color": style.GREY}, "num_font": _SMALL}
    )  # fmt: skip
    _dressed(chart, title, {"num_format": form, **axis}, legend=len(lines) > 1)
    return chart


def _now(page: Page, system: System) -> Any:
    """Return the chart of the assets now: their scores, or their weights where there is one."""
    key = "weight" if system.allocation in (*BY_POSITION, "imported") else "score"
    chart = page.book.add_chart({"type": "bar"})
    names = list(STANDING)
    # The rest has a row of its own where it is no asset.
    shown = len(system.assets) + (system.rest not in {asset.id for asset in system.assets})
    chart.add_series(
        {
            "name": chart_text(" ".join(STANDING[key][:2])),
            "categories": _column(STANDING_AT + names.index("asset_zh"), shown),
            "values": _column(STANDING_AT + names.index(key), shown),
            "fill": {"color": style.NAVY},
            "gap": 40,
        }
    )
    title = "现在的权重 Weights now" if key == "weight" else "现在的得分 Scores now"
    chart.set_y_axis({"reverse": True, "num_font": {**_SMALL, "size": 7}, "interval_unit": 1,
                      "label_position": "low", "line": {"color": style.GREY}})  # fmt: skip
    form = "0%" if key == "weight" else "0.0"
    low = {"min": 0} if key == "weight" else {}
    chart.set_x_axis(
        {"num_format": form, "num_font": _SMALL, "label_position": "high", **low, **_GRID}
    )
    _dressed(chart, title, {}, legend=False)
    return chart


def _column(at: int, rows: int) -> list[Any]:
    return [RESULT_SHEET, FIRST_ROW, at, FIRST_ROW + rows - 1, at]


def _dressed(chart: Any, title: str, axis: Mapping[str, Any], *, legend: bool) -> None:
    head = {**_SMALL, "size": 11, "bold": True}
    chart.set_title({"name": chart_text(title), "name_font": head, "overlay": False})
    if axis:
        chart.set_y_axis({"num_font": _SMALL, "line": {"none": True}, **_GRID, **axis})
    chart.set_legend({"position": "bottom", "font": _SMALL} if legend else {"none": True})
    chart.show_blanks_as("gap")
    chart.set_chartarea({"border": {"color": style.RULE}, "fill": {"color": style.WHITE}})


_SMALL = {"name": style.FONT, "size": style.CHART_SIZE, "color": style.INK}
_GRID = {
    "major_gridlines": {"visible": True, "line": {"color": "#E3E6EA", "width": 0.5}},
    "major_tick_mark": "none",
    "minor_tick_mark": "none",
}
