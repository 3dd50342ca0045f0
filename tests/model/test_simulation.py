"""Simulated panels: complete, repeatable, and never passed off as real."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from prosperity.catalog import catalog, closure, find
from prosperity.definition import Industry
from prosperity.engine import evaluate
from prosperity.evaluation import Evaluation
from prosperity.panel import Panel
from prosperity.settings import Settings
from prosperity.simulation import NO_JANUARY, SOURCE, simulate

from tests.model.helpers import industry_of

ALL = list(catalog().values())
FIRST, LAST = "2004-03", "2008-10"


@cache
def everything() -> Panel:
    return simulate(ALL, first=FIRST, last=LAST)


@cache
def computed() -> Evaluation:
    return evaluate(simulate(ALL), ALL)


def columns(models: Iterable[Industry]) -> set[str]:
    return {i.id for m in models for i in m.indicators if i.own_column}


def assert_same(one: Panel, other: Panel) -> None:
    assert set(one.series) == set(other.series)
    different = [id for id in one.series if not one.series[id].frame.equals(other.series[id].frame)]
    assert different == []
    pd.testing.assert_frame_equal(
        one.prices.sort_index(axis=1), other.prices.sort_index(axis=1), check_exact=True
    )


def test_the_same_seed_gives_the_same_panel() -> None:
    assert_same(simulate(ALL, first=FIRST, last=LAST), everything())


def test_another_seed_gives_another_panel() -> None:
    other = simulate(ALL, first=FIRST, last=LAST, seed=1)
    for id, observed in everything().series.items():
        assert not observed.frame["value"].equals(other.series[id].frame["value"])
    assert (other.prices.iloc[-1] != everything().prices.iloc[-1]).all()


def test_the_order_of_the_models_does_not_matter() -> None:
    assert_same(simulate(ALL[::-1], first=FIRST, last=LAST), everything())


@pytest.mark.parametrize("id", ["banks", "autos", "glass", "construction_machinery"])
def test_a_series_is_the_same_whoever_else_is_simulated(id: str) -> None:
    alone = simulate(closure([find(id)], catalog()), first=FIRST, last=LAST)
    for name, observed in alone.series.items():
        assert observed.frame.equals(everything().series[name].frame), name
    pd.testing.assert_series_equal(alone.prices[id], everything().prices[id])


def test_models_of_ones_own_that_disagree_on_a_sign_share_one_series() -> None:
    models = [
        replace(industry_of({"rate": {"sign": sign}}), id=id)
        for id, sign in (("lenders", 1), ("borrowers", -1))
    ]
    assert_same(
        simulate(models, first=FIRST, last=LAST), simulate(models[::-1], first=FIRST, last=LAST)
    )


def test_it_says_that_it_is_simulated() -> None:
    panel = everything()
    assert panel.simulated
    assert panel.known_on(pd.Timestamp("2006-01-01")).simulated
    for observed in panel.series.values():
        assert observed.source == SOURCE
    assert "模拟" in SOURCE
    assert "simulated" in SOURCE
    run = evaluate(simulate([find("coal")], last="2006-12"), [find("coal")], Settings())
    assert run.simulated


def test_every_column_of_every_model_is_there_and_no_other() -> None:
    panel = everything()
    assert set(panel.series) == columns(ALL)
    for id, observed in panel.series.items():
        assert observed.id == id
        assert np.isfinite(observed.frame["value"]).all()


def test_every_industry_has_prices_and_no_module() -> None:
    prices = everything().prices
    held = {m.id for m in ALL if m.kind == "industry"}
    assert set(prices.columns) == held | {"benchmark"}
    assert (prices > 0).all(axis=None)
    assert prices.index.equals(pd.bdate_range("2004-03-01", "2008-10-31"))


def test_series_keep_the_definitions_unit_name_and_lag() -> None:
    months = pd.date_range("2004-03-31", "2008-10-31", freq="ME")
    for model in ALL:
        for indicator in model.indicators:
            if not indicator.own_column:
                continue
            observed = everything().series[indicator.id]
            assert (observed.unit, observed.name) == (indicator.unit, indicator.name_zh)
            frame = observed.frame
            assert frame.index.isin(months).all()
            assert frame.index[-1] == months[-1]
            days = (frame["release"] - frame.index).dt.days
            if indicator.lag_days:
                assert (days == indicator.lag.of(pd.DatetimeIndex(days.index))).all()
            else:
                assert days.between(-2, 0).all()
            assert not frame["explicit"].any()


def test_what_is_never_published_for_january_has_no_january() -> None:
    seen = set()
    for model in ALL:
        for indicator in model.indicators:
            if not indicator.own_column:
                continue
            months = everything().series[indicator.id].frame.index.month
            never = indicator.frequency == "M" and any(
                word in indicator.name_zh for word in NO_JANUARY
            )
            assert (1 not in months) is never, indicator.id
            assert set(range(2, 13)) <= set(months)
            seen.add(never)
    assert seen == {True, False}


def test_a_weekly_series_has_its_januaries() -> None:
    output = {"weekly": {"frequency": "W"}, "monthly": {}}
    model = industry_of({id: {"name_zh": f"{id}产量", **row} for id, row in output.items()})
    series = simulate([model], first=FIRST, last=LAST).series
    assert 1 in series["weekly"].frame.index.month
    assert 1 not in series["monthly"].frame.index.month


def test_amounts_are_positive_so_that_growth_is_known() -> None:
    for model in ALL:
        for indicator in model.indicators:
            if indicator.own_column and "yoy" in indicator.transform:
                assert (everything().series[indicator.id].frame["value"] > 0).all()


def test_series_vary() -> None:
    for observed in everything().series.values():
        assert observed.frame["value"].std() > 0


def test_every_model_can_be_computed_from_the_default_panel() -> None:
    for id, result in computed().results.items():
        # June's decision on the 6th of July is still to come.
        last = "2026-05-31" if result.definition.rebalance == "sixth" else "2026-06-30"
        assert result.latest == pd.Timestamp(last), id
        assert (result.backtest is None) == (result.definition.kind == "module")


def test_a_dimension_without_members_has_no_score() -> None:
    """Photovoltaics keep prices in the book without counting them: their score is not 0."""
    for id, result in computed().results.items():
        for dimension, score in result.dimensions.items():
            filled = any(m.dimension == dimension for m in result.definition.members)
            assert score.notna().any() == filled, f"{id}: {dimension} has a score of nothing"
