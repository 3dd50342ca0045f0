"""On which day's close a decision is traded: the next with all prices that it needs, or never.

A decision is traded at the first close on or after its date at which everything that is bought,
sold or kept has a price, within :data:`LATEST_TRADE` days; with a delay, that many such closes
later. What was held and has had no price for that long has left: it is not waited for, and is sold
at its last price. Of two decisions that would be traded on one day, or in the wrong order, the
later one is.

No look-ahead: whether a close is a decision's day of trade depends on the prices up to it alone.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from prosperity.errors import DataError

#: Days after a decision date within which it is traded, when there is no price on it.
LATEST_TRADE = 15
WINDOW = pd.Timedelta(days=LATEST_TRADE).as_unit("ns")


@dataclass(frozen=True)
class Trades:
    """Which decisions are traded, and when.

    Attributes
    ----------
    rows : ndarray of int, (R,)
        Rows of the decisions that are traded, ascending.
    places : ndarray of int, (R,)
        Places of the days at whose close they are, ascending, no two alike.
    late, untraded : DatetimeIndex
        Decision dates that had to wait for prices, and those that had none in time. Dates after
        the last price, whose prices may still come, are neither; nor are dates so long before the
        first that nothing was held yet.
    """

    rows: np.ndarray
    places: np.ndarray
    late: pd.DatetimeIndex
    untraded: pd.DatetimeIndex

    def required(self) -> Trades:
        """Return these trades.

        Raises
        ------
        DataError
            When there is none.
        """
        if not len(self.rows):
            raise DataError(
                "no_overlap",
                "行情与信号没有重叠的日期，无法回测。请补充行情表。",
                "Prices and signals share no dates, so there is no backtest. Extend the price "
                "sheet.",
            )
        return self


def trade_days(
    decisions: pd.DatetimeIndex,
    days: pd.DatetimeIndex,
    delay_days: int = 0,
    *,
    shown: np.ndarray | None = None,
    wanted: np.ndarray | None = None,
    first: np.ndarray | None = None,
) -> Trades:
    """Return when each decision is traded.

    Parameters
    ----------
    decisions
        Decision dates (T,), ascending; a date may stand there twice.
    days
        Days with prices (D,), ascending.
    delay_days
        Closes with all prices to let pass.
    shown
        (D, K) whether an asset has a price on a day; None is all of them on every day.
    wanted
        (T, K) whether a decision holds an asset; needed with ``shown``.
    first
        (K,) what the first trade waits for besides what it buys; None is nothing.
    """
    dates = decisions.to_numpy("datetime64[ns]").view(np.int64).tolist()
    closes = days.to_numpy("datetime64[ns]").view(np.int64)
    none = pd.DatetimeIndex([])
    if not len(closes):
        return Trades(np.array([], dtype=int), np.array([], dtype=int), none, none)
    if shown is None or wanted is None or shown.all():
        search: _Every | _Needed = _Every(len(closes), delay_days)
    else:
        lately = priced_lately(shown, days, decisions)
        nothing = np.zeros(shown.shape[1], dtype=bool)
        search = _Needed(shown, wanted, lately, nothing if first is None else first, delay_days)
    late, untraded = [], []
    for row, place in enumerate(np.searchsorted(closes, dates).tolist()):
        date = dates[row]
        start, trade = search.find(row, place)
        if start is None or closes[start] - date > WINDOW.value:
            if date >= closes[0] and closes[-1] - date > WINDOW.value:
                untraded.append(row)
            continue
        if closes[start] > date:
            late.append(row)
        if trade is not None:
            search.made.add(row, trade)
    made = search.made
    return Trades(
        np.array(made.rows, dtype=int),
        np.array(made.places, dtype=int),
        decisions[late],
        decisions[untraded],
    )


def priced_lately(shown: np.ndarray, days: pd.DatetimeIndex, dates: pd.DatetimeIndex) -> np.ndarray:
    """Return (T, K) whether an asset has had a price within the window before each date.

    Parameters
    ----------
    shown
        (D, K) whether an asset has a price on a day.
    days, dates
        Those days, ascending, and the dates (T,).
    """
    places = np.where(shown, np.arange(len(days))[:, None], -1)
    last = np.maximum.accumulate(places, axis=0)
    at = np.asarray(days.searchsorted(dates, side="right")) - 1
    place = np.where(at[:, None] >= 0, last[at], -1)
    waited = dates.to_numpy("datetime64[ns]")[:, None] - days.to_numpy("datetime64[ns]")[place]
    found: np.ndarray = (place >= 0) & (waited <= WINDOW.to_timedelta64())
    return found


@dataclass
class _Made:
    """The trades so far, in order."""

    rows: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def add(self, row: int, place: int) -> None:
        """Add a trade; those that would come on its day or later are not made."""
        keep = bisect_left(self.places, place)
        del self.rows[keep:], self.places[keep:]
        self.rows.append(row)
        self.places.append(place)


@dataclass
class _Every:
    """The search where every day has all prices."""

    size: int
    delay_days: int
    made: _Made = field(default_factory=_Made)

    def find(self, row: int, place: int) -> tuple[int | None, int | None]:
        """Return the first close that a decision can be traded at, and the one that it is."""
        trade = place + self.delay_days
        return (
            place if place < self.size else None,
            trade if trade < self.size else None,
        )


class _Needed:
    """The search where prices are missing; see :func:`trade_days` for the arguments."""

    def __init__(
        self,
        shown: np.ndarray,
        wanted: np.ndarray,
        lately: np.ndarray,
        first: np.ndarray,
        delay_days: int,
    ) -> None:
        self.made = _Made()
        self._wanted, self._lately, self._first = wanted, lately, first
        self._delay_days, self._size = delay_days, len(shown)
        # The place of each asset's next price, from each day on.
        places = np.where(shown, np.arange(len(shown))[:, None], len(shown))
        self._next = np.minimum.accumulate(places[::-1], axis=0)[::-1]

    def find(self, row: int, place: int) -> tuple[int | None, int | None]:
        """Return the first close that a decision can be traded at, and the one that it is."""
        start, passed, close = None, 0, place
        while close < self._size:
            held, until = self._held(close)
            needed = self._wanted[row] | (held & self._lately[row])
            following = int(self._next[close, needed].max(initial=close))
            if following > close:
                # What is held changes with a trade that is still to come, and with it the needs.
                close = min(following, until + 1)
                continue
            start = close if start is None else start
            if passed == self._delay_days:
                return start, close
            passed, close = passed + 1, close + 1
        return start, None

    def _held(self, close: int) -> tuple[np.ndarray, int]:
        """Return what is held before a close, and the place of the next trade that is due."""
        made = self.made
        number = bisect_left(made.places, close)
        held = self._wanted[made.rows[number - 1]] if number else self._first
        return held, made.places[number] if number < len(made.places) else self._size
