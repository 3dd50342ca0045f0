"""Finding and opening the file in which a book's history is kept.

It is opened read-only where it is only read, its tables are checked before any row is asked for,
and no question to it may take longer than :data:`SECONDS`: the file lies beside a book that may
come from anywhere.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from prosperity.errors import BookError

from prosperity_excel.files.places import JOURNAL, home_of
from prosperity_excel.files.places import has_store as has_store
from prosperity_excel.files.places import store_path as store_path
from prosperity_excel.files.places import store_stamp as store_stamp
from prosperity_excel.files.replacing import is_there
from prosperity_excel.vintages.schema import VERSION, NewerError, create, version_of

#: Seconds that all questions to a file together may take, and seconds to wait for another program.
SECONDS, PATIENCE = 15.0, 10.0
#: Bytes of one cell that are read.
LONGEST = 200_000_000
_STEPS = 20_000
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


@contextmanager
def reading(book: Path) -> Iterator[tuple[sqlite3.Connection, int]]:
    """Open the history of a book to read it; gives the version too, 0 where nothing is in it.

    Raises
    ------
    BookError
        ``bad_vintages`` when the file is damaged, foreign or from a later version;
        ``cannot_keep`` when it is sound and cannot be used now.
    """
    path = store_path(book)
    with _errors(path), _connected(path, "ro") as store:
        store.execute("PRAGMA query_only = ON")
        yield store, version_of(store)


@contextmanager
def writing(
    book: Path, migrate: Callable[[sqlite3.Connection, Path], None]
) -> Iterator[sqlite3.Connection]:
    """Open the history of a book to add to it; what is written is written whole or not at all.

    Nobody else may write meanwhile. A new file gets its tables; one of an earlier version is given
    to ``migrate`` first.

    Raises
    ------
    BookError
        As :func:`reading`.
    """
    _bring_home(book)
    path = store_path(book)
    with _errors(path), _connected(path, "rwc") as store:
        store.execute("BEGIN IMMEDIATE")
        try:
            version = version_of(store)
            if version == 0:
                create(store)
            elif version < VERSION:
                migrate(store, path)
            yield store
        except BaseException:
            with suppress(sqlite3.Error):
                store.execute("ROLLBACK")
            raise
        store.execute("COMMIT")


def bad_store(path: Path, why: str) -> BookError:
    """Return the error for a history that cannot be used."""
    return BookError(
        "bad_vintages",
        f"历史值文件无法使用（{why}），没有改动它；不用历史值的运行不受影响。请用备份恢复它，"
        "或把它移到别处保存（不要删除）后重新开始。",
        f"The file of kept values cannot be used ({why}) and was left as it is; runs that need no "
        "kept values go on. Bring back a copy of it, or move it elsewhere (do not delete it) to "
        "start again.",
        where=path.name,
    )


def _bring_home(book: Path) -> None:
    """Move the file of an earlier version to its place, lest another be begun there."""
    path, home = store_path(book), home_of(book)
    if path != home and not is_there(path.with_name(path.name + JOURNAL)):
        # Where it cannot be moved it is used where it is.
        with suppress(OSError):
            path.rename(home)


@contextmanager
def _connected(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    store = sqlite3.connect(
        f"{_uri(path)}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None
    )
    try:
        store.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
        end = time.monotonic() + SECONDS
        store.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS)
        store.execute("PRAGMA trusted_schema = OFF")
        yield store
    finally:
        store.close()


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except BookError:
        raise
    except NewerError as error:
        raise BookError(
            "later_vintages",
            f"历史值文件由更新的版本（{error}）写成；请更新 Prosperity。文件没有问题，没有改动它。",
            f"The file of kept values was written by a later version ({error}); update "
            "Prosperity. Nothing is wrong with it, and it was left as it is.",
            where=path.name,
        ) from None
    except (sqlite3.Error, TypeError, ValueError, OverflowError, KeyError) as error:
        # The others: the file holds what no version of ours writes there.
        number = getattr(error, "sqlite_errorcode", None)
        found = None if number is None else _OUTSIDE.get(number & 0xFF)
        if found is None:
            raise bad_store(path, str(error)[:80]) from error
        raise BookError("cannot_keep", *found, where=str(path)) from error


def _uri(path: Path) -> str:
    """Return a file's address as SQLite takes it: a Windows share's, too, has no host."""
    address = path.absolute().as_uri()
    return address.replace("file://", "file:////", 1) if address[7:8] != "/" else address
