"""From changes to a signal: marginal change, and state machines over dimension directions.

A change of exactly zero is no change, under both rules: the signal, or the dimension's direction,
stays what it was. So it is inside a dead band, which reads the same for a band of zero.

A signal is 1 (hold the industry), 0 (hold the market) or NaN (nothing can be said). Source:
docs/method.md, section 4; the report says "marginally up" and gives no formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product

import numpy as np

State = Sequence[tuple[str, int]]


def marginal_up(change: np.ndarray, *, dead_band: float = 0.0, confirm: int = 1) -> np.ndarray:
    """Return the signal of a composite's change.

    Parameters
    ----------
    change
        (T,), in standard deviations; NaN gives NaN.
    dead_band
        A change no larger than this, so with 0 only a change of exactly zero, keeps the previous
        signal; before the first larger change there is none.
    confirm
        Months in a row that must agree before the signal changes.
    """
    return confirmed((direction(change, dead_band=dead_band) + 1.0) / 2.0, confirm)


def grades(change: np.ndarray, signal: np.ndarray, *, by_states: bool, band: float) -> np.ndarray:
    """Return 1 overweight, 0 neutral, -1 underweight; NaN where the signal is.

    A composite within ``band`` of no change is neutral. A state machine has no size of change:
    it is overweight when held and underweight when not.
    """
    if by_states:
        return 2.0 * signal - 1.0
    graded: np.ndarray = np.where(np.abs(change) <= band, 0.0, np.sign(change))
    return np.where(np.isnan(signal), np.nan, graded)


def direction(change: np.ndarray, *, dead_band: float = 0.0) -> np.ndarray:
    """Return +1 or -1 by the sign of the change; the previous direction inside the dead band.

    A change of zero is inside any band. NaN where the change is NaN, and before the first change
    outside the band.
    """
    return _kept(np.sign(change), np.abs(change) <= dead_band)


def states(directions: Mapping[str, np.ndarray], hold: Sequence[State]) -> np.ndarray:
    """Return 1 where a hold-state is met, 0 where none can be, NaN where that is not known.

    An unknown direction does not matter where the industry is held, or not held, either way.

    Parameters
    ----------
    directions
        +1, -1 or NaN by dimension, each (T,).
    hold
        Hold-states: pairs of dimension and wanted direction, all of which must be met.
    """
    dimensions = list(dict.fromkeys(dimension for state in hold for dimension, _ in state))
    seen = np.column_stack([directions[dimension] for dimension in dimensions])
    # Every way in which the unknown directions could turn out: held in all, in some, in none.
    ways = np.array(list(product((1.0, -1.0), repeat=len(dimensions))))
    place = {dimension: n for n, dimension in enumerate(dimensions)}
    held = np.zeros(len(ways), dtype=bool)
    for state in hold:
        held |= np.all([ways[:, place[d]] == wanted for d, wanted in state], axis=0)
    possible = ((seen[:, None] == ways) | np.isnan(seen[:, None])).all(axis=2)
    some, every = (possible & held).any(axis=1), ~(possible & ~held).any(axis=1)
    return np.where(every, 1.0, np.where(some, np.nan, 0.0))


def nearest_turn(
    directions: Mapping[str, float], changes: Mapping[str, float], hold: Sequence[State]
) -> tuple[str, ...] | None:
    """Return the dimensions whose turning would change the signal of a state machine soonest.

    Parameters
    ----------
    directions
        +1, -1 or NaN of now, by dimension.
    changes
        Like-for-like changes of now, in standard deviations: what lies between a dimension and
        its turning is the size of its change. A dimension without one does not turn.
    hold
        Hold-states, as for :func:`states`.

    Returns
    -------
    tuple of str or None
        Of all sets of dimensions that would do it by turning together, the one whose largest
        change is smallest; of several the one with the fewest dimensions. None where nothing is
        known of now, or no turning changes the signal.
    """
    named = list(dict.fromkeys(dimension for state in hold for dimension, _ in state))
    able = [id for id in named if np.isfinite(changes.get(id, np.nan))]

    def signal(turned: tuple[str, ...]) -> float:
        ways = {id: directions.get(id, np.nan) * (-1 if id in turned else 1) for id in named}
        seen = {id: np.array([way]) for id, way in ways.items()}
        return float(states(seen, hold)[0])

    now = signal(())
    if np.isnan(now):
        return None
    sets = (found for size in range(1, len(able) + 1) for found in combinations(able, size))
    fits = [found for found in sets if signal(found) == 1.0 - now]
    return min(fits, key=lambda found: max(abs(changes[id]) for id in found), default=None)


def confirmed(signal: np.ndarray, months: int) -> np.ndarray:
    """Return the signal that changes only after ``months`` months in a row say so."""
    if months <= 1:
        return signal
    out = signal.copy()
    held, run_value, run = np.nan, np.nan, 0
    for t, now in enumerate(signal):
        if np.isnan(now):
            continue
        run = run + 1 if now == run_value else 1
        run_value = now
        if np.isnan(held) or run >= months:
            held = now
        out[t] = held
    return out


def _kept(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return ``values`` with those inside the band replaced by the last one outside it."""
    outside = ~inside & ~np.isnan(values)
    place = np.maximum.accumulate(np.where(outside, np.arange(len(values)), -1))
    last = np.where(place >= 0, values[place], np.nan)
    kept: np.ndarray = np.where(inside, last, values.astype(float))
    return kept
