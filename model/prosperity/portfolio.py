"""A portfolio: target weights and prices into net value, turnover and costs.

This is the one engine of net values. A backtest of one industry, the combined strategy and a
system of many assets are each a :class:`Portfolio`; :func:`switching` walks thousands of
portfolios through the same prices at once, where each holds one of two assets at a time.

Conventions (docs/method.md, section 5)
---------------------------------------
Weights
    Never short and never above the capital: they are not negative and sum to at most 1. What they
    leave over stands in one named asset, the *rest*: a benchmark, a bond, or :data:`CASH`.
Time
    A weight that is decided on a date is traded at that day's close, or later as
    :mod:`prosperity.trade_days` says, and earns from that close on. Between trades nothing is
    bought or sold, so weights drift with prices.
Prices
    Closing prices. On a day without one an asset is worth its last price.
Costs
    ``cost_bps`` on what is bought and on what is sold, at the close at which it trades, out of the
    capital. The first purchase is free, as for the indices that the result is compared with. Cash
    costs nothing to hold or leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from prosperity.errors import DataError
from prosperity.trade_days import Trades, trade_days

#: The rest that has no price of its own: it earns nothing, unless a column of this name says what.
CASH = "cash"
#: Weights may miss a sum of 1 by as much, and are then scaled to it.
ROUNDING = 1e-9
#: From here on a switch, which is charged twice, would cost all there is.
MOST_COST = 5000
#: Turnover of a switch from one asset to another: all is sold and all is bought.
SWITCH = 2.0


@dataclass(frozen=True)
class Course:
    """What became of a portfolio, from the day of its first trade (the base) to the last price.

    Attributes
    ----------
    value : Series
        Net value by day; 1 at the base.
    weights : DataFrame
        Days by asset: shares of the capital at each close, after that day's trades, as they have
        drifted since the last. Rows sum to 1.
    bought, sold : Series
        What was bought and sold at each trade, by day, as a share of the capital before costs.
        Cash is neither. 0 at the base.
    cost : Series
        What each trade cost, by day, in units of net value.
    """

    value: pd.Series[float]
    weights: pd.DataFrame
    bought: pd.Series[float]
    sold: pd.Series[float]
    cost: pd.Series[float]

    @property
    def turnover(self) -> pd.Series[float]:
        """Amount bought plus amount sold at each trade, by day, as a share of the capital."""
        return self.bought + self.sold


@dataclass(frozen=True)
class Portfolio:
    """Target weights over prices.

    Parameters
    ----------
    prices
        Closing prices: days (ascending, each once) by asset; NaN where an asset has none. Further
        columns do not matter.
    weights
        Target weights: decision dates (ascending) by asset; each row not negative, without NaN,
        and summing to at most 1. A column of the rest may be among them. Of two rows of one date
        the later counts.
    rest
        The asset that holds what the weights leave over.
    cost_bps
        One-way cost in basis points, from 0 to below :data:`MOST_COST`.
    delay_days
        Days with all prices that pass between decision and trade.
    together
        Assets that the first trade waits for besides those that it buys, so that what is compared
        with it can begin on the same day; one that has had no price for
        :data:`~prosperity.trade_days.LATEST_TRADE` days is not waited for.

    Raises
    ------
    DataError
        When a price is not a positive number (``bad_price``), days or dates are not in order
        (``bad_order``), a weight is NaN, negative, or too much with the others (``bad_weight``),
        an asset has no column of prices (``no_price``), or costs or delay are out of range
        (``bad_cost``). Also, when its course is asked for, if no decision can be traded
        (``no_overlap``).
    """

    prices: pd.DataFrame
    weights: pd.DataFrame
    rest: str
    cost_bps: float = 0.0
    delay_days: int = 0
    together: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (0 <= self.cost_bps < MOST_COST and self.delay_days >= 0):
            raise DataError(
                "bad_cost",
                f"单边成本应在 0 至 {MOST_COST} 基点之间（不含），成交延迟不能为负。",
                f"One-way costs lie between 0 and below {MOST_COST} basis points, and a delay is "
                "not negative.",
            )
        for index, twice in ((self.prices.index, False), (self.weights.index, True)):
            if not (index.is_monotonic_increasing and (twice or index.is_unique)):
                raise DataError(
                    "bad_order",
                    "行情日期或决策日期没有按先后排列，或有重复的行情日期。",
                    "Days of prices or decision dates are out of order, or a day stands there "
                    "twice.",
                )
        known = {*self.prices, CASH}
        missing = [one for one in (*self.assets, *self.together) if one not in known]
        if missing:
            raise DataError(
                "prices_missing",
                f"行情中没有这些资产：{'、'.join(missing)}。请补充行情。",
                f"There are no prices of {', '.join(missing)}. Add them to the prices.",
            )
        _check_prices(self._priced)
        _check_weights(self.weights)

    @property
    def assets(self) -> list[str]:
        """The assets of the weights, and after them the rest."""
        return [*(str(one) for one in self.weights if one != self.rest), self.rest]

    @property
    def targets(self) -> pd.DataFrame:
        """The weights with the rest as the last column; rows sum to 1."""
        return pd.DataFrame(self._targets, self.weights.index, self.assets)

    @cached_property
    def _targets(self) -> np.ndarray:
        """The values of :attr:`targets`."""
        own = self.weights[[one for one in self.assets if one in self.weights]].to_numpy(float)
        # Only the rest, which is the last, may have no column of its own.
        weights = np.zeros((len(own), len(self.assets)))
        np.maximum(own, 0.0, out=weights[:, : own.shape[1]])
        total = weights.sum(axis=1)
        close = np.abs(total - 1.0) <= ROUNDING
        weights /= np.where(close, total, 1.0)[:, None]
        weights[:, -1] += np.where(close, 0.0, 1.0 - total)
        return weights

    @cached_property
    def trades(self) -> Trades:
        """When each decision is traded; there may be no trade at all."""
        priced, targets = self._priced, self._targets
        wanted = np.zeros((len(targets), priced.shape[1]), dtype=bool)
        wanted[:, : targets.shape[1]] = targets > 0
        return trade_days(
            pd.DatetimeIndex(self.weights.index),
            pd.DatetimeIndex(self.prices.index),
            self.delay_days,
            shown=priced.notna().to_numpy(),
            wanted=wanted,
            first=np.array([name in self.together for name in priced], dtype=bool),
        )

    @cached_property
    def _priced(self) -> pd.DataFrame:
        """Prices of the assets, in order, and of those that the first trade waits for."""
        wanted = list(dict.fromkeys([*self.assets, *self.together]))
        prices = self.prices
        if CASH in wanted and CASH not in prices:
            prices = prices.assign(**{CASH: 1.0})
        return prices[wanted]

    @cached_property
    def course(self) -> Course:
        """The portfolio day by day.

        Raises
        ------
        DataError
            When no decision can be traded.
        """
        trades, assets = self.trades.required(), self.assets
        levels = self._priced.ffill().to_numpy(float)[:, : len(assets)]
        amounts, bought, sold, cost = _walk(
            levels,
            self._targets[trades.rows],
            trades.places,
            self.cost_bps,
            np.array([one != CASH for one in assets]),
        )
        base, days = trades.places[0], self.prices.index
        value = amounts.sum(axis=1)
        on = days[trades.places]
        return Course(
            value=pd.Series(value, days[base:]),
            weights=pd.DataFrame(amounts / value[:, None], days[base:], assets),
            bought=pd.Series(bought, on),
            sold=pd.Series(sold, on),
            cost=pd.Series(cost, on),
        )


def _check_prices(prices: pd.DataFrame) -> None:
    values = prices.to_numpy(float)
    wrong = ~np.isnan(values) & ~((values > 0) & np.isfinite(values))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        asset, day = prices.columns[column], prices.index[row]
        raise DataError(
            "bad_price",
            f"{asset} 在 {day:%Y-%m-%d} 的行情不是正数。",
            f"The price of {asset} on {day:%Y-%m-%d} is not a positive number.",
        )


def _check_weights(weights: pd.DataFrame) -> None:
    values = weights.to_numpy(float)
    for wrong, zh, en in (
        (np.isnan(values).any(axis=1), "有缺失的权重", "a weight is missing"),
        ((values < -ROUNDING).any(axis=1), "有负的权重", "a weight is negative"),
        (values.sum(axis=1) > 1.0 + ROUNDING, "权重之和大于 1", "the weights sum to more than 1"),
    ):
        if wrong.any():
            date = weights.index[int(np.argmax(wrong))]
            raise DataError(
                "bad_weight",
                f"{date:%Y-%m-%d} 的决策中{zh}。权重不为负，合计不超过 1，其余归入指定的资产。",
                f"In the decision of {date:%Y-%m-%d} {en}. Weights are not negative and sum to at "
                "most 1; the rest stands in the asset that is named for it.",
            )


def charge(turnover: Any, cost_bps: Any) -> Any:
    """Return what trading ``turnover`` costs, elementwise, both as shares of the capital."""
    return turnover * cost_bps / 1e4


def _walk(
    levels: np.ndarray,
    targets: np.ndarray,
    places: np.ndarray,
    cost_bps: float,
    costly: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Walk from trade to trade, all at once.

    After a trade the capital stands as its target says, whatever it was before; so what a unit of
    it grows to by the next trade, and what is traded then, can be told for each trade alone.

    Parameters
    ----------
    levels
        (D, K) prices, carried over days without one.
    targets, places
        (R, K) weights of each trade, rows summing to 1, and the place of its day.
    cost_bps, costly
        One-way cost, and (K,) which assets are charged.

    Returns
    -------
    amounts : ndarray, (D - places[0], K)
        What is held of each asset at each close, after trading.
    bought, sold, cost : ndarray, (R,)
        See :class:`Course`.
    """
    bases = levels[places]
    # An asset that has had no price yet is not held either.
    grown = targets[:-1] * np.nan_to_num(bases[1:] / bases[:-1])
    total = grown.sum(axis=1)
    change = np.zeros(targets.shape)
    change[1:] = np.where(costly, targets[1:] - grown / total[:, None], 0.0)
    bought, sold = np.maximum(change, 0.0).sum(axis=1), -np.minimum(change, 0.0).sum(axis=1)
    share = charge(bought + sold, cost_bps)
    capital = np.cumprod(np.append(1.0, total * (1.0 - share[1:])))
    lengths = np.diff(np.append(places, len(levels)))
    held = np.repeat(targets * capital[:, None], lengths, axis=0)
    amounts = held * np.nan_to_num(levels[places[0] :] / np.repeat(bases, lengths, axis=0))
    return amounts, bought, sold, share * capital / (1.0 - share)


@dataclass
class Stretch:
    """What many portfolios did between two cuts of the prices; arrays (N,).

    They are used again for the next stretch.

    Attributes
    ----------
    number : int
        Of the stretch, from 0.
    before, level : ndarray
        Net values at its start and at its end, after the cost of a trade there.
    inside : ndarray
        1.0 where the second asset is held in it, 0.0 where the first is.
    switched : ndarray of bool or None
        Which portfolios switch at its end; None when nothing is decided there.
    """

    number: int
    before: np.ndarray
    level: np.ndarray
    inside: np.ndarray
    switched: np.ndarray | None


def switching(
    growth: np.ndarray,
    traded: np.ndarray,
    held: Iterable[np.ndarray],
    cost_bps: np.ndarray,
) -> Iterator[Stretch]:
    """Walk many portfolios, each of which holds one of two assets at a time, through all prices.

    It is :class:`Portfolio` with weights of 0 and 1: nothing drifts, so between two cuts a
    portfolio is one of two numbers, and a trade is nothing or a switch.

    Parameters
    ----------
    growth
        (2, S) last over first price of each asset in each stretch between two cuts.
    traded
        (S,) 0 or more where a position is taken at a stretch's end, -1 where none is.
    held
        (N,) booleans, whether the second asset is held: first the position at the base, then one
        for each of those trades, in order. They are asked for one by one.
    cost_bps
        (N,) one-way cost in basis points.
    """
    positions, count = iter(held), len(cost_bps)
    full = charge(SWITCH, cost_bps) if cost_bps.any() else None
    level, before, inside, spare = np.ones(count), np.ones(count), np.ones(count), np.ones(count)
    now = next(positions)
    for number in range(growth.shape[1]):
        np.copyto(before, level)
        np.copyto(inside, now)
        level *= of_held(growth, number, inside, spare)
        switched = None
        if traded[number] >= 0:
            following = next(positions)
            switched, now = following != now, following
            if full is not None:
                # A trade's cost falls on the close at which the stretch before it ends.
                np.multiply(switched, full, out=spare)
                np.subtract(1.0, spare, out=spare)
                level *= spare
        yield Stretch(number, before, level, inside, switched)


def of_held(table: np.ndarray, number: int, inside: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Return, in ``out``, the entry of ``table`` (2, S) for the asset that each portfolio holds."""
    np.multiply(inside, table[1, number] - table[0, number], out=out)
    out += table[0, number]
    return out
