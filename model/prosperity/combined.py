"""The combined strategy: all industries that are held, in equal parts.

The report gives its result and not its construction, so this is ours (docs/method.md, section 6):

* At each month end every industry counts whose sample has begun and that has had a signal, with
  its last decided one (one that is decided on the 6th counts from the month end after). One that
  has had no price for :data:`~prosperity.trade_days.LATEST_TRADE` days has left, until it has one.
* Those with a hold signal share the capital equally, none above ``cap``; what is left over, and
  everything when none is held, is in the market.
* An industry whose definition ``covers`` others takes their place once it counts itself, so that
  nothing is held twice.
* A decision is traded at the close of the first day on which all that is bought, sold or kept has
  a price, or ``delay_days`` such days later; see :mod:`prosperity.trade_days`.
* Weights drift with prices between trades. ``cost_bps`` is charged on every amount bought and on
  every amount sold; what has left is sold at its last price.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from prosperity.attribution import attribution
from prosperity.backtest import Backtest, backtest_of
from prosperity.calendar import TradingCalendar, month_range
from prosperity.evaluation import (
    MARKET,
    Combined,
    IndustryResult,
    Notice,
    Severity,
    days_text,
)
from prosperity.portfolio import Portfolio
from prosperity.settings import Settings
from prosperity.trade_days import LATEST_TRADE, WINDOW, priced_lately


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
        ``cap``, ``cost_bps``, ``delay_days``, ``risk_free``, ``start`` and ``end`` are used.
    others
        Closing prices of further indices by day, to compare with.

    Returns
    -------
    Combined or None
        None with fewer than two industries, or no month end after the first of them began.
    """
    standing = standing_of(results, settings)
    if standing is None:
        return None
    targets = equal_weights(standing.holds, settings.cap)
    held = held_course(standing, targets, settings, settings.delay_days)
    if held is None:
        return None
    whole = held.backtest
    days = whole.nav.index
    notices = tuple(_notices(standing.tested, standing.prices, whole))
    code = _longest(standing.tested).definition.asset.benchmark
    return Combined(
        targets,
        whole,
        held.turnover,
        _rebased(others, days),
        notices,
        code,
        parts=attribution(held.portfolio.course, standing.prices),
        displaced=standing.displaced,
    )


@dataclass(frozen=True)
class Standing:
    """Which industries count and are held, by decision date (T,) and industry id.

    Attributes
    ----------
    tested : mapping of str to IndustryResult
        The industries that have a backtest.
    prices : DataFrame
        Their net values and the market's, under :data:`~prosperity.evaluation.MARKET`, by day.
    counts, holds : DataFrame of bool
        From the first date on which any counts; ``covers`` is applied.
    displaced : DataFrame of str
        The industry that stands in the place of one with a hold signal; empty where none does.
    """

    tested: Mapping[str, IndustryResult]
    prices: pd.DataFrame
    counts: pd.DataFrame
    holds: pd.DataFrame
    displaced: pd.DataFrame


def standing_of(results: Mapping[str, IndustryResult], settings: Settings) -> Standing | None:
    """Return which industries count and are held; None where :func:`combine` gives nothing."""
    tested = {id: r for id, r in results.items() if r.backtest is not None and len(r.signal)}
    if len(tested) < 2:
        return None
    prices = _prices(tested, settings)
    if prices.empty:
        return None
    dates = _decision_dates(results, prices, settings)
    counts, holds, displaced = _standing(tested, prices, dates)
    begun = counts.any(axis=1).cummax()
    counts, holds, displaced = counts[begun], holds[begun], displaced[begun]
    return None if counts.empty else Standing(tested, prices, counts, holds, displaced)


@dataclass(frozen=True)
class HeldCourse:
    """What became of target weights over the industries and the market.

    Attributes
    ----------
    portfolio : Portfolio
    backtest : Backtest
        Beside the equal-weight basket of all that count, and the market.
    turnover : Series
        Amount bought plus amount sold for each decision date; 0 where none was traded.
    """

    portfolio: Portfolio
    backtest: Backtest
    turnover: pd.Series[float]


def held_course(
    standing: Standing,
    targets: pd.DataFrame,
    settings: Settings,
    delay: int,
    rest: str = MARKET,
    cost_bps: float | None = None,
) -> HeldCourse | None:
    """Return what became of target weights; None where no decision can be traded.

    Parameters
    ----------
    standing
        Prices, and what counts.
    targets
        Decision dates by industry id, market and, where it is another, ``rest``; without NaN.
    settings
        ``risk_free``, and ``cost_bps`` unless it is given.
    delay
        Days from decision to trade.
    rest
        What holds the rest; a column of the prices, or cash.
    cost_bps
        One-way cost in basis points; None is that of the settings.
    """
    prices, counts = standing.prices, standing.counts
    # It begins when all that count have prices, for the basket beside it holds them all.
    together = tuple(counts.columns[counts.iloc[0]])
    cost = settings.cost_bps if cost_bps is None else cost_bps
    portfolio = Portfolio(prices, targets, rest, cost, delay, together)
    if not len(portfolio.trades.rows):
        return None
    own = portfolio.course
    days = own.value.index
    nav = pd.DataFrame(
        {
            "strategy": own.value,
            "index": _basket(prices, equal_weights(counts, 1.0), delay, days),
            "benchmark": prices[MARKET][days] / prices[MARKET][days[0]],
        }
    )
    position = 1.0 - own.weights[MARKET]
    if rest != MARKET:
        position = position - own.weights[rest]
    whole = backtest_of(portfolio, nav, position, settings.risk_free)
    moved = pd.Series(own.turnover.to_numpy(), targets.index[portfolio.trades.rows])
    return HeldCourse(portfolio, whole, moved.reindex(targets.index, fill_value=0.0))


def _longest(tested: Mapping[str, IndustryResult]) -> IndustryResult:
    """Return the result whose backtest begins first: its benchmark is the market."""
    return min(tested.values(), key=lambda result: _backtest(result).nav.index[0])


def _prices(tested: Mapping[str, IndustryResult], settings: Settings) -> pd.DataFrame:
    """Return index net values by industry id, and the market's, on the market's days.

    They are NaN on days without a price.
    """
    navs = {id: _backtest(r).nav for id, r in tested.items()}
    longest, *shorter = sorted(navs.values(), key=lambda nav: nav.index[0])
    market = longest["benchmark"]
    for nav in shorter:
        # Days that the longest one does not show; each net value has a base of its own.
        shared = market.index.intersection(nav.index)
        if len(shared):
            scale = market[shared[0]] / nav["benchmark"][shared[0]]
            market = market.combine_first(nav["benchmark"] * scale)
    whole = pd.DataFrame({id: nav["index"] for id, nav in navs.items()} | {MARKET: market})
    whole = whole[whole[MARKET].notna()]
    if settings.end is not None:
        whole = whole[whole.index <= pd.Timestamp(settings.end)]
    return whole


def _decision_dates(
    results: Mapping[str, IndustryResult], prices: pd.DataFrame, settings: Settings
) -> pd.DatetimeIndex:
    """Return the month ends' decision dates, from the first industry's base to the last price.

    They are those of the industries that decide at month end, which may know days on which the
    market has no price; of all of them, because one that cannot be tested yet may be later. Months
    before the last of theirs of which none decides have those of the market's own days.
    """
    days = pd.DatetimeIndex(prices.index)
    months = month_range(days[0], days[-1])
    dates = pd.Series(TradingCalendar(days).decision_dates(months, "month_end"), months)
    own = [r.decisions for r in results.values() if r.definition.rebalance == "month_end"]
    if own:
        latest = pd.concat(own, axis=1, sort=True).max(axis=1)
        dates = latest.combine_first(dates[dates.index < latest.index.max()]).sort_index()
    usable = (dates >= days[0]) & (dates <= days[-1])
    if settings.start is not None:
        usable &= dates.index >= pd.Timestamp(settings.start) - pd.offsets.MonthEnd(1)
    return pd.DatetimeIndex(dates[usable]).unique().sort_values()


def _backtest(result: IndustryResult) -> Backtest:
    if result.backtest is None:  # pragma: no cover - combine() passes such results over
        raise TypeError(result.definition.id)
    return result.backtest


def _rebased(others: pd.DataFrame | None, days: pd.Index) -> pd.DataFrame:
    """Return prices as net values on ``days``, 1 on each index's first day there."""
    if others is None:
        return pd.DataFrame(index=days)
    there = others.reindex(days).ffill()
    return there / there.bfill().iloc[0]


def _standing(
    tested: Mapping[str, IndustryResult], prices: pd.DataFrame, dates: pd.DatetimeIndex
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return which industries count, which are held, and what displaced the others, by date."""
    begun = {id: dates >= max(_backtest(r).start, _first_signal(r)) for id, r in tested.items()}
    shown = prices[list(begun)].notna().to_numpy()
    counts = pd.DataFrame(begun, dates)
    counts &= priced_lately(shown, pd.DatetimeIndex(prices.index), dates)
    holds = pd.DataFrame({id: _last_signal(r, dates) == 1.0 for id, r in tested.items()}, dates)
    displaced = pd.DataFrame("", dates, list(tested))
    for id, result in tested.items():
        for covered in result.definition.covers:
            if covered in counts:
                displaced.loc[counts[covered] & counts[id] & holds[covered], covered] = id
                counts[covered] &= ~counts[id]
    return counts, counts & holds, displaced


def _first_signal(result: IndustryResult) -> pd.Timestamp:
    """Return when the first signal was decided; a day that never comes when there is none."""
    decided = result.decisions[result.signal.notna().to_numpy()]
    return pd.Timestamp.max if decided.empty else pd.Timestamp(decided.iloc[0])


def _last_signal(result: IndustryResult, dates: pd.DatetimeIndex) -> np.ndarray:
    """Return the signal decided last, on or before each date; NaN before the first."""
    place = pd.DatetimeIndex(result.decisions).searchsorted(dates, side="right") - 1
    signal = result.signal.to_numpy(float)
    last: np.ndarray = np.where(place >= 0, signal[np.clip(place, 0, None)], np.nan)
    return last


def equal_weights(chosen: pd.DataFrame, cap: float) -> pd.DataFrame:
    """Return equal weights of the chosen, none above ``cap``, the rest in the market."""
    number: pd.Series[float] = chosen.astype(float).sum(axis=1)
    each = np.minimum(cap, 1.0 / number.where(number > 0, np.inf))
    weights = chosen.astype(float).mul(each, axis=0)
    weights[MARKET] = np.maximum(0.0, 1.0 - number * each)
    return weights


def _basket(
    prices: pd.DataFrame, weights: pd.DataFrame, delay_days: int, days: pd.Index
) -> pd.Series[float]:
    """Return the net value on ``days`` of all that count, 1 on the first and without costs."""
    value = Portfolio(prices, weights, MARKET, 0.0, delay_days).course.value
    value = value.reindex(days).bfill()
    return value / value.iloc[0]


def _notices(
    tested: Mapping[str, IndustryResult], prices: pd.DataFrame, whole: Backtest
) -> Iterator[Notice]:
    """Say which industries have left because their prices end, and which decisions had to wait."""
    last = {id: _backtest(r).nav.index[-1] for id, r in tested.items()}
    ended = [id for id, day in last.items() if whole.end - day > WINDOW]
    if ended:
        models = [tested[id].definition for id in ended]
        zh = "、".join(f"{m.name_zh} {last[m.id]:%Y-%m-%d}" for m in models)
        en = ", ".join(f"{m.name_en} {last[m.id]:%Y-%m-%d}" for m in models)
        yield Notice(
            "combined_ended",
            f"综合策略：{len(ended)} 个行业的行情止于行情末日之前，此后退出（{zh}）。"
            "请补齐行情表。",
            f"Combined strategy: the prices of {len(ended)} industries end before the others, and "
            f"they leave there ({en}). Extend the price sheet.",
        )
    for code, severity, days, zh, en in (
        ("combined_late", "note", whole.late, "待各行业都有行情的首个交易日收盘换仓",
         "traded at the first close with all prices"),
        ("combined_untraded", "warning", whole.untraded, f"其后 {LATEST_TRADE} 天内仍如此，未换仓",
         f"nor were they within {LATEST_TRADE} days, so there was no trade"),
    ):  # fmt: skip
        if len(days):
            listed_zh, listed_en = days_text(days)
            yield Notice(
                code,
                f"综合策略：{len(days)} 个决策日行情不全（{listed_zh}），{zh}。",
                f"Combined strategy: on {len(days)} decision dates prices were missing "
                f"({listed_en}), {en}.",
                severity=cast(Severity, severity),
            )
