"""Books read once, for all that a verb asks of them: data, settings and former results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from prosperity.progress import Progress
from prosperity.settings import Settings

from prosperity_excel.book.book import Book, read_workbook
from prosperity_excel.book.former import former_of
from prosperity_excel.files.child import read_guarded
from prosperity_excel.runs.settings import parse, settled, sheet_settings
from prosperity_excel.sheets.workbook import open_workbook
from prosperity_excel.words.statements import Former
from prosperity_excel.words.tongue import Language


@dataclass(frozen=True)
class ReadBook:
    """One book.

    Attributes
    ----------
    book : Book
    said : mapping of str to object
        What its ``settings`` sheet says, parsed.
    former : mapping of str to Former
        The last decisions that its sheet of results shows, by industry id.
    """

    book: Book
    said: Mapping[str, object]
    former: Mapping[str, Former]


def read_whole(path: Path) -> ReadBook:
    """Read a book of the template's layout and all else that it says; it is opened once.

    Raises
    ------
    SettingError
        For the ``settings`` sheet, with the cell; it comes before what is wrong in the data.
    BookError, DataError, DefinitionError
        As :func:`prosperity_excel.book.book.read_book` says.
    """
    workbook = open_workbook(path)
    said = sheet_settings(workbook)
    return ReadBook(read_workbook(workbook), said, former_of(workbook))


@dataclass(frozen=True)
class Reading:
    """The books of a run, in the order given, and the settings that are in force over them.

    Attributes
    ----------
    books : tuple of Book
    settings : Settings
        Options, then the books' sheets, the user's file and the defaults; see
        :func:`prosperity_excel.runs.settings.settled`.
    former : mapping of str to Former
        By industry id; of an industry that stands in two books, the last one's.
    language : {"both", "zh", "en"} or None
        What the books' sheets of settings say; None where they say nothing, or differ.
    """

    books: tuple[Book, ...]
    settings: Settings
    former: Mapping[str, Former]
    language: Language | None = None


def read_books(
    paths: Sequence[Path],
    options: Mapping[str, object] | None = None,
    progress: Progress | None = None,
) -> Reading:
    """Read books, each once, and settle the settings of their run.

    Parameters
    ----------
    paths
        The books.
    options
        Settings by name that come before all others; checked before any book is read.
    progress
        Called before each book is read.

    Raises
    ------
    SettingError
        For an option or a sheet, and when two sheets differ.
    BookError, DataError, DefinitionError
        As :func:`read_whole` says, for the first book that cannot be read.
    """
    options = options or {}
    for name, value in options.items():
        parse(name, value)
    read: list[ReadBook] = []
    for number, path in enumerate(paths, 1):
        if progress:
            progress(path.name, number, len(paths))
        read.append(read_guarded(read_whole, path))
    settings = settled(options, dict(zip(paths, (one.said for one in read), strict=True)))
    former = {id: decision for one in read for id, decision in one.former.items()}
    languages = {one.said.get("language", "auto") for one in read} - {"auto"}
    spoken = cast("Language", languages.pop()) if len(languages) == 1 else None
    return Reading(tuple(one.book for one in read), settings, former, spoken)
