"""Books in, one evaluation out: what ``run``, ``report`` and the ribbon share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
from prosperity.catalog import catalog, find
from prosperity.combined import combine
from prosperity.definition import Industry
from prosperity.engine import evaluate, has_data, other_prices
from prosperity.errors import BookError, ProsperityError, UnknownIndustryError
from prosperity.evaluation import Evaluation, IndustryResult, Notice
from prosperity.plan import planned
from prosperity.progress import Progress
from prosperity.records import differences, variant_of
from prosperity.settings import Settings

from prosperity_excel.book.book import Book, read_book
from prosperity_excel.files.child import read_guarded
from prosperity_excel.runs.systems import (
    compute_systems,
    refuse_systems_alone,
    system_named,
    varied,
)
from prosperity_excel.vintages import book_as_of, has_store, keep_seen, not_kept

#: Characters of a changed value that a notice shows.
SHOWN = 40
#: Industries of a book that a message names.
SHOWN_IDS = 8


def run_books(
    paths: Sequence[Path],
    *,
    wanted: Sequence[str] = (),
    variants: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    today: date | None = None,
    keep: datetime | None = None,
) -> Evaluation:
    """Read the books and evaluate the industries that they hold.

    Parameters
    ----------
    paths
        Books, each evaluated on its own data.
    wanted
        Ids or names of industries; empty is every industry that has data.
    variants
        Variant by model id, in place of the definition as it stands.
    settings
        Conventions; None is the default.
    progress
        Called before each book is read and each model is computed.
    today
        The day on which it is judged what is overdue; see :func:`prosperity.engine.evaluate`.
    keep
        The time at which what the books hold is kept beside them, where it changed, for later
        runs as of a day; None keeps nothing.

    Raises
    ------
    UnknownIndustryError
        When a wanted industry is in none of the books.
    BookError, DataError, DefinitionError
        As reading and evaluating say; also when two books hold the same industry, and when none
        has any data.
    """
    books: list[Book] = []
    for number, path in enumerate(paths, 1):
        if progress:
            progress(path.name, number, len(paths))
        books.append(read_guarded(read_book, path))
    # Only after the run: beside a book that cannot be run nothing is begun.
    with seen(books, keep):
        evaluation = evaluate_books(
            books,
            wanted=wanted,
            variants=variants,
            settings=settings,
            progress=progress,
            today=today,
        )
    return evaluation if keep is None else kept(evaluation, books, keep)


@contextmanager
def seen(books: Sequence[Book], at: datetime | None) -> Iterator[None]:
    """Keep the books of a run that is stopped by an error, where they have a history already.

    They were looked at all the same: what was typed is not to wait for the next run that succeeds.
    None keeps nothing.
    """
    try:
        yield
    except ProsperityError:
        for book in books:
            if at is not None and has_store(book.path) and _has_industries(book):
                keep_seen(book, at=at, event="run")
        raise


def kept(evaluation: Evaluation, books: Sequence[Book], at: datetime) -> Evaluation:
    """Keep what the books of a run hold beside them, where it changed.

    Parameters
    ----------
    evaluation
        What was computed of the books.
    books
        The books, as they were read.
    at
        The time of the state that is kept.

    Returns
    -------
    Evaluation
        The same, with a notice for each book whose state could not be kept.
    """
    said = [notice for book in books if _has_industries(book) for notice in _keep(book, at)]
    return replace(evaluation, notices=(*evaluation.notices, *said))


def evaluate_books(
    books: Sequence[Book],
    *,
    wanted: Sequence[str] = (),
    variants: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> Evaluation:
    """Evaluate books that have been read; see :func:`run_books`."""
    settings = settings or Settings()
    books = prepared(books, variants, settings, today)
    computed = compute_systems(
        books, wanted=wanted, everything=not wanted, settings=settings, progress=progress
    )
    others = [name for name in wanted if system_named(name, books) is None]
    # Where systems alone are asked for, or there are no others, no industry is missing.
    none_needed = bool(computed.results) and not others and bool(wanted or not _any(books))
    chosen = [] if none_needed else chosen_industries(books, others)
    wanted = others
    results: dict[str, IndustryResult] = {}
    home = {industry.id: book for book, industries in chosen for industry in industries}
    dated: list[Notice] = []
    judged: pd.Timestamp | None = pd.Timestamp(today or settings.as_of or date.today())
    for book, industries in chosen:
        part = evaluate(
            book.panel,
            industries,
            settings,
            known=book.definitions,
            required=None if wanted or len(home) == 1 else (),
            progress=progress,
            today=today,
        )
        own = part.combined.notices if part.combined else ()
        judged = part.today
        dated.extend(_named(notice, book) for notice in part.notices if notice not in own)
        # A model that a book only uses on the way is shown from its own book, where there is one.
        results.update(
            {
                id: _compared(result)
                for id, result in part.results.items()
                if home.get(id) is book or id not in home | results
            }
        )
    combined = combine({id: results[id] for id in home}, settings, _other_prices(books))
    said = [_named(notice, book) for book in books for notice in book.notices]
    found = Evaluation(
        results=results,
        settings=settings,
        asked=tuple(home),
        simulated=any(book.panel.simulated for book, _ in chosen)
        or any(result.simulated for result in computed.results.values()),
        combined=combined,
        notices=(*said, *dated, *computed.notices, *(combined.notices if combined else ())),
        today=judged,
        systems=computed.results,
    )
    return planned(found) if found.systems else found


def prepared(
    books: Sequence[Book],
    variants: Mapping[str, str] | None,
    settings: Settings,
    today: date | None,
) -> list[Book]:
    """Return books as they were on the day of the run, with the variants that were asked for."""
    return [_varied(_as_of(book, settings, today), variants or {}) for book in books]


def _any(books: Sequence[Book]) -> bool:
    return any(book.industries for book in books)


def _has_industries(book: Book) -> bool:
    """Whether a book is kept as one of industries; one of systems alone has no history."""
    return bool(book.industries) or not book.systems


def _other_prices(books: Sequence[Book]) -> pd.DataFrame:
    """Return the indices that only stand beside the industries', each from its first book."""
    frames = [other_prices(book.panel, book.definitions.values()) for book in books]
    joined = pd.concat(frames, axis=1).sort_index()
    return joined.loc[:, ~joined.columns.duplicated()]


def chosen_industries(
    books: Sequence[Book], wanted: Sequence[str]
) -> list[tuple[Book, list[Industry]]]:
    """Return each book with the industries to compute from it; see :func:`run_books`."""
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
    asked = [held_by(name, every, books).id for name in dict.fromkeys(wanted)]
    ids = asked or [
        id for id, book in holder.items() if has_data(book.panel, every[id], book.definitions)
    ]
    if not ids:
        refuse_systems_alone(books)
        names = "、".join(book.path.name for book in books)
        raise BookError(
            "nothing_to_run",
            f"{names} 中没有任何行业有数据。请在 data 表中填入数据后再运行。",
            f"No industry in {names} has data. Fill in the data sheet and run again.",
        )
    picked = [(book, [every[id] for id in ids if holder[id] is book]) for book in books]
    return [(book, industries) for book, industries in picked if industries]


def held_by(asked: str, held: Mapping[str, Industry], books: Sequence[Book]) -> Industry:
    """Return the industry of ``books`` that an id or name means.

    Raises
    ------
    BookError
        ``not_in_book`` for one that exists and that none of the books is for.
    UnknownIndustryError
        For one that nobody knows.
    """
    try:
        return find(asked, held)
    except UnknownIndustryError:
        known = {id: model for book in books for id, model in book.definitions.items()}
        model = find(asked, {**catalog(), **known})
    names = "、".join(book.path.name for book in books)
    there = list(held)
    zh, en = "、".join(there[:SHOWN_IDS]), ", ".join(there[:SHOWN_IDS])
    more = " …" if len(there) > SHOWN_IDS else ""
    kind = ("模块，不是行业", "a module and not an industry")
    if model.kind != "industry":
        raise BookError(
            "not_an_industry",
            f"{model.name_zh}（{model.id}）是{kind[0]}；{names} 的行业有：{zh}{more}。",
            f"{model.name_en} ({model.id}) is {kind[1]}; {names} has {en}{more}.",
        )
    raise BookError(
        "not_in_book",
        f"{names} 不含{model.name_zh}（{model.id}），其中的行业有：{zh}{more}。请给出它的工作簿，"
        f"或用 prosperity template {model.id} 新建。",
        f"{model.name_en} ({model.id}) is not in {names.replace('、', ', ')} (there: {en}{more}); "
        f"give its book, or make one with 'prosperity template {model.id}'.",
    )


def _varied(book: Book, variants: Mapping[str, str]) -> Book:
    """Return the book with some of its definitions in one of their variants."""
    book, variants = varied(book, variants)
    changed = {
        find(asked, book.definitions).id: variant_of(find(asked, book.definitions), variant)
        for asked, variant in variants.items()
    }
    return replace(book, definitions={**book.definitions, **changed}) if changed else book


def _as_of(book: Book, settings: Settings, today: date | None) -> Book:
    """Return the book with the values that it held on the day of the run, where they were kept."""
    if settings.as_of is None or not _has_industries(book):
        return book
    then, said = book_as_of(book, settings.as_of, today=today)
    return replace(then, notices=(*then.notices, *said))


def _keep(book: Book, now: datetime) -> tuple[Notice, ...]:
    """Keep what a book holds beside it, where it changed; a notice says why that cannot be."""
    error = keep_seen(book, at=now, event="run")
    if error is None:
        return ()
    return (_named(Notice(error.code, *not_kept(error), severity="warning"), book),)


def _compared(result: IndustryResult) -> IndustryResult:
    """Add a notice to a result whose definition is not the catalog's, saying what differs."""
    definition = result.definition
    if definition.id not in catalog():
        own = Notice(
            "own_definition",
            f"{definition.name_zh}（{definition.id}）是工作簿自己定义的行业。",
            f"{definition.name_en} ({definition.id}) is defined by the book itself.",
            severity="note",
        )
        return replace(result, notices=(*result.notices, own))
    found = differences(catalog()[definition.id], definition)
    if not found:
        return result
    changes = "; ".join(f"{d.field}: {_short(d.before)} → {_short(d.after)}" for d in found)
    notice = Notice(
        "definition_changed",
        f"定义与目录有 {len(found)} 处不同：{changes}。",
        f"The definition differs from the catalog in {len(found)} places: {changes}.",
        severity="note",
    )
    return replace(result, notices=(*result.notices, notice))


def _short(value: object) -> str:
    text = "–" if value is None else str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _named(notice: Notice, book: Book) -> Notice:
    """Put the book's name in front of a notice about it."""
    name = book.path.name
    return replace(notice, zh=f"{name}：{notice.zh}", en=f"{name}: {notice.en}")


def catalog_industries(wanted: Iterable[str]) -> list[Industry]:
    """Return catalog definitions by id or name, each once, in the order asked for."""
    return list({i.id: i for i in map(find, wanted)}.values())
