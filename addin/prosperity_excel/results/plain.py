"""Results as plain values: dates ISO, returns decimal, missing None."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from prosperity.backtest import STATISTICS, Backtest, partial_months
from prosperity.notice import Notice

_COUNTS = {"switches"}


def notice(item: Notice) -> dict[str, str]:
    """Return a notice as plain values."""
    return {"code": item.code, "severity": item.severity, "zh": item.zh, "en": item.en}


def backtest_json(tested: Backtest) -> dict[str, Any]:
    """Return a backtest as plain values."""
    statistics = {key: number(tested.statistics[key], whole=key in _COUNTS) for key in STATISTICS}
    nav = {name: numbers(tested.nav[name]) for name in ("strategy", "index", "benchmark")}
    return {
        "start": date_text(tested.start),
        "end": date_text(tested.end),
        **statistics,
        "partial_months": [date_text(month) for month in partial_months(tested.nav)],
        "nav": {"dates": [date_text(day) for day in tested.nav.index], **nav},
        "position": numbers(tested.position),
    }


def columns(frame: pd.DataFrame) -> dict[str, list[float | int | None]]:
    """Return a frame as plain values by column."""
    return {str(name): numbers(frame[name]) for name in frame}


def numbers(values: pd.Series[float], *, whole: bool = False) -> list[float | int | None]:
    """Return numbers as plain values."""
    return [number(v, whole=whole) for v in values.to_numpy(float).tolist()]


def number(value: float, *, whole: bool = False) -> float | int | None:
    """Return a number; None for one that is missing or infinite."""
    if not math.isfinite(value):
        return None
    return int(value) if whole else float(value)


def date_text(day: Any) -> str:
    """Return a day as ISO text."""
    return pd.Timestamp(day).strftime("%Y-%m-%d")
