"""The book of a system that an analyst fills: with or without data in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from math import ceil
from pathlib import Path
from typing import Any

from prosperity.panel import Panel
from prosperity.record_fields import choices
from prosperity.records import CLASSES as SHARED_CLASSES
from prosperity.systems.reading import CHOICES, CLASSES, SHARED
from prosperity.systems.spec import System

from prosperity_excel.book.system_sheet import system_blocks
from prosperity_excel.results.system_layout import system_grid
from prosperity_excel.template.result_page import write_result
from prosperity_excel.template.system_contents import SystemContents, contents_of
from prosperity_excel.template.system_dashboard import write_system_dashboard
from prosperity_excel.template.system_inputs import lag_words, write_input
from prosperity_excel.template.template import save_book
from prosperity_excel.template.template_data import write_data, write_prices, write_releases
from prosperity_excel.template.template_definition import Tables, write_blocks
from prosperity_excel.template.template_page import BRAND, LEFT, MUTED, RIGHT, Page, width_of
from prosperity_excel.words.book_words import RESULT_SHEET
from prosperity_excel.words.system_guide_words import (
    FILLING,
    HEADINGS,
    INPUT_HEADS,
    SYSTEM_NOTE,
    SYSTEM_VERBS,
)
from prosperity_excel.words.system_words import TABLE_NAMES

_WIDTH_OF_HALF = 70
_FILLED = "#D9A520"


def write_system_template(
    system: System,
    path: Path,
    *,
    panel: Panel | None = None,
    source_note: str = "",
    identity: str = "",
) -> None:
    """Write a system's book: guide, dashboard, system, prices, data, a sheet an input, result.

    Reading it gives the same system, and what of the panel the system can read. The same input
    gives the same bytes.

    Parameters
    ----------
    system
        What the book is for.
    path
        The ``.xlsx`` file, replaced as a whole or, when writing fails, not at all.
    panel
        Prices by the assets' ``price``, series, tables and lists to fill in; None leaves the
        sheets empty. A release date is written where the input's rule does not give it.
    source_note
        Source of the panel's values; one of a simulated panel says so in any case.
    identity
        By which the book and its history know each other; empty is none yet.

    Raises
    ------
    BookError
        When the file cannot be written.
    DefinitionError
        When the system holds a text that no cell can hold.
    """
    plan = contents_of(system, panel, source_note)
    sheets: list[tuple[str, str, Callable[[Page], None]]] = [
        ("guide", BRAND, lambda page: write_system_guide(page, plan)),
        ("dashboard", BRAND, lambda page: write_system_dashboard(page, system)),
        ("system", MUTED, lambda page: write_system(page, system)),
    ]
    if plan.has_data:
        sheets += [
            ("data", _FILLED, lambda page: write_data(page, plan)),
            ("releases", _FILLED, lambda page: write_releases(page, plan)),
        ]
    sheets.append(("prices", _FILLED, lambda page: write_prices(page, plan)))
    for one in system.inputs:
        sheets.append((one.id, _FILLED, lambda page, one=one: write_input(page, plan, one)))  # type: ignore[misc]
    grid = system_grid(system, RESULT_SHEET)
    sheets.append((RESULT_SHEET, MUTED, lambda page: write_result(page, grid)))
    save_book(path, plan.titles[0], sheets, identity)


def write_system(page: Page, system: System) -> None:
    """Write the sheet ``system``: a block a table, a row a record."""
    write_blocks(
        page, system_blocks([system]), SYSTEM_NOTE, Tables(TABLE_NAMES, _defaults, _choices)
    )


def _defaults(table: str) -> dict[str, Any]:
    own = SHARED_CLASSES[table] if table in SHARED else CLASSES[table]
    return {f.name: f.default for f in fields(own)}


def _choices(table: str, column: str) -> Sequence[str]:
    if table in SHARED:
        return choices(table, column)
    return CHOICES.get((table, column), ())


def write_system_guide(page: Page, plan: SystemContents) -> None:
    """Write the sheet ``guide``, Chinese on the left and English on the right."""
    sheet, system = page.sheet, plan.its
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
    told = (
        (system.logic_zh, system.logic_en),
        (system.fails_zh, system.fails_en),
        (system.unknown_zh, system.unknown_en),
    )
    for headings, texts in zip(HEADINGS, told, strict=True):
        if texts[0]:
            row = _paragraphs(page, row + 1, headings, [texts])
    row = _paragraphs(page, row + 1, FILLING[0], FILLING[1])
    row = _write_inputs(page, plan, row + 1)
    verbs = ((verb.replace("ID", system.id), zh, en) for verb, zh, en in SYSTEM_VERBS)
    row = page.commands(row + 1, verbs)
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, row, 9)


def _paragraphs(
    page: Page, row: int, headings: tuple[str, str], texts: Sequence[tuple[str, str]]
) -> int:
    row = page.heading(row, headings)
    for zh, en in texts:
        lines = max(ceil(width_of(text) / _WIDTH_OF_HALF) for text in (zh, en))
        page.sheet.set_row(row, 15 * lines + 4)
        page.merged(row, LEFT, zh, "body")
        page.merged(row, RIGHT, en, "body")
        row += 1
    return row


def _write_inputs(page: Page, plan: SystemContents, row: int) -> int:
    """Write the table of input sheets; return the next row."""
    row = page.heading(row, ("输入表", "Input sheets"))
    for column, head in INPUT_HEADS.items():
        page.write(row, column, head, "head")
    for one in plan.its.inputs:
        row += 1
        needed = "必需 needed" if one.required else "可选 optional"
        values = {
            1: one.id,
            2: one.name_zh,
            3: one.name_en,
            4: one.form,
            6: "; ".join(one.fields) or one.entity,
            7: one.unit,
            8: " ".join(lag_words(one)),
            9: f"{needed} [{one.provenance}]",
        }
        page.cells(row, values)
    return row + 1
