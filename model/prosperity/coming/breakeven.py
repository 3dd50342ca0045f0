"""At which value of one print the signal changes, all other prints as nowcast.

The signal is a step function of the print, and may step more than once: scores are cut off,
loadings turn, states combine. So it is looked at on a fine grid, for all values at once, and every
step is then closed in on. A method that closes in on one root of a continuous function, such as
Brent's, would find one step of several.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prosperity.coming.scenario import Scenarios
from prosperity.definition import Indicator
from prosperity.nowcast.nowcasts import Nowcast

#: How far around the nowcast is looked, in root mean square errors of the last value, and in how
#: many steps; a step is then cut into so many, so often.
REACH, STEPS, INNER, ROUNDS = 12.0, 480, 32, 7


@dataclass(frozen=True)
class Crossing:
    """A value at which the signal changes.

    Attributes
    ----------
    value : float
        In the unit of the indicator.
    below, above : float
        The signal just below and just above: 1, 0, or NaN for none.
    """

    value: float
    below: float
    above: float


def crossings(scenarios: Scenarios, indicator: Indicator, nowcast: Nowcast) -> tuple[Crossing, ...]:
    """Return every value of a print at which the signal changes, ascending.

    Parameters
    ----------
    scenarios
        The next decision.
    indicator
        Whose newest month is varied; its plausible bounds are not crossed.
    nowcast
        That of this month.

    Returns
    -------
    tuple of Crossing
        Empty where the print alone cannot change the signal within :data:`REACH` errors.
    """
    low, high = reach(indicator, nowcast)
    if not low < high:
        return ()
    grid = np.linspace(low, high, STEPS + 1)
    signal = scenarios.outcomes({indicator.id: grid}).signal
    steps = np.flatnonzero(_differ(signal))
    return tuple(_closed_in(scenarios, indicator.id, grid[at], grid[at + 1]) for at in steps)


def reach(indicator: Indicator, nowcast: Nowcast) -> tuple[float, float]:
    """Return the lowest and the highest value that is looked at."""
    errors = nowcast.errors.to_numpy(float)
    spread = float(np.sqrt(np.mean(errors**2))) if len(errors) else abs(nowcast.value) * 0.05
    wide = REACH * max(spread, 1e-3 * abs(nowcast.value), 1e-6)
    low, high = nowcast.value - wide, nowcast.value + wide
    if indicator.unit == nowcast.unit:
        low = max(low, _bound(indicator.plausible_low, low))
        high = min(high, _bound(indicator.plausible_high, high))
    return low, high


def _bound(given: float | None, other: float) -> float:
    return other if given is None else given


def _closed_in(scenarios: Scenarios, id: str, low: float, high: float) -> Crossing:
    """Return the first step of the signal between two values, between which it differs."""
    below = above = np.nan
    for _ in range(ROUNDS):
        grid = np.linspace(low, high, INNER + 1)
        signal = scenarios.outcomes({id: grid}).signal
        steps = np.flatnonzero(_differ(signal))
        if not len(steps):
            break
        at = int(steps[0])
        low, high = float(grid[at]), float(grid[at + 1])
        below, above = float(signal[at]), float(signal[at + 1])
    return Crossing((low + high) / 2.0, below, above)


def _differ(signal: np.ndarray) -> np.ndarray:
    """Return where neighbours have different signals; no signal is one of its own."""
    plain = np.nan_to_num(signal, nan=-1.0)
    differs: np.ndarray = plain[1:] != plain[:-1]
    return differs
