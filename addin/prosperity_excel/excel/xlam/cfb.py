"""Compound files, the container of a VBA project: [MS-CFB], version 3, read and written.

Only what a VBA project needs: storages one level deep, streams up to a few megabytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
NO_STREAM = 0xFFFFFFFF
STORAGE, STREAM, ROOT = 1, 2, 5
RED, BLACK = 0, 1
ENTRY = 128
HEADER_FAT_SECTORS = 109

Streams = Mapping[str, bytes]


def read(data: bytes) -> dict[str, bytes]:
    """Return every stream by its path, such as ``VBA/dir``, in the order of the directory.

    Raises
    ------
    ValueError
        When it is not such a file.
    """
    if data[:8] != MAGIC or len(data) < SECTOR:
        raise ValueError("not a compound file")
    (count,) = struct.unpack_from("<I", data, 44)
    first_directory, _, _, first_mini = struct.unpack_from("<4I", data, 48)
    fat: list[int] = []
    for number in struct.unpack_from(f"<{min(count, HEADER_FAT_SECTORS)}I", data, 76):
        fat += struct.unpack_from(f"<{SECTOR // 4}I", data, (number + 1) * SECTOR)

    def chain(first: int) -> bytes:
        parts = []
        while first < FAT_SECTOR:
            parts.append(data[(first + 1) * SECTOR : (first + 2) * SECTOR])
            first = fat[first]
        return b"".join(parts)

    directory = chain(first_directory)
    entries = [_entry(directory, at) for at in range(0, len(directory), ENTRY)]
    mini_fat = memoryview(chain(first_mini)).cast("I") if first_mini < FAT_SECTOR else []
    mini = chain(entries[0].start)

    def content(entry: _Entry) -> bytes:
        if entry.size >= CUTOFF:
            return chain(entry.start)[: entry.size]
        parts, at = [], entry.start
        while at < FAT_SECTOR:
            parts.append(mini[at * MINI : (at + 1) * MINI])
            at = mini_fat[at]
        return b"".join(parts)[: entry.size]

    found: dict[str, bytes] = {}

    def walk(number: int, path: str) -> None:
        if number == NO_STREAM:
            return
        entry = entries[number]
        walk(entry.left, path)
        if entry.kind == STORAGE:
            walk(entry.child, f"{path}{entry.name}/")
        elif entry.kind == STREAM:
            found[f"{path}{entry.name}"] = content(entry)
        walk(entry.right, path)

    walk(entries[0].child, "")
    return found


@dataclass
class _Entry:
    name: str
    kind: int
    colour: int = BLACK
    left: int = NO_STREAM
    right: int = NO_STREAM
    child: int = NO_STREAM
    start: int = END
    size: int = 0

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le")
        return struct.pack(
            "<64sHBB3I16sI8s8sIQ",
            name,
            len(name) + 2,
            self.kind,
            self.colour,
            self.left,
            self.right,
            self.child,
            b"",
            0,
            b"",
            b"",
            self.start,
            self.size,
        )


def _entry(directory: bytes, at: int) -> _Entry:
    raw, length, kind, colour, left, right, child = struct.unpack_from("<64sHBB3I", directory, at)
    start, size = struct.unpack_from("<IQ", directory, at + 116)
    name = raw[: max(length - 2, 0)].decode("utf-16-le")
    return _Entry(name, kind, colour, left, right, child, start, size & 0xFFFFFFFF)


def write(streams: Streams) -> bytes:
    """Return a compound file; the same streams in any order give the same bytes.

    Parameters
    ----------
    streams
        By path; a path has at most one storage in front.
    """
    sectors: list[bytes] = []
    fat: list[int] = []
    mini_content = bytearray()
    mini_fat: list[int] = []
    entries = [_Entry("Root Entry", ROOT)]

    def put(content: bytes) -> int:
        """Append whole sectors, chained; return the first one's number."""
        count = -(-len(content) // SECTOR)
        if not count:
            return END
        first = len(sectors)
        for n in range(count):
            sectors.append(content[n * SECTOR : (n + 1) * SECTOR].ljust(SECTOR, b"\0"))
            fat.append(first + n + 1)
        fat[-1] = END
        return first

    def stream(name: str, content: bytes) -> _Entry:
        if len(content) >= CUTOFF:
            return _Entry(name, STREAM, start=put(content), size=len(content))
        count = -(-len(content) // MINI)
        first = len(mini_fat)
        mini_content.extend(content.ljust(count * MINI, b"\0"))
        mini_fat.extend(range(first + 1, first + count + 1))
        if not count:
            return _Entry(name, STREAM)
        mini_fat[-1] = END
        return _Entry(name, STREAM, start=first, size=len(content))

    def folder(prefix: str) -> int:
        """Add the entries of a storage; return the number of their tree's top."""
        inside = [p[len(prefix) :] for p in streams if p.startswith(prefix)]
        names = sorted({p.partition("/")[0] for p in inside}, key=_order)
        numbers = []
        for name in names:
            numbers.append(len(entries))
            if f"{prefix}{name}" in streams:
                entries.append(stream(name, streams[f"{prefix}{name}"]))
            else:
                entries.append(_Entry(name, STORAGE))
                entries[numbers[-1]].child = folder(f"{prefix}{name}/")
        return _tree(entries, numbers)

    entries[0].child = folder("")
    entries[0].start, entries[0].size = put(bytes(mini_content)), len(mini_content)
    first_mini = put(_numbers(mini_fat))
    mini_sectors = -(-len(mini_fat) * 4 // SECTOR)
    blank = _Entry("", 0).packed()
    # An unused entry is all zero but for its three links.
    blank = blank[:64] + b"\0\0" + b"\0\0" + blank[68:80] + bytes(36) + bytes(12)
    listed = b"".join(entry.packed() for entry in entries)
    listed += blank * (-len(entries) % (SECTOR // ENTRY))
    first_directory = put(listed)
    return _assembled(sectors, fat, first_directory, first_mini, mini_sectors)


def _assembled(
    sectors: list[bytes], fat: list[int], directory: int, mini: int, mini_sectors: int
) -> bytes:
    each = SECTOR // 4
    count = 1
    while count * each < len(sectors) + count:
        count += 1
    if count > HEADER_FAT_SECTORS:
        raise ValueError("too large")
    places = [len(sectors) + n for n in range(count)]
    table = _numbers([*fat, *[FAT_SECTOR] * count], count * each)
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        *(MAGIC, b"", 0x3E, 3, 0xFFFE, 9, 6, b""),
        *(0, count, directory, 0, CUTOFF, mini, mini_sectors, END, 0),
    )
    listed = _numbers(places, HEADER_FAT_SECTORS)
    return header + listed + b"".join(sectors) + table


def _numbers(values: list[int], size: int = 0) -> bytes:
    """Return numbers as bytes, filled up with FREE to ``size`` numbers or to a whole sector."""
    wanted = size or -(-len(values) * 4 // SECTOR) * (SECTOR // 4)
    return struct.pack(f"<{wanted}I", *values, *[FREE] * (wanted - len(values)))


def _order(name: str) -> tuple[int, str]:
    """Return the key by which a directory is sorted: length first, then letters."""
    return len(name.encode("utf-16-le")), name.upper()


def _tree(entries: list[_Entry], numbers: list[int]) -> int:
    """Link sorted entries to a balanced red-black tree; return its top."""
    depth = len(numbers).bit_length()

    def link(inside: list[int], level: int) -> int:
        if not inside:
            return NO_STREAM
        middle = len(inside) // 2
        entry = entries[inside[middle]]
        # Only the deepest level is red, so every way down meets as many black entries.
        entry.colour = RED if level == depth and level > 1 else BLACK
        entry.left = link(inside[:middle], level + 1)
        entry.right = link(inside[middle + 1 :], level + 1)
        return inside[middle]

    return link(numbers, 1)
