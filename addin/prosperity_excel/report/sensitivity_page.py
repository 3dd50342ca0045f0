"""The page that shows how much of the returns hangs on conventions that the report leaves open."""

from __future__ import annotations

import numpy as np
from prosperity.evaluation import Evaluation
from prosperity.evidence.conventions import COMBINED, Sensitivity

from prosperity_excel.report.model_page import banners
from prosperity_excel.report.spec import Band, Column, Link, Page, Table, Text, Value
from prosperity_excel.words.report_words import Voice
from prosperity_excel.words.sentences import NOTES, honest_words

NAME_WIDTH, WIDTH = 30, 12.5
#: What stands before the variants: the run itself, and the ends of all.
SUMMARY = ("base", "lowest", "highest")


def sensitivity_page(
    tested: Sensitivity,
    evaluation: Evaluation,
    page_of: dict[str, str],
    names: tuple[str, str, str],
    voice: Voice,
    tried: str,
) -> Page:
    """Return the page.

    Parameters
    ----------
    tested, evaluation
        What was tried, and the run.
    page_of
        Name of the page of each model.
    names
        Names of this page, the summary and the page of the combined strategy.
    voice
        The reader's language.
    tried
        How many variants were computed.
    """
    page, back, combined = names
    columns = (
        Column(label=voice.label("industry")),
        *(Column(label=voice.heading(key), kind="signed_percent") for key in SUMMARY),
        *(Column(label=voice.stack((v.zh, v.en)), kind="signed_percent") for v in tested.variants),
    )
    links = {id: Link(_name(id, evaluation, voice), page_of[id]) for id in evaluation.industries}
    links[COMBINED] = Link(voice.label("combined"), combined)
    rows = tuple((links[str(id)], *_returns(tested, str(id))) for id in tested.base.index)
    starts = [r.backtest.start for r in evaluation.industries.values() if r.backtest is not None]
    ends = [r.backtest.end for r in evaluation.industries.values() if r.backtest is not None]
    bands: list[Band] = [
        (Text(text=voice.label("sensitivity"), role="title"),),
        (Text(text=f"← {voice.label('to_summary')}", role="subtitle", span=1, link=back),),
        *banners(evaluation, voice),
        (Text(text=voice.stack(NOTES["sensitivity"])),),
        (Table(columns=columns, rows=rows, total=COMBINED in tested.base.index),),
    ]
    if starts:
        period = f"{min(starts):%Y-%m-%d}", f"{max(ends):%Y-%m-%d}"
        settings, simulated = evaluation.settings, evaluation.simulated
        honest = honest_words(settings, *period, simulated, tried)
        bands.append((Text(text=voice.stack(honest), role="note"),))
    widths = (NAME_WIDTH, *(WIDTH for _ in columns[1:]))
    return Page(id=page, title=voice.label("sensitivity"), widths=widths, bands=tuple(bands))


def _name(id: str, evaluation: Evaluation, voice: Voice) -> str:
    definition = evaluation.results[id].definition
    return voice.line((definition.name_zh, definition.name_en))


def _returns(tested: Sensitivity, id: str) -> tuple[Value, ...]:
    base, others = float(tested.base[id]), tested.totals.loc[id].to_numpy(float)
    every = np.append(others[np.isfinite(others)], base)
    return base, float(every.min()), float(every.max()), *(float(v) for v in others)
