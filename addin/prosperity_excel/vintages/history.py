"""A book's history as it stands in its file: states one after the other, read at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import numpy as np

from prosperity_excel.vintages.changes import CELL, NONE, PRICE, SERIES, Name, folded, from_bytes
from prosperity_excel.vintages.clock import TOLERANCE, in_place
from prosperity_excel.vintages.opening import has_store, reading

#: Kind and name of a fact, such as ``("model", "autos")``.
FactKey = tuple[str, str]
#: What came from a file of a vendor; everything else was in the book when it was looked at.
IMPORT = "import"


@dataclass(frozen=True)
class Vintage:
    """One state of a book that was kept.

    Attributes
    ----------
    number : int
        Its place in the sequence, from 1.
    kept_at : datetime
        Since when the book is known to have been so, to the second.
    event : str
        ``import``; or ``before`` (an import), ``run``, ``check``, ``refresh``, ``open``.
    said : str
        More to know, such as the files that were imported.
    seen_at : datetime
        Until when it was seen to be still so.
    doubt : str
        ``back`` or ``ahead`` where the time was doubted and kept all the same.
    """

    number: int
    kept_at: datetime
    event: str
    said: str
    seen_at: datetime
    doubt: str = ""

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day on which the book is known to have ended the day so."""
        return self.kept_at.date(), max(self.kept_at, self.seen_at).date()


@dataclass(frozen=True)
class History:
    """Everything that was kept of a book.

    Attributes
    ----------
    vintages : tuple of Vintage
        In the order in which they were kept.
    names : mapping of int to (str, str)
        What the numbers in cells stand for: ``series`` or ``price``, and the id.
    changes : mapping of int to ndarray
        By vintage, the cells that differ from the vintage before.
    facts : mapping of int to mapping
        By vintage, the facts that differ; None where one is gone.
    identity : str
        That of the book; empty where it is not known.
    content : str
        Digest of the book's file when it was looked at last.
    """

    vintages: tuple[Vintage, ...]
    names: Mapping[int, Name] = field(default_factory=dict)
    changes: Mapping[int, np.ndarray] = field(default_factory=dict)
    facts: Mapping[int, Mapping[FactKey, str | None]] = field(default_factory=dict)
    identity: str = ""
    content: str = ""

    @property
    def fits(self) -> np.ndarray:
        """Which vintages' times fit; see :func:`prosperity_excel.vintages.clock.in_place`."""
        return in_place((v.kept_at for v in self.vintages), (bool(v.doubt) for v in self.vintages))

    def fits_on(self, today: date) -> np.ndarray:
        """Which vintages' times fit and have come: a clock that was ahead wrote the others."""
        end = today + TOLERANCE
        come = np.array([v.kept_at.date() <= end for v in self.vintages], dtype=bool)
        found: np.ndarray = self.fits & come
        return found

    @property
    def numbers(self) -> dict[Name, int]:
        """The number of each name."""
        return {name: number for number, name in self.names.items()}

    def state(self, number: int) -> np.ndarray:
        """Return all cells as they were in a vintage."""
        return folded(self.changes.get(v.number, NONE) for v in self.vintages if v.number <= number)

    def facts_at(self, number: int) -> dict[FactKey, str]:
        """Return the facts as they were in a vintage; none where they were not kept by then."""
        found: dict[FactKey, str | None] = {}
        for vintage in self.vintages:
            if vintage.number <= number:
                found.update(self.facts.get(vintage.number, {}))
        return {key: text for key, text in found.items() if text is not None}

    @property
    def last(self) -> Vintage | None:
        """The last vintage of which the time fits and was never doubted."""
        both = zip(self.vintages, self.fits, strict=True)
        sound = [v for v, fits in both if fits and not v.doubt]
        return sound[-1] if sound else None


EMPTY = History(())


def history_of(book: Path, *, cells: bool = True) -> History:
    """Return the history of a book; an empty one where nothing was kept.

    Parameters
    ----------
    book
        The book.
    cells
        Whether values are read too; they are by far the most.

    Raises
    ------
    BookError
        As :func:`prosperity_excel.vintages.opening.reading` says.
    """
    if not has_store(book):
        return EMPTY
    with reading(book) as (store, version):
        return read(store, version, cells=cells)


def read(store: sqlite3.Connection, version: int, *, cells: bool = True) -> History:
    """Return what stands in an open history file of a version.

    Raises
    ------
    ValueError, TypeError
        When a cell of the file holds what no version of ours writes there.
    """
    return _READERS[version](store, cells)


def cells_of_old(store: sqlite3.Connection) -> tuple[dict[int, Name], dict[int, np.ndarray]]:
    """Return the names and the changes that a file of version 1 or 2 holds, a row a value."""
    wrong = store.execute(
        "SELECT COUNT(*) FROM value WHERE typeof(value) NOT IN ('real', 'integer', 'null') "
        "OR typeof(vintage) != 'integer' OR typeof(stated) != 'integer'"
    ).fetchone()[0]
    if wrong:
        raise ValueError(f"{wrong} values that are no numbers")
    rows = store.execute(
        "SELECT vintage, kind, series, period, value, release, stated FROM value ORDER BY vintage"
    ).fetchall()
    names: dict[Name, int] = {}
    cells = np.zeros(len(rows), dtype=CELL)
    if rows:
        numbers, kinds, series, days, values, releases, stated = zip(*rows, strict=True)
        cells["name"] = [
            names.setdefault(_name(*pair), len(names) + 1)
            for pair in zip(kinds, series, strict=True)
        ]
        cells["day"] = _days(days)
        cells["value"] = np.array(values, dtype=float)
        cells["release"] = _days([r or d for r, d in zip(releases, days, strict=True)])
        cells["stated"] = np.array(stated, dtype=bool)
        kept = np.array(numbers)
        bounds = np.flatnonzero(np.append(True, kept[1:] != kept[:-1]))
        parts = np.split(cells, bounds[1:])
        changes = {int(kept[at]): part for at, part in zip(bounds, parts, strict=True)}
    else:
        changes = {}
    return {number: name for name, number in names.items()}, changes


def _days(texts: object) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]").astype(np.int64)


def _name(kind: object, name: object) -> Name:
    if kind not in (SERIES, PRICE) or not isinstance(name, str):
        raise ValueError("a name of another kind")
    return str(kind), name


def _moment(text: object) -> datetime:
    if not isinstance(text, str):
        raise TypeError("a time that is no text")
    return datetime.fromisoformat(text).replace(microsecond=0, tzinfo=None)


def _number(given: object) -> int:
    if not isinstance(given, int):
        raise TypeError("a number that is none")
    return given


def _old(store: sqlite3.Connection, cells: bool) -> History:
    rows = store.execute("SELECT number, kept_at, event, said FROM vintage ORDER BY number")
    found = tuple(
        Vintage(_number(n), _moment(at), str(event), str(said), _moment(at))
        for n, at, event, said in rows
    )
    names, changes = cells_of_old(store) if cells else ({}, {})
    return History(found, names, changes)


def _present(store: sqlite3.Connection, cells: bool) -> History:
    rows = store.execute(
        "SELECT number, kept_at, event, said, seen_at, doubt FROM vintage ORDER BY number"
    )
    found = tuple(
        Vintage(_number(n), _moment(at), str(event), str(said), _moment(seen), str(doubt))
        for n, at, event, said, seen, doubt in rows
    )
    names: dict[int, Name] = {}
    changes: dict[int, np.ndarray] = {}
    if cells:
        for number, kind, name in store.execute("SELECT number, kind, name FROM name"):
            names[_number(number)] = _name(kind, name)
        for vintage, content in store.execute("SELECT vintage, cells FROM change"):
            changes[_number(vintage)] = from_bytes(content)
            if not set(np.unique(changes[vintage]["name"]).tolist()) <= names.keys():
                raise ValueError("cells without a name")
    facts: dict[int, dict[FactKey, str | None]] = {}
    for vintage, kind, name, text in store.execute("SELECT vintage, kind, name, text FROM fact"):
        if not (text is None or isinstance(text, str)):
            raise TypeError("a fact that is no text")
        facts.setdefault(_number(vintage), {})[str(kind), str(name)] = text
    about = dict(store.execute("SELECT name, text FROM about"))
    return History(
        found, names, changes, facts, str(about.get("book", "")), str(about.get("content", ""))
    )


_READERS: Mapping[int, Callable[[sqlite3.Connection, bool], History]] = {
    0: lambda store, cells: EMPTY,
    1: _old,
    2: _old,
    3: _present,
    4: _present,
}
