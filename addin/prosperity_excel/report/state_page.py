"""What a state machine's page shows: directions by month, the state that applies, the distances."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from prosperity.evaluation import IndustryResult

from prosperity_excel.report.spec import Band, Column, Kind, Table, Tag, Text, Value
from prosperity_excel.words.findings import directions_of
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice
from prosperity_excel.words.sentences import direction_words

#: Months of the strip: each takes a column of the fine grid.
MONTHS = 36
#: Parts of a grid column that the months stand in.
PARTS = 3
#: The tables below the strip, of dimensions and of states: heading, kind, grid columns.
DIMENSION_COLUMNS: tuple[tuple[str, Kind, int], ...] = (
    ("dimension", "text", 1),
    ("now", "mark", 1),
    ("since", "month", 1),
    ("distance", "signed", 2),
)
STATE_COLUMNS: tuple[tuple[str, Kind, int], ...] = (
    ("state", "text", 3),
    ("applies", "mark", 1),
    ("lacks", "text", 3),
)
STATES_AT = 6
HEADINGS: dict[str, Pair] = {
    "strip": ("各维度方向，近 {n} 个月", "Directions by dimension, last {n} months"),
    "dimension": ("维度", "Dimension"),
    "now": ("方向", "Direction"),
    "since": ("自", "Since"),
    "distance": ("距转向（变化）", "To turning (change)"),
    "state": ("持有状态", "Hold state"),
    "applies": ("是否成立", "Applies"),
    "lacks": ("还差", "Still lacks"),
    "held": ("持有", "Held"),
    "yes": ("● 成立", "● yes"),
    "no": ("–", "–"),
}
FOR_DISPLAY: Pair = ("景气度，仅供展示", "Composite, for display alone")
NOTE: Pair = (
    "▲ 上升，▼ 下降，· 不明；最下一行为持有的月份。变化过 0 即转向。任一持有状态成立则持有。",
    "▲ up, ▼ down, · unknown; the last row marks months held. A direction turns when its change "
    "crosses 0. The industry is held when any hold state applies.",
)
MARKS: dict[float, Tag] = {1.0: Tag("▲", "up"), -1.0: Tag("▼", "down")}


def strip_bands(result: IndustryResult, voice: Voice) -> list[Band]:
    """Return the strip, on the fine grid; nothing where no state is known."""
    months = _months(result)
    if not len(months):
        return []
    ways = [directions_of(result.state[month]) for month in months]
    heading = _heading("strip", voice, n=str(len(months)))
    columns = (
        Column(label=_heading("dimension", voice)),
        *(Column(label=label, kind="mark") for label in _labels(months)),
    )
    rows: list[tuple[Value, ...]] = []
    for dimension in result.definition.dimensions:
        if dimension.id in ways[-1]:
            name = voice.line((dimension.name_zh, dimension.name_en))
            marks = (MARKS.get(way.get(dimension.id, math.nan), "·") for way in ways)
            rows.append((name, *marks))
    held = (Tag("●", "held") if signal == 1 else "" for signal in result.signal[months])
    rows.append((_heading("held", voice), *held))
    return [
        (Text(text=heading, role="heading"),),
        (Table(columns=columns, rows=tuple(rows), total=True),),
        (Text(text=voice.stack(NOTE), role="note"),),
    ]


def distance_band(result: IndustryResult, voice: Voice) -> list[Band]:
    """Return the dimensions with their distance to turning, beside the hold states."""
    months = _months(result)
    if not len(months):
        return []
    left = Table(
        columns=_columns(DIMENSION_COLUMNS, voice),
        rows=tuple(_dimension_rows(result, voice)),
    )
    right = Table(
        columns=_columns(STATE_COLUMNS, voice), rows=tuple(_state_rows(result, voice)), at=STATES_AT
    )
    return [(left, right)]


def _columns(heads: tuple[tuple[str, Kind, int], ...], voice: Voice) -> tuple[Column, ...]:
    return tuple(Column(label=_heading(key, voice), kind=kind, span=span)
                 for key, kind, span in heads)  # fmt: skip


def applying(result: IndustryResult, month: pd.Timestamp) -> list[str]:
    """Return the hold states that apply in a month, such as ``demand+ supply-``."""
    ways = directions_of(result.state[month])
    return [
        _text(state)
        for state in result.definition.hold_states
        if all(ways.get(id) == way for id, way in state)
    ]


def _dimension_rows(result: IndustryResult, voice: Voice) -> list[tuple[Value, ...]]:
    months = result.months[result.state.to_numpy() != ""]
    ways = pd.DataFrame([directions_of(result.state[month]) for month in months], months)
    rows: list[tuple[Value, ...]] = []
    for dimension in result.definition.dimensions:
        if dimension.id not in ways:
            continue
        own = ways[dimension.id].to_numpy(float)
        other = np.flatnonzero(own != own[-1])
        since = months[int(other[-1]) + 1 if len(other) else 0] if own[-1] == own[-1] else None
        moves = result.dimension_changes
        change = float(moves[dimension.id][months[-1]]) if dimension.id in moves else math.nan
        rows.append(
            (
                voice.line((dimension.name_zh, dimension.name_en)),
                MARKS.get(float(own[-1]), "·"),
                None if since is None else since.date(),
                change,
            )
        )
    return rows


def _state_rows(result: IndustryResult, voice: Voice) -> list[tuple[Value, ...]]:
    month = _months(result)[-1]
    ways, fits = directions_of(result.state[month]), applying(result, month)
    rows: list[tuple[Value, ...]] = []
    for state in result.definition.hold_states:
        lacking = tuple((id, way) for id, way in state if ways.get(id) != way)
        applies = _text(state) in fits
        rows.append(
            (
                voice.stack(direction_words(result.definition, _text(state))),
                Tag(_heading("yes", voice), "held") if applies else _heading("no", voice),
                voice.stack(direction_words(result.definition, _text(lacking))) if lacking else "",
            )
        )
    return rows


def _months(result: IndustryResult) -> pd.DatetimeIndex:
    """Return the last months whose state is known, of those that the strip has room for."""
    months: pd.DatetimeIndex = result.months[result.state.to_numpy() != ""][-MONTHS:]
    return months


def _labels(months: pd.DatetimeIndex) -> list[str]:
    """Return the months' numbers, under the year where one begins."""
    return [
        f"’{month:%y}\n{month.month}" if month.month == 1 or not n else f"\n{month.month}"
        for n, month in enumerate(months)
    ]


def _text(state: tuple[tuple[str, int], ...]) -> str:
    return " ".join(f"{id}{'+' if way > 0 else '-'}" for id, way in state)


def _heading(key: str, voice: Voice, **given: str) -> str:
    return voice.line(HEADINGS[key]).format(**given)
