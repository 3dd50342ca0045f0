"""The summary: where every industry stands; and what the cover says of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import numpy as np
import pandas as pd
from prosperity import __version__
from prosperity.evaluation import Evaluation, IndustryResult, Notice

from prosperity_excel.report.data_sheets import MONTHLY
from prosperity_excel.report.model_page import banners, is_old, users_of
from prosperity_excel.report.model_tables import at
from prosperity_excel.report.spec import (
    Band,
    Column,
    Kind,
    Link,
    Page,
    Scale,
    Spark,
    Table,
    Tag,
    Text,
    Tone,
    Value,
)
from prosperity_excel.words.fields import FIELDS
from prosperity_excel.words.findings import flip_words, is_new, run_of
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import LABELS, Voice, signal_mark
from prosperity_excel.words.sentences import NOTES, convention_words, honest_words
from prosperity_excel.words.statements import (
    freshness_words,
    holdings_words,
    shared_benchmark,
    signal_counts,
    signal_of,
    signal_pair,
    signal_words,
)

#: The table of industries, which is the grid of the page: heading, width, kind, scale.
COLUMNS: dict[str, tuple[Pair, float, Kind, Scale]] = {
    "industry": (FIELDS["industry"].name, 26, "text", ""),
    "signal": (FIELDS["signal"].name, 18, "text", ""),
    "since": (("信号自", "Signal since"), 10, "month", ""),
    "mark": (("新进/退出", "New or ended"), 10, "text", ""),
    "change": (FIELDS["change"].name, 10, "signed", "change"),
    "composite": (FIELDS["composite"].name, 10, "signed", ""),
    "spark": (("近36个月", "Last 36 months"), 18, "text", ""),
    "percentile": (FIELDS["percentile"].name, 12, "percent", "share"),
    "flip": (("下次翻转", "Next flip"), 34, "text", ""),
    "decided": (FIELDS["decision"].name, 12, "date", ""),
    "age": (("时效", "Data age"), 16, "text", ""),
    "available": (("可用指标", "Indicators available"), 10, "text", ""),
}
#: Months of a small line.
SPARK_MONTHS = 36
#: Columns that modules have too, and how many columns their users take.
MODULE_COLUMNS, USER_SPAN = ("industry", "change", "composite", "spark", "percentile"), 4


@dataclass(frozen=True)
class SummaryPlaces:
    """Names of the summary's sheet and of the sheets it leads to besides the models' pages."""

    page: str
    combined: str
    method: str
    cover: str


def summary_page(
    evaluation: Evaluation,
    page_of: dict[str, str],
    names: SummaryPlaces,
    voice: Voice,
    tried: str = "1",
    data_of: Mapping[str, str] = MappingProxyType({}),
    news: Sequence[Band] = (),
) -> Page:
    """Return the summary.

    Parameters
    ----------
    evaluation
        What was computed.
    page_of
        Name of the page of each model.
    names
        Names of this page and of those it leads to.
    voice
        The reader's language.
    tried
        How many variants were computed.
    data_of
        Name of the data sheet of each model, for the small lines.
    news
        What is said below the industries: what is due, and what changed.
    """
    head = [
        (Text(text=voice.label("summary"), role="title"),),
        *banners(evaluation, voice),
        (Text(text=voice.stack(_counts(evaluation)), role="headline"),),
        *_holdings(evaluation, voice),
        (
            Text(text=f"← {voice.label('to_cover')}", link=names.cover, span=1),
            Text(text=f"→ {voice.label('to_method')}", link=names.method, at=1, span=2),
        ),
    ]
    bands: list[Band] = [
        *head,
        (_industries(evaluation, page_of, data_of, voice),),
        (Text(text=voice.stack(NOTES["change"]), role="note"),),
        *_modules(evaluation, page_of, data_of, voice),
        *news,
        *_honest(evaluation, voice, tried),
    ]
    widths = tuple(width for _, width, _, _ in COLUMNS.values())
    return Page(id=names.page, title=voice.label("summary"), widths=widths, bands=tuple(bands))


def _holdings(evaluation: Evaluation, voice: Voice) -> list[Band]:
    """Return what the combined strategy holds, and why that is not every signal."""
    if evaluation.combined is None:
        return []
    return [(Text(text=voice.stack(holdings_words(evaluation))),)]


def _counts(evaluation: Evaluation) -> Pair:
    """Return how many industries are held, and which entered or left with the last decision."""
    counts = signal_counts(evaluation)
    fresh = [r for r in evaluation.industries.values() if is_new(r)]
    into = [r.definition for r in fresh if signal_of(r) == 1]
    out = [r.definition for r in fresh if signal_of(r) != 1]
    zh = f"持有信号 {counts.hold} 个，基准 {counts.market} 个，无信号 {counts.none} 个"
    en = f"{counts.hold} in industry, {counts.market} in market, {counts.none} without a signal"
    for found, words in ((into, ("新进", "new")), (out, ("退出", "ended"))):
        if found:
            zh += f"；{words[0]}：{'、'.join(d.name_zh for d in found)}"
            en += f"; {words[1]}: {', '.join(d.name_en for d in found)}"
    return zh, en


def _honest(evaluation: Evaluation, voice: Voice, tried: str) -> list[Band]:
    tested = [r.backtest for r in evaluation.industries.values() if r.backtest is not None]
    if not tested:
        return []
    period = f"{min(t.start for t in tested):%Y-%m-%d}", f"{max(t.end for t in tested):%Y-%m-%d}"
    said = honest_words(evaluation.settings, *period, evaluation.simulated, tried)
    return [(Text(text=voice.stack(said), role="note"),)]


def ranked(evaluation: Evaluation) -> list[IndustryResult]:
    """Return the industries: held first, new ones before the others, each by its change."""

    def place(result: IndustryResult) -> tuple[int, bool, float]:
        signal, change = signal_of(result), at(result.change, result.latest)
        order = {1.0: 0, 0.0: 1}.get(signal, 2) if signal is not None else 2
        return order, not is_new(result), -change if isinstance(change, float) else 0.0

    return sorted(evaluation.industries.values(), key=place)


def about_table(evaluation: Evaluation, generated: datetime, size: int, voice: Voice) -> Table:
    """Return what was run, over ``size`` columns: data, time, version, signals, conventions."""
    conventions = convention_words(evaluation.settings)
    said: dict[str, str] = {
        "data_through": data_through(evaluation, voice),
        "generated": f"{generated:%Y-%m-%d %H:%M}  ·  Prosperity {__version__}",
        "signals": _signals(evaluation, voice),
        **({"combined": voice.stack(holdings_words(evaluation))} if evaluation.combined else {}),
        "settings": voice.stack(
            ("；".join(p[0] for p in conventions), "; ".join(p[1] for p in conventions))
        ),
    }
    rows = tuple((voice.label(key), text) for key, text in said.items())
    return Table(columns=(Column(), Column(span=size - 1)), rows=rows, header=False)


def _signals(evaluation: Evaluation, voice: Voice) -> str:
    """Count the industries by signal, as the table below shows them."""
    counts, benchmark = signal_counts(evaluation), shared_benchmark(evaluation)
    shown = {1.0: counts.hold, 0.0: counts.market, None: counts.none}
    words = [
        f"{signal_mark(signal)} {voice.line(signal_pair(signal, benchmark))} {count}"
        for signal, count in shown.items()
    ]
    if counts.overdue:
        words.append(voice.line((f"其中已过期 {counts.overdue}", f"overdue {counts.overdue}")))
    return "  ·  ".join(words)


def data_through(evaluation: Evaluation, voice: Voice) -> str:
    """Return through when indicators, prices and decisions reach."""
    results = evaluation.results.values()
    described = [r.periods.to_numpy("datetime64[ns]").ravel() for r in results]
    periods = [day for found in described for day in _latest(found)]
    prices = [r.backtest.end for r in results if r.backtest is not None]
    decided = [r.decisions.iloc[-1] for r in results if len(r.decisions)]
    parts: tuple[tuple[Pair, list[pd.Timestamp], str], ...] = (
        (("指标", "indicators"), periods, "%Y-%m"),
        (("行情", "prices"), prices, "%Y-%m-%d"),
        (("最近决策日", "last decision date"), decided, "%Y-%m-%d"),
    )
    return "  ·  ".join(
        f"{voice.line(label)} {max(days).strftime(form)}" for label, days, form in parts if days
    )


def _latest(days: np.ndarray) -> list[pd.Timestamp]:
    known = days[~np.isnat(days)]
    return [pd.Timestamp(known.max())] if len(known) else []


def _industries(
    evaluation: Evaluation, page_of: dict[str, str], data_of: Mapping[str, str], voice: Voice
) -> Table:
    columns = tuple(
        Column(label=voice.stack(pair), kind=kind, scale=scale)
        for pair, _, kind, scale in COLUMNS.values()
    )
    rows = tuple(_row(r, page_of, data_of, voice) for r in ranked(evaluation))
    return Table(columns=columns, rows=rows, filters=True)


def _row(
    result: IndustryResult, page_of: dict[str, str], data_of: Mapping[str, str], voice: Voice
) -> tuple[Value, ...]:
    signal, run, month = signal_of(result), run_of(result), result.latest
    tone: Tone = "muted" if is_old(result) else "strong" if signal == 1 else "plain"
    words = f"{signal_mark(signal)} {voice.line(signal_words(result))}"
    mark = ("新进", "new") if signal == 1 else ("退出", "ended")
    through = _freshness(result)[1]
    return (
        _name(result, page_of, voice),
        Tag(words, tone),
        None if run is None else run.since.date(),
        Tag(voice.line(mark) if is_new(result) else "", "strong"),
        at(result.change, month),
        at(result.composite, month),
        _spark(result, data_of),
        at(result.percentile, month),
        voice.stack(flip_words(result)),
        at(result.decisions, month),
        Tag(voice.line(freshness_words(result.freshness)), _age_tone(result)),
        through,
    )


def _name(result: IndustryResult, page_of: dict[str, str], voice: Voice) -> Link:
    definition = result.definition
    # A decision of the 6th is of the month before and is taken later than the others'.
    sixth = definition.rebalance == "sixth"
    name = voice.line((definition.name_zh, definition.name_en))
    mark = voice.line(("（6日）", " (6th)"), "") if sixth else ""
    return Link(f"{name}{mark}", page_of[definition.id])


def _spark(result: IndustryResult, data_of: Mapping[str, str]) -> Value:
    sheet = data_of.get(result.definition.id)
    if sheet is None or result.latest is None:
        return ""
    return Spark(sheet, MONTHLY, "composite", SPARK_MONTHS)


def _freshness(result: IndustryResult) -> tuple[Value, Value]:
    """Return the newest month that the result knows, and how many indicators are available.

    An indicator is available when it has a score on the last decision date: it has data, enough
    of them, and they are not too old to be carried.
    """
    if result.latest is None:
        return None, None
    newest = _latest(result.periods.loc[result.latest].to_numpy("datetime64[ns]"))
    scores = result.stages["score"].loc[result.latest]
    through = f"{newest[0]:%Y-%m}" if newest else None
    return through, f"{np.count_nonzero(scores.notna())} / {len(scores)}"


def _age_tone(result: IndustryResult) -> Tone:
    age = result.freshness
    return "strong" if age is not None and age.overdue_since is not None else "plain"


def _modules(
    evaluation: Evaluation, page_of: dict[str, str], data_of: Mapping[str, str], voice: Voice
) -> list[Band]:
    """Return where the shared modules stand, and which industries use each."""
    modules = list(evaluation.modules.values())
    if not modules:
        return []
    shown = [COLUMNS[key] for key in MODULE_COLUMNS]
    columns = (
        Column(label=voice.label("module"), span=4),
        *(
            Column(label=voice.stack(pair), kind=kind, scale=scale)
            for pair, _, kind, scale in shown[1:]
        ),
        Column(label=voice.label("used_by"), span=USER_SPAN),
    )
    rows = tuple(
        (
            _name(r, page_of, voice),
            at(r.change, r.latest),
            at(r.composite, r.latest),
            _spark(r, data_of),
            at(r.percentile, r.latest),
            voice.line(users_of(r, evaluation)),
        )
        for r in modules
    )
    heading = Text(text=voice.label("modules"), role="heading")
    return [(heading,), (Table(columns=columns, rows=rows),)]


def warning_bands(evaluation: Evaluation, size: int, voice: Voice) -> list[Band]:
    """Return the warnings of a run, each once, over ``size`` columns."""
    said: dict[str, list[str]] = {}
    for text, ids in grouped_warnings(evaluation):
        said.setdefault(_who(ids, evaluation, voice), []).append(voice.stack(text))
    if not said:
        return [(Text(text=voice.stack(LABELS["no_warnings"])),)]
    rows = tuple((who, "\n".join(texts)) for who, texts in said.items())
    columns = (
        Column(label=voice.label("about"), span=2),
        Column(label=voice.label("notice"), span=size - 2),
    )
    return [(Table(columns=columns, rows=rows),)]


def grouped_warnings(evaluation: Evaluation) -> list[tuple[Pair, list[str]]]:
    """Return each warning once with the ids of the models that it concerns; none is the run."""
    concerned: dict[Pair, list[str]] = {
        (n.zh, n.en): [] for n in evaluation.notices if _is_warning(n)
    }
    for id, result in evaluation.results.items():
        for notice in filter(_is_warning, result.notices):
            concerned.setdefault((notice.zh, notice.en), []).append(id)
    return list(concerned.items())


def _is_warning(notice: Notice) -> bool:
    return notice.severity == "warning"


def _who(ids: list[str], evaluation: Evaluation, voice: Voice) -> str:
    if not ids or len(ids) == len(evaluation.results):
        return voice.label("all_models")
    names = [evaluation.results[id].definition for id in ids]
    return voice.line(("、".join(n.name_zh for n in names), ", ".join(n.name_en for n in names)))
