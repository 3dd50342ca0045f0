"""What a sheet's XML says and readers do not: errors, uncalculated formulas, percentages, size.

A single stray cell at ``XFD1048576`` makes calamine ask for more memory than there is, which ends
the process, and calamine shows Excel errors and uncalculated formulas as blank cells. So the
package is looked at first, as bytes: nearly no sheet has any of these, and to see that must cost
little beside the reading.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.etree import ElementTree

from prosperity_excel.files.ordinary import ORDINARY_PART, TooHardError
from prosperity_excel.sheets.cells import Cell, ErrorCell, PercentCell
from prosperity_excel.sheets.plain_package import is_odd, is_odd_target, plain_package
from prosperity_excel.sheets.xml_bytes import XmlBytes

#: Largest used area of a sheet in cells, and largest part of a package in bytes.
MOST_CELLS = 8_000_000
MOST_BYTES = 500_000_000


@dataclass
class Facts:
    """What a sheet's XML says and readers do not: cells by (row, column), and the used area."""

    cells: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    percents: set[tuple[int, int]] = field(default_factory=set)

    def mark(self, rows: list[list[Cell]]) -> None:
        """Put error cells and percentages in their places in ``rows``."""
        for (row, column), error in self.errors.items():
            rows.extend([] for _ in range(row + 1 - len(rows)))
            rows[row].extend([None] * (column + 1 - len(rows[row])))
            rows[row][column] = ErrorCell(error)
        for row, column in self.percents:
            value = rows[row][column] if row < len(rows) and column < len(rows[row]) else None
            if isinstance(value, float | int) and not isinstance(value, bool):
                rows[row][column] = PercentCell(float(value))


_ATTRIBUTE = re.compile(rb"""\b(r|s|t)=["']([^"']*)["']""")
_REFERENCE = re.compile(r"^([A-Z]{1,3})(\d{1,7})$")
_REFERENCES = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
_FILLED_REFERENCES = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r=["']([A-Z]{1,3})(\d{1,7})["'][^>]*(?<!/)>"""
)
_ERROR_CELLS = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*\bt=["']e["'][^>]*)(?<!/)>(.*?)</(?:\w+:)?c>""", re.DOTALL
)
#: Cells that hold a formula and nothing, or an empty value.
_FORMULA_CELLS = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*)(?<!/)>\s*"""
    rb"""<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"""
    rb"""(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)
#: The most cells of a sheet without columns of three letters or rows of five digits.
_NEAR = 702 * 9_999
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_BUILT_IN_PERCENT = (9, 10)
_OTHER_FORMATS = ("xl/workbook.bin", "content.xml", "word/document.xml", "ppt/presentation.xml")
_ENCRYPTED_FLAG = 1


class SheetPackage:
    """The zip that an ``.xlsx`` is: where its sheets are, and what their XML says."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.zip = zipfile.ZipFile(io.BytesIO(content))
        self.entries = {i.filename.lower(): i for i in reversed(self.zip.infolist())}
        self.parts: dict[str, str] = {}
        self.date_1904 = False
        self.percent_styles: frozenset[bytes] = frozenset()
        #: Whether a part besides the sheets is in a form that readers take in different ways.
        self.is_odd = False
        self._plain: SheetPackage | None = None
        self.is_plain = False
        self._last: tuple[str, bytes] = ("", b"")
        self.refusal = self._refusal()
        if not self.refusal:
            self._read_book()

    def _refusal(self) -> str:
        entries = self.entries.values()
        refusals = {
            "encrypted": any(i.flag_bits & _ENCRYPTED_FLAG for i in entries),
            "too_large": any(i.file_size > MOST_BYTES for i in entries),
            "other_format": any(name in self.entries for name in _OTHER_FORMATS),
            "part_twice": self._is_ambiguous(),
        }
        return next((code for code, applies in refusals.items() if applies), "")

    def _is_ambiguous(self) -> bool:
        """Whether a part that a reader needs is there twice, in two versions."""
        return any(
            (entry.CRC, entry.file_size) != (other.CRC, other.file_size)
            for entry in self.zip.infolist()
            if entry.filename.lower().endswith((".xml", ".rels"))
            and (other := self.entries[entry.filename.lower()]) is not entry
        )

    def plain(self) -> SheetPackage:
        """Return the package with its XML in plain form; see :mod:`.plain_package`."""
        if self._plain is None:
            self._plain = SheetPackage(plain_package(self.content))
            self._plain.is_plain = True
        return self._plain

    def sheet_is_odd(self, name: str, *, ordinary: bool = False) -> bool:
        """Whether a sheet is in a form that readers, or the patterns here, take in different ways.

        With ``ordinary`` the cells are not looked at: :meth:`facts` does that.
        """
        entry = self.entries.get(self.parts.get(name, ""))
        if entry is None or self.is_plain:
            return False
        xml = self._part(entry)
        if is_odd(xml):
            return True
        return not ordinary and len(xml) <= ORDINARY_PART and not XmlBytes(xml).is_regular

    def _part(self, entry: zipfile.ZipInfo) -> bytes:
        """Return a sheet's XML, which is asked for twice in a row."""
        kept = self._last
        if kept[0] != entry.filename:
            kept = self._last = (entry.filename, self.zip.read(entry))
        return kept[1]

    def _read_book(self) -> None:
        main = self._related("", "officedocument", "xl/workbook.xml")
        book = self._xml(main)
        targets = self._targets(main)
        for sheet in book.iterfind("{*}sheets/{*}sheet"):
            relation = next((v for k, v in sheet.items() if k.endswith("}id")), "")
            self.parts[sheet.get("name", "")] = targets.get(relation, ("", ""))[1]
        properties = book.find("{*}workbookPr")
        self.date_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        styles = self._related(main, "styles", "xl/styles.xml")
        if styles in self.entries:
            self.percent_styles = _percent_styles(self._xml(styles))
        texts = self.entries.get(self._related(main, "sharedstrings", "xl/sharedstrings.xml"))
        self.is_odd = self.is_odd or (texts is not None and is_odd(self.zip.read(texts)))

    def facts(self, name: str, *, ordinary: bool = False) -> Facts:
        """Return what the XML of a sheet says; nothing for a sheet that has no part.

        With ``ordinary`` a sheet of which that cannot be said quickly raises
        :class:`TooHardError`.
        """
        entry = self.entries.get(self.parts.get(name, ""))
        if entry is None:
            return Facts()
        xml = self._part(entry)
        look = XmlBytes(xml)
        if ordinary and not look.is_regular:
            raise TooHardError
        facts = Facts(cells=_used_area(xml) if look.may_reach_far else _NEAR)
        if facts.cells > MOST_CELLS:
            return facts
        for attributes, inside in _ERROR_CELLS.findall(xml) if look.may_hold_errors else ():
            value = _VALUE.search(inside)
            facts.errors.update(_at(attributes, value[1].decode() if value else "#N/A"))
        for attributes in _FORMULA_CELLS.findall(xml) if look.may_hold_formulas else ():
            # A formula whose result is an empty text has t="str" and is calculated.
            if _attributes(attributes).get("t") != "str":
                facts.errors.update(_at(attributes, ""))
        if look.may_use_styles(self.percent_styles):
            styles = b"|".join(sorted(self.percent_styles))
            shown = re.compile(rb"""<(?:\w+:)?c\s([^>]*\bs=["'](?:%s)["'][^>/]*)>""" % styles)
            facts.percents.update(place for a in shown.findall(xml) for place in _at(a, ""))
        return facts

    def _xml(self, part: str) -> ElementTree.Element:
        xml = self.zip.read(self.entries[part])
        self.is_odd = self.is_odd or is_odd(xml)
        return ElementTree.fromstring(xml)

    def _targets(self, part: str) -> dict[str, tuple[str, str]]:
        """Return a part's relations: id -> (kind, target), all in lower case but the ids."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        if relations not in self.entries:
            return {}
        found = {}
        for relation in self._xml(relations):
            named = relation.get("Target", "")
            target = unquote(named).lower()
            external = relation.get("TargetMode") == "External"
            self.is_odd = self.is_odd or (not external and is_odd_target(named))
            whole = target[1:] if target.startswith("/") else posixpath.join(folder, target)
            kind = relation.get("Type", "").rsplit("/", 1)[-1].lower()
            found[relation.get("Id", "")] = (kind, posixpath.normpath(whole))
        return found

    def _related(self, part: str, kind: str, default: str) -> str:
        targets = self._targets(part).values()
        return next((target for k, target in targets if k == kind), default)


def _percent_styles(styles: ElementTree.Element) -> frozenset[bytes]:
    """Return the numbers of the cell styles whose number format shows a percentage."""
    percent = set(_BUILT_IN_PERCENT)
    for number_format in styles.iterfind("{*}numFmts/{*}numFmt"):
        code = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", number_format.get("formatCode", ""))
        if "%" in code:
            percent.add(int(number_format.get("numFmtId", "0")))
    formats = styles.iterfind("{*}cellXfs/{*}xf")
    return frozenset(
        str(place).encode()
        for place, style in enumerate(formats)
        if int(style.get("numFmtId", "0")) in percent
    )


def _used_area(xml: bytes) -> int:
    """Return the rows times columns that a reader has to hold, up to the farthest filled cell."""
    area = _area(_REFERENCES.findall(xml))
    return area if area <= MOST_CELLS else _area(_FILLED_REFERENCES.findall(xml))


def _area(references: list[tuple[bytes, bytes]]) -> int:
    columns = {letters for letters, _ in references}
    rows = {digits for _, digits in references}
    return max(map(_column, columns), default=0) * max(map(int, rows), default=0)


def _column(letters: bytes) -> int:
    """Return the number, from 1, of the column that letters name."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _attributes(text: bytes) -> dict[str, str]:
    return {k.decode(): v.decode() for k, v in _ATTRIBUTE.findall(text)}


def _at(attributes: bytes, value: str) -> dict[tuple[int, int], str]:
    """Return ``value`` by the position that a cell's attributes give; empty without one."""
    match = _REFERENCE.match(_attributes(attributes).get("r", ""))
    if match is None:
        return {}
    return {(int(match[2]) - 1, _column(match[1].encode()) - 1): value}
