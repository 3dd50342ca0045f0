"""Exports and reduced panels into the sheets of a system's inputs, in a closed book.

An export is recognised by what the readers of a system's own sheets make of it: a long one by the
names of its columns in either language, a wide one by columns that are the system's assets. Where
several inputs could hold a wide table, its file or sheet says which by name, or it is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd
from prosperity.calendar import TradingCalendar
from prosperity.errors import BookError, DataError, ProsperityError
from prosperity.systems.reduce import Reduced
from prosperity.systems.spec import Input, System

from prosperity_excel.book.system_sheet import own_systems
from prosperity_excel.book.system_tables import read_input
from prosperity_excel.exports.sources import Unread, read_sheets
from prosperity_excel.files.child import read_guarded
from prosperity_excel.files.regular import content_of
from prosperity_excel.intake.system_records import TablePlan, plan_table
from prosperity_excel.ooxml.edits import edit_book
from prosperity_excel.sheets.findings import Findings
from prosperity_excel.sheets.workbook import Sheet, open_workbook
from prosperity_excel.vintages.identity import identity_for
from prosperity_excel.words.book_words import fold
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.system_words import names_of_field

#: Frames by field, of an input's id.
Given = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class SystemPlan:
    """What exports would write into a system's book.

    Attributes
    ----------
    book : Path
    content : bytes
        What the book held when this was planned.
    tables : tuple of TablePlan
    questions : tuple of pair of str
        Which tables could be of several inputs, and how to say of which they are.
    left : tuple of Path
        Files of which no sheet is a system's; the usual import sees to them.
    """

    book: Path
    content: bytes
    tables: tuple[TablePlan, ...] = ()
    questions: tuple[Pair, ...] = ()
    left: tuple[Path, ...] = ()
    systems: Mapping[str, System] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether anything would be written."""
        return any(one.writes for one in self.tables)

    @property
    def waiting(self) -> bool:
        """Whether anything is asked."""
        return bool(self.questions) or any(one.doubts for one in self.tables)


def systems_in(path: Path) -> dict[str, System]:
    """Return the systems of a closed book; empty where it is none."""
    return own_systems(open_workbook(path))


def input_sheet(path: Path, *words: str) -> Sheet | None:
    """Return the sheet of a closed book that is called by one of some words."""
    return open_workbook(path).find(words)


def export_sheets(path: Path) -> list[Sheet]:
    """Return the sheets of a file that can be read."""
    return [sheet for sheet in read_sheets(path) if not isinstance(sheet, Unread)]


def plan_exports(
    files: Sequence[Path],
    book: Path,
    maps: Mapping[str, str] = {},
    accepted: Collection[str] = (),
) -> SystemPlan | None:
    """Plan to put exports into a system's book; None for a book that is of no system.

    Parameters
    ----------
    files
        Of any kind; a table in a later one goes over an earlier one's.
    book
        The book.
    maps
        By name of a file or sheet, the id of the input that it is of.
    accepted
        Ids of inputs whose doubts are answered.

    Raises
    ------
    ProsperityError
        What is wrong in the book, or in a table that is said to be of an input.
    """
    content = content_of(book)
    systems: dict[str, System] = read_guarded(systems_in, book)
    if not systems:
        return None
    given: dict[tuple[str, str], Given] = {}
    sources: dict[tuple[str, str], list[str]] = {}
    questions: list[Pair] = []
    left = []
    for file in files:
        found = False
        for sheet in read_guarded(export_sheets, file):
            fits, question = _fits(sheet, file, systems, maps)
            if question is not None:
                questions.append(question)
                found = True
            for system, one, tables in fits:
                found = True
                key = system.id, one.id
                given[key] = _over(given.get(key, {}), tables)
                sources.setdefault(key, []).append(file.name)
        if not found:
            left.append(file)
    plans = [
        _plan(book, systems[system], id, values, "；".join(dict.fromkeys(sources[system, id])),
              accepted)
        for (system, id), values in given.items()
    ]  # fmt: skip
    return SystemPlan(book, content, tuple(plans), tuple(questions), tuple(left), systems)


def plan_reduced(book: Path, reduced: Reduced, accepted: Collection[str] = ()) -> SystemPlan:
    """Plan to put what a panel of stocks was reduced to into a system's book.

    Raises
    ------
    BookError
        ``not_this_system`` for a book of no or another system; ``no_input_sheet``.
    """
    content = content_of(book)
    systems: dict[str, System] = read_guarded(systems_in, book)
    if reduced.system not in systems:
        raise BookError(
            "not_this_system",
            f"工作簿不是系统 {reduced.system} 的；prosperity template {reduced.system} "
            "可生成模板。",
            f"The book is not one of the system {reduced.system}; 'prosperity template "
            f"{reduced.system}' makes one.",
            where=book.name,
        )
    system = systems[reduced.system]
    source = " ".join(reduced.head)
    tables = []
    for id, table in reduced.sheets.items():
        one = system.input(id)
        fields = [name for name, _ in one.columns if name in table]
        spread: Given = {
            name: table.pivot(index="date", columns=one.entity, values=name) for name in fields
        }
        tables.append(_plan(book, system, id, spread, source, accepted))
    return SystemPlan(book, content, tuple(tables), systems=systems)


def write_tables(plan: SystemPlan, verb: str, now: datetime | None = None) -> Path | None:
    """Write a plan into its book; return the dated copy, None when nothing changed.

    Raises
    ------
    BookError
        ``changed_meanwhile`` and what else :func:`prosperity_excel.ooxml.edits.edit_book` says.
    """
    edits = {one.sheet: one.edit for one in plan.tables if one.writes}
    return edit_book(
        plan.book,
        edits,
        now=now,
        expected=plan.content,
        verb=verb,
        identity=identity_for(plan.book),
    )


def _plan(
    book: Path,
    system: System,
    id: str,
    values: Given,
    source: str,
    accepted: Collection[str],
) -> TablePlan:
    one = system.input(id)
    sheet: Sheet | None = read_guarded(input_sheet, book, one.id, one.name_zh, one.name_en)
    if sheet is None:
        raise BookError(
            "no_input_sheet",
            f"工作簿没有表 {one.id}；prosperity template {system.id} 可生成模板。",
            f"The book has no sheet {one.id}; 'prosperity template {system.id}' makes one.",
            where=book.name,
        )
    try:
        return plan_table(sheet, system, one, values, source, accepted)
    except DataError as error:
        where = error.where if book.name in error.where else f"{book.name} / {error.where}"
        raise DataError(error.code, error.zh, error.en, where=where) from None


def _fits(
    sheet: Sheet, file: Path, systems: Mapping[str, System], maps: Mapping[str, str]
) -> tuple[list[tuple[System, Input, Given]], Pair | None]:
    """Return the input that a sheet of an export is of, with its values; or what is to be asked."""
    said = maps.get(file.name, maps.get(sheet.name, ""))
    candidates: list[tuple[System, Input, Given]] = []
    for system in systems.values():
        for one in (one for one in system.inputs if one.form != "list"):
            if said and said != one.id:
                continue
            try:
                tables = _read(sheet, one, system)
            except ProsperityError:
                if said or (one.form == "long" and _names_all(sheet, one)):
                    raise
                continue
            if tables:
                candidates.append((system, one, tables))
    if len(candidates) > 1:
        # A table by several names says most where more of its fields are there.
        most = max(len(tables) for _, _, tables in candidates)
        candidates = [c for c in candidates if len(c[2]) == most]
    if len(candidates) > 1 or (candidates and candidates[0][1].form == "wide" and not said):
        named = [c for c in candidates if _is_named(c[1], file.stem, sheet.name)]
        if len(named) != 1:
            ids = ", ".join(one.id for _, one, _ in candidates)
            return [], (
                f"{file.name} / {sheet.name} 可能是 {ids}；请加 --map {file.name}=ID"
                "（收盘价请另存并按行情导入）。",
                f"{file.name} / {sheet.name} could be {ids}; say which with --map "
                f"{file.name}=ID (closing prices are imported into prices as usual).",
            )
        candidates = named
    return candidates, None


def _read(sheet: Sheet, one: Input, system: System) -> Given:
    """Return the values of a sheet read as an input's, by field; empty where there are none."""
    findings = Findings()
    filled = read_input(sheet, one, system, TradingCalendar(pd.DatetimeIndex([])), findings)
    start = f"{one.id}."
    return {
        name.removeprefix(start): table.values
        for name, table in filled.tables.items()
        if table.values.notna().any(axis=None)
    }


def _names_all(sheet: Sheet, one: Input) -> bool:
    """Whether a row of a sheet names the entity and every field that must be there.

    Then it is meant for the input, and what is wrong in it is said.
    """
    needed = [one.entity, *(name for name, needed in one.columns if needed)]
    words = [{fold(word) for word in names_of_field(name)} for name in needed]
    for row in sheet.rows[:40]:
        heads = {fold(cell) for cell in row if isinstance(cell, str)}
        if len(words) > 1 and all(own & heads for own in words):
            return True
    return False


def _is_named(one: Input, *names: str) -> bool:
    """Whether a file or sheet is called as an input is."""
    own = [fold(word) for word in _words(one)]
    return any(word and word in fold(name) for word in own for name in names)


def _words(one: Input) -> Iterator[str]:
    yield from (one.id, one.name_zh, one.name_en)
    for name, _ in one.columns:
        yield from names_of_field(name)


def _over(before: Given, later: Given) -> Given:
    """Return values of two tables, those of the later one where both have one."""
    return {
        name: later[name].combine_first(before[name])
        if name in before and name in later
        else (later if name in later else before)[name]
        for name in {**before, **later}
    }
