"""A wide sheet of a system's input: dates down, an entity a column, laid out as ``prices``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from prosperity.systems.spec import Input

from prosperity_excel.book.dated import NAMING, DatedSheet, missing_header, read_dated
from prosperity_excel.book.entities import Entities
from prosperity_excel.book.matching import duplicate_column
from prosperity_excel.sheets.cells import day, text
from prosperity_excel.sheets.findings import Findings
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.words.book_words import LABELS, fold
from prosperity_excel.words.system_words import DATE_WORDS, ESTIMATED_WORDS, RELEASE_WORDS

_RELEASE = {fold(word) for word in RELEASE_WORDS}
_ESTIMATED = {fold(word) for word in ESTIMATED_WORDS}
_DATES = {fold(word) for word in DATE_WORDS}
_NAMES = {fold(word) for label in NAMING for word in LABELS[label]}
#: Rows in which the header is looked for.
HEADER_WITHIN = 40
_TRUE = {fold(word) for word in ("true", "1", "是", "y", "yes")}


@dataclass(frozen=True)
class Wide:
    """What a wide sheet holds.

    Attributes
    ----------
    values : DataFrame
        Dates by entity; NaN where there is none.
    releases : DataFrame or None
        Stated release dates, of a column of that name; each is the row's.
    estimated : DataFrame or None
        Which values are estimates, of a column of that name.
    source : str
    table : DatedSheet
    columns : tuple of int
        The columns of the entities.
    """

    values: pd.DataFrame
    releases: pd.DataFrame | None
    estimated: pd.DataFrame | None
    source: str
    table: DatedSheet
    columns: tuple[int, ...]

    def place(self, row: int, column: int) -> tuple[int, int]:
        """Return where a value stands."""
        return self.table.rows[row].number, self.columns[column]


def read_wide(sheet: Sheet, one: Input, entities: Entities, findings: Findings) -> Wide | None:
    """Read a wide sheet; None where it has no dates.

    Raises
    ------
    BookError
        ``missing_header`` when no row names the columns.
    """
    table = wide_layout(sheet, findings)
    columns, release, estimated = wide_columns(table, entities, findings)
    values = {id: table.numbers(c, findings, unit=one.unit) for id, c in columns.items()}
    if not table.rows or not values:
        return None
    dates = pd.DatetimeIndex(table.days.astype("datetime64[ns]"))
    frame = pd.DataFrame(values, dates, dtype=float)
    stated = None if release is None else _spread(_days(table, release, findings), frame)
    flags = None if estimated is None else _spread(_flags(table, estimated), frame)
    sources = {table.header("source", c) for c in columns.values()} - {""}
    return Wide(frame, stated, flags, "；".join(sorted(sources)), table, tuple(columns.values()))


def wide_layout(sheet: Sheet, findings: Findings) -> DatedSheet:
    """Return a wide sheet taken apart: where its header, its columns and its dates stand.

    Raises
    ------
    BookError
        ``missing_header`` when no row names the columns.
    """
    table = read_dated(_labelled(sheet), findings)
    if not set(NAMING) & table.labels.keys():
        raise missing_header(sheet)
    return table


def _labelled(sheet: Sheet) -> Sheet:
    """Return a sheet whose header may be a row of names beside the word date, as ours has it."""
    heads = [fold(text(row[0])) if row else "" for row in sheet.rows[:HEADER_WITHIN]]
    if any(head in _NAMES for head in heads):
        return sheet
    at = next((n for n, head in enumerate(heads) if head in _DATES), None)
    if at is None:
        return sheet
    rows = list(sheet.rows)
    rows[at] = [LABELS["name_zh"][0], *rows[at][1:]]
    return replace(sheet, rows=rows)


def wide_columns(
    table: DatedSheet, entities: Entities, findings: Findings
) -> tuple[dict[str, int], int | None, int | None]:
    """Return the column of each entity, of release dates, and of marks of estimates."""
    found: dict[str, int] = {}
    release = estimated = None
    naming = [label for label in ("id", *NAMING) if label in table.labels]
    for column in table.columns:
        names = [table.header(label, column) for label in naming]
        folded = {fold(name) for name in names if name}
        if folded & _RELEASE:
            release = column
        elif folded & _ESTIMATED:
            estimated = column
        else:
            _place(table, column, names, entities, found, findings)
    return found, release, estimated


def _place(
    table: DatedSheet,
    column: int,
    names: list[str],
    entities: Entities,
    found: dict[str, int],
    findings: Findings,
) -> None:
    id = entities.find(*names)
    row = next(table.labels[label] for label in NAMING if label in table.labels)
    if id is None:
        shown = next(name for name in names if name)
        findings.problem(*entities.unknown(shown, table.sheet.name), row, column)
    elif id in found:
        duplicate_column(table, id, found[id], column, findings)
    else:
        found[id] = column


def _days(table: DatedSheet, column: int, findings: Findings) -> np.ndarray:
    """Return the release date of each row; NaT where none is stated."""
    days = np.full(len(table.rows), np.datetime64("NaT", "ns"))
    places = {row: place for place, row in enumerate(table.rows)}
    for row, released in table.read(
        column, partial(day, date_1904=table.sheet.date_1904), findings
    ):
        days[places[row]] = np.datetime64(released, "ns")
        if released < row.day:
            findings.problem(
                "early_release",
                f"公布日 {released} 早于该行的日期，请检查。",
                f"The release date {released} lies before the row's own date.",
                *(row.number, column),
            )
    return days


def _flags(table: DatedSheet, column: int) -> np.ndarray:
    cells = (table.sheet.cell(row.number, column) for row in table.rows)
    return np.array([fold(text(cell)) in _TRUE for cell in cells])


def _spread(values: np.ndarray, like: pd.DataFrame) -> pd.DataFrame:
    whole = np.repeat(values[:, None], like.shape[1], axis=1)
    return pd.DataFrame(whole, like.index, like.columns)
