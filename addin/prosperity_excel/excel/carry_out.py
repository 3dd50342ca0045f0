"""A press carried out on a workbook, whatever the host: state put back, steps kept, errors said."""

from __future__ import annotations

from collections.abc import Callable

from prosperity.errors import ProsperityError

from prosperity_excel.excel.actions.press import DESK, AskFirst, Press
from prosperity_excel.excel.buttons import BUTTONS
from prosperity_excel.files.log import internal, log
from prosperity_excel.formulas.serve import SESSION
from prosperity_excel.host.keys import escape_watch
from prosperity_excel.host.open_book import LiveBook
from prosperity_excel.host.patience import working
from prosperity_excel.host.protocol import Book
from prosperity_excel.host.steps import recording
from prosperity_excel.host.xlwings_com import full_name, window_of
from prosperity_excel.runs.settings import SETTINGS_SHEET, Resolved, read_user, resolve


def carry_out(
    action: str,
    given: str,
    book: Book | None,
    agreed: str = "",
    *,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[str, str]:
    """Run an action on a workbook; return what to say and what to ask; never raises.

    ``cancelled`` says whether the user has given up; None watches for Esc in Excel.
    """
    from prosperity_excel.excel.actions.table import ACTIONS

    button = BUTTONS.get(action)
    label = "Prosperity" if button is None else " ".join(button.label)
    SESSION.look_again()
    try:
        app = None if book is None else book.app
        with working(app, label) as progress, recording() as steps:
            gave_up = cancelled or escape_watch(window_of(app))
            said = ACTIONS[action](Press(SESSION, book, given, progress, gave_up, agreed))
            if action != "undo" and book is not None:
                DESK.history.keep(full_name(book), book, label, steps)
            return said, ""
    except AskFirst as question:
        return "", question.message(language_of(book))
    except ProsperityError as error:
        log().warning("%s %s: %s", action, error.code, error.en)
        return error.message(language_of(book)), ""
    except Exception as error:
        return internal(error).message(language_of(book)), ""
    finally:
        SESSION.look_again()


def settings_of(book: Book | None) -> Resolved:
    """Return the settings that count in a workbook."""
    if book is None:
        return resolve()
    live = LiveBook(book)
    if live.find(SETTINGS_SHEET) is None:
        return resolve()
    return SESSION.view(full_name(book), lambda: book).resolved


def language_of(book: Book | None) -> str:
    """Return the language in which a workbook's user is told things."""
    try:
        return settings_of(book).language
    except ProsperityError:
        try:
            return str(read_user().get("language", "both"))
        except ProsperityError:
            return "both"
