"""The table of methods: every word of a definition has a row, and a further row is enough."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from prosperity.align import Aligned
from prosperity.composite import Combination, weighted_sum
from prosperity.definition import DimensionMethod, Method
from prosperity.errors import DefinitionError
from prosperity.methods import METHODS, Methods, Parts
from prosperity.pipeline import compose
from prosperity.settings import Settings

from .helpers import industry_of, month_ends

MONTHS = month_ends(60)


def aligned(seed: int) -> Aligned:
    score = np.random.default_rng(seed).standard_normal(len(MONTHS))
    before = np.append(np.nan, score[:-1])
    months = MONTHS.to_numpy()
    return Aligned(
        *(score,) * 5, before, period=months, release=months, stale=score > 9, estimated=score > 9
    )


def test_every_method_that_a_definition_can_name_has_a_row() -> None:
    assert set(get_args(Method)) <= {*METHODS.parts, *METHODS.dimensions}
    assert set(get_args(DimensionMethod)) <= set(METHODS.parts)
    assert not set(METHODS.parts) & set(METHODS.dimensions)


def added(parts: Parts, settings: Settings) -> Combination:
    """The plain sum of the scores."""
    return weighted_sum(parts.scores, parts.previous, np.ones(parts.scores.shape[1]))


def test_a_further_method_is_a_function_and_a_row() -> None:
    members = [aligned(1), aligned(2)]
    industry = replace(industry_of({"a": {}, "b": {}}), method="added")
    methods = Methods({**METHODS.parts, "added": added}, METHODS.dimensions)
    found = compose(industry, members, MONTHS, Settings(), methods)
    np.testing.assert_allclose(found.whole.value, members[0].score + members[1].score)
    np.testing.assert_allclose(found.contributions.sum(axis=1), found.whole.value)
    over = Methods(METHODS.parts, {**METHODS.dimensions, "added": added})
    by_dimension = compose(industry, members, MONTHS, Settings(), over)
    (inner,) = by_dimension.inner
    np.testing.assert_allclose(by_dimension.whole.value, inner.value)


@pytest.mark.parametrize("place", ["model", "dimension"])
def test_a_method_without_a_row_is_refused_with_the_nearest(place: str) -> None:
    industry = industry_of({"a": {}, "b": {}})
    if place == "model":
        industry = replace(industry, method="equal_weigth")
    else:
        (dimension,) = industry.dimensions
        industry = replace(industry, dimensions=(replace(dimension, method="equal_weigth"),))
    with pytest.raises(DefinitionError) as caught:
        compose(industry, [aligned(1), aligned(2)], MONTHS, Settings())
    assert caught.value.code == "unknown_method"
    assert "equal_weight" in caught.value.zh
    assert "equal_weight" in caught.value.en
