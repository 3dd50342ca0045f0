"""A book of the template's layout: data, release dates, prices and definitions, into a panel."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd
from prosperity.calendar import TradingCalendar
from prosperity.catalog import catalog, closure
from prosperity.definition import Industry
from prosperity.engine import price_names
from prosperity.errors import BookError
from prosperity.evaluation import Notice
from prosperity.panel import Panel
from prosperity.systems.spec import System

from prosperity_excel.book.dated import DatedSheet, missing_header, read_dated
from prosperity_excel.book.definitions import own_models
from prosperity_excel.book.matching import Wanted, matched, say_absent, wanted_indicators
from prosperity_excel.book.price_columns import price_names_of, read_prices
from prosperity_excel.book.release_columns import read_releases
from prosperity_excel.book.series_columns import SeriesColumn, read_columns, series_of
from prosperity_excel.book.system_book import systems_of
from prosperity_excel.sheets.cells import text
from prosperity_excel.sheets.findings import Coercion, Findings
from prosperity_excel.sheets.workbook import Sheet, Workbook, open_workbook
from prosperity_excel.words.book_words import (
    SETTINGS_WORDS,
    SHEET_NAMES_ZH,
    SHEETS,
    SIMULATED,
    SheetId,
    clean,
)

#: Without a ``definition`` sheet a book is for the industries of which it has at least this
#: share of the data columns.
ENOUGH_COLUMNS = 0.5
#: Sheets without which nothing can be computed.
REQUIRED: tuple[SheetId, ...] = ("data", "prices")


@dataclass(frozen=True)
class Book:
    """What a book holds.

    Attributes
    ----------
    path : Path
    panel : Panel
        Series by indicator id, and prices by the ``id`` row (``benchmark`` or an industry's id),
        else by code, else by name.
    definitions : mapping of str to Industry
        The models of the ``definition`` sheet; for ids that do not stand there, the catalog's.
    industries : tuple of str
        Ids of the models of kind ``industry`` that the book is for.
    notices : tuple of Notice
        What a reader must know.
    coercions : tuple of Coercion
        What was converted, by sheet and kind, with the cells.
    headers : mapping of str to mapping
        By indicator id, how often it is published and its lag, in force, as texts.
    settings : mapping of str to str
        What the ``settings`` sheet says, as texts; not checked.
    systems : mapping of str to System
        The systems that the book is for, of its sheet ``system``.
    """

    path: Path
    panel: Panel
    definitions: Mapping[str, Industry]
    industries: tuple[str, ...]
    notices: tuple[Notice, ...] = ()
    coercions: tuple[Coercion, ...] = ()
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    systems: Mapping[str, System] = field(default_factory=dict)


def read_book(path: Path) -> Book:
    """Read a book of the template's layout.

    Parameters
    ----------
    path
        An ``.xlsx`` or ``.xlsm`` file (``.xls`` as far as it goes). Sheets are found by their
        English or Chinese names; ``data`` and ``prices`` must be there.

    Returns
    -------
    Book
        Columns of ``data`` and ``releases`` are matched by id, else by vendor id, else by name or
        alias; what matches nothing is left out with a notice. Values of one month are combined
        when the series is daily or weekly. A blank cell, a mark for missing and an Excel error
        are missing values; conversions are counted.

        The book is for the industries of its ``definition`` sheet, without those that another
        model of the sheet uses and that have no column among the prices; where it has only
        modules, for these. Without such a sheet, and without a sheet ``system``, it
        is for the catalog's industries that are priced there, else for those of which at least
        half the data columns are there.

        The header's lag counts where it differs from the catalog's, else the definition's; when
        several models use a series, the longest. Dates in ``releases`` count before both.

        A sheet ``system`` makes it the book of systems, whose inputs are sheets of their own; it
        needs ``data`` only where these have indicators.

    Raises
    ------
    BookError
        When the file cannot be read, or ``data``, ``prices`` or their header is missing.
    DataError
        For cells, dates and columns that cannot be used; the problems of a sheet come together.
    DefinitionError
        For the ``definition`` sheet, with the cell.
    """
    return read_workbook(open_workbook(path))


def read_workbook(workbook: Workbook) -> Book:
    """Read an open workbook, wherever its sheets come from; see :func:`read_book`."""
    findings = Findings()
    if workbook.old_format:
        findings.notice(
            "old_format",
            "这是 .xls 工作簿，其中的 Excel 错误值无法与空单元格区分；建议另存为 .xlsx。",
            "This is an .xls book, in which Excel errors look like blank cells; save it as .xlsx.",
        )
    systems = systems_of(workbook)
    for id in systems.required if systems.own else REQUIRED:
        _require(workbook, id)
    # By far the longest sheet; it is read while the others are taken apart.
    workbook.begin(SHEETS["prices"])
    own = own_models(workbook)
    definitions = {**catalog(), **own}
    models = own if own or systems.own else catalog()
    wanted = wanted_indicators([*closure(models.values(), definitions), *systems.modules])
    stated = workbook.filled(SHEETS["releases"])
    releases = read_releases(_table(stated, findings), wanted, findings) if stated else {}
    data = workbook.find(SHEETS["data"]) if wanted else None
    table = None if data is None else _table(data, findings)
    columns = {} if table is None else _columns(table, wanted, findings)
    prices = workbook.filled(SHEETS["prices"])
    priced, marked_prices = _prices(prices, definitions, findings, systems.prices)
    industries = _industries(own, list(priced.columns), columns) if models else ()
    if data is not None:
        asked = [*(definitions[id] for id in industries), *systems.modules]
        say_absent(asked, definitions, columns, data, findings)
    calendar = TradingCalendar(pd.DatetimeIndex(priced.index))
    filled = systems.inputs(workbook, calendar, findings)
    says = {**{id: one.source for id, one in columns.items()}, **filled.sources}
    marked = marked_prices | {id for id, source in says.items() if says_simulated(source)}
    panel = Panel(
        series_of(columns, releases, calendar),
        systems.with_aliases(priced, definitions),
        bool(marked) or (table is not None and _simulated(table)),
        marked,
        filled.tables,
        filled.lists,
    )
    return Book(
        path=workbook.path,
        panel=panel,
        definitions=definitions,
        systems=systems.own,
        industries=industries,
        notices=tuple(findings.notices),
        coercions=findings.coercions,
        headers={id: _rhythm(column) for id, column in columns.items()},
        settings=_settings(workbook),
    )


def _columns(
    table: DatedSheet, wanted: Mapping[str, Wanted], findings: Findings
) -> dict[str, SeriesColumn]:
    return read_columns(table, matched(table, wanted, findings), wanted, findings)


def _rhythm(column: SeriesColumn) -> dict[str, str]:
    return {"frequency": column.frequency, "lag": str(column.lag)}


def _settings(workbook: Workbook) -> dict[str, str]:
    """Return the settings sheet's names and values; a heading and blank values are left out."""
    sheet = workbook.find(SETTINGS_WORDS)
    found: dict[str, str] = {}
    for cells in [] if sheet is None else sheet.rows:
        name, value = ((*cells, None, None)[at] for at in (0, 1))
        name = clean(text(name))
        said = f"{value:%Y-%m-%d}" if isinstance(value, date) else text(value)
        if name.isascii() and " " not in name and name and said:
            found[name] = said
    return found


def _require(workbook: Workbook, id: SheetId) -> str:
    """Return the name of a sheet that a book must have."""
    name = workbook.named(SHEETS[id])
    if name is None:
        there = "、".join(workbook.names)
        zh = SHEET_NAMES_ZH[id]
        raise BookError(
            "missing_sheet",
            f"工作簿没有 {id}（{zh}）表；现有：{there}。请用模板，或把该表改名为 {id}。",
            f"The book has no sheet {id} ({zh}); it has {there.replace('、', ', ')}. Use the "
            f"template, or rename the sheet to {id}.",
            where=workbook.path.name,
        )
    return name


def _prices(
    sheet: Sheet | None,
    known: Mapping[str, Industry],
    findings: Findings,
    assets: Mapping[str, str],
) -> tuple[pd.DataFrame, frozenset[str]]:
    """Return closing prices by day, and the names of those that say that they are simulated."""
    if sheet is None:
        return pd.DataFrame(index=pd.DatetimeIndex([]), dtype=float), frozenset()
    table = _table(sheet, findings)
    priced = read_prices(table, known, findings, assets)
    names = price_names_of(table, known, assets)
    return priced, frozenset(
        name for column, name in names.items() if says_simulated(table.header("source", column))
    )


def _table(sheet: Sheet, findings: Findings) -> DatedSheet:
    """Take a sheet apart; its header must name the columns."""
    table = read_dated(sheet, findings)
    if not {"id", "source_id", "name_zh"} & table.labels.keys():
        raise missing_header(sheet)
    return table


def _simulated(table: DatedSheet) -> bool:
    return any(says_simulated(table.header("source", column)) for column in table.columns)


def says_simulated(source: str) -> bool:
    """Whether a 来源 cell says that the data are simulated."""
    folded = source.casefold()
    return any(word in folded for word in SIMULATED)


def _industries(
    own: Mapping[str, Industry], priced: Sequence[str], columns: Iterable[str]
) -> tuple[str, ...]:
    """Return the industries that the book is for; see :func:`read_book`."""
    models = own or catalog()
    industries = [m for m in models.values() if m.kind == "industry"]
    have_price = [m.id for m in industries if set(price_names(m)[0]) & set(priced)]
    if own:
        used = {need for m in models.values() for need in m.needs}
        if not industries:
            # The book of shared modules alone is for those that no other of them uses.
            return tuple(id for id in models if id not in used)
        return tuple(
            m.id for m in industries if m.id not in used or m.id in have_price or not priced
        )
    if have_price:
        return tuple(have_price)
    there = set(columns)
    return tuple(m.id for m in industries if _share(m, there) >= ENOUGH_COLUMNS)


def _share(model: Industry, columns: Collection[str]) -> float:
    """Return the share of a model's own data columns that are among ``columns``."""
    needed = [i.id for i in model.indicators if i.own_column]
    return sum(id in columns for id in needed) / len(needed) if needed else 0.0
