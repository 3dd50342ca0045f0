"""The evidence on one model as pictures: the blocks behind them, and the charts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from prosperity.evidence.examine import Evidence

from prosperity_excel.report import evidence_words as words
from prosperity_excel.report.data_columns import axis_of
from prosperity_excel.report.spec import Band, Bars, Block, DataColumn, Line
from prosperity_excel.words import evidence_findings as found_words
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice

NULL, RANGES, LEADS, WALK, YEARS, HONESTY = "null", "ranges", "leads", "walk", "years", "honesty"
#: Columns of the histogram.
BINS = 25
#: Groups of settings that a picture of ranges holds: those that move the result most.
MOST_GROUPS = 10
#: Where the two pictures on a model's own page stand, and how many rows they take.
ROW_PLACES, ROW_ROWS = ((4, 4), (8, 5)), 8
#: Groups of settings that the picture there holds.
FEW_GROUPS = 5
#: Room above and below what is drawn, as a share of its range.
ROOM = 0.05

LABELS: dict[str, Pair] = {
    "shifts": ("移位后的信号", "Shifted signals"),
    "own": ("本模型", "This model"),
    "low": ("最低", "Lowest"),
    "base": ("默认", "Default"),
    "high": ("最高", "Highest"),
    "correlation": ("相关", "Correlation"),
    "best": ("最高", "Highest"),
    "span": ("最高与最低之差", "From lowest to highest"),
    "chosen": ("当时所选", "Chosen then"),
    "excess": ("相对基准超额", "Excess over the benchmark"),
    "ahead": ("有前视", "Looks ahead"),
    "honest": ("无前视", "No look-ahead"),
}


def evidence_blocks(evidence: Evidence, voice: Voice) -> tuple[Block, ...]:
    """Return the blocks behind the pictures; one that has nothing to show is left out."""
    made = (_null(evidence, voice), _ranges(evidence, voice), _leads(evidence, voice),
            _walk(evidence, voice), _years(evidence, voice), _honesty(evidence, voice))  # fmt: skip
    return tuple(block for block in made if block is not None)


def null_chart(evidence: Evidence, sheet: str, voice: Voice, **place: int) -> Bars | None:
    """Return the histogram of what shifted signals earn, with the model's own place."""
    return _bars(
        _null(evidence, voice), found_words.null_finding(evidence.significance),
        found_words.NULL_UNIT, sheet, voice, (("shifts", "plain"), ("own", "own")), place,
        form="touching", percent=False,
    )  # fmt: skip


def ranges_chart(evidence: Evidence, sheet: str, voice: Voice, **place: int) -> Bars | None:
    """Return the ranges of the result over each group of settings, with the default's."""
    groups = {key: words.GROUPS[key] for key in words.GROUPS}
    return _bars(
        _ranges(evidence, voice), found_words.ranges_finding(evidence.sensitivity, groups),
        found_words.RANGES_UNIT, sheet, voice,
        (("low", "low"), ("base", "middle"), ("high", "high")), place, form="ranges",
    )  # fmt: skip


def leads_chart(evidence: Evidence, sheet: str, voice: Voice, **place: int) -> Bars | None:
    """Return the correlations of the composite by lead."""
    if not evidence.leads:
        return None
    return _bars(
        _leads(evidence, voice), found_words.leads_finding(evidence.leads[0]),
        found_words.LEADS_UNIT, sheet, voice, (("correlation", "plain"), ("best", "own")), place,
        form="stacked", percent=False,
    )  # fmt: skip


def walk_chart(evidence: Evidence, sheet: str, voice: Voice, **place: int) -> Bars | None:
    """Return what settings chosen live would have earned, beside the default."""
    return _bars(
        _walk(evidence, voice), found_words.walk_finding(evidence.out_of_sample),
        found_words.WALK_UNIT, sheet, voice, (("chosen", "plain"), ("base", "strategy")), place,
    )  # fmt: skip


def years_chart(evidence: Evidence, sheet: str, voice: Voice, **place: int) -> Bars | None:
    """Return the excess over the benchmark by calendar year."""
    return _bars(
        _years(evidence, voice), found_words.years_finding(evidence.out_of_sample.years),
        found_words.YEARS_UNIT, sheet, voice, (("excess", "strategy"),), place, legend=False,
    )  # fmt: skip


def honesty_chart(evidence: Evidence, sheet: str, voice: Voice, **place: int) -> Bars | None:
    """Return what each convention of timing earns: the price of honesty."""
    return _bars(
        _honesty(evidence, voice), found_words.honesty_finding(evidence.audit.cases),
        found_words.HONESTY_UNIT, sheet, voice, (("ahead", "plain"), ("honest", "strategy")),
        place, form="stacked",
    )  # fmt: skip


def evidence_row(evidence: Evidence, sheet: str, voice: Voice) -> tuple[Bars, ...]:
    """Return the two pictures that stand on the model's own page: luck, and settings."""
    (null_at, null_span), (ranges_at, ranges_span) = ROW_PLACES
    null = null_chart(evidence, sheet, voice, at=null_at, span=null_span, rows=ROW_ROWS)
    ranges = ranges_chart(evidence, sheet, voice, at=ranges_at, span=ranges_span, rows=ROW_ROWS)
    found = []
    if null is not None:
        title = voice.stack(found_words.null_short(evidence.significance))
        subtitle = voice.line(found_words.NULL_SHORT, " / ")
        found.append(replace(null, title=title, subtitle=subtitle, legend=False))
    if ranges is not None:
        title = voice.stack(found_words.ranges_short(evidence.sensitivity))
        subtitle = voice.line(found_words.RANGES_SHORT, " / ")
        found.append(replace(ranges, title=title, subtitle=subtitle, legend=False, most=FEW_GROUPS))
    return tuple(found)


def side_by_side(charts: Sequence[Bars | None]) -> list[Band]:
    """Return charts as a band; nothing without any."""
    shown = tuple(chart for chart in charts if chart is not None)
    return [shown] if shown else []


def _bars(
    block: Block | None,
    finding: Pair,
    unit: Pair,
    sheet: str,
    voice: Voice,
    lines: Sequence[tuple[str, str]],
    place: Mapping[str, int],
    **more: object,
) -> Bars | None:
    if block is None:
        return None
    title, subtitle = voice.stack(finding), voice.line(unit, " / ")
    drawn = np.array(
        [
            [v if isinstance(v, int | float) else math.nan for v in column.values]
            for column in block.columns
            if column.key in dict(lines)
        ],
        dtype=float,
    )
    low, high = min(0.0, float(np.nanmin(drawn))), max(0.0, float(np.nanmax(drawn)))
    room = (high - low) * ROOM
    options: dict[str, object] = {"percent": True, **more, **place}
    return Bars(
        title=title,
        subtitle=subtitle,
        y_label=subtitle,
        description=f"{title}; {subtitle}".replace("\n", " "),
        sheet=sheet,
        block=block.key,
        lines=tuple(Line(key, look) for key, look in lines),
        axis=axis_of(low - room if low < 0 else 0.0, high + room if high > 0 else 0.0),
        **options,  # type: ignore[arg-type]
    )


def _null(evidence: Evidence, voice: Voice) -> Block | None:
    values = np.array(evidence.significance.null, dtype=float)
    if len(values) < 2 or not np.isfinite(values).all() or np.ptp(values) == 0:
        return None
    counts, edges = np.histogram(values, BINS)
    own = min(int(np.searchsorted(edges, values[0], side="right")) - 1, BINS - 1)
    here = np.arange(BINS) == own
    return _block(
        NULL,
        [f"{round(middle, 1) + 0.0:.1f}" for middle in (edges[1:] + edges[:-1]) / 2],
        {"shifts": np.where(here, 0, counts), "own": np.where(here, counts, 0)},
        voice,
    )


def _ranges(evidence: Evidence, voice: Voice) -> Block | None:
    groups = evidence.sensitivity.groups
    groups = groups[groups["count"] > 1]
    if groups.empty:
        return None
    widest = (groups["high"] - groups["low"]).sort_values(ascending=False, kind="stable")
    groups = groups.loc[widest.index[:MOST_GROUPS]]
    names = [voice.line(words.GROUPS[str(id)]) for id in groups.index]
    values = {key: groups[key].to_numpy() for key in ("low", "base", "high")}
    return _block(RANGES, names, {**values, "span": values["high"] - values["low"]}, voice)


def _leads(evidence: Evidence, voice: Voice) -> Block | None:
    if not evidence.leads:
        return None
    table, best = evidence.leads[0].composite, evidence.leads[0].best
    values = table["correlation"].to_numpy(float)
    if not np.isfinite(values).any():
        return None
    here = np.array([lead == best for lead in table.index])
    return _block(
        LEADS,
        [f"{lead:+d}" if lead else "0" for lead in table.index],
        {"correlation": np.where(here, math.nan, values), "best": np.where(here, values, math.nan)},
        voice,
    )


def _walk(evidence: Evidence, voice: Voice) -> Block | None:
    walk = evidence.out_of_sample.walk
    if walk is None or walk.empty:
        return None
    names = [f"{first:%Y-%m} – {last:%Y-%m}"
             for first, last in zip(walk["first"], walk["last"], strict=True)]  # fmt: skip
    return _block(
        WALK,
        names,
        {"chosen": walk["chosen_excess"].to_numpy(), "base": walk["base_excess"].to_numpy()},
        voice,
    )


def _years(evidence: Evidence, voice: Voice) -> Block | None:
    years = evidence.out_of_sample.years
    if years.empty or not np.isfinite(years["excess"]).any():
        return None
    names = [str(year) for year in years.index]
    return _block(YEARS, names, {"excess": years["excess"].to_numpy()}, voice)


def _honesty(evidence: Evidence, voice: Voice) -> Block | None:
    cases: pd.DataFrame = evidence.audit.cases
    values = cases["strategy_return"].to_numpy(float)
    if not np.isfinite(values).any():
        return None
    ahead = cases["sees_future"].to_numpy(bool)
    names = [voice.line(words.CASES_SHORT[str(id)]) for id in cases.index]
    return _block(
        HONESTY,
        names,
        {"ahead": np.where(ahead, values, math.nan), "honest": np.where(ahead, math.nan, values)},
        voice,
    )


def _block(key: str, names: Sequence[str], series: Mapping[str, np.ndarray], voice: Voice) -> Block:
    heads = DataColumn(key="name", label="", unit="", kind="text", values=tuple(names))
    columns = tuple(
        DataColumn(
            key=name,
            label=voice.line(LABELS[name]),
            unit="",
            kind="number",
            values=tuple(float(v) if math.isfinite(v) else None for v in values.tolist()),
        )
        for name, values in series.items()
    )
    return Block(key=key, title=voice.line(words.PICTURES[key]), columns=(heads, *columns))
