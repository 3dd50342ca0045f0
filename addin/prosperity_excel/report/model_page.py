"""The page of one model: where it stands, its charts, its indicators, its backtest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from prosperity.coming.outlook import Outlook
from prosperity.evaluation import Evaluation, IndustryResult, Notice

from prosperity_excel.report.data_sheets import (
    composite_chart,
)
from prosperity_excel.report.due_page import next_prints
from prosperity_excel.report.fine_grid import fine_widths, refined
from prosperity_excel.report.model_tables import (
    GRID,
    at,
    indicator_table,
)
from prosperity_excel.report.returns_page import returns_bands
from prosperity_excel.report.simulated import is_simulated
from prosperity_excel.report.spec import (
    Band,
    Break,
    Column,
    Drawing,
    Kind,
    Page,
    Table,
    Text,
    Value,
)
from prosperity_excel.report.state_page import FOR_DISPLAY, PARTS, distance_band, strip_bands
from prosperity_excel.report.waterfall import waterfall_chart
from prosperity_excel.words.findings import finding, flip_words, run_of
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import (
    LABELS,
    SEVERITY,
    Voice,
    signal_mark,
)
from prosperity_excel.words.sentences import (
    NOTES,
    standing_words,
)
from prosperity_excel.words.statements import (
    benchmark_pair,
    freshness_words,
    grade_words,
    signal_of,
    signal_words,
)

#: Grid columns that each key figure takes.
FIGURE_SPANS = (1, 3, 3, 3, 3)
#: Indicators that the first page of one language holds below its charts, and below a strip.
MOST_INDICATORS, MOST_BELOW_STATES = 12, 5
#: Rows of the charts, in proportion to which they share the printed page.
UPPER_ROWS, STATE_ROWS = 14, 13
#: Notices that a banner says already.
IN_BANNERS = frozenset({"simulated", "looks_ahead"})
#: Grid columns of the composite's chart.
WIDE = 7


@dataclass(frozen=True)
class Places:
    """Names of the sheets that a page leads to: itself, its series, the summary."""

    page: str
    data: str
    summary: str


def model_page(
    result: IndustryResult,
    evaluation: Evaluation,
    places: Places,
    voice: Voice,
    tried: str = "1",
    coming: Outlook | None = None,
    sure: Sequence[Pair] = (),
    proof: Sequence[Drawing] = (),
) -> Page:
    """Return the page of an industry, or the shorter one of a module.

    Parameters
    ----------
    result, evaluation, places, voice
        The model, the run, the sheets that the page leads to, and the reader's language.
    tried
        How many variants were computed.
    coming
        What is due before its next decision.
    sure
        What would flip the next decision, and how sure the model is, a sentence each.
    proof
        The evidence as pictures, which stand beside the holdings.
    """
    definition = result.definition
    name = definition.name_zh, definition.name_en
    subtitle = Text(text=_subtitle(result, voice), role="subtitle", at=1, span=len(GRID) - 5)
    top: list[Band] = [
        (Text(text=voice.stack(finding(result)), role="title"),),
        (links(places, voice)[0], subtitle, links(places, voice)[1]),
        *banners(evaluation, voice, result),
        *_age_bands(result, voice),
        (Text(text=_headline(result, evaluation, voice), role="headline"),),
        *((Text(text=voice.stack(words), role="body"),) for words in _reasons(result, sure)),
    ]
    rest: list[Band] = [
        *_room(result, voice),
        *next_prints(coming, voice),
        (Text(text=_indicator_heading(result, voice), role="heading"),),
        (indicator_table(result, voice),),
        (Text(text=voice.stack(NOTES["indicators"]), role="note"),),
        *_turned_loadings(result, voice),
        *returns_bands(result, evaluation, places.data, voice, tried, proof),
        *_notices(result, voice),
        *_used_by(result, evaluation, voice),
    ]
    if definition.rule == "states":
        bands, widths = _by_states(result, places.data, top, rest, voice, coming)
    else:
        # What is due before the next decision takes the room of the key figures, which the
        # headline says too.
        figures = [] if coming is not None else [(_figures(result, voice),)]
        bands = [*top, *figures, *_pictures(result, places.data, voice, coming), *rest]
        widths = GRID
    return Page(id=places.page, title=voice.line(name), widths=widths, bands=tuple(bands))


def _by_states(
    result: IndustryResult,
    sheet: str,
    top: list[Band],
    rest: list[Band],
    voice: Voice,
    coming: Outlook | None,
) -> tuple[list[Band], tuple[float, ...]]:
    """Return the bands of a state machine, on the grid whose months are columns.

    The states stand first and the composite, which decides nothing, after them.
    """
    bands = [
        *_fine(top),
        *strip_bands(result, voice),
        *_fine(distance_band(result, voice)),
        *_fine([(Text(text=voice.line(FOR_DISPLAY), role="heading"),)]),
        *_fine(_pictures(result, sheet, voice, coming)),
        *_fine(rest),
    ]
    return bands, fine_widths(GRID, PARTS)


def _fine(bands: Sequence[Band]) -> list[Band]:
    return [refined(band, len(GRID), PARTS) for band in bands]


def _reasons(result: IndustryResult, sure: Sequence[Pair]) -> list[Pair]:
    """Return what would flip the signal, and how sure it is; nothing for a module."""
    if result.definition.kind == "module":
        return []
    flip = flip_words(result)
    return [words for words in (flip, *sure) if any(words)]


def links(places: Places, voice: Voice) -> tuple[Text, Text]:
    """Return the way back to the summary, and where the series are.

    No link leads to them: Excel follows none to a hidden sheet.
    """
    back, series = f"← {voice.label('to_summary')}", voice.label("to_data")
    return (
        Text(text=back, role="subtitle", span=1, link=places.summary),
        Text(text=series, role="subtitle", at=len(GRID) - 4),
    )


def banners(
    evaluation: Evaluation, voice: Voice, result: IndustryResult | None = None
) -> list[Band]:
    """Return what no reader may overlook, as bands; with ``result`` of that model alone."""
    texts = alarms(evaluation, voice, result=result)
    return [(Text(text=text, role="banner"),) for text in texts]


def alarms(
    evaluation: Evaluation, voice: Voice, form: str = "", result: IndustryResult | None = None
) -> list[str]:
    """Return what no reader may overlook: simulated data, looking ahead, estimates.

    ``form`` is ``_short`` for the words that fit at the top of a printed page.
    """
    shown = {
        "simulated": evaluation.simulated if result is None else is_simulated(result, evaluation),
        "looks_ahead": evaluation.settings.sees_future,
        "with_nowcasts": evaluation.settings.timing == "nowcast",
    }
    return [voice.line(LABELS[key + form], " · ") for key, applies in shown.items() if applies]


def is_old(result: IndustryResult) -> bool:
    """Whether the last signal is not of now."""
    age = result.freshness
    return ended(result) or (age is not None and age.since is not None)


def _age_bands(result: IndustryResult, voice: Voice) -> list[Band]:
    """Return what is overdue, as a band; nothing where nothing is, or nobody asked."""
    age = result.freshness
    if age is None or age.overdue_since is None:
        return []
    said = [n for n in result.notices if n.code.startswith("overdue_")]
    zh, en = " ".join(n.zh for n in said), " ".join(n.en for n in said)
    words = freshness_words(age)
    text = voice.stack((f"{words[0]}：{zh}", f"{words[1].capitalize()}: {en}"))
    return [(Text(text=text, role="caution"),)]


def ended(result: IndustryResult) -> bool:
    """Whether the composite ends before the last decided month."""
    return result.latest is not None and result.latest < result.months[-1]


def _subtitle(result: IndustryResult, voice: Voice) -> str:
    definition = result.definition
    if definition.kind == "module":
        return voice.label("module")
    names = definition.asset.name_zh, definition.asset.name_en or definition.asset.code
    benchmark = benchmark_pair(definition.asset.benchmark)
    code = f" ({definition.asset.code})" if definition.asset.code else ""
    return voice.line(
        (
            f"{LABELS['index'][0]}：{names[0]}{code}；{LABELS['benchmark'][0]}：{benchmark[0]}",
            f"{LABELS['index'][1]}: {names[1]}; {LABELS['benchmark'][1].lower()}: {benchmark[1]}",
        ),
        " · ",
    )


def _headline(result: IndustryResult, evaluation: Evaluation, voice: Voice) -> str:
    month = result.latest
    if month is None:
        return voice.stack(LABELS["no_chart"])
    definition = result.definition
    chinese, english = standing_words(
        definition,
        month,
        (result.composite[month], result.change[month], result.percentile[month]),
        result.state[month],
        evaluation.settings.lookback,
    )
    day = f"{result.decisions[month]:%Y-%m-%d}"
    if definition.kind == "industry":
        signal, graded = signal_words(result), grade_words(result, evaluation.settings)
        arrow = f"  →  {signal_mark(signal_of(result))} "
        chinese += f"{arrow}{signal[0]}，{graded[0]}（决策日 {day}）"
        english += f"{arrow}{signal[1]}, {graded[1].lower()} (decided {day})"
    if ended(result):
        last = f"{result.months[-1]:%Y-%m}"
        chinese += f"。数据止于此月，至 {last} 没有信号"
        english += f". The data end here: no signal up to {last}"
    return voice.stack((chinese, english))


def _figures(result: IndustryResult, voice: Voice) -> Table:
    month = result.latest
    figures: dict[str, tuple[Kind, Value]] = {
        "composite": ("signed", at(result.composite, month)),
        "change": ("signed", at(result.change, month)),
        "percentile": ("percent", at(result.percentile, month)),
    }
    if month is not None and result.definition.kind == "industry":
        run, scores = run_of(result), result.stages["score"].loc[month]
        figures |= {
            "signal_since": ("month", None if run is None else run.since.date()),
            "freshness": ("text", f"{np.count_nonzero(scores.notna())} / {len(scores)}"),
        }
    columns = tuple(
        Column(label=voice.label(key), kind=kind, span=span)
        for (key, (kind, _)), span in zip(figures.items(), FIGURE_SPANS, strict=False)
    )
    return Table(columns=columns, rows=(tuple(v for _, v in figures.values()),), figures=True)


def _pictures(
    result: IndustryResult, sheet: str, voice: Voice, coming: Outlook | None
) -> list[Band]:
    """Return the composite, beside what moved it."""
    rows = STATE_ROWS if result.definition.rule == "states" else UPPER_ROWS
    steps = waterfall_chart(result, sheet, voice, at=WIDE, span=len(GRID) - WIDE, rows=rows)
    span = len(GRID) if steps is None else WIDE
    composite = composite_chart(result, sheet, voice, coming, span=span, rows=rows)
    if composite is None:
        return [(Text(text=voice.stack(LABELS["no_chart"])),)]
    if steps is None:
        return [(composite,)]
    return [(composite, steps), (Text(text=voice.stack(NOTES["waterfall"]), role="note"),)]


def _room(result: IndustryResult, voice: Voice) -> list[Band]:
    """Return the end of the page where the indicators would press the charts flat."""
    definition = result.definition
    most = MOST_INDICATORS if definition.rule != "states" else MOST_BELOW_STATES
    crowded = voice.language == "both" or len(definition.members) > most
    return [(Break(),)] if crowded else []


def _turned_loadings(result: IndustryResult, voice: Voice) -> list[Band]:
    """Warn of indicators whose weight of now is against the sign that they are defined with."""
    month = result.latest
    if month is None:
        return []
    weights = dict(zip(result.weights, result.weights.loc[month], strict=True))
    turned = [str(id) for id, weight in weights.items() if weight < 0]
    names = [result.definition.indicator(id) for id in turned]
    if not names:
        return []
    zh, en = "、".join(n.name_zh for n in names), ", ".join(n.name_en for n in names)
    words = (
        f"载荷与定义的方向相反：{zh}。本期它们按相反方向计入。",
        f"Loading against the defined sign: {en}. This month they count the other way.",
    )
    return [(Text(text=voice.stack(words), role="caution"),)]


def _indicator_heading(result: IndustryResult, voice: Voice) -> str:
    month = result.latest
    label = voice.label("indicators")
    if month is None:
        return label
    decided = voice.line(("决策日", "decided"))
    return f"{label} · {month:%Y-%m} ({decided} {result.decisions[month]:%Y-%m-%d})"


def _used_by(result: IndustryResult, evaluation: Evaluation, voice: Voice) -> list[Band]:
    """Return which models read a module, and where every model's rule and reasons stand."""
    if result.definition.kind != "module":
        return []
    zh, en = users_of(result, evaluation)
    said = voice.stack((f"{LABELS['used_by'][0]}：{zh}", f"{LABELS['used_by'][1]}: {en}"))
    return [(Text(text=said),)]


def users_of(module: IndustryResult, evaluation: Evaluation) -> Pair:
    """Return the models of a run that read a module."""
    users = [
        other.definition
        for other in evaluation.results.values()
        if any(i.composite == module.definition.id for i in other.definition.members)
    ]
    if not users:
        return "本次无模型使用", "no model of this run"
    return "、".join(d.name_zh for d in users), ", ".join(d.name_en for d in users)


def _notices(result: IndustryResult, voice: Voice) -> list[Band]:
    """Return the notices, but for what a banner says already."""
    said = [_notice_words(n) for n in result.notices if n.code not in IN_BANNERS]
    if not said:
        return []
    zh, en = " ".join(p[0] for p in said), " ".join(p[1] for p in said)
    return [(Text(text=voice.stack((zh, en)), role="note"),)]


def _notice_words(notice: Notice) -> Pair:
    chinese, english = SEVERITY[notice.severity]
    return f"{chinese}：{notice.zh}", f"{english}: {notice.en}"
