"""The composite of factors: known answers, properties, what is said of weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prosperity.errors import DataError
from prosperity.systems import evaluate_system
from prosperity.systems.ranking import rank_correlations
from prosperity.systems.rules.industry_factors import composite, standardised, truncated
from scipy.stats import rankdata, spearmanr

from .worlds import DAYS, panel_of, system_of, table, walk

FOUR = list("ABCD")
MONTH = [DAYS[100]]
TWO = "parameter.from_prices = off; parameter.top = 2"


def scored(f1, f2, weights=None, ties=None, assets=FOUR, changes=TWO):  # type: ignore[no-untyped-def]
    """Return the result for two factors on one date, weighted .6 and .4."""
    names = weights or {"f1": 60.0, "f2": 40.0}
    tables = [
        table("industry_factor_scores.f1", pd.DataFrame([f1], MONTH, assets)),
        table("industry_factor_scores.f2", pd.DataFrame([f2], MONTH, assets)),
        table("factor_weights.weight", pd.DataFrame([names], MONTH)),
    ]
    if ties is not None:
        tables.append(table("industry_prosperity", pd.DataFrame([ties], MONTH, assets)))
    return evaluate_system(
        panel_of(walk(assets, DAYS[:125]), tables), system_of("industry_factors", assets, changes)
    )


def test_the_known_answer() -> None:
    result = scored([1, 2, 3, 4], [4, 3, 1, 2])
    row = result.scores.loc[result.latest]
    assert row.round(4).tolist() == [-0.2683, -0.0894, -0.2683, 0.6261]
    for id in FOUR:
        own = result.contributions[id].loc[result.latest]
        assert own.sum() == pytest.approx(row[id], abs=1e-10)


def test_equal_scores_are_parted_by_prosperity_then_by_id() -> None:
    three = "parameter.from_prices = off; parameter.top = 3"
    for ties, third in ((None, "A"), ([1.0, 0.0, 2.0, 0.0], "C"), ([1.0, 0.0, 1.0, 0.0], "A")):
        result = scored([1, 2, 3, 4], [4, 3, 1, 2], ties=ties, changes=three)
        held = result.positions.loc[result.latest]
        assert set(held[held > 0.3].index) - {"equal_weight"} == {"B", "D", third}


@given(
    st.lists(st.floats(-50, 50), min_size=6, max_size=6),
    st.lists(st.integers(-5, 5), min_size=6, max_size=6),
)
@hypothesis_settings(max_examples=60, deadline=None)
def test_monotone_changes_and_doubled_weights_change_nothing(one: list, other: list) -> None:
    frames = {"f1": pd.DataFrame([one]), "f2": pd.DataFrame([other], dtype=float)}
    z = {name: standardised(frame) for name, frame in frames.items()}
    weights = pd.DataFrame({"f1": [60.0], "f2": [40.0]})
    scores, parts = composite(z, weights, 0.5)
    again, _ = composite(z, 2 * weights, 0.5)
    np.testing.assert_allclose(again, scores, atol=1e-12)
    total = sum(part.to_numpy() for part in parts.values())
    np.testing.assert_allclose(total, scores, atol=1e-10)
    bent = {"f1": standardised(np.arctan(frames["f1"].rank(axis=1))), "f2": z["f2"]}
    np.testing.assert_allclose(composite(bent, weights, 0.5)[0], scores, atol=1e-12)


@given(st.lists(st.integers(-4, 4) | st.none(), min_size=3, max_size=12))
@hypothesis_settings(max_examples=80, deadline=None)
def test_ranks_are_those_of_scipy(values: list) -> None:
    own = np.array([np.nan if v is None else v for v in values], dtype=float)
    there = ~np.isnan(own)
    z = standardised(pd.DataFrame([own])).to_numpy()[0]
    ranks = rankdata(own[there])
    spread = ranks.std() if len(ranks) else 0.0
    expected = (ranks - ranks.mean()) / spread if spread > 0 else np.zeros(len(ranks))
    np.testing.assert_allclose(z[there], expected, atol=1e-12)
    assert np.isnan(z[~there]).all()


def test_information_coefficients_are_those_of_scipy() -> None:
    generator = np.random.default_rng(2)
    scores, returns = (
        generator.integers(0, 5, (40, 9)).astype(float),
        generator.normal(size=(40, 9)),
    )
    scores[3, 2] = returns[5, 1] = np.nan
    expected = [
        spearmanr(a, b, nan_policy="omit").statistic for a, b in zip(scores, returns, strict=True)
    ]
    np.testing.assert_allclose(rank_correlations(scores, returns), expected, atol=1e-12)


def test_a_missing_industry_leaves_the_others_in_order_and_columns_may_be_shuffled() -> None:
    whole = scored([1, 2, 3, 4], [4, 3, 1, 2])
    row = whole.scores.loc[whole.latest]
    part = scored([1, np.nan, 3, 4], [4, np.nan, 1, 2])
    assert np.isnan(part.scores.loc[part.latest, "B"])
    for name in ("z:f1", "z:f2"):
        left, own = (one.stages[name].loc[one.latest].drop("B") for one in (part, whole))
        assert left.rank().tolist() == own.rank().tolist()
    turned = scored([4, 3, 2, 1], [2, 1, 3, 4], assets=FOUR[::-1])
    pd.testing.assert_series_equal(turned.scores.loc[turned.latest][FOUR], row)


def test_too_little_of_the_weight_says_nothing() -> None:
    result = scored([1, np.nan, 3, 4], [4, 3, 1, 2])
    # B has the second factor alone, 40 of 100.
    assert np.isnan(result.scores.loc[result.latest, "B"])


def test_weights_that_do_not_sum_are_said_and_never_rescaled() -> None:
    result = scored([1, 2, 3, 4], [4, 3, 1, 2], {"f1": 33.0, "f2": 22.0})
    said = {notice.code: notice for notice in result.notices}
    assert (
        f"Weights of {MONTH[0]:%Y-%m-%d} sum to 55%; the rest is unstated" in said["weights_sum"].en
    )
    assert "合计 55%" in said["weights_sum"].zh
    assert result.parts.loc[result.latest, ["f1", "f2", "sum"]].tolist() == [33.0, 22.0, 55.0]


def test_weights_count_from_the_day_on_which_they_were_typed_in() -> None:
    months = [DAYS[60], DAYS[100]]
    rows = pd.DataFrame({"f1": [100.0, 0.0], "f2": [0.0, 100.0]}, months)
    tables = [
        table("industry_factor_scores.f1", pd.DataFrame([[1, 2, 3, 4]] * 2, months, FOUR)),
        table("industry_factor_scores.f2", pd.DataFrame([[4, 3, 2, 1]] * 2, months, FOUR)),
        table("factor_weights.weight", rows),
    ]
    result = evaluate_system(
        panel_of(walk(FOUR, DAYS[:125]), tables), system_of("industry_factors", FOUR, TWO)
    )
    best = result.scores.dropna(how="all").idxmax(axis=1)
    assert best.iloc[0] == "D"
    assert best.iloc[-1] == "A"


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(DataError, match="negative_factor_weight") as refused:
        scored([1, 2, 3, 4], [4, 3, 1, 2], {"f1": 110.0, "f2": -10.0})
    assert "f2" in refused.value.zh


def test_a_factor_without_data_is_said() -> None:
    result = scored([1, 2, 3, 4], [4, 3, 1, 2], {"f1": 60.0, "f2": 30.0, "f3": 10.0})
    assert "f3" in next(n.en for n in result.notices if n.code == "factor_absent")


def test_momentum_and_correlation_are_made_of_prices_where_they_are_not_given() -> None:
    frame = pd.DataFrame([[1.0, 2, 3, 4]], [DAYS[300]], FOUR)
    weights = pd.DataFrame([{"f1": 20.0, "momentum": 40.0, "correlation": 40.0}], [DAYS[300]])
    closes = walk(FOUR)
    closes["D"] = closes["C"]
    result = evaluate_system(
        panel_of(
            closes,
            [table("industry_factor_scores.f1", frame), table("factor_weights.weight", weights)],
        ),
        system_of("industry_factors", FOUR, "parameter.top = 2"),
    )
    z = result.stages["z:correlation"].loc[result.latest]
    returns = closes.pct_change(fill_method=None).loc[: result.latest].iloc[-60:]
    mean = (returns.corr().sum() - 1) / 3
    assert z.rank().tolist() == (-mean).rank().tolist()
    assert {n.code for n in result.notices} == {"factor_from_prices"}


def test_truncation_moves_the_ends_to_their_quantiles() -> None:
    rows = np.array([[0.0, 1, 2, 3, 100], [np.nan] * 5])
    out = truncated(rows, 0.25)
    assert out[0].tolist() == [1, 1, 2, 3, 3]
    assert np.isnan(out[1]).all()


def test_a_missing_sheet_and_an_unknown_industry_are_refused() -> None:
    system = system_of("industry_factors", FOUR)
    with pytest.raises(DataError) as refused:
        evaluate_system(panel_of(walk(FOUR)), system)
    assert refused.value.code == "no_table"
    assert "prosperity template industry_factors" in refused.value.en
    strange = table("industry_factor_scores.quality", pd.DataFrame([[1.0]], MONTH, ["Trade AA"]))
    with pytest.raises(DataError) as refused:
        evaluate_system(panel_of(walk(FOUR), [strange]), system)
    assert refused.value.code == "unknown_entity"
    assert "Trade A" in refused.value.en
