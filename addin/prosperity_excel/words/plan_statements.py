"""What is said of the plan: its names, its equity, the findings on its layers; once for all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from prosperity.evaluation import MARKET, IndustryResult
from prosperity.portfolio import CASH

from prosperity_excel.words.pair import Pair

if TYPE_CHECKING:
    from prosperity.systems.plan_result import PlanResult

#: What is no industry; the model calls bonds so.
REST: Mapping[str, Pair] = {
    MARKET: ("全市场", "The market"),
    "bond": ("债券", "Bonds"),
    CASH: ("现金", "Cash"),
}
FINDINGS: Mapping[bool | None, Pair] = {
    None: ("未检验", "not tested"),
    True: ("有效", "helped"),
    False: ("未显示有效", "not shown to help"),
}
UNUSED: Pair = ("未使用", "not used")


def plan_name(id: str, results: Mapping[str, IndustryResult]) -> Pair:
    """Return the name of an industry, the market, or what is no equity."""
    if id in REST:
        return REST[id]
    definition = results[id].definition
    return definition.name_zh, definition.name_en


def equity_parts(plan: PlanResult) -> Iterator[tuple[str, str, str]]:
    """Give the equity of the last decision and what makes it: names in both languages, value."""
    equity = plan.steps["equity"].iloc[-1]
    yield "权益", "equity", f"{equity['equity']:.0%}"
    if math.isfinite(equity["macro"]):
        yield "宏观仓位", "macro position", f"{equity['macro']:.0%}"
    for name, zh, en in (("growth", "增长", "growth"), ("liquidity", "流动性", "liquidity")):
        value = plan.parts[name].iloc[-1] if name in plan.parts else math.nan
        if math.isfinite(value):
            yield zh, en, f"{value:.0%}"
    if equity["multiplier"] != 1.0:
        yield "市场状态", "market state", f"×{equity['multiplier']:.2f}"


def votes_text(plan: PlanResult) -> str:
    """Return the votes on styles of the last decision; empty where there are none."""
    votes = plan.steps["votes"].iloc[-1].dropna()
    return ", ".join(f"{pair} {vote:+.2f}" for pair, vote in votes.items())
