"""The parts of a portfolio's return sum to it, whatever is held, missing, or paid."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from prosperity.attribution import COST, attribution, linked
from prosperity.drawdowns import drawdowns
from prosperity.portfolio import Portfolio


def prices(seed: int, days: int = 400) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    index = pd.bdate_range("2020-01-31", periods=days)
    steps = generator.normal(0.0, 0.02, (days, 3))
    return pd.DataFrame(np.exp(np.cumsum(steps, axis=0)), index, ["coal", "steel", "market"])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("cost", [0.0, 30.0])
def test_parts_sum_to_every_month_and_to_the_whole(seed: int, cost: float) -> None:
    shown = prices(seed)
    generator = np.random.default_rng(100 + seed)
    dates = shown.index[::21][:-1]
    weights = pd.DataFrame(generator.dirichlet([1, 1, 1], len(dates)), dates, shown.columns)
    course = Portfolio(shown, weights, "market", cost).course
    parts = attribution(course, shown)
    value = course.value
    months = value.groupby(value.index + pd.offsets.MonthEnd(0)).last()
    earned = months / months.shift().fillna(1.0) - 1
    assert parts.sum(axis=1).to_numpy() == pytest.approx(earned.reindex(parts.index).to_numpy())
    assert linked(parts).sum() == pytest.approx(value.iloc[-1] / value.iloc[0] - 1)
    paid = parts[COST]
    assert (paid <= 1e-12).all()
    assert (paid.abs().max() > 1e-6) == (cost > 0)


def test_what_is_held_alone_adds_everything_and_the_others_nothing() -> None:
    shown = prices(1)
    weights = pd.DataFrame({"coal": [1.0], "steel": [0.0], "market": [0.0]}, shown.index[:1])
    added = linked(attribution(Portfolio(shown, weights, "market").course, shown))
    assert added["coal"] == pytest.approx(shown["coal"].iloc[-1] / shown["coal"].iloc[0] - 1)
    assert added[["steel", "market", COST]].abs().max() < 1e-12


def test_a_day_without_a_price_moves_nothing_and_the_next_price_brings_it_all() -> None:
    shown = prices(2)
    holes = shown.copy()
    holes.iloc[50:60, 0] = np.nan
    weights = pd.DataFrame({"coal": [0.5], "steel": [0.0], "market": [0.5]}, shown.index[:1])
    whole, holed = (
        linked(attribution(Portfolio(p, weights, "market").course, p)) for p in (shown, holes)
    )
    assert holed.to_numpy() == pytest.approx(whole.to_numpy())


def test_falls_are_from_peak_to_low_and_do_not_overlap() -> None:
    days = pd.bdate_range("2023-01-02", periods=9)
    nav = pd.Series([1.0, 0.9, 1.0, 1.2, 0.6, 0.9, 1.3, 1.3, 1.17], index=days)
    deep, last, first = drawdowns(nav)
    assert (deep.peak, deep.low, deep.recovered) == (days[3], days[4], days[6])
    assert deep.depth == pytest.approx(-0.5)
    assert (first.peak, first.low, first.recovered) == (days[0], days[1], days[2])
    assert (last.peak, last.low, last.recovered) == (days[7], days[8], None)
    assert last.depth == pytest.approx(-0.1)
    assert len(drawdowns(nav, most=1)) == 1


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 1.0, 1.1], [np.nan, np.nan]])
def test_what_never_falls_has_no_drawdown(values: list[float]) -> None:
    days = pd.bdate_range("2023-01-02", periods=len(values))
    assert drawdowns(pd.Series(values, index=days, dtype=float)) == []
