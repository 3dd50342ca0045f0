"""Dated copies of a person's files, kept before the files are replaced.

The copies of a file lie in the folder ``.prosperity-backups`` beside it, the last :data:`MOST` of
each file, under names that say of which file, from when, and before which verb:
``autos.20240506-070809.refresh.xlsx``. Earlier versions kept one copy beside the file itself
(``autos.backup-20240506-070809.xlsx``); such copies are listed too, and never removed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prosperity.errors import BookError

from prosperity_excel.files.replacing import fitting, real_path

FOLDER = ".prosperity-backups"
#: Copies of one file that are kept.
MOST = 10
_TIME, _TIME_FORM = "%Y%m%d-%H%M%S", r"\d{8}-\d{6}"
_OLD_MARK = rf"\.backup-({_TIME_FORM})"
#: Longest ``.TIME-NUMBER.VERB`` before the suffix, in bytes.
_TAIL = 40
_HIDDEN = 2
_TEMPORARY = ".prosperity-"
#: After this time what is half written is being written by nobody.
_LEFT_SECONDS = 3600.0


@dataclass(frozen=True)
class Copy:
    """One dated copy of a file.

    Attributes
    ----------
    path : Path
    made : datetime
        When the copy was made, to the second: until then the file held this.
    number : int
        Place among the copies of one second, from 1.
    verb : str
        What replaced the file then; empty when the copy does not say.
    size : int
        Bytes.
    """

    path: Path
    made: datetime
    number: int
    verb: str
    size: int


def keep_copy(path: Path, content: bytes, verb: str, now: datetime) -> Path:
    """Keep what a file holds as a dated copy; return the copy's file.

    Nothing is removed; :func:`prune` does that once the file has been replaced.

    Parameters
    ----------
    path
        The file; its times and permissions go along where it is still there.
    content
        What to keep.
    verb
        What is about to replace it, such as ``refresh``.
    now
        Time in the copy's name.

    Raises
    ------
    BookError
        ``cannot_write`` when the copy cannot be kept; then the file must not be replaced.
    """
    path = real_path(path)
    folder = path.parent / FOLDER
    try:
        _make(folder)
        copy = _reserved(folder, path, verb, now)
        try:
            _fill(copy, content, path)
        except BaseException:
            drop(copy)
            raise
    except OSError as error:
        why = error.strerror or error
        raise BookError(
            "no_copy_kept",
            f"无法在 {FOLDER} 文件夹中保留原文件的备份（{why}），因此没有写入，原文件未改动。"
            "请检查磁盘空间，以及该文件夹的写入权限。",
            f"No copy of the old file could be kept in the folder {FOLDER} ({why}), so nothing was "
            "written and the file is as it was. Check the disk's free space, and that the folder "
            "may be written to.",
            where=str(path),
        ) from error
    return copy


def drop(copy: Path) -> None:
    """Take back a copy of a file that was not replaced after all."""
    with contextlib.suppress(OSError):
        copy.unlink()
        # Only when there is nothing else in it.
        copy.parent.rmdir()


def copies(path: Path) -> list[Copy]:
    """Return the dated copies of a file, newest first; the file itself may be gone.

    Copies in the manner of earlier versions, beside the file, come in their places by time.
    """
    path = real_path(path)
    stem, suffix = re.escape(_stem(path)), re.escape(path.suffix)
    ours = re.compile(rf"{stem}\.({_TIME_FORM})(?:-(\d+))?\.([a-z]+){suffix}", _case())
    old = re.compile(rf"{re.escape(path.stem)}{_OLD_MARK}(){suffix}()", _case())
    found = [
        copy
        for folder, form in ((path.parent / FOLDER, ours), (path.parent, old))
        for file in _files(folder)
        if (copy := _copy(file, form)) is not None
    ]
    return sorted(found, key=lambda copy: (copy.made, copy.number), reverse=True)


def is_backup(path: Path) -> bool:
    """Whether a file is a dated copy, by its folder or by the name that copies once had."""
    return real_path(path).parent.name == FOLDER or has_old_name(path)


def has_old_name(path: Path) -> bool:
    """Whether a file is called as the copies of earlier versions, which lie among the books."""
    return re.search(_OLD_MARK + "$", path.stem) is not None


def prune(path: Path, newest: Path | None = None) -> None:
    """Remove the oldest copies of a file beyond :data:`MOST`; those of earlier versions stay.

    ``newest``, which was made just now, stays even where a clock that was put back makes it look
    old. A copy that cannot be removed is left: that must not make a success a failure.
    """
    kept = [copy for copy in copies(path) if copy.path.parent.name == FOLDER]
    kept.sort(key=lambda copy: copy.path != newest)
    for copy in kept[MOST:]:
        with contextlib.suppress(OSError):
            copy.path.unlink()
    _clear_leftovers(real_path(path).parent / FOLDER)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file to the disk and check that it holds what was written."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if path.read_bytes() != content:
        raise OSError(0, "the file read back differs 读回的内容不符")


def settle(folder: Path) -> None:
    """Have the folder itself written to the disk, where the system can."""
    if os.name == "posix":
        try:
            handle = os.open(folder, os.O_RDONLY)
        except OSError:  # a folder that may be written but not listed
            return
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _stem(path: Path) -> str:
    return fitting(path.stem, "", spare=_TAIL + len(os.fsencode(path.suffix)))


def _make(folder: Path) -> None:
    """Make the folder, out of sight where names alone do not do that."""
    if folder.is_dir():
        return
    folder.mkdir(exist_ok=True)
    if sys.platform == "win32":
        import ctypes

        with contextlib.suppress(Exception):
            ctypes.windll.kernel32.SetFileAttributesW(str(folder), _HIDDEN)


def _reserved(folder: Path, path: Path, verb: str, now: datetime) -> Path:
    """Take a name that no other copy has; two processes never get the same.

    It is an empty file until the copy takes its place, so a copy is never seen half written. Among
    those of one second the number tells the order, whatever the verbs.
    """
    same = (copy.number for copy in copies(path) if f"{copy.made:{_TIME}}" == f"{now:{_TIME}}")
    number = max(same, default=0) + 1
    while True:
        again = "" if number == 1 else f"-{number}"
        copy = folder / f"{_stem(path)}.{now:{_TIME}}{again}.{verb}{path.suffix}"
        try:
            with copy.open("xb"):
                return copy
        except FileExistsError:
            number += 1


def _fill(copy: Path, content: bytes, path: Path) -> None:
    """Put the content in the place of a reserved name."""
    handle, name = tempfile.mkstemp(dir=copy.parent, prefix=_TEMPORARY, suffix=".tmp")
    os.close(handle)
    temporary = Path(name)
    try:
        write_whole(temporary, content)
        if path.exists():
            shutil.copystat(path, temporary)
        temporary.replace(copy)
        settle(copy.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _clear_leftovers(folder: Path) -> None:
    """Remove what killed runs left: halves, and names that were reserved and never filled."""
    before = time.time() - _LEFT_SECONDS
    for file in _files(folder):
        with contextlib.suppress(OSError):
            left = file.stat(follow_symlinks=False)
            half = file.name.startswith(_TEMPORARY) or left.st_size == 0
            if half and left.st_mtime < before and file.is_file():
                Path(file.path).unlink()


def _copy(file: os.DirEntry[str], form: re.Pattern[str]) -> Copy | None:
    fits = form.fullmatch(file.name)
    if fits is None or not file.is_file():
        return None
    stamp, number, verb = fits.groups()
    try:
        made, size = datetime.strptime(stamp, _TIME), file.stat().st_size
    except (ValueError, OSError):
        return None
    # An empty one is a name that a killed run had reserved.
    return Copy(Path(file.path), made, int(number or 1), verb, size) if size else None


def _files(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _case() -> re.RegexFlag:
    """Names that differ in case only are one file where the system says so."""
    return re.IGNORECASE if sys.platform in ("win32", "darwin") else re.RegexFlag(0)
