"""Months, trading days, release dates and decision dates.

A month is written as its last calendar day. A *decision date* is the trading day on whose close
the signal of a month is taken: the last trading day of the month, or the last trading day on or
before the 6th of the next month. A *release date* is the day on which a value became public.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from prosperity.definition import Frequency, Rebalance
from prosperity.errors import DataError
from prosperity.exchange import foreign, last_session
from prosperity.lag import Lagged, lag_of
from prosperity.months import month_ends as month_ends
from prosperity.months import month_range as month_range

MARKET_FREQUENCIES: tuple[Frequency, ...] = ("D", "W")
#: A price sheet whose typical step is longer than this many days is monthly.
MONTHLY_STEP_DAYS = 20
SIXTH = 6


def month_end(days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the last calendar day of each day's month; NaT stays NaT."""
    return pd.DatetimeIndex(month_ends(pd.DatetimeIndex(days).to_numpy()))


def month_number(days: pd.DatetimeIndex) -> np.ndarray:
    """Return months as floats that can be subtracted; NaT gives NaN."""
    months = days.to_numpy().astype("datetime64[M]")
    return np.where(np.isnat(months), np.nan, months.astype(float))


@dataclass(frozen=True)
class TradingCalendar:
    """Trading days as the price sheet shows them; the exchange's, or weekdays, where it shows none.

    Attributes
    ----------
    days : DatetimeIndex
        Sorted days with a price; may be empty.
    """

    days: pd.DatetimeIndex

    @cached_property
    def monthly(self) -> bool:
        """Whether the price sheet holds one day a month only."""
        if len(self.days) < 2:
            return False
        steps = np.diff(self.days.to_numpy("datetime64[D]")).astype(int)
        return bool(np.median(steps) > MONTHLY_STEP_DAYS)

    def last_on_or_before(self, targets: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """Return the last trading day on or before each target.

        A target before the first price, or whose next trading day is not shown yet, is answered
        by the exchange's calendar, and where that knows nothing by weekdays; see :meth:`guessed`.
        """
        targets = pd.DatetimeIndex(targets)
        shown, inside = self._shown(targets)
        if inside.all():
            return shown
        others = self._unshown(targets)
        return pd.DatetimeIndex(np.where(inside, shown, others))

    def guessed(self, targets: pd.DatetimeIndex) -> np.ndarray:
        """Return for which targets neither prices nor the exchange's calendar know the day."""
        targets = pd.DatetimeIndex(targets)
        _, inside = self._shown(targets)
        if inside.all():
            return ~inside
        return ~inside & (self.foreign | np.asarray(last_session(targets).isna()))

    @cached_property
    def foreign(self) -> bool:
        """Whether a daily price sheet shows another exchange's days, which nobody here knows."""
        return not self.monthly and foreign(self.days)

    def _shown(self, targets: pd.DatetimeIndex) -> tuple[pd.DatetimeIndex, np.ndarray]:
        """Return what the price sheet shows for each target, and where that decides."""
        if self.days.empty:
            return targets, np.zeros(len(targets), dtype=bool)
        place = self.days.searchsorted(targets, side="right") - 1
        shown = self.days[np.clip(place, 0, None)]
        if self.monthly:
            inside = (place >= 0) & (month_number(shown) == month_number(targets))
        else:
            weekdays = _last_weekday(targets)
            inside = (weekdays >= self.days[0]) & (weekdays <= self.days[-1])
        return shown, np.asarray(inside)

    def _unshown(self, targets: pd.DatetimeIndex) -> pd.DatetimeIndex:
        weekdays = _last_weekday(targets)
        if self.foreign:
            return weekdays
        known = last_session(targets)
        return pd.DatetimeIndex(known.where(known.notna(), weekdays))

    def decision_dates(self, months: pd.DatetimeIndex, rebalance: Rebalance) -> pd.DatetimeIndex:
        """Return the decision date of each month (month-end index, same length).

        Raises
        ------
        DataError
            When the 6th is asked for and prices are monthly.
        """
        if rebalance == "month_end":
            return self.last_on_or_before(months)
        if self.monthly:
            raise needs_daily_prices()
        return self.last_on_or_before(months + pd.Timedelta(days=SIXTH))

    def decided(self, months: pd.DatetimeIndex, rebalance: Rebalance) -> np.ndarray:
        """Return which months' decision dates lie within the price sheet, as booleans."""
        if self.days.empty:
            return np.ones(len(months), dtype=bool)
        return np.asarray(self.decision_dates(months, rebalance) <= self.days[-1])


def release_dates(
    periods: pd.DatetimeIndex, lag_days: Lagged, frequency: Frequency, calendar: TradingCalendar
) -> pd.DatetimeIndex:
    """Return when values become public by rule: the end of the period plus the lag.

    A daily or weekly series with lag 0 (a price, a rate) is known at the close of the period's
    last trading day. Any other series with lag 0 is known on the period's last calendar day, so
    that a survey published on a Sunday is not used on the Friday before. The lag is that of each
    period, see :class:`prosperity.lag.Lag`.
    """
    days = lag_of(lag_days).of(periods)
    dates = periods.to_numpy("datetime64[ns]") + days.astype("timedelta64[D]")
    if frequency in MARKET_FREQUENCIES and not days.all():
        dates = np.where(days > 0, dates, calendar.last_on_or_before(periods).to_numpy())
    return pd.DatetimeIndex(dates)


def _last_weekday(days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    plain = days.to_numpy("datetime64[ns]")
    # The first day of 1970 was a Thursday, the third after Monday.
    weekday = (plain.astype("datetime64[D]").astype(np.int64) + 3) % 7
    return pd.DatetimeIndex(plain - np.clip(weekday - 4, 0, 2).astype("timedelta64[D]"))


def needs_daily_prices() -> DataError:
    """Return the error for decisions within a month beside prices by month."""
    return DataError(
        "needs_daily_prices",
        "决策日不在月末（如次月 6 日、周末或逐日），需要日行情；行情表是月度的。",
        "Decisions that are not made at month ends (the 6th, week ends, days) need daily prices; "
        "the price sheet is monthly.",
    )
