"""Where a system stands on a decision: its assets in order, its inputs with their age."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from prosperity.definition import Indicator
from prosperity.systems.result import SystemResult
from prosperity.systems.spec import Input, Published, System


@dataclass(frozen=True)
class AssetStanding:
    """What a decision says of one asset; NaN where it says nothing.

    ``before`` is the weight by the decision before on which anything could be said.
    """

    id: str
    score: float
    weight: float
    before: float


@dataclass(frozen=True)
class InputStanding:
    """What a decision knew of one input or series.

    ``newest`` is the release date of its newest value, NaT where none was known, and ``age`` the
    days from there to the decision, NaN likewise.
    """

    id: str
    name_zh: str
    name_en: str
    newest: pd.Timestamp
    age: float
    provenance: str


def asset_standings(result: SystemResult, day: pd.Timestamp) -> list[AssetStanding]:
    """Return the assets as a decision sees them: best score first, those without one, the rest."""
    place = int(result.decisions.searchsorted(day))
    weights = result.positions.iloc[place]
    earlier = result.positions.iloc[:place].dropna(how="all")
    before = earlier.iloc[-1] if len(earlier) else weights * math.nan
    rest = str(weights.index[-1])
    names = list(dict.fromkeys([*map(str, result.scores), *map(str, weights.index)]))
    scores = result.scores.iloc[place].reindex(names).astype(float)
    ids = [str(id) for id in scores.sort_values(ascending=False, kind="stable").index]
    if math.isnan(scores[rest]):
        ids = [*(id for id in ids if id != rest), rest]
    return [
        AssetStanding(
            id,
            float(scores[id]),
            float(weights.get(id, math.nan)),
            float(before.get(id, math.nan)),
        )
        for id in ids
    ]


def input_standings(system: System, result: SystemResult | None) -> list[InputStanding]:
    """Return the inputs of a system and its series, as the last decision knew them."""
    day = None if result is None else result.latest
    found = []
    own = [i for i in system.indicators if i.own_column]
    read: list[Input | Indicator] = [*system.inputs, *own]
    for one in read:
        newest: Any = pd.NaT
        if result is not None and day is not None and one.id in result.newest:
            newest = result.newest.at[day, one.id]
        age = math.nan if day is None or pd.isna(newest) else float((day - newest).days)
        found.append(InputStanding(one.id, one.name_zh, one.name_en, newest, age, one.provenance))
    return found


def beside(result: SystemResult | None, figure: Published) -> float:
    """Return our own statistic in the unit of a published figure; NaN where none is comparable.

    One on simulated data is none: beside a published figure it would mislead.
    """
    if result is None or result.backtest is None or result.simulated:
        return math.nan
    value = float(result.backtest.statistics.get(figure.statistic, math.nan))
    return value * 100.0 if figure.unit == "%" else value
