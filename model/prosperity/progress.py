"""How far long work is: told by whoever does it, shown by whoever waits."""

from collections.abc import Callable

#: What is being done: a text, the number of the step from 1, and how many there are. It may raise,
#: which ends the work.
Progress = Callable[[str, int, int], None]
