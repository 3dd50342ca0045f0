"""A book's identity written into a closed file as a document property, when it is edited anyway.

Excel keeps such properties. A book that has an identity keeps it; one that has none takes that of
the history beside it, or a new one.
"""

from __future__ import annotations

import posixpath
from pathlib import Path

from prosperity.errors import ProsperityError

from prosperity_excel.vintages.history import history_of
from prosperity_excel.vintages.identity import PART, PROPERTY, fresh_identity, identity_in
from prosperity_excel.writing.markup import Splices
from prosperity_excel.writing.package import Package

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


def identify(package: Package, file: Path) -> None:
    """Give a package that is being changed an identity, where it has none.

    Properties that are kept in an unusual place are left alone, and so is a book beside a history
    that cannot be read: it may have had one.
    """
    name = package.found(PART)
    has_properties = name in package.names
    if has_properties and identity_in(package.source(name)):
        return
    try:
        identity = history_of(file, cells=False).identity or fresh_identity()
    except ProsperityError:
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
