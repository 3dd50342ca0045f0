"""Months as plain arrays: a month is written as its last calendar day.

They stand in the way of every series that is read and aligned, where offsets of pandas would walk
from month to month.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def month_ends(days: np.ndarray) -> np.ndarray:
    """Return the last calendar day of each day's month, as nanoseconds; NaT stays NaT."""
    following = days.astype("datetime64[M]") + 1
    return (following.astype("datetime64[D]") - 1).astype("datetime64[ns]")


def month_range(first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """Return every month-end from the month of ``first`` to the month of ``last``."""
    begin, end = (day.to_datetime64().astype("datetime64[M]") for day in (first, last))
    return pd.DatetimeIndex(month_ends(np.arange(begin, end + 1)))
