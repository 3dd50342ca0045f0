"""What a signal would have earned: positions, costs, net values, statistics.

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
    the position changes at the next close, within :data:`LATEST_TRADE` days; after that the
    decision is not traded and the position before it is kept.
Costs
    ``cost_bps`` on each side: a switch sells one index and buys the other and is charged twice,
    at the close at which it trades. The first purchase is free, as for the two it is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from prosperity.calendar import TradingCalendar, month_end
from prosperity.errors import DataError

MONTHS_A_YEAR = 12
DAYS_A_YEAR = 365.25
#: Days after a decision date within which it is traded, when there is no price on it.
LATEST_TRADE = 15
#: A deviation or a drawdown no larger than this is rounding, and nothing is divided by it.
NOISE = 1e-12


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
        all, because there was none within :data:`LATEST_TRADE` days.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    nav: pd.DataFrame
    position: pd.Series[float]
    traded: pd.Series[bool]
    statistics: dict[str, float]
    late: pd.DatetimeIndex = field(default_factory=lambda: pd.DatetimeIndex([]))
    untraded: pd.DatetimeIndex = field(default_factory=lambda: pd.DatetimeIndex([]))


#: Statistics in the order in which they are shown: id -> (Chinese, English, kind of number).
STATISTICS: dict[str, tuple[str, str, str]] = {
    "strategy_return": ("策略累计收益", "Strategy, total return", "percent"),
    "index_return": ("行业指数累计收益", "Industry index, total return", "percent"),
    "benchmark_return": ("基准累计收益", "Benchmark, total return", "percent"),
    "excess_over_index": ("相对行业指数超额", "Excess over index", "percent"),
    "excess_over_benchmark": ("相对基准超额", "Excess over benchmark", "percent"),
    "annualised_return": ("策略年化收益", "Strategy, return a year", "percent"),
    "annualised_index": ("行业指数年化收益", "Index, return a year", "percent"),
    "annualised_benchmark": ("基准年化收益", "Benchmark, return a year", "percent"),
    "volatility": ("年化波动率", "Volatility a year", "percent"),
    "sharpe": ("夏普比率", "Sharpe ratio", "ratio"),
    "information_ratio": ("信息比率（相对基准）", "Information ratio vs benchmark", "ratio"),
    "max_drawdown": ("最大回撤", "Maximum drawdown", "percent"),
    "calmar": ("卡玛比率", "Calmar ratio", "ratio"),
    "win_rate": ("月胜率（相对基准）", "Months ahead of benchmark", "percent"),
    "switches": ("换仓次数", "Switches", "count"),
    "time_in_industry": ("持有行业的时间占比", "Share of time in industry", "percent"),
    "years": ("年数", "Years", "ratio"),
}


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
        When no decision date falls on a day with prices, or a price is not positive.
    """
    prices = pd.DataFrame({"index": index, "benchmark": benchmark}).dropna()
    if last_day is not None:
        prices = prices[prices.index <= last_day]
    if (prices <= 0).any(axis=None):
        day = prices.index[(prices <= 0).any(axis=1)][0]
        raise DataError(
            "bad_price",
            f"{day:%Y-%m-%d} 的行情不是正数。",
            f"The price on {day:%Y-%m-%d} is not positive.",
        )
    months = pd.DatetimeIndex(signal.index)
    rows, place = trades(months, decisions, prices.index, first_month, delay_days)
    late, untraded = unpriced(months, decisions, prices.index, first_month)
    held = pd.Series((signal.to_numpy()[rows] == 1).astype(float), index=prices.index[place])
    prices = prices[prices.index >= held.index[0]]
    position = held.reindex(prices.index).ffill()
    traded = position.ne(position.shift()) & (np.arange(len(position)) > 0)
    returns = prices.pct_change().fillna(0.0)
    before = position.shift(fill_value=position.iloc[0])
    earned = np.where(before == 1, returns["index"], returns["benchmark"])
    kept = np.where(traded, 1.0 - 2.0 * cost_bps / 1e4, 1.0)
    nav = prices / prices.iloc[0]
    nav.insert(0, "strategy", np.cumprod((1.0 + earned) * kept))
    return Backtest(
        start=nav.index[0],
        end=nav.index[-1],
        nav=nav,
        position=position,
        traded=traded,
        statistics=statistics(nav, position, traded, risk_free),
        late=late,
        untraded=untraded,
    )


def trades(
    months: pd.DatetimeIndex,
    decisions: pd.DatetimeIndex,
    days: pd.Index,
    first_month: pd.Timestamp | None,
    delay_days: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return which months' signals are traded, and at the close of which day; ascending places.

    The day is the first with prices on or after the decision date, within :data:`LATEST_TRADE`
    days, and from there ``delay_days`` further days with prices. Of two months that would trade
    on the same day the later one does.

    Raises
    ------
    DataError
        When no decision date falls on a day with prices.
    """
    wanted = _from(months, first_month)
    place = np.asarray(days.searchsorted(decisions, side="left"))
    near = wanted & (place + delay_days < len(days))
    if near.any():
        waited: Any = days[np.clip(place, None, len(days) - 1)] - decisions
        near &= np.asarray(waited <= pd.Timedelta(days=LATEST_TRADE))
    if not near.any():
        raise DataError(
            "no_overlap",
            "行情与信号没有重叠的日期，无法回测。请补充行情表。",
            "Prices and signals share no dates, so there is no backtest. Extend the price sheet.",
        )
    rows = np.flatnonzero(near)
    day = place[rows] + delay_days
    last = np.append(day[1:] != day[:-1], True)
    return rows[last], day[last]


def unpriced(
    months: pd.DatetimeIndex,
    decisions: pd.DatetimeIndex,
    days: pd.Index,
    first_month: pd.Timestamp | None,
) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """Return the decision dates without a price that :func:`trades` puts off, and those it drops.

    Those after the last price, which may still come, are neither, and so are those so long before
    the first that nothing was held yet.
    """
    place = np.asarray(days.searchsorted(decisions, side="left"))
    missing = _from(months, first_month) & (place < len(days)) & ~decisions.isin(days)
    waited: Any = days[np.clip(place, None, len(days) - 1)] - decisions
    near = np.asarray(waited <= pd.Timedelta(days=LATEST_TRADE))
    return decisions[missing & near], decisions[missing & ~near & (place > 0)]


def _from(months: pd.DatetimeIndex, first_month: pd.Timestamp | None) -> np.ndarray:
    """Return which months may be traded: from the one before the first that is held."""
    if first_month is None:
        return np.ones(len(months), dtype=bool)
    return np.asarray(months >= first_month + pd.offsets.MonthEnd(0) - pd.offsets.MonthEnd(1))


def statistics(
    nav: pd.DataFrame, position: pd.Series[float], traded: pd.Series[bool], risk_free: float = 0.0
) -> dict[str, float]:
    """Return the statistics of :data:`STATISTICS`, as decimals.

    Returns a year use calendar days over 365.25. Volatility, Sharpe and information ratio are of
    monthly returns (``ddof=1``) times the square root of 12, so that daily and monthly price
    sheets agree; the drawdown is of the price sheet's own days. The win rate counts months in
    which the strategy beat the benchmark among the months in which the two differed.
    """
    years = (nav.index[-1] - nav.index[0]).days / DAYS_A_YEAR
    last = nav.iloc[-1]
    yearly = last ** (1.0 / years) - 1.0 if years > 0 else last * np.nan
    monthly = month_returns(nav)
    strategy, ahead = monthly["strategy"], monthly["strategy"] - monthly["benchmark"]
    differed = ahead[ahead.abs() > 1e-12]
    volatility = strategy.std() * np.sqrt(MONTHS_A_YEAR)
    tracking = ahead.std() * np.sqrt(MONTHS_A_YEAR)
    drawdown = float((nav["strategy"] / nav["strategy"].cummax() - 1.0).min())
    free = (1.0 + risk_free) ** (1.0 / MONTHS_A_YEAR) - 1.0
    return {
        "strategy_return": float(last["strategy"] - 1.0),
        "index_return": float(last["index"] - 1.0),
        "benchmark_return": float(last["benchmark"] - 1.0),
        "excess_over_index": float(last["strategy"] - last["index"]),
        "excess_over_benchmark": float(last["strategy"] - last["benchmark"]),
        "annualised_return": float(yearly["strategy"]),
        "annualised_index": float(yearly["index"]),
        "annualised_benchmark": float(yearly["benchmark"]),
        "volatility": float(volatility),
        "sharpe": _ratio((strategy.mean() - free) * MONTHS_A_YEAR, volatility),
        "information_ratio": _ratio(ahead.mean() * MONTHS_A_YEAR, tracking),
        "max_drawdown": drawdown,
        "calmar": _ratio(yearly["strategy"], -drawdown),
        "win_rate": _ratio(float((differed > 0).sum()), float(len(differed))),
        "switches": float(traded.sum()),
        "time_in_industry": float(position.iloc[:-1].mean()) if len(position) > 1 else np.nan,
        "years": float(years),
    }


def partial_months(nav: pd.DataFrame) -> tuple[pd.Timestamp, ...]:
    """Return the month ends of the monthly returns that are of a part of a month.

    The first is, when the base lies inside its month (decisions of the 6th); the last, when there
    are trading days of its month to come. The ratios of a year count them as months.
    """
    days = pd.DatetimeIndex(nav.index)
    months = pd.DatetimeIndex(month_returns(nav).index)
    if months.empty:
        return ()
    first = months[:1] if month_end(days[:1])[0] == months[0] else months[:0]
    closed = TradingCalendar(days).last_on_or_before(months[-1:])[0] <= days[-1]
    return tuple(first.union(months[:0] if closed else months[-1:]))


def month_returns(nav: pd.DataFrame) -> pd.DataFrame:
    """Return decimal returns by month end, the first from the base to that month's last day."""
    closes = nav.groupby(month_end(pd.DatetimeIndex(nav.index))).last()
    if nav.index[0] == nav.index[nav.index <= closes.index[0]][-1]:
        return closes.pct_change().iloc[1:]
    # A base inside its month (the 6th): that month's return runs from the base.
    before = pd.DatetimeIndex(closes.index[[0]]) - pd.offsets.MonthEnd(1)
    opening = nav.iloc[[0]].set_axis(before)
    return pd.concat([opening, closes]).pct_change().iloc[1:]


def _ratio(top: float, bottom: float) -> float:
    return float(top / bottom) if np.isfinite(bottom) and bottom > NOISE else float("nan")
