"""The sheets to fill: ``data``, ``releases`` and ``prices``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any

import pandas as pd
from prosperity.engine import price_column

from prosperity_excel.book.definitions import Value
from prosperity_excel.sheets.workbook import address
from prosperity_excel.template.contents import Column, Contents
from prosperity_excel.template.template_page import Page
from prosperity_excel.words.book_words import (
    AGGREGATE_NAMES,
    FREQUENCIES,
    FREQUENCY_NAMES_EN,
    HEADER_ROWS,
    LABEL_HELP,
    LABELS,
    Label,
    SheetId,
)
from prosperity_excel.words.guide_words import DATE_PROMPTS, RULES

#: Rows that number and date checks cover; longer sheets work, without the check.
CHECKED_ROWS = 20_000
#: Height of a label row, and the style of its cells; the name row has its group's tint.
_LABEL_ROWS: Mapping[Label, tuple[float, str]] = {
    "name_zh": (34, "name_{}"),
    "name_en": (34, "name_en"),
    "frequency": (16, "typed_fact"),
    "unit": (16, "typed_fact"),
    "source_id": (16, "typed_fact"),
    "source": (16, "typed_fact"),
    "id": (24, "id"),
    "dimension": (24, "id"),
    "lag": (16, "typed_fact"),
}


#: Rows of data that are printed, the newest, and columns on a page.
ROWS_PRINTED, COLUMNS_PRINTED = 36, 12


def _print_newest(page: Page, first: int, rows: int, last: int) -> None:
    """Print the newest rows of a sheet: decades of values are for the screen."""
    bottom = first + max(rows, ROWS_PRINTED) - 1
    page.sheet.print_area(bottom - ROWS_PRINTED + 1, 0, bottom, last)
    page.sheet.fit_to_pages(max(1, ceil(last / COLUMNS_PRINTED)), 1)


def _write_labels(page: Page, id: SheetId) -> int:
    """Write the labels of a sheet with dated rows; return the first row of its data."""
    rows = HEADER_ROWS[id]
    page.sheet.set_column(0, 0, 13, page.styles["date"])
    for row, label in enumerate(rows):
        page.sheet.set_row(row, _LABEL_ROWS[label][0])
        page.write(row, 0, LABELS[label][0], "label")
        page.prompt((row, 0, row, 0), LABELS[label][0], LABEL_HELP[label])
    first = len(rows)
    page.sheet.freeze_panes(first, 1)
    page.sheet.repeat_rows(0, first - 1)
    page.sheet.repeat_columns(0)
    page.prompt((first, 0, CHECKED_ROWS, 0), *DATE_PROMPTS[id], RULES["date"])
    return first


def write_data(page: Page, plan: Contents) -> None:
    """Write the sheet ``data``: a column an indicator, a row a month."""
    sheet, last = page.sheet, len(plan.columns)
    sheet.set_column(1, last, 18, page.styles["number"])
    first = _write_labels(page, "data")
    rows = {label: row for row, label in enumerate(HEADER_ROWS["data"])}
    longest = max(len(plan.dimension(column)) for column in plan.columns)
    sheet.set_row(rows["dimension"], min(11 * ceil(longest / _LETTERS_A_CELL) + 4, 48))
    for place, (column, tint) in enumerate(_tinted(plan.columns), 1):
        for label, value in _header(plan, column).items():
            page.write(rows[label], place, value, _LABEL_ROWS[label][1].format(tint))
        _prompt_column(page, plan, column, place, rows)
        for month, value in plan.values(column):
            page.write(first + month, place, value, "number")
    _write_months(page, plan, first)
    page.prompt((first, 1, CHECKED_ROWS, last), "", (), RULES["number"])
    _print_newest(page, first, len(plan.months), last)


#: Letters of the smallest size in a line of a header cell.
_LETTERS_A_CELL = 23


def _tinted(columns: Sequence[Column]) -> Iterator[tuple[Column, int]]:
    """Yield the columns with a tint that changes from group to group."""
    tint, before = 1, None
    for column in columns:
        tint, before = (tint if column.group == before else 1 - tint), column.group
        yield column, tint


def _header(plan: Contents, column: Column) -> dict[Label, Value]:
    """Return a data column's header cells."""
    indicator = column.indicator
    return {
        "name_zh": indicator.name_zh,
        "name_en": indicator.name_en,
        "frequency": FREQUENCIES[indicator.frequency][0],
        "unit": plan.unit(column),
        "source_id": indicator.source_ids[0] if indicator.source_ids else None,
        "source": plan.source(column),
        "id": indicator.id,
        "dimension": plan.dimension(column),
        "lag": column.lag.plain,
    }


def _prompt_column(
    page: Page, plan: Contents, column: Column, place: int, rows: Mapping[Label, int]
) -> None:
    """Attach the messages of a column's header cells."""
    indicator = column.indicator
    frequency = FREQUENCIES[indicator.frequency][0]
    market = indicator.frequency in ("D", "W")
    zh, en = AGGREGATE_NAMES[indicator.aggregate] if market else ("", "")
    chains = ", ".join(dict.fromkeys(i.transform for _, i in column.uses))
    parts = (
        f"单位 {indicator.unit or '—'}；{frequency}{zh and '，' + zh}；变换 {chains}；"
        f"滞后 {column.lag} 天",
        f"Unit {indicator.unit or '-'}; {FREQUENCY_NAMES_EN[indicator.frequency]}"
        f"{en and ', ' + en}; transform {chains}; lag {column.lag} days",
        indicator.source_ids and f"代码 Codes: {', '.join(indicator.source_ids)}",
        indicator.aliases and f"又名 Also: {'；'.join(indicator.aliases[:2])}",
        indicator.alternatives and f"可代替 Stand-in: {indicator.alternatives[0]}",
    )
    header = rows["name_zh"], place, rows["name_en"], place
    others = [[rows["unit"], place, rows["dimension"], place]]
    page.prompt(header, indicator.name_zh, [p for p in parts if p], {"other_cells": others})
    words = [words[0] for words in FREQUENCIES.values()]
    row = rows["frequency"]
    rule: dict[str, Any] = {"validate": "list", "source": words, "error_type": "warning"}
    page.prompt((row, place, row, place), "频率 Frequency", LABEL_HELP["frequency"], rule)
    row = rows["lag"]
    lag = {**RULES["lag"], "value": RULES["lag"]["value"].format(cell=address(row, place))}
    page.prompt((row, place, row, place), "滞后 Lag", LABEL_HELP["lag"], lag)


def _write_months(page: Page, plan: Contents, first: int) -> None:
    for row, month in enumerate(plan.months, first):
        page.write(row, 0, month.date(), "date")


def write_releases(page: Page, plan: Contents) -> None:
    """Write the sheet ``releases``: columns as in ``data``, dates of publication."""
    sheet, last = page.sheet, len(plan.columns)
    sheet.set_column(1, last, 18, page.styles["day"])
    first = _write_labels(page, "releases")
    for place, (column, tint) in enumerate(_tinted(plan.columns), 1):
        header = _header(plan, column)
        for row, label in enumerate(HEADER_ROWS["releases"]):
            page.write(row, place, header[label], _LABEL_ROWS[label][1].format(tint))
        parts = (
            f"填实际公布日；空单元格按滞后 {column.lag} 天计算。",
            f"Actual release dates; a blank cell means {column.lag} days after the period.",
        )
        area = (0, place, first - 1, place)
        page.prompt(area, column.indicator.name_zh, parts)
        for month, day in plan.stated_releases(column):
            page.write(first + month, place, day, "day")
    _write_months(page, plan, first)
    page.prompt((first, 1, CHECKED_ROWS, last), "", (), RULES["release"])
    _print_newest(page, first, len(plan.months), last)


def write_prices(page: Page, plan: Contents) -> None:
    """Write the sheet ``prices``: closes of the market and of each industry's index."""
    sheet, last = page.sheet, len(plan.prices)
    sheet.set_column(1, last, 18, page.styles["number"])
    first = _write_labels(page, "prices")
    prices = plan.panel.prices if plan.panel is not None else None
    for place, price in enumerate(plan.prices, 1):
        header: dict[Label, Value] = {
            "name_zh": price.name_zh,
            "name_en": price.name_en,
            "source_id": price.code,
            "source": plan.note if prices is not None else None,
            "id": price.id,
        }
        for row, label in enumerate(HEADER_ROWS["prices"]):
            page.write(row, place, header[label], _LABEL_ROWS[label][1].format(int(place == 1)))
        parts = (
            f"{price.code} 的收盘价（不复权点位）。程序按 id 行认列：{price.id}。",
            f"Closing level of {price.code}. The column is found by its id row: {price.id}.",
        )
        page.prompt((0, place, first - 1, place), price.name_zh, parts)
        name = price_column(plan.panel, price.panel_names) if plan.panel is not None else None
        if name is not None and prices is not None:
            for row, value in enumerate(prices[name], first):
                if pd.notna(value):
                    page.write(row, place, float(value), "number")
    for row, day in enumerate(prices.index if prices is not None else (), first):
        page.write(row, 0, day.date(), "date")
    page.prompt((first, 1, CHECKED_ROWS, last), "", (), RULES["price"])
    _print_newest(page, first, 0 if prices is None else len(prices), last)
