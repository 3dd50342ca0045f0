"""The combined strategy: all industries that are held, in equal parts.

The report gives its result and not its construction, so this is ours (docs/method.md, section 6):

* At each month end every industry counts whose own sample has begun, with its last decided signal
  (one that is decided on the 6th counts from the month end after).
* Those with a hold signal share the capital equally, none above ``cap``; what is left over, and
  everything when none is held, is in the market.
* An industry whose definition ``covers`` others takes their place once it counts itself, so that
  nothing is held twice.
* Weights drift with prices between month ends. ``cost_bps`` is charged on every amount bought and
  on every amount sold.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from prosperity.backtest import Backtest, statistics
from prosperity.calendar import TradingCalendar, month_range
from prosperity.evaluation import MARKET, Combined, IndustryResult
from prosperity.settings import Settings


def combine(
    results: Mapping[str, IndustryResult],
    settings: Settings,
    others: pd.DataFrame | None = None,
) -> Combined | None:
    """Combine the industries of a run.

    Parameters
    ----------
    results
        By id; modules and industries without a backtest are passed over.
    settings
        ``cap``, ``cost_bps``, ``risk_free``, ``start`` and ``end`` are used.
    others
        Closing prices of further indices by day, to compare with.

    Returns
    -------
    Combined or None
        None with fewer than two industries, or no month end after the first of them began.
    """
    tested = {id: r for id, r in results.items() if r.backtest is not None and len(r.signal)}
    if len(tested) < 2:
        return None
    prices = _prices(tested)
    if settings.end is not None:
        prices = prices[prices.index <= pd.Timestamp(settings.end)]
    if prices.empty:
        return None
    calendar = TradingCalendar(pd.DatetimeIndex(prices.index))
    first = min(_backtest(r).start for r in tested.values())
    months = month_range(first - pd.offsets.MonthEnd(1), prices.index[-1])
    dates = calendar.decision_dates(months, "month_end")
    usable = (dates >= prices.index[0]) & (dates <= prices.index[-1])
    if settings.start is not None:
        usable &= months >= pd.Timestamp(settings.start) - pd.offsets.MonthEnd(1)
    dates = pd.DatetimeIndex(dates[usable]).unique()
    if dates.empty:
        return None
    counts, holds = _standing(tested, dates)
    held = _weights(holds, settings.cap)
    basket = _weights(counts, 1.0)
    strategy, turnover = _net_value(prices, held, settings.cost_bps)
    nav = pd.DataFrame(
        {
            "strategy": strategy,
            "index": _net_value(prices, basket, 0.0)[0],
            "benchmark": prices.loc[strategy.index, MARKET] / prices[MARKET][strategy.index[0]],
        }
    )
    share = (1.0 - held[MARKET]).reindex(nav.index).ffill()
    traded = (turnover > 1e-12).reindex(nav.index, fill_value=False)
    found = statistics(nav, share, traded, settings.risk_free)
    tested_all = Backtest(nav.index[0], nav.index[-1], nav, share, traded, found)
    code = _longest(tested).definition.benchmark_code
    return Combined(held, tested_all, turnover, _rebased(others, nav.index), code)


def _rebased(others: pd.DataFrame | None, days: pd.Index) -> pd.DataFrame:
    """Return prices as net values on ``days``, 1 on each index's first day there."""
    if others is None:
        return pd.DataFrame(index=days)
    there = others.reindex(days).ffill()
    return there / there.bfill().iloc[0]


def _backtest(result: IndustryResult) -> Backtest:
    if result.backtest is None:  # pragma: no cover - combine() passes such results over
        raise TypeError(result.definition.id)
    return result.backtest


def _prices(tested: Mapping[str, IndustryResult]) -> pd.DataFrame:
    """Return index net values by industry id, and the market's, on the market's days.

    A day on which one index has no price carries its last one, as a holder's statement would.
    """
    navs = {id: _backtest(r).nav for id, r in tested.items()}
    longest = navs[_longest(tested).definition.id]
    end = min(nav.index[-1] for nav in navs.values())
    columns = {id: nav["index"] for id, nav in navs.items()} | {MARKET: longest["benchmark"]}
    frame = pd.DataFrame(columns).loc[:end]
    return frame[frame[MARKET].notna()].ffill()


def _longest(tested: Mapping[str, IndustryResult]) -> IndustryResult:
    """Return the result whose backtest begins first: its benchmark is the market."""
    return min(tested.values(), key=lambda result: _backtest(result).start)


def _standing(
    tested: Mapping[str, IndustryResult], dates: pd.DatetimeIndex
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return which industries count, and which are held, by decision date."""
    counts = pd.DataFrame({id: dates >= _backtest(r).start for id, r in tested.items()}, dates)
    for id, result in tested.items():
        for covered in result.definition.covers:
            if covered in counts:
                counts[covered] &= ~counts[id]
    holds = pd.DataFrame({id: _last_signal(r, dates) == 1.0 for id, r in tested.items()}, dates)
    return counts, counts & holds


def _last_signal(result: IndustryResult, dates: pd.DatetimeIndex) -> np.ndarray:
    """Return the signal decided last, on or before each date; NaN before the first."""
    place = pd.DatetimeIndex(result.decisions).searchsorted(dates, side="right") - 1
    signal = result.signal.to_numpy(float)
    last: np.ndarray = np.where(place >= 0, signal[np.clip(place, 0, None)], np.nan)
    return last


def _weights(chosen: pd.DataFrame, cap: float) -> pd.DataFrame:
    """Return equal weights of the chosen, none above ``cap``, the rest in the market."""
    number: pd.Series[float] = chosen.astype(float).sum(axis=1)
    each = np.minimum(cap, 1.0 / number.where(number > 0, np.inf))
    weights = chosen.astype(float).mul(each, axis=0)
    weights[MARKET] = np.maximum(0.0, 1.0 - number * each)
    return weights


def _net_value(
    prices: pd.DataFrame, weights: pd.DataFrame, cost_bps: float
) -> tuple[pd.Series[float], pd.Series[float]]:
    """Return the net value by day from the first decision on, and the turnover by decision.

    The first purchase is free, as in :mod:`prosperity.backtest`.
    """
    names = list(weights.columns)
    table = prices[names].to_numpy(float)
    starts = prices.index.get_indexer(weights.index)
    ends = [*starts[1:], len(prices) - 1]
    target = weights.to_numpy(float)
    value, amount, turnover = 1.0, target[0], []
    pieces = [np.array([1.0])]
    for k, (begin, end) in enumerate(zip(starts, ends, strict=True)):
        moved = float(np.abs(target[k] * amount.sum() - amount).sum()) / float(amount.sum())
        turnover.append(moved)
        value = float(amount.sum()) * (1.0 - moved * cost_bps / 1e4)
        pieces[-1][-1] = value
        # An index that has no price yet has no weight either.
        relative = np.nan_to_num(table[begin + 1 : end + 1] / table[begin])
        amounts = value * target[k] * relative
        pieces.append(amounts.sum(axis=1))
        amount = amounts[-1] if len(amounts) else value * target[k]
    nav = pd.Series(np.concatenate(pieces), prices.index[starts[0] :])
    return nav, pd.Series(turnover, weights.index)
