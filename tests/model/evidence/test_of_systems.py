"""The tests of systems: equal to an industry's where they meet, honest where there is no skill."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from prosperity.assets import closes as asset_closes
from prosperity.evidence import resampling
from prosperity.evidence.of_systems import permuted, rotated, system_evidence
from prosperity.systems import evaluate_system, systems
from prosperity.systems.reading import with_changes
from prosperity.systems.simulated import simulated_system
from scipy.stats import spearmanr


def test_one_asset_rotated_is_the_test_of_an_industry() -> None:
    generator = np.random.default_rng(1)
    position = (generator.normal(size=90).cumsum() > 0).astype(float)
    returns = generator.normal(size=90)
    periods, mean, chance = rotated(position[:, None], returns[:, None])
    assert periods == 90
    assert mean == pytest.approx(resampling.timing_return(position, returns))
    assert chance == pytest.approx(resampling.circular_shifts(position, returns))


def test_the_mean_coefficient_is_that_of_scipy_and_absent_assets_never_move() -> None:
    generator = np.random.default_rng(2)
    scores, returns = generator.normal(size=(40, 8)), generator.normal(size=(40, 8))
    scores[:, 7] = np.nan
    scores[3, 2] = returns[9, 4] = np.nan
    expected = [
        spearmanr(a, b, nan_policy="omit").statistic for a, b in zip(scores, returns, strict=True)
    ]
    periods, own, chance = permuted(scores, returns, 99)
    assert periods == 40
    assert own == pytest.approx(np.mean(expected))
    assert 0.01 <= chance <= 1


def test_foresight_is_found_and_its_opposite_is_not() -> None:
    returns = np.random.default_rng(3).normal(size=(30, 10))
    assert permuted(returns, returns, 199)[2] == pytest.approx(1 / 200)
    assert permuted(-returns, returns, 199)[2] == 1.0
    assert np.isnan(permuted(returns[:10], returns[:10], 99)[2])
    assert permuted(np.full((30, 10), 1.0), returns)[0] == 0


def test_without_skill_it_rejects_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(4)
    found = np.array(
        [
            permuted(generator.normal(size=(30, 6)), generator.normal(size=(30, 6)), 99)[2]
            for _ in range(300)
        ]
    )
    assert abs((found <= 0.1).mean() - 0.1) < 0.055


@pytest.mark.parametrize("id", ["industry_gru", "macro_position", "market_state"])
def test_a_simulated_system_is_tested_by_its_kind(id: str) -> None:
    system = systems()[id]
    panel = simulated_system(system, 18 if id != "macro_position" else 96)
    result = evaluate_system(panel, system)
    closes = asset_closes([a for a in system.assets if a.column(panel.prices)], panel.prices)
    found = system_evidence(result, closes, draws=99)
    assert found.kind == ("ranking" if id == "industry_gru" else "timing")
    assert found.tried == 1
    if id == "market_state":
        # A mix that never changes times nothing.
        assert np.isnan(found.p_value)
        assert not found.shown_to_help
    else:
        assert 0 < found.p_value <= 1
        assert found.deflated == found.probabilistic
    many = system_evidence(result, closes, variants=50, draws=9)
    assert many.tried == 51
    assert many.deflated < found.probabilistic


def test_the_factory_counts_what_it_tried() -> None:
    system = with_changes(systems()["macro_position"], "parameter.mode = factory")
    result = evaluate_system(simulated_system(system, 84), system)
    said = next(n.en for n in result.notices if n.code == "many_tried")
    assert f"{result.tried} in all" in said


def test_the_same_seed_gives_the_same_value() -> None:
    generator = np.random.default_rng(5)
    scores, returns = generator.normal(size=(2, 30, 6))
    assert permuted(scores, returns, 99, 7) == permuted(scores, returns, 99, 7)
    frame = pd.DataFrame(scores)
    turned = frame[frame.columns[::-1]].to_numpy(), returns[:, ::-1]
    assert permuted(*turned, 99)[1] == pytest.approx(permuted(scores, returns, 99)[1])
