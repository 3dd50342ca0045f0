"""How a course of net values is judged: the statistics, for one portfolio and for many at once.

Returns a year use calendar days over 365.25. Volatility, Sharpe and information ratio are of
monthly returns (``ddof=1``) times the square root of 12, so that daily and monthly price sheets
agree; the drawdown is of the price sheet's own days (docs/method.md, section 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from prosperity.calendar import TradingCalendar, month_end

MONTHS_A_YEAR = 12
DAYS_A_YEAR = 365.25
#: A deviation, a drawdown or an amount no larger than this is rounding; nothing is divided by it.
NOISE = 1e-12
#: One number, or one of each portfolio.
Number = Any

#: Statistics in the order in which they are shown: id -> (Chinese, English, kind of number).
STATISTICS: dict[str, tuple[str, str, str]] = {
    "strategy_return": ("策略累计收益", "Strategy, total return", "percent"),
    "index_return": ("行业指数累计收益", "Industry index, total return", "percent"),
    "benchmark_return": ("基准累计收益", "Benchmark, total return", "percent"),
    "excess_over_index": ("相对行业指数超额", "Excess over index", "percent"),
    "excess_over_benchmark": ("相对基准超额", "Excess over benchmark", "percent"),
    "annualised_return": ("策略年化收益", "Strategy, annualised return", "percent"),
    "annualised_index": ("行业指数年化收益", "Index, annualised return", "percent"),
    "annualised_benchmark": ("基准年化收益", "Benchmark, annualised return", "percent"),
    "volatility": ("年化波动率", "Volatility a year", "percent"),
    "sharpe": ("夏普比率", "Sharpe ratio", "ratio"),
    "information_ratio": ("信息比率（相对基准）", "Information ratio vs benchmark", "ratio"),
    "max_drawdown": ("最大回撤", "Maximum drawdown", "percent"),
    "calmar": ("卡玛比率", "Calmar ratio", "ratio"),
    "win_rate": ("月胜率（相对基准）", "Monthly win rate vs benchmark", "percent"),
    "switches": ("换仓次数", "Switches", "count"),
    "time_in_industry": ("持有行业的时间占比", "Share of time in industry", "percent"),
    "years": ("年数", "Years", "ratio"),
}


@dataclass(frozen=True)
class Measured:
    """What the statistics are made of: numbers, or arrays (N,) with one of each portfolio.

    Attributes
    ----------
    strategy, index, benchmark : float or ndarray
        Last net values; 1 at the base.
    years : float
        From the base to the last day.
    mean, deviation : float or ndarray
        Of the strategy's monthly returns, decimal; the deviation with ``ddof=1``.
    ahead_mean, ahead_deviation : float or ndarray
        Of those returns less the benchmark's.
    drawdown : float or ndarray
        The deepest fall below the highest net value so far, as a negative decimal.
    won, differed : float or ndarray
        Months in which the strategy beat the benchmark, and in which the two differed.
    switches, held : float or ndarray
        Days of trade; share of the time, or of the capital over time, that is in the industry.
    """

    strategy: Number
    index: Number
    benchmark: Number
    years: float
    mean: Number
    deviation: Number
    ahead_mean: Number
    ahead_deviation: Number
    drawdown: Number
    won: Number
    differed: Number
    switches: Number
    held: Number

    def statistics(self, risk_free: Number = 0.0) -> dict[str, Number]:
        """Return the statistics of :data:`STATISTICS`, as decimals; NaN where none can be given.

        Parameters
        ----------
        risk_free
            Rate a year, as a decimal; a month's is its twelfth root.
        """
        free = (1.0 + risk_free) ** (1.0 / MONTHS_A_YEAR) - 1.0
        yearly = self._yearly(self.strategy)
        root = np.sqrt(MONTHS_A_YEAR)
        volatility, tracking = self.deviation * root, self.ahead_deviation * root
        return {
            "strategy_return": self.strategy - 1.0,
            "index_return": self.index - 1.0,
            "benchmark_return": self.benchmark - 1.0,
            "excess_over_index": self.strategy - self.index,
            "excess_over_benchmark": self.strategy - self.benchmark,
            "annualised_return": yearly,
            "annualised_index": self._yearly(self.index),
            "annualised_benchmark": self._yearly(self.benchmark),
            "volatility": volatility,
            "sharpe": ratio((self.mean - free) * MONTHS_A_YEAR, volatility),
            "information_ratio": ratio(self.ahead_mean * MONTHS_A_YEAR, tracking),
            "max_drawdown": self.drawdown,
            "calmar": ratio(yearly, -self.drawdown),
            "win_rate": ratio(self.won, self.differed),
            "switches": self.switches,
            "time_in_industry": self.held,
            "years": self.years,
        }

    def _yearly(self, last: Number) -> Number:
        return last ** (1.0 / self.years) - 1.0 if self.years > 0 else last * np.nan


def statistics(
    nav: pd.DataFrame, position: pd.Series[float], traded: pd.Series[bool], risk_free: float = 0.0
) -> dict[str, float]:
    """Return the statistics of :data:`STATISTICS`, as decimals; NaN where none can be given.

    Parameters
    ----------
    nav
        Net values by day (ascending): ``strategy``, ``index`` and ``benchmark``, 1 on the first.
    position
        Share of capital in the industry, or in all of them, from each day's close on.
    traded
        Whether anything was bought or sold on the day.
    risk_free
        Rate a year, for the Sharpe ratio.
    """
    last, monthly = nav.iloc[-1], month_returns(nav)
    strategy, ahead = monthly["strategy"], monthly["strategy"] - monthly["benchmark"]
    differed = ahead[ahead.abs() > NOISE]
    measured = Measured(
        strategy=last["strategy"],
        index=last["index"],
        benchmark=last["benchmark"],
        years=years_of(nav.index[0], nav.index[-1]),
        mean=strategy.mean(),
        deviation=strategy.std(),
        ahead_mean=ahead.mean(),
        ahead_deviation=ahead.std(),
        drawdown=(nav["strategy"] / nav["strategy"].cummax() - 1.0).min(),
        won=float((differed > 0).sum()),
        differed=float(len(differed)),
        switches=traded.sum(),
        held=position.iloc[:-1].mean() if len(position) > 1 else np.nan,
    )
    return {key: float(value) for key, value in measured.statistics(risk_free).items()}


def years_of(start: pd.Timestamp, end: pd.Timestamp) -> float:
    """Return the calendar days between two days as years of 365.25 days."""
    return (end - start).days / DAYS_A_YEAR


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


def ratio(top: Number, bottom: Number) -> Number:
    """Return ``top / bottom``, elementwise; NaN where ``bottom`` is rounding or not finite."""
    fits = np.isfinite(bottom) & (bottom > NOISE)
    return np.where(fits, top / np.where(fits, bottom, 1.0), np.nan)
