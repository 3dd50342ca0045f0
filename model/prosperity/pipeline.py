"""One model, from its indicators' values to its composite and signal.

The steps stand one after the other and pass plain arrays on, (T x K) over decision months and
members: align, combine inside dimensions, combine the dimensions, apply the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from prosperity import rules
from prosperity.align import Aligned, align_all, like_for_like, source_observations
from prosperity.calendar import month_number
from prosperity.composite import Combination, nested
from prosperity.definition import Dimension, Indicator, Industry
from prosperity.methods import METHODS, Methods, Parts
from prosperity.nowcast.align import align_nowcast
from prosperity.panel import Observations, Panel
from prosperity.scoring import STAGES, chain_of, is_published_growth, moments_of, scored
from prosperity.settings import Settings
from prosperity.transforms import Cost, apply_chain, cost_of_holes, monthly


@dataclass(frozen=True)
class Timeline:
    """The months of a run and their decision dates, both of length T."""

    months: pd.DatetimeIndex
    decisions: pd.DatetimeIndex


@dataclass(frozen=True)
class Core:
    """A model without its backtest; frames over the months of its timeline.

    See :class:`prosperity.evaluation.IndustryResult` for the fields of the same names. ``stale``
    says where a value was too old, ``estimated`` where it is a nowcast; ``missing`` names the
    indicators without data, ``growth`` those whose column already held growth rates, ``breaks``
    the months in which a definition changes, ``costs`` which holes leave which other months
    without a value.
    """

    composite: pd.Series[float]
    change: pd.Series[float]
    signal: pd.Series[float]
    grade: pd.Series[float]
    state: pd.Series[str]
    dimensions: pd.DataFrame
    dimension_changes: pd.DataFrame
    contributions: pd.DataFrame
    change_contributions: pd.DataFrame
    weights: pd.DataFrame
    stages: Mapping[str, pd.DataFrame]
    periods: pd.DataFrame
    releases: pd.DataFrame
    stale: pd.DataFrame
    estimated: pd.DataFrame
    explained: pd.DataFrame
    missing: tuple[str, ...]
    growth: tuple[str, ...]
    breaks: Mapping[str, tuple[pd.Timestamp, ...]]
    costs: Mapping[str, Cost]


def compute(
    industry: Industry,
    panel: Panel,
    timeline: Timeline,
    used: Mapping[str, Core],
    settings: Settings,
) -> Core:
    """Compute one model.

    Parameters
    ----------
    industry, panel, settings
        What, from what, how.
    timeline
        Months and decision dates.
    used
        The models whose composites this one uses, on the same timeline; one that is absent
        leaves its indicator without values.
    """
    entries = entries_of(industry, industry.members, panel, timeline, used, settings)
    composed = compose(industry, [e.aligned for e in entries], timeline.months, settings)
    return decide(industry, entries, composed, timeline.months, settings)


@dataclass(frozen=True)
class Entry:
    """A member of a model as known on each decision date: the first step of the pipeline.

    ``missing`` says that it has no data, ``growth`` that its column already held growth rates,
    ``breaks`` where its definition changes within its data; ``observed`` is what was published.
    """

    indicator: Indicator
    aligned: Aligned
    missing: bool = False
    growth: bool = False
    breaks: tuple[pd.Timestamp, ...] = ()
    observed: Observations | None = None


def entries_of(
    industry: Industry,
    members: Sequence[Indicator],
    panel: Panel,
    timeline: Timeline,
    used: Mapping[str, Core],
    settings: Settings,
) -> list[Entry]:
    """Align members of a model, in their order; see :func:`compute` for the arguments."""
    observed = {member.id: source_observations(member, panel) for member in members}
    published = [m for m in members if not _is_composite(m, observed[m.id], used)]
    given = [(observed[m.id], industry.as_published(m)) for m in published]
    if settings.timing == "nowcast":
        dates = _dates(timeline)
        aligned = [align_nowcast(industry, m, panel, *dates, settings) for m in published]
    else:
        aligned = align_all(given, *_dates(timeline), settings)
    by_id = dict(zip((m.id for m in published), aligned, strict=True))
    return [
        _entry(m, observed[m.id], by_id[m.id])
        if m.id in by_id
        else Entry(m, _from_composite(used[m.composite], m, settings))
        for m in members
    ]


def _is_composite(
    member: Indicator, observed: Observations | None, used: Mapping[str, Core]
) -> bool:
    """Whether a member without data of its own is another model's composite."""
    other = used.get(member.composite)
    return observed is None and other is not None and bool(other.composite.notna().any())


def _entry(member: Indicator, observed: Observations | None, aligned: Aligned) -> Entry:
    if observed is None or observed.frame.empty:
        return Entry(member, aligned, missing=True, observed=observed)
    growth = is_published_growth(member, observed.unit)
    return Entry(member, aligned, growth=growth, breaks=_inside(observed), observed=observed)


def _dates(timeline: Timeline) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    return timeline.months, timeline.decisions


def _cost(entry: Entry, settings: Settings) -> Cost:
    """Return what holes in a member's series cost its chain."""
    observed = entry.observed
    if observed is None or observed.frame.empty:
        return Cost()
    numbers = month_number(pd.DatetimeIndex(observed.frame.index))
    if numbers[-1] - numbers[0] + 1 == len(numbers):
        return Cost()
    chain = chain_of(entry.indicator, observed.unit)
    values = monthly(observed.frame["value"])
    return cost_of_holes(values, chain, observed.breaks, holes=settings.sum_holes)


def _inside(observed: Observations) -> tuple[pd.Timestamp, ...]:
    """Return the breaks that part values from others."""
    index = observed.frame.index
    return tuple(month for month in observed.breaks if index[0] < month <= index[-1])


@dataclass(frozen=True)
class Composed:
    """The second step: dimensions and composite, as arrays over months and members."""

    whole: Combination
    inner: list[Combination]
    contributions: np.ndarray
    change_contributions: np.ndarray
    weights: np.ndarray


def compose(
    industry: Industry,
    aligned: Sequence[Aligned],
    months: pd.DatetimeIndex,
    settings: Settings,
    methods: Methods = METHODS,
    before: np.ndarray | None = None,
) -> Composed:
    """Combine the members' scores, in the order of ``industry.members``.

    With the members' scores ``before`` (R, K), ``months`` are one month, repeated, and the rows of
    ``aligned`` alternatives for it.

    Raises
    ------
    DefinitionError
        When a method of the model is not among the ``methods``.
    """
    members = Parts(
        scores=np.column_stack([a.score for a in aligned]),
        previous=np.column_stack([a.previous for a in aligned]),
        weights=member_weights(industry.members, months),
        before=before,
    )
    inner, places = _dimension_scores(industry, members, settings, methods)
    if industry.method in methods.dimensions:
        whole = _over_dimensions(industry, inner, settings, methods)
        level, change = nested(whole, inner, places, members.scores.shape[1])
        used = _inner_weights(inner, places, members.scores.shape)
    else:
        anchored = replace(members, anchor=_place(industry.members, industry.anchor))
        whole = methods.over_parts(industry.method)(anchored, settings)
        level, change, used = whole.contribution, whole.change_contribution, whole.weight
    return Composed(whole, inner, level, change, used)


def signal_of(industry: Industry, composed: Composed, settings: Settings) -> np.ndarray:
    """Return the signal (T,) of a composed model: the third step."""
    by_states = industry.rule == "states"
    directions = _directions(industry, composed.inner, settings) if by_states else {}
    return _signal(industry, composed.whole, directions, settings)


def decide(
    industry: Industry,
    entries: Sequence[Entry],
    composed: Composed,
    months: pd.DatetimeIndex,
    settings: Settings,
) -> Core:
    """Apply the rule, and put everything into frames."""
    members, whole, inner = industry.members, composed.whole, composed.inner
    aligned = [e.aligned for e in entries]
    directions = _directions(industry, inner, settings)
    signal = _signal(industry, whole, directions, settings)
    by_states = industry.rule == "states"
    grade = rules.grades(whole.change, signal, by_states=by_states, band=settings.grade_band)
    return Core(
        composite=pd.Series(whole.value, index=months),
        change=pd.Series(whole.change, index=months),
        signal=pd.Series(signal, index=months),
        grade=pd.Series(grade, index=months),
        state=pd.Series(_state_texts(industry, directions, len(months)), index=months),
        dimensions=_frame([c.value for c in inner], industry.dimensions, months),
        dimension_changes=_frame([c.change for c in inner], industry.dimensions, months),
        contributions=_frame(composed.contributions.T, members, months),
        change_contributions=_frame(composed.change_contributions.T, members, months),
        weights=_frame(composed.weights.T, members, months),
        stages={
            stage: _frame([getattr(a, stage) for a in aligned], members, months) for stage in STAGES
        },
        periods=_frame([a.period for a in aligned], members, months),
        releases=_frame([a.release for a in aligned], members, months),
        stale=_frame([a.stale for a in aligned], members, months),
        estimated=_frame([a.estimated for a in aligned], members, months),
        explained=_explained(industry, whole, inner, months),
        missing=tuple(e.indicator.id for e in entries if e.missing),
        growth=tuple(e.indicator.id for e in entries if e.growth),
        breaks={e.indicator.id: e.breaks for e in entries if e.breaks},
        costs={e.indicator.id: cost for e in entries if (cost := _cost(e, settings)).lost},
    )


def _directions(
    industry: Industry, inner: Sequence[Combination], settings: Settings
) -> dict[str, np.ndarray]:
    return {
        d.id: rules.direction(part.change, dead_band=settings.dead_band)
        for d, part in zip(industry.dimensions, inner, strict=True)
    }


def member_weights(members: tuple[Indicator, ...], months: pd.DatetimeIndex) -> np.ndarray:
    """Return the weights (T, K); 0 before the month from which an indicator is a member."""
    weights = np.tile([m.weight for m in members], (len(months), 1)).astype(float)
    for k, member in enumerate(members):
        if member.start:
            weights[months < pd.Timestamp(member.start) + pd.offsets.MonthEnd(0), k] = 0.0
    return weights


def _from_composite(core: Core, indicator: Indicator, settings: Settings) -> Aligned:
    """Take another model's composite as an input.

    The previous score is that model's like-for-like previous value under the moments of the
    present month, so that a re-estimation over there is no move over here. Where the definition
    puts a chain on the composite, the chain's own earlier value is compared.
    """
    raw = core.composite
    transformed = apply_chain(raw, indicator.chain, holes=settings.sum_holes)
    centre, unit = moments_of(transformed, indicator, settings)
    score = scored(transformed, centre, unit, indicator, settings)
    known = raw.notna().to_numpy()
    newest = {
        name: frame.max(axis=1).to_numpy("datetime64[ns]", copy=True)
        for name, frame in (("period", core.periods), ("release", core.releases))
    }
    for column in newest.values():
        column[~known] = np.datetime64("NaT")
    aligned = Aligned(
        raw=raw.to_numpy(),
        transformed=transformed.to_numpy(),
        score=score.to_numpy(),
        centre=centre.to_numpy(),
        unit=unit.to_numpy(),
        previous=np.full(len(raw), np.nan),
        stale=np.zeros(len(raw), dtype=bool),
        estimated=core.estimated.any(axis=1).to_numpy(bool) & known,
        **newest,
    )
    if transformed.equals(raw):
        before = scored(raw - core.change, centre, unit, indicator, settings).to_numpy()
    else:
        before = like_for_like(aligned, indicator, settings)
    return replace(aligned, previous=before)


def _dimension_scores(
    industry: Industry, members: Parts, settings: Settings, methods: Methods
) -> tuple[list[Combination], list[np.ndarray]]:
    """Return each dimension's combination, and the columns of its members."""
    inner, places = [], []
    for dimension in industry.dimensions:
        columns = np.array(
            [k for k, m in enumerate(industry.members) if m.dimension == dimension.id], int
        )
        parts = Parts(
            members.scores[:, columns],
            members.previous[:, columns],
            members.weights[:, columns],
            _place([industry.members[k] for k in columns], dimension.anchor),
            None if members.before is None else members.before[:, columns],
        )
        inner.append(methods.over_parts(dimension.method)(parts, settings))
        places.append(columns)
    return inner, places


def _place(members: Sequence[Indicator], id: str) -> int:
    """Return the place of the indicator called ``id``; -1 where it is not among them."""
    return next((n for n, member in enumerate(members) if member.id == id), -1)


def _over_dimensions(
    industry: Industry, inner: list[Combination], settings: Settings, methods: Methods
) -> Combination:
    value = np.column_stack([c.value for c in inner])
    before = value - np.column_stack([c.change for c in inner])
    factors = np.array([d.weight for d in industry.dimensions])
    return methods.dimensions[industry.method](Parts(value, before, factors), settings)


def _signal(
    industry: Industry,
    whole: Combination,
    directions: Mapping[str, np.ndarray],
    settings: Settings,
) -> np.ndarray:
    if industry.rule == "marginal_up":
        return rules.marginal_up(
            whole.change, dead_band=settings.dead_band, confirm=settings.confirm
        )
    return rules.confirmed(rules.states(directions, industry.hold_states), settings.confirm)


def _state_texts(industry: Industry, directions: Mapping[str, np.ndarray], size: int) -> list[str]:
    """Return texts such as ``demand+ supply-``; ``?`` where a direction is not known."""
    if industry.rule != "states":
        return [""] * size
    marks = {1.0: "+", -1.0: "-"}
    rows = zip(*directions.values(), strict=True)
    return [
        " ".join(f"{id}{marks.get(d, '?')}" for id, d in zip(directions, row, strict=True))
        for row in rows
    ]


def _inner_weights(
    inner: list[Combination], places: list[np.ndarray], shape: tuple[int, ...]
) -> np.ndarray:
    weights = np.zeros(shape)
    for part, columns in zip(inner, places, strict=True):
        weights[:, columns] = part.weight
    return weights


def _explained(
    industry: Industry, whole: Combination, inner: list[Combination], months: pd.DatetimeIndex
) -> pd.DataFrame:
    shares = {
        d.id: part.explained
        for d, part in zip(industry.dimensions, inner, strict=True)
        if d.method == "first_component"
    }
    if industry.method == "first_component":
        shares["composite"] = whole.explained
    return pd.DataFrame(shares, index=months)


def _frame(
    columns: Iterable[np.ndarray],
    items: Sequence[Indicator] | Sequence[Dimension],
    months: pd.DatetimeIndex,
) -> pd.DataFrame:
    """Return a frame of months by the items' ids, from one array an item."""
    ids = [item.id for item in items]
    named = dict(zip(ids, columns, strict=True))
    return pd.DataFrame(named, index=months)
