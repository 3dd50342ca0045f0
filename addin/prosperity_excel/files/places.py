"""Where the user's own files lie, and what is kept beside a book; a look that loads nothing."""

from __future__ import annotations

import os
from pathlib import Path

from prosperity_excel.files.replacing import fitting, is_there, real_path

#: Environment variable that names another file of settings.
FILE_VARIABLE = "PROSPERITY_SETTINGS"
SUFFIX = ".vintages.sqlite"
#: What SQLite puts behind the name while it writes.
JOURNAL = "-journal"


def user_file() -> Path:
    """Return the user's file: named by ``PROSPERITY_SETTINGS``, else ``.prosperity`` at home."""
    named = os.environ.get(FILE_VARIABLE)
    return Path(named) if named else Path.home() / ".prosperity" / "settings.toml"


def store_path(book: Path) -> Path:
    """Return the file in which the vintages of a book are kept.

    It lies beside the book itself, wherever links to the book lie, so that a book has one
    history however it is reached. A name that would be too long is cut as
    :func:`prosperity_excel.files.replacing.fitting` says. While there is no such file, one is
    found that an earlier version kept beside the link, or under the whole name.
    """
    home = home_of(book)
    real = real_path(book)
    places = (home, real.with_name(real.name + SUFFIX), book.with_name(book.name + SUFFIX))
    return next((path for path in places if is_there(path)), home)


def has_store(book: Path) -> bool:
    """Whether anything was kept of a book."""
    return store_path(book).is_file()


def store_stamp(book: Path) -> str:
    """Return a short text that differs when what was kept of a book does; empty when nothing was.

    Two books of the same content, each with a store of its own, have two.
    """
    path = store_path(book)
    return f"@{path}:{path.stat().st_mtime_ns}" if has_store(book) else ""


def home_of(book: Path) -> Path:
    """Return the place of a book's history, whether or not it is there."""
    real = real_path(book)
    return real.with_name(fitting(real.name, SUFFIX, spare=len(JOURNAL)))
