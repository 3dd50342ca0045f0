"""A book of ours as other programs would have written it: the same content in every other form."""

from __future__ import annotations

import io
import posixpath
import random
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.parsers import expat
from xml.sax.saxutils import escape

from openpyxl.utils import column_index_from_string

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
XML = "http://www.w3.org/XML/1998/namespace"
STRICT = {
    MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
    OFFICE: "http://purl.oclc.org/ooxml/officeDocument/relationships",
    "http://schemas.openxmlformats.org/drawingml/2006/": "http://purl.oclc.org/ooxml/drawingml/",
}
#: What a search by pattern takes for the place.
LOOKALIKE = (
    '</Types></Relationships></sheets></sheetData></worksheet></c></row><sheetData/><sheets/>'
    '<sheet name="result" sheetId="99" r:id="rId99"/><row r="1"><c r="A1" t="e"><v>#N/A</v></c>'
    "</row><definedName>result!A1</definedName><cellXfs count='0'><calcPr>"
)  # fmt: skip
Members = dict[str, bytes]


@dataclass(frozen=True)
class Form:
    """How XML is written.

    Attributes
    ----------
    names : str
        ``default`` for namespaces without a prefix, ``prefixed``, ``low`` for declarations where
        they are used, ``odd`` for both with prefixes that mean something else elsewhere.
    quote : str
    long_ends : bool
        Whether no tag begins and ends an element.
    spaces : str
        What stands between attributes and before the end of a tag.
    shuffled : bool
        Whether attributes come in any order.
    between : str
        What is put behind start tags: a comment or a processing instruction.
    cdata : bool
        Whether texts stand in CDATA sections.
    head : str
        What stands before the root.
    coding : str
    """

    names: str = "default"
    quote: str = '"'
    long_ends: bool = False
    spaces: str = " "
    shuffled: bool = False
    between: str = ""
    cdata: bool = False
    head: str = '<?xml version="1.0" encoding="{}" standalone="yes"?>\n'
    coding: str = "utf-8"


class _Writer:
    """Writes again what a parser reads, in another form."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.out: list[str] = []
        self.scopes: list[dict[str, str]] = [{XML: "xml"}]
        self.tags: list[str] = []
        self.open = False
        self.chance = random.Random(1)

    def prefix(self, space: str, *, attribute: bool) -> str:
        if space == XML:
            return "xml"
        if self.form.names == "odd":
            return {MAIN: "r", OFFICE: "x"}.get(space, f"n{len(space)}")
        if self.form.names == "default" and not attribute:
            return ""
        known = {MAIN: "x", OFFICE: "d3p1" if self.form.names == "prefixed" else "r"}
        return known.get(space, f"n{len(space)}")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.close()
        scope, fresh = dict(self.scopes[-1]), {}

        def written(whole: str, *, attribute: bool) -> str:
            space, _, local = whole.rpartition(" ")
            if not space:
                return local
            prefix = self.prefix(space, attribute=attribute)
            if scope.get(prefix) != space and space != XML:
                scope[prefix] = fresh[prefix] = space
            return f"{prefix}:{local}" if prefix else local

        tag = written(name, attribute=False)
        if not self.tags and self.form.names in ("default", "prefixed"):
            for space in (MAIN, OFFICE) if MAIN in name else ():
                written(f"{space} x", attribute=space == OFFICE)
        said = [(written(key, attribute=True), value) for key, value in attributes.items()]
        said += [(f"xmlns:{p}" if p else "xmlns", space) for p, space in fresh.items()]
        if self.form.shuffled:
            self.chance.shuffle(said)
        quote, gap = self.form.quote, self.form.spaces
        equals = "=" if gap == " " else f"{gap}={gap}"
        entities = {quote: "&quot;" if quote == '"' else "&apos;", "\n": "&#10;"}
        body = "".join(f"{gap}{key}{equals}{quote}{escape(v, entities)}{quote}" for key, v in said)
        self.out.append(f"<{tag}{body}{'' if gap == ' ' else gap}")
        self.scopes.append(scope)
        self.tags.append(tag)
        self.open = True
        if self.form.between and name.rpartition(" ")[2] not in ("v", "t", "f"):
            self.close()
            self.out.append(self.form.between)

    def end(self, name: str) -> None:
        tag = self.tags.pop()
        self.scopes.pop()
        if self.open and not self.form.long_ends:
            self.out.append("/>")
            self.open = False
            return
        self.close()
        self.out.append(f"</{tag}{'' if self.form.spaces == ' ' else self.form.spaces}>")

    def text(self, data: str) -> None:
        self.close()
        whole = self.form.cdata and data.strip() and "]]>" not in data
        self.out.append(f"<![CDATA[{data}]]>" if whole else escape(data))

    def close(self) -> None:
        if self.open:
            self.out.append(">")
            self.open = False


def rewritten(part: bytes, form: Form) -> bytes:
    """Return a part in another form."""
    writer = _Writer(form)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = writer.start, writer.end
    parser.CharacterDataHandler = writer.text
    parser.Parse(part, True)
    head = form.head.format("UTF-16" if "16" in form.coding else "UTF-8")
    return (head + "".join(writer.out)).encode(form.coding)


def in_form(form: Form, *, rels: bool = True) -> Callable[[Members], Members]:
    """Return what writes all parts of a book in another form."""

    def change(parts: Members) -> Members:
        return {
            name: rewritten(part, form)
            if name.endswith(".xml") or (rels and name.endswith(".rels"))
            else part
            for name, part in parts.items()
        }

    return change


FORMS: Mapping[str, Form] = {
    "prefixed": Form(names="prefixed"),
    "declared_low": Form(names="low"),
    "odd_prefixes": Form(names="odd"),
    "single_quotes": Form(quote="'"),
    "end_tags_written_out": Form(long_ends=True),
    "blanks_in_tags": Form(spaces="\n\t "),
    "attributes_shuffled": Form(shuffled=True),
    "comments": Form(between=f"<!-- {LOOKALIKE} -->"),
    "instructions": Form(between=f"<?keep {LOOKALIKE.replace('?', '')}?>"),
    "cdata": Form(cdata=True),
    "no_declaration": Form(head=""),
    "comment_before_the_root": Form(head=f"<?xml version='1.0'?><!-- {LOOKALIKE} -->\n"),
    "byte_order_mark": Form(coding="utf-8-sig"),
    "utf16": Form(coding="utf-16"),
    "utf16_big_endian": Form(head="\ufeff" + Form().head, coding="utf-16-be"),
    "everything": Form("odd", "'", True, "\n ", True, f"<!-- {LOOKALIKE} -->", True,
                       coding="utf-16"),
}  # fmt: skip


# -- what a part says, said otherwise


def _sheets(parts: Members) -> list[str]:
    return [name for name in parts if name.startswith("xl/worksheets/sheet")]


def _swap(parts: Members, name: str, old: str, new: str, count: int = -1) -> None:
    text = parts[name].decode()
    assert old in text, (name, old)
    parts[name] = text.replace(old, new, count).encode()


def openpyxl_relations(parts: Members) -> Members:
    """``xmlns:r`` on each sheet and on the root no such thing, as openpyxl writes it."""
    text = parts["xl/workbook.xml"].decode().replace(f' xmlns:r="{OFFICE}"', "")
    text = text.replace(" r:id=", f' xmlns:r="{OFFICE}" r:id=')
    return {**parts, "xl/workbook.xml": text.encode()}


def rich_text(parts: Members) -> Members:
    """Texts in the cells themselves, in pieces of several looks with end tags written out."""
    items = re.findall(r"<si>(.*?)</si>", parts["xl/sharedStrings.xml"].decode(), re.DOTALL)
    texts = [re.sub("<[^>]*>", "", item) for item in items]

    def inline(found: re.Match[str]) -> str:
        text = texts[int(found[2])]
        pieces = "".join(
            f'<r><rPr><b></b><color rgb="FFFF0000"></color></rPr>'
            f'<t xml:space="preserve">{piece}</t></r>'
            for piece in (text[:1], text[1:]) if piece and "&" not in text
        ) or f"<t>{text}</t>"  # fmt: skip
        return f'<c{found[1]} t="inlineStr"><is>{pieces}</is></c>'

    parts = dict(parts)
    for name in _sheets(parts):
        text = parts[name].decode()
        parts[name] = re.sub(r'<c( [^>]*) t="s"><v>(\d+)</v></c>', inline, text).encode()
    return parts


def without_places(parts: Members) -> Members:
    """No ``r`` on rows and cells, blank ones in the gaps."""
    ElementTree.register_namespace("", MAIN)
    ElementTree.register_namespace("r", OFFICE)
    parts = dict(parts)
    for name in _sheets(parts):
        root = ElementTree.fromstring(parts[name])
        data = root.find(f"{{{MAIN}}}sheetData")
        assert data is not None
        rows = list(data)
        data[:] = []
        for row in rows:
            while len(data) + 1 < int(row.get("r", "0")):
                data.append(ElementTree.Element(f"{{{MAIN}}}row"))
            cells = list(row)
            row[:] = []
            for cell in cells:
                letters = re.sub(r"\d", "", cell.attrib.pop("r"))
                while len(row) + 1 < column_index_from_string(letters):
                    row.append(ElementTree.Element(f"{{{MAIN}}}c"))
                row.append(cell)
            row.attrib = {k: v for k, v in row.attrib.items() if k not in ("r", "spans")}
            data.append(row)
        parts[name] = ElementTree.tostring(root, encoding="UTF-8")
    return parts


def without(*patterns: str) -> Callable[[Members], Members]:
    """Return what takes parts away, and all that makes them known."""

    def change(parts: Members) -> Members:
        gone = [name for name in parts if any(re.search(p, name) for p in patterns)]
        kept = {name: part for name, part in parts.items() if name not in gone}
        for name in kept:
            if name.endswith((".rels", "Types].xml")):
                text = kept[name].decode()
                for lost in gone:
                    file = re.escape(lost.rpartition("/")[2])
                    text = re.sub(rf'<(?:Override|Relationship) [^>]*{file}"[^>]*/>', "", text)
                kept[name] = text.encode()
        return kept

    return change


def no_styles(parts: Members) -> Members:
    parts = without("styles.xml")(parts)
    for name in _sheets(parts):
        parts[name] = re.sub(rb' (?:s|style)="\d+"', b"", parts[name])
    return parts


def no_strings(parts: Members) -> Members:
    return without("sharedStrings")(rich_text(parts))


def no_dimension(parts: Members) -> Members:
    return {n: re.sub(rb"<dimension [^>]*/>", b"", part) for n, part in parts.items()}


def strict(parts: Members) -> Members:
    """The other family of namespaces, as "Strict Open XML Spreadsheet"."""
    parts = dict(parts)
    for name, part in parts.items():
        if name.endswith((".xml", ".rels")) and name != "[Content_Types].xml":
            text = part.decode()
            for old, new in STRICT.items():
                text = text.replace(old, new)
            parts[name] = text.encode()
    _swap(parts, "xl/workbook.xml", "<workbook ", '<workbook conformance="strict" ', 1)
    return parts


def targets(change: Callable[[str], str]) -> Callable[[Members], Members]:
    """Return what writes the targets of the workbook's relations otherwise."""

    def act(parts: Members) -> Members:
        name = "xl/_rels/workbook.xml.rels"
        text = re.sub(r'(?<=Target=")[^"]*', lambda m: change(m[0]), parts[name].decode())
        return {**parts, name: text.encode()}

    return act


def alternatives(parts: Members) -> Members:
    """What only newer programs know, beside what all do, as Excel writes it."""
    parts = dict(parts)
    block = (
        f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x15" xmlns:x15="urn:x15">'
        '<x15:absPath url="C:\\&lt;sheets&gt;"/><sheets/></mc:Choice><mc:Fallback/>'
        "</mc:AlternateContent>"
    )
    _swap(parts, "xl/workbook.xml", "<bookViews>", block + "<bookViews>")
    controls = (
        f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x14" xmlns:x14="urn:x14">'
        "<controls/><x14:sheetData/></mc:Choice></mc:AlternateContent>"
    )
    for name in _sheets(parts):
        _swap(parts, name, "</worksheet>", controls + "</worksheet>")
    return parts


def types_upside_down(parts: Members) -> Members:
    """Entries of the content types in the other order, and defaults where overrides would do."""
    text = parts["[Content_Types].xml"].decode()
    entries = re.findall("<(?:Override|Default) [^>]*/>", text)
    for n, entry in enumerate(entries):
        text = text.replace(entry, f"@{n}@")
    for n, entry in enumerate(reversed(entries)):
        text = text.replace(f"@{n}@", entry)
    return {**parts, "[Content_Types].xml": text.encode()}


def another_case(parts: Members) -> Members:
    """Parts whose names are written in another case than where they are named."""
    return {
        name.upper() if name.startswith(("xl/work", "xl/styles", "[")) else name: part
        for name, part in parts.items()
    }


def hidden_sheets(parts: Members) -> Members:
    parts = dict(parts)
    text = parts["xl/workbook.xml"].decode()
    parts["xl/workbook.xml"] = re.sub(
        r'(<sheet name="(?:definition|prices)")', r'\1 state="veryHidden"', text
    ).encode()
    return parts


def defined_names(parts: Members) -> Members:
    parts = dict(parts)
    names = (
        '<definedNames><definedName name="mine" comment="&lt;/definedNames&gt;">data!$B$4'
        '</definedName><definedName name="_xlnm.Print_Area" localSheetId="0">data!$A$1:$C$9'
        "</definedName></definedNames>"
    )
    _swap(parts, "xl/workbook.xml", "</sheets>", f"</sheets>{names}")
    return parts


WITHIN: Mapping[str, Callable[[Members], Members]] = {
    "openpyxl_relations": openpyxl_relations,
    "rich_text": rich_text,
    "without_places": without_places,
    "no_dimension": no_dimension,
    "no_styles": no_styles,
    "no_strings": no_strings,
    "bare": lambda parts: without("docProps", "theme", "calcChain")(no_strings(no_styles(parts))),
    "strict": strict,
    "absolute_targets": targets(lambda target: f"/xl/{target}"),
    "targets_upwards": targets(lambda target: f"../xl/./worksheets/../{target}"),
    "targets_in_another_case": targets(str.upper),
    "escaped_targets": targets(lambda target: target.replace("s", "%73")),
    "alternatives": alternatives,
    "types_upside_down": types_upside_down,
    "another_case": another_case,
    "very_hidden": hidden_sheets,
    "defined_names": defined_names,
}


# -- the archive


def zipped(parts: Members, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


class _Forward(io.RawIOBase):
    """A stream that cannot go back, so that sizes stand behind the members."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.data += data
        return len(data)


def described(parts: Members) -> bytes:
    """Sizes in descriptors behind the members, as programs write that do not look back."""
    stream = _Forward()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[type-var]
        for name, part in parts.items():
            archive.writestr(name, part)
    return bytes(stream.data)


def wide(parts: Members) -> bytes:
    """Fields for more than 4 GB, where there is not that much."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(part)
    content = file.getvalue()
    place = content.rindex(b"PK\x05\x06")
    *_, count, size, start, _ = struct.unpack_from("<4s4H2IH", content, place)
    record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, place, 1)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return content[:place] + record + locator + end


def twice(parts: Members, *, same: bool = True) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in parts.items():
                archive.writestr(name, part)
            for name in ("xl/workbook.xml", *_sheets(parts)):
                archive.writestr(name, parts[name] if same else parts[name] + b" ")
    return file.getvalue()


ARCHIVES: Mapping[str, Callable[[Members], bytes]] = {
    "stored": lambda parts: zipped(parts, method=zipfile.ZIP_STORED),
    "described": described,
    "wide": wide,
    "bytes_before": lambda parts: b"#!/bin/sh\nexit\n" * 9 + zipped(parts),
    "twice_the_same": twice,
}


def members_of(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def plain(content: bytes) -> bytes:
    """Return a book with all its parts in one form and under their own names, for a reader."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name.casefold(): archive.read(name) for name in archive.namelist()}
    form = Form()
    named: Members = {}
    for name, part in parts.items():
        is_xml = name.endswith((".xml", ".rels"))
        new = rewritten(part, form) if is_xml else part
        if name.endswith(".rels"):
            folder = posixpath.dirname(posixpath.dirname(name))
            new = re.sub(
                rb'(?<=Target=")[^"]*',
                lambda m, f=folder: posixpath.join(  # type: ignore[misc]
                    "/", posixpath.normpath(posixpath.join("/", f, unquote(m[0].decode()).lower()))
                ).encode(),
                new,
            )
        for strict_space, space in ((v, k) for k, v in STRICT.items()):
            new = new.replace(strict_space.encode(), space.encode()) if is_xml else new
        named["[Content_Types].xml" if name == "[content_types].xml" else name] = new
    return zipped(named)
