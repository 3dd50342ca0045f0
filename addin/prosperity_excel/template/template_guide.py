"""The sheet ``guide``: what the book is for, its models, how to fill it, the commands."""

from __future__ import annotations

from math import ceil

from prosperity_excel.template.contents import Contents
from prosperity_excel.template.template_page import LEFT, RIGHT, Page, width_of
from prosperity_excel.words.book_words import VERBS
from prosperity_excel.words.guide_words import (
    ASKED,
    COLOURS,
    GUIDE,
    KINDS,
    MODEL_HEADS,
    REBALANCES,
    USED,
)

_WIDTH_OF_HALF = 70


def write_guide(page: Page, plan: Contents) -> None:
    """Write the sheet ``guide``, Chinese on the left and English on the right."""
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
        row = page.heading(row + 1, headings)
        for paragraph in paragraphs:
            lines = max(ceil(width_of(text) / _WIDTH_OF_HALF) for text in paragraph)
            sheet.set_row(row, 15 * lines + 4)
            page.merged(row, LEFT, paragraph[0], "body")
            page.merged(row, RIGHT, paragraph[1], "body")
            row += 1
    row = page.heading(row + 1, ("颜色", "Colours"))
    for style, (zh, en) in COLOURS:
        page.write(row, 1, "示例 Abc", style)
        page.merged(row, (2, 4), zh, "plain")
        page.merged(row, RIGHT, en, "plain")
        row += 1
    row = page.commands(row + 1, VERBS)
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, row, 9)


def _write_models(page: Page, plan: Contents, row: int) -> int:
    """Write the table of models; return the next row."""
    row = page.heading(row, ("本工作簿的模型", "Models in this book"))
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
            8: model.asset.code,
            9: ASKED if model in plan.asked else USED,
        }
        page.cells(row, values)
    return row + 1
