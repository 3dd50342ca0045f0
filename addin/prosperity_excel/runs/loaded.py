"""A book for Python: loaded once, evaluated as often as wanted, as a shell or a cell does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from prosperity.definition import Industry
from prosperity.errors import SettingError
from prosperity.evaluation import Evaluation, Notice
from prosperity.panel import Panel
from prosperity.settings import Settings

from prosperity_excel.book.book import Book, read_book
from prosperity_excel.files.child import read_guarded
from prosperity_excel.runs.evaluate import evaluate_books
from prosperity_excel.runs.settings import run_settings


@dataclass(frozen=True)
class LoadedBook:
    """What a book holds, as it was when it was loaded.

    Attributes
    ----------
    book : Book
        As the reader gives it.
    """

    book: Book

    @property
    def path(self) -> Path:
        """The file."""
        return self.book.path

    @property
    def panel(self) -> Panel:
        """Values with release dates by series, and prices by day."""
        return self.book.panel

    @property
    def definitions(self) -> Mapping[str, Industry]:
        """The models by id: those of the book, else the catalog's."""
        return self.book.definitions

    @property
    def industries(self) -> tuple[str, ...]:
        """Ids of the industries that the book is for."""
        return self.book.industries

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a reader of the book must know."""
        return self.book.notices

    def evaluate(
        self,
        *industries: str,
        variants: Mapping[str, str] | None = None,
        settings: Settings | None = None,
        today: date | None = None,
        **conventions: Any,
    ) -> Evaluation:
        """Evaluate industries of the book; nothing is written anywhere.

        Parameters
        ----------
        industries
            Ids or names; none is every industry that has data.
        variants
            Variant by model id, in place of the definition as it stands.
        settings
            All conventions. None takes those of the book's ``settings`` sheet and the user's file,
            as a shell does; the sheet is read from the file as it is now.
        today
            The day on which it is judged what is overdue; None is today.
        conventions
            Fields of :class:`prosperity.settings.Settings` that differ, such as ``cost_bps=10`` or
            ``as_of="2020-06-30"``; not together with ``settings``.

        Raises
        ------
        SettingError
            For an unknown convention, or one outside its range; ``settings_twice`` for both ways.
        UnknownIndustryError, BookError, DataError, DefinitionError
            As :func:`prosperity_excel.runs.evaluate.run_books` says.
        """
        if settings is not None and conventions:
            raise SettingError(
                "settings_twice",
                "settings 与单个设置不能同时给出；请只用一种。",
                "Give either settings or single conventions, not both.",
            )
        return evaluate_books(
            [self.book],
            wanted=industries,
            variants=variants,
            settings=settings or run_settings(conventions, [self.path]),
            today=today or date.today(),
        )


def load(path: str | PathLike[str]) -> LoadedBook:
    """Load a book of the template's layout.

    Parameters
    ----------
    path
        The file; relative to the current folder.

    Raises
    ------
    BookError, DataError, DefinitionError
        As :func:`prosperity_excel.book.book.read_book` says.
    """
    return LoadedBook(read_guarded(read_book, Path(fspath(path))))
