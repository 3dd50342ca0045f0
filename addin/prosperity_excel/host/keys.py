"""Whether the user presses Esc in Excel, asked of Windows while Python works."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol

ESCAPE = 0x1B
#: Pressed now, or pressed since it was last asked.
_PRESSED = 0x8001


class Keyboard(Protocol):
    """What is asked of Windows."""

    def state(self, key: int) -> int:
        """Return what ``GetAsyncKeyState`` gives for a key."""

    def in_front(self, window: int) -> bool:
        """Whether a window of that window's process is in front."""


class Windows:
    """Windows itself."""

    def __init__(self) -> None:
        import ctypes

        library: Any = ctypes
        self._ctypes, self._user32 = library, library.windll.user32

    def state(self, key: int) -> int:
        """Return what ``GetAsyncKeyState`` gives for a key."""
        return int(self._user32.GetAsyncKeyState(key))

    def in_front(self, window: int) -> bool:
        """Whether a window of that window's process is in front."""
        return self._process(window) == self._process(self._user32.GetForegroundWindow())

    def _process(self, window: int) -> int:
        found = self._ctypes.c_ulong()
        self._user32.GetWindowThreadProcessId(
            self._ctypes.c_void_p(window), self._ctypes.byref(found)
        )
        return int(found.value)


def escape_watch(window: int | None, keyboard: Keyboard | None = None) -> Callable[[], bool]:
    """Return what says whether Esc was pressed in Excel since it was asked last.

    Parameters
    ----------
    window
        Handle of a window of Excel; None when it is not known: then any Esc counts.
    keyboard
        What is asked; None is Windows, and nothing on other systems, where Esc is never seen.
    """
    if keyboard is None:
        if sys.platform != "win32":
            return lambda: False
        keyboard = Windows()
    keys = keyboard
    keys.state(ESCAPE)  # forgets what was pressed before

    def pressed() -> bool:
        hit = bool(keys.state(ESCAPE) & _PRESSED)
        return hit and (window is None or keys.in_front(window))

    return pressed
