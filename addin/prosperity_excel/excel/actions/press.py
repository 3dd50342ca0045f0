"""What every action of a button is handed: the press, and what this process keeps of presses."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from prosperity.errors import BookError, ProsperityError
from prosperity.evaluation import Evaluation
from prosperity.progress import Progress

from prosperity_excel.book.book import Book
from prosperity_excel.excel import work
from prosperity_excel.excel.previews import Previews
from prosperity_excel.formulas.views import Session, View
from prosperity_excel.host.patience import patiently
from prosperity_excel.host.protocol import Book as OpenBook
from prosperity_excel.host.steps import History
from prosperity_excel.host.xlwings_com import full_name
from prosperity_excel.runs.evaluate import evaluate_books
from prosperity_excel.words.pair import Pair

if TYPE_CHECKING:
    from prosperity_excel.runs.coming import Coming

#: Industries from which on a run is done in a child; fewer are done before a child has started.
LONG_FROM = 4


class AskFirst(ProsperityError):  # noqa: N818 - a question, not an error
    """The user must agree before the action goes on; nothing has been changed."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__("ask_first", zh, en)


@dataclass(eq=False)
class Desk:
    """What buttons remember between presses, as long as this process lives."""

    history: History = field(default_factory=History)
    previews: Previews = field(default_factory=Previews)
    picks: dict[str, str] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget everything."""
        self.history, self.previews, self.picks = History(), Previews(), {}


DESK = Desk()


def never() -> bool:
    """Say that nobody gave up."""
    return False


@dataclass(frozen=True)
class Press:
    """A button pressed: the session, the active workbook, what was given, and the status bar.

    ``cancelled`` says whether the user has given up since; ``agreed`` is the question that the user
    said yes to.
    """

    session: Session
    book: OpenBook | None
    given: str
    progress: Progress
    cancelled: Callable[[], bool] = never
    agreed: str = ""
    desk: Desk = DESK

    @property
    def opened(self) -> OpenBook:
        """The active workbook, for what cannot be done without one.

        Raises
        ------
        BookError
            ``no_open_book`` when none is open.
        """
        if self.book is None:
            raise BookError(
                "no_open_book",
                "没有打开的工作簿。请先打开或新建一个，再试一次。",
                "No workbook is open. Open one or make a new one, then try again.",
            )
        return self.book

    @property
    def view(self) -> View:
        """What the active workbook sees now, read anew."""
        book = self.book
        if book is None:
            return self.session.view("")
        return patiently(lambda: self.session.view(full_name(book), lambda: book))

    def say(self, pair: Pair) -> str:
        """Return a text in the language of the settings."""
        language = self.view.resolved.language
        return "\n".join(pair) if language == "both" else pair[language == "en"]

    def books(self) -> list[Book]:
        """Return the active workbook when it is one of ours, else the library's books.

        Raises
        ------
        BookError
            When there is neither.
        """
        world = self.view.world
        if world.own is not None:
            return [world.own.book]
        if world.missing is not None:
            raise world.missing.bare()
        found = [source.book for source in world.library if source.ours]
        if not found:
            raise no_books()
        return found

    def ask(self, pair: Pair) -> None:
        """Go on when the user has agreed to this very question, else ask it.

        Raises
        ------
        AskFirst
        """
        question = AskFirst(*pair)
        if self.agreed != question.message(self.view.resolved.language):
            raise question

    def evaluation(self, wanted: tuple[str, ...] = ()) -> Evaluation:
        """Return a run over :meth:`books`; a long one is done in a child."""
        books, settings, today = self.books(), self.view.resolved.settings, self.session.today()
        if len(wanted or held(books)) < LONG_FROM:
            return evaluate_books(
                books,
                wanted=wanted,
                settings=settings,
                progress=work.stoppable(self.progress, self.cancelled),
                today=today,
            )
        found: Evaluation = work.in_child(
            "evaluation",
            books,
            progress=self.progress,
            cancelled=self.cancelled,
            wanted=wanted,
            settings=settings,
            today=today,
        )
        return found

    def outlooks(self) -> Coming:
        """Return what is due for :meth:`books`; for many industries in a child."""
        from prosperity_excel.runs.coming import outlooks

        books, settings, today = self.books(), self.view.resolved.settings, self.session.today()
        if len(held(books)) < LONG_FROM:
            progress = work.stoppable(self.progress, self.cancelled)
            return outlooks(books, settings=settings, today=today, progress=progress)
        found: Coming = work.in_child(
            "coming",
            books,
            progress=self.progress,
            cancelled=self.cancelled,
            settings=settings,
            today=today,
        )
        return found

    def report(self, path: Path) -> None:
        """Write the report of a run over :meth:`books`, in a child."""
        resolved = self.view.resolved
        work.in_child(
            "report",
            self.books(),
            progress=self.progress,
            cancelled=self.cancelled,
            settings=resolved.settings,
            today=self.session.today(),
            path=path,
            language=resolved.language,
        )


def held(books: Sequence[Book]) -> tuple[str, ...]:
    """Return the ids of the industries that books are for, each once."""
    return tuple(dict.fromkeys(id for book in books for id in book.industries))


def no_books() -> BookError:
    """Return the error that there is no industry's book at all."""
    return BookError(
        "no_book_here",
        "本工作簿没有 data 与 prices 表，资料夹里也没有行业工作簿。请用“新建模板”，或选择资料夹。",
        "This book has no data and prices sheets, and the library holds no industry's book. Use "
        "New template, or choose the library folder.",
    )


def open_file(press: Press, path: Path) -> None:
    """Open a file in the host, where one is running with a workbook."""
    book = press.book
    if book is not None:
        patiently(lambda: book.app.books.open(os.fspath(path)))
