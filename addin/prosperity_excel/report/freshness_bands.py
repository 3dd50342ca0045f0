"""What the cover says of the age of the data: the state of the signals, and what is overdue."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from prosperity.evaluation import Evaluation
from prosperity.freshness import SeriesAge

from prosperity_excel.report.spec import Band, Column, Kind, Role, Table, Text, Value
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice
from prosperity_excel.words.statements import NAMED, signal_counts

#: Overdue series that the cover lists; the others are counted.
LISTED = 6
#: The table: label -> kind, grid columns.
COLUMNS: dict[str, tuple[Kind, int]] = {
    "series": ("text", 2),
    "last_month": ("month", 1),
    "missing_month": ("month", 2),
    "due_on": ("date", 1),
    "days": ("count", 1),
    "used_by": ("text", 5),
}


def freshness_bands(evaluation: Evaluation, voice: Voice) -> list[Band]:
    """Return the cover's section; nothing where no day was given."""
    today = evaluation.today
    if today is None:
        return []
    found = overdue_series(evaluation)
    heading = f"{voice.label('age_of_data')} · {today:%Y-%m-%d}"
    old = signal_counts(evaluation).overdue > 0
    role: Role = "caution" if old else "body"
    bands: list[Band] = [
        (Text(text=heading, role="heading"),),
        (Text(text=voice.stack(standing_words(evaluation)), role=role),),
    ]
    if not found:
        return bands
    columns = tuple(
        Column(label=voice.label(key), kind=kind, span=span)
        for key, (kind, span) in COLUMNS.items()
    )
    rows = tuple(_row(one, users, evaluation, today, voice) for one, users in found[:LISTED])
    bands.append((Table(columns=columns, rows=rows),))
    if len(found) > LISTED:
        more = len(found) - LISTED
        words = (
            f"另有 {more} 个序列逾期，见各行业页。",
            f"{more} more series are overdue; see the industries' pages.",
        )
        bands.append((Text(text=voice.stack(words), role="note"),))
    return bands


def standing_words(evaluation: Evaluation) -> Pair:
    """Say how many signals are of now, and how many series are overdue, in one sentence."""
    total = len(evaluation.industries)
    old, late = signal_counts(evaluation).overdue, len(overdue_series(evaluation))
    if not old and not late:
        ages = (r.freshness for r in evaluation.industries.values())
        if any(age is not None and age.prices_since is not None for age in ages):
            return (
                "信号都是最近一次决策的；行情待更新。",
                "All signals are of the last decision; prices are due.",
            )
        return (
            "没有逾期：信号都是最近一次决策的。",
            "Nothing is overdue: all signals are of the last decision.",
        )
    return (
        f"已过期、不是现在的信号：{total} 个中 {old} 个；逾期序列 {late} 个。",
        f"Overdue signals, which are not of now: {old} of {total}; overdue series: {late}.",
    )


def overdue_series(evaluation: Evaluation) -> list[tuple[SeriesAge, tuple[str, ...]]]:
    """Return each overdue series once with the ids of the industries that read it, oldest first."""
    found: dict[str, tuple[SeriesAge, list[str]]] = {}
    for id, result in evaluation.industries.items():
        for one in result.freshness.overdue if result.freshness is not None else ():
            found.setdefault(one.id, (one, []))[1].append(id)
    every = ((one, tuple(users)) for one, users in found.values())
    return sorted(every, key=lambda pair: (pair[0].due, pair[0].id))


def _row(
    one: SeriesAge,
    users: Sequence[str],
    evaluation: Evaluation,
    today: pd.Timestamp,
    voice: Voice,
) -> tuple[Value, ...]:
    names = [evaluation.results[id].definition for id in users[:NAMED]]
    more = f" +{len(users) - NAMED}" if len(users) > NAMED else ""
    used = (
        "、".join(n.name_zh for n in names) + more,
        ", ".join(n.name_en for n in names) + more,
    )
    return (
        voice.line((one.name_zh, one.name_en)),
        None if one.through is None else one.through.date(),
        None if one.expected is None else one.expected.date(),
        None if one.due is None else one.due.date(),
        None if one.due is None else float((today - one.due).days),
        voice.line(used),
    )
