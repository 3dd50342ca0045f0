"""Whether a signal calls the direction: hits, and tests of market timing by direction.

A month counts when both the position and the outcome are known and the two assets differed. The
call is "the index beats the benchmark" (position 1) or not (0). Calls and outcomes may both come in
long runs: neither test takes the months for independent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from prosperity.evidence.resampling import FEWEST, circular_shifts

#: Earlier calls and outcomes that the test of Pesaran and Timmermann (2009) takes in.
LAGS = 2
#: What is left of calls or outcomes, less than which is rounding.
NOTHING_LEFT = 1e-8


@dataclass(frozen=True)
class Direction:
    """Hits of a signal.

    Attributes
    ----------
    months, hits : int
        Months that count, and those with a right call.
    rate, low, high : float
        Hit rate and its Wilson interval, which takes the months for independent.
    expected : float
        Hit rate of calls that know nothing, with the same shares of ups: p q + (1-p)(1-q).
    pesaran_timmermann : float
        One-sided p-value of Pesaran and Timmermann (2009); small when calls and outcomes go
        together beyond what earlier calls and outcomes explain. NaN when that cannot be told, or
        in fewer than :data:`prosperity.evidence.resampling.FEWEST` months, as below.
    henriksson_merton : float
        One-sided p-value of the statistic of Henriksson and Merton (1981), the shares of right
        calls in ups and in downs together. NaN when all calls or all outcomes are alike.
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
        pesaran_timmermann=pesaran_timmermann(call, up) if months >= FEWEST else math.nan,
        henriksson_merton=henriksson_merton(call, up) if months >= FEWEST else math.nan,
    )


def wilson(hits: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson interval of a share; NaN without observations."""
    from scipy.stats import binomtest

    if not count:
        return math.nan, math.nan
    interval = binomtest(hits, count).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def pesaran_timmermann(call: np.ndarray, up: np.ndarray, lags: int = LAGS) -> float:
    """Return the one-sided p-value of the dynamic test of Pesaran and Timmermann (2009).

    Parameters
    ----------
    call, up
        (M,) bool, in the order of time.
    lags
        Earlier calls and outcomes that both are cleared of.

    Returns
    -------
    float
        Their test for two categories, with its sign: Student's t of the partial correlation of
        call and outcome, given the ``lags`` values of both before. NaN when calls or outcomes are
        alike, hang on the earlier ones alone, or leave no degree of freedom.
    """
    from scipy.stats import t

    months = len(call) - lags
    if months < 1:
        return math.nan
    now = np.column_stack([call, up])[lags:].astype(float)
    before = [x[lags - n : -n].astype(float) for n in range(1, lags + 1) for x in (call, up)]
    known = np.column_stack([np.ones(months), *before])
    fitted, _, rank, _ = np.linalg.lstsq(known, now, rcond=None)
    left, freedom = now - known @ fitted, months - int(rank) - 1
    size = np.sqrt(np.square(left).sum(axis=0))
    if freedom < 1 or (size < NOTHING_LEFT).any():
        return math.nan
    partial = float(np.clip(left[:, 0] @ left[:, 1] / size.prod(), -1.0, 1.0))
    rest = 1.0 - partial**2
    ratio = partial * math.sqrt(freedom / rest) if rest > 0 else math.copysign(math.inf, partial)
    return float(t.sf(ratio, freedom))


def henriksson_merton(call: np.ndarray, up: np.ndarray) -> float:
    """Return the p-value of the statistic of Henriksson and Merton (1981).

    Parameters
    ----------
    call, up
        (M,) bool, in the order of time.

    Returns
    -------
    float
        Share of ups that were called plus share of downs that were called, less 1, which is the
        covariance of call and outcome over the outcome's variance; over its long-run error,
        against all circular shifts of the calls. Their exact distribution needs months that are
        independent. NaN when all outcomes or all calls are alike.
    """
    if not (0 < up.sum() < len(up) and 0 < call.sum() < len(call)):
        return math.nan
    return circular_shifts(call.astype(float), up.astype(float))
