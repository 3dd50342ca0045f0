"""Style timing: known answers, properties, an oracle, and no look-ahead."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.errors import DataError
from prosperity.panel import Panel
from prosperity.settings import Settings
from prosperity.systems import SystemResult, evaluate_system, find_system
from prosperity.systems.rules.style_timing import direction, nearest_months, votes_of
from prosperity.systems.simulated import simulated_system
from prosperity.tables import Table

SYSTEM = find_system("style_timing")
PAIRS = ["small/large", "growth/value", "dividend/benchmark"]


@cache
def world() -> Panel:
    return simulated_system(SYSTEM, 120)


@cache
def result() -> SystemResult:
    return evaluate_system(world(), SYSTEM)


def test_the_known_answer() -> None:
    percentiles = np.array([0.10, 0.50, 0.52, 0.90, 0.48])
    excess = np.array([1.0, -2.0, 3.0, 1.0, 2.0])
    chosen = nearest_months(percentiles, 0.50, 3)
    assert sorted(chosen + 1) == [2, 3, 5]
    assert excess[chosen].mean() == 1.0
    assert direction(excess[chosen]) == 1.0


def test_of_ties_the_more_recent_is_nearer() -> None:
    assert nearest_months(np.array([0.4, 0.6, 0.4, 0.9]), 0.5, 2).tolist() == [2, 1]


numbers = st.lists(
    st.tuples(st.floats(-5, 5).map(lambda x: round(x, 2)), st.floats(-0.1, 0.1)),
    min_size=3,
    max_size=40,
)


@given(numbers)
def test_with_all_months_the_vote_is_the_sign_of_the_mean(pairs: list[tuple[float, float]]) -> None:
    values, excess = np.array(pairs).T
    found = votes_of(values, excess, len(pairs), 1)
    assert np.isnan(found.vote[0])
    for day in range(1, len(pairs)):
        assert found.vote[day] == direction(excess[:day])


@given(numbers, st.integers(1, 10))
def test_monotone_transforms_change_nothing(pairs: list[tuple[float, float]], k: int) -> None:
    values, excess = np.array(pairs).T
    plain = votes_of(values, excess, k, 2)
    for other in (np.exp(values), values * 1e6, values**3):
        bent = votes_of(other, excess, k, 2)
        np.testing.assert_array_equal(bent.vote, plain.vote)
        assert all(map(np.array_equal, bent.months, plain.months))


def test_the_nearest_months_are_those_of_scikit_learn() -> None:
    from sklearn.neighbors import NearestNeighbors

    generator = np.random.default_rng(8)
    values, excess = generator.normal(0, 1, 150), generator.normal(0, 0.03, 150)
    found = votes_of(values, excess, 24, 60)
    for day in (60, 100, 149):
        ranks = pd.Series(values[: day + 1]).rank(pct=True).to_numpy()[:, None]
        near = NearestNeighbors(n_neighbors=24).fit(ranks[:-1])
        distances, _ = near.kneighbors(ranks[-1:])
        own = np.abs(ranks[found.months[day], 0] - ranks[-1, 0])
        np.testing.assert_allclose(np.sort(own), distances[0], atol=1e-12)


def test_what_is_not_realised_and_what_is_not_known_is_not_used() -> None:
    values, excess = np.arange(70.0), np.full(70, 1.0)
    excess[-1] = np.nan
    values[10], excess[20] = np.nan, np.nan
    found = votes_of(values, excess, 5, 60)
    assert found.usable[-1] == 67
    assert not {10, 20, 69} & set(found.months[-1])
    assert np.isnan(found.vote[:62]).all()
    assert found.vote[62] == 1.0


def test_v_is_the_mean_vote_and_contributions_sum_to_the_scores() -> None:
    found = result()
    assert list(found.parts) == PAIRS
    last = found.decisions[-1]
    votes = [found.stages[f"vote_{n}"].loc[last, "small/large"] for n in ("valuation", "flow")]
    votes.append(found.stages["vote_correlation"].loc[last, "small/large"])
    assert found.parts.loc[last, "small/large"] == pytest.approx(np.mean(votes))
    for id, frame in found.contributions.items():
        said = found.scores[id].notna()
        assert said.sum() > 40
        np.testing.assert_allclose(frame[said].sum(axis=1), found.scores.loc[said, id], atol=1e-10)
    # The long leg's score is the pair's V, the short leg's its opposite.
    np.testing.assert_array_equal(found.scores["small"], -found.scores["large"])
    np.testing.assert_allclose(found.scores["dividend"], found.parts["dividend/benchmark"])


def test_positions_hold_what_is_above_zero_in_equal_parts_else_the_market() -> None:
    found = result()
    held = found.positions.dropna()
    assert list(held)[-1] == "benchmark"
    np.testing.assert_allclose(held.sum(axis=1), 1.0)
    for day, row in held.iterrows():
        chosen = found.scores.loc[day][found.scores.loc[day] > 0].index
        assert set(row[row > 0].index) == (set(chosen) or {"benchmark"})
    pairs = found.stages["pair_position"]
    assert set(np.unique(pairs.to_numpy()[~np.isnan(pairs)])) <= {0.0, 0.5, 1.0}
    assert found.backtest is not None


def test_the_months_are_listed_in_both_languages() -> None:
    zh, en = result().texts[PAIRS[0]].iloc[-1]
    assert en.count("20") >= 3 * 24
    assert zh.count("、") == 0
    assert ("估值差" in zh, "valuation gap" in en) == (True, True)
    assert result().texts[PAIRS[0]].iloc[0] == ("可用月份不足", "too few usable months")


@pytest.mark.parametrize("day", ["2022-03-10", "2024-12-31", "2026-05-29"])
def test_as_of_a_day_is_a_run_on_what_was_known(day: str) -> None:
    date = pd.Timestamp(day)
    then = evaluate_system(world(), SYSTEM, Settings(as_of=date.date()))
    past = result().decisions[result().decisions <= date]
    shared = past.intersection(then.decisions)
    assert len(shared) >= len(past) - 1
    for name in ("scores", "parts", "texts", "positions"):
        pd.testing.assert_frame_equal(
            getattr(then, name).loc[shared],
            getattr(result(), name).loc[shared],
            check_exact=True,
            check_freq=False,
        )


def test_too_few_months_and_one_indicator_alone_are_said() -> None:
    panel = simulated_system(SYSTEM, 66)
    tables = {id: t for id, t in panel.tables.items() if id.endswith("correlation")}
    found = evaluate_system(replace(panel, tables=tables), SYSTEM)
    assert "vote_valuation" not in found.stages
    few = SYSTEM.with_values({"min_months": 65})
    late = evaluate_system(panel, few)
    assert not [n for n in late.notices if n.code == "few_months"]
    short = simulated_system(SYSTEM, 32)
    with pytest.raises(DataError, match="needs 60"):
        evaluate_system(short, SYSTEM)


def test_the_last_date_says_how_many_months_there_are() -> None:
    panel = simulated_system(SYSTEM, 66)
    # One pair begins late.
    frames = {}
    for id, table in panel.tables.items():
        values = table.values.copy()
        values.loc[values.index[:35], PAIRS[1]] = np.nan
        frames[id] = Table(id, values, table.releases)
    found = evaluate_system(replace(panel, tables=frames), SYSTEM)
    (notice,) = [n for n in found.notices if n.code == "few_months"]
    assert notice.en.endswith("usable months, 60 needed.")
    assert PAIRS[1] in notice.en


def test_a_pair_that_is_no_pair_is_refused_with_the_nearest() -> None:
    panel = world()
    for wrong, near in (("smal/large", "small"), ("small", ""), ("small/small", "")):
        frames = {
            id: Table(
                id,
                table.values.rename(columns={PAIRS[0]: wrong}),
                table.releases.rename(columns={PAIRS[0]: wrong}),
            )
            for id, table in panel.tables.items()
        }
        with pytest.raises(DataError, match="must be LONG/SHORT") as caught:
            evaluate_system(replace(panel, tables=frames), SYSTEM)
        assert caught.value.code == "pair_form"
        assert near in caught.value.en


def renamed(panel: Panel, names: dict[str, str]) -> Panel:
    frames = {
        id: Table(id, t.values.rename(columns=names), t.releases.rename(columns=names))
        for id, t in panel.tables.items()
    }
    return replace(panel, tables=frames)


def test_a_pair_may_be_written_in_chinese_and_stands_there_once() -> None:
    found = evaluate_system(renamed(world(), {PAIRS[0]: "小盘／大盘"}), SYSTEM)
    pd.testing.assert_frame_equal(found.parts, result().parts)
    with pytest.raises(DataError, match="the same pair") as caught:
        evaluate_system(renamed(world(), {PAIRS[1]: "小盘/大盘"}), SYSTEM)
    assert caught.value.code == "pair_twice"


def test_without_any_indicator_the_sheet_is_missing() -> None:
    with pytest.raises(DataError) as caught:
        evaluate_system(replace(world(), tables={}), SYSTEM)
    assert caught.value.code == "no_table"
    assert "prosperity template style_timing" in caught.value.zh
