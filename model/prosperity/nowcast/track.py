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
from prosperity.due import SKIPPED, skipped_so_far

#: Publications ahead that are looked at; a series that is further behind is not nowcast.
STEPS = 3
YEAR = 12


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
        months = self.months[:, None]
        if self.step > 1 or not len(self.months):
            return months + self.step * np.arange(1, STEPS + 1)
        coming = months + np.arange(1, STEPS + 1 + 2 * len(SKIPPED))
        of_year = coming % YEAR + 1
        skipped = np.zeros(coming.shape, dtype=bool)
        for number, habit in skipped_so_far(self.months).items():
            skipped |= habit[:, None] & (of_year == number)
        # Those that are not skipped come first, in their order.
        order = np.argsort(skipped, axis=1, kind="stable")[:, :STEPS]
        found: np.ndarray = np.take_along_axis(coming, order, axis=1)
        return found


def track_of(values: pd.Series[float], frequency: Frequency = "M") -> Track:
    """Return published values (month ends, ascending) as a track; NaN rows are left out."""
    known = values.dropna()
    months = month_number(pd.DatetimeIndex(known.index)).astype(int)
    return Track(months, known.to_numpy(float), STEP_MONTHS[frequency])
