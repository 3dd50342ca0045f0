"""What would change a signal: typed into the book and run again, it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from prosperity.catalog import catalog
from prosperity.coming.outlook import Outlook, outlook
from prosperity.definition import Industry
from prosperity.errors import SettingError
from prosperity.panel import Panel
from prosperity.settings import Settings

from .worlds import INDUSTRIES, run, typed, world

DAY = pd.Timestamp("2019-10-21")
#: A hundredth of the unit, as an analyst would type it.
STEP = 0.01


def found_on(
    day: pd.Timestamp,
    id: str,
    settings: Settings | None = None,
    panel: Panel | None = None,
    known: Mapping[str, Industry] | None = None,
) -> tuple[Panel, Outlook]:
    cut = (panel or world()).known_on(day)
    models = known or catalog()
    return cut, outlook(cut, models[id], settings or Settings(), day, known=models)


def check(cut: Panel, found: Outlook, settings: Settings, known: Mapping[str, Industry]) -> int:
    """Type each crossing plus and minus a hundredth, run again; return how many there were."""
    model, count = found.definition, 0
    plain = run(typed(cut, found, {}), model, settings, known)
    assert plain.decisions[found.month] == found.decision
    assert np.array_equal([plain.signal[found.month]], [found.expected], equal_nan=True)
    assert plain.change[found.month] == pytest.approx(found.change, abs=1e-9, nan_ok=True)
    for due in found.prints:
        for one in due.crossings:
            near = [c.value for c in due.crossings if c is not one]
            if any(abs(one.value - other) <= 2 * STEP for other in near):
                continue
            for value, signal in ((one.value - STEP, one.below), (one.value + STEP, one.above)):
                again = run(typed(cut, found, {due.print.id: value}), model, settings, known)
                assert np.array_equal([again.signal[found.month]], [signal], equal_nan=True), (
                    model.id, due.print.id, value
                )  # fmt: skip
            count += 1
    return count


@pytest.mark.parametrize(
    "id",
    [
        # A first component, one that uses a model, formulas and weeks, a state machine.
        "autos",
        "brokers",
        "agriculture",
        "coal",
        *(
            pytest.param(id, marks=pytest.mark.deep)
            for id in INDUSTRIES
            if id not in ("autos", "brokers", "agriculture", "coal")
        ),
    ],
)
def test_a_print_a_hundredth_past_a_break_even_changes_the_signal(id: str) -> None:
    cut, found = found_on(DAY, id)
    count = check(cut, found, Settings(), catalog())
    assert count >= (id in ("autos", "banks", "brokers", "coal", "steel"))
    assert found.decision > DAY
    assert all(one.print.expected <= found.decision for one in found.prints)


@pytest.mark.deep
@pytest.mark.parametrize("day", ["2012-02-10", "2014-01-02", "2016-07-29", "2018-09-30"])
@pytest.mark.parametrize("id", INDUSTRIES)
def test_so_it_does_on_other_days(id: str, day: str) -> None:
    cut, found = found_on(pd.Timestamp(day), id)
    check(cut, found, Settings(), catalog())


@pytest.mark.parametrize(
    ("id", "settings"),
    [
        ("autos", Settings(denoise="hp", lookback=2, dead_band=0.05)),
        ("steel", Settings(denoise="ema", window=60, confirm=2)),
        pytest.param(
            "banks", Settings(denoise="none", clip=1.0, confirm=3), marks=pytest.mark.deep
        ),
        pytest.param("glass", Settings(extra_lag_months=1, lookback=3), marks=pytest.mark.deep),
        pytest.param("coal", Settings(dead_band=0.1, min_obs=60), marks=pytest.mark.deep),
        pytest.param("brokers", Settings(window=72, dead_band=0.02), marks=pytest.mark.deep),
    ],
)
def test_and_under_other_settings(id: str, settings: Settings) -> None:
    cut, found = found_on(DAY, id, settings)
    check(cut, found, settings, catalog())


def test_odds_are_the_share_of_draws_that_hold() -> None:
    cut, found = found_on(DAY, "food_beverage")
    _, again = found_on(DAY, "food_beverage")
    assert found.odds == again.odds
    assert 0.6 < found.odds < 0.95
    lead = found.leading
    assert lead is not None
    assert lead.flips == max(d.flips for d in found.prints if np.isfinite(d.flips))
    assert lead.crossings
    assert cut.prices.index[-1] <= DAY


def test_what_cannot_flip_it_alone_has_no_crossing_and_never_flips() -> None:
    _, found = found_on(DAY, "construction_machinery")
    alone = [due for due in found.prints if due.varied and not due.crossings]
    assert alone
    assert all(due.flips == 0.0 for due in alone)


@pytest.mark.parametrize(
    "settings",
    [Settings(timing="period"), Settings(fit="full"), Settings(timing="nowcast")],
)
def test_settings_that_see_the_future_are_refused(settings: Settings) -> None:
    with pytest.raises(SettingError) as raised:
        found_on(DAY, "autos", settings)
    assert raised.value.code == "looks_ahead"
    assert settings.timing in raised.value.en


def test_what_comes_later_changes_no_outlook() -> None:
    before = found_on(DAY, "autos")[1]
    panel = world()
    generator = np.random.default_rng(2)
    series = {}
    for id, one in panel.series.items():
        frame = one.frame.copy()
        late = (frame["release"] > DAY).to_numpy()
        frame.loc[late, "value"] = generator.normal(50, 1000, late.sum())
        series[id] = replace(one, frame=frame)
    after = found_on(DAY, "autos", panel=replace(panel, series=series))[1]
    assert before.odds == after.odds
    assert [d.crossings for d in before.prints] == [d.crossings for d in after.prints]


def test_a_stated_day_comes_before_the_rule_and_decides_what_counts() -> None:
    cut = world().known_on(DAY)
    month = cut.series["re_domestic_loans"].frame.index[-1] + pd.offsets.MonthEnd(1)
    late = replace(cut.series["re_domestic_loans"], announced={month: pd.Timestamp("2019-11-05")})
    panel = replace(cut, series={**cut.series, "re_domestic_loans": late})
    plain = outlook(cut, catalog()["banks"], Settings(), DAY, known=catalog())
    found = outlook(panel, catalog()["banks"], Settings(), DAY, known=catalog())
    assert "re_domestic_loans" in {d.print.id for d in plain.prints}
    assert "re_domestic_loans" not in {d.print.id for d in found.prints}


def test_an_old_book_asks_for_the_decision_that_it_lacks() -> None:
    cut = world().known_on(DAY)
    found = outlook(
        cut, catalog()["autos"], Settings(), pd.Timestamp("2026-11-25"), known=catalog()
    )
    assert found.decision == pd.Timestamp("2019-10-31")
    assert all(due.print.overdue for due in found.prints)


def test_a_column_far_behind_is_carried() -> None:
    cut = world().known_on(DAY)
    m1 = cut.series["m1_yoy"]
    old = replace(m1, frame=m1.frame.iloc[:-6])
    panel = replace(cut, series={**cut.series, "m1_yoy": old})
    found = outlook(panel, catalog()["autos"], Settings(), DAY, known=catalog())
    assert found.carried == ("m1_yoy",)
    assert all(not d.varied for d in found.prints if d.print.id == "m1_yoy")
