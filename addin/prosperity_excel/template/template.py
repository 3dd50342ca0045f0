"""The book that an analyst fills: one industry or many, with or without data in it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from prosperity.definition import Industry
from prosperity.errors import BookError
from prosperity.panel import Panel

from prosperity_excel.files.replacing import replacing
from prosperity_excel.ooxml.identity import PROPERTY
from prosperity_excel.results.sheet_layout import result_grids
from prosperity_excel.template.contents import Contents
from prosperity_excel.template.dashboard import RESULT_STYLES, write_dashboard, write_result
from prosperity_excel.template.template_data import write_data, write_prices, write_releases
from prosperity_excel.template.template_definition import write_definition
from prosperity_excel.template.template_guide import write_guide
from prosperity_excel.template.template_page import BASE, BRAND, MUTED, STYLES, Page

#: Fixed, so that the same input gives the same file.
CREATED = datetime(2024, 1, 1)
_SHEETS = {
    "guide": write_guide,
    "data": write_data,
    "releases": write_releases,
    "prices": write_prices,
    "definition": write_definition,
}


def write_template(
    industries: Sequence[Industry],
    path: Path,
    *,
    panel: Panel | None = None,
    title: str = "",
    source_note: str = "",
    identity: str = "",
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
    identity
        By which the book and its history know each other; empty is none yet.

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
    content = _content(plan, identity)
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


def _content(plan: Contents, identity: str) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    book.set_properties({"title": plan.titles[0], "author": "Prosperity", "created": CREATED})
    if identity:
        book.set_custom_property(PROPERTY, identity)
    styles = {
        name: book.add_format({**BASE, **style})
        for name, style in {**STYLES, **RESULT_STYLES}.items()
    }
    tabs = {"guide": BRAND, "data": "#D9A520", "releases": "#D9A520", "prices": "#D9A520"}
    for id, write in _SHEETS.items():
        sheet = book.add_worksheet(id)
        _set_up(sheet, tabs.get(id, MUTED))
        write(Page(sheet, styles), plan)
        if id == "guide" and plan.industries:
            shown = book.add_worksheet("dashboard")
            _set_up(shown, BRAND)
            write_dashboard(Page(shown, styles), book, plan.industries)
    for grid in result_grids(plan.industries) if plan.industries else ():
        sheet = book.add_worksheet(grid.sheet)
        _set_up(sheet, MUTED)
        write_result(Page(sheet, styles), grid)
    book.close()
    return file.getvalue()


def _set_up(sheet: Any, tab: str) -> None:
    sheet.set_tab_color(tab)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(0.4, 0.4, 0.5, 0.5)
    sheet.set_footer("&L&8&A&R&8&P / &N")
