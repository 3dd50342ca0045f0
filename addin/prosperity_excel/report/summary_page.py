"""The summary: where every industry stands; and what the cover says of the run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from prosperity import __version__
from prosperity.evaluation import Evaluation, IndustryResult, Notice

from prosperity_excel.report.model_page import banners, is_old
from prosperity_excel.report.model_tables import at
from prosperity_excel.report.spec import (
    Band,
    Column,
    Kind,
    Link,
    Page,
    Scale,
    Table,
    Tag,
    Text,
    Tone,
    Value,
)
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import CHANGES, LABELS, SECTORS, Voice, signal_mark
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

#: What stands left of the changes, and right of them: label -> width, kind, scale.
BEFORE: dict[str, tuple[float, Kind, Scale]] = {
    "industry": (36, "text", ""),
    "sector": (16, "text", ""),
    "composite": (11, "signed", "level"),
}
AFTER: dict[str, tuple[float, Kind, Scale]] = {
    "percentile": (11, "percent", "share"),
    "signal": (26, "text", ""),
    "as_of": (12, "date", ""),
    "data_through": (11, "text", ""),
    "freshness": (9, "text", ""),
    "age_status": (14, "text", ""),
    "strategy_total": (12.5, "signed_percent", ""),
    "index_total": (11, "signed_percent", ""),
    "benchmark_total": (14.5, "signed_percent", ""),
    "max_drawdown": (12.5, "signed_percent", ""),
    "sharpe": (8, "number", ""),
}
STATISTICS_SHOWN = (
    "strategy_return",
    "index_return",
    "benchmark_return",
    "max_drawdown",
    "sharpe",
)
CHANGE_WIDTH = 11.5


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
    """
    changes = change_columns(evaluation.settings.lookback)
    widths = (
        *(width for width, _, _ in BEFORE.values()),
        *(CHANGE_WIDTH for _ in changes),
        *(width for width, _, _ in AFTER.values()),
    )
    bands: list[Band] = [
        (Text(text=voice.label("summary"), role="title"),),
        *banners(evaluation, voice),
        (
            Text(text=f"← {voice.label('to_cover')}", link=names.cover, span=1),
            Text(text=f"→ {voice.label('to_method')}", link=names.method, at=1),
        ),
        (Text(text=voice.label("industries"), role="heading"),),
        (_industries(evaluation, changes, page_of, voice),),
        *_combined(evaluation, len(changes), names, voice),
        (Text(text=voice.stack(NOTES["change"]), role="note"),),
        *_modules(evaluation, changes, page_of, voice),
        *_honest(evaluation, voice, tried),
    ]
    return Page(id=names.page, title=voice.label("summary"), widths=widths, bands=tuple(bands))


def _honest(evaluation: Evaluation, voice: Voice, tried: str) -> list[Band]:
    tested = [r.backtest for r in evaluation.industries.values() if r.backtest is not None]
    if not tested:
        return []
    period = f"{min(t.start for t in tested):%Y-%m-%d}", f"{max(t.end for t in tested):%Y-%m-%d}"
    said = honest_words(evaluation.settings, *period, evaluation.simulated, tried)
    return [(Text(text=voice.stack(said), role="note"),)]


def change_columns(lookback: int) -> dict[int, Pair]:
    """Return the changes shown: 0 is the marginal one of the rule, others are months back."""
    marginal = f"{lookback}个月边际", f"Marginal, {lookback}m"
    return {0: marginal} | {back: pair for back, pair in CHANGES.items() if back != lookback}


def ranked(evaluation: Evaluation) -> list[IndustryResult]:
    """Return the industries by percentile, highest first; those without one at the end."""

    def place(result: IndustryResult) -> tuple[bool, float]:
        share = at(result.percentile, result.latest)
        return share is None, -share if isinstance(share, float) else 0.0

    return sorted(evaluation.industries.values(), key=place)


def about_table(evaluation: Evaluation, generated: datetime, size: int, voice: Voice) -> Table:
    """Return what was run, over ``size`` columns: data, time, version, signals, conventions."""
    conventions = convention_words(evaluation.settings)
    said: dict[str, str] = {
        "data_through": _data_through(evaluation, voice),
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


def signal_text(result: IndustryResult, voice: Voice) -> str:
    """Return an industry's last signal as its mark and words."""
    return f"{signal_mark(signal_of(result))} {voice.line(signal_words(result))}"


def _data_through(evaluation: Evaluation, voice: Voice) -> str:
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


def _headings(
    shown: dict[str, tuple[float, Kind, Scale]], first: str, voice: Voice
) -> list[Column]:
    labels = {"industry": first}
    return [
        Column(label=voice.heading(labels.get(key, key)), kind=kind, scale=scale)
        for key, (_, kind, scale) in shown.items()
    ]


def _change_headings(changes: dict[int, Pair], voice: Voice) -> list[Column]:
    return [
        Column(label=voice.stack(pair), kind="signed", scale="change") for pair in changes.values()
    ]


def _industries(
    evaluation: Evaluation, changes: dict[int, Pair], page_of: dict[str, str], voice: Voice
) -> Table:
    columns = (
        *_headings(BEFORE, "industry", voice),
        *_change_headings(changes, voice),
        *_headings(AFTER, "industry", voice),
    )
    rows = tuple(
        (*_standing(r, changes, page_of, voice), *_earned(r, voice)) for r in ranked(evaluation)
    )
    return Table(columns=columns, rows=rows)


def _standing(
    result: IndustryResult, changes: dict[int, Pair], page_of: dict[str, str], voice: Voice
) -> tuple[Value, ...]:
    definition, month = result.definition, result.latest
    plain = (_moved(result, back) for back in changes)
    return (
        Link(voice.line((definition.name_zh, definition.name_en)), page_of[definition.id]),
        voice.line(SECTORS[definition.sector]),
        at(result.composite, month),
        *plain,
        at(result.percentile, month),
    )


def _moved(result: IndustryResult, back: int) -> Value:
    if back == 0:
        return at(result.change, result.latest)
    return at(result.composite.diff(back), result.latest)


def _earned(result: IndustryResult, voice: Voice) -> tuple[Value, ...]:
    signal, tested = signal_of(result), result.backtest
    tone: Tone = "muted" if is_old(result) else "strong" if signal == 1 else "plain"
    values = tested.statistics if tested is not None else {}
    return (
        Tag(signal_text(result, voice), tone),
        at(result.decisions, result.latest),
        *_freshness(result),
        Tag(voice.line(freshness_words(result.freshness)), _age_tone(result)),
        *(values.get(key) for key in STATISTICS_SHOWN),
    )


def _freshness(result: IndustryResult) -> tuple[Value, Value]:
    """Return the newest month that the result knows, and how many indicators are current.

    An indicator is current when it has a score on the last decision date: it has data, enough of
    them, and they are not too old to be carried.
    """
    if result.latest is None:
        return None, None
    newest = _latest(result.periods.loc[result.latest].to_numpy("datetime64[ns]"))
    scores = result.stages["score"].loc[result.latest]
    through = f"{newest[0]:%Y-%m}" if newest else None
    return through, f"{np.count_nonzero(scores.notna())}/{len(scores)}"


def _age_tone(result: IndustryResult) -> Tone:
    age = result.freshness
    return "strong" if age is not None and age.overdue_since is not None else "plain"


def _combined(
    evaluation: Evaluation, changes: int, names: SummaryPlaces, voice: Voice
) -> list[Band]:
    """Return the combined strategy as a row under the industries, in their columns."""
    if evaluation.combined is None:
        return []
    values = evaluation.combined.backtest.statistics
    before = len(BEFORE) + changes + len(AFTER) - len(STATISTICS_SHOWN) - 1
    returns = list(AFTER.items())[-len(STATISTICS_SHOWN) :]
    columns = (
        Column(label=voice.label("combined")),
        Column(label=voice.label("holdings"), span=before),
        *(Column(label=voice.label(key), kind=kind) for key, (_, kind, _) in returns),
    )
    row: tuple[Value, ...] = (
        Link(voice.label("combined"), names.combined),
        voice.line(holdings_words(evaluation), "  ·  "),
        *(values[key] for key in STATISTICS_SHOWN),
    )
    return [(Table(columns=columns, rows=(row,), header=False),)]


def _modules(
    evaluation: Evaluation, changes: dict[int, Pair], page_of: dict[str, str], voice: Voice
) -> list[Band]:
    modules = list(evaluation.modules.values())
    if not modules:
        return []
    after = {"percentile": AFTER["percentile"]}
    columns = (
        *_headings(BEFORE, "module", voice),
        *_change_headings(changes, voice),
        *_headings(after, "module", voice),
    )
    rows = tuple(_standing(r, changes, page_of, voice) for r in modules)
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
