"""The page that says how everything was computed, from the settings themselves."""

from __future__ import annotations

from dataclasses import Field, fields
from typing import Any

from prosperity.backtest import STATISTICS
from prosperity.evaluation import Evaluation
from prosperity.settings import Settings

from prosperity_excel.report.model_page import banners
from prosperity_excel.report.spec import Band, Column, Page, Table, Tag, Text
from prosperity_excel.words.report_words import Voice
from prosperity_excel.words.sentences import (
    SECTIONS,
    STATISTIC_MEANING,
    setting_text,
)

#: The grid: settings take the first three columns and their meaning the rest.
WIDTHS, MEANING_SPAN = (24.0, 14.0, 14.0, 26.0, 24.0, 54.0), 3


def method_page(evaluation: Evaluation, id: str, summary: str, voice: Voice) -> Page:
    """Return the method page: every setting with the value used, and each statistic's definition.

    Parameters
    ----------
    evaluation
        What was computed.
    id, summary
        Names of this page and of the summary.
    voice
        The reader's language.
    """
    settings = evaluation.settings
    described = {setting.name: setting for setting in fields(settings)}
    bands: list[Band] = [
        (Text(text=voice.label("method"), role="title"),),
        (Text(text=f"← {voice.label('to_summary')}", span=1, link=summary),),
        *banners(evaluation, voice),
    ]
    rows: list[tuple[str | Tag, ...]] = []
    for title, prose, names in SECTIONS.values():
        bands.append((Text(text=voice.line(title), role="heading"),))
        bands.append((Text(text=voice.stack(prose)),))
        rows += [_row(described.pop(name), settings, voice) for name in names if name in described]
    rows += [_row(setting, settings, voice) for setting in described.values()]
    bands.append((Text(text=voice.label("definitions"), role="heading"),))
    bands.append(_definitions(voice))
    columns = (
        *(Column(label=voice.label(key)) for key in ("setting", "used", "default")),
        Column(label=voice.label("meaning"), span=MEANING_SPAN),
    )
    bands.append((Text(text=voice.label("setting"), role="heading"),))
    bands.append((Table(columns=columns, rows=tuple(rows)),))
    return Page(id=id, title=voice.label("method"), widths=WIDTHS, bands=tuple(bands))


def _row(setting: Field[Any], settings: Settings, voice: Voice) -> tuple[str | Tag, ...]:
    used = getattr(settings, setting.name)
    changed = used != setting.default
    meaning = setting.metadata["zh"], setting.metadata["en"]
    return (
        setting.name,
        Tag(setting_text(used), "strong" if changed else "plain"),
        setting_text(setting.default),
        voice.stack(meaning),
    )


def _definitions(voice: Voice) -> Band:
    """Return what each statistic is, in two tables side by side."""
    rows: list[tuple[str, str]] = [
        (voice.line((zh, en)), voice.line(STATISTIC_MEANING.get(key, ("", "")), "  ·  "))
        for key, (zh, en, _) in STATISTICS.items()
    ]
    half = -(-len(rows) // 2)
    heads = voice.label("statistic"), voice.label("meaning")
    return tuple(
        Table(columns=tuple(Column(label=label, span=span) for label, span in
                            zip(heads, spans, strict=True)), rows=tuple(part), at=at)
        for part, spans, at in ((rows[:half], (1, 3), 0), (rows[half:], (1, 1), 4))
    )  # fmt: skip
