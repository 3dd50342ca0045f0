"""The plan in words: why each industry has its weight, what is missing, what is unknown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np
import pandas as pd

from prosperity.combined import Standing
from prosperity.evaluation import Notice
from prosperity.plan_parts import Parts, modules_of
from prosperity.systems.result import SystemResult
from prosperity.systems.spec import Values


def texts_of(parts: Parts, standing: Standing, targets: pd.DataFrame) -> pd.DataFrame:
    """Return why each industry has its weight, Chinese and English."""
    counts, holds = standing.counts.to_numpy(bool), standing.holds.to_numpy(bool)
    frames = (parts.style, parts.rank, parts.crowding, parts.veto)
    style, rank, crowding, veto = (frame.to_numpy(float) for frame in frames)
    made = {}
    for n, id in enumerate(map(str, standing.holds)):
        words = [
            _why(counts[row, n], holds[row, n], *(a[row, n] for a in (style, rank, crowding, veto)))
            for row in range(len(targets))
        ]
        made[id] = pd.Series(words, targets.index, dtype=object)
    return pd.DataFrame(made, targets.index)


def _why(
    counts: bool, held: bool, style: float, rank: float, crowding: float, veto: float
) -> tuple[str, str]:
    """Return why one industry has its weight on one date."""
    if not counts:
        return "不计入", "does not count"
    if not held:
        return "信号不是 1，不持有", "signal not 1"
    zh, en = ["持有"], ["held"]
    if not np.isnan(style):
        zh.append(f"风格 {style:+.2f}")
        en.append(f"style {style:+.2f}")
    if not np.isnan(rank):
        zh.append(f"因子排名 {rank:.0%}")
        en.append(f"factor rank {rank:.0%}")
    if veto < 1.0:
        known = not np.isnan(crowding)
        cause = (f"拥挤度 {crowding:.2f}", f"crowding {crowding:.2f}")
        cause = cause if known else ("趋势不足", "trend too weak")
        zh.append(f"{cause[0]}，{'否决' if veto == 0.0 else '减半'}")
        en.append(f"{cause[1]}, {'vetoed' if veto == 0.0 else 'halved'}")
    return "；".join(zh), "; ".join(en)


def missing(
    used: Mapping[str, SystemResult], values: Values, without: Collection[str]
) -> Iterable[Notice]:
    """Say which modules are not there, though nobody took them out."""
    optional = {"state": values.word("state_mode") != "off"}
    optional["trend"] = values.number("min_diffusion") > 0.0
    for word, (id, zh, en) in modules_of(values).items():
        if word in used or word in without or not optional.get(word, True):
            continue
        zh_then, en_then = ("该步不起作用", "that step does nothing")
        if word == "macro":
            zh_then, en_then = ("权益按默认仓位", "equity is the default")
        yield Notice(
            "plan_without_module",
            f"没有{zh}（{id}），{zh_then}。",
            f"There is no {en} ({id}): {en_then}.",
            severity="note",
        )


def unknown(parts: Parts, standing: Standing, used: Mapping[str, SystemResult]) -> Iterable[Notice]:
    """Say what of the last date is unknown and taken as neutral."""
    if "macro" in used and np.isnan(parts.equity["macro"].iloc[-1]):
        yield Notice(
            "plan_equity_default",
            "最近一次决策没有宏观仓位，权益按默认值。",
            "No macro position is known for the last decision: equity is the default.",
        )
    held = dict(zip(map(str, standing.holds), standing.holds.to_numpy(bool)[-1], strict=True))
    for word, frame, zh, en in (
        ("style", parts.style, "风格载荷", "style loading"),
        ("tie_break", parts.rank, "因子排名", "factor rank"),
        ("veto", parts.crowding, "拥挤度", "crowding"),
    ):
        lost = [str(id) for id in frame if held[str(id)] and np.isnan(frame[id].iloc[-1])]
        if word in used and lost:
            names = [standing.tested[id].definition for id in lost]
            yield Notice(
                f"plan_unknown_{word}",
                f"{len(lost)} 个持有行业的{zh}未知，按中性处理："
                f"{'、'.join(one.name_zh for one in names)}。",
                f"The {en} of {len(lost)} held industries is unknown and taken as neutral: "
                f"{', '.join(one.name_en for one in names)}.",
                severity="note",
            )
