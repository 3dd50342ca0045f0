"""Merging a vendor's export into the ``data`` sheet of an open workbook."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from prosperity.catalog import catalog
from prosperity.errors import BookError, DataError

from prosperity_excel.blocks import find_sheet, plain, snapshot
from prosperity_excel.excel_app import patiently
from prosperity_excel.layout import FREQUENCIES, SHEETS, Label, fold, lookup
from prosperity_excel.live import LiveBook
from prosperity_excel.reading.cells import number
from prosperity_excel.reading.dated import DatedSheet, read_dated
from prosperity_excel.reading.findings import Findings, listed
from prosperity_excel.reading.sheets import open_workbook
from prosperity_excel.registry import Pair

#: Label rows by which a column is known, the surest first.
KNOWN_BY: tuple[Label, ...] = ("id", "source_id", "name_zh", "name_en")
_DAILY = {word for word, id in lookup(FREQUENCIES).items() if id in ("D", "W")}  # type: ignore[arg-type]


@dataclass(frozen=True)
class Merged:
    """What an import did."""

    columns: tuple[str, ...]
    values: int
    new_rows: int
    unknown: tuple[str, ...]

    def summary(self) -> Pair:
        """Return it in Chinese and English."""
        over_zh = f"未认出 {len(self.unknown)} 列：{listed(self.unknown)}。" if self.unknown else ""
        over_en = f" {len(self.unknown)} columns unknown: {listed(self.unknown)}." * bool(
            self.unknown
        )
        return (
            f"导入 {len(self.columns)} 列、{self.values} 个数值，新增 {self.new_rows} 行。"
            f"{over_zh}",
            f"{len(self.columns)} columns, {self.values} values, {self.new_rows} new rows."
            f"{over_en}",
        )


def merge(book: Any, path: Path) -> Merged:
    """Put the values of an export into the columns of ``data`` that hold the same series.

    Columns are known by id, vendor id or name. A month that ``data`` lacks gets a row; a value
    that the export lacks stays as it is. Everything is written as one block.

    Parameters
    ----------
    book
        ``xlwings.Book`` with a ``data`` sheet.
    path
        The export: a workbook whose column A holds labels, then dates.

    Raises
    ------
    BookError
        When there is no ``data`` sheet, when it holds formulas, or the export cannot be read.
    DataError
        When no column is known, or cells of the export cannot be used.
    """
    sheet = find_sheet(book, SHEETS["data"])
    if sheet is None:
        raise BookError(
            "missing_sheet",
            "本工作簿没有 data 表。请打开行业工作簿，或用“新建模板”。",
            "This book has no sheet data. Open an industry's book, or use New template.",
            where=str(book.name),
        )
    findings = Findings()
    target = read_dated(LiveBook(book).values(str(sheet.name)), findings)
    findings.stop_if_any(target.sheet)
    grid = _grid(target)
    known = _known(target)
    found: list[str] = []
    unknown: list[str] = []
    count, rows_before = 0, len(grid.rows)
    for source in _sources(path):
        taken: set[int] = set()
        for column in source.columns:
            place = _place(source, column, known)
            if place is None or place in taken:
                unknown.append(_shown(source, column))
                continue
            taken.add(place)
            found.append(_shown(source, column))
            daily = fold(target.header("frequency", place)) in _DAILY
            for row, value in source.read(column, number, findings):
                grid.put(row.day, place, value, daily=daily)
                count += 1
        findings.stop_if_any(source.sheet)
    if not found:
        raise DataError(
            "nothing_known",
            f"导出文件中没有任何一列属于本工作簿的指标（例如 {listed(unknown, 3)}）。"
            "请在 data 表的“指标ID”行填入数据商代码。",
            f"No column of the export belongs to this book (such as {listed(unknown, 3)}). Put the "
            "vendor's codes into the row 指标ID of the sheet data.",
            where=path.name,
        )
    _write(sheet, target, grid)
    return Merged(tuple(found), count, len(grid.rows) - rows_before, tuple(unknown))


class _Grid:
    """The dated rows of a sheet: cells by day, and the days by month."""

    def __init__(self, rows: Mapping[date, list[Any]], width: int) -> None:
        self.rows = dict(rows)
        self.width = width
        self._months = {(day.year, day.month): day for day in sorted(self.rows)}

    def put(self, day: date, column: int, value: float, *, daily: bool) -> None:
        """Put a value into its row: the same day's, or for a monthly series the month's last."""
        key = day if daily else self._months.get((day.year, day.month), _month_end(day))
        if key not in self.rows:
            self.rows[key] = [None] * self.width
            self._months[key.year, key.month] = max(
                key, self._months.get((key.year, key.month), key)
            )
        self.rows[key][column] = value


def _grid(target: DatedSheet) -> _Grid:
    width = target.sheet.width
    rows = {
        row.day: [target.sheet.cell(row.number, column) for column in range(width)]
        for row in target.rows
    }
    return _Grid(rows, width)


def _known(target: DatedSheet) -> dict[str, int]:
    """Return the target's column by every word that means it."""
    aliases = {i.id: (*i.source_ids, i.name_zh, i.name_en, *i.aliases)
               for m in catalog().values() for i in m.indicators}  # fmt: skip
    words: dict[str, int] = {}
    for label in KNOWN_BY:
        for column in target.columns:
            words.setdefault(fold(target.header(label, column)), column)
    for column in target.columns:
        for word in aliases.get(fold(target.header("id", column)), ()):
            words.setdefault(fold(word), column)
    words.pop("", None)
    return words


def _sources(path: Path) -> list[DatedSheet]:
    """Return the sheets of an export that name columns."""
    workbook = open_workbook(path)
    found = []
    for name in workbook.names:
        findings = Findings()
        table = read_dated(workbook.sheet(name), findings)
        if table.columns and table.rows:
            findings.stop_if_any(table.sheet)
            found.append(table)
    if not found:
        raise BookError(
            "not_an_export",
            "文件里没有“A 列为表头和日期”的表。支持 Wind、iFinD、Choice 的导出工作簿。",
            "No sheet of the file has labels and dates in column A, as the exports of Wind, iFinD "
            "and Choice have.",
            where=path.name,
        )
    return found


def _place(source: DatedSheet, column: int, known: Mapping[str, int]) -> int | None:
    words = (fold(source.header(label, column)) for label in KNOWN_BY)
    return next((known[word] for word in words if word in known), None)


def _shown(source: DatedSheet, column: int) -> str:
    words = (source.header(label, column) for label in ("name_zh", "name_en", "source_id", "id"))
    return next(filter(None, words), "?")[:40]


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _write(sheet: Any, target: DatedSheet, grid: _Grid) -> None:
    """Write the dated rows as one block in the sheet's own order; on failure put it back."""
    first = min((row.number for row in target.rows), default=max(target.labels.values()) + 1)
    before = snapshot(sheet)
    if any(isinstance(f, str) and f.startswith("=") for row in before[first:] for f in row):
        raise BookError(
            "data_formulas",
            "data 表的数据区有公式，导入会盖掉它们。请改为数值，或手工粘贴。",
            "The data rows hold formulas, which an import would replace. Turn them into values, or "
            "paste by hand.",
            where=target.sheet.place(),
        )
    numbers = [row.number for row in target.rows]
    end = max(numbers, default=first - 1) + 1
    grows = first + len(grid.rows) > end
    if grows and any(cell not in (None, "") for row in before[end:] for cell in row):
        raise BookError(
            "notes_below",
            "data 表数据下方还有文字，新增的行会盖掉它。请先移走。",
            "There is text below the rows of data, which new rows would replace. Move it first.",
            where=target.sheet.place(),
        )
    newest_first = len(numbers) > 1 and numbers[0] > numbers[-1]
    block: list[list[Any]] = [
        [datetime(d.year, d.month, d.day), *(plain(_value(c)) for c in grid.rows[d][1:])]
        for d in sorted(grid.rows, reverse=newest_first)
    ]
    # Blank rows between the old ones close up, so the block covers all of the old place.
    block += [[None] * grid.width for _ in range(end - first - len(block))]
    try:
        patiently(lambda: setattr(sheet.range((first + 1, 1)), "value", block))
    except Exception:
        last = (first + len(block), grid.width)
        patiently(sheet.range((first + 1, 1), last).clear_contents)
        last = (len(before), max(map(len, before)))
        patiently(lambda: setattr(sheet.range((1, 1), last), "formula", before))
        raise


def _value(cell: Any) -> Any:
    return getattr(cell, "text", getattr(cell, "value", cell))
