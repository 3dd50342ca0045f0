"""Writing files so that a failure leaves the old one; names that every disk can hold."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Bytes that the usual file systems allow in a name.
LONGEST_NAME = 255
_KEPT_DIGITS = 8


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file in the same folder, and put it in the place of ``path`` at the end.

    When the body fails the temporary file is removed and ``path`` stays as it was. The folder is
    made when it is absent. A symbolic link stays one: the file that it leads to is replaced.
    """
    path = real_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".prosperity-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files; the result gets the permissions of an ordinary one.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def real_path(path: Path) -> Path:
    """Return where a path leads to in the end, whether or not a file is there.

    A chain of links that goes in a circle is given back as it is; opening it says what is wrong.
    """
    return Path(os.path.realpath(path))


def is_there(path: Path) -> bool:
    """Whether something is at a path; nothing is where a name is too long for the disk."""
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


def fitting(stem: str, tail: str, *, spare: int = 0) -> str:
    """Return ``stem + tail`` as a name that a disk can hold.

    Where the two are too long together, the stem is cut and ``~`` and eight digits of its SHA-256
    stand for the rest, so that the same stem always gives the same name and two stems never do.

    Parameters
    ----------
    stem, tail
        The parts of the name; the tail stays whole.
    spare
        Bytes that must stay free for what others put behind the name.
    """
    room = LONGEST_NAME - spare - len(os.fsencode(tail))
    if len(os.fsencode(stem)) <= room:
        return stem + tail
    mark = f"~{hashlib.sha256(os.fsencode(stem)).hexdigest()[:_KEPT_DIGITS]}"
    while len(os.fsencode(stem)) > room - len(mark):
        stem = stem[:-1]
    return stem + mark + tail


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
