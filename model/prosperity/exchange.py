"""The exchange's own calendar: on which days it is open, as far as that has been announced.

Prices come first: they show on which days was traded. This calendar answers where there are no
prices: before the first, and after the last, where it says whether a month still has a trading
day to come. It is that of the Shanghai exchange (XSHG), from the library exchange-calendars,
which knows the holidays of the years that have been announced.
"""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pandas as pd

CODE = "XSHG"
#: Share of price days on which the exchange is closed from which prices are another exchange's.
FOREIGN = 0.02


@cache
def sessions() -> pd.DatetimeIndex:
    """Return every day on which the exchange is or will be open, ascending, as far as is known.

    The library is imported here, because it costs a tenth of a second and few runs need it.
    """
    with warnings.catch_warnings():
        # It may be older than the pandas beside it, which then complains of its ways.
        warnings.simplefilter("ignore")
        from exchange_calendars import get_calendar

        bounds = get_calendar(CODE)
        whole = get_calendar(CODE, start=bounds.bound_min(), end=bounds.bound_max())
    days = pd.DatetimeIndex(whole.sessions)
    return pd.DatetimeIndex(days.tz_localize(None).as_unit("ns").to_numpy())


def foreign(days: pd.DatetimeIndex) -> bool:
    """Whether price days are another exchange's: too many fall on days on which this is closed."""
    known = sessions()
    within = days[(days >= known[0]) & (days <= known[-1])]
    return len(within) > 0 and float((~within.isin(known)).mean()) > FOREIGN


def last_session(targets: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the last open day on or before each target; NaT outside what is known."""
    known = sessions()
    place = np.asarray(known.searchsorted(targets, side="right")) - 1
    # The year after the last announced one begins after the last session's year.
    inside = (place >= 0) & (targets <= known[-1] + pd.offsets.YearEnd(0))
    found = known[np.clip(place, 0, None)].to_numpy()
    return pd.DatetimeIndex(np.where(inside, found, np.datetime64("NaT", "ns")))
