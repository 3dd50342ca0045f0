"""What a reader must know about a result, found from the result itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from prosperity.backtest import LATEST_TRADE, Backtest
from prosperity.definition import Industry
from prosperity.errors import DataError
from prosperity.evaluation import Notice, days_text
from prosperity.pipeline import Core
from prosperity.settings import Settings
from prosperity.transforms import compares


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
        *_short(model, core, settings),
        *_absent(model, core, models),
        *_growth(model, core),
        *_broken(model, core),
        *_stale(model, core),
        *_components(model, core, settings),
        *_tested(model, core, decisions, tested, settings),
    ]
    return tuple(sorted(found, key=lambda notice: notice.severity != "warning"))


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
                f"{zh}：完整月份不足 {settings.component_min_obs} 个，第一主成分未估计，用等权。",
                f"{en}: fewer than {settings.component_min_obs} complete months, so equal "
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
