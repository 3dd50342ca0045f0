"""The series behind a model's charts, as a data sheet, and the charts that show them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from prosperity.backtest import Backtest
from prosperity.evaluation import IndustryResult

from prosperity_excel.writing.labels import LABELS, Pair, Voice, month_words
from prosperity_excel.writing.spec import Block, Chart, DataColumn, DataSheet, Kind, Line, Link
from prosperity_excel.writing.texts import NOTES

MONTHLY, DAILY = "monthly", "daily"
LEVELS = ("strategy", "index", "benchmark")
RELATIVES = ("strategy_relative", "index_relative")
#: More decimals of a net value only make the file larger.
NET_DECIMALS = 8
#: Names in a legend are cut here; the tables hold them in full.
LEGEND_LETTERS = 40


def data_sheet(result: IndustryResult, sheet: str, back: str, voice: Voice) -> DataSheet:
    """Return the data sheet of one model.

    Parameters
    ----------
    result
        The model's result.
    sheet, back
        Name of the data sheet, and of the page that it leads back to.
    voice
        The reader's language.
    """
    definition = result.definition
    name = voice.line((definition.name_zh, definition.name_en))
    blocks = [_monthly(result, voice)]
    if result.backtest is not None:
        blocks.append(daily_block(result.backtest, voice))
    return DataSheet(
        id=sheet,
        title=f"{name} · {voice.label('data')}",
        note=voice.line(NOTES["data"]),
        back=Link(f"← {voice.label('to_page')}", back),
        blocks=tuple(blocks),
    )


def composite_chart(result: IndustryResult, sheet: str, voice: Voice, **place: int) -> Chart | None:
    """Return the chart of the composite with its dimensions; None with fewer than two months.

    It begins where the backtest does, so that the charts of a page can be read together.
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
    return _chart(
        LABELS[title],
        LABELS["sd"],
        (sheet, MONTHLY),
        (Line("composite", "composite"), *lines),
        pd.concat([result.composite, result.dimensions[dimensions]], axis=1).loc[months],
        voice,
        place,
    )


def net_value_charts(
    tested: Backtest, sheet: str, voice: Voice, places: tuple[dict[str, int], dict[str, int]]
) -> tuple[Chart, ...]:
    """Return the chart of net values and the one relative to the benchmark."""
    base = f"{tested.start:%Y-%m-%d}"
    y_label = f"净值（{base} = 1）", f"Net value ({base} = 1)"
    both = f"净值 Net value ({base} = 1)"
    return tuple(
        _chart(
            LABELS[title],
            (both, both) if voice.language == "both" else y_label,
            (sheet, DAILY),
            tuple(Line(key, key) for key in values.columns),
            values,
            voice,
            place,
        )
        for title, values, place in zip(
            ("chart_nav", "chart_relative"), (tested.nav, relative(tested)), places, strict=True
        )
    )


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


def axis_of(low: float, high: float) -> tuple[float, float, float]:
    """Return round ends and a round step, about five to a chart, that hold ``low`` and ``high``."""
    rough = max(high - low, 0.1) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough * (1 - 1e-9))
    ends = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return round(ends[0], 9), round(ends[1], 9), round(step, 9)


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
        **place,
    )


def _monthly(result: IndustryResult, voice: Voice) -> Block:
    sd = voice.label("sd_short")
    share, flag = voice.line(("0 至 1", "0 to 1")), voice.line(("1 或 0", "1 or 0"))
    dimensions = [
        numbers(f"dimension_{id}", _legend(result, id, voice), sd, "signed", result.dimensions[id])
        for id in shown_dimensions(result)
    ]
    columns = (
        dates("month", voice.label("month"), "month", result.months),
        dates("decision", voice.label("as_of"), "date", pd.DatetimeIndex(result.decisions)),
        numbers("composite", voice.label("composite"), sd, "signed", result.composite),
        *dimensions,
        numbers("change", voice.label("change"), sd, "signed", result.change),
        numbers("percentile", voice.label("percentile"), share, "percent", result.percentile),
        numbers("signal", voice.label("signal"), flag, "count", result.signal),
    )
    return Block(key=MONTHLY, title=voice.label("monthly"), columns=columns)


def daily_block(tested: Backtest, voice: Voice, changed: Mapping[str, str] = {}) -> Block:
    """Return position, net values and relative ones by trading day.

    Parameters
    ----------
    tested, voice
        The backtest, and the reader's language.
    changed
        Labels that are not the usual ones, by the key of the series.
    """
    label = {key: voice.label(key) for key in ("position", *LEVELS, *RELATIVES)} | dict(changed)
    base = f"{tested.start:%Y-%m-%d} = 1"
    nav, over = tested.nav.round(NET_DECIMALS), relative(tested).round(NET_DECIMALS)
    columns = (
        dates("date", voice.label("date"), "date", pd.DatetimeIndex(nav.index)),
        numbers("position", label["position"], "", "share", tested.position),
        *(numbers(key, label[key], base, "net", nav[key]) for key in LEVELS),
        *(numbers(key, label[key], base, "net", over[key]) for key in RELATIVES),
    )
    return Block(key=DAILY, title=voice.label("daily"), columns=columns)


def _legend(result: IndustryResult, id: str, voice: Voice) -> str:
    dimension = result.definition.dimension(id)
    text = voice.line((dimension.name_zh, dimension.name_en))
    return text if len(text) <= LEGEND_LETTERS else f"{text[: LEGEND_LETTERS - 1]}…"


def numbers(key: str, label: str, unit: str, kind: Kind, values: pd.Series[float]) -> DataColumn:
    """Return a column of numbers; what is not finite is blank."""
    finite = values.astype(float).replace([np.inf, -np.inf], np.nan)
    shown = tuple(None if math.isnan(v) else v for v in finite.tolist())
    return DataColumn(key=key, label=label, unit=unit, kind=kind, values=shown)


def dates(key: str, label: str, kind: Kind, days: pd.DatetimeIndex) -> DataColumn:
    """Return a column of dates; NaT is blank."""
    shown = tuple(None if pd.isna(day) else day.date() for day in days)
    return DataColumn(key=key, label=label, unit="", kind=kind, values=shown)
