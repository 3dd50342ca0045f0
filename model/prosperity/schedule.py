"""On which days decisions are made: by month, by week, each day, or on listed dates.

Each date is a trading day, by the prices where they show it and by the exchange's calendar where
they do not (:class:`prosperity.calendar.TradingCalendar`), so holidays are respected: the last
trading day of the week before the Spring Festival is that week's decision, and a week without
trading has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from prosperity.calendar import TradingCalendar, month_range, needs_daily_prices
from prosperity.errors import DataError

By = Literal["month_end", "sixth", "week_end", "day", "listed"]
#: No holiday of an exchange is longer than this many days.
LONGEST_HOLIDAY = 31


@dataclass(frozen=True)
class Schedule:
    """When decisions are made.

    Attributes
    ----------
    by : {"month_end", "sixth", "week_end", "day", "listed"}
        ``month_end``: the last trading day of each month. ``sixth``: the last trading day on or
        before the 6th of each month. ``week_end``: the last trading day of each week, Monday to
        Sunday. ``day``: each trading day. ``listed``: the ``listed`` dates; one that is no
        trading day is moved to the next, since what was decided then was not known before.
    listed : tuple of Timestamp
        Dates, in any order, for ``listed`` alone.

    Raises
    ------
    DataError
        When dates are listed and another rule is asked for, or none are for ``listed``, or one is
        missing (``bad_schedule``).
    """

    by: By
    listed: tuple[pd.Timestamp, ...] = ()

    def __post_init__(self) -> None:
        if (self.by == "listed") != bool(self.listed) or pd.isna(list(self.listed)).any():
            raise DataError(
                "bad_schedule",
                "决策日为 listed 时必须且只有这时才列出日期，日期不能为空。",
                "Dates are listed if and only if the schedule is 'listed', and none is missing.",
            )

    def dates(
        self, calendar: TradingCalendar, first: pd.Timestamp, last: pd.Timestamp
    ) -> pd.DatetimeIndex:
        """Return the decision dates from ``first`` to ``last``, both included.

        Parameters
        ----------
        calendar
            The trading days.
        first, last
            Calendar days. A month or week that reaches over ``last`` has its decision only when
            its own last trading day is not after it.

        Returns
        -------
        DatetimeIndex
            Ascending, each once; may be empty.

        Raises
        ------
        DataError
            When prices are monthly and decisions are not those of month ends
            (``needs_daily_prices``).
        """
        if self.by != "month_end" and calendar.monthly:
            raise needs_daily_prices()
        found = self._around(calendar, first, last).unique().sort_values()
        return found[(found >= first) & (found <= last)]

    def _around(
        self, calendar: TradingCalendar, first: pd.Timestamp, last: pd.Timestamp
    ) -> pd.DatetimeIndex:
        """Return the dates, and perhaps some before and after."""
        months = month_range(first - pd.offsets.MonthEnd(2), last + pd.offsets.MonthEnd(1))
        if self.by in ("month_end", "sixth"):
            return calendar.decision_dates(months, "sixth" if self.by == "sixth" else "month_end")
        if self.by == "week_end":
            sundays = pd.date_range(first, last + pd.Timedelta(days=6), freq="W-SUN")
            ends = calendar.last_on_or_before(sundays)
            return ends[np.asarray(sundays - ends < pd.Timedelta(days=7))]
        if self.by == "day":
            return trading_days(calendar, first, last)
        listed = pd.DatetimeIndex(self.listed).sort_values()
        after = listed[-1] + pd.Timedelta(days=LONGEST_HOLIDAY)
        days = trading_days(calendar, listed[0], after)
        places = np.asarray(days.searchsorted(listed))
        return days[places[places < len(days)]]


def trading_days(
    calendar: TradingCalendar, first: pd.Timestamp, last: pd.Timestamp
) -> pd.DatetimeIndex:
    """Return every trading day from ``first`` to ``last``, both included; daily prices only."""
    every = pd.date_range(first, last)
    return every[np.asarray(calendar.last_on_or_before(every) == every)]
