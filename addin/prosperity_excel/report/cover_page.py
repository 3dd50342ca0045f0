"""The first page: what was run, on which data, with which settings, and what to mind."""

from __future__ import annotations

from datetime import datetime

from prosperity.evaluation import Evaluation

from prosperity_excel.report.freshness_bands import freshness_bands
from prosperity_excel.report.model_page import banners
from prosperity_excel.report.model_tables import GRID
from prosperity_excel.report.spec import Band, Column, Link, Page, Table, Text
from prosperity_excel.report.summary_page import about_table, warning_bands
from prosperity_excel.words.report_words import LABELS, Voice
from prosperity_excel.words.sentences import setting_text


def cover_page(
    evaluation: Evaluation,
    contents: tuple[tuple[str, str], ...],
    generated: datetime,
    page: str,
    voice: Voice,
) -> Page:
    """Return the cover.

    Parameters
    ----------
    evaluation
        What was computed.
    contents
        Title and name of each page that follows.
    generated
        When the report was made.
    page
        Name of this page.
    voice
        The reader's language.
    """
    bands: list[Band] = [
        (Text(text=voice.line(LABELS["report"]), role="title"),),
        *banners(evaluation, voice),
        (about_table(evaluation, generated, len(GRID), voice),),
        *freshness_bands(evaluation, voice),
        (Text(text=voice.label("changed_settings"), role="heading"),),
        _settings(evaluation, voice),
        (Text(text=voice.label("contents"), role="heading"),),
        _contents(contents),
        (Text(text=voice.label("warnings"), role="heading"),),
        *warning_bands(evaluation, len(GRID), voice),
    ]
    return Page(id=page, title=voice.label("cover"), widths=GRID, bands=tuple(bands))


def _settings(evaluation: Evaluation, voice: Voice) -> Band:
    changed = evaluation.settings.changed()
    if not changed:
        return (Text(text=voice.line(LABELS["all_default"])),)
    columns = (
        Column(label=voice.label("setting"), span=2),
        Column(label=voice.label("used"), span=len(GRID) - 2),
    )
    rows = tuple((name, setting_text(value)) for name, value in changed.items())
    return (Table(columns=columns, rows=rows),)


#: Grid columns of the three columns of contents.
_CONTENT_SPANS = (2, 6, 4)


def _contents(contents: tuple[tuple[str, str], ...]) -> Band:
    """Return the links to the pages, in columns read downwards."""
    height = -(-len(contents) // len(_CONTENT_SPANS))
    rows = tuple(
        tuple(
            Link(*contents[place]) if (place := row + column * height) < len(contents) else ""
            for column in range(len(_CONTENT_SPANS))
        )
        for row in range(height)
    )
    columns = tuple(Column(span=span) for span in _CONTENT_SPANS)
    return (Table(columns=columns, rows=rows, header=False),)
