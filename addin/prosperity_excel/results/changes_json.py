"""The JSON of ``prosperity changes``; documented in docs/json.md."""

from __future__ import annotations

import math
from typing import Any

from prosperity.changes import Change, Standing

from prosperity_excel.runs.changed import Changed
from prosperity_excel.words.change_words import change_sentences

VERSION = 1


def changes_json(found: Changed) -> dict[str, Any]:
    """Return what changed as plain values: dates ISO, missing None."""
    return {
        "version": VERSION,
        "since": dict(found.since),
        "begun": list(found.begun),
        "ended": list(found.ended),
        "industries": {one.industry.id: _change(one) for one in found.changes},
        "surprises": [
            {
                "indicator": one.kept.series,
                "period": one.kept.period.isoformat(),
                "shown_on": one.kept.made_on.isoformat(),
                "nowcast": one.kept.value,
                "published": one.published,
                "miss": one.miss,
                "in_past_errors": one.size,
            }
            for one in found.surprises
        ],
        "failures": {
            id: {"code": error.code, "zh": error.zh, "en": error.en}
            for id, error in found.failures.items()
        },
    }


def _change(one: Change) -> dict[str, Any]:
    zh, en = change_sentences(one)
    return {
        "before": _standing(one.before),
        "after": _standing(one.after),
        "change": _plain(one.total),
        "parts": {name: _plain(value) for name, value in one.parts.items()},
        "new_months_by_indicator": {
            str(id): _plain(float(value)) for id, value in one.by_indicator.items()
        },
        "sentences": {"zh": zh, "en": en},
    }


def _standing(one: Standing) -> dict[str, Any]:
    return {
        "month": f"{one.month:%Y-%m-%d}",
        "decision": f"{one.decision:%Y-%m-%d}",
        "composite": _plain(one.composite),
        "signal": _plain(one.signal),
    }


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
