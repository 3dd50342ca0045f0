"""Books in, one evaluation out: what ``run``, ``report`` and the ribbon share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from prosperity.catalog import find
from prosperity.combined import combine
from prosperity.definition import Industry
from prosperity.engine import evaluate, has_data
from prosperity.errors import BookError
from prosperity.evaluation import Evaluation, IndustryResult, Notice
from prosperity.settings import Settings

from prosperity_excel.reading.book import Book, read_book

#: Says what is being done: a text, the number of the step from 1, and how many there are.
Progress = Callable[[str, int, int], None]


def run_books(
    paths: Sequence[Path],
    *,
    wanted: Sequence[str] = (),
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Read the books and evaluate the industries that they hold.

    Parameters
    ----------
    paths
        Books, each evaluated on its own data.
    wanted
        Ids or names of industries; empty is every industry that has data.
    settings
        Conventions; None is the default.
    progress
        Called before each book is read and each model is computed.

    Raises
    ------
    UnknownIndustryError
        When a wanted industry is in none of the books.
    BookError, DataError, DefinitionError
        As reading and evaluating say; also when two books hold the same industry, and when none
        has any data.
    """
    settings = settings or Settings()
    books = []
    for number, path in enumerate(paths, 1):
        if progress:
            progress(path.name, number, len(paths))
        books.append(read_book(path))
    chosen = _chosen(books, wanted)
    results: dict[str, IndustryResult] = {}
    home = {industry.id: book for book, industries in chosen for industry in industries}
    for book, industries in chosen:
        part = evaluate(
            book.panel,
            industries,
            settings,
            known=book.definitions,
            required=None if wanted or len(home) == 1 else (),
            progress=progress,
        )
        # A model that a book only uses on the way is shown from its own book, where there is one.
        results.update(
            {
                id: result
                for id, result in part.results.items()
                if home.get(id) is book or id not in home | results
            }
        )
    return Evaluation(
        results=results,
        settings=settings,
        simulated=any(book.panel.simulated for book, _ in chosen),
        combined=combine(results, settings),
        notices=tuple(_named(notice, book) for book in books for notice in book.notices),
    )


def _chosen(books: Sequence[Book], wanted: Sequence[str]) -> list[tuple[Book, list[Industry]]]:
    """Return each book with the industries to compute from it."""
    holder: dict[str, Book] = {}
    every: dict[str, Industry] = {}
    for book in books:
        for id in book.industries:
            if id in holder:
                raise BookError(
                    "industry_twice",
                    f"{holder[id].path.name} 和 {book.path.name} 都有行业 {id}，请只给一个。",
                    f"{holder[id].path.name} and {book.path.name} both hold the industry {id}; "
                    "give only one of them.",
                )
            holder[id] = book
            every[id] = book.definitions[id]
    asked = [find(name, every).id for name in dict.fromkeys(wanted)]
    ids = asked or [
        id for id, book in holder.items() if has_data(book.panel, every[id], book.definitions)
    ]
    if not ids:
        names = "、".join(book.path.name for book in books)
        raise BookError(
            "nothing_to_run",
            f"{names} 中没有任何行业有数据。请在 data 表中填入数据后再运行。",
            f"No industry in {names} has data. Fill in the data sheet and run again.",
        )
    picked = [(book, [every[id] for id in ids if holder[id] is book]) for book in books]
    return [(book, industries) for book, industries in picked if industries]


def _named(notice: Notice, book: Book) -> Notice:
    """Put the book's name in front of a notice about it."""
    name = book.path.name
    return replace(notice, zh=f"{name}：{notice.zh}", en=f"{name}: {notice.en}")


def catalog_industries(wanted: Iterable[str]) -> list[Industry]:
    """Return catalog definitions by id or name, each once, in the order asked for."""
    return list({i.id: i for i in map(find, wanted)}.values())
