"""Which sheet of a workbook is ours to fill, and which only has the name that we would use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prosperity.errors import BookError

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
