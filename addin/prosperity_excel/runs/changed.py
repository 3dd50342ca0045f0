"""Books in, what changed since: now against a state that was kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from prosperity.changes import Change, State, parted
from prosperity.errors import BookError, DataError, ProsperityError, SettingError
from prosperity.evaluation import Notice
from prosperity.progress import Progress
from prosperity.settings import Settings

from prosperity_excel.book.book import Book
from prosperity_excel.runs.evaluate import chosen_industries
from prosperity_excel.runs.settings import names, resolve
from prosperity_excel.vintages import (
    SUFFIX,
    Surprise,
    book_as_of,
    book_before,
    history_left_behind,
    kept_nowcasts,
    surprises,
    vintages,
)

#: Codes of errors that mean that nothing was kept, under the book's name of now or at all.
NOTHING = ("nothing_kept", "kept_under_former_name")


@dataclass(frozen=True)
class Changed:
    """What changed in some books.

    Attributes
    ----------
    changes : tuple of Change
        In the order of the books.
    since : mapping of str to str
        With what each book is compared, by its name: a day, or the time of a state.
    failures : mapping of str to ProsperityError
        Why an industry cannot be compared, by id.
    notices : tuple of Notice
        What must be known of the states.
    surprises : tuple of Surprise
        Prints that are new and were foretold.
    """

    changes: tuple[Change, ...]
    since: Mapping[str, str]
    failures: Mapping[str, ProsperityError]
    notices: tuple[Notice, ...] = ()
    surprises: tuple[Surprise, ...] = ()

    @property
    def begun(self) -> tuple[str, ...]:
        """Industries that are held now and were not."""
        return tuple(c.industry.id for c in self.changes if _held(c) == (False, True))

    @property
    def ended(self) -> tuple[str, ...]:
        """Industries that were held and are not now."""
        return tuple(c.industry.id for c in self.changes if _held(c) == (True, False))


def changed(
    books: Sequence[Book],
    *,
    wanted: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
    since: date | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> Changed:
    """Compare books with what they were.

    Parameters
    ----------
    books, wanted, progress
        As for :func:`prosperity_excel.runs.evaluate.evaluate_books`.
    options
        Settings given on the command line; they hold for both states. What the settings sheet
        says holds for the state in which it said so.
    since
        Each book as it was at the end of this day; None is the last state that differs.
    today
        The day of the run.

    Raises
    ------
    BookError
        ``nothing_kept`` when a book has no earlier state.
    SettingError
        ``as_of_and_since`` with a day in the settings.
    """
    options = dict(options or {})
    if options.get("as_of"):
        raise SettingError(
            "as_of_and_since",
            "changes 比较现在与从前，不能用 --as-of；请用 --since。",
            "changes compares now with then and takes no --as-of; use --since.",
        )
    then: dict[str, tuple[Book, str]] = {}
    notices: list[Notice] = []
    for book in books:
        old, said, told = _then(book, since, today)
        then[book.path.name] = old, said
        notices.extend(told)
    found: list[Change] = []
    failures: dict[str, ProsperityError] = {}
    chosen = chosen_industries(books, wanted)
    count = sum(len(industries) for _, industries in chosen)
    for book, industries in chosen:
        old = then[book.path.name][0]
        for industry in industries:
            if progress:
                progress(industry.id, len(found) + len(failures) + 1, count)
            try:
                found.append(
                    parted(_state(old, industry.id, options), _state(book, industry.id, options))
                )
            except (DataError, KeyError) as error:
                failures[industry.id] = _why(error, industry.id)
    return Changed(
        tuple(found),
        {name: said for name, (_, said) in then.items()},
        failures,
        tuple(notices),
        tuple(one for book in books for one in _surprises(book, then[book.path.name][0])),
    )


def since_kept(
    books: Sequence[Book], wanted: Sequence[str], settings: Settings, today: date
) -> tuple[tuple[Change, ...], tuple[ProsperityError, ...]]:
    """Return what changed in each book since its last state that differs, and what prevented it.

    A book of which nothing was kept has no changes, and that is no failure; nor has anything a run
    as of a day of the past.
    """
    if settings.as_of is not None:
        return (), ()
    found: list[Change] = []
    failures: list[ProsperityError] = []
    for book in books:
        try:
            done = changed([book], wanted=wanted, options=settings.changed(), today=today)
        except ProsperityError as error:
            # Of several books the industries that are wanted stand in some only.
            if error.code not in NOTHING and len(books) == 1:
                failures.append(error)
        else:
            found.extend(done.changes)
    return tuple(found), tuple(failures)


def _then(
    book: Book, since: date | None, today: date | None
) -> tuple[Book, str, tuple[Notice, ...]]:
    if since is not None:
        old, told = book_as_of(book, since, today=today)
        if not vintages(book.path):
            raise _nothing(book)
        return old, since.isoformat(), told
    before = book_before(book)
    if before is None:
        raise _nothing(book)
    old, vintage, told = before
    return old, f"{vintage.kept_at:%Y-%m-%d %H:%M}", told


def _nothing(book: Book) -> BookError:
    left = history_left_behind(book.path)
    if left:
        own = f"{book.path.name}{SUFFIX}"
        return BookError(
            "kept_under_former_name",
            f"没有以现在的文件名保存过历史值；同一工作簿以前的历史是旁边的 {left}。请把它改名为 "
            f"{own}，再比较。",
            "Nothing was kept under the book's name of now; the same book's history of before is "
            f"{left}, beside it. Rename that file to {own}, and compare again.",
            where=book.path.name,
        )
    return BookError(
        "nothing_kept",
        "没有保存过与现在不同的历史值，无从比较。运行、导入或刷新时会保存。",
        "No state that differs from now was kept, so there is nothing to compare with. Running, "
        "importing and refreshing keep one.",
        where=book.path.name,
    )


def _state(book: Book, id: str, options: Mapping[str, Any]) -> State:
    told = {name: text for name, text in book.settings.items() if name in names()}
    settings: Settings = resolve(options=options, sheet=told).settings
    return State(book.panel, book.definitions[id], book.definitions, settings)


def _why(error: Exception, id: str) -> ProsperityError:
    if isinstance(error, ProsperityError):
        return error.bare()
    return DataError(
        "not_there",
        f"{id} 当时还没有定义。",
        f"{id} was not defined then.",
    )


def _surprises(book: Book, old: Book) -> list[Surprise]:
    """Return the prints that the older state did not have, beside what was foretold."""
    fresh: dict[str, dict[date, tuple[float, date]]] = {}
    for id, one in book.panel.series.items():
        before = old.panel.series.get(id)
        had = set() if before is None else set(before.frame.index)
        for month, row in one.frame.iterrows():
            if month not in had:
                day = row["release"].date()
                fresh.setdefault(id, {})[month.date()] = (float(row["value"]), day)  # type: ignore[attr-defined]
    return surprises(kept_nowcasts(book.path), fresh) if fresh else []


def _held(one: Change) -> tuple[bool, bool]:
    return one.before.signal == 1, one.after.signal == 1
