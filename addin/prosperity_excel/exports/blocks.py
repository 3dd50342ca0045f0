"""The blocks of a sheet: each column of dates begins one, and so does each header below another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from prosperity_excel.exports.date_columns import DateColumn, date_columns
from prosperity_excel.exports.header_words import HeaderLabel, empty, is_date_word, label_of
from prosperity_excel.sheets.cells import Cell, number
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.words.book_words import clean

#: Header words of further columns of dates, besides the labels.
_DATE_LIKE = re.compile("日期|时间|时点|日$|期$|date|time|month|period", re.IGNORECASE)
_RELEASE_LIKE = re.compile("公布|发布|披露|公告|releas|publish|announc", re.IGNORECASE)


@dataclass(frozen=True)
class Block:
    """Dates and the columns that they date.

    Attributes
    ----------
    dates : DateColumn
        With the rows of this block only.
    top, bottom : int
        First row of the header, and the row after the last that belongs to the block.
    left, stop : int
        First column, and the column after the last.
    release : int or None
        Column of release dates.
    labels : mapping of str to int
        Row of each header label that stands beside the values.
    doubt : tuple of (str, str)
        Why the dates cannot be told, in Chinese and English.
    """

    dates: DateColumn
    top: int
    bottom: int
    left: int
    stop: int
    release: int | None = None
    labels: Mapping[HeaderLabel, int] = field(default_factory=dict)
    doubt: tuple[str, str] | None = None

    @property
    def columns(self) -> list[int]:
        """The columns that may hold values."""
        return [c for c in range(self.dates.column + 1, self.stop) if c != self.release]


def blocks_of(sheet: Sheet) -> tuple[Block, ...]:
    """Return the blocks of a sheet, from left to right and then downwards."""
    periods, releases, doubts = _roles(sheet, date_columns(sheet))
    found: list[Block] = []
    left = 0
    for at, dates in enumerate(periods):
        following = periods[at + 1] if at + 1 < len(periods) else None
        stop = sheet.width
        if following is not None:
            stop = following.column if following.years is None else following.years
        whole = Block(
            dates, 0, len(sheet.rows), left, stop,
            release=releases.get(dates.column), doubt=doubts.get(dates.column),
        )  # fmt: skip
        found += _segments(sheet, whole)
        left = stop
    return tuple(_labelled(sheet, found))


# -- which columns of dates say the period ----------------------------------------------------


def _roles(
    sheet: Sheet, found: Sequence[DateColumn]
) -> tuple[list[DateColumn], dict[int, int], dict[int, tuple[str, str]]]:
    """Part columns of release dates, and dates that are values, from those of periods."""
    head = min((d.first for d in found), default=0)
    periods: list[DateColumn] = []
    releases: dict[int, int] = {}
    doubts: dict[int, tuple[str, str]] = {}
    waiting: int | None = None
    for dates in found:
        above = [c for r in range(dates.first) if not empty(c := sheet.cell(r, dates.column))]
        nearest = above[-1] if above else None
        said = {label_of(c) for c in above}
        if "release" in said or (periods and _matches(_RELEASE_LIKE, nearest)):
            if periods:
                releases.setdefault(periods[-1].column, dates.column)
            elif len(found) > 1 and waiting is None:
                waiting = dates.column
            else:
                periods.append(dates)
        elif said - {None} and said - {None} <= {"updated", "range"}:
            continue
        elif not periods or _begins_block(sheet, dates, nearest):
            if periods and dates.column - periods[-1].column == 1:
                doubt = _two_beside(periods.pop(), dates)
                if doubt:
                    doubts[dates.column] = doubt
            periods.append(dates)
            if waiting is not None:
                releases[dates.column] = waiting
                waiting = None
    if periods and not releases:
        # A column of release dates may have too few dates to be seen as one.
        beside = periods[0].column + 1
        if any(label_of(sheet.cell(r, beside)) == "release" for r in range(head)):
            releases[periods[0].column] = beside
    return periods, releases, doubts


def _matches(form: re.Pattern[str], cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) < 30 and bool(form.search(clean(cell)))


def _begins_block(sheet: Sheet, dates: DateColumn, nearest: Cell) -> bool:
    """Whether a further column of dates begins a block, and is no series with a name."""
    if nearest is None or is_date_word(nearest) or label_of(nearest) is not None:
        return True
    if _matches(_DATE_LIKE, nearest):
        return True
    beside = [sheet.cell(r, dates.column + 1) for r in range(dates.first)]
    return all(map(empty, beside)) and not empty(sheet.cell(dates.first, dates.column + 1))


def _two_beside(first: DateColumn, second: DateColumn) -> tuple[str, str] | None:
    """Say what is not clear of two columns of dates side by side; None when they agree."""
    a, b = first.dates.days, second.dates.days
    if all(_month(a[r]) == _month(b[r]) for r in a.keys() & b.keys()):
        return None
    return (
        "两列日期相邻而月份不同，不知哪一列是数据所属的时期；请删去一列，或把公布日一列的表头写作“公布日期”",
        "two columns of dates side by side differ, and it is not said which is the period; delete "
        "one, or head the days of release with release_date",
    )


def _month(when: date) -> tuple[int, int]:
    return when.year, when.month


# -- blocks below one another -----------------------------------------------------------------


def _segments(sheet: Sheet, whole: Block) -> list[Block]:
    """Part a block where a header stands between its dates."""
    dates = whole.dates
    rows = sorted({*dates.dates.days, *dates.dates.undecided})
    starts = [
        (at, top)
        for at, (a, b) in enumerate(pairwise(rows), 1)
        if b - a > 1 and (top := _header_between(sheet, whole, a, b)) is not None
    ]
    if not starts:
        return [whole]
    found = []
    for (at, top), (end, bottom) in pairwise([(0, 0), *starts, (len(rows), len(sheet.rows))]):
        own = rows[at:end]
        found.append(
            replace(whole, dates=replace(dates, first=own[0], last=own[-1]),
                    top=top, bottom=bottom)
        )  # fmt: skip
    return found


def _header_between(sheet: Sheet, block: Block, before: int, after: int) -> int | None:
    """Return the first row of a header between two dated rows; None when there is none."""
    headings = block.dates.dates.headings
    between = [r for r in range(before + 1, after) if r not in headings]
    heads = [r for r in between if _is_header(sheet, block, r, before, after)]
    if not heads:
        return None
    blank = [r for r in between if r < heads[0] and _is_blank(sheet, block, r)]
    return blank[-1] + 1 if blank else heads[0]


def _is_header(sheet: Sheet, block: Block, row: int, before: int, after: int) -> bool:
    if label_of(sheet.cell(row, block.dates.column)) not in (None, "number", "source"):
        return True
    filled = [c for at in block.columns if not empty(c := sheet.cell(row, at))]
    if not filled or not all(isinstance(c, str) and number(c).problem for c in filled):
        return False
    days = block.dates.dates.days
    return before in days and after in days and not _goes_on(days, before, after)


def _goes_on(days: Mapping[int, date], before: int, after: int) -> bool:
    """Whether the date after a gap follows the dates above it."""
    above = [days[r] for r in sorted(days) if r <= before][-2:]
    rising = len(above) < 2 or above[-1] >= above[0]
    return (days[after] > days[before]) == rising


def _is_blank(sheet: Sheet, block: Block, row: int) -> bool:
    return all(empty(sheet.cell(row, c)) for c in range(block.left, block.stop))


# -- labels -----------------------------------------------------------------------------------


def _labelled(sheet: Sheet, blocks: Iterable[Block]) -> list[Block]:
    """Give each block the rows that labels name; one without own words shares those to its left."""
    found: list[Block] = []
    for block in blocks:
        own = _labels(sheet, block)
        heads = (sheet.cell(r, block.dates.column) for r in range(block.top, block.dates.first))
        for other in found if all(map(empty, heads)) else ():
            if other.top == block.top:
                shared = {k: r for k, r in other.labels.items() if r < block.dates.first}
                own = {**shared, **own}
                break
        found.append(replace(block, labels=own))
    return found


def _labels(sheet: Sheet, block: Block) -> dict[HeaderLabel, int]:
    found: dict[HeaderLabel, int] = {}
    for row in range(block.top, block.dates.first):
        for column in range(block.left, block.dates.column + 1):
            label = label_of(sheet.cell(row, column))
            if label is not None and label not in ("date", "release", "number"):
                found.setdefault(label, row)
    return found
