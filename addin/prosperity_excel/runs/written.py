"""Which files we wrote ourselves, so that one that a person has changed is never taken for ours.

Of every output the kind and the SHA-256 of its content are noted in a list of the user's own,
beside the log. A file that is there is ours as long as its content is on the list under its kind:
saved anew by Excel, edited, or put there by somebody else, it is not. Nothing is put into the
files themselves, so this holds for pictures and CSV as for workbooks. Where the list cannot be
kept, no file is known to be ours, and a question is asked too often rather than too seldom.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from prosperity_excel.files.log import log_file
from prosperity_excel.files.replacing import replacing

#: Files that are remembered; when there are twice as many, the oldest are forgotten.
MOST = 5000
_NAME = "written.txt"
_BLOCK = 1 << 20


def note(path: Path, kind: str) -> None:
    """Note that a file holds what we wrote, as ``kind``."""
    listed = _list()
    with contextlib.suppress(OSError):
        listed.parent.mkdir(parents=True, exist_ok=True)
        with listed.open("a", encoding="ascii") as file:
            file.write(f"{kind} {_digest(path)}\n")
        lines = _lines()
        if len(lines) > 2 * MOST:
            with replacing(listed) as temporary:
                temporary.write_text("".join(f"{line}\n" for line in lines[-MOST:]), "ascii")


def is_ours(path: Path, kind: str) -> bool:
    """Whether a file holds, to the byte, what we wrote as ``kind``."""
    try:
        return f"{kind} {_digest(path)}" in _lines()
    except OSError:
        return False


def _list() -> Path:
    return log_file().with_name(_NAME)


def _lines() -> list[str]:
    try:
        return _list().read_text("ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()
