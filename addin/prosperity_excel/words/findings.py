"""What a result amounts to, in a sentence: held or not, since when, why, and what would flip it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from prosperity.evaluation import MARKET, Combined, Evaluation, IndustryResult
from prosperity.rules import nearest_turn, states

from prosperity_excel.words.pair import Pair
from prosperity_excel.words.sentences import direction_words
from prosperity_excel.words.statements import age_words, benchmark_pair, combined_age, signal_of

#: Drivers that a finding names, and industries that the sentence of the combined strategy does.
DRIVERS, NAMED = 2, 8
#: A contribution below this is not seen in two decimals and drives nothing.
LEAST_MOVE = 0.005


@dataclass(frozen=True)
class Run:
    """The signal of now: since which decision it has been the same, and for how many of them."""

    since: pd.Timestamp
    count: int
    first: bool


def run_of(result: IndustryResult) -> Run | None:
    """Return since when the last signal has stood; None where there is none.

    ``first`` says that no other signal stood before it.
    """
    signal = signal_of(result)
    if signal is None or result.latest is None:
        return None
    past = result.signal[: result.latest].to_numpy(float)
    other = np.flatnonzero(past != signal)
    begins = int(other[-1]) + 1 if len(other) else 0
    since = pd.Timestamp(result.decisions.iloc[begins])
    return Run(since, len(past) - begins, first=not len(other))


def is_new(result: IndustryResult) -> bool:
    """Whether the last signal differs from the one before."""
    run = run_of(result)
    return run is not None and run.count == 1 and not run.first


def drivers(result: IndustryResult) -> list[tuple[Pair, float]]:
    """Return the indicators that moved the composite most in the way it went, largest first."""
    month = result.latest
    if month is None or not math.isfinite(result.change[month]):
        return []
    way = 1.0 if result.change[month] >= 0 else -1.0
    moves = result.change_contributions
    row = zip(moves, moves.loc[month], strict=True)
    moved = {str(id): float(move) for id, move in row if math.isfinite(move)}
    pushed = sorted(moved, key=lambda id: -moved[id] * way)
    return [
        ((indicator.name_zh, indicator.name_en), moved[id])
        for id in pushed[:DRIVERS]
        if moved[id] * way >= LEAST_MOVE
        for indicator in (result.definition.indicator(id),)
    ]


def finding(result: IndustryResult) -> Pair:
    """Return the title of an industry's page: held or not, since when, and what drives it."""
    definition, run = result.definition, run_of(result)
    names = definition.name_zh, definition.name_en
    if definition.kind == "module" or run is None:
        return names if definition.kind == "module" else _without(names)
    held = signal_of(result) == 1
    market = benchmark_pair(definition.asset.benchmark)
    day = f"{run.since:%Y-%m}"
    if held:
        zh, en = f"{names[0]}：{day} 起持有", f"{names[1]}: held since {day}"
    else:
        zh = f"{names[0]}：{day} 起不持有（持有{market[0]}）"
        en = f"{names[1]}: not held since {day} (in {market[1]})"
    old = age_words(result.freshness)
    if old[0]:  # what is not of now must not read as if it were
        return f"{zh}（{old[0]}）", f"{en} ({old[1]})"
    why = _why(result)
    return (f"{zh}，{why[0]}" if why[0] else zh), (f"{en}; {why[1]}" if why[1] else en)


def _without(names: Pair) -> Pair:
    return f"{names[0]}：无信号", f"{names[1]}: no signal"


def _why(result: IndustryResult) -> Pair:
    month = result.latest
    if result.definition.rule == "states" and month is not None and result.state[month]:
        return direction_words(result.definition, result.state[month])
    named = drivers(result)
    if not named or month is None:
        return "", ""
    rises = result.change[month] >= 0
    zh = "、".join(name[0] for name, _ in named)
    en = " and ".join(name[1] for name, _ in named)
    return (f"{zh}推升", f"led up by {en}") if rises else (f"{zh}拖累", f"drawn down by {en}")


def flip_words(result: IndustryResult) -> Pair:
    """Return how far the signal is from turning, by its own rule; empty without a signal."""
    month, signal = result.latest, signal_of(result)
    if month is None or signal is None:
        return "", ""
    if result.definition.rule == "states":
        return _state_distance(result, month)
    change = float(result.change[month])
    if not math.isfinite(change):
        return "", ""
    zh = "转为不持有：变化跌破 0" if signal == 1 else "转为持有：变化升破 0"
    en = "Leaves when the change falls" if signal == 1 else "Enters when the change rises"
    way = "below" if signal == 1 else "above"
    return f"{zh}（现 {change:+.2f}）", f"{en} {way} 0 (now {change:+.2f})"


def _state_distance(result: IndustryResult, month: pd.Timestamp) -> Pair:
    """Return which dimensions would have to turn for the signal to change, and from where."""
    directions = directions_of(result.state[month])
    row = zip(result.dimension_changes, result.dimension_changes.loc[month], strict=True)
    changes = {str(id): float(move) for id, move in row}
    hold = result.definition.hold_states
    turning = nearest_turn(directions, changes, hold)
    if turning is None:
        return "", ""
    now = states({id: np.array([way]) for id, way in directions.items()}, hold)[0]
    if now != signal_of(result):
        return "状态已变，待确认", "The state has changed and waits to be confirmed"
    said = []
    for id in turning:
        dimension, up = result.definition.dimension(id), directions[id] < 0
        move = f"{round(changes[id], 2) + 0.0:+.2f}"
        said.append(
            (
                f"{dimension.name_zh}转为{'上升' if up else '下降'}（现 {move}）",
                f"{dimension.name_en.lower()} turns {'up' if up else 'down'} (now {move})",
            )
        )
    held = signal_of(result) == 1
    zh, en = "、".join(p[0] for p in said), " and ".join(p[1] for p in said)
    return (
        f"{'转为不持有' if held else '转为持有'}：{zh}",
        f"{'Leaves' if held else 'Enters'} when {en}",
    )


def directions_of(state: str) -> dict[str, float]:
    """Return the directions that a state such as ``demand+ supply-`` says; NaN for unknown."""
    marks = {"+": 1.0, "-": -1.0}
    return {part[:-1]: marks.get(part[-1], math.nan) for part in state.split()}


def combined_since(combined: Combined, id: str) -> pd.Timestamp:
    """Return the decision since which an industry has had a weight without a break."""
    held = combined.targets[id].to_numpy(float) > 0
    empty = np.flatnonzero(~held)
    begins = int(empty[-1]) + 1 if len(empty) else 0
    return pd.Timestamp(combined.targets.index[min(begins, len(held) - 1)])


@dataclass(frozen=True)
class Turned:
    """What the last decision of the combined strategy changed: ids entered, left, and kept."""

    entered: tuple[str, ...]
    left: tuple[str, ...]
    kept: tuple[str, ...]


def turned(combined: Combined) -> Turned:
    """Return which industries entered and left at the last decision."""
    targets = combined.targets.drop(columns=MARKET)
    now = targets.iloc[-1] > 0
    before = targets.iloc[-2] > 0 if len(targets) > 1 else now & False
    ids = [str(id) for id in targets.columns]
    return Turned(
        entered=tuple(id for id in ids if now[id] and not before[id]),
        left=tuple(id for id in ids if before[id] and not now[id]),
        kept=tuple(id for id in ids if now[id] and before[id]),
    )


def combined_finding(evaluation: Evaluation) -> Pair:
    """Return the title of the combined strategy's page: how many are held, and what changed."""
    combined = evaluation.combined
    if combined is None:
        return "综合策略", "Combined strategy"
    moved = turned(combined)
    count = len(moved.entered) + len(moved.kept)
    zh, en = f"综合策略：持有 {count} 个行业", f"Combined strategy: {count} held"
    for ids, words in ((moved.entered, ("新进", "new")), (moved.left, ("退出", "left"))):
        if ids:
            named = [_name(id, evaluation) for id in ids[:NAMED]]
            more = f" +{len(ids) - NAMED}" if len(ids) > NAMED else ""
            zh += f"，{words[0]}{'、'.join(n[0] for n in named)}{more}"
            en += f"; {words[1]}: {', '.join(n[1] for n in named)}{more}"
    return zh, en


def holding_sentence(evaluation: Evaluation) -> Pair:
    """Return in one sentence what the combined strategy holds and what changed in it."""
    combined = evaluation.combined
    if combined is None:
        return _signals_sentence(evaluation)
    moved = turned(combined)
    market = benchmark_pair(combined.benchmark_code)
    rest = float(combined.targets.iloc[-1][MARKET])
    held = [*moved.entered, *moved.kept]
    if not held:
        zh, en = f"不持有任何行业，全部持有{market[0]}", f"No industry is held; all in {market[1]}"
    else:
        said = [_held(id, combined, evaluation, id in moved.entered) for id in held[:NAMED]]
        zh, en = "持有" + "、".join(p[0] for p in said), "Hold " + ", ".join(p[1] for p in said)
        more = f" +{len(held) - NAMED}" if len(held) > NAMED else ""
        zh, en = zh + more, en + more
        if rest > 0:
            zh, en = f"{zh}；其余 {rest:.0%} 持有{market[0]}", f"{en}; {rest:.0%} in {market[1]}"
    if moved.left:
        zh += "；退出" + "、".join(_name(id, evaluation)[0] for id in moved.left[:NAMED])
        en += "; left " + ", ".join(_name(id, evaluation)[1] for id in moved.left[:NAMED])
    old = combined_age(evaluation)
    return f"{zh}{old[0]}。", f"{en}{old[1]}."


def _signals_sentence(evaluation: Evaluation) -> Pair:
    """Return which industries have a hold signal, where there is no combined strategy."""
    held = [
        (r.definition.name_zh, r.definition.name_en, run)
        for r in evaluation.industries.values()
        if signal_of(r) == 1 and (run := run_of(r)) is not None
    ]
    if not held:
        return "没有行业的信号为持有。", "No industry has a signal to hold."
    zh = "、".join(f"{name}（{run.since:%Y-%m} 起）" for name, _, run in held[:NAMED])
    en = ", ".join(f"{name} (since {run.since:%Y-%m})" for _, name, run in held[:NAMED])
    more = f" +{len(held) - NAMED}" if len(held) > NAMED else ""
    return f"信号为持有：{zh}{more}。", f"Signals to hold: {en}{more}."


def _name(id: str, evaluation: Evaluation) -> Pair:
    definition = evaluation.results[id].definition
    return definition.name_zh, definition.name_en


def _held(id: str, combined: Combined, evaluation: Evaluation, new: bool) -> Pair:
    names, since = _name(id, evaluation), f"{combined_since(combined, id):%Y-%m}"
    if new:
        return f"{names[0]}（新进）", f"{names[1]} (new)"
    return f"{names[0]}（{since} 起）", f"{names[1]} (since {since})"
