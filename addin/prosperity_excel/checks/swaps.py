"""Two columns that go on as each other from a month on, told by how far they usually move.

For each pair and month the values from then on are judged twice: as what they stand for, and as
the other column's. A change is compared with the usual change of the column that it would belong
to until then: the likelihood of Student's distribution with three degrees of freedom, whose heavy
ends forgive what happens now and then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from prosperity_excel.checks.outlooks import Family, Outlook
from prosperity_excel.series.cases import Track

#: Log-likelihood by which the exchange must be the better account, of both and of each. Of 792
#: pairs of unspoiled published series, tried at every cut, the highest is 14.
BETTER, EACH = 20.0, 4.0
#: Usual changes within which each must go on from where the other one was.
SEAM = 8.0
#: Months before the newest in which it is looked for, months needed before and after the cut, and
#: months before and after by which it is judged.
_LATELY, _BEFORE, _AFTER, _LONG = 120, 24, 6, 60


@dataclass(frozen=True)
class Swap:
    """Two series exchanged from a month on, and by how much that is the better account."""

    one: str
    other: str
    at: int
    better: float


def swaps(family: Family) -> Iterator[Swap]:
    """Yield the pairs that go on as each other; each series is in one pair at most."""
    found = [
        swap
        for one, other in combinations(family.members.values(), 2)
        if (swap := _swap(one, other)) is not None
    ]
    taken: set[str] = set()
    for swap in sorted(found, key=lambda s: -s.better):
        if not taken & {swap.one, swap.other}:
            taken |= {swap.one, swap.other}
            yield swap


def _swap(one: Outlook, other: Outlook) -> Swap | None:
    at, here, there = np.intersect1d(one.at, other.at, return_indices=True)
    at, a, b = (x[-_LATELY - _BEFORE :] for x in (at, one.values[here], other.values[there]))
    if len(at) < _BEFORE + _AFTER:
        return None
    floors = [_floor(x) for x in (a, b)]
    best = max(
        ((_better(a, b, cut, floors), cut) for cut in range(_BEFORE, len(at) - _AFTER + 1)),
        default=(0.0, 0),
    )
    return Swap(one.id, other.id, int(at[best[1]]), best[0]) if best[0] >= BETTER else None


def _floor(values: np.ndarray) -> float:
    track = Track(np.arange(len(values)), values)
    return max(track.grid / 2, 1e-3 * float(np.median(np.abs(values))), 1e-12)


def _better(a: np.ndarray, b: np.ndarray, cut: int, floors: list[float]) -> float:
    """Return the log-likelihood of an exchange at ``cut`` less that of none."""
    moves = [np.abs(np.diff(x)) for x in (a, b)]
    usual = [
        max(float(np.mean(np.sort(m[max(0, cut - 1 - _LONG) : cut - 1])[: -_BEFORE // 6])), f)
        for m, f in zip(moves, floors, strict=True)
    ]
    after = [m[cut : cut + _LONG] for m in moves]
    seams = (moves[0][cut - 1], moves[1][cut - 1])
    crossed = (abs(a[cut] - b[cut - 1]), abs(b[cut] - a[cut - 1]))
    if any(c > SEAM * other for c, other in zip(crossed, usual[::-1], strict=True)):
        return 0.0
    gains = [
        _likely(np.append(m, c), other) - _likely(np.append(m, s), own)
        for m, c, s, own, other in zip(after, crossed, seams, usual, usual[::-1], strict=True)
    ]
    # One column alone may have become calmer or wilder.
    return sum(gains) if min(gains) >= EACH else 0.0


def _likely(moves: np.ndarray, usual: float) -> float:
    return float(-2 * np.log1p((moves / usual) ** 2 / 3).sum() - len(moves) * np.log(usual))
