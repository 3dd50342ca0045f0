"""What the monthly note says, without Word or PowerPoint: a page of texts, rows and one chart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from prosperity.changes import Change
from prosperity.coming.outlook import Outlook
from prosperity.evaluation import MARKET, Evaluation, IndustryResult

from prosperity_excel.report.hollow import foretold
from prosperity_excel.words.change_words import change_sentences, signed
from prosperity_excel.words.coming_words import crossing_words, due_words, headline, number, share
from prosperity_excel.words.fields import FIELDS
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice
from prosperity_excel.words.statements import (
    MISSING,
    SIMULATED,
    benchmark_pair,
    shared_benchmark,
    signal_of,
    signal_words,
    simulated_words,
)

#: Industries that are written about, prints that are listed, names in the finding.
MOST_MOVED, MOST_DUE, NAMED = 4, 7, 4
#: Months of the chart, and of an industry's.
CHART_MONTHS = 60
HEADS: Mapping[str, Pair] = {
    "holdings": ("持仓", "Holdings"),
    "moved": ("变动", "What moved"),
    "due": ("待公布", "Due next"),
    "evidence": ("证据", "Evidence"),
    "sources": ("来源", "Sources"),
    "risk": ("风险提示", "Risk notice"),
}
HOLDING_HEADS: tuple[Pair, ...] = (
    FIELDS["industry"].name,
    FIELDS["signal"].name,
    ("持有自", "Held since"),
    ("权重", "Weight"),
    FIELDS["composite"].name,
    FIELDS["change"].brief,
    ("翻转", "Next flip"),
)
DUE_HEADS: tuple[Pair, ...] = (
    ("指标", "Indicator"),
    ("月份", "Month"),
    ("公布", "Due"),
    ("即时预测", "Nowcast"),
    ("影响", "What would flip"),
)
RISK: Pair = (
    "模型由历史数据得出，未来可能失效；信号只用当时已公布的数据，回测不计或只计所列成本，指数为价格指数。"
    "即时预测与概率是估计。本文不构成投资建议。",
    "Models rest on the past and may fail. Signals use only what was public; backtests count no "
    "costs but those named, on price indices. Nowcasts and odds are estimates. Not investment "
    "advice.",
)


@dataclass(frozen=True)
class Chart:
    """A line chart: a title that says what was found, days, and a line a name.

    Lines that are ``hollow`` rest on nowcasts and are points without a line.
    """

    title: str
    days: tuple[date, ...]
    lines: Mapping[str, tuple[float | None, ...]]
    hollow: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Moved:
    """One industry that moved: its heading, a paragraph, and its composite."""

    heading: str
    text: str
    chart: Chart


@dataclass(frozen=True)
class Note:
    """A monthly note in the reader's language.

    Attributes
    ----------
    title, finding : str
        What it is of, and what was found in one sentence.
    banner : str
        That data are simulated; empty when they are not.
    heads : mapping of str to str
        Headings of the parts.
    holdings, due : tuple of tuple of str
        Tables, the first row being their heads.
    moved : tuple of Moved
    chart : Chart or None
    evidence, sources, risk : str
    """

    title: str
    finding: str
    banner: str
    heads: Mapping[str, str]
    holdings: tuple[tuple[str, ...], ...]
    moved: tuple[Moved, ...]
    chart: Chart | None
    due: tuple[tuple[str, ...], ...]
    evidence: str
    sources: str
    risk: str


def note(
    evaluation: Evaluation,
    outlooks: Sequence[Outlook],
    changes: Sequence[Change],
    sources: Sequence[str],
    voice: Voice,
    today: date,
) -> Note:
    """Return the note on a run.

    Parameters
    ----------
    evaluation
        The run.
    outlooks, changes
        What is due, and what changed since the last state that was kept; either may be empty.
    sources
        Where the data come from, as the books say.
    voice
        The reader's language.
    today
        The day of the note.
    """
    results = [r for r in evaluation.industries.values() if r.latest is not None]
    told = {one.industry.id: one for one in changes}
    coming = {one.definition.id: one for one in outlooks}
    simulated = simulated_words(evaluation)
    return Note(
        title=voice.line(
            (f"行业景气月报 · {today:%Y-%m-%d}", f"Industry prosperity · {today:%Y-%m-%d}"), " · "
        ),
        finding=voice.stack(_finding(evaluation, results)),
        banner="" if simulated is None else voice.line(simulated, " · "),
        heads={key: voice.line(pair) for key, pair in HEADS.items()},
        holdings=_holdings(evaluation, results, coming, voice),
        moved=tuple(_moved(r, told, coming, voice) for r in _movers(results)),
        chart=_nav_chart(evaluation, results, voice),
        due=_due(outlooks, voice),
        evidence=voice.stack(_evidence(evaluation, results)),
        sources=_sources(sources, voice),
        risk=voice.stack(RISK),
    )


def _finding(evaluation: Evaluation, results: Sequence[IndustryResult]) -> Pair:
    held = [r for r in results if signal_of(r) == 1]
    if not held:
        market = shared_benchmark(evaluation)
        return (
            f"没有行业持有信号，全部持有{market[0]}。",
            f"No industry is held; all in {market[1]}.",
        )
    names = [_named(r) for r in _by_newness(held)]
    more = len(names) - NAMED
    zh = "、".join(n[0] for n in names[:NAMED]) + (f"等 {len(names)} 个行业" if more > 0 else "")
    en = ", ".join(n[1] for n in names[:NAMED]) + (f" and {more} more" if more > 0 else "")
    rest = _rest(evaluation)
    return f"持有{zh}{rest[0]}。", f"Hold {en}{rest[1]}."


def _named(result: IndustryResult) -> Pair:
    since = _since(result)
    new = since is not None and since == result.latest
    model = result.definition
    if new:
        return f"{model.name_zh}（新）", f"{model.name_en} (new)"
    day = f"{since:%Y-%m}" if since is not None else ""
    return f"{model.name_zh}（{day} 起）", f"{model.name_en} (since {day})"


def _by_newness(held: Sequence[IndustryResult]) -> list[IndustryResult]:
    def key(result: IndustryResult) -> tuple[float, str]:
        since = _since(result)
        return (-since.timestamp() if since is not None else math.inf, result.definition.id)

    return sorted(held, key=key)


def _since(result: IndustryResult) -> pd.Timestamp | None:
    """Return the month from which the last signal holds without a break."""
    signal = result.signal[: result.latest]
    if not len(signal) or signal.iloc[-1] != 1:
        return None
    other = signal.index[signal.to_numpy() != 1]
    later = signal.index if not len(other) else signal.index[signal.index > other[-1]]
    return pd.Timestamp(later[0])


def _last(result: IndustryResult) -> pd.Timestamp:
    """Return the last month with a composite; only results that have one are written about."""
    assert result.latest is not None
    return result.latest


def _rest(evaluation: Evaluation) -> Pair:
    combined = evaluation.combined
    if combined is None:
        return "", ""
    weight = float(combined.targets[MARKET].iloc[-1])
    market = benchmark_pair(combined.benchmark_code)
    if weight <= 0:
        return "", ""
    return f"，其余 {weight:.0%} 为{market[0]}", f"; the other {weight:.0%} in {market[1]}"


def _holdings(
    evaluation: Evaluation,
    results: Sequence[IndustryResult],
    coming: Mapping[str, Outlook],
    voice: Voice,
) -> tuple[tuple[str, ...], ...]:
    """Return the table: what is held, and what was held a decision ago."""
    weights = None if evaluation.combined is None else evaluation.combined.targets.iloc[-1]
    rows = [tuple(voice.line(pair) for pair in HOLDING_HEADS)]
    shown = [r for r in results if signal_of(r) == 1 or _before(r) == 1]
    for result in _by_newness(shown):
        model, latest = result.definition, _last(result)
        since = _since(result)
        weight = MISSING
        if weights is not None and model.id in weights and weights[model.id] > 0:
            weight = f"{weights[model.id]:.0%}"
        rows.append(
            (
                voice.line((model.name_zh, model.name_en)),
                voice.line(signal_words(result)),
                MISSING if since is None else f"{since:%Y-%m}",
                weight,
                signed(float(result.composite[latest])),
                signed(float(result.change[latest])),
                _flip(coming.get(model.id), voice),
            )
        )
    return tuple(rows)


def _flip(found: Outlook | None, voice: Voice) -> str:
    lead = None if found is None else found.leading
    if lead is None or lead.nowcast is None:
        return MISSING
    one = lead.print
    name = voice.line((one.name_zh, one.name_en))
    return f"{name}: {voice.line(crossing_words(lead))} ({share(lead.flips)})"


def _before(result: IndustryResult) -> float:
    earlier = result.signal[: result.latest].iloc[:-1]
    return float(earlier.iloc[-1]) if len(earlier) else math.nan


def _movers(results: Sequence[IndustryResult]) -> list[IndustryResult]:
    """Return the industries whose signal changed, then those that moved most."""

    def key(result: IndustryResult) -> tuple[bool, float, str]:
        changed = signal_of(result) != _before(result)
        move = float(result.change[_last(result)])
        size = abs(move) if math.isfinite(move) else 0.0
        return (not changed, -size, result.definition.id)

    return sorted(results, key=key)[:MOST_MOVED]


def _moved(
    result: IndustryResult,
    told: Mapping[str, Change],
    coming: Mapping[str, Outlook],
    voice: Voice,
) -> Moved:
    model = result.definition
    change, outlook = told.get(model.id), coming.get(model.id)
    parts: list[Pair] = [_drivers(result) if change is None else change_sentences(change)]
    if outlook is not None:
        zh, en = headline(outlook)
        parts.append((f"{zh}。", f"{en}."))
    # The heading names the industry already.
    text = (
        "".join(p[0].removeprefix(f"{model.name_zh}：") for p in parts),
        " ".join(_capital(p[1].removeprefix(f"{model.name_en}: ")) for p in parts),
    )
    signal = signal_words(result)
    heading = f"{model.name_zh}：{signal[0]}", f"{model.name_en}: {signal[1]}"
    return Moved(voice.line(heading), voice.stack(text), _composite_chart(result, outlook, voice))


def _composite_chart(result: IndustryResult, coming: Outlook | None, voice: Voice) -> Chart:
    window = result.composite[: result.latest].iloc[-CHART_MONTHS:]
    shown = len(window)
    points = foretold(result, coming)[window.index[0] :]
    days = pd.DatetimeIndex(window.index).union(pd.DatetimeIndex(points.index))
    lines = {voice.line(FIELDS["composite"].name): _values(window.reindex(days))}
    hollow = {voice.label("hollow"): _values(points.reindex(days))} if len(points) else {}
    return Chart(
        title=voice.line((f"景气度，近 {shown} 个月", f"Composite, last {shown} months")),
        days=tuple(day.date() for day in days),
        lines=lines | hollow,
        hollow=frozenset(hollow),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _drivers(result: IndustryResult) -> Pair:
    """Return what moved the composite over the last decision, from the run alone."""
    latest = _last(result)
    row: pd.Series[float] = result.change_contributions.loc[latest:latest].iloc[0]
    moved = row.dropna()
    order = moved.abs().sort_values(ascending=False, kind="stable").index[:2]
    named = {m.id: m for m in result.definition.members}
    zh = "、".join(f"{named[str(id)].name_zh} {signed(float(moved[id]))}" for id in order)
    en = ", ".join(f"{named[str(id)].name_en} {signed(float(moved[id]))}" for id in order)
    change, level = float(result.change[latest]), float(result.composite[latest])
    led = (f"，主要来自{zh}", f", led by {en}") if len(order) else ("", "")
    return (
        f"景气度 {signed(level)}，一个月变化 {signed(change)}{led[0]}。",
        f"Composite {signed(level)}, {signed(change)} over the month{led[1]}.",
    )


def _nav_chart(
    evaluation: Evaluation, results: Sequence[IndustryResult], voice: Voice
) -> Chart | None:
    """Return net values: of the combined strategy, else of the first industry with a backtest."""
    tested = None if evaluation.combined is None else evaluation.combined.backtest
    if tested is None:
        tested = next((r.backtest for r in results if r.backtest is not None), None)
    if tested is None:
        return None
    # Weekly points are as many as a page can show.
    nav = tested.nav.resample("W-FRI").last().dropna(how="all")
    years = tested.statistics["annualised_return"], tested.statistics["annualised_benchmark"]
    title = (
        f"净值：策略年化 {years[0]:+.1%}，基准 {years[1]:+.1%}（{tested.start:%Y-%m} 起，对数轴）",
        f"Net value: strategy {years[0]:+.1%} a year, benchmark {years[1]:+.1%} (since "
        f"{tested.start:%Y-%m}, log axis)",
    )
    names = {"strategy": ("策略", "Strategy"), "benchmark": ("基准", "Benchmark")}
    return Chart(
        title=voice.line(title),
        days=tuple(day.date() for day in pd.DatetimeIndex(nav.index)),
        lines={voice.line(pair): _values(nav[key]) for key, pair in names.items()},
    )


def _values(column: pd.Series[float]) -> tuple[float | None, ...]:
    return tuple(float(v) if math.isfinite(v) else None for v in column)


def _due(outlooks: Sequence[Outlook], voice: Voice) -> tuple[tuple[str, ...], ...]:
    """Return the prints that decide most, each once, in order of their days."""
    rows = [tuple(voice.line(pair) for pair in DUE_HEADS)]
    ranked = sorted(
        ((due, found) for found in outlooks for due in found.prints if due.print.counts),
        key=lambda pair: -(pair[0].flips if math.isfinite(pair[0].flips) else -1.0),
    )
    seen: dict[tuple[str, pd.Timestamp], tuple[pd.Timestamp, tuple[str, ...]]] = {}
    for due, found in ranked:
        one, model = due.print, found.definition
        if len(seen) >= MOST_DUE or (one.id, one.period) in seen:
            continue
        words = crossing_words(due)
        what = f"{model.name_zh}：{words[0]}", f"{model.name_en}: {words[1]}"
        cells = (
            voice.line((one.name_zh, one.name_en)),
            f"{one.period:%Y-%m}",
            voice.line(due_words(one)),
            MISSING if due.nowcast is None else number(due.nowcast.value),
            voice.line(what),
        )
        seen[one.id, one.period] = one.expected, cells
    rows += [cells for _, cells in sorted(seen.values())]
    return tuple(rows)


def _evidence(evaluation: Evaluation, results: Sequence[IndustryResult]) -> Pair:
    tested = None if evaluation.combined is None else evaluation.combined.backtest
    whose = ("综合策略", "Combined strategy")
    if tested is None:
        first = next((r for r in results if r.backtest is not None), None)
        if first is None:
            return "没有行情，未作回测。", "There are no prices, so nothing was tested."
        tested = first.backtest
        whose = first.definition.name_zh, first.definition.name_en
    assert tested is not None
    found, cost = tested.statistics, evaluation.settings.cost_bps
    span = f"{tested.start:%Y-%m} – {tested.end:%Y-%m}"
    return (
        f"{whose[0]} {span}：年化 {found['annualised_return']:+.1%}，基准 "
        f"{found['annualised_benchmark']:+.1%}，夏普 {found['sharpe']:.2f}，最大回撤 "
        f"{found['max_drawdown']:.1%}，单边成本 {cost:g} 基点。稳健性见 prosperity evidence。",
        f"{whose[1]}, {span}: {found['annualised_return']:+.1%} a year, benchmark "
        f"{found['annualised_benchmark']:+.1%}, Sharpe {found['sharpe']:.2f}, maximum drawdown "
        f"{found['max_drawdown']:.1%}, {cost:g} bp a side. 'prosperity evidence' says how "
        "robust that is.",
    )


def _sources(sources: Sequence[str], voice: Voice) -> str:
    plain: Pair = "工作簿未注明", "not stated in the books"
    if any(sources):
        named = list(dict.fromkeys(_source(one) for one in sources if one))
        more = "…" if len(named) > NAMED else ""
        zh, en = "、".join(n[0] for n in named[:NAMED]), ", ".join(n[1] for n in named[:NAMED])
        plain = zh + more, en + more
    return voice.line(
        (f"数据：{plain[0]}。计算：Prosperity。", f"Data: {plain[1]}. Computed by Prosperity.")
    )


def _source(text: str) -> Pair:
    """Return a source as a book names it, in one language where it is ours to say."""
    return SIMULATED if any(word in text for word in SIMULATED) else (text, text)
