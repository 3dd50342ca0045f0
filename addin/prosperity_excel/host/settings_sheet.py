"""The ``settings`` sheet of an open workbook: shown whole, changed one value at a time."""

from __future__ import annotations

from datetime import date
from typing import Any

from prosperity_excel.host.open_book import LiveBook
from prosperity_excel.host.patience import patiently
from prosperity_excel.host.protocol import Book
from prosperity_excel.host.write_blocks import find_sheet, plain, refuse_read_only
from prosperity_excel.host.xlwings_com import full_name
from prosperity_excel.runs.settings import (
    SETTINGS_SHEET,
    SOURCES,
    Resolved,
    described,
    names,
    parse,
    sheet_settings,
    trusted_file,
    write_user,
)
from prosperity_excel.runs.trust import confirm, trouble
from prosperity_excel.sheets.cells import text
from prosperity_excel.words.book_words import clean

HEADINGS = ("设定 Setting", "本工作簿 This book", "现值 In force", "来源 Source", "含义 Meaning")


def rows(resolved: Resolved, book: Book) -> list[list[Any]]:
    """Return the sheet's rows: name, the workbook's own value, value in force, source, meaning."""
    own = sheet_settings(LiveBook(book).workbook())
    table: list[list[Any]] = [list(HEADINGS)]
    for name in names():
        _, zh, en = described(name)
        source = " ".join(SOURCES[resolved.sources[name]])
        value = resolved.value(name)
        shown = value.isoformat() if isinstance(value, date) else value
        table.append([name, own.get(name), str(shown), source, f"{zh} / {en}"])
    return table


def change(book: Book | None, name: str, given: str) -> None:
    """Change a setting: in the workbook's ``settings`` sheet when it has one, else for the user.

    Parameters
    ----------
    book
        An open workbook; None changes the user's file.
    name
        Of the setting.
    given
        Its value as text; empty takes it out.

    Raises
    ------
    SettingError
        When the value cannot be read or is outside its range; nothing is changed then.
    BookError
        When the workbook is read-only.
    """
    sheet = None if book is None else find_sheet(book, SETTINGS_SHEET)
    if book is None or sheet is None:
        write_user({name: given})
        return
    refuse_read_only(book)
    value = parse(name, given) if given else None
    live = LiveBook(book)
    held = live.values(str(sheet.name))
    listed = [clean(text(held.cell(row, 0))) for row in range(len(held.rows))]
    row = listed.index(name) if name in listed else len(listed)

    def write() -> None:
        sheet.range((row + 1, 1)).value = name
        sheet.range((row + 1, 2)).value = plain(value)

    patiently(write)
    if name == "library" and value:
        confirm(full_name(book), str(value), file=trusted_file())


def unconfirmed_library(book: Book) -> str:
    """Return the library that a workbook names and the user has not confirmed; empty for none."""
    named = str(sheet_settings(LiveBook(book).workbook()).get("library") or "")
    found = trouble(full_name(book), named, file=trusted_file()) if named else None
    return named if found is not None and found.code == "library_not_confirmed" else ""


def confirm_library(book: Book) -> str:
    """Remember that the user confirmed the library that a workbook names; return it."""
    named = unconfirmed_library(book)
    if named:
        confirm(full_name(book), named, file=trusted_file())
    return named
