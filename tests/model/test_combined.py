"""The combined strategy against a plain day-by-day portfolio, and its rules one by one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from prosperity.catalog import catalog
from prosperity.combined import combine
from prosperity.engine import evaluate
from prosperity.evaluation import MARKET, Combined, Evaluation
from prosperity.rules import grades
from prosperity.settings import Settings
from prosperity.simulation import simulate


@cache
def world() -> Evaluation:
    panel = simulate(catalog().values(), first="2001-01", last="2019-12")
    return evaluate(panel, catalog().values())


def combined(**settings: object) -> Combined:
    found = combine(world().results, Settings(**settings))
    assert found is not None
    return found


@pytest.mark.parametrize("cost", [0.0, 30.0])
def test_net_value_equals_a_day_by_day_portfolio(cost: float) -> None:
    result = combined(cost_bps=cost)
    weights, nav = result.weights, result.backtest.nav
    prices = pd.DataFrame({id: r.backtest.nav["index"] for id, r in world().industries.items()})
    prices[MARKET] = nav["benchmark"]
    amounts = weights.iloc[0].copy()
    expected = [1.0]
    for yesterday, today in zip(nav.index[:-1], nav.index[1:], strict=True):
        held = amounts[amounts > 0].index
        amounts[held] *= prices.loc[today, held] / prices.loc[yesterday, held]
        if today in weights.index:
            target = weights.loc[today] * amounts.sum()
            target *= 1 - (target - amounts).abs().sum() / amounts.sum() * cost / 1e4
            amounts = target
        expected.append(amounts.sum())
    np.testing.assert_allclose(nav["strategy"], expected, rtol=1e-9)


def test_weights_are_equal_capped_and_complete() -> None:
    weights = combined().weights
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    industries = weights.drop(columns=MARKET)
    assert industries.max(axis=None) <= 0.25
    assert (weights[MARKET] >= -1e-12).all()
    for _, row in industries.iterrows():
        assert row[row > 0].nunique() <= 1


def test_the_market_is_held_when_no_industry_is() -> None:
    quiet = {id: replace(r, signal=r.signal * 0.0) for id, r in world().results.items()}
    found = combine(quiet, Settings())
    assert found is not None
    assert (found.weights[MARKET] == 1.0).all()
    np.testing.assert_allclose(found.backtest.nav["strategy"], found.backtest.nav["benchmark"])


def test_nothing_is_held_twice() -> None:
    weights = combined().weights
    start = world().results["chemicals_overall"].backtest.start
    covered = weights[["chem_fibre", "polyurethane"]]
    assert (covered[covered.index >= start] == 0).all(axis=None)
    assert (weights["polyurethane"][weights.index < start] > 0).any()


def test_an_industry_enters_with_its_own_sample() -> None:
    weights = combined().weights
    for id, result in world().industries.items():
        early = weights.index < result.backtest.start
        assert (weights.loc[early, id] == 0).all(), id


def test_the_sixth_rule_enters_at_the_next_month_end() -> None:
    result = world().results["semiconductors"]
    weights = combined(cap=1.0).weights["semiconductors"]
    for day in weights.index[weights.index > result.backtest.start][:60]:
        decided = result.signal[(result.decisions <= day).to_numpy()].iloc[-1]
        assert (weights[day] > 0) == (decided == 1)


def test_a_signal_of_the_day_counts_on_the_day() -> None:
    weights = combined(cap=1.0).weights
    covered = {id for r in world().results.values() for id in r.definition.covers}
    turned = 0
    for id, result in world().industries.items():
        if id in covered or result.definition.rebalance != "month_end" or id not in weights:
            continue
        signal = pd.Series(result.signal.to_numpy(), index=result.decisions)
        days = weights.index.intersection(signal[signal.notna()].index)
        days = days[days > result.backtest.start]
        assert (weights.loc[days, id] > 0).tolist() == (signal[days] == 1).tolist(), id
        turned += int((signal[days].diff().fillna(0) != 0).sum())
    assert turned > 50


def test_basket_holds_every_industry_that_counts() -> None:
    result = combined()
    frame = pd.DataFrame({id: r.backtest.nav["index"] for id, r in world().industries.items()})
    last, end = result.weights.index[-1], frame.index[-1]
    parts = [
        frame.loc[end, id] / frame.loc[last, id]
        for id in frame
        if id not in ("chem_fibre", "polyurethane")
    ]
    basket = result.backtest.nav["index"]
    assert basket[end] / basket[last] == pytest.approx(np.mean(parts))


def test_start_and_end_are_kept() -> None:
    result = combined(
        start=pd.Timestamp("2013-01-01").date(), end=pd.Timestamp("2016-06-30").date()
    )
    assert result.backtest.start == pd.Timestamp("2012-12-31")
    assert result.backtest.end == pd.Timestamp("2016-06-30")


def test_another_index_of_the_price_sheet_is_shown_beside() -> None:
    panel = simulate(catalog().values(), first="2001-01", last="2019-12")
    other = panel.prices["benchmark"] * 2.0
    late = other.where(other.index >= "2015-06-01")
    prices = panel.prices.assign(**{"000300.SH": other, "000905.SH": late})
    chosen = [catalog()["autos"], catalog()["banks"]]
    found = evaluate(replace(panel, prices=prices), chosen).combined
    assert found is not None
    np.testing.assert_allclose(found.others["000300.SH"], found.backtest.nav["benchmark"])
    shown = found.others["000905.SH"]
    assert shown.first_valid_index() == pd.Timestamp("2015-06-01")
    assert shown["2015-06-01"] == 1.0
    assert set(found.others) == {"000300.SH", "000905.SH"}


def test_one_industry_is_not_combined() -> None:
    assert combine({"autos": world().results["autos"]}, Settings()) is None


def test_grades() -> None:
    change = np.array([0.2, 0.05, 0.0, -0.04, -0.3, np.nan])
    signal = np.array([1.0, 1.0, 0.0, 0.0, 0.0, np.nan])
    by_size = grades(change, signal, by_states=False, band=0.05)
    np.testing.assert_equal(by_size, [1, 0, 0, 0, -1, np.nan])
    by_state = grades(change, signal, by_states=True, band=0.05)
    np.testing.assert_equal(by_state, [1, 1, -1, -1, -1, np.nan])
