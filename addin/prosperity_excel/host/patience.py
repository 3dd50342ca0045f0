"""Working inside Excel: status bar, state that is always put back, patience while it is busy."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from prosperity.errors import ProsperityError

T = TypeVar("T")

#: COM's answers while a cell is being edited or a dialog is open.
BUSY = frozenset({-2147418111, -2147417846, -2146777998, -2147417848})
#: How often a call is tried, and the seconds between two tries: about ten seconds.
ATTEMPTS, PAUSE = 40, 0.25
#: What is switched off during work, and how.
SWITCHED = (
    ("screen_updating", False),
    ("calculation", "manual"),
    ("display_alerts", False),
)


class ExcelBusyError(ProsperityError, TimeoutError):
    """Excel does not answer: a cell is being edited, or a dialog is open."""

    def __init__(self) -> None:
        super().__init__(
            "excel_busy",
            "Excel 正忙（正在编辑单元格或有对话框未关闭）。请按回车或 Esc 结束编辑，再试一次。",
            "Excel is busy: a cell is being edited or a dialog is open. Press Enter or Esc and "
            "try again.",
        )


def is_busy(error: BaseException) -> bool:
    """Whether an exception is Excel's way to say that it is busy."""
    if type(error).__name__ == "ExcelBusyError":
        return True
    codes = {getattr(error, "hresult", None)}
    details = error.args[2] if len(error.args) > 2 else None
    if isinstance(details, tuple) and details:
        codes.add(details[-1])
    return bool(codes & BUSY)


def patiently(call: Callable[[], T], *, wait: Callable[[float], None] = time.sleep) -> T:
    """Return what ``call`` gives, trying again while Excel is busy.

    Raises
    ------
    ExcelBusyError
        After :data:`ATTEMPTS` tries.
    """
    for _ in range(ATTEMPTS):
        try:
            return call()
        except Exception as error:
            if not is_busy(error):
                raise
        wait(PAUSE)
    raise ExcelBusyError


@contextmanager
def working(app: Any, label: str) -> Iterator[Callable[[str, int, int], None]]:
    """Give a progress function that writes to the status bar, and put Excel's state back.

    Screen updating, calculation and alerts are as before when the body ends, however it ends, and
    the status bar is Excel's own again.

    Parameters
    ----------
    app
        ``xlwings.App``; None when there is none.
    label
        What is being done.
    """
    if app is None:
        yield lambda *_: None
        return
    before: dict[str, Any] = {}
    with _bounded_retries():
        try:
            for name, value in SWITCHED:
                before[name] = patiently(lambda name=name: getattr(app, name))  # type: ignore[misc]
                patiently(lambda name=name, value=value: setattr(app, name, value))  # type: ignore[misc]

            def say(what: str, number: int, count: int) -> None:
                text = f"Prosperity: {label} {what} ({number}/{count})"
                patiently(lambda: setattr(app, "status_bar", text))

            patiently(lambda: setattr(app, "status_bar", f"Prosperity: {label} …"))
            yield say
        finally:
            _put_back(app, before)


def _put_back(app: Any, before: dict[str, Any]) -> None:
    """Restore every property, even when one of them fails; the first failure is raised last."""
    failed: Exception | None = None
    for name, value in (*reversed(before.items()), ("status_bar", False)):
        try:
            patiently(lambda name=name, value=value: setattr(app, name, value))  # type: ignore[misc]
        except Exception as error:
            failed = failed or error
    if failed is not None and sys.exc_info()[1] is None:
        raise failed


@contextmanager
def _bounded_retries() -> Iterator[None]:
    """Keep xlwings from trying for ever: on Windows it repeats refused calls without an end."""
    windows: Any = sys.modules.get("xlwings._xlwindows")
    if windows is None:
        yield
        return
    before = windows.N_COM_ATTEMPTS
    windows.N_COM_ATTEMPTS = 1
    try:
        yield
    finally:
        windows.N_COM_ATTEMPTS = before
