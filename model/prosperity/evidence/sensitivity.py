"""What becomes of a result when one choice is changed, and when several are.

The default is one of many settings that could have been chosen. Where it stands among them, and
how wide they spread, says more than its own return. Nothing here looks ahead that the base
settings do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from prosperity.definition import Indicator, Industry
from prosperity.errors import DefinitionError
from prosperity.evidence.replay import Outcome, Replay
from prosperity.evidence.trials import Axis, Grid, Trial, Value

#: Settings that are changed one at a time, with the values that each takes.
ONE_AT_A_TIME: dict[str, tuple[Value, ...]] = {
    "denoise": ("ma", "ema", "hp", "none"),
    "denoise_months": (1, 2, 3, 4, 6),
    "window": (None, 60, 120),
    "min_obs": (24, 36, 60),
    "clip": (2.0, 3.0, 100.0),
    "lookback": (1, 2, 3),
    "dead_band": (0.0, 0.02, 0.05, 0.1),
    "confirm": (1, 2, 3),
    "extra_lag_months": (0, 1, 2),
    "max_carry": (1, 3, 6),
    "delay_days": (0, 1, 5),
    "cost_bps": (0.0, 10.0, 30.0),
}
#: Settings that are changed together.
TOGETHER: dict[str, tuple[Value, ...]] = {
    "denoise": ("ma", "ema"),
    "denoise_months": (1, 3, 6),
    "window": (None, 120),
    "lookback": (1, 3),
    "dead_band": (0.0, 0.05),
    "confirm": (1, 2),
}
#: Factors on one indicator's weight.
WEIGHTS = (0.5, 2.0)
#: What is shown of each trial.
SHOWN = (
    "strategy_return",
    "excess_over_benchmark",
    "sharpe",
    "information_ratio",
    "max_drawdown",
    "switches",
)
RANKED = "excess_over_benchmark"


@dataclass(frozen=True)
class Change:
    """A named trial: the group it belongs to, what it is called there, and whether it is base."""

    group: str
    value: str
    trial: Trial
    base: bool = False


@dataclass(frozen=True)
class Sensitivity:
    """Trials one at a time and together.

    Attributes
    ----------
    changes : DataFrame
        A row a trial: ``group``, ``value``, ``base``, the statistics of :data:`SHOWN`, and
        ``agreement``, the share of decisions that equal the base's.
    groups : DataFrame
        By group: ``count`` of trials, ``low``, ``middle`` and ``high`` of the excess over the
        benchmark, the ``base``'s own, its ``rank`` from 1 (best), and the mean ``agreement`` of
        the others with it.
    grid : DataFrame
        A row a combination of :data:`TOGETHER`: the settings, the statistics, ``agreement``.
    refused : tuple of str
        Changes that make no valid definition, such as leaving out the only indicator.
    trials : tuple of Trial
        All different trials, the base first: what the deflated Sharpe ratio counts.
    """

    changes: pd.DataFrame
    groups: pd.DataFrame
    grid: pd.DataFrame
    refused: tuple[str, ...]
    trials: tuple[Trial, ...]

    @cached_property
    def rank(self) -> tuple[int, int]:
        """Rank of the base in the grid by excess (1 is best), and the number of combinations.

        A base that is not in the grid is ranked as if it were.
        """
        own = float(self.changes.loc[self.changes["base"], RANKED].iloc[0])
        others = self.grid[RANKED].to_numpy()
        return 1 + int((others > own + 1e-12).sum()), len(others)


def sensitivity(replay: Replay) -> Sensitivity:
    """Change one thing at a time, and the main settings together.

    Raises
    ------
    DataError
        Without prices of index and benchmark.
    """
    refused: list[str] = []
    usable: list[Change] = []
    for change in changes_of(replay):
        try:
            replay.definition(change.trial)
        except DefinitionError:
            refused.append(f"{change.group}: {change.value}")
        else:
            usable.append(change)
    base = Trial()
    grid = Grid.of(Axis(name, values) for name, values in TOGETHER.items())
    combined = [grid.trial(n) for n in range(grid.size)]
    one = replay.run([change.trial for change in usable])
    many = replay.run(combined)
    reference = replay.run([base]).positions[:, 0]
    rows = replay.course().rows
    changes = pd.DataFrame(
        {
            "group": [c.group for c in usable],
            "value": [c.value for c in usable],
            "base": [c.base for c in usable],
            **_shown(one, reference, rows),
        }
    )
    settings = pd.DataFrame([dict(t.settings) for t in combined])
    together = pd.concat([settings, pd.DataFrame(_shown(many, reference, rows))], axis=1)
    every = dict.fromkeys(_plain(t, replay) for t in (base, *(c.trial for c in usable), *combined))
    return Sensitivity(
        changes=changes,
        groups=_groups(changes),
        grid=together,
        refused=tuple(refused),
        trials=tuple(every),
    )


def changes_of(replay: Replay) -> Iterator[Change]:
    """Give the trials that are made one at a time, the base in every group of settings."""
    settings, industry = replay.settings, replay.industry
    for name, values in ONE_AT_A_TIME.items():
        own = getattr(settings, name)
        for value in dict.fromkeys((own, *values)):
            shown = "–" if value is None else f"{value:g}" if not isinstance(value, str) else value
            yield Change(name, shown, Trial(((name, value),)), base=value == own)
    held = {e.indicator.id for e in replay.entries() if not e.missing}
    members = [m for m in industry.members if m.id in held]
    for member in members if len(members) > 1 else ():
        yield Change("leave_out", member.id, without(industry, member))
    for member in members if len(members) > 1 else ():
        for factor in WEIGHTS if _weighted(industry, member) else ():
            weight = f"indicator.{member.id}.weight = {member.weight * factor:.12g}"
            yield Change("weight", f"{member.id} ×{factor:g}", Trial(changes=(weight,)))
    for member in members:
        for other in _stand_ins(replay, member):
            yield Change(
                "alternative", f"{member.id} → {other.id}", swapped(industry, member, other)
            )
    for variant in industry.variants:
        yield Change("variant", variant.id, Trial(changes=(variant.changes,)))


def _weighted(industry: Industry, member: Indicator) -> bool:
    """Whether the member's weight enters: a first component finds its own."""
    if industry.method in ("equal_weight", "first_component"):
        return industry.method == "equal_weight"
    return industry.dimension(member.dimension).method == "mean"


def without(industry: Industry, member: Indicator) -> Trial:
    """Return the trial that leaves a member out; another one takes its place as anchor."""
    return Trial(
        changes=(
            *_anchors(industry, member, None),
            f"indicator.{member.id}.weight = 0",
        )
    )


def swapped(industry: Industry, member: Indicator, other: Indicator) -> Trial:
    """Return the trial in which another series stands in for a member, with its weight."""
    return Trial(
        changes=(
            f"indicator.{other.id}.weight = {member.weight:.12g}",
            *_anchors(industry, member, other),
            f"indicator.{member.id}.weight = 0",
        )
    )


def _anchors(industry: Industry, member: Indicator, other: Indicator | None) -> Iterator[str]:
    """Give the changes that make another member the anchor where this one is."""
    if industry.anchor == member.id:
        rest = [m.id for m in industry.members if m is not member]
        if other or rest:
            yield f"anchor = {other.id if other else rest[0]}"
    for dimension in industry.dimensions:
        if dimension.anchor == member.id:
            rest = [
                m.id for m in industry.members if m is not member and m.dimension == dimension.id
            ]
            if other or rest:
                yield f"dimension.{dimension.id}.anchor = {other.id if other else rest[0]}"


def _stand_ins(replay: Replay, member: Indicator) -> list[Indicator]:
    """Return the series of the member's dimension that are in the book but have no weight."""
    return [
        other
        for other in replay.industry.indicators
        if other.weight == 0
        and other.dimension == member.dimension
        and other.id in replay.panel.series
        and not replay.panel.series[other.id].frame.empty
    ]


def _shown(outcome: Outcome, reference: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
    same = (outcome.positions[rows] == reference[rows, None]).mean(axis=0)
    found = {key: outcome.statistics[key].to_numpy() for key in SHOWN}
    return {**found, "agreement": same}


def _groups(changes: pd.DataFrame) -> pd.DataFrame:
    own = float(changes.loc[changes["base"], RANKED].iloc[0])
    rows = {}
    for group, part in changes.groupby("group", sort=False):
        others = part[~part["base"]]
        values = np.append(others[RANKED].to_numpy(), own)
        rows[group] = {
            "count": len(values),
            "low": values.min(),
            "middle": float(np.median(values)),
            "high": values.max(),
            "base": own,
            "rank": 1 + int((values > own + 1e-12).sum()),
            "agreement": others["agreement"].mean(),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _plain(trial: Trial, replay: Replay) -> Trial:
    """Return the trial without settings that are those of the base, so that it counts once."""
    kept = [(n, v) for n, v in trial.settings if v != getattr(replay.settings, n)]
    return replace(trial, settings=tuple(sorted(kept, key=lambda pair: pair[0])))
