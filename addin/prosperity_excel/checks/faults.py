"""What one monthly series shows to be wrong with it: newest value, sign, factor, months swapped.

Each test compares the values as they stand with the same values as they would be without the
fault. Thresholds are in usual errors (see :mod:`prosperity_excel.checks.outlooks`); they were
chosen so that published series, judged in every month of theirs, seldom reach them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal

import numpy as np

from prosperity_excel.checks.outlooks import Outlook, levels, usual_errors
from prosperity_excel.series.breaks import FACTORS
from prosperity_excel.series.cases import Track, month_name

Sure = Literal["", "sure", "likely", "possible"]
#: Usual errors from which the newest value is asked about, and from which one is whose sign looks
#: turned, or that is a power of ten away.
NEWEST, NEWEST_OTHERWISE = 4.5, 4.0
#: How far beyond its third largest surprise of ten years a series' newest value must lie, too.
OFTEN = 1.25
#: Usual errors from which a step is a change of factor, and how far beyond all others it must be.
STEP, BEYOND = 4.0, 1.35
#: Usual errors below which a step must be large to be no news, and how large, in
#: logarithms; and the largest that is one.
SURE_STEP, LARGE, MOST = 7.0, 0.15, 50.0
#: How many times larger a rate's values and changes must be for another unit.
UNITS = 8.0
#: Usual errors from which two months may be swapped, and below which they then must be.
APART, TOGETHER = 4.5, 2.5
#: Usual errors within which another reading of a value fits.
FITS = 2.5
#: Usual changes of the years around from which a turn of the sign is asked about, and within which
#: the values go on when it is turned back; within the same part of a larger turn.
TURNED, MIRRORED = 6.0, 1.5
#: Values on each side of a turn of the sign, and share of them that must have its sign.
SIDE, ONE_SIGN = 8, 0.85
#: Months after a step over which it must stay.
_STAYS = 4
#: Values around a turn of the sign that are looked at, and months by which it is known how often
#: values stay the same.
_ROUND, _SIGNS, _LATELY = 24, 12, 120
#: Chance below which values that stay the same are asked about, and the months needed for that.
SAME, SAME_HISTORY = 0.007, 36
_MOST_PAIRS = 12


@dataclass(frozen=True)
class Fault:
    """Something that looks wrong: what, from which month, how sure, in both languages."""

    code: str
    series: str
    at: int
    zh: str
    en: str
    sure: Sure = "possible"


def surety(size: float) -> Sure:
    """Return how sure a deviation of so many usual errors makes."""
    return "sure" if size >= 12 else "likely" if size >= 7 else "possible"


def newest_fault(one: Outlook, surprise: np.ndarray) -> Fault | None:
    """Return what is wrong with the newest value, against what was to be expected of it.

    Parameters
    ----------
    one
        The series.
    surprise
        Its errors without what relatives share; see
        :meth:`prosperity_excel.checks.outlooks.Family.surprise`.
    """
    if not len(one.at) or not np.isfinite(surprise[-1]):
        return None
    value, size = float(one.values[-1]), abs(float(surprise[-1]))
    if value and not one.logs and abs(float(one.errors[-1])) >= NEWEST_OTHERWISE and _turned(one):
        zh, en = "，像是符号反了", "as if its sign were turned"
    elif size < _bar(surprise):
        return None
    else:
        factor = next((f for f in _factors() if value and _fits(one, value / f)), None)
        zh, en = "", ""
        if factor is not None:
            zh, en = f"，像是 {factor:g} 倍", f"as if it were {factor:g} times too large"
            if factor < 1:
                zh, en = f"，像是只有 {factor:g}", f"as if it were {1 / factor:g} times too small"
    month, shown = month_name(int(one.at[-1])), float(one.shown[-1])
    how = f", {en}" if en else ""
    return Fault(
        "newest", one.id, int(one.at[-1]),
        f"最新值 {month} 的 {value:.6g} 偏离预期的 {shown:.6g}，为平常误差的 {min(size, 999):.0f} "
        f"倍{zh}。",
        f"The newest value, {value:.6g} in {month}, is {min(size, 999):.0f} usual errors off the "
        f"{shown:.6g} to be expected{how}.",
        surety(size),
    )  # fmt: skip


def _bar(surprise: np.ndarray) -> float:
    """Return from where on the newest value is asked about: beyond what the series does anyway."""
    past = np.sort(np.nan_to_num(np.abs(surprise[-_LATELY - 1 : -1])))
    return max(NEWEST, OFTEN * float(past[-3])) if len(past) >= SAME_HISTORY else NEWEST


def _factors() -> tuple[float, ...]:
    return (*FACTORS, *(1 / f for f in FACTORS))


def _fits(one: Outlook, value: float, place: int = -1) -> bool:
    return abs(float(one.off(place, value))) <= FITS


def _turned(one: Outlook) -> bool:
    """Whether the newest value fits with its sign turned, and the values before had that sign."""
    value = float(one.values[-1])
    before = one.values[-1 - SIDE // 2 : -1]
    return bool((before * value < 0).all()) and abs(float(one.off(-1, -value))) <= FITS / 2


def unchanged_fault(one: Outlook) -> Fault | None:
    """Return when the newest values stay the same as this series' hardly ever do."""
    values = one.values
    run = next((n for n in range(1, len(values)) if values[-n - 1] != values[-1]), len(values))
    if run < 2 or len(values) - run < SAME_HISTORY or _kept(values[:-run], run) >= SAME:
        return None
    first, last = month_name(int(one.at[-run])), month_name(int(one.at[-1]))
    return Fault(
        "unchanged", one.id, int(one.at[-1]),
        f"最新值 {last} 与之前相同（{first} 起 {run} 个月都是 {values[-1]:.6g}），"
        "该序列几乎从不如此。",
        f"The newest value, {last}, equals the one before: {run} months from {first} are "
        f"{values[-1]:.6g}, which hardly ever happens in this series.",
        "likely" if run > 2 else "possible",
    )  # fmt: skip


def _kept(values: np.ndarray, run: int) -> float:
    """Return the chance of a run of equal values: by how often two are equal, and by how often
    rounding would make two of the last years so.
    """
    values = values[-_LATELY:]
    pairs = len(values) - 1
    often = (int((np.diff(values) == 0).sum()) + 0.5) / (pairs + 1)
    late = Track(np.arange(SAME_HISTORY), values[-SAME_HISTORY:])
    rounded = late.grid / (2.5 * 1.4826 * late.step) if late.step else 1.0
    return float(min(max(often, rounded), 1.0) ** (run - 1))


def still_faults(one: Outlook) -> list[Fault]:
    """Return the runs of equal values inside a series that chance would hardly give."""
    values = one.values
    edges = np.flatnonzero(np.diff(values) != 0) + 1
    bounds = [0, *edges.tolist(), len(values)]
    runs = [(a, b) for a, b in pairwise(bounds) if b - a >= 4]
    found = []
    for a, b in runs:
        rest = np.delete(values, slice(a + 1, b))
        tries = min(len(rest), _LATELY)
        if len(rest) < SAME_HISTORY or tries * _kept(rest, b - a) >= SAME:
            continue
        first, last = month_name(int(one.at[a])), month_name(int(one.at[b - 1]))
        found.append(
            Fault(
                "frozen", one.id, int(one.at[b - 1]),
                f"{first}…{last} 连续 {b - a} 个月都是 {values[a]:g}，可能停止更新。",
                f"{first}…{last}: {b - a} months in a row are {values[a]:g}; the series may have "
                "stopped.",
                "sure" if b - a >= 6 else "likely",
            )
        )  # fmt: skip
    return found[-3:]


def sign_fault(one: Outlook) -> Fault | None:
    """Return from where on a series' sign is turned, or until where it was."""
    values = one.values
    if one.logs or len(values) < 2 * SIDE:
        return None
    moves = np.abs(np.diff(values))
    for n in range(SIDE, len(values) - SIDE + 1):
        # Sums since January begin anew with each year, on either side of zero.
        if values[n] * values[n - 1] >= 0 or one.at[n] - one.at[n - 1] > 1:
            continue
        # What is usual just here: around a calm turn little is needed.
        near = np.delete(moves[max(n - 1 - _ROUND, 0) : n - 1 + _ROUND], min(n - 1, _ROUND))
        usual = max(1.4826 * float(np.median(near)), float(np.quantile(near, 0.8)) / 1.2816, 1e-12)
        mirrored = max(MIRRORED * usual, moves[n - 1] * MIRRORED / TURNED)
        if moves[n - 1] < TURNED * usual or abs(values[n] + values[n - 1]) > mirrored:
            continue
        before, after = values[max(n - _SIGNS, 0) : n], values[n : n + _SIGNS]
        sign = np.sign(values[n - 1])
        if (before * sign > 0).mean() < ONE_SIGN or (after * sign < 0).mean() < ONE_SIGN:
            continue
        month = month_name(int(one.at[n]))
        return Fault(
            "sign", one.id, int(one.at[n]),
            f"{month} 起符号与之前相反（{values[n - 1]:.6g} → {values[n]:.6g}），变号后才衔接。",
            f"From {month} the sign is the opposite ({values[n - 1]:.6g} → {values[n]:.6g}); "
            "turned, the values go on from those before.",
            "likely",
        )  # fmt: skip
    return None


def step_fault(one: Outlook, surprise: np.ndarray) -> Fault | None:
    """Return from where on an amount looks multiplied by a factor: a step that stays.

    It must be larger than whatever else happened to the series, so that one that often jumps is
    not accused of it.
    """
    sizes = np.nan_to_num(np.abs(surprise))
    if len(sizes) < SAME_HISTORY:
        return None
    y = levels(one.values, one.logs)
    steps = [n for n in range(max(6, len(sizes) - _LATELY), len(sizes) - 2)
             if sizes[n] >= STEP / BEYOND and _stayed(one, y, n)]  # fmt: skip
    if not steps:
        return None
    n = max(steps, key=lambda k: sizes[k])
    rest = [sizes[k] for k in steps if abs(one.at[k] - one.at[n]) > 1]
    if sizes[n] < STEP or sizes[n] < BEYOND * max(rest, default=0.0):
        return None
    factor = _factor(one, y, n, float(sizes[n]))
    if factor is None:
        return None
    month = month_name(int(one.at[n]))
    unit = next((f for f in _factors() if abs(np.log(factor / f)) <= 0.3), None)
    return Fault(
        "step" if unit is None else "scale", one.id, int(one.at[n]),
        f"{month} 起数值约为此前的 {factor:.3g} 倍且保持不变，"
        f"跳变为平常误差的 {min(sizes[n], 999):.0f} 倍，像是"
        f"{'换了口径或乘了系数' if unit is None else '换了单位'}。",
        f"From {month} values are about {factor:.3g} times what they were and stay so, a "
        f"step of {min(sizes[n], 999):.0f} usual errors, as if "
        f"{'multiplied' if unit is None else 'the unit had changed'}.",
        surety(sizes[n]),
    )  # fmt: skip


def _stayed(one: Outlook, y: np.ndarray, n: int) -> bool:
    """Whether what a month was off is there some months later as well."""
    step = float(y[n] - one.expected[n])
    later = y[n : n + _STAYS]
    stayed = float(np.median(later) - np.median(y[max(0, n - _STAYS) : n]))
    return stayed * step > 0 and abs(stayed) >= 0.5 * abs(step)


def _factor(one: Outlook, y: np.ndarray, n: int, size: float) -> float | None:
    """Return by what values are multiplied from a month on; None where nothing says so.

    Of a rate only a factor of units is told: its values, and how far they move, are both so much
    larger than they were in the years before.
    """
    if one.logs:
        step = float(y[n] - one.expected[n])
        least = LARGE if size < SURE_STEP else 0.03
        # Beyond are values that have no logarithm.
        return float(np.exp(step)) if least <= abs(step) <= MOST else None
    before, after = y[max(0, n - _ROUND) : n], y[n : n + _ROUND]
    if len(after) < _STAYS:
        return None
    ratios = [
        float(np.median(np.abs(x))) / max(float(np.median(np.abs(z))), 1e-12)
        for x, z in ((after, before), (np.diff(after), np.diff(before)))
    ]
    if min(ratios) < UNITS:
        return None
    middle = float(np.sqrt(ratios[0] * ratios[1]))
    return min(FACTORS, key=lambda f: abs(np.log(middle / f)))


def swapped_months(one: Outlook) -> Fault | None:
    """Return two months whose values fit only in each other's place."""
    y = levels(one.values, one.logs)
    if len(y) < SAME_HISTORY:
        return None
    usual = usual_errors(one.at, _bends(y))
    if usual.min() <= 0:
        return None
    off = np.abs(_bends(y)) / usual
    places = np.flatnonzero(off >= APART)
    places = np.sort(places[np.argsort(-off[places])][:_MOST_PAIRS])
    for a, b in combinations(places.tolist(), 2):
        window = _around(a, b, len(y))
        tried = y.copy()
        tried[[a, b]] = tried[[b, a]]
        after = np.abs(_bends(tried)[window]) / usual[window]
        if after.max() <= TOGETHER and off[window].max() >= APART:
            one_month, other = month_name(int(one.at[a])), month_name(int(one.at[b]))
            return Fault(
                "swapped_months", one.id, int(one.at[a]),
                f"{one_month} 的 {one.values[a]:.6g} 与 {other} 的 {one.values[b]:.6g} 像是互换了："
                "换回后与前后月衔接。",
                f"{one.values[a]:.6g} in {one_month} and {one.values[b]:.6g} in {other} look "
                "swapped: exchanged, both fit their neighbours.",
                "likely",
            )  # fmt: skip
    return None


def _bends(y: np.ndarray) -> np.ndarray:
    """Return how far each value is off the middle of its neighbours; 0 at the ends."""
    found = np.zeros(len(y))
    found[1:-1] = y[1:-1] - (y[:-2] + y[2:]) / 2
    return found


def _around(a: int, b: int, length: int) -> np.ndarray:
    near = {n + k for n in (a, b) for k in (-1, 0, 1)}
    return np.array(sorted(n for n in near if 0 < n < length - 1), dtype=int)
