"""What series show of each other: copied parts, columns swapped, moved by a month, sign turned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from math import log10

import numpy as np

from prosperity_excel.checks.faults import Fault
from prosperity_excel.checks.outlooks import Family, Outlook, correlated
from prosperity_excel.checks.swaps import swaps
from prosperity_excel.series.cases import Track, month_name

#: Values in a row by which a copied part is looked for, places that are remembered of each, and
#: powers of ten by which it must be rarer than the places where it could be by chance.
SEED, PLACES, CHANCE = 4, 8, 3.0
#: Powers of ten by which two values that are not rounded are seldom equal by chance.
COMPUTED = 4.0
#: By how much the correlation with relatives must be better a month apart, and how high it then is.
SHIFTED, SHIFTED_HIGH = 0.4, 0.6
#: Correlations, one of each sign, by which two halves of a series contradict each other.
HALVES = 0.5
#: Usual errors from which two series that jump in one month are tried in each other's place.
JUMPED = 6.0
#: Usual errors within which another column's value follows.
FOLLOWS = 4.0
#: Share of a year's months of one name that are there, below which that month is never published.
_NEVER, _OFTEN, _YEARS = 0.15, 0.8, 4
#: Share of values outside its own range and inside the other's from which columns are swapped.
_OUTSIDE = 0.5
_HALF, _LATE = 36, 180


def copied_parts(family: Family) -> list[Fault]:
    """Return the parts of a series that stand a second time, in it or in another one.

    Chance gives such parts too where values have few digits: how unlikely one is, is told by how
    often two changes of the series are equal (:func:`_digits`) and in how many places it could be.
    """
    seen: dict[tuple[float, ...], list[tuple[Outlook, int]]] = {}
    often: Counter[tuple[str, str, int]] = Counter()
    found: dict[tuple[str, str, int], tuple[Outlook, int, Outlook, int, int]] = {}
    for one in family.members.values():
        for n in range(len(one.at) - SEED + 1):
            part = tuple(one.values[n : n + SEED].tolist())
            if len(set(part)) < SEED - 1:
                continue
            for other, m in seen.get(part, []):
                if other is one and n - m < SEED:
                    continue
                often[one.id, other.id, n] += 1
                found.setdefault((one.id, other.id, n - m), _extended(one, n, other, m))
            places = seen.setdefault(part, [])
            if len(places) < PLACES:
                places.append((one, n))
    # What comes again and again is how the series goes.
    again = {(id, other) for (id, other, _), count in often.items() if id == other and count > 1}
    whole = [p for key, p in found.items() if key[:2] not in again and not _twins(*p)]
    return [_copy(*place) for place in _longest(p for p in whole if _no_chance(*p))]


def _longest(
    places: Iterable[tuple[Outlook, int, Outlook, int, int]],
) -> list[tuple[Outlook, int, Outlook, int, int]]:
    """Return the copied parts without those that lie in a longer one of the same series."""
    kept: list[tuple[Outlook, int, Outlook, int, int]] = []
    for place in sorted(places, key=lambda p: -p[4]):
        one, n, other, _, length = place
        if not any(
            k[0] is one and k[2] is other and k[1] < n + length and n < k[1] + k[4] for k in kept
        ):
            kept.append(place)
    return kept


def _no_chance(one: Outlook, n: int, other: Outlook, m: int, length: int) -> bool:
    """Whether chance would give a part that is equal so long in fewer than one of a thousand."""
    places = CHANCE + log10(len(one.at) * len(other.at))
    if all(Track(x.at, x.values).digits is None for x in (one, other)):
        moved = int((np.diff(one.values[n : n + length]) != 0).sum())
        return COMPUTED * (1 + moved) >= places
    # A part cannot say more than its own values do: one that stands still says little.
    both = zip(_digits(one.values), _digits(other.values), strict=True)
    moves = [min(pair) for pair in both]
    changes = min(moves[1], 2 * _digits(one.values[n : n + length])[1]) * (length - 1)
    return moves[0] + changes >= places


def _digits(values: np.ndarray) -> tuple[float, float]:
    """Return how rarely two values, and two changes, of a series are equal, in powers of ten."""
    late = values[-_LATE:]
    shares = [
        np.unique(np.round(x, 8), return_counts=True)[1] / max(len(x), 1)
        for x in (late, np.diff(late))
    ]
    level, change = (-log10(max(float((p**2).sum()), 1e-9)) if len(p) else 0.0 for p in shares)
    return level, change


def _extended(
    one: Outlook, n: int, other: Outlook, m: int
) -> tuple[Outlook, int, Outlook, int, int]:
    """Return a copied part from its first equal value to its last."""
    while min(n, m) > 0 and one.values[n - 1] == other.values[m - 1]:
        n, m = n - 1, m - 1
    length = 0
    while n + length < len(one.at) and m + length < len(other.at):
        if one.values[n + length] != other.values[m + length]:
            break
        length += 1
    return one, n, other, m, length


def _twins(one: Outlook, n: int, other: Outlook, m: int, length: int) -> bool:
    """Whether all of a column is another one, which is said elsewhere."""
    return one is not other and length >= 0.8 * min(len(one.at), len(other.at))


def _copy(one: Outlook, n: int, other: Outlook, m: int, length: int) -> Fault:
    # In one series the later part is the copy; of two, the one that does not follow from what is
    # before it, nor what is behind from it.
    if one is not other and _strange(other, m, length) > _strange(one, n, length):
        one, n, other, m = other, m, one, n
    first, last = month_name(int(one.at[n])), month_name(int(one.at[n + length - 1]))
    there = month_name(int(other.at[m]))
    where = ("本列", "this column") if one is other else (f"{other.id} 列", f"column {other.id}")
    return Fault(
        "copied", one.id, int(one.at[n]),
        f"{first}…{last} 的 {length} 个值与{where[0]} {there} 起的完全相同，像是复制的。",
        f"The {length} values {first}…{last} are those of {where[1]} from {there}, as if copied.",
        "sure",
    )  # fmt: skip


def _strange(one: Outlook, place: int, length: int) -> float:
    """Return how far the values at the seams of a part are off, in usual errors."""
    seams = one.errors[[place, min(place + length, len(one.at) - 1)]]
    return float(np.nansum(np.abs(seams)))


def moved_columns(family: Family) -> Iterator[Fault]:
    """Yield the series that fit their relatives only a month earlier or later."""
    errors = family.errors
    if errors.shape[1] < 3:
        return
    now = np.abs(family.correlations)
    later = np.abs(correlated(errors[1:], errors[:-1]))
    for n, id in enumerate(family.ids):
        gains: list[tuple[int, float, int, int]] = []
        for way, lagged in ((1, later[n]), (-1, later[:, n])):
            better = np.where(lagged >= SHIFTED_HIGH, lagged - now[n], 0.0)
            better[n] = 0.0
            many = int((better >= SHIFTED).sum())
            gains.append((many, float(better.max()), way, int(better.argmax())))
        count, gain, way, other = max(gains)
        # One that is off with one relative only may be the straight one of the two.
        if count < 2 or not family.relatives(family.ids[other]):
            continue
        yield _moved(family, id, way, family.ids[other], gain)


def _moved(family: Family, id: str, way: int, other: str, gain: float) -> Fault:
    zh, en = ("晚", "late") if way > 0 else ("早", "early")
    return Fault(
        "moved", id, int(family.members[id].at[-1]),
        f"整列像是{zh}了一个月：移动后与 {other} 等列的相关系数提高 {gain:.1f}。",
        f"The column looks a month {en}: moved, its correlation with {other} and others rises by "
        f"{gain:.1f}.",
        "likely",
    )  # fmt: skip


def moved_holes(family: Family) -> Iterator[Fault]:
    """Yield the series that never have a month which is always published."""
    for one in family.members.values():
        years = len(set((one.at // 12).tolist()))
        if years < _YEARS:
            continue
        share = np.array([(one.at % 12 == m).sum() for m in range(12)]) / years
        never = {m + 1 for m in range(12) if share[m] <= _NEVER}
        rest = [share[m - 1] for m in range(1, 13) if m not in never]
        late, early = never in ({2}, {2, 3}), never in ({12}, {1, 12})
        if not (late or early) or min(rest) < _OFTEN:
            continue
        names = "、".join(map(str, sorted(never)))
        zh, en = ("晚", "late") if late else ("早", "early")
        yield Fault(
            "moved", one.id, int(one.at[-1]),
            f"每年都缺 {names} 月，而不缺的应是别的月份：整列像是{zh}了一个月。",
            f"The months {names.replace('、', ', ')} are never there, though others are those "
            f"that are not published: the column looks a month {en}.",
            "likely",
        )  # fmt: skip


def turned_halves(family: Family) -> Iterator[Fault]:
    """Yield the series of which one part moves with its relatives and the other against them."""
    errors, begin = family.errors[-_LATE:], max(len(family.months) - _LATE, 0)
    months = len(errors)
    best: dict[str, tuple[int, float, int, str]] = {}
    for cut in range(_HALF, months - _HALF + 1, _HALF):
        before = correlated(errors[:cut], errors[:cut])
        after = correlated(errors[cut:], errors[cut:])
        against = (before * after < 0) & (np.minimum(np.abs(before), np.abs(after)) >= HALVES)
        for n in np.flatnonzero(against.sum(axis=1) >= 2):
            m = int(np.argmax(np.where(against[n], np.abs(before[n] - after[n]), 0.0)))
            told = (int(against[n].sum()), float(abs(before[n, m] - after[n, m])))
            id = family.ids[int(n)]
            if id not in best or told > best[id][:2]:
                best[id] = (*told, int(family.months[begin + cut]), family.ids[m])
    # All that it contradicts contradict it: the one with the most is the turned one.
    most = max((count for count, *_ in best.values()), default=0)
    for id, (count, _, at, other) in best.items():
        if count == most:
            yield Fault(
                "sign", id, at,
                f"{month_name(at)} 前后与 {other} 等列的关系相反，像是其中一段符号反了。",
                f"Its relation with {other} and others is the opposite before and after "
                f"{month_name(at)}, as if the sign of one part were turned.",
                "possible",
            )  # fmt: skip


def exchanged_tails(family: Family) -> Iterator[Fault]:
    """Yield the series that go on as another one from a month in which both jump."""
    for swap in swaps(family):
        yield _exchanged(swap.one, swap.other, swap.at)
        yield _exchanged(swap.other, swap.one, swap.at)
    jumps: dict[int, list[Outlook]] = {}
    for one in family.members.values():
        for place in np.flatnonzero(np.nan_to_num(np.abs(one.errors)) >= JUMPED).tolist():
            jumps.setdefault(int(one.at[place]), []).append(one)
    for at, jumped in sorted(jumps.items()):
        for one, other in combinations(jumped, 2):
            n, m = int(np.searchsorted(one.at, at)), int(np.searchsorted(other.at, at))
            if _follows(one, n, other.values[m]) and _follows(other, m, one.values[n]):
                for first, second in ((one, other), (other, one)):
                    yield _exchanged(first.id, second.id, at)
                return


def _follows(one: Outlook, place: int, value: float) -> bool:
    """Whether another value follows from a series' past far better than its own does."""
    off = abs(float(one.off(place, value)))
    return off <= min(FOLLOWS, abs(float(one.errors[place])) / 4)


def exchanged_columns(
    family: Family, ranges: Mapping[str, tuple[float | None, float | None]]
) -> Iterator[Fault]:
    """Yield the columns whose values lie outside their own range, with the one they belong to.

    Another column is named when it is odd as well, or the only one, and each one's values could
    stand in the other. A series without a range, (None, None), is never odd.
    """
    odd = [id for id in family.ids if _outside(family, id, ranges.get(id)) >= _OUTSIDE]
    taken: set[str] = set()
    for one in odd:
        if one in taken:
            continue
        free = [id for id in family.ids if id not in {one, *taken}]
        fits = [id for id in free if _fit(family, one, id, ranges)]
        fits = [id for id in fits if id in odd] or fits
        if len(fits) == 1:
            taken |= {one, fits[0]}
            for first, second in ((one, fits[0]), (fits[0], one)):
                at = int(family.members[first].at[-1])
                yield _exchanged(first, second, at, whole=True)
        else:
            yield _beyond(family.members[one], ranges[one])


def _fit(
    family: Family, one: str, other: str, ranges: Mapping[str, tuple[float | None, float | None]]
) -> bool:
    crossed = [_outside(family, a, ranges.get(b)) for a, b in ((one, other), (other, one))]
    return max(crossed) <= 0.1


def _beyond(one: Outlook, bounds: tuple[float | None, float | None]) -> Fault:
    low, high = (f"{x:g}" if x is not None else "…" for x in bounds)
    value, month = float(one.values[-1]), month_name(int(one.at[-1]))
    return Fault(
        "range", one.id, int(one.at[-1]),
        f"多数值在合理范围 {low} 到 {high} 之外（如 {month} 的 {value:.6g}），"
        "像是别的列或别的单位。",
        f"Most values lie outside the plausible range {low} to {high} (such as {value:.6g} in "
        f"{month}), as if they were another column's or in another unit.",
        "likely",
    )  # fmt: skip


def _outside(family: Family, id: str, bounds: tuple[float | None, float | None] | None) -> float:
    """Return the share of a series' late values outside of bounds."""
    low, high = bounds or (None, None)
    values = family.members[id].values[-60:]
    off = np.zeros(len(values), dtype=bool)
    if low is not None:
        off |= values < low
    if high is not None:
        off |= values > high
    return float(off.mean()) if len(values) else 0.0


def _exchanged(id: str, other: str, at: int, *, whole: bool = False) -> Fault:
    since = ("整列", "All") if whole else (f"{month_name(at)} 起", f"From {month_name(at)}")
    return Fault(
        "exchanged", id, at,
        f"{since[0]}的值像是 {other} 列的，两列互换了。",
        f"{since[1]} values look like those of the column {other}: the two are swapped.",
        "likely",
    )  # fmt: skip
