"""The JSON of ``prosperity due`` and ``prosperity nowcast``; documented in docs/json.md."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from prosperity.coming.outlook import Due, Outlook
from prosperity.nowcast.nowcasts import Nowcast

from prosperity_excel.runs.coming import Coming
from prosperity_excel.words.coming_words import headline

VERSION = 1


def due_json(found: Coming) -> dict[str, Any]:
    """Return outlooks as plain values: dates ISO, odds as shares of one, missing None."""
    return {
        "version": VERSION,
        "simulated": found.simulated,
        "industries": {one.definition.id: outlook_json(one) for one in found.outlooks},
        "failures": {
            id: {"code": error.code, "zh": error.zh, "en": error.en}
            for id, error in found.failures.items()
        },
    }


def outlook_json(found: Outlook) -> dict[str, Any]:
    """Return one outlook."""
    zh, en = headline(found)
    return {
        "name_zh": found.definition.name_zh,
        "name_en": found.definition.name_en,
        "headline": {"zh": zh, "en": en},
        "asked": _day(found.today),
        "month": _day(found.month),
        "decision": _day(found.decision),
        "signal": _plain(found.signal),
        "expected_signal": _plain(found.expected),
        "expected_change": _plain(found.change),
        "odds_of_holding": _plain(found.odds),
        "carried": list(found.carried),
        "prints": [_due(one) for one in found.prints],
    }


def nowcasts_json(found: Mapping[str, Sequence[Nowcast]]) -> dict[str, Any]:
    """Return nowcasts by indicator id, a list of months each."""
    return {
        "version": VERSION,
        "nowcasts": {id: [nowcast_json(one) for one in ones] for id, ones in found.items()},
    }


def nowcast_json(one: Nowcast) -> dict[str, Any]:
    """Return one nowcast; ``errors`` are published less forecast, by month."""
    return {
        "name_zh": one.name_zh,
        "name_en": one.name_en,
        "unit": one.unit,
        "period": _day(one.period),
        "due": _day(one.due),
        "value": _plain(one.value),
        "is_nowcast": one.is_nowcast,
        "method": one.method,
        "last": _plain(one.last),
        "last_period": _day(one.last_period),
        "ratio": _plain(one.ratio),
        "best_method": one.best or None,
        "best_ratio": _plain(one.best_ratio),
        "low": _plain(one.low),
        "high": _plain(one.high),
        "spread": _plain(one.spread),
        "errors": {
            "dates": [f"{day:%Y-%m-%d}" for day in pd.DatetimeIndex(one.errors.index)],
            "values": list(_numbers(one.errors)),
        },
    }


def _due(due: Due) -> dict[str, Any]:
    one = due.print
    said = None if due.nowcast is None else nowcast_json(due.nowcast)
    if said is not None:
        # The record of each stands in the output of "nowcast".
        del said["errors"]
    return {
        "indicator": one.id,
        "name_zh": one.name_zh,
        "name_en": one.name_en,
        "unit": one.unit,
        "period": _day(one.period),
        "expected": _day(one.expected),
        "latest": _day(one.latest),
        "stated": one.stated,
        "counts": one.counts,
        "overdue": one.overdue,
        "nowcast": said,
        "break_evens": [
            {"value": _plain(c.value), "below": _plain(c.below), "above": _plain(c.above)}
            for c in due.crossings
        ],
        "varied": due.varied,
        "flips_alone": _plain(due.flips),
    }


def _day(day: pd.Timestamp) -> str:
    return f"{day:%Y-%m-%d}"


def _numbers(values: Iterable[float]) -> Iterable[float | None]:
    return (_plain(float(value)) for value in values)


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
