"""Which book holds a system: the calling workbook first, then the library's."""

from __future__ import annotations

from collections.abc import Iterable

from prosperity.errors import BookError, ProsperityError
from prosperity.systems.reading import find_system, systems
from prosperity.systems.spec import System

from prosperity_excel.book.system_sheet import own_systems
from prosperity_excel.files.ordinary import TooHardError
from prosperity_excel.formulas.library_files import unread_words
from prosperity_excel.formulas.sources import Source, World
from prosperity_excel.words.book_words import (
    CHECKS_SHEET,
    DUE_SHEET,
    IMPORT_SHEET,
    PLAN_SHEET,
    RESULT_SHEET,
    SHEETS,
    fold,
)
from prosperity_excel.words.system_words import SYSTEM_SHEET

#: Sheets that make a book one of a system.
SYSTEM_NEEDED = (SYSTEM_SHEET, SHEETS["prices"])
#: Sheets of such a book that make no numbers; of the others each may be an input.
UNCOUNTED = frozenset(
    fold(word)
    for words in (
        SHEETS["guide"],
        SHEETS["dashboard"],
        SHEETS["result"],
        CHECKS_SHEET,
        DUE_SHEET,
        IMPORT_SHEET,
        PLAN_SHEET,
    )
    for word in words
)


def is_counted(name: str) -> bool:
    """Whether a sheet of a system's book may count for its numbers."""
    folded = fold(name)
    return folded not in UNCOUNTED and not folded.startswith(f"{RESULT_SHEET}_")


def holds_system(names: Iterable[str]) -> bool:
    """Whether a workbook's sheets are those of a system's book."""
    folded = {fold(name) for name in names}
    return all(any(fold(word) in folded for word in words) for words in SYSTEM_NEEDED)


def system_holder(world: World, asked: str) -> tuple[str, Source]:
    """Return a system's id and the book that holds it.

    Raises
    ------
    DefinitionError
        ``unknown_system`` when none is called so.
    BookError
        ``no_book`` when no book holds it, ``system_twice`` when two library books do, and
        ``missing_library``; and what reading the calling workbook raises.
    """
    known = dict(systems())
    if world.own is not None and _may_hold(world.own):
        known |= world.own.book.systems
    there, unread = _in_library(world)
    for own, _ in there:
        known |= {id: system for id, system in own.items() if id not in known}
    id = find_system(asked, known).id
    if world.own is not None and _may_hold(world.own) and id in world.own.book.systems:
        return id, world.own
    found = [source for own, source in there if id in own]
    if len(found) > 1:
        names = [source.name for source in found[:2]]
        raise BookError(
            "library_system_twice",
            f"{names[0]} 和 {names[1]} 都有系统 {id}，请把其中一个移出资料夹。",
            f"{names[0]} and {names[1]} both hold the system {id}; move one of them out of the "
            "library folder.",
        )
    if found:
        return id, found[0]
    if world.missing is not None:
        raise world.missing.bare()
    zh, en = unread_words(unread)
    raise BookError(
        "no_book_of_system",
        f"没有工作簿含有系统 {id}：本工作簿没有它的 system 与 prices 表，资料夹里也没有。"
        f"prosperity template {id} 可生成模板。{zh}",
        f"No book holds the system {id}: the calling workbook has no sheets system and prices of "
        f"it, and neither has the library. 'prosperity template {id}' makes one.{en}",
    )


def _in_library(
    world: World,
) -> tuple[list[tuple[dict[str, System], Source]], list[tuple[str, ProsperityError]]]:
    """Return the library's books of systems, by a look at their sheet ``system`` alone."""
    found, unread = [], []
    for source in world.library:
        try:
            if _may_hold(source):
                found.append((_named(source), source))
        except ProsperityError as error:
            unread.append((source.name, error))
    return found, unread


def _may_hold(source: Source) -> bool:
    try:
        return holds_system(source.workbook.names)
    except TooHardError:
        return bool(source.book.systems)


def _named(source: Source) -> dict[str, System]:
    try:
        return own_systems(source.workbook)
    except TooHardError:
        return dict(source.book.systems)
