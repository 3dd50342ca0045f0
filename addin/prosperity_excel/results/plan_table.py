"""The plan in tables and lines, as the shell prints it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd
from prosperity.evaluation import MARKET, IndustryResult
from prosperity.plan import BOND
from prosperity.portfolio import CASH
from prosperity.systems.plan_result import Layer, PlanResult

from prosperity_excel.results.table import noticed
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.tongue import spoken

COLUMNS = (
    "持有 Held",
    "名称 Name",
    "权重 Weight",
    "上期 Before",
    "变化 Change",
    "风格 Style",
    "因子排名 Rank",
    "拥挤度 Crowding",
    "原因 Why",
)
LAYER_COLUMNS = (
    "层 Layer",
    "名称 Name",
    "使用 Used",
    "净值 Net value 0 bp",
    "10 bp",
    "30 bp",
    "p",
    "结论 Finding",
)
#: What is no industry, in the order in which it is shown.
REST: Mapping[str, Pair] = {
    MARKET: ("全市场", "The market"),
    BOND: ("债券", "Bonds"),
    CASH: ("现金", "Cash"),
}
MISSING = "–"
#: Days after which a monthly decision is not of now: the next one is due.
OLDEST = 31


def plan_head(plan: PlanResult, today: pd.Timestamp | None) -> Iterator[str]:
    """Give the date, how old it is, the equity and what it is made of, and the votes on styles."""
    day = plan.decisions[-1]
    equity = plan.steps["equity"].iloc[-1]
    mark = f" ({spoken('模拟', 'simulated')})" if plan.simulated else ""
    parts = [f"{spoken('权益', 'Equity')} {equity['equity']:.0%}"]
    if math.isfinite(equity["macro"]):
        parts.append(f"{spoken('宏观仓位', 'macro position')} {equity['macro']:.0%}")
    if equity["multiplier"] != 1.0:
        parts.append(f"{spoken('市场状态', 'market state')} ×{equity['multiplier']:.2f}")
    yield f"{spoken('组合方案', 'The plan')} {day:%Y-%m-%d}{mark}: {'; '.join(parts)}"
    age = 0 if today is None else (today - day).days
    if age > OLDEST:
        yield spoken(
            f"不是现在的方案：决策已过去 {age} 天，请更新数据。",
            f"Not a plan of now: the decision is {age} days old; update the data.",
        )
    votes = plan.steps["votes"].iloc[-1].dropna()
    if len(votes):
        said = ", ".join(f"{pair} {vote:+.2f}" for pair, vote in votes.items())
        yield f"{spoken('风格票数', 'Votes on styles')}: {said}"


@dataclass(frozen=True)
class Holding:
    """What the plan holds of one thing: weights now and before (0 to 1), and why.

    ``style``, ``rank`` and ``crowding`` are NaN, and ``why`` is None, where there is none.
    """

    id: str
    now: float
    before: float
    style: float = math.nan
    rank: float = math.nan
    crowding: float = math.nan
    why: Pair | None = None


def holdings_of(plan: PlanResult, day: pd.Timestamp) -> list[Holding]:
    """Return all that is held after the decision of a day or was after the one before.

    Heaviest first, then the market and what is no equity.
    """
    place = int(plan.decisions.searchsorted(day))
    now = plan.positions.iloc[place].to_dict()
    before = plan.positions.iloc[place - 1].to_dict() if place else dict.fromkeys(now, math.nan)
    held = plan.steps["held"].iloc[place].to_dict()
    ids = [str(id) for id in held if held[id] or now[id] > 0 or before[id] > 0]
    style, rank, crowding = (
        plan.steps[name].iloc[place].to_dict() for name in ("style", "rank", "crowding")
    )
    why = plan.texts.iloc[place].to_dict()
    found = [
        Holding(id, now[id], before[id], style[id], rank[id], crowding[id], why[id])
        for id in sorted(ids, key=lambda id: -now[id])
    ]
    rest = [id for id in REST if id in now and (now[id] > 0 or before[id] > 0)]
    return found + [Holding(id, now[id], before[id]) for id in rest]


def plan_rows(plan: PlanResult, results: Mapping[str, IndustryResult]) -> list[tuple[str, ...]]:
    """Return the last holdings, in the order of :data:`COLUMNS`; texts, missing as a dash."""
    return [
        _row(one, spoken(*plan_name(one.id, results)))
        for one in holdings_of(plan, plan.decisions[-1])
    ]


def plan_name(id: str, results: Mapping[str, IndustryResult]) -> Pair:
    """Return the name of an industry, the market, or what is no equity."""
    if id in REST:
        return REST[id]
    definition = results[id].definition
    return definition.name_zh, definition.name_en


def layer_rows(plan: PlanResult) -> list[tuple[str, ...]]:
    """Return what each layer has been worth, in the order of :data:`LAYER_COLUMNS`."""
    return [_layer(layer) for layer in plan.layers]


def plan_lines(plan: PlanResult) -> Iterator[str]:
    """Give what a reader should know of the plan, a line each."""
    if plan.without:
        yield f"{spoken('已去掉', 'Left out')}: {', '.join(plan.without)}"
    for notice in plan.notices:
        yield noticed(notice)


def _row(one: Holding, name: str) -> tuple[str, ...]:
    return (
        one.id,
        name,
        _text(one.now, "{:.1%}"),
        _text(one.before, "{:.1%}"),
        _text(one.now - one.before, "{:+.1%}"),
        _text(one.style, "{:+.2f}"),
        _text(one.rank, "{:.0%}"),
        _text(one.crowding, "{:.2f}"),
        spoken(*one.why) if one.why else "",
    )


def _layer(layer: Layer) -> tuple[str, ...]:
    ends = [_text(net_value(layer.nav[cost]), "{:.2f}") for cost in layer.nav]
    finding: Mapping[bool | None, Pair] = {
        None: ("", ""),
        True: ("有效", "helped"),
        False: ("未显示有效", "not shown to help"),
    }
    return (
        layer.id,
        spoken(layer.name_zh, layer.name_en),
        spoken("是", "yes") if layer.used else spoken("否", "no"),
        *ends,
        _text(layer.p_value, "{:.2f}"),
        spoken(*finding[layer.shown_to_help]),
    )


def net_value(nav: pd.Series[float]) -> float:
    """Return the last net value; NaN where there is none."""
    known = nav.dropna()
    return float(known.iloc[-1]) if len(known) else math.nan


def _text(value: float, form: str) -> str:
    return form.format(value) if math.isfinite(value) else MISSING
