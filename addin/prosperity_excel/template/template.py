"""The book that an analyst fills: one industry or many, with or without data in it."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import xlsxwriter
from prosperity.definition import Industry
from prosperity.errors import BookError
from prosperity.panel import Panel

from prosperity_excel.files.replacing import replacing
from prosperity_excel.files.saving import cannot_write
from prosperity_excel.ooxml.identity import PROPERTY
from prosperity_excel.results.sheet_layout import result_grids
from prosperity_excel.template.contents import Contents
from prosperity_excel.template.dashboard import write_dashboard
from prosperity_excel.template.result_page import RESULT_STYLES, write_result
from prosperity_excel.template.template_data import write_data, write_prices, write_releases
from prosperity_excel.template.template_definition import write_definition
from prosperity_excel.template.template_guide import write_guide
from prosperity_excel.template.template_page import BASE, BRAND, MUTED, STYLES, Page

#: Fixed, so that the same input gives the same file.
CREATED = datetime(2024, 1, 1)
#: A sheet's name, the colour of its tab, and what fills it.
SheetWriter = tuple[str, str, Callable[[Page], None]]
_TABS = {"guide": BRAND, "data": "#D9A520", "releases": "#D9A520", "prices": "#D9A520"}
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
    sheets: list[SheetWriter] = []
    for id, write in _SHEETS.items():
        sheets.append((id, _TABS.get(id, MUTED), partial(_given, write, plan)))
        if id == "guide" and plan.industries:
            sheets.append(("dashboard", BRAND, _dashboard(plan)))
    grids = result_grids(plan.industries) if plan.industries else ()
    sheets += [(grid.sheet, MUTED, partial(_given, write_result, grid)) for grid in grids]
    save_book(path, plan.titles[0], sheets, identity)


def _dashboard(plan: Contents) -> Callable[[Page], None]:
    return lambda page: write_dashboard(page, page.book, plan.industries)


def _given(write: Callable[[Page, Any], None], what: Any, page: Page) -> None:
    write(page, what)


def save_book(path: Path, title: str, sheets: Sequence[SheetWriter], identity: str = "") -> None:
    """Write a workbook of sheets: the name of each, the colour of its tab, and what fills it.

    Raises
    ------
    BookError
        ``cannot_write``.
    """
    content = _content(title, sheets, identity)
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise cannot_write(path, error) from error


def _content(title: str, sheets: Sequence[SheetWriter], identity: str) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    book.set_properties({"title": title, "author": "Prosperity", "created": CREATED})
    if identity:
        book.set_custom_property(PROPERTY, identity)
    styles = {
        name: book.add_format({**BASE, **style})
        for name, style in {**STYLES, **RESULT_STYLES}.items()
    }
    for name, tab, write in sheets:
        sheet = book.add_worksheet(name)
        _set_up(sheet, tab)
        write(Page(sheet, styles, book))
    book.close()
    return file.getvalue()


def _set_up(sheet: Any, tab: str) -> None:
    sheet.set_tab_color(tab)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(0.4, 0.4, 0.5, 0.5)
    sheet.set_footer("&L&8&A&R&8&P / &N")
