"""Bringing a dated copy of a file back: ``prosperity restore``, and one day a button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prosperity.errors import BookError, ProsperityError
from prosperity.panel import Panel

from prosperity_excel.book.book import read_book
from prosperity_excel.files.backups import Copy, copies, is_backup, prune
from prosperity_excel.files.regular import content_of
from prosperity_excel.files.replacing import real_path, replacing
from prosperity_excel.files.saving import cannot_write, refuse_if_open, replace_file

#: Verbs that change a book's content, as their copies are named.
CHANGES = ("import", "refresh", "check")


@dataclass(frozen=True)
class Difference:
    """How a copy differs from the file as it is now, in values of series and prices.

    Attributes
    ----------
    only_now : int
        Values that the file has and the copy has not: they would go.
    only_copy : int
        Values that only the copy has: they would come back.
    other : int
        Values that the two have for the same day, and that differ.
    """

    only_now: int
    only_copy: int
    other: int


def kept_copies(path: Path) -> list[Copy]:
    """Return the copies of a file, newest first; the file itself may be gone.

    Raises
    ------
    BookError
        ``is_backup`` for one of the copies themselves, ``no_copies`` when there are none.
    """
    if is_backup(path):
        raise BookError(
            "copy_given",
            "这本身就是备份；请给出原工作簿的路径。",
            "This is a copy itself; name the book that it is of.",
            where=str(path),
        )
    found = copies(path)
    if not found:
        raise BookError(
            "no_copies",
            "没有这个文件的备份；请检查路径。备份在工作簿所在文件夹的 .prosperity-backups 中，"
            "第一次写入前开始保留。",
            "There is no copy of this file; check the path. Copies lie in .prosperity-backups "
            "beside the book, from the first time that it was written to.",
            where=str(path),
        )
    return found


def last_change(path: Path) -> Copy | None:
    """Return the copy from before the last refresh, import or check of a book; None for none."""
    return next((copy for copy in copies(path) if copy.verb in CHANGES), None)


def restore(path: Path, copy: Copy, now: datetime | None = None) -> Path | None:
    """Put a copy in the place of its file; what is there now is kept as a copy first.

    Parameters
    ----------
    path
        The file; it may be gone.
    copy
        One of :func:`kept_copies`.
    now
        Time in the name of the new copy; None is now.

    Returns
    -------
    Path or None
        The copy of what was there; None when nothing was, or the file held this already.

    Raises
    ------
    BookError
        ``book_open``, ``read_only``, ``changed_meanwhile``, ``cannot_write``, and as
        :func:`prosperity_excel.files.regular.content_of` says of the copy or the file.
    """
    content = content_of(copy.path)
    real = real_path(path)
    refuse_if_open(path)
    if not real.exists():
        try:
            with replacing(real) as temporary:
                temporary.write_bytes(content)
        except OSError as error:
            raise cannot_write(path, error) from error
        prune(real)
        return None
    now_there = _whatever(real)
    if now_there == content:
        return None
    return replace_file(path, now_there, content, now or datetime.now(), "restore")


def same_content(path: Path, copy: Copy) -> bool:
    """Whether a file holds what a copy holds."""
    real = real_path(path)
    return real.is_file() and real.stat().st_size == copy.size and (
        _whatever(real) == content_of(copy.path)
    )  # fmt: skip


def difference(path: Path, copy: Copy) -> Difference | None:
    """Return how a copy's values differ from the file's; None when one of them is no readable book.

    A file that cannot be read is no reason to refuse: a copy is wanted most then.
    """
    from prosperity_excel.files.child import read_guarded

    try:
        old, now = (_values(read_guarded(read_book, p).panel) for p in (copy.path, path))
    except ProsperityError:
        return None
    shared = old.keys() & now.keys()
    other = sum(old[key] != now[key] for key in shared)
    return Difference(len(now.keys() - shared), len(old.keys() - shared), other)


def _values(panel: Panel) -> dict[tuple[str, object], float]:
    columns = [(id, observed.frame["value"]) for id, observed in panel.series.items()]
    columns += [(f"price {name}", panel.prices[name]) for name in panel.prices]
    return {(id, day): value for id, column in columns for day, value in column.dropna().items()}


def _whatever(path: Path) -> bytes:
    """Return what a file holds; an empty one, too, is replaced and kept."""
    try:
        return content_of(path)
    except BookError as error:
        if error.code == "empty_file":
            return b""
        raise


def numbered(found: Sequence[Copy], number: int) -> Copy:
    """Return a copy by its number in the list, from 1 for the newest.

    Raises
    ------
    BookError
        ``no_such_copy``.
    """
    if 1 <= number <= len(found):
        return found[number - 1]
    raise BookError(
        "no_such_copy",
        f"没有第 {number} 个备份；共有 {len(found)} 个，1 是最近的。",
        f"There is no copy {number}; there are {len(found)}, and 1 is the newest.",
    )
