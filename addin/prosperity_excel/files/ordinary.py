"""Is a package ordinary? Only then is it read in the process itself, without a child to lose.

A reader may loop over what a file claims to hold, or ask for more memory than there is. What an
office program writes for an analyst never makes it do so, and can be told from the outside: the
zip directory is true and small, and the cells stand in the one form that these programs use. What
does not look so may still be a good file; it is read where time and memory are limited.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import IO

#: Bytes on disk; bytes of one part, unpacked; bytes of all parts. A book of every industry over
#: twenty years has a part of 4 MB and 10 MB in all, with its results 80 MB; a reader unpacks only
#: the parts that it is asked for.
ORDINARY_FILE = 30_000_000
ORDINARY_PART = 20_000_000
ORDINARY_UNPACKED = 150_000_000
#: Bytes of the zip directory, about 50 to 100 a part: reading it costs memory too.
ORDINARY_DIRECTORY = 300_000
#: Cells of all sheets that are read, up to the farthest filled one of each; that book has 0.6
#: million.
ORDINARY_CELLS = 2_000_000
#: Files this small, and no packages, are harmless: text, or nothing at all.
SMALL_TEXT = 2_000_000

_END, _END_SIZE, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
_OLE = b"\xd0\xcf\x11\xe0"
#: Parts of workbooks that only calamine reads, which believes what they say of their size.
_BELIEVED = ("xl/workbook.bin", "content.xml")
_CHUNK = 1_000_000


class TooHardError(Exception):
    """A file turned out not to be ordinary while it was read; never seen by a user."""


class Allowance:
    """What may still be read in this process."""

    def __init__(self, cells: int) -> None:
        self.cells = cells

    def spend(self, cells: int) -> None:
        """Take cells off; raise :class:`TooHardError` when there are not so many left."""
        self.cells -= cells
        if self.cells < 0:
            raise TooHardError


_allowance: ContextVar[Allowance | None] = ContextVar("allowance", default=None)
_memory_is_short: ContextVar[bool] = ContextVar("memory_is_short", default=False)


@contextmanager
def ordinary_reading(cells: int = ORDINARY_CELLS) -> Iterator[None]:
    """Have workbooks that are opened inside raise :class:`TooHardError` when they are hard.

    Parameters
    ----------
    cells
        How many may be read.
    """
    token = _allowance.set(Allowance(cells))
    try:
        yield
    finally:
        _allowance.reset(token)


@contextmanager
def frugal_reading() -> Iterator[None]:
    """Have workbooks that are opened inside read one sheet at a time.

    Two at once need twice the memory, and a reader that gets none in another thread may never
    come back.
    """
    token = _memory_is_short.set(True)
    try:
        yield
    finally:
        _memory_is_short.reset(token)


def may_read_ahead() -> bool:
    """Whether several sheets may be read at once."""
    return not _memory_is_short.get()


def allowance() -> Allowance | None:
    """Return what may be read here; None where time and memory are limited from outside."""
    return _allowance.get()


def looks_ordinary(path: Path) -> bool:
    """Whether a file may be read in the process itself, by a cheap look at it.

    What is no package is ordinary when it is short, and what is no file at all always is: reading
    it ends at once, with an error.
    """
    try:
        if not path.is_file():
            return True
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(8)
            if head.startswith(b"PK"):
                return size <= ORDINARY_FILE and _is_small_package(file, size)
            # A package may stand behind other bytes; then its directory is at the end.
            file.seek(max(size - _END_SIZE - _LONGEST_COMMENT, 0))
            return size <= SMALL_TEXT and not head.startswith(_OLE) and _END not in file.read()
    except OSError:
        return True


def _is_small_package(file: IO[bytes], size: int) -> bool:
    # A directory that is not the very last thing may be read differently by different readers.
    file.seek(max(size - _END_SIZE, 0))
    end = file.read()
    if not end.startswith(_END) or int.from_bytes(end[12:16], "little") > ORDINARY_DIRECTORY:
        return False
    try:
        with zipfile.ZipFile(file) as package:
            entries = package.infolist()
            if any(name in _BELIEVED for name in map(str.lower, package.namelist())):
                return False
            sizes = [entry.file_size for entry in entries]
            if max(sizes, default=0) > ORDINARY_PART or sum(sizes) > ORDINARY_UNPACKED:
                return False
            return all(_is_true(file, entry) for entry in entries)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        return False


def _is_true(file: IO[bytes], entry: zipfile.ZipInfo) -> bool:
    """Whether a part unpacks to no more than the directory says; readers differ in believing it."""
    if entry.compress_type == zipfile.ZIP_STORED:
        return entry.compress_size == entry.file_size
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        return False
    file.seek(entry.header_offset + 26)
    name, extra = (int.from_bytes(file.read(2), "little") for _ in range(2))
    file.seek(name + extra, 1)
    unpacker, left = zlib.decompressobj(-15), entry.file_size
    packed = file.read(entry.compress_size)
    try:
        while packed and not unpacker.eof:
            left -= len(unpacker.decompress(packed, _CHUNK))
            if left < 0:
                return False
            packed = unpacker.unconsumed_tail
    except zlib.error:
        return False
    return True
