"""Columns of the data sheets, and the axes that suit them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from prosperity_excel.report.spec import DataColumn, Kind


def axis_of(low: float, high: float) -> tuple[float, float, float]:
    """Return round ends and a round step, about five to a chart, that hold ``low`` and ``high``."""
    rough = max(high - low, 0.1) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough * (1 - 1e-9))
    ends = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return round(ends[0], 9), round(ends[1], 9), round(step, 9)


def numbers(key: str, label: str, unit: str, kind: Kind, values: pd.Series[float]) -> DataColumn:
    """Return a column of numbers; what is not finite is blank."""
    finite = values.astype(float).replace([np.inf, -np.inf], np.nan)
    shown = tuple(None if math.isnan(v) else v for v in finite.tolist())
    return DataColumn(key=key, label=label, unit=unit, kind=kind, values=shown)


def dates(key: str, label: str, kind: Kind, days: pd.DatetimeIndex) -> DataColumn:
    """Return a column of dates; NaT is blank."""
    shown = tuple(None if pd.isna(day) else day.date() for day in days)
    return DataColumn(key=key, label=label, unit="", kind=kind, values=shown)
