"""Which book a history belongs to: an identity in both.

A book carries it as a document property (``docProps/custom.xml``), which Excel keeps. A copy of a
book has the same identity, and a history of its own beside it from then on.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from uuid import uuid4

from prosperity.errors import BookError

#: Name of the document property.
PROPERTY = "ProsperityBook"
PART = "docProps/custom.xml"
_MOST = 1_000_000
_FORM = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_FOUND = re.compile(
    rf"""<(?:[\w.-]+:)?property\b[^>]*\bname\s*=\s*["']{PROPERTY}["'][^>]*>\s*"""
    r"<(?:[\w.-]+:)?lpwstr\b[^>]*>\s*([^<\s]+)\s*</"
)


def fresh_identity() -> str:
    """Return an identity that no other book has."""
    return str(uuid4())


def identity_in(properties: str) -> str:
    """Return the identity that stands in the XML of the properties; empty where none does."""
    found = _FOUND.search(properties)
    return found[1] if found and _FORM.match(found[1]) else ""


def book_identity(file: Path) -> str:
    """Return the identity of a closed book; empty where it has none, or cannot be looked at."""
    try:
        with zipfile.ZipFile(file) as package:
            if package.getinfo(PART).file_size > _MOST:
                return ""
            with package.open(PART) as part:
                return identity_in(part.read(_MOST).decode("utf-8", errors="replace"))
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
