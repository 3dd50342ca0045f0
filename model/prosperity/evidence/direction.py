"""Whether a signal calls the direction: hits, and tests of market timing by direction.

A month counts when both the position and the outcome are known and the two assets differed. The
call is "the index beats the benchmark" (position 1) or not (0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Direction:
    """Hits of a signal.

    Attributes
    ----------
    months, hits : int
        Months that count, and those with a right call.
    rate, low, high : float
        Hit rate and its Wilson interval.
    expected : float
        Hit rate of calls that know nothing, with the same shares of ups: p q + (1-p)(1-q).
    pesaran_timmermann : float
        One-sided p-value of Pesaran and Timmermann (1992); small when calls and outcomes go
        together. NaN when all calls or all outcomes are alike.
    henriksson_merton : float
        One-sided exact p-value of Henriksson and Merton (1981), from the hypergeometric
        distribution.
    """

    months: int
    hits: int
    rate: float
    low: float
    high: float
    expected: float
    pesaran_timmermann: float
    henriksson_merton: float


def direction(
    position: np.ndarray, difference: np.ndarray, *, confidence: float = 0.95
) -> Direction:
    """Return hits and tests of a signal.

    Parameters
    ----------
    position
        (M,) 1 or 0 by month held; NaN is left out.
    difference
        (M,) return of the index less that of the benchmark in that month; NaN and 0 are left out.
    confidence
        Of the interval.
    """
    counted = ~np.isnan(position) & ~np.isnan(difference) & (difference != 0)
    call, up = position[counted] == 1, difference[counted] > 0
    hits, months = int((call == up).sum()), int(counted.sum())
    p, q = (float(x.mean()) if months else math.nan for x in (call, up))
    low, high = wilson(hits, months, confidence)
    return Direction(
        months=months,
        hits=hits,
        rate=hits / months if months else math.nan,
        low=low,
        high=high,
        expected=p * q + (1 - p) * (1 - q),
        pesaran_timmermann=_pesaran_timmermann(hits, months, p, q),
        henriksson_merton=henriksson_merton(call, up),
    )


def wilson(hits: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson interval of a share; NaN without observations."""
    from scipy.stats import norm

    if not count:
        return math.nan, math.nan
    z = float(norm.ppf(0.5 + confidence / 2))
    share, weight = hits / count, z * z / count
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / count + weight / count / 4) / (1 + weight)
    return middle - half, middle + half


def _pesaran_timmermann(hits: int, n: int, call: float, up: float) -> float:
    from scipy.stats import norm

    if n < 2 or not (0 < call < 1 and 0 < up < 1):
        return math.nan
    expected = call * up + (1 - call) * (1 - up)
    of_hits = expected * (1 - expected) / n
    of_expected = (
        (2 * up - 1) ** 2 * call * (1 - call) / n
        + (2 * call - 1) ** 2 * up * (1 - up) / n
        + 4 * call * up * (1 - call) * (1 - up) / n**2
    )
    spread = of_hits - of_expected
    return float(norm.sf((hits / n - expected) / math.sqrt(spread))) if spread > 0 else math.nan


def henriksson_merton(call: np.ndarray, up: np.ndarray) -> float:
    """Return the chance of at least as many right up-calls, were calls and outcomes unrelated.

    NaN when all outcomes or all calls are alike.
    """
    from scipy.stats import hypergeom

    if not (0 < up.sum() < len(up) and 0 < call.sum() < len(call)):
        return math.nan
    right = int((call & up).sum())
    return float(hypergeom.sf(right - 1, len(up), int(up.sum()), int(call.sum())))
