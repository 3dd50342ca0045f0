"""Many signals over the same prices at once: what :mod:`prosperity.backtest` says, for each.

A position changes on trade days only, so between two of them a strategy is one of two assets.
The prices are cut once, at trade days and month ends, into segments whose growth, lowest and
highest level and deepest fall are kept for each asset. A strategy is then a product over a few
hundred segments instead of thousands of days, and its statistics are still those of the days,
the drawdown included: within a segment that begins at net value s under the peak P, with path p
and running maximum m of that path, the fall is min(p s / max(P, m s)), which is the smaller of
min(p) s / P and min(p / m).

Memory is that of a block of columns, however many signals there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prosperity.backtest import held_from
from prosperity.calendar import month_end
from prosperity.errors import DataError
from prosperity.performance import NOISE, STATISTICS, Measured, years_of
from prosperity.portfolio import Stretch, of_held, switching
from prosperity.trade_days import trade_days

#: Signals that are walked through together: their state stays in the processor's cache.
BLOCK = 8192


@dataclass(frozen=True)
class Course:
    """Prices cut at trade days and month ends: S segments, assets benchmark (0) and index (1).

    Attributes
    ----------
    rows : ndarray of int, (R,)
        The rows of the signals that are traded, in order.
    row_of : ndarray of int, (S,)
        For each segment, which of those R positions is held in it.
    traded : ndarray of int, (S,)
        Which of the R positions is taken at a segment's end, the last day included; -1 for none.
    growth, low, high, fall : ndarray, (2, S)
        Last over first level; lowest and highest over first; smallest level over running maximum.
        ``low``, ``high`` and ``fall`` leave out the segment's end, which the next one begins with.
    days : ndarray, (S,)
        Trading days in each segment.
    months : DatetimeIndex, (M,)
        Month ends of the monthly returns.
    month_starts : ndarray of int, (M,)
        First segment of each of these months.
    start, end : Timestamp
        The base date and the last date.
    """

    rows: np.ndarray
    row_of: np.ndarray
    traded: np.ndarray
    growth: np.ndarray
    low: np.ndarray
    high: np.ndarray
    fall: np.ndarray
    days: np.ndarray
    months: pd.DatetimeIndex
    month_starts: np.ndarray
    start: pd.Timestamp
    end: pd.Timestamp

    @property
    def asset_months(self) -> np.ndarray:
        """Monthly returns (M, 2) of benchmark and index, as decimals."""
        product: np.ndarray = np.multiply.reduceat(self.growth, self.month_starts, axis=1)
        return product.T - 1.0


def course(
    months: pd.DatetimeIndex,
    decisions: pd.DatetimeIndex,
    index: pd.Series[float],
    benchmark: pd.Series[float],
    *,
    first_month: pd.Timestamp | None = None,
    last_day: pd.Timestamp | None = None,
    delay_days: int = 0,
) -> Course:
    """Cut prices for signals of ``months``; the arguments are those of a backtest.

    Raises
    ------
    DataError
        When no decision is traded, as in a backtest; also when prices end on the first date.
    """
    prices = pd.DataFrame({"benchmark": benchmark, "index": index}).dropna()
    if last_day is not None:
        prices = prices[prices.index <= last_day]
    wanted = held_from(months, first_month)
    trades = trade_days(decisions[wanted], pd.DatetimeIndex(prices.index), delay_days).required()
    prices = prices.iloc[trades.places[0] :]
    place = trades.places - trades.places[0]
    levels = prices.to_numpy(float).T
    days = pd.DatetimeIndex(prices.index)
    month_of = month_end(days)
    month_last = np.flatnonzero(np.append(month_of[1:] != month_of[:-1], True))
    last = len(days) - 1
    if last < 1:
        raise DataError(
            "one_day",
            "行情在首个决策日之后没有其他日期，无法回测。请补充行情表。",
            "Prices end on the first decision date, so there is no backtest. Extend the price "
            "sheet.",
        )
    cuts = np.unique(np.concatenate([[0], place, month_last, [last]]))
    begins, ends = cuts[:-1], cuts[1:]
    first = levels[:, begins]
    inside = levels[:, :last]
    ends_of_months = month_last[month_last > 0]
    return Course(
        rows=np.flatnonzero(wanted)[trades.rows],
        row_of=np.searchsorted(place, begins, side="right") - 1,
        traded=np.where(np.isin(ends, place[1:]), np.searchsorted(place, ends), -1),
        growth=levels[:, ends] / first,
        low=np.minimum.reduceat(inside, begins, axis=1) / first,
        high=np.maximum.reduceat(inside, begins, axis=1) / first,
        fall=_falls(levels, begins, ends),
        days=ends - begins,
        months=pd.DatetimeIndex(month_of[ends_of_months]),
        month_starts=np.searchsorted(begins, np.append(0, ends_of_months[:-1])),
        start=days[0],
        end=days[-1],
    )


def _falls(levels: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    found = np.ones((2, len(begins)))
    for s, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        part = levels[:, begin:end]
        found[:, s] = (part / np.maximum.accumulate(part, axis=1)).min(axis=1)
    return found


def simulate(
    course: Course,
    signals: np.ndarray,
    cost_bps: np.ndarray | float = 0.0,
    risk_free: np.ndarray | float = 0.0,
) -> dict[str, np.ndarray]:
    """Return the statistics of many signals.

    Parameters
    ----------
    course
        The prices.
    signals
        (T, N): 1, 0 or NaN by month of the course's timeline; any dtype that compares with 1.
    cost_bps
        One-way cost in basis points, of all signals or (N,) of each.
    risk_free
        Annual rate for the Sharpe ratio, of all signals or (N,) of each.

    Returns
    -------
    dict of str to ndarray, (N,)
        The keys and values of :func:`prosperity.performance.statistics`.
    """
    count = signals.shape[1]
    costs = np.broadcast_to(np.asarray(cost_bps, dtype=float), (count,))
    rates = np.broadcast_to(np.asarray(risk_free, dtype=float), (count,))
    found = {key: np.empty(count) for key in STATISTICS}
    for block in _blocks(count):
        part = _statistics(course, signals[:, block], costs[block], rates[block])
        for key, values in part.items():
            found[key][block] = values
    return found


def monthly_returns(
    course: Course, signals: np.ndarray, cost_bps: np.ndarray | float = 0.0
) -> np.ndarray:
    """Return the strategies' monthly returns (M, N), as decimals; see :func:`simulate`."""
    count = signals.shape[1]
    costs = np.broadcast_to(np.asarray(cost_bps, dtype=float), (count,))
    found = np.empty((len(course.months), count))
    for block in _blocks(count):
        opened = np.ones(found[:, block].shape[1])
        for step, month in _steps(course, signals[:, block], costs[block]):
            if month is not None:
                found[month, block] = step.level / opened - 1.0
                opened = step.level.copy()
    return found


def _blocks(count: int) -> Iterator[slice]:
    return (slice(at, min(at + BLOCK, count)) for at in range(0, count, BLOCK))


def _steps(
    course: Course, signals: np.ndarray, costs: np.ndarray
) -> Iterator[tuple[Stretch, int | None]]:
    """Walk through the segments with all signals at once; beside each the month that it ends."""
    ends = np.append(course.month_starts[1:], len(course.days)) - 1
    month_of = {int(end): month for month, end in enumerate(ends)}
    held = (signals[row] == 1 for row in course.rows)
    for step in switching(course.growth, course.traded, held, costs):
        yield step, month_of.get(step.number)


class _Moments:
    """Sum and sum of squares of returns as they come, for mean and deviation."""

    def __init__(self, count: int) -> None:
        self.total, self.squares, self.size = np.zeros(count), np.zeros(count), 0
        self._spare = np.empty(count)

    def add(self, values: np.ndarray) -> None:
        self.total += values
        self.squares += np.multiply(values, values, out=self._spare)
        self.size += 1

    @property
    def mean(self) -> np.ndarray:
        return self.total / self.size if self.size else np.full(len(self.total), np.nan)

    @property
    def deviation(self) -> np.ndarray:
        """Standard deviation with ``ddof=1``; NaN for fewer than two values."""
        if self.size < 2:
            return np.full(len(self.total), np.nan)
        spread = self.squares - self.total * self.total / self.size
        deviation: np.ndarray = np.sqrt(np.maximum(spread, 0.0) / (self.size - 1))
        return deviation


class _Falls:
    """The deepest fall below the running maximum over all days, as a share of that maximum."""

    def __init__(self, course: Course, count: int) -> None:
        self._course = course
        self.deepest, self._peak = np.ones(count), np.ones(count)
        self._spare = np.empty(count)
        self._bound = 1.0

    def add(self, step: Stretch) -> None:
        course, segment, spare = self._course, step.number, self._spare
        low = of_held(course.low, segment, step.inside, spare)
        low *= step.before
        low /= self._peak
        np.minimum(self.deepest, low, out=self.deepest)
        # Most falls within a month are no deeper than what every signal has already seen.
        if course.fall[:, segment].min() < self._bound:
            fall = of_held(course.fall, segment, step.inside, spare)
            np.minimum(self.deepest, fall, out=self.deepest)
            self._bound = float(self.deepest.max())
        high = of_held(course.high, segment, step.inside, spare)
        high *= step.before
        np.maximum(self._peak, high, out=self._peak)

    def drawdown(self, level: np.ndarray) -> np.ndarray:
        """Return the drawdown as a negative decimal, the last day's ``level`` included."""
        final: np.ndarray = np.minimum(self.deepest, level / np.maximum(self._peak, level)) - 1.0
        return final


def _statistics(
    course: Course, signals: np.ndarray, costs: np.ndarray, risk_free: np.ndarray
) -> dict[str, np.ndarray]:
    count = signals.shape[1]
    own, ahead, falls = _Moments(count), _Moments(count), _Falls(course, count)
    switches, won, differed = (np.zeros(count, dtype=np.int32) for _ in range(3))
    days, opened, month = np.zeros(count), np.ones(count), np.empty(count)
    level = opened
    market = course.asset_months[:, 0]
    for step, ended in _steps(course, signals, costs):
        level = step.level
        falls.add(step)
        days += np.multiply(step.inside, float(course.days[step.number]), out=month)
        if step.switched is not None:
            switches += step.switched
        if ended is not None:
            np.divide(level, opened, out=month)
            month -= 1.0
            own.add(month)
            month -= market[ended]
            ahead.add(month)
            won += month > NOISE
            differed += np.abs(month, out=month) > NOISE
            np.copyto(opened, level)
    benchmark, index = np.prod(course.growth, axis=1)
    span = float(course.days.sum())
    measured = Measured(
        strategy=level,
        index=index,
        benchmark=benchmark,
        years=years_of(course.start, course.end),
        mean=own.mean,
        deviation=own.deviation,
        ahead_mean=ahead.mean,
        ahead_deviation=ahead.deviation,
        drawdown=falls.drawdown(level),
        won=won,
        differed=differed.astype(float),
        switches=switches.astype(float),
        held=days / span if span else np.full(count, np.nan),
    )
    found = measured.statistics(risk_free)
    return {key: np.broadcast_to(value, (count,)) for key, value in found.items()}


def holding_returns(course: Course) -> tuple[np.ndarray, np.ndarray]:
    """Return the traded rows that are held for at least a day, and what the assets then earned.

    Returns
    -------
    rows : ndarray of int, (H,)
        Rows of the timeline, in order.
    returns : ndarray, (H, 2)
        Decimal returns of benchmark and index from one trade to the next (or to the end).
    """
    first = np.flatnonzero(np.append(True, course.row_of[1:] != course.row_of[:-1]))
    grown = np.multiply.reduceat(course.growth, first, axis=1)
    return course.rows[course.row_of[first]], grown.T - 1.0
