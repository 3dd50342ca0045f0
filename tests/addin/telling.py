"""Whether a planted fault can be told from what the book holds, by a rule of its own.

The rule is not the detectors': it compares the spoiled values with what the same column did when
nothing was wrong, in plain statistics. A fault cannot be told when all of these hold for every
column that it changes, over the ten years before the newest value:

* each change that it touches (from month to month; the same of what is left after last year's
  value; the same of what is left after each relative, another column whose changes correlate by
  :data:`RELATED` or more) is no larger than one that the unspoiled column has: its largest, or its
  third largest for the newest value alone, which is judged at one place rather than at 120;
* each value lies within the column's own extremes;
* of a part of :data:`PART` months or more, the mean and the mean size of change of each stretch lie
  within those of the column's other stretches of the same length;
* values that stay the same, or are 0, are as frequent in the unspoiled column.

Who asked about such values would ask about true ones as often. Two whole columns that were
exchanged cannot be told without kept values when each one's values lie in the other's plausible
range, or no such range is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise

import numpy as np
from prosperity.definition import Indicator
from prosperity_excel.checks.outlooks import is_amount

RELATED, PART, YEARS = 0.6, 6, 10
#: How often in the ten years what a fault looks like must have been there.
OFTEN = 3
Values = Mapping[date, float]


def alike(
    own: Values, spoiled: Values, others: Mapping[str, Values], newest: bool | None = None
) -> bool:
    """Whether a spoiled column looks like itself in all that the rule compares."""
    months = [m for m in own if m in spoiled]
    a, b = (np.array([v[m] for m in months]) for v in (own, spoiled))
    changed = np.flatnonzero(a != b)
    if not len(changed):
        return True
    if is_amount(a):
        # What has no logarithm, of the unspoiled column too, is compared with nothing: told.
        if (a <= 0).any() or (b <= 0).any():
            return False
        a, b = np.log(a), np.log(b)
    newest = bool(changed[0] == len(a) - 1)
    late = slice(max(len(a) - 12 * YEARS - (len(a) - int(changed[0])), 0), None)
    if not (a[late].min() <= b[changed].min() and b[changed].max() <= a[late].max()):
        return False
    forms = _forms(months, a, b, others)
    return (
        all(_usual(x, y, changed, late, newest) for x, y in forms)
        and _stretches(a, b, changed)
        and _stays(a, b, changed, late)
    )


def _forms(
    months: list[date], a: np.ndarray, b: np.ndarray, others: Mapping[str, Values]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield a column and its spoiled copy: as they are, beside last year, beside relatives."""
    yield a, b
    place = {(m.year, m.month): n for n, m in enumerate(months)}
    back = np.array([place.get((m.year - 1, m.month), -1) for m in months])
    yield tuple(np.where(back >= 0, x - x[back], np.nan) for x in (a, b))  # type: ignore[misc]
    for other in others.values():
        z = np.array([other.get(m, np.nan) for m in months])
        if np.nanmin(z, initial=np.inf) > 0 and is_amount(z[np.isfinite(z)]):
            z = np.log(z)
        one, two = (np.diff(x)[-12 * YEARS :] for x in (a, z))
        both = np.isfinite(one) & np.isfinite(two)
        if both.sum() < 36 or not two[both].std() or not one[both].std():
            continue
        if abs(np.corrcoef(one[both], two[both])[0, 1]) >= RELATED:
            factor = float(np.polyfit(two[both], one[both], 1)[0])
            yield a - factor * z, b - factor * z


def _usual(a: np.ndarray, b: np.ndarray, changed: np.ndarray, late: slice, newest: bool) -> bool:
    touched = sorted({k for n in changed.tolist() for k in (n - 1, n) if 0 <= k < len(a) - 1})
    for measure in (np.diff, _bends):
        known = np.sort(np.abs(measure(a[late])))
        known = known[np.isfinite(known)]
        if len(known) < 12:
            continue
        most = known[-OFTEN] if newest else known[-1]
        places = touched if measure is np.diff else [k for k in touched if k < len(b) - 2]
        spoiled = np.abs(measure(b)[places])
        if len(spoiled) and np.nanmax(spoiled, initial=0.0) > most:
            return False
    return True


def _bends(x: np.ndarray) -> np.ndarray:
    found: np.ndarray = x[1:-1] - (x[:-2] + x[2:]) / 2
    return found


def _stretches(a: np.ndarray, b: np.ndarray, changed: np.ndarray) -> bool:
    """Whether a part's level and variation are such as other parts have."""
    if len(changed) < PART:
        return True
    size = min(len(changed), 24)
    for kind in (lambda x: x, lambda x: np.abs(np.diff(x, prepend=x[0]))):
        known = np.convolve(kind(a), np.ones(size) / size, "valid")
        first, last = int(changed[0]), int(changed[-1]) + 1
        part = np.convolve(kind(b)[first:last], np.ones(size) / size, "valid")
        if len(part) and (part.min() < known.min() or part.max() > known.max()):
            return False
    return True


def _stays(a: np.ndarray, b: np.ndarray, changed: np.ndarray, late: slice) -> bool:
    """Whether equal neighbours and zeros are as frequent in the column as it is."""
    if (b[changed] == 0).any() and (a[late] == 0).sum() < (1 if len(changed) == 1 else OFTEN):
        near = np.abs(a[late]) <= np.quantile(np.abs(a[late]), 0.25)
        distinct = len(np.unique(np.abs(a[late][near])))
        # By how many values stand in the quarter nearest to zero, a zero is one of so many.
        if near.sum() / max(2 * distinct, 1) < 1.0:
            return False
    longest, was = _run(b, changed), _run(a[late], np.arange(len(a[late])))
    return longest <= max(was, 1)


def _run(x: np.ndarray, at: np.ndarray) -> int:
    best = run = 1
    inside = set(at.tolist())
    for n, (one, other) in enumerate(pairwise(x.tolist())):
        run = run + 1 if one == other and (n in inside or n + 1 in inside) else 1
        best = max(best, run)
    return best


def exchanged_alike(values: Mapping[str, Values], indicators: Mapping[str, Indicator]) -> bool:
    """Whether whole columns that were exchanged lie in the ranges of where they now stand."""
    for id, held in values.items():
        one = indicators[id]
        if one.plausible_low is None or one.plausible_high is None:
            continue
        late = np.array([*held.values()])[-60:]
        if ((late < one.plausible_low) | (late > one.plausible_high)).mean() >= 0.5:
            return False
    return True
