"""A system's page, in seven blocks, and the series behind its charts.

State; net value; position or scores; contributions; statistics beside published figures; inputs
with freshness and provenance; notices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
from prosperity.evaluation import Evaluation, Notice
from prosperity.evidence.of_systems import SystemEvidence
from prosperity.systems.result import SystemResult
from prosperity.systems.spec import System

from prosperity_excel.report.data_columns import dates, numbers
from prosperity_excel.report.data_sheets import net_value_charts, share_chart, weekly_block
from prosperity_excel.report.model_page import Places, links
from prosperity_excel.report.model_tables import GRID
from prosperity_excel.report.returns_page import HALF
from prosperity_excel.report.spec import (
    Band,
    Block,
    Break,
    Column,
    DataSheet,
    Kind,
    Line,
    Link,
    Page,
    Table,
    Text,
)
from prosperity_excel.report.system_tables import (
    contribution_table,
    inputs_table,
    published_table,
    standing_table,
    statistics_table,
)
from prosperity_excel.words.chart_findings import SHADED
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice
from prosperity_excel.words.sentences import NOTES
from prosperity_excel.words.system_statements import (
    SIMULATED_DATA,
    asset_pair,
    evidence_words,
    honest_system_words,
    is_old,
    on_words,
    part_pair,
    position_words,
    severity_pair,
)
from prosperity_excel.words.system_words import REPORT_BLOCKS, REPORT_HEADS, WEEKLY_NAMES

#: Key figures: statistic -> heading, kind, grid columns.
FIGURES: tuple[tuple[str, str, Kind, int], ...] = (
    ("annualised_return", "strategy", "signed_percent", 1),
    ("annualised_benchmark", "benchmark", "signed_percent", 3),
    ("sharpe", "sharpe", "number", 3),
    ("max_drawdown", "drawdown", "percent", 3),
)
CHART_ROWS, PUBLISHED_AT = 14, 4
#: Assets up to which contributions stand beside the scores, and where.
FEW_ASSETS, BESIDE_AT = 3, 7
#: Systems whose position is one number; the others have scores.
BY_POSITION = ("switch", "position", "mix", "imported")


def system_page(
    result: SystemResult,
    evaluation: Evaluation,
    places: Places,
    voice: Voice,
    found: SystemEvidence | None = None,
) -> Page:
    """Return the page of one system.

    Parameters
    ----------
    result, evaluation
        The system, and the run that it belongs to.
    places, voice
        Names of sheets; the reader's language.
    found
        The evidence on it; None where there is none.
    """
    definition = result.definition
    name = voice.line((definition.name_zh, definition.name_en))
    few = len(result.positions.columns) <= FEW_ASSETS
    bands: list[Band] = [
        (Text(text=voice.stack(finding_of(result)), role="title"),),
        links(places, voice),
        *warnings_of(result, evaluation.today, voice),
        (Text(text=voice.stack(on_words(result, evaluation.today)), role="headline"),),
        *_said(result, voice),
        *_figures(result, voice),
        *_proof(found, voice),
        *_charts(result, places.data, voice),
        *(() if few else ((Break(),),)),
        *_standing(result, voice, beside=few),
        *(() if few else _contributions(result, voice)),
        (Break(),),
        *_statistics(result, evaluation, voice),
        *_inputs(result, voice),
        *notice_bands(result.notices, voice),
        *_about(result, voice),
    ]
    return Page(id=places.page, title=name, widths=GRID, bands=tuple(bands))


def finding_of(result: SystemResult) -> Pair:
    """Return what the system says now, as the title of its page."""
    held, definition = position_words(result), result.definition
    return f"{definition.name_zh}：{held[0]}", f"{definition.name_en}: {held[1]}"


def warnings_of(result: SystemResult, today: pd.Timestamp | None, voice: Voice) -> list[Band]:
    """Return what no reader may overlook: simulated data, and a decision that is not of now."""
    bands: list[Band] = []
    if result.simulated:
        bands.append((Text(text=voice.line(SIMULATED_DATA, " · "), role="banner"),))
    if is_old(result, today):
        bands.append((Text(text=voice.stack(on_words(result, today)), role="caution"),))
    return bands


def heading(key: str, voice: Voice) -> Band:
    """Return the heading of a block."""
    return (Text(text=voice.line(REPORT_BLOCKS[key]), role="heading"),)


def notice_bands(notices: Sequence[Notice], voice: Voice) -> list[Band]:
    """Return notices, warnings first; that there are none, where there are none."""
    said = [voice.stack((n.zh, n.en)) for n in notices]
    ranked = [f"{voice.line(severity_pair(n.severity))}: {text}"
              for n, text in zip(notices, said, strict=True)]  # fmt: skip
    none = voice.line(("没有。", "None."))
    return [heading("notices", voice), *((Text(text=text),) for text in ranked or [none])]


def system_sheet(result: SystemResult, places: Places, voice: Voice) -> DataSheet:
    """Return the series behind the page: by decision weights, scores and parts; by week values."""
    day = dates("decision", voice.line(REPORT_HEADS["decided"]), "date", result.decisions)
    blocks = []
    frames: tuple[tuple[str, str, Kind, pd.DataFrame], ...] = (
        ("weights", "weight", "percent", result.positions),
        ("scores", "score", "number", result.scores),
        ("parts", "input", "number", result.parts),
    )
    for key, head, kind, frame in frames:
        columns = [
            numbers(str(id), voice.line(asset_pair(result, str(id))), "", kind, frame[id])
            for id in frame
        ]
        if columns:
            title = voice.line(REPORT_HEADS[head])
            blocks.append(Block(key=key, title=title, columns=(day, *columns)))
    if result.backtest is not None:
        blocks.append(weekly_block(result.backtest, voice, _weekly_names(voice)))
    definition = result.definition
    name = voice.line((definition.name_zh, definition.name_en))
    return DataSheet(
        id=places.data,
        title=f"{name} · {voice.line(REPORT_BLOCKS['series'])}",
        note=voice.line(NOTES["data"]),
        back=Link(f"← {voice.label('to_page')}", places.page),
        blocks=tuple(blocks),
    )


def _weekly_names(voice: Voice) -> dict[str, str]:
    """Return what the series of a backtest are called where it is a system's."""
    return {key: voice.line(pair) for key, pair in WEEKLY_NAMES.items()}


def _said(result: SystemResult, voice: Voice) -> list[Band]:
    """Return what the rule says of its parts in words, such as the event that it chose."""
    if result.latest is None or result.latest not in result.texts.index:
        return []
    pairs = [
        (f"{name[0]} {pair[0]}", f"{name[1]} {pair[1]}")
        for id, pair in result.texts.loc[result.latest].items()
        if isinstance(pair, tuple) and any(pair)
        for name in (part_pair(result, str(id)),)
    ]
    zh, en = "；".join(p[0] for p in pairs), "; ".join(p[1] for p in pairs)
    return [(Text(text=voice.stack((zh, en))),)] if pairs else []


def _figures(result: SystemResult, voice: Voice) -> list[Band]:
    if result.backtest is None:
        return []
    values = result.backtest.statistics
    columns = tuple(
        Column(label=voice.line(REPORT_HEADS[head]), kind=kind, span=span)
        for _, head, kind, span in FIGURES
    )
    row = tuple(values[key] for key, _, _, _ in FIGURES)
    return [(Table(columns=columns, rows=(row,), figures=True),)]


def _proof(found: SystemEvidence | None, voice: Voice) -> list[Band]:
    """Return the evidence in a sentence; in grey where it is not shown to help."""
    if found is None:
        return []
    role = "body" if found.shown_to_help else "note"
    return [(Text(text=voice.stack(evidence_words(found)), role=role),)]  # type: ignore[arg-type]


def _charts(result: SystemResult, sheet: str, voice: Voice) -> list[Band]:
    tested = result.backtest
    if tested is None or len(tested.nav) < 2:
        return []
    halves = (
        {"at": 0, "span": HALF, "rows": CHART_ROWS},
        {"at": HALF, "span": 0, "rows": CHART_ROWS},
    )
    # What is held is several assets: no time of holding one stands behind the lines.
    drawn = net_value_charts(tested, sheet, voice, halves)
    said = f" · {voice.line(SHADED)}"
    upper = tuple(replace(c, shades=(), subtitle=c.subtitle.replace(said, "")) for c in drawn)
    if getattr(result.definition, "allocation", "") not in BY_POSITION:
        return [upper]
    line, title = Line("position", "held"), REPORT_BLOCKS["position"]
    held = share_chart(title, line, tested.position, sheet, voice, **halves[1])
    return [(upper[0], held)]


def _standing(result: SystemResult, voice: Voice, *, beside: bool) -> list[Band]:
    """Return the assets; with ``beside`` what the inputs add stands on their right."""
    if result.latest is None:
        return []
    shown = [standing_table(result, result.latest, voice)]
    heads = [replace_span(heading("standing", voice), 0, BESIDE_AT - 1)]
    table = contribution_table(result, result.latest, voice, BESIDE_AT) if beside else None
    if table is None:
        return [heading("standing", voice), (shown[0],)]
    heads.append(replace_span(heading("contributions", voice), BESIDE_AT, 0))
    return [(heads[0], heads[1]), (shown[0], table)]


def replace_span(band: Band, at: int, span: int) -> Text:
    """Return the one text of a band over other grid columns."""
    text = band[0]
    assert isinstance(text, Text)
    return replace(text, at=at, span=span)


def _contributions(result: SystemResult, voice: Voice) -> list[Band]:
    if result.latest is None:
        return []
    table = contribution_table(result, result.latest, voice)
    return [] if table is None else [heading("contributions", voice), (table,)]


def _statistics(result: SystemResult, evaluation: Evaluation, voice: Voice) -> list[Band]:
    ours, theirs = statistics_table(result, voice), None
    if isinstance(result.definition, System):
        at = 0 if ours is None else PUBLISHED_AT
        theirs = published_table(result.definition, result, voice, at)
    shown = tuple(table for table in (ours, theirs) if table is not None)
    if not shown:
        return []
    honest = honest_system_words(result, evaluation.settings)
    note = (Text(text=voice.stack(honest), role="note"),)
    return [heading("statistics", voice), shown, note]


def _inputs(result: SystemResult, voice: Voice) -> list[Band]:
    if not isinstance(result.definition, System):
        return []
    return [heading("inputs", voice), (inputs_table(result.definition, result, voice),)]


def _about(result: SystemResult, voice: Voice) -> list[Band]:
    """Return when it fails, and what its sources leave open."""
    own = result.definition
    if not isinstance(own, System):
        return []
    told = (
        ("fails", (own.fails_zh, own.fails_en)),
        ("unknown", (own.unknown_zh, own.unknown_en)),
    )
    bands: list[Band] = []
    for key, pair in told:
        if pair[0]:
            bands += [heading(key, voice), (Text(text=voice.stack(pair)),)]
    return bands
