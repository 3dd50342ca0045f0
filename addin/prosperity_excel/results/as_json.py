"""The JSON of ``prosperity run``: stable, and documented in docs/json.md."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from prosperity.evaluation import Combined, Evaluation, IndustryResult
from prosperity.freshness import Freshness

from prosperity_excel.results.plain import backtest_json, notice
from prosperity_excel.results.plain import columns as _columns
from prosperity_excel.results.plain import date_text as _date
from prosperity_excel.results.plain import numbers as _numbers
from prosperity_excel.results.plan_json import plan_json
from prosperity_excel.results.systems_json import system_json
from prosperity_excel.words.statements import holdings, signal_counts, signal_words

VERSION = 2


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as plain values: dates ISO, returns decimal, missing None."""
    return {
        "version": VERSION,
        "settings": evaluation.settings.as_dict(),
        "simulated": evaluation.simulated,
        "today": _day(evaluation.today),
        "signals": asdict(signal_counts(evaluation)),
        "industries": {id: _industry(r) for id, r in evaluation.industries.items()},
        "modules": {id: _industry(r) for id, r in evaluation.modules.items()},
        "combined": None
        if evaluation.combined is None
        else {**_combined(evaluation.combined), **_held(evaluation)},
        "systems": {id: system_json(r) for id, r in evaluation.systems.items()},
        "plan": None if evaluation.plan is None else plan_json(evaluation.plan),
        "warnings": [notice(n) for n in evaluation.notices],
    }


def _combined(combined: Combined) -> dict[str, Any]:
    return {
        "dates": [_date(day) for day in combined.targets.index],
        "weights": _columns(combined.targets),
        "target_weights": _columns(combined.targets),
        "turnover": _numbers(combined.turnover),
        "backtest": backtest_json(combined.backtest),
        "others": _columns(combined.others),
    }


def _held(evaluation: Evaluation) -> dict[str, Any]:
    found = holdings(evaluation)
    if found is None:
        return {}
    left = {id: {"zh": zh, "en": en} for id, (zh, en) in found.left_out.items()}
    return {
        "held": {
            "decision": _date(found.day),
            "industries": list(found.held),
            "benchmark": {"zh": found.benchmark[0], "en": found.benchmark[1]},
            "benchmark_weight": found.rest,
            "hold_signals": found.signals,
            "left_out": left,
            "kept": list(found.kept),
        }
    }


def _industry(result: IndustryResult) -> dict[str, Any]:
    definition = result.definition
    return {
        "name_zh": definition.name_zh,
        "name_en": definition.name_en,
        "sector": definition.sector,
        "as_of": None if result.latest is None else _date(result.latest),
        "simulated": bool(result.simulated),
        "simulated_columns": list(result.simulated),
        "nowcasts": list(result.estimated),
        "standing": dict(zip(("zh", "en"), signal_words(result), strict=True)),
        "freshness": None if result.freshness is None else _freshness(result.freshness),
        "dates": [_date(month) for month in result.months],
        "decision_dates": [_date(day) for day in result.decisions],
        "composite": _numbers(result.composite),
        "change": _numbers(result.change),
        "percentile": _numbers(result.percentile),
        "signal": _numbers(result.signal, whole=True),
        "grade": _numbers(result.grade, whole=True),
        "state": list(result.state),
        "dimensions": _columns(result.dimensions),
        "contributions": _columns(result.contributions),
        "change_contributions": _columns(result.change_contributions),
        "data_through": {str(id): _last_date(result.periods[id]) for id in result.periods},
        "backtest": None if result.backtest is None else backtest_json(result.backtest),
        "warnings": [notice(n) for n in result.notices],
    }


def _freshness(age: Freshness) -> dict[str, Any]:
    return {
        "today": _date(age.today),
        "status": age.status,
        "decision": _day(age.decided),
        "last_decision_allowed": _date(age.allowed),
        "signal_overdue_since": _day(age.since),
        "overdue_since": _day(age.overdue_since),
        "overdue_days": age.overdue_days,
        "rests_on": sorted(age.rests_on),
        "data_through": _day(age.through),
        "prices_through": _day(age.prices_through),
        "prices_overdue_since": _day(age.prices_since),
        "series": {
            one.id: {
                "through": _day(one.through),
                "released": _day(one.released),
                "counts_from": _day(one.counts_from),
                "expected": _day(one.expected),
                "due": _day(one.due),
                "overdue_since": _day(one.since),
                "missing": one.missing,
                "in_use": one.in_use,
            }
            for one in age.series
        },
    }


def _day(day: pd.Timestamp | None) -> str | None:
    return None if day is None else _date(day)


def _last_date(days: pd.Series[pd.Timestamp]) -> str | None:
    known = days.to_numpy("datetime64[ns]")
    known = known[~np.isnat(known)]
    return _date(known[-1]) if len(known) else None
