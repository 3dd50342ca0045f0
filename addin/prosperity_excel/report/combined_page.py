"""The page of the combined strategy: what is held now, its charts, its statistics."""

from __future__ import annotations

import pandas as pd
from prosperity.evaluation import MARKET, Combined, Evaluation

from prosperity_excel.report.combined_charts import (
    contribution_block,
    contribution_chart,
    excess_chart,
    excess_column,
    turnover_block,
    turnover_chart,
)
from prosperity_excel.report.combined_tables import (
    contribution_table,
    displaced_table,
    drawdown_table,
    holdings_table,
    yearly_table,
)
from prosperity_excel.report.data_columns import dates, numbers
from prosperity_excel.report.data_sheets import (
    drawdown,
    net_value_charts,
    share_chart,
    weekly_block,
)
from prosperity_excel.report.model_page import Places, banners, links
from prosperity_excel.report.model_tables import GRID, statistic_tables
from prosperity_excel.report.returns_page import HALF
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
from prosperity_excel.words.chart_findings import drawdown_finding, share_finding
from prosperity_excel.words.findings import combined_finding
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice
from prosperity_excel.words.sentences import COMBINED, NOTES, honest_words, ratio_words
from prosperity_excel.words.statements import benchmark_pair, holdings_words, signal_pair

WEIGHTS = "weights"
BARS: Pair = (
    "各行为目标权重，100% 为满格；每月一列，列宽相同，条长可直接比较。",
    "Target weights; a full cell is 100%. Every month has the same width, so bars compare.",
)
CONTRIBUTIONS: Pair = ("各行业对收益的贡献", "What each industry added")
CONTRIBUTION_NOTE: Pair = (
    "贡献为前一日收盘持有的金额乘当日涨跌，逐月以月初净值计，再按净值累计；各项之和等于策略收益。",
    "What was held at the close before, times the day's return, by month over the value at its "
    "beginning and linked by the net value; the parts sum to the strategy's return.",
)
FALLS: Pair = ("最深的五次回撤与换手", "The five deepest drawdowns, and turnover")
DISPLACED: Pair = (
    "被取代的行业（有持有信号而由涵盖它的行业代替）",
    "Displaced: signal in industry, but covered by another industry that counts",
)
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
    names = {str(id): _linked(str(id), evaluation, page_of, voice) for id in combined.targets}
    plain = {str(id): _name(str(id), evaluation, voice) for id in combined.targets}
    bands: list[Band] = [
        (Text(text=voice.stack(combined_finding(evaluation)), role="title"),),
        links(places, voice),
        *banners(evaluation, voice),
        (Text(text=voice.stack(holdings_words(evaluation)), role="headline"),),
        (_figures(combined, voice),),
        net_value_charts(tested, places.data, voice, halves, {"index": voice.label("basket")}),
        _risk_charts(combined, places.data, voice),
        (Break(),),
        (Text(text=voice.label("holdings_by_month"), role="heading"),),
        (holdings_table(combined, names),),
        (Text(text=voice.line(BARS), role="note"),),
        *_displaced(combined, names, voice),
        (Text(text=_weights_heading(combined, voice), role="heading"),),
        (_weights(combined, evaluation, page_of, voice),),
        (Break(),),
        (Text(text=voice.line(CONTRIBUTIONS), role="heading"),),
        (
            contribution_table(combined, names, voice),
            contribution_chart(combined, plain, places.data, voice, at=HALF, span=0, rows=18),
        ),
        (Text(text=voice.stack(CONTRIBUTION_NOTE), role="note"),),
        (Break(),),
        (Text(text=voice.line(FALLS), role="heading"),),
        (
            drawdown_table(tested, voice),
            turnover_chart(combined, places.data, voice, at=HALF + 2, span=0, rows=10),
        ),
        (Text(text=voice.label("yearly"), role="heading"),),
        (yearly_table(tested, voice),),
        (Text(text=voice.stack(NOTES["yearly"]), role="note"),),
        (Text(text=voice.label("statistics"), role="heading"),),
        statistic_tables(tested, voice),
        (Text(text=voice.stack(ratio_words(tested, evaluation.settings)), role="note"),),
        *_others(combined, voice),
        (Text(text=voice.stack(NOTES["basket"]), role="note"),),
        (Text(text=voice.stack(COMBINED), role="note"),),
        (Text(text=voice.stack(honest), role="note"),),
    ]
    return Page(id=places.page, title=voice.label("combined"), widths=GRID, bands=tuple(bands))


def _displaced(combined: Combined, names: dict[str, Value], voice: Voice) -> list[Band]:
    table = displaced_table(combined, names, voice)
    heading = (Text(text=voice.line(DISPLACED), role="heading"),)
    return [heading, (table,)] if table is not None else []


def _risk_charts(combined: Combined, sheet: str, voice: Voice) -> Band:
    """Return the charts of the drawdown and of the excess over a year, or the share held."""
    tested = combined.backtest
    fallen, line = drawdown(tested), Line("drawdown", "drawdown")
    left = {"at": 0, "span": HALF, "rows": 10}
    right = {"at": HALF, "span": 0, "rows": 10}
    down = share_chart(drawdown_finding(fallen), line, fallen, sheet, voice, **left)
    excess = excess_chart(tested, sheet, voice, **right)
    if excess is not None:
        return down, excess
    share, held = share_finding(tested.position), Line("position", "held")
    return down, share_chart(share, held, tested.position, sheet, voice, **right)


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
    others.append(excess_column(combined.backtest, voice))
    plain = {str(id): _name(str(id), evaluation, voice) for id in combined.targets}
    return DataSheet(
        id=sheet,
        title=f"{voice.label('combined')} · {voice.label('data')}",
        note=voice.line(NOTES["data"]),
        back=Link(f"← {voice.label('to_page')}", back),
        blocks=(
            Block(key=WEIGHTS, title=voice.label("weights"), columns=(days, *columns, turnover)),
            weekly_block(combined.backtest, voice, changed, others),
            contribution_block(combined, plain, voice),
            turnover_block(combined, voice),
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
