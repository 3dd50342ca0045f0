"""How large a mean is beside its long-run error, and how many others are as large.

Positions and returns both move in slow cycles, so a mean is measured by the spread that such
cycles have of their own: the error of equal-weighted cosines (Lazarus, Lewis, Stock and Watson
2018).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

#: Cosines of the long-run error: the fewer, the slower the cycles that it takes in, and the larger
#: the skill that is needed to be seen. Fixed on simulated worlds without skill.
COSINES = 4
#: What differs by less than this share is the same, added in another order.
TIE = 1e-9


def over_long_run_error(terms: np.ndarray, size: float) -> np.ndarray:
    """Return means of monthly terms over their long-run standard errors.

    Parameters
    ----------
    terms
        (..., M) without NaN.
    size
        The largest of what the terms are made of; what is below :data:`TIE` of it is nothing.

    Returns
    -------
    ndarray, (...)
        The error is the root of the mean square of the :data:`COSINES` slowest cosine weights. 0
        where nothing varies; infinite where every month has the same.
    """
    months = terms.shape[-1]
    mean = terms.mean(axis=-1) * np.sqrt(months)
    error = np.sqrt(np.square(terms @ _cosines(months)).mean(axis=-1))
    scale = TIE * size
    mean = np.where(np.abs(mean) <= scale * np.sqrt(months), 0.0, mean)
    endless = np.where(mean == 0.0, 0.0, np.copysign(np.inf, mean))
    return np.asarray(np.divide(mean, error, out=endless, where=error > scale))


@lru_cache(maxsize=16)
def _cosines(months: int) -> np.ndarray:
    """Return (M, COSINES) cosines of half a wave, a whole one and so on, each of unit length."""
    at = (np.arange(months) + 0.5) / months
    waves = np.cos(np.pi * np.outer(at, np.arange(1, COSINES + 1)))
    return np.asarray(np.sqrt(2.0 / months) * waves)


def p_value(own: float, others: np.ndarray) -> float:
    """Return the one-sided p-value of a value among others: the share that is at least as large."""
    margin = TIE * abs(own) if np.isfinite(own) else 0.0
    return (1 + int((others >= own - margin).sum())) / (1 + len(others))
