"""The verdict on a model: one rule, that all pages, the shell and the JSON share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from prosperity.evidence.significance import Significance

Verdict = Literal["found", "unsettled", "luck", "untested"]

#: A model is found with p and adjusted p up to these, and a deflated ratio of at least this.
P_FOUND, FALSE_DISCOVERIES, DEFLATED = 0.05, 0.1, 0.95
#: Up to this p the evidence does not settle it.
P_UNSETTLED = 0.2


@dataclass(frozen=True)
class Judged:
    """The verdict on one of the models of a run, and what it was judged by.

    Attributes
    ----------
    p : float
        p-value of the circular shifts; NaN where the model could not be tested.
    adjusted : float
        The same, adjusted for false discoveries over all models of the run.
    models : int
        How many models were tested together.
    verdict : str
        ``found`` (the timing is unlike luck), ``unsettled``, ``luck`` or ``untested``.
    """

    p: float
    adjusted: float
    models: int
    verdict: Verdict


def together(tested: Mapping[str, Significance]) -> dict[str, Judged]:
    """Return the verdict on each of the models of a run."""
    p = np.array([one.shifts for one in tested.values()], dtype=float)
    count = int(np.isfinite(p).sum())
    return {
        id: Judged(one.shifts, float(low), count, verdict(one.shifts, float(low), one.deflated))
        for (id, one), low in zip(tested.items(), adjusted(p), strict=True)
    }


def verdict(p: float, adjusted: float, deflated: float) -> Verdict:
    """Return what the tests say of one model.

    Parameters
    ----------
    p, adjusted
        See :class:`Judged`.
    deflated
        Deflated Sharpe ratio; NaN counts as not enough.
    """
    if math.isnan(p):
        return "untested"
    if p <= P_FOUND and adjusted <= FALSE_DISCOVERIES and deflated >= DEFLATED:
        return "found"
    return "unsettled" if p <= P_UNSETTLED else "luck"


def adjusted(p: np.ndarray) -> np.ndarray:
    """Return p-values adjusted for false discoveries (Benjamini and Hochberg 1995).

    Where those up to a value are taken as found, that share of them is expected to be false. NaN
    stays NaN and does not count.
    """
    from scipy.stats import false_discovery_control

    known = np.isfinite(p)
    out = np.full(p.shape, np.nan)
    if known.any():
        out[known] = false_discovery_control(p[known])
    return out
