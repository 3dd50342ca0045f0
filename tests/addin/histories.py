"""Plausible histories of economic series, and what goes wrong with exports of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from prosperity.definition import Indicator
from prosperity_excel.intake.plausibility import reasons_against
from prosperity_excel.series.cases import Case, Reason
from prosperity_excel.series.monthly import month_before

from .exports import months

Values = dict[date, float]
TODAY = date(2026, 11, 25)
#: Months of a history, at least and at most, and the first of them.
SHORTEST, LONGEST = 36, 200


@dataclass(frozen=True)
class Sample:
    """A history, cut: what the book holds, and an honest export that goes on from it.

    ``whole`` is the history with all its months; ``cut`` the first that the book lacks.
    """

    whole: Values
    held: Values
    export: Values
    others: Mapping[str, Values]
    percent: bool

    def reasons(self) -> tuple[Reason, ...]:
        """Return what the plausibility step says."""
        indicator = Indicator(id="x", name_zh="甲", name_en="x", unit="%" if self.percent else "")
        return reasons_against(
            Case(
                values=dict(sorted(self.export.items())),
                held=self.held,
                raw=dict(sorted(self.export.items())),
                indicator=indicator,
                today=TODAY,
                percent=self.percent,
                others=lambda: self.others,
            )
        )


# -- histories --------------------------------------------------------------------------------


def _persistent(rng: np.random.Generator, size: int) -> np.ndarray:
    """A growth rate like that of money: slow, rounded."""
    found = np.empty(size)
    value, middle = rng.uniform(6, 18), rng.uniform(6, 18)
    for t in range(size):
        value += 0.06 * (middle - value) + 0.5 * rng.standard_normal()
        found[t] = value
    return found.round(1)


def _seasonal(rng: np.random.Generator, size: int) -> np.ndarray:
    """An output: trend, season, noise."""
    month = np.arange(size) % 12
    season = 0.15 * rng.standard_normal(12)
    trend = 0.006 * np.arange(size) + np.cumsum(0.01 * rng.standard_normal(size))
    level = 10 ** rng.uniform(1, 6)
    found: np.ndarray = level * np.exp(trend + season[month] + 0.03 * rng.standard_normal(size))
    return found.round(2)


def _diffusion(rng: np.random.Generator, size: int) -> np.ndarray:
    """A purchasing managers' index, with a shock now and then."""
    found = np.empty(size)
    value = 50.5
    for t in range(size):
        value += 0.25 * (50.5 - value) + 0.7 * rng.standard_normal()
        found[t] = value - (rng.uniform(5, 14) if rng.random() < 0.006 else 0.0)
    return found.round(1)


def _price(rng: np.random.Generator, size: int) -> np.ndarray:
    """Monthly means of a price."""
    found: np.ndarray = 10 ** rng.uniform(0, 4) * np.exp(
        np.cumsum(0.05 * rng.standard_normal(size))
    )
    return found


def _jumping(rng: np.random.Generator, size: int) -> np.ndarray:
    """A volatile growth rate, which goes from -20 to +60 when its base does."""
    found = np.empty(size)
    value = 10.0
    for t in range(size):
        value += 0.12 * (10 - value) + 4 * rng.standard_t(3)
        found[t] = value
    return found.round(2)


def _sparse(rng: np.random.Generator, size: int) -> np.ndarray:
    """Growth of output, without Januaries."""
    found = _persistent(rng, size) + rng.standard_normal(size).round(1)
    found[np.arange(size) % 12 == 0] = np.nan
    return found.round(1)


#: By name: whether it is in percent, and how it is made.
KINDS: Mapping[str, tuple[bool, Callable[[np.random.Generator, int], np.ndarray]]] = {
    "persistent growth": (True, _persistent),
    "seasonal amount": (False, _seasonal),
    "diffusion index": (False, _diffusion),
    "price": (False, _price),
    "jumping growth": (True, _jumping),
    "sparse growth": (True, _sparse),
}


def history(rng: np.random.Generator, kind: str, size: int) -> Values:
    """Make a history of months from 2005 on."""
    values = KINDS[kind][1](rng, size)
    days = months((2005, 1), size)
    return {d: float(v) for d, v in zip(days, values, strict=True) if np.isfinite(v)}


def sampled(
    rng: np.random.Generator,
    whole: Values,
    others: Mapping[str, Values],
    *,
    percent: bool,
    overlaps: tuple[int, ...] = (0, 0, 1, 2, 3, 6, 12, 24, 999),
) -> Sample:
    """Cut a history at random, and export it from before the cut on, its last months revised."""
    days = sorted(whole)
    at = int(rng.integers(SHORTEST // 2 if len(days) < 48 else SHORTEST, len(days)))
    ahead = int(rng.integers(1, 13))
    overlap = min(int(rng.choice(overlaps)), at)
    held = {d: whole[d] for d in days[:at]}
    export = {d: whole[d] for d in days[at - overlap : at + ahead]}
    step = float(np.median(np.abs(np.diff(list(held.values())))))
    digits = _digits(held)
    for day in days[max(at - overlap, at - 3) : at]:
        if rng.random() < 0.5:
            export[day] = round(export[day] + 0.3 * step * rng.standard_normal(), digits)
    last = days[at - 1]
    known = {id: {d: v for d, v in o.items() if d <= last} for id, o in others.items()}
    return Sample(whole, held, export, known, percent)


def made(rng: np.random.Generator, kind: str, **cut: tuple[int, ...]) -> Sample:
    """Make a book of histories, and an honest export of one of them."""
    size = int(rng.integers(SHORTEST + 1, LONGEST))
    others = {name.replace(" ", "_"): history(rng, name, size) for name in KINDS}
    return sampled(rng, history(rng, kind, size), others, percent=KINDS[kind][0], **cut)


def _digits(values: Values) -> int:
    array = np.array(list(values.values()))
    return next((n for n in range(5) if np.allclose(array, array.round(n), atol=1e-9)), 12)


# -- what goes wrong --------------------------------------------------------------------------


def times(sample: Sample, factor: float) -> Sample:
    """Return a sample whose export is a factor off."""
    return replace(sample, export={d: round(v * factor, 10) for d, v in sample.export.items()})


def shifted(sample: Sample, by: int) -> Sample:
    """Return a sample whose export stands ``by`` months later."""
    return replace(sample, export={month_before(d, -by): v for d, v in sample.export.items()})


def zero_filled(sample: Sample, rng: np.random.Generator) -> Sample:
    """Return a sample whose export has zeros where it has holes, and in some other months."""
    days = sorted(sample.export)
    holes = [month_before(d) for d in days if month_before(d) not in sample.whole]
    count = max(3, len(days) // 4)
    lost = [days[int(n)] for n in rng.choice(len(days), min(count, len(days)), replace=False)]
    zeros = dict.fromkeys([*[d for d in holes if d >= days[0]], *lost], 0.0)
    return replace(sample, export={**sample.export, **zeros})


def summed(sample: Sample) -> Sample:
    """Return a sample whose export holds sums since January."""
    total: Values = {}
    before = 0.0
    for day in sorted(sample.whole):
        value = sample.export.get(day, sample.whole[day])
        again = day.month == 1 or (day.month == 2 and month_before(day) not in sample.whole)
        before = value if again else before + value
        total[day] = before
    return replace(sample, export={d: total[d] for d in sample.export})


def swapped(sample: Sample, whole: Values) -> Sample:
    """Return a sample whose export is that of another series of the book."""
    return replace(sample, export={d: whole[d] for d in sample.export if d in whole})
