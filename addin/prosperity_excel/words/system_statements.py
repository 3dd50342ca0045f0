"""What is said of a system's standing: its position in words, once for every place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
from prosperity.portfolio import CASH
from prosperity.systems.spec import EQUAL_WEIGHT, System

from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import SEVERITY
from prosperity_excel.words.sentences import cost_words
from prosperity_excel.words.system_words import FIELD_WORDS

if TYPE_CHECKING:
    from prosperity.evidence.of_systems import SystemEvidence
    from prosperity.settings import Settings
    from prosperity.systems.result import SystemResult

#: Assets that a position names; the others are counted.
NAMED = 6
#: Weights below this are none.
LEAST = 5e-4
NOTHING: Pair = ("无法判断", "nothing can be said")
#: Days after which a decision is not of now, by schedule: the next one is due, holidays included.
OLDEST: Mapping[str, int] = {"month_end": 31, "sixth": 31, "week_end": 16, "day": 11}
FOUND: Mapping[bool, Pair] = {
    True: ("显示有效", "Shown to help"),
    False: ("未显示有效", "Not shown to help"),
}
#: What stands before the numbers of data that say that they are simulated.
SIMULATED_DATA: Pair = (
    "模拟数据：以下数字不是真实的",
    "SIMULATED DATA: the figures are not real",
)


def asset_pair(result: SystemResult, id: str) -> Pair:
    """Return the names of an asset, or of the rest."""
    if id == EQUAL_WEIGHT:
        return ("等权全体", "all in equal parts")
    definition = result.definition
    if isinstance(definition, System):
        for asset in definition.assets:
            if asset.id == id:
                return (asset.name_zh, asset.name_en)
    return ("现金", "cash") if id == CASH else (id, id)


def position_words(result: SystemResult, day: pd.Timestamp | None = None) -> Pair:
    """Return what is held by the decision of a day, the latest when None, in both languages."""
    day = result.latest if day is None else day
    if day is None:
        return NOTHING
    weights = pd.Series(result.positions.loc[day], dtype=float)
    held = weights[(weights > LEAST).to_numpy()].sort_values(ascending=False, kind="stable")
    if held.empty:
        return NOTHING
    zh = [f"{asset_pair(result, str(id))[0]} {weight:.0%}" for id, weight in held.items()]
    en = [f"{asset_pair(result, str(id))[1]} {weight:.0%}" for id, weight in held.items()]
    more = len(held) - NAMED
    return (
        "、".join(zh[:NAMED]) + (f" 等 {len(held)} 项" if more > 0 else ""),
        ", ".join(en[:NAMED]) + (f" and {more} more" if more > 0 else ""),
    )


def severity_pair(severity: str) -> Pair:
    """Return how grave a notice is."""
    return SEVERITY[severity]


def age_of(result: SystemResult, today: pd.Timestamp | None) -> int | None:
    """Return the days from the last decision to a day; None where either is not known."""
    return None if result.latest is None or today is None else (today - result.latest).days


def is_old(result: SystemResult, today: pd.Timestamp | None) -> bool:
    """Whether the last decision is not of now: by its schedule another one has been due."""
    age = age_of(result, today)
    schedule = result.definition.schedule if isinstance(result.definition, System) else ""
    return age is not None and age > OLDEST.get(schedule, OLDEST["month_end"])


def on_words(result: SystemResult, today: pd.Timestamp | None = None) -> Pair:
    """Return the day of the last decision, and that it is not of now where it is not."""
    if result.latest is None:
        return ("没有决策", "no decision")
    day = f"{result.latest:%Y-%m-%d}"
    if not is_old(result, today):
        return (f"{day} 决策", f"decided {day}")
    age = age_of(result, today)
    return (
        f"已过期：{day} 决策，距今 {age} 天",
        f"overdue since the decision of {day}, {age} days ago",
    )


def honest_system_words(result: SystemResult, settings: Settings) -> Pair:
    """Return what a reader must know before believing a system's backtest; empty without one."""
    tested = result.backtest
    if tested is None:
        return ("没有行情，没有回测。", "There are no prices, hence no backtest.")
    definition = result.definition
    own = definition.delay_days if isinstance(definition, System) else 0
    cost = cost_words(replace(settings, delay_days=max(own, settings.delay_days)))
    zh = [
        "只用决策日已公布的数据",
        cost[0],
        f"样本 {tested.start:%Y-%m-%d} 至 {tested.end:%Y-%m-%d}",
        f"自行比较的候选 {result.tried} 个",
        "模拟数据" if result.simulated else "工作簿数据，未标为模拟",
    ]
    en = [
        "only what was public on the decision date",
        cost[1],
        f"sample {tested.start:%Y-%m-%d} to {tested.end:%Y-%m-%d}",
        f"candidates it compared itself: {result.tried}",
        "simulated data" if result.simulated else "data as in the book",
    ]
    end = ("过往表现不代表未来。", "Past results say nothing certain about the future.")
    return f"口径：{'；'.join(zh)}。{end[0]}", f"Conventions: {'; '.join(en)}. {end[1]}"


def part_pair(result: SystemResult, id: str) -> Pair:
    """Return the names of an input, a series, a field or a constant's part; its id where none."""
    definition = result.definition
    if isinstance(definition, System):
        own = (definition.inputs, definition.indicators, definition.dimensions)
        names = {one.id: (one.name_zh, one.name_en) for kind in own for one in kind}
        if id in names:
            return names[id]
    words = FIELD_WORDS.get(id)
    return (words[0] if words else id, id.replace("_", " "))


def evidence_words(found: SystemEvidence) -> Pair:
    """Return whether a system is shown to be more than luck, in one sentence."""
    tried = f"{found.tried:,}"
    if math.isnan(found.p_value):
        return (
            f"未检验：{found.periods} 期太少，或仓位从不变化；候选 {tried} 个。",
            f"Not tested: {found.periods} periods are too few, or nothing ever varies; "
            f"candidates tried: {tried}.",
        )
    ranks = found.kind == "ranking"
    against = (
        ("同日内打乱得分", "scores permuted within each date")
        if ranks
        else ("仓位在时间上平移", "positions rotated in time")
    )
    statistic = f"IC {found.statistic:+.3f}" if ranks else f"{found.statistic:+.2%}"
    zh, en = FOUND[found.shown_to_help]
    deflated = "–" if math.isnan(found.deflated) else f"{found.deflated:.0%}"
    return (
        f"{zh}：{found.periods} 期，{statistic}，p = {found.p_value:.2f}（对照{against[0]}）；"
        f"缩减夏普 {deflated}，候选 {tried} 个。",
        f"{en}: {found.periods} periods, {statistic}, p = {found.p_value:.2f} against "
        f"{against[1]}; deflated Sharpe {deflated}, candidates tried: {tried}.",
    )
