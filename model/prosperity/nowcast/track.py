"""A series as a sequence of publications, and which months come after each.

Everything here is causal in publications: what is said at the p-th rests on the first p alone. So
one pass over a series whose months were published in order serves every past day.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from prosperity.align import STEP_MONTHS
from prosperity.calendar import month_number
from prosperity.definition import Frequency
from prosperity.due import skipped_months

#: Publications ahead that are looked at; a series that is further behind is not nowcast.
STEPS = 3


@dataclass(frozen=True)
class Track:
    """A series by its own publications.

    Attributes
    ----------
    months : ndarray of int, (n,)
        Months since 1970-01, ascending.
    values : ndarray, (n,)
        Without NaN.
    step : int
        Months between two values, by the series' frequency.
    """

    months: np.ndarray
    values: np.ndarray
    step: int = 1

    def at(self, months: np.ndarray) -> np.ndarray:
        """Return the values of ``months``, in their shape; NaN where there is none."""
        if not len(self.months):
            return np.full(np.shape(months), np.nan)
        place = np.searchsorted(self.months, months)
        inside = np.clip(place, 0, len(self.months) - 1)
        return np.where(self.months[inside] == months, self.values[inside], np.nan)

    @cached_property
    def expected(self) -> np.ndarray:
        """The months (n, STEPS) that should come after each, by the habits known then.

        A month that the series habitually does not have, January of output say, is none.
        """
        ahead = self.months[:, None] + self.step * np.arange(1, STEPS + 1)
        if self.step > 1 or not len(self.months):
            return ahead
        gaps = np.flatnonzero(np.diff(self.months) > 1)
        if not len(gaps):
            return ahead
        dates = pd.DatetimeIndex(self.months.astype("datetime64[M]").astype("datetime64[ns]"))
        for p in range(int(gaps[0]) + 1, len(self.months)):
            skipped = skipped_months(dates[: p + 1])
            if skipped:
                coming = self.months[p] + np.arange(1, STEPS + 1 + 2 * len(skipped))
                kept = coming[~np.isin(coming % 12 + 1, list(skipped))]
                ahead[p] = kept[:STEPS]
        return ahead


def track_of(values: pd.Series[float], frequency: Frequency = "M") -> Track:
    """Return published values (month ends, ascending) as a track; NaN rows are left out."""
    known = values.dropna()
    months = month_number(pd.DatetimeIndex(known.index)).astype(int)
    return Track(months, known.to_numpy(float), STEP_MONTHS[frequency])
