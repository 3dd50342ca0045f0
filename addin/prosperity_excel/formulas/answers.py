"""What each worksheet function answers, from results: numbers and tables, without Excel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd
from prosperity.backtest import STATISTICS, Backtest
from prosperity.definition import Industry
from prosperity.errors import ProsperityError
from prosperity.evaluation import MARKET, IndustryResult
from prosperity.progress import Progress
from prosperity.settings import Settings

from prosperity_excel.formulas import evidence_answers
from prosperity_excel.formulas.arguments import Moment, day_of, moment, number_of, text_of, word_of
from prosperity_excel.formulas.cell_values import NoValueError, no_backtest, no_value
from prosperity_excel.formulas.long_answers import silent
from prosperity_excel.formulas.parts import (
    COMBINED_PARTS,
    EVIDENCE_PARTS,
    FIELD_NAMES,
    FIELDS,
    SERIES_FIELDS,
    STAGES,
)
from prosperity_excel.formulas.sources import Results, Source, World
from prosperity_excel.host.open_book import LiveRanges, digest, value_sheet
from prosperity_excel.runs.settings import Resolved
from prosperity_excel.words.book_words import clean
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.statements import benchmark_pair

Table = list[list[Any]]
STATISTIC_WORDS: Mapping[str, tuple[str, ...]] = {
    id: (zh, en) for id, (zh, en, _) in STATISTICS.items()
}
TIMINGS: Mapping[str, tuple[str, ...]] = {
    "released": ("已公布",),
    "period": ("当期",),
    "nowcast": ("即时预测",),
}
#: What the first column of each table of evidence holds.
EVIDENCE_CORNERS: Mapping[str, Pair] = {
    "significance": ("检验", "Test"),
    "audit": ("口径", "Case"),
    "sensitivity": ("改动", "Change"),
    "after": ("区间", "Span"),
    "years": ("年份", "Year"),
    "phase": ("月份", "Month"),
}


@dataclass(frozen=True)
class Ask:
    """One question: what the calling workbook sees, its settings, the results, and the day.

    ``step`` is called between the industries of an answer over all of them; it may stop it.
    """

    world: World
    resolved: Resolved
    results: Results
    ranges: LiveRanges = field(default_factory=LiveRanges)
    today: date | None = None
    step: Progress = silent

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.resolved.settings

    def label(self, pair: Pair) -> str:
        """Return a heading in the language of the settings."""
        language = self.resolved.language
        return f"{pair[0]} {pair[1]}" if language == "both" else pair[language == "en"]

    def name(self, thing: Any) -> str:
        """Return the name of an industry, dimension or indicator."""
        return self.label((thing.name_zh, thing.name_en))

    def result(self, asked: Any, settings: Settings | None = None) -> IndustryResult:
        """Return the result of the industry that a formula names."""
        id, source = self.world.holder(industry_name(asked))
        return self.results.industry(source, id, settings or self.settings, self.today)


def industry_name(value: Any) -> str:
    """Return what stands in the argument ``industry``."""
    return clean(text_of("industry", value) or "")


def prosperity(ask: Ask, industry: Any, on_date: Any, field: Any, data: Any) -> Any:
    """Answer PROSPERITY."""
    if data is None:
        result = ask.result(industry)
    else:
        id, source = ask.world.holder(industry_name(industry))
        live = _live(ask, source, data)
        result = ask.results.industry(live, id, ask.settings, ask.today)
    which = field_of(result.definition, field, tuple(FIELDS))
    return _value(result, which, moment("on_date", on_date))


def overridden(settings: Settings, **changes: Any) -> Settings:
    """Return settings with those of ``changes`` that are not None.

    Raises
    ------
    SettingError
        When a value is outside its range.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    return replace(settings, **given) if given else settings


def series(ask: Ask, industry: Any, field: Any, start: Any, finish: Any) -> Table:
    """Answer PROSPERITY_SERIES."""
    result = ask.result(industry)
    which = field_of(result.definition, field, SERIES_FIELDS)
    first, last = moment("start", start), moment("finish", finish)
    rows = [[month, _at(result, which, month)] for month in _between(result.months, first, last)]
    if not rows:
        raise no_value("该区间内没有月份。", "There is no month in this span.")
    return rows


def signal(ask: Ask, industry: Any, on_date: Any) -> Any:
    """Answer PROSPERITY_SIGNAL."""
    return _value(ask.result(industry), "signal", moment("on_date", on_date))


def contributions(ask: Ask, industry: Any, on_date: Any) -> Table:
    """Answer PROSPERITY_CONTRIB."""
    result = ask.result(industry)
    month = month_of(result, moment("on_date", on_date))
    heads = (
        ("指标", "Indicator"),
        ("标准分", "Score"),
        ("权重", "Weight"),
        ("贡献", "Contribution"),
        ("贡献变化", "Change"),
    )
    frames = (
        result.stages["score"],
        result.weights,
        result.contributions,
        result.change_contributions,
    )
    rows: Table = [[ask.label(head) for head in heads]]
    for member in result.definition.members:
        rows.append([ask.name(member), *(frame.at[month, member.id] for frame in frames)])
    return rows


def backtest(
    ask: Ask, industry: Any, statistic: Any, start: Any, finish: Any, cost_bps: Any, timing: Any
) -> Any:
    """Answer PROSPERITY_BACKTEST."""
    which = word_of("statistic", statistic, STATISTIC_WORDS)
    settings = overridden(
        ask.settings,
        start=day_of("start", start, first=True),
        end=day_of("finish", finish, first=False),
        cost_bps=number_of("cost_bps", cost_bps),
        timing=word_of("timing", timing, TIMINGS),
    )
    tested = _tested(ask.result(industry, settings))
    if which is not None:
        return _stated(which, tested.statistics[which])
    return statistics_table(ask, tested)


def nav(ask: Ask, industry: Any, start: Any, finish: Any) -> Table:
    """Answer PROSPERITY_NAV."""
    settings = overridden(
        ask.settings,
        start=day_of("start", start, first=True),
        end=day_of("finish", finish, first=False),
    )
    return nav_table(ask, _tested(ask.result(industry, settings)), ("行业指数", "Index"))


def rank(ask: Ask, on_date: Any, field: Any) -> Table:
    """Answer PROSPERITY_RANK; an industry without a value stands at the end."""
    when = moment("on_date", on_date)
    words = {id: FIELD_NAMES[id] for id in SERIES_FIELDS}
    which = word_of("field", field, words, "composite") or "composite"
    known, values = ask.world.known(), []
    sources = ask.world.everything(ask.step)
    for number, (id, source) in enumerate(sources.items(), 1):
        ask.step(id, number, len(sources))
        try:
            result = ask.results.industry(source, id, ask.settings, ask.today)
            values.append((float(_value(result, which, when)), result.definition))
        except ProsperityError:
            values.append((float("nan"), known.get(id) or source.book.definitions[id]))
    if not values:
        raise no_value(
            "没有任何行业有数据。请打开行业工作簿，或选择资料夹。",
            "No industry has data. Open an industry's book, or choose the library folder.",
        )
    values.sort(key=lambda v: (pd.isna(v[0]), -v[0] if pd.notna(v[0]) else 0.0, v[1].id))
    heads = (("排名", "Rank"), ("标识", "Id"), ("行业", "Industry"), FIELDS[which][:2])
    rows: Table = [[ask.label(head) for head in heads]]
    rows += [[n, model.id, ask.name(model), value] for n, (value, model) in enumerate(values, 1)]
    return rows


def combined(ask: Ask, what: Any, on_date: Any) -> Table:
    """Answer PROSPERITY_COMBINED."""
    part = word_of("what", what, COMBINED_PARTS, "holdings")
    when = moment("on_date", on_date)
    sources = ask.world.everything(ask.step)
    found, results = ask.results.combined(sources, ask.settings, ask.today, ask.step)
    if found is None:
        reasons = [r for r in results.values() if isinstance(r, ProsperityError)]
        raise NoValueError(
            "no_combined",
            "综合策略至少需要两个有回测的行业。" + (reasons[0].zh if reasons else ""),
            "The combined strategy needs two industries with a backtest. "
            + (reasons[0].en if reasons else ""),
        )
    if part == "statistics":
        return statistics_table(ask, found.backtest)
    if part == "nav":
        return nav_table(ask, found.backtest, ("等权行业", "Equal-weight basket"))
    row = row_of(found.targets.index, when)
    weights = found.targets.loc[row]
    known = {id: r.definition for id, r in results.items() if isinstance(r, IndustryResult)}
    rows: Table = [
        [ask.label(p) for p in (("标识", "Id"), ("行业", "Industry"), ("权重", "Weight"))]
    ]
    for id, weight in weights.sort_values(ascending=False, kind="stable").items():
        if weight > 0:
            market = ask.label(benchmark_pair(found.benchmark_code))
            rows.append([id, market if id == MARKET else ask.name(known[str(id)]), weight])
    return rows


def evidence(ask: Ask, industry: Any, what: Any) -> Table:
    """Answer PROSPERITY_EVIDENCE."""
    part = word_of("what", what, EVIDENCE_PARTS, "significance") or "significance"
    id, source = ask.world.holder(industry_name(industry))
    frame = ask.results.evidence(source, id, ask.settings, part)
    return evidence_answers.rows(frame, ask.label(EVIDENCE_CORNERS[part]))


def indicator(ask: Ask, industry: Any, indicator: Any, on_date: Any, stage: Any) -> Any:
    """Answer PROSPERITY_INDICATOR."""
    result = ask.result(industry)
    which = word_of("stage", stage, STAGES, "raw") or "raw"
    words = {m.id: (m.name_zh, m.name_en, *m.aliases) for m in result.definition.members}
    id = word_of("indicator", indicator or "?", words)
    month = month_of(result, moment("on_date", on_date))
    value = float(result.stages[which].loc[month, str(id)])  # type: ignore[arg-type]
    if math.isnan(value):
        raise no_value(
            f"指标 {id} 在 {month:%Y-%m} 的决策日没有 {which} 值。",
            f"The indicator {id} has no {which} value on the decision date of {month:%Y-%m}.",
        )
    return value


def industries(ask: Ask) -> Table:
    """Answer PROSPERITY_INDUSTRIES."""
    heads = [ask.label(("标识", "Id")), "中文名称", "English name"]
    return [heads, *([m.id, m.name_zh, m.name_en] for m in ask.world.known().values())]


def warnings(ask: Ask, asked: str) -> str:
    """Return what a reader should know about an industry, gravest first; empty when nothing."""
    id, source = ask.world.holder(asked)
    evaluation = ask.results.evaluation(source, id, ask.settings, ask.today)
    notices = (*evaluation.results[id].notices, *evaluation.notices)
    grave = [ask.label((n.zh, n.en)) for n in notices if n.severity == "warning"]
    return "\n".join(dict.fromkeys(grave))


def _live(ask: Ask, source: Source, data: Any) -> Source:
    """Return the book with its ``data`` sheet as a range or array argument shows it."""
    if hasattr(data, "sheet"):
        return source.with_data(*ask.ranges.sheet(data))
    sheet = value_sheet(_rows(data))
    return source.with_data(sheet, digest(sheet))


def _rows(data: Any) -> list[list[Any]]:
    rows = data if isinstance(data, list | tuple) else [data]
    return [list(row) if isinstance(row, list | tuple) else [row] for row in rows]


def field_of(model: Industry, value: Any, allowed: tuple[str, ...]) -> str:
    """Return the field, or ``dimension:ID``, that a word means; empty is the composite."""
    words: dict[str, tuple[str, ...]] = {id: FIELD_NAMES[id] for id in allowed}
    for part in model.dimensions:
        words.setdefault(f"dimension:{part.id}", (part.id, part.name_zh, part.name_en))
    return word_of("field", value, words, "composite") or "composite"


def month_of(result: IndustryResult, when: Moment | None) -> pd.Timestamp:
    """Return the month that a date means; see the README's table of arguments."""
    if when is None:
        if result.latest is None:
            raise no_value("没有任何月份有景气度。", "No month has a composite.")
        return result.latest
    if when.whole_month:
        if when.day not in result.composite.index:
            raise _out_of_range(result, f"{when.day:%Y-%m}")
        return when.day
    decided = result.decisions[result.decisions <= when.day]
    if decided.empty:
        raise _out_of_range(result, f"{when.day:%Y-%m-%d}")
    return pd.Timestamp(decided.index[-1])


def _value(result: IndustryResult, which: str, when: Moment | None) -> Any:
    if which == "position" and when is not None and not when.whole_month:
        return _position(result, when.day)
    month = month_of(result, when)
    value = _at(result, which, month)
    if pd.isna(value):
        code = "no_signal" if which == "signal" else "no_value"
        raise NoValueError(
            code,
            f"{result.definition.name_zh} 在 {month:%Y-%m} 没有 {which}（可得数据不足）。",
            f"{result.definition.name_en} has no {which} in {month:%Y-%m}: too little was "
            "available.",
        )
    return value


def _at(result: IndustryResult, which: str, month: pd.Timestamp) -> Any:
    if which.startswith("dimension:"):
        return result.dimensions.at[month, which.partition(":")[2]]
    if which == "asof":
        return result.decisions[month]
    if which == "freshness":
        # The last result is as old as it is today, any other as it was on its decision date.
        age, day = result.freshness, result.decisions[month]
        if age is not None and month == result.latest:
            day = max(day, age.today)
        return (day - result.releases.loc[month].max()).days
    if which == "overdue":
        age = result.freshness
        return math.nan if age is None or month != result.latest else age.overdue_days
    if which == "simulated":
        return int(bool(result.simulated))
    if which == "position":
        try:
            return _position(result, result.decisions[month])
        except NoValueError:
            return float("nan")
    return getattr(result, which)[month]


def _position(result: IndustryResult, day: pd.Timestamp) -> Any:
    tested = _tested(result)
    held = tested.position[tested.position.index <= day]
    if held.empty:
        raise no_value(
            f"回测始于 {tested.start:%Y-%m-%d}，此前没有仓位。",
            f"The backtest starts on {tested.start:%Y-%m-%d}; there is no position before.",
        )
    return held.iloc[-1]


def _between(
    months: pd.DatetimeIndex, first: Moment | None, last: Moment | None
) -> pd.DatetimeIndex:
    """Return the months from that of ``first`` to that of ``last``."""
    end = pd.offsets.MonthEnd(0)
    if first is not None:
        months = months[months >= first.day + end]
    return months if last is None else months[months <= last.day + end]


def row_of(
    dates: pd.Index, when: Moment | None, of: Pair = ("综合策略", "The combined strategy")
) -> Any:
    """Return the last date of what ``of`` names, on or before a day or within a month."""
    chosen = dates if when is None else dates[dates <= when.day]
    if when is not None and when.whole_month:
        chosen = chosen[chosen >= when.day.replace(day=1)]
    if chosen.empty:
        raise no_value(
            f"{of[0]}始于 {dates[0]:%Y-%m-%d}，此日期没有持仓。",
            f"{of[1]} starts on {dates[0]:%Y-%m-%d}; there are no holdings then.",
        )
    return chosen[-1]


def _tested(result: IndustryResult) -> Backtest:
    if result.backtest is None:
        name = result.definition
        why = (
            "行情表中没有指数或基准的价格，或与样本不重叠。",
            "The price sheet lacks the index or the benchmark, or does not overlap the sample.",
        )
        raise no_backtest((name.name_zh, name.name_en), why)
    return result.backtest


def statistics_table(ask: Ask, tested: Backtest) -> Table:
    """Return all statistics of a backtest as a table."""
    heads = [ask.label(p) for p in (("标识", "Id"), ("统计量", "Statistic"), ("数值", "Value"))]
    rows = [
        [id, ask.label((zh, en)), tested.statistics[id]] for id, (zh, en, _) in STATISTICS.items()
    ]
    return [heads, *rows]


def _stated(which: str, value: float) -> float:
    if pd.isna(value):
        zh, en, _ = STATISTICS[which]
        raise no_value(
            f"样本太短，算不出{zh}。", f"The sample is too short for this: {en.lower()}."
        )
    return value


def nav_table(ask: Ask, tested: Backtest, index: Pair) -> Table:
    """Return net values as a table; ``index`` heads those of all that could be held."""
    pairs = (("日期", "Date"), ("策略", "Strategy"), index, ("基准", "Benchmark"))
    columns = [tested.nav[name].tolist() for name in ("strategy", "index", "benchmark")]
    days = [day.to_pydatetime() for day in pd.DatetimeIndex(tested.nav.index)]
    return [[ask.label(p) for p in pairs], *map(list, zip(days, *columns, strict=True))]


def _out_of_range(result: IndustryResult, asked: str) -> NoValueError:
    months = result.months
    if months.empty:
        return no_value("没有任何已决策的月份。", "No month has been decided.")
    return no_value(
        f"{result.definition.name_zh} 在 {asked} 没有决策；已有 {months[0]:%Y-%m} 至 "
        f"{months[-1]:%Y-%m}。",
        f"{result.definition.name_en} has no decision for {asked}; there are {months[0]:%Y-%m} "
        f"to {months[-1]:%Y-%m}.",
    )
