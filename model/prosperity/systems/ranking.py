"""How well scores order the assets: information coefficients, quantiles, hit rate.

The information coefficient of a decision is Spearman's correlation, ties sharing their mean rank,
of its scores with the returns from its trade to the next decision's trade.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

#: Assets below which an order says nothing.
FEWEST = 5
#: Quantiles, and those of fewer than so many assets.
QUANTILES, FEW_QUANTILES, FEW = 5, 3, 15


@dataclass(frozen=True)
class Ranking:
    """How well scores order the assets.

    Attributes
    ----------
    coefficients : Series
        Information coefficient by decision date; NaN where fewer than :data:`FEWEST` assets have
        a score and a return, or scores or returns do not differ.
    quantiles : DataFrame
        Mean return from trade to trade by decision date, of each fifth (third) of the assets from
        the lowest scores, 1, to the highest.
    mean, ratio, hit_rate : float
        Mean coefficient; mean over deviation (``ddof=1``) times the root of the periods a year;
        share of decisions with a positive one. NaN where there are too few.
    periods_a_year : float
    """

    coefficients: pd.Series[float]
    quantiles: pd.DataFrame
    mean: float
    ratio: float
    hit_rate: float
    periods_a_year: float


def ranked(values: np.ndarray) -> np.ndarray:
    """Return ranks within each row from 1, ties sharing their mean; NaN stays NaN."""
    ranks: np.ndarray = pd.DataFrame(values).rank(axis=1).to_numpy(float)
    return ranks


def rank_correlations(scores: np.ndarray, returns: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation of each row of two arrays (T, N), over shared columns."""
    both = ~np.isnan(scores) & ~np.isnan(returns)
    left, right = (ranked(np.where(both, a, np.nan)) for a in (scores, returns))
    count = both.sum(axis=1)
    enough = count >= FEWEST
    safe = np.maximum(count, 1)[:, None]
    left, right = (
        np.where(both, a - np.nansum(a, axis=1, keepdims=True) / safe, 0.0) for a in (left, right)
    )
    size = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    good = enough & (size > 1e-12)
    top = (left * right).sum(axis=1)
    return np.where(good, top / np.where(good, size, 1.0), np.nan)


def quantile_returns(scores: np.ndarray, returns: np.ndarray, count: int) -> np.ndarray:
    """Return (T, count) mean returns of groups of assets by score, lowest first.

    The groups are those of the quantiles of the scores (linear, a score at a quantile belongs to
    the group below), as in pandas' ``qcut``; equal scores stand at their mean rank.
    """
    both = ~np.isnan(scores) & ~np.isnan(returns)
    ranks = ranked(np.where(both, scores, np.nan))
    size = both.sum(axis=1, keepdims=True)
    steps = (ranks - 1.0) * count / np.maximum(size - 1, 1)
    group = np.clip(np.ceil(steps - 1e-9), 1, count)
    found = np.full((len(scores), count), np.nan)
    for number in range(count):
        there = (group == number + 1) & both
        total = there.sum(axis=1)
        own = np.where(there, returns, 0.0).sum(axis=1)
        found[:, number] = np.where(total > 0, own / np.maximum(total, 1), np.nan)
    return found


def ranking(scores: pd.DataFrame, prices: pd.DataFrame, periods_a_year: float) -> Ranking | None:
    """Return how well scores order the assets.

    Parameters
    ----------
    scores
        Decision dates (T,) by asset.
    prices
        Prices at each decision's trade, of the same dates and assets; NaN where there is none.
    periods_a_year
        Decisions a year.

    Returns
    -------
    Ranking or None
        None with fewer than :data:`FEWEST` assets or two decisions.
    """
    if len(scores.columns) < FEWEST or len(scores) < 2:
        return None
    levels = prices[scores.columns].to_numpy(float)
    returns = levels[1:] / levels[:-1] - 1.0
    own = scores.to_numpy(float)[:-1]
    coefficients = rank_correlations(own, returns)
    count = QUANTILES if len(scores.columns) >= FEW else FEW_QUANTILES
    good = coefficients[~np.isnan(coefficients)]
    mean = float(good.mean()) if len(good) else np.nan
    spread = float(good.std(ddof=1)) if len(good) > 1 else np.nan
    dates = scores.index[:-1]
    return Ranking(
        coefficients=pd.Series(coefficients, dates),
        quantiles=pd.DataFrame(quantile_returns(own, returns, count), dates, range(1, count + 1)),
        mean=mean,
        ratio=mean / spread * float(np.sqrt(periods_a_year)) if spread > 1e-12 else np.nan,
        hit_rate=float((good > 0).mean()) if len(good) else np.nan,
        periods_a_year=periods_a_year,
    )
