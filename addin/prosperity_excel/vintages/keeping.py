"""Adding to a book's history what differs from what was kept last."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from prosperity import __version__
from prosperity.errors import BookError, ProsperityError
from prosperity.panel import Panel

from prosperity_excel.ooxml.identity import book_identity, fresh_identity
from prosperity_excel.vintages.changes import NONE, cells_of, difference, names_of
from prosperity_excel.vintages.clock import can_be_seen, doubt_of, file_times, refused, value_times
from prosperity_excel.vintages.facts import facts_of
from prosperity_excel.vintages.history import IMPORT, FactKey, History, Vintage, history_of, read
from prosperity_excel.vintages.identity import other_book
from prosperity_excel.vintages.migrating import writable
from prosperity_excel.vintages.opening import has_store, store_path
from prosperity_excel.vintages.schema import VERSION

if TYPE_CHECKING:
    from prosperity_excel.book.book import Book
    from prosperity_excel.sheets.workbook import Workbook


def keep(
    file: Path,
    panel: Panel,
    *,
    at: datetime,
    event: str,
    said: str = "",
    facts: Mapping[FactKey, str] | None = None,
    saved: datetime | None = None,
    known: Iterable[datetime] = (),
    trust_clock: bool = False,
    identity: str = "",
    content: str = "",
) -> int:
    """Keep what a book holds now; return how many values and facts differ from what was kept last.

    When none does, only the time until which the book was seen to be so is kept; but after a
    vintage of which the time does not fit, one that changes nothing is added, with its time.

    Parameters
    ----------
    file
        The book; its history is made on first use.
    panel
        What it holds.
    at
        The time.
    event
        See :class:`prosperity_excel.vintages.history.Vintage`.
    said
        More to know, such as the files that were imported.
    facts
        What else makes its numbers; None leaves those that were kept last.
    saved
        When the file was saved; what was typed by hand counts from then, where that lies between
        the last time that is known and ``at``.
    known
        Times against which ``at`` is held; see :mod:`prosperity_excel.vintages.clock`.
    trust_clock
        Whether a time that is doubted is kept all the same.
    identity, content
        Of the book, and the digest of its file; empty where they are not known.

    Raises
    ------
    BookError
        ``clock`` when the time is doubted, ``other_history`` when the history is another book's;
        and as :func:`prosperity_excel.vintages.opening.reading` says. Nothing is kept then.
    """
    at = at.replace(microsecond=0, tzinfo=None)
    with writable(file) as store:
        history = read(store, VERSION)
        identity = _recognised(store, file, history, identity)
        numbers = _numbered(store, history, panel)
        before = history.vintages[-1] if history.vintages else None
        state = history.state(before.number) if before else NONE
        cells = difference(state, cells_of(panel, numbers))
        told = _told(history, facts)
        last, known = history.last, list(known)
        looked = can_be_seen(at, known)
        if before is not None and before is last and not len(cells) and not told:
            if looked:
                _seen(store, last, at)
            _about(store, "content", content)
            return 0
        latest = None if last is None else max(last.kept_at, last.seen_at)
        moment = _moment(at, latest, event, saved)
        why = doubt_of(moment, latest, known)
        if why and not trust_clock:
            raise refused(why, moment, latest, known)
        if latest is not None and not why:
            moment = max(moment, latest)
        number = 1 if before is None else before.number + 1
        seen = moment if why or not looked else max(moment, at)
        times = [time.isoformat(timespec="seconds") for time in (moment, seen)]
        store.execute(
            "INSERT INTO vintage VALUES (?, ?, ?, ?, ?, ?)",
            (number, times[0], event, said, times[1], why),
        )
        store.execute("INSERT INTO change VALUES (?, ?)", (number, cells.tobytes()))
        store.executemany(
            "INSERT INTO fact VALUES (?, ?, ?, ?)", [(number, *key, t) for key, t in told.items()]
        )
        _about(store, "content", content)
    return len(cells) + sum(text is None or key[0] != "book" for key, text in told.items())


def keep_book(
    book: Book,
    *,
    at: datetime,
    event: str,
    said: str = "",
    live: bool = False,
    sources: Iterable[Path] = (),
    trust_clock: bool = False,
) -> int:
    """Keep what a book that was read holds, with all that makes its numbers; see :func:`keep`.

    Parameters
    ----------
    book
        As read from its file or from the open workbook.
    at, event, said, trust_clock
        As for :func:`keep`.
    live
        Whether it is an open workbook, which may hold more than its file.
    sources
        The files that were imported, whose times are known.
    """
    file = book.path
    return keep(
        file,
        book.panel,
        at=at,
        event=event,
        said=said,
        facts=facts_of(book),
        saved=None if live else _saved(file),
        known=[*file_times([file, *sources]), *value_times(book.panel)],
        trust_clock=trust_clock,
        identity=book_identity(file),
        content="" if live else digest_of(file),
    )


def keep_seen(
    book: Book,
    *,
    at: datetime,
    event: str,
    live: bool = False,
    begin: bool = False,
    trust_clock: bool = False,
) -> ProsperityError | None:
    """Keep what a book holds when it is merely looked at; return why that is not possible.

    A book that has no history yet gets none when it or its folder is write-protected, unless
    ``begin`` says so: those are archives, and nothing is put there unasked. Of a file that was
    kept today as it is nothing is compared again. The others are as for :func:`keep_book`.
    """
    file = book.path
    try:
        if not has_store(file):
            if not begin and is_protected(file):
                return None
        elif not live and _is_known(file, at):
            return None
        keep_book(book, at=at, event=event, live=live, trust_clock=trust_clock)
    except ProsperityError as error:
        return error
    return None


def keep_workbook(
    workbook: Workbook, file: Path | None, *, event: str, at: datetime | None = None
) -> ProsperityError | None:
    """Keep what an open workbook holds, if it can be read; see :func:`keep_seen`.

    What makes it unreadable is said by whatever reads it.
    """
    from prosperity_excel.book.book import read_workbook

    if file is None:
        return None
    try:
        book = replace(read_workbook(workbook), path=file)
    except ProsperityError:
        return None
    return keep_seen(book, at=at or datetime.now(), event=event, live=True)


def keep_opened(workbook: Workbook, file: Path) -> None:
    """Keep what a workbook holds when it is first looked at in Excel, where it has a history.

    None is begun by opening a book, and nothing is read of a file that was kept as it is. What
    keeps this from being done is said when the book is run or checked.
    """
    now = datetime.now()
    try:
        if not has_store(file) or _is_known(file, now):
            return
    except ProsperityError:
        return
    keep_workbook(workbook, file, event="open", at=now)


def is_protected(file: Path) -> bool:
    """Whether a book or its folder is write-protected, or cannot be looked at."""
    try:
        return any(not place.stat().st_mode & 0o222 for place in (file, file.parent))
    except OSError:
        return True


def doubted(file: Path, sources: Iterable[Path], at: datetime) -> BookError | None:
    """Return why a time is doubted before an import is written; None when it is not.

    A history that cannot be read doubts nothing: the import says so when it keeps its values.
    """
    try:
        last = history_of(file, cells=False).last
    except BookError:
        return None
    latest = None if last is None else max(last.kept_at, last.seen_at)
    known = file_times([file, *sources])
    why = doubt_of(at, latest, known)
    return refused(why, at, latest, known) if why else None


def not_kept(error: ProsperityError) -> tuple[str, str]:
    """Say in Chinese and English that a book's values could not be kept, and why."""
    return (
        f"本次的值没有保存为历史：{error.message('zh')}",
        f"The values were not kept for later: {error.message('en')}",
    )


def digest_of(file: Path) -> str:
    """Return a short text that differs when the file, or this version of the product, does."""
    try:
        content = file.read_bytes()
    except OSError:
        return ""
    return blake2b(content + __version__.encode(), digest_size=16).hexdigest()


def _is_known(file: Path, at: datetime) -> bool:
    """Whether the file is, to the byte, what was kept last, and was seen so on this day."""
    history = history_of(file, cells=False)
    last = history.last
    if last is None or last is not history.vintages[-1] or not history.content:
        return False
    return last.days[1] >= at.date() and history.content == digest_of(file)


def _saved(file: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime).replace(microsecond=0)
    except (OSError, ValueError, OverflowError):
        return None


def _moment(at: datetime, latest: datetime | None, event: str, saved: datetime | None) -> datetime:
    """Return since when a state counts: an import now, what was typed since the file was saved."""
    if saved is None or event == IMPORT or latest is None or not latest <= saved <= at:
        return at
    return saved


def _seen(store: sqlite3.Connection, last: Vintage, at: datetime) -> None:
    """Note, once a day, that the last state was seen unchanged."""
    if at.date() > last.seen_at.date():
        store.execute(
            "UPDATE vintage SET seen_at = ? WHERE number = ?",
            (at.isoformat(timespec="seconds"), last.number),
        )


def _recognised(store: sqlite3.Connection, file: Path, history: History, identity: str) -> str:
    """Return the identity of book and history, noting one where the history has none.

    Raises
    ------
    BookError
        ``other_history`` when the two have different ones.
    """
    if identity and history.identity and identity != history.identity:
        raise other_book(store_path(file))
    if not history.identity:
        identity = identity or fresh_identity()
        _about(store, "book", identity)
    return identity or history.identity


def _about(store: sqlite3.Connection, name: str, text: str) -> None:
    if text:
        store.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, text))


def _numbered(
    store: sqlite3.Connection, history: History, panel: Panel
) -> dict[tuple[str, str], int]:
    """Return the number of each name, giving new ones to names that have none."""
    numbers = history.numbers
    fresh = [name for name in names_of(panel) if name not in numbers]
    first = max(numbers.values(), default=0) + 1
    for number, name in enumerate(fresh, first):
        numbers[name] = number
        store.execute("INSERT INTO name VALUES (?, ?, ?)", (number, *name))
    return numbers


def _told(history: History, facts: Mapping[FactKey, str] | None) -> dict[FactKey, str | None]:
    """Return the facts that differ from those kept last."""
    if facts is None:
        return {}
    before = history.facts_at(history.vintages[-1].number) if history.vintages else {}
    gone = {key: None for key in before if key not in facts}
    return {**gone, **{key: text for key, text in facts.items() if before.get(key) != text}}
