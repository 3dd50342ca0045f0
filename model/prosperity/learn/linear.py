"""The straight line that a network has to beat: ridge on the features of the day itself."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from prosperity.learn.folds import Fold
from prosperity.learn.samples import Samples
from prosperity.learn.worth import correlation

#: Penalties that are tried, per sample; validation chooses.
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


def ridge(samples: Samples, fold: Fold, window: int) -> np.ndarray:
    """Return the weights (d,) of a ridge regression of labels on the day's features.

    The penalty is the one with the best mean information coefficient in the fold's validation; the
    regression has no constant, as features and labels are centred within each day.
    """
    from sklearn.linear_model import Ridge

    rows, labels = stacked(samples, fold.train, window)
    choice = [parts(samples, place, window) for place in fold.valid]
    best, found = -np.inf, np.zeros(len(samples.features))
    for penalty in PENALTIES:
        model = Ridge(alpha=penalty * len(rows), fit_intercept=False).fit(rows, labels)
        weights = np.asarray(model.coef_, dtype=float)
        worth = np.nanmean([correlation(x @ weights, y) for x, y in choice] or [np.nan])
        if worth > best:
            best, found = float(worth), weights
    return found


def parts(samples: Samples, place: int, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the day's features (n, d) and labels (n,) of the codes with a label."""
    columns, rows = samples.at(place, window)
    labels = samples.labels(place, columns)
    good = np.isfinite(labels)
    return rows[good, -1].astype(float), labels[good]


def stacked(samples: Samples, places: Iterable[int], window: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features and labels of several days, one below the other."""
    both = [parts(samples, place, window) for place in places]
    return np.concatenate([x for x, _ in both]), np.concatenate([y for _, y in both])
