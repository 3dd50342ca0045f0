"""A zip archive with some members replaced, and every other byte of it kept.

Members that stay are copied as they lie in the file: their compressed bytes, times, flags and
extra fields. Members keep their order; new ones come last.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from prosperity.errors import BookError

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_LOCAL_FORM, _CENTRAL_FORM, _END_FORM = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"
_LOCAL_SIZE, _CENTRAL_SIZE, _END_SIZE = 30, 46, 22
_DESCRIBED, _UTF8 = 0x0008, 0x0800
_DEFLATED = 8
#: A number that stands elsewhere because it does not fit: the sign of an archive beyond 4 GB.
_ELSEWHERE = 0xFFFFFFFF
#: Bytes of all members, unpacked, that are held at once; beyond it the file is not ours to edit.
MOST_UNPACKED = 200_000_000
#: 1 January 1980, the first day that an archive knows; new members carry it.
_FIRST_DATE = 0x0021


@dataclass(frozen=True)
class _Entry:
    """A member: its line in the directory, and all bytes from its header to the next one's."""

    name: str
    directory: bytes
    raw: bytes


def members(content: bytes, where: str = "") -> dict[str, bytes]:
    """Return every member of an archive, uncompressed, in the order of its directory.

    Raises
    ------
    BookError
        ``not_a_workbook`` when a member is damaged, encrypted or there twice, ``too_large`` when
        there is more than can be held.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(set(names)) != len(names):
                raise zipfile.BadZipFile("a member is there twice")
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise too_large(where)
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(str(error), where) from error


def replaced(
    content: bytes, new: Mapping[str, bytes], dropped: frozenset[str] = frozenset()
) -> bytes:
    """Return the archive with the members of ``new`` replaced or added.

    Parameters
    ----------
    content
        The archive.
    new
        Uncompressed bytes by member name.
    dropped
        Names of members to leave out.

    Raises
    ------
    BookError
        ``not_a_workbook`` when the archive's directory cannot be followed.
    """
    entries, comment = _entries(content)
    out, directory = bytearray(), bytearray()
    count = 0
    for entry in entries:
        if entry.name in dropped:
            continue
        raw, line = entry.raw, entry.directory
        if entry.name in new:
            raw, line = _written(entry, new[entry.name])
        directory += line[:42] + struct.pack("<I", len(out)) + line[46:]
        out += raw
        count += 1
    known = {entry.name for entry in entries}
    for name in (n for n in new if n not in known):
        raw, line = _written(_blank(name), new[name])
        directory += line[:42] + struct.pack("<I", len(out)) + line[46:]
        out += raw
        count += 1
    start = len(out)
    end = struct.pack(_END_FORM, _END, 0, 0, count, count, len(directory), start, len(comment))
    return bytes(out + directory + end + comment)


def _entries(content: bytes) -> tuple[list[_Entry], bytes]:
    """Return the members in the order of the directory, and the archive's comment."""
    place = content.rfind(_END)
    if place < 0 or len(content) < place + _END_SIZE:
        raise _damaged("no directory")
    *_, count, size, start, length = struct.unpack_from(_END_FORM, content, place)
    comment = content[place + _END_SIZE : place + _END_SIZE + length]
    if _ELSEWHERE in (size, start) or start + size > place:
        raise _damaged("the directory is elsewhere")
    lines: list[tuple[int, bytes]] = []
    for _ in range(count):
        if content[start : start + 4] != _CENTRAL:
            raise _damaged("the directory is torn")
        fields = struct.unpack_from(_CENTRAL_FORM, content, start)
        whole = _CENTRAL_SIZE + fields[10] + fields[11] + fields[12]
        lines.append((fields[16], content[start : start + whole]))
        start += whole
    stops = sorted([offset for offset, _ in lines] + [place - size])
    following = dict(pairwise(stops))
    return [_entry(content, offset, line, following) for offset, line in lines], comment


def _entry(content: bytes, offset: int, line: bytes, following: Mapping[int, int]) -> _Entry:
    if content[offset : offset + 4] != _LOCAL:
        raise _damaged("a member is not where the directory says")
    flags, length = struct.unpack_from("<H", line, 8)[0], struct.unpack_from("<H", line, 28)[0]
    coding = "utf-8" if flags & _UTF8 else "cp437"
    name = line[_CENTRAL_SIZE : _CENTRAL_SIZE + length].decode(coding)
    return _Entry(name, line, content[offset : following[offset]])


def _blank(name: str) -> _Entry:
    """Return an empty member with no time of its own."""
    known = name.encode()
    head = (20, _UTF8, _DEFLATED, 0, _FIRST_DATE, 0, 0, 0, len(known), 0)
    local = struct.pack(_LOCAL_FORM, _LOCAL, *head) + known
    line = struct.pack(_CENTRAL_FORM, _CENTRAL, 20, *head, 0, 0, 0, 0, 0) + known
    return _Entry(name, line, local)


def _written(entry: _Entry, plain: bytes) -> tuple[bytes, bytes]:
    """Return a member's bytes and directory line with new content; all else about it stays."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(plain) + packer.flush()
    sizes = zlib.crc32(plain), len(packed), len(plain)
    local = list(struct.unpack_from(_LOCAL_FORM, entry.raw))
    header = _LOCAL_SIZE + local[9] + local[10]
    local[2] &= ~_DESCRIBED
    local[3], local[6:9] = _DEFLATED, sizes
    line = list(struct.unpack_from(_CENTRAL_FORM, entry.directory))
    line[3] &= ~_DESCRIBED
    line[4], line[7:10] = _DEFLATED, sizes
    raw = struct.pack(_LOCAL_FORM, *local) + entry.raw[_LOCAL_SIZE:header] + packed
    return raw, struct.pack(_CENTRAL_FORM, *line) + entry.directory[_CENTRAL_SIZE:]


def too_large(where: str = "") -> BookError:
    """Return the error for a file of which too much would have to be held to edit it."""
    return BookError(
        "too_large",
        "工作簿内容过大，不能安全改写，文件未改动；请删去不用的工作表、图片和数据区之外的格式。",
        "There is too much in the book to edit it safely; the file is untouched. Delete sheets and "
        "pictures that are not used, and formats outside the data.",
        where=where,
    )


def _damaged(detail: str, where: str = "") -> BookError:
    return BookError(
        "not_a_workbook",
        f"文件不是完整的工作簿（{detail}）；请在 Excel 中打开并另存。",
        f"This is not a whole workbook ({detail}); open it in Excel and save it again.",
        where=where,
    )
