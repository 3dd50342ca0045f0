"""P-values of timing: what signals that know nothing would have earned.

The statistic is the *timing return*: the mean over months of (position less its own mean) times
(index less benchmark). It is what the switching earned beyond a constant mix with the same share
of time in the industry, so that an industry that simply did well is not taken for skill.

Signals and returns both move in slow cycles, and two slow cycles run together for years by chance.
So the timing return is divided by its long-run standard error (:func:`studentised`), estimated
anew for each signal that it is compared with: a resampled signal that has lost some of the cycle
has less spread above the line and below it, and what is compared is free of both.

Every p-value is one-sided, (1 + number of signals at least as good) / (1 + number of signals), and
reproducible: the seed is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from prosperity.long_run import COSINES as COSINES
from prosperity.long_run import over_long_run_error, p_value

SEED = 20230831
DRAWS = 1999
#: Months below which nothing is tested.
FEWEST = 24


def timing_return(position: np.ndarray, difference: np.ndarray) -> float:
    """Return the mean timing return a month; see the module."""
    return float(((position - position.mean()) * (difference - difference.mean())).mean())


def studentised(positions: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """Return timing returns over their long-run standard errors.

    Parameters
    ----------
    positions
        (..., M) signals without NaN.
    difference
        (M,) without NaN.

    Returns
    -------
    ndarray, (...)
        The error is that of equal-weighted cosines (Lazarus, Lewis, Stock and Watson 2018): the
        mean square of the :data:`COSINES` slowest cosine weights of the monthly terms. 0 where
        nothing varies; infinite where every month earns the same.
    """
    terms = (positions - positions.mean(axis=-1, keepdims=True)) * (difference - difference.mean())
    return over_long_run_error(terms, np.abs(difference).max(initial=0.0))


def circular_shifts(position: np.ndarray, difference: np.ndarray) -> float:
    """Return the p-value against all circular shifts of the signal.

    A shift keeps the signal's own persistence and breaks its tie to the returns. With M months
    the smallest possible value is 1/M.
    """
    found = shifted(position, difference)
    return p_value(float(found[0]), found[1:])


def shifted(position: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """Return the statistic of all circular shifts of the signal, (M,), its own first.

    It is the timing return over its long-run standard error, see :func:`studentised`.
    """
    months = np.arange(len(position))
    shifts = position[(months[None, :] - months[:, None]) % len(position)]
    return studentised(shifts, difference)


def block_bootstrap(
    position: np.ndarray,
    difference: np.ndarray,
    *,
    block: float | None = None,
    kind: str = "stationary",
    draws: int = DRAWS,
    seed: int = SEED,
) -> float:
    """Return the p-value against block resamples of the signal.

    Parameters
    ----------
    position, difference
        (M,) without NaN.
    block
        (Mean) length of the blocks in months; None is :func:`block_length`.
    kind
        ``stationary`` (Politis and Romano 1994) or ``circular`` (fixed blocks, 1992).
    draws, seed
        Number of resamples; the same seed gives the same value.

    Returns
    -------
    float
        1 for a signal that never changes.
    """
    if not _changes(position):
        return 1.0
    length = block_length(position, kind) if block is None else block
    generator = np.random.default_rng(seed)
    indices = BLOCKS[kind](len(position), length, draws, generator)
    own = float(studentised(position, difference))
    return p_value(own, studentised(position[indices], difference))


def random_timing(
    position: np.ndarray, difference: np.ndarray, *, draws: int = DRAWS, seed: int = SEED
) -> float:
    """Return the p-value against random signals with the same run lengths.

    The runs of months held, and those of months not held, are put in a random order, one of each
    in turn, and the whole is turned to a random beginning. 1 for a signal that never changes.
    """
    if not _changes(position):
        return 1.0
    signals = shuffled_runs(position, draws, np.random.default_rng(seed))
    own = float(studentised(position, difference))
    return p_value(own, studentised(signals, difference))


def shuffled_runs(position: np.ndarray, draws: int, generator: np.random.Generator) -> np.ndarray:
    """Return (draws, M) signals made of the runs of ``position`` (0 and 1) in random order."""
    months = len(position)
    changes = np.flatnonzero(position[1:] != position[:-1]) + 1
    lengths = np.diff(np.concatenate([[0], changes, [months]]))
    mixed = np.empty((draws, len(lengths)), dtype=int)
    for first in (0, 1):
        runs = lengths[first::2]
        mixed[:, first::2] = runs[generator.random((draws, len(runs))).argsort(axis=1)]
    turns = np.zeros((draws, months), dtype=int)
    np.put_along_axis(turns, np.cumsum(mixed, axis=1)[:, :-1], 1, axis=1)
    inside = (int(position[0]) + np.cumsum(turns, axis=1)) % 2
    begins = generator.integers(0, months, (draws, 1))
    turned = np.take_along_axis(inside, (np.arange(months) + begins) % months, axis=1)
    return np.asarray(turned, dtype=float)


def block_length(position: np.ndarray, kind: str = "stationary") -> float:
    """Return the length of blocks that suits the signal's persistence, in months.

    That of Politis and White (2004) as corrected by Patton, Politis and White (2009), at least 1;
    NaN for a signal that never changes.
    """
    from arch.bootstrap import optimal_block_length

    if not _changes(position):
        return float("nan")
    return max(1.0, float(optimal_block_length(position)[kind].iloc[0]))


def stationary_indices(
    size: int, block: float, draws: int, generator: np.random.Generator
) -> np.ndarray:
    """Return indices (draws, size) of the stationary bootstrap with mean block length ``block``.

    Each place begins a new block with probability 1/block, at a place drawn anew, and else
    follows the one before it; the sample is closed to a circle.
    """
    fresh = generator.random((draws, size)) < 1.0 / block
    fresh[:, 0] = True
    starts = generator.integers(0, size, (draws, size))
    at = np.where(fresh, np.arange(size), 0)
    begun = np.maximum.accumulate(at, axis=1)
    rows = np.arange(draws)[:, None]
    return np.asarray((starts[rows, begun] + np.arange(size) - begun) % size)


def circular_indices(
    size: int, block: float, draws: int, generator: np.random.Generator
) -> np.ndarray:
    """Return indices (draws, size) of the circular block bootstrap; ``block`` is rounded."""
    length = max(1, round(block))
    count = -(-size // length)
    starts = generator.integers(0, size, (draws, count))
    indices = (starts[:, :, None] + np.arange(length)) % size
    return np.asarray(indices.reshape(draws, -1)[:, :size])


BLOCKS: Mapping[str, Callable[[int, float, int, np.random.Generator], np.ndarray]] = {
    "stationary": stationary_indices,
    "circular": circular_indices,
}


def _changes(position: np.ndarray) -> bool:
    return bool((position[1:] != position[:-1]).any())
