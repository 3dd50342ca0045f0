"""Composites against scikit-learn, and their sums."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prosperity.composite import (
    Combination,
    difference,
    first_component,
    nearest_correlation,
    nested,
    weighted_mean,
    weighted_sum,
)
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from statsmodels.stats.correlation_tools import corr_clipped

MIN_OBS = 36


def panel(seed: int, months: int = 90, parts: int = 4, common: float = 0.8) -> np.ndarray:
    generator = np.random.default_rng(seed)
    factor = generator.standard_normal((months, 1)).cumsum(axis=0) * 0.3
    loadings = generator.choice([1.0, 1.0, -0.7], parts)
    return common * factor * loadings + generator.standard_normal((months, parts))


def before(scores: np.ndarray, lookback: int = 1) -> np.ndarray:
    return np.vstack([np.full((lookback, scores.shape[1]), np.nan), scores[:-lookback]])


def component(scores: np.ndarray, anchor: int = 0, **options: object) -> Combination:
    weights = np.ones(scores.shape[1])
    defaults = {"min_weight": 0.5, "min_obs": MIN_OBS}
    return first_component(
        scores, before(scores), weights, anchor=anchor, **{**defaults, **options}
    )


@given(seed=st.integers(0, 10**6), parts=st.integers(2, 7), anchor=st.integers(0, 1))
@hypothesis_settings(max_examples=25, deadline=None)
def test_expanding_component_equals_scikit_learn_refitted_every_month(
    seed: int, parts: int, anchor: int
) -> None:
    scores = panel(seed, parts=parts)
    result = component(scores, anchor)
    for t in range(MIN_OBS - 1, len(scores)):
        scaler = StandardScaler().fit(scores[: t + 1])
        # whiten: unit variance; scikit-learn divides by n - 1, the correlation matrix by n.
        fitted = PCA(n_components=1, whiten=True).fit(scaler.transform(scores[: t + 1]))
        sign = np.sign(fitted.components_[0, anchor])
        unit = np.sqrt((t + 1) / t) * sign
        now, earlier = fitted.transform(scaler.transform(scores[[t, t - 1]]))[:, 0] * unit
        assert result.value[t] == pytest.approx(now, abs=1e-10)
        assert result.change[t] == pytest.approx(now - earlier, abs=1e-10)
        assert result.explained[t] == pytest.approx(fitted.explained_variance_ratio_[0], abs=1e-10)


@given(seed=st.integers(0, 10**6))
@hypothesis_settings(max_examples=25, deadline=None)
def test_full_component_equals_scikit_learn_on_the_whole_sample(seed: int) -> None:
    scores = panel(seed)
    result = component(scores, full=True)
    scaled = StandardScaler().fit_transform(scores)
    fitted = PCA(n_components=1, whiten=True).fit(scaled)
    size = len(scores)
    expected = fitted.transform(scaled)[:, 0] * np.sign(fitted.components_[0, 0])
    np.testing.assert_allclose(result.value, expected * np.sqrt(size / (size - 1)), atol=1e-10)


@given(seed=st.integers(0, 10**6), holes=st.floats(0, 0.4))
@hypothesis_settings(max_examples=40, deadline=None)
def test_contributions_add_up(seed: int, holes: float) -> None:
    scores = panel(seed, parts=5)
    scores[np.random.default_rng(seed).random(scores.shape) < holes] = np.nan
    for result in (
        component(scores),
        weighted_mean(scores, before(scores), np.arange(1.0, 6.0), min_weight=0.5),
        weighted_sum(scores, before(scores), np.array([1.0, -1.0, 0.0, 0.5, 0.0])),
    ):
        np.testing.assert_allclose(result.contribution.sum(axis=1), result.value, atol=1e-10)
        np.testing.assert_allclose(
            result.change_contribution.sum(axis=1), result.change, atol=1e-10
        )


@given(seed=st.integers(0, 10**6), anchor=st.integers(0, 3))
@hypothesis_settings(max_examples=25, deadline=None)
def test_flipping_the_inputs_flips_the_score_and_the_anchor_never_disagrees(
    seed: int, anchor: int
) -> None:
    scores = panel(seed)
    one, other = component(scores, anchor), component(-scores, anchor)
    np.testing.assert_allclose(one.value, -other.value, atol=1e-9)
    for t in range(MIN_OBS - 1, len(scores), 9):
        window = scores[: t + 1]
        score = (window - window.mean(axis=0)) @ one.weight[t]
        assert np.corrcoef(score, window[:, anchor])[0, 1] >= 0


def test_component_has_unit_variance_so_that_dimensions_compare() -> None:
    scores = panel(3, months=200)
    assert component(scores, full=True).value.std() == pytest.approx(1.0)


def test_before_enough_months_the_component_is_the_mean() -> None:
    scores = panel(5)
    result = component(scores)
    np.testing.assert_allclose(result.value[: MIN_OBS - 1], scores[: MIN_OBS - 1].mean(axis=1))
    assert np.isnan(result.explained[: MIN_OBS - 1]).all()
    assert not np.isnan(result.explained[MIN_OBS - 1])


def test_a_part_that_starts_late_joins_when_it_has_enough_months() -> None:
    scores = panel(7, months=120)
    scores[:60, 3] = np.nan
    result = component(scores)
    without = component(scores[:, :3])
    joins = 60 + MIN_OBS - 1
    np.testing.assert_allclose(result.value[MIN_OBS:joins], without.value[MIN_OBS:joins])
    assert result.contribution[joins - 1, 3] == 0
    assert result.contribution[joins, 3] != 0


@given(seed=st.integers(0, 10**6), holes=st.floats(0, 0.3))
@hypothesis_settings(max_examples=25, deadline=None)
def test_each_pair_is_correlated_over_the_months_that_it_shares(seed: int, holes: float) -> None:
    scores = panel(seed, months=110, common=1.5)
    gone = np.random.default_rng(seed).random(scores.shape) < holes
    scores[:-1][gone[:-1]] = np.nan
    fitted = component(scores)
    pairs = pd.DataFrame(scores).corr(min_periods=MIN_OBS).to_numpy()
    values, vectors = np.linalg.eigh(corr_clipped(pairs, threshold=0.0))
    loading = vectors[:, -1] * np.sign(vectors[0, -1]) / np.sqrt(values[-1])
    expected = loading / np.nanstd(scores, axis=0)
    np.testing.assert_allclose(fitted.weight[-1], expected, atol=1e-9)
    centre = np.nanmean(scores, axis=0)
    assert fitted.value[-1] == pytest.approx(expected @ (scores[-1] - centre), abs=1e-9)


def test_a_new_member_takes_nothing_from_what_is_known_of_the_others() -> None:
    """What joins says nothing about the years before it, so it cannot undo them.

    Two parts move together for ten years and not at all in the three in which a third is there.
    """
    scores = panel(8, months=156, parts=3, common=3.0)
    scores[120:] = np.random.default_rng(8).standard_normal((36, 3))
    scores[:120, 2] = np.nan
    before, after = (component(s).weight[-1] for s in (scores[:, :2], scores))
    assert before[1] > 0.2
    assert after[1] == pytest.approx(before[1], rel=0.2)
    assert np.corrcoef(scores[:, 0], scores[:, 1])[0, 1] > 0.8
    assert abs(np.corrcoef(scores[120:, 0], scores[120:, 1])[0, 1]) < 0.3


def test_of_two_parts_that_share_too_few_months_the_shorter_waits() -> None:
    scores = panel(9, months=100, parts=3)
    scores[:40, 1] = np.nan
    scores[40:80, 2] = np.nan
    scores[:10, 2] = np.nan  # 60 months of the second, 50 of the third, 20 of both
    result = component(scores)
    without = component(scores[:, :2])
    assert result.weight[-1, 2] == 0
    assert result.value[-1] == pytest.approx(without.value[-1])
    np.testing.assert_allclose(result.explained[-1], without.explained[-1])


@given(seed=st.integers(0, 10**6), size=st.integers(3, 6))
@hypothesis_settings(max_examples=40, deadline=None)
def test_correlations_that_do_not_fit_together_are_mended(seed: int, size: int) -> None:
    drawn = np.random.default_rng(seed).uniform(-1, 1, (2, size, size))
    matrices = np.tril(drawn, -1) + np.swapaxes(np.tril(drawn, -1), 1, 2) + np.eye(size)
    kept = matrices.copy()
    mended = nearest_correlation(matrices)
    np.testing.assert_array_equal(matrices, kept)
    for one, whole in zip(mended, matrices, strict=True):
        np.testing.assert_allclose(one, corr_clipped(whole, threshold=0.0), atol=1e-12)
        assert np.linalg.eigvalsh(one)[0] > -1e-12
        np.testing.assert_allclose(np.diag(one), 1.0)
        if np.linalg.eigvalsh(whole)[0] > 0:
            np.testing.assert_array_equal(one, whole)


def apart(scores: np.ndarray, **options: object) -> Combination:
    weights = np.ones(scores.shape[1])
    return difference(scores, before(scores), weights, **{"min_obs": MIN_OBS, **options})


def test_a_difference_is_standardised_again() -> None:
    common = panel(4, months=150, parts=1, common=2.0)
    scores = np.hstack([common, -common]) + 0.1 * panel(5, months=150, parts=2, common=0.0)
    plain = scores.mean(axis=1)
    assert plain.std() < 0.1  # what the two share is gone: it would weigh next to nothing
    result = apart(scores)
    for t in (MIN_OBS - 1, 60, 149):
        past = plain[: t + 1]
        spread = past.std(ddof=1)
        assert result.value[t] == pytest.approx((past[-1] - past.mean()) / spread)
        assert result.change[t] == pytest.approx((past[-1] - past[-2]) / spread)
    np.testing.assert_allclose(result.value[: MIN_OBS - 1], plain[: MIN_OBS - 1])
    full = apart(scores, full=True)
    assert full.value.std(ddof=1) == pytest.approx(1.0)
    for each in (result, full):
        np.testing.assert_allclose(each.contribution.sum(axis=1), each.value, atol=1e-10)
        np.testing.assert_allclose(each.change_contribution.sum(axis=1), each.change, atol=1e-10)


def test_a_difference_with_a_part_missing_is_missing() -> None:
    scores = panel(6, months=80, parts=2)
    scores[[10, 60], 1] = np.nan
    result = apart(scores)
    assert np.isnan(result.value[[10, 60]]).all()
    assert np.isnan(result.change[[10, 11, 60, 61]]).all()
    assert np.isfinite(result.value[[11, 61]]).all()
    late = np.where(np.arange(80)[:, None] < [0, 50], 0.0, 1.0)
    begun = difference(scores, before(scores), late, min_obs=MIN_OBS)
    assert np.isnan(begun.value[:50]).all()


def test_a_new_member_makes_no_change_by_itself() -> None:
    scores = np.tile([[0.5, 0.5, 3.0]], (10, 1))
    scores[:5, 2] = np.nan
    result = weighted_mean(scores, before(scores), np.ones(3), min_weight=0.5)
    assert result.value[5] > result.value[4]
    assert result.change[5] == 0.0


def test_weights_that_change_make_no_change_by_themselves() -> None:
    scores = np.tile([[0.5, 2.0]], (6, 1))
    weights = np.array([[1.0, 0.0]] * 3 + [[1.0, 1.0]] * 3)
    result = weighted_mean(scores, before(scores), weights, min_weight=0.5)
    assert result.value[2] == 0.5
    assert result.value[3] == 1.25
    assert result.change[3] == 0.0


@pytest.mark.parametrize(
    ("missing", "expected"), [([], 2.0), ([2], 1.5), ([1, 2], np.nan), ([0, 1, 2], np.nan)]
)
def test_half_of_the_weight_must_be_there(missing: list[int], expected: float) -> None:
    scores = np.array([[1.0, 2.0, 3.0]])
    scores[0, missing] = np.nan
    result = weighted_mean(scores, scores * np.nan, np.ones(3), min_weight=0.5)
    np.testing.assert_equal(result.value[0], expected)


def test_exactly_half_of_the_weight_is_enough() -> None:
    scores = np.array([[1.0, np.nan]])
    result = weighted_mean(scores, scores, np.ones(2), min_weight=0.5)
    assert result.value[0] == 1.0


def test_a_sum_needs_every_part_that_has_a_factor() -> None:
    scores = np.array([[1.0, np.nan, 5.0], [1.0, 2.0, np.nan]])
    result = weighted_sum(scores, scores, np.array([1.0, -1.0, 0.0]))
    np.testing.assert_equal(result.value, [np.nan, -1.0])


@given(seed=st.integers(0, 10**6), holes=st.floats(0, 0.3))
@hypothesis_settings(max_examples=30, deadline=None)
def test_nested_contributions_add_up(seed: int, holes: float) -> None:
    scores = panel(seed, parts=6)
    scores[np.random.default_rng(seed).random(scores.shape) < holes] = np.nan
    previous = before(scores)
    places = [np.array([0, 1]), np.array([2]), np.array([3, 4, 5])]
    inner = [
        weighted_mean(scores[:, c], previous[:, c], np.ones(len(c)), min_weight=0.5)
        for c in places[:2]
    ]
    last = places[2]
    inner.append(
        first_component(
            scores[:, last],
            previous[:, last],
            np.ones(3),
            anchor=0,
            min_weight=0.5,
            min_obs=MIN_OBS,
        )
    )
    value = np.column_stack([c.value for c in inner])
    earlier = value - np.column_stack([c.change for c in inner])
    outer = weighted_mean(value, earlier, np.array([1.0, 2.0, 1.0]), min_weight=0.5)
    level, change = nested(outer, inner, places, 6)
    np.testing.assert_allclose(level.sum(axis=1), outer.value, atol=1e-10)
    np.testing.assert_allclose(change.sum(axis=1), outer.change, atol=1e-10)
