"""Hollow points: the composite of months in which it rests on nowcasts."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
from prosperity.coming.outlook import Outlook
from prosperity.evaluation import IndustryResult

from prosperity_excel.report.data_columns import axis_of
from prosperity_excel.report.spec import Chart, Line
from prosperity_excel.words.report_words import Voice

#: The composite of months in which it rests on nowcasts.
HOLLOW = Line("nowcast", "nowcast")


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


def with_hollow(made: Chart, values: pd.Series[float], voice: Voice) -> Chart:
    """Return a chart with hollow points too, and room for them."""
    if values.empty:
        return made
    low, high = min(made.axis[0], values.min()), max(made.axis[1], values.max())
    inside = (low, high) == made.axis[:2]
    return replace(
        made,
        subtitle=f"{made.subtitle} · ○ {voice.label('hollow')}",
        lines=(*made.lines, HOLLOW),
        last=max(made.last, values.index[-1].date()),
        axis=made.axis if inside else axis_of(low, high),
    )
