"""Industries and the combined strategy as systems: bit for bit what their own results say."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from prosperity.catalog import catalog
from prosperity.engine import evaluate
from prosperity.evaluation import MARKET, Evaluation
from prosperity.industry_views import view, view_combined
from prosperity.portfolio import Portfolio
from prosperity.settings import Settings
from prosperity.simulation import simulate
from prosperity.systems.result import SystemResult

COSTLY = Settings(cost_bps=10, delay_days=1)


@cache
def world(settings: Settings) -> Evaluation:
    panel = simulate(catalog().values(), first="2005-01", last="2019-12")
    return evaluate(panel, catalog().values(), settings)


def assert_views_equal(evaluation: Evaluation) -> None:
    """Check every result of an evaluation against its view."""
    for id, result in evaluation.results.items():
        assert_view_equal(view(result, evaluation.settings), evaluation, id)


def assert_view_equal(found: SystemResult, evaluation: Evaluation, id: str) -> None:
    result = evaluation.results[id]
    assert found.id == id
    assert list(found.decisions) == list(result.decisions)
    for name in ("composite", "change", "percentile", "grade"):
        np.testing.assert_array_equal(found.parts[name], getattr(result, name))
    np.testing.assert_array_equal(found.scores[id], result.signal)
    np.testing.assert_array_equal(found.positions[id], result.signal)
    said = found.positions.notna().all(axis=1)
    np.testing.assert_array_equal(found.positions[said].sum(axis=1), 1.0)
    np.testing.assert_array_equal(found.contributions[id], result.contributions)
    np.testing.assert_array_equal(found.newest, result.releases)
    for stage, frame in result.stages.items():
        np.testing.assert_array_equal(found.stages[stage], frame)
    assert found.backtest is result.backtest
    assert found.notices == result.notices
    if result.backtest is not None:
        assert_traded(found, evaluation.settings)


def assert_traded(found: SystemResult, settings: Settings) -> None:
    """Check that the positions, taken on the days of trade, are the portfolio of the backtest."""
    assert found.backtest is not None
    nav = found.backtest.nav
    made = found.trades.dropna()
    assert made.iloc[0] == found.backtest.start
    asset = str(found.positions.columns[0])
    prices = nav[["index", "benchmark"]].set_axis([asset, MARKET], axis=1)
    # On the days of trade themselves nothing is late any more.
    weights = found.positions.loc[made.index, [asset]].fillna(0.0).set_axis(made)
    own = Portfolio(prices, weights, MARKET, settings.cost_bps)
    np.testing.assert_allclose(own.course.value, nav["strategy"], rtol=1e-12)
    np.testing.assert_array_equal(own.course.weights[asset].round(9), found.backtest.position)
    assert found.turnover.sum() == 2.0 * found.backtest.traded.sum()


@pytest.mark.parametrize("settings", [Settings(), COSTLY])
def test_every_model_of_the_catalog_is_its_view(settings: Settings) -> None:
    assert_views_equal(world(settings))


@pytest.mark.parametrize("settings", [Settings(), COSTLY])
def test_the_combined_strategy_is_its_view(settings: Settings) -> None:
    evaluation = world(settings)
    combined = evaluation.combined
    assert combined is not None
    found = view_combined(combined, evaluation.industries, settings)
    assert found.positions is combined.targets
    assert found.backtest is combined.backtest
    assert found.turnover is combined.turnover
    assert found.portfolio is not None
    np.testing.assert_array_equal(found.portfolio.course.value, combined.backtest.nav["strategy"])
    made = found.trades.dropna()
    assert made.iloc[0] == combined.backtest.start
    assert (made >= made.index).all()
    pd.testing.assert_frame_equal(
        found.scores.fillna(0.0), combined.targets.drop(columns=MARKET), check_exact=True
    )
    assert found.definition.asset("glass").name_zh == "玻璃"  # type: ignore[union-attr]
    assert (found.parts["held"] <= found.parts["counts"]).all()


def test_another_run_s_results_are_refused() -> None:
    combined = world(Settings()).combined
    assert combined is not None
    with pytest.raises(ValueError, match="not those"):
        view_combined(combined, {}, Settings())
