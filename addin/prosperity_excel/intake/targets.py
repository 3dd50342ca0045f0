"""What a book has room for: its columns, and the values that they hold now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from prosperity.catalog import catalog, closure
from prosperity.definition import Industry
from prosperity.errors import BookError

from prosperity_excel.book.dated import DatedSheet, read_dated
from prosperity_excel.book.definitions import own_models
from prosperity_excel.book.matching import matched, wanted_indicators
from prosperity_excel.book.series_columns import stated_breaks
from prosperity_excel.files.regular import content_of
from prosperity_excel.intake.candidates import Target
from prosperity_excel.series.monthly import last_day
from prosperity_excel.sheets.cells import day, number
from prosperity_excel.sheets.findings import Findings
from prosperity_excel.sheets.workbook import Workbook, open_workbook
from prosperity_excel.words.book_words import (
    BENCHMARK,
    BENCHMARK_NAMES,
    SHEETS,
    Label,
    SheetId,
    fold,
)


@dataclass(frozen=True)
class Held:
    """A column's values: by month end (``data``, ``releases``) or day (``prices``).

    ``rows`` says in which row each stands; ``several`` are months with more than one value.
    """

    values: Mapping[date, float]
    rows: Mapping[date, int]
    several: frozenset[date] = frozenset()


@dataclass(frozen=True)
class OpenBook:
    """A book as an import sees it.

    Attributes
    ----------
    name : str
        For messages.
    file : Path or None
        The file, beside which matches, breaks and earlier values are remembered; None for an
        open workbook that has no file on this machine.
    content : bytes
        What a closed book's file held, to make sure later that it is still the same; empty for
        an open workbook.
    tables : mapping of str to DatedSheet
        ``data`` and ``prices``, and ``releases`` where there is one.
    targets : tuple of Target
    releases : mapping of str to int
        Column of ``releases`` by indicator id.
    findings : Findings
    """

    name: str
    file: Path | None
    content: bytes
    tables: Mapping[SheetId, DatedSheet]
    targets: tuple[Target, ...]
    releases: Mapping[str, int]
    findings: Findings

    def held(self, target: Target) -> Held:
        """Return what a target's column holds now; cells that cannot be read hold nothing."""
        table = self.tables[target.sheet]
        key: Callable[[date], date] = last_day if target.sheet == "data" else (lambda d: d)
        read = partial(number, unit=target.unit)
        values: dict[date, float] = {}
        rows: dict[date, int] = {}
        several: set[date] = set()
        for row, value in table.read(target.column, read, Findings()):
            when = key(row.day)
            if when in values:
                several.add(when)
            values[when], rows[when] = value, row.number
        return Held(values, rows, frozenset(several))

    def released(self, id: str) -> dict[date, date]:
        """Return the release dates that the book states for an indicator, by month end."""
        column = self.releases.get(id)
        if column is None:
            return {}
        table = self.tables["releases"]
        read = partial(day, date_1904=table.sheet.date_1904)
        pairs = table.read(column, read, Findings())
        return {last_day(row.day): when for row, when in pairs}


def open_for_import(path: Path) -> OpenBook:
    """Open a closed book to see what an import can fill.

    Raises
    ------
    BookError, DataError, DefinitionError
        As :func:`targets_of` says, and when it cannot be read.
    """
    workbook = open_workbook(path)
    return targets_of(workbook, path, content_of(path))


def targets_of(workbook: Workbook, file: Path | None, content: bytes = b"") -> OpenBook:
    """Return what an import can fill in a workbook, wherever its sheets come from.

    Parameters
    ----------
    workbook
        The book.
    file, content
        As :class:`OpenBook` keeps them.

    Raises
    ------
    BookError
        When a sheet cannot be read, or there is no sheet ``data``.
    DataError
        When the dates of a sheet are in disorder, or two columns hold one series.
    DefinitionError
        For the ``definition`` sheet.
    """
    findings = Findings()
    own = own_models(workbook)
    known = {**catalog(), **own}
    wanted = wanted_indicators(closure((own or catalog()).values(), known))
    tables: dict[SheetId, DatedSheet] = {}
    ids: Iterable[SheetId] = ("data", "prices", "releases")
    for id in ids:
        sheet = workbook.filled(SHEETS[id])
        if sheet is not None:
            tables[id] = read_dated(sheet, findings)
            findings.stop_if_any(sheet)
    if "data" not in tables:
        raise BookError(
            "no_data_sheet",
            "工作簿没有可以填写的 data（数据）表；请用“新建模板”或 prosperity template 生成。",
            "The book has no data sheet to fill; make one with New template or 'prosperity "
            "template'.",
            where=workbook.path.name,
        )
    table = tables["data"]
    targets = []
    columns = matched(table, wanted, findings)
    findings.stop_if_any(table.sheet)
    for column, name in columns.items():
        want = wanted[name]
        targets.append(
            Target(
                "data", name, column,
                codes=want.codes | _said(table, column, "source_id"),
                names=want.names | _said(table, column, "name_zh", "name_en"),
                title=table.header("name_zh", column) or want.indicator.name_zh,
                unit=table.header("unit", column) or want.indicator.unit,
                indicator=want.indicator,
                lag=want.lag,
                breaks=stated_breaks(table, column, name),
            )
        )  # fmt: skip
    if "prices" in tables:
        targets += _price_targets(tables["prices"], known)
    releases = {}
    if "releases" in tables:
        found = matched(tables["releases"], wanted, Findings())
        releases = {id: column for column, id in found.items()}
    return OpenBook(workbook.path.name, file, content, tables, tuple(targets), releases, findings)


def _said(table: DatedSheet, column: int, *labels: Label) -> frozenset[str]:
    said = {fold(table.header(label, column)) for label in labels}
    return frozenset(said - {""})


def _price_targets(table: DatedSheet, known: Mapping[str, Industry]) -> list[Target]:
    found = []
    for column in table.columns:
        id, code = table.header("id", column), table.header("source_id", column)
        model = known.get(fold(id))
        names = _said(table, column, "name_zh", "name_en")
        codes = _said(table, column, "source_id") | ({fold(code.partition(".")[0])} - {""})
        if model is not None:
            names |= {fold(n) for n in (model.asset.name_zh, model.asset.name_en) if n}
            codes |= {fold(model.asset.code), fold(model.asset.code.partition(".")[0])} - {""}
        if fold(id) == BENCHMARK:
            names |= {fold(n) for n in BENCHMARK_NAMES.get(code, ())}
            codes |= {BENCHMARK}
        title = table.header("name_zh", column) or code or id
        found.append(Target("prices", id or code or title, column, codes, names, title))
    return found
