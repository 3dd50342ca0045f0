"""The page on the data: what is wrong with which indicator first, then all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from prosperity.definition import Indicator
from prosperity.evaluation import Evaluation, IndustryResult

from prosperity_excel.report.model_page import banners
from prosperity_excel.report.spec import Band, Column, Kind, Link, Page, Table, Tag, Text, Value
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import PROVENANCE, Voice
from prosperity_excel.words.sentences import NOTES

#: Columns of the table, which are the grid of the page: label -> width, kind.
COLUMNS: dict[str, tuple[float, Kind]] = {
    "exception": (34, "text"),
    "indicator": (38, "text"),
    "used_by": (24, "text"),
    "first_month": (10, "month"),
    "last_month": (10, "month"),
    "release": (11, "date"),
    "age": (8, "count"),
    "months_scored": (9, "count"),
    "months_without": (9, "count"),
    "provenance": (11, "text"),
    "source": (26, "text"),
}
#: What is wrong, worst first: no data; not in use; overdue; months without a score.
PROBLEMS: dict[str, Pair] = {
    "absent": ("没有数据", "no data"),
    "unused": ("最近决策日没有得分", "no score on the last decision"),
    "overdue": ("自 {since} 逾期", "overdue since {since}"),
    "holes": ("{months} 个决策月没有得分", "{months} decided months without a score"),
}


@dataclass(frozen=True)
class Facts:
    """What is known of an indicator on the last decision date of a model.

    Attributes
    ----------
    names, basis, source
        The indicator's names, on what it rests, and where it comes from.
    users : tuple of str
        Ids of the models that have it with these facts.
    problem, given
        Key of :data:`PROBLEMS`, empty for none; what its words name.
    first, last, released : Timestamp or None
        The first and last month used, and when the last became public.
    age, scored, without : float
        Months from the last to the last decided month; decided months with a score; without one
        since the first. NaN without data.
    """

    names: Pair
    basis: str
    source: str
    users: tuple[str, ...]
    problem: str
    given: tuple[tuple[str, str], ...] = ()
    first: pd.Timestamp | None = None
    last: pd.Timestamp | None = None
    released: pd.Timestamp | None = None
    age: float = np.nan
    scored: float = np.nan
    without: float = np.nan


def quality_page(
    evaluation: Evaluation, page_of: dict[str, str], page: str, back: str, voice: Voice
) -> Page:
    """Return the page: a row an indicator, those with a problem first.

    An indicator of which several models know the same has one row that names them all.
    """
    results = [*evaluation.industries.values(), *evaluation.modules.values()]
    found = ranked(together(_facts(r, i) for r in results for i in r.definition.members))
    columns = tuple(
        Column(label=voice.stack(HEADS[k]) if k in HEADS else voice.heading(k), kind=kind)
        for k, (_, kind) in COLUMNS.items()
    )
    table = Table(
        columns=columns, rows=tuple(_row(one, evaluation, page_of, voice) for one in found)
    )
    said = [voice.stack((n.zh, n.en)) for n in evaluation.notices]
    bands: list[Band] = [
        (Text(text=voice.label("quality"), role="title"),),
        (Text(text=f"← {voice.label('to_summary')}", role="subtitle", span=1, link=back),),
        *banners(evaluation, voice),
        (Text(text=voice.stack(summary_words(found)), role="headline"),),
        *((Text(text=text),) for text in said),
        (table,),
        (Text(text=voice.stack(NOTES["quality"]), role="note"),),
    ]
    widths = tuple(width for width, _ in COLUMNS.values())
    title = voice.label("quality")
    return Page(id=page, title=title, widths=widths, bands=tuple(bands), header=table)


HEADS: dict[str, Pair] = {"exception": ("问题", "Problem")}


def together(facts: Iterable[Facts]) -> list[Facts]:
    """Return facts with those that differ in their models alone made one."""
    merged: dict[Facts, list[str]] = {}
    for one in facts:
        merged.setdefault(replace(one, users=()), []).extend(one.users)
    return [replace(one, users=tuple(users)) for one, users in merged.items()]


def ranked(facts: list[Facts]) -> list[Facts]:
    """Return facts, those with a problem first, the worst of them first."""
    order = {key: place for place, key in enumerate(PROBLEMS)}
    return sorted(facts, key=lambda one: order.get(one.problem, len(order)))


def summary_words(facts: list[Facts]) -> Pair:
    """Return in a line how many indicators there are, and how many have which problem."""
    wrong = {key: sum(one.problem == key for one in facts) for key in PROBLEMS}
    total, bad = len(facts), sum(wrong.values())
    if not bad:
        return f"{total} 个指标，全部正常。", f"{total} indicators, all in order."
    zh = (("没有数据", "absent"), ("没有得分", "unused"), ("逾期", "overdue"), ("有缺月", "holes"))
    en = ("without data", "without a score", "overdue", "with holes")
    said_zh = "、".join(f"{words} {wrong[key]}" for words, key in zh if wrong[key])
    said_en = ", ".join(
        f"{wrong[key]} {words}" for words, (_, key) in zip(en, zh, strict=True) if wrong[key]
    )
    return (
        f"{total} 个指标，{bad} 个有问题：{said_zh}；其余 {total - bad} 个正常。",
        f"{bad} of {total} indicators have a problem: {said_en}; {total - bad} are in order.",
    )


def _facts(result: IndustryResult, indicator: Indicator) -> Facts:
    """Return what is known of an indicator on the last decision date."""
    id = indicator.id
    names = indicator.name_zh, indicator.name_en
    own = names, indicator.provenance, indicator.source, (result.definition.id,)
    seen = result.periods[id].dropna()
    if seen.empty:
        return Facts(*own, "absent")
    known = pd.DatetimeIndex(seen.unique())
    first, last = known.min(), known.max()
    scored = np.isfinite(result.stages["score"][id].to_numpy(float))
    since = len(scored) - int(scored.argmax()) if scored.any() else 0
    now, without = result.months[-1], float(since - scored.sum())
    late = _overdue(result, id)
    problem = ""
    given: tuple[tuple[str, str], ...] = ()
    if not scored[-1]:
        problem = "unused"
    elif late is not None:
        problem, given = "overdue", (("since", f"{late:%Y-%m-%d}"),)
    elif without:
        problem, given = "holes", (("months", f"{without:.0f}"),)
    return Facts(
        *own,
        problem,
        given,
        first,
        last,
        result.releases[id].dropna().iloc[-1],
        float((now.year - last.year) * 12 + now.month - last.month),
        float(scored.sum()),
        without,
    )


def _overdue(result: IndustryResult, id: str) -> pd.Timestamp | None:
    """Return since when a series is overdue; None where it is not, or nobody asked."""
    ages = result.freshness.series if result.freshness is not None else ()
    return next((one.since for one in ages if one.id == id), None)


def _row(
    one: Facts, evaluation: Evaluation, page_of: Mapping[str, str], voice: Voice
) -> tuple[Value, ...]:
    names = [evaluation.results[id].definition for id in one.users]
    users = voice.line(("、".join(d.name_zh for d in names), ", ".join(d.name_en for d in names)))
    words: Value = ""
    if one.problem:
        said = voice.stack(PROBLEMS[one.problem]).format(**dict(one.given))
        words = Tag(said, "strong")
    days = (None if day is None else day.date() for day in (one.first, one.last, one.released))
    counts = (None if np.isnan(n) else n for n in (one.age, one.scored, one.without))
    return (
        words,
        voice.line(one.names),
        Link(users, page_of[one.users[0]]) if len(one.users) == 1 else users,
        *days,
        *counts,
        voice.line(PROVENANCE[one.basis]),
        one.source,
    )
