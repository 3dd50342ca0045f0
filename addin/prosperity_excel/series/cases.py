"""What a test of plausibility looks at, and what it may find."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
from prosperity.definition import Indicator

#: Stored values from which their range counts beside the definition's.
KNOWN_FROM = 12
#: Digits behind the point beyond which values are not rounded, but computed.
_ROUNDED = 4


@dataclass(frozen=True)
class Reason:
    """Why a series may not be what its column holds.

    Attributes
    ----------
    criterion : str
        Key of :data:`prosperity_excel.intake.criteria.CRITERIA`.
    zh, en : str
        What was seen, with both values.
    stored, export : str
        The two values side by side; empty where there is nothing to compare.
    offers : tuple of str
        Answers that would settle it, besides ``accept``; see
        :mod:`prosperity_excel.intake.answers`.
    """

    criterion: str
    zh: str
    en: str
    stored: str = ""
    export: str = ""
    offers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Track:
    """A monthly (or daily) series as arrays: numbers of months (days) ascending, and values."""

    at: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, values: Mapping[date, float], number: Callable[[date], int]) -> Track:
        """Make one; ``number`` gives a date's place."""
        pairs = sorted((number(when), value) for when, value in values.items())
        at = np.array([p[0] for p in pairs], dtype=int)
        return cls(at, np.array([p[1] for p in pairs], dtype=float))

    def __len__(self) -> int:
        return len(self.at)

    def get(self, at: np.ndarray) -> np.ndarray:
        """Return the values at ``at``; NaN where there is none."""
        if not len(self.at):
            return np.full(len(at), np.nan)
        place = np.clip(np.searchsorted(self.at, at), 0, len(self.at) - 1)
        return np.where(self.at[place] == at, self.values[place], np.nan)

    @cached_property
    def digits(self) -> int | None:
        """Digits behind the point that nearly all values keep to; None when they are computed."""
        for digits in range(_ROUNDED + 1):
            step = 10.0**-digits
            off = np.abs(self.values / step - np.round(self.values / step))
            if len(off) and np.quantile(off, 0.95) < 1e-6 * max(1.0, np.abs(self.values).max()):
                return digits
        return None

    @property
    def grid(self) -> float:
        """Smallest step between rounded values; 0 when they are not rounded."""
        return 0.0 if self.digits is None else 10.0**-self.digits

    @cached_property
    def step(self) -> float:
        """Median size of the change from one value to the next."""
        return float(np.median(np.abs(np.diff(self.values)))) if len(self) > 1 else 0.0


def month_number(when: date) -> int:
    """Return a month's place."""
    return when.year * 12 + when.month - 1


def month_name(number: int) -> str:
    """Return ``2023-01`` for a month's place."""
    return f"{number // 12}-{number % 12 + 1:02d}"


@dataclass(frozen=True)
class Case:
    """One series before it is written into a column of ``data``.

    Attributes
    ----------
    values, held : mapping of date to float
        What would be written and what the column holds, by month end.
    raw : mapping of date to float
        The export's own values by date.
    indicator : Indicator
    bounds : tuple of float or None
        The plausible range, in the unit of the values.
    percent : bool
        Whether values are in percent.
    name, said : str
        The export's name and its word for the frequency.
    known_as : frozenset of str
        The column's names, folded.
    conflicts : int
        Months that were left out because they have different values.
    breaks : sequence of date
        Months from which the column, or the export, is another thing by the analyst's word.
    today : date
    others : callable
        Gives what the book's other columns of ``data`` hold, by id.
    confirmed : bool
        Whether the analyst said that the series belongs to this column.
    """

    values: Mapping[date, float]
    held: Mapping[date, float]
    raw: Mapping[date, float]
    indicator: Indicator
    today: date
    bounds: tuple[float | None, float | None] = (None, None)
    percent: bool = False
    name: str = ""
    said: str = ""
    known_as: frozenset[str] = frozenset()
    conflicts: int = 0
    breaks: Sequence[date] = ()
    others: Callable[[], Mapping[str, Mapping[date, float]]] = dict
    confirmed: bool = False
    settled: frozenset[str] = field(default=frozenset())

    @cached_property
    def new(self) -> Track:
        """The export's months."""
        return Track.of(self.values, month_number)

    @cached_property
    def old(self) -> Track:
        """The book's months."""
        return Track.of(self.held, month_number)


def pair(stored: tuple[int, float], export: tuple[int, float]) -> tuple[str, str]:
    """Return two values side by side, each with its month."""
    return (
        f"{month_name(stored[0])} {stored[1]:.6g}",
        f"{month_name(export[0])} {export[1]:.6g}",
    )
