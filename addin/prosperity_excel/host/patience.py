"""Working inside Excel: status bar, state that is always put back, patience while it is busy."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from prosperity.errors import ProsperityError
from prosperity.progress import Progress

from prosperity_excel.host.protocol import App
from prosperity_excel.host.xlwings_com import bounded_retries, is_busy

T = TypeVar("T")

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
            if not (isinstance(error, ExcelBusyError) or is_busy(error)):
                raise
        wait(PAUSE)
    raise ExcelBusyError


@contextmanager
def working(app: App | None, label: str) -> Iterator[Progress]:
    """Give a progress function that writes to the status bar, and put Excel's state back.

    Screen updating, calculation and alerts are as before when the body ends, however it ends, and
    the status bar is Excel's own again.

    Parameters
    ----------
    app
        The program; None when there is none.
    label
        What is being done.
    """
    if app is None:
        yield lambda *_: None
        return
    before: dict[str, Any] = {}
    with bounded_retries():
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


def _put_back(app: App, before: dict[str, Any]) -> None:
    """Restore every property, even when one of them fails; the first failure is raised last."""
    failed: Exception | None = None
    for name, value in (*reversed(before.items()), ("status_bar", False)):
        try:
            patiently(lambda name=name, value=value: setattr(app, name, value))  # type: ignore[misc]
        except Exception as error:
            failed = failed or error
    if failed is not None and sys.exc_info()[1] is None:
        raise failed
