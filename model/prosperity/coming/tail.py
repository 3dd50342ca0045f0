"""The last score of a series as a function of its last value, for many values at once.

A chain of steps and a filter make of the last value ``y`` the last transformed value ``a + b y``,
unless a logarithm is among them: they look back at values that are fixed. The mean and the
standard deviation so far take in the new value. So a score costs a few operations, and is what
:func:`prosperity.scoring.scores` gives for the same series.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from prosperity.definition import Indicator
from prosperity.scoring import scored
from prosperity.settings import Settings
from prosperity.transforms import FLAT

#: Values at which a step that is not affine is tabulated; between them it is a straight line.
TABLE = 257
#: How far, in parts of the values' own size, a third value may lie off the line of two.
STRAIGHT = 1e-9
#: Up to so many values are computed one by one, exactly, where the step is not affine.
EXACT = 8


class Tail:
    """A series up to its last value, which is left open.

    Parameters
    ----------
    raw
        Its months (T,), every month there; the last one is the open month.
    transformed
        Chain and filter: of several series (T, N) as many.
    indicator, settings
        How it is standardised, signed and cut off.
    earlier
        The transformed value with which the next decision's is compared; NaN for none.
    """

    def __init__(
        self,
        raw: np.ndarray,
        transformed: Callable[[np.ndarray], np.ndarray],
        indicator: Indicator,
        settings: Settings,
        earlier: float,
    ) -> None:
        self._raw = raw
        self._transformed = transformed
        self._indicator = indicator
        self._settings = settings
        self._earlier = earlier
        known = transformed(raw[:, None])[:-1, 0]
        if settings.window is not None and indicator.standardise:
            known = known[max(0, len(known) - settings.window + 1) :]
        known = known[~np.isnan(known)]
        self._count = len(known)
        # Sums of what is left of a middle value lose fewer digits.
        self._middle = float(known.mean()) if len(known) else 0.0
        self._sum = float((known - self._middle).sum())
        self._squares = float(((known - self._middle) ** 2).sum())
        self._line: tuple[float, float] | None = None

    def moves(self, values: np.ndarray) -> np.ndarray:
        """Return the last transformed value (N,) for last values (N,)."""
        if len(values) <= 2:
            return self._exactly(values)
        if self._line is None:
            self._line = self._fitted(values)
        offset, slope = self._line
        if np.isfinite(slope):
            line: np.ndarray = offset + slope * values
            return line
        if len(values) <= EXACT:
            return self._exactly(values)
        table = np.linspace(values.min(), values.max(), TABLE)
        bent: np.ndarray = np.interp(values, table, self._exactly(table))
        return bent

    def scores(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return score, centre and unit (N,) for last values (N,)."""
        return self.scored(self.moves(values))

    def scored(self, moved: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return score, centre and unit (N,) for last transformed values (N,)."""
        centre, unit = self._moments(moved)
        return scored(moved, centre, unit, self._indicator, self._settings), centre, unit

    def before(self, centre: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """Return the earlier value's score (N,) under the moments of the next decision."""
        earlier = np.full(len(centre), self._earlier)
        return scored(earlier, centre, unit, self._indicator, self._settings)

    def _moments(self, moved: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not self._indicator.standardise:
            return np.zeros(len(moved)), np.ones(len(moved))
        count = self._count + 1
        off = moved - self._middle
        mean = (self._sum + off) / count
        squares = self._squares + off**2 - count * mean**2
        spread = np.sqrt(np.maximum(squares, 0.0) / max(count - 1, 1))
        centre = self._middle + mean
        flat = spread <= FLAT * np.maximum(1.0, np.abs(centre))
        window = self._settings.window
        needed = self._settings.min_obs if window is None else min(self._settings.min_obs, window)
        return centre, np.where(flat | (count < needed) | (count < 2), np.nan, spread)

    def _exactly(self, values: np.ndarray) -> np.ndarray:
        cells = np.repeat(self._raw[:, None], len(values), axis=1)
        cells[-1] = values
        found: np.ndarray = self._transformed(cells)[-1]
        return found

    def _fitted(self, values: np.ndarray) -> tuple[float, float]:
        low, high = float(values.min()), float(values.max())
        if high <= low:
            high = low + max(1.0, abs(low))
        middle = 0.4 * low + 0.6 * high
        at = self._exactly(np.array([low, middle, high]))
        slope = (at[2] - at[0]) / (high - low)
        size = max(1.0, float(np.abs(at).max()))
        straight = abs(at[0] + slope * (middle - low) - at[1]) <= STRAIGHT * size
        return (at[0] - slope * low, slope) if straight else (np.nan, np.nan)
