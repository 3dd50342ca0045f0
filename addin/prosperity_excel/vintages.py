"""What a book held, and when: kept in an SQLite file beside it, so that revisions can be seen.

Each import and refresh adds what differs from what was kept last. So the state on any day can be
put together again, and a run as of that day uses the values of that day.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path

import pandas as pd
from prosperity.errors import BookError, ProsperityError
from prosperity.evaluation import Notice
from prosperity.panel import Observations, Panel

from prosperity_excel.files import fitting, is_there, real_path
from prosperity_excel.reading.breaks import Break

SUFFIX = ".vintages.sqlite"
#: What SQLite puts behind the name while it writes.
_JOURNAL = "-journal"
#: What keeps a sound file from being used, by SQLite's code: nothing in it is wrong or to be
#: restored.
_PLACE = (
    "历史值无法保存在工作簿所在的文件夹（只读，或没有权限）；历史值文件本身没有问题，无须恢复。"
    "请取得该文件夹的写入权限，或把工作簿连同历史值文件移到可写的文件夹。",
    "The values cannot be kept in the book's folder (read-only, or not permitted). Nothing is "
    "wrong with what was kept. Get leave to write there, or move the book and its file of kept "
    "values to another folder.",
)
_FULL = (
    "磁盘已满或读写出错，历史值没有保存；已保存的历史值没有问题，无须恢复。请腾出空间或检查磁盘后再试。",
    "The disk is full or gave an error, so the values were not kept. Nothing is wrong with what "
    "was kept before. Free some space or look at the disk, and try again.",
)
_BUSY = (
    "历史值文件正被另一个程序使用；历史值没有问题，无须恢复。请稍后再试。",
    "The file of kept values is in use by another program. Nothing is wrong with it. Try again "
    "shortly.",
)
_OUTSIDE: Mapping[int, tuple[str, str]] = {
    sqlite3.SQLITE_PERM: _PLACE,
    sqlite3.SQLITE_READONLY: _PLACE,
    sqlite3.SQLITE_CANTOPEN: _PLACE,
    sqlite3.SQLITE_IOERR: _FULL,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
}
_VERSION = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vintage (
    number INTEGER PRIMARY KEY, kept_at TEXT NOT NULL, event TEXT NOT NULL, said TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS value (
    vintage INTEGER NOT NULL REFERENCES vintage(number), kind TEXT NOT NULL, series TEXT NOT NULL,
    period TEXT NOT NULL, value REAL, release TEXT, stated INTEGER NOT NULL,
    PRIMARY KEY (kind, series, period, vintage)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS break (
    series TEXT NOT NULL, month TEXT NOT NULL, factor REAL NOT NULL,
    PRIMARY KEY (series, month));
CREATE TABLE IF NOT EXISTS match (
    name TEXT NOT NULL, code TEXT NOT NULL, target TEXT NOT NULL, PRIMARY KEY (name, code));
CREATE TABLE IF NOT EXISTS answer (
    name TEXT NOT NULL, code TEXT NOT NULL, target TEXT NOT NULL, said TEXT NOT NULL,
    PRIMARY KEY (name, code, target));
"""
_SERIES, _PRICE = "series", "price"
#: A value as kept: the number (None when it is gone), its release date, whether that was stated.
_Kept = tuple[float | None, str, int]
_Key = tuple[str, str, str]


@dataclass(frozen=True)
class Revision:
    """A value that changed: from ``old`` (None: there was none) to ``new`` (None: taken away)."""

    series: str
    period: date
    old: float | None
    new: float | None
    kept_at: datetime
    event: str


@dataclass(frozen=True)
class Vintage:
    """One time at which a book's values were kept."""

    number: int
    kept_at: datetime
    event: str
    said: str


def store_path(book: Path) -> Path:
    """Return the file in which the vintages of a book are kept.

    It lies beside the book itself, wherever links to the book lie, so that a book has one
    history however it is reached. A name that would be too long is cut as
    :func:`prosperity_excel.files.fitting` says. While there is no such file, one is found that an
    earlier version kept beside the link, or under the whole name.
    """
    home = _home(book)
    real = real_path(book)
    places = (home, real.with_name(real.name + SUFFIX), book.with_name(book.name + SUFFIX))
    return next((path for path in places if is_there(path)), home)


def _home(book: Path) -> Path:
    real = real_path(book)
    return real.with_name(fitting(real.name, SUFFIX, spare=len(_JOURNAL)))


def _bring_home(book: Path) -> None:
    """Move the file of an earlier version to its place, lest another be begun there."""
    path, home = store_path(book), _home(book)
    if path != home and not is_there(path.with_name(path.name + _JOURNAL)):
        # Where it cannot be moved it is used where it is.
        with suppress(OSError):
            path.rename(home)


def keep(book: Path, panel: Panel, *, at: datetime, event: str, said: str = "") -> int:
    """Keep what a book holds now; return how many values differ from what was kept last.

    When none does nothing is added.

    Parameters
    ----------
    book
        The book; its store is made on first use.
    panel
        What it holds.
    at
        The time.
    event
        ``before``, ``import`` or ``refresh``.
    said
        More to know, such as the files that were imported.
    """
    now = _state_of(panel)
    with _opened(book, create=True) as store:
        before = _state(store, None)
        changes = {key: kept for key, kept in now.items() if before.get(key) != kept}
        for key, (value, release, stated) in before.items():
            if key not in now and value is not None:
                changes[key] = (None, release, stated)
        if not changes and before:
            return 0
        cursor = store.execute(
            "INSERT INTO vintage (kept_at, event, said) VALUES (?, ?, ?)",
            (at.isoformat(timespec="microseconds"), event, said),
        )
        store.executemany(
            "INSERT INTO value VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(cursor.lastrowid, *key, *kept) for key, kept in changes.items()],
        )
    return len(changes)


def not_kept(error: ProsperityError) -> tuple[str, str]:
    """Say in Chinese and English that a book's values could not be kept, and why."""
    return (
        f"本次的值没有保存为历史：{error.message('zh')}",
        f"The values were not kept for later: {error.message('en')}",
    )


def has_store(book: Path) -> bool:
    """Whether anything was kept of a book."""
    return store_path(book).is_file()


def store_stamp(book: Path) -> str:
    """Return a short text that differs when what was kept of a book does; empty when nothing was.

    Two books of the same content, each with a store of its own, have two.
    """
    path = store_path(book)
    return f"@{path}:{path.stat().st_mtime_ns}" if has_store(book) else ""


def vintages(book: Path) -> list[Vintage]:
    """Return the times at which a book's values were kept, oldest first."""
    if not has_store(book):
        return []
    with _opened(book) as store:
        rows = store.execute("SELECT number, kept_at, event, said FROM vintage ORDER BY number")
        return [Vintage(n, datetime.fromisoformat(a), e, s) for n, a, e, s in rows]


def revisions(book: Path, series: str = "", *, additions: bool = False) -> list[Revision]:
    """Return the revision table: every value that was changed or taken away after it was kept.

    Parameters
    ----------
    book
        The book.
    series
        Only this indicator; empty is all.
    additions
        Whether values that are new for their month are listed too.
    """
    if not has_store(book):
        return []
    found: list[Revision] = []
    with _opened(book) as store:
        rows = store.execute(
            "SELECT series, period, value, kept_at, event FROM value JOIN vintage "
            "ON vintage.number = value.vintage WHERE kind = ? AND (? = '' OR series = ?) "
            "ORDER BY series, period, vintage",
            (_SERIES, series, series),
        )
        last: tuple[str, str] = ("", "")
        old: float | None = None
        for id, period, value, kept_at, event in rows:
            fresh = (id, period) != last
            if fresh:
                last, old = (id, period), None
            if value != old and (additions or not (fresh or old is None)):
                when = datetime.fromisoformat(kept_at)
                found.append(Revision(id, date.fromisoformat(period), old, value, when, event))
            old = value
    return found


def last_kept(book: Path) -> dict[str, dict[date, float]]:
    """Return the values of each series by month, as they were kept last."""
    found: dict[str, dict[date, float]] = {}
    with _opened(book) as store:
        for (kind, series, period), (value, _, _) in sorted(_state(store, None).items()):
            if kind == _SERIES and value is not None:
                found.setdefault(series, {})[date.fromisoformat(period)] = value
    return found


def as_kept(book: Path, panel: Panel, day: date) -> tuple[Panel, tuple[Notice, ...]]:
    """Return the panel as the book held it on ``day``, where that was kept.

    Series and prices that had been kept by then are put back to what they were: later values are
    taken out and revised ones undone. Others are left as they are today, and a notice names them.
    """
    if not has_store(book):
        return panel, (_only_revised(day, []),)
    until = datetime.combine(day, time.max)
    with _opened(book) as store:
        state = _state(store, until)
    kept_series = {id for kind, id, _ in state if kind == _SERIES}
    if not state:
        return panel, (_only_revised(day, []),)
    series = dict(panel.series)
    for id in kept_series:
        found = {p: kept for (kind, s, p), kept in state.items() if kind == _SERIES and s == id}
        frame = _frame(found)
        known = series.get(id, Observations(id, frame))
        series[id] = replace(known, frame=frame)
    missing = sorted(set(panel.series) - kept_series)
    prices = _prices(state, panel)
    notices: tuple[Notice, ...] = (
        Notice(
            "as_kept",
            f"{len(kept_series)} 个指标用 {day} 当时保存的值。",
            f"{len(kept_series)} series use the values kept by {day}.",
            severity="note",
        ),
    )
    if missing:
        notices += (_only_revised(day, missing),)
    return replace(panel, series=series, prices=prices), notices


def _only_revised(day: date, missing: Sequence[str]) -> Notice:
    shown = "、".join(missing[:5]) + ("……" if len(missing) > 5 else "")
    which = (f"{len(missing)} 个指标（{shown}）", f"{len(missing)} series ({shown})")
    zh, en = which if missing else ("全部指标", "all series")
    return Notice(
        "only_revised",
        f"{day} 当时的值没有保存，{zh}只能用修订后的值（公布日仍按规则）。",
        f"No values were kept by {day} for {en}; revised ones are used (release "
        "dates still count).",
        severity="note",
    )


def breaks(book: Path) -> list[Break]:
    """Return the breaks that the analyst has named for a book's series."""
    if not has_store(book):
        return []
    with _opened(book) as store:
        rows = store.execute("SELECT series, month, factor FROM break ORDER BY series, month")
        return [Break(s, date.fromisoformat(m), f) for s, m, f in rows]


def keep_breaks(book: Path, found: Iterable[Break]) -> None:
    """Remember breaks."""
    rows = [(b.series, b.month.isoformat(), b.factor) for b in found]
    if rows:
        with _opened(book, create=True) as store:
            store.executemany("INSERT OR REPLACE INTO break VALUES (?, ?, ?)", rows)


def matches(book: Path) -> dict[tuple[str, str], str]:
    """Return which target the analyst has confirmed for a folded name and vendor id."""
    if not has_store(book):
        return {}
    with _opened(book) as store:
        return {(n, c): t for n, c, t in store.execute("SELECT name, code, target FROM match")}


def keep_matches(book: Path, found: Mapping[tuple[str, str], str]) -> None:
    """Remember confirmed matches."""
    if found:
        rows = [(*key, target) for key, target in found.items()]
        with _opened(book, create=True) as store:
            store.executemany("INSERT OR REPLACE INTO match VALUES (?, ?, ?)", rows)


def answers(book: Path) -> dict[tuple[str, str, str], str]:
    """Return what was answered for a folded name, a folded vendor id and a column."""
    if not has_store(book):
        return {}
    with _opened(book) as store:
        # A store of the first version has no such table.
        if store.execute("SELECT 1 FROM sqlite_master WHERE name = 'answer'").fetchone() is None:
            return {}
        rows = store.execute("SELECT name, code, target, said FROM answer")
        return {(name, code, target): said for name, code, target, said in rows}


def keep_answers(book: Path, found: Mapping[tuple[str, str, str], str]) -> None:
    """Remember answers; an empty one is forgotten."""
    if found:
        with _opened(book, create=True) as store:
            store.executemany(
                "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)",
                [(*key, said) for key, said in found.items()],
            )
            store.execute("DELETE FROM answer WHERE said = ''")


@contextmanager
def _opened(book: Path, *, create: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the store of a book; what is written is written whole or not at all."""
    if create:
        _bring_home(book)
    path = store_path(book)
    try:
        mode = "rwc" if create else "rw"
        store = sqlite3.connect(f"{_uri(path)}?mode={mode}", uri=True, timeout=10)
        try:
            with store:
                version = store.execute("PRAGMA user_version").fetchone()[0]
                if version > _VERSION:
                    raise _bad_store(path, f"version {version}")
                if create and version < _VERSION:
                    for statement in _SCHEMA.split(";\n"):
                        if statement.strip():
                            store.execute(statement)
                    store.execute(f"PRAGMA user_version = {_VERSION}")
                yield store
        finally:
            store.close()
    except BookError:
        raise
    except (sqlite3.Error, TypeError, ValueError) as error:
        # The last two: a cell of the file holds what no version of ours writes there.
        number = getattr(error, "sqlite_errorcode", None)
        found = None if number is None else _OUTSIDE.get(number & 0xFF)
        if found is None:
            raise _bad_store(path, str(error)) from error
        raise BookError("cannot_keep", *found, where=str(path)) from error


def _uri(path: Path) -> str:
    """Return a file's address as SQLite takes it: a Windows share's, too, has no host."""
    address = path.absolute().as_uri()
    return address.replace("file://", "file:////", 1) if address[7:8] != "/" else address


def _bad_store(path: Path, why: str) -> BookError:
    return BookError(
        "bad_vintages",
        f"历史值文件无法使用（{why}）；请恢复备份，或把它改名后重新开始保存。",
        f"The file of kept values cannot be used ({why}); restore a copy, or rename it to start "
        "again.",
        where=path.name,
    )


def _state_of(panel: Panel) -> dict[_Key, _Kept]:
    state: dict[_Key, _Kept] = {}
    for id, observed in panel.series.items():
        frame = observed.frame
        columns = (frame["value"], frame["release"], frame["explicit"])
        for period, value, release, stated in zip(frame.index, *columns, strict=True):
            key = (_SERIES, id, period.date().isoformat())
            state[key] = (float(value), release.date().isoformat(), int(stated))
    for name in panel.prices:
        column = panel.prices[name].dropna()
        for day, price in zip(column.index, column.to_numpy(), strict=True):
            state[_PRICE, str(name), day.date().isoformat()] = (float(price), "", 0)
    return state


def _state(store: sqlite3.Connection, until: datetime | None) -> dict[_Key, _Kept]:
    """Return what was kept last by ``until``; values that were taken away are absent or None."""
    limit = "9999" if until is None else until.isoformat(timespec="microseconds")
    rows = store.execute(
        "SELECT kind, series, period, value, release, stated FROM value JOIN vintage "
        "ON vintage.number = value.vintage WHERE kept_at <= ? ORDER BY vintage",
        (limit,),
    )
    state: dict[_Key, _Kept] = {}
    for kind, series, period, value, release, stated in rows:
        state[kind, series, period] = (value, release, stated)
    return state


def _frame(found: Mapping[str, _Kept]) -> pd.DataFrame:
    kept = {p: k for p, k in sorted(found.items()) if k[0] is not None}
    index = pd.DatetimeIndex(list(kept)).as_unit("ns")
    releases = pd.DatetimeIndex([k[1] for k in kept.values()]).as_unit("ns")
    values = [float(k[0]) for k in kept.values() if k[0] is not None]
    stated = [bool(k[2]) for k in kept.values()]
    return pd.DataFrame(
        {"value": pd.Series(values, index=index, dtype=float),
         "release": pd.Series(releases, index=index),
         "explicit": pd.Series(stated, index=index, dtype=bool)},
        index=index,
    )  # fmt: skip


def _prices(state: Mapping[_Key, _Kept], panel: Panel) -> pd.DataFrame:
    """Return prices as kept; columns that were not kept stay as they are."""
    kept: dict[str, dict[pd.Timestamp, float]] = {}
    for (kind, name, day), (value, _, _) in state.items():
        if kind == _PRICE and value is not None:
            kept.setdefault(name, {})[pd.Timestamp(day)] = value
    if not kept:
        return panel.prices
    columns = {
        str(name): pd.Series(kept[str(name)], dtype=float)
        if str(name) in kept
        else panel.prices[name]
        for name in panel.prices
    }
    frame = pd.DataFrame(columns).sort_index()
    frame.index = pd.DatetimeIndex(frame.index).as_unit("ns")
    return frame.dropna(how="all")
