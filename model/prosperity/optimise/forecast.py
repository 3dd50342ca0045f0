"""Guosen's forecast of one date: winsorise, standardise within the index, neutralise, combine."""

from __future__ import annotations

import warnings

import numpy as np

#: Values are drawn in to the median plus and minus so many median absolute deviations.
WINSOR = 3.0
#: A median absolute deviation of a normal is its deviation over this.
NORMAL = 1.4826


def winsorised(values: np.ndarray, times: float = WINSOR) -> np.ndarray:
    """Return (N, K) values drawn in to median +- ``times`` MAD (scaled as a deviation); NaN stays.

    Where the MAD is 0, as for a factor that most names share, nothing is drawn in.
    """
    middle = np.nanmedian(values, axis=0)
    spread = NORMAL * np.nanmedian(np.abs(values - middle), axis=0)
    low, high = middle - times * spread, middle + times * spread
    return np.where(spread > 0, np.clip(values, low, high), values)


def standardised(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return z-scores (N, K) by the mean and deviation (``ddof=0``) of the names in the index.

    A factor that does not vary within the index is 0.
    """
    own = values[inside]
    mean, spread = np.nanmean(own, axis=0), np.nanstd(own, axis=0)
    return np.where(spread > 1e-12, (values - mean) / np.where(spread > 1e-12, spread, 1.0), 0.0)


def neutralised(scores: np.ndarray, groups: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return residuals (N, K) of scores on industry dummies and log size.

    Parameters
    ----------
    scores
        Without NaN.
    groups
        (N,) industries.
    size
        (N,) market value, above 0.
    """
    names = np.unique(groups)
    design = np.column_stack([(groups[:, None] == names[None]).astype(float), np.log(size)])
    fitted, *_ = np.linalg.lstsq(design, scores, rcond=None)
    residual: np.ndarray = scores - design @ fitted
    return residual


def forecast(
    factors: np.ndarray,
    weights: np.ndarray,
    inside: np.ndarray,
    groups: np.ndarray,
    size: np.ndarray,
) -> np.ndarray:
    """Return the forecast alpha (N,) of names: the weighted mean of their neutralised factors.

    A factor that a name does not have counts 0, the middle of the index.

    Parameters
    ----------
    factors
        (N, K), NaN where there is none.
    weights
        (K,) with the sign of each factor; they are taken as shares of their absolute sum.
    inside
        (N,) whether a name is in the index.
    groups, size
        As :func:`neutralised` takes them.
    """
    with warnings.catch_warnings():
        # A factor that nobody has is 0 for all.
        warnings.simplefilter("ignore", RuntimeWarning)
        z = np.nan_to_num(standardised(winsorised(factors), inside))
    clean = neutralised(z, groups, size)
    total = np.abs(weights).sum()
    found: np.ndarray = clean @ (weights / total) if total > 0 else np.zeros(len(clean))
    return found
