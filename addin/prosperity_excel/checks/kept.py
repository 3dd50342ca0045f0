"""How values differ from those that were kept: a pattern is a fault, scattered news a revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from prosperity_excel.series.cases import month_name, month_number

#: Changed months from which a pattern is one, and the share of them that must keep to it.
LEAST, SHARE = 3, 0.9
#: Changed months from which values that stand elsewhere are moved ones.
MOVED_LEAST = 6
_POWERS = (10.0, 100.0, 1000.0, 10_000.0, 0.1, 0.01, 0.001, 0.0001)
_NEAR = 1e-6
Changed = Sequence[tuple[date, float | None, float | None]]
Kept = Mapping[str, Mapping[date, float]]


def pattern(id: str, changed: Changed, kept: Kept) -> tuple[str, str] | None:
    """Return in words by what fault values became what they are; None for a mere revision.

    Parameters
    ----------
    id
        The series.
    changed
        Month, what was kept and what stands there now; None is no value.
    kept
        What was kept of every series, by id and month end.
    """
    both = [(m, old, new) for m, old, new in changed if old is not None and new is not None]
    if not both:
        return None
    months = np.array([month_number(m) for m, _, _ in both])
    old, new = (np.array(v, dtype=float) for v in zip(*((o, n) for _, o, n in both), strict=True))
    first = month_name(int(months[0]))
    for test in (_zeros, _sign, _factor, _swapped):
        if (told := test(old, new, months)) is not None:
            return f"{first} 起{told[0]}", f"from {first} {told[1]}"
    return _elsewhere(id, months, new, kept, first)


def _most(true: np.ndarray, least: int) -> bool:
    return len(true) >= least and float(true.mean()) >= SHARE


def _zeros(old: np.ndarray, new: np.ndarray, months: np.ndarray) -> tuple[str, str] | None:
    gone = (new == 0) & (old != 0)
    return ("变成了 0", "they became 0") if _most(gone, 1) else None


def _sign(old: np.ndarray, new: np.ndarray, months: np.ndarray) -> tuple[str, str] | None:
    turned = np.isclose(new, -old, rtol=_NEAR) & (old != 0)
    return ("符号反了", "their sign is turned") if _most(turned, 1) else None


def _factor(old: np.ndarray, new: np.ndarray, months: np.ndarray) -> tuple[str, str] | None:
    if not old.all():
        old, new = old[old != 0], new[old != 0]
    if not len(old):
        return None
    ratio = new / old
    middle = float(np.median(ratio))
    power = any(abs(middle / f - 1) < _NEAR for f in _POWERS)
    # Rounding leaves a little: to the last of about four digits.
    if middle <= 0 or not _most(np.abs(ratio / middle - 1) < 2e-3, 1 if power else LEAST):
        return None
    if len(ratio) > 1 and not power and np.ptp(old) == 0:
        return None
    return f"全是原来的 {middle:.4g} 倍", f"all are {middle:.4g} times what they were"


def _swapped(old: np.ndarray, new: np.ndarray, months: np.ndarray) -> tuple[str, str] | None:
    if len(old) != 2 or not np.allclose(old, new[::-1], rtol=_NEAR):
        return None
    other = month_name(int(months[1]))
    return f"与 {other} 的值互换了", f"and in {other} the values changed places"


def _elsewhere(
    id: str, months: np.ndarray, new: np.ndarray, kept: Kept, first: str
) -> tuple[str, str] | None:
    """Say where else the values were: in other months, or in another column."""
    if len(set(new.tolist())) < LEAST:
        return None
    for other, values in kept.items():
        held = {month_number(m): v for m, v in values.items()}
        least = LEAST if other != id else MOVED_LEAST
        here = np.array([held.get(m, np.nan) for m in months.tolist()])
        if other != id and _most(np.isclose(here, new, rtol=_NEAR), least):
            return f"{first} 起是 {other} 列的值", f"from {first} they are the column {other}'s"
    held = {month_number(m): v for m, v in kept.get(id, {}).items()}
    for apart in (1, -1, 2, -2, *range(3, 61)):
        there = np.array([held.get(m - apart, np.nan) for m in months.tolist()])
        if _most(np.isclose(there, new, rtol=_NEAR), MOVED_LEAST):
            way = ("晚", "later") if apart > 0 else ("早", "earlier")
            months_en = "month" if abs(apart) == 1 else "months"
            return (
                f"{first} 起是{way[0]}了 {abs(apart)} 个月的原值",
                f"from {first} they are the former values {abs(apart)} {months_en} {way[1]}",
            )
    return None
