"""The page on the data: what is there of every indicator, how old it is, what is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from prosperity.definition import Indicator
from prosperity.evaluation import Evaluation, IndustryResult

from prosperity_excel.report.model_page import banners
from prosperity_excel.report.spec import Band, Column, Kind, Link, Page, Table, Tag, Text, Value
from prosperity_excel.words.report_words import PROVENANCE, Voice
from prosperity_excel.words.sentences import NOTES

#: Columns of the table, which are the grid of the page: label -> width, kind.
COLUMNS: dict[str, tuple[float, Kind]] = {
    "industry": (24, "text"),
    "indicator": (44, "text"),
    "first_month": (11, "month"),
    "last_month": (11, "month"),
    "release": (12, "date"),
    "age": (9, "count"),
    "months_scored": (10, "count"),
    "months_without": (10, "count"),
    "in_use": (8, "text"),
    "provenance": (13, "text"),
    "source": (30, "text"),
}


def quality_page(
    evaluation: Evaluation, page_of: dict[str, str], page: str, back: str, voice: Voice
) -> Page:
    """Return the page; an indicator that several models use stands under each of them."""
    results = [*evaluation.industries.values(), *evaluation.modules.values()]
    rows = [row for r in results for row in _rows(r, page_of[r.definition.id], voice)]
    columns = tuple(Column(label=voice.heading(k), kind=kind) for k, (_, kind) in COLUMNS.items())
    found = [voice.stack((n.zh, n.en)) for n in evaluation.notices]
    bands: list[Band] = [
        (Text(text=voice.label("quality"), role="title"),),
        (Text(text=f"← {voice.label('to_summary')}", role="subtitle", span=1, link=back),),
        *banners(evaluation, voice),
        (Text(text=voice.stack(NOTES["quality"]), role="note"),),
        (Table(columns=columns, rows=tuple(rows)),),
    ]
    if found:
        bands.append((Text(text=voice.label("book_notices"), role="heading"),))
        bands += [(Text(text=text),) for text in found]
    widths = tuple(width for width, _ in COLUMNS.values())
    return Page(id=page, title=voice.label("quality"), widths=widths, bands=tuple(bands))


def _rows(result: IndustryResult, page: str, voice: Voice) -> list[tuple[Value, ...]]:
    definition = result.definition
    name = Link(voice.line((definition.name_zh, definition.name_en)), page)
    return [(name, *_facts(result, indicator, voice)) for indicator in definition.members]


def _facts(result: IndustryResult, indicator: Indicator, voice: Voice) -> tuple[Value, ...]:
    """Return what is known of an indicator on the last decision date."""
    id = indicator.id
    label = voice.line((indicator.name_zh, indicator.name_en))
    origin = voice.line(PROVENANCE[indicator.provenance])
    seen = result.periods[id].dropna()
    if seen.empty:
        return label, *(None,) * 6, Tag(voice.label("no"), "muted"), origin, indicator.source
    known = pd.DatetimeIndex(seen.unique())
    first, last = known.min(), known.max()
    scored = np.isfinite(result.stages["score"][id].to_numpy(float))
    since = len(scored) - int(scored.argmax()) if scored.any() else 0
    now = result.months[-1]
    age = (now.year - last.year) * 12 + now.month - last.month
    used = bool(scored[-1])
    shown = Tag(voice.label("yes")) if used else Tag(voice.label("no"), "strong")
    released = result.releases[id].dropna().iloc[-1]
    counts: tuple[Value, ...] = (float(age), float(scored.sum()), float(since - scored.sum()))
    return (
        label,
        first.date(),
        last.date(),
        released.date(),
        *counts,
        shown,
        origin,
        indicator.source,
    )
