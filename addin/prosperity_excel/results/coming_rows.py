"""What is due, as rows: the same for the shell, the cells and the sheets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
from prosperity.coming.outlook import Due, Outlook
from prosperity.nowcast.nowcasts import Nowcast
from prosperity.panel import Observations

from prosperity_excel.vintages import Kept, surprises
from prosperity_excel.words.coming_words import (
    crossing_words,
    due_words,
    method_words,
    number,
    share,
)
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.statements import MISSING

#: Heads of the table of prints that is read by people.
HEADS: tuple[Pair, ...] = (
    ("行业", "Industry"),
    ("指标", "Indicator"),
    ("月份", "Month"),
    ("公布", "Due"),
    ("最近值", "Last"),
    ("即时预测", "Nowcast"),
    ("10–90% 区间", "10–90% band"),
    ("方法", "Method"),
    ("翻转值", "Break-even"),
    ("单独翻转的概率", "Flips alone"),
)
#: Heads of the table of nowcasts.
NOWCAST_HEADS: tuple[Pair, ...] = (
    ("指标", "Indicator"),
    ("名称", "Name"),
    ("月份", "Month"),
    ("最迟公布", "Due by"),
    ("最近值", "Last"),
    ("最近月份", "Last month"),
    ("即时预测", "Nowcast"),
    ("下限", "Low"),
    ("上限", "High"),
    ("方法", "Method"),
    ("误差比（对最近值）", "Error to last value's"),
)


#: Heads of the record of past nowcasts.
RECORD_HEADS: tuple[Pair, ...] = (
    ("指标", "Indicator"),
    ("月份", "Month"),
    ("预测于", "Shown on"),
    ("方法", "Method"),
    ("即时预测", "Nowcast"),
    ("公布值", "Published"),
    ("误差", "Miss"),
    ("误差/以往误差", "Miss in past errors"),
)


def due_rows(outlooks: Sequence[Outlook]) -> list[tuple[Pair, ...]]:
    """Return a row a print that comes before an industry's next decision."""
    return [_row(found, due) for found in outlooks for due in found.prints]


def _row(found: Outlook, due: Due) -> tuple[Pair, ...]:
    one, said = due.print, due.nowcast
    model = found.definition
    plain = (
        f"{one.period:%Y-%m}",
        due_words(one),
        MISSING if said is None else number(said.last),
        MISSING if said is None else number(said.value),
        band_text(said),
        (MISSING, MISSING) if said is None else method_words(said.method),
        crossing_words(due),
        share(due.flips) if due.varied else MISSING,
    )
    names: tuple[Pair, ...] = ((model.name_zh, model.name_en), (one.name_zh, one.name_en))
    return (*names, *(cell if isinstance(cell, tuple) else (cell, cell) for cell in plain))


def band_text(said: Nowcast | None) -> str:
    """Return the band of a nowcast as it is shown."""
    if said is None or not math.isfinite(said.low):
        return MISSING
    return f"{number(said.low)} … {number(said.high)}"


def nowcast_rows(found: Mapping[str, Sequence[Nowcast]]) -> list[tuple[Pair, ...]]:
    """Return a row a nowcast, in order of the months and ids."""
    every = sorted((one for ones in found.values() for one in ones), key=lambda n: (n.period, n.id))
    return [_nowcast_row(one) for one in every]


def _nowcast_row(one: Nowcast) -> tuple[Pair, ...]:
    ratio = one.ratio if one.is_nowcast else one.best_ratio
    shown = f"{ratio:.2f}" if math.isfinite(ratio) else MISSING
    cells: tuple[str | Pair, ...] = (
        one.id,
        (one.name_zh, one.name_en),
        f"{one.period:%Y-%m}",
        f"{one.due:%Y-%m-%d}",
        number(one.last),
        f"{one.last_period:%Y-%m}",
        number(one.value),
        number(one.low),
        number(one.high),
        method_words(one.method),
        shown,
    )
    return tuple(cell if isinstance(cell, tuple) else (cell, cell) for cell in cells)


def record_rows(kept: Sequence[Kept], series: Mapping[str, Observations]) -> list[tuple[Pair, ...]]:
    """Return a row a nowcast that was kept: the last one before each print, and those that wait."""
    published = published_values(series)
    judged = {(s.kept.series, s.kept.period): s for s in surprises(kept, published)}
    waiting = {
        (one.series, one.period): one
        for one in kept
        if one.period not in published.get(one.series, {})
    }
    rows = []
    for key in sorted({*judged, *waiting}, key=lambda k: (k[1], k[0])):
        told = judged.get(key)
        one = waiting[key] if told is None else told.kept
        sized = told is not None and told.size is not None
        cells: tuple[str | Pair, ...] = (
            one.series,
            f"{one.period:%Y-%m}",
            f"{one.made_on:%Y-%m-%d}",
            method_words(one.method),
            number(one.value),
            MISSING if told is None else number(told.published),
            MISSING if told is None else f"{told.miss:+.2f}",
            f"{told.size:+.1f}" if told is not None and sized else MISSING,
        )
        rows.append(tuple(cell if isinstance(cell, tuple) else (cell, cell) for cell in cells))
    return rows


def published_values(
    series: Mapping[str, Observations],
) -> dict[str, dict[date, tuple[float, date]]]:
    """Return each published value and its release date, by indicator id and month end."""
    found = {}
    for id, one in series.items():
        frame = one.frame
        periods = [day.date() for day in pd.DatetimeIndex(frame.index)]
        released = [day.date() for day in pd.DatetimeIndex(frame["release"])]
        values = frame["value"].tolist()
        found[id] = dict(zip(periods, zip(values, released, strict=True), strict=True))
    return found


def cell_rows(found: Outlook, language_of: Any) -> list[list[Any]]:
    """Return the table of an outlook for a worksheet: dates as dates, numbers as numbers.

    Parameters
    ----------
    found
        The outlook.
    language_of
        Puts a pair of texts into the reader's language.
    """
    heads: tuple[Pair, ...] = (
        ("指标", "Indicator"), ("月份", "Month"), ("预计公布", "Expected"),
        ("最迟公布", "Latest"), ("最近值", "Last"), ("即时预测", "Nowcast"),
        ("下限", "Low"), ("上限", "High"), ("翻转值", "Break-even"),
        ("单独翻转的概率", "Flips alone"), ("说明", "Remark"),
    )  # fmt: skip
    rows: list[list[Any]] = [[language_of(head) for head in heads]]
    for due in found.prints:
        one, said = due.print, due.nowcast
        figures = [math.nan] * 4 if said is None else [said.last, said.value, said.low, said.high]
        nearest = math.nan
        if due.crossings and said is not None:
            middle = said.value
            nearest = min((c.value for c in due.crossings), key=lambda v: abs(v - middle))
        remark = language_of(crossing_words(due))
        if one.overdue:
            remark = f"{language_of(due_words(one))}; {remark}"
        rows.append(
            [
                language_of((one.name_zh, one.name_en)),
                _date(one.period),
                _date(one.expected),
                _date(one.latest),
                *figures,
                nearest,
                due.flips,
                remark,
            ]
        )
    return rows


def _date(day: Any) -> datetime:
    found: datetime = day.to_pydatetime()
    return found
