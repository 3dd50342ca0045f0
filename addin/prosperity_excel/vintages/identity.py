"""Which book a history belongs to: an identity in both.

A book carries it as a document property (``docProps/custom.xml``), which Excel keeps. A copy of a
book has the same identity, and a history of its own beside it from then on.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from uuid import uuid4
from xml.parsers import expat

from prosperity.errors import BookError

#: Name of the document property.
PROPERTY = "ProsperityBook"
PART = "docProps/custom.xml"
_MOST = 1_000_000
_FORM = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


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


def other_book(store: Path) -> BookError:
    """Return the error for a history that is another book's."""
    return BookError(
        "other_history",
        "旁边的历史值文件属于另一个工作簿（标识不同），没有使用，也没有改动它。若工作簿是另存覆盖的，"
        "请把该文件移到别处；若确属本工作簿，请运行 prosperity vintages BOOK --adopt。",
        "The file of kept values beside the book belongs to another book (another identity); it "
        "was neither used nor changed. If this book was saved over another, move that file "
        "elsewhere; if it is this book's all the same, run 'prosperity vintages BOOK --adopt'.",
        where=store.name,
    )
