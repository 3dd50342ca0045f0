"""A planned import written into its book, and kept as it was before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from prosperity.errors import BookError, ProsperityError

from prosperity_excel import vintages
from prosperity_excel.book.book import Book, read_book
from prosperity_excel.files.child import read_guarded
from prosperity_excel.files.saving import changed_meanwhile
from prosperity_excel.intake.items import Plan
from prosperity_excel.intake.row_plan import sheet_edits
from prosperity_excel.ooxml.edits import edit_book, refuse_to_write
from prosperity_excel.ooxml.row_edits import SheetEdit
from prosperity_excel.vintages.identity import identity_for
from prosperity_excel.words.book_words import fold


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Attributes
    ----------
    plan : Plan
    written : bool
        Whether anything changed.
    backup : Path or None
        The dated copy of a closed book as it was; None when nothing changed, and for an open
        workbook, which stays as it is on disk until it is saved.
    added, revised : int
        How many values are new, and how many changed.
    unkept : ProsperityError or None
        Why values or answers could not be kept for later: a book with a cell that cannot be read is
        filled all the same, but has no whole state to keep.
    """

    plan: Plan
    written: bool
    backup: Path | None
    added: int
    revised: int
    unkept: ProsperityError | None = None


def apply_import(plan: Plan, *, now: datetime | None = None, trust_clock: bool = False) -> Imported:
    """Write a plan into its closed book, and keep what was known before and after.

    Parameters
    ----------
    plan
        As planned; the book must be as it was then.
    now
        Time of the import; None is now.
    trust_clock
        Whether the time counts even where it is doubted; see
        :mod:`prosperity_excel.vintages.clock`.

    Raises
    ------
    BookError
        As :func:`prosperity_excel.ooxml.edits.edit_book` says; the book is then as it was.
    """
    when = now or datetime.now()
    path, content = plan.book.file, plan.book.content
    if path is None:
        raise TypeError("an open workbook is written by its host")
    refuse_to_write(path)
    if path.read_bytes() != content:
        raise changed_meanwhile(path)

    def read() -> Book:
        book: Book = read_guarded(read_book, path)
        return book

    return carry_out(
        plan,
        write=lambda edits: edit_book(
            path, edits, now=when, expected=content, identity=identity_for(path)
        ),
        read=read,
        now=when,
        trust_clock=trust_clock,
    )


def carry_out(
    plan: Plan,
    *,
    write: Callable[[Mapping[str, SheetEdit]], Path | None],
    read: Callable[[], Book],
    now: datetime,
    live: bool = False,
    trust_clock: bool = False,
) -> Imported:
    """Write a plan, and keep what was known before and after beside the book's file.

    Parameters
    ----------
    plan
        As planned.
    write
        Changes the book, all or nothing, and returns its dated copy where it makes one.
    read
        Gives what the book holds at the moment.
    now
        Time of the import.
    live
        Whether it is an open workbook, which may hold more than its file.
    trust_clock
        As for :func:`apply_import`.
    """
    items, file = plan.writes, plan.book.file

    def kept(event: str, said: str) -> ProsperityError | None:
        if file is None:
            return _not_on_disk()
        try:
            book = replace(read(), path=file)
            vintages.keep_book(
                book, at=now, event=event, said=said, live=live, sources=plan.files,
                trust_clock=trust_clock,
            )  # fmt: skip
        except ProsperityError as error:
            return error
        return None

    edits = sheet_edits(plan.book, items)
    backup, unkept = None, None
    if edits:
        # What was typed since the last time is kept apart from what the import brings.
        kept("before", "")
        backup = write(edits)
        unkept = kept("import", "、".join(sorted({item.series.book for item in items})))
    unkept = unkept or _remember(file, plan)
    added, revised = sum(i.added for i in items), sum(i.revised for i in items)
    return Imported(plan, bool(edits), backup, added, revised, unkept)


def _remember(file: Path | None, plan: Plan) -> ProsperityError | None:
    """Remember what the user answered; return why that is not possible."""
    if file is None:
        return None
    matches = {
        (fold(i.series.name), fold(i.series.source_id)): i.target.id
        for i in plan.writes
        if i.target is not None and i.how is not None and i.how.how == "asked"
    }
    answers = {
        (fold(i.series.name), fold(i.series.source_id), i.target.id): "; ".join(i.lasting)
        for i in plan.writes
        if i.target is not None and i.answered
    }
    try:
        vintages.keep_breaks(file, plan.breaks)
        vintages.keep_matches(file, matches)
        vintages.keep_answers(file, answers)
    except ProsperityError as error:
        return error
    return None


def _not_on_disk() -> BookError:
    return BookError(
        "not_on_disk",
        "工作簿没有保存在本机磁盘上，历史值、确认过的对应和断点都不保存。",
        "The book is not saved on a disk of this machine, so neither its values nor confirmed "
        "matches and breaks are kept.",
    )
