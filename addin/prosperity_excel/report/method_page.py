"""The page that says how everything was computed, from the settings themselves."""

from __future__ import annotations

from dataclasses import Field, fields
from typing import Any

from prosperity.backtest import STATISTICS
from prosperity.evaluation import Evaluation
from prosperity.settings import Settings

from prosperity_excel.report.model_page import banners
from prosperity_excel.report.spec import Band, Column, Page, Table, Tag, Text
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice
from prosperity_excel.words.sentences import (
    OTHER_SECTION,
    SECTIONS,
    STATISTIC_MEANING,
    setting_text,
)

WIDTHS = (24.0, 14.0, 14.0, 104.0)


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
    for title, prose, names in SECTIONS.values():
        shown = [described.pop(name) for name in names if name in described]
        bands.extend(_section(title, prose, shown, settings, voice))
    if described:
        bands.extend(_section(OTHER_SECTION, ("", ""), list(described.values()), settings, voice))
    bands.append((Text(text=voice.label("definitions"), role="heading"),))
    bands.append((_definitions(voice),))
    return Page(id=id, title=voice.label("method"), widths=WIDTHS, bands=tuple(bands))


def _section(
    title: Pair, prose: Pair, shown: list[Field[Any]], settings: Settings, voice: Voice
) -> list[Band]:
    columns = tuple(
        Column(label=voice.label(key)) for key in ("setting", "used", "default", "meaning")
    )
    rows = tuple(_row(setting, settings, voice) for setting in shown)
    said: list[Band] = [(Text(text=voice.stack(prose)),)] if any(prose) else []
    return [
        (Text(text=voice.line(title), role="heading"),),
        *said,
        (Table(columns=columns, rows=rows),),
    ]


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


def _definitions(voice: Voice) -> Table:
    columns = Column(label=voice.label("statistic"), span=3), Column(label=voice.label("meaning"))
    rows = tuple(
        (voice.line((zh, en)), voice.line(STATISTIC_MEANING.get(key, ("", "")), "  ·  "))
        for key, (zh, en, _) in STATISTICS.items()
    )
    return Table(columns=columns, rows=rows)
