"""Vintages listed, put to another time, or taken out; a copy of the history is kept first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from prosperity.errors import BookError

from prosperity_excel.ooxml.identity import book_identity
from prosperity_excel.vintages.changes import NONE, folded_all
from prosperity_excel.vintages.history import Vintage, history_of, read
from prosperity_excel.vintages.migrating import copied, writable
from prosperity_excel.vintages.opening import store_path
from prosperity_excel.vintages.schema import VERSION


@dataclass(frozen=True)
class Listed:
    """A vintage as it is listed: how many values and facts it changed, and whether it fits."""

    vintage: Vintage
    values: int
    facts: int
    fits: bool


def listed(book: Path, today: date | None = None) -> list[Listed]:
    """Return the vintages of a book in sequence; times after today do not fit.

    Raises
    ------
    BookError
        When the history cannot be read.
    """
    history = history_of(book)
    fits = history.fits_on(today or date.today())
    return [
        Listed(
            vintage,
            len(history.changes.get(vintage.number, NONE)),
            len(history.facts.get(vintage.number, {})),
            bool(fits),
        )
        for vintage, fits in zip(history.vintages, fits, strict=True)
    ]


def move(book: Path, number: int, to: datetime, *, now: datetime | None = None) -> Path:
    """Give a vintage another time; return the copy of the history as it was.

    Raises
    ------
    BookError
        ``unknown_vintage``, ``clock`` for a time that is still to come, and as writing says.
    """
    now = now or datetime.now()
    if to > now:
        raise BookError(
            "not_yet",
            f"{to:%Y-%m-%d %H:%M} 还没有到。",
            f"{to:%Y-%m-%d %H:%M} is still to come.",
        )
    when = to.replace(microsecond=0).isoformat(timespec="seconds")
    copy = _guarded(book, number, now)
    with writable(book) as store:
        store.execute(
            "UPDATE vintage SET kept_at = ?, seen_at = ?, doubt = '' WHERE number = ?",
            (when, when, number),
        )
    return copy


def drop(book: Path, number: int, *, now: datetime | None = None) -> Path:
    """Take a vintage out; return the copy of the history as it was.

    The states after it stay what they are: what it changed becomes part of the next one's
    differences.

    Raises
    ------
    BookError
        ``unknown_vintage``, and as writing says.
    """
    copy = _guarded(book, number, now or datetime.now())
    with writable(book) as store:
        history = read(store, VERSION)
        after = next((v.number for v in history.vintages if v.number > number), None)
        if after is not None:
            both = [history.changes.get(n, NONE) for n in (number, after)]
            cells = folded_all(both)
            store.execute("INSERT OR REPLACE INTO change VALUES (?, ?)", (after, cells.tobytes()))
            store.execute(
                "UPDATE OR IGNORE fact SET vintage = ? WHERE vintage = ?", (after, number)
            )
        store.execute("DELETE FROM fact WHERE vintage = ?", (number,))
        store.execute("DELETE FROM change WHERE vintage = ?", (number,))
        store.execute("DELETE FROM vintage WHERE number = ?", (number,))
    return copy


def adopt(book: Path, *, now: datetime | None = None) -> Path:
    """Give the history beside a book the book's identity; return the copy of it as it was.

    Raises
    ------
    BookError
        ``no_history`` where there is none, ``no_identity`` when the book has none.
    """
    identity = book_identity(book)
    if not identity:
        raise BookError(
            "no_identity",
            "工作簿没有标识，历史值照常使用，无须指定。",
            "The book has no identity, so the history is used as it is; nothing needs to be done.",
            where=book.name,
        )
    _any(book)
    copy = copied(store_path(book), "vintages", now)
    with writable(book) as store:
        store.execute("INSERT OR REPLACE INTO about VALUES ('book', ?)", (identity,))
    return copy


def _guarded(book: Path, number: int, now: datetime) -> Path:
    """Check that a vintage is there, and keep a copy of the history."""
    known = _any(book)
    if number not in known:
        raise BookError(
            "unknown_vintage",
            f"没有第 {number} 次保存；用 prosperity vintages 查看。",
            f"There is no vintage {number}; see 'prosperity vintages'.",
            where=book.name,
        )
    return copied(store_path(book), "vintages", now)


def _any(book: Path) -> set[int]:
    known = {v.number for v in history_of(book, cells=False).vintages}
    if not known:
        raise BookError(
            "no_history",
            "还没有保存过历史值。",
            "Nothing was kept yet.",
            where=book.name,
        )
    return known
