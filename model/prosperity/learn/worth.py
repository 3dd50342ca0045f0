"""What scores are worth: information coefficients, quantiles, decay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from prosperity.learn.samples import FEWEST, Samples
from prosperity.learn.settings import LearnSettings
from prosperity.systems.ranking import (
    FEW,
    FEW_QUANTILES,
    QUANTILES,
    quantile_returns,
    rank_correlations,
)

#: Horizons ahead over which a score is followed.
DECAY = 6
#: Trading days of a year.
YEAR = 242


@dataclass(frozen=True)
class Worth:
    """What one kind of score was worth out of sample.

    Attributes
    ----------
    coefficient, ratio : float
        Mean rank information coefficient; mean over deviation (``ddof=1``), a year. NaN with too
        few days.
    days : int
        Days with a coefficient.
    quantiles : list of float
        Mean return over the horizon less the day's mean, lowest scores first.
    decay : list of float
        Mean coefficient with the return of 0, 1, ... horizons later.
    """

    coefficient: float
    ratio: float
    days: int
    quantiles: list[float]
    decay: list[float]


def worth(scores: pd.DataFrame, samples: Samples, settings: LearnSettings) -> Worth:
    """Return what scores (dates by code) were worth, over the dates whose returns are known.

    Returns of neighbouring samples overlap where the horizon is longer than the step: the ratio
    then flatters, and is divided by the root of the overlap.
    """
    places = samples.days.get_indexer(pd.DatetimeIndex(scores.index))
    own = scores.reindex(columns=samples.codes).to_numpy(float)
    returns = samples.returns[places]
    coefficients = rank_correlations(own, returns)
    good = coefficients[np.isfinite(coefficients)]
    spread = float(good.std(ddof=1)) if len(good) > 1 else np.nan
    overlap = max(1.0, settings.horizon / settings.every)
    yearly = np.sqrt(YEAR / settings.every / overlap)
    count = QUANTILES if len(samples.codes) >= FEW else FEW_QUANTILES
    groups = quantile_returns(own, returns, count)
    return Worth(
        coefficient=float(good.mean()) if len(good) else np.nan,
        ratio=float(good.mean() / spread * yearly) if spread > 1e-12 else np.nan,
        days=len(good),
        quantiles=[_mean(groups[:, number]) for number in range(count)],
        decay=[_mean(_later(own, places, samples, ahead)) for ahead in range(DECAY)],
    )


def _later(own: np.ndarray, places: np.ndarray, samples: Samples, ahead: int) -> np.ndarray:
    """Return the coefficients with the returns of some horizons later."""
    at = places + ahead * samples.horizon
    there = at < len(samples.days)
    return rank_correlations(own[there], samples.returns[at[there]])


def _mean(values: np.ndarray) -> float:
    good = values[np.isfinite(values)]
    return float(good.mean()) if len(good) else float("nan")


def correlation(left: np.ndarray, right: np.ndarray) -> float:
    """Return Pearson's correlation of two arrays; NaN for fewer than five or no spread."""
    if len(left) < FEWEST or np.ptp(left) <= 1e-12 or np.ptp(right) <= 1e-12:
        return float("nan")
    return float(np.corrcoef(left, right)[0, 1])
