"""P-values: uniform where there is no skill, small where there is, and those of other tools."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from prosperity.evidence import resampling, sharpe
from prosperity.evidence.direction import (
    direction,
    henriksson_merton,
    pesaran_timmermann,
    wilson,
)
from prosperity.evidence.significance import calls, significance
from prosperity.evidence.trials import Trial
from scipy.stats import binomtest, kstest, norm

from tests.counts import count, counted

from . import worlds

WORLDS = count(150, 300)
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


@counted
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


def by_hand(position: np.ndarray, difference: np.ndarray) -> float:
    """Timing return over its long-run error, a sum at a time."""
    months = len(position)
    terms = (position - position.mean()) * (difference - difference.mean())
    squares = 0.0
    for wave in range(1, 5):
        weight = sum(
            np.sqrt(2 / months) * np.cos(np.pi * wave * (t + 0.5) / months) * terms[t]
            for t in range(months)
        )
        squares += weight**2 / 4
    return float(np.sqrt(months) * terms.mean() / np.sqrt(squares))


def test_the_statistic_is_the_timing_return_over_its_long_run_error() -> None:
    generator = np.random.default_rng(3)
    positions = (generator.random((4, 2, 31)) < 0.4).astype(float)
    difference = generator.standard_normal(31)
    found = resampling.studentised(positions, difference)
    assert found.shape == (4, 2)
    for place in np.ndindex(4, 2):
        assert found[place] == pytest.approx(by_hand(positions[place], difference))
        # What an industry earns on average, and in which unit, changes nothing.
        other = resampling.studentised(positions[place], 7 + 100 * difference)
        assert found[place] == pytest.approx(float(other))


def test_the_error_of_independent_months_is_the_ordinary_one() -> None:
    generator = np.random.default_rng(30)
    position = (generator.random((400, 240)) < 0.5).astype(float)
    found = [resampling.studentised(p, generator.standard_normal(240)) for p in position]
    # Student's t with four degrees of freedom.
    assert kstest(np.array(found), "t", args=(4,)).pvalue > 0.01


def test_a_statistic_without_spread_is_nothing_or_without_end() -> None:
    position = np.tile([1.0, 0.0], 20)
    assert resampling.studentised(position, np.full(40, 0.1)) == 0
    assert resampling.studentised(np.ones(40), np.arange(40.0)) == 0
    assert resampling.studentised(position, 2 * position - 1) == np.inf
    assert resampling.studentised(position, 1 - 2 * position) == -np.inf
    assert resampling.circular_shifts(position, np.full(40, 0.1)) == 1
    # Perfect foresight is as good as it gets: equalled by every second shift only.
    assert resampling.circular_shifts(position, 2 * position - 1) == 0.5
    assert resampling.circular_shifts(position, 1 - 2 * position) == 1
    uneven = (np.random.default_rng(1).random(60) < 0.3).astype(float)
    assert resampling.circular_shifts(uneven, 2 * uneven - 1) == 1 / 60


def test_circular_shifts_are_all_shifts() -> None:
    generator = np.random.default_rng(3)
    position = (generator.random(31) < 0.4).astype(float)
    difference = generator.standard_normal(31)
    own = by_hand(position, difference)
    others = [by_hand(np.roll(position, k), difference) for k in range(1, 31)]
    expected = (1 + sum(o >= own - 1e-9 for o in others)) / 31
    assert resampling.circular_shifts(position, difference) == pytest.approx(expected)


def runs_on_the_circle(position: np.ndarray) -> list[tuple[int, int]]:
    """Lengths of the runs, the sample closed to a circle, with what each holds."""
    changes = np.flatnonzero(position != np.roll(position, 1))
    lengths = np.diff(np.append(changes, changes[0] + len(position)))
    return sorted(zip(position[changes].astype(int), lengths, strict=True))


@pytest.mark.parametrize("beginning", [0.0, 1.0])
def test_random_timing_keeps_the_runs(beginning: float) -> None:
    lengths = [7, 1, 2, 5, 3, 1, 9, 4]
    position = np.repeat([beginning, 1 - beginning] * 4, lengths)
    drawn = resampling.shuffled_runs(position, 500, np.random.default_rng(4))
    assert drawn.shape == (500, 32)
    assert all(runs_on_the_circle(row) == runs_on_the_circle(position) for row in drawn)
    # Every month is as likely to be held, and every run to follow every other.
    held = drawn.sum(axis=0)
    assert binomtest(int(held.max()), 500, position.mean()).pvalue > 0.001
    assert len({row.tobytes() for row in drawn}) > 400


def test_random_timing_of_one_run_of_each_turns_it() -> None:
    position = np.repeat([1.0, 0.0], [10, 20])
    drawn = resampling.shuffled_runs(position, 2000, np.random.default_rng(5))
    turned = {np.roll(position, k).tobytes() for k in range(30)}
    assert {row.tobytes() for row in drawn} == turned


def test_the_block_is_that_of_arch() -> None:
    from arch.bootstrap import optimal_block_length

    generator = np.random.default_rng(6)
    slow = (np.convolve(generator.standard_normal(251), np.ones(12), "valid") > 0).astype(float)
    expected = optimal_block_length(slow).iloc[0]
    assert resampling.block_length(slow) == pytest.approx(expected["stationary"])
    assert resampling.block_length(slow, "circular") == pytest.approx(expected["circular"])
    quick = np.tile([1.0, 0.0, 0.0], 40)
    assert resampling.block_length(quick) >= 1
    assert 1 <= resampling.block_length((generator.random(24) < 0.5).astype(float)) <= 24
    assert np.isnan(resampling.block_length(np.ones(40)))


@pytest.mark.parametrize(
    ("kind", "name"), [("stationary", "Stationary"), ("circular", "CircularBlock")]
)
def test_block_bootstrap_is_that_of_arch(kind: str, name: str) -> None:
    from arch import bootstrap

    generator = np.random.default_rng(5)
    series = np.convolve(generator.standard_normal(245), np.ones(6) / 6, "valid")
    position, difference = (series > 0).astype(float), generator.standard_normal(240)
    block, draws = 8, 4000
    theirs = getattr(bootstrap, f"{name}Bootstrap")(block, position, series, seed=6)
    drawn = [(p, s.mean()) for (p, s), _ in theirs.bootstrap(draws)]
    own = resampling.studentised(position, difference)
    others = resampling.studentised(np.array([p for p, _ in drawn]), difference)
    expected = (1 + int((others >= own).sum())) / (1 + draws)
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
    assert (found.low, found.high) == wilson(4, 6)
    assert np.isnan(found.pesaran_timmermann)
    assert np.isnan(found.henriksson_merton)


@pytest.mark.parametrize(("hits", "count"), [(0, 5), (4, 6), (5, 5), (131, 240)])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_wilson_interval_is_where_the_score_test_does_not_reject(
    hits: int, count: int, confidence: float
) -> None:
    z, share = norm.ppf(0.5 + confidence / 2), hits / count
    middle = (share + z * z / count / 2) / (1 + z * z / count)
    half = z * np.sqrt(share * (1 - share) / count + (z / count) ** 2 / 4) / (1 + z * z / count)
    low, high = wilson(hits, count, confidence)
    assert (low, high) == pytest.approx((middle - half, middle + half), rel=0, abs=1e-12)
    for edge in {low, high} - {0.0, 1.0}:
        assert abs(share - edge) == pytest.approx(z * np.sqrt(edge * (1 - edge) / count))


def test_no_month_has_no_wilson_interval() -> None:
    assert np.isnan(wilson(0, 0)).all()


def slow_calls(seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    slow = np.convolve(generator.standard_normal(161), np.ones(12), "valid")
    return slow > 0, slow + 3 * generator.standard_normal(150) > 0


def test_pesaran_timmermann_is_a_regression_on_the_past_of_both() -> None:
    from statsmodels.api import OLS

    for seed in range(5):
        call, up = slow_calls(seed)
        known = [x[2 - n : 150 - n].astype(float) for n in (1, 2) for x in (call, up)]
        now = np.column_stack([np.ones(148), call[2:].astype(float), *known])
        fitted = OLS(up[2:].astype(float), now).fit()
        expected = fitted.pvalues[1] / 2 if fitted.params[1] > 0 else 1 - fitted.pvalues[1] / 2
        assert pesaran_timmermann(call, up) == pytest.approx(expected)
        # For two categories their statistic, T times a squared canonical correlation, follows.
        y, x = (OLS(v[2:].astype(float), now[:, [0, 2, 3, 4, 5]]).fit().resid for v in (up, call))
        share = (x @ y) ** 2 / (x @ x) / (y @ y)
        assert fitted.tvalues[1] ** 2 == pytest.approx(142 * share / (1 - share))


def test_henriksson_merton_is_the_two_shares_of_right_calls() -> None:
    call, up = slow_calls(7)
    shares = (call & up).sum() / up.sum() + (~call & ~up).sum() / (~up).sum() - 1
    covariance = resampling.timing_return(call.astype(float), up.astype(float))
    assert covariance / up.mean() / (1 - up.mean()) == pytest.approx(shares)
    others = [by_hand(np.roll(call, k).astype(float), up.astype(float)) for k in range(len(call))]
    expected = sum(o >= others[0] - 1e-9 for o in others) / len(others)
    assert henriksson_merton(call, up) == pytest.approx(expected)


def test_calls_that_hang_on_the_past_alone_cannot_be_told_apart() -> None:
    alternating = np.arange(40) % 2 == 0
    up = np.random.default_rng(1).random(40) < 0.5
    assert np.isnan(pesaran_timmermann(alternating, up))
    assert np.isnan(pesaran_timmermann(up, alternating))
    assert np.isnan(pesaran_timmermann(up[:5], up[:5]))
    assert np.isnan(pesaran_timmermann(up[:2], up[:2]))
    # Calls that are all right: nothing is left to chance.
    assert pesaran_timmermann(up, up) < 1e-12
    assert pesaran_timmermann(up, ~up) > 1 - 1e-12


def test_a_signal_that_never_changes_is_not_tested() -> None:
    found = direction(np.ones(40), np.random.default_rng(0).standard_normal(40))
    assert np.isnan(found.pesaran_timmermann)
    assert np.isnan(found.henriksson_merton)
    assert resampling.random_timing(np.ones(40), np.arange(40.0)) == 1.0


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
