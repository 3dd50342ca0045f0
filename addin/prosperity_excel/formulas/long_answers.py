"""A formula that takes long: progress in the status bar, and Esc, while Excel waits for it.

Between two industries, and only after :data:`QUIET` seconds, so that no ordinary cell pays for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from prosperity_excel.formulas.cell_values import NoValueError
from prosperity_excel.host.keys import escape_watch
from prosperity_excel.host.xlwings_com import Application, say_in_status_bar, window_of_own

#: Seconds before anything is said, and between two messages.
QUIET, EVERY = 1.0, 0.5


class CancelledError(NoValueError):
    """The user pressed Esc; what had been computed by then is kept, and this is not."""

    def __init__(self) -> None:
        super().__init__(
            "cancelled",
            "已按 Esc 停止计算；算好的行业已保留。按 Ctrl+Alt+F9 从中断处继续。",
            "Esc stopped this; the industries that were done are kept. Ctrl+Alt+F9 goes on from "
            "there.",
        )


def silent(what: str, number: int, count: int) -> None:
    """Say nothing, and never stop."""


class Course:
    """The course of one answer, from its first step to its end.

    Parameters
    ----------
    application
        Gives Excel's own Application object, or None where there is none.
    watch
        Gives, for the handle of Excel's window, what says whether Esc was pressed since it was last
        asked; see :func:`prosperity_excel.host.keys.escape_watch`.
    now
        The clock, in seconds.
    """

    def __init__(
        self,
        application: Callable[[], Application | None],
        *,
        watch: Callable[[int | None], Callable[[], bool]] = escape_watch,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._application, self._now = application, now
        self._watch = watch
        self._pressed: Callable[[], bool] | None = None
        self._begun = now()
        self._next = self._begun + QUIET
        self._app: Application | None = None
        self._said = False

    def step(self, what: str, number: int, count: int) -> None:
        """Say how far it is.

        Raises
        ------
        CancelledError
            When Esc has been pressed.
        """
        now = self._now()
        if now < self._begun + QUIET:
            return
        if self._pressed is None:
            # What was pressed before is no answer to this: the watch begins here.
            app = self._app = self._quietly(self._application)
            window = self._quietly(lambda: window_of_own(app))
            self._pressed = self._quietly(lambda: self._watch(window)) or (lambda: False)
        elif self._quietly(self._pressed):
            raise CancelledError
        if self._app is not None and now >= self._next:
            self._next = now + EVERY
            self._show(f"Prosperity: {what} ({number}/{count}) · Esc")

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return self._now() - self._begun

    def end(self) -> None:
        """Give the status bar back."""
        if self._said:
            self._show(False)

    def _show(self, text: str | bool) -> None:
        app = self._app
        if app is None:
            return
        # Excel may refuse while it computes; the answer matters more than the words about it.
        self._said = True
        self._quietly(lambda: say_in_status_bar(app, text))

    @staticmethod
    def _quietly(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception:  # whatever COM says: nothing here is worth a failed formula
            return None
