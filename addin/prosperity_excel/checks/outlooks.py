"""What a series' own past and its relatives let expect of each of its months.

Plain mathematics over all monthly series of a book at once: each month is forecast one step ahead
in a few plain ways (as the month before, as a year before, as the month before with last year's
step, by an autoregression of the changes), and the way with the smallest median error in the ten
years around counts. How far a value is off is told in usual errors of these years: the standard
deviation that a normal error with the same median, or with the same upper fifth, would have. What a
correlated series was off in the same month is taken off first, so that what happened to the economy
is not held against the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from prosperity_excel.series.cases import Track, month_number

#: Share of the median above which all of a series' values make it an amount, judged in logs.
_AMOUNT = 0.2
#: Months that may lie between a value and the one before it.
_NEAR = 3
#: Errors from which a usual one is known.
_KNOWN = 18
#: Correlation of the errors from which another series is a relative, common months that it takes,
#: and the errors beyond which they are cut off for it.
_RELATED, _COMMON, _CUT = 0.5, 36, 4.0
#: Part of a month's weight that errors of the same month of the year have in its usual error.
_OF_YEAR = 4
#: Months around one by which it is known how a series goes in its time.
_AROUND = 120
#: Changes that an autoregression takes, and how much its factors are drawn to zero.
_FITTED, _SHRINK = 48, 0.02


@dataclass(frozen=True)
class Outlook:
    """One series beside what it was expected to be.

    Attributes
    ----------
    id : str
    at, values : numpy.ndarray
        Months (:func:`~prosperity_excel.series.cases.month_number`), ascending, and values.
    logs : bool
        Whether it is an amount, of which logarithms are compared.
    expected, usual : numpy.ndarray
        What was expected of each month and how far off that usually is, in logs if ``logs``; NaN
        where that is not known.
    """

    id: str
    at: np.ndarray
    values: np.ndarray
    logs: bool
    expected: np.ndarray
    usual: np.ndarray

    def off(self, place: int | slice, value: np.ndarray | float) -> np.ndarray:
        """Return how far a value would be off at a place, in usual errors."""
        return np.asarray(
            (levels(value, self.logs) - self.expected[place]) / self.usual[place], dtype=float
        )

    @cached_property
    def errors(self) -> np.ndarray:
        """How far each value is off, in usual errors; NaN where nothing is expected."""
        return self.off(slice(None), self.values)

    @property
    def shown(self) -> np.ndarray:
        """What was expected, in the unit of the values."""
        return np.exp(self.expected) if self.logs else self.expected


def levels(values: np.ndarray | float, logs: bool) -> np.ndarray:
    """Return values as they are compared; what has no logarithm is as far off as can be."""
    values = np.asarray(values, dtype=float)
    if not logs:
        return values
    return np.log(np.where(values > 0, values, np.finfo(float).tiny))


def is_amount(values: np.ndarray) -> bool:
    """Whether a series' values are amounts: all but a few faults well above zero."""
    if not len(values) or (values > 0).mean() < 0.95:
        return False
    whole = values[values > 0]
    return bool(np.quantile(whole, 0.02) > _AMOUNT * np.median(whole))


def outlook(id: str, values: Mapping[date, float]) -> Outlook:
    """Return what a series lets expect of its own months.

    Parameters
    ----------
    id
        The indicator's.
    values
        By month end. Months without a value are passed over.
    """
    track = Track.of(values, month_number)
    logs = is_amount(track.values)
    y = Track(track.at, levels(track.values, logs))
    count = len(y)
    if count < _KNOWN:
        unknown = np.full(count, np.nan)
        return Outlook(id, track.at, track.values, logs, unknown, unknown)
    before = np.concatenate([[np.nan], y.values[:-1]])
    gap = np.diff(y.at, prepend=y.at[0] - 99)
    before = np.where(gap <= _NEAR, before, np.nan)
    yearly = y.get(y.at - 12)
    stepped = before + yearly - y.get(y.at - gap - 12)
    ways = [before, stepped, (before + yearly) / 2, yearly, _regressed(y, before)]
    ways = [w for w in ways if _known(y.values - w)]
    if not ways:
        unknown = np.full(count, np.nan)
        return Outlook(id, track.at, track.values, logs, unknown, unknown)
    expected = _best(y, ways)
    errors = y.values - expected
    floor = max(0.0 if logs else track.grid, 1e-3 * float(np.std(y.values)), 1e-12)
    return Outlook(
        id, track.at, track.values, logs, expected, np.maximum(usual_errors(y.at, errors), floor)
    )


def _regressed(y: Track, before: np.ndarray) -> np.ndarray:
    """Return what an autoregression of the changes lets expect, base effect included.

    The change is regressed on the one before and on last year's: a growth rate on the year before
    falls where its base rose. Changes beyond three usual ones count as that, so that a fault
    decides nothing.
    """
    change = y.values - before
    known = change[np.isfinite(change)]
    if len(known) < _FITTED:
        return np.full(len(y), np.nan)
    most = 3 * 1.4826 * float(np.median(np.abs(known)))
    cut = Track(y.at, np.clip(change, -most, most))
    terms = np.nan_to_num(np.column_stack([cut.get(y.at - lag) for lag in (1, 2, 12)]))
    rows = np.isfinite(change)
    inner = terms[rows].T @ terms[rows]
    inner += np.eye(3) * max(_SHRINK * float(np.trace(inner)) / 3, 1e-12)
    factors = np.linalg.solve(inner, terms[rows].T @ cut.values[rows])
    found: np.ndarray = before + terms @ factors
    return found


def _best(y: Track, ways: list[np.ndarray]) -> np.ndarray:
    """Return for each month the way with the smallest median error of the years around it."""
    errors = np.abs(y.values - np.array(ways))
    expected = np.full(len(y), np.nan)
    for here, around in windows(y.at):
        with np.errstate(all="ignore"):
            known = np.isfinite(errors[:, around]).sum(axis=1) >= _KNOWN
            middle = [float(np.nanmedian(e[around])) if k else np.inf
                      for e, k in zip(errors, known, strict=True)]  # fmt: skip
        for n in np.argsort(middle, kind="stable"):
            expected[here] = np.where(np.isfinite(expected[here]), expected[here], ways[n][here])
    return expected


def windows(at: np.ndarray) -> Iterator[tuple[slice, slice]]:
    """Yield the months of each calendar year, and those of the ten years around them.

    At both ends the ten years are the first and the last ones: how a series goes today is not
    told by how it went long ago.
    """
    half = _AROUND // 2
    for year in sorted(set((at // 12).tolist())):
        middle = year * 12 + 6
        middle = min(max(middle, int(at[0]) + half), max(int(at[-1]) + 1 - half, int(at[0]) + half))
        places = np.searchsorted(at, [year * 12, year * 12 + 12, middle - half, middle + half])
        first, last, begin, end = (int(p) for p in places)
        yield slice(first, last), slice(begin, end)


def _known(errors: np.ndarray) -> bool:
    return int(np.isfinite(errors).sum()) >= _KNOWN


def usual_errors(at: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Return the usual size of an error: of all, and of the month of the year where it is larger.

    The first months of a year are less regular, since Spring Festival moves through them.
    """
    sizes = np.abs(errors)
    # What is asked about is the newest value: it has no say in what is usual.
    sizes[-1:] = np.nan
    usual = np.full(len(at), np.nan)
    for here, around in windows(at):
        months = at[around]
        near = sizes[around]
        if np.isfinite(near).sum() < _KNOWN:
            near, months = sizes, at
        # Of a normal error both are its standard deviation; the second is larger for one that is
        # mostly nothing, such as a rate that is published with one digit.
        typical = 1.4826 * float(np.nanmedian(near))
        typical = max(typical, float(np.nanquantile(near, 0.8)) / 1.2816)
        usual[here] = typical
        for month in range(12):
            known = near[(months % 12 == month) & np.isfinite(near)]
            if len(known) >= _OF_YEAR:
                same = np.flatnonzero(at[here] % 12 == month) + here.start
                usual[same] = np.maximum(typical, 1.4826 * float(np.median(known)))
    return usual


@dataclass(frozen=True)
class Family:
    """All series of a book, with what each has in common with the others.

    Attributes
    ----------
    members : mapping of str to Outlook
    """

    members: Mapping[str, Outlook]

    @cached_property
    def months(self) -> np.ndarray:
        """Every month from the first to the last, as numbers."""
        every = [one.at for one in self.members.values() if len(one.at)]
        if not every:
            return np.array([], dtype=int)
        return np.arange(min(a[0] for a in every), max(a[-1] for a in every) + 1)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids in order, as the columns of :attr:`errors`."""
        return tuple(self.members)

    @cached_property
    def errors(self) -> np.ndarray:
        """Errors by month and series; NaN where there is none."""
        table = np.full((len(self.months), len(self.ids)), np.nan)
        for column, one in enumerate(self.members.values()):
            if len(one.at):
                table[one.at - self.months[0], column] = one.errors
        return table

    @cached_property
    def correlations(self) -> np.ndarray:
        """Correlations of the errors, cut off at the ends; 0 where too few months are common."""
        return correlated(self.errors, self.errors)

    def relatives(self, id: str) -> list[tuple[str, float]]:
        """Return the correlated series with their correlations, the nearest first."""
        row = self.correlations[self.ids.index(id)]
        order = np.argsort(-np.abs(row))
        return [
            (self.ids[n], float(row[n]))
            for n in order
            if abs(row[n]) >= _RELATED and self.ids[n] != id
        ]

    def surprise(self, id: str) -> np.ndarray:
        """Return a series' errors without what its nearest relative was off in the same month."""
        own = self.members[id].errors
        near = self.relatives(id)
        if not near or not len(own):
            return own
        other, strength = near[0]
        beside = self.errors[self.members[id].at - self.months[0], self.ids.index(other)]
        rest = own - strength * beside
        known = np.isfinite(rest)
        scale = 1.4826 * float(np.median(np.abs(rest[known]))) if known.any() else 1.0
        # The smaller of both counts: a relative may be off by itself.
        rest = rest / max(scale, 1.0)
        return np.where(known & (np.abs(rest) < np.abs(own)), rest, own)


def correlated(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the correlations of the columns of two tables of errors, about zero.

    Errors beyond :data:`_CUT` count as that; pairs with fewer than :data:`_COMMON` months are 0.
    """
    a, b = (np.clip(np.nan_to_num(t), -_CUT, _CUT) for t in (one, other))
    known_a, known_b = (np.isfinite(t).astype(float) for t in (one, other))
    both = known_a.T @ known_b
    size = np.sqrt(((a**2).T @ known_b) * (known_a.T @ (b**2)))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: np.ndarray = np.where((both >= _COMMON) & (size > 0), (a.T @ b) / size, 0.0)
    return found


def family(series: Mapping[str, Mapping[date, float]]) -> Family:
    """Return the outlooks of all series of a book together."""
    return Family({id: outlook(id, values) for id, values in series.items() if values})
