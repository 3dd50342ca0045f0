"""The systems of books, computed: what the verbs and the cells share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prosperity.errors import BookError, DefinitionError, ProsperityError
from prosperity.notice import Notice
from prosperity.progress import Progress
from prosperity.settings import Settings
from prosperity.systems.reading import find_system, systems, with_changes
from prosperity.systems.spec import System

from prosperity_excel.book.book import Book

if TYPE_CHECKING:
    from prosperity.evaluation import Evaluation
    from prosperity.evidence.system_trials import SystemExamined
    from prosperity.systems.result import SystemResult


@dataclass(frozen=True)
class Computed:
    """The systems of some books.

    Attributes
    ----------
    results : mapping of str to SystemResult
    notices : tuple of Notice
        Why some could not be computed, where others could.
    """

    results: Mapping[str, SystemResult]
    notices: tuple[Notice, ...] = ()


def system_named(name: str, books: Sequence[Book]) -> System | None:
    """Return the system of some books that an id or name means; None when it means none."""
    known = {id: system for book in books for id, system in book.systems.items()}
    try:
        return find_system(name, known)
    except DefinitionError:
        return None


def compute_systems(
    books: Sequence[Book],
    *,
    wanted: Sequence[str] = (),
    everything: bool = True,
    settings: Settings,
    progress: Progress | None = None,
) -> Computed:
    """Compute the systems of books.

    Parameters
    ----------
    books
        Each system is computed on its own book's data.
    wanted
        Ids or names; those that mean no system of the books are passed by.
    everything
        Whether all are computed when none of ``wanted`` is a system.
    settings
        Conventions.
    progress
        Called before each.

    Raises
    ------
    BookError
        ``system_twice`` when two books hold the same system.
    ProsperityError
        Why the only one, or one that was asked for, cannot be computed.
    """
    home: dict[str, Book] = {}
    for book in books:
        for id in book.systems:
            if id in home:
                raise _twice(id, home[id], book)
            home[id] = book
    asked = [one.id for name in wanted if (one := system_named(name, books))]
    ids = list(dict.fromkeys(asked)) or (list(home) if everything else [])
    if not ids:
        return Computed({})
    # The rules are heavy, and Excel's server starts without them.
    from prosperity.systems.run import evaluate_system

    results: dict[str, SystemResult] = {}
    said: list[Notice] = []
    for number, id in enumerate(ids, 1):
        if progress:
            progress(id, number, len(ids))
        book = home[id]
        try:
            results[id] = _compared(evaluate_system(book.panel, book.systems[id], settings), book)
        except ProsperityError as error:
            placed = _placed(error, book)
            if asked or len(ids) == 1:
                raise placed from None
            said.append(
                Notice(error.code, f"{placed.where}：{error.zh}", f"{placed.where}: {error.en}")
            )
    return Computed(results, tuple(said))


def examine_systems(
    books: Sequence[Book],
    evaluation: Evaluation,
    settings: Settings,
    variants: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> dict[str, SystemExamined]:
    """Examine the systems of a run that have a portfolio, beside their documented variants.

    ``variants`` are those that the run itself took, by id or name.
    """
    if not evaluation.systems:
        return {}
    from prosperity.evidence.system_trials import examine_system

    made: dict[str, SystemExamined] = {}
    for id, result in evaluation.systems.items():
        home = next(book for book in books if id in book.systems)
        book, _ = varied(home, variants or {})
        found = examine_system(book.panel, result, settings, progress)
        if found is not None:
            made[id] = found
    return made


def refuse_systems_alone(books: Sequence[Book]) -> None:
    """Refuse what is for industries where books hold systems alone.

    Raises
    ------
    BookError
        ``systems_only``, with what may be done instead.
    """
    ids = [id for book in books for id in book.systems]
    if not ids or any(book.industries for book in books):
        return
    names = [book.path.name for book in books]
    raise BookError(
        "systems_only",
        f"{'、'.join(names)} 是系统（{'、'.join(ids)}）的工作簿，没有行业。系统请用 "
        "run、refresh、report、evidence，或公式 PROSPERITY_SYSTEM。",
        f"{', '.join(names)} is of systems ({', '.join(ids)}) and has no industry. For systems use "
        "run, refresh, report or evidence, or the formula PROSPERITY_SYSTEM.",
    )


def varied(book: Book, variants: Mapping[str, str]) -> tuple[Book, dict[str, str]]:
    """Return a book with its systems in the variants asked for, and the other variants.

    Raises
    ------
    DefinitionError
        ``unknown_variant`` with those that a system has.
    """
    rest: dict[str, str] = {}
    own = dict(book.systems)
    for name, variant in variants.items():
        system = system_named(name, [book])
        if system is None:
            rest[name] = variant
            continue
        own[system.id] = with_changes(system, _variant(system, variant))
    return (replace(book, systems=own) if own != book.systems else book), rest


def _variant(system: System, asked: str) -> str:
    for variant in system.variants:
        if asked.casefold() in (variant.id, variant.name_zh.casefold(), variant.name_en.casefold()):
            return variant.changes
    known = ", ".join(v.id for v in system.variants)
    raise DefinitionError(
        "unknown_system_variant",
        f"{system.id} 没有备选方案“{asked[:40]}”；有：{known or '无'}。",
        f"{system.id} has no variant {asked[:40]!r}; it has: {known or 'none'}.",
    )


def _compared(result: SystemResult, book: Book) -> SystemResult:
    """Add a notice to a result whose constants are not the catalog's."""
    system = book.systems[result.id]
    known = systems().get(system.id)
    if known is None or known == system:
        return result
    before = dict(known.values)
    changed = [
        f"{id}: {before.get(id, '–')} → {value}"
        for id, value in system.values.items()
        if before.get(id) != value
    ]
    shown = "; ".join(changed) or "–"
    notice = Notice(
        "system_changed",
        f"{system.name_zh}与目录不同；参数：{shown}。",
        f"{system.name_en} differs from the catalog; constants: {shown}.",
        severity="note",
    )
    return replace(result, notices=(*result.notices, notice))


def _placed(error: ProsperityError, book: Book) -> ProsperityError:
    """Return an error with the book's name, where it has no place."""
    if book.path.name in error.where:
        return error
    where = f"{book.path.name}: {error.where}" if error.where else book.path.name
    return type(error)(error.code, error.zh, error.en, where=where)


def _twice(id: str, first: Book, second: Book) -> BookError:
    return BookError(
        "system_twice",
        f"{first.path.name} 和 {second.path.name} 都有系统 {id}，请只给一个。",
        f"{first.path.name} and {second.path.name} both hold the system {id}; give only one.",
    )
