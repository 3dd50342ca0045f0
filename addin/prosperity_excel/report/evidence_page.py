"""The evidence page of one model: what survives of its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from prosperity.evaluation import Evaluation
from prosperity.evidence.examine import Evidence
from prosperity.evidence.leads import Leads
from prosperity.evidence.verdict import Judged

from prosperity_excel.report import evidence_pictures as pictures
from prosperity_excel.report import evidence_words as words
from prosperity_excel.report.evidence_clock import clock_bands, clock_blocks
from prosperity_excel.report.evidence_verdict import text_of, verdict_words
from prosperity_excel.report.evidence_words import Heads
from prosperity_excel.report.model_page import banners
from prosperity_excel.report.spec import (
    Band,
    Break,
    Column,
    DataSheet,
    Link,
    Page,
    Table,
    Text,
    Value,
)
from prosperity_excel.words.report_words import Voice

#: The grid: a column of names, and eleven of numbers.
GRID = (46.0, *(10.6,) * 11)
#: Rows of the pictures, in proportion to which they share the printed page.
UPPER_ROWS, LOWER_ROWS = 12, 11
#: Grid columns of a long name, and where a second table stands beside a first.
NAME_SPAN, BESIDE = 3, 6


@dataclass(frozen=True)
class EvidencePlaces:
    """Names of the sheets that an evidence page leads to: itself, its series, the overview."""

    page: str
    data: str
    overview: str


def evidence_page(
    evidence: Evidence,
    evaluation: Evaluation,
    judged: Judged,
    places: EvidencePlaces,
    voice: Voice,
    vintage: pd.DataFrame | None = None,
) -> Page:
    """Return the evidence page of one model.

    Parameters
    ----------
    evidence, evaluation
        The evidence, and the run that it belongs to.
    judged
        The verdict on it, among the models of the run.
    places, voice
        Names of sheets; the reader's language.
    vintage
        Revision and news against an older book, where there is one.
    """
    definition = evidence.definition
    name = voice.line((definition.name_zh, definition.name_en))
    names = {i.id: voice.line((i.name_zh, i.name_en)) for i in definition.indicators}
    title = f"{name} · {voice.line(words.HEADINGS['evidence'])}"
    bands: list[Band] = [
        (Text(text=title, role="title"),),
        (
            Text(text=_back(voice), role="subtitle", span=1, link=places.overview),
            Text(text=voice.label("to_data"), role="subtitle", at=7),
        ),
        *banners(evaluation, voice),
        (Text(text=voice.stack(verdict_words(evidence, judged)), role="headline"),),
        (_figures(evidence, voice),),
        *_pictures(evidence, places, voice),
        (Break(),),
        *clock_bands(evidence, places.data, voice),
        (Break(),),
        *_audit(evidence, names, voice),
        *_tests(evidence, voice),
        *_groups(evidence, voice),
        *_out_of_sample(evidence, places, voice),
        *(band for leads in evidence.leads for band in _leads(leads, names, voice)),
        *_moved(evidence, vintage, names, voice),
        (Break(),),
        *_changes(evidence, names, voice),
    ]
    return Page(id=places.page, title=title, widths=GRID, bands=tuple(bands))


def _pictures(evidence: Evidence, places: EvidencePlaces, voice: Voice) -> list[Band]:
    """Return the evidence as pictures: luck, settings, then leads, live choice, years, honesty."""
    sheet = places.data
    upper = (
        pictures.null_chart(evidence, sheet, voice, at=0, span=2, rows=UPPER_ROWS),
        pictures.ranges_chart(evidence, sheet, voice, at=2, span=0, rows=UPPER_ROWS),
    )
    lower = (
        pictures.leads_chart(evidence, sheet, voice, at=0, span=2, rows=LOWER_ROWS),
        pictures.walk_chart(evidence, sheet, voice, at=2, span=5, rows=LOWER_ROWS),
        pictures.honesty_chart(evidence, sheet, voice, at=7, span=5, rows=LOWER_ROWS),
    )
    return [*pictures.side_by_side(upper), *pictures.side_by_side(lower)]


def evidence_sheet(evidence: Evidence, places: EvidencePlaces, voice: Voice) -> DataSheet:
    """Return the series behind the clock."""
    title = voice.line(words.HEADINGS["clock"])
    return DataSheet(
        id=places.data,
        title=f"{voice.line((evidence.definition.name_zh, evidence.definition.name_en))} · {title}",
        note=voice.line(words.NOTES["clock"]),
        back=Link(voice.label("to_page"), places.page),
        blocks=(
            *clock_blocks(evidence, voice),
            *pictures.evidence_blocks(evidence, voice),
        ),
    )


def table_of(
    frame: pd.DataFrame, heads: Heads, names: Mapping[str, str], voice: Voice, label: str = "",
    *, total: bool = False, at: int = 0, span: int = 1,
) -> Table:  # fmt: skip
    """Return a frame as a table: its index named, its columns under their headings."""
    values = (Column(label=voice.stack(head), kind=kind) for head, kind in heads.values())
    columns = Column(label=label, span=span), *values
    rows = tuple(
        (names.get(str(key), str(key)), *(_value(row[column]) for column in heads))
        for key, row in zip(frame.index, frame.to_dict("records"), strict=True)
    )
    return Table(columns=columns, rows=rows, total=total, at=at)


def _value(value: Any) -> Value:
    if isinstance(value, str):
        return value
    if isinstance(value, pd.Timestamp):
        day: date = value.date()
        return day
    return None if value is None or pd.isna(value) else float(value)


def _back(voice: Voice) -> str:
    return f"← {voice.line(words.HEADINGS['all_evidence'])}"


def _heading(key: str, voice: Voice, more: str = "") -> Band:
    text = voice.line(words.HEADINGS[key])
    return (Text(text=f"{text} · {more}" if more else text, role="heading"),)


def _note(key: str, voice: Voice) -> Band:
    return (Text(text=voice.stack(words.NOTES[key]), role="note"),)


def _figures(evidence: Evidence, voice: Voice) -> Table:
    tested = evidence.significance
    values = {
        "timing_return": tested.timing_return,
        "shifts": tested.shifts,
        "rate": tested.direction.rate,
        "probabilistic": tested.probabilistic,
        "deflated": tested.deflated,
        "trials": float(tested.trials),
    }
    spans = (1, 2, 2, 2, 2, 3)
    columns = tuple(
        Column(label=voice.line(head), kind=kind, span=span)
        for (head, kind), span in zip(words.FIGURES.values(), spans, strict=True)
    )
    return Table(columns=columns, rows=(tuple(values[k] for k in words.FIGURES),), figures=True)


def _audit(evidence: Evidence, names: Mapping[str, str], voice: Voice) -> list[Band]:
    cases = {key: voice.stack(pair) for key, pair in words.CASES.items()}
    return [
        _heading("audit", voice),
        (table_of(evidence.audit.cases, words.AUDIT, cases, voice),),
        _note("audit", voice),
        _heading("unpublished", voice),
        (table_of(evidence.audit.unpublished, words.UNPUBLISHED, names, voice),),
        *_lags(evidence, names, voice),
    ]


def _lags(evidence: Evidence, names: Mapping[str, str], voice: Voice) -> list[Band]:
    lags = evidence.audit.lags
    if lags.empty:
        return []
    return [_heading("lags", voice), (table_of(lags, words.LAG_HEADS, names, voice),)]


def _tests(evidence: Evidence, voice: Voice) -> list[Band]:
    tested, direction = evidence.significance, evidence.significance.direction
    values = {key: getattr(tested, key, None) for key in words.TESTS}
    values |= {key: getattr(direction, key) for key in ("pesaran_timmermann", "henriksson_merton")}
    columns = (
        Column(label=voice.line(("检验", "Test"))),
        Column(label=voice.line(("p 值", "p-value")), kind="p"),
        Column(label=voice.line(("与什么相比", "Compared with")), span=10),
    )
    block = text_of(tested.block, ".0f")
    rows = [
        (voice.line(name), values[key], voice.line(against).format(block=block))
        for key, (name, against) in words.TESTS.items()
    ]
    hits = voice.line(("胜率", "Hit rate"))
    said = voice.line(
        (
            f"{direction.hits} / {direction.months} 个月判断正确，95% 区间 "
            f"{text_of(direction.low, '.0%')} 至 {text_of(direction.high, '.0%')}；"
            f"不含信息的判断应为 {text_of(direction.expected, '.0%')}。",
            f"{direction.hits} of {direction.months} months called right, 95% interval "
            f"{text_of(direction.low, '.0%')} to {text_of(direction.high, '.0%')}; calls without "
            f"information would have {text_of(direction.expected, '.0%')}.",
        )
    )
    ratio = voice.line(
        (
            f"超额夏普 {text_of(tested.excess_sharpe, '.2f')}（年化）；"
            f"{tested.trials} 个无能力变体中最好者的期望 {text_of(tested.hurdle, '.2f')}。",
            f"Excess Sharpe ratio {text_of(tested.excess_sharpe, '.2f')} a year; expected of the "
            f"best of {tested.trials} variants without skill {text_of(tested.hurdle, '.2f')}.",
        )
    )
    return [
        _heading("tests", voice),
        (Table(columns=columns, rows=tuple(rows)),),
        (Text(text=f"{hits}: {said} {ratio}"),),
        _note("tests", voice),
    ]


def _groups(evidence: Evidence, voice: Voice) -> list[Band]:
    found = evidence.sensitivity
    groups = {key: voice.line(pair) for key, pair in words.GROUPS.items()}
    rank, count = found.rank
    low, middle, high = np.quantile(found.grid["excess_over_benchmark"], [0.1, 0.5, 0.9])
    grid = voice.stack(
        (
            f"{count} 种设定组合：超额的 10%、50%、90% 分位为 {low:+.0%}、{middle:+.0%}、"
            f"{high:+.0%}；默认排第 {rank}。",
            f"{count} combinations of settings: 10th, 50th and 90th percentile of the excess "
            f"{low:+.0%}, {middle:+.0%}, {high:+.0%}; the default ranks {rank}.",
        )
    )
    return [
        _heading("groups", voice),
        (table_of(found.groups, words.GROUP_COLUMNS, groups, voice),),
        (Text(text=grid),),
        _note("groups", voice),
    ]


def _changes(evidence: Evidence, names: Mapping[str, str], voice: Voice) -> list[Band]:
    found = evidence.sensitivity
    groups = {key: voice.line(pair) for key, pair in words.GROUPS.items()}
    changes = found.changes.copy()
    changes.index = pd.Index(
        [
            f"{groups[group]}: {_named(value, names)}{' *' if base else ''}"
            for group, value, base in zip(
                changes["group"], changes["value"], changes["base"], strict=True
            )
        ]
    )
    star = voice.line(("* 为默认", "* the default"))
    bands: list[Band] = [
        _heading("changes", voice, star),
        (table_of(changes, words.CHANGE_COLUMNS, {}, voice, span=NAME_SPAN),),
    ]
    if found.refused:
        left = voice.line(("不成立而略去", "Left out, for they make no valid model"))
        bands.append((Text(text=f"{left}: {'; '.join(found.refused)}", role="note"),))
    return bands


def _named(value: str, names: Mapping[str, str]) -> str:
    """Replace indicator ids by names, in texts such as ``pmi x2`` and ``pmi -> cgb10y``."""
    return " ".join(names.get(part, part) for part in value.split(" "))


def _out_of_sample(evidence: Evidence, places: EvidencePlaces, voice: Voice) -> list[Band]:
    found = evidence.out_of_sample
    periods = {key: voice.line(pair) for key, pair in words.PERIODS.items()}
    bands: list[Band] = [
        _heading("around", voice),
        (table_of(found.around, words.PERFORMANCE, periods, voice),),
        _note("around", voice),
        _heading("years", voice),
        *pictures.side_by_side(
            [pictures.years_chart(evidence, places.data, voice, at=0, span=0, rows=LOWER_ROWS)]
        ),
        (table_of(found.years, words.PERFORMANCE, {}, voice),),
    ]
    if found.walk is not None:
        walk = found.walk.set_axis(range(1, len(found.walk) + 1))
        said = voice.line(
            (
                f"检验期超额夏普：所选 {text_of(found.chosen_sharpe, '.2f')}，"
                f"默认 {text_of(found.base_sharpe, '.2f')}。",
                "Excess Sharpe ratio over the tests: "
                f"chosen {text_of(found.chosen_sharpe, '.2f')}, "
                f"default {text_of(found.base_sharpe, '.2f')}.",
            )
        )
        bands += [
            _heading("walk", voice),
            (table_of(walk, words.WALK, {}, voice),),
            (Text(text=said),),
            _note("walk", voice),
        ]
    return bands


def _leads(leads: Leads, names: Mapping[str, str], voice: Voice) -> list[Band]:
    relative = leads.validation == "relative_index"
    against = (
        voice.line(words.VALIDATION) if relative else names.get(leads.validation, leads.validation)
    )
    match = leads.match
    turns = match.turns.assign(
        kind=[voice.line(words.TURN_KINDS[k]) for k in match.turns["kind"]]
    ).set_axis([f"{m:%Y-%m}" for m in match.turns["month"]])
    best = "–" if leads.best is None else str(leads.best)
    said = voice.line(
        (
            f"相关最高在领先 {best} 个月。顶部平均领先 {text_of(match.lead_at_peaks, '+.1f')}，"
            f"底部 {text_of(match.lead_at_troughs, '+.1f')} 个月；"
            f"漏报 {match.missed}，误报 {match.extra}。",
            f"Highest correlation at a lead of {best} months. Mean lead at peaks "
            f"{text_of(match.lead_at_peaks, '+.1f')}, at troughs "
            f"{text_of(match.lead_at_troughs, '+.1f')} months; missed {match.missed}, extra "
            f"{match.extra}.",
        )
    )
    months = voice.line(("领先（月）", "Lead, months"))
    lead = table_of(leads.composite, words.LEAD, {}, voice, months)
    turn = table_of(
        turns, words.TURNS, {}, voice, voice.line(words.HEADINGS["turns"]), at=BESIDE, span=2
    )
    bands: list[Band] = [
        _heading("lead", voice, against),
        (lead, turn) if len(turns) else (lead,),
        (Text(text=said),),
    ]
    bands += [
        _heading("screening", voice, against),
        (table_of(leads.screening, words.SCREENING, names, voice),),
        _note("leads", voice),
    ]
    return bands


def _moved(
    evidence: Evidence, vintage: pd.DataFrame | None, names: Mapping[str, str], voice: Voice
) -> list[Band]:
    titled = {**names, "total": voice.label("total")}
    heads = {key: head for key, head in words.MOVED.items() if key in evidence.moved.columns}
    bands: list[Band] = [
        _heading("moved", voice),
        (table_of(evidence.moved, heads, titled, voice, total=True),),
        _note("moved", voice),
    ]
    if vintage is not None and len(vintage):
        bands += [
            _heading("vintage", voice),
            (table_of(vintage, words.VINTAGE, titled, voice, total=True),),
        ]
    return bands
