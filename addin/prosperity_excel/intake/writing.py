"""A planned import written into its book, and kept as it was before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prosperity.errors import BookError, ProsperityError

from prosperity_excel import vintages
from prosperity_excel.guarded import read_guarded
from prosperity_excel.intake.items import Plan
from prosperity_excel.layout import fold
from prosperity_excel.reading.book import Book
from prosperity_excel.writing.cell_edits import edit_book, refuse_to_write
from prosperity_excel.writing.row_plan import sheet_edits


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Attributes
    ----------
    plan : Plan
    backup : Path or None
        The dated copy of the book as it was; None when nothing changed.
    added, revised : int
        How many values are new, and how many changed.
    unkept : ProsperityError or None
        Why the values could not be kept for later: a book with a cell that cannot be read is
        filled all the same, but has no whole state to keep.
    """

    plan: Plan
    backup: Path | None
    added: int
    revised: int
    unkept: ProsperityError | None = None


def apply_import(plan: Plan, *, now: datetime | None = None) -> Imported:
    """Write a plan into its book, and keep what was known before and after.

    Parameters
    ----------
    plan
        As planned; the book must be as it was then.
    now
        Time of the import; None is now.

    Raises
    ------
    BookError
        As :func:`prosperity_excel.writing.cell_edits.edit_book` says; the book is then as it was.
    """
    when = now or datetime.now()
    path = plan.book.path
    refuse_to_write(path)
    if path.read_bytes() != plan.book.content:
        raise BookError(
            "changed_meanwhile",
            "预览之后文件被改动，没有写入；请重新运行。",
            "The book was changed since the preview, so nothing was written; run again.",
            where=path.name,
        )
    items = plan.writes
    backup, unkept = None, None
    if items:
        first_time = not vintages.vintages(path)
        if first_time:
            stamp = min(datetime.fromtimestamp(path.stat().st_mtime), when)
            _keep(path, stamp, "before", "")
        backup = edit_book(
            path, sheet_edits(plan.book, items), now=when, expected=plan.book.content
        )
        files = sorted({item.series.book for item in items})
        unkept = _keep(path, when, "import", "、".join(files))
    vintages.keep_breaks(path, plan.breaks)
    vintages.keep_matches(
        path,
        {
            (fold(i.series.name), fold(i.series.source_id)): i.target.id
            for i in items
            if i.target is not None and i.how is not None and i.how.how == "asked"
        },
    )
    added, revised = sum(i.added for i in items), sum(i.revised for i in items)
    return Imported(plan, backup, added, revised, unkept)


def _keep(path: Path, when: datetime, event: str, said: str) -> ProsperityError | None:
    """Keep the values of a book; return why that is not possible."""
    try:
        book: Book = read_guarded("book", path)
        vintages.keep(path, book.panel, at=when, event=event, said=said)
    except ProsperityError as error:
        return error
    return None
