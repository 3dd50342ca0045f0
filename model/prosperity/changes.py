"""Why a composite is not what it was: the change between two states of a book, in parts.

Five parts, which add up to the change exactly, found one after the other:

``definition``
    The old values under the new definition and settings, less what they gave before.
``revisions``
    Values (and release dates) that were known and are others now, or gone; at the old decision.
``new_months``
    What the values of the new decision add to those of the old one, under the moments, loadings
    and weights of the new decision, over the members that have both: the like-for-like change of
    :mod:`prosperity.composite`, over however many months lie between.
``membership``
    What members that only one of the two decisions has make of it.
``re_estimation``
    The rest: the same values and members under the moments and loadings of the new decision.

So where only values were revised, all is revision; where a month passed in which no value moved,
all is re-estimation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from prosperity.align import Aligned
from prosperity.catalog import closure
from prosperity.definition import Indicator, Industry
from prosperity.engine import cut_off, timeline
from prosperity.errors import DataError
from prosperity.panel import Observations, Panel
from prosperity.pipeline import Composed, Core, Entry, Timeline, compose, decide, entries_of
from prosperity.scoring import scored
from prosperity.settings import Settings

PARTS = ("new_months", "revisions", "re_estimation", "membership", "definition")


@dataclass(frozen=True)
class State:
    """A model with its data, at one time.

    Attributes
    ----------
    panel : Panel
    industry : Industry
    known : mapping of str to Industry
        Where the models that it uses are looked up.
    settings : Settings
    """

    panel: Panel
    industry: Industry
    known: Mapping[str, Industry]
    settings: Settings


@dataclass(frozen=True)
class Standing:
    """The last decision of a state.

    Attributes
    ----------
    month, decision : Timestamp
    composite, signal : float
        NaN where there is none.
    """

    month: pd.Timestamp
    decision: pd.Timestamp
    composite: float
    signal: float


@dataclass(frozen=True)
class Change:
    """The change of one model between two states.

    Attributes
    ----------
    industry : Industry
        As defined now.
    before, after : Standing
    parts : mapping of str to float
        By :data:`PARTS`; they sum to the difference of the composites. NaN where one of the two
        has no composite.
    by_indicator : Series
        What each indicator adds to ``new_months``, by id.
    """

    industry: Industry
    before: Standing
    after: Standing
    parts: Mapping[str, float]
    by_indicator: pd.Series[float]

    @property
    def total(self) -> float:
        """The change of the composite."""
        return self.after.composite - self.before.composite


def parted(before: State, after: State) -> Change:
    """Part the change of a model between two states; see the module.

    Parameters
    ----------
    before, after
        The states; each is taken at its last decision with a composite.

    Raises
    ------
    DataError
        ``no_data`` when one of them has no data; ``nothing_decided`` when one has no decision.
    """
    old, new = _Computed(before), _Computed(after)
    if old.last is None or new.last is None:
        nowhere = _nowhere(old, new)
        return Change(
            after.industry, *nowhere, dict.fromkeys(PARTS, np.nan), pd.Series(dtype=float)
        )
    then = old.dates.months[old.last]
    defined = _Computed(replace(after, panel=_kept_values(before.panel, after.panel)))
    revised = _Computed(replace(after, panel=_revised(before.panel, after.panel)))
    at_defined, at_revised = _row(defined, then), _row(revised, then)
    steps = [
        old.composite(old.last),
        defined.composite(at_defined),
        revised.composite(at_revised),
        new.composite(new.last),
    ]
    for at in (1, 2):
        # A step without a composite, for want of members, is passed over: what it would have
        # parted counts as a change of membership.
        steps[at] = steps[at] if np.isfinite(steps[at]) else steps[at - 1]
    moved = _Moved(revised, new, at_revised, new.last)
    common_then, common_now = moved.over_common()
    value, shares = moved.values[after.industry.id]
    joined = (steps[3] - common_now) - (steps[2] - common_then)
    rest = common_now - common_then - value
    if not np.isfinite(rest + joined):
        # Too few members are common to both to make a composite.
        value, joined, rest = 0.0, steps[3] - steps[2], 0.0
        shares = np.zeros(len(shares))
    parts = {
        "new_months": value,
        "revisions": steps[2] - steps[1],
        "re_estimation": rest,
        "membership": joined,
        "definition": steps[1] - steps[0],
    }
    ids = [member.id for member in after.industry.members]
    return Change(
        after.industry,
        old.standing(old.last),
        new.standing(new.last),
        parts,
        pd.Series(shares, index=ids),
    )


class _Computed:
    """A state's models, computed on the decision dates of the one that is asked for."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.settings = state.settings
        panel = cut_off(state.panel, state.settings)
        self.dates: Timeline = timeline(panel, state.industry.rebalance, state.settings)
        if not len(self.dates.months):
            raise DataError(
                "nothing_decided",
                f"{state.industry.name_zh} 还没有任何决策。",
                f"{state.industry.name_en} has no decision yet.",
            )
        self.models: dict[str, Industry] = {}
        self.entries: dict[str, list[Entry]] = {}
        self.composed: dict[str, Composed] = {}
        cores: dict[str, Core] = {}
        for model in closure([state.industry], state.known):
            entries = entries_of(model, model.members, panel, self.dates, cores, self.settings)
            made = compose(model, [e.aligned for e in entries], self.dates.months, self.settings)
            cores[model.id] = decide(model, entries, made, self.dates.months, self.settings)
            self.models[model.id], self.entries[model.id] = model, entries
            self.composed[model.id] = made
        self.core = cores[state.industry.id]
        known = np.flatnonzero(self.core.composite.notna().to_numpy())
        self.last: int | None = int(known[-1]) if len(known) else None

    def composite(self, row: int) -> float:
        return float(self.composed[self.state.industry.id].whole.value[row])

    def standing(self, row: int) -> Standing:
        return Standing(
            self.dates.months[row],
            self.dates.decisions[row],
            self.composite(row),
            float(self.core.signal.iloc[row]),
        )

    def aligned(self, id: str, row: int) -> list[Aligned]:
        """Return a model's members up to a row."""
        return [_upto(one.aligned, row) for one in self.entries[id]]


class _Moved:
    """What the values of a new decision add to those of an old one, model by model."""

    def __init__(self, old: _Computed, new: _Computed, then: int, now: int) -> None:
        self.old, self.new, self.then, self.now = old, new, then, now
        self.values: dict[str, tuple[float, np.ndarray]] = {}
        for id, model in new.models.items():
            self.values[id] = self._value(id, model)

    def over_common(self) -> tuple[float, float]:
        """Return both composites over the members that both decisions have."""
        id = self.new.state.industry.id
        there = [
            np.array([not np.isnan(a.score[-1]) for a in one.aligned(id, row)])
            for one, row in ((self.old, self.then), (self.new, self.now))
        ]
        common = there[0] & there[1]
        found = []
        for one, row, own in zip((self.old, self.new), (self.then, self.now), there, strict=True):
            if np.array_equal(own, common):
                found.append(one.composite(row))
            else:
                rows = _without(one.aligned(id, row), ~common)
                months = one.dates.months[: row + 1]
                made = compose(one.models[id], rows, months, one.settings)
                found.append(float(made.whole.value[-1]))
        return found[0], found[1]

    def _value(self, id: str, model: Industry) -> tuple[float, np.ndarray]:
        settings = self.new.settings
        then = {e.indicator.id: e for e in self.old.entries.get(id, [])}
        rows = []
        for one in self.new.entries[id]:
            aligned = _upto(one.aligned, self.now)
            previous = aligned.previous.copy()
            previous[-1] = self._before(one, aligned, then.get(one.indicator.id), settings)
            rows.append(replace(aligned, previous=previous))
        made = compose(model, rows, self.new.dates.months[: self.now + 1], settings)
        return float(made.whole.change[-1]), made.change_contributions[-1]

    def _before(self, one: Entry, now: Aligned, then: Entry | None, settings: Settings) -> float:
        """Return a member's old value, scored as the new decision scores."""
        if then is None or np.isnan(then.aligned.score[self.then]):
            return float("nan")
        member: Indicator = one.indicator
        other = self.values.get(member.composite)
        plain = np.array_equal(now.transformed, now.raw, equal_nan=True)
        if one.observed is None and other is not None and plain:
            value = now.raw[-1:] - other[0]
        else:
            value = then.aligned.transformed[self.then : self.then + 1]
        return float(scored(value, now.centre[-1:], now.unit[-1:], member, settings)[0])


def _nowhere(old: _Computed, new: _Computed) -> tuple[Standing, Standing]:
    rows = [len(one.dates.months) - 1 if one.last is None else one.last for one in (old, new)]
    return old.standing(rows[0]), new.standing(rows[1])


def _row(one: _Computed, month: pd.Timestamp) -> int:
    """Return the row of a month; the nearest where prices decide other months now."""
    found = int(one.dates.months.searchsorted(month))
    return min(found, len(one.dates.months) - 1)


def _upto(aligned: Aligned, row: int) -> Aligned:
    return Aligned(**{name: value[: row + 1] for name, value in vars(aligned).items()})


def _without(rows: Sequence[Aligned], left_out: np.ndarray) -> list[Aligned]:
    """Return members with the last score of some of them taken out."""
    found = []
    for aligned, out in zip(rows, left_out, strict=True):
        score = aligned.score.copy()
        score[-1] = np.nan if out else score[-1]
        found.append(replace(aligned, score=score))
    return found


def _kept_values(before: Panel, after: Panel) -> Panel:
    """Return the old values under the new headers, in the new calendar as far as the old one."""
    series = {id: _headed(one, after.series.get(id)) for id, one in before.series.items()}
    return replace(before, series=series)


def _revised(before: Panel, after: Panel) -> Panel:
    """Return the old months with the values that they have now, and the new prices."""
    series: dict[str, Observations] = {}
    for id, one in before.series.items():
        now = after.series.get(id)
        if now is not None:
            kept = now.frame.index.isin(one.frame.index)
            series[id] = replace(now, frame=now.frame[kept])
    return replace(after, series=series)


def _headed(one: Observations, now: Observations | None) -> Observations:
    if now is None:
        return one
    return replace(one, unit=now.unit, name=now.name, source=now.source, breaks=now.breaks)
