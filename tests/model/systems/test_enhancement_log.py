"""The log of enhanced portfolios: excess both ways, and groups."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from prosperity.panel import Panel
from prosperity.systems import evaluate_system, systems
from prosperity.systems.reading import with_changes
from prosperity.systems.simulated import simulated_system
from prosperity.tables import Table

WEEKS = pd.DatetimeIndex(["2026-05-08", "2026-05-15"])


def panel(own: dict[str, list[float]], index: dict[str, list[float]]) -> Panel:
    made = simulated_system(systems()["index_enhancement"], 6)
    tables = {
        f"index_enhancement_log.{name}": Table.by_date(
            name, pd.DataFrame(values, WEEKS), pd.Series(WEEKS, WEEKS)
        )
        for name, values in (("portfolio_return", own), ("index_return", index))
    }
    days = pd.DataFrame({"x": 1.0}, pd.bdate_range("2026-05-04", "2026-05-22"))
    return replace(made, tables=tables, prices=days)


@pytest.mark.parametrize(("way", "value"), [("difference", 0.01515), ("ratio", 0.014925)])
def test_the_known_answer(way: str, value: float) -> None:
    system = with_changes(systems()["index_enhancement"], f"parameter.excess = {way}")
    found = evaluate_system(panel({"a": [1.0, 2.0]}, {"a": [0.5, 1.0]}), system)
    assert found.scores.loc[WEEKS[1], "a"] == pytest.approx(value, abs=5e-5)
    assert found.stages["hit_rate"].loc[WEEKS[1], "a"] == 1.0
    assert found.portfolio is None


def test_groups_show_best_worst_and_median() -> None:
    own = {f"300/f{n}": [0.0, value] for n, value in enumerate((2.02, -0.56, 0.45))}
    zero = {name: [0.0, 0.0] for name in own}
    found = evaluate_system(panel(own, zero), systems()["index_enhancement"])
    parts = found.parts.loc[WEEKS[1]]
    assert (parts["300_best"], parts["300_worst"], parts["300_median"]) == pytest.approx(
        (0.0202, -0.0056, 0.0045)
    )
