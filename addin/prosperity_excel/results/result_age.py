"""Where results come from and how old they are, as sheets of results say it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from prosperity.evaluation import Evaluation, IndustryResult

from prosperity_excel.ooxml.grid import Value
from prosperity_excel.words.fields import Heading, headings
from prosperity_excel.words.statements import (
    freshness_words,
    holdings_words,
    signal_counts,
    signal_of,
    signal_words,
    simulated_words,
)

#: Rows of the block of items after the statistics: where the result comes from, and its age.
AGE: Mapping[str, Heading] = headings(
    "simulated",
    "signal_words",
    "freshness",
    "today",
    "data_through",
    "prices_through",
    "signal_overdue_since",
    "overdue_since",
    "overdue_series",
    "signal_shown",
)


def age_values(result: IndustryResult) -> dict[str, Value]:
    """Return where a result comes from and how old it is, by key of :data:`AGE`."""
    age = result.freshness
    found: dict[str, Value] = {
        "simulated": float(bool(result.simulated)),
        "signal_words": " ".join(signal_words(result)),
        "signal_shown": _shown(result),
    }
    if age is None:
        return found
    return found | {
        "freshness": " ".join(freshness_words(age)),
        "today": plain(age.today),
        "data_through": plain(age.through),
        "prices_through": plain(age.prices_through),
        "signal_overdue_since": plain(age.since),
        "overdue_since": plain(age.overdue_since),
        "overdue_series": float(len(age.overdue)),
    }


def _shown(result: IndustryResult) -> Value:
    """Return the signal as the dashboard shows it: a number, or a text when it is not of now."""
    signal, age = signal_of(result), result.freshness
    if signal is None or age is None or age.since is None:
        return signal
    return f"{'●' if signal == 1 else '○'} 已过期 overdue"


def alarm_words(results: Sequence[IndustryResult], evaluation: Evaluation) -> tuple[str, str]:
    """Return what stands first above results, in both languages: simulated data, and their age."""
    zh, en = "", ""
    shown = replace(evaluation, results={r.definition.id: r for r in results})
    marked = simulated_words(replace(shown, simulated=any(r.simulated for r in results)))
    if marked is not None:
        zh, en = f"【{marked[0]}】", f"[{marked[1]}] "
    counts = signal_counts(shown)
    if len(results) == 1 and results[0].freshness is not None:
        age = freshness_words(results[0].freshness)
        words = signal_words(results[0])
        return f"{zh}【{words[0]}；{age[0]}】", f"{en}[{words[1]}; {age[1]}] "
    if evaluation.today is not None:
        held = holdings_words(evaluation) if evaluation.combined else ("", "")
        zh += f"【{evaluation.today:%Y-%m-%d}：持有行业 {counts.hold} 个"
        en += f"[{evaluation.today:%Y-%m-%d}: in industry: {counts.hold}"
        if counts.overdue:
            zh, en = (
                f"{zh}，信号已过期 {counts.overdue} 个",
                f"{en}, {counts.overdue} signals overdue",
            )
        zh, en = f"{zh}】", f"{en}] "
        if held[0]:
            zh, en = f"{zh}【{held[0]}】", f"{en}[{held[1]}] "
    return zh, en


def plain(value: object) -> Value:
    """Return a value as a cell holds it: a date, a finite number, a text, or None."""
    if isinstance(value, str):
        return value
    if isinstance(value, pd.Timestamp | np.datetime64):
        day = pd.Timestamp(value)
        return None if pd.isna(day) else day.date()
    if value is None or value is pd.NaT:
        return None
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def plains(values: Iterable[object]) -> tuple[Value, ...]:
    """Return values as cells hold them, each as :func:`plain` does; arrays are taken at once."""
    kind = getattr(getattr(values, "dtype", None), "kind", "")
    if kind == "f":
        numbers = np.asarray(values, dtype=float)
        found: list[Value] = numbers.tolist()
        for place in np.flatnonzero(~np.isfinite(numbers)):
            found[place] = None
        return tuple(found)
    if kind == "M":
        days = pd.DatetimeIndex(values)  # type: ignore[arg-type]
        return tuple(None if day is pd.NaT else day for day in days.date)
    return tuple(plain(value) for value in values)
