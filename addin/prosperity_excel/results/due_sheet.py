"""The sheet ``due`` in a desk's own book: what comes before the next decision of its industries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from prosperity.changes import Change
from prosperity.coming.outlook import Due, Outlook
from prosperity.errors import SettingError
from prosperity.settings import Settings

from prosperity_excel.book.book import Book
from prosperity_excel.book.own_sheets import write_own_sheet, written_cells
from prosperity_excel.files.child import read_guarded
from prosperity_excel.runs.changed import since_kept
from prosperity_excel.runs.coming import Coming, outlooks
from prosperity_excel.sheets.workbook import first_cells
from prosperity_excel.vintages.identity import identity_for
from prosperity_excel.words.book_words import DUE_SHEET
from prosperity_excel.words.change_words import CHANGED, change_sentences
from prosperity_excel.words.coming_words import crossing_words, due_words, headline, method_words
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.statements import SIMULATED

Cell = str | float | date | None
#: The heading of the sheet; the first one marks it as ours.
SHEET_HEAD = (
    "待公布 Due",
    "指标 Indicator",
    "月份 Month",
    "预计公布 Expected",
    "最迟公布 Latest",
    "最近值 Last",
    "即时预测 Nowcast",
    "下限 Low 10%",
    "上限 High 90%",
    "方法 Method",
    "翻转值 Break-even",
    "单独翻转 Flips alone",
    "公布 Release",
)
#: Columns of the sheet that hold texts and dates.
TEXTS, DATES = (0, 1, 9, 10, 12), (2, 3, 4)
NOTHING: Pair = ("下次决策前没有待公布的指标。", "Nothing is due before the next decision.")


def sheet_rows(found: Coming, changes: Sequence[Change] = ()) -> list[tuple[Cell, ...]]:
    """Return the rows of the sheet, its heading first: sentences, then a row a print.

    Rows are of equal length, and what is not known is blank. ``changes`` are those since the last
    state that was kept.
    """
    said: list[Pair] = [SIMULATED] if found.simulated else []
    said += [headline(one) for one in found.outlooks]
    said += [_without(id, error.zh, error.en) for id, error in found.failures.items()]
    if changes:
        said += [CHANGED, *(change_sentences(one) for one in changes)]
    rows = [_row(one, due) for one in found.outlooks for due in one.prints]
    if not rows:
        said.append(NOTHING)
    blank = (None,) * (len(SHEET_HEAD) - 1)
    return [SHEET_HEAD, *((_both(pair), *blank) for pair in said), *rows]


def held_sheet(path: Path) -> str:
    """Return the name of a closed book's sheet ``due`` that is ours; empty for none."""
    heads = read_guarded(first_cells, path, *DUE_SHEET)
    return next((name for name, head in heads.items() if head == SHEET_HEAD[0]), "")


def renewed_cells(
    book: Book, settings: Settings, today: date, variants: Mapping[str, str] | None = None
) -> list[tuple[int, int, Cell]]:
    """Return the cells of the sheet for a book as it is now: row, column and value.

    Under settings that see the future the sheet says why it has nothing.
    """
    try:
        found = outlooks([book], settings=settings, today=today, variants=variants)
    except SettingError as error:
        failures = dict.fromkeys(book.industries, error.bare())
        return written_cells(sheet_rows(Coming((), failures, book.panel.simulated)))
    return written_cells(sheet_rows(found, since_kept([book], (), settings, today)[0]))


def write_due(
    path: Path, found: Coming, now: datetime | None = None, changes: Sequence[Change] = ()
) -> Path | None:
    """Write what is due into the sheet ``due`` of a closed book, replacing what it held.

    Returns
    -------
    Path or None
        The dated copy of the book; None when the sheet said the same already.

    Raises
    ------
    BookError
        ``not_our_sheet`` when the book has a sheet ``due`` of its own; else as
        :func:`prosperity_excel.ooxml.edits.edit_book`.
    """
    rows = sheet_rows(found, changes)
    return write_own_sheet(path, DUE_SHEET, rows, now, "due", identity_for(path))


def of_book(found: Coming, industries: Sequence[str]) -> Coming:
    """Return the part of a run that concerns some industries, by their ids."""
    return Coming(
        tuple(one for one in found.outlooks if one.definition.id in industries),
        {id: error for id, error in found.failures.items() if id in industries},
        found.simulated,
    )


def _row(found: Outlook, due: Due) -> tuple[Cell, ...]:
    model, one, said = found.definition, due.print, due.nowcast
    numbers: tuple[Cell, ...] = (None,) * 4
    if said is not None:
        numbers = tuple(_known(value) for value in (said.last, said.value, said.low, said.high))
    return (
        _both((model.name_zh, model.name_en)),
        _both((one.name_zh, one.name_en)),
        one.period.date(),
        one.expected.date(),
        one.latest.date(),
        *numbers,
        "" if said is None else _both(method_words(said.method)),
        _both(crossing_words(due)),
        _known(due.flips) if due.varied else None,
        _both(due_words(one)),
    )


def _without(id: str, zh: str, en: str) -> Pair:
    return f"{id}：{zh}", f"{id}: {en}"


def _both(pair: Pair) -> str:
    return pair[0] if pair[0] == pair[1] else " ".join(pair)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
