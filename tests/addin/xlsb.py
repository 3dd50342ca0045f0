"""Binary workbooks ([MS-XLSB], BIFF12) for the tests, record by record."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from .books import Percent, Rows

ERRORS = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D,
          "#NUM!": 0x24, "#N/A": 0x2A}  # fmt: skip
#: Numbers of the cell styles below.
PLAIN, DAY, PERCENT, DAY_OF_OWN = range(4)
_FORMATS = (0, 14, 10, 164)
_KIND = "application/vnd.ms-excel."
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


@dataclass(frozen=True)
class Error:
    """An error cell; with ``formula`` one that a formula gave."""

    text: str
    formula: bool = False


@dataclass(frozen=True)
class Computed:
    """A formula with the value that was saved with it."""

    value: float | str | bool


@dataclass(frozen=True)
class Inline:
    """A text that stands in its cell, not in the table of texts."""

    text: str


def record(kind: int, content: bytes = b"") -> bytes:
    """Return a record: its number and its length in groups of seven bits, and what it holds."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, size = len(content), b""
    while True:
        more = length >> 7
        size += bytes([length & 0x7F | (0x80 if more else 0)])
        length = more
        if not length:
            return head + size + content


def wide(text: str) -> bytes:
    """Return a text with its length in front."""
    coded = text.encode("utf-16-le")
    return struct.pack("<I", len(coded) // 2) + coded


def save_xlsb(
    path: Path,
    sheets: Mapping[str, Rows] | Sequence[tuple[str, Rows]],
    *,
    date_1904: bool = False,
    extra: Mapping[str, bytes] | None = None,
) -> Path:
    """Write sheets of values as a binary workbook.

    Parameters
    ----------
    path
        The file.
    sheets
        Rows by the sheet's name, or pairs of both, in which names may repeat.
    date_1904
        Whether days are counted from 1904.
    extra
        Parts to put in the place of others, or to add.
    """
    pairs = list(sheets.items()) if isinstance(sheets, Mapping) else list(sheets)
    texts: dict[str, int] = {}
    parts: dict[str, bytes] = {}
    for number, (_, rows) in enumerate(pairs, 1):
        parts[f"xl/worksheets/sheet{number}.bin"] = sheet_part(rows, texts, date_1904=date_1904)
    parts["xl/workbook.bin"] = _workbook([name for name, _ in pairs], date_1904)
    parts["xl/styles.bin"] = _styles()
    parts["xl/sharedStrings.bin"] = _strings(texts)
    parts.update(_links(len(pairs)))
    parts.update(extra or {})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    path.write_bytes(buffer.getvalue())
    return path


def sheet_part(rows: Sequence[Sequence[Any]], texts: dict[str, int], *, date_1904: bool = False,
               dimension: tuple[int, int] | None = None) -> bytes:  # fmt: skip
    """Return a sheet's part; ``dimension`` are the rows and columns that it claims to have."""
    height, width = dimension or (len(rows), max(map(len, rows), default=0))
    area = struct.pack("<4I", 0, max(height - 1, 0), 0, max(width - 1, 0))
    out = record(129) + record(148, area) + record(145)
    for number, row in enumerate(rows):
        cells = [(c, value) for c, value in enumerate(row) if value is not None]
        if not cells:
            continue
        span = struct.pack("<III", 1, cells[0][0], cells[-1][0])
        out += record(0, struct.pack("<IIH", number, 0, 300) + bytes(3) + span)
        out += b"".join(_cell(c, value, texts, date_1904) for c, value in cells)
    return out + record(146) + record(130)


def _cell(column: int, value: Any, texts: dict[str, int], date_1904: bool) -> bytes:
    def made(kind: int, content: bytes, style: int = PLAIN) -> bytes:
        return record(kind, struct.pack("<II", column, style) + content)

    match value:
        case Error(text, False):
            return made(3, bytes([ERRORS[text]]))
        case Error(text, True):
            return made(11, bytes([ERRORS[text]]) + _FORMULA)
        case Computed(bool(flag)):
            return made(10, bytes([flag]) + _FORMULA)
        case Computed(str(text)):
            return made(8, wide(text) + _FORMULA)
        case Computed(number):
            return made(9, struct.pack("<d", number) + _FORMULA)
        case Inline(text):
            return made(6, wide(text))
        case Percent(number):
            return made(5, struct.pack("<d", number), PERCENT)
        case bool(flag):
            return made(4, bytes([flag]))
        case datetime() | date():
            return made(*_day(value, date_1904), DAY if value.day % 2 else DAY_OF_OWN)
        case int(number):
            return made(2, struct.pack("<i", number << 2 | 2))
        case float(number) if number * 100 == int(number * 100) and abs(number) < 1e6:
            # Hundredths as a whole number.
            return made(2, struct.pack("<i", int(number * 100) << 2 | 3))
        case float(number):
            return made(5, struct.pack("<d", number))
        case str(text):
            return made(7, struct.pack("<I", texts.setdefault(text, len(texts))))
    raise TypeError(value)


#: Flags, and the formula 1 with nothing behind it.
_FORMULA = struct.pack("<HI", 0, 3) + b"\x1e\x01\x00" + struct.pack("<I", 0)


def _day(value: date, date_1904: bool) -> tuple[int, bytes]:
    """Return the record of a day: a whole number, or a fraction with its time."""
    first = date(1904, 1, 1) if date_1904 else date(1899, 12, 30)
    start = datetime.combine(first, datetime.min.time())
    if isinstance(value, datetime):
        return 5, struct.pack("<d", (value - start) / timedelta(days=1))
    return 2, struct.pack("<i", (value - first).days << 2 | 2)


def _workbook(names: Iterable[str], date_1904: bool) -> bytes:
    sheets = b"".join(
        record(156, struct.pack("<II", 0, n) + wide(f"rId{n}") + wide(name))
        for n, name in enumerate(names, 1)
    )
    properties = record(153, struct.pack("<II", int(date_1904), 0) + wide(""))
    return record(131) + properties + record(143) + sheets + record(144) + record(132)


def _strings(texts: Mapping[str, int]) -> bytes:
    counts = struct.pack("<II", len(texts), len(texts))
    items = b"".join(record(19, b"\0" + wide(text)) for text in texts)
    return record(159, counts) + items + record(160)


def _styles() -> bytes:
    color = struct.pack("<BBhBBBB", 1, 0, 0, 0, 0, 0, 255)
    font = struct.pack("<HHHHBBBB", 220, 0, 400, 0, 0, 2, 0, 0) + color + b"\0" + wide("Calibri")
    fills = [struct.pack("<I", pattern) + color * 2 + bytes(48) for pattern in (0, 17)]
    border = b"\0" + (b"\0\0" + color) * 5

    def style(parent: int, number: int) -> bytes:
        return struct.pack("<5HBBHH", parent, number, 0, 0, 0, 0, 0, 0x1010, 1)

    def several(first: int, last: int, items: Sequence[bytes]) -> bytes:
        return record(first, struct.pack("<I", len(items))) + b"".join(items) + record(last)

    return b"".join(
        (
            record(278),
            several(615, 616, [record(44, struct.pack("<H", 164) + wide("yyyy\\-mm\\-dd"))]),
            several(611, 612, [record(43, font)]),
            several(603, 604, [record(45, fill) for fill in fills]),
            several(613, 614, [record(46, border)]),
            several(626, 627, [record(47, style(0xFFFF, 0))]),
            several(617, 618, [record(47, style(0, number)) for number in _FORMATS]),
            several(619, 620, [record(48, struct.pack("<IHBB", 0, 1, 0, 255) + wide("Normal"))]),
            record(279),
        )
    )


def _links(count: int) -> dict[str, bytes]:
    """Return what makes the parts known."""
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.bin" ContentType="{_KIND}worksheet"/>'
        for n in range(1, count + 1)
    )
    types = (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="bin" ContentType="{_KIND}sheet.binary.macroEnabled.main"/>'
        f'<Override PartName="/xl/styles.bin" ContentType="{_KIND}styles"/>'
        f'<Override PartName="/xl/sharedStrings.bin" ContentType="{_KIND}sharedStrings"/>'
        f"{sheets}</Types>"
    )
    root = _relations([("officeDocument", "xl/workbook.bin")])
    inside = [("worksheet", f"worksheets/sheet{n}.bin") for n in range(1, count + 1)]
    book = _relations([*inside, ("styles", "styles.bin"), ("sharedStrings", "sharedStrings.bin")])
    return {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": root,
        "xl/_rels/workbook.bin.rels": book,
    }


def _relations(targets: Sequence[tuple[str, str]]) -> bytes:
    lines = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{lines}</Relationships>'.encode()
    )
