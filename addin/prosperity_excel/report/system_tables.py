"""The tables of a system's page: assets, contributions, statistics, inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from prosperity.backtest import STATISTICS
from prosperity.systems.result import SystemResult
from prosperity.systems.spec import System
from prosperity.systems.standing import asset_standings, beside, input_standings

from prosperity_excel.report.spec import Column, Figure, Kind, Table, Tag, Value
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import PROVENANCE, Voice
from prosperity_excel.words.system_statements import asset_pair, part_pair
from prosperity_excel.words.system_words import REPORT_HEADS, STATISTIC_NAMES

#: Assets, and rows and columns of contributions, that a page shows.
MOST_ASSETS, MOST_PARTS, MOST_HELD = 40, 12, 8
#: Kinds of statistics -> kinds of cells.
KINDS: Mapping[str, Kind] = {"percent": "percent", "ratio": "number", "count": "count"}
#: What PROVENANCE of industries does not say of a system's parts.
ORIGINS: Mapping[str, Pair] = {
    "seed": ("摘要写明", "stated in the digest"),
    "page": ("公开网页", "public page"),
    "inferred": ("我们的推断", "inferred"),
    "ours": ("我们的设计", "our design"),
}


def columns_of(voice: Voice, *heads: tuple[str, Kind, int]) -> tuple[Column, ...]:
    """Return columns from the key of a heading, its kind and the grid columns it takes."""
    return tuple(
        Column(label=voice.stack(REPORT_HEADS[key]), kind=kind, span=span)
        for key, kind, span in heads
    )


def standing_table(result: SystemResult, day: pd.Timestamp, voice: Voice) -> Table:
    """Return the assets as the last decision sees them, best score first."""
    columns = columns_of(
        voice,
        ("asset", "text", 1),
        ("score", "number", 1),
        ("weight", "percent", 2),
        ("before", "percent", 1),
        ("difference", "signed_percent", 1),
    )
    found = asset_standings(result, day)
    shown = [one for one in found if known(one.score) or known(one.weight)][:MOST_ASSETS]
    rows = tuple(
        (
            voice.line(asset_pair(result, one.id)),
            one.score if known(one.score) else "",
            one.weight if known(one.weight) else "",
            one.before if known(one.before) else "",
            one.weight - one.before if known(one.weight - one.before) else "",
        )
        for one in shown
    )
    return Table(columns=columns, rows=rows)


def contribution_table(
    result: SystemResult, day: pd.Timestamp, voice: Voice, at: int = 0
) -> Table | None:
    """Return what each input adds to the scores of the assets that are held; None without any."""
    weights = result.positions.loc[day]
    named = [one.id for one in asset_standings(result, day) if one.id in result.contributions]
    held = [id for id in named if weights.get(id, 0.0) > 0] or named
    frame = pd.DataFrame({id: result.contributions[id].loc[day] for id in held[:MOST_HELD]})
    frame = frame.dropna(how="all")
    if frame.empty or not len(frame.columns):
        return None
    largest = frame.abs().max(axis=1).sort_values(ascending=False, kind="stable")
    order = [str(id) for id in largest.index[:MOST_PARTS]]
    columns = (
        Column(label=voice.stack(REPORT_HEADS["input"]), span=3 if at else 1),
        *(
            Column(
                label=voice.stack(asset_pair(result, str(id))),
                kind="signed",
                span=1 if at else _span(n),
            )
            for n, id in enumerate(frame)
        ),
    )
    rows: list[tuple[Value, ...]] = [
        (voice.line(part_pair(result, id)), *(_cell(frame.at[id, asset]) for asset in frame))
        for id in order
    ]
    total = frame.sum()
    rows.append((voice.line(REPORT_HEADS["total"]), *map(float, total.to_numpy())))
    return Table(columns=columns, rows=tuple(rows), total=True, at=at)


def _span(place: int) -> int:
    """Return the grid columns of a table's further columns: the narrow ones are two together."""
    return 2 if place in (1, 2) else 1


def statistics_table(result: SystemResult, voice: Voice) -> Table | None:
    """Return our statistics of strategy; None without a backtest."""
    if result.backtest is None:
        return None
    columns = columns_of(voice, ("statistic", "text", 1), ("ours", "percent", 2))
    rows = tuple(
        (
            voice.line(STATISTIC_NAMES.get(key, STATISTICS[key][:2])),
            Figure(value, KINDS[STATISTICS[key][2]]),
        )
        for key, value in result.backtest.statistics.items()
    )
    return Table(columns=columns, rows=rows)


def published_table(system: System, result: SystemResult, voice: Voice, at: int) -> Table | None:
    """Return the published figures beside ours, where one is comparable; None without any."""
    if not system.published:
        return None
    columns = columns_of(
        voice,
        ("figure", "text", 3),
        ("published", "text", 1),
        ("ours", "text", 1),
        ("span", "text", 2),
        ("origin", "text", 1),
    )
    rows = []
    for one in system.published:
        ours = beside(result, one)
        rows.append(
            (
                voice.line((one.name_zh, one.name_en)),
                f"{one.value:g}{one.unit}",
                f"{ours:.2f}{one.unit}" if known(ours) else "",
                " – ".join(filter(None, (one.start, one.end))),
                voice.line(ORIGINS.get(one.provenance, (one.provenance,) * 2)),
            )
        )
    return Table(columns=columns, rows=tuple(rows), at=at)


def inputs_table(system: System, result: SystemResult, voice: Voice) -> Table:
    """Return the inputs with the age of the newest value that the decision knew, and their origin.

    What had nothing known is set off.
    """
    columns = columns_of(
        voice,
        ("input", "text", 2),
        ("publisher", "text", 3),
        ("newest", "date", 2),
        ("days", "count", 1),
        ("origin", "text", 2),
    )
    publishers = {one.id: (one.publisher_zh, one.publisher_en) for one in system.inputs}
    publishers |= {one.id: ("", "") for one in system.indicators}
    rows: list[tuple[Value, ...]] = []
    for one in input_standings(system, result):
        there = pd.notna(one.newest)
        origin = ORIGINS.get(one.provenance) or PROVENANCE.get(one.provenance)
        rows.append(
            (
                voice.line((one.name_zh, one.name_en)),
                voice.line(publishers[one.id]),
                one.newest.date() if there else "",
                one.age if there else Tag(voice.line(REPORT_HEADS["none"]), "strong"),
                voice.line(origin or (one.provenance,) * 2),
            )
        )
    return Table(columns=columns, rows=tuple(rows))


def known(value: float) -> bool:
    """Whether a number is there."""
    return math.isfinite(value)


def _cell(value: object) -> Value:
    number = float(np.asarray(value, dtype=float))
    return number if math.isfinite(number) else ""
