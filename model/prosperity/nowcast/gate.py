"""Which method counts: the one that has beaten the last value, and none where none has.

The two constants were fixed before the gate was run. Everything at the p-th publication rests on
errors that were known by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from prosperity.nowcast.methods import Task

#: Past errors that a method needs, and the share of the last value's root mean square error that
#: its own may be at most.
ERRORS, BETTER = 36, 0.95
#: Past errors from which a band is given, and what it spans.
BAND_ERRORS, BAND = 24, (10.0, 90.0)
LAST = "last"


@dataclass(frozen=True)
class Gate:
    """What the gate lets through at each of n publications.

    Attributes
    ----------
    names : tuple of str
        The methods that were tried, ``last`` first.
    forecasts : ndarray, (M, n)
        What each said; NaN where it said nothing.
    errors : ndarray, (M, n)
        Published value less forecast; NaN while, or where, nothing was published.
    known : ndarray of int, (n,)
        How many of the first forecasts had been judged at each publication.
    ratio : ndarray, (M, n)
        Root mean square error over that of the last value, over the same past forecasts; NaN with
        fewer than :data:`ERRORS`.
    chosen : ndarray of int, (n,)
        The place of the method in force; 0 is the last value.
    """

    names: tuple[str, ...]
    forecasts: np.ndarray
    errors: np.ndarray
    known: np.ndarray
    ratio: np.ndarray
    chosen: np.ndarray

    @property
    def used(self) -> np.ndarray:
        """The forecast in force at each publication (n,)."""
        found: np.ndarray = self.forecasts[self.chosen, np.arange(self.forecasts.shape[1])]
        return found

    def past_errors(self, p: int, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return months and errors of the method in force at the p-th publication, known there.

        ``targets`` are the months of the forecasts.
        """
        errors = self.errors[self.chosen[p], : self.known[p]]
        there = ~np.isnan(errors)
        months, found = targets[: self.known[p]][there], errors[there]
        # Where a habit changes, two forecasts may be of one month; the later one counts.
        each, behind = np.unique(months[::-1], return_index=True)
        return each, found[::-1][behind]


def gate(task: Task, said: Mapping[str, np.ndarray]) -> Gate:
    """Judge methods by their past errors.

    Parameters
    ----------
    task
        Series and steps.
    said
        Forecasts (n,) by method, ``last`` among them; see
        :func:`prosperity.nowcast.methods.forecasts`.
    """
    names = (LAST, *(name for name in said if name != LAST))
    forecasts = np.vstack([said[name] for name in names])
    targets = task.targets
    errors = task.track.at(targets)[None, :] - forecasts
    # Where a habit changes, a later forecast may be of an earlier month; it waits for the others.
    judged_by = np.maximum.accumulate(targets)
    known = np.searchsorted(judged_by, task.track.months, side="right")
    squared = np.where(np.isnan(errors), 0.0, errors**2)
    judged = ~np.isnan(errors) & ~np.isnan(errors[:1])
    own = _so_far(np.where(judged, squared, 0.0), known)
    plain = _so_far(np.where(judged, squared[:1], 0.0), known)
    count = _so_far(judged.astype(float), known)
    enough = (count >= ERRORS) & (plain > 0)
    ratio = np.where(enough, np.sqrt(own / np.where(plain > 0, plain, 1.0)), np.nan)
    able = enough & (ratio <= BETTER) & ~np.isnan(forecasts)
    able[0] = False
    best = np.where(able, ratio, np.inf).argmin(axis=0)
    chosen = np.where(able.any(axis=0), best, 0)
    return Gate(names, forecasts, errors, known, ratio, chosen)


def band(value: float, errors: np.ndarray) -> tuple[float, float]:
    """Return the band of a forecast: the 10th to 90th percentile of its past errors around it.

    NaN with fewer than :data:`BAND_ERRORS` of them.
    """
    if len(errors) < BAND_ERRORS:
        return np.nan, np.nan
    low, high = np.percentile(errors, BAND)
    return value + float(low), value + float(high)


def _so_far(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the sums (M, n) over the forecasts that had been judged at each publication."""
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    found: np.ndarray = sums[:, known]
    return found
