"""A monthly series as it was known on each decision date, its missing months filled.

On a date the newest published month may be one or two behind. ``last`` carries its value on;
``median12`` adds to it, for each month that is missing, the median of the last twelve differences
between adjacent published months: X(t) = X(t-1) + median. A filled month is no evidence of the
next one, so filled differences do not enter the median.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from prosperity.align import oldest_age
from prosperity.calendar import month_number
from prosperity.definition import Indicator
from prosperity.panel import Observations
from prosperity.settings import Settings

#: Differences that the median is taken of.
DIFFERENCES = 12


def as_known(
    observed: Observations | None, indicator: Indicator, decisions: pd.DatetimeIndex, fill: str
) -> np.ndarray:
    """Return the value for the month of each decision date, from what was public on it alone.

    Parameters
    ----------
    observed
        What was published, in whatever order; None is nothing.
    indicator
        Its frequency and lag say how old a value may be; see
        :func:`prosperity.align.oldest_age`.
    decisions
        Dates (T,), ascending.
    fill
        ``median12`` or ``last``.

    Returns
    -------
    ndarray, (T,)
        NaN before the first value, and where the newest is too old.
    """
    found = np.full(len(decisions), np.nan)
    if observed is None or observed.frame.empty:
        return found
    frame = observed.frame
    periods = pd.DatetimeIndex(frame.index)
    values, released = frame["value"].to_numpy(float), frame["release"].to_numpy("datetime64[ns]")
    known = released[None, :] <= decisions.to_numpy("datetime64[ns]")[:, None]
    newest = np.where(known.any(axis=1), known.shape[1] - 1 - known[:, ::-1].argmax(axis=1), -1)
    numbers = month_number(periods)
    behind = np.maximum(month_number(decisions) - numbers[newest], 0)
    said = (newest >= 0) & (behind <= oldest_age(indicator, Settings(), periods)[newest])
    step = np.zeros(len(decisions))
    if fill == "median12":
        step = _steps(values, numbers, known, newest)
    found[said] = (values[newest] + behind * step)[said]
    return found


def _steps(
    values: np.ndarray, numbers: np.ndarray, known: np.ndarray, newest: np.ndarray
) -> np.ndarray:
    """Return the median of the last differences that was known on each date (T,)."""
    whole = median_step(values, numbers)
    steps = np.where(newest >= 0, whole[newest], 0.0)
    # Dates on which a month before the newest was still to come see other differences.
    gaps = (newest >= 0) & (known.sum(axis=1) < newest + 1)
    for row in np.flatnonzero(gaps):
        there = known[row]
        steps[row] = median_step(values[there], numbers[there])[-1]
    return steps


def median_step(values: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return, by value, the median of the last differences of adjacent months up to it.

    Parameters
    ----------
    values
        (P,) without NaN.
    numbers
        (P,) the months' numbers, ascending.

    Returns
    -------
    ndarray, (P,)
        0 before the first difference.
    """
    differences = np.diff(values)
    places = np.flatnonzero(np.diff(numbers) == 1)
    padded = np.concatenate([np.full(DIFFERENCES - 1, np.nan), differences[places]])
    medians = np.zeros(len(places) + 1)
    if len(places):
        windows = np.lib.stride_tricks.sliding_window_view(padded, DIFFERENCES)
        medians[1:] = np.nanmedian(windows, axis=1)
    count = np.searchsorted(places + 1, np.arange(len(values)), side="right")
    found: np.ndarray = medians[count]
    return found
