"""A history file that may be written: one of an earlier version is brought up to this one.

A dated copy of the old file is kept first, beside the book's own copies.
"""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from prosperity_excel.files.backups import keep_copy, prune
from prosperity_excel.vintages.history import cells_of_old
from prosperity_excel.vintages.opening import writing
from prosperity_excel.vintages.schema import STATEMENTS, VERSION, WITH_CELLS, version_of


def writable(book: Path) -> AbstractContextManager[sqlite3.Connection]:
    """Open a book's history to add to it; see :func:`prosperity_excel.vintages.opening.writing`."""
    return writing(book, migrated)


def migrated(store: sqlite3.Connection, path: Path) -> None:
    """Bring a file of an earlier version up to the present one, inside the open transaction."""
    copied(path, "history")
    if version_of(store) >= WITH_CELLS:
        store.execute(STATEMENTS[-1])
        store.execute(f"PRAGMA user_version = {VERSION}")
        return
    names, changes = cells_of_old(store)
    rows = store.execute("SELECT number, kept_at, event, said FROM vintage").fetchall()
    store.execute("DROP TABLE value")
    store.execute("DROP TABLE vintage")
    for statement in STATEMENTS:
        store.execute(statement)
    moments = [(n, _seconds(at), event, said) for n, at, event, said in rows]
    store.executemany(
        "INSERT INTO vintage VALUES (?, ?, ?, ?, ?, '')",
        [(n, at, event, said, at) for n, at, event, said in moments],
    )
    store.executemany(
        "INSERT INTO name VALUES (?, ?, ?)", [(n, *name) for n, name in names.items()]
    )
    store.executemany(
        "INSERT INTO change VALUES (?, ?)", [(n, cells.tobytes()) for n, cells in changes.items()]
    )
    store.execute(f"PRAGMA user_version = {VERSION}")


def copied(path: Path, verb: str, now: datetime | None = None) -> Path:
    """Keep a dated copy of a history file that is about to be changed; return the copy.

    Raises
    ------
    BookError
        ``cannot_write`` when it cannot be kept; then the file must not be changed.
    """
    copy = keep_copy(path, path.read_bytes(), verb, now or datetime.now())
    prune(path, copy)
    return copy


def _seconds(text: str) -> str:
    return datetime.fromisoformat(text).replace(microsecond=0).isoformat(timespec="seconds")
