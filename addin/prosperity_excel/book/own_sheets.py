"""Which sheet of a workbook is ours to fill, and which only has the name that we would use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from prosperity.errors import BookError

from prosperity_excel.files.child import read_guarded
from prosperity_excel.ooxml.edits import edit_book
from prosperity_excel.ooxml.grid import Value
from prosperity_excel.ooxml.list_looks import ListLooks
from prosperity_excel.sheets.workbook import first_cells
from prosperity_excel.words.book_words import fold


def own_sheet_name(words: Sequence[str], there: Mapping[str, bool], book: str) -> str:
    """Return the name of the sheet that we may fill: ours, a blank one, or one to be made.

    Parameters
    ----------
    words
        Names that the sheet may have; a new one gets the first.
    there
        Whether each sheet of the workbook is ours or blank, by name; others may be left out.
    book
        The workbook's name, for the error.

    Raises
    ------
    BookError
        ``not_our_sheet`` when somebody else's sheet has the first name.
    """
    by_folded = {fold(name): name for name in there}
    for word in words:
        name = by_folded.get(fold(word))
        if name is not None and there[name]:
            return name
    if fold(words[0]) not in by_folded:
        return words[0]
    raise not_our_sheet(words[0], book)


def not_our_sheet(name: str, book: str) -> BookError:
    """Return the error that a sheet with one of our names is the user's own."""
    return BookError(
        "not_our_sheet",
        f"工作簿已有一张自己的 {name} 表，不会覆盖。请把它改名，再试一次。",
        f"The book has a sheet {name} of its own, which is not replaced. Rename it and try again.",
        where=book,
    )


def write_own_sheet(
    path: Path,
    words: Sequence[str],
    rows: Sequence[Sequence[Value]],
    now: datetime | None,
    verb: str,
    identity: str,
    *,
    looks: ListLooks | None = None,
) -> Path | None:
    """Write rows into a sheet of ours in a closed book, replacing what it held.

    Parameters
    ----------
    path
        The book.
    words
        Names that the sheet may have; a new one gets the first.
    rows
        Its heading first, whose first cell tells that a sheet is ours; blanks are left out.
    now, verb, identity, looks
        As for :func:`prosperity_excel.ooxml.edits.edit_book`.

    Returns
    -------
    Path or None
        The dated copy of the book; None when the sheet said the same already.

    Raises
    ------
    BookError
        ``not_our_sheet``; else as :func:`prosperity_excel.ooxml.edits.edit_book`.
    """
    heads = read_guarded(first_cells, path, *words)
    there = {name: head in ("", rows[0][0]) for name, head in heads.items()}
    name = own_sheet_name(words, there, path.name)
    whole = {name: written_cells(rows)}
    return edit_book(path, {}, whole=whole, looks=looks, now=now, verb=verb, identity=identity)


def written_cells(rows: Sequence[Sequence[Value]]) -> list[tuple[int, int, Value]]:
    """Return row, column and value of the cells of rows that are not blank."""
    return [
        (r, c, value)
        for r, row in enumerate(rows)
        for c, value in enumerate(row)
        if value is not None and value != ""
    ]
