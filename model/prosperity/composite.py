"""Composites: weighted means and first components of scores, with what each part contributes.

Notation: T decision months, K parts. ``scores`` (T x K) holds each part's score as known at each
month; ``previous`` (T x K) the score ``lookback`` months earlier *on the basis of the present
month*. The change of a month compares the two under the weights or loadings of that month and
over the parts that have both, so that neither re-estimation nor a change of membership is ever
read as a rise or a fall.

NaN: a part without a score is left out of its month. Where the parts that are left hold less than
``min_weight`` of the weight the month has no composite.

Source: docs/method.md, section 3. The report names equal weight and first
component; estimation window, sign and scaling are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Loadings and variances below this are rounding noise.
TINY = 1e-12


@dataclass(frozen=True)
class Combination:
    """Parts combined into one number a month.

    Attributes
    ----------
    value : ndarray, (T,)
        The combined score.
    change : ndarray, (T,)
        Like-for-like change over ``lookback`` months.
    contribution : ndarray, (T, K)
        What each part adds to ``value``; rows sum to it. A part without weight adds 0.
    change_contribution : ndarray, (T, K)
        What each part adds to ``change``; rows sum to it.
    weight, change_weight : ndarray, (T, K)
        What one unit of a part's score, and of its change, adds.
    explained : ndarray, (T,)
        Share of variance that the first component explains; NaN where there is none.
    """

    value: np.ndarray
    change: np.ndarray
    contribution: np.ndarray
    change_contribution: np.ndarray
    weight: np.ndarray
    change_weight: np.ndarray
    explained: np.ndarray


def weighted_mean(
    scores: np.ndarray, previous: np.ndarray, weights: np.ndarray, *, min_weight: float
) -> Combination:
    """Return the weighted mean of the parts that are available.

    Parameters
    ----------
    scores, previous
        (T, K); see the module.
    weights
        (T, K) or (K,), not negative.
    min_weight
        Share of the month's weight that must be available.
    """
    weights = np.broadcast_to(np.asarray(weights, dtype=float), scores.shape)
    now, known = _shares(weights, ~np.isnan(scores), min_weight)
    both, compared = _shares(weights, ~np.isnan(scores) & ~np.isnan(previous), min_weight)
    both[~known] = np.nan
    contribution = now * np.nan_to_num(scores)
    moved = both * np.nan_to_num(scores - previous)
    return Combination(
        # Not left to NaN: the sum over no parts at all would be 0.
        value=np.where(known, contribution.sum(axis=1), np.nan),
        change=np.where(known & compared, moved.sum(axis=1), np.nan),
        contribution=contribution,
        change_contribution=moved,
        weight=now,
        change_weight=both,
        explained=np.full(len(scores), np.nan),
    )


def weighted_sum(scores: np.ndarray, previous: np.ndarray, factors: np.ndarray) -> Combination:
    """Return the sum of ``factors`` (K,) times the parts; every part with a factor is needed."""
    used = factors != 0
    contribution = np.where(used, factors * scores, 0.0)
    moved = np.where(used, factors * (scores - previous), 0.0)
    factor_rows = np.broadcast_to(factors, scores.shape).astype(float)
    return Combination(
        value=contribution.sum(axis=1),
        change=moved.sum(axis=1),
        contribution=_blank_rows(contribution),
        change_contribution=_blank_rows(moved),
        weight=factor_rows,
        change_weight=factor_rows,
        explained=np.full(len(scores), np.nan),
    )


def first_component(
    scores: np.ndarray,
    previous: np.ndarray,
    weights: np.ndarray,
    *,
    anchor: int,
    min_weight: float,
    min_obs: int,
    full: bool = False,
) -> Combination:
    """Return the first principal component of the scores, scaled to unit variance.

    The fit of a month uses the correlation matrix of the months so far in which all of its
    members have scores; members are the parts that have a score in that month and ``min_obs``
    scores so far. Its loadings serve that month only, for the present and the previous scores
    alike. Where the members are fewer than two, hold too little weight, or share fewer than
    ``min_obs`` complete months, the month falls back to the weighted mean of all its scores.

    Parameters
    ----------
    scores, previous
        (T, K); see the module.
    weights
        (T, K); parts without weight are no members. Weights do not enter the component.
    anchor
        The part whose loading is positive; where it is no member, the loadings' sum is.
    min_weight, min_obs
        See the module and above.
    full
        Fit once, on all complete months (scikit-learn). **This sees the future**.
    """
    weights = np.broadcast_to(np.asarray(weights, dtype=float), scores.shape)
    result = weighted_mean(scores, previous, weights, min_weight=min_weight)
    member = ~np.isnan(scores) & (weights > 0) & _seasoned(scores, min_obs, full)
    held = np.where(member, weights, 0.0).sum(axis=1)
    member &= (held >= min_weight * weights.sum(axis=1) - TINY)[:, None]
    for pattern in np.unique(member, axis=0):
        parts = np.flatnonzero(pattern)
        if len(parts) < 2:
            continue
        rows = np.flatnonzero((member == pattern).all(axis=1))
        head = int(np.searchsorted(parts, anchor)) if anchor in parts else None
        fit = (_full_fit if full else _expanding_fits)(scores[:, parts], rows, min_obs, head)
        _fill(result, fit, rows, parts, scores, previous, weights, min_weight)
    return result


def _seasoned(scores: np.ndarray, min_obs: int, full: bool) -> np.ndarray:
    """Return which parts have enough scores for a fit, by month."""
    count = np.cumsum(~np.isnan(scores), axis=0)
    enough: np.ndarray = (count[-1:] if full else count) >= min_obs
    return enough


@dataclass(frozen=True)
class _Fit:
    """Loadings (R, M), centre (R, M), scale (R, M) and explained share (R,) of R months."""

    loading: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    explained: np.ndarray
    usable: np.ndarray


def _expanding_fits(scores: np.ndarray, rows: np.ndarray, min_obs: int, anchor: int | None) -> _Fit:
    """Fit every month of ``rows`` on the complete months up to it, all months at once."""
    complete = ~np.isnan(scores).any(axis=1)
    filled = np.where(complete[:, None], scores, 0.0)
    count = np.cumsum(complete)[rows].astype(float)
    sums = np.cumsum(filled, axis=0)[rows]
    products = np.cumsum(filled[:, :, None] * filled[:, None, :], axis=0)[rows]
    size = np.maximum(count, 1.0)
    centre = sums / size[:, None]
    covariance = products / size[:, None, None] - centre[:, :, None] * centre[:, None, :]
    variance = np.einsum("tkk->tk", covariance)
    usable = (count >= min_obs) & (variance > TINY).all(axis=1)
    scale = np.sqrt(np.where(usable[:, None], variance, 1.0))
    correlation = covariance / (scale[:, :, None] * scale[:, None, :])
    correlation[~usable] = np.eye(scores.shape[1])
    values, vectors = np.linalg.eigh(correlation)
    largest = values[:, -1]
    loading = _oriented(vectors[:, :, -1], anchor) / np.sqrt(largest)[:, None]
    return _Fit(loading, centre, scale, largest / values.sum(axis=1), usable)


def _full_fit(scores: np.ndarray, rows: np.ndarray, min_obs: int, anchor: int | None) -> _Fit:
    """Fit once on all complete months and use it for every month of ``rows``."""
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    complete = scores[~np.isnan(scores).any(axis=1)]
    size = (len(rows), scores.shape[1])
    if len(complete) < min_obs or (complete.var(axis=0) <= TINY).any():
        none = np.zeros(size)
        return _Fit(none, none, none + 1, np.zeros(len(rows)), np.zeros(len(rows), dtype=bool))
    scaler = StandardScaler().fit(complete)
    fitted = PCA(n_components=1).fit(scaler.transform(complete))
    # scikit-learn divides by n - 1; the correlation matrix, whose eigenvalue this is, by n.
    variance = fitted.explained_variance_[0] * (len(complete) - 1) / len(complete)
    loading = _oriented(fitted.components_, anchor) / np.sqrt(variance)
    return _Fit(
        np.broadcast_to(loading, size),
        np.broadcast_to(scaler.mean_, size),
        np.broadcast_to(scaler.scale_, size),
        np.full(len(rows), fitted.explained_variance_ratio_[0]),
        np.ones(len(rows), dtype=bool),
    )


def _oriented(vectors: np.ndarray, anchor: int | None) -> np.ndarray:
    """Turn each row so that the anchor's loading, else the loadings' sum, is positive.

    The component's correlation with a part has the sign of that part's loading, so a positive
    loading is a positive correlation with the anchor.
    """
    lead = vectors.sum(axis=1) if anchor is None else vectors[:, anchor]
    lead = np.where(np.abs(lead) > TINY, lead, vectors.sum(axis=1))
    turned: np.ndarray = np.where(lead < 0, -1.0, 1.0)[:, None] * vectors
    return turned


def _fill(
    result: Combination,
    fit: _Fit,
    rows: np.ndarray,
    parts: np.ndarray,
    scores: np.ndarray,
    previous: np.ndarray,
    weights: np.ndarray,
    min_weight: float,
) -> None:
    """Put the fitted months of one membership into ``result``."""
    kept = rows[fit.usable]
    grid = np.ix_(kept, parts)
    slope = (fit.loading / fit.scale)[fit.usable]
    contribution = slope * (scores[grid] - fit.centre[fit.usable])
    moved = slope * (scores[grid] - previous[grid])
    here = ~np.isnan(previous[grid])
    share = (weights[grid] * here).sum(axis=1) / weights[grid].sum(axis=1)
    moved = np.where(here, moved, 0.0)
    moved[share < min_weight - TINY] = np.nan
    for target, block in (
        (result.contribution, contribution),
        (result.change_contribution, moved),
        (result.weight, slope),
        (result.change_weight, slope),
    ):
        target[kept] = 0.0
        target[grid] = block
    result.value[kept] = contribution.sum(axis=1)
    result.change[kept] = moved.sum(axis=1)
    result.change_contribution[np.isnan(result.change)] = np.nan
    result.explained[kept] = fit.explained[fit.usable]


def _shares(
    weights: np.ndarray, available: np.ndarray, min_weight: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of the available parts, summing to one, and where they are enough.

    Where too little of the weight is available the row is NaN.
    """
    total = weights.sum(axis=1)
    held = np.where(available, weights, 0.0)
    got = held.sum(axis=1)
    enough = (got > 0) & (got >= min_weight * total - TINY)
    shares = np.where(enough[:, None], held / np.where(enough, got, 1.0)[:, None], np.nan)
    return shares, enough


def _blank_rows(parts: np.ndarray) -> np.ndarray:
    """Return ``parts`` with a whole row NaN where any of it is."""
    return np.where(np.isnan(parts).any(axis=1)[:, None], np.nan, parts)


def nested(
    outer: Combination, inner: Sequence[Combination], places: Sequence[np.ndarray], size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Spread a combination of combinations over the innermost parts.

    Parameters
    ----------
    outer
        Combination of the inner values, (T, D).
    inner, places
        For each of the D: its combination, and the columns of its parts.
    size
        Number of innermost parts.

    Returns
    -------
    contribution, change_contribution : ndarray, (T, size)
        Rows sum to the outer value and change.
    """
    level = np.zeros((len(outer.value), size))
    change = np.zeros_like(level)
    for d, (part, columns) in enumerate(zip(inner, places, strict=True)):
        level[:, columns] += np.nan_to_num(outer.weight[:, [d]] * part.contribution)
        change[:, columns] += np.nan_to_num(outer.change_weight[:, [d]] * part.change_contribution)
    level[np.isnan(outer.value)] = np.nan
    change[np.isnan(outer.change)] = np.nan
    return level, change
