"""Every model recomputed a second time, from docs/method.md and nothing else.

Plain loops over months, sharing no code with the model but the definitions and the dates on which
values became public. Slow and simple on purpose: it is what the numbers are checked against.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from prosperity.catalog import catalog
from prosperity.definition import Indicator, Industry
from prosperity.engine import evaluate
from prosperity.evaluation import IndustryResult
from prosperity.panel import Panel
from prosperity.simulation import simulate

nan = math.nan
Values = list[float]
#: Standard deviations by which the two may differ.
TOLERANCE = 1e-12


def lacking(values: Values) -> bool:
    return any(math.isnan(v) for v in values)


# --- from a series to a score -------------------------------------------------------------------


def looked_back(values: Values, months: int, combine: Callable[[float, float], float]) -> Values:
    return [combine(v, values[t - months]) if t >= months else nan for t, v in enumerate(values)]


def growth(now: float, base: float) -> float:
    return (now / base - 1) * 100 if base > 0 else nan


def mean_of(values: Values, months: int) -> Values:
    out = []
    for t, value in enumerate(values):
        known = [v for v in values[max(0, t - months + 1) : t + 1] if not math.isnan(v)]
        enough = 2 * len(known) >= months and not math.isnan(value)
        out.append(sum(known) / len(known) if enough else nan)
    return out


def sum_of(values: Values, months: int) -> Values:
    first = next((t for t, v in enumerate(values) if not math.isnan(v)), len(values))
    out = []
    for t, value in enumerate(values):
        known = [v for v in values[max(0, t - months + 1) : t + 1] if not math.isnan(v)]
        enough = t - months + 1 >= first and months - len(known) <= months // 12
        out.append(sum(known) * months / len(known) if enough and value == value else nan)
    return out


def lagged(values: Values, months: int) -> Values:
    return looked_back(values, months, lambda now, then: nan if math.isnan(now) else then)


STEPS: Mapping[str, Callable[[Values, int], Values]] = {
    "level": lambda v, n: v,
    "yoy": lambda v, n: looked_back(v, 12, growth),
    "diff": lambda v, n: looked_back(v, n, lambda now, then: now - then),
    "ma": mean_of,
    "sum": sum_of,
    "lag": lagged,
}


@dataclass
class Score:
    """An indicator, or a model, as known on each decision date, and what it was made of."""

    score: Values = field(default_factory=list)
    previous: Values = field(default_factory=list)


def clip(value: float) -> float:
    return value if math.isnan(value) else max(-3.0, min(3.0, value))


def standardised(values: Values, t: int) -> tuple[float, float]:
    """Return mean and deviation of the values up to ``t``; NaN with fewer than 36."""
    known = [v for v in values[: t + 1] if not math.isnan(v)]
    if len(known) < 36:
        return nan, nan
    mean = math.fsum(known) / len(known)
    return mean, math.sqrt(math.fsum((v - mean) ** 2 for v in known) / (len(known) - 1))


def published(indicator: Indicator, panel: Panel) -> tuple[dict[int, tuple[float, object]], set]:
    """Return (value, release date) by month number, and the breaks."""

    def own(id: str) -> dict[int, tuple[float, object]]:
        frame = panel.series[id].frame
        months = frame.index.year * 12 + frame.index.month
        return dict(zip(months, zip(frame["value"], frame["release"], strict=True), strict=True))

    names = indicator.parsed.names if indicator.parsed else (indicator.id,)
    breaks = {12 * b.year + b.month for n in names for b in panel.series[n].breaks}
    if indicator.parsed is None:
        return own(indicator.id), breaks
    parts = {n: own(n) for n in names}
    found = {}
    for month in sorted(set.intersection(*(set(p) for p in parts.values()))):
        python = eval(indicator.parsed.text, {}, {n: p[month][0] for n, p in parts.items()})
        found[month] = python, max(p[month][1] for p in parts.values())
    return found, breaks


def lag_in(stated: object, number: int) -> int:
    """Return the days of a lag: ``12``; ``1; 2017-01: 0`` from that month; ``02: 1`` each year."""
    first, *others = str(stated).split(";")
    days, yearly = first, None
    for part in others:
        since, _, value = part.rpartition(":")
        year, _, month = since.strip().rpartition("-")
        if year and number >= 12 * int(year) + int(month):
            days = value
        elif not year and (number - 1) % 12 + 1 == int(month):
            yearly = value
    return int(days if yearly is None else yearly)


def from_series(
    indicator: Indicator, lag_days: object, panel: Panel, result: IndustryResult
) -> Score:
    found, breaks = published(indicator, panel)
    start = min(found)
    months = list(range(start, max(found) + 1))
    stretches = [m for m in months if m in breaks or m == start]
    values: Values = []
    for first, after in zip(stretches, [*stretches[1:], months[-1] + 1], strict=True):
        part = [found[m][0] if m in found else nan for m in range(first, after)]
        for step in indicator.chain:
            part = STEPS[step.name](part, step.months or 0)
        values += mean_of(part, 3) if indicator.denoise else part
    moments = [standardised(values, t) for t in range(len(values))]
    out, seen = Score(), Values()
    for month, decision in result.decisions.items():
        number = 12 * month.year + month.month
        usable = [
            t
            for t, m in enumerate(months)
            if m in found
            and found[m][1] <= decision
            and not math.isnan((values[t] - moments[t][0]) / moments[t][1])
        ]
        steps = 2 if indicator.frequency == "Q" else 0
        t = usable[-1] if usable else None
        due = math.ceil(lag_in(lag_days, months[t]) / 31) + steps if t is not None else 0
        if t is not None and number - months[t] > due + 3:
            t = None
        mean, spread = moments[t] if t is not None else (nan, nan)
        seen.append(values[t] if t is not None else nan)
        before = seen[-2] if len(seen) > 1 else nan
        out.score.append(clip(indicator.sign * (seen[-1] - mean) / spread))
        out.previous.append(clip(indicator.sign * (before - mean) / spread))
    return out


def from_model(indicator: Indicator, value: Values, change: Values) -> Score:
    out = Score()
    for t, (now, moved) in enumerate(zip(value, change, strict=True)):
        mean, spread = standardised(value, t) if indicator.standardise else (0.0, 1.0)
        out.score.append(clip(indicator.sign * (now - mean) / spread))
        out.previous.append(clip(indicator.sign * (now - moved - mean) / spread))
    return out


# --- composites ---------------------------------------------------------------------------------


def mean_at(parts: list[Score], weights: Values, t: int, least: float = 0.5) -> tuple[float, float]:
    def mean(usable: list[int]) -> tuple[float, list[float]]:
        held = sum(weights[k] for k in usable)
        if not usable or held <= 0 or held < least * sum(weights) - 1e-12:
            return nan, []
        return held, [weights[k] / held for k in usable]

    now = [k for k, p in enumerate(parts) if not math.isnan(p.score[t]) and weights[k] > 0]
    both = [k for k in now if not math.isnan(parts[k].previous[t])]
    held, shares = mean(now)
    value = sum(s * parts[k].score[t] for s, k in zip(shares, now, strict=False)) if shares else nan
    _, shares = mean(both)
    moves = [parts[k].score[t] - parts[k].previous[t] for k in both]
    change = sum(s * m for s, m in zip(shares, moves, strict=False)) if shares else nan
    return value, change if not math.isnan(held) else nan


def shared(parts: list[Score], a: int, b: int, t: int) -> tuple[Values, Values]:
    rows = [s for s in range(t + 1) if not lacking([parts[a].score[s], parts[b].score[s]])]
    return [parts[a].score[s] for s in rows], [parts[b].score[s] for s in rows]


def component_at(parts: list[Score], weights: Values, anchor: int, t: int) -> tuple[float, float]:
    members = [
        k
        for k, p in enumerate(parts)
        if not math.isnan(p.score[t]) and weights[k] > 0 and len(shared(parts, k, k, t)[0]) >= 36
    ]
    while True:
        short = [
            k for k in members for j in members if len(shared(parts, k, j, t)[0]) < 36 and k != j
        ]
        if not short:
            break
        members.remove(min(short, key=lambda k: (len(shared(parts, k, k, t)[0]), -k)))
    held = sum(weights[k] for k in members)
    if len(members) < 2 or held < 0.5 * sum(weights) - 1e-12:
        return mean_at(parts, weights, t)
    matrix = np.eye(len(members))
    for i, a in enumerate(members):
        for j, b in enumerate(members):
            if i != j:
                matrix[i, j] = np.corrcoef(*shared(parts, a, b, t))[0, 1]
    roots, vectors = np.linalg.eigh(matrix)
    if roots[0] < -1e-12:
        matrix = vectors @ np.diag(np.maximum(roots, 0)) @ vectors.T
        scale = np.sqrt(np.diag(matrix))
        roots, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    loading = vectors[:, -1] / math.sqrt(roots[-1])
    lead = loading[members.index(anchor)] if anchor in members else loading.sum()
    loading = -loading if lead < 0 else loading
    value, change, known = 0.0, 0.0, 0.0
    for k, weight in zip(members, loading, strict=True):
        own, _ = shared(parts, k, k, t)
        now, before = parts[k].score[t], parts[k].previous[t]
        value += weight * (now - np.mean(own)) / np.std(own)
        if not math.isnan(before):
            change += weight * (now - before) / np.std(own)
            known += weights[k]
    return value, change if known >= 0.5 * held - 1e-12 else nan


def difference_at(parts: list[Score], weights: Values, t: int) -> tuple[float, float]:
    value, change = mean_at(parts, weights, t, least=1.0)
    past = [mean_at(parts, weights, s, least=1.0)[0] for s in range(t + 1)]
    mean, spread = standardised(past, t)
    return (value, change) if math.isnan(mean) else ((value - mean) / spread, change / spread)


def combined(method: str, parts: list[Score], weights: list[Values], anchor: int) -> Score:
    out = Score()
    for t, row in enumerate(weights):
        if method == "first_component":
            value, change = component_at(parts, row, anchor, t)
        elif method == "difference":
            value, change = difference_at(parts, row, t)
        else:
            value, change = mean_at(parts, row, t)
        out.score.append(value)
        out.previous.append(value - change)
    return out


def composite(model: Industry, parts: list[Score], months: pd.DatetimeIndex) -> Score:
    members = model.members
    starts = [pd.Period(m.start or "1900-01", "M") for m in members]
    weights = [
        [
            m.weight if month.to_period("M") >= start else 0.0
            for m, start in zip(members, starts, strict=True)
        ]
        for month in months
    ]
    names = [m.id for m in members]
    if model.method in ("equal_weight", "first_component"):
        anchor = names.index(model.anchor) if model.anchor else -1
        return combined(model.method, parts, weights, anchor)
    inner, outer = [], Score()
    for dimension in model.dimensions:
        places = [k for k, m in enumerate(members) if m.dimension == dimension.id]
        anchor = next((n for n, k in enumerate(places) if names[k] == dimension.anchor), -1)
        rows = [[row[k] for k in places] for row in weights]
        inner.append(combined(dimension.method, [parts[k] for k in places], rows, anchor))
    factors = [d.weight for d in model.dimensions]
    for t in range(len(months)):
        if model.method == "dimensions":
            value, change = mean_at(inner, factors, t)
        else:
            used = [(f, d) for f, d in zip(factors, inner, strict=True) if f]
            value = sum(f * d.score[t] for f, d in used)
            change = sum(f * (d.score[t] - d.previous[t]) for f, d in used)
        outer.score.append(value)
        outer.previous.append(value - change)
    return outer


# --- the comparison -----------------------------------------------------------------------------


@cache
def world() -> Panel:
    """Simulated series: a fifth with holes, a fifth with a break, a fifth that starts late."""
    panel = simulate(catalog().values(), first="2002-01", last="2015-12")
    generator = np.random.default_rng(11)
    series = dict(panel.series)
    for n, (id, observed) in enumerate(panel.series.items()):
        frame = observed.frame
        if n % 5 == 1:
            kept = np.sort(generator.permutation(len(frame))[2:])
            series[id] = replace(observed, frame=frame.iloc[kept])
        if n % 5 == 2:
            series[id] = replace(observed, breaks=(frame.index[len(frame) // 2],))
        if n % 5 == 3:
            series[id] = replace(observed, frame=frame.iloc[40:])
    return replace(panel, series=series)


@cache
def evaluation() -> Mapping[str, IndustryResult]:
    return evaluate(world(), catalog().values(), required=()).results


def recomputed(model: Industry) -> Score:
    """Return a model's composite by the plain way; the models that it uses are as evaluated."""
    result = evaluation()[model.id]
    parts = []
    for member in model.members:
        if member.composite:
            other = evaluation()[member.composite]
            score = from_model(member, other.composite.tolist(), other.change.tolist())
            columns = (pd.Series(v, index=other.months) for v in (score.score, score.previous))
            parts.append(Score(*(c.reindex(result.months).tolist() for c in columns)))
            continue
        slowest = model.as_published(member)
        plain = replace(member, frequency=slowest.frequency)
        parts.append(from_series(plain, slowest.lag_days, world(), result))
    return composite(model, parts, result.months)


def held(change: Values) -> Values:
    """Marginally up: 1 after a rise, 0 after a fall, and as before where nothing moved."""
    out: Values = []
    last = nan
    for now in change:
        last = last if math.isnan(now) or now == 0 else float(now > 0)
        out.append(nan if math.isnan(now) else last)
    return out


@pytest.mark.parametrize("id", catalog())
def test_a_second_computation_gives_the_same_numbers(id: str) -> None:
    model, result = catalog()[id], evaluation()[id]
    expected = recomputed(model)
    change = np.subtract(expected.score, expected.previous)
    np.testing.assert_allclose(result.composite, expected.score, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(result.change, change, rtol=0, atol=TOLERANCE)
    assert result.composite.notna().sum() > 12
    if model.rule == "marginal_up":
        clear = ~(np.abs(result.change) < TOLERANCE) | (result.change == 0)
        signal = np.array(held(result.change.tolist()))
        np.testing.assert_array_equal(result.signal[clear], signal[clear])


def test_the_world_has_what_makes_the_numbers_hard() -> None:
    notices = {n.code for result in evaluation().values() for n in result.notices}
    assert {"definition_break", "holes_cost_months"} <= notices
    assert any(result.explained.notna().any(axis=None) for result in evaluation().values())
