"""One change at a time and in grids, each as a run of its own would give it."""

from __future__ import annotations

import numpy as np
import pytest
from prosperity.catalog import catalog, closure, find
from prosperity.engine import evaluate
from prosperity.evidence.replay import Replay
from prosperity.evidence.sensitivity import ONE_AT_A_TIME, TOGETHER, changes_of, sensitivity
from prosperity.evidence.trials import Trial
from prosperity.records import variant_of
from prosperity.settings import Settings
from prosperity.simulation import simulate

from tests.model.helpers import industry_of, panel_of

from . import worlds


def test_groups_ranks_and_spread() -> None:
    model, panel = worlds.no_skill(1)
    replay = worlds.replay_of(model, panel)
    found = sensitivity(replay)
    changes = found.changes
    assert set(ONE_AT_A_TIME) <= set(changes["group"])
    own = replay.run([Trial()]).statistics.iloc[0]
    base = changes[changes["base"]]
    assert set(base["group"]) == set(ONE_AT_A_TIME)
    np.testing.assert_allclose(base["strategy_return"], own["strategy_return"])
    assert (base["agreement"] == 1).all()
    for group, row in found.groups.iterrows():
        part = changes[changes["group"] == group]
        others = part[~part["base"]]["excess_over_benchmark"]
        excess = own["excess_over_benchmark"]
        assert row["low"] == min(others.min(), excess)
        assert row["high"] == max(others.max(), excess)
        assert row["rank"] == 1 + (others > excess + 1e-12).sum()
    costs = changes[changes["group"] == "cost_bps"].set_index("value")["strategy_return"]
    assert costs["0"] > costs["10"] > costs["30"]
    assert len(found.grid) == np.prod([len(v) for v in TOGETHER.values()])
    rank, count = found.rank
    assert 1 <= rank <= count == len(found.grid)


def test_trials_count_once_and_the_base_is_first() -> None:
    model, panel = worlds.no_skill(2)
    found = sensitivity(worlds.replay_of(model, panel))
    assert found.trials[0] == Trial()
    assert len(set(found.trials)) == len(found.trials)
    positions = (~found.changes["base"]).sum() + len(found.grid)
    assert len(found.trials) <= 1 + positions


def test_leaving_one_out_is_the_model_without_it() -> None:
    model, panel = worlds.no_skill(3)
    found = sensitivity(worlds.replay_of(model, panel)).changes
    row = found[(found["group"] == "leave_out") & (found["value"] == "one")].iloc[0]
    alone = worlds.result_of(industry_of({"one": {"weight": 0}, "two": {}}), panel).backtest
    assert alone is not None
    assert row["strategy_return"] == pytest.approx(alone.statistics["strategy_return"])


def test_the_anchor_is_replaced_when_it_is_left_out() -> None:
    models = closure([find("autos")], catalog())
    panel = simulate(models, first="2002-01", last="2014-12")
    replay = Replay(panel, find("autos"), Settings(), {m.id: m for m in models})
    found = sensitivity(replay)
    left = found.changes[found.changes["group"] == "leave_out"]
    assert set(left["value"]) == {m.id for m in find("autos").members}
    assert not found.refused
    # A first component finds its own weights, so changing one would change nothing.
    assert "weight" not in set(found.changes["group"])


def test_a_series_without_weight_stands_in_for_its_neighbours() -> None:
    generator = np.random.default_rng(4)
    model = industry_of({"one": {}, "two": {}, "spare": {"weight": 0}})
    values = {n: worlds.by(worlds.cycle(worlds.MONTHS, generator)) for n in ("one", "two", "spare")}
    benchmark = 0.05 * generator.standard_normal(worlds.MONTHS)
    prices = worlds.monthly_prices(benchmark + worlds.months_ahead(generator), benchmark)
    panel = panel_of(values, prices=prices)
    found = sensitivity(worlds.replay_of(model, panel)).changes
    swaps = found[found["group"] == "alternative"].set_index("value")
    assert set(swaps.index) == {"one → spare", "two → spare"}
    swapped = industry_of({"one": {"weight": 0}, "two": {}, "spare": {}})
    alone = worlds.result_of(swapped, panel).backtest
    assert alone is not None
    expected = alone.statistics["strategy_return"]
    assert swaps.loc["one → spare", "strategy_return"] == pytest.approx(expected)


def test_documented_variants_are_tried() -> None:
    models = closure([find("banks")], catalog())
    panel = simulate(models, first="2002-01", last="2014-12")
    known = {m.id: m for m in models}
    found = sensitivity(Replay(panel, find("banks"), Settings(), known)).changes
    variants = found[found["group"] == "variant"].set_index("value")
    assert set(variants.index) == {v.id for v in find("banks").variants}
    for id, row in variants.iterrows():
        varied = variant_of(find("banks"), str(id))
        run = evaluate(panel, [varied], known={**known, "banks": varied}).results["banks"]
        assert run.backtest is not None
        assert row["sharpe"] == pytest.approx(run.backtest.statistics["sharpe"])


def test_what_was_replayed_once_is_there_for_the_whole_list() -> None:
    models = closure([find("autos")], catalog())
    replay = Replay(simulate(models), find("autos"), Settings(), {m.id: m for m in models})
    trials = [change.trial for change in changes_of(replay)]
    first = replay.run(trials)
    computed = dict(replay.computed)
    again = replay.run(trials)
    assert replay.computed == computed
    assert first.statistics.equals(again.statistics)
