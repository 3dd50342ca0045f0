"""What can be odd about one monthly series, judged against its own history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median

import pandas as pd
from prosperity import due
from prosperity.calendar import TradingCalendar
from prosperity.definition import Frequency
from prosperity.lag import Lagged, lag_of

from prosperity_excel.series.breaks import Break, level_shifts, suspicions
from prosperity_excel.series.monthly import month_before

#: A change is an outlier from this many times the usual change on, given this much history.
OUTLIER, HISTORY = 15.0, 24
_SHOWN = 3
_QUARTER = 3


@dataclass(frozen=True)
class Oddity:
    """Something odd: a code, the month at which it shows, and the text without what to do."""

    code: str
    month: date
    zh: str
    en: str


def oddities(
    values: Mapping[date, float], frequency: Frequency, breaks: Iterable[Break], series: str
) -> list[Oddity]:
    """Return what is odd about a series: gaps, outliers, changes of scale.

    Parameters
    ----------
    values
        By month end, ascending.
    frequency
        ``Q`` for a quarterly series; others have a value every month.
    breaks
        Breaks that the analyst has named already.
    series
        The indicator's id.
    """
    if not values:
        return []
    found = [*_gaps(values, frequency), *_outliers(values)]
    asked = suspicions(values, list(breaks), series)
    for question in asked:
        code = {"unit": "scale", "zeros": "zeros"}.get(question.kind, "level_shift")
        found.append(Oddity(code, question.month, question.zh, question.en))
    known = {b.month for b in breaks if b.series == series} | {q.month for q in asked}
    shifts = [s for s in level_shifts(values) if s.month not in known]
    return found + [Oddity("level_shift", s.month, s.zh, s.en) for s in shifts[:_SHOWN]]


def skipped_months(months: Sequence[date]) -> frozenset[int]:
    """Return the months of the year that a series habitually does not have."""
    return due.skipped_months(pd.DatetimeIndex(list(months)))


def expected_months(
    first: date, last: date, frequency: Frequency, skipped: Iterable[int]
) -> list[date]:
    """Return the months from ``first`` to ``last`` that should have a value."""
    months: list[date] = []
    month = last
    while month >= first:
        quarterly = frequency == "Q"
        if month.month not in set(skipped) and (not quarterly or month.month % _QUARTER == 0):
            months.append(month)
        month = month_before(month)
    return months[::-1]


def overdue(
    values: Mapping[date, float], frequency: Frequency, lag_days: Lagged, today: date
) -> list[tuple[date, date]]:
    """Return the months after the last value that are out by ``today``, and when each was due."""
    months = list(values)
    if not months:
        return []
    coming, dues = due.expected_releases(
        pd.DatetimeIndex(months),
        frequency,
        lag_of(lag_days),
        TradingCalendar(pd.DatetimeIndex([])),
        pd.Timestamp(today),
    )
    pairs = zip(coming, dues, strict=True)
    return [(month.date(), due.date()) for month, due in pairs if due <= pd.Timestamp(today)]


def _gaps(values: Mapping[date, float], frequency: Frequency) -> list[Oddity]:
    months = list(values)
    start = _regular_start(months, frequency)
    skipped = skipped_months([m for m in months if m >= start])
    holes = [m for m in expected_months(start, months[-1], frequency, skipped) if m not in values]
    if not holes:
        return []
    runs = _runs(holes)
    shown = ", ".join(_span(a, b) for a, b in runs[:_SHOWN]) + (" …" if len(runs) > _SHOWN else "")
    return [
        Oddity(
            "gap", holes[-1],
            f"中间缺 {len(holes)} 个月：{shown}。",
            f"{len(holes)} months are missing in between: {shown}.",
        )
    ]  # fmt: skip


def _regular_start(months: Sequence[date], frequency: Frequency) -> date:
    """Return from when on a series has the rhythm that it has at the end.

    Yearly and quarterly values in front of monthly ones are no gaps.
    """
    usual = 4 if frequency == "Q" else 2
    start = months[-1]
    for before, after in reversed(list(pairwise(months))):
        distance = (after.year - before.year) * 12 + after.month - before.month
        if distance > usual:
            early = [m for m in months if m <= before]
            if len(early) >= 3 and _sparse(early, usual):
                return start
        start = before
    return start


def _sparse(months: Sequence[date], usual: int) -> bool:
    steps = [(b.year - a.year) * 12 + b.month - a.month for a, b in pairwise(months)]
    return median(steps) >= usual


def _runs(holes: Sequence[date]) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for month in holes:
        if runs and month_before(month) == runs[-1][1]:
            runs[-1] = (runs[-1][0], month)
        else:
            runs.append((month, month))
    return runs


def _span(first: date, last: date) -> str:
    return f"{first:%Y-%m}" if first == last else f"{first:%Y-%m}…{last:%Y-%m}"


def _outliers(values: Mapping[date, float]) -> list[Oddity]:
    """Return values that leave at once and come back at once, against the changes before."""
    months = list(values)
    changes = [values[b] - values[a] for a, b in pairwise(months)]
    found: list[tuple[float, Oddity]] = []
    sizes = [abs(c) for c in changes]
    # What is no larger than a usual change of the whole series needs no closer look.
    least = median(sizes) if sizes else 0.0
    for at in range(HISTORY, len(changes) - 1):
        out, back = changes[at], changes[at + 1]
        if out * back >= 0 or min(abs(out), abs(back)) <= least:
            continue
        usual = median(sizes[max(0, at - 120) : at])
        if usual == 0:
            continue
        size = min(abs(out), abs(back)) / usual
        if size >= OUTLIER:
            month = months[at + 1]
            oddity = Oddity(
                "outlier", month,
                f"{month:%Y-%m} 的 {values[month]:g} 偏离前后月约为平常变动的 {size:.0f} 倍。",
                f"{month:%Y-%m}: {values[month]:g} is off both neighbours by about {size:.0f} "
                "times the usual change.",
            )  # fmt: skip
            found.append((size, oddity))
    found.sort(key=lambda pair: -pair[0])
    return [oddity for _, oddity in found[:_SHOWN]]
