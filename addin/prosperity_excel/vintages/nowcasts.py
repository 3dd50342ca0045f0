"""The record of nowcasts: what was shown before each print, kept beside the book."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from prosperity.nowcast.nowcasts import Nowcast

from prosperity_excel.vintages.migrating import writable
from prosperity_excel.vintages.opening import has_store, reading

#: Version of the file that has a table of nowcasts first.
FIRST_WITH_NOWCASTS = 4


@dataclass(frozen=True)
class Kept:
    """A nowcast that was shown.

    Attributes
    ----------
    series : str
        Indicator id.
    period : date
        The month, as its end.
    made_on : date
        The day on which it was shown.
    method : str
    value : float
    low, high, spread : float or None
        Its band, and the root mean square of its past errors; None with too few.
    """

    series: str
    period: date
    made_on: date
    method: str
    value: float
    low: float | None
    high: float | None
    spread: float | None


@dataclass(frozen=True)
class Surprise:
    """A print beside the nowcast that was shown last before it.

    Attributes
    ----------
    kept : Kept
    published : float
    miss : float
        Published less nowcast, in the unit of the series.
    size : float or None
        The same in root mean square past errors.
    """

    kept: Kept
    published: float
    miss: float
    size: float | None


def keep_nowcasts(book: Path, found: Iterable[Nowcast], made_on: date) -> int:
    """Keep nowcasts that were shown on a day; of one day the last stays. Return how many.

    Raises
    ------
    BookError
        As :func:`prosperity_excel.vintages.opening.reading` says.
    """
    rows = [
        (
            one.id,
            f"{one.period:%Y-%m-%d}",
            made_on.isoformat(),
            one.method,
            one.value,
            *map(_plain, (one.low, one.high, one.spread)),
        )
        for one in found
        if math.isfinite(one.value)
    ]
    if rows:
        with writable(book) as store:
            store.executemany(
                "INSERT OR REPLACE INTO nowcast VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows
            )
    return len(rows)


def kept_nowcasts(book: Path, series: str = "") -> list[Kept]:
    """Return the nowcasts that were kept, by series, month and day; of one series when named.

    Raises
    ------
    BookError
        As :func:`prosperity_excel.vintages.opening.reading` says.
    """
    if not has_store(book):
        return []
    with reading(book) as (store, version):
        if version < FIRST_WITH_NOWCASTS:
            return []
        return [one for one in _rows(store) if series in ("", one.series)]


def surprises(
    kept: Iterable[Kept], published: Mapping[str, Mapping[date, tuple[float, date]]]
) -> list[Surprise]:
    """Return each print that was foretold, beside what was shown last before it.

    Parameters
    ----------
    kept
        As :func:`kept_nowcasts` gives them.
    published
        By series and month end, the value and its release date.
    """
    latest: dict[tuple[str, date], Kept] = {}
    for one in kept:
        found = published.get(one.series, {}).get(one.period)
        if found is not None and one.made_on <= found[1]:
            latest[one.series, one.period] = one
    told = []
    for (series, period), one in latest.items():
        value = published[series][period][0]
        miss = value - one.value
        told.append(Surprise(one, value, miss, miss / one.spread if one.spread else None))
    return told


def _rows(store: sqlite3.Connection) -> Iterable[Kept]:
    rows = store.execute(
        "SELECT series, period, made_on, method, value, low, high, spread FROM nowcast "
        "ORDER BY series, period, made_on"
    )
    for series, period, made_on, method, value, *rest in rows:
        if not all(isinstance(text, str) for text in (series, period, made_on, method)):
            raise TypeError("a nowcast that is no text")
        yield Kept(
            series,
            date.fromisoformat(period),
            date.fromisoformat(made_on),
            method,
            float(value),
            *(None if number is None else float(number) for number in rest),
        )


def _plain(number: float) -> float | None:
    return number if math.isfinite(number) else None
