"""Deliberate faults in an open book: a table of kinds and places, and what must be found of each.

A book is read once; each fault changes a copy of one sheet's cells in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from prosperity_excel.book.dated import read_dated
from prosperity_excel.book.definitions import own_models
from prosperity_excel.checks.book import check_workbook
from prosperity_excel.checks.listing import Finding, open_findings
from prosperity_excel.checks.outlooks import is_amount, outlook
from prosperity_excel.series.monthly import last_day
from prosperity_excel.sheets.findings import Findings
from prosperity_excel.sheets.workbook import Sheet, Workbook, open_workbook

#: Findings about what values say; the others are about form, age and use.
CONTENT = frozenset(
    {"newest", "unchanged", "premature", "future", "moved", "swapped_months", "sign", "exchanged",
     "copied", "step", "kept_pattern", "release_date", "frozen", "outlier", "scale", "zeros",
     "level_shift", "duplicate_column", "price_jump", "price_spike", "price_frozen",
     "price_missing", "price_copied", "price_moved", "price_swapped", "price_kept"}
)  # fmt: skip


class Table:
    """A sheet with dated rows whose cells can be changed."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = replace(sheet, rows=deepcopy([list(row) for row in sheet.rows]))
        dated = read_dated(self.sheet, Findings())
        self.rows = list(dated.rows)
        self.columns = {dated.header("id", c): c for c in dated.columns}

    def values(self, id: str) -> dict[date, float]:
        """Return a column's numbers by day."""
        column = self.columns[id]
        cells = {row.day: self.sheet.cell(row.number, column) for row in self.rows}
        return {d: float(c) for d, c in cells.items() if isinstance(c, int | float)}

    def put(self, id: str, values: dict[date, object]) -> None:
        """Write values by day; None clears."""
        column = self.columns[id]
        for row in self.rows:
            if row.day in values:
                cells = self.sheet.rows[row.number]
                cells.extend([None] * (column + 1 - len(cells)))
                cells[column] = values[row.day]  # type: ignore[call-overload]


class Open:
    """A book in memory, with what is in it."""

    def __init__(self, path: Path, today: date) -> None:
        self.workbook = open_workbook(path)
        self.path, self.today = path, today
        self.sheets = {name: self.workbook.sheet(name) for name in self.workbook.names}
        data = Table(self.sheets["data"])
        weights = {i.id: i.weight for m in own_models(self.workbook).values() for i in m.indicators}
        counted = [id for id in data.columns if weights.get(id)]
        series = {id: data.values(id) for id in counted if len(data.values(id)) > 120}
        self.series = {id: v for id, v in series.items() if max(v) > max(map(max, series.values()))
                       - timedelta(days=200)}  # fmt: skip
        self.amounts = [id for id, v in self.series.items() if is_amount(np.array([*v.values()]))]
        self.rates = [id for id in self.series if id not in self.amounts] or self.amounts
        self.amounts = self.amounts or self.rates
        #: Those that never stay the same.
        self.moving = [
            id for id, v in self.series.items()
            if all(a != b for a, b in pairwise(list(v.values())[-100:]))
        ] or self.amounts  # fmt: skip

    def check(self, changed: dict[str, Sheet], *, kept: bool = False) -> list[Finding]:
        """Check the book with some sheets changed; ``kept`` with its history beside it."""
        sheets = self.sheets | changed
        workbook = Workbook(self.path, tuple(sheets), sheets.__getitem__)
        return open_findings(check_workbook(workbook, self.path if kept else None, self.today))

    def month(self, id: str, back: int) -> date:
        """Return the day of a column's value so many values before its newest."""
        return list(self.series[id])[-1 - back]


@dataclass(frozen=True)
class Planted:
    """A fault that was put into a book, and by what finding it must be told."""

    codes: tuple[str, ...]
    ids: tuple[str, ...]
    changed: dict[str, Sheet]
    since: date | None = None
    severity: str = "warning"
    kept: bool = False

    def told(self, findings: list[Finding]) -> bool:
        """Whether a finding names the fault in its column, from its month, with its severity."""
        return any(
            f.code in self.codes
            and f.severity == self.severity
            and f.indicator in self.ids
            and self._near(f)
            for f in findings
        )

    def _near(self, finding: Finding) -> bool:
        if self.since is None:
            return True
        day = date.fromisoformat((finding.since + "-28")[:10])
        return abs((last_day(day) - last_day(self.since)).days) <= 31


Fault = Callable[[Open], Planted]


def _data(
    book: Open, id: str, values: dict[date, object], *codes: str, since: date | None = None,
    severity: str = "warning", kept: bool = False,
    more: dict[str, dict[date, object]] | None = None,
) -> Planted:  # fmt: skip
    table = Table(book.sheets["data"])
    for one, changed in {id: values, **(more or {})}.items():
        table.put(one, changed)
    ids = (id, *(more or {}))
    return Planted(codes, ids, {"data": table.sheet}, since, severity, kept)


def newest(kind: str, n: int, change: Callable[[float, float, float], float], *codes: str) -> Fault:
    """Plant a change of the newest value: of its value, the one before, and the usual error."""

    def plant(book: Open) -> Planted:
        ids = {"amount": book.amounts, "rate": book.rates, "moving": book.moving}[kind]
        id = ids[n % len(ids)]
        one = outlook(id, book.series[id])
        usual = float(one.usual[-1] * (one.shown[-1] if one.logs else 1.0))
        value, before = float(one.values[-1]), float(one.values[-2])
        month = book.month(id, 0)
        codes_ = codes or ("newest", "outlier", "zeros")
        new = change(value, before, usual) if usual else value
        return _data(book, id, {month: new}, *codes_, since=month)

    return plant


def series(
    kind: str, n: int, change: Callable[[list[float]], dict[int, object]], *codes: str,
    kept: bool = False, whole: bool = False,
) -> Fault:  # fmt: skip
    """Plant changes of a column's values by place; the first changed one is where it begins."""

    def plant(book: Open) -> Planted:
        ids = {"amount": book.amounts, "rate": book.rates, "moving": book.moving}[kind]
        id = ids[n % len(ids)]
        days = list(book.series[id])
        changed = change(list(book.series[id].values()))
        values: dict[date, object] = {days[k]: v for k, v in changed.items()}
        since = None if whole else min(values)
        if kept:
            codes_: tuple[str, ...] = ("kept_pattern",)
        else:
            codes_ = codes
        return _data(book, id, values, *codes_, since=since, kept=kept)

    return plant


def _frozen(begin: int, count: int) -> Callable[[list[float]], dict[int, object]]:
    return lambda v: {k: v[begin % len(v)] for k in range(begin % len(v), begin % len(v) + count)}


def _times(factor: float, begin: int) -> Callable[[list[float]], dict[int, object]]:
    return lambda v: {k: v[k] * factor for k in range(begin % len(v), len(v))}


def _swap(v: list[float], apart: int) -> dict[int, object]:
    places = range(len(v) - 60, len(v) - 12 - apart)
    k = max(places, key=lambda k: abs(v[k] - v[k + apart]))
    return {k: v[k + apart], k + apart: v[k]}


def _copy(v: list[float], length: int) -> dict[int, object]:
    n = len(v)
    return {k: v[k - 30] for k in range(n - 12 - length, n - 12)}


def _moved(v: list[float], by: int) -> dict[int, object]:
    return {k: v[k - by] for k in range(max(by, 0), len(v) + min(by, 0))}


def _turned(first: bool) -> Callable[[list[float]], dict[int, object]]:
    def change(v: list[float]) -> dict[int, object]:
        turn = len(v) - 70
        return {k: -v[k] for k in (range(turn) if first else range(turn, len(v)))}

    return change


def exchanged(n: int, back: int | None, *, kept: bool = False) -> Fault:
    """Plant two columns swapped, wholly or in the newest values."""

    def plant(book: Open) -> Planted:
        one, other = _strangers(book, n)
        days = [d for d in book.series[one] if d in book.series[other]]
        days = days if back is None else days[-back:]
        first: dict[date, object] = {d: book.series[other][d] for d in days}
        second: dict[date, object] = {d: book.series[one][d] for d in days}
        since = None if back is None else days[0]
        codes = ("kept_pattern",) if kept else ("exchanged",)
        return _data(book, one, first, *codes, since=since, kept=kept, more={other: second})

    return plant


def _strangers(book: Open, n: int) -> tuple[str, str]:
    """Return two columns whose levels are far apart."""
    middle = {id: abs(float(np.median([*v.values()]))) for id, v in book.series.items()}
    ids = sorted(middle, key=lambda id: middle[id])
    return ids[n % max(len(ids) // 2, 1)], ids[-1]


def copied_from_other(book: Open) -> Planted:
    """Plant twelve months of another column."""
    one, other = list(dict.fromkeys([*book.amounts, *book.series]))[:2]
    days = [d for d in book.series[one] if d in book.series[other]][-30:-18]
    planted = _data(book, one, {d: book.series[other][d] for d in days}, "copied", since=days[0])
    # Which of the two is the copy cannot always be known; the finding names both.
    return replace(planted, ids=(one, other))


def future(book: Open) -> Planted:
    """Plant a month after today, in a row of its own."""
    id = next(iter(book.series))
    table = Table(book.sheets["data"])
    month = last_day(book.today + timedelta(days=45))
    cells: list[object] = [datetime(month.year, month.month, month.day)]
    cells += [None] * (table.columns[id] - 1) + [list(book.series[id].values())[-1] * 1.01]
    last = max(row.number for row in table.rows)
    table.sheet.rows.insert(last + 1, cells)  # type: ignore[arg-type]
    return Planted(("future",), (id,), {"data": table.sheet}, month, "error")


def text_cell(book: Open) -> Planted:
    """Plant a text where a number belongs."""
    id = list(book.series)[-1]
    month = book.month(id, 30)
    return _data(book, id, {month: "见附注"}, "cell", severity="error")


def release(days: int, code: str, severity: str = "warning") -> Fault:
    """Plant a release date so many days off the usual."""

    def plant(book: Open) -> Planted:
        table = Table(book.sheets["releases"])
        id = next(i for i in table.columns if i in book.series)
        column = table.columns[id]
        months = sorted(set(book.series[id]))[-40:]
        by_day = {row.day: row.number for row in table.rows}
        if not by_day:
            data = Table(book.sheets["data"])
            first = max(len(table.sheet.rows), 1)
            for n, row in enumerate(data.rows):
                table.sheet.rows.append([data.sheet.cell(row.number, 0)])
                by_day[row.day] = first + n
        for month in months:
            off = days if month == months[20] else 10
            when = last_day(month) + timedelta(days=off)
            cells = table.sheet.rows[by_day[month]]
            cells.extend([None] * (column + 1 - len(cells)))
            cells[column] = datetime(when.year, when.month, when.day)
        since = months[20] if severity == "warning" else None
        return Planted((code,), (id,), {"releases": table.sheet}, since, severity)

    return plant


def prices(
    change: Callable[[list[float], list[float]], dict[int, object]], *codes: str,
    severity: str = "warning", both: bool = False, dated: bool = True, kept: bool = False,
) -> Fault:  # fmt: skip
    """Plant changes of the index's closes by place, from its own and the benchmark's closes."""

    def plant(book: Open) -> Planted:
        table = Table(book.sheets["prices"])
        id = next(i for i in table.columns if i != "benchmark" and len(table.values(i)) > 1000)
        market = table.values("benchmark")
        own = {d: v for d, v in table.values(id).items() if d in market}
        days = list(own)
        changed = change(list(own.values()), [market[d] for d in days])
        values: dict[date, object] = {days[k]: v for k, v in changed.items()}
        table.put(id, values)
        ids: tuple[str, ...] = (id,)
        if both:
            swapped: dict[date, object] = {
                d: None if v is None else own[d] for d, v in values.items()
            }
            table.put("benchmark", swapped)
            ids = (id, "benchmark")
        since = min(values) if dated else None
        told = ("price_kept",) if kept else codes
        return Planted(told, ids, {"prices": table.sheet}, since, severity, kept)

    return plant


def _shifted(by: int, begin: int) -> Callable[[list[float], list[float]], dict[int, object]]:
    return lambda v, _: {k: v[k - by] for k in range(max(begin % len(v), by), len(v))}


#: Name of each fault, and how it is put into a book.
FAULTS: dict[str, Fault] = {
    "newest ten times, amount": newest("amount", 0, lambda v, b, u: 10 * v),
    "newest ten times, another": newest("amount", 1, lambda v, b, u: 10 * v),
    "newest a hundredth, amount": newest("amount", 2, lambda v, b, u: v / 100),
    "newest a tenth, amount": newest("amount", 1, lambda v, b, u: v / 10),
    "newest zero, amount": newest("amount", 0, lambda v, b, u: 0.0),
    "newest zero, another": newest("amount", 2, lambda v, b, u: 0.0),
    "newest sign turned, amount": newest("amount", 0, lambda v, b, u: -v),
    "newest sign turned, another": newest("amount", 1, lambda v, b, u: -v),
    "newest six errors up": newest("rate", 0, lambda v, b, u: v + 6.5 * u),
    "newest six errors down": newest("rate", 1, lambda v, b, u: v - 6.5 * u),
    "newest six errors, amount": newest("amount", 0, lambda v, b, u: v + 7 * u),
    "newest twice, amount": newest("amount", 2, lambda v, b, u: 2.5 * v),
    "newest equals the month before": newest("moving", 0, lambda v, b, u: b, "unchanged"),
    "newest equals the month before, another": newest(
        "moving", 1, lambda v, b, u: b, "unchanged"
    ),
    "four frozen months at the end": series(
        "amount", 0, lambda v: dict.fromkeys(range(len(v) - 4, len(v)), v[-4]),
        "unchanged", "frozen", "moved", whole=True,
    ),
    "four frozen months inside": series("moving", 1, _frozen(-20, 4), "frozen", whole=True),
    "six frozen months of a rate": series("rate", 0, _frozen(-30, 6), "frozen", whole=True),
    "zeros in three months": series(
        "amount", 0, lambda v: {len(v) - 20 - 5 * k: 0.0 for k in range(3)}, "zeros", "outlier",
        whole=True,
    ),
    "one zero inside": series("amount", 1, lambda v: {len(v) - 30: 0.0}, "zeros", "outlier"),
    "ten times inside": series(
        "amount", 0, lambda v: {len(v) - 25: v[-25] * 10}, "outlier", "scale"
    ),
    "two months swapped": series(
        "amount", 0, lambda v: _swap(v, 1), "swapped_months", "outlier", kept=True
    ),
    "two months swapped, half a year apart": series(
        "amount", 1, lambda v: _swap(v, 6), "swapped_months", "outlier"
    ),
    "sign of the second half": series("amount", 0, _turned(first=False), "sign", "level_shift"),
    "sign of the first half": series(
        "amount", 1, _turned(first=True), "sign", "level_shift", whole=True
    ),
    "columns swapped for two years": exchanged(0, 24),
    "other columns swapped for three years": exchanged(1, 36),
    "columns swapped wholly": exchanged(0, None),
    "columns swapped wholly, kept": exchanged(0, None, kept=True),
    "part copied from before": series("amount", 0, lambda v: _copy(v, 12), "copied"),
    "eight months copied": series("amount", 1, lambda v: _copy(v, 8), "copied"),
    "part copied from a column": copied_from_other,
    "1.1 times for two years, kept": series("rate", 0, _times(1.1, -24), kept=True),
    "1.1 times for a year, kept": series("amount", 1, _times(1.1, -12), kept=True),
    "1.3 times for two years": series("amount", 0, _times(1.3, -24), "step", "level_shift"),
    "a hundred times for two years": series("amount", 1, _times(100, -24), "scale"),
    "a month late, kept": series("amount", 0, lambda v: _moved(v, 1), kept=True),
    "a month early, kept": series("rate", 0, lambda v: _moved(v, -1), kept=True),
    "sign of the last year, kept": series(
        "rate", 1, lambda v: {k: -v[k] for k in range(len(v) - 12, len(v))}, kept=True
    ),
    "columns swapped for a year, kept": exchanged(1, 12, kept=True),
    "a month in the future": future,
    "a text for a number": text_cell,
    "a release a quarter late": release(100, "release_date"),
    "a release three weeks early": release(-18, "release_date"),
    "a release before its month": release(-70, "cell", "error"),
    "prices split": prices(
        lambda v, m: {k: v[k] / 2 for k in range(len(v) - 300, len(v))}, "price_jump"
    ),
    "prices on another base": prices(
        lambda v, m: {k: v[k] * 10 for k in range(len(v) - 700, len(v))}, "price_jump"
    ),
    "a spike of prices": prices(lambda v, m: {len(v) - 100: v[-100] * 1.3}, "price_spike"),
    "a small spike of prices": prices(lambda v, m: {len(v) - 400: v[-400] * 0.86}, "price_spike"),
    "a price of zero": prices(
        lambda v, m: {len(v) - 50: 0.0}, "bad_price", severity="error", dated=False
    ),
    "prices frozen for four days": prices(
        lambda v, m: dict.fromkeys(range(len(v) - 60, len(v) - 56), v[-60]), "price_frozen"
    ),
    "prices missing for a week": prices(
        lambda v, m: dict.fromkeys(range(len(v) - 60, len(v) - 55)), "price_missing"
    ),
    "days missing altogether": prices(
        lambda v, m: dict.fromkeys(range(len(v) - 160, len(v) - 157)), "price_missing", both=True
    ),
    "index and benchmark swapped": prices(
        lambda v, m: dict(enumerate(m)), "price_swapped", both=True, dated=False
    ),
    "index and benchmark swapped, kept": prices(
        lambda v, m: {k: m[k] for k in range(len(v) - 1)}, both=True, dated=False, kept=True
    ),
    "closes on another base by 2%, kept": prices(
        lambda v, m: {k: v[k] * 1.02 for k in range(len(v))}, dated=False, kept=True
    ),
    "one close half a percent off, kept": prices(
        lambda v, m: {len(v) - 80: v[-80] * 1.005}, kept=True
    ),
    "a quarter of closes taken away, kept": prices(
        lambda v, m: dict.fromkeys(range(len(v) - 180, len(v) - 120)), kept=True
    ),
    "benchmark pasted as index": prices(
        lambda v, m: dict(enumerate(m)), "price_copied", dated=False
    ),
    "a month of the benchmark": prices(
        lambda v, m: {k: m[k] for k in range(len(v) - 90, len(v) - 70)},
        "price_copied", "price_jump",
    ),
    "prices a day late": prices(_shifted(1, 0), "price_moved", dated=False),
    "prices three days late lately": prices(_shifted(3, -250), "price_moved", dated=False),
}  # fmt: skip
