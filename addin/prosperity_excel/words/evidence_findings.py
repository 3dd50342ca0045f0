"""What a picture of the evidence shows, in a sentence, and in which unit."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
from prosperity.evidence.leads import Leads
from prosperity.evidence.out_of_sample import OutOfSample
from prosperity.evidence.sensitivity import Sensitivity
from prosperity.evidence.significance import Significance

from prosperity_excel.words.pair import Pair

NULL_UNIT: Pair = (
    "移位信号的个数，按择时 t 值",
    "count of shifted signals, by t of timing",
)
NULL_SHORT: Pair = ("橙为本模型，横轴为择时 t 值", "orange: this model; t of timing")
RANGES_SHORT: Pair = ("蓝为默认；影响最大的五类设定", "blue: default; the five widest groups")
RANGES_UNIT: Pair = (
    "累计超额，每次改一项",
    "total excess, one change at a time",
)
LEADS_UNIT: Pair = (
    "与行业相对强弱的相关，按领先月数",
    "correlation with the relative index, by months of lead",
)
WALK_UNIT: Pair = (
    "各检验期的累计超额",
    "total excess in each test",
)
YEARS_UNIT: Pair = ("逐年相对基准超额", "excess over the benchmark by year")
HONESTY_UNIT: Pair = ("策略累计收益，按时点口径", "total return by convention of timing")


def null_finding(found: Significance) -> Pair:
    """Return where the model stands among its own shifted signals."""
    if not math.isfinite(found.shifts):
        return "样本太短，无法检验", "Too short a sample to test"
    return (
        f"择时收益每年 {_signed(found.timing_return)}，{found.shifts:.0%} 的移位信号不逊于它",
        f"Timing {_signed(found.timing_return)} a year; {found.shifts:.0%} of shifted signals do "
        "as well",
    )


def null_short(found: Significance) -> Pair:
    """Return the same in the few words that a narrow picture has room for."""
    if not math.isfinite(found.shifts):
        return "样本太短，无法检验", "Too short a sample to test"
    return (
        f"择时优于 {1 - found.shifts:.0%} 的移位信号",
        f"Better than {1 - found.shifts:.0%} of shifted signals",
    )


def ranges_short(found: Sensitivity) -> Pair:
    """Return the range of the result over all single changes, in few words."""
    groups = found.groups
    low, high = _whole(float(groups["low"].min())), _whole(float(groups["high"].max()))
    base = _whole(float(groups["base"].iloc[0]))
    return (
        f"改一项设定，超额 {low} 至 {high}（默认 {base}）",
        f"One change: excess {low} to {high} (default {base})",
    )


def ranges_finding(found: Sensitivity, names: Mapping[str, Pair]) -> Pair:
    """Return which group of settings moves the result most."""
    groups = found.groups[found.groups["count"] > 1]
    if groups.empty:
        return "没有可改的设定", "No setting to change"
    widest = str((groups["high"] - groups["low"]).idxmax())
    low, high = (_whole(float(groups[key][widest])) for key in ("low", "high"))
    base = _whole(float(groups["base"][widest]))
    return (
        f"默认超额 {base}；最敏感的是{names[widest][0]}（{low} 至 {high}）",
        f"Default excess {base}; most sensitive to {names[widest][1].lower()} ({low} to {high})",
    )


def leads_finding(found: Leads) -> Pair:
    """Return at which lead the composite goes best with what it should foretell."""
    if found.best is None:
        return "月份太少，没有相关", "Too few months for a correlation"
    value = float(found.composite["correlation"][found.best])
    size = f"{round(value, 2) + 0.0:+.2f}"
    if found.best > 0:
        return f"领先 {found.best} 个月时相关最高（{size}）", (
            f"Highest at a lead of {found.best} months ({size})"
        )
    if found.best == 0:
        return f"同期相关最高（{size}），没有领先", f"Highest in the same month ({size}): no lead"
    return f"滞后 {-found.best} 个月时相关最高（{size}）", (
        f"Highest at a lag of {-found.best} months ({size}): it follows"
    )


def walk_finding(found: OutOfSample) -> Pair:
    """Return whether settings chosen live would have done as well as the default."""
    chosen, base = found.chosen_sharpe, found.base_sharpe
    if not (math.isfinite(chosen) and math.isfinite(base)):
        return "滚动样本外选参", "Settings chosen live"
    return (
        f"滚动样本外选参的超额夏普 {chosen:.2f}，默认 {base:.2f}",
        f"Chosen live: excess Sharpe ratio {chosen:.2f}; default {base:.2f}",
    )


def years_finding(years: pd.DataFrame) -> Pair:
    """Return in how many years the strategy was ahead."""
    known = years["excess"].dropna()
    ahead = int((known > 0).sum())
    return (
        f"{len(known)} 年中 {ahead} 年跑赢基准",
        f"Ahead of the benchmark in {ahead} of {len(known)} years",
    )


def honesty_finding(cases: pd.DataFrame) -> Pair:
    """Return what looking ahead would have added."""
    ahead = float(cases["strategy_return"]["period_full"])
    honest = float(cases["strategy_return"]["released_expanding"])
    return (
        f"有前视的原文做法累计 {_whole(ahead)}，无前视口径 {_whole(honest)}",
        f"The report's way, looking ahead: {_whole(ahead)}; without look-ahead: {_whole(honest)}",
    )


def _signed(value: float) -> str:
    return f"{round(value, 3) + 0.0:+.1%}"


def _whole(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.0%}"
