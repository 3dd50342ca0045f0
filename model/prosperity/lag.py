"""The publication lag of a series: days from the end of the period, which may change in time.

A lag is written as a number, ``18``, or as a list whose first entry is a number and whose others
begin with a month: ``1; 2017-03: 0; 02: 1``. An entry with a year holds from that period on; one
without a year holds for that month of every year, and comes before the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd

#: Days from the end of a period to publication, at most.
LONGEST_LAG = 400
_PARTS = re.compile(r"[;；\n]")
_DAYS = re.compile(r"^\d{1,3}(\.0*)?$")
_ENTRY = re.compile(r"^(?:(\d{4})[-/])?(0?[1-9]|1[0-2])\s*[:：]\s*(\S+)$")


@dataclass(frozen=True)
class Lag:
    """Days from the end of a period to publication.

    Attributes
    ----------
    days : int
        The lag before the first change.
    changes : tuple of (str, int)
        Months, ``YYYY-MM``, ascending, and the lag of that period and of those after it.
    yearly : tuple of (int, int)
        Months of the year, 1 to 12, ascending, and the lag of every such period.
    """

    days: int = 0
    changes: tuple[tuple[str, int], ...] = ()
    yearly: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        """Return the text that :func:`lag_of` reads."""
        dated = (f"{month}: {days}" for month, days in self.changes)
        repeated = (f"{month:02}: {days}" for month, days in self.yearly)
        return "; ".join([str(self.days), *dated, *repeated])

    @property
    def plain(self) -> int | str:
        """The lag as a record holds it: a number, or a text when it is not always the same."""
        return str(self) if self.changes or self.yearly else self.days

    @property
    def longest(self) -> int:
        """The largest number of days that it gives any period."""
        return max([self.days, *(days for _, days in (*self.changes, *self.yearly))])

    def of(self, periods: pd.DatetimeIndex) -> np.ndarray:
        """Return the days of each period (T,), as integers.

        A period is any day of its month; NaT is given ``days``.
        """
        months = pd.DatetimeIndex(periods).to_numpy().astype("datetime64[M]")
        known = ~np.isnat(months)
        starts = np.array([month for month, _ in self.changes], dtype="datetime64[M]")
        steps = np.array([self.days, *(days for _, days in self.changes)])
        found = steps[np.where(known, starts.searchsorted(months, side="right"), 0)]
        for month, days in self.yearly:
            found[known & (months.astype(np.int64) % 12 + 1 == month)] = days
        return found

    def on(self, period: date) -> int:
        """Return the days of one period."""
        return int(self.of(pd.DatetimeIndex([period]))[0])

    def shorter_in(self, other: Lag) -> pd.DatetimeIndex:
        """Return the months in which this lag is shorter than ``other``, among those that tell.

        They run from a year before the first dated change of either to a year after the last, so
        that every month of the year stands before, between and after the changes.
        """
        dated = [month for lag in (self, other) for month, _ in lag.changes] or ["2000-01"]
        first, last = pd.Timestamp(min(dated)), pd.Timestamp(max(dated))
        year = pd.DateOffset(months=12)
        months = pd.date_range(first - year, last + year, freq="MS")
        return months[self.of(months) < other.of(months)]


NO_LAG = Lag()
#: What may be given for a lag: days, the text of a list, or the lag itself.
Lagged = int | str | Lag


def lag_of(given: object) -> Lag:
    """Return the lag that a number or a text says; see the module for its form.

    Raises
    ------
    ValueError
        When it says none; the caller knows the place.
    """
    if isinstance(given, Lag):
        return given
    if isinstance(given, bool):
        raise ValueError(given)
    return _read(str(given))


@lru_cache(maxsize=1024)
def _read(text: str) -> Lag:
    first, *others = (part.strip() for part in _PARTS.split(text.strip().rstrip(";；")))
    changes: dict[str, int] = {}
    yearly: dict[int, int] = {}
    for entry in others:
        match = _ENTRY.match(entry)
        if match is None:
            raise ValueError(text)
        year, month, days = match[1], int(match[2]), _days(match[3])
        if year is None and month not in yearly:
            yearly[month] = days
        elif year is not None and f"{year}-{month:02}" > max(changes, default=""):
            changes[f"{year}-{month:02}"] = days
        else:
            raise ValueError(text)
    return Lag(_days(first), tuple(changes.items()), tuple(sorted(yearly.items())))


def _days(text: str) -> int:
    if not _DAYS.match(text) or float(text) != int(float(text)) or float(text) > LONGEST_LAG:
        raise ValueError(text)
    return int(float(text))


def longest_lag(lags: Iterable[Lag]) -> Lag:
    """Return the lag that is nowhere shorter than another; where each is, their longest days."""
    known = list(dict.fromkeys(lags))
    for lag in known:
        if not any(len(lag.shorter_in(other)) for other in known if other != lag):
            return lag
    return Lag(max(lag.longest for lag in known))
