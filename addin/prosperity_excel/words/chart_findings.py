"""What a chart shows, in a sentence: the titles of the report's charts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from prosperity.backtest import Backtest
from prosperity.evaluation import IndustryResult

from prosperity_excel.words.fields import FIELDS
from prosperity_excel.words.findings import drivers
from prosperity_excel.words.pair import Pair

SHADED: Pair = ("浅蓝为持有", "blue: held")
#: A change below this is not seen in two decimals.
LEAST = 0.005


def composite_finding(result: IndustryResult) -> Pair:
    """Return where the composite stands and which way it went."""
    month = result.latest
    if month is None:
        return FIELDS["composite"].name
    level = round(float(result.composite[month]), 2) + 0.0
    zh, en = f"景气度 {level:+.2f}", f"Composite {level:+.2f}"
    if result.definition.rule == "states":
        zh, en = f"{zh}（仅供展示，信号由状态决定）", f"{en} (for display: states decide)"
    share = float(result.percentile[month])
    if math.isfinite(share):
        zh, en = f"{zh}，历史 {share:.0%} 分位", f"{en}, at or above {share:.0%} of its past"
    change = float(result.change[month])
    if math.isfinite(change):
        size = round(change, 2) + 0.0
        zh, en = f"{zh}，本期 {size:+.2f}", f"{en}, {size:+.2f} this time"
    return zh, en


def waterfall_finding(result: IndustryResult) -> Pair:
    """Return what moved the composite most."""
    month = result.latest
    change = float(result.change[month]) if month is not None else math.nan
    if not math.isfinite(change) or abs(change) < LEAST:
        return "本期几乎不变", "Hardly changed"
    named = drivers(result)
    way = ("推升", "led up by") if change > 0 else ("拖累", "drawn down by")
    if not named:
        return f"本期 {change:+.2f}", f"{change:+.2f} this time"
    zh, en = "、".join(n[0] for n, _ in named), ", ".join(n[1] for n, _ in named)
    return f"本期 {change:+.2f}：{zh}{way[0]}", f"{change:+.2f}: {way[1]} {en}"


def levels_finding(tested: Backtest) -> Pair:
    """Return the annualised returns of strategy, index and benchmark."""
    found = tested.statistics
    own, index, market = (
        found.get(f"annualised_{name}", math.nan) for name in ("return", "index", "benchmark")
    )
    return (
        f"策略年化 {_percent(own)}，指数 {_percent(index)}，基准 {_percent(market)}",
        f"Strategy {_percent(own)} a year, index {_percent(index)}, benchmark {_percent(market)}",
    )


def relative_finding(tested: Backtest) -> Pair:
    """Return by how much the strategy is ahead of the benchmark, and of the index."""
    ends = tested.nav.iloc[-1] / tested.nav.iloc[0]
    ahead = float(ends["strategy"] / ends["benchmark"] - 1)
    index = float(ends["index"] / ends["benchmark"] - 1)
    way = ("跑赢", "ahead of") if ahead >= 0 else ("跑输", "behind")
    return (
        f"策略{way[0]}基准 {abs(ahead):.0%}，指数 {_whole(index)}",
        f"Strategy {abs(ahead):.0%} {way[1]} the benchmark, index {_whole(index)}",
    )


def drawdown_finding(fallen: pd.Series[float]) -> Pair:
    """Return the deepest fall, when it ended, and how far below the peak the value is now."""
    low, now = float(fallen.min()), float(fallen.iloc[-1])
    when = f"{pd.DatetimeIndex(fallen.index)[int(fallen.to_numpy().argmin())]:%Y-%m}"
    return (
        f"最大回撤 {_percent(low)}（{when}），现 {_percent(now)}",
        f"Deepest drawdown {_percent(low)} ({when}), now {_percent(now)}",
    )


def share_finding(position: pd.Series[float]) -> Pair:
    """Return the share of capital in industries, now and on average."""
    now, mean = float(position.iloc[-1]), float(position.mean())
    return (
        f"行业合计权重现 {now:.0%}，平均 {mean:.0%}",
        f"In industries {now:.0%} now, {mean:.0%} on average",
    )


def excess_finding(rolling: pd.Series[float]) -> Pair:
    """Return how often a year ahead of the benchmark has followed, and how it is now."""
    known = rolling.dropna()
    if known.empty:
        return "不足一年", "Less than a year"
    ahead, now = float((known > 0).mean()), float(known.iloc[-1])
    return (
        f"滚动一年超额为正的时间 {ahead:.0%}，现 {_percent(now)}",
        f"Ahead over one year in {ahead:.0%} of the time, now {_percent(now)}",
    )


def turnover_finding(yearly: pd.Series[float]) -> Pair:
    """Return the mean turnover of a year."""
    mean = float(yearly.mean())
    return f"年均双边换手 {mean:.1f} 倍", f"Two-way turnover {mean:.1f} times capital a year"


def contribution_finding(parts: Sequence[tuple[str, float]]) -> Pair:
    """Return which parts of a return added most, and which took most."""
    most = max(parts, key=lambda part: part[1])
    least = min(parts, key=lambda part: part[1])
    zh = f"贡献最大：{most[0]}（{_percent(most[1])}）"
    en = f"Most from {most[0]} ({_percent(most[1])})"
    if least[1] < 0:
        zh += f"；拖累最大：{least[0]}（{_percent(least[1])}）"
        en += f"; lost most in {least[0]} ({_percent(least[1])})"
    return zh, en


def _percent(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{round(value, 3) + 0.0:+.1%}"


def _whole(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.0%}"
