"""No look-ahead: what is released after a date changes nothing dated on or before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prosperity.catalog import catalog
from prosperity.definition import Industry
from prosperity.engine import evaluate
from prosperity.evaluation import Evaluation
from prosperity.panel import Observations, Panel
from prosperity.settings import Settings
from prosperity.simulation import simulate

from tests.counts import count, counted

SERIES = ("composite", "change", "percentile", "signal", "grade", "state")
FRAMES = (
    "dimensions",
    "dimension_changes",
    "contributions",
    "change_contributions",
    "weights",
    "periods",
    "releases",
    "explained",
)
HARM = ("perturb", "delete", "truncate")


@cache
def world() -> tuple[Panel, Evaluation]:
    # One of them sums over eight years.
    panel = simulate(catalog().values(), first="2004-01", last="2018-06")
    return panel, evaluate(panel, catalog().values())


def harmed(panel: Panel, day: pd.Timestamp, how: str, seed: int = 1) -> Panel:
    """Return the panel with everything released after ``day`` made worthless."""
    if how == "truncate":
        return panel.known_on(day)
    generator = np.random.default_rng(seed)

    def later(observed: Observations) -> Observations:
        late = (observed.frame["release"] > day).to_numpy()
        frame = observed.frame.copy()
        if how == "delete":
            # Prices go on, so that the months after the day are still decided.
            return replace(observed, frame=frame[~late])
        frame.loc[late, "value"] = generator.normal(50, 1000, late.sum())
        return replace(observed, frame=frame)

    prices = panel.prices.copy()
    after = prices.index > day
    prices.loc[after] = prices.loc[after] * generator.uniform(0.5, 2.0, prices.loc[after].shape)
    return replace(panel, series={id: later(s) for id, s in panel.series.items()}, prices=prices)


def assert_same_past(before: Evaluation, after: Evaluation, day: pd.Timestamp) -> None:
    assert before.results.keys() == after.results.keys()
    if before.combined is not None and after.combined is not None:
        dates = before.combined.targets.index
        dates = dates[dates <= day].intersection(after.combined.targets.index)
        pd.testing.assert_frame_equal(
            before.combined.targets.loc[dates],
            # An industry whose sample had not begun then has no column, and no weight.
            after.combined.targets.loc[dates].reindex(
                columns=before.combined.targets.columns, fill_value=0.0
            ),
            check_exact=True,
            check_freq=False,
        )
    for id, one in before.results.items():
        other = after.results[id]
        past = one.months[(one.decisions <= day).to_numpy()]
        shared = past.intersection(other.months)
        # Only a last month whose end the shorter prices cannot show may be absent.
        assert len(past) - len(shared) <= 1, id
        for name in (*SERIES, *FRAMES):
            left, right = getattr(one, name).loc[shared], getattr(other, name).loc[shared]
            compare = pd.testing.assert_series_equal
            if isinstance(left, pd.DataFrame):
                compare = pd.testing.assert_frame_equal
            compare(left, right, check_exact=True, check_freq=False, obj=f"{id}.{name}")
        for stage, frame in one.stages.items():
            pd.testing.assert_frame_equal(
                frame.loc[shared],
                other.stages[stage].loc[shared],
                check_exact=True,
                check_freq=False,
                obj=f"{id}.{stage}",
            )
        if one.backtest is not None and other.backtest is not None:
            held = one.backtest.nav.index[one.backtest.nav.index <= day]
            held = held.intersection(other.backtest.nav.index)
            pd.testing.assert_frame_equal(
                one.backtest.nav.loc[held], other.backtest.nav.loc[held], check_freq=False
            )


@pytest.mark.parametrize("how", HARM)
@given(day=st.dates(pd.Timestamp("2008-01-01").date(), pd.Timestamp("2018-04-30").date()))
@counted
@hypothesis_settings(max_examples=count(2, 6), deadline=None)
def test_the_future_changes_nothing_in_any_definition(how: str, day: object) -> None:
    panel, before = world()
    cutoff = pd.Timestamp(str(day))
    after = evaluate(harmed(panel, cutoff, how), catalog().values(), required=())
    assert_same_past(before, after, cutoff)


def test_as_of_gives_what_that_day_would_have_given() -> None:
    panel, before = world()
    for day in ("2012-04-10", "2015-08-31", "2017-02-06")[: count(2, 3)]:
        settings = Settings(as_of=pd.Timestamp(day).date())
        after = evaluate(panel, catalog().values(), settings, required=())
        assert_same_past(before, after, pd.Timestamp(day))


@given(
    seed=st.integers(0, 10_000),
    day=st.dates(pd.Timestamp("2010-01-01").date(), pd.Timestamp("2015-11-30").date()),
    how=st.sampled_from(HARM),
)
@counted
@hypothesis_settings(max_examples=count(3, 10), deadline=None)
def test_also_when_values_are_published_out_of_order(seed: int, day: object, how: str) -> None:
    models: Mapping[str, Industry] = catalog()
    chosen = [models["autos"], models["home_appliances"], models["consumption_upgrade"]]
    panel = simulate(chosen, first="2004-01", last="2015-12")
    generator = np.random.default_rng(seed)

    def scrambled(observed: Observations) -> Observations:
        days = pd.to_timedelta(generator.integers(0, 90, len(observed.frame)), unit="D")
        frame = observed.frame.assign(release=observed.frame.index + days)
        return replace(observed, frame=frame)

    shuffled = {"m2_yoy", "cpi_appliances", "consumer_confidence"}
    series = {id: scrambled(s) if id in shuffled else s for id, s in panel.series.items()}
    panel = replace(panel, series=series)
    cutoff = pd.Timestamp(str(day))
    before = evaluate(panel, chosen)
    assert_same_past(before, evaluate(harmed(panel, cutoff, how), chosen), cutoff)


@pytest.mark.parametrize("settings", [Settings(timing="period"), Settings(fit="full")])
def test_the_test_sees_look_ahead_where_there_is_some(settings: Settings) -> None:
    panel, _ = world()
    day = pd.Timestamp("2012-06-10")
    autos = [catalog()["autos"]]
    before = evaluate(panel, autos, settings)
    after = evaluate(harmed(panel, day, "perturb"), autos, settings)
    assert settings.sees_future
    with pytest.raises(AssertionError):
        assert_same_past(before, after, day)


def test_a_late_release_does_not_change_the_signal_of_its_date() -> None:
    panel, _ = world()
    autos = [catalog()["autos"]]
    decision = pd.Timestamp("2014-05-30")
    late = panel.series["m2_yoy"].frame.copy()
    month = pd.Timestamp("2014-04-30")
    late.loc[month, "release"] = decision + pd.Timedelta(days=1)
    results = []
    for value in (-50.0, 50.0):
        late.loc[month, "value"] = value
        series = {**panel.series, "m2_yoy": replace(panel.series["m2_yoy"], frame=late.copy())}
        results.append(evaluate(replace(panel, series=series), autos).results["autos"])
    one, other = results
    assert one.decisions[pd.Timestamp("2014-05-31")] == decision
    assert one.composite[:"2014-05"].equals(other.composite[:"2014-05"])
    assert not one.composite["2014-06":"2014-06"].equals(other.composite["2014-06":"2014-06"])
