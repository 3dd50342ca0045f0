"""What an analyst answered to the questions of imports: breaks, and which column a series fills."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from prosperity_excel.series.breaks import Break
from prosperity_excel.vintages.migrating import writable
from prosperity_excel.vintages.opening import has_store, reading

#: Version of the file that has a table of answers first.
FIRST_WITH_ANSWERS = 2


def breaks(book: Path) -> list[Break]:
    """Return the breaks that the analyst has named for a book's series.

    Raises
    ------
    BookError
        As :func:`prosperity_excel.vintages.opening.reading` says.
    """
    if not has_store(book):
        return []
    with reading(book) as (store, version):
        if version == 0:
            return []
        rows = store.execute("SELECT series, month, factor FROM break ORDER BY series, month")
        return [Break(_text(s), date.fromisoformat(_text(m)), _number(f)) for s, m, f in rows]


def keep_breaks(book: Path, found: Iterable[Break]) -> None:
    """Remember breaks."""
    rows = [(b.series, b.month.isoformat(), b.factor) for b in found]
    if rows:
        with writable(book) as store:
            store.executemany("INSERT OR REPLACE INTO break VALUES (?, ?, ?)", rows)


def matches(book: Path) -> dict[tuple[str, str], str]:
    """Return which target the analyst has confirmed for a folded name and vendor id.

    Raises
    ------
    BookError
        As :func:`prosperity_excel.vintages.opening.reading` says.
    """
    if not has_store(book):
        return {}
    with reading(book) as (store, version):
        if version == 0:
            return {}
        rows = store.execute("SELECT name, code, target FROM match")
        return {(_text(n), _text(c)): _text(t) for n, c, t in rows}


def keep_matches(book: Path, found: Mapping[tuple[str, str], str]) -> None:
    """Remember confirmed matches."""
    if found:
        rows = [(*key, target) for key, target in found.items()]
        with writable(book) as store:
            store.executemany("INSERT OR REPLACE INTO match VALUES (?, ?, ?)", rows)


def answers(book: Path) -> dict[tuple[str, str, str], str]:
    """Return what was answered for a folded name, a folded vendor id and a column.

    Raises
    ------
    BookError
        As :func:`prosperity_excel.vintages.opening.reading` says.
    """
    if not has_store(book):
        return {}
    with reading(book) as (store, version):
        if version < FIRST_WITH_ANSWERS:
            return {}
        rows = store.execute("SELECT name, code, target, said FROM answer")
        return {(_text(n), _text(c), _text(t)): _text(s) for n, c, t, s in rows}


def keep_answers(book: Path, found: Mapping[tuple[str, str, str], str]) -> None:
    """Remember answers; an empty one is forgotten."""
    if found:
        with writable(book) as store:
            store.executemany(
                "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)",
                [(*key, said) for key, said in found.items()],
            )
            store.execute("DELETE FROM answer WHERE said = ''")


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise TypeError("an answer that is no text")
    return given


def _number(given: object) -> float:
    if not isinstance(given, int | float):
        raise TypeError("a factor that is no number")
    return float(given)
