"""Periods, years, and settings chosen live over purged splits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.errors import SettingError
from prosperity.evidence.out_of_sample import (
    FIRST_TRAINING,
    PUBLISHED,
    out_of_sample,
    performance,
    walk_forward,
)
from prosperity.evidence.splits import walk_forward_splits
from prosperity.evidence.trials import Trial

from tests.model.helpers import month_ends

from . import worlds


def test_before_and_after_put_together_are_the_whole() -> None:
    model, panel = worlds.no_skill(1)
    replay = worlds.replay_of(model, panel)
    found = out_of_sample(replay, [Trial(), Trial((("lookback", 3),))])
    # This world ends in 2019, before the report.
    assert found.around.loc["after", "months"] == 0
    assert np.isnan(found.around.loc["after", "excess"])
    total = replay.run([Trial()]).statistics["strategy_return"].iloc[0]
    assert found.around.loc["before", "strategy"] == pytest.approx(total)
    assert np.prod(1 + found.years["strategy"]) - 1 == pytest.approx(total)
    assert found.years["months"].sum() == found.around.loc["before", "months"]
    assert found.around.loc["before", "signals"] <= found.around.loc["before", "months"]


def test_august_2023_is_not_after() -> None:
    months = month_ends(6, "2023-06")
    assert list(months > PUBLISHED) == [False, False, False, True, True, True]


def test_performance_by_hand() -> None:
    frame = pd.DataFrame(
        {
            "strategy": [0.1, -0.05, 0.02],
            "index": [0.1, 0.0, 0.02],
            "benchmark": [0.0, -0.05, 0.03],
            "signal": [True, False, True],
        },
        index=month_ends(3),
    )
    found = performance(frame)
    assert found["strategy"] == pytest.approx(1.1 * 0.95 * 1.02 - 1)
    assert found["excess"] == pytest.approx(1.1 * 0.95 * 1.02 / (0.95 * 1.03) - 1)
    assert (found["months"], found["signals"], found["ahead"]) == (3, 2, 0.5)


def test_the_choice_sees_only_the_past() -> None:
    """The better trial changes half-way: the choice follows, and never runs ahead."""
    size = 200
    months = month_ends(size)
    good = np.where(np.arange(size) < 130, 0.02, -0.02)
    noise = 0.001 * np.random.default_rng(0).standard_normal((size, 2))
    table, chosen, base = walk_forward(np.column_stack([good, -good]) + noise, months, purge=4)
    assert table is not None
    assert (table["chosen"].iloc[:3] == 0).all()
    assert len(chosen) == len(base) == size - FIRST_TRAINING
    for _, row in table.iterrows():
        gap = (row["first"].year - row["train_last"].year) * 12
        assert gap + row["first"].month - row["train_last"].month == 5
    future = good.copy()
    future[150:] = 0.5
    again, *_ = walk_forward(np.column_stack([future, -good]) + noise, months, purge=4)
    assert again is not None
    early = (table["first"] <= months[150]).to_numpy()
    assert (again["chosen"][early] == table["chosen"][early]).all()


def test_tests_keep_their_dates_when_months_are_added() -> None:
    excess = np.random.default_rng(1).standard_normal((200, 3))
    whole, *_ = walk_forward(excess, month_ends(200), purge=4)
    assert whole is not None
    assert len(whole) == 6
    for size in range(FIRST_TRAINING + 12, 200):
        some, chosen, base = walk_forward(excess[:size], month_ends(size), purge=4)
        assert some is not None
        over = (some["last"] == whole["last"].iloc[: len(some)]).to_numpy()
        assert over[:-1].all()
        pd.testing.assert_frame_equal(some[over], whole.iloc[: len(some)][over])
        assert (some["first"] == whole["first"].iloc[: len(some)]).all()
        assert len(chosen) == len(base) == size - FIRST_TRAINING


def test_too_short_a_sample_has_no_walk() -> None:
    table, chosen, base = walk_forward(np.zeros((70, 2)), month_ends(70), purge=4)
    assert table is None
    assert chosen.size == base.size == 0


def by_hand(size: int, first: int, test: int, purge: int) -> list[tuple[list[int], list[int]]]:
    """Return the splits by their rule: tests from ``first`` on, the last as long as it is."""
    begins = range(first, size, test)
    return [(list(range(b - purge)), list(range(b, min(b + test, size)))) for b in begins]


@given(
    size=st.integers(2, 200),
    first=st.integers(1, 80),
    test=st.integers(1, 40),
    purge=st.integers(0, 20),
)
def test_splits_follow_one_another_from_the_first_training_on(
    size: int, first: int, test: int, purge: int
) -> None:
    if size <= first or first <= purge:
        with pytest.raises(SettingError):
            list(walk_forward_splits(size, first=first, test=test, purge=purge))
        return
    found = list(walk_forward_splits(size, first=first, test=test, purge=purge))
    plain = [(train.tolist(), places.tolist()) for train, places in found]
    assert plain == by_hand(size, first, test, purge)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"purge": -1}, "bad_split"),
        ({"test": 0}, "bad_split"),
        ({"first": 3}, "bad_split"),
        ({"size": 60}, "too_short_to_split"),
    ],
)
def test_splits_that_cannot_be_are_refused(wrong: dict[str, int], code: str) -> None:
    with pytest.raises(SettingError) as caught:
        list(walk_forward_splits(**{"size": 100, "first": 60, "test": 24, "purge": 3} | wrong))
    assert caught.value.code == code
