"""When the next values and prices are due: by release rules, habits and the decision calendar."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prosperity.align import STEP_MONTHS
from prosperity.calendar import MARKET_FREQUENCIES, TradingCalendar, month_ends, release_dates
from prosperity.definition import Frequency, Indicator
from prosperity.lag import Lag
from prosperity.panel import Observations

#: Days without a price after which prices are late: a desk that writes prices once a week is not,
#: nor is one during the exchange's longest holidays.
LATE_PRICES = 10
#: Share of years without a January (or February) from which none is expected, and the months of
#: the year that may be missing so.
HABIT, SKIPPED = 0.7, (1, 2)
#: Months beyond today among which the next expected one is looked for.
AHEAD = 15


def release_lag(indicator: Indicator, observed: Observations) -> Lag:
    """Return the days from the end of a period to its release that count for the next ones.

    The definition's, unless the book's own rule is another one, as its newest value without a
    stated date shows it.
    """
    frame = observed.frame
    derived = np.flatnonzero(~frame["explicit"].to_numpy(bool))
    if not len(derived):
        return indicator.lag
    newest = int(derived[-1])
    waited: pd.Timedelta = frame["release"].iloc[newest] - frame.index[newest]
    days = max(0, int(waited.days))
    return indicator.lag if indicator.lag.on(frame.index[newest]) == days else Lag(days)


def expected_releases(
    periods: pd.DatetimeIndex,
    frequency: Frequency,
    lag: Lag,
    calendar: TradingCalendar,
    today: pd.Timestamp,
) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """Return the months after the last one that should come, and when each is due.

    Parameters
    ----------
    periods
        Month ends that have a value, ascending; at least one.
    frequency, lag
        Rhythm and release rule of the series.
    calendar
        Trading days, for series that are known at the close.
    today
        Up to which, and some months beyond, months are given.
    """
    last, step = periods[-1], STEP_MONTHS[frequency]
    begin, now = (day.to_datetime64().astype("datetime64[M]") for day in (last, today))
    span = max(0, int((now - begin).astype(int))) + AHEAD
    coming = begin + np.arange(step, span + 1, step)
    if step == 1:
        coming = coming[~np.isin(coming.astype(int) % 12 + 1, list(skipped_months(periods)))]
    months = pd.DatetimeIndex(month_ends(coming))
    return months, release_dates(months, lag, _known_at_close(frequency), calendar)


def _known_at_close(frequency: Frequency) -> Frequency:
    return "D" if frequency in MARKET_FREQUENCIES else "M"


def skipped_months(periods: pd.DatetimeIndex) -> frozenset[int]:
    """Return the months of the year that a series habitually does not have.

    January, or January and February, of what is published for both together.
    """
    if not len(periods):
        return frozenset()
    habits = skipped_so_far(periods.to_numpy().astype("datetime64[M]").astype(int))
    return frozenset(number for number, skipped in habits.items() if skipped[-1])


def skipped_so_far(months: np.ndarray) -> dict[int, np.ndarray]:
    """Return :func:`skipped_months` at each of n months, from those up to it alone.

    Parameters
    ----------
    months
        (n,) months since 1970-01 that have a value, ascending; at least one.

    Returns
    -------
    dict of int to ndarray of bool, (n,)
        By the month of the year in :data:`SKIPPED`.
    """
    years, of_year = months // 12, months % 12 + 1
    first = years[0]
    found = {}
    for number in SKIPPED:
        spanned = years - first - (number > of_year)
        has = (of_year == number) & (years > first)
        there = np.cumsum(has)
        # Two in a row at the end are a new habit.
        # Behind two years that never were, so that each month has two to look back at.
        by_year = np.concatenate([[-1, -1], years[has]])
        ended = first + spanned
        begun = (by_year[there + 1] == ended) & (by_year[there] == ended - 1)
        found[number] = (spanned >= 2) & (spanned - there >= HABIT * spanned) & ~begun
    return found


def price_overdue(calendar: TradingCalendar, today: pd.Timestamp) -> pd.Timestamp | None:
    """Return the first trading day whose price is late; None while none is.

    A day's price is late after :data:`LATE_PRICES` days; a month's as many days after the last
    trading day of the month.
    """
    if not len(calendar.days):
        return None
    last = calendar.days[-1]
    if calendar.monthly:
        coming = last + pd.offsets.MonthEnd(0) + pd.offsets.MonthEnd(1)
        following = calendar.last_on_or_before(pd.DatetimeIndex([coming]))[0]
        late = (today - following).days > LATE_PRICES
    else:
        following = last + pd.offsets.BDay(1)
        late = (today - last).days > LATE_PRICES
    return following if late else None
