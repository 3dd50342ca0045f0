"""Which book a history belongs to: the same identity stands in both.

A copy of a book has the same identity, and a history of its own beside it from then on.
"""

from __future__ import annotations

from pathlib import Path

from prosperity.errors import BookError, ProsperityError

from prosperity_excel.files.places import SUFFIX
from prosperity_excel.ooxml.identity import book_identity, fresh_identity
from prosperity_excel.vintages.history import history_of

#: Histories of a folder that are looked at.
MOST_STORES = 200


def identity_for(file: Path) -> str:
    """Return the identity that a book without one takes: that of its history, or a new one.

    Empty beside a history that cannot be read: the book may have had one.
    """
    try:
        return history_of(file, cells=False).identity or fresh_identity()
    except ProsperityError:
        return ""


def history_left_behind(file: Path) -> str:
    """Return the name of the history that a book had under another name; empty for none.

    That is one of the same identity in the book's folder, whose own book is gone: a renamed book
    leaves its history behind, while a copy has one of its own.
    """
    identity = book_identity(file)
    if not identity:
        return ""
    for store in sorted(file.parent.glob(f"*{SUFFIX}"))[:MOST_STORES]:
        old = store.with_name(store.name.removesuffix(SUFFIX))
        if old.name == file.name or old.exists():
            continue
        try:
            if history_of(old, cells=False).identity == identity:
                return store.name
        except ProsperityError:
            continue
    return ""


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
