"""The odds: drawn from past errors, correlated as they were, and as often right as they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from prosperity.catalog import catalog
from prosperity.coming.odds import DRAWS, correlation, drawn
from prosperity.coming.outlook import outlook
from prosperity.engine import evaluate
from prosperity.nowcast.nowcasts import Nowcast
from prosperity.settings import Settings

from .worlds import world

MONTHS = pd.date_range("2005-01-31", periods=120, freq="ME", unit="ns")


def nowcast_of(id: str, errors: np.ndarray, first: int = 0) -> Nowcast:
    index = MONTHS[first : first + len(errors)]
    nothing = float("nan")
    end = pd.Timestamp("2015-01-31")
    return Nowcast(
        id=id, name_zh=id, name_en=id, unit="", period=end, due=end, steps=1, value=10.0,
        method="last", last=10.0, last_period=end, ratio=nothing, best="", best_ratio=nothing,
        low=nothing, high=nothing, errors=pd.Series(errors, index=index),
    )  # fmt: skip


def test_draws_have_the_errors_own_spread_and_correlation() -> None:
    generator = np.random.default_rng(3)
    common = generator.standard_normal(120)
    first = common + 0.5 * generator.standard_normal(120)
    other = 5 * common + 5 * generator.standard_normal(120) + 2
    made = {"a": nowcast_of("a", first), "b": nowcast_of("b", other)}
    found = drawn(made)
    assert {len(values) for values in found.values()} == {DRAWS}
    assert np.std(found["a"]) == pytest.approx(np.std(first), rel=0.05)
    # A bias of the past is one of the draws.
    assert np.mean(found["b"]) == pytest.approx(10 + other.mean(), rel=0.05)
    assert found["a"].min() >= 10 + first.min()
    assert found["a"].max() <= 10 + first.max()
    past = np.corrcoef(first, other)[0, 1]
    assert np.corrcoef(found["a"], found["b"])[0, 1] == pytest.approx(past, abs=0.08)
    assert all(np.array_equal(drawn(made)[id], found[id]) for id in made)


def test_prints_that_share_few_months_are_independent_and_short_ones_are_left_out() -> None:
    generator = np.random.default_rng(4)
    errors = generator.standard_normal(120)
    apart = [pd.Series(errors[:60], index=MONTHS[:60]), pd.Series(errors[:60], index=MONTHS[60:])]
    assert np.array_equal(correlation(apart), np.eye(2))
    flat = [pd.Series(errors, index=MONTHS), pd.Series(0.0, index=MONTHS)]
    assert np.array_equal(correlation(flat), np.eye(2))
    assert drawn({"a": nowcast_of("a", errors[:10])}) == {}
    assert drawn({}) == {}


@pytest.mark.deep
def test_odds_are_as_often_right_as_they_say() -> None:
    """Of decisions given 60 to 80%, 55 to 85% come true, over 500."""
    given: list[float] = []
    true: list[bool] = []
    models = ("autos", "banks", "brokers", "food_beverage", "home_appliances", "glass")
    for seed in range(40):
        panel = world(seed, "2018-12")
        columns = {id: evaluate(panel, [catalog()[id]]).results[id].signal for id in models}
        for day in pd.date_range("2013-01-12", "2018-11-12", freq="5MS") + pd.Timedelta(days=11):
            cut = panel.known_on(day)
            for id in models:
                found = outlook(cut, catalog()[id], Settings(), day, known=catalog())
                actual = columns[id].get(found.month, np.nan)
                side = max(found.odds, 1 - found.odds)
                if np.isfinite(actual) and 0.6 <= side <= 0.8:
                    given.append(side)
                    true.append((actual == 1) == (found.odds >= 0.5))
        if len(given) > 500:
            break
    assert len(given) > 500
    assert 0.55 <= np.mean(true) <= 0.85
    assert abs(np.mean(true) - np.mean(given)) < 0.1


def test_without_a_past_there_are_no_odds() -> None:
    cut = world().known_on(pd.Timestamp("2008-06-12"))
    found = outlook(cut, catalog()["autos"], Settings(), cut.prices.index[-1], known=catalog())
    short = {id: replace(s, frame=s.frame.iloc[-10:]) for id, s in cut.series.items()}
    young = replace(cut, series=short)
    none = outlook(young, catalog()["autos"], Settings(), cut.prices.index[-1], known=catalog())
    assert np.isnan(none.odds)
    assert np.isnan(none.expected)
    assert none.prints
    assert found.prints
