"""The files of a library folder that may be books, by a look at the folder alone."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

from prosperity.errors import BookError, ProsperityError

from prosperity_excel.files.backups import has_old_name
from prosperity_excel.words.pair import Pair

#: Books that could not be read and are named.
MOST_UNREAD = 3
#: Kinds of files that may be books of a library.
BOOK_SUFFIXES = (".xlsx", ".xlsm")


def stamps(folder: Path, without: str = "") -> list[tuple[Path, tuple[str, int, int]]]:
    """Return the files of a library with what tells whether one was changed.

    Raises
    ------
    BookError
        ``missing_library`` when there is no such folder.
    """
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        raise missing_library(folder) from None
    found = []
    for path in paths:
        passed = path.name.startswith(("~$", ".")) or has_old_name(path)
        if path.suffix.lower() in BOOK_SUFFIXES and not passed and not _same(path, without):
            stamp = _file_stamp(path)
            if stamp is not None:
                found.append((path, stamp))
    return found


def _file_stamp(path: Path) -> tuple[str, int, int] | None:
    """Return what tells whether a file was changed; None for what is no file.

    A link to nowhere, or what has gone since the folder was listed, is none; neither is a pipe or
    a device, which may hold its reader up for ever. A file that cannot be looked at, because it is
    locked or of somebody else, stays in the list: asking for its industry says why.
    """
    try:
        told = path.stat()
    except PermissionError:
        return str(path), 0, 0
    except OSError:
        return None
    if not stat.S_ISREG(told.st_mode):
        return None
    return str(path), told.st_mtime_ns, told.st_size


def _same(path: Path, fullname: str) -> bool:
    return bool(fullname) and str(path).casefold() == str(Path(fullname)).casefold()


def missing_library(folder: Path) -> BookError:
    """Return the error for a library folder that is not there."""
    return BookError(
        "missing_library",
        "资料夹不存在或无法读取。请按功能区的“资料夹”重新选择，或改 library 设定。",
        "The library folder does not exist or cannot be read. Choose another with the "
        "ribbon's Library folder, or change the setting library.",
        where=str(folder),
    )


def unread_words(unread: Sequence[tuple[str, ProsperityError]]) -> Pair:
    """Say which of a library's books could not be read, and why; empty where all were."""
    zh = "".join(f"{name} 无法读取：{error.zh}" for name, error in unread[:MOST_UNREAD])
    en = "".join(f" {name} cannot be read: {error.en}" for name, error in unread[:MOST_UNREAD])
    return zh, en
