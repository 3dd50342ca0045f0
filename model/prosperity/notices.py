"""What a reader must know about a result, found from the result itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from prosperity.backtest import Backtest
from prosperity.definition import Industry
from prosperity.errors import DataError
from prosperity.evaluation import Notice, days_text
from prosperity.freshness import Freshness, SeriesAge
from prosperity.pipeline import Core
from prosperity.settings import Settings
from prosperity.trade_days import LATEST_TRADE
from prosperity.transforms import compares

MONTHS_A_YEAR = 12
#: Runs of months that a notice lists.
SPANS = 4
#: Series that a notice names; the others are counted.
NAMED = 4


def run_notices(
    model: Industry,
    core: Core,
    decisions: pd.DatetimeIndex,
    tested: Backtest | None,
    settings: Settings,
    models: Mapping[str, Industry],
) -> tuple[Notice, ...]:
    """Return everything worth saying about one model's result, gravest first.

    ``decisions`` are the decision dates of the core's months.
    """
    found = [
        *_lookahead(settings),
        *_nowcasts(model, core, settings),
        *_short(model, core, settings),
        *_absent(model, core, models),
        *_growth(model, core),
        *_broken(model, core),
        *_holes(model, core),
        *_stale(model, core),
        *_components(model, core, settings),
        *_tested(model, core, decisions, tested, settings),
    ]
    return by_weight(found)


def by_weight(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Return notices with warnings first, else in their order."""
    return tuple(sorted(notices, key=lambda notice: notice.severity != "warning"))


def origin_notices(simulated: Sequence[str], there: Sequence[str]) -> tuple[Notice, ...]:
    """Return what is to be said when data that a model reads say that they are simulated.

    Parameters
    ----------
    simulated, there
        Ids of the data columns and prices that say so, and of all that the model reads.
    """
    if not simulated:
        return ()
    if len(simulated) == len(there):
        return (
            Notice(
                "simulated",
                "模拟数据：不是真实行情、真实指标或真实业绩。",
                "Simulated data: no real prices, indicators or performance.",
            ),
        )
    return (
        Notice(
            "simulated",
            f"部分为模拟数据：{len(there)} 列中的 {len(simulated)} 列（{_listed(simulated, '、')}）"
            "的“来源”写着模拟；换成真实数据后，把该列的“来源”改成真实来源，标记才会去掉。",
            f"Partly simulated: {len(simulated)} of {len(there)} columns "
            f"({_listed(simulated, ', ')}) say so in their row 来源 (source); the mark stays until "
            "that cell names the real source.",
        ),
    )


def late_notices(model: Industry, age: Freshness) -> tuple[Notice, ...]:
    """Return what is overdue, since when, and whether the signal can be called of now."""
    found = []
    if age.since is not None and age.decided is not None:
        noun = ("信号", "signal") if model.kind == "industry" else ("景气度", "composite")
        days = (age.today - age.since).days
        found.append(
            Notice(
                "overdue_signal",
                f"{noun[0]}停在 {age.decided:%Y-%m-%d} 的决策，自 {age.since:%Y-%m-%d} 起已过期 "
                f"{days} 天，不是现在的{noun[0]}（今天 {age.today:%Y-%m-%d}）。请更新数据。",
                f"The {noun[1]} is that of the decision of {age.decided:%Y-%m-%d}, overdue since "
                f"{age.since:%Y-%m-%d} ({days} days), and not of now (today is "
                f"{age.today:%Y-%m-%d}). Update the data.",
            )
        )
    elif age.missed is not None:
        found.append(
            Notice(
                "decision_waits",
                f"{age.missed:%Y-%m-%d} 的决策还等当日行情，目前是 {age.decided:%Y-%m-%d} 的决策。",
                f"The decision of {age.missed:%Y-%m-%d} waits for that day's prices; this is the "
                f"decision of {age.decided:%Y-%m-%d}.",
                severity="note",
            )
        )
    if age.overdue:
        zh = [f"{one.name_zh}（{_month(one)}，应于 {one.due:%Y-%m-%d}）" for one in age.overdue]
        en = [f"{one.name_en} ({_month(one)}, due {one.due:%Y-%m-%d})" for one in age.overdue]
        found.append(
            Notice(
                "overdue_series",
                f"逾期未更新的指标 {len(zh)} 个：{_listed(zh, '、')}。",
                f"{len(en)} series are overdue: {_listed(en, ', ')}.",
            )
        )
    if age.prices_since is not None:
        found.append(
            Notice(
                "overdue_prices",
                f"行情只到 {age.prices_through:%Y-%m-%d}，自 {age.prices_since:%Y-%m-%d} 起缺。",
                f"Prices end on {age.prices_through:%Y-%m-%d}; missing since "
                f"{age.prices_since:%Y-%m-%d}.",
            )
        )
    return tuple(found)


def _month(one: SeriesAge) -> str:
    return f"{one.expected:%Y-%m}"


def _listed(names: Sequence[str], join: str) -> str:
    more = len(names) - NAMED
    return join.join(names[:NAMED]) + (f" … +{more}" if more > 0 else "")


def too_few_months(model: Industry, core: Core, settings: Settings) -> DataError:
    """Return the error that says why a model has no composite in any month."""
    longest = int(core.stages["score"].notna().sum().max())
    have = sum(m.weight for m in model.members if core.stages["score"][m.id].notna().any())
    total = sum(m.weight for m in model.members)
    return DataError(
        "too_few_months",
        f"{model.name_zh}：历史不足，没有任何月份能算出景气度。最长的指标有 {longest} 个月的"
        f"标准分，有标准分的指标权重为 {have:g}/{total:g}。标准化至少需要 {settings.min_obs} "
        "个月（同比另需 12 个月）。请补充历史数据。",
        f"{model.name_en}: too little history for a composite in any month. The longest indicator "
        f"has scores in {longest} months, and indicators with scores hold {have:g}/{total:g} of "
        f"the weight. Standardisation needs at least {settings.min_obs} months (a rate on a year "
        "12 more). Add history.",
    )


def weekdays_decide(month: pd.Timestamp) -> Notice:
    """Return what to say when neither prices nor the exchange's calendar know a month's end."""
    return Notice(
        "weekdays_decide",
        f"交易所尚未公布 {month:%Y-%m} 末的休市安排（或行情不是上交所的交易日），该月的决策日"
        "按工作日推定；行情补到月末后以行情为准。",
        f"It is not known here on which days the exchange is closed at the end of {month:%Y-%m} "
        "(or the prices are another exchange's), so weekdays tell whether that month is decided; "
        "prices to the month's end settle it.",
        severity="note",
    )


def _short(model: Industry, core: Core, settings: Settings) -> Iterator[Notice]:
    if core.composite.notna().sum() == 0:
        error = too_few_months(model, core, settings)
        yield Notice(error.code, error.zh, error.en)


def _lookahead(settings: Settings) -> Iterator[Notice]:
    if settings.sees_future:
        yield Notice(
            "looks_ahead",
            f"本结果含前视（timing={settings.timing}，fit={settings.fit}），只供对照，不可交易。",
            f"This result looks ahead (timing={settings.timing}, fit={settings.fit}): for "
            "comparison only, not tradable.",
        )


def _nowcasts(model: Industry, core: Core, settings: Settings) -> Iterator[Notice]:
    if settings.timing != "nowcast" or core.estimated.empty:
        return
    last = core.estimated.iloc[-1]
    ids = [str(id) for id in last.index[last.to_numpy(bool)]]
    zh = _listed([model.indicator(id).name_zh for id in ids], "、") or "无"
    en = _listed([model.indicator(id).name_en for id in ids], ", ") or "none"
    yield Notice(
        "nowcasts",
        "本结果含即时预测（timing=nowcast）：未公布的月份用预测值代替，不是公布的数据。"
        f"最近一次决策中的预测：{zh}。",
        "This result rests on nowcasts (timing=nowcast): months that are not published are "
        f"estimated. Estimated in the last decision: {en}.",
    )


def _absent(model: Industry, core: Core, models: Mapping[str, Industry]) -> Iterator[Notice]:
    for id in core.missing:
        indicator = model.indicator(id)
        wants = f"（需要模型 {indicator.composite}）" if indicator.composite else ""
        yield Notice(
            "no_indicator_data",
            f"指标 {indicator.name_zh}（{id}）没有数据{wants}，按可得指标计算。",
            f"The indicator {indicator.name_en} ({id}) has no data; the others are used.",
        )


def _growth(model: Industry, core: Core) -> Iterator[Notice]:
    for id in core.growth:
        indicator = model.indicator(id)
        yield Notice(
            "published_growth",
            f"指标 {indicator.name_zh}（{id}）的单位为 %，按已公布的同比使用，不再计算同比。",
            f"The indicator {indicator.name_en} ({id}) is in percent: taken as published growth, "
            "not differenced again.",
            severity="note",
        )


def _broken(model: Industry, core: Core) -> Iterator[Notice]:
    for id, months in core.breaks.items():
        indicator = model.indicator(id)
        listed = "、".join(f"{month:%Y-%m}" for month in months)
        zh = f"指标 {indicator.name_zh}（{id}）的口径在 {listed} 改变，"
        en = f"The definition of {indicator.name_en} ({id}) changes in {listed.replace('、', ', ')}"
        if id in core.growth or compares(indicator.chain):
            yield Notice(
                "definition_break",
                f"{zh}不跨断点计算变化。",
                f"{en}; no change is computed across.",
                severity="note",
            )
        else:
            yield Notice(
                "definition_break",
                f"{zh}而该指标用其水平，前后不可比；请改用变化（yoy、diff 等），或换算口径。",
                f"{en}, and its level is used, which cannot be compared across; use a change (yoy, "
                "diff), or put both sides on one definition.",
            )


def _holes(model: Industry, core: Core) -> Iterator[Notice]:
    for id, cost in core.costs.items():
        indicator = model.indicator(id)
        (holes_zh, holes_en), (lost_zh, lost_en) = _spans(cost.holes), _spans(cost.lost)
        yield Notice(
            "holes_cost_months",
            f"指标 {indicator.name_zh}（{id}）缺 {holes_zh}，因此以下已公布的月份算不出数值"
            f"（共 {len(cost.lost)} 个月）：{lost_zh}。如有数据，请补上缺月。",
            f"The indicator {indicator.name_en} ({id}) has no value for {holes_en}, so that "
            f"published months cannot be computed ({len(cost.lost)} in all): {lost_en}. Fill in "
            "what is missing, if there is any.",
            severity="warning" if len(cost.lost) >= MONTHS_A_YEAR else "note",
        )


def _spans(months: Sequence[pd.Timestamp]) -> tuple[str, str]:
    """Return months in words, in both languages: runs as first to last, the first few of them."""
    numbers = np.array([12 * month.year + month.month for month in months])
    runs = np.split(np.arange(len(months)), np.flatnonzero(np.diff(numbers) != 1) + 1)
    ends = [(f"{months[run[0]]:%Y-%m}", f"{months[run[-1]]:%Y-%m}") for run in runs]
    zh, en = (
        [first if first == last else first + to + last for first, last in ends[:SPANS]]
        for to in (" 至 ", " to ")
    )
    more = len(ends) > SPANS
    return "、".join(zh) + (" 等" if more else ""), ", ".join(en) + (" and others" if more else "")


def _stale(model: Industry, core: Core) -> Iterator[Notice]:
    if core.stale.empty:
        return
    last = core.stale.iloc[-1]
    for id in last[last.astype(bool)].index:
        period = core.periods[id].iloc[-1]
        indicator = model.indicator(str(id))
        yield Notice(
            "stale_indicator",
            f"指标 {indicator.name_zh}（{id}）最新只到 {period:%Y-%m}，已过期不用。",
            f"The indicator {indicator.name_en} ({id}) ends in {period:%Y-%m}; it is too old and "
            "no longer used.",
        )


def _components(model: Industry, core: Core, settings: Settings) -> Iterator[Notice]:
    sizes = {d.id: sum(m.dimension == d.id for m in model.members) for d in model.dimensions}
    for name, shares in core.explained.items():
        known = shares.dropna()
        if sizes.get(str(name)) == 1:
            continue
        zh, en = _component_name(model, str(name))
        if known.empty:
            yield Notice(
                "component_not_fitted",
                f"{zh}：任何两项指标的共同月份不足 {settings.component_min_obs} 个，"
                "第一主成分未估计，用等权。",
                f"{en}: no two indicators share {settings.component_min_obs} months, so equal "
                "weight stands in for the first component.",
            )
        elif known.iloc[-1] < settings.component_warn_share:
            yield Notice(
                "weak_component",
                f"{zh}：第一主成分只解释 {known.iloc[-1]:.0%} 的方差。",
                f"{en}: the first component explains only {known.iloc[-1]:.0%} of the variance.",
            )
    if core.explained.columns.empty or core.weights.empty:
        return
    last = core.weights.iloc[-1]
    for id in last[last < 0].index:
        indicator = model.indicator(str(id))
        yield Notice(
            "negative_loading",
            f"指标 {indicator.name_zh}（{id}）在第一主成分中的载荷为负，与设定方向相反。",
            f"The indicator {indicator.name_en} ({id}) has a negative loading, against the "
            "direction that the definition gives it.",
        )


def _component_name(model: Industry, key: str) -> tuple[str, str]:
    """Return what a first component is of, in both languages: a dimension or the composite."""
    if key in {d.id for d in model.dimensions}:
        dimension = model.dimension(key)
        return f"维度{dimension.name_zh}", f"The dimension {dimension.name_en}"
    return "景气度", "The composite"


def _tested(
    model: Industry,
    core: Core,
    decisions: pd.DatetimeIndex,
    tested: Backtest | None,
    settings: Settings,
) -> Iterator[Notice]:
    if model.kind == "module":
        return
    if tested is None:
        yield Notice(
            "no_backtest",
            "行情表中没有行业指数或基准的价格，或价格与样本期不重叠，未做回测。",
            "The price sheet has no prices of the index or the benchmark, or none in the sample, "
            "so there is no backtest.",
        )
        return
    wanted = settings.start or model.sample_start
    if wanted:
        # The decision that the base trades on: holidays only make the real delay longer.
        decided = decisions <= tested.start - pd.offsets.BDay(settings.delay_days)
        months = core.signal.index[np.asarray(decided)]
        if months.empty or months[-1] >= pd.Timestamp(wanted) + pd.offsets.MonthEnd(0):
            yield Notice(
                "late_start",
                f"行情或信号始于 {tested.start:%Y-%m-%d}，晚于设定的样本起点 {wanted}。",
                f"Prices or signals begin on {tested.start:%Y-%m-%d}, after the sample start "
                f"{wanted}.",
            )
    yield from _unpriced(tested)
    held = np.asarray((decisions >= tested.start) & (decisions < tested.end))
    unknown = int(core.signal[held].isna().sum())
    if unknown:
        yield Notice(
            "no_signal_months",
            f"回测期内有 {unknown} 个月没有信号（可得权重不足），持有基准。",
            f"In {unknown} months of the backtest there is no signal (too little weight "
            "available); the benchmark is held.",
        )
    yield Notice(
        "revised_data",
        "指标数值取自工作簿，是修订后的数值；公布时间按公布日或滞后天数处理。",
        "Indicator values are those in the book, as revised; publication times follow release "
        "dates or lags.",
        severity="note",
    )


def _unpriced(tested: Backtest) -> Iterator[Notice]:
    """Say which decision dates have no price, and what was done about it."""
    if len(tested.late):
        zh, en = days_text(tested.late)
        yield Notice(
            "late_trades",
            f"{len(tested.late)} 个决策日没有行情（{zh}），在其后首个有行情的交易日收盘换仓。",
            f"{len(tested.late)} decision dates have no price ({en}): traded at the next close.",
            severity="note",
        )
    if len(tested.untraded):
        zh, en = days_text(tested.untraded)
        yield Notice(
            "untraded_decisions",
            f"{len(tested.untraded)} 个决策日及其后 {LATEST_TRADE} 天内没有行情（{zh}），未换仓，"
            "仍持原仓。",
            f"{len(tested.untraded)} decision dates have no price, nor have the "
            f"{LATEST_TRADE} days after them ({en}): not traded, the position is kept.",
        )
