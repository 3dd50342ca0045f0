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
from prosperity.simulated_levels import AMOUNT, LEVELS, level_of, rate
from prosperity.simulation import NO_JANUARY, SOURCE, simulate

from tests.model.helpers import industry_of

ALL = list(catalog().values())
FIRST, LAST = "2004-03", "2008-10"


@cache
def everything() -> Panel:
    return simulate(ALL, first=FIRST, last=LAST)


@cache
def full() -> Panel:
    return simulate(ALL)


@cache
def computed() -> Evaluation:
    return evaluate(full(), ALL)


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


def test_every_indicator_of_the_catalog_has_a_level_of_its_own() -> None:
    assert set(LEVELS) == columns(ALL)


@pytest.mark.parametrize("seed", [20230731, 1, 3])
def test_every_indicator_lies_at_a_level_that_its_statistic_can_have(seed: int) -> None:
    """The catalog's bounds are those of imports, and know nothing of the simulation."""
    known = {i.id: i for m in ALL for i in m.indicators if i.own_column}
    panel = simulate(ALL, seed=seed)
    odd: dict[str, tuple[float, float]] = {}
    for id, observed in panel.series.items():
        values, indicator = observed.frame["value"], known[id]
        assert indicator.plausible_low is not None, id
        assert indicator.plausible_high is not None, id
        if values.min() < indicator.plausible_low or values.max() > indicator.plausible_high:
            odd[id] = (values.min(), values.max())
    assert odd == {}


@pytest.mark.parametrize(
    ("id", "low", "high"),
    [
        ("hog_price", 5, 40),
        ("pmi", 44, 58),
        ("cgb10y", 1, 6),
        ("usdcny", 5.5, 8.5),
        ("jpycny", 4, 9),
        ("core_cpi", -1, 4),
        ("blast_furnace_rate", 50, 100),
        ("thermal_coal_price", 250, 1500),
        ("cell_price", 0.3, 4),
        ("module_exports", 2e8, 1e10),
        ("m2_level", 1e5, 5e6),
    ],
)
def test_some_levels_that_everybody_knows(id: str, low: float, high: float) -> None:
    values = full().series[id].frame["value"]
    assert values.between(low, high).all(), (values.min(), values.max())


def test_a_series_that_nobody_listed_goes_by_its_unit_else_as_an_amount() -> None:
    assert level_of("growth of ours", "%") == rate(8.0, 5.0)
    assert level_of("widgets", "万件") == AMOUNT
