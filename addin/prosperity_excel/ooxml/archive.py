"""A zip archive with some members replaced, and every other byte of it kept.

Members that stay are copied as they lie in the file: their compressed bytes, times, flags and
extra fields. Members keep their order; new ones come last.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from prosperity.errors import BookError

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_LOCAL_FORM, _CENTRAL_FORM, _END_FORM = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"
_LOCAL_SIZE, _CENTRAL_SIZE, _END_SIZE = 30, 46, 22
#: An archive made for more than 4 GB says these numbers a second time, and more widely.
_WIDE_END, _WIDE_LOCATOR = b"PK\x06\x06", b"PK\x06\x07"
_WIDE_END_FORM, _WIDE_END_SIZE, _WIDE_LOCATOR_SIZE = "<4sQ2H2I4Q", 56, 20
_WIDE_FIELD = 1
_ELSEWHERE, _MOST_MEMBERS = 0xFFFFFFFF, 0xFFFF
_DESCRIBED, _UTF8 = 0x0008, 0x0800
_DEFLATED = 8
#: Bytes of all members, unpacked, that are held at once; beyond it the file is not ours to edit.
MOST_UNPACKED = 200_000_000
#: How hard members are packed: 6 takes twice the time for a tenth less.
_LEVEL = 3
#: 1 January 1980, the first day that an archive knows; new members carry it.
_FIRST_DATE = 0x0021


@dataclass(frozen=True)
class _Entry:
    """A member: its line in the directory, and all bytes from its header to the next one's."""

    name: str
    directory: bytes
    raw: bytes


def refuse_too_much(content: bytes, where: str = "") -> None:
    """Refuse a file of which too much would have to be held to edit it, before anything is done.

    What else is wrong with it is said by what reads it.

    Raises
    ------
    BookError
        ``too_large``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            much = _unpacked(archive) > MOST_UNPACKED
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        return
    if much:
        raise too_large(where)


def _unpacked(archive: zipfile.ZipFile) -> int:
    """Return the bytes of all members, as the directory says."""
    return sum(entry.file_size for entry in archive.infolist())


def members(content: bytes, where: str = "") -> list[tuple[str, bytes]]:
    """Return every member of an archive, uncompressed, in the order of its directory.

    A member that stands there twice comes twice. Bytes before the archive are passed over.

    Raises
    ------
    BookError
        ``not_a_workbook`` when a member is damaged or encrypted, ``too_large`` when there is more
        than can be held.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if _unpacked(archive) > MOST_UNPACKED:
                raise too_large(where)
            return [(entry.filename, archive.read(entry)) for entry in entries]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError,
            ValueError, struct.error) as error:  # fmt: skip
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
    found = _directory(content)
    out = bytearray(content[: found.begin])
    directory = bytearray()
    count = 0
    known = {entry.name for entry in found.entries}
    fresh = [_blank(name) for name in new if name not in known]
    for entry in [*found.entries, *fresh]:
        if entry.name in dropped:
            continue
        raw, line = entry.raw, entry.directory
        if entry.name in new:
            raw, line = _written(entry, new[entry.name])
        directory += _at(line, len(out) - found.shift)
        out += raw
        count += 1
    if count >= _MOST_MEMBERS:
        raise too_large()
    start = len(out) - found.shift
    end = struct.pack(
        _END_FORM, _END, 0, 0, count, count, len(directory), start, len(found.comment)
    )
    return bytes(out + directory + end + found.comment)


@dataclass(frozen=True)
class _Directory:
    """What an archive holds.

    Attributes
    ----------
    entries : list of _Entry
        The members in the order of the directory.
    begin : int
        Where the first member begins; what is before it belongs to no archive.
    shift : int
        How much further on everything stands than the archive says.
    comment : bytes
        The archive's comment.
    """

    entries: list[_Entry]
    begin: int
    shift: int
    comment: bytes


def _directory(content: bytes) -> _Directory:
    place = content.rfind(_END)
    if place < 0 or len(content) < place + _END_SIZE:
        raise _damaged("no directory")
    *_, count, size, start, length = struct.unpack_from(_END_FORM, content, place)
    comment = content[place + _END_SIZE : place + _END_SIZE + length]
    stop = place
    locator = place - _WIDE_LOCATOR_SIZE
    if locator >= _WIDE_END_SIZE and content[locator : locator + 4] == _WIDE_LOCATOR:
        stop = locator - _WIDE_END_SIZE
        sign, *_, count, size, start = struct.unpack_from(_WIDE_END_FORM, content, stop)
        if sign != _WIDE_END:
            raise _damaged("the directory is elsewhere")
    shift = stop - size - start
    if shift < 0:
        raise _damaged("the directory is elsewhere")
    lines: list[tuple[int, bytes]] = []
    at = start + shift
    for _ in range(count):
        if content[at : at + 4] != _CENTRAL:
            raise _damaged("the directory is torn")
        fields = struct.unpack_from(_CENTRAL_FORM, content, at)
        whole = _CENTRAL_SIZE + fields[10] + fields[11] + fields[12]
        line = content[at : at + whole]
        lines.append((_offset(line) + shift, line))
        at += whole
    stops = sorted({start + shift, *(offset for offset, _ in lines)})
    following = dict(pairwise(stops))
    entries = [_entry(content, offset, line, following) for offset, line in lines]
    return _Directory(entries, stops[0], shift, comment)


def _offset(line: bytes) -> int:
    """Return where a line of the directory says that its member begins."""
    (offset,) = struct.unpack_from("<I", line, 42)
    place = _wide_offset(line)
    if place:
        (offset,) = struct.unpack_from("<Q", line, place)
    return int(offset)


def _at(line: bytes, offset: int) -> bytes:
    """Return a line of the directory for a member that begins elsewhere."""
    place = _wide_offset(line)
    if place:
        return line[:place] + struct.pack("<Q", offset) + line[place + 8 :]
    return line[:42] + struct.pack("<I", offset) + line[46:]


def _wide_offset(line: bytes) -> int:
    """Return at which byte of its line a member's place stands in eight bytes; 0 for none."""
    if line[42:46] != b"\xff" * 4:
        return 0
    (length,) = struct.unpack_from("<H", line, 28)
    sizes = struct.unpack_from("<II", line, 20)
    for number, start, stop in _fields(line, _CENTRAL_SIZE + length):
        if number == _WIDE_FIELD:
            place = start + 4 + 8 * sizes.count(_ELSEWHERE)
            return place if place + 8 <= stop else 0
    return 0


def _fields(data: bytes, start: int, stop: int | None = None) -> Iterator[tuple[int, int, int]]:
    """Yield number, begin and end of each extra field."""
    stop = len(data) if stop is None else stop
    while start + 4 <= stop:
        number, length = struct.unpack_from("<HH", data, start)
        yield number, start, start + 4 + length
        start += 4 + length


def _entry(content: bytes, offset: int, line: bytes, following: Mapping[int, int]) -> _Entry:
    if content[offset : offset + 4] != _LOCAL or offset not in following:
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
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    packed = packer.compress(plain) + packer.flush()
    sizes = zlib.crc32(plain), len(packed), len(plain)
    local = list(struct.unpack_from(_LOCAL_FORM, entry.raw))
    name = entry.raw[_LOCAL_SIZE : _LOCAL_SIZE + local[9]]
    extra = _narrow(entry.raw[_LOCAL_SIZE + local[9] : _LOCAL_SIZE + local[9] + local[10]])
    local[2] &= ~_DESCRIBED
    local[3], local[6:9], local[10] = _DEFLATED, sizes, len(extra)
    line = list(struct.unpack_from(_CENTRAL_FORM, entry.directory))
    known = entry.directory[_CENTRAL_SIZE : _CENTRAL_SIZE + line[10]]
    rest = entry.directory[_CENTRAL_SIZE + line[10] :]
    fields, comment = _narrow(rest[: line[11]]), rest[line[11] :]
    line[3] &= ~_DESCRIBED
    line[4], line[7:10], line[11], line[16] = _DEFLATED, sizes, len(fields), 0
    raw = struct.pack(_LOCAL_FORM, *local) + name + extra + packed
    return raw, struct.pack(_CENTRAL_FORM, *line) + known + fields + comment


def _narrow(extra: bytes) -> bytes:
    """Return extra fields without the one for what does not fit into four bytes."""
    fields = _fields(extra, 0)
    return b"".join(extra[a:b] for number, a, b in fields if number != _WIDE_FIELD)


def too_large(where: str = "") -> BookError:
    """Return the error for a file of which too much would have to be held to edit it."""
    return BookError(
        "too_large_to_edit",
        "工作簿内容过大，不能安全改写，文件未改动；请删去不用的工作表、图片和数据区之外的格式。",
        "There is too much in the book to edit it safely; the file is untouched. Delete sheets and "
        "pictures that are not used, and formats outside the data.",
        where=where,
    )


def _damaged(detail: str, where: str = "") -> BookError:
    return BookError(
        "damaged_archive",
        f"文件不是完整的工作簿（{detail}）；请在 Excel 中打开并另存。",
        f"This is not a whole workbook ({detail}); open it in Excel and save it again.",
        where=where,
    )
