"""Putting a new version of an analyst's file in the place of the old one, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from datetime import datetime
from pathlib import Path

from prosperity.errors import BookError

from prosperity_excel.files.backups import drop, is_backup, keep_copy, prune, settle, write_whole
from prosperity_excel.files.regular import refuse_odd
from prosperity_excel.files.replacing import is_there, real_path

__all__ = ["is_backup", "refuse_form", "refuse_if_open", "replace_file"]

#: What can be edited in place.
SUFFIXES = (".xlsx", ".xlsm")
#: Files that an open workbook has beside it: Excel's, WPS Office's, LibreOffice's.
LOCKS = ("~${name}", ".~{name}", ".~lock.{name}#")
_TEMPORARY = ".prosperity-{book}-{id}.tmp"
_DIGITS = 12


def refuse_form(path: Path) -> None:
    """Check that a file is of a form that can be edited, and none of our copies.

    Raises
    ------
    BookError
        ``not_writable_form`` or ``is_backup``.
    """
    if path.suffix.casefold() not in SUFFIXES:
        raise BookError(
            "not_writable_form",
            "只能写入 .xlsx 或 .xlsm；请用 Excel 另存后再试。",
            "Only .xlsx and .xlsm can be written; save the book as one of them in Excel.",
            where=str(path),
        )
    if is_backup(path):
        raise BookError(
            "is_backup",
            "这是 Prosperity 保留的备份，不写入；请用原工作簿，或用 prosperity restore 恢复它。",
            "This is a copy that Prosperity keeps; give the book itself, or bring the copy back "
            "with 'prosperity restore'.",
            where=str(path),
        )


def refuse_if_open(path: Path) -> None:
    """Check that a file may be replaced; one that is not there may.

    Raises
    ------
    BookError
        ``book_open`` when a program has it open, ``read_only`` when it is write-protected, and as
        :func:`prosperity_excel.files.regular.refuse_odd` says of what is no file.
    """
    for place in dict.fromkeys((path, real_path(path))):
        there = [place.with_name(lock.format(name=place.name)) for lock in LOCKS]
        lock = next((file for file in there if is_there(file)), None)
        if lock is not None:
            raise BookError(
                "book_open",
                "工作簿正在 Excel 等程序中打开，没有写入；请关闭后再试。"
                f"若确已关闭，请删去 {lock.name}。",
                "The book is open in Excel or another program, so nothing was written; close it "
                f"and try again. If it is closed, delete {lock.name}.",
                where=str(path),
            )
    if not is_there(path):
        return
    refuse_odd(path)
    if not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise _read_only(path)
    try:
        with path.open("r+b"):
            pass
    except PermissionError as error:
        raise _read_only(path) from error


def replace_file(path: Path, old: bytes, new: bytes, now: datetime, verb: str = "edit") -> Path:
    """Replace a file's content, keeping a dated copy of the old one.

    At every moment ``path`` is the old file or the new one, both whole: the new one is written
    beside it, read back, and put in its place in one step. Through a symbolic link the file that
    it leads to is replaced, and its copies lie beside that one.

    Parameters
    ----------
    path
        The file.
    old
        What it held when it was read; it must hold that still.
    new
        What it shall hold.
    now
        Time in the copy's name.
    verb
        What does this, for the copy's name.

    Returns
    -------
    Path
        The copy. The last :data:`prosperity_excel.files.backups.MOST` are kept.

    Raises
    ------
    BookError
        ``book_open``, ``read_only``, ``changed_meanwhile``, or ``cannot_write`` when
        the disk is full, the copy cannot
        be kept or the file read back differs. The old file is then untouched.
    """
    shown, path = path, real_path(path)
    fresh = path.with_name(_TEMPORARY.format(book=_digest(path), id=os.getpid()))
    copy: Path | None = None
    try:
        _remove_leftovers(path)
        write_whole(fresh, new)
        shutil.copymode(path, fresh)
        refuse_if_open(shown)
        if path.read_bytes() != old:
            raise changed_meanwhile(path)
        copy = keep_copy(path, old, verb, now)
        fresh.replace(path)
    except OSError as error:
        if copy is not None:
            drop(copy)
        raise cannot_write(path, error) from error
    finally:
        fresh.unlink(missing_ok=True)
    settle(path.parent)
    prune(path, copy)
    return copy


def _digest(path: Path) -> str:
    """Return what stands for a file's name in names that must not grow too long."""
    return hashlib.sha256(os.fsencode(path.name)).hexdigest()[:_DIGITS]


def _remove_leftovers(path: Path) -> None:
    """Remove what a killed run left beside the file."""
    form = re.compile(re.escape(f".prosperity-{_digest(path)}-") + r"\d+\.tmp")
    for file in path.parent.iterdir():
        if form.fullmatch(file.name):
            file.unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError) -> BookError:
    """Return the error for a file that could not be written; what was there stays."""
    return BookError(
        "cannot_write",
        f"无法写入（{error.strerror or error}），原有文件未改动。请检查磁盘空间与权限，"
        "关闭打开它的程序，或换一个位置。",
        f"Cannot write ({error.strerror or error}); what was there is as it was. Check the disk's "
        "free space and your permissions, close what has it open, or choose another place.",
        where=str(path),
    )


def changed_meanwhile(path: Path) -> BookError:
    """Return the error for a file that is no longer what was read."""
    return BookError(
        "changed_meanwhile",
        "读取之后文件被改动，没有写入；请重新运行。",
        "The file was changed after it was read, so nothing was written; run again.",
        where=str(path),
    )


def _read_only(path: Path) -> BookError:
    return BookError(
        "read_only",
        "文件是只读的或正被占用，没有写入；请去掉只读属性或关闭占用它的程序。",
        "The file is read-only or in use, so nothing was written; make it writable, or close the "
        "program that uses it.",
        where=str(path),
    )
