"""A factor model of risk from returns and exposures: F, shrunk, and the specific variances D."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Months of factor returns.
MONTHS = 36


@dataclass(frozen=True)
class Risk:
    """Covariance X F X' + D of names.

    Attributes
    ----------
    exposures : ndarray, (N, K)
    factors : ndarray, (K, K)
        Covariance of factor returns.
    specific : ndarray, (N,)
        Variances of what is left, above 0.
    """

    exposures: np.ndarray
    factors: np.ndarray
    specific: np.ndarray

    @property
    def root(self) -> np.ndarray:
        """A (K, N) matrix R with R'R = X F X'."""
        values, vectors = np.linalg.eigh(self.factors)
        half = vectors * np.sqrt(np.maximum(values, 0.0))
        found: np.ndarray = (self.exposures @ half).T
        return found


def factor_returns(
    exposures: Sequence[np.ndarray], returns: Sequence[np.ndarray]
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return (T, K) factor returns by regressing returns on exposures, and what is left each time.

    Names without a return are left out of their month.
    """
    found, left = [], []
    for x, r in zip(exposures, returns, strict=True):
        there = ~np.isnan(r) & ~np.isnan(x).any(axis=1)
        fitted, *_ = np.linalg.lstsq(x[there], r[there], rcond=None)
        found.append(fitted)
        rest = np.full(len(r), np.nan)
        rest[there] = r[there] - x[there] @ fitted
        left.append(rest)
    return np.array(found), left


def risk_model(exposures: np.ndarray, past: np.ndarray, left: np.ndarray) -> Risk:
    """Return the model of today's exposures.

    Parameters
    ----------
    exposures
        (N, K) of today.
    past
        (T, K) factor returns; the last :data:`MONTHS` are used.
    left
        (T, N) specific returns of the same months, NaN where there is none. A name with fewer than
        12 has the median variance.
    """
    from sklearn.covariance import LedoitWolf

    recent, own = past[-MONTHS:], left[-MONTHS:]
    shrunk = LedoitWolf().fit(recent).covariance_
    counts = (~np.isnan(own)).sum(axis=0)
    safe = np.where(np.isnan(own), 0.0, own)
    mean = safe.sum(axis=0) / np.maximum(counts, 1)
    squares = np.where(np.isnan(own), 0.0, (own - mean) ** 2).sum(axis=0)
    variance = squares / np.maximum(counts - 1, 1)
    enough = (counts >= 12) & (variance > 0)
    middle = float(np.median(variance[enough])) if enough.any() else float(np.trace(shrunk)) + 1e-6
    return Risk(exposures, shrunk, np.where(enough, variance, middle))
