"""The verdict on a model in words; what it is, the model's evidence decides."""

from __future__ import annotations

import math

from prosperity.evidence.examine import Evidence
from prosperity.evidence.verdict import Judged

from prosperity_excel.report import evidence_words as words
from prosperity_excel.words.pair import Pair


def verdict_words(evidence: Evidence, found: Judged) -> Pair:
    """Return in a sentence what the tests say, flattering or not."""
    tested = evidence.significance
    around = evidence.out_of_sample.around
    after = {key: float(around[key].loc["after"]) for key in ("months", "signals", "excess")}
    said = words.VERDICTS[found.verdict]
    rank, count = evidence.sensitivity.rank
    p, deflated = text_of(found.p, ".2f"), text_of(tested.deflated, ".0%")
    several = found.models > 1 and math.isfinite(found.p)
    adjusted = text_of(found.adjusted, ".2f")
    chinese = (
        f"{said[0]}：p = {p}"
        f"{f'（{found.models} 个模型一起检验为 {adjusted}）' if several else ''}，"
        f"扣除 {tested.trials} 个变体后夏普为正的概率 {deflated}；"
        f"默认在 {count} 种组合中排第 {rank}"
    )
    english = (
        f"{said[1]}: p = {p}"
        f"{f' ({adjusted} with {found.models} models tested together)' if several else ''}, "
        f"probability of a positive Sharpe ratio after {tested.trials} variants {deflated}; "
        f"the default ranks {rank} of {count} combinations"
    )
    if after["months"]:
        chinese += f"；发布后 {after['months']:.0f} 个月超额 {text_of(after['excess'], '+.1%')}"
        english += f"; excess in the {after['months']:.0f} months since publication "
        english += text_of(after["excess"], "+.1%")
        if after["signals"] < after["months"]:
            chinese += f"（有信号 {after['signals']:.0f} 个月）"
            english += f" ({after['signals']:.0f} with a signal)"
    return f"{chinese}。", f"{english}."


def text_of(value: float, form: str) -> str:
    """Return a number in a form, or a dash."""
    return format(value, form) if math.isfinite(value) else "–"
