"""P-values of timing: what signals that know nothing would have earned.

The statistic is the *timing return*: the mean over months of (position less its own mean) times
(index less benchmark). It is what the switching earned beyond a constant mix with the same share
of time in the industry, so that an industry that simply did well is not taken for skill.

Every p-value is one-sided, (1 + number of resamples at least as good) / (1 + number of resamples),
and reproducible: the seed is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

SEED = 20230831
DRAWS = 1999
#: Sums that differ by less than this share are the same sum, added in another order.
TIE = 1e-9


def timing_return(position: np.ndarray, difference: np.ndarray) -> float:
    """Return the mean timing return a month; see the module."""
    return float(((position - position.mean()) * (difference - difference.mean())).mean())


def circular_shifts(position: np.ndarray, difference: np.ndarray) -> float:
    """Return the p-value against all circular shifts of the signal.

    A shift keeps the signal's own persistence and breaks its tie to the returns. With T months
    the smallest possible value is 1/T.
    """
    centred = difference - difference.mean()
    spectrum = np.conj(np.fft.rfft(position)) * np.fft.rfft(centred)
    sums = np.fft.irfft(spectrum, n=len(position))
    return _p_value(float(position @ centred), sums[1:], _size(position, centred))


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
    """
    length = block_length(position) if block is None else block
    generator = np.random.default_rng(seed)
    indices = BLOCKS[kind](len(position), length, draws, generator)
    centred = difference - difference.mean()
    return _p_value(
        float(position @ centred), position[indices] @ centred, _size(position, centred)
    )


def random_timing(
    position: np.ndarray, difference: np.ndarray, *, draws: int = DRAWS, seed: int = SEED
) -> float:
    """Return the p-value against random signals with the same switches and months held.

    All arrangements of the months held and not held into as many runs are equally likely, and
    begin with the same position.
    """
    generator = np.random.default_rng(seed)
    inside = position == 1
    changes = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    if not len(changes):
        return 1.0
    runs = len(changes) + 1
    centred = difference - difference.mean()
    totals = inside.sum(), (~inside).sum()
    counts = (runs + 1) // 2, runs // 2
    first, second = (0, 1) if inside[0] else (1, 0)
    lengths = np.empty((draws, runs), dtype=int)
    lengths[:, 0::2] = _compositions(int(totals[first]), counts[0], draws, generator)
    lengths[:, 1::2] = _compositions(int(totals[second]), counts[1], draws, generator)
    ends = np.cumsum(lengths, axis=1)
    sums = np.concatenate([[0.0], np.cumsum(centred)])
    begins = np.concatenate([np.zeros((draws, 1), dtype=int), ends[:, :-1]], axis=1)
    held = slice(0 if inside[0] else 1, None, 2)
    earned = (sums[ends[:, held]] - sums[begins[:, held]]).sum(axis=1)
    return _p_value(float(position @ centred), earned, _size(position, centred))


def block_length(position: np.ndarray) -> float:
    """Return a block that holds about two switches of the signal, from 3 to a quarter of it."""
    switches = int((position[1:] != position[:-1]).sum())
    return float(np.clip(2 * len(position) / (switches + 1), 3, max(3, len(position) / 4)))


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


def _compositions(total: int, parts: int, draws: int, generator: np.random.Generator) -> np.ndarray:
    """Return (draws, parts) of positive whole numbers with sum ``total``, all equally likely."""
    places = generator.random((draws, total - 1)).argsort(axis=1)[:, : parts - 1] + 1
    cuts = np.sort(places, axis=1)
    edges = np.concatenate(
        [np.zeros((draws, 1), int), cuts, np.full((draws, 1), total, int)], axis=1
    )
    return np.diff(edges, axis=1)


def _size(position: np.ndarray, centred: np.ndarray) -> float:
    return float(np.abs(position) @ np.abs(centred))


def _p_value(own: float, others: np.ndarray, size: float) -> float:
    as_good = int((others >= own - TIE * size).sum())
    return (1 + as_good) / (1 + len(others))
