"""The series behind a model's charts, as a data sheet, and the charts that show them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from prosperity.backtest import Backtest
from prosperity.coming.outlook import Outlook
from prosperity.engine import PERCENTILE_MONTHS
from prosperity.evaluation import IndustryResult

from prosperity_excel.report.data_columns import axis_of, dates, numbers
from prosperity_excel.report.spec import Block, Chart, DataSheet, Kind, Line, Link
from prosperity_excel.report.waterfall import waterfall_block
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import LABELS, Voice, month_words
from prosperity_excel.words.sentences import NOTES

MONTHLY, WEEKLY = "monthly", "weekly"
#: Percentiles between which the composite usually is.
BAND = (0.2, 0.8)
LEVELS = ("strategy", "index", "benchmark")
RELATIVES = ("strategy_relative", "index_relative")
#: More decimals of a net value only make the file larger.
NET_DECIMALS = 6
#: The area behind a chart while the industry is held, by week and by month.
HELD, HELD_MONTHS = Line("position", "held"), Line("signal", "held")
#: The composite of months in which it rests on nowcasts.
HOLLOW = Line("nowcast", "nowcast")
#: Names in a legend are cut here; the tables hold them in full.
LEGEND_LETTERS = 40


def data_sheet(
    result: IndustryResult, sheet: str, back: str, voice: Voice, coming: Outlook | None = None
) -> DataSheet:
    """Return the data sheet of one model.

    Parameters
    ----------
    result
        The model's result.
    sheet, back
        Name of the data sheet, and of the page that it leads back to.
    voice
        The reader's language.
    coming
        What is due before its next decision, of which the composite is expected.
    """
    definition = result.definition
    name = voice.line((definition.name_zh, definition.name_en))
    blocks = [_monthly(result, voice, coming)]
    steps = waterfall_block(result, voice)
    if steps is not None:
        blocks.append(steps)
    if result.backtest is not None:
        blocks.append(weekly_block(result.backtest, voice))
    return DataSheet(
        id=sheet,
        title=f"{name} · {voice.label('data')}",
        note=voice.line(NOTES["data"]),
        back=Link(f"← {voice.label('to_page')}", back),
        blocks=tuple(blocks),
    )


def composite_chart(
    result: IndustryResult,
    sheet: str,
    voice: Voice,
    coming: Outlook | None = None,
    **place: int,
) -> Chart | None:
    """Return the chart of the composite with its dimensions; None with fewer than two months.

    It begins where the backtest does, so that the charts of a page can be read together. What
    rests on nowcasts has hollow points: see :func:`foretold`.
    """
    months = result.months[result.composite.notna().to_numpy()]
    if result.backtest is not None:
        months = months[months >= result.backtest.start]
    if len(months) < 2:
        return None
    known = result.dimensions.loc[months].notna().any()
    dimensions = [id for id in shown_dimensions(result) if known[id]]
    lines = [Line(f"dimension_{id}", f"dimension_{n}") for n, id in enumerate(dimensions)]
    title = "chart_composite" if lines else "chart_composite_alone"
    low, high = percentile_band(result)
    band = [Line("low", "low"), Line("high", "high")] if low.loc[months].notna().any() else []
    shown: list[pd.Series[float] | pd.DataFrame] = [
        result.composite,
        result.dimensions[dimensions],
        *([low, high] if band else []),
    ]
    made = _chart(
        LABELS[title],
        LABELS["sd"],
        (sheet, MONTHLY),
        (Line("composite", "composite"), *lines, *band),
        pd.concat(shown, axis=1).loc[months],
        voice,
        place,
    )
    held = result.definition.kind == "industry" and bool((result.signal.loc[months] == 1).any())
    made = replace(made, shade=HELD_MONTHS) if held else made
    return _with_hollow(made, foretold(result, coming)[months[0] :])


def foretold(result: IndustryResult, coming: Outlook | None) -> pd.Series[float]:
    """Return the composite of the months in which it rests on nowcasts.

    Under timing ``nowcast`` those of the past; and the next decision's, with every print that is
    due at its nowcast, where the outlook is of the month after the last.
    """
    past = result.composite.reindex(pd.DatetimeIndex(result.estimated_in))
    following = len(result.months) and result.months[-1] + pd.offsets.MonthEnd(1)
    if coming is None or coming.month != following or not math.isfinite(coming.composite):
        return past
    index = pd.DatetimeIndex([coming.month]).as_unit("ns")
    return pd.concat([past, pd.Series([coming.composite], index=index)])


def _with_hollow(made: Chart, values: pd.Series[float]) -> Chart:
    """Return a chart with hollow points too, and room for them."""
    if values.empty:
        return made
    low, high = min(made.axis[0], values.min()), max(made.axis[1], values.max())
    inside = (low, high) == made.axis[:2]
    return replace(
        made,
        lines=(*made.lines, HOLLOW),
        last=max(made.last, values.index[-1].date()),
        axis=made.axis if inside else axis_of(low, high),
    )


def percentile_band(result: IndustryResult) -> tuple[pd.Series[float], pd.Series[float]]:
    """Return the 20th and the 80th percentile of the composite over the months so far."""
    so_far = result.composite.expanding(PERCENTILE_MONTHS)
    return tuple(so_far.quantile(share) for share in BAND)  # type: ignore[return-value]


def net_value_charts(
    tested: Backtest, sheet: str, voice: Voice, places: tuple[dict[str, int], dict[str, int]]
) -> tuple[Chart, ...]:
    """Return the chart of net values and the one relative to the benchmark."""
    base = f"{tested.start:%Y-%m-%d}"
    y_label = f"净值（{base} = 1）", f"Net value ({base} = 1)"
    both = f"净值 Net value ({base} = 1)"
    frames = tested.nav, relative(tested)
    made = (
        _chart(
            LABELS[title],
            (both, both) if voice.language == "both" else y_label,
            (sheet, WEEKLY),
            tuple(Line(key, key) for key in values.columns),
            values,
            voice,
            place,
        )
        for title, values, place in zip(
            ("chart_nav", "chart_relative"), frames, places, strict=True
        )
    )
    both_axes = tuple(logarithmic(*pair) for pair in zip(made, frames, strict=True))
    whole = set(tested.position.unique()) <= {0.0, 1.0}
    # Shares of several industries are no times of holding one.
    return tuple(replace(chart, shade=HELD) if whole else chart for chart in both_axes)


def logarithmic(chart: Chart, values: pd.DataFrame) -> Chart:
    """Return a chart of net values on a logarithmic axis: equal distances are equal returns."""
    drawn = values.to_numpy(float)
    low, high = float(np.nanmin(drawn)), float(np.nanmax(drawn))
    ends = 2.0 ** math.floor(math.log2(low) + 1e-9), 2.0 ** math.ceil(math.log2(high) - 1e-9)
    if low <= 0 or ends[1] <= ends[0]:
        return chart
    return replace(chart, axis=(*ends, 2.0), log=True)


def share_chart(
    title: str, line: Line, values: pd.Series[float], sheet: str, voice: Voice, **place: int
) -> Chart:
    """Return the chart of a daily share of capital, as an area."""
    made = _chart(
        LABELS[title], LABELS["share"], (sheet, WEEKLY), (line,), values.to_frame(), voice, place
    )
    return replace(made, form="area", percent=True)


def week_ends(days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the last trading day of each week, and the first of all: the points of the charts."""
    weeks = days.to_period("W")
    last = np.append(weeks[1:] != weeks[:-1], True)
    last[0] = True
    kept: pd.DatetimeIndex = days[last]
    return kept


def drawdown(tested: Backtest) -> pd.Series[float]:
    """Return how far the strategy is below its highest value so far, as a decimal."""
    strategy = tested.nav["strategy"]
    return strategy / strategy.cummax() - 1.0


def relative(tested: Backtest) -> pd.DataFrame:
    """Return strategy and index over the benchmark, by trading day."""
    over = tested.nav[["strategy", "index"]].div(tested.nav["benchmark"], axis=0)
    return over.set_axis(list(RELATIVES), axis=1)


def shown_dimensions(result: IndustryResult) -> tuple[str, ...]:
    """Return the dimensions to show: all, but not a single one that is the composite itself."""
    ids = tuple(str(id) for id in result.dimensions.columns)
    if len(ids) == 1:
        same = np.allclose(result.dimensions.iloc[:, 0], result.composite, equal_nan=True)
        return () if same else ids
    return ids


def _chart(
    title: Pair,
    y_label: Pair,
    where: tuple[str, str],
    lines: tuple[Line, ...],
    values: pd.DataFrame,
    voice: Voice,
    place: dict[str, int],
) -> Chart:
    first, last = values.index[0], values.index[-1]
    drawn = values.to_numpy(float)
    ends = float(np.nanmin(drawn)), float(np.nanmax(drawn))
    span = month_words(f"{first:%Y-%m}", f"{last:%Y-%m}")
    return Chart(
        title=f"{voice.line(title)} · {span}",
        y_label=voice.line(y_label),
        description=f"{voice.line(title)}, {span}; {voice.line(y_label)}",
        sheet=where[0],
        block=where[1],
        lines=lines,
        first=first.date(),
        last=last.date(),
        axis=axis_of(*ends),
        at=place.get("at", 0),
        span=place.get("span", 0),
        rows=place.get("rows", Chart.rows),
    )


def _monthly(result: IndustryResult, voice: Voice, coming: Outlook | None) -> Block:
    sd, (low, high) = voice.label("sd_short"), percentile_band(result)
    hollow = foretold(result, coming)
    months = result.months.union(pd.DatetimeIndex(hollow.index))
    share, flag = voice.line(("0 至 1", "0 to 1")), voice.line(("1 或 0", "1 or 0"))
    dimensions: list[tuple[str, str, str, Kind, pd.Series[float]]] = [
        (f"dimension_{id}", _legend(result, id, voice), sd, "signed", result.dimensions[id])
        for id in shown_dimensions(result)
    ]
    shown: list[tuple[str, str, str, Kind, pd.Series[float]]] = [
        ("composite", voice.label("composite"), sd, "signed", result.composite),
        *dimensions,
        ("change", voice.label("change"), sd, "signed", result.change),
        ("percentile", voice.label("percentile"), share, "percent", result.percentile),
        ("low", voice.label("band_low"), sd, "signed", low),
        ("high", voice.label("band_high"), sd, "signed", high),
        ("signal", voice.label("signal"), flag, "count", result.signal),
    ]
    if len(hollow):
        shown.append((HOLLOW.column, voice.label("hollow"), sd, "signed", hollow))
    decided = result.decisions.reindex(months)
    if coming is not None and coming.month in hollow.index:
        decided = decided.where(decided.index != coming.month, coming.decision)
    columns = (
        dates("month", voice.label("month"), "month", months),
        dates("decision", voice.label("as_of"), "date", pd.DatetimeIndex(decided)),
        *(numbers(key, name, unit, kind, v.reindex(months)) for key, name, unit, kind, v in shown),
    )
    return Block(key=MONTHLY, title=voice.label("monthly"), columns=columns)


def weekly_block(
    tested: Backtest,
    voice: Voice,
    changed: Mapping[str, str] = {},
    others: Sequence[tuple[str, str, str, pd.Series[float]]] = (),
) -> Block:
    """Return position, net values and relative ones on the last trading day of each week.

    The drawdown is the deepest of the week, so that none is hidden by it.

    Parameters
    ----------
    tested, voice
        The backtest, and the reader's language.
    changed
        Labels that are not the usual ones, by the key of the series.
    others
        Further columns by trading day: key, label, unit and values.
    """
    label = {key: voice.label(key) for key in ("position", *LEVELS, *RELATIVES)} | dict(changed)
    base = f"{tested.start:%Y-%m-%d} = 1"
    days = week_ends(pd.DatetimeIndex(tested.nav.index))
    nav, over = (
        tested.nav.loc[days].round(NET_DECIMALS),
        relative(tested).loc[days].round(NET_DECIMALS),
    )
    fallen = drawdown(tested)
    down = fallen.groupby(days[days.searchsorted(fallen.index)]).min()
    columns = (
        dates("date", voice.label("date"), "date", days),
        numbers("position", label["position"], "", "share", tested.position.loc[days]),
        *(numbers(key, label[key], base, "net", nav[key]) for key in LEVELS),
        *(numbers(key, label[key], base, "net", over[key]) for key in RELATIVES),
        numbers("drawdown", voice.label("drawdown"), "", "percent", down.round(NET_DECIMALS)),
        *(numbers(k, name, unit, "net", v.loc[days]) for k, name, unit, v in others),
    )
    return Block(key=WEEKLY, title=voice.label("weekly"), columns=columns)


def _legend(result: IndustryResult, id: str, voice: Voice) -> str:
    dimension = result.definition.dimension(id)
    text = voice.line((dimension.name_zh, dimension.name_en))
    return text if len(text) <= LEGEND_LETTERS else f"{text[: LEGEND_LETTERS - 1]}…"
