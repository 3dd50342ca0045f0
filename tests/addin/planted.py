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

from .telling import alike, exchanged_alike

#: Findings about what values say; the others are about form, age and use.
CONTENT = frozenset(
    {"newest", "unchanged", "premature", "future", "range", "moved", "swapped_months", "sign",
     "exchanged", "copied", "step", "kept_pattern", "release_date", "frozen", "outlier", "scale",
     "zeros", "level_shift", "duplicate_column", "price_jump", "price_spike", "price_frozen",
     "price_missing", "price_copied", "price_moved", "price_swapped", "price_kept"}
)  # fmt: skip


#: Why a fault that changes nothing cannot be told.
NOTHING = "nothing changes"
#: Values that a series must have for faults to be put in: six years.
ENOUGH = 72


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

    def __init__(self, path: Path, today: date, turn: int = 0) -> None:
        self.workbook = open_workbook(path)
        self.path, self.today = path, today
        self.sheets = {name: self.workbook.sheet(name) for name in self.workbook.names}
        data = Table(self.sheets["data"])
        weights = {i.id: i.weight for m in own_models(self.workbook).values() for i in m.indicators}
        #: By id, of all models of the book.
        self.indicators = {
            i.id: i for m in own_models(self.workbook).values() for i in m.indicators
        }
        counted = [id for id in data.columns if weights.get(id)]
        series = {id: data.values(id) for id in counted if len(data.values(id)) > ENOUGH}
        late = max(map(max, series.values())) - timedelta(days=200)
        ids = [id for id, v in series.items() if max(v) > late]
        turn %= len(ids)
        self.series = {id: series[id] for id in (*ids[turn:], *ids[:turn])}
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
    #: Another month at which the fault may be found: the second of two that were swapped.
    also: date | None = None

    def untold(self, book: Open) -> str:
        """Return why the fault cannot be told from the book, by a rule of data alone; else ""."""
        changed = _changed(book, self)
        if changed is None or (changed and self.kept):
            return ""
        if not changed:
            return NOTHING
        if "exchanged" in self.codes and self.since is None:
            out_of_range = not exchanged_alike(changed, book.indicators)
            return "" if out_of_range else "both in the other's range"
        if "copied" in self.codes:
            return ""
        every = {id: _monthly(v) for id, v in book.series.items()}
        same = all(
            alike(every[id], _monthly(v), {k: w for k, w in every.items() if k not in changed})
            for id, v in changed.items()
        )
        return "looks like itself" if same else ""

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
        places = [last_day(d) for d in (self.since, self.also) if d is not None]
        return any(abs((last_day(day) - place).days) <= 31 for place in places)


def _monthly(values: dict[date, float]) -> dict[date, float]:
    return {last_day(d): v for d, v in values.items()}


def _changed(book: Open, planted: Planted) -> dict[str, dict[date, float]] | None:
    """Return the columns of values that a fault changes; None where it changes something else."""
    if "data" in planted.changed:
        if planted.severity == "error":
            return None
        old, new = Table(book.sheets["data"]), Table(planted.changed["data"])
        ids = planted.ids
    elif "prices" in planted.changed:
        old, new = Table(book.sheets["prices"]), Table(planted.changed["prices"])
        return {} if all(old.values(i) == new.values(i) for i in planted.ids) else None
    else:
        return None
    return {i: new.values(i) for i in ids if new.values(i) != old.values(i)}


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
        planted = _data(book, id, values, *codes_, since=since, kept=kept)
        return replace(planted, also=max(values) if len(values) == 2 else None)

    return plant


def frozen(begin: int, count: int) -> Callable[[list[float]], dict[int, object]]:
    return lambda v: {k: v[begin % len(v)] for k in range(begin % len(v), begin % len(v) + count)}


def times(factor: float, begin: int) -> Callable[[list[float]], dict[int, object]]:
    return lambda v: {k: v[k] * factor for k in range(begin % len(v), len(v))}


def swap(v: list[float], apart: int) -> dict[int, object]:
    places = range(len(v) - 60, len(v) - 12 - apart)
    k = max(places, key=lambda k: abs(v[k] - v[k + apart]))
    return {k: v[k + apart], k + apart: v[k]}


def copy(v: list[float], length: int) -> dict[int, object]:
    n = len(v)
    return {k: v[k - 30] for k in range(n - 12 - length, n - 12)}


def moved(v: list[float], by: int) -> dict[int, object]:
    return {k: v[k - by] for k in range(max(by, 0), len(v) + min(by, 0))}


def turned(first: bool) -> Callable[[list[float]], dict[int, object]]:
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
        codes = ("kept_pattern",) if kept else ("exchanged", "range")[: 2 if back is None else 1]
        return _data(book, one, first, *codes, since=since, kept=kept, more={other: second})

    return plant


def _strangers(book: Open, n: int) -> tuple[str, str]:
    """Return two columns whose levels are far apart."""
    middle = {id: abs(float(np.median([*v.values()]))) for id, v in book.series.items()}
    ids = sorted(middle, key=lambda id: middle[id])
    return ids[n % max(len(ids) // 2, 1)], ids[-1]


def copied_from_other(book: Open) -> Planted:
    """Plant twelve months of another column."""
    pair = list(dict.fromkeys([*book.amounts, *book.series]))[:2]
    one, other = pair[0], pair[-1]
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


def shifted(by: int, begin: int) -> Callable[[list[float], list[float]], dict[int, object]]:
    return lambda v, _: {k: v[k - by] for k in range(max(begin % len(v), by), len(v))}
