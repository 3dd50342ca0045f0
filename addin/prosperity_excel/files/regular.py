"""Files that may be opened at all: what is no ordinary file is refused before it is read.

A pipe or a device may never end, or may do something when it is opened. So a path is looked at
first, and opened so that nothing can hold the reader up.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from prosperity.errors import BookError

_REFUSALS: Mapping[str, tuple[str, str]] = {
    "missing_file": (
        "文件不存在，请检查路径。",
        "There is no such file; check the path.",
    ),
    "broken_link": (
        "这个链接指向的文件不存在；请检查原文件是否已移动或改名。",
        "This is a link to a file that is not there; see whether that was moved or renamed.",
    ),
    "circular_link": (
        "这个链接绕回了自己，没有文件可读；请给出原文件。",
        "This link leads back to itself, so there is no file; name the file itself.",
    ),
    "is_folder": (
        "这是文件夹，请给出其中的文件。",
        "This is a folder; name a file in it.",
    ),
    "not_a_file": (
        "这是管道或设备，不是普通文件；请先把内容存为文件。",
        "This is a pipe or a device and not an ordinary file; save what it gives as a file first.",
    ),
    "locked": (
        "文件被其他程序占用或没有读取权限；请关闭后再试。",
        "The file is in use by another program or may not be read; close it and try again.",
    ),
    "unreadable": (
        "文件无法读取（磁盘或网络错误）；请复制到本机后再试。",
        "The file cannot be read (disk or network error); copy it to this machine and try again.",
    ),
    "empty_file": (
        "文件是空的（0 字节），可能没有下载或保存完整；请重新导出，或恢复备份"
        "（prosperity restore）。",
        "The file is empty (0 bytes): not wholly downloaded or saved, perhaps. Export it again, or "
        "bring back a copy ('prosperity restore').",
    ),
}
_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0)


def refuse_odd(path: Path) -> None:
    """Check, without opening it, that a path leads to an ordinary file.

    Raises
    ------
    BookError
        ``missing_file``, ``broken_link``, ``circular_link``, ``is_folder``, ``not_a_file``,
        ``locked`` or ``unreadable``.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        _refuse(path, _code(path, error))
    if stat.S_ISDIR(mode):
        _refuse(path, "is_folder")
    if not stat.S_ISREG(mode):
        _refuse(path, "not_a_file")


def content_of(path: Path) -> bytes:
    """Return all bytes of an ordinary file.

    Raises
    ------
    BookError
        As :func:`refuse_odd`, and ``empty_file`` when there are none.
    """
    refuse_odd(path)
    try:
        with open(path, "rb", opener=_opener) as file:
            ordinary = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            content = file.read() if ordinary else b""
    except OSError as error:
        _refuse(path, _code(path, error))
    if not ordinary:
        _refuse(path, "not_a_file")
    if not content:
        _refuse(path, "empty_file")
    return content


def _opener(path: str, flags: int) -> int:
    """Open without waiting: a pipe may have come in the file's place since it was looked at."""
    return os.open(path, flags | _WITHOUT_WAITING)


def _code(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "broken_link" if path.is_symlink() else "missing_file"
    if isinstance(error, PermissionError):
        return "locked"
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ELOOP:
        return "circular_link"
    return "missing_file" if number in (errno.ENAMETOOLONG, None) else "unreadable"


def refused(path: Path, code: str) -> BookError:
    """Return the error for what is no ordinary file: ``missing_file``, say."""
    return BookError(code, *_REFUSALS[code], where=path.name or str(path))


def _refuse(path: Path, code: str) -> NoReturn:
    raise refused(path, code) from None
