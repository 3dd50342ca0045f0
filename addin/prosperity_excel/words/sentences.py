"""Sentences of the report: conventions in words, rules in words, definitions of the statistics."""

from __future__ import annotations

import math

import pandas as pd
from prosperity.backtest import Backtest, partial_months
from prosperity.definition import Industry
from prosperity.settings import Settings

from prosperity_excel.words.pair import Pair
from prosperity_excel.words.statements import MISSING, benchmark_pair

TIMING: dict[str, Pair] = {
    "released": ("只用决策日已公布的数据", "only what was public on the decision date"),
    "period": ("当月数据当月用（有前视）", "each month's data in that month (looks ahead)"),
    "nowcast": (
        "已公布的数据，未公布的月份用即时预测",
        "what was public, and nowcasts of the months that were not",
    ),
}
FIT: dict[str, Pair] = {
    "expanding": ("标准化与主成分只用当时的样本", "fitted on the sample so far"),
    "full": ("标准化与主成分用全样本（有前视）", "fitted on the whole sample (looks ahead)"),
}
METHODS: dict[str, Pair] = {
    "equal_weight": ("全部指标的得分加权平均", "weighted mean of all indicators' scores"),
    "first_component": (
        "全部指标得分的第一主成分",
        "first principal component of all indicators' scores",
    ),
    "dimensions": ("各维度得分的加权平均", "weighted mean of the dimensions' scores"),
    "states": (
        "各维度得分乘以权重之和，只供展示；是否持有由状态规则决定",
        "sum of the dimensions' scores times their weights, for display; the states decide",
    ),
}
REBALANCE: dict[str, Pair] = {
    "month_end": ("每月最后一个交易日决策", "decided on the last trading day of the month"),
    "sixth": (
        "次月6日或之前的最后一个交易日决策",
        "decided on the last trading day on or before the 6th of the next month",
    ),
}

COMBINED: Pair = (
    "浙商原文只给出综合策略的结果，没有给出构造，以下是我们的做法：每月末，样本已开始且已有信号的行业中，信号为"
    "持有者等权，单个行业不超过上限，余下以及无行业可持有时持有基准。一个行业的定义若涵盖其他行业，"
    "则取代它们。行情不全时，在各行业都有行情的下一收盘换仓。换仓之间权重随价格漂移；买入与卖出的金额各收一次成本。",
    "The report gives the result of its combined strategy and not its construction; this is ours. "
    "At each month end the industries whose sample has begun and that have had a signal, with a "
    "signal to hold, share the capital equally, none above the cap; the rest, and everything when "
    "none is held, is in the benchmark. An industry whose definition covers others takes their "
    "place. Where prices are missing it trades at the next close with all of them. Weights drift "
    "between trades; the cost is charged on what is bought and on what is sold.",
)

#: A smaller change is not seen in two decimals.
HARDLY = 0.005

#: Section of the method page -> what it says above its settings.
SECTIONS: dict[str, tuple[Pair, Pair, tuple[str, ...]]] = {
    "timing": (
        ("数据与时点", "Data and timing"),
        (
            "每个数值带有所属月份和公布日。released 之下，某月的决策只用决策日或之前公布的数值；"
            "没有公布日的序列按定义中的滞后天数推算。逾期未更新的指标沿用最近值若干个月，之后剔除。"
            "数值是工作簿中的修订值。",
            "Every value has the month it describes and the day it became public. Under 'released' "
            "a month's decision uses only values public on or before its decision date; a series "
            "without release dates follows its lag in days. A late indicator keeps its last value "
            "for some months and then drops out. Values are as revised in the book.",
        ),
        ("timing", "as_of", "max_carry", "extra_lag_months"),
    ),
    "filter": (
        ("去噪", "De-noising"),
        (
            "浙商原文没有说明所用滤波。这里默认移动平均，只用当时及以前的数值。",
            "The report names no filter. The default here is a moving average of present and past "
            "values only.",
        ),
        ("denoise", "denoise_months", "hp_lambda"),
    ),
    "standardise": (
        ("标准化与合成", "Standardisation and composite"),
        (
            "得分 =（变换并去噪后的值 − 均值）÷ 标准差，乘以方向，再截断。第一主成分每月重新估计，"
            "符号由锚定指标确定；变化用同一组参数计算前后两期，因此重新估计不会造成虚假的升降。"
            "各指标的贡献之和正好等于景气度，对变化的贡献之和正好等于变化。",
            "Score = (transformed and de-noised value − mean) / standard deviation, times the "
            "sign, then clipped. A first component is fitted again each month and takes its sign "
            "from an anchor; a change compares two months under the same parameters, so a new "
            "fit alone moves nothing. Contributions add up to the composite, and contributions "
            "to the change add up to the change, exactly.",
        ),
        (
            "fit",
            "window",
            "min_obs",
            "sum_holes",
            "clip",
            "component_min_obs",
            "component_warn_share",
        ),
    ),
    "rule": (
        ("信号规则", "Signal rule"),
        (
            "边际上行：景气度的同口径变化大于0时持有行业指数，否则持有基准。状态规则：各维度的升降"
            "组合符合任一持有状态时持有行业指数。可得权重不足时没有信号，持有基准。",
            "Marginal rise: the industry index is held when the like-for-like change of the "
            "composite is above zero, else the benchmark. States: the industry index is held when "
            "the dimensions' directions fit any hold-state. With too little weight available "
            "there is no signal and the benchmark is held.",
        ),
        ("lookback", "dead_band", "confirm", "min_weight", "grade_band"),
    ),
    "accounting": (
        ("回测口径", "Accounting"),
        (
            "仓位：全部持有行业指数或全部持有基准，不空仓、不做空。决策日收盘持有至下一决策日（或推迟"
            "若干个交易日）。用价格指数收盘价，不含股息。净值以首月之前的决策日为1。换仓卖一次、买一次，"
            "各收一次成本；首次建仓不计成本。",
            "Positions: all in the industry index or all in the benchmark; never cash, never "
            "short; held from the close of one decision date to the next (or some trading days "
            "later). Closing prices of price indices, without dividends. Net values are 1 on the "
            "decision date before the first month. A switch sells and buys and pays the cost "
            "twice; the first purchase is free.",
        ),
        ("cost_bps", "delay_days", "risk_free", "start", "end"),
    ),
    "combined": (
        ("综合策略", "Combined strategy"),
        COMBINED,
        ("cap",),
    ),
}

STATISTIC_MEANING: dict[str, Pair] = {
    "strategy_return": ("期末净值 − 1", "last net value − 1"),
    "index_return": ("期末净值 − 1，一直持有行业指数", "last net value − 1, index held throughout"),
    "benchmark_return": ("期末净值 − 1，一直持有基准", "last net value − 1, benchmark held"),
    "excess_over_index": ("两个累计收益之差", "difference of the two total returns"),
    "excess_over_benchmark": ("两个累计收益之差", "difference of the two total returns"),
    "annualised_return": ("期末净值^(1/年数) − 1", "last net value^(1/years) − 1"),
    "annualised_index": ("同上，行业指数", "the same, industry index"),
    "annualised_benchmark": ("同上，基准", "the same, benchmark"),
    "volatility": ("月收益标准差 × √12", "standard deviation of monthly returns × √12"),
    "sharpe": (
        "（月均收益 − 月无风险利率）× 12 ÷ 年化波动率",
        "(mean monthly return − monthly risk-free rate) × 12 / volatility",
    ),
    "information_ratio": (
        "月均超额 × 12 ÷（月超额标准差 × √12）",
        "mean monthly excess × 12 / (its standard deviation × √12)",
    ),
    "max_drawdown": (
        "净值较此前最高点的最大跌幅，逐日",
        "largest fall from a previous high, daily",
    ),
    "calmar": ("年化收益 ÷ 最大回撤", "annualised return / maximum drawdown"),
    "win_rate": (
        "与基准收益不同的月份中，跑赢的占比",
        "share of months above the benchmark, of those that differ from it",
    ),
    "switches": ("换仓的次数", "number of changes of position"),
    "time_in_industry": ("持有行业指数的交易日占比", "share of trading days in the industry index"),
    "years": ("日历天数 ÷ 365.25", "calendar days / 365.25"),
}

NOTES: dict[str, Pair] = {
    "waterfall": (
        "左图浅色为信号持有行业的月份，虚线为截至当月的 20% 与 80% 历史分位。"
        "右图从上期的同口径景气度出发，逐项加上各指标的贡献，正好到达本期。",
        "Left: shaded in months with a signal to hold; dashes are the 20th and 80th percentiles so "
        "far. Right: from the month before, under this month's weights, each indicator's "
        "contribution in turn, exactly to this month.",
    ),
    "yearly": (
        "首年与末年可能不满一年；回撤为年内从年初净值起的最大跌幅。",
        "The first and last year may be parts of years; the drawdown is the largest fall inside "
        "the year, counted from its opening value.",
    ),
    "quality": (
        "以各决策日所知为准。首月、末月：用到过的数值所属的最早、最近月份。滞后月数：最近决策月与末月之差。"
        "其后无得分：自首个得分起，因缺数或过期而没有得分的决策月数。在用：最近决策日有得分。",
        "As known on the decision dates. First and last month: those of the values used. "
        "Months old: from the last of them to the last decided month. Without, since: decided "
        "months without a score after the first one, for want of data or because they were too "
        "old. In use: has a score on the last decision date.",
    ),
    "sensitivity": (
        "每次只改动一处口径，其余不变；数字为各策略的累计收益。差别大，说明结果依赖于报告没有说明的选择。"
        "本报告的口径是事先定好的默认值，不是从这些方案中挑出来的。",
        "One convention is changed at a time; figures are total returns of the strategies. Where "
        "they differ much, a result hangs on a choice that the sources leave open. The conventions "
        "of this report are the defaults fixed beforehand, not picked among these.",
    ),
    "change": (
        "边际变化：同口径（相同指标、权重与参数）的变化，信号规则用的就是它；其余变化为已显示的景气度"
        "之差。历史分位：截至当月，景气度不高于当前的月份占比。累计收益、回撤与夏普比率为各行业自己的"
        "回测区间，区间不同，不宜直接横向比较。灰色的信号：数据止于该决策日，其后没有信号。",
        "Marginal change: like for like (same indicators, weights and parameters), which is what "
        "the rule uses; the other changes are differences of the composites shown. Percentile: "
        "share of months so far with a composite no higher. Returns, drawdown and Sharpe ratio "
        "cover each industry's own backtest period and do not compare across periods. Signals in "
        "grey: the data end on that date and there is no signal after it.",
    ),
    "indicators": (
        "最新值为决策日所知的公布值；得分已乘方向。贡献之和等于景气度及其变化。",
        "Last values are the published ones known on the decision date; scores carry the sign. "
        "What the indicators add sums to the composite and to its change.",
    ),
    "theirs": (
        "浙商原文的数字按其自身口径与区间；两者区间或口径不同时不宜直接比较。",
        "The report's figures follow its own conventions and period; where these differ from "
        "ours the two do not compare directly.",
    ),
    "basket": (
        "“行业指数”在此为全部可选行业的等权组合，“持有行业的时间占比”为行业权重的平均。",
        "Here 'industry index' is the equal-weight basket of all industries that count, and 'time "
        "in industry' the mean weight of industries.",
    ),
    "data": (
        "空白为缺失。图表引用本表；打印时只印最近24个月的月度数据。",
        "Blank is missing. The charts point here; only the last 24 months are printed.",
    ),
}


def denoise_words(settings: Settings) -> Pair:
    """Return the de-noising filter in words."""
    months = settings.denoise_months
    words: dict[str, Pair] = {
        "ma": (f"去噪：{months}个月移动平均", f"filter: {months}-month moving average"),
        "ema": (
            f"去噪：{months}个月指数移动平均（EMA）",
            f"filter: {months}-month exponential mean",
        ),
        "hp": (
            f"去噪：单边HP滤波，λ={settings.hp_lambda:g}",
            f"filter: one-sided Hodrick-Prescott, lambda {settings.hp_lambda:g}",
        ),
        "none": ("不去噪", "no filter"),
    }
    return words[settings.denoise]


def cost_words(settings: Settings) -> Pair:
    """Return costs and the day of the trade in words."""
    bps, days = settings.cost_bps, settings.delay_days
    cost = (
        (f"单边成本{bps:g}个基点", f"costs {bps:g} bp one way")
        if bps
        else ("未计交易成本", "no costs")
    )
    trade = (
        (f"决策日后第{days}个交易日收盘成交", f"traded {days} trading days after the decision")
        if days
        else ("决策日收盘成交", "traded at the close of the decision date")
    )
    return f"{cost[0]}，{trade[0]}", f"{cost[1]}, {trade[1]}"


def convention_words(settings: Settings) -> tuple[Pair, ...]:
    """Return timing, fit, filter and costs in words."""
    return (
        TIMING[settings.timing],
        FIT[settings.fit],
        denoise_words(settings),
        cost_words(settings),
    )


def ratio_words(tested: Backtest, settings: Settings) -> Pair:
    """Return what the ratios of a year count: months, partial ones too, and the risk-free rate."""
    partial = partial_months(tested.nav)
    rate = f"{settings.risk_free:.2%}"
    zh = en = ""
    if partial:
        listed = [f"{month:%Y-%m}" for month in partial]
        zh = f"，其中 {'、'.join(listed)} 不足整月，按一个月计"
        en = f"; {' and '.join(listed)} are parts of months and count as one each"
    return (
        f"波动率、夏普与信息比率按月收益计{zh}；夏普比率的无风险利率为年 {rate}，按几何折成月。",
        f"Volatility, Sharpe and information ratio are of monthly returns{en}; the risk-free rate "
        f"of the Sharpe ratio is {rate} a year, made monthly geometrically.",
    )


def honest_words(
    settings: Settings, start: str, end: str, simulated: bool, tried: str = "1"
) -> Pair:
    """Return what a reader must know before believing a backtest, in one sentence.

    Parameters
    ----------
    settings
        Timing, fit and costs are said.
    start, end
        The sample.
    simulated
        Whether the data say that they are.
    tried
        How many variants were computed for what is shown, see :mod:`.tried`; the shown one is not
        picked from them.
    """
    parts = convention_words(settings)
    origin: Pair = (
        ("模拟数据", "simulated data")
        if simulated
        else ("工作簿数据，未标为模拟", "data as in the book")
    )
    chinese = "；".join(p[0] for p in parts)
    english = "; ".join(p[1] for p in parts)
    return (
        f"口径：{chinese}；指标为修订后数值（非当时初值）；样本 {start} 至 {end}；"
        f"试算方案 {tried} 个；{origin[0]}。过往表现不代表未来。",
        f"Conventions: {english}; indicators as revised, not as first published; sample {start} "
        f"to {end}; variants tried: {tried}; {origin[1]}. Past results say nothing certain about "
        "the future.",
    )


def direction_words(industry: Industry, state: str) -> Pair:
    """Return a state such as ``demand+ supply-`` in words."""
    marks = {"+": ("上升", "up"), "-": ("下降", "down"), "?": ("不明", "unknown")}
    parts = [(industry.dimension(part[:-1]), marks[part[-1]]) for part in state.split()]
    return (
        "、".join(f"{d.name_zh}{mark[0]}" for d, mark in parts),
        ", ".join(f"{d.name_en.lower()} {mark[1]}" for d, mark in parts),
    )


def rule_words(industry: Industry) -> Pair:
    """Return the signal rule in words."""
    held = industry.asset.name_zh or industry.name_zh, industry.asset.name_en or industry.name_en
    else_held = benchmark_pair(industry.asset.benchmark)
    if industry.rule == "states":
        states = [
            direction_words(industry, " ".join(f"{id}{'+' if d > 0 else '-'}" for id, d in state))
            for state in industry.hold_states
        ]
        when = (
            "；或".join(s[0] for s in states),
            "; or ".join(s[1] for s in states),
        )
    else:
        when = "景气度边际上行", "the composite rises at the margin"
    day = REBALANCE[industry.rebalance]
    return (
        f"{when[0]}时持有{held[0]}，否则持有{else_held[0]}；{day[0]}。",
        f"Hold {held[1]} when {when[1]}; else {else_held[1]}; {day[1]}.",
    )


def standing_words(
    industry: Industry,
    month: pd.Timestamp,
    figures: tuple[float, float, float],
    state: str,
    lookback: int,
) -> Pair:
    """Return where a model stands in one sentence.

    Parameters
    ----------
    industry, month
        The model, and the month.
    figures
        Composite, change over ``lookback`` months, and percentile; NaN is left out.
    state
        State of a state machine; else empty.
    lookback
        Months that the change looks back.
    """
    composite, change, share = figures
    chinese, english = [f"景气度 {composite:+.2f}"], [f"composite {composite:+.2f}"]
    if math.isfinite(share):
        chinese[0] += f"（历史 {share:.0%} 分位）"
        english[0] += f" (at or above {share:.0%} of its history)"
    if math.isfinite(change):
        moved = moved_words(change)
        months = "a month" if lookback == 1 else f"{lookback} months"
        chinese.append(f"较{lookback}个月前{moved[0]}")
        english.append(f"{moved[1]} on {months} before")
    if state:
        words = direction_words(industry, state)
        chinese.append(words[0])
        english.append(words[1])
    return f"{month:%Y-%m}：{'，'.join(chinese)}", f"{month:%Y-%m}: {', '.join(english)}"


def moved_words(change: float) -> Pair:
    """Return a change in words; one that two decimals do not show is hardly a change."""
    if abs(change) < HARDLY:
        return "几乎不变", "hardly changed"
    size = f"{abs(change):.2f}"
    return (f"上升 {size}", f"up {size}") if change > 0 else (f"下降 {size}", f"down {size}")


def setting_text(value: object) -> str:
    """Return a setting's value as a text; a dash where it is empty."""
    return MISSING if value is None else f"{value:g}" if isinstance(value, float) else str(value)
