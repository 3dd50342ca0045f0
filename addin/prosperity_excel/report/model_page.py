"""The page of one model: where it stands, its charts, its indicators, its backtest."""

from __future__ import annotations

from dataclasses import dataclass

from prosperity.evaluation import Evaluation, IndustryResult, Notice

from prosperity_excel.report.data_sheets import composite_chart, net_value_charts, signal_chart
from prosperity_excel.report.model_tables import (
    GRID,
    at,
    indicator_table,
    statistic_tables,
)
from prosperity_excel.report.spec import Band, Break, Column, Kind, Page, Part, Table, Text, Value
from prosperity_excel.report.waterfall import waterfall_chart
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import LABELS, SEVERITY, Voice, report_figures, signal_mark
from prosperity_excel.words.sentences import (
    METHODS,
    NOTES,
    honest_words,
    ratio_words,
    rule_words,
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
FIGURE_SPANS = (1, 2, 2, 2, 2, 2, 1)
HALF = 6
#: Rows of the charts above and below, in proportion to which they share the printed page.
UPPER_ROWS, LOWER_ROWS = 12, 13
MOVED_ROWS = 12


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
) -> Page:
    """Return the page of an industry, or the shorter one of a module.

    ``tried`` is how many variants were computed.
    """
    definition = result.definition
    name = definition.name_zh, definition.name_en
    subtitle = Text(text=_subtitle(result, voice), role="subtitle", at=1, span=len(GRID) - 2)
    bands: list[Band] = [
        (Text(text=voice.line(name), role="title"),),
        (*links(places, voice), subtitle),
        *banners(evaluation, voice, result),
        *_age_bands(result, voice),
        (Text(text=_headline(result, evaluation, voice), role="headline"),),
        (_figures(result, voice),),
        *_charts(result, places.data, voice),
        (Break(),),
        *_moved(result, places.data, voice),
        (Text(text=_indicator_heading(result, voice), role="heading"),),
        (indicator_table(result, voice),),
        (Text(text=voice.stack(NOTES["indicators"]), role="note"),),
        *_notices(result, voice),
        *_statistics(result, evaluation, voice, tried),
        *_definition(result, voice),
    ]
    return Page(id=places.page, title=voice.line(name), widths=GRID, bands=tuple(bands))


def links(places: Places, voice: Voice) -> tuple[Text, Text]:
    """Return the way back to the summary, and on to the series."""
    back, on = f"← {voice.label('to_summary')}", f"→ {voice.label('to_data')}"
    return (
        Text(text=back, role="subtitle", span=1, link=places.summary),
        Text(text=on, role="subtitle", at=len(GRID) - 1, link=places.data),
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


def is_simulated(result: IndustryResult, evaluation: Evaluation) -> bool:
    """Whether a model reads simulated data; where no model says which, all of them do."""
    known = any(other.simulated for other in evaluation.results.values())
    return bool(result.simulated) if known else evaluation.simulated


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
    if result.backtest is not None:
        values = result.backtest.statistics
        figures |= {
            "strategy_total": ("signed_percent", values["strategy_return"]),
            "index_total": ("signed_percent", values["index_return"]),
            "benchmark_total": ("signed_percent", values["benchmark_return"]),
            "max_drawdown": ("signed_percent", values["max_drawdown"]),
        }
    columns = tuple(
        Column(label=voice.label(key), kind=kind, span=span)
        for (key, (kind, _)), span in zip(figures.items(), FIGURE_SPANS, strict=False)
    )
    return Table(columns=columns, rows=(tuple(v for _, v in figures.values()),), figures=True)


def _charts(result: IndustryResult, sheet: str, voice: Voice) -> list[Band]:
    industry = result.definition.kind == "industry"
    composite = composite_chart(result, sheet, voice, span=len(GRID), rows=UPPER_ROWS)
    halves = (
        {"at": 0, "span": HALF, "rows": LOWER_ROWS},
        {"at": HALF, "span": HALF, "rows": LOWER_ROWS},
    )
    bands: list[Band] = [
        (composite,) if composite else (Text(text=voice.stack(LABELS["no_chart"])),)
    ]
    if result.backtest is not None:
        bands.append(net_value_charts(result.backtest, sheet, voice, halves))
    elif industry:
        bands.append((Text(text=voice.stack(LABELS["no_backtest"])),))
    return bands


def _moved(result: IndustryResult, sheet: str, voice: Voice) -> list[Band]:
    """Return what moved the composite, beside the past signals."""
    halves = (
        {"at": 0, "span": HALF, "rows": MOVED_ROWS},
        {"at": HALF, "span": HALF, "rows": MOVED_ROWS},
    )
    charts: list[Part] = []
    steps = waterfall_chart(result, sheet, voice, **halves[0])
    if steps is not None:
        charts.append(steps)
    if result.backtest is not None:
        charts.append(signal_chart(result.backtest, sheet, voice, **halves[len(charts)]))
    if not charts:
        return []
    return [
        (Text(text=voice.label("moved"), role="heading"),),
        tuple(charts),
        (Text(text=voice.stack(NOTES["waterfall"]), role="note"),),
    ]


def _indicator_heading(result: IndustryResult, voice: Voice) -> str:
    month = result.latest
    label = voice.label("indicators")
    if month is None:
        return label
    decided = voice.line(("决策日", "decided"))
    return f"{label} · {month:%Y-%m} ({decided} {result.decisions[month]:%Y-%m-%d})"


def _statistics(
    result: IndustryResult, evaluation: Evaluation, voice: Voice, tried: str
) -> list[Band]:
    tested = result.backtest
    if result.definition.kind == "module":
        return []
    heading = (Text(text=voice.label("statistics"), role="heading"),)
    if tested is None:
        return [heading, (Text(text=voice.stack(LABELS["no_backtest"])),)]
    period = f"{tested.start:%Y-%m-%d}", f"{tested.end:%Y-%m-%d}"
    simulated = is_simulated(result, evaluation)
    # The report's own figures are of real data: beside simulated ones they would mislead.
    theirs = {} if simulated else report_figures(result.definition)
    window = f"{result.definition.published.start} –\n{result.definition.published.end}"
    honest = honest_words(evaluation.settings, *period, simulated, tried)
    compared = [(Text(text=voice.stack(NOTES["theirs"]), role="note"),)]
    return [
        heading,
        statistic_tables(tested, voice, theirs, window),
        (Text(text=voice.stack(ratio_words(tested, evaluation.settings)), role="note"),),
        *(compared if theirs else []),
        (Text(text=voice.stack(honest), role="note"),),
    ]


def _notices(result: IndustryResult, voice: Voice) -> list[Band]:
    if not result.notices:
        return []
    items = [(Text(text=voice.stack(_notice_words(notice))),) for notice in result.notices]
    return [(Text(text=voice.label("notices"), role="heading"),), *items]


def _notice_words(notice: Notice) -> Pair:
    chinese, english = SEVERITY[notice.severity]
    return f"{chinese}：{notice.zh}", f"{english}: {notice.en}"


def _definition(result: IndustryResult, voice: Voice) -> list[Band]:
    definition = result.definition
    said: dict[str, Pair] = {"built": METHODS[definition.method]}
    if definition.kind == "industry":
        said["rule"] = rule_words(definition)
    said["logic"] = definition.logic_zh, definition.logic_en
    said["unknown"] = definition.unknown_zh, definition.unknown_en
    rows = tuple((voice.heading(key), voice.stack(text)) for key, text in said.items() if any(text))
    columns = Column(), Column(span=len(GRID) - 1)
    heading = " · ".join(filter(None, (voice.label("definition"), definition.source)))
    return [
        (Text(text=heading, role="heading"),),
        (Table(columns=columns, rows=rows, header=False),),
    ]
