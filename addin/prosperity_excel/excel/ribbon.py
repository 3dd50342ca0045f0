"""The ribbon's buttons: each press runs one action and gives back what to tell the user.

Excel's server imports this module before the first cell is computed, so the actions, which import
much, are imported when a button is pressed.
"""

from __future__ import annotations

from typing import Any

import xlwings as xw
from prosperity.errors import ProsperityError

from prosperity_excel.excel import dressing
from prosperity_excel.excel.actions.press import DESK, Press
from prosperity_excel.excel.buttons import PICKS, SHOWN_SETTINGS
from prosperity_excel.excel.carry_out import carry_out, language_of, settings_of
from prosperity_excel.excel.functions import decorate
from prosperity_excel.files.log import log
from prosperity_excel.formulas.serve import SESSION
from prosperity_excel.host.patience import working
from prosperity_excel.host.protocol import Book
from prosperity_excel.host.settings_sheet import unconfirmed_library
from prosperity_excel.host.steps import formula_property
from prosperity_excel.host.xlwings_com import full_name, local_file, read_only
from prosperity_excel.runs.settings import read_user


def press(action: Any, given: Any = None, agreed: Any = None) -> list[list[str]]:
    """Run the action behind a control.

    Parameters
    ----------
    action
        Id of a button.
    given
        What was typed, chosen or answered; None or empty when nothing was.
    agreed
        The question that was asked before and said yes to; None or empty when none was.

    Returns
    -------
    list of list of str
        One row: the text to show (empty when there is nothing to say); a question (empty when none
        is to be asked), which is handed back when the user says yes; then as :func:`_state` says.
    """
    book = _calling_book()
    texts = ["" if text is None else str(text) for text in (given, agreed)]
    message, question = carry_out(str(action), texts[0], book, texts[1])
    return [[message, question, *_state(book)]]


def shown() -> list[list[str]]:
    """Return one row: as :func:`_state` says, then a question.

    The question is empty, or asks whether the library counts that the workbook names; yes is
    answered by the action ``confirm_library``.
    """
    book = _calling_book()
    return [[*_state(book), _question(book)]]


def choices(name: Any) -> list[list[str]]:
    """Return one row: an empty text, then what a box with a list offers."""
    from prosperity_excel.excel.actions import inserting

    book = _calling_book()
    try:
        return [["", *inserting.choices(Press(SESSION, book, "", _silent), str(name))]]
    except ProsperityError as error:
        # A box whose list cannot be made can still be typed into.
        log().warning("%s %s: %s", name, error.code, error.en)
        return [["", ""]]


def dress() -> list[list[str]]:
    """Format what formulas of the active workbook fill, after a recalculation; return nothing."""
    book = _calling_book()
    try:
        if book is not None and settings_of(book).format_results == "on" and not read_only(book):
            with working(book.app, "Prosperity"):
                dressing.dress(book)
    except Exception as error:
        # Formats are a nicety: what was computed stands, and the log says why they are missing.
        log().warning("dress: %s", error)
    return [["", ""]]


def perform(action: str, given: Any, book: Book | None, agreed: str = "") -> str:
    """Run an action on a workbook; return the summary, question or error's text; never raises."""
    message, question = carry_out(action, str(given), book, agreed)
    return message or question


def _silent(what: str, number: int, count: int) -> None:
    """Tell nobody how far something is."""


def _calling_book() -> Book | None:
    """Return the active workbook as xlwings' caller; None when no workbook is open.

    xlwings remembers the last one, which may be closed by now and then has no name.
    """
    try:
        book = xw.Book.caller()
        return book if book.name else None
    except Exception:
        return None


def _state(book: Book | None) -> list[str]:
    """Return what the ribbon shows.

    That is: the values of :data:`prosperity_excel.excel.buttons.SHOWN`, the ids of controls that
    cannot be used now, each between two spaces, and whether books are refreshed when opened.
    """
    try:
        resolved = settings_of(book)
        settings = [_text(resolved.value(name)) for name in SHOWN_SETTINGS]
    except ProsperityError:
        settings = [""] * len(SHOWN_SETTINGS)
    picks = [DESK.picks.get(name, "") for name in PICKS]
    return [*settings, *picks, _resting(book), _on_opening()]


def _resting(book: Book | None) -> str:
    if book is None:
        return ""
    try:
        identity = full_name(book)
        resting = [
            ("write_import", not DESK.previews.has(identity)),
            ("undo", DESK.history.last(identity) is None and local_file(book) is None),
            ("enter_array", formula_property(book.sheets[0]) == "formula2"),
        ]
    except Exception:  # a busy Excel, or a book that is just being closed: nothing is switched off
        return ""
    return "".join(f" {id} " for id, is_resting in resting if is_resting)


def _on_opening() -> str:
    """Return the user's own setting, which Excel keeps to know it before Python runs."""
    try:
        return str(read_user().get("refresh_on_open", "off"))
    except ProsperityError:
        return "off"


def _question(book: Book | None) -> str:
    try:
        named = "" if book is None else unconfirmed_library(book)
    except Exception:  # a wrong settings sheet says so when something is computed
        return ""
    if not named:
        return ""
    zh = (
        f"本工作簿的 settings 表指定了资料夹：\n{named}\n是否采用？不认识此工作簿的来源时请选“否”。"
    )
    en = (
        f"The settings sheet of this book names the library\n{named}\nUse it? Answer No unless you "
        "know where this book comes from."
    )
    return {"zh": zh, "en": en}.get(language_of(book), f"{zh}\n\n{en}")


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


decorate((press, shown, choices, dress), xw.func, xw.arg)
