"""What a binary workbook (``.xlsb``) says and calamine does not, read record by record.

calamine shows errors as blank cells, percentages as plain numbers, and days that are stored as
whole numbers as those numbers. The records ([MS-XLSB], BIFF12) tell them apart, and say whether
days are counted from 1904.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from xml.etree import ElementTree

from prosperity_excel.sheets.cells import Cell
from prosperity_excel.sheets.xlsx_facts import Facts

_BOOK, _RELATIONS, _STYLES = "xl/workbook.bin", "xl/_rels/workbook.bin.rels", "xl/styles.bin"
#: Numbers of records.
_ROW, _BLANK, _RK, _ERROR, _REAL, _FORMULA_NUMBER, _FORMULA_ERROR, _LAST_CELL = (
    0, 1, 2, 3, 5, 9, 11, 11)  # fmt: skip
_FORMAT, _XF, _PROPERTIES, _SHEET, _CELL_XFS, _CELL_XFS_END = 44, 47, 153, 156, 617, 618
_ERRORS: Mapping[int, str] = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip
_PERCENTS = frozenset({9, 10})
#: Built-in formats that show a day, those of East Asian languages among them.
_DAYS = frozenset({14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 59)})
#: What a format code holds beside its letters: quoted text, escaped letters, colours, fillers.
_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
#: Before this serial number the two ways to count from 1900 differ by the day that never was.
_FIRST_SURE = 61


@dataclass
class BinaryFacts(Facts):
    """Facts of a binary sheet; ``days`` are the serial numbers of cells that show a day."""

    days: dict[tuple[int, int], float] = field(default_factory=dict)
    date_1904: bool = False

    def mark(self, rows: list[list[Cell]]) -> None:
        """Put errors, percentages and days in their places in ``rows``."""
        super().mark(rows)
        for (row, column), serial in self.days.items():
            shown = _day(serial, date_1904=self.date_1904)
            if shown is not None and row < len(rows) and column < len(rows[row]):
                rows[row][column] = shown


class BinaryPackage:
    """The zip that an ``.xlsb`` is.

    Raises
    ------
    ValueError, KeyError, struct.error, zipfile.BadZipFile
        When it is damaged.
    """

    def __init__(self, content: bytes) -> None:
        self.zip = zipfile.ZipFile(io.BytesIO(content))
        self.names = {name.lower(): name for name in self.zip.namelist()}
        self.date_1904 = False
        self.parts: dict[str, str] = {}
        self._read_book()
        self.percents, self.days = self._styles()

    def facts(self, name: str) -> BinaryFacts:
        """Return what the records of a sheet say."""
        facts = BinaryFacts(date_1904=self.date_1904)
        part = self._part(self.parts[name])
        row = last_row = last_column = 0
        for kind, at, stop in _records(part):
            if kind == _ROW:
                (row,) = struct.unpack_from("<I", part, at)
            if not _BLANK < kind <= _LAST_CELL:
                continue
            column, style = struct.unpack_from("<II", part, at)
            last_row, last_column = max(last_row, row + 1), max(last_column, column + 1)
            if kind in (_ERROR, _FORMULA_ERROR) and at + 8 < stop:
                facts.errors[row, column] = _ERRORS.get(part[at + 8], "#N/A")
            elif kind in (_RK, _REAL, _FORMULA_NUMBER):
                # The upper byte of a style holds flags.
                if style & 0xFFFFFF in self.percents:
                    facts.percents.add((row, column))
                elif style & 0xFFFFFF in self.days:
                    facts.days[row, column] = _number(part, at + 8, kind)
        facts.cells = last_row * last_column
        return facts

    def _read_book(self) -> None:
        relations = ElementTree.fromstring(self._part(_RELATIONS))
        targets = {r.get("Id", ""): r.get("Target", "") for r in relations}
        book = self._part(_BOOK)
        for kind, at, _ in _records(book):
            if kind == _PROPERTIES:
                self.date_1904 = bool(book[at] & 1)
            elif kind == _SHEET:
                relation, at = _wide(book, at + 8)
                name, _ = _wide(book, at)
                target = targets.get(relation, "")
                whole = target[1:] if target.startswith("/") else posixpath.join("xl", target)
                self.parts.setdefault(name, posixpath.normpath(whole))

    def _styles(self) -> tuple[frozenset[int], frozenset[int]]:
        """Return the numbers of the cell styles that show a percentage, and a day."""
        if _STYLES not in self.names:
            return frozenset(), frozenset()
        part = self._part(_STYLES)
        percents, days, formats = set(_PERCENTS), set(_DAYS), []
        inside = False
        for kind, at, _ in _records(part):
            if kind == _FORMAT:
                (number,) = struct.unpack_from("<H", part, at)
                letters = _NOT_LETTERS.sub("", _wide(part, at + 2)[0]).lower()
                percents |= {number} if "%" in letters else set()
                days |= {number} if "y" in letters or "d" in letters else set()
            elif kind in (_CELL_XFS, _CELL_XFS_END):
                inside = kind == _CELL_XFS
            elif kind == _XF and inside:
                formats.append(struct.unpack_from("<H", part, at + 2)[0])
        styles = list(enumerate(formats))
        return (
            frozenset(style for style, number in styles if number in percents),
            frozenset(style for style, number in styles if number in days),
        )

    def _part(self, name: str) -> bytes:
        return self.zip.read(self.names[name.lower()])


def _records(part: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each record's number, and where its content begins and ends."""
    at = 0
    while at < len(part):
        kind = part[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | part[at] << 7
            at += 1
        length = 0
        for place in range(4):
            length |= (part[at] & 0x7F) << 7 * place
            at += 1
            if not part[at - 1] & 0x80:
                break
        if at + length > len(part):
            raise ValueError("a record ends behind its part")
        yield kind, at, at + length
        at += length


def _wide(part: bytes, at: int) -> tuple[str, int]:
    """Return a text and where it ends."""
    (length,) = struct.unpack_from("<I", part, at)
    if length == 0xFFFFFFFF:
        return "", at + 4
    stop = at + 4 + 2 * length
    return part[at + 4 : stop].decode("utf-16-le"), stop


def _number(part: bytes, at: int, kind: int) -> float:
    if kind != _RK:
        return float(struct.unpack_from("<d", part, at)[0])
    (packed,) = struct.unpack_from("<i", part, at)
    if packed & 2:
        number = float(packed >> 2)
    else:
        number = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0]
    return number / 100 if packed & 1 else number


def _day(serial: float, *, date_1904: bool) -> date | None:
    """Return the day, with its time where it has one; None where it cannot be told."""
    first = datetime(1904, 1, 1) if date_1904 else datetime(1899, 12, 30)
    if not (serial >= (0 if date_1904 else _FIRST_SURE) and serial < 2_958_466):
        return None
    when = first + timedelta(seconds=round(serial * 86_400))
    return when.date() if when.time() == datetime.min.time() else when
