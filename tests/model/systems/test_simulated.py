"""Simulated inputs: everything that a system reads, by its own rules of release."""

from __future__ import annotations

import pandas as pd
import pytest
from prosperity.calendar import TradingCalendar
from prosperity.systems import systems
from prosperity.systems.releases import released
from prosperity.systems.simulated import MAKERS, simulated_system
from prosperity.systems.spec import Input

DAYS = pd.date_range("2025-01-02", "2025-06-30", freq="B", unit="ns")


@pytest.mark.parametrize("id", systems())
def test_everything_that_a_system_reads_is_made_and_says_that_it_is_simulated(id: str) -> None:
    system = systems()[id]
    panel = simulated_system(system, 24)
    assert panel.simulated
    assert {a.price for a in system.assets if a.price} <= set(panel.prices)
    for one in system.inputs:
        assert one.id in panel.lists if one.form == "list" else set(one.tables) & set(panel.tables)
    assert {i.id for i in system.indicators if i.own_column} == set(panel.series)


def test_the_same_seed_gives_the_same_panel_and_another_another() -> None:
    system = systems()["industry_diffusion"]
    one, same, other = (simulated_system(system, 12, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one.prices, same.prices)
    assert not one.prices.equals(other.prices)
    left, right = (p.tables["industry_momentum.share"].values for p in (one, same))
    pd.testing.assert_frame_equal(left, right)


def test_every_maker_belongs_to_an_input() -> None:
    inputs = {one.id for system in systems().values() for one in system.inputs}
    assert set(MAKERS) <= inputs


def test_what_exchanges_publish_after_the_close_is_of_the_next_trading_day() -> None:
    one = Input(id="shares", name_zh="份额", name_en="Shares", lag_trading_days=1)
    calendar = TradingCalendar(DAYS.drop([pd.Timestamp("2025-04-04")]))
    days = pd.DatetimeIndex(["2025-04-02", "2025-04-03", "2025-06-27", "2025-06-30"])
    expected = ["2025-04-03", "2025-04-07", "2025-06-30", "2025-07-01"]
    assert list(released(one, days, calendar).strftime("%Y-%m-%d")) == expected


def test_units_of_fields_are_told_apart() -> None:
    one = Input(
        id="scores",
        name_zh="分数",
        name_en="Scores",
        form="long",
        fields=("score", "trained_to?", "model?", "*"),
        unit="trained_to: date；model：text",
    )
    assert one.tables == ("scores.score", "scores.trained_to")
    assert (one.unit_of("trained_to"), one.unit_of("score")) == ("date", "")
    assert one.open
    assert one.columns == (("score", True), ("trained_to", False), ("model", False))
