"""How scores order assets: quantiles are those of pandas, coefficients and ratios as specified."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from prosperity.systems.ranking import quantile_returns, ranking


@pytest.mark.parametrize("size", [5, 6, 14, 15, 30, 31])
def test_quantiles_are_those_of_qcut(size: int) -> None:
    generator = np.random.default_rng(size)
    scores, returns = generator.normal(size=(2, 7, size))
    scores[2, 1] = np.nan
    count = 5 if size >= 15 else 3
    found = quantile_returns(scores, returns, count)
    for row in range(len(scores)):
        own = pd.Series(scores[row]).dropna()
        # Of ranks, so that a score at a quantile is there whatever the rounding of the library.
        ranks = own.rank()
        edges = np.quantile(ranks, np.linspace(0, 1, count + 1)).round(9)
        group = pd.cut(ranks, edges, labels=False, include_lowest=True) + 1
        expected = pd.Series(returns[row])[own.index].groupby(group).mean()
        np.testing.assert_allclose(found[row], expected.reindex(range(1, count + 1)))


def test_the_ratio_is_the_mean_over_the_deviation_a_year() -> None:
    generator = np.random.default_rng(1)
    dates = pd.date_range("2020-01-31", periods=40, freq="ME")
    scores = pd.DataFrame(generator.normal(size=(40, 6)), dates, list("abcdef"))
    prices = 100 * np.exp(
        pd.DataFrame(generator.normal(0, 0.05, (40, 6)), dates, list("abcdef")).cumsum()
    )
    found = ranking(scores, prices, 12)
    assert found is not None
    expected = scores.iloc[:-1].corrwith(
        prices.pct_change(fill_method=None).shift(-1).iloc[:-1], axis=1, method="spearman"
    )
    np.testing.assert_allclose(found.coefficients, expected)
    assert found.ratio == pytest.approx(expected.mean() / expected.std() * 12**0.5)
    assert found.hit_rate == pytest.approx((expected > 0).mean())
    assert ranking(scores.iloc[:, :4], prices, 12) is None
