"""What moved a composite in its last month, step by step, from the month before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from prosperity.evaluation import IndustryResult

from prosperity_excel.report.data_columns import axis_of
from prosperity_excel.report.spec import Block, DataColumn, Line, Waterfall
from prosperity_excel.words.chart_findings import waterfall_finding
from prosperity_excel.words.report_words import Voice

BLOCK = "waterfall"
#: Indicators that have a step of their own; the others share one.
MOST_STEPS = 8
#: Letters of a name beside its bar, a Chinese one counting two.
NAME_LETTERS = 24
#: Series of the chart: key, look, label.
SERIES = (
    ("carried", "carried", "carried"),
    ("ends", "ends", "composite"),
    ("up_above", "up", "step_up"),
    ("up_below", "up", "step_up"),
    ("down_above", "down", "step_down"),
    ("down_below", "down", "step_down"),
)
LEGEND = (1, 2, 4)
#: Room beside the steps, as a share of their range; and the least range, in deviations.
ROOM, LEAST_RANGE = 0.15, 0.1


@dataclass(frozen=True)
class Step:
    """A bar: its name, and the values from which and to which it reaches."""

    name: str
    start: float
    stop: float
    end: bool = False


def steps(result: IndustryResult, voice: Voice) -> tuple[Step, ...]:
    """Return the steps from the month before to the last, largest first.

    They begin at the composite less its like-for-like change, so that they add up exactly. Empty
    when there is no change.
    """
    month = result.latest
    if month is None or not np.isfinite(result.change[month]):
        return ()
    moves = dict(
        zip(result.change_contributions, result.change_contributions.loc[month], strict=True)
    )
    named = [(_name(result, str(id), voice), float(m)) for id, m in moves.items() if np.isfinite(m)]
    named.sort(key=lambda item: -abs(item[1]))
    if len(named) > MOST_STEPS:
        rest = sum(move for _, move in named[MOST_STEPS - 1 :])
        named = [*named[: MOST_STEPS - 1], (voice.label("others"), rest)]
    value = float(result.composite[month] - result.change[month])
    made = [Step(voice.label("before"), 0.0, value, end=True)]
    for name, move in named:
        made.append(Step(name, value, value + move))
        value += move
    made.append(Step(f"{month:%Y-%m}", 0.0, float(result.composite[month]), end=True))
    return tuple(made)


def waterfall_block(result: IndustryResult, voice: Voice) -> Block | None:
    """Return the series behind the chart; None when there is nothing to show."""
    made = steps(result, voice)
    if not made:
        return None
    drawn = [parts_of(step) for step in made]
    names = DataColumn(
        key="name",
        label=voice.label("step"),
        unit="",
        kind="text",
        values=tuple(_with_value(step) for step in made),
    )
    columns = tuple(
        DataColumn(
            key=key,
            label=voice.label(label),
            unit=voice.label("sd_short"),
            kind="signed",
            values=tuple(parts.get(key) for parts in drawn),
        )
        for key, _, label in SERIES
    )
    return Block(key=BLOCK, title=voice.label("chart_waterfall"), columns=(names, *columns))


def waterfall_chart(
    result: IndustryResult, sheet: str, voice: Voice, **place: Any
) -> Waterfall | None:
    """Return the chart; None when there is nothing to show."""
    made = steps(result, voice)
    if not made:
        return None
    # Not from zero: a small change of a high composite would be too small to see.
    reached = [step.stop for step in made]
    room = max(max(reached) - min(reached), LEAST_RANGE) * ROOM
    title = voice.stack(waterfall_finding(result))
    subtitle = f"{voice.label('sd')} · {made[-1].name}"
    return Waterfall(
        title=title,
        subtitle=subtitle,
        y_label=voice.label("sd"),
        description=f"{title}; {subtitle}".replace("\n", " "),
        sheet=sheet,
        block=BLOCK,
        lines=tuple(Line(key, look) for key, look, _ in SERIES),
        legend=LEGEND,
        axis=axis_of(min(reached) - room, max(reached) + room),
        **place,
    )


def _with_value(step: Step) -> str:
    """Return what stands beside a bar: its name, and its value or by how much it moves."""
    value = round(step.stop if step.end else step.stop - step.start, 2) + 0.0
    return f"{step.name}  {value:+.2f}"


def parts_of(step: Step) -> dict[str, float]:
    """Return how high each of the stacked series is.

    A step that crosses zero has a part above and a part below; one that does not is carried by
    an unseen part between it and zero.
    """
    if step.end:
        return {"ends": step.stop}
    low, high = sorted((step.start, step.stop))
    way = "up" if step.stop >= step.start else "down"
    if low >= 0:
        return {"carried": low, f"{way}_above": high - low}
    if high <= 0:
        return {"carried": high, f"{way}_below": low - high}
    return {f"{way}_above": high, f"{way}_below": low}


def _name(result: IndustryResult, id: str, voice: Voice) -> str:
    indicator = result.definition.indicator(id)
    text = indicator.name_en if voice.language == "en" else indicator.name_zh
    kept, width = "", 0
    for letter in text:
        width += 2 if ord(letter) > 0x2E80 else 1
        if width > NAME_LETTERS:
            return f"{kept}…"
        kept += letter
    return kept
