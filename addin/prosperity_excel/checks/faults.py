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
NEWEST, NEWEST_OTHERWISE = 5.0, 4.0
#: How far beyond its third largest surprise of ten years a series' newest value must lie, too.
OFTEN = 1.25
#: Usual errors from which a step is a change of factor, and how far beyond all others it must be.
STEP, BEYOND = 5.0, 1.35
#: Usual errors from which two months may be swapped, and below which they then must be.
APART, TOGETHER = 6.0, 2.0
#: Usual errors within which another reading of a value fits.
FITS = 2.5
#: Values on each side of a turn of the sign, and share of them that must have its sign.
SIDE, ONE_SIGN = 8, 0.85
#: Months after a step over which it must stay.
_STAYS = 4
#: Values around a turn of the sign that are looked at, and months by which it is known how often
#: values stay the same.
_ROUND, _LATELY = 48, 120
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
        if len(rest) < SAME_HISTORY or len(rest) * _kept(rest, b - a) >= SAME / 10:
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
    values, errors = one.values, one.errors
    if one.logs or len(values) < 2 * SIDE:
        return None
    places = np.flatnonzero(np.nan_to_num(np.abs(errors)) >= NEWEST).tolist()
    for n in [place for place in places if place >= SIDE]:
        before, after = values[max(n - _ROUND, 0) : n], values[n : n + _ROUND]
        sign = np.sign(np.median(before[-SIDE:]))
        if len(after) < SIDE or not sign or not _fits(one, -values[n], n):
            continue
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
    if not one.logs or len(sizes) < SAME_HISTORY:
        return None
    n = int(np.argmax(sizes[: len(sizes) - 2])) if len(sizes) > 2 else 0
    near = np.abs(one.at - one.at[n])
    rest = sizes[(near > 1) & (np.abs(near - 12) > 1)]
    if sizes[n] < STEP or n < 6 or sizes[n] < BEYOND * float(rest.max(initial=0.0)):
        return None
    y = levels(one.values, True)
    step = float(y[n] - one.expected[n])
    later = y[n : n + _STAYS]
    stayed = float(np.median(later) - np.median(y[max(0, n - _STAYS) : n]))
    if stayed * step <= 0 or abs(stayed) < 0.5 * abs(step) or abs(step) < 0.03:
        return None
    month = month_name(int(one.at[n]))
    return Fault(
        "step", one.id, int(one.at[n]),
        f"{month} 起数值约为此前的 {np.exp(step):.3g} 倍且保持不变，"
        f"跳变为平常误差的 {sizes[n]:.0f} 倍，像是换了口径或乘了系数。",
        f"From {month} values are about {np.exp(step):.3g} times what they were and stay so, a "
        f"step of {sizes[n]:.0f} usual errors, as if multiplied.",
        surety(sizes[n]),
    )  # fmt: skip


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
