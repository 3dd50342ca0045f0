"""Why a composite is not what it was, in two sentences that can be mailed."""

from __future__ import annotations

import math
from collections.abc import Mapping

from prosperity.changes import PARTS, Change

from prosperity_excel.words.pair import Pair
from prosperity_excel.words.statements import MISSING, benchmark_pair, signal_pair

PART_WORDS: Mapping[str, Pair] = {
    "new_months": ("新月份", "new months"),
    "revisions": ("修订", "revisions"),
    "re_estimation": ("重新估计", "re-estimation"),
    "membership": ("成员变化", "membership"),
    "definition": ("定义与设定", "definition and settings"),
}
#: Indicators that the second sentence names, and what counts as no change in it.
NAMED, NOTHING = 2, 0.005


def signed(value: float) -> str:
    """Return a change with its sign, two decimals; a zero has none, and a missing one a dash."""
    if not math.isfinite(value):
        return MISSING
    return "0.00" if abs(value) < NOTHING else f"{value:+.2f}".replace("-", "−")


def sigmas(value: float) -> str:
    """Return a miss in past errors with its sign, one decimal."""
    return "0.0" if abs(value) < 10 * NOTHING else f"{value:+.1f}".replace("-", "−")


#: Heading of what changed.
CHANGED: Pair = ("与上次保存的状态相比", "What changed since the last state kept")


def change_sentences(found: Change) -> Pair:
    """Return what happened to a model between two states, and why."""
    zh, en = _what(found)
    if not math.isfinite(found.total):
        return f"{zh}。", f"{en}."
    why = _why(found)
    return f"{zh}。{why[0]}。", f"{en}. {why[1]}."


def _what(found: Change) -> Pair:
    model, old, new = found.industry, found.before, found.after
    names = model.name_zh, model.name_en
    months = f"{old.month:%Y-%m}", f"{new.month:%Y-%m}"
    moved = f"{signed(old.composite)} → {signed(new.composite)}"
    if model.kind == "module":
        return (
            f"{names[0]}：景气度 {moved}（{months[0]} → {months[1]}）",
            f"{names[1]}: composite {moved} ({months[0]} to {months[1]})",
        )
    benchmark = benchmark_pair(model.asset.benchmark)
    was, now = signal_pair(old.signal, benchmark), signal_pair(new.signal, benchmark)
    same = was == now
    signal = (
        (f"信号不变（{now[0]}）", f"the signal stays ({_small(now[1])})")
        if same
        else (
            f"信号由{was[0]}变为{now[0]}",
            f'the signal went from "{_small(was[1])}" to "{_small(now[1])}"',
        )
    )
    return (
        f"{names[0]}：{signal[0]}，景气度 {moved}（{months[0]} → {months[1]}）",
        f"{names[1]}: {signal[1]}, composite {moved} ({months[0]} to {months[1]})",
    )


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _why(found: Change) -> Pair:
    told = [name for name in PARTS if abs(found.parts[name]) >= NOTHING]
    if not told:
        return "没有可见的变化", "Nothing moved visibly"
    zh, en = [], []
    for name in told:
        value, words = signed(found.parts[name]), PART_WORDS[name]
        led = _leaders(found) if name == "new_months" else ("", "")
        zh.append(f"{words[0]} {value}{led[0]}")
        en.append(f"{words[1]} {value}{led[1]}")
    total = signed(found.total)
    return f"变化 {total}：{'，'.join(zh)}", f"Of the change of {total}: {', '.join(en)}"


def _leaders(found: Change) -> Pair:
    """Return the indicators that add most to the new months, in brackets."""
    named = {m.id: m for m in found.industry.members}
    moved = found.by_indicator[found.by_indicator.abs() >= NOTHING]
    order = moved.abs().sort_values(ascending=False, kind="stable").index[:NAMED]
    if not len(order):
        return "", ""
    zh = "、".join(f"{named[id].name_zh} {signed(moved[id])}" for id in order)
    en = ", ".join(f"{named[id].name_en} {signed(moved[id])}" for id in order)
    return f"（{zh}）", f" ({en})"
