"""The JSON of ``prosperity evidence``; documented in docs/json.md."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from prosperity.evaluation import Evaluation
from prosperity.evidence.examine import Evidence
from prosperity.evidence.significance import Significance

from prosperity_excel.report.evidence_report import Examined, overview
from prosperity_excel.results.plain import notice
from prosperity_excel.results.system_evidence import system_evidence_json

VERSION = 1


def evidence_json(evaluation: Evaluation, examined: Examined) -> dict[str, Any]:
    """Return the evidence as plain values: dates ISO, returns decimal, missing None."""
    together = overview(examined) if examined.evidence else pd.DataFrame()
    return {
        "version": VERSION,
        "settings": evaluation.settings.as_dict(),
        "sees_future": evaluation.settings.sees_future,
        "simulated": evaluation.simulated,
        "together": _rows(together),
        "industries": {
            id: {**_one(e), "vintage": _rows(examined.vintages.get(id, pd.DataFrame()))}
            for id, e in examined.evidence.items()
        },
        "systems": {id: system_evidence_json(one) for id, one in examined.systems.items()},
        "warnings": [notice(n) for n in evaluation.notices],
    }


def _one(evidence: Evidence) -> dict[str, Any]:
    tried, after = evidence.sensitivity, evidence.out_of_sample
    rank, count = tried.rank
    return {
        "name_zh": evidence.definition.name_zh,
        "name_en": evidence.definition.name_en,
        "audit": _rows(evidence.audit.cases),
        "unpublished": _rows(evidence.audit.unpublished),
        "lags": _rows(evidence.audit.lags),
        "sensitivity": {
            "groups": _rows(tried.groups),
            "changes": [_plain(row) for row in tried.changes.to_dict("records")],
            "grid": [_plain(row) for row in tried.grid.to_dict("records")],
            "rank": rank,
            "combinations": count,
            "refused": list(tried.refused),
        },
        "significance": _plain(_tests(evidence.significance)),
        "out_of_sample": {
            "around": _rows(after.around),
            "years": _rows(after.years),
            "walk": None
            if after.walk is None
            else [_plain(row) for row in after.walk.to_dict("records")],
            "chosen_sharpe": _plain(after.chosen_sharpe),
            "base_sharpe": _plain(after.base_sharpe),
        },
        "leads": [
            {
                "validation": one.validation,
                "composite": _rows(one.composite),
                "best_lead": one.best,
                "turns": [_plain(row) for row in one.match.turns.to_dict("records")],
                "missed": one.match.missed,
                "extra": one.match.extra,
                "lead_at_peaks": _plain(one.match.lead_at_peaks),
                "lead_at_troughs": _plain(one.match.lead_at_troughs),
                "screening": _rows(one.screening),
            }
            for one in evidence.leads
        ],
        "moved": _rows(evidence.moved),
        "clock": _rows(evidence.clock),
    }


def _rows(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a frame as rows by its index."""
    rows = frame.to_dict("records")
    return {_key(key): _plain(row) for key, row in zip(frame.index, rows, strict=True)}


def _key(key: Any) -> str:
    return f"{key:%Y-%m-%d}" if isinstance(key, pd.Timestamp) else str(key)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value


def _tests(found: Significance) -> dict[str, object]:
    """Return the tests; what each single shift would have earned is for a picture alone."""
    return {key: value for key, value in asdict(found).items() if key != "null"}
