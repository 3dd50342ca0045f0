"""When a row of a system's sheet became public, by the rule of its input."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prosperity.calendar import TradingCalendar, release_dates
from prosperity.schedule import LONGEST_HOLIDAY, trading_days
from prosperity.systems.spec import Input


def released(one: Input, dates: pd.DatetimeIndex, calendar: TradingCalendar) -> pd.DatetimeIndex:
    """Return the days on which the values of some dates became public, where none is stated.

    Parameters
    ----------
    one
        Its ``lag_days`` and ``frequency`` are as for a series; then ``lag_trading_days`` trading
        days pass.
    dates
        Dates of the rows, ascending.
    calendar
        The trading days; weekdays where prices are monthly.
    """
    days = release_dates(dates, one.lag_days, one.frequency, calendar)
    if not one.lag_trading_days or not len(days):
        return days
    after = days.max() + pd.Timedelta(days=LONGEST_HOLIDAY + 2 * one.lag_trading_days)
    if calendar.monthly:
        open_days = pd.bdate_range(days.min(), after)
    else:
        open_days = trading_days(calendar, days.min(), after)
    place = np.asarray(open_days.searchsorted(days, side="right")) + one.lag_trading_days - 1
    return pd.DatetimeIndex(open_days[place])
