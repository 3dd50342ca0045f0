"""How much of a style an industry holds: sign and strength of its weekly loading on a pair.

The t-value of the slope of the industry's weekly excess return over the market on the pair's (long
leg less short leg), over the last months up to a date, clipped and scaled to -1..1. A week counts
once its Sunday is over, so that a week is never seen in part.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def weekly_returns(closes: pd.DataFrame) -> pd.DataFrame:
    """Return returns from week to week, by the Sunday that ends the week; NaN without a price."""
    if closes.empty:
        return closes.astype(float)
    weekly = closes.resample("W-SUN").last()
    return weekly.pct_change(fill_method=None)


def loadings(
    excess: pd.DataFrame,
    pair: pd.Series[float],
    dates: pd.DatetimeIndex,
    *,
    months: int,
    fewest: int,
    clip: float,
) -> pd.DataFrame:
    """Return the loading of each industry on one pair, -1 to 1.

    Parameters
    ----------
    excess
        Weekly excess returns: Sundays by industry.
    pair
        The pair's, by Sunday.
    dates
        Decision dates (T,).
    months, fewest, clip
        How far back; weeks below which nothing is said; where the t-value is cut off.

    Returns
    -------
    DataFrame
        Dates by industry; NaN with too few weeks, or where nothing varies.
    """
    shared = excess.index.intersection(pair.index)
    own, style = excess.loc[shared].to_numpy(float), pair[shared].to_numpy(float)
    ends = np.asarray(shared.searchsorted(dates, side="right"))
    starts = np.asarray(shared.searchsorted(dates - pd.DateOffset(months=months), side="right"))
    found = np.full((len(dates), own.shape[1]), np.nan)
    for row, (first, last) in enumerate(zip(starts, ends, strict=True)):
        found[row] = t_values(style[first:last], own[first:last], fewest)
    return pd.DataFrame(np.clip(found, -clip, clip) / clip, dates, excess.columns)


def t_values(x: np.ndarray, y: np.ndarray, fewest: int) -> np.ndarray:
    """Return the t-value of the slope of each column of ``y`` (W, N) on ``x`` (W,), gaps left out.

    NaN with fewer than ``fewest`` pairs, or where either does not vary.
    """
    there = ~np.isnan(x)[:, None] & ~np.isnan(y)
    count = there.sum(axis=0)
    safe = np.maximum(count, 1)
    wide = np.where(there, x[:, None], 0.0)
    left = np.where(there, wide - wide.sum(axis=0) / safe, 0.0)
    right = np.where(there, y, 0.0)
    right = np.where(there, right - right.sum(axis=0) / safe, 0.0)
    sxx, syy = (left**2).sum(axis=0), (right**2).sum(axis=0)
    varied = (count >= max(fewest, 3)) & (sxx > 1e-18) & (syy > 1e-18)
    size = np.sqrt(np.where(varied, sxx * syy, 1.0))
    correlation = np.clip((left * right).sum(axis=0) / size, -1.0, 1.0)
    rest = np.maximum(1.0 - correlation**2, 1e-12)
    t = correlation * np.sqrt(np.maximum(count - 2, 1) / rest)
    found: np.ndarray = np.where(varied, t, np.nan)
    return found
