"""Zeros that may mean that there is no value: in months, and in days before months are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from math import exp, lgamma, log

import numpy as np

from prosperity_excel.intake.criteria import limits
from prosperity_excel.series.cases import KNOWN_FROM, Case, Reason, Track, month_number

#: Changes, in usual ones, that make a single zero strange in an amount.
_JUMP = 2.0
#: Stored values that are more than a usual change from zero, and are zero in the export.
_ERASED = 2
#: Part of the values that must keep to a rounding.
_ROUNDED_PART = 0.3
#: Years from which a month that is never there is one that is never published.
_YEARS = 2


def zero_reason(case: Case) -> Reason | None:
    """Ask about zeros that are no values, by any of the signs that the criterion names."""
    if "zeros" in case.settled:
        return None
    zeros = [m for m, v in case.values.items() if v == 0 and case.held.get(m) != 0]
    if not zeros:
        return None
    known = Track.of({**case.held, **case.values}, month_number)
    rest = known.values[known.values != 0]
    part = len(case.new) / len(known)
    stored = float((case.old.values == 0).sum())
    leap = sudden(zeros, known)
    if len(rest) < 3 or not (
        (far_from_zero(rest) and (leap >= _JUMP or len(zeros) > 1))
        or leap >= limits("zeros")[2]
        or too_many(len(zeros), rest, part, stored)
        or never(zeros, case.held)
        or sum(abs(case.held.get(m, 0.0)) > known.step for m in zeros) >= _ERASED
    ):
        return None
    shown = f"{zeros[0]:%Y-%m} 0"
    return Reason(
        "zeros",
        f"{len(zeros)} 个值正好是 0（{zeros[0]:%Y-%m} 等），像是用 0 表示缺失",
        f"{len(zeros)} values are exactly 0 ({zeros[0]:%Y-%m}), as if 0 meant missing",
        "", shown, ("missing", "keep"),
    )  # fmt: skip


def strange_zeros(zeros: Sequence[date], held: Mapping[date, float], every: int) -> bool:
    """Whether zeros among the values of one series look like no values at all.

    Parameters
    ----------
    zeros
        Months of the zeros in question.
    held
        The values that are not zero, by month end.
    every
        How many zeros the series has in all.
    """
    rest = np.array(list(held.values()))
    if len(rest) < KNOWN_FROM:
        return False
    leap = sudden(zeros, Track.of({**held, **dict.fromkeys(zeros, 0.0)}, month_number))
    return (
        (far_from_zero(rest) and (leap >= _JUMP or len(zeros) > 1))
        or leap >= limits("zeros")[2]
        or too_many(every, rest, 1.0, 0.0)
        or never(zeros, held)
    )


def far_from_zero(values: np.ndarray) -> bool:
    """Whether all values have one sign and nearly none is near zero."""
    part, _, _ = limits("zeros")
    sizes = np.abs(values)
    one_sign = bool((values > 0).all() or (values < 0).all())
    return one_sign and float(np.quantile(sizes, 0.05)) > part * float(np.median(sizes))


def too_many(count: int, rest: np.ndarray, part: float, stored: float) -> bool:
    """Whether chance would hardly give as many zeros, by how often values near zero repeat."""
    _, chance, _ = limits("zeros")
    return _poisson_tail(count, max((usual_zeros(rest) + stored) * part, 0.01)) < chance


def usual_zeros(rest: np.ndarray) -> float:
    """Return how many exact zeros there should be beside other values, by those near zero."""
    reach = 0.25 * float(np.quantile(np.abs(rest), 0.75))
    near = rest[np.abs(rest) <= reach]
    ties = max(Counter(near.tolist()).values(), default=0)
    usual = 0.0 if ties <= 2 else float(ties)
    grid = _coarsest(rest)
    return max(usual, max(len(near), 0.5) * grid / (2 * reach) if reach else 0.0)


def _coarsest(values: np.ndarray) -> float:
    """Return the coarsest rounding that a good part of values has: older ones often have fewer
    digits. 0 when there is none.
    """
    for digits in range(5):
        scaled = values * 10.0**digits
        if (np.abs(scaled - np.round(scaled)) < 1e-6).mean() >= _ROUNDED_PART:
            return 10.0**-digits
    return 0.0


def _poisson_tail(count: int, mean: float) -> float:
    below = sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(count))
    return max(0.0, 1.0 - below)


def sudden(zeros: Sequence[date], known: Track) -> float:
    """Return how far a zero is from the nearer value beside it, in usual changes, at most."""
    full = Track(known.at[known.values != 0], known.values[known.values != 0])
    most = 0.0
    for month in zeros:
        place = int(np.searchsorted(full.at, month_number(month)))
        beside = np.abs(full.values[max(place - 1, 0) : place + 1])
        most = max(most, float(beside.min()) / full.step if full.step else np.inf)
    return most


def never(zeros: Sequence[date], held: Mapping[date, float]) -> bool:
    """Whether a zero stands in a month of the year that the book never has."""
    if len({m.year for m in held}) < _YEARS or len(held) < KNOWN_FROM:
        return False
    present = {m.month for m in held}
    return any(m.month not in present for m in zeros)


def daily_zeros(values: Mapping[date, float]) -> Reason | None:
    """Ask about zeros inside a daily or weekly series that is otherwise far from zero."""
    zeros = [d for d, v in values.items() if v == 0]
    rest = np.array([v for v in values.values() if v != 0])
    if not zeros or len(rest) < 3 or not far_from_zero(rest):
        return None
    return Reason(
        "zeros",
        f"{len(zeros)} 天的值正好是 0（{zeros[0]} 等），其余在 {rest.min():.6g} 到 "
        f"{rest.max():.6g} 之间，像是没有报价",
        f"{len(zeros)} days are exactly 0 (from {zeros[0]}), the others between {rest.min():.6g} "
        f"and {rest.max():.6g}: as if there was no quotation",
        "", f"{zeros[0]} 0", ("missing", "keep"),
    )  # fmt: skip
