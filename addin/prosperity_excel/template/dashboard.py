"""The dashboard of a template.

It shows one industry over one window, both chosen in cells; a book of several has their
table, the combined strategy and a small chart of each composite below. What is chosen stands in
hidden cells, see :mod:`prosperity_excel.template.view_cells`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from prosperity.definition import Industry
from xlsxwriter import Workbook

from prosperity_excel.ooxml.grid import (
    ABOUT_ROWS,
    FIRST_ROW,
)
from prosperity_excel.results.dashboard_view import (
    CONTROL_AT,
    DAILY_AT,
    DAILY_KEYS,
    DEFAULT_WINDOW,
    LIST_AT,
    MONTHLY_AT,
    MONTHLY_KEYS,
    MONTHS,
    NO_RESULT,
    POINTS,
    WIDTH,
    WINDOW_AT,
    WINDOWS,
    Shown,
    control_row,
)
from prosperity_excel.results.result_age import AGE
from prosperity_excel.results.sheet_layout import (
    COMBINED_AT,
    COMBINED_ITEMS_AT,
    DAILY,
    ITEM_ROWS,
    ITEMS_AT,
    MONTHLY,
    OVERVIEW,
    STANDING,
    age_at,
    result_grids,
    sheet_names,
)
from prosperity_excel.sheets.workbook import address
from prosperity_excel.template.dashboard_charts import Series, over_dates, steps
from prosperity_excel.template.result_page import Page
from prosperity_excel.template.view_cells import MOST_DAYS, MOST_MONTHS, ViewCells, listed
from prosperity_excel.words.book_words import RESULT_SHEET, SHEETS
from prosperity_excel.words.fields import Kind

#: Columns of the dashboard's grid, and of a chart.
COLUMNS, HALF = 12, 6
COLUMN_WIDTH, COLUMN_PIXELS, ROW_PIXELS, CHART_ROWS = 12.7, 93, 20, 14
#: Small charts in a row, and rows of each.
SMALL, SMALL_ROWS = 4, 8
#: Industries that stand on one printed page with the combined strategy.
FEW = 8
#: Rows of the top: where is chosen, what is said of the run, key figures, charts.
CHOICE_ROW, ABOUT_ROW, BANNER_ROW, FIGURES_ROW, CHARTS_ROW = 2, 3, 5, 6, 8
#: Column and row of the hidden cells.
HIDDEN_ROW, HIDDEN_COLUMN = 0, 30
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


def write_dashboard(page: Page, workbook: Workbook, industries: Sequence[Industry]) -> None:
    """Write the dashboard: what is chosen, key figures, charts, and all industries below."""
    sheet = page.sheet
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 2)
    sheet.set_column(1, COLUMNS, COLUMN_WIDTH)
    sheet.set_row(0, 32)
    page.write(0, 1, "看板 Dashboard", "title")
    hint = "数字由 prosperity refresh 写入 result 表，图表随之更新。 "
    page.write(1, 1, f"{hint}Run 'prosperity refresh' on this book; the charts follow.", "subtitle")
    page.merged(1, (COLUMNS - 2, COLUMNS), "", "choice_label")
    sheet.write_formula(1, COLUMNS - 2, CHECKED, page.styles["choice_label"], "")
    several = len(industries) > 1
    grids = result_grids(industries)
    cells = ViewCells(
        SHEETS["dashboard"][0],
        (HIDDEN_ROW, HIDDEN_COLUMN),
        (CHOICE_ROW, 2) if several else None,
        (CHOICE_ROW, 6),
        industries,
        grids[1:] if several else grids,
    )
    _write_hidden(page, workbook, cells)
    shown = _fetched if several else _direct
    _choices(page, cells, shown)
    _about(page, shown, several)
    _figures(page, shown)
    row = _charts(page, workbook, cells)
    breaks = []
    if several:
        breaks.append(row)
        row = _combined(page, workbook, industries, _standings(page, industries, row))
        if len(industries) > FEW:
            breaks.append(row)
        row = _small(page, workbook, industries, row)
    sheet.set_h_pagebreaks(breaks)
    sheet.print_area(0, 0, row - 1, COLUMNS)
    sheet.fit_to_pages(1, 0)


#: Counts what the sheet of checks lists and nobody has confirmed; blank without such a sheet.
CHECKED = (
    '=IFERROR("检查 Checks: "&COUNTIFS(INDIRECT("checks!B:B"),"error",INDIRECT("checks!K:K"),"")'
    '&" 错误 errors, "&COUNTIFS(INDIRECT("checks!B:B"),"warning",INDIRECT("checks!K:K"),"")'
    '&" 注意 warnings","")'
)


#: Gives the formula that shows an item, or a line about the run, by its row of a sheet of results.
_Shower = Callable[[str, int], str]


def _direct(what: str, row: int) -> str:
    """Show a cell of the one sheet of results."""
    place = (FIRST_ROW + row, ITEMS_AT + 3) if what == "items" else (ABOUT_ROWS[row], 0)
    return _shown(RESULT_SHEET, place)


def _fetched(what: str, row: int) -> str:
    """Show a cell of the sheet of results that is chosen."""
    found = f"INDEX(view_{what},{row + 1})"
    return f'=IF({found}="","",{found})'


def _write_hidden(page: Page, workbook: Workbook, cells: ViewCells) -> None:
    """Write the hidden cells, with the values that they have before any run."""
    for name, meaning in cells.names():
        workbook.define_name(name, meaning)
    row, column = cells.at
    plain = page.styles["result_key"]
    for (down, right), text in cells.texts():
        page.sheet.write(row + down, column + right, text, plain)
    empty = Shown(cells.grids[0], WINDOWS[DEFAULT_WINDOW], 1, cells.width)
    values = dict(empty.cells())
    dates = {MONTHLY_AT, DAILY_AT}
    for (down, right), formula in cells.formulas():
        value = values[down, right]
        look = page.styles["result_date"] if right in dates and down else plain
        shown = (value - date(1899, 12, 30)).days if isinstance(value, date) else value
        page.sheet.write_formula(row + down, column + right, formula, look, shown)
    page.sheet.set_column(column, column + WIDTH, None, None, {"hidden": True})


def _choices(page: Page, cells: ViewCells, shown: _Shower) -> None:
    """Write the cells in which is chosen, and of when the run and its data are."""
    sheet, row = page.sheet, CHOICE_ROW
    sheet.set_row(row, 24)
    page.write(row, 1, "行业 Industry", "choice_label")
    page.merged(row, (2, 4), listed(cells.industries[0]), "choice" if cells.industry else "table")
    if cells.industry is not None:
        sheet.data_validation(
            *cells.industry, *cells.industry,
            {"validate": "list", "source": cells.list_of(LIST_AT, len(cells.industries)),
             "input_title": "行业 Industry",
             "input_message": "从列表选择，图表与数字随之改变。\nChoose from the list."},
        )  # fmt: skip
    page.write(row, 5, "区间 Window", "choice_label")
    page.write(row, 6, DEFAULT_WINDOW, "choice")
    sheet.data_validation(
        *cells.window, *cells.window,
        {"validate": "list", "source": cells.list_of(WINDOW_AT, len(WINDOWS)),
         "input_title": "区间 Window",
         "input_message": "图表从这一时段起。\nThe charts begin there."},
    )  # fmt: skip
    for at, text, item in ((7, "更新 Refreshed", "today"), (9, "数据截至 Data", "data_through")):
        page.write(row, at, text, "choice_label")
        look = page.styles["choice_date"]
        sheet.write_formula(row, at + 1, shown("items", ITEM_ROWS[item]), look, "")
    page.merged(row, (COLUMNS - 1, COLUMNS), "", "result_link")
    link = page.styles["result_link"]
    sheet.write_url(row, COLUMNS - 1, f"internal:'{RESULT_SHEET}'!A1", link, f"→ {RESULT_SHEET}")


def _about(page: Page, shown: _Shower, several: bool) -> None:
    """Write the conventions of the run, and the banner: simulated data, or no result yet."""
    for line in range(len(ABOUT_ROWS)):
        _said(page, ABOUT_ROW + line, shown("about", line))
    row = BANNER_ROW
    page.sheet.set_row(row, 22)
    place = _hidden("banner")
    page.merged(row, (1, COLUMNS), "", "banner")
    warned = {
        "type": "formula",
        "criteria": f'=LEFT(${address(row, 1)},4)="模拟数据"',
        "format": page.styles["warned"],
    }
    page.sheet.conditional_format(row, 1, row, COLUMNS, warned)
    page.sheet.write_formula(row, 1, f"={place}", page.styles["banner"], NO_RESULT)


def _hidden(name: str) -> str:
    """Return the address of a chosen value."""
    return address(HIDDEN_ROW + control_row(name), HIDDEN_COLUMN + CONTROL_AT)


def _said(page: Page, row: int, formula: str) -> None:
    """Write a line about a run; it begins with what no reader may overlook, in brackets."""
    page.sheet.set_row(row, 36)
    page.sheet.conditional_format(
        *(row, 1, row, COLUMNS),
        {"type": "formula", "criteria": _alarming(row), "format": page.styles["alarming"]},
    )
    page.merged(row, (1, COLUMNS), "", "honest")
    page.sheet.write_formula(row, 1, formula, page.styles["honest"], "")


def _figures(page: Page, shown: _Shower) -> None:
    """Write the strip of key figures."""
    kinds: dict[str, Kind] = {key: kind for key, (_, _, kind) in STANDING.items()}
    formulas = {key: shown("items", ITEM_ROWS[_SHOWN.get(key, key)]) for key in FIGURES}
    _strip(page, FIGURES_ROW, FIGURES, formulas, kinds)


def _charts(page: Page, workbook: Workbook, cells: ViewCells) -> int:
    """Place the four charts of what is chosen; return the row after them."""
    months = cells.area(MONTHLY_AT, MONTHS)
    days = cells.area(DAILY_AT, POINTS)

    def month(look: str, name: str, key: str) -> Series:
        return Series(look, name, cells.area(MONTHLY_AT + MONTHLY_KEYS.index(key), MONTHS))

    def day(look: str, name: str) -> Series:
        return Series(look, name, cells.area(DAILY_AT + DAILY_KEYS.index(look), POINTS))

    held = cells.area(DAILY_AT + DAILY_KEYS.index("held"), POINTS)
    charts = (
        over_dates(
            workbook, cells.sheet, "景气度 Composite", months,
            [month("composite", "景气度 Composite", "composite"),
             month("low", "历史 20% 分位 20th percentile", "band_0"),
             month("high", "历史 80% 分位 80th percentile", "band_1")],
            shade=cells.area(MONTHLY_AT + MONTHLY_KEYS.index("held"), MONTHS),
        ),
        steps(workbook, cells, "本月变化来自哪里 What moved it"),
        over_dates(
            workbook, cells.sheet, "净值，区间起点为 1 Net values, 1 at the start", days,
            [day("strategy", "策略 Strategy"), day("index", "行业指数 Index"),
             day("benchmark", "基准 Benchmark")],
            shade=held,
        ),
        over_dates(
            workbook, cells.sheet, "相对基准 Relative to the benchmark", days,
            [day("strategy_relative", "策略/基准 Strategy"),
             day("index_relative", "指数/基准 Index")],
            shade=held,
        ),
    )  # fmt: skip
    for slot, chart in enumerate(charts):
        _place(page, chart, CHARTS_ROW + slot // 2 * CHART_ROWS, slot % 2 * HALF)
    return CHARTS_ROW + len(charts) // 2 * CHART_ROWS + 1


def _standings(page: Page, industries: Sequence[Industry], row: int) -> int:
    """Write the table of industries; return the row after it."""
    row = _heading(page, row, "行业一览 Industries")
    places = {key: place for place, key in enumerate(OVERVIEW)}
    aged = {key: age_at(len(industries)) + place for place, key in enumerate(AGE)}
    places |= {key: aged[shown] for key, shown in _SHOWN.items()}
    kinds = {key: kind for key, (_, _, kind) in OVERVIEW.items()}
    for number in range(len(industries)):
        formulas = {
            key: _shown(RESULT_SHEET, (FIRST_ROW + number, places[key])) for key in STANDINGS
        }
        row = _strip(page, row, STANDINGS, formulas, kinds, header=number == 0)
    return row + 1


def _combined(page: Page, workbook: Workbook, industries: Sequence[Industry], row: int) -> int:
    """Write the combined strategy; return the row after it."""
    row = _heading(page, row, "综合策略 Combined strategy")
    shown = [key for key in FIGURES if key not in STANDING]
    items = {key: place for place, key in enumerate(("start", "end", *_statistics()))}
    formulas = {
        key: _shown(RESULT_SHEET, (FIRST_ROW + items[key], COMBINED_ITEMS_AT + 3)) for key in shown
    }
    row = _strip(page, row, dict.fromkeys(shown, 2), formulas, {})
    started = min((m.sample_start for m in industries if m.sample_start), default="")
    first = date(int(started[:4]), 1, 1) if started else date(2005, 1, 1)
    at = {key: COMBINED_AT + place for place, key in enumerate(DAILY)}

    def line(look: str, name: str) -> Series:
        return Series(look, name, _column(at[look], MOST_DAYS))

    dates = _column(at["date"], MOST_DAYS)
    charts = (
        over_dates(workbook, RESULT_SHEET, "净值 Net values", dates,
                   [line("strategy", "策略 Strategy"), line("index", "等权行业 Basket"),
                    line("benchmark", "基准 Benchmark")], first=first, log=True),
        over_dates(workbook, RESULT_SHEET, "策略回撤 Drawdown of the strategy", dates,
                   [line("drawdown", "策略回撤 Drawdown")], first=first, percent=True),
    )  # fmt: skip
    for slot, chart in enumerate(charts):
        _place(page, chart, row, slot * HALF)
    return row + CHART_ROWS + 1


def _small(page: Page, workbook: Workbook, industries: Sequence[Industry], row: int) -> int:
    """Place a small chart of each composite; return the row after them."""
    row = _heading(page, row, "各行业景气度 All composites")
    names = sheet_names([model.id for model in industries])
    width = COLUMNS // SMALL
    for slot, model in enumerate(industries):
        at = list(MONTHLY).index("composite")
        started = int(model.sample_start[:4]) if model.sample_start else 2005
        chart = over_dates(
            workbook, names[model.id], listed(model), _column(0, MOST_MONTHS),
            [Series("index", "景气度 Composite", _column(at, MOST_MONTHS))],
            first=date(started, 1, 1), small=True,
        )  # fmt: skip
        place = row + slot // SMALL * SMALL_ROWS, slot % SMALL * width
        _place(page, chart, *place, width, SMALL_ROWS)
    return row + -(-len(industries) // SMALL) * SMALL_ROWS + 1


def _column(at: int, rows: int) -> tuple[int, int, int, int]:
    """Return the range of a column of results."""
    return FIRST_ROW, at, FIRST_ROW + rows - 1, at


def _statistics() -> list[str]:
    return [key for key in ITEM_ROWS if key not in STANDING]


def _heading(page: Page, row: int, text: str) -> int:
    """Write a heading of a part below what is chosen; return the next row."""
    page.sheet.set_row(row, 22)
    page.merged(row, (1, COLUMNS), text, "section")
    return row + 1


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
    formulas: Mapping[str, str],
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
        page.sheet.write_formula(row + header, at, formulas[key], page.styles[look], "")
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


def _place(
    page: Page, chart: Any, row: int, at: int, columns: int = HALF, rows: int = CHART_ROWS
) -> None:
    chart.set_size({"width": columns * COLUMN_PIXELS - 4, "height": rows * ROW_PIXELS - 6})
    page.sheet.insert_chart(row, 1 + at, chart, {"object_position": 1})
