"""How much memory and processor time a child may take, and has taken.

On POSIX the system itself ends a process that has used up its processor time. Windows has no such
limit for a single process, so there the parent asks how much it has taken.
"""

from __future__ import annotations

import contextlib
import math
import subprocess
import sys
from typing import Any


def limit(memory: int, seconds: float) -> None:
    """Limit this process's address space (bytes) and processor time, where the system can.

    What it has taken so far counts. A stricter limit that is there already stands.
    """
    if sys.platform == "win32":
        return
    import resource

    for which, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, math.ceil(seconds)),
        # A process that is ended by its limit leaves no picture of its memory behind.
        (resource.RLIMIT_CORE, 0),
    ):
        soft, hard = resource.getrlimit(which)
        stated = [given for given in (most, soft) if given != resource.RLIM_INFINITY]
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(which, (min(stated), hard))


def was_ended(code: int | None) -> bool:
    """Whether a process that ended with ``code`` had used up its processor time."""
    if sys.platform == "win32":
        return False
    import signal

    return code == -signal.SIGXCPU


def processor_time(child: subprocess.Popen[bytes]) -> float | None:
    """Return the seconds that a child has taken of all processors; None where it ends itself."""
    if sys.platform != "win32":
        return None
    return _of_process(int(child._handle))  # what subprocess itself waits for


def _of_process(handle: int) -> float | None:
    """Return the seconds that Windows says; None when it does not."""
    import ctypes

    windows: Any = ctypes
    times = [ctypes.c_uint64() for _ in range(4)]
    asked = windows.windll.kernel32.GetProcessTimes(
        ctypes.c_void_p(handle), *(ctypes.byref(one) for one in times)
    )
    # Times are in tenths of a microsecond; the last two are in the system and in the program.
    return (times[2].value + times[3].value) / 1e7 if asked else None
