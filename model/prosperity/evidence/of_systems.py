"""Whether a system's scores or positions are more than luck.

*Rankings* (five assets or more, whose best are held): the mean information coefficient against
scores permuted within each date, which keeps what every date looked like and breaks which asset had
which score. *Timing* (all others): positions rotated in time against the same returns, which keeps
their persistence. Both p-values are one-sided and reproducible.

What a system tried itself counts: its deflated Sharpe ratio is that of the best of so many
candidates without skill, whose ratios spread by chance alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from prosperity.evidence import resampling, sharpe
from prosperity.long_run import over_long_run_error, p_value
from prosperity.systems.inputs import closes_at
from prosperity.systems.ranking import FEWEST, ranked
from prosperity.systems.result import SystemResult

#: Permutations of a ranking, and values that are held in memory at once.
DRAWS, AT_ONCE = 999, 1 << 22


@dataclass(frozen=True)
class SystemEvidence:
    """What was found of one system.

    Attributes
    ----------
    kind : {"ranking", "timing"}
    periods : int
        Decisions that count: with a position or an order, and what followed.
    statistic : float
        Mean information coefficient; or the mean return of a period that timing earned beyond the
        mean positions, as a decimal.
    p_value : float
        NaN with fewer than :data:`prosperity.evidence.resampling.FEWEST` periods, or nothing that
        varies.
    sharpe, probabilistic, deflated : float
        Of returns over the benchmark from trade to trade, of one period; the probability that the
        true ratio is above zero, alone and given all that was tried.
    tried : int
        Candidates that the system tried itself, and the variants that stand beside it; 1 for a
        system that tried nothing.
    """

    kind: Literal["ranking", "timing"]
    periods: int
    statistic: float
    p_value: float
    sharpe: float
    probabilistic: float
    deflated: float
    tried: int

    @property
    def shown_to_help(self) -> bool:
        """Whether it may be printed in black: a p-value of at most .2."""
        return self.p_value <= 0.2


def system_evidence(
    result: SystemResult,
    closes: pd.DataFrame,
    *,
    variants: int = 0,
    draws: int = DRAWS,
    seed: int = resampling.SEED,
) -> SystemEvidence:
    """Test what a system says.

    Parameters
    ----------
    result
        What it said; its trades say from when to when a position was held.
    closes
        Closes of its assets, days by asset id.
    variants
        Variants that were looked at beside it.
    draws, seed
        Permutations of a ranking; the same seed gives the same value.
    """
    excess = excess_returns(result)
    ratio = sharpe.sharpe_ratio(excess)
    tried = result.tried + variants
    made = result.trades.dropna()
    ordered = result.ranking is not None and _held_by_rank(result)
    test = ranking_test if ordered else timing_test
    periods, statistic, chance = test(result, closes, made, draws, seed)
    # Ratios of candidates without skill spread by one over the root of the periods.
    spread = 1.0 / math.sqrt(max(len(excess) - 1, 1))
    hurdle = sharpe.expected_best(tried, spread)
    return SystemEvidence(
        kind="ranking" if ordered else "timing",
        periods=periods,
        statistic=statistic,
        p_value=chance,
        sharpe=ratio,
        probabilistic=sharpe.probabilistic_sharpe(excess),
        deflated=sharpe.probabilistic_sharpe(excess, hurdle),
        tried=tried,
    )


def _held_by_rank(result: SystemResult) -> bool:
    return getattr(result.definition, "allocation", "") in ("top_k", "votes")


def excess_returns(result: SystemResult) -> np.ndarray:
    """Return returns over the benchmark from each trade to the next; empty without a backtest."""
    made = result.trades.dropna()
    if result.backtest is None or len(made) < 2:
        return np.array([])
    nav = result.backtest.nav.reindex(pd.DatetimeIndex(made.to_numpy())).to_numpy(float)
    moves = nav[1:] / nav[:-1] - 1.0
    names = list(result.backtest.nav)
    own = moves[:, names.index("strategy")] - moves[:, names.index("benchmark")]
    return np.asarray(own[~np.isnan(own)])


def _following(
    closes: pd.DataFrame, assets: list[str], made: pd.Series[pd.Timestamp]
) -> np.ndarray:
    """Return each asset's return from each trade to the next, (trades - 1, N)."""
    at = closes_at(closes.reindex(columns=assets), pd.DatetimeIndex(made.to_numpy()))
    levels = at.to_numpy(float)
    return np.asarray(levels[1:] / levels[:-1] - 1.0)


def ranking_test(
    result: SystemResult,
    closes: pd.DataFrame,
    made: pd.Series[pd.Timestamp],
    draws: int,
    seed: int,
) -> tuple[int, float, float]:
    """Return periods, mean information coefficient and its p-value."""
    assets = [str(id) for id in result.scores if id in closes]
    scores = result.scores.loc[made.index[:-1], assets].to_numpy(float)
    return permuted(scores, _following(closes, assets, made), draws, seed)


def permuted(
    scores: np.ndarray, returns: np.ndarray, draws: int = DRAWS, seed: int = resampling.SEED
) -> tuple[int, float, float]:
    """Return periods, mean coefficient and its p-value against scores permuted within the date.

    Parameters
    ----------
    scores, returns
        (T, N), of the same dates and assets; NaN where there is none.
    """
    both = ~np.isnan(scores) & ~np.isnan(returns)
    both &= (both.sum(axis=1) >= FEWEST)[:, None]
    left, right = (_unit(np.where(both, a, np.nan)) for a in (scores, returns))
    good = (np.abs(left).sum(axis=1) > 0) & (np.abs(right).sum(axis=1) > 0)
    left, right, both = left[good], right[good], both[good]
    if not len(left):
        return 0, math.nan, math.nan
    own = float((left * right).sum(axis=1).mean())
    if len(left) < resampling.FEWEST:
        return len(left), own, math.nan
    generator = np.random.default_rng(seed)
    others: list[np.ndarray] = []
    step = max(1, AT_ONCE // left.size)
    # Those that are there stand in front, so that absent ones never move.
    front = np.argsort(~both, axis=1, kind="stable")
    left, right = (np.take_along_axis(a, front, axis=1) for a in (left, right))
    absent = ~np.take_along_axis(both, front, axis=1)
    for first in range(0, draws, step):
        count = min(step, draws - first)
        keys = generator.random((count, *left.shape))
        keys[:, absent] = 2.0
        mixed = np.take_along_axis(left[None], keys.argsort(axis=2), axis=2)
        others.append((mixed * right).sum(axis=2).mean(axis=1))
    return len(left), own, p_value(own, np.concatenate(others))


def _unit(values: np.ndarray) -> np.ndarray:
    """Return ranks within each row, less their mean, of unit length; 0 where there is none."""
    ranks = ranked(values)
    there = ~np.isnan(ranks)
    off = np.where(there, ranks, 0.0)
    mean = off.sum(axis=1, keepdims=True) / np.maximum(there.sum(axis=1, keepdims=True), 1)
    off = np.where(there, off - mean, 0.0)
    length = np.sqrt((off**2).sum(axis=1, keepdims=True))
    return np.asarray(np.divide(off, length, out=np.zeros_like(off), where=length > 1e-12))


def timing_test(
    result: SystemResult,
    closes: pd.DataFrame,
    made: pd.Series[pd.Timestamp],
    draws: int,
    seed: int,
) -> tuple[int, float, float]:
    """Return periods, what timing earned a period, and its p-value by rotation in time."""
    rest = str(result.positions.columns[-1])
    assets = [str(id) for id in result.positions if id != rest and id in closes]
    positions = result.positions.loc[made.index[:-1], assets].to_numpy(float)
    returns = _following(closes, assets, made)
    if rest in closes:
        returns = returns - _following(closes, [rest], made)
    known = ~np.isnan(positions).any(axis=1)
    # An asset without a price is not held, and earns nothing.
    return rotated(positions[known], np.nan_to_num(returns[known]))


def rotated(positions: np.ndarray, returns: np.ndarray) -> tuple[int, float, float]:
    """Return periods, mean timing return and its p-value against all rotations of the positions.

    Parameters
    ----------
    positions, returns
        (T, N) without NaN; the statistic is the mean over time of the sum over assets of
        (position less its mean) times (return less its mean).
    """
    periods = len(positions)
    if not periods:
        return 0, math.nan, math.nan
    own, moves = positions - positions.mean(axis=0), returns - returns.mean(axis=0)
    varies = np.ptp(positions, axis=0).max(initial=0.0) > 1e-12
    at = np.arange(periods)
    terms = np.stack([(own[(at - shift) % periods] * moves).sum(axis=1) for shift in at])
    mean = float(terms[0].mean())
    if periods < resampling.FEWEST or not varies:
        return periods, mean, math.nan
    found = over_long_run_error(terms, float(np.abs(moves).max(initial=0.0)))
    return periods, mean, p_value(float(found[0]), found[1:])
