"""What a signal would have earned: one industry's portfolio, its net values and statistics.

Conventions (docs/method.md, section 5; they give the report's own buy-and-hold figures)
----------------------------------------------------------------------------------------
Positions
    All in the industry index (1), or all in the benchmark (0 or no signal); never cash or short.
Time
    The signal of month t is taken on its decision date and held from that day's close (or
    ``delay_days`` trading days later) to the next. The first month's position is decided before
    it begins: the base, where every net value is 1, is the decision date of the month before.
Prices
    Closing prices of price indices; days on which both have one. Where a decision date has none
    the position changes at the next close, within
    :data:`~prosperity.trade_days.LATEST_TRADE` days; after that the decision is not traded and the
    position before it is kept.
Costs
    ``cost_bps`` on each side: a switch sells one index and buys the other and is charged twice,
    at the close at which it trades. The first purchase is free, as for the two it is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from prosperity.performance import NOISE, statistics
from prosperity.performance import STATISTICS as STATISTICS
from prosperity.performance import partial_months as partial_months
from prosperity.portfolio import Portfolio


@dataclass(frozen=True)
class Backtest:
    """A backtest.

    Attributes
    ----------
    start, end : Timestamp
        The base date (net value 1) and the last date.
    nav : DataFrame
        Trading days by ``strategy``, ``index`` and ``benchmark``; 1 at the base.
    position : Series
        1 or 0 by the day from whose close it is held.
    traded : Series of bool
        Whether the position was changed on that day.
    statistics : dict of str to float
        Keys of :data:`STATISTICS`; NaN where too short a sample gives none.
    late, untraded : DatetimeIndex
        Decision dates without a price: those traded at the next close, and those not traded at
        all, because there was none within :data:`~prosperity.trade_days.LATEST_TRADE` days.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    nav: pd.DataFrame
    position: pd.Series[float]
    traded: pd.Series[bool]
    statistics: dict[str, float]
    late: pd.DatetimeIndex = field(default_factory=lambda: pd.DatetimeIndex([]))
    untraded: pd.DatetimeIndex = field(default_factory=lambda: pd.DatetimeIndex([]))


def backtest(
    signal: pd.Series[float],
    decisions: pd.DatetimeIndex,
    index: pd.Series[float],
    benchmark: pd.Series[float],
    *,
    first_month: pd.Timestamp | None = None,
    last_day: pd.Timestamp | None = None,
    cost_bps: float = 0.0,
    delay_days: int = 0,
    risk_free: float = 0.0,
) -> Backtest:
    """Run a backtest.

    Parameters
    ----------
    signal
        1, 0 or NaN (no signal: benchmark) by month end.
    decisions
        Decision date of each of those months.
    index, benchmark
        Closing prices by trading day, ascending. Days on which either is NaN are left out.
    first_month
        First month held; the base is the decision date of the month before. None starts at the
        first decision with prices.
    last_day
        Last day; None is the last day of both prices.
    cost_bps, delay_days, risk_free
        See :class:`prosperity.settings.Settings`.

    Raises
    ------
    DataError
        When no decision can be traded, or a price is not positive; see
        :class:`prosperity.portfolio.Portfolio`.
    """
    prices = pd.DataFrame({"index": index, "benchmark": benchmark}).dropna()
    if last_day is not None:
        prices = prices[prices.index <= last_day]
    wanted = held_from(pd.DatetimeIndex(signal.index), first_month)
    holds = (signal.to_numpy()[wanted] == 1).astype(float)
    portfolio = Portfolio(
        prices,
        pd.DataFrame({"index": holds}, decisions[wanted]),
        rest="benchmark",
        cost_bps=cost_bps,
        delay_days=delay_days,
    )
    days = portfolio.course.value.index
    nav = prices.loc[days] / prices.loc[days[0]]
    nav.insert(0, "strategy", portfolio.course.value)
    return backtest_of(portfolio, nav, portfolio.course.weights["index"], risk_free)


def backtest_of(
    portfolio: Portfolio, nav: pd.DataFrame, position: pd.Series[float], risk_free: float
) -> Backtest:
    """Return a portfolio's backtest.

    Parameters
    ----------
    portfolio
        What was held and traded.
    nav
        Net values by its days: ``strategy``, ``index`` and ``benchmark``, 1 on the first.
    position
        Share of capital that counts as held, by the same days.
    risk_free
        Rate a year, for the Sharpe ratio.
    """
    days, held = pd.DatetimeIndex(nav.index), position.rename(None)
    traded = (portfolio.course.turnover > NOISE).reindex(days, fill_value=False)
    return Backtest(
        start=days[0],
        end=days[-1],
        nav=nav,
        position=held,
        traded=traded,
        statistics=statistics(nav, held, traded, risk_free),
        late=portfolio.trades.late,
        untraded=portfolio.trades.untraded,
    )


def held_from(months: pd.DatetimeIndex, first_month: pd.Timestamp | None) -> np.ndarray:
    """Return which months' signals may be traded: from the month before the first that is held."""
    if first_month is None:
        return np.ones(len(months), dtype=bool)
    return np.asarray(months >= first_month + pd.offsets.MonthEnd(0) - pd.offsets.MonthEnd(1))
