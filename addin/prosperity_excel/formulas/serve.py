"""One way through for every worksheet function: cache, answer, errors, reasons."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from prosperity.errors import ProsperityError

from prosperity_excel.files.log import internal, log
from prosperity_excel.formulas import answers, coming_answers, plan_answers, system_answers
from prosperity_excel.formulas.answers import Ask, industry_name
from prosperity_excel.formulas.arguments import ArgumentError, text_of
from prosperity_excel.formulas.cell_values import cell, error_value, sentinel, table
from prosperity_excel.formulas.long_answers import CancelledError, Course
from prosperity_excel.formulas.system_sources import system_holder
from prosperity_excel.formulas.views import Session, View
from prosperity_excel.host.patience import ExcelBusyError
from prosperity_excel.host.protocol import Book, Range
from prosperity_excel.host.xlwings_com import (
    calling_application,
    calling_name,
    full_name,
    is_busy,
    is_cell,
)
from prosperity_excel.runs.settings import read_user

#: The state of this process.
SESSION = Session()
ANSWERS: Mapping[str, Callable[..., Any]] = {
    "PROSPERITY": answers.prosperity,
    "PROSPERITY_SERIES": answers.series,
    "PROSPERITY_SIGNAL": answers.signal,
    "PROSPERITY_CONTRIB": answers.contributions,
    "PROSPERITY_BACKTEST": answers.backtest,
    "PROSPERITY_NAV": answers.nav,
    "PROSPERITY_RANK": answers.rank,
    "PROSPERITY_COMBINED": answers.combined,
    "PROSPERITY_PLAN": plan_answers.plan,
    "PROSPERITY_EVIDENCE": answers.evidence,
    "PROSPERITY_INDICATOR": answers.indicator,
    "PROSPERITY_DUE": coming_answers.due,
    "PROSPERITY_NOWCAST": coming_answers.nowcast,
    "PROSPERITY_SYSTEM": system_answers.system,
    "PROSPERITY_SYSTEM_SERIES": system_answers.series,
    "PROSPERITY_INDUSTRIES": answers.industries,
}
WHY = "PROSPERITY_WHY"
#: Arguments of other types, such as ranges, may change while they stay the same object.
_PLAIN = frozenset({type(None), str, float, int, bool, datetime})
#: Functions whose first argument is an industry.
_ABOUT_OTHERS = (
    "_RANK",
    "_COMBINED",
    "_PLAN",
    "_INDUSTRIES",
    "_NOWCAST",
    "_SYSTEM",
    "_SYSTEM_SERIES",
)
ABOUT_ONE = frozenset(name for name in ANSWERS if not name.endswith(_ABOUT_OTHERS))
_FIRST_ARGUMENT = re.compile(
    r"PROSPERITY\w*\(\s*(?:\"([^\"]+)\"|\$?([A-Z]{1,3})\$?(\d+))", re.IGNORECASE
)
NOTHING = ("没有错误，也没有提醒。", "No error and no warning.")


def serve(name: str, caller: Range | None, arguments: tuple[Any, ...]) -> Any:
    """Answer a worksheet function; never raises.

    Parameters
    ----------
    name
        Of the function.
    caller
        The calling cells; None when there are none.
    arguments
        As xlwings read them.

    Returns
    -------
    float, str, datetime or list of lists
        As :mod:`prosperity_excel.formulas.cell_values` says; an error is a text with its mark.
    """
    view: View | None = None
    identity = ""
    try:
        identity, book = calling_book(caller)
        view = SESSION.view(identity, book, lambda: place(caller))
        key = _key(name, arguments)
        kept = None if key is None else view.answers.get(key)
        if kept is not None:
            value, error = kept
            if error is not None:
                SESSION.reasons.keep(place(caller), error)
            return value
        if name == WHY:
            return why(view, identity, arguments[0])
        course = Course(lambda: calling_application(caller))
        try:
            found = ANSWERS[name](replace(_ask(view), step=course.step), *arguments)
        finally:
            course.end()
        value = table(found) if isinstance(found, list) else cell(found)
        if key is not None:
            view.keep(key, (value, None))
        return value
    except Exception as raised:
        return _failed(raised, name, caller, arguments, view)


def _key(name: str, arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Return what an answer is kept by; None when an argument may change and stay the same object.

    With the types, because Python takes FALSE for 0, and Excel's functions do not.
    """
    kinds = tuple(map(type, arguments))
    return (name, arguments, kinds) if _PLAIN.issuperset(kinds) else None


def _ask(view: View) -> Ask:
    return Ask(view.world, view.resolved, SESSION.results, SESSION.ranges, view.today)


def calling_book(caller: Range | None) -> tuple[str, Callable[[], Book] | None]:
    """Return the full name of the calling workbook, and how to get it; never the active one."""
    if caller is None or not is_cell(caller):
        return "", None
    return calling_name(caller), lambda: caller.sheet.book


def place(caller: Range | None) -> tuple[str, ...]:
    """Return what tells the first calling cell from all others; empty without one."""
    if caller is None:
        return ()
    try:
        sheet = caller.sheet
        return full_name(sheet.book), sheet.name, caller.address.partition(":")[0]
    except Exception:  # called from VBA: there is no cell
        return ()


def why(view: View, identity: str, asked: Any) -> str:
    """Answer PROSPERITY_WHY, in words."""
    language = view.resolved.language
    ask = _ask(view)
    if hasattr(asked, "sheet"):
        error = SESSION.reasons.find(place(asked)) or _answered_before(view, asked)
        shown = asked[0, 0].options(err_to_str=True).value
        is_error = isinstance(shown, str) and shown.startswith("#")
        if is_error and error is not None:
            return error.message(language)
        industry = industry_meant(ask, asked[0, 0])
        if industry is None:
            return ask.label(NOTHING if not is_error else UNKNOWN)
    else:
        industry = industry_name(asked)
    return _about(view, ask, industry)


def _answered_before(view: View, cell: Range) -> ProsperityError | None:
    """Return the error of the call in a cell, for hosts that do not say which cell called."""
    from prosperity_excel.formulas.formula_calls import call_in

    with suppress(ArgumentError):
        call = call_in(cell[0, 0])
        key = None if call is None else _key(call.name, call.arguments)
        kept: ProsperityError | None = view.answers.get(key or (), (None, None))[1]
        return kept
    return None


UNKNOWN = (
    "没有记下原因：该错误不是由 Prosperity 给出，或在刷新之前。请刷新后再看。",
    "No reason is known: the error is not Prosperity's, or older than the last refresh. Refresh "
    "and look again.",
)


def industry_meant(ask: Ask, cell: Range) -> str | None:
    """Return the industry that a cell names, or that its formula is about; None for none."""
    shown = cell.options(err_to_str=True).value
    return str(shown) if _names_industry(ask, shown) else _industry_in(cell)


def _about(view: View, ask: Ask, industry: str) -> str:
    language = view.resolved.language
    try:
        if _is_system(ask, industry):
            return system_answers.system_warnings(ask, industry) or ask.label(NOTHING)
        id, _ = ask.world.holder(industry)
        said = answers.warnings(ask, industry)
    except ProsperityError as error:
        return error.message(language)
    failed = view.failures.get(id)
    lines = [] if failed is None else [failed.message(language)]
    return "\n".join([*lines, *([said] if said else [])]) or ask.label(NOTHING)


def _is_system(ask: Ask, name: str) -> bool:
    """Whether a name is that of a system, and of no industry."""
    if _names_industry(ask, name):
        return False
    try:
        return bool(system_holder(ask.world, name))
    except ProsperityError as error:
        return error.code != "unknown_system"


def _names_industry(ask: Ask, shown: Any) -> bool:
    try:
        return isinstance(shown, str) and bool(ask.world.definition(shown))
    except ProsperityError:
        return False


def _industry_in(cell_range: Range) -> str | None:
    """Return the industry that a cell's formula names as its first argument."""
    match = _FIRST_ARGUMENT.search(str(cell_range.formula))
    if match is None:
        return None
    if match[1]:
        return match[1]
    return text_of("industry", cell_range.sheet.range(f"{match[2]}{match[3]}").value)


def _failed(
    raised: Exception,
    name: str,
    caller: Range | None,
    arguments: tuple[Any, ...],
    view: View | None,
) -> Any:
    """Return the Excel error for an exception, and remember why."""
    if isinstance(raised, ProsperityError):
        error = raised
    else:
        error = ExcelBusyError() if is_busy(raised) else internal(raised)
    log().warning("%s %s: %s", name, error.code, error.en)
    at = place(caller)
    if at:
        SESSION.reasons.keep(at, error)
    if name == WHY:
        return error.message(view.resolved.language if view else _user_language())
    value = sentinel(error_value(raised))
    if view is not None and error is raised and not isinstance(error, CancelledError):
        _remember(view, name, arguments, value, error)
    return value


def _remember(
    view: View, name: str, arguments: tuple[Any, ...], value: Any, error: ProsperityError
) -> None:
    key = _key(name, arguments)
    if key is not None:
        view.keep(key, (value, error.bare()))
    if name in ABOUT_ONE:
        with suppress(ProsperityError):
            view.failures[view.world.definition(industry_name(arguments[0])).id] = error.bare()


def _user_language() -> str:
    try:
        return str(read_user().get("language", "both"))
    except ProsperityError:
        return "both"
