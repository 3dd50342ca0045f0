"""The engine of net values against a plain day-by-day portfolio, its rules and its refusals."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prosperity import batch
from prosperity.catalog import catalog
from prosperity.engine import evaluate
from prosperity.errors import DataError
from prosperity.evaluation import MARKET, Evaluation
from prosperity.panel import Panel
from prosperity.portfolio import CASH, Portfolio
from prosperity.settings import Settings
from prosperity.simulation import simulate

TOLERANCE = 1e-12
DAYS = pd.bdate_range("2015-01-01", "2016-12-30", unit="ns")
ASSETS = ["a", "b", "c", "market"]


def walk(seed: int, holes: int = 0) -> pd.DataFrame:
    """Return random prices, with some stretches of days on which an asset has none."""
    random = np.random.default_rng(seed)
    steps = random.normal(0.0003, 0.015, (len(DAYS), len(ASSETS)))
    prices = pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), DAYS, ASSETS)
    for _ in range(holes):
        first, length = random.integers(0, len(DAYS)), random.integers(1, 25)
        prices.iloc[first : first + length, random.integers(0, len(ASSETS))] = np.nan
    return prices


def weights(seed: int, every: int = 15) -> pd.DataFrame:
    """Return random target weights on some days, of sparse rows that leave something over."""
    random = np.random.default_rng(seed)
    dates = DAYS[3::every]
    rows = random.dirichlet([0.5] * 4, len(dates))[:, :3] * (random.random((len(dates), 3)) > 0.3)
    return pd.DataFrame(rows, dates, ASSETS[:3])


# --- a portfolio written out day by day ---------------------------------------------------------


class Plain:
    """Holdings in numbers of pieces, bought and sold one day after the other."""

    def __init__(self, cost_bps: float) -> None:
        self.cost = cost_bps / 1e4
        self.pieces: dict[str, float] = {}
        self.cash = 1.0
        self.begun = False

    def worth(self, prices: dict[str, float]) -> float:
        return self.cash + math.fsum(n * prices[one] for one, n in self.pieces.items())

    def trade(self, target: dict[str, float], prices: dict[str, float]) -> tuple[float, float]:
        """Trade into ``target``; return what was bought and sold, as shares of the capital."""
        capital = self.worth(prices)
        bought = sold = 0.0
        for one in {*(a for a, w in target.items() if w), *self.pieces} - {CASH}:
            have = self.pieces.get(one, 0.0) * prices[one]
            move = target.get(one, 0.0) * capital - have
            bought, sold = bought + max(move, 0.0), sold + max(-move, 0.0)
        if not self.begun:
            bought = sold = 0.0
        self.begun = True
        left = capital - (bought + sold) * self.cost
        self.pieces = {
            one: share * left / prices[one]
            for one, share in target.items()
            if share and one != CASH
        }
        self.cash = target.get(CASH, 0.0) * left
        return bought / capital, sold / capital


def plain_days(
    prices: pd.DataFrame,
    targets: pd.DataFrame,
    cost_bps: float,
    delay_days: int,
    waits: tuple[str, ...] = (),
) -> tuple[pd.Series, dict[pd.Timestamp, tuple[float, float]]]:
    """Walk through the days; decisions wait in a line until their day of trade has come."""
    book, held = Plain(cost_bps), set(waits)
    last: dict[str, float] = {}
    seen: dict[str, pd.Timestamp] = {}
    line: list[dict] = []
    dated = [(date, row.to_dict()) for date, row in targets.iterrows()]
    values, moved = {}, {}
    for day, row in prices.iterrows():
        shown = {one for one, price in row.items() if not math.isnan(price)} | {CASH}
        for date, target in [pair for pair in dated if pair[0] <= day]:
            reach = pd.Timedelta(days=15)
            there = {one: when for one, when in seen.items() if date - when <= reach}
            there |= dict.fromkeys(shown, day) if date == day else {}
            line.append(
                {"date": date, "target": target, "there": set(there) | {CASH}, "days": None}
            )
        dated = [pair for pair in dated if pair[0] > day]
        last |= {one: row[one] for one in shown - {CASH}}
        seen |= dict.fromkeys(shown - {CASH}, day)
        due = None
        for one in list(line):
            needed = {a for a, w in one["target"].items() if w > 0} | (held & one["there"])
            if not needed <= shown:
                continue
            if one["days"] is None and day - one["date"] > pd.Timedelta(days=15):
                line.remove(one)
                continue
            one["days"] = 0 if one["days"] is None else one["days"] + 1
            if one["days"] == delay_days:
                due = one
        if due is not None:
            line = line[line.index(due) + 1 :]
            moved[day] = book.trade(due["target"], last)
            held = {a for a, w in due["target"].items() if w > 0}
        if book.begun:
            values[day] = book.worth(last)
    return pd.Series(values), moved


@pytest.mark.parametrize("rest", ["market", CASH])
@pytest.mark.parametrize("holes", [0, 12])
@pytest.mark.parametrize("delay_days", [0, 3, 20])
@given(seed=st.integers(0, 10**6))
@hypothesis_settings(max_examples=6, deadline=None)
def test_it_equals_a_portfolio_kept_day_by_day(
    rest: str, holes: int, delay_days: int, seed: int
) -> None:
    prices, wanted = walk(seed, holes), weights(seed)
    found = Portfolio(prices, wanted, rest, 25.0, delay_days)
    values, moved = plain_days(prices, found.targets, 25.0, delay_days)
    course = found.course
    assert list(course.value.index) == list(values.index)
    np.testing.assert_allclose(course.value, values, rtol=TOLERANCE)
    assert list(course.turnover.index) == list(moved)
    np.testing.assert_allclose(course.bought, [b for b, _ in moved.values()], atol=TOLERANCE)
    np.testing.assert_allclose(course.sold, [s for _, s in moved.values()], atol=TOLERANCE)
    np.testing.assert_allclose(course.weights.sum(axis=1), 1.0, rtol=TOLERANCE)


# --- the same behind every verb -----------------------------------------------------------------

COST_BPS, DELAY = 20.0, 1


@cache
def world() -> tuple[Panel, Evaluation]:
    panel = simulate(catalog().values(), first="2004-01", last="2018-06")
    settings = Settings(cost_bps=COST_BPS, delay_days=DELAY)
    return panel, evaluate(panel, catalog().values(), settings)


def test_every_industry_s_backtest_and_batch_are_that_portfolio() -> None:
    panel, run = world()
    count = 0
    for id, result in run.results.items():
        if result.backtest is None:
            continue
        prices = panel.prices[[id, MARKET]].dropna()
        base = result.backtest.start
        begins = prices.index[prices.index.get_loc(base) - DELAY]
        signal = pd.Series(result.signal.to_numpy(), pd.DatetimeIndex(result.decisions))
        held = (signal[signal.index >= begins] == 1).astype(float)
        targets = pd.DataFrame({id: held, MARKET: 1.0 - held})
        values, moved = plain_days(prices, targets, COST_BPS, DELAY)
        np.testing.assert_allclose(result.backtest.nav["strategy"], values, rtol=TOLERANCE)
        assert result.backtest.statistics["switches"] == sum(b > 0.5 for b, _ in moved.values())
        course = batch.course(
            result.months,
            pd.DatetimeIndex(result.decisions),
            prices[id],
            prices[MARKET],
            first_month=result.months[result.decisions.to_numpy() == begins][0]
            + pd.offsets.MonthEnd(1),
            delay_days=DELAY,
        )
        many = batch.simulate(course, result.signal.to_numpy()[:, None], COST_BPS)
        for key, value in result.backtest.statistics.items():
            np.testing.assert_allclose(many[key][0], value, rtol=1e-9, atol=TOLERANCE, err_msg=key)
        last = values.iloc[-1] - 1.0
        np.testing.assert_allclose(many["strategy_return"], last, rtol=TOLERANCE, atol=TOLERANCE)
        count += 1
    assert count > 15


def test_the_combined_strategy_is_that_portfolio() -> None:
    panel, run = world()
    assert run.combined is not None
    targets = run.combined.targets
    prices = panel.prices[list(targets)]
    values, moved = plain_days(prices, targets, COST_BPS, DELAY)
    nav = run.combined.backtest.nav["strategy"]
    np.testing.assert_allclose(nav, values[nav.index], rtol=TOLERANCE)
    traded = run.combined.turnover[run.combined.turnover > 0]
    whole = [b + s for b, s in moved.values() if b + s > 0]
    np.testing.assert_allclose(traded, whole[: len(traded)], rtol=1e-9, atol=TOLERANCE)


# --- no look-ahead ------------------------------------------------------------------------------


@given(
    seed=st.integers(0, 10**6),
    known=st.integers(30, len(DAYS) - 30),
    delay_days=st.sampled_from([0, 1, 20]),
)
@hypothesis_settings(max_examples=60, deadline=None)
def test_prices_that_come_later_change_nothing_before(
    seed: int, known: int, delay_days: int
) -> None:
    """Other prices, and other days without any: value, weights and trades so far are the same."""
    prices, wanted = walk(seed, 15), weights(seed, 7)
    other = prices.copy()
    other.iloc[known:] = walk(seed + 1, 15).iloc[known:]
    runs = [Portfolio(p, wanted, "market", 10.0, delay_days) for p in (prices, other)]
    day = DAYS[known - 1]
    places = [r.trades.places[r.trades.places < known] for r in runs]
    assert places[0].tolist() == places[1].tolist()
    if not len(places[0]):
        return
    for part in ("value", "weights", "bought", "sold", "cost"):
        one, two = (getattr(r.course, part).loc[:day] for r in runs)
        np.testing.assert_array_equal(one, two, err_msg=part)


def test_a_weight_earns_from_its_decision_s_close_on_and_not_before() -> None:
    prices = pd.DataFrame({"a": [1.0, 2.0, 4.0], "market": 1.0}, DAYS[:3])
    wanted = pd.DataFrame({"a": [0.0, 1.0]}, DAYS[:2])
    assert Portfolio(prices, wanted, "market").course.value.tolist() == [1.0, 1.0, 2.0]
    assert Portfolio(prices, wanted, "market", 0.0, 1).course.value.tolist() == [1.0, 1.0]


# --- rules by hand ------------------------------------------------------------------------------


def test_weights_drift_until_the_next_trade_brings_them_back() -> None:
    prices = pd.DataFrame({"a": [1.0, 3.0, 3.0], "market": 1.0}, DAYS[:3])
    wanted = pd.DataFrame({"a": [0.5, 0.5]}, DAYS[[0, 2]])
    course = Portfolio(prices, wanted, "market", 100.0).course
    assert course.weights["a"].tolist() == [0.5, 0.75, 0.5]
    assert course.bought.tolist() == [0.0, 0.25]
    assert course.sold.tolist() == [0.0, 0.25]
    np.testing.assert_allclose(course.cost, [0.0, 2.0 * 0.5 * 0.01], rtol=TOLERANCE)
    np.testing.assert_allclose(course.value, [1.0, 2.0, 1.99], rtol=TOLERANCE)


def test_cash_earns_nothing_and_costs_nothing_unless_a_column_says_what_it_earns() -> None:
    prices = pd.DataFrame({"a": 5.0}, DAYS[:3])
    wanted = pd.DataFrame({"a": [1.0, 0.0]}, DAYS[:2])
    course = Portfolio(prices, wanted, CASH, 100.0).course
    # One side only: what is sold becomes cash.
    np.testing.assert_allclose(course.value, [1.0, 0.99, 0.99], rtol=TOLERANCE)
    assert course.sold.tolist() == [0.0, 1.0]
    assert course.bought.tolist() == [0.0, 0.0]
    earning = Portfolio(prices.assign(cash=[1.0, 1.0, 1.1]), wanted, CASH, 100.0).course
    np.testing.assert_allclose(earning.value, [1.0, 0.99, 0.99 * 1.1], rtol=TOLERANCE)


def test_a_trade_waits_for_the_prices_of_what_it_buys_sells_or_keeps() -> None:
    prices = walk(1)
    prices.loc[DAYS[10:14], "a"] = np.nan
    wanted = pd.DataFrame({"a": [0.5, 0.0, 0.0], "b": [0.0, 0.5, 0.2]}, DAYS[[0, 10, 20]])
    found = Portfolio(prices, wanted, "market")
    # The second decision sells a, which has no price for four days.
    assert found.trades.places.tolist() == [0, 14, 20]
    assert found.trades.late.tolist() == [DAYS[10]]
    # The fourth day and the next: with a delay the days with all prices count.
    assert Portfolio(prices, wanted, "market", 0.0, 1).trades.places.tolist() == [1, 15, 21]


@pytest.mark.parametrize(("back", "traded"), [("2015-01-30", True), ("2015-02-02", False)])
def test_a_decision_without_prices_within_fifteen_days_is_not_traded(
    back: str, traded: bool
) -> None:
    prices, decided = walk(2), pd.Timestamp("2015-01-15")
    prices.loc[(decided <= DAYS) & (pd.Timestamp(back) > DAYS), "b"] = np.nan
    wanted = pd.DataFrame({"b": [0.0, 0.5]}, [DAYS[0], decided])
    found = Portfolio(prices, wanted, "market")
    assert found.trades.untraded.tolist() == ([] if traded else [decided])
    assert found.trades.late.tolist() == ([decided] if traded else [])
    assert (found.course.weights["b"].iloc[-1] > 0) == traded


def test_the_first_trade_waits_for_what_it_is_compared_with() -> None:
    prices = walk(3)
    prices.loc[DAYS[5:8], "c"] = np.nan
    wanted = pd.DataFrame({"a": [1.0]}, DAYS[[5]])
    assert Portfolio(prices, wanted, "market").course.value.index[0] == DAYS[5]
    waiting = Portfolio(prices, wanted, "market", together=("c",))
    assert waiting.course.value.index[0] == DAYS[8]
    assert list(waiting.course.weights) == ["a", "market"]
    # What has had no price for long is not waited for.
    prices.loc[DAYS[:8], "c"] = np.nan
    assert replace(waiting, prices=prices).course.value.index[0] == DAYS[5]


def test_weights_that_miss_a_sum_of_one_by_rounding_are_scaled_to_it() -> None:
    thirds = pd.DataFrame(0.3333333334, DAYS[:1], ["a", "b", "c"])
    targets = Portfolio(walk(4), thirds, "market").targets
    assert targets["market"].tolist() == [0.0]
    np.testing.assert_allclose(targets.sum(axis=1), 1.0, rtol=1e-15)
    given_rest = thirds.assign(market=0.0) * 0.9
    np.testing.assert_allclose(
        Portfolio(walk(4), given_rest, "market").targets["market"], [0.1], atol=1e-9
    )


# --- what is refused ----------------------------------------------------------------------------

HALF = pd.DataFrame({"a": [0.5, 0.5]}, DAYS[[0, 20]])


def priced_at(price: float) -> pd.DataFrame:
    """Return prices with one of the eighth day set."""
    prices = walk(5)
    prices.loc[DAYS[7], "a"] = price
    return prices


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"weights": HALF.assign(b=[0.5, 0.6])}, "bad_weight", "2015-01-29"),
        ({"weights": HALF.assign(b=[-0.1, 0.0])}, "bad_weight", "2015-01-01"),
        ({"weights": HALF.assign(b=[0.0, np.nan])}, "bad_weight", "2015-01-29"),
        ({"weights": HALF.assign(b=[0.0, np.inf])}, "bad_weight", "2015-01-29"),
        ({"weights": HALF.iloc[::-1]}, "bad_order", ""),
        ({"weights": HALF.rename(columns={"a": "x"})}, "prices_missing", "x"),
        ({"rest": "bond"}, "prices_missing", "bond"),
        ({"together": ("y",)}, "prices_missing", "y"),
        ({"cost_bps": -1.0}, "bad_cost", ""),
        ({"cost_bps": 5000.0}, "bad_cost", ""),
        ({"cost_bps": np.nan}, "bad_cost", ""),
        ({"delay_days": -1}, "bad_cost", ""),
        ({"prices": walk(5).iloc[[0, 2, 1]]}, "bad_order", ""),
        ({"prices": walk(5).iloc[[0, 1, 1]]}, "bad_order", ""),
        (
            {"prices": walk(5).replace({"a": {walk(5)["a"].iloc[7]: 0.0}})},
            "bad_price",
            "2015-01-12",
        ),
        ({"prices": walk(5) * [-1, 1, 1, 1]}, "bad_price", "2015-01-01"),
        ({"prices": priced_at(np.inf)}, "bad_price", "a"),
    ],
)
def test_what_cannot_be_held_is_refused_in_both_languages(
    change: dict[str, object], code: str, said: str
) -> None:
    sound = Portfolio(walk(5), HALF, "market", 10.0)
    with pytest.raises(DataError) as caught:
        replace(sound, **change)
    assert caught.value.code == code
    assert said in caught.value.zh
    assert said in caught.value.en


def test_a_bad_price_of_an_asset_that_is_not_held_does_not_matter() -> None:
    prices = walk(6) * [1, -1, 1, 1]
    assert Portfolio(prices, HALF, "market").course.value.iloc[0] == 1.0


@pytest.mark.parametrize(
    "wanted", [HALF.iloc[:0], HALF.set_axis(DAYS[[0, 20]] + pd.Timedelta("9999D"))]
)
def test_decisions_that_cannot_be_traded_at_all_are_refused(wanted: pd.DataFrame) -> None:
    found = Portfolio(walk(7), wanted, "market")
    assert not len(found.trades.rows)
    with pytest.raises(DataError) as caught:
        _ = found.course
    assert caught.value.code == "no_overlap"
