"""Putting a new version of an analyst's file in the place of the old one, whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import stat
from datetime import datetime
from pathlib import Path

from prosperity.errors import BookError

#: Files that an open workbook has beside it: Excel's, WPS Office's, LibreOffice's.
LOCKS = ("~${name}", ".~{name}", ".~lock.{name}#")
_BACKUP = ".backup-{time}{suffix}"
_BACKUP_TIME = r"\.backup-\d{8}-\d{6}"
_TEMPORARY = ".{name}.prosperity-{id}.tmp"


def refuse_if_open(path: Path) -> None:
    """Check that a file may be replaced.

    Raises
    ------
    BookError
        ``book_open`` when a program has it open, ``read_only`` when it is write-protected.
    """
    there = [path.with_name(lock.format(name=path.name)) for lock in LOCKS]
    lock = next((file for file in there if file.exists()), None)
    if lock is not None:
        raise BookError(
            "book_open",
            "工作簿正在 Excel 等程序中打开，没有写入；请关闭后再试。"
            f"若确已关闭，请删去 {lock.name}。",
            "The book is open in Excel or another program, so nothing was written; close it and "
            f"try again. If it is closed, delete {lock.name}.",
            where=str(path),
        )
    if not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise _read_only(path)
    try:
        with path.open("r+b"):
            pass
    except PermissionError as error:
        raise _read_only(path) from error


def replace_file(path: Path, old: bytes, new: bytes, now: datetime) -> Path:
    """Replace a file's content, keeping one dated copy of the old one beside it.

    At every moment ``path`` is the old file or the new one, both whole: the new one is written
    beside it, read back, and put in its place in one step.

    Parameters
    ----------
    path
        The file.
    old
        What it held when it was read; it must hold that still.
    new
        What it shall hold.
    now
        Time in the copy's name. Older copies are removed.

    Returns
    -------
    Path
        The copy.

    Raises
    ------
    BookError
        ``book_open``, ``read_only``, ``changed_meanwhile``, or ``cannot_write`` when the disk is
        full or the file read back differs. The old file is then untouched.
    """
    path = path.resolve()
    backup = path.with_name(
        path.stem + _BACKUP.format(time=f"{now:%Y%m%d-%H%M%S}", suffix=path.suffix)
    )
    _remove_leftovers(path)
    fresh = path.with_name(_TEMPORARY.format(name=path.name, id=f"{os.getpid()}n"))
    copy = path.with_name(_TEMPORARY.format(name=path.name, id=f"{os.getpid()}b"))
    try:
        _write(fresh, new)
        _write(copy, old)
        shutil.copymode(path, fresh)
        refuse_if_open(path)
        if path.read_bytes() != old:
            raise BookError(
                "changed_meanwhile",
                "计算期间文件被改动，没有写入；请重新运行。",
                "The file was changed while results were computed, so nothing was written; run "
                "again.",
                where=str(path),
            )
        shutil.copystat(path, copy)
        copy.replace(backup)
        fresh.replace(path)
        _settle(path.parent)
    except OSError as error:
        raise BookError(
            "cannot_write",
            f"无法写入（{error.strerror or error}），原文件未改动。请检查磁盘空间与权限。",
            f"Cannot write ({error.strerror or error}); the file is as it was. Check the disk's "
            "free space and your permissions.",
            where=str(path),
        ) from error
    finally:
        fresh.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
    for older in backups(path):
        if older != backup:
            older.unlink(missing_ok=True)
    return backup


def backups(path: Path) -> list[Path]:
    """Return the dated copies of a file, oldest first."""
    form = re.compile(re.escape(path.stem) + _BACKUP_TIME + re.escape(path.suffix))
    return sorted(file for file in path.parent.iterdir() if form.fullmatch(file.name))


def is_backup(path: Path) -> bool:
    """Whether a file's name is that of a dated copy."""
    return re.search(_BACKUP_TIME + "$", path.stem) is not None


def _write(path: Path, content: bytes) -> None:
    """Write a file to the disk and check that it holds what was written."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if path.read_bytes() != content:
        raise OSError(0, "the file read back differs 读回的内容不符")


def _settle(folder: Path) -> None:
    """Have the folder itself written to the disk, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove_leftovers(path: Path) -> None:
    """Remove what a killed run left beside the file."""
    form = re.compile(re.escape(f".{path.name}.prosperity-") + r"\d+[nb]\.tmp")
    for file in path.parent.iterdir():
        if form.fullmatch(file.name):
            file.unlink(missing_ok=True)


def _read_only(path: Path) -> BookError:
    return BookError(
        "read_only",
        "文件是只读的或正被占用，没有写入；请去掉只读属性或关闭占用它的程序。",
        "The file is read-only or in use, so nothing was written; make it writable, or close the "
        "program that uses it.",
        where=str(path),
    )
