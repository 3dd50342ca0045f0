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

from collections.abc import Callable, Sequence
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


def difference(
    scores: np.ndarray,
    previous: np.ndarray,
    weights: np.ndarray,
    *,
    min_obs: int,
    full: bool = False,
    before: np.ndarray | None = None,
) -> Combination:
    """Return the weighted mean of parts with opposite signs, standardised again.

    The parts of a difference move together, so that what is left varies less than each of them;
    standardised, it weighs as much as other scores do. Mean and standard deviation (``ddof=1``)
    are those of the months so far in which all parts have scores. Before ``min_obs`` such months
    the difference stands as it is. With any part missing there is none.

    Parameters
    ----------
    scores, previous, weights, full, before
        As in :func:`first_component`; every part needs a weight, also in the months ``before``.
    min_obs
        Complete months from which the difference is standardised.
    """
    weights = np.broadcast_to(np.asarray(weights, dtype=float), scores.shape)
    weights = np.where(weights.min(axis=1, keepdims=True) > 0, weights, 0.0)
    result = weighted_mean(scores, previous, weights, min_weight=1.0)
    complete = ~np.isnan(scores).any(axis=1) & (weights[:, 0] > 0)
    total = np.where(complete, weights.sum(axis=1), 1.0)
    share = weights / total[:, None]
    filled = np.where(complete[:, None], scores, 0.0)
    earlier = None if before is None else before[~np.isnan(before).any(axis=1)]
    count = _so_far(
        complete.astype(float), full, None if earlier is None else earlier[:, 0] * 0 + 1
    )
    size = np.maximum(count, 1.0)
    centre = _so_far(filled, full, earlier) / size[:, None]
    products = _so_far(_products(filled), full, None if earlier is None else _products(earlier))
    products = products / size[:, None, None]
    covariance = products - centre[:, :, None] * centre[:, None, :]
    spread = np.einsum("tk,tkl,tl->t", share, covariance, share) * size / np.maximum(size - 1, 1)
    usable = complete & (count >= min_obs) & (spread > TINY)
    rows = np.flatnonzero(usable)
    fit = _Fit(
        loading=share[rows],
        centre=centre[rows],
        scale=np.sqrt(spread[rows])[:, None],
        explained=np.full(len(rows), np.nan),
    )
    parts = np.arange(scores.shape[1])
    _fill(result, fit, rows, parts, scores, previous, weights, min_weight=1.0)
    return result


def first_component(
    scores: np.ndarray,
    previous: np.ndarray,
    weights: np.ndarray,
    *,
    anchor: int,
    min_weight: float,
    min_obs: int,
    full: bool = False,
    before: np.ndarray | None = None,
) -> Combination:
    """Return the first principal component of the scores, scaled to unit variance.

    The fit of a month uses the correlation of each pair of members over all months so far in
    which both have scores, so that a new member takes nothing away from what is known of the
    others. Members are the parts that have a score in that month and share ``min_obs`` months
    with themselves and with every other; of two that share fewer, the one with the shorter
    history waits. Loadings serve their month only, for the present and the previous scores alike.
    Where the members are fewer than two, or hold too little weight, the month falls back to the
    weighted mean of all its scores.

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
        Fit once, on all months. **This sees the future**.
    before
        (R, K) scores of the months before. With them the rows of ``scores`` are not months one
        after the other but alternatives for one month, each fitted on those before and itself.
    """
    weights = np.broadcast_to(np.asarray(weights, dtype=float), scores.shape)
    result = weighted_mean(scores, previous, weights, min_weight=min_weight)
    pairs = _pairs(scores, full, before)
    member = _members(~np.isnan(scores) & (weights > 0), pairs, min_obs)
    held = np.where(member, weights, 0.0).sum(axis=1)
    member &= (held >= min_weight * weights.sum(axis=1) - TINY)[:, None]
    for pattern in _patterns(member):
        parts = np.flatnonzero(pattern)
        if len(parts) < 2:
            continue
        rows = np.flatnonzero((member == pattern).all(axis=1))
        head = int(np.searchsorted(parts, anchor)) if anchor in parts else None
        fit = _component(pairs, rows, parts, head)
        _fill(result, fit, rows, parts, scores, previous, weights, min_weight)
    return result


def _patterns(member: np.ndarray) -> np.ndarray:
    """Return the different rows; alternatives for one month have one, which is soon seen."""
    same = len(member) and (member == member[0]).all()
    return member[:1] if same else np.unique(member, axis=0)


@dataclass(frozen=True)
class _Pairs:
    """What is known of each pair of parts in each month; (T, K, K).

    ``count`` is the months that both have scores in, ``correlation`` that of those months, NaN
    where one of the two does not vary. On the diagonal of ``mean`` and ``variance`` stands each
    part's own, over all months that it has a score in.
    """

    count: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    correlation: np.ndarray


def _products(values: np.ndarray) -> np.ndarray:
    products: np.ndarray = values[:, :, None] * values[:, None, :]
    return products


def _so_far(values: np.ndarray, full: bool, before: np.ndarray | None = None) -> np.ndarray:
    """Return sums over the months so far, or with ``full`` over all of them in every month.

    With the values ``before`` each row is a month by itself behind those.
    """
    if before is not None:
        own: np.ndarray = values + before.sum(axis=0)
        return own
    sums = np.cumsum(values, axis=0)
    return np.broadcast_to(sums[-1:], sums.shape) if full else sums


def _pairs(scores: np.ndarray, full: bool, before: np.ndarray | None = None) -> _Pairs:
    """Compute every pair in every month at once, from running sums."""
    known = (~np.isnan(scores)).astype(float)
    filled = np.nan_to_num(scores)
    known_then = None if before is None else (~np.isnan(before)).astype(float)
    filled_then = None if before is None else np.nan_to_num(before)

    def so_far(make: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
        then = None
        if known_then is not None and filled_then is not None:
            then = make(known_then, filled_then)
        return _so_far(make(known, filled), full, then)

    count = so_far(lambda k, f: k[:, :, None] * k[:, None, :])
    size = np.maximum(count, 1.0)
    # [t, i, j]: moments of part i over the months in which part j has a score too.
    mean = so_far(lambda k, f: f[:, :, None] * k[:, None, :]) / size
    variance = so_far(lambda k, f: f[:, :, None] ** 2 * k[:, None, :]) / size - mean**2
    product = so_far(lambda k, f: _products(f)) / size
    spread = variance * np.swapaxes(variance, 1, 2)
    varies = np.minimum(variance, np.swapaxes(variance, 1, 2)) > TINY
    covariance = product - mean * np.swapaxes(mean, 1, 2)
    scale = np.sqrt(np.where(varies, spread, 1.0))
    return _Pairs(count, mean, variance, np.where(varies, covariance / scale, np.nan))


def _members(able: np.ndarray, pairs: _Pairs, min_obs: int) -> np.ndarray:
    """Return who of the parts that are ``able`` (T, K) share enough months with all others."""
    short = (pairs.count < min_obs) | np.isnan(pairs.correlation)
    history = np.einsum("tkk->tk", pairs.count)
    member: np.ndarray = able & ~np.einsum("tkk->tk", short)
    while True:
        apart = (short & member[:, :, None] & member[:, None, :]).any(axis=2)
        rows = np.flatnonzero(apart.any(axis=1))
        if not len(rows):
            return member
        # The last of several with the same history: order in the definition is precedence.
        waits = np.where(apart, history, np.inf)[rows, ::-1].argmin(axis=1)
        member[rows, member.shape[1] - 1 - waits] = False


@dataclass(frozen=True)
class _Fit:
    """Loadings and centre (R, M), scale (R, M) or (R, 1), explained share (R,) of R months."""

    loading: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    explained: np.ndarray


def _component(pairs: _Pairs, rows: np.ndarray, parts: np.ndarray, anchor: int | None) -> _Fit:
    """Fit the months of ``rows``, in which ``parts`` are the members, all at once."""
    grid = np.ix_(rows, parts, parts)
    values, vectors = _spectra(pairs.correlation[grid])
    largest = values[:, -1]
    own = (rows[:, None], parts, parts)
    return _Fit(
        loading=_oriented(vectors[:, :, -1], anchor) / np.sqrt(largest)[:, None],
        centre=pairs.mean[own],
        scale=np.sqrt(pairs.variance[own]),
        explained=largest / len(parts),
    )


def nearest_correlation(matrices: np.ndarray) -> np.ndarray:
    """Return correlation matrices (R, M, M) without negative eigenvalues.

    Correlations of pairs over different months need not fit together. Negative eigenvalues are
    set to zero and the diagonal is scaled back to one, which a matrix that has none goes through
    unchanged. ``corr_clipped`` of statsmodels does the same for one matrix.
    """
    values, vectors = np.linalg.eigh(matrices)
    bad = values[:, 0] < -TINY
    if not bad.any():
        return matrices
    mended = matrices.copy()
    mended[bad] = _mended(values[bad], vectors[bad])
    return mended


def _spectra(matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues (R, M), ascending, and vectors of :func:`nearest_correlation`."""
    values, vectors = np.linalg.eigh(matrices)
    bad = values[:, 0] < -TINY
    if bad.any():
        values[bad], vectors[bad] = np.linalg.eigh(_mended(values[bad], vectors[bad]))
    return values, vectors


def _mended(values: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Return correlation matrices without the negative ones of some eigenvalues."""
    roots = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    roots /= np.linalg.norm(roots, axis=2)[:, :, None]
    mended: np.ndarray = roots @ np.swapaxes(roots, 1, 2)
    return mended


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
    grid = np.ix_(rows, parts)
    slope = fit.loading / fit.scale
    contribution = slope * (scores[grid] - fit.centre)
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
        target[rows] = 0.0
        target[grid] = block
    result.value[rows] = contribution.sum(axis=1)
    result.change[rows] = moved.sum(axis=1)
    result.change_contribution[np.isnan(result.change)] = np.nan
    result.explained[rows] = fit.explained


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
