"""The ribbon's buttons: each press runs one action and gives back what to tell the user."""

from __future__ import annotations

from typing import Any

import xlwings as xw
from prosperity.errors import ProsperityError

from prosperity_excel.actions import ACTIONS, Press
from prosperity_excel.buttons import BUTTONS, SHOWN_SETTINGS
from prosperity_excel.excel_app import working
from prosperity_excel.functions import decorate
from prosperity_excel.live import LiveBook, full_name
from prosperity_excel.reasons import internal, log
from prosperity_excel.serving import SESSION
from prosperity_excel.settings_sheet import unconfirmed_library
from prosperity_excel.settings_store import SETTINGS_SHEET, Resolved, read_user, resolve


def press(action: Any, given: Any = None) -> list[list[str]]:
    """Run the action behind a control.

    Parameters
    ----------
    action
        Id of a button.
    given
        What was typed, chosen or answered; None or empty when nothing was.

    Returns
    -------
    list of list of str
        One row: the text to show (empty when there is nothing to say), then the settings of
        :data:`prosperity_excel.buttons.SHOWN_SETTINGS` as they are now.
    """
    book = _calling_book()
    message = perform(str(action), "" if given is None else given, book)
    return [[message, *_shown(book)]]


def shown() -> list[list[str]]:
    """Return one row: the settings of the active workbook that the ribbon shows, then a question.

    The question is empty, or asks whether the library counts that the workbook names; yes is
    answered by the action ``confirm_library``.
    """
    book = _calling_book()
    return [[*_shown(book), _question(book)]]


def perform(action: str, given: Any, book: Any) -> str:
    """Run an action on a workbook and return the summary or the error's text; never raises."""
    button = BUTTONS.get(action)
    label = "Prosperity" if button is None else " ".join(button.label)
    SESSION.look_again()
    try:
        app = None if book is None else book.app
        with working(app, label) as progress:
            return ACTIONS[action](Press(SESSION, book, str(given), progress))
    except ProsperityError as error:
        log().warning("%s %s: %s", action, error.code, error.en)
        return error.message(_language(book))
    except Exception as error:
        return internal(error).message(_language(book))
    finally:
        SESSION.look_again()


def _calling_book() -> Any:
    """Return the active workbook as xlwings' caller; None when no workbook is open.

    xlwings remembers the last one, which may be closed by now and then has no name.
    """
    try:
        book = xw.Book.caller()
        return book if book.name else None
    except Exception:
        return None


def _resolved(book: Any) -> Resolved:
    if book is None:
        return resolve()
    live = LiveBook(book)
    if live.find(SETTINGS_SHEET) is None:
        return resolve()
    return SESSION.view(full_name(book), lambda: book).resolved


def _language(book: Any) -> str:
    try:
        return _resolved(book).language
    except ProsperityError:
        try:
            return str(read_user().get("language", "both"))
        except ProsperityError:
            return "both"


def _shown(book: Any) -> list[str]:
    try:
        resolved = _resolved(book)
    except ProsperityError:
        return [""] * len(SHOWN_SETTINGS)
    return [_text(resolved.value(name)) for name in SHOWN_SETTINGS]


def _question(book: Any) -> str:
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
    return {"zh": zh, "en": en}.get(_language(book), f"{zh}\n\n{en}")


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


decorate((press, shown), xw.func, xw.arg)
