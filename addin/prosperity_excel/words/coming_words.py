"""What is said of the prints to come: composed here once, for every place."""

from __future__ import annotations

import math
from collections.abc import Mapping

from prosperity.coming.breakeven import Crossing
from prosperity.coming.outlook import Due, Outlook
from prosperity.coming.prints import Print

from prosperity_excel.words.pair import Pair
from prosperity_excel.words.statements import MISSING

METHODS: Mapping[str, Pair] = {
    "last": ("最近值", "last value"),
    "fixed_lag": ("固定滞后", "fixed lag"),
    "median12": ("近12期变化中位数", "median change of 12"),
    "base_effect": ("基数效应", "base effect"),
    "bridge": ("桥接指标", "bridge"),
    "sarimax": ("SARIMAX", "SARIMAX"),
    "mean": ("平均", "mean of methods"),
}
#: Odds that are not told apart from certain ones, and how likely a print must flip a signal alone
#: to be named in the headline.
SURE, LIKELY = 0.995, 0.005
#: Values are shown with so many decimals; without above one size, with three digits below another.
DECIMALS, WHOLE, SMALL = 2, 10_000.0, 0.1


def headline(found: Outlook) -> Pair:
    """Return in one sentence what the next decision hangs on, and the odds."""
    model = found.definition
    names = model.name_zh, model.name_en
    if math.isnan(found.expected):
        return (
            f"{names[0]}：{found.decision:%Y-%m-%d} 的决策预计无信号",
            f"{names[1]}: no signal is expected on {found.decision:%Y-%m-%d}",
        )
    odds, verb = odds_words(found), _verb(found)
    lead = found.leading
    if lead is None or lead.flips < LIKELY or lead.nowcast is None:
        alone = ("没有哪一项公布值能单独改变它", "no single print is likely to change that")
        if not any(due.print.counts for due in found.prints):
            alone = ("此前没有计入的公布", "nothing that counts is due before")
        return (
            f"{names[0]}：{found.decision:%Y-%m-%d} 预计{verb[0]}；{alone[0]}{odds[0]}",
            f"{names[1]} is expected {verb[1]} on {found.decision:%Y-%m-%d}; {alone[1]}{odds[1]}",
        )
    nearest = min(lead.crossings, key=lambda one: abs(one.value - lead.nowcast.value))  # type: ignore[union-attr]
    condition = _condition(lead.print, nearest)
    more = (
        ("（另有其他翻转值）", " (it flips at other values too)")
        if len(lead.crossings) > 1
        else ("", "")
    )
    return (
        f"{names[0]}：{condition[0]} 则{condition[2]}{more[0]}{odds[0]}",
        f"{names[1]} {condition[3]} if {condition[1]}{more[1]}{odds[1]}",
    )


def odds_words(found: Outlook) -> Pair:
    """Return how likely the industry is held next; empty where that is not known."""
    if math.isnan(found.odds):
        return "", ""
    return f"；持有概率 {share(found.odds)}", f"; odds of holding {share(found.odds)}"


def share(odds: float) -> str:
    """Return odds as percent; those of draws are never called certain."""
    if math.isnan(odds):
        return MISSING
    if odds > SURE:
        return ">99%"
    return "<1%" if odds < 1 - SURE else f"{odds:.0%}"


def crossing_words(due: Due) -> Pair:
    """Return at which values a print changes the signal."""
    if due.nowcast is None:
        return "无法预测，按最近值", "not foretold; the last value stands"
    if not due.print.counts:
        return "决策时未必已公布，不计入", "may come too late to count"
    if not due.varied:
        return MISSING, MISSING
    if not due.crossings:
        return "单独不能改变信号", "cannot flip it alone"
    steps = [_step(one) for one in due.crossings]
    return "；".join(step[0] for step in steps), "; ".join(step[1] for step in steps)


def _step(one: Crossing) -> Pair:
    value = number(one.value)
    if one.above == 1:
        return f"高于 {value} 持有", f"held above {value}"
    if one.below == 1:
        return f"低于 {value} 持有", f"held below {value}"
    return f"{value} 处变化", f"changes at {value}"


def due_words(one: Print) -> Pair:
    """Return when a print is expected, and how sure that is."""
    if one.overdue:
        return f"{one.latest:%Y-%m-%d} 起逾期", f"overdue since {one.latest:%Y-%m-%d}"
    if one.stated:
        return f"{one.latest:%Y-%m-%d}（已注明）", f"{one.latest:%Y-%m-%d} (stated)"
    if one.expected == one.latest:
        return f"{one.latest:%Y-%m-%d} 前", f"by {one.latest:%Y-%m-%d}"
    return (
        f"约 {one.expected:%m-%d}，最迟 {one.latest:%Y-%m-%d}",
        f"about {one.expected:%m-%d}, {one.latest:%Y-%m-%d} at the latest",
    )


def number(value: float | None) -> str:
    """Return a value as it is shown, and a dash for none."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0.00"
    if abs(value) >= WHOLE:
        return f"{value:,.0f}"
    return f"{value:.{DECIMALS}f}" if abs(value) >= SMALL else f"{value:.3g}"


def method_words(name: str) -> Pair:
    """Return the name of a method of the nowcast."""
    return METHODS.get(name, (name, name))


def not_better(name: str) -> Pair:
    """Say that the last value stands."""
    return (
        f"没有方法胜过 {name} 的最近值，沿用最近值。",
        f"No method has beaten the last value for {name}; the last value stands.",
    )


def _verb(found: Outlook) -> Pair:
    if found.expected == 1:
        return "持有", "to be held"
    return "不持有", "not to be held"


def _condition(one: Print, step: Crossing) -> tuple[str, str, str, str]:
    """Return the condition in both languages, and what follows from it."""
    value = number(step.value)
    holds_above, holds_below = step.above == 1, step.below == 1
    if holds_above or holds_below:
        side = ("高于", "above") if holds_above else ("低于", "below")
        then = ("持有", "holds")
    else:
        side, then = ("高于", "above"), ("信号变化", "changes its signal")
    return (
        f"{one.name_zh}（{one.period:%Y-%m}）{side[0]} {value}",
        f"{one.name_en} ({one.period:%Y-%m}) comes {side[1]} {value}",
        *then,
    )
