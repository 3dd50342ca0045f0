"""A formula that takes long: progress in the status bar, and Esc, while Excel waits for it.

Between two industries, and only after :data:`QUIET` seconds, so that no ordinary cell pays for it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from prosperity_excel.excel_values import NoValueError

#: Seconds before anything is said, and between two messages.
QUIET, EVERY = 1.0, 0.5
#: Windows' number of the Esc key.
ESC = 0x1B

#: Says what is being done: a text, the number of the step from 1, and how many there are.
Step = Callable[[str, int, int], None]


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
    escaped
        Whether Esc has been pressed in that application since it was last asked.
    now
        The clock, in seconds.
    """

    def __init__(
        self,
        application: Callable[[], Any],
        *,
        escaped: Callable[[Any], bool] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._application, self._now = application, now
        self._escaped = esc_pressed if escaped is None else escaped
        self._begun = now()
        self._next = self._begun + QUIET
        self._app: Any = None
        self._asked = self._said = False

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
        if not self._asked:
            self._asked, self._app = True, self._quietly(self._application)
            # What was pressed before this answer began is no answer to it.
            self._quietly(lambda: self._escaped(self._app))
        elif self._quietly(lambda: self._escaped(self._app)):
            raise CancelledError
        if self._app is not None and now >= self._next:
            self._next = now + EVERY
            self._show(f"Prosperity: {what} ({number}/{count}) · Esc")

    def end(self) -> None:
        """Give the status bar back."""
        if self._said:
            self._show(False)

    def _show(self, text: Any) -> None:
        # Excel may refuse while it computes; the answer matters more than the words about it.
        self._said = True
        self._quietly(lambda: setattr(self._app, "StatusBar", text))

    @staticmethod
    def _quietly(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception:  # whatever COM says: nothing here is worth a failed formula
            return None


def esc_pressed(application: Any) -> bool:
    """Whether Esc was pressed since this was last asked, with Excel in front; Windows only."""
    if sys.platform != "win32":
        return False
    import ctypes

    user = ctypes.windll.user32
    pressed = bool(user.GetAsyncKeyState(ESC) & 0xFFFF)
    return pressed and application is not None and user.GetForegroundWindow() == application.Hwnd
