"""What can be seen on a sheet of an export: where its dates and labels stand, and whose it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from prosperity_excel.layout import FREQUENCIES, clean, fold, lookup
from prosperity_excel.reading.cells import Cell, ErrorCell, day, text
from prosperity_excel.reading.sheets import Sheet, address

HeaderLabel = Literal[
    "name", "frequency", "unit", "source_id", "source", "updated", "country", "range", "date",
    "release", "number",
]  # fmt: skip

#: Words that vendors write beside or above what they describe.
HEADER_LABELS: Mapping[HeaderLabel, tuple[str, ...]] = {
    "name": ("指标名称", "名称", "中文名称", "指标", "指标简称", "证券简称", "证券名称", "name",
             "series", "indicator"),
    "frequency": ("频率", "频度", "frequency"),
    "unit": ("单位", "unit"),
    "source_id": ("指标ID", "指标代码", "指标编码", "代码", "证券代码", "code", "id", "ticker",
                  "series_id"),
    "source": ("来源", "数据来源", "发布方", "发布机构", "source"),
    "updated": ("更新时间", "最近更新", "更新日期", "最新更新时间", "updated"),
    "country": ("国家", "国家/地区", "地区", "country"),
    "range": ("时间区间", "起止时间", "时间范围", "数据区间"),
    "date": ("日期", "时间", "月份", "季度", "统计时间", "统计周期", "date", "month", "period",
             "trade_date", "交易日期"),
    "release": ("披露时间", "披露日期", "公布日", "公布时间", "公布日期", "发布时间", "发布日期",
                "release", "release_date"),
    "number": ("序号", "no", "index"),
}  # fmt: skip
#: Field names of quotes in English exports.
QUOTE_FIELDS = frozenset(
    ("pre_close", "open", "high", "low", "close", "volume", "amt", "chg", "pct_chg", "turn",
     "adjfactor", "vwap", "amount", "swing", "settle", "oi")
)  # fmt: skip
VALUE_WORDS = frozenset(map(fold, ("value", "值", "数值", "今值", "数据")))
#: jin10's tables, which AKShare passes on: date of release, value, forecast, previous value.
JIN10 = frozenset(map(fold, ("今值", "预测值", "前值")))
#: Marks of a vendor in a cell of its own.
_VENDOR_MARKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("wind", re.compile(r"^wind$|数据来源[:：]\s*wind", re.IGNORECASE)),
    ("ifind", re.compile(r"同花顺|ifind", re.IGNORECASE)),
    ("choice", re.compile(r"东方财富|choice数据", re.IGNORECASE)),
)
ID_FORMS: Mapping[str, re.Pattern[str]] = {
    "choice": re.compile(r"^(EMM|EMI|EMG)\d{6,}$"),
    "wind": re.compile(r"^[A-Z]\d{7}$"),
    "ifind": re.compile(r"^[A-Z]\d{8,10}$"),
}
CODE = re.compile(r"^[0-9A-Z]{4,8}\.[A-Z]{2,4}$")
_LABEL_OF: Mapping[str, HeaderLabel] = lookup(HEADER_LABELS)  # type: ignore[arg-type,assignment]
_FREQUENCY_WORDS = frozenset(fold(w) for words in FREQUENCIES.values() for w in words) | {
    "年",
    "年度",
    "旬",
    "半年",
}
_HEADER_ROWS = 40
_LONGEST_DATE = 24


def label_of(cell: Cell) -> HeaderLabel | None:
    """Return which header label a cell is, if any."""
    if not isinstance(cell, str) or len(cell) > 40:
        return None
    return _LABEL_OF.get(fold(cell).rstrip(":"))


def is_date(cell: Cell) -> bool:
    """Whether a cell is a date by its type or, as text, in a form that can only be a date."""
    if isinstance(cell, date | datetime):
        return day(cell).value is not None
    if isinstance(cell, str) and 6 <= len(cell) <= _LONGEST_DATE:
        return day(cell).value is not None
    return False


@dataclass(frozen=True)
class DateColumn:
    """A column of dates: its number, and the rows of the first and the last date."""

    column: int
    first: int
    last: int


@dataclass(frozen=True)
class Features:
    """What a sheet shows.

    Attributes
    ----------
    sheet : Sheet
        Turned, when dates run across: then rows are the file's columns.
    turned : bool
    dates : tuple of DateColumn
        From left to right; a column of release dates is not among them.
    releases : mapping of int to int
        Column of release dates by column of periods.
    labels : mapping of str to int
        Row of each header label that stands beside the values.
    seen : frozenset of str
        Names of the features; see :data:`prosperity_excel.reading.layouts.FEATURES`.
    """

    sheet: Sheet
    turned: bool
    dates: tuple[DateColumn, ...]
    releases: Mapping[int, int]
    labels: Mapping[HeaderLabel, int]
    seen: frozenset[str]

    def place(self, row: int, column: int) -> str:
        """Return the address in the file of a cell of the sheet as turned."""
        return address(column, row) if self.turned else address(row, column)

    def at(self, row: int, column: int) -> tuple[int, int]:
        """Return row and column in the file of a cell of the sheet as turned."""
        return (column, row) if self.turned else (row, column)

    def head(self) -> int:
        """Return the row of the first date; the number of rows when there is none."""
        return min((d.first for d in self.dates), default=len(self.sheet.rows))


def look(sheet: Sheet) -> Features:
    """Look at a sheet."""
    upright = _date_columns(sheet)
    across = _turned(sheet)
    sideways = _date_columns(across) if across is not None else ()
    turned = bool(sideways) and across is not None and _days(sideways) > 2 * _days(upright)
    shown = across if turned and across is not None else sheet
    dates = sideways if turned else upright
    dates, releases = _release_columns(shown, dates)
    labels = _labels(shown, dates)
    seen = _seen(shown, dates, releases, labels, turned)
    return Features(shown, turned, dates, releases, labels, frozenset(seen))


def _days(dates: Iterable[DateColumn]) -> int:
    return max((d.last - d.first + 1 for d in dates), default=0)


def _turned(sheet: Sheet) -> Sheet | None:
    """Return the sheet with rows and columns exchanged, when a row has several dates.

    A row that says when series were updated is none of that kind.
    """
    for row in sheet.rows[:_HEADER_ROWS]:
        if any(label_of(cell) in ("updated", "range") for cell in row[:3]):
            continue
        if sum(is_date(cell) for cell in row) >= 3:
            width = sheet.width
            padded = (r + [None] * (width - len(r)) for r in sheet.rows)
            columns = [list(column) for column in zip(*padded, strict=True)]
            return Sheet(sheet.book, sheet.name, columns, sheet.date_1904)
    return None


def _date_columns(sheet: Sheet) -> tuple[DateColumn, ...]:
    found = []
    for column in range(sheet.width):
        strong = _rows_where(sheet, column, is_date)
        if len(strong) >= 2 and _mostly(sheet, column, strong):
            found.append(DateColumn(column, strong[0], strong[-1]))
    if found:
        return tuple(found)
    for column in range(min(sheet.width, 3)):
        numbered = _numbered_days(sheet, column)
        if numbered is not None:
            return (numbered,)
        strong = _rows_where(sheet, column, is_date)
        if len(strong) == 1 and any(label_of(sheet.cell(r, column)) for r in range(strong[0])):
            return (DateColumn(column, strong[0], strong[0]),)
    return ()


def _rows_where(sheet: Sheet, column: int, test: Callable[[Cell], bool]) -> list[int]:
    return [r for r, row in enumerate(sheet.rows) if column < len(row) and test(row[column])]


def _mostly(sheet: Sheet, column: int, strong: list[int]) -> bool:
    """Whether most filled cells between the first and the last date are dates."""
    between = range(strong[0], strong[-1] + 1)
    filled = sum(sheet.cell(r, column) is not None for r in between)
    return len(strong) >= 0.6 * filled


def _numbered_days(sheet: Sheet, column: int) -> DateColumn | None:
    """Return a column whose numbers are all days: 20200331, 202003, or serial numbers in order."""
    rows = _rows_where(sheet, column, lambda c: isinstance(c, int | float | str) and bool(c))
    numbers = [r for r in rows if isinstance(sheet.cell(r, column), int | float)]
    if len(numbers) < 2 or len(numbers) < 0.8 * len([r for r in rows if r >= numbers[0]]):
        return None
    days = [day(sheet.cell(r, column), date_1904=sheet.date_1904).value for r in numbers]
    known = [d for d in days if d is not None]
    if len(known) < 0.9 * len(numbers):
        return None
    if known != sorted(known) and known != sorted(known, reverse=True):
        return None
    return DateColumn(column, numbers[0], numbers[-1])


def _release_columns(
    sheet: Sheet, dates: tuple[DateColumn, ...]
) -> tuple[tuple[DateColumn, ...], dict[int, int]]:
    """Part columns of release dates from those of periods: their header says so."""
    head = min((d.first for d in dates), default=0)
    periods: list[DateColumn] = []
    releases: dict[int, int] = {}
    for found in dates:
        said = {label_of(sheet.cell(r, found.column)) for r in range(min(head, found.first))}
        if "release" in said and periods:
            releases.setdefault(periods[-1].column, found.column)
        elif said - {None} != {"updated"} and not (periods and _is_named(sheet, found)):
            periods.append(found)
    if len(periods) == len(dates) and periods:
        # A column of release dates may have too few dates to be seen as one.
        beside = periods[0].column + 1
        if any(label_of(sheet.cell(r, beside)) == "release" for r in range(head)):
            releases[periods[0].column] = beside
    return tuple(periods), releases


def _is_named(sheet: Sheet, found: DateColumn) -> bool:
    """Whether a column has a name of its own above it, as series have and dates have not."""
    above = (sheet.cell(r, found.column) for r in range(found.first))
    return any(not empty(cell) and label_of(cell) is None for cell in above)


def _labels(sheet: Sheet, dates: tuple[DateColumn, ...]) -> dict[HeaderLabel, int]:
    """Return the header rows that a label names, in the date column or to its left."""
    found: dict[HeaderLabel, int] = {}
    if not dates:
        return found
    for row in range(dates[0].first):
        for column in range(dates[0].column + 1):
            label = label_of(sheet.cell(row, column))
            if label is not None and label not in ("date", "release", "number"):
                found.setdefault(label, row)
    return found


def ids_like(values: Iterable[str]) -> str:
    """Return whose ids most of the texts look like; empty when no vendor's."""
    filled = [v for v in values if v]
    for vendor, form in ID_FORMS.items():
        if filled and sum(bool(form.match(v)) for v in filled) > len(filled) / 2:
            return vendor
    return ""


def header_texts(sheet: Sheet, row: int, start: int) -> list[str]:
    """Return the texts of a header row from a column on."""
    cells = sheet.rows[row] if row < len(sheet.rows) else []
    return [clean(text(cell)) for cell in cells[start:]]


def is_frequency(word: str) -> bool:
    """Whether a text is the name of a frequency."""
    return fold(word) in _FREQUENCY_WORDS


def _seen(
    sheet: Sheet,
    dates: tuple[DateColumn, ...],
    releases: Mapping[int, int],
    labels: Mapping[HeaderLabel, int],
    turned: bool,
) -> set[str]:
    seen: set[str] = {f"label:{label}" for label in labels}
    seen |= _vendors(sheet)
    table = _table_labels(sheet)
    if not dates:
        if len(table - {"date", "release", "number"}) >= 3:
            seen.add("notes")
        return seen
    seen |= {"dates"}
    if turned:
        seen.add("turned")
    if releases:
        seen.add("release_column")
    if len(dates) > 1:
        seen.add("several_date_columns")
    head = dates[0].first
    start = dates[0].column + 1
    rows = [header_texts(sheet, r, start) for r in range(head)]
    for row in rows:
        vendor = ids_like(row)
        if vendor:
            seen |= {"ids", f"ids:{vendor}"}
        if len(QUOTE_FIELDS & {w.casefold() for w in row}) >= 2:
            seen.add("quote_fields")
    if len(rows) == 1 and any(rows[0]):
        seen.add("one_header_row")
    last = [fold(w) for w in header_texts(sheet, head - 1, 0)] if head else []
    named = {label_of(w) for w in last}
    if set(last) >= JIN10:
        seen.add("jin10")
    if VALUE_WORDS & set(last):
        seen.add("value_column")
        if {"name", "source_id"} & named:
            seen.add("name_column")
    corner = fold(text(sheet.cell(head - 1, dates[0].column))) if head else ""
    if corner in ("date", "日期", "month", "月份", "季度", "统计时间"):
        seen.add(f"corner:{'latin' if corner.isascii() else 'chinese'}")
    days = [day(sheet.cell(r, dates[0].column), date_1904=sheet.date_1904).value
            for r in range(dates[0].first, dates[0].last + 1)]  # fmt: skip
    known = [d for d in days if d is not None]
    if len(known) > 2 and all(d.day == 1 for d in known):
        seen.add("first_of_month")
    if len(known) > 1:
        seen.add("descending" if known[-1] < known[0] else "ascending")
    if isinstance(sheet.cell(head, dates[0].column), str):
        seen.add("text_dates")
        if re.search("月份|季度", str(sheet.cell(head, dates[0].column))):
            seen.add("month_words")
    if dates[0].column > 0 and any(
        label_of(sheet.cell(r, c)) == "number" for r in range(head) for c in range(start)
    ):
        seen.add("running_number")
    if any(re.search(r"(_|^)(yoy|mom|ytd_value|value|level)$", w) for row in rows for w in row):
        seen.add("tidy_words")
    return seen


def _vendors(sheet: Sheet) -> set[str]:
    """Return the vendors that a cell at the top or the bottom names."""
    ends = [*sheet.rows[:5], *sheet.rows[-8:]]
    said = [c for row in ends for c in row[:3] if isinstance(c, str) and len(c) < 60]
    return {f"mark:{v}" for v, form in _VENDOR_MARKS if any(form.search(clean(c)) for c in said)}


def _table_labels(sheet: Sheet) -> set[HeaderLabel]:
    """Return the header labels that stand in one row, as over a table of notes."""
    rows = ({label_of(c) for c in row} - {None} for row in sheet.rows[:10])
    best = max(rows, key=len, default=set())
    return {label for label in best if label is not None}


def empty(cell: Cell) -> bool:
    """Whether a cell holds nothing, not even a formula or an error."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_error(cell: Cell) -> bool:
    """Whether a cell is an error or a formula without a value."""
    return isinstance(cell, ErrorCell)
