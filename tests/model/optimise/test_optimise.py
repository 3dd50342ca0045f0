"""The enhanced index: known answers, oracles, and what is given up where limits contradict."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prosperity.errors import DataError, SettingError
from prosperity.optimise.forecast import forecast, neutralised, standardised, winsorised
from prosperity.optimise.problem import Limits, Names, optimise
from prosperity.optimise.risk import Risk, factor_returns, risk_model
from scipy.optimize import linprog

FREE = Limits(style=None, industry=None, stock=None, members=None, turnover=None)


def names(
    alpha: list[float], benchmark: list[float], *, seed: int = 0, held: list[float] | None = None
) -> Names:
    generator = np.random.default_rng(seed)
    count = len(alpha)
    industries = np.eye(3)[generator.integers(0, 3, count)]
    return Names(
        alpha=np.array(alpha),
        benchmark=np.array(benchmark),
        styles=generator.standard_normal((count, 2)),
        industries=industries,
        held=None if held is None else np.array(held),
    )


def world(seed: int, count: int = 40) -> tuple[Names, Risk]:
    generator = np.random.default_rng(seed)
    benchmark = generator.dirichlet(np.ones(count))
    made = names(list(generator.standard_normal(count)), list(benchmark), seed=seed)
    exposures = np.column_stack([made.industries, made.styles])
    root = generator.standard_normal((5, 5)) * 0.05
    return made, Risk(exposures, root @ root.T, generator.uniform(0.001, 0.01, count))


def test_the_known_answer() -> None:
    found = optimise(names([-1, 1, 0], [0.5, 0.3, 0.2]), Limits(
        style=None, industry=None, stock=0.1, members=None, turnover=None))  # fmt: skip
    np.testing.assert_allclose(found.weights, [0.4, 0.4, 0.2], atol=1e-6)
    assert found.binding == ("stock",)


@pytest.mark.parametrize("seed", range(4))
def test_a_linear_problem_is_scipys(seed: int) -> None:
    made, _ = world(seed)
    limits = Limits(style=0.3, industry=0.05, stock=0.03, members=0.9, turnover=None)
    found = optimise(made, limits)
    b, x = made.benchmark, np.vstack([made.styles.T, made.industries.T])
    bound = np.r_[np.full(2, 0.3), np.full(3, 0.05)]
    upper = np.r_[bound + x @ b, bound - x @ b]
    answer = linprog(
        -made.alpha, A_ub=np.vstack([x, -x]), b_ub=upper, A_eq=np.ones((1, len(b))), b_eq=[1.0],
        bounds=list(zip(np.maximum(b - 0.03, 0.0), b + 0.03, strict=True)),
    )  # fmt: skip
    assert made.alpha @ found.weights == pytest.approx(-answer.fun, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_without_a_forecast_risk_gives_the_index(seed: int) -> None:
    made, risk = world(seed)
    still = Names(alpha=np.zeros(len(made.alpha)), benchmark=made.benchmark,
                  styles=made.styles, industries=made.industries)  # fmt: skip
    found = optimise(still, FREE, risk=risk, aversion=1.0)
    np.testing.assert_allclose(found.weights, made.benchmark, atol=1e-5)


@given(st.floats(-5, 5), st.integers(0, 20))
@settings(max_examples=10, deadline=None)
def test_a_constant_added_to_alpha_changes_nothing(constant: float, seed: int) -> None:
    made, risk = world(seed, 15)
    limits = Limits(style=0.5, industry=0.1, stock=0.1, members=None, turnover=None)
    moved = Names(alpha=made.alpha + constant, benchmark=made.benchmark, styles=made.styles,
                  industries=made.industries)  # fmt: skip
    left, right = (optimise(n, limits, risk=risk, aversion=5.0) for n in (made, moved))
    np.testing.assert_allclose(left.weights, right.weights, atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_near_it_is_better(seed: int) -> None:
    """The conditions of optimality: no allowed move improves the goal."""
    made, risk = world(seed)
    limits = Limits(style=None, industry=None, stock=0.05, members=None, turnover=None)
    w = optimise(made, limits, risk=risk, aversion=10.0).weights
    active = w - made.benchmark
    covariance = risk.root.T @ risk.root + np.diag(risk.specific)
    gradient = made.alpha - 20.0 * covariance @ active
    can_fall = (w > 1e-6) & (active > -0.05 + 1e-6)
    can_rise = active < 0.05 - 1e-6
    assert gradient[can_rise].max() - gradient[can_fall].min() < 1e-3


def test_limits_that_contradict_are_relaxed_in_order_and_said() -> None:
    far = [0.0] * 39 + [1.0]
    made, _ = world(1)
    held = Names(alpha=made.alpha, benchmark=made.benchmark, styles=made.styles,
                 industries=made.industries, held=np.array(far))  # fmt: skip
    limits = Limits(style=0.3, industry=0.01, stock=0.01, members=0.8, turnover=0.2)
    found = optimise(held, limits)
    assert found.relaxed == {"turnover": 1.0}
    assert found.limits.turnover == 1.0
    with pytest.raises(DataError) as raised:
        optimise(made, Limits(style=0.3, industry=0.01, stock=0.01, members=1.5, turnover=None))
    assert raised.value.code == "infeasible"


def test_turnover_is_kept() -> None:
    made, _ = world(2)
    held = Names(alpha=made.alpha, benchmark=made.benchmark, styles=made.styles,
                 industries=made.industries, held=made.benchmark)  # fmt: skip
    found = optimise(held, Limits(style=None, industry=None, stock=None, members=None,
                                  turnover=0.1))  # fmt: skip
    assert np.abs(found.weights - made.benchmark).sum() / 2 == pytest.approx(0.1, abs=1e-5)
    assert "turnover" in found.binding


def test_an_index_that_does_not_sum_to_one_is_refused() -> None:
    with pytest.raises(DataError, match="bad_benchmark"):
        optimise(names([1, 2], [0.5, 0.4]), FREE)


def test_without_the_extra_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cvxpy", None)
    with pytest.raises(SettingError, match="optimise"):
        optimise(names([1, 2], [0.5, 0.5]), FREE)


def test_forecasts_are_neutral_to_industry_and_size() -> None:
    generator = np.random.default_rng(3)
    groups, size = generator.integers(0, 4, 200), generator.uniform(1, 100, 200)
    factors = np.log(size)[:, None] + groups[:, None] + generator.standard_normal((200, 2))
    alpha = forecast(factors, np.array([1.0, -1.0]), np.ones(200, bool), groups, size)
    for group in range(4):
        assert alpha[groups == group].sum() == pytest.approx(0.0, abs=1e-9)
    assert alpha @ np.log(size) == pytest.approx(0.0, abs=1e-9)


def test_winsorising_draws_in_and_leaves_the_middle() -> None:
    values = np.array([[1.0], [2.0], [3.0], [100.0], [np.nan]])
    found = winsorised(values)
    assert found[3, 0] == pytest.approx(2.5 + 3 * 1.4826 * 1.0)
    assert np.isnan(found[4, 0])
    np.testing.assert_array_equal(found[:3], values[:3])
    np.testing.assert_array_equal(winsorised(np.ones((4, 1))), np.ones((4, 1)))


def test_scores_are_standard_within_the_index() -> None:
    values = np.array([[1.0], [3.0], [100.0]])
    inside = np.array([True, True, False])
    np.testing.assert_allclose(standardised(values, inside), [[-1.0], [1.0], [98.0]])
    assert not standardised(np.ones((3, 1)), inside).any()
    assert neutralised(np.zeros((3, 1)), np.zeros(3, int), np.ones(3)).shape == (3, 1)


def test_risk_recovers_a_planted_model() -> None:
    generator = np.random.default_rng(4)
    exposures = generator.standard_normal((300, 3))
    factors = generator.standard_normal((120, 3)) * np.array([0.05, 0.02, 0.01])
    noise = generator.standard_normal((120, 300)) * 0.03
    returns = factors @ exposures.T + noise
    past, left = factor_returns([exposures] * 120, list(returns))
    np.testing.assert_allclose(past, factors, atol=0.012)
    risk = risk_model(exposures, past, np.array(left))
    assert np.sqrt(np.median(risk.specific)) == pytest.approx(0.03, rel=0.1)
    assert np.linalg.eigvalsh(risk.factors).min() > 0
    short = np.array(left)
    short[:, 0] = np.nan
    assert risk_model(exposures, past, short).specific[0] == pytest.approx(
        float(np.median(risk.specific)), rel=0.05
    )
