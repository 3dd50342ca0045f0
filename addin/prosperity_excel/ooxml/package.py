"""The parts of a closed workbook, of which only a few are ever rewritten.

Everything that is not asked for stays as it was, byte for byte: charts, pictures, macros, pivot
tables, the user's own sheets. What is rewritten is edited in place, so that even inside those
parts nothing else changes. Parts are found as the package says, by their types and relations.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from prosperity.errors import BookError

from prosperity_excel.ooxml.markup import Element, Splices, escaped, odd_part, with_attribute
from prosperity_excel.ooxml.parts import Parts, folded, member_of
from prosperity_excel.words.fields import Kind

TYPES = "[Content_Types].xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_CHART_TYPE = "drawingml.chart+xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
#: What stands before ``calcPr`` in a workbook part, as the schema orders it.
_BEFORE_CALCULATION = ("definedNames", "externalReferences", "functionGroups", "sheets")
#: The highest number of a sheet that Excel takes.
_MOST_SHEET_ID = 65_534
#: The smallest style sheet that every program accepts.
_STYLES = (
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
)


class Package(Parts):
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
        super().__init__(content, name)
        self._types = self.found(TYPES)
        self.workbook = self._office_document()
        root = self.tree(self.workbook).root
        self.is_strict = root.scope().get(root.prefix.rstrip(":"), "").startswith(_STRICT)
        self.sheets = self._sheets()
        self._aside: set[str] = set()

    @property
    def taken(self) -> frozenset[str]:
        """Names of all sheets, of whatever kind, folded."""
        sheets = self.tree(self.workbook).named("sheet")
        return frozenset(s.attributes.get("name", "").casefold() for s in sheets)

    @property
    def is_rearranged(self) -> bool:
        """Whether any part has changed that other sheets depend on, besides sheets and charts.

        Parts of which :meth:`note_aside` was told do not count.
        """
        own = {*self.sheets.values(), *self.chart_parts(), *self._aside}
        return not self.changed <= own

    @property
    def date_1904(self) -> bool:
        """Whether the workbook counts its days from 1904."""
        properties = self.tree(self.workbook).first("workbookPr")
        flag = properties.attributes.get("date1904", "0") if properties else "0"
        return flag in ("1", "true", "on")

    @property
    def shared_texts(self) -> str | None:
        """The part of the texts that cells share; None where there is none."""
        return self._target("/sharedStrings")

    def chart_parts(self) -> list[str]:
        """Return the names of the chart parts."""
        types = self.tree(self._types).root
        overrides: dict[str, str] = {}
        for entry in types.children("package:Override"):
            said = entry.attributes
            overrides[folded(member_of(said.get("PartName", "")))] = said.get("ContentType", "")
        defaults = {
            entry.attributes.get("Extension", "").casefold(): entry.attributes.get(
                "ContentType", ""
            )
            for entry in types.children("package:Default")
        }
        found = []
        for name in self.names:
            extension = posixpath.splitext(name)[1].removeprefix(".").casefold()
            if overrides.get(folded(name), defaults.get(extension, "")).endswith(_CHART_TYPE):
                found.append(name)
        return found

    def add_sheet(self, name: str, sheet: str) -> str:
        """Add a worksheet at the end; return the name of its part.

        Parameters
        ----------
        name
            Name of the sheet.
        sheet
            The XML inside the ``worksheet`` element, without prefixes.

        Raises
        ------
        BookError
            ``name_taken`` when a sheet of another kind has the name.
        """
        if name.casefold() in self.taken:
            raise self._name_taken(name)
        folder = posixpath.join(posixpath.dirname(self.workbook), "worksheets")
        taken = {folded(part) for part in (*self._parts, *self._new)}
        number = 1
        while folded(f"{folder}/sheet{number}.xml") in taken:
            number += 1
        part = f"{folder}/sheet{number}.xml"
        main = f"{_STRICT}spreadsheetml/main" if self.is_strict else _MAIN
        self.put(part, f'{_HEAD}<worksheet xmlns="{main}">{sheet}</worksheet>'.encode())
        id = self._relate(part, "worksheet", _SHEET_TYPE)
        tree = self.tree(self.workbook)
        sheets = tree.root.child("sheets")
        if sheets is None:
            raise odd_part(self.workbook)
        numbers = {int(s.attributes.get("sheetId", "0")) for s in sheets.named("sheet")}
        free = max(numbers, default=0) + 1
        if free > _MOST_SHEET_ID:
            free = next(n for n in range(1, _MOST_SHEET_ID) if n not in numbers)
        prefix, declaration = self._relations_prefix(sheets)
        line = (
            f'<{sheets.prefix}sheet name="{escaped(name)}" sheetId="{free}" '
            f'{declaration}{prefix}:id="{id}"/>'
        )
        splices = Splices(tree)
        splices.append(sheets, line)
        self.put(self.workbook, splices.result())
        self.sheets[name] = part
        return part

    def add_styles(self, formats: Mapping[Kind, int]) -> dict[Kind, int]:
        """Return the style number of each format, adding to the style sheet what is not there.

        Parameters
        ----------
        formats
            Built-in number format by name.
        """
        name = self.styles_part()
        tree = self.tree(name)
        styles = tree.root.child("cellXfs")
        if styles is None:
            raise odd_part(name)
        known = [
            (entry.attributes, next(entry.children(), None) is None)
            for entry in styles.children("xf")
        ]
        found: dict[Kind, int] = {}
        fresh: list[str] = []
        for kind, number in formats.items():
            wanted = {"numFmtId": str(number), "fontId": "0", "fillId": "0", "borderId": "0",
                      "xfId": "0", "applyNumberFormat": "1"}  # fmt: skip
            if (wanted, True) in known:
                found[kind] = known.index((wanted, True))
                continue
            found[kind] = len(known)
            known.append((wanted, True))
            said = " ".join(f'{key}="{value}"' for key, value in wanted.items())
            fresh.append(f"<{styles.prefix}xf {said}/>")
        if fresh:
            counted = "count" in styles.attributes
            opening = (
                with_attribute(styles.opening, "count", str(len(known)))
                if counted
                else styles.opening
            )
            splices = Splices(tree)
            splices.append(styles, "".join(fresh), opening)
            self.put(name, splices.result())
        return found

    def recalculate_on_load(self) -> None:
        """Have formulas that read our sheets computed when the workbook is opened."""
        tree = self.tree(self.workbook)
        splices = Splices(tree)
        element = tree.root.child("calcPr")
        if element is None:
            before = next(
                (e for tag in _BEFORE_CALCULATION if (e := tree.root.child(tag)) is not None), None
            )
            if before is None:
                raise odd_part(self.workbook)
            line = f'<{tree.root.prefix}calcPr fullCalcOnLoad="1"/>'
            splices.put(before.stop, before.stop, line)
        elif element.attributes.get("fullCalcOnLoad") not in ("1", "true"):
            splices.reopen(element, with_attribute(element.opening, "fullCalcOnLoad", "1"))
        self.put(self.workbook, splices.result())

    def note_aside(self, *parts: str) -> None:
        """Say that changes of these parts concern no sheet."""
        self._aside.update(parts)

    def relate_to_root(self, part: str, kind: str, content_type: str) -> tuple[str, ...]:
        """Make a new part of the package itself known; return the parts that say so.

        Parameters
        ----------
        part, content_type
            The part and its type.
        kind
            The whole type of the relation.
        """
        name = self.found("_rels/.rels")
        ids = {entry.attributes.get("Id", "") for entry in self._entries(name)}
        number = next(n for n in range(1, len(ids) + 2) if f"rId{n}" not in ids)
        aside = tuple({name, self._types} - self.changed)
        self._append(name, f'Relationship Id="rId{number}" Type="{kind}" Target="{escaped(part)}"')
        named = f'PartName="/{escaped(part)}"'
        self._append(self._types, f'Override {named} ContentType="{content_type}"')
        return aside

    def forget_calculation(self, sheets: frozenset[str]) -> None:
        """Take the cells of ``sheets`` out of the calculation chain: they hold no formulas now."""
        chain = self._target("/calcChain")
        if chain is None:
            return
        ids = {
            sheet.attributes.get("sheetId")
            for sheet in self.tree(self.workbook).named("sheet")
            if sheet.attributes.get("name") in sheets
        }
        tree = self.tree(chain)
        entries = [entry for entry in tree.root.children() if "r" in entry.attributes]
        splices = Splices(tree)
        current, gone, kept = "", False, 0
        for entry in entries:
            said = entry.attributes.get("i")
            current = said or current
            if current in ids:
                gone = True
                splices.replace(entry, "")
                continue
            if gone and not said:
                # A cell that does not say its sheet is in that of the one before.
                splices.reopen(entry, with_attribute(entry.opening, "i", current))
            kept, gone = kept + 1, False
        if kept:
            self.put(chain, splices.result())
        elif entries:
            self._drop(chain)

    def _office_document(self) -> str:
        entries = self._entries("_rels/.rels")
        for entry in entries:
            if entry.attributes.get("Type", "").endswith("/officeDocument"):
                target = self.found(posixpath.join("/", entry.attributes.get("Target", "")))
                if target in self._parts:
                    return target
        raise BookError(
            "no_workbook_part",
            "这不是 Excel 工作簿；请用 Excel 打开并另存为 .xlsx。",
            "This is not an Excel workbook; open it in Excel and save it as .xlsx.",
            where=self.name,
        )

    def _entries(self, part: str) -> list[Element]:
        """Return the relations of a part of relations; none where there is no such part."""
        name = self.found(part)
        return self.tree(name).named("package:Relationship") if name in self.names else []

    def _relations_part(self) -> str:
        folder, file = posixpath.split(self.workbook)
        return self.found(posixpath.join(folder, "_rels", f"{file}.rels"))

    def _relations(self) -> dict[str, dict[str, str]]:
        entries = self._entries(self._relations_part())
        return {e.attributes.get("Id", ""): e.attributes for e in entries}

    def _resolve(self, target: str) -> str:
        folder = posixpath.dirname(self.workbook)
        return self.found(posixpath.normpath(posixpath.join("/", folder, target)))

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
        for sheet in self.tree(self.workbook).named("sheet"):
            said = sheet.attributes
            relation = relations.get(said.get("office:id", ""), {})
            part = self._resolve(relation.get("Target", ""))
            if relation.get("Type", "").endswith("/worksheet") and part in self._parts:
                found[said.get("name", "")] = part
        return found

    def _relations_prefix(self, sheets: Element) -> tuple[str, str]:
        """Return the prefix of relations inside an element, and its declaration if it needs one."""
        space = _STRICT_RELATIONS if self.is_strict else _RELATIONS
        scope = sheets.scope()
        known = next((prefix for prefix, uri in scope.items() if uri == space and prefix), None)
        if known is not None:
            return known, ""
        free = next(prefix for prefix in ("r", "rel", "rel2") if f"{prefix}:" != sheets.prefix)
        return free, f'xmlns:{free}="{space}" '

    def styles_part(self) -> str:
        """Return the name of the style sheet, made where there is none."""
        found = self._target("/styles")
        if found is not None:
            return found
        part = posixpath.join(posixpath.dirname(self.workbook), "styles.xml")
        main = f"{_STRICT}spreadsheetml/main" if self.is_strict else _MAIN
        self.put(part, f'{_HEAD}<styleSheet xmlns="{main}">{_STYLES}</styleSheet>'.encode())
        self._relate(part, "styles", _STYLES_TYPE)
        return part

    def _relate(self, part: str, kind: str, content_type: str) -> str:
        """Make a new part of the workbook known to the package; return the relation's id."""
        relations, name = self._relations(), self._relations_part()
        number = len(relations) + 1
        while f"rId{number}" in relations:
            number += 1
        folder = _STRICT_RELATIONS if self.is_strict else _RELATIONS
        self._append(
            name,
            f'Relationship Id="rId{number}" Type="{folder}/{kind}" Target="/{escaped(part)}"',
        )
        named = f'PartName="/{escaped(part)}"'
        self._append(self._types, f'Override {named} ContentType="{content_type}"')
        return f"rId{number}"

    def _append(self, name: str, said: str) -> None:
        """Put an empty element at the end of a part's outermost one."""
        tree = self.tree(name)
        splices = Splices(tree)
        splices.append(tree.root, f"<{tree.root.prefix}{said}/>")
        self.put(name, splices.result())

    def _drop(self, part: str) -> None:
        """Remove a part of the workbook, and all that makes it known."""
        relations = Splices(self.tree(self._relations_part()))
        for entry in relations.tree.named("package:Relationship"):
            if self._resolve(entry.attributes.get("Target", "")) == part:
                relations.replace(entry, "")
        self.put(self._relations_part(), relations.result())
        types = Splices(self.tree(self._types))
        for entry in types.tree.named("package:Override"):
            if self.found(entry.attributes.get("PartName", "")) == part:
                types.replace(entry, "")
        self.put(self._types, types.result())
        self._new.pop(part, None)
        self._trees.pop(part, None)
        self._dropped.add(part)

    def _name_taken(self, sheet: str) -> BookError:
        return BookError(
            "name_taken",
            f"工作簿已有名为 {sheet} 的表，但它不是工作表（如图表页），不能写入；请改名再试。",
            f"The book has a sheet {sheet} that holds no cells, such as a chart sheet, so nothing "
            "can be written there. Rename it and try again.",
            where=self.name,
        )
