"""Where a series stops being what it was: changes of unit and of definition.

A detector only asks. What the analyst answers is kept as a list of breaks and applied from then
on; nothing is rescaled on suspicion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Literal

from prosperity.errors import SettingError

from prosperity_excel.series.monthly import last_day

Kind = Literal["unit", "level", "zeros"]
#: Factors between units that people use, and how near a jump must come to one.
FACTORS = (10.0, 100.0, 1000.0, 10_000.0, 100_000_000.0)
_NEAR = 0.35
#: A jump counts when it is this many times the usual change, and values on both sides stay.
_UNUSUAL = 12.0
_STAY = 3
#: Zeros in front of a series count as doubtful from this many on.
_ZEROS = 3
_BREAK = re.compile(r"^(?P<id>[a-z][a-z0-9_]*)@(?P<month>\d{4}-\d{2})=(?P<factor>[0-9.eE+-]+)$")


@dataclass(frozen=True)
class Break:
    """An analyst's answer: values of ``series`` before ``month`` are multiplied by ``factor``.

    A factor of 1 says that the jump is real, or that both sides are to stand as they are.
    """

    series: str
    month: date
    factor: float


@dataclass(frozen=True)
class Suspicion:
    """A place where a series looks as if it changed.

    Attributes
    ----------
    kind : {"unit", "level", "zeros"}
    month : date
        The first month of the new state.
    factor : float
        What the earlier values would have to be multiplied by; 1 when it is no factor of units.
    zh, en : str
        The question.
    """

    kind: Kind
    month: date
    factor: float
    zh: str
    en: str


def parse_break(text: str) -> Break:
    """Read ``ID@2021-03=100``.

    Raises
    ------
    SettingError
        ``bad_break``.
    """
    match = _BREAK.match(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        year, month = match["month"].split("-")
        factor = float(match["factor"])
        if not 0 < factor < 1e12:
            raise ValueError(text)
        return Break(match["id"], last_day(date(int(year), int(month), 1)), factor)
    except ValueError:
        raise SettingError(
            "bad_break",
            f"“{text}”应写成 指标id@月份=倍数，例如 crude_steel_output@2021-03=100；"
            "倍数 1 表示两段都照原样。",
            f"{text!r} must look like crude_steel_output@2021-03=100: values before that month "
            "times 100; 1 leaves both sides as they are.",
        ) from None


def apply_breaks(
    values: Mapping[date, float], series: str, breaks: Iterable[Break]
) -> tuple[dict[date, float], int]:
    """Return the values with every break of ``series`` applied, and how many values changed."""
    own = [b for b in breaks if b.series == series and b.factor != 1.0]
    scaled: dict[date, float] = {}
    for month, value in values.items():
        for found in own:
            if month < found.month:
                value *= found.factor
        scaled[month] = value
    return scaled, sum(scaled[m] != values[m] for m in values)


def suspicions(
    values: Mapping[date, float], answered: Iterable[Break] = (), series: str = ""
) -> list[Suspicion]:
    """Return where a monthly series looks as if its unit or definition changed.

    Parameters
    ----------
    values
        By month, ascending.
    answered
        Breaks that are known; their months are not asked about again.
    series
        The indicator's id, for the breaks and the question.
    """
    known = {b.month for b in answered if b.series == series}
    months = list(values)
    found = [*_unit_changes(values, months, series), *_leading_zeros(values, months)]
    return [s for s in found if s.month not in known]


def _unit_changes(
    values: Mapping[date, float], months: Sequence[date], series: str
) -> list[Suspicion]:
    found = []
    for at in range(_STAY, len(months) - 1):
        one, other = values[months[at - 1]], values[months[at]]
        if min(one, other) <= 0 or max(one, other) / min(one, other) < FACTORS[0] / (1 + _NEAR):
            continue
        before = [values[m] for m in months[max(0, at - 12) : at]]
        after = [values[m] for m in months[at : at + 12]]
        if min(*before, *after) <= 0 or len(after) < min(_STAY, len(months) - at):
            continue
        ratio = values[months[at]] / values[months[at - 1]]
        factor = _unit_factor(median(after) / median(before), ratio)
        if factor is None:
            continue
        spread = max(max(before) / min(before), max(after) / min(after))
        if spread > max(factor, 1 / factor) ** 0.5:
            continue
        month = months[at]
        shown = f"{values[months[at - 1]]:g} → {values[month]:g}"
        found.append(
            Suspicion(
                "unit", month, factor,
                f"{month:%Y-%m} 起数值变为约 {factor:g} 倍（{shown}），像是换了单位。若是，加 "
                f"--break {series}@{month:%Y-%m}={factor:g}；若不是，加 "
                f"--break {series}@{month:%Y-%m}=1。",
                f"From {month:%Y-%m} values are about {factor:g} times as large ({shown}), as if "
                f"the unit had changed. If so add --break {series}@{month:%Y-%m}={factor:g}; if "
                f"not, --break {series}@{month:%Y-%m}=1.",
            )
        )  # fmt: skip
    return found


def _unit_factor(level: float, step: float) -> float | None:
    """Return the factor of units that both a jump and the change of level are near."""
    for factor in (*FACTORS, *(1 / f for f in FACTORS)):
        if all(1 / (1 + _NEAR) <= x / factor <= 1 + _NEAR for x in (level, step)):
            return factor
    return None


def _leading_zeros(values: Mapping[date, float], months: Sequence[date]) -> list[Suspicion]:
    """Ask about exact zeros in front of a series that is never zero or below later."""
    start = next((at for at, month in enumerate(months) if values[month] != 0), len(months))
    rest = [values[m] for m in months[start:]]
    if start < _ZEROS or (rest and min(rest) <= 0):
        return []
    month = months[min(start, len(months) - 1)]
    return [
        Suspicion(
            "zeros", month, 1.0,
            f"{months[0]:%Y-%m} 起的 {start} 个值都是 0，像是用 0 表示缺失。若是，加 --zeros "
            "missing；若真是 0，加 --zeros keep。",
            f"The {start} values from {months[0]:%Y-%m} are all 0, as if 0 meant missing. If so "
            "add --zeros missing; if they are real, --zeros keep.",
        )
    ]  # fmt: skip


def without_leading_zeros(values: Mapping[date, float]) -> dict[date, float]:
    """Return the values from the first that is not zero."""
    started = False
    kept = {}
    for month, value in values.items():
        started = started or value != 0
        if started:
            kept[month] = value
    return kept


def level_shifts(values: Mapping[date, float]) -> list[Suspicion]:
    """Return where the level moved at once by far more than it usually does, and stayed there.

    Growth rates and levels alike; a spike that comes back is an outlier, not a shift.
    """
    months = list(values)
    changes = [abs(values[b] - values[a]) for a, b in pairwise(months)]
    if len(changes) < 24:
        return []
    usual = median(changes)
    if usual == 0:
        return []
    found = []
    for at in range(_STAY * 2, len(months) - _STAY * 2):
        jump = values[months[at]] - values[months[at - 1]]
        if abs(jump) < _UNUSUAL * usual:
            continue
        before = median([values[m] for m in months[at - _STAY * 2 : at]])
        after = median([values[m] for m in months[at : at + _STAY * 2]])
        if abs(after - before) < 0.7 * abs(jump) or (after - before) * jump < 0:
            continue
        month = months[at]
        found.append(
            Suspicion(
                "level", month, 1.0,
                f"{month:%Y-%m} 水平突变（{values[months[at - 1]]:g} → {values[month]:g}）"
                "且未回复，请确认口径是否改变。",
                f"In {month:%Y-%m} the level moves at once ({values[months[at - 1]]:g} → "
                f"{values[month]:g}) and stays; check whether the definition changed.",
            )
        )  # fmt: skip
    return found
