"""Books in, outlooks out: what the verbs ``due`` and ``nowcast``, the cells and the pages share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from prosperity.catalog import closure
from prosperity.coming.outlook import Outlook, outlook
from prosperity.coming.prints import columns_read
from prosperity.definition import Indicator
from prosperity.engine import cut_off
from prosperity.errors import DataError, ProsperityError
from prosperity.nowcast.methods import LIGHT
from prosperity.nowcast.nowcasts import Nowcast, nowcasts
from prosperity.progress import Progress
from prosperity.settings import Settings

from prosperity_excel.book.book import Book
from prosperity_excel.runs.evaluate import chosen_industries, prepared


@dataclass(frozen=True)
class Coming:
    """The outlooks of a run.

    Attributes
    ----------
    outlooks : tuple of Outlook
        In the order of the books.
    failures : mapping of str to ProsperityError
        Why an industry has none, by id.
    simulated : bool
        Whether any of the data say that they are simulated.
    """

    outlooks: tuple[Outlook, ...]
    failures: Mapping[str, ProsperityError]
    simulated: bool = False


def outlooks(
    books: Sequence[Book],
    *,
    wanted: Sequence[str] = (),
    variants: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    today: date | None = None,
    allowed: tuple[str, ...] = LIGHT,
) -> Coming:
    """Return what comes before the next decision of each industry of some books.

    Parameters
    ----------
    books, wanted, variants, settings, progress
        As for :func:`prosperity_excel.runs.evaluate.evaluate_books`.
    today
        The day on which it is asked; ``as_of`` comes before it.
    allowed
        Methods of the nowcast.

    Raises
    ------
    SettingError
        ``looks_ahead`` under settings that see the future.
    BookError, UnknownIndustryError
        As evaluating does.
    """
    settings = settings or Settings()
    ready = prepared(books, variants, settings, today)
    day = pd.Timestamp(settings.as_of or today or date.today())
    chosen = chosen_industries(ready, wanted)
    count, number = sum(len(industries) for _, industries in chosen), 0
    found: list[Outlook] = []
    failures: dict[str, ProsperityError] = {}
    for book, industries in chosen:
        for industry in industries:
            number += 1
            if progress:
                progress(industry.id, number, count)
            try:
                found.append(
                    outlook(
                        book.panel,
                        industry,
                        settings,
                        day,
                        known=book.definitions,
                        allowed=allowed,
                    )
                )
            except DataError as error:
                failures[industry.id] = error.bare()
    return Coming(tuple(found), failures, any(book.panel.simulated for book, _ in chosen))


def book_nowcasts(
    book: Book,
    settings: Settings,
    today: date,
    *,
    allowed: tuple[str, ...] = LIGHT,
    bridges: Mapping[str, tuple[str, ...]] | None = None,
) -> dict[str, tuple[Nowcast, ...]]:
    """Return the nowcasts of every column of a book, up to the month of a day, by indicator id.

    With ``as_of`` the day is that one, and what was published later is not seen.
    """
    ready = prepared([book], None, settings, today)[0]
    day = pd.Timestamp(settings.as_of or today)
    panel = cut_off(ready.panel, settings)
    upto = day + pd.offsets.MonthEnd(0)
    return nowcasts(panel, columns_of(ready).values(), upto, allowed=allowed, bridges=bridges)


def columns_of(book: Book) -> dict[str, Indicator]:
    """Return the data columns that a book's industries read, by id."""
    models = closure([book.definitions[id] for id in book.industries], book.definitions)
    return columns_read(models)
