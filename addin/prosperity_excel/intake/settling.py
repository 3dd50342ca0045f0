"""From an export's own values to those that a column would take, as definition and answers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from prosperity.catalog import catalog
from prosperity.definition import Indicator

from prosperity_excel.intake.answers import Answer
from prosperity_excel.intake.candidates import Target
from prosperity_excel.intake.items import Zeros
from prosperity_excel.intake.shape import filled_daily, unfilled
from prosperity_excel.intake.zeros import daily_zeros
from prosperity_excel.series.cases import Reason
from prosperity_excel.series.monthly import Monthly, rhythm_of, to_months
from prosperity_excel.series.units import factor_between


@dataclass(frozen=True)
class Months:
    """Months made of an export, and what is to be asked about the days they were made of."""

    monthly: Monthly
    reasons: tuple[Reason, ...] = ()
    conflicts: int = 0


@dataclass(frozen=True)
class Answered:
    """What an analyst has answered for one series, by word."""

    answers: tuple[Answer, ...] = ()
    remembered: frozenset[Answer] = field(default=frozenset())

    @property
    def words(self) -> frozenset[str]:
        """The words of the answers."""
        return frozenset(answer.word for answer in self.answers)

    def zeros(self, general: Zeros) -> Zeros:
        """Return what zeros are: as answered for the series, else for the whole import."""
        if "missing" in self.words:
            return "missing"
        return "keep" if "keep" in self.words else general

    def remarks(self) -> list[tuple[str, str]]:
        """Say which answers are applied, and which of them were given before."""
        said = []
        for answer in self.answers:
            zh, en = answer.said()
            before = answer in self.remembered
            said.append(
                (f"按{'以前的' if before else ''}答复：{zh}",
                 f"as answered{' before' if before else ''}: {en}")
            )  # fmt: skip
        return said


def months_of(
    values: Mapping[date, float],
    indicator: Indicator,
    said: str,
    answered: Answered,
    zeros: Zeros,
) -> Months:
    """Make a series monthly, and ask about days that cannot be what they say.

    Parameters
    ----------
    values
        By date, ascending.
    indicator
        Says how days become months.
    said
        The header's word for the frequency.
    answered, zeros
        What is known about zeros and about values repeated by day.
    """
    reasons: list[Reason] = []
    if rhythm_of(list(values), said) in ("D", "W"):
        doubtful = daily_zeros(values)
        if doubtful is not None and zeros == "missing":
            values = {d: v for d, v in values.items() if v != 0}
        elif doubtful is not None and zeros == "ask":
            reasons.append(doubtful)
        repeated = filled_daily(values, indicator.frequency)
        if repeated is not None:
            if answered.words & {"before", "own"}:
                values, said = unfilled(values, before="before" in answered.words), "M"
            else:
                reasons.append(repeated)
    monthly = to_months(values, aggregate=indicator.aggregate, said=said)
    there = {d.replace(day=1) for d in values}
    conflicts = 0
    if rhythm_of(list(values), said) not in ("D", "W"):
        conflicts = len(there) - len(monthly.values)
    return Months(monthly, tuple(reasons), conflicts)


#: Growth on a year is never below the first; the second is more than any that lasts.
_GROWTH = (-100.0, 1000.0)


def bounds_of(target: Target, unit: str, *, grown: bool) -> tuple[float | None, float | None]:
    """Return the plausible range of a column's values in ``unit``.

    The book's definition comes first, then the catalog's: books made before ranges were defined
    have none. A range in a unit that cannot be converted says nothing. Where the column holds
    published growth of an amount (``grown``), the amount's range says nothing either.
    """
    if grown:
        return _GROWTH
    for indicator in _definitions(target):
        if indicator.plausible_low is None and indicator.plausible_high is None:
            continue
        factor = factor_between(indicator.unit, unit or indicator.unit)
        if factor is not None:
            low, high = indicator.plausible_low, indicator.plausible_high
            return (None if low is None else low * factor, None if high is None else high * factor)
    return (None, None)


def _definitions(target: Target) -> Sequence[Indicator]:
    if target.indicator is None:
        return ()
    id = target.indicator.id
    known = (i for model in catalog().values() for i in model.indicators if i.id == id)
    return (target.indicator, *known)
