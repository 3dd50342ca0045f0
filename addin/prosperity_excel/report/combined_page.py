"""The page of the combined strategy: what is held now, its charts, its statistics."""

from __future__ import annotations

import pandas as pd
from prosperity.evaluation import MARKET, Combined, Evaluation

from prosperity_excel.report.combined_tables import holdings_table, yearly_table
from prosperity_excel.report.data_columns import dates, numbers
from prosperity_excel.report.data_sheets import (
    drawdown,
    net_value_charts,
    share_chart,
    weekly_block,
)
from prosperity_excel.report.model_page import HALF, Places, banners, links
from prosperity_excel.report.model_tables import GRID, statistic_tables
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
    Value,
)
from prosperity_excel.words.report_words import Voice
from prosperity_excel.words.sentences import COMBINED, NOTES, honest_words, ratio_words
from prosperity_excel.words.statements import benchmark_pair, holdings_words, signal_pair

WEIGHTS = "weights"
#: Statistics among the key figures -> label.
FIGURES = {
    "strategy_return": "strategy_total",
    "index_return": "basket",
    "benchmark_return": "benchmark_total",
    "max_drawdown": "max_drawdown",
}
FIGURE_SPANS = (2, 3, 4, 3)
#: The table of weights: label -> kind, grid columns.
WEIGHT_COLUMNS: dict[str, tuple[Kind, int]] = {
    "industry": ("text", 2),
    "weight": ("percent", 2),
    "weight_before": ("percent", 2),
    "weight_change": ("signed_percent", 2),
    "signal": ("text", 4),
}
#: The table of the price sheet's other indices: label -> kind, grid columns.
OTHER_COLUMNS: dict[str, tuple[Kind, int]] = {
    "other_index": ("text", 3),
    "since": ("date", 2),
    "index_total": ("signed_percent", 2),
    "strategy_total": ("signed_percent", 2),
}


def combined_page(
    combined: Combined,
    evaluation: Evaluation,
    page_of: dict[str, str],
    places: Places,
    voice: Voice,
    tried: str = "1",
) -> Page:
    """Return the page of the combined strategy; ``tried`` is how many variants were computed."""
    tested = combined.backtest
    period = f"{tested.start:%Y-%m-%d}", f"{tested.end:%Y-%m-%d}"
    honest = honest_words(evaluation.settings, *period, evaluation.simulated, tried)
    halves = {"at": 0, "span": HALF, "rows": 13}, {"at": HALF, "span": 0, "rows": 13}
    lower = {"at": 0, "span": HALF, "rows": 9}, {"at": HALF, "span": 0, "rows": 9}
    names = {str(id): _linked(str(id), evaluation, page_of, voice) for id in combined.targets}
    bands: list[Band] = [
        (Text(text=voice.label("combined"), role="title"),),
        links(places, voice),
        *banners(evaluation, voice),
        (Text(text=voice.stack(holdings_words(evaluation)), role="headline"),),
        (_figures(combined, voice),),
        net_value_charts(tested, places.data, voice, halves),
        _share_charts(combined, places.data, voice, lower),
        (Text(text=voice.stack(COMBINED), role="note"),),
        (Break(),),
        (Text(text=voice.label("holdings_by_month"), role="heading"),),
        (holdings_table(combined, names),),
        (Text(text=_weights_heading(combined, voice), role="heading"),),
        (_weights(combined, evaluation, page_of, voice),),
        (Text(text=voice.label("statistics"), role="heading"),),
        statistic_tables(tested, voice, {}, ""),
        (Text(text=voice.stack(ratio_words(tested, evaluation.settings)), role="note"),),
        *_others(combined, voice),
        (Text(text=voice.stack(NOTES["basket"]), role="note"),),
        (Text(text=voice.label("yearly"), role="heading"),),
        (yearly_table(tested, voice),),
        (Text(text=voice.stack(NOTES["yearly"]), role="note"),),
        (Text(text=voice.stack(honest), role="note"),),
    ]
    return Page(id=places.page, title=voice.label("combined"), widths=GRID, bands=tuple(bands))


def _share_charts(
    combined: Combined, sheet: str, voice: Voice, places: tuple[dict[str, int], dict[str, int]]
) -> Band:
    """Return the chart of the drawdown and that of the share in industries."""
    tested = combined.backtest
    shares = (
        ("chart_drawdown", Line("drawdown", "drawdown"), drawdown(tested)),
        ("chart_share", Line("position", "held"), tested.position),
    )
    return tuple(
        share_chart(title, line, values, sheet, voice, **place)
        for (title, line, values), place in zip(shares, places, strict=True)
    )


def combined_sheet(
    combined: Combined, evaluation: Evaluation, sheet: str, back: str, voice: Voice
) -> DataSheet:
    """Return the series behind the page: weights by decision date, net values by day."""
    share = voice.line(("占资金", "of capital"))
    columns = [
        numbers(str(id), _name(str(id), evaluation, voice), share, "percent", weights)
        for id, weights in combined.targets.items()
    ]
    turnover = numbers("turnover", voice.label("turnover"), share, "percent", combined.turnover)
    days = dates("date", voice.label("as_of"), "date", pd.DatetimeIndex(combined.targets.index))
    changed = {
        "position": voice.line(("行业权重", "In industries")),
        "index": voice.label("basket"),
        "index_relative": voice.line(("等权行业 / 基准", "Basket / benchmark")),
    }
    net = voice.line(("首日 = 1", "first day = 1"))
    others = [
        (f"other_{n}", str(name), net, combined.others[name])
        for n, name in enumerate(combined.others)
    ]
    return DataSheet(
        id=sheet,
        title=f"{voice.label('combined')} · {voice.label('data')}",
        note=voice.line(NOTES["data"]),
        back=Link(f"← {voice.label('to_page')}", back),
        blocks=(
            Block(key=WEIGHTS, title=voice.label("weights"), columns=(days, *columns, turnover)),
            weekly_block(combined.backtest, voice, changed, others),
        ),
    )


def _figures(combined: Combined, voice: Voice) -> Table:
    values = combined.backtest.statistics
    columns = tuple(
        Column(label=voice.label(label), kind="signed_percent", span=span)
        for label, span in zip(FIGURES.values(), FIGURE_SPANS, strict=True)
    )
    return Table(columns=columns, rows=(tuple(values[key] for key in FIGURES),), figures=True)


def _others(combined: Combined, voice: Voice) -> list[Band]:
    """Return the returns of the price sheet's other indices beside the strategy's."""
    if combined.others.columns.empty:
        return []
    strategy = combined.backtest.nav["strategy"]
    rows: list[tuple[Value, ...]] = []
    for name, values in combined.others.items():
        days = pd.DatetimeIndex(values.dropna().index)
        if len(days):
            first, last = days[0], days[-1]
            earned = float(values[last] - 1.0), float(strategy[last] / strategy[first] - 1.0)
            rows.append((str(name), first, *earned))
    columns = tuple(
        Column(label=voice.heading(key), kind=kind, span=span)
        for key, (kind, span) in OTHER_COLUMNS.items()
    )
    heading = Text(text=voice.label("other_indices"), role="heading")
    return [(heading,), (Table(columns=columns, rows=tuple(rows)),)]


def _weights_heading(combined: Combined, voice: Voice) -> str:
    return f"{voice.label('holdings')} · {combined.targets.index[-1]:%Y-%m-%d}"


def _weights(
    combined: Combined, evaluation: Evaluation, page_of: dict[str, str], voice: Voice
) -> Table:
    weights = combined.targets
    now = weights.iloc[-1]
    before = weights.iloc[-2] if len(weights) > 1 else now * 0.0
    shown = now.index[(now > 0) | (before > 0) | (now.index == MARKET)]
    order = sorted(shown, key=lambda id: (id == MARKET, -now[id], -before[id]))
    columns = tuple(
        Column(label=voice.label(key), kind=kind, span=span)
        for key, (kind, span) in WEIGHT_COLUMNS.items()
    )
    rows = tuple(
        (
            _linked(id, evaluation, page_of, voice),
            float(now[id]),
            float(before[id]),
            float(now[id] - before[id]),
            _signal_then(id, evaluation, voice),
        )
        for id in order
    )
    return Table(columns=columns, rows=rows)


def _name(id: str, evaluation: Evaluation, voice: Voice) -> str:
    if id == MARKET:
        combined = evaluation.combined
        return voice.line(benchmark_pair(combined.benchmark_code if combined else ""))
    definition = evaluation.results[id].definition
    return voice.line((definition.name_zh, definition.name_en))


def _linked(id: str, evaluation: Evaluation, page_of: dict[str, str], voice: Voice) -> Value:
    name = _name(id, evaluation, voice)
    return name if id == MARKET else Link(name, page_of[id])


def _signal_then(id: str, evaluation: Evaluation, voice: Voice) -> Value:
    """Return the signal that the last weights rest on: decided last by their day."""
    combined = evaluation.combined
    if id == MARKET or combined is None:
        return ""
    result, day = evaluation.results[id], combined.targets.index[-1]
    decided = result.decisions[result.decisions <= day]
    if decided.empty:
        return None
    signal = float(result.signal[decided.index[-1]])
    words = signal_pair(signal, benchmark_pair(result.definition.asset.benchmark))
    on = f"{decided.iloc[-1]:%Y-%m-%d}"
    return voice.line((f"{words[0]}（{on} 决策）", f"{words[1]} (decided {on})"))
