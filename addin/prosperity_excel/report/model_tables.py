"""The tables of a model's page: indicators and backtest statistics."""

from __future__ import annotations

from datetime import date

import pandas as pd
from prosperity.backtest import STATISTICS, Backtest
from prosperity.definition import Indicator
from prosperity.evaluation import IndustryResult

from prosperity_excel.report.spec import Column, Figure, Kind, Table, Value
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import (
    LABELS,
    PROVENANCE,
    Voice,
    unit_pair,
)

#: Columns of the indicator table, which are the grid of the page: label -> width, kind.
INDICATOR_COLUMNS: dict[str, tuple[float, Kind]] = {
    "indicator": (34, "text"),
    "dimension": (11, "text"),
    "direction": (11, "count"),
    "loading": (11, "number"),
    "value": (11, "number"),
    "unit": (11, "text"),
    "month": (11, "month"),
    "release": (11, "date"),
    "age": (11, "count"),
    "score": (11, "signed"),
    "contribution": (11, "signed"),
    "change_contribution": (11, "signed"),
    "provenance": (11, "text"),
}
GRID = tuple(width for width, _ in INDICATOR_COLUMNS.values())
#: Kinds of prosperity.backtest.STATISTICS -> kinds of cells.
STATISTIC_KINDS: dict[str, Kind] = {"percent": "percent", "ratio": "number", "count": "count"}
LEFT_ROWS = 9
LEFT_SPANS = (2, 2)
RIGHT_AT, RIGHT_SPANS = 7, (4, 2)


def indicator_table(result: IndustryResult, voice: Voice) -> Table:
    """Return the members of a model with what they add to it; the last row is the sum."""
    columns = tuple(
        Column(label=voice.heading(key), kind=kind) for key, (_, kind) in INDICATOR_COLUMNS.items()
    )
    month = result.latest
    rows = [_indicator_row(result, i, month, voice) for i in result.definition.members]
    sums = (at(result.composite, month), at(result.change, month))
    rows.append((voice.label("total"), *("",) * (len(GRID) - 4), *sums, ""))
    return Table(columns=columns, rows=tuple(rows), total=True)


def statistic_tables(tested: Backtest, voice: Voice) -> tuple[Table, Table]:
    """Return the statistics of a backtest in two tables side by side."""
    ours = f"{tested.start:%Y-%m-%d} –\n{tested.end:%Y-%m-%d}"
    labels = [voice.label("statistic"), f"{voice.label('ours')}\n{ours}"]
    rows = [
        (voice.line(STATISTICS[key][:2]), Figure(value, STATISTIC_KINDS[STATISTICS[key][2]]))
        for key, value in tested.statistics.items()
    ]
    return (
        Table(columns=_statistic_columns(labels, LEFT_SPANS), rows=tuple(rows[:LEFT_ROWS])),
        Table(
            columns=_statistic_columns([labels[0], voice.label("ours")], RIGHT_SPANS),
            rows=tuple(rows[LEFT_ROWS:]),
            at=RIGHT_AT,
        ),
    )


def at(values: pd.Series[float] | pd.Series[pd.Timestamp], month: pd.Timestamp | None) -> Value:
    """Return the value of a month as a cell; missing where there is no such month."""
    value = None if month is None or month not in values.index else values[month]
    if value is None or pd.isna(value):
        return None
    return _day(value) if isinstance(value, pd.Timestamp) else float(value)


def _day(value: pd.Timestamp) -> date:
    return value.date()


def _statistic_columns(labels: list[str], spans: tuple[int, ...]) -> tuple[Column, ...]:
    kinds: tuple[Kind, ...] = ("text", "percent")
    return tuple(
        Column(label=label, kind=kind, span=span)
        for label, kind, span in zip(labels, kinds, spans, strict=False)
    )


def _indicator_row(
    result: IndustryResult, indicator: Indicator, month: pd.Timestamp | None, voice: Voice
) -> tuple[Value, ...]:
    id = indicator.id
    dimension = result.definition.dimension(indicator.dimension)
    composed = bool(indicator.composite)
    weight = at(result.weights[id], month) if id in result.weights else None
    unit: Pair = LABELS["sd_short"] if composed else unit_pair(indicator.unit)
    return (
        voice.stack((indicator.name_zh, indicator.name_en)),
        voice.stack((dimension.name_zh, dimension.name_en)),
        effective_sign(indicator, weight),
        weight,
        at(result.stages["raw"][id], month),
        voice.stack(unit),
        at(result.periods[id], month),
        at(result.releases[id], month),
        _months_old(result, id, month),
        at(result.stages["score"][id], month),
        at(result.contributions[id], month),
        at(result.change_contributions[id], month),
        voice.stack(PROVENANCE[indicator.provenance]),
    )


def effective_sign(indicator: Indicator, weight: Value) -> str:
    """Return the sign with which an indicator counts; with ``!`` where a loading turned it."""
    own = 1.0 if indicator.sign > 0 else -1.0
    turned = isinstance(weight, float) and weight < 0
    now = -own if turned else own
    return ("+" if now > 0 else "−") + (" !" if turned else "")


def _months_old(result: IndustryResult, id: str, month: pd.Timestamp | None) -> Value:
    """Return how many months before the decided one the last value is."""
    period = pd.NaT if month is None else result.periods[id][month]
    if month is None or pd.isna(period):
        return None
    return float((month.year - period.year) * 12 + month.month - period.month)
