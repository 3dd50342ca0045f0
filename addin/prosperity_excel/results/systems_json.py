"""The key ``systems`` of the JSON of ``prosperity run``; documented in docs/json.md."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from prosperity.systems.ranking import Ranking
from prosperity.systems.result import SystemResult
from prosperity.systems.spec import System

from prosperity_excel.results.plain import backtest_json, columns, date_text, notice, numbers


def system_json(result: SystemResult) -> dict[str, Any]:
    """Return a system's result as plain values, its frames by column over ``decision_dates``."""
    definition = result.definition
    return {
        "name_zh": definition.name_zh,
        "name_en": definition.name_en,
        "as_of": None if result.latest is None else date_text(result.latest),
        "simulated": bool(result.simulated),
        "simulated_columns": list(result.simulated),
        "parameters": dict(definition.values) if isinstance(definition, System) else {},
        "decision_dates": [date_text(day) for day in result.decisions],
        "trade_dates": [_day(day) for day in result.trades],
        "scores": columns(result.scores),
        "positions": columns(result.positions),
        "parts": columns(result.parts),
        "texts": _texts(result.texts),
        "contributions": {id: columns(frame) for id, frame in result.contributions.items()},
        "stages": {name: columns(frame) for name, frame in result.stages.items()},
        "newest": {str(id): [_day(day) for day in result.newest[id]] for id in result.newest},
        "turnover": numbers(result.turnover),
        "backtest": None if result.backtest is None else backtest_json(result.backtest),
        "ranking": None if result.ranking is None else _ranking(result.ranking),
        "published": _published(result),
        "warnings": [notice(n) for n in result.notices],
    }


def _published(result: SystemResult) -> list[dict[str, Any]]:
    if not isinstance(result.definition, System):
        return []
    return [
        {
            "id": one.id,
            "name_zh": one.name_zh,
            "name_en": one.name_en,
            "value": one.value,
            "unit": one.unit,
            "start": one.start,
            "end": one.end,
            "provenance": one.provenance,
            "source": one.source,
        }
        for one in result.definition.published
    ]


def _ranking(ranking: Ranking) -> dict[str, Any]:
    return {
        "dates": [date_text(day) for day in ranking.coefficients.index],
        "coefficients": numbers(ranking.coefficients),
        "quantiles": columns(ranking.quantiles),
        "mean": _finite(ranking.mean),
        "ratio": _finite(ranking.ratio),
        "hit_rate": _finite(ranking.hit_rate),
        "periods_a_year": ranking.periods_a_year,
    }


def _texts(texts: pd.DataFrame) -> dict[str, list[dict[str, str] | None]]:
    return {
        str(name): [
            {"zh": pair[0], "en": pair[1]} if isinstance(pair, tuple) else None
            for pair in texts[name]
        ]
        for name in texts
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _day(day: Any) -> str | None:
    return None if pd.isna(day) else date_text(day)
