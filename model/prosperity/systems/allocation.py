"""From scores to target weights: a closed table of ways.

A row of NaN is a date on which nothing is said. No trade is made then, and what was held before is
kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from prosperity.systems.result import Scores
from prosperity.systems.spec import Allocation, System

#: Parameter that says how many are held.
TOP = "top"


def allocate(system: System, scores: Scores, priced: pd.DataFrame) -> pd.DataFrame:
    """Return target weights.

    Parameters
    ----------
    system
        Its ``allocation`` names the way.
    scores
        What its rule gave.
    priced
        Whether each asset has a price lately, of the same dates and assets.

    Returns
    -------
    DataFrame
        The same dates by asset id; each row not negative and summing to at most 1, or NaN
        throughout. Where the rule gave weights these are taken.
    """
    if scores.weights is not None:
        return scores.weights
    return WAYS[system.allocation](system, scores, priced)


def _position(system: System, scores: Scores, priced: pd.DataFrame) -> pd.DataFrame:
    """Each score is its asset's share of the capital, as far as it lies between 0 and 1."""
    return scores.scores.clip(0.0, 1.0)


def _mix(system: System, scores: Scores, priced: pd.DataFrame) -> pd.DataFrame:
    """Scores are weights; a date on which one is missing is not decided."""
    whole = scores.scores.notna().all(axis=1)
    return scores.scores.where(whole, np.nan, axis=0)


def _top(system: System, scores: Scores, priced: pd.DataFrame) -> pd.DataFrame:
    """The best few that have a price, each an equal part; fewer leave a part to the rest."""
    count = system.values.whole(TOP)
    values = scores.scores.where(priced)
    ties = values * 0.0 if scores.ties is None else scores.ties.reindex_like(values)
    held = np.full(values.shape, np.nan)
    ids = np.argsort(np.argsort(values.columns.to_numpy(str)))
    own, second = values.to_numpy(float), ties.fillna(-np.inf).to_numpy(float)
    for row in np.flatnonzero(~np.isnan(own).all(axis=1)):
        order = np.lexsort((ids, -second[row], -np.nan_to_num(own[row], nan=-np.inf)))
        best = [place for place in order[:count] if not np.isnan(own[row, place])]
        held[row] = 0.0
        held[row, best] = 1.0 / count
    return pd.DataFrame(held, values.index, values.columns)


def _votes(system: System, scores: Scores, priced: pd.DataFrame) -> pd.DataFrame:
    """Equal parts of all with a score above 0 and a price; nothing of the others."""
    values = scores.scores.where(priced)
    chosen = (values > 0).astype(float)
    count = chosen.sum(axis=1)
    weights = chosen.div(count.where(count > 0, 1.0), axis=0)
    return weights.where(values.notna().any(axis=1), np.nan, axis=0)


WAYS: Mapping[Allocation, Callable[[System, Scores, pd.DataFrame], pd.DataFrame]] = {
    "switch": _position,
    "position": _position,
    "mix": _mix,
    "imported": _mix,
    "top_k": _top,
    "votes": _votes,
}
