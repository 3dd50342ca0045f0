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
from prosperity_excel.report.hollow import HOLLOW, foretold, with_hollow
from prosperity_excel.report.spec import Block, Chart, DataColumn, DataSheet, Kind, Line, Link
from prosperity_excel.report.waterfall import waterfall_block
from prosperity_excel.words.chart_findings import (
    SHADED,
    composite_finding,
    levels_finding,
    relative_finding,
)
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import LABELS, Voice, month_words
from prosperity_excel.words.sentences import NOTES

MONTHLY, WEEKLY = "monthly", "weekly"
#: Percentiles between which the composite usually is.
BAND = (0.2, 0.8)
LEVELS = ("strategy", "index", "benchmark")
RELATIVES = ("strategy_relative", "index_relative")
#: What stands at the ends of their lines: the titles of the charts say which they are.
END_NAMES: dict[str, Pair] = {
    "strategy": ("策略", "Strategy"),
    "index": ("指数", "Index"),
    "benchmark": ("基准", "Market"),
    "strategy_relative": ("策略", "Strategy"),
    "index_relative": ("指数", "Index"),
}
#: More decimals of a net value only make the file larger.
NET_DECIMALS = 5
#: Areas behind charts while the industry is held: to the ends of each chart's axis.
HELD_LEVELS, HELD_RELATIVES = Line("held_levels", "held"), Line("held_relatives", "held")
HELD_MONTHS = Line("held_above", "held"), Line("held_below", "held")
#: Lines of a chart that are named at their ends, and dimensions that are drawn at most.
MOST_ENDS, MOST_DIMENSIONS = 4, 4
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

    It begins where the backtest does, so that the charts of a page can be read together. Of many
    dimensions those are drawn that are furthest from zero now. What rests on nowcasts has hollow
    points: see :func:`foretold`.
    """
    months = _charted_months(result)
    if len(months) < 2:
        return None
    dimensions = drawn_dimensions(result, months)
    lines = [Line(f"dimension_{id}", f"dimension_{n}") for n, id in enumerate(dimensions)]
    low, high = percentile_band(result)
    band = [Line("low", "low"), Line("high", "high")] if low.loc[months].notna().any() else []
    shown: dict[str, pd.Series[float]] = {
        "composite": result.composite,
        **{f"dimension_{id}": result.dimensions[id] for id in dimensions},
        **({"low": low, "high": high} if band else {}),
    }
    held = result.definition.kind == "industry" and bool((result.signal.loc[months] == 1).any())
    made = _chart(
        voice.stack(composite_finding(result)),
        LABELS["sd"],
        (sheet, MONTHLY),
        (Line("composite", "composite"), *lines, *band),
        pd.DataFrame(shown).loc[months],
        voice,
        place,
        held=held,
    )
    names = {
        "composite": voice.label("composite"),
        "low": voice.line(("20%分位", "20th pct")),
        "high": voice.line(("80%分位", "80th pct")),
        **{f"dimension_{id}": _legend(result, id, voice) for id in dimensions},
    }
    ends = _ends(made.lines, shown, months, names, "+.2f") if len(lines) < MOST_ENDS else ()
    made = replace(made, ends=ends, shades=HELD_MONTHS if held else ())
    return with_hollow(made, foretold(result, coming)[months[0] :], voice)


def _charted_months(result: IndustryResult) -> pd.DatetimeIndex:
    months = result.months[result.composite.notna().to_numpy()]
    return months if result.backtest is None else months[months >= result.backtest.start]


def drawn_dimensions(result: IndustryResult, months: pd.DatetimeIndex) -> list[str]:
    """Return the dimensions that a chart shows: of many those that are furthest from zero now."""
    known = result.dimensions.loc[months].notna().any()
    ids = [id for id in shown_dimensions(result) if known[id]]
    if len(ids) <= MOST_DIMENSIONS:
        return ids
    last = result.dimensions[ids].loc[months[-1]].abs().fillna(0.0).to_numpy(float)
    now = dict(zip(ids, last.tolist(), strict=True))
    kept = sorted(ids, key=lambda id: -now[id])[:MOST_DIMENSIONS]
    return [id for id in ids if id in kept]


def _ends(
    lines: Sequence[Line],
    shown: Mapping[str, pd.Series[float]],
    index: pd.DatetimeIndex,
    names: Mapping[str, str],
    form: str,
) -> tuple[str, ...]:
    """Return what stands at the end of each line: its name and its last value."""
    last = {key: shown[key].reindex(index).dropna() for key in (line.column for line in lines)}
    if any(values.empty or values.index[-1] != index[-1] for values in last.values()):
        return ()  # a line that ends earlier would carry its name in the middle of the chart
    return tuple(
        f"{names[line.column]} {round(float(last[line.column].iloc[-1]), 2) + 0.0:{form}}"
        for line in lines
    )


def percentile_band(result: IndustryResult) -> tuple[pd.Series[float], pd.Series[float]]:
    """Return the 20th and the 80th percentile of the composite over the months so far."""
    so_far = result.composite.expanding(PERCENTILE_MONTHS)
    return tuple(so_far.quantile(share) for share in BAND)  # type: ignore[return-value]


def net_value_charts(
    tested: Backtest,
    sheet: str,
    voice: Voice,
    places: tuple[dict[str, int], dict[str, int]],
    names: Mapping[str, str] = {},
) -> tuple[Chart, ...]:
    """Return the chart of net values and the one relative to the benchmark.

    ``names`` are names of lines that differ from the usual ones, by the key of the series.
    """
    unit = "净值，首日为 1，对数轴", "first day = 1, log axis"
    whole = held_wholly(tested)
    frames = tested.nav[list(LEVELS)], relative(tested)
    found = levels_finding(tested), relative_finding(tested)
    shades = HELD_LEVELS, HELD_RELATIVES
    days = week_ends(pd.DatetimeIndex(tested.nav.index))
    labels = {key: voice.line(pair) for key, pair in END_NAMES.items()} | dict(names)
    made = []
    for title, values, place, shade in zip(found, frames, places, shades, strict=True):
        lines = tuple(Line(key, key) for key in values.columns)
        chart = logarithmic(
            _chart(
                voice.stack(title), unit, (sheet, WEEKLY), lines, values, voice, place, held=whole
            ),
            values,
        )
        ends = _ends(lines, dict(values.items()), days, labels, ".2f")  # type: ignore[arg-type]
        made.append(replace(chart, ends=ends, shades=(shade,) if whole else ()))
    return tuple(made)


def held_wholly(tested: Backtest) -> bool:
    """Whether it holds all of the industry or none; shares of several are no times of holding."""
    return set(tested.position.unique()) <= {0.0, 1.0}


def net_axis(values: pd.DataFrame) -> tuple[tuple[float, float, float], bool]:
    """Return the axis of net values, and whether it is logarithmic: powers of two."""
    drawn = values.to_numpy(float)
    low, high = float(np.nanmin(drawn)), float(np.nanmax(drawn))
    if low <= 0 or not math.isfinite(low + high):
        return axis_of(low, high), False
    ends = 2.0 ** math.floor(math.log2(low) + 1e-9), 2.0 ** math.ceil(math.log2(high) - 1e-9)
    return (axis_of(low, high), False) if ends[1] <= ends[0] else ((*ends, 2.0), True)


def logarithmic(chart: Chart, values: pd.DataFrame) -> Chart:
    """Return a chart of net values on a logarithmic axis: equal distances are equal returns."""
    axis, log = net_axis(values)
    return replace(chart, axis=axis, log=log)


def share_chart(
    title: Pair, line: Line, values: pd.Series[float], sheet: str, voice: Voice, **place: int
) -> Chart:
    """Return the chart of a daily share of capital, as an area."""
    made = _chart(
        voice.stack(title),
        LABELS["share"],
        (sheet, WEEKLY),
        (line,),
        values.to_frame(),
        voice,
        place,
    )
    return replace(made, form="area", percent=True, ends=())


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
    title: str,
    unit: Pair,
    where: tuple[str, str],
    lines: tuple[Line, ...],
    values: pd.DataFrame,
    voice: Voice,
    place: dict[str, int],
    *,
    held: bool = False,
) -> Chart:
    first, last = values.index[0], values.index[-1]
    drawn = values.to_numpy(float)
    ends = float(np.nanmin(drawn)), float(np.nanmax(drawn))
    said = [voice.line(unit), month_words(f"{first:%Y-%m}", f"{last:%Y-%m}")]
    if held:
        said.append(voice.line(SHADED))
    subtitle = " · ".join(said)
    return Chart(
        title=title,
        subtitle=subtitle,
        y_label=voice.line(unit),
        description=f"{title}; {subtitle}".replace("\n", " "),
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
    lowest, highest = _monthly_axis(result, hollow)
    held = result.signal == 1
    for line, end in zip(HELD_MONTHS, (highest, lowest), strict=True):
        area = pd.Series(np.where(held, end, 0.0), result.months)
        shown.append((line.column, voice.label("held_area"), "", "number", area))
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


def _monthly_axis(result: IndustryResult, hollow: pd.Series[float]) -> tuple[float, float]:
    """Return the ends of the composite chart's axis."""
    months = _charted_months(result)
    if len(months) < 2:
        return 0.0, 0.0
    low, high = percentile_band(result)
    dimensions = result.dimensions[drawn_dimensions(result, months)]
    drawn = pd.concat([result.composite, dimensions, low, high], axis=1).loc[months].to_numpy(float)
    lowest, highest, _ = axis_of(float(np.nanmin(drawn)), float(np.nanmax(drawn)))
    after = hollow[months[0] :]
    if len(after) and not (lowest <= after.min() and after.max() <= highest):
        lowest, highest, _ = axis_of(min(lowest, after.min()), max(highest, after.max()))
    return min(lowest, 0.0), max(highest, 0.0)


def _area(
    key: str, held: np.ndarray, end: float, base: float, index: pd.Index, voice: Voice
) -> list[DataColumn]:
    """Return the series of an area behind a chart."""
    values = pd.Series(np.where(held, end, base), index)
    return [numbers(key, voice.label("held_area"), "", "number", values)]


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
        *_held_areas(tested, days, voice),
        *(numbers(k, name, unit, "net", v.loc[days]) for k, name, unit, v in others),
    )
    return Block(key=WEEKLY, title=voice.label("weekly"), columns=columns)


def _held_areas(tested: Backtest, days: pd.DatetimeIndex, voice: Voice) -> list[DataColumn]:
    """Return the areas behind the charts of net values; none where shares are held."""
    if not held_wholly(tested):
        return []
    held = tested.position.loc[days].to_numpy(float) > 0
    found = []
    frames = tested.nav[list(LEVELS)], relative(tested)
    for line, values in zip((HELD_LEVELS, HELD_RELATIVES), frames, strict=True):
        (low, high, _), _log = net_axis(values)
        found += _area(line.column, held, high, low, days, voice)
    return found


def _legend(result: IndustryResult, id: str, voice: Voice) -> str:
    dimension = result.definition.dimension(id)
    text = voice.line((dimension.name_zh, dimension.name_en))
    return text if len(text) <= LEGEND_LETTERS else f"{text[: LEGEND_LETTERS - 1]}…"
