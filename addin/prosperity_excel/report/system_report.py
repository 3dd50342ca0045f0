"""The pages of systems and of the plan, and their place in a report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from prosperity.evaluation import Evaluation
from prosperity.evidence.of_systems import SystemEvidence
from prosperity.systems.result import SystemResult

from prosperity_excel.report.model_page import Places
from prosperity_excel.report.model_tables import GRID
from prosperity_excel.report.plan_page import plan_page, plan_sheet
from prosperity_excel.report.spec import Band, DataSheet, Link, Page, Table, Tag, Text, Value
from prosperity_excel.report.system_page import notice_bands, system_page, system_sheet, warnings_of
from prosperity_excel.report.system_tables import columns_of, known
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice
from prosperity_excel.words.system_statements import is_old, position_words
from prosperity_excel.words.system_words import REPORT_BLOCKS

PLAN, SYSTEMS, PLAN_DATA = "plan", "systems", "data_plan"


@dataclass(frozen=True)
class SystemPages:
    """What systems add to a report: the plan's page, which goes in front, the others, the series.

    All are empty where there are no systems.
    """

    front: tuple[Page, ...] = ()
    pages: tuple[Page, ...] = ()
    sheets: tuple[DataSheet, ...] = ()


def system_pages(
    evaluation: Evaluation,
    names: tuple[Mapping[str, str], Mapping[str, str]],
    models: tuple[Mapping[str, str], Mapping[str, str]],
    summary: str,
    voice: Voice,
    found: Mapping[str, SystemEvidence] = {},
) -> SystemPages:
    """Return the pages of the systems of a run, and of the plan over them.

    Parameters
    ----------
    evaluation
        The run.
    names
        Names of the pages and of the data sheets of the systems, by id.
    models
        The same of the industries.
    summary
        The page that all lead back to; that of the systems where it is empty.
    voice
        The reader's language.
    found
        The evidence on systems, by id.
    """
    results = evaluation.systems
    if not results:
        return SystemPages()
    page_of, data_of = names
    pages = [_overview(evaluation, page_of, summary, voice, found)]
    sheets = []
    for id, result in results.items():
        places = Places(page_of[id], data_of[id], SYSTEMS)
        pages.append(system_page(result, evaluation, places, voice, found.get(id)))
        sheets.append(system_sheet(result, places, voice))
    front: tuple[Page, ...] = ()
    plan = evaluation.plan
    if plan is not None:
        own = Places(PLAN, PLAN_DATA, summary or SYSTEMS)
        both = {**models[0], **page_of}, {**models[1], **data_of}
        front = (plan_page(plan, evaluation, *both, own, voice),)
        sheets.insert(0, plan_sheet(plan, evaluation, own, voice))
    return SystemPages(front, tuple(pages), tuple(sheets))


def _overview(
    evaluation: Evaluation,
    page_of: Mapping[str, str],
    summary: str,
    voice: Voice,
    found: Mapping[str, SystemEvidence],
) -> Page:
    """Return the page of all systems: what each says now, and what it has been worth."""
    title, results = voice.line(REPORT_BLOCKS["systems"]), evaluation.systems
    columns = columns_of(
        voice,
        ("system", "text", 1),
        ("position", "text", 5),
        ("decided", "date", 1),
        ("strategy", "signed_percent", 1),
        ("benchmark", "signed_percent", 1),
        ("sharpe", "number", 1),
        ("drawdown", "percent", 1),
        ("ic", "signed", 1),
        ("p", "p", 1),
    )
    rows = tuple(
        _row(result, evaluation.today, page_of[id], voice, found.get(id))
        for id, result in results.items()
    )
    marked = next((result for result in results.values() if result.simulated), None)
    alone = () if summary else notice_bands(evaluation.notices, voice)
    back = f"← {voice.label('to_summary')}"
    bands: list[Band] = [
        (Text(text=title, role="title"),),
        *(((Text(text=back, role="subtitle", span=1, link=summary),),) if summary else ()),
        *(warnings_of(marked, None, voice) if marked is not None else ()),
        (Text(text=voice.stack(_count(results, evaluation.today)), role="headline"),),
        (Table(columns=columns, rows=rows),),
        *alone,
    ]
    return Page(id=SYSTEMS, title=title, widths=GRID, bands=tuple(bands))


def _count(results: Mapping[str, SystemResult], today: pd.Timestamp | None) -> Pair:
    old = sum(is_old(result, today) for result in results.values())
    zh, en = f"{len(results)} 个系统", f"{len(results)} systems"
    if len(results) == 1:
        en = "1 system"
    return (f"{zh}，{old} 个已过期", f"{en}, {old} overdue") if old else (zh, en)


def _row(
    result: SystemResult,
    today: pd.Timestamp | None,
    page: str,
    voice: Voice,
    found: SystemEvidence | None,
) -> tuple[Value, ...]:
    name = result.definition.name_zh, result.definition.name_en
    statistics = {} if result.backtest is None else result.backtest.statistics
    keys = ("annualised_return", "annualised_benchmark", "sharpe", "max_drawdown")
    values = [statistics.get(key, math.nan) for key in keys]
    mean = math.nan if result.ranking is None else result.ranking.mean
    decided: Value = "" if result.latest is None else result.latest.date()
    if result.latest is not None and is_old(result, today):
        decided = Tag(f"{result.latest:%Y-%m-%d}", "strong")
    chance = math.nan if found is None else found.p_value
    shown: Value = chance if known(chance) else ""
    if found is not None and known(chance) and not found.shown_to_help:
        shown = Tag(f"{chance:.3f}", "muted")
    return (
        Link(voice.line(name), page),
        voice.line(position_words(result)),
        decided,
        *(value if known(value) else "" for value in values),
        mean if known(mean) else "",
        shown,
    )


def evidence_of(
    results: Mapping[str, SystemResult], tried: Mapping[str, int] = {}
) -> dict[str, SystemEvidence]:
    """Return the evidence on systems that have a portfolio.

    Parameters
    ----------
    results
        By id.
    tried
        Variants that were looked at beside each.
    """
    from prosperity.evidence.of_systems import system_evidence

    return {
        id: system_evidence(result, result.portfolio.prices, variants=tried.get(id, 0))
        for id, result in results.items()
        if result.portfolio is not None
    }


def all_pages(found: SystemPages) -> Sequence[Page]:
    """Return the pages of a report that has nothing else: the systems', the plan's, each one's."""
    return (*found.pages[:1], *found.front, *found.pages[1:])
