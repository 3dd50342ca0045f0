"""Views of a language model: means, stability, and what is asked for too late."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.errors import DataError
from prosperity.notice import Notice
from prosperity.panel import Panel
from prosperity.systems import evaluate_system, systems
from prosperity.systems.inputs import Inputs
from prosperity.systems.reading import with_changes
from prosperity.systems.result import SystemResult
from prosperity.systems.rules.language_views import compute, tilted
from prosperity.systems.simulated import simulated_system

DAY = pd.Timestamp("2026-05-29")


def panel_of(id: str, rows: list[dict[str, Any]], months: int = 12) -> Panel:
    made = simulated_system(systems()[id], months)
    frame = pd.DataFrame(rows)
    for column in ("from", "asked_at"):
        if column in frame:
            frame[column] = pd.to_datetime(frame[column])
    return replace(made, lists={"llm_views": frame})


def said(
    asset: str, scores: list[int], task: str = "industry", **more: Any
) -> list[dict[str, Any]]:
    return [
        {"asset": asset, "from": DAY, "task": task, "score": float(s), "repeat": str(n), **more}
        for n, s in enumerate(scores)
    ]


def test_the_score_is_the_mean_and_the_stability_the_share_at_the_mode() -> None:
    rows = said("banks", [1, 1, 2, 1, 1]) + said("coal", [2, -2, 0, 1, -1])
    found = evaluate_system(panel_of("news_industry", rows), systems()["news_industry"])
    assert found.stages["view"].loc[DAY, "banks"] == pytest.approx(1.2)
    assert found.stages["stability"].loc[DAY, "banks"] == pytest.approx(0.8)
    assert found.scores.loc[DAY, "banks"] == pytest.approx(1.2)
    assert np.isnan(found.scores.loc[DAY, "coal"]), "one answer in five is no view"
    assert found.scores.loc[DAY].notna().sum() == 1


@given(st.floats(-2, 2))
def test_tilts_are_shares(score: float) -> None:
    assert 0.0 <= tilted(score) <= 1.0
    assert tilted(score) + tilted(-score) == pytest.approx(1.0)


def test_size_and_market_become_weights() -> None:
    size = evaluate_system(panel_of("news_size", said("small", [1, 1], "size")),
                           systems()["news_size"])  # fmt: skip
    assert size.positions.loc[DAY].to_dict() == pytest.approx(
        {"small": 0.75, "csi300": 0.25, "cash": 0.0}
    )
    market = evaluate_system(panel_of("news_market", said("market", [-2], "market")),
                             systems()["news_market"])  # fmt: skip
    assert market.positions.loc[DAY].to_dict() == pytest.approx({"market": 0.0, "cash": 1.0})


def late(**changes: Any) -> SystemResult:
    rows = said("banks", [1, 1, 1], asked_at=pd.Timestamp("2026-09-15"))
    system = systems()["news_industry"]
    for id, value in changes.items():
        system = with_changes(system, f"parameter.{id} = {value}")
    return evaluate_system(panel_of("news_industry", rows + said("coal", [1])), system)


def test_what_was_asked_for_afterwards_counts_for_no_decision() -> None:
    found = late()
    assert np.isnan(found.scores.loc[DAY, "banks"])
    assert found.scores.loc[DAY, "coal"] == 1.0
    assert "backfilled" in {notice.code for notice in found.notices}


def test_it_can_be_seen_by_itself_after_the_models_training() -> None:
    assert late(backfilled="on", cutoff="2024-07").scores.loc[DAY, "banks"] == 1.0
    for cutoff, code in (("2026-04", "before_cutoff"), ("unknown", "unknown_cutoff")):
        notices = {n.code for n in _said_with(backfilled="on", cutoff=cutoff)}
        assert {code, "backfilled_on"} <= notices
    assert late(backfilled="on", cutoff="2026-04").scores.loc[DAY].isna().all()
    with pytest.raises(DataError, match="nothing_said"):
        late(backfilled="on")


def _said_with(**changes: Any) -> tuple[Notice, ...]:
    system = systems()["news_industry"]
    for id, value in changes.items():
        system = with_changes(system, f"parameter.{id} = {value}")
    made = panel_of("news_industry", said("banks", [1, 1, 1]))
    closes = pd.DataFrame(index=made.prices.index)
    return compute(Inputs(system, made, closes), system.values, pd.DatetimeIndex([DAY])).notices


def test_scores_out_of_range_do_not_count_and_are_said() -> None:
    rows = said("banks", [1, 1]) + said("coal", [9])
    found = evaluate_system(panel_of("news_industry", rows), systems()["news_industry"])
    assert np.isnan(found.scores.loc[DAY, "coal"])
    assert "score_range" in {notice.code for notice in found.notices}


def test_old_views_say_nothing() -> None:
    rows = [{**row, "from": DAY - pd.Timedelta(days=60)} for row in said("banks", [1])]
    found = evaluate_system(panel_of("news_industry", rows), systems()["news_industry"])
    assert found.scores.loc[DAY].isna().all()
