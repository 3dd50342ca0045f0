"""The book that an analyst fills: one industry or many, with or without data in it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import zip_longest
from math import ceil
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import pandas as pd
import xlsxwriter
from prosperity.definition import CLASSES, COLUMNS, Industry, Table, choices
from prosperity.engine import price_column
from prosperity.errors import BookError
from prosperity.panel import Panel

from prosperity_excel.files import replacing
from prosperity_excel.layout import (
    AGGREGATE_NAMES,
    COLUMN_HELP,
    COLUMN_NAMES_ZH,
    FREQUENCIES,
    FREQUENCY_NAMES_EN,
    HEADER_ROWS,
    LABEL_HELP,
    LABELS,
    MODEL,
    TABLE_NAMES,
    VERBS,
    Label,
    SheetId,
    excel_length,
)
from prosperity_excel.reading.definitions import Block, Value, blocks
from prosperity_excel.writing.contents import Column, Contents
from prosperity_excel.writing.dashboard import RESULT_STYLES, write_dashboard, write_result
from prosperity_excel.writing.results import result_grids
from prosperity_excel.writing.words import (
    ASKED,
    COLOURS,
    DATE_PROMPTS,
    DEFINITION_NOTE,
    GUIDE,
    KINDS,
    MODEL_HEADS,
    REBALANCES,
    RULES,
    USED,
)

#: Fixed, so that the same input gives the same file.
CREATED = datetime(2024, 1, 1)
FONT = "Microsoft YaHei"
#: Rows that number and date checks cover; longer sheets work, without the check.
CHECKED_ROWS = 20_000
#: Empty rows below each table of definitions, formatted for new records.
SPARE_ROWS = 3
TALLEST_ROW = 400.0
LONGEST_PROMPT, LONGEST_PROMPT_TITLE = 255, 32
INK, BRAND, BRAND_LINE = "#1F2933", "#12455A", "#3A6577"
LINE, MUTED = "#D3DAE0", "#6F7D8B"
TINTS = ("#DCE8EC", "#ECE6D9")
INPUT, INPUT_LINE, PALE, ALERT = "#FFFBEB", "#EFE3C2", "#F5F7F8", "#9B2C2C"

_BASE: dict[str, Any] = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter"}
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


def write_template(
    industries: Sequence[Industry],
    path: Path,
    *,
    panel: Panel | None = None,
    title: str = "",
    source_note: str = "",
) -> None:
    """Write a book for ``industries``.

    The book holds the data columns, and the definitions, of every model that they use; prices are
    asked for ``industries`` only. The same input gives the same bytes.

    Parameters
    ----------
    industries
        The models asked for; at least one.
    path
        The ``.xlsx`` file, replaced as a whole or, when writing fails, not at all.
    panel
        Data and prices to fill in; None leaves the book empty, with the months from 2000 in
        place. A month without a value is a blank cell. Release dates that the lag does not give
        stand in ``releases``.
    title
        Heading of the guide; empty is the industries' names.
    source_note
        Source of the panel's values, where a series does not state its own.

    Raises
    ------
    BookError
        When there are no industries, or the file cannot be written.
    DefinitionError
        When a definition holds a text that no cell can hold.
    """
    if not industries:
        raise BookError("no_industries", "请至少选择一个行业。", "Choose at least one industry.")
    asked = tuple({model.id: model for model in industries}.values())
    plan = Contents(asked, panel, title, source_note)
    content = _content(plan)
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise BookError(
            "cannot_write",
            "无法写入文件（可能正在 Excel 中打开，或没有权限）；请关闭后再试。",
            "The file cannot be written (open in Excel, or no permission); close it and try again.",
            where=str(path),
        ) from error


def _content(plan: Contents) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    book.set_properties({"title": plan.titles[0], "author": "Prosperity", "created": CREATED})
    styles = {
        name: book.add_format({**_BASE, **style})
        for name, style in {**STYLES, **RESULT_STYLES}.items()
    }
    tabs = {"guide": BRAND, "data": "#D9A520", "releases": "#D9A520", "prices": "#D9A520"}
    for id, write in _SHEETS.items():
        sheet = book.add_worksheet(id)
        _set_up(sheet, tabs.get(id, MUTED))
        write(_Page(sheet, styles), plan)
        if id == "guide" and plan.industries:
            shown = book.add_worksheet("dashboard")
            _set_up(shown, BRAND)
            write_dashboard(_Page(shown, styles), book, plan.industries)
    for grid in result_grids(plan.industries) if plan.industries else ():
        sheet = book.add_worksheet(grid.sheet)
        _set_up(sheet, MUTED)
        write_result(_Page(sheet, styles), grid)
    book.close()
    return file.getvalue()


def _set_up(sheet: Any, tab: str) -> None:
    sheet.set_tab_color(tab)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(0.4, 0.4, 0.5, 0.5)
    sheet.set_footer("&L&8&A&R&8&P / &N")


@dataclass(frozen=True)
class _Page:
    """A worksheet with the book's formats."""

    sheet: Any
    styles: Mapping[str, Any]

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


_ZH, _EN = (1, 4), (6, 9)
_WIDTH_OF_HALF = 70


def _write_guide(page: _Page, plan: Contents) -> None:
    sheet = page.sheet
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 2)
    sheet.set_column(1, 9, 16)
    sheet.set_column(5, 5, 2)
    sheet.set_row(0, 34)
    for line, (text, style) in enumerate(zip(plan.titles, ("title", "subtitle"), strict=True)):
        page.write(line, 1, text, style)
    row = 2
    if plan.note:
        page.write(row, 1, plan.note, "alert" if plan.simulated else "subtitle")
        row += 1
    row = _write_models(page, plan, row + 1)
    for headings, paragraphs in GUIDE:
        row = _write_heading(page, row + 1, headings)
        for paragraph in paragraphs:
            lines = max(ceil(_width(text) / _WIDTH_OF_HALF) for text in paragraph)
            sheet.set_row(row, 15 * lines + 4)
            page.merged(row, _ZH, paragraph[0], "body")
            page.merged(row, _EN, paragraph[1], "body")
            row += 1
    row = _write_heading(page, row + 1, ("颜色", "Colours"))
    for style, (zh, en) in COLOURS:
        page.write(row, 1, "示例 Abc", style)
        page.merged(row, (2, 4), zh, "plain")
        page.merged(row, _EN, en, "plain")
        row += 1
    row = _write_heading(page, row + 1, ("命令", "Commands"))
    for verb, zh, en in VERBS:
        page.merged(row, (1, 3), verb, "code")
        page.write(row, 4, zh)
        page.merged(row, _EN, en, "plain")
        row += 1
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, row, 9)


def _write_heading(page: _Page, row: int, headings: tuple[str, str]) -> int:
    page.sheet.set_row(row, 20)
    page.merged(row, _ZH, headings[0], "section")
    page.merged(row, _EN, headings[1], "section")
    return row + 1


def _write_models(page: _Page, plan: Contents, row: int) -> int:
    """Write the table of models; return the next row."""
    row = _write_heading(page, row, ("本工作簿的模型", "Models in this book"))
    for column, head in MODEL_HEADS.items():
        page.write(row, column, head, "head")
    for model in plan.models:
        row += 1
        industry = model.kind == "industry"
        values = {
            1: model.id,
            2: model.name_zh,
            3: model.name_en,
            4: KINDS[model.kind],
            6: model.grade,
            7: REBALANCES[model.rebalance] if industry else "",
            8: model.index_code,
            9: ASKED if model in plan.asked else USED,
        }
        height = max(ceil(_width(str(value)) / 17) for value in values.values())
        page.sheet.set_row(row, 15 * max(height, 1) + 3)
        for column, value in values.items():
            page.write(row, column, value, "cell")
    return row + 1


def _width(text: str) -> int:
    """Return a text's width in units of a Latin letter."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _write_labels(page: _Page, id: SheetId) -> int:
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


def _write_data(page: _Page, plan: Contents) -> None:
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
    sheet.fit_to_pages(max(1, ceil(last / 12)), 0)


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
        "lag": column.lag_days,
    }


def _prompt_column(
    page: _Page, plan: Contents, column: Column, place: int, rows: Mapping[Label, int]
) -> None:
    """Attach the messages of a column's header cells."""
    indicator = column.indicator
    frequency = FREQUENCIES[indicator.frequency][0]
    market = indicator.frequency in ("D", "W")
    zh, en = AGGREGATE_NAMES[indicator.aggregate] if market else ("", "")
    chains = ", ".join(dict.fromkeys(i.transform for _, i in column.uses))
    parts = (
        f"单位 {indicator.unit or '—'}；{frequency}{zh and '，' + zh}；变换 {chains}；"
        f"滞后 {column.lag_days} 天",
        f"Unit {indicator.unit or '-'}; {FREQUENCY_NAMES_EN[indicator.frequency]}"
        f"{en and ', ' + en}; transform {chains}; lag {column.lag_days} days",
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
    page.prompt((row, place, row, place), "滞后 Lag", LABEL_HELP["lag"], RULES["lag"])


def _write_months(page: _Page, plan: Contents, first: int) -> None:
    for row, month in enumerate(plan.months, first):
        page.write(row, 0, month.date(), "date")


def _write_releases(page: _Page, plan: Contents) -> None:
    sheet, last = page.sheet, len(plan.columns)
    sheet.set_column(1, last, 18, page.styles["day"])
    first = _write_labels(page, "releases")
    for place, (column, tint) in enumerate(_tinted(plan.columns), 1):
        header = _header(plan, column)
        for row, label in enumerate(HEADER_ROWS["releases"]):
            page.write(row, place, header[label], _LABEL_ROWS[label][1].format(tint))
        parts = (
            f"填实际公布日；空单元格按滞后 {column.lag_days} 天计算。",
            f"Actual release dates; a blank cell means {column.lag_days} days after the period.",
        )
        area = (0, place, first - 1, place)
        page.prompt(area, column.indicator.name_zh, parts)
        for month, day in plan.stated_releases(column):
            page.write(first + month, place, day, "day")
    _write_months(page, plan, first)
    page.prompt((first, 1, CHECKED_ROWS, last), "", (), RULES["release"])
    sheet.fit_to_pages(max(1, ceil(last / 12)), 0)


def _write_prices(page: _Page, plan: Contents) -> None:
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
    sheet.fit_to_pages(1, 0)


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


def _write_definition(page: _Page, plan: Contents) -> None:
    sheet = page.sheet
    sheet.hide_gridlines(2)
    tables = blocks(plan.models)
    for place, names in enumerate(zip_longest(*(block.columns for block in tables))):
        sheet.set_column(place, place, max(_WIDTHS.get(name, _WIDTH) for name in names))
    sheet.freeze_panes(0, 2)
    for line, text in enumerate(DEFINITION_NOTE):
        page.write(line, 0, text, "subtitle")
    row = 3
    for block in tables:
        row = _write_block(page, block, row) + 2
    sheet.repeat_columns(0, 1)
    sheet.fit_to_pages(4, 0)


def _kinds(table: Table) -> dict[str, type]:
    """Return the type of each column that holds numbers or truth values."""
    defaults = {f.name: f.default for f in fields(CLASSES[table]) if f.name in COLUMNS[table]}
    return {
        name: bool if isinstance(default, bool) else float
        for name, default in defaults.items()
        if default is None or isinstance(default, bool | int | float)
    }


def _height(values: Sequence[Value], columns: Sequence[str]) -> float:
    """Return the height at which a record shows all of its wrapped texts."""
    widths = (_WIDTHS.get(column, _WIDTH) * _LETTERS_A_UNIT for column in columns)
    texts = (value if isinstance(value, str) else "" for value in values)
    lines = max(ceil(_width(t) / w) for t, w in zip(texts, widths, strict=True))
    return min(12.0 * max(lines, 1) + 4, TALLEST_ROW)


def _write_block(page: _Page, block: Block, row: int) -> int:
    """Write a table of definitions; return the row after it."""
    zh, en = TABLE_NAMES[block.table]
    page.sheet.set_row(row, 24)
    page.write(row, 0, f"[{block.table}]", "table")
    page.write(row, 1, f"{zh} {en}", "subtitle")
    header, first = row + 2, row + 3
    end = first + len(block.rows) + SPARE_ROWS
    kinds = _kinds(block.table)
    for line, values in enumerate(block.rows, first):
        page.sheet.set_row(line, _height(values, block.columns))
    for place, column in enumerate(block.columns):
        page.write(header - 1, place, COLUMN_NAMES_ZH.get(column, column), "column_zh")
        page.write(header, place, column, "column")
        help = COLUMN_HELP.get(column, ())
        if help:
            page.prompt((header, place, header, place), column, help)
        words = ["TRUE", "FALSE"] if kinds.get(column) is bool else choices(block.table, column)
        if any(words):
            rule = {"validate": "list", "source": [word for word in words if word]}
            page.prompt((first, place, end - 1, place), "", (), rule)
        style = _VALUE_STYLES.get(kinds.get(column, str), "text_value")
        for offset, values in enumerate([*block.rows, *[()] * SPARE_ROWS]):
            value = values[place] if values else None
            page.write(first + offset, place, value, style)
    return end


_SHEETS = {
    "guide": _write_guide,
    "data": _write_data,
    "releases": _write_releases,
    "prices": _write_prices,
    "definition": _write_definition,
}
