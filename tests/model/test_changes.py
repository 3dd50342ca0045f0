"""The parts of a change: they add up, and each kind of change shows as itself alone."""

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
from prosperity.catalog import catalog, closure
from prosperity.changes import PARTS, Change, State, parted
from prosperity.definition import Industry
from prosperity.engine import evaluate
from prosperity.errors import DataError
from prosperity.panel import Panel, observations
from prosperity.records import with_changes
from prosperity.settings import Settings
from prosperity.simulation import simulate

from .helpers import by_month, industry_of, panel_of, weekday_prices

MODELS = ("autos", "banks", "brokers", "coal", "glass", "home_appliances")


@cache
def world() -> Panel:
    asked = closure([catalog()[id] for id in MODELS], catalog())
    return simulate(asked, first="2006-01", last="2017-12")


def state(panel: Panel, id: str, settings: Settings | None = None, **known: Industry) -> State:
    models = {**catalog(), **known}
    return State(panel, models[id], models, settings or Settings())


def adds_up(found: Change) -> None:
    assert set(found.parts) == set(PARTS)
    assert sum(found.parts.values()) == pytest.approx(found.total, abs=1e-10)
    if len(found.by_indicator):
        assert found.by_indicator.sum() == pytest.approx(found.parts["new_months"], abs=1e-10)


def only(found: Change, part: str) -> None:
    adds_up(found)
    for other in PARTS:
        if other != part:
            assert found.parts[other] == pytest.approx(0.0, abs=1e-10), other


def revised(panel: Panel, seed: int, share: float = 0.1) -> Panel:
    """Return a panel with a share of its values changed."""
    generator = np.random.default_rng(seed)
    series = {}
    for id, one in panel.series.items():
        frame = one.frame.copy()
        hit = generator.random(len(frame)) < share
        noise = 0.1 * generator.standard_normal(len(frame))
        frame["value"] = frame["value"] * np.where(hit, 1 + noise, 1)
        series[id] = replace(one, frame=frame)
    return replace(panel, series=series)


@given(
    id=st.sampled_from(MODELS),
    days=st.lists(
        st.dates(pd.Timestamp("2011-06-01").date(), pd.Timestamp("2017-12-31").date()),
        min_size=2, max_size=2, unique=True,
    ),
    seed=st.integers(0, 1000),
    lookback=st.integers(1, 3),
)  # fmt: skip
@hypothesis_settings(max_examples=12, deadline=None)
def test_the_parts_add_up_between_any_two_vintages(
    id: str, days: list, seed: int, lookback: int
) -> None:
    early, late = sorted(map(pd.Timestamp, days))
    before = state(world().known_on(early), id)
    changes = {"autos": "indicator.m1_yoy.weight = 0.5"}
    model = with_changes(catalog()[id], changes[id]) if id in changes else catalog()[id]
    after = revised(world(), seed).known_on(late)
    settings = Settings(lookback=lookback, clip=2.5)
    adds_up(parted(before, state(after, id, settings, **{id: model})))


@pytest.mark.deep
@given(seed=st.integers(0, 10_000), id=st.sampled_from(MODELS))
@hypothesis_settings(max_examples=150, deadline=None)
def test_the_parts_add_up_when_columns_come_and_go(seed: int, id: str) -> None:
    generator = np.random.default_rng(seed)
    panels = []
    for day in np.sort(generator.integers(60, 140, 2)):
        until = pd.Timestamp("2006-01-31") + pd.DateOffset(months=int(day))
        cut = revised(world(), seed).known_on(until)
        kept = {k: v for k, v in cut.series.items() if generator.random() > 0.1}
        panels.append(replace(cut, series=kept or cut.series))
    found = parted(state(panels[0], id), state(panels[1], id))
    if np.isfinite(found.total):
        adds_up(found)


@pytest.mark.parametrize("id", MODELS)
def test_a_pure_revision_is_revision_only(id: str) -> None:
    cut = world().known_on(pd.Timestamp("2016-05-31"))
    found = parted(state(cut, id), state(revised(cut, 4), id))
    only(found, "revisions")
    assert abs(found.total) > 1e-6
    assert found.before.month == found.after.month


@pytest.mark.parametrize("id", MODELS)
def test_nothing_changed_is_no_change(id: str) -> None:
    cut = world().known_on(pd.Timestamp("2016-05-31"))
    found = parted(state(cut, id), state(cut, id))
    assert found.total == 0.0
    assert set(found.parts.values()) == {0.0}


def still(count: int, more: int) -> Mapping[str, pd.Series]:
    """Return series that move, and then stand still."""
    generator = np.random.default_rng(1)
    made = {}
    for name in ("orders", "sales", "stock"):
        moving = np.cumsum(generator.standard_normal(count))
        made[name] = by_month(np.r_[moving, np.full(4 + more, moving[-1])], "2008-01")
    return made


@pytest.mark.parametrize("method", ["equal_weight", "first_component"])
@pytest.mark.parametrize("months", [2, 3])
def test_a_month_in_which_no_value_moved_is_re_estimation_only(method: str, months: int) -> None:
    anchor = {"anchor": "orders"} if method == "first_component" else {}
    members = {"orders": {}, "sales": {}, "stock": {"sign": -1}}
    model = industry_of(members, method=method, **anchor)
    states = []
    for more in (0, months):
        values = still(80, more)
        last = values["orders"].index[-1]
        prices = weekday_prices("2008-01-01", f"{last:%Y-%m-%d}", "toys", "benchmark")
        panel = panel_of(values, prices=prices)
        states.append(State(panel, model, {"toys": model}, Settings()))
    found = parted(*states)
    only(found, "re_estimation")
    assert abs(found.total) > 1e-6
    assert found.after.month > found.before.month


def test_a_module_that_is_estimated_anew_is_no_new_month() -> None:
    """Brokers take the liquidity composite: what it adds is its own like-for-like change."""
    early, late = (world().known_on(pd.Timestamp(d)) for d in ("2016-04-30", "2016-05-31"))
    found = parted(state(early, "brokers"), state(late, "brokers"))
    adds_up(found)
    months = (found.before.month, found.after.month)
    change = evaluate(world(), [catalog()["brokers"]]).results["brokers"].change
    assert months[1] == months[0] + pd.offsets.MonthEnd(1)
    assert found.parts["new_months"] == pytest.approx(change[months[1]], abs=1e-10)


@pytest.mark.parametrize("id", MODELS)
def test_over_one_month_the_new_months_are_the_change_that_the_signal_asks(id: str) -> None:
    early, late = (world().known_on(pd.Timestamp(d)) for d in ("2015-08-31", "2015-09-30"))
    found = parted(state(early, id), state(late, id))
    adds_up(found)
    result = evaluate(world().known_on(pd.Timestamp("2015-09-30")), [catalog()[id]]).results[id]
    assert found.parts["new_months"] == pytest.approx(result.change.iloc[-1], abs=1e-9)
    assert found.after.signal == result.signal.iloc[-1]


def test_a_definition_alone_is_definition_only() -> None:
    cut = world().known_on(pd.Timestamp("2016-05-31"))
    other = with_changes(catalog()["autos"], "indicator.m1_yoy.weight = 0")
    only(parted(state(cut, "autos"), state(cut, "autos", autos=other)), "definition")
    only(parted(state(cut, "autos"), state(cut, "autos", Settings(clip=1.0))), "definition")


def test_a_column_that_is_new_is_membership_and_what_it_teaches() -> None:
    cut = world().known_on(pd.Timestamp("2016-05-31"))
    less = replace(cut, series={k: v for k, v in cut.series.items() if k != "cgb10y"})
    found = parted(state(less, "banks"), state(cut, "banks"))
    adds_up(found)
    assert abs(found.parts["membership"]) > 1e-6
    assert found.parts["revisions"] == 0.0
    assert found.parts["definition"] == 0.0


def test_a_state_without_a_composite_has_no_parts() -> None:
    cut = world().known_on(pd.Timestamp("2016-05-31"))
    young = world().known_on(pd.Timestamp("2007-03-31"))
    found = parted(state(young, "autos"), state(cut, "autos"))
    assert np.isnan(found.total)
    assert all(np.isnan(v) for v in found.parts.values())
    with pytest.raises(DataError):
        parted(state(replace(cut, series={}), "autos"), state(cut, "autos"))


def test_a_changed_release_date_is_a_revision() -> None:
    values = by_month(np.sin(np.arange(90.0)), "2008-01")
    model = industry_of({"orders": {"lag_days": 5}})
    prices = weekday_prices("2008-01-01", "2015-07-15", "toys", "benchmark")
    calendar = Panel(prices=prices).calendar
    states = []
    for lag in (5, 40):
        made = observations("orders", values, calendar=calendar, lag_days=lag)
        states.append(State(Panel({"orders": made}, prices), model, {"toys": model}, Settings()))
    only(parted(*states), "revisions")
