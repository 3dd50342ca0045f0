"""The phase clock of a model: its path over level and change, and the time in each quarter."""

from __future__ import annotations

import pandas as pd
from prosperity.evidence.examine import Evidence
from prosperity.evidence.phases import PHASES, path, time_in_phases

from prosperity_excel.report import evidence_words as words
from prosperity_excel.report.data_columns import axis_of, dates, numbers
from prosperity_excel.report.spec import Band, Block, Column, DataColumn, Kind, Scatter, Table, Text
from prosperity_excel.words.report_words import Voice

CLOCK, CORNERS = "clock", "corners"
CLOCK_ROWS = 20
#: Points of the path that show their month: the last, and every so many before it.
LABEL_STEP = 6
CORNER_COLUMNS: dict[str, Kind] = {"name": "text", "x": "signed", "y": "signed"}
#: Where the quarters' names stand, as a share of the axes.
CORNER = 0.82


def clock_blocks(evidence: Evidence, voice: Voice) -> tuple[Block, Block]:
    """Return the series behind the clock, and where the quarters' names stand."""
    clock = path(evidence.clock)
    sd = voice.label("sd_short")
    x_axis, y_axis = _clock_axes(clock)
    corners = [
        (voice.line((zh, en)), level * CORNER * x_axis[1], change * CORNER * y_axis[1])
        for zh, en, level, change in PHASES.values()
    ]
    return (
        Block(
            key=CLOCK,
            title=voice.line(words.HEADINGS["clock"]),
            columns=(
                dates("month", voice.label("month"), "month", pd.DatetimeIndex(clock.index)),
                numbers("x", voice.label("composite"), sd, "signed", clock["level"]),
                numbers("y", voice.label("change"), sd, "signed", clock["change"]),
            ),
        ),
        Block(
            key=CORNERS,
            title=voice.line(words.HEADINGS["time"]),
            columns=tuple(
                DataColumn(key=key, label=key, unit="", kind=kind, values=tuple(values))
                for (key, kind), values in zip(
                    CORNER_COLUMNS.items(), zip(*corners, strict=True), strict=True
                )
            ),
        ),
    )


def clock_bands(evidence: Evidence, sheet: str, voice: Voice) -> list[Band]:
    """Return the clock, and the time in each quarter."""
    clock = path(evidence.clock)
    heading = (Text(text=voice.line(words.HEADINGS["clock"]), role="heading"),)
    note = (Text(text=voice.stack(words.NOTES["clock"]), role="note"),)
    if len(clock) < 2:
        return [heading, (Text(text=voice.stack(words.NO_CLOCK)),)]
    days = [day.date() for day in clock.index]
    last = clock.iloc[-1]
    phase = voice.line(PHASES[last["phase"]][:2])
    subtitle = f"{voice.line(words.HEADINGS['clock'])} · {days[0]:%Y-%m} – {days[-1]:%Y-%m}"
    title = f"{days[-1]:%Y-%m} · {phase}"
    x_axis, y_axis = _clock_axes(clock)
    chart = Scatter(
        title=title,
        subtitle=subtitle,
        x_label=voice.line(("景气度（标准差）", "Composite (s.d.)")),
        y_label=voice.line(("近三月平均变化", "Mean change, 3 months")),
        description=f"{title}; {subtitle}",
        sheet=sheet,
        block=CLOCK,
        x="x",
        y="y",
        first=days[0],
        last=days[-1],
        labelled=tuple(reversed(days[::-1][::LABEL_STEP])),
        corners=CORNERS,
        x_axis=x_axis,
        y_axis=y_axis,
        rows=CLOCK_ROWS,
    )
    times = time_in_phases(evidence.clock)
    stays = Table(
        columns=(
            Column(label=voice.line(words.HEADINGS["time"])),
            *(Column(label=voice.stack(head), kind=kind) for head, kind in words.TIME.values()),
        ),
        rows=tuple(
            (voice.line(PHASES[str(id)][:2]), float(row["share"]), float(row["months"]))
            for id, row in times.iterrows()
        ),
    )
    return [heading, (chart,), note, (stays,)]


def _clock_axes(
    clock: pd.DataFrame,
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Return axes with 0 in the middle."""
    found = []
    for column in ("level", "change"):
        size = float(clock[column].abs().max()) if len(clock) else 1.0
        found.append(axis_of(-size * 1.25, size * 1.25))
    return found[0], found[1]
