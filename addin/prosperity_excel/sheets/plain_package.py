"""A package in the one form that every reader takes, for those that are written in another.

Readers differ in what they make of comments, CDATA sections, processing instructions, other
encodings than UTF-8, and escaped names of parts; some leave texts out without a word. Hardly any
book has these. One that has is written again, in memory, before it is read.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from urllib.parse import unquote
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_EXTENSIONS = (".xml", ".rels")
#: Where the declaration of a part has begun, with or without a byte-order mark.
_BEHIND_DECLARATION = 5


def is_odd(part: bytes) -> bool:
    """Whether a part holds anything that readers take in different ways."""
    return part[:2] in _WIDE or b"<!" in part or part.find(b"<?", _BEHIND_DECLARATION) >= 0


def plain_package(content: bytes) -> bytes:
    """Return a package with its XML in plain form; of a part that stands there twice the first.

    Raises
    ------
    ValueError
        For a part with a document type: its entities could stand for anything.
    xml.parsers.expat.ExpatError
        For one that is not well-formed.
    """
    out = io.BytesIO()
    done: set[str] = set()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            name = entry.filename
            if name.casefold() not in done:
                done.add(name.casefold())
                part = old.read(entry)
                is_xml = name.lower().endswith(_EXTENSIONS)
                new.writestr(name, _plain(part, name) if is_xml else part)
    return out.getvalue()


def is_odd_target(target: str) -> bool:
    """Whether a relation names its part in a way that readers take in different ways."""
    return "%" in target or posixpath.normpath(target) != target


def _plain(part: bytes, name: str) -> bytes:
    """Return a part as UTF-8 without anything but elements and texts."""
    folder = posixpath.join("/", posixpath.dirname(posixpath.dirname(name)))
    out = io.StringIO()
    out.write('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n')
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship" and attributes.get("TargetMode") != "External":
            target = unquote(attributes.get("Target", ""))
            attributes["Target"] = posixpath.normpath(posixpath.join(folder, target))
        said = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
        out.write(f"<{tag}{said}>")

    def end(tag: str) -> None:
        out.write(f"</{tag}>")

    def refuse(*_: object) -> None:
        raise ValueError("a document type")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = lambda text: out.write(escape(text))
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(part, True)
    return out.getvalue().encode()
