"""P-values: uniform where there is no skill, small where there is, and those of other tools."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from prosperity.evidence import resampling, sharpe
from prosperity.evidence.direction import direction, henriksson_merton, wilson
from prosperity.evidence.significance import calls, significance, together
from prosperity.evidence.trials import Trial
from scipy.stats import binomtest, kstest

from . import worlds

WORLDS = 300
TESTS = ("shifts", "stationary", "circular", "random")


def p_values(position: np.ndarray, difference: np.ndarray, seed: int) -> dict[str, float]:
    draws = 499
    return {
        "shifts": resampling.circular_shifts(position, difference),
        "stationary": resampling.block_bootstrap(position, difference, draws=draws, seed=seed),
        "circular": resampling.block_bootstrap(
            position, difference, kind="circular", draws=draws, seed=seed
        ),
        "random": resampling.random_timing(position, difference, draws=draws, seed=seed),
    }


@pytest.fixture(scope="module")
def without_skill() -> pd.DataFrame:
    """Give p-values through the whole pipeline, in worlds where the model knows nothing."""
    rows = []
    for seed in range(WORLDS):
        model, panel = worlds.no_skill(seed)
        position, difference = calls(worlds.replay_of(model, panel))
        found = p_values(position, difference, seed)
        rows.append({**found, "pt": direction(position, difference).pesaran_timmermann})
    return pd.DataFrame(rows)


@pytest.mark.parametrize("test", [*TESTS, "pt"])
def test_without_skill_p_values_are_uniform(test: str, without_skill: pd.DataFrame) -> None:
    assert len(without_skill) == WORLDS
    assert without_skill[test].notna().all()
    assert kstest(without_skill[test], "uniform").pvalue > 0.01


@pytest.mark.parametrize("test", TESTS)
def test_skill_is_seen(test: str) -> None:
    generator = np.random.default_rng(1)
    position = (np.convolve(generator.standard_normal(242), np.ones(3), "valid") > 0).astype(float)
    difference = 0.02 * (2 * position - 1) + 0.04 * generator.standard_normal(240)
    assert p_values(position, difference, 1)[test] < 0.005


def test_an_industry_that_does_well_is_no_skill() -> None:
    generator = np.random.default_rng(2)
    position = (np.convolve(generator.standard_normal(242), np.ones(3), "valid") > 0).astype(float)
    difference = 0.05 + 0.01 * generator.standard_normal(240)
    assert min(p_values(position, difference, 2).values()) > 0.01


def test_circular_shifts_are_all_shifts() -> None:
    generator = np.random.default_rng(3)
    position = (generator.random(31) < 0.4).astype(float)
    difference = generator.standard_normal(31)
    own = position @ difference
    others = [np.roll(position, k) @ difference for k in range(1, 31)]
    expected = (1 + sum(o >= own - 1e-12 for o in others)) / 31
    assert resampling.circular_shifts(position, difference) == pytest.approx(expected)


def test_random_timing_keeps_switches_and_months(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(4)
    drawn = resampling._compositions(20, 6, 500, generator)
    assert (drawn.sum(axis=1) == 20).all()
    assert (drawn >= 1).all()
    # All arrangements are equally likely: the first part is 1 with probability 5/19.
    share = (drawn[:, 0] == 1).mean()
    assert binomtest(int(share * 500), 500, 5 / 19).pvalue > 0.001


@pytest.mark.parametrize(
    ("kind", "name"), [("stationary", "Stationary"), ("circular", "CircularBlock")]
)
def test_block_bootstrap_is_that_of_arch(kind: str, name: str) -> None:
    bootstrap = pytest.importorskip("arch.bootstrap")
    generator = np.random.default_rng(5)
    series = np.convolve(generator.standard_normal(245), np.ones(6) / 6, "valid")
    position, difference = (series > 0).astype(float), generator.standard_normal(240)
    block, draws = 8, 4000
    theirs = getattr(bootstrap, f"{name}Bootstrap")(block, position, series, seed=6)
    drawn = [(p, s.mean()) for (p, s), _ in theirs.bootstrap(draws)]
    centred = difference - difference.mean()
    as_good = sum(p @ centred >= position @ centred for p, _ in drawn)
    expected = (1 + as_good) / (1 + draws)
    ours = resampling.block_bootstrap(
        position, difference, kind=kind, block=block, draws=draws, seed=6
    )
    noise = 4 * np.sqrt(2 * expected * (1 - expected) / draws)
    assert ours == pytest.approx(expected, abs=noise)
    indices = resampling.BLOCKS[kind](240, block, draws, np.random.default_rng(7))
    spread = series[indices].mean(axis=1).std()
    assert spread == pytest.approx(np.std([m for _, m in drawn]), rel=4 / np.sqrt(draws))


def test_stationary_blocks_have_the_mean_length() -> None:
    indices = resampling.stationary_indices(240, 8.0, 2000, np.random.default_rng(8))
    fresh = (np.diff(indices, axis=1) % 240 != 1).mean()
    assert 1 / fresh == pytest.approx(8, rel=0.02)


def test_probabilistic_and_deflated_sharpe_are_those_of_ffn() -> None:
    ffn = pytest.importorskip("ffn")
    generator = np.random.default_rng(9)
    days = pd.date_range("2000-01-31", periods=180, freq="ME")
    for _ in range(20):
        returns = pd.Series(0.004 + 0.03 * generator.standard_t(4, 180), index=days)
        trials = 0.1 * generator.standard_normal(57)
        expected = ffn.core.calc_deflated_sharpe_ratio(
            returns, trials, nperiods=12, annualized_trials=False
        )
        assert sharpe.deflated_sharpe(returns.to_numpy(), trials) == pytest.approx(
            expected, abs=1e-12
        )
        best = ffn.core.calc_expected_max_sharpe(57, pd.Series(trials).std())
        assert sharpe.expected_best(57, trials.std(ddof=1)) == pytest.approx(best, abs=1e-12)


def test_the_deflated_ratio_of_the_best_of_many_stays_below_its_threshold() -> None:
    """Choosing the best of fifty strategies without skill passes no more often than promised."""
    passed, naive = 0, 0
    for seed in range(WORLDS):
        returns = 0.04 * np.random.default_rng(seed).standard_normal((50, 180))
        ratios = np.array([sharpe.sharpe_ratio(row) for row in returns])
        best = returns[int(ratios.argmax())]
        passed += sharpe.deflated_sharpe(best, ratios) > 0.95
        naive += sharpe.probabilistic_sharpe(best) > 0.95
    assert passed <= 0.05 * WORLDS
    assert naive > 0.5 * WORLDS


def test_a_single_strategy_without_skill_passes_at_the_promised_rate() -> None:
    found = [
        sharpe.probabilistic_sharpe(0.04 * np.random.default_rng(seed).standard_normal(180))
        for seed in range(2000)
    ]
    passed = sum(p > 0.95 for p in found)
    assert binomtest(passed, len(found), 0.05).pvalue > 0.01


def test_hits_by_hand() -> None:
    position = np.array([1.0, 1, 0, 0, 1, np.nan, 0, 1])
    difference = np.array([0.1, -0.1, -0.2, 0.3, 0.1, 0.5, -0.1, 0.0])
    found = direction(position, difference)
    assert (found.months, found.hits) == (6, 4)
    assert found.expected == pytest.approx(0.5)
    low, high = wilson(4, 6)
    expected = binomtest(4, 6).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high))
    # Three calls and three ups of six; two of the calls right: 1 - 1/20 - ... by counting.
    call, up = position[[0, 1, 2, 3, 4, 6]] == 1, difference[[0, 1, 2, 3, 4, 6]] > 0
    assert henriksson_merton(call, up) == pytest.approx((9 + 1) / 20)


def test_pesaran_timmermann_by_hand() -> None:
    call = np.array([1.0] * 30 + [0.0] * 20)
    up = np.array([1.0] * 20 + [-1.0] * 10 + [1.0] * 5 + [-1.0] * 15)
    p, q, n = 0.6, 0.5, 50
    expected = p * q + (1 - p) * (1 - q)
    of_hits = expected * (1 - expected) / n
    of_expected = (
        (2 * q - 1) ** 2 * p * (1 - p) / n
        + (2 * p - 1) ** 2 * q * (1 - q) / n
        + 4 * p * q * (1 - p) * (1 - q) / n**2
    )
    from scipy.stats import norm

    statistic = (35 / 50 - expected) / np.sqrt(of_hits - of_expected)
    assert direction(call, up).pesaran_timmermann == pytest.approx(norm.sf(statistic))


def test_a_signal_that_never_changes_is_not_tested() -> None:
    found = direction(np.ones(40), np.random.default_rng(0).standard_normal(40))
    assert np.isnan(found.pesaran_timmermann)
    assert np.isnan(found.henriksson_merton)
    assert resampling.random_timing(np.ones(40), np.arange(40.0)) == 1.0


def test_false_discoveries_are_held_together() -> None:
    found = together({"a": 0.01, "b": 0.02, "c": 0.5, "d": float("nan")}, rate=0.05)
    assert found["found"].to_dict() == {"a": True, "b": True, "c": False, "d": False}
    assert found.loc["a", "adjusted"] == pytest.approx(0.03)
    assert found.loc["b", "adjusted"] == pytest.approx(0.03)
    assert np.isnan(found.loc["d", "adjusted"])


def test_the_tests_of_a_model_agree_with_the_functions() -> None:
    model, panel = worlds.no_skill(1)
    replay = worlds.replay_of(model, panel)
    found = significance(replay, [Trial(), Trial((("lookback", 3),))], draws=99)
    position, difference = calls(replay)
    assert found.shifts == resampling.circular_shifts(position, difference)
    assert found.periods == len(position)
    assert found.trials == 2
    assert found.deflated < found.probabilistic
    again = significance(replay, [Trial(), Trial((("lookback", 3),))], draws=99)
    assert found == again
