"""A book's identity: a document property (``docProps/custom.xml``), which Excel keeps.

It is written into a closed file when the file is edited anyway. A copy of a book has the same.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path
from uuid import uuid4
from xml.parsers import expat

from prosperity_excel.ooxml.markup import Splices
from prosperity_excel.ooxml.package import Package

#: Name of the document property.
PROPERTY = "ProsperityBook"
PART = "docProps/custom.xml"
_MOST = 1_000_000
_FORM = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
#: Form of properties that programs know for custom ones.
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
#: Name spaces of the properties and their values, and the relation, in both forms of the format.
_LOOSE = "http://schemas.openxmlformats.org/officeDocument/2006"
_LOOSE_NAMES = (
    f"{_LOOSE}/custom-properties",
    f"{_LOOSE}/docPropsVTypes",
    f"{_LOOSE}/relationships/custom-properties",
)
_STRICT = "http://purl.oclc.org/ooxml/officeDocument"
_STRICT_NAMES = (
    f"{_STRICT}/customProperties",
    f"{_STRICT}/docPropsVTypes",
    f"{_STRICT}/relationships/customProperties",
)


def fresh_identity() -> str:
    """Return an identity that no other book has."""
    return str(uuid4())


def identity_in(properties: bytes) -> str:
    """Return the identity that stands in the XML of the properties; empty where none does.

    However the XML is written: any prefix, quotes, encoding that expat knows, or CDATA. A part
    with a document type is not read.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    texts: list[str] = []
    inside = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if name.rpartition(" ")[2] == "property":
            inside = attributes.get("name") == PROPERTY

    def text(letters: str) -> None:
        if inside:
            texts.append(letters)

    def refuse(*_: object) -> None:
        raise ValueError("a document type")

    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(properties, True)
    except (expat.ExpatError, ValueError, LookupError):
        return ""
    found = "".join(texts).strip()
    return found if _FORM.match(found) else ""


def book_identity(file: Path) -> str:
    """Return the identity of a closed book; empty where it has none, or cannot be looked at."""
    try:
        with zipfile.ZipFile(file) as package:
            if package.getinfo(PART).file_size > _MOST:
                return ""
            with package.open(PART) as part:
                return identity_in(part.read(_MOST))
    except (OSError, KeyError, ValueError, RuntimeError, NotImplementedError, EOFError):
        return ""
    except zipfile.BadZipFile:
        return ""
    except Exception as error:  # zlib.error and what other decompressors raise
        if type(error).__name__ in ("error", "LZMAError"):
            return ""
        raise


def identify(package: Package, identity: str) -> None:
    """Give a package that is being changed an identity, where it has none.

    Properties that are kept in an unusual place are left alone, and nothing is done for an empty
    identity.
    """
    if not identity:
        return
    name = package.found(PART)
    has_properties = name in package.names
    if has_properties and identity_in(package.source(name)):
        return
    space, values, kind = _STRICT_NAMES if package.is_strict else _LOOSE_NAMES
    number = 2
    if has_properties:
        tree = package.tree(name)
        taken = [int(e.attributes.get("pid", "0") or 0) for e in tree.root.children()]
        number = max([1, *taken]) + 1
    text = (
        f'fmtid="{_FORMAT}" pid="{number}" name="{PROPERTY}">'
        f'<vt:lpwstr xmlns:vt="{values}">{identity}</vt:lpwstr></'
    )
    if has_properties:
        prefix = tree.root.prefix
        splices = Splices(tree)
        splices.append(tree.root, f"<{prefix}property {text}{prefix}property>")
        package.put(name, splices.result())
        package.note_aside(name)
        return
    relations = package.found("_rels/.rels")
    entries = package.tree(relations).named("package:Relationship")
    kinds = {posixpath.basename(entry.attributes.get("Type", "")) for entry in entries}
    if kinds & {"custom-properties", "customProperties"}:
        return
    whole = f'{_HEAD}<Properties xmlns="{space}"><property {text}property></Properties>'
    package.put(PART, whole.encode())
    package.note_aside(PART, *package.relate_to_root(PART, kind, _TYPE))
