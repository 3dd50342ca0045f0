"""A closed workbook as a package of parts, of which only a few are ever rewritten.

Everything that is not asked for stays as it was, byte for byte: charts, pictures, macros, pivot
tables, the user's own sheets. What is rewritten is edited as text, so that even inside those
parts nothing else changes.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from urllib.parse import unquote

from prosperity.errors import BookError

from prosperity_excel.writing.archive import members, replaced, too_large
from prosperity_excel.writing.grid import Kind
from prosperity_excel.writing.markup import (
    appended,
    decoded,
    elements,
    escaped,
    first,
    odd_part,
    swapped,
)

TYPES = "[Content_Types].xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_CHART_TYPE = "drawingml.chart+xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
#: Bytes of a part that is edited; its text takes up to four times as much, a few times over.
MOST_TEXT = 60_000_000
#: The smallest style sheet that every program accepts.
_STYLES = (
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
)


class Package:
    """The parts of a closed workbook.

    Parameters
    ----------
    content
        The file.
    name
        Its name, for messages.

    Raises
    ------
    BookError
        ``not_a_workbook`` when it is not a whole package with a workbook in it.
    """

    def __init__(self, content: bytes, name: str = "") -> None:
        self.content = content
        self.name = name
        self._parts = members(content, name)
        self._new: dict[str, bytes] = {}
        self._dropped: set[str] = set()
        self.workbook = self._office_document()
        self.sheets = self._sheets()

    @property
    def changed(self) -> frozenset[str]:
        """Names of the parts that differ from the file's."""
        return frozenset(self._new) | self._dropped

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all parts."""
        return tuple(n for n in {**self._parts, **self._new} if n not in self._dropped)

    @property
    def date_1904(self) -> bool:
        """Whether the workbook counts its days from 1904."""
        properties = first(self.text(self.workbook), "workbookPr")
        flag = properties.attributes.get("date1904", "0") if properties else "0"
        return flag in ("1", "true", "on")

    def text(self, name: str) -> str:
        """Return a part as text, with the changes made so far.

        Raises
        ------
        BookError
            ``too_large`` or ``odd_part`` when it cannot be edited.
        """
        part = self._new.get(name, self._parts.get(name, b""))
        if len(part) > MOST_TEXT:
            raise too_large(self.name)
        return decoded(part, name)

    def put(self, name: str, text: str) -> None:
        """Set a part; nothing is noted when it equals the file's."""
        new = text.encode("utf-8")
        if self._parts.get(name) == new:
            self._new.pop(name, None)
        else:
            self._new[name] = new

    def bytes(self) -> bytes:
        """Return the whole file with the changes; the same bytes when there are none.

        Raises
        ------
        BookError
            ``not_a_workbook`` when the result, read back, is not what was meant.
        """
        if not self.changed:
            return self.content
        result = replaced(self.content, self._new, frozenset(self._dropped))
        wanted = {name: self._new.get(name, self._parts.get(name)) for name in self.names}
        if members(result) != wanted:
            raise odd_part(self.workbook)
        return result

    @property
    def shared_texts(self) -> str | None:
        """The part of the texts that cells share; None where there is none."""
        return self._target("/sharedStrings")

    def chart_parts(self) -> list[str]:
        """Return the names of the chart parts."""
        types = self.text(TYPES)
        named = (e.attributes for e in elements(types, "Override"))
        charts = [a["PartName"] for a in named if a.get("ContentType", "").endswith(_CHART_TYPE)]
        return [name for name in map(_member, charts) if name in self._parts]

    def add_sheet(self, name: str, sheet: str) -> str:
        """Add a worksheet at the end; return the name of its part.

        Parameters
        ----------
        name
            Name of the sheet; no other may have it.
        sheet
            The XML inside the ``worksheet`` element, without prefixes.
        """
        folder = posixpath.join(posixpath.dirname(self.workbook), "worksheets")
        taken = {part.casefold() for part in (*self._parts, *self._new)}
        number = 1
        while f"{folder}/sheet{number}.xml".casefold() in taken:
            number += 1
        part = f"{folder}/sheet{number}.xml"
        text = self.text(self.workbook)
        strict = _STRICT in text
        main = f"{_STRICT}spreadsheetml/main" if strict else _MAIN
        self.put(part, f'{_HEAD}<worksheet xmlns="{main}">{sheet}</worksheet>')
        id = self._relate(part, "worksheet", _SHEET_TYPE)
        sheets = list(elements(text, "sheet"))
        if not sheets:
            raise odd_part(self.workbook)
        numbers = [int(s.attributes.get("sheetId", "0")) for s in sheets]
        linked = next((key for key in sheets[0].attributes if key.endswith(":id")), "r:id")
        line = (
            f'<{sheets[0].prefix}sheet name="{escaped(name)}" sheetId="{max(numbers) + 1}" '
            f'{linked}="{id}"/>'
        )
        self.put(self.workbook, appended(text, "sheets", line, self.workbook))
        self.sheets[name] = part
        return part

    def add_styles(self, formats: Mapping[Kind, int]) -> dict[Kind, int]:
        """Return the style number of each format, adding to the style sheet what is not there.

        Parameters
        ----------
        formats
            Built-in number format by name.
        """
        name = self._styles()
        text = self.text(name)
        styles = first(text, "cellXfs")
        if styles is None:
            raise odd_part(name)
        known = [
            (e.attributes, e.inner.strip())
            for e in elements(text, "xf", styles.start + len(styles.opening), styles.stop)
        ]
        found: dict[Kind, int] = {}
        fresh: list[str] = []
        for kind, number in formats.items():
            wanted = {"numFmtId": str(number), "fontId": "0", "fillId": "0", "borderId": "0",
                      "xfId": "0", "applyNumberFormat": "1"}  # fmt: skip
            if (wanted, "") in known:
                found[kind] = known.index((wanted, ""))
                continue
            found[kind] = len(known)
            known.append((wanted, ""))
            said = " ".join(f'{key}="{value}"' for key, value in wanted.items())
            fresh.append(f"<{styles.prefix}xf {said}/>")
        if fresh:
            counted = re.sub(r'(\scount=)(["\'])\d+\2', rf"\g<1>\g<2>{len(known)}\g<2>",
                             styles.opening)  # fmt: skip
            text = text[: styles.start] + counted + text[styles.start + len(styles.opening) :]
            self.put(name, appended(text, "cellXfs", "".join(fresh), name))
        return found

    def recalculate_on_load(self) -> None:
        """Have formulas that read our sheets computed when the workbook is opened."""
        text = self.text(self.workbook)
        element = first(text, "calcPr")
        if element is None:
            # The schema's order: calcPr stands after the defined names, else after the sheets.
            before = next(
                e for tag in ("definedNames", "externalReferences", "functionGroups", "sheets")
                if (e := first(text, tag)) is not None
            )  # fmt: skip
            line = f'<{before.prefix}calcPr fullCalcOnLoad="1"/>'
            self.put(self.workbook, text[: before.stop] + line + text[before.stop :])
        elif element.attributes.get("fullCalcOnLoad") not in ("1", "true"):
            plain = re.sub(r'\s+fullCalcOnLoad=("[^"]*"|\'[^\']*\')', "", element.opening)
            tail = "/>" if plain.endswith("/>") else ">"
            opening = f'{plain[: -len(tail)].rstrip()} fullCalcOnLoad="1"{tail}'
            place = element.start + len(element.opening)
            self.put(self.workbook, text[: element.start] + opening + text[place:])

    def forget_calculation(self, sheets: frozenset[str]) -> None:
        """Take the cells of ``sheets`` out of the calculation chain: they hold no formulas now."""
        chain = self._target("/calcChain")
        if chain is None:
            return
        text = self.text(chain)
        ids = {
            e.attributes.get("sheetId")
            for e in elements(self.text(self.workbook), "sheet")
            if e.attributes.get("name") in sheets
        }
        kept: list[str] = []
        current, gone, count = "", False, 0
        for entry in elements(text, "c"):
            count += 1
            current = entry.attributes.get("i", current)
            if current in ids:
                gone = True
                continue
            line = text[entry.start : entry.stop]
            if gone and "i" not in entry.attributes:
                line = re.sub(r"^(<[\w.:-]+)", rf'\1 i="{current}"', line)
            kept.append(line)
            gone = False
        if len(kept) == count:
            return
        whole = first(text, "calcChain")
        if kept and whole is not None:
            closing = f"</{whole.prefix}calcChain>"
            self.put(chain, swapped(text, whole, whole.opening + "".join(kept) + closing))
        else:
            self._drop(chain)

    def _office_document(self) -> str:
        for entry in elements(self.text("_rels/.rels"), "Relationship"):
            if entry.attributes.get("Type", "").endswith("/officeDocument"):
                target = _member(posixpath.join("/", entry.attributes.get("Target", "")))
                if target in self._parts:
                    return target
        raise BookError(
            "not_a_workbook",
            "这不是 Excel 工作簿；请用 Excel 打开并另存为 .xlsx。",
            "This is not an Excel workbook; open it in Excel and save it as .xlsx.",
        )

    def _relations_part(self) -> str:
        folder, file = posixpath.split(self.workbook)
        return posixpath.join(folder, "_rels", f"{file}.rels")

    def _relations(self) -> dict[str, dict[str, str]]:
        entries = elements(self.text(self._relations_part()), "Relationship")
        return {e.attributes.get("Id", ""): e.attributes for e in entries}

    def _resolve(self, target: str) -> str:
        return _member(posixpath.normpath(posixpath.join("/", posixpath.dirname(self.workbook),
                                                         target)))  # fmt: skip

    def _target(self, kind: str) -> str | None:
        """Return the part of the first relation of the workbook whose type ends with ``kind``."""
        for relation in self._relations().values():
            part = self._resolve(relation.get("Target", ""))
            if relation.get("Type", "").endswith(kind) and part in self.names:
                return part
        return None

    def _sheets(self) -> dict[str, str]:
        """Return the part of each worksheet by the sheet's name, in order."""
        relations = self._relations()
        found: dict[str, str] = {}
        for sheet in elements(self.text(self.workbook), "sheet"):
            id = next((v for k, v in sheet.attributes.items() if k.endswith(":id")), "")
            relation = relations.get(id, {})
            if relation.get("Type", "").endswith("/worksheet"):
                found[sheet.attributes.get("name", "")] = self._resolve(relation["Target"])
        return found

    def _styles(self) -> str:
        found = self._target("/styles")
        if found is not None:
            return found
        part = posixpath.join(posixpath.dirname(self.workbook), "styles.xml")
        strict = _STRICT in self.text(self.workbook)
        main = f"{_STRICT}spreadsheetml/main" if strict else _MAIN
        self.put(part, f'{_HEAD}<styleSheet xmlns="{main}">{_STYLES}</styleSheet>')
        self._relate(part, "styles", _STYLES_TYPE)
        return part

    def _relate(self, part: str, kind: str, content_type: str) -> str:
        """Make a new part of the workbook known to the package; return the relation's id."""
        relations, name = self._relations(), self._relations_part()
        number = len(relations) + 1
        while f"rId{number}" in relations:
            number += 1
        folder = _STRICT_RELATIONS if _STRICT in self.text(self.workbook) else _RELATIONS
        text, types = self.text(name), self.text(TYPES)
        prefix = _prefix(text, "Relationships")
        line = (
            f'<{prefix}Relationship Id="rId{number}" Type="{folder}/{kind}" '
            f'Target="/{escaped(part)}"/>'
        )
        self.put(name, appended(text, "Relationships", line, name))
        prefix = _prefix(types, "Types")
        line = f'<{prefix}Override PartName="/{escaped(part)}" ContentType="{content_type}"/>'
        self.put(TYPES, appended(types, "Types", line, TYPES))
        return f"rId{number}"

    def _drop(self, part: str) -> None:
        """Remove a part of the workbook, and all that makes it known."""
        for name, tag, key in (
            (self._relations_part(), "Relationship", "Target"),
            (TYPES, "Override", "PartName"),
        ):
            text = self.text(name)
            for element in reversed(list(elements(text, tag))):
                target = element.attributes.get(key, "")
                if (self._resolve(target) if key == "Target" else _member(target)) == part:
                    text = swapped(text, element, "")
            self.put(name, text)
        self._new.pop(part, None)
        self._dropped.add(part)


def _member(part: str) -> str:
    return unquote(part).lstrip("/")


def _prefix(text: str, name: str) -> str:
    element = first(text, name)
    return element.prefix if element else ""
