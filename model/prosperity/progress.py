"""How long work says what it is doing."""

from __future__ import annotations

from collections.abc import Callable

#: Says what is being done: a text, the number of the step from 1, and how many there are.
Progress = Callable[[str, int, int], None]
