"""The labels of time in one column, read together: what a label leaves open, the others decide.

A reading is taken only when it is the only one. Where two orders of day and month are possible
nothing is read, and both are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby, pairwise

from prosperity_excel.exports.date_forms import (
    ORDERS,
    PAIR_ORDERS,
    Label,
    full_year,
    month_end,
    read_label,
)
from prosperity_excel.sheets.cells import Cell, day

#: Years that a number alone, as a heading, may mean.
FIRST_YEAR, LAST_YEAR = 1949, 2100
#: Longest step of days between two dates of a daily or weekly column, holidays included.
_LONGEST_STEP = 16
#: Most months from the last of one year to the first of the next where its year is not said.
_LONGEST_TURN = 3


@dataclass(frozen=True)
class ColumnDates:
    """The dates of a column, by row.

    Attributes
    ----------
    days : mapping of int to date
        Ascending by row. A period has its last day.
    kinds : mapping of int to str
        What was converted, as :data:`prosperity_excel.sheets.cells.COERCIONS` names it.
    to_date : frozenset of int
        Rows whose label runs from January on, over more than one month.
    headings : frozenset of int
        Rows that say a year for those below.
    undecided : mapping of int to (str, str)
        Rows that can be read in more than one way, and the ways in Chinese and English.
    """

    days: Mapping[int, date] = field(default_factory=dict)
    kinds: Mapping[int, str] = field(default_factory=dict)
    to_date: frozenset[int] = frozenset()
    headings: frozenset[int] = frozenset()
    undecided: Mapping[int, tuple[str, str]] = field(default_factory=dict)


def read_dates(cells: Mapping[int, Cell], years: Mapping[int, int] | None = None) -> ColumnDates:
    """Read a column's dates and texts as labels of time.

    Parameters
    ----------
    cells
        Filled cells by row, ascending. Numbers are read only as years (2018), as months where
        ``years`` are given, and as decimals such as 2018.01.
    years
        Year of each row, where a column beside says it.
    """
    dated: dict[int, date] = {}
    labels: dict[int, Label] = {}
    decimals = {
        r: c
        for r, c in cells.items()
        if isinstance(c, float) and c % 1 and FIRST_YEAR <= c <= LAST_YEAR + 1
    }
    if len(decimals) > 0.5 * len(cells):
        return _decimal_months({r: c for r, c in cells.items() if type(c) in (int, float)})
    for row, cell in cells.items():
        if isinstance(cell, date | datetime):
            value = day(cell).value
            if value is not None:
                dated[row] = value
        elif isinstance(cell, str):
            label = read_label(cell)
            if label is not None:
                labels[row] = label
        elif type(cell) in (int, float):
            number = _number_label(float(cell), with_years=years is not None)  # type: ignore[arg-type]
            if number is not None:
                labels[row] = number
    return _settled(dated, labels, years or {})


def _number_label(value: float, *, with_years: bool) -> Label | None:
    if with_years and 1 <= value <= 12 and value.is_integer():
        return Label(month=int(value))
    return Label(year=int(value)) if is_year(value) else None


def is_year(value: float) -> bool:
    """Whether a number may be a year."""
    return FIRST_YEAR <= value <= LAST_YEAR and value == int(value)


def _decimal_months(cells: Mapping[int, Cell]) -> ColumnDates:
    """Read months written as numbers: 2018.01, or 2018.1, which may be January or October.

    They are read when they are consecutive months in one way only.
    """
    choices = {row: _choices(cell) for row, cell in cells.items()}  # type: ignore[arg-type]
    if not all(choices.values()):
        return ColumnDates()
    rows = list(choices)
    runs = [
        run
        for first in choices[rows[0]]
        for step in (1, -1)
        if all((run := [first + step * at for at in range(len(rows))])[at] in choices[row]
               for at, row in enumerate(rows))
    ]  # fmt: skip
    if len(runs) != 1 or len(rows) < 2:
        return ColumnDates(undecided=dict.fromkeys(rows, ("1 月或 10 月", "January or October")))
    days = {r: month_end(n // 12, n % 12 + 1) for r, n in zip(rows, runs[0], strict=True)}
    return ColumnDates(days, dict.fromkeys(rows, "month_number"))


def _choices(value: float) -> tuple[int, ...]:
    """Return the months, counted from the year 0, that a number such as 2018.1 may mean."""
    if not FIRST_YEAR <= value < LAST_YEAR + 1:
        return ()
    year, hundredths = divmod(round(value * 100), 100)
    months = (hundredths // 10 if hundredths % 10 == 0 else 0, hundredths)
    return tuple(dict.fromkeys(year * 12 + m - 1 for m in months if 1 <= m <= 12))


def _settled(
    dated: dict[int, date], labels: dict[int, Label], years: Mapping[int, int]
) -> ColumnDates:
    days = dict(dated)
    kinds: dict[int, str] = {}
    undecided: dict[int, tuple[str, str]] = {}
    for row, label in labels.items():
        if label.day is not None:
            days[row], kinds[row] = label.day, label.kind
    for size, orders, made in (
        (3, {k: v[2] for k, v in ORDERS.items()}, _three),
        (2, {k: v[2] for k, v in PAIR_ORDERS.items()}, _two),
    ):
        rows = {r: label for r, label in labels.items() if len(label.numbers) == size}
        if rows:
            found, doubt = _ordered(rows, orders, made, days if size == 3 else {})
            if size == 3 and _looks_converted(dated, found, doubt):
                doubt = _named_orders(("mdy", "dmy"))
                days = {r: d for r, d in days.items() if r not in dated}
                undecided |= dict.fromkeys(dated, doubt)
                found = {}
            days |= found
            kinds |= {r: labels[r].kind for r in found}
            undecided |= dict.fromkeys(rows, doubt) if doubt else {}
    headings = frozenset(r for r, x in labels.items() if x.year and not x.month and not x.numbers)
    partial = {r: x for r, x in labels.items() if x.day is None and x.month}
    if partial:
        found, doubt = _with_years(partial, labels, headings, years)
        days |= found
        kinds |= {r: labels[r].kind for r in found}
        undecided |= dict.fromkeys(partial, doubt) if doubt else {}
    elif headings and not days:
        # Years alone are a column of yearly values; a number alone is no year.
        days = {r: month_end(labels[r].year, 12) for r in headings}
        headings = frozenset()
    ordered = {r: days[r] for r in sorted(days)}
    return ColumnDates(ordered, kinds, _to_date(labels, ordered), headings, undecided)


def _to_date(labels: Mapping[int, Label], days: Mapping[int, date]) -> frozenset[int]:
    """Return the rows of labels from January on; quarters written as months are none."""
    spans = {r: x for r, x in labels.items() if x.start and r in days}
    if any(x.start > 1 for x in spans.values()):
        return frozenset()
    return frozenset(spans)


# -- numbers in an order that is not said -----------------------------------------------------


def _ordered(
    rows: Mapping[int, Label],
    orders: Mapping[str, tuple[int, ...]],
    made: Callable[[Sequence[int], Sequence[int]], date | None],
    others: Mapping[int, date],
) -> tuple[dict[int, date], tuple[str, str] | None]:
    """Read numbers in the one order that all rows allow, else in the one that is regular."""
    possible: dict[str, dict[int, date]] = {}
    for name, order in orders.items():
        read = {r: d for r, x in rows.items() if (d := made(x.numbers, order)) is not None}
        if len(read) == len(rows):
            possible[name] = read
    if len(possible) > 1:
        same = {tuple(read.values()) for read in possible.values()}
        regular = {n: f for n, f in possible.items() if _runs_regular({**others, **f})}
        possible = regular if len(regular) == 1 else possible
        possible = dict([next(iter(possible.items()))]) if len(same) == 1 else possible
    if len(possible) == 1:
        (found,) = possible.values()
        # Two numbers are a year and a month only when they run as months do.
        if made is _three or _runs_regular(found):
            return found, None
    return {}, _named_orders(possible or orders)


def _runs_regular(found: Mapping[int, date]) -> bool:
    """Whether dates are regular between rows without any, as in blocks below one another."""
    runs = [[found[r] for r in rows] for rows in _runs_of_rows(found)]
    long = [run for run in runs if len(run) > 1]
    return bool(long) and all(map(_is_regular, long))


def _named_orders(names: Iterable[str]) -> tuple[str, str]:
    said = [(ORDERS.get(n) or PAIR_ORDERS[n])[:2] for n in names]
    return " 或 ".join(zh for zh, _ in said), " or ".join(en for _, en in said)


def _looks_converted(
    dated: Mapping[int, date], found: Mapping[int, date], doubt: tuple[str, str] | None
) -> bool:
    """Whether true dates beside texts look as if a program had turned day and month about.

    Excel under another country's settings makes dates of those texts whose day could be a month,
    and leaves the others as they are: then the days of all texts are above 12, and none of the
    dates' is.
    """
    if not dated or max(d.day for d in dated.values()) > 12:
        return False
    return doubt is not None or min((d.day for d in found.values()), default=0) > 12


def _three(numbers: Sequence[int], order: Sequence[int]) -> date | None:
    """Return the date of three numbers in an order; a month that was named is below zero."""
    year, month, day_ = (numbers[at] for at in order)
    if any(n < 0 for at, n in enumerate(numbers) if at != order[1]) or (
        order[0] == 0 and numbers[2] > 99
    ):
        return None
    try:
        return date(full_year(year), abs(month), day_)
    except ValueError:
        return None


def _two(numbers: Sequence[int], order: Sequence[int]) -> date | None:
    year, month = (numbers[at] for at in order)
    if year < 0 or not 1 <= abs(month) <= 12 or (month > 0 and min(numbers) < 0):
        return None
    return month_end(full_year(year), abs(month))


def _is_regular(days: Sequence[date]) -> bool:
    """Whether dates run one way, by months or quarters on one day, or day by day."""
    steps = [(b - a).days for a, b in pairwise(days)]
    if not steps or not (min(steps) > 0 or max(steps) < 0):
        return False
    if max(map(abs, steps)) <= _LONGEST_STEP:
        return True
    whole = sum(22 <= abs(s) <= 40 or 85 <= abs(s) <= 97 for s in steps)
    one_day = len({d.day for d in days}) == 1 or min(d.day for d in days) >= 26
    return one_day and whole >= 0.8 * len(steps)


# -- months whose year stands elsewhere -------------------------------------------------------


def _with_years(
    partial: Mapping[int, Label],
    labels: Mapping[int, Label],
    headings: frozenset[int],
    years: Mapping[int, int],
) -> tuple[dict[int, date], tuple[str, str] | None]:
    """Give months the year that a column beside says, or that was said last."""
    if years:
        return {r: month_end(years[r], x.month) for r, x in partial.items() if r in years}, None
    whole = _shortest(partial, labels, headings)
    if whole:
        return whole, None
    found: dict[int, date] = {}
    for rows in _runs_of_rows({*partial, *headings, *(r for r, x in labels.items() if x.day)}):
        own = {r: partial[r] for r in rows if r in partial}
        part = _shortest(own, {r: labels[r] for r in rows}, headings & set(rows)) if own else {}
        if len(part) < len(own):
            return {}, ("年份不明", "of an unknown year")
        found |= part
    return found, None


def _shortest(
    partial: Mapping[int, Label], labels: Mapping[int, Label], headings: frozenset[int]
) -> dict[int, date]:
    """Return the dates of the one way to carry years that covers the least time; else none."""
    runs = [f for step in (0, 1, -1) if (f := _carried(partial, labels, headings, step))]
    shortest = min(map(_travelled, runs), default=0)
    best = {tuple(f.items()) for f in runs if _travelled(f) == shortest}
    return dict(best.pop()) if len(best) == 1 else {}


def _runs_of_rows(rows: Iterable[int]) -> list[list[int]]:
    """Return rows in groups without a gap."""
    runs: list[list[int]] = []
    before = -2
    for row in sorted(rows):
        if row - before > 1:
            runs.append([])
        runs[-1].append(row)
        before = row
    return runs


def _carried(
    partial: Mapping[int, Label], labels: Mapping[int, Label], headings: frozenset[int], step: int
) -> dict[int, date] | None:
    """Carry years down a column: forwards (1), backwards (-1), or never into another year (0).

    None when the months do not run that way throughout, or no year is said before them.
    """
    year, before = 0, 0
    found: dict[int, date] = {}
    whole: list[date] = []
    for row in sorted({*partial, *headings, *(r for r, x in labels.items() if x.day)}):
        label = labels[row]
        if row in headings or label.day is not None:
            year, before = label.year, label.month
        elif not year:
            return None
        else:
            turns = step and before and (label.month - before) * step <= 0
            if turns and (label.month - before) * step + 12 > _LONGEST_TURN:
                return None
            year, before = year + step if turns else year, label.month
            found[row] = month_end(year, label.month)
        if row not in headings:
            whole.append(found.get(row) or label.day or date.min)
    return found if _runs(whole, step) else None


def _runs(days: Sequence[date], step: int) -> bool:
    """Whether dates run one way; where years may stand in any order, within each year."""
    groups = [days]
    if not step:
        groups = [list(group) for _, group in groupby(days, key=lambda d: d.year)]
    ways = {b > a for group in groups for a, b in pairwise(group)}
    return len(ways) < 2 and len(set(days)) == len(days) and (not step or ways <= {step > 0})


def _travelled(found: Mapping[int, date]) -> int:
    return sum(abs((b - a).days) for a, b in pairwise(found.values()))
