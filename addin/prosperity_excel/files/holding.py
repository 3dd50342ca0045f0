"""One process at a time: a lock beside a file, that says who holds it and falls with its process.

The lock is the system's own, so nothing is left of a process that was killed. Where the file is
on a share, another computer's lock may not be seen; its name in the lock file is, and counts.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from prosperity.errors import BookError

#: Byte that is locked: far behind what is written, for a locked one cannot be read on Windows.
_BYTE = 1 << 20


@contextmanager
def held(path: Path, what: tuple[str, str]) -> Iterator[None]:
    """Hold the lock ``PATH.lock`` while the body runs.

    Parameters
    ----------
    path
        What must be written by one process only; its folder is there.
    what
        What the process does, in Chinese and English.

    Raises
    ------
    BookError
        ``held`` when another process has the lock, with its number, computer and beginning.
    """
    lock = path.with_name(f"{path.name}.lock")
    with lock.open("a+", encoding="utf-8") as file:
        if not _locked(file):
            raise _taken(lock, what, _holder(file))
        before = _holder(file)
        if before.get("host", socket.gethostname()) != socket.gethostname():
            raise _taken(lock, what, before)
        file.truncate(0)
        begun = datetime.now().isoformat(sep=" ", timespec="seconds")
        json.dump({"pid": os.getpid(), "host": socket.gethostname(), "begun": begun}, file)
        file.flush()
        try:
            yield
        finally:
            # Emptied first: where an open file cannot be removed, nobody holds what is left.
            file.truncate(0)
            with suppress(OSError):
                lock.unlink()
    with suppress(OSError):
        if not lock.stat().st_size:
            lock.unlink()


def _locked(file: IO[str]) -> bool:
    """Take the system's lock on an open file; say whether it could be had."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _holder(file: IO[str]) -> dict[str, str]:
    """Return what a lock file says of its holder; nothing when it says nothing."""
    file.seek(0)
    try:
        told = json.loads(file.read(4096) or "{}")
    except (OSError, ValueError):
        return {}
    return {k: str(v) for k, v in told.items()} if isinstance(told, dict) else {}


def _taken(lock: Path, what: tuple[str, str], by: dict[str, str]) -> BookError:
    pid, host, begun = (by.get(key, "?") for key in ("pid", "host", "begun"))
    return BookError(
        "held",
        f"另一个{what[0]}正在写这个文件（进程 {pid}，计算机 {host}，始于 {begun}）。等它结束，"
        f"或换一个文件名；若它已不在运行，删除 {lock.name}。",
        f"Another {what[1]} is writing this file (process {pid} on {host}, begun {begun}). Wait "
        f"for it, or choose another name; if it no longer runs, delete {lock.name}.",
        where=str(lock),
    )
