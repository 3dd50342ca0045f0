"""Periods, years, and settings chosen live over purged splits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from prosperity.errors import SettingError
from prosperity.evidence.out_of_sample import (
    FIRST_TRAINING,
    PUBLISHED,
    out_of_sample,
    performance,
    walk_forward,
)
from prosperity.evidence.splits import PurgedWalkForward
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


def test_splits_of_one_length_are_counted_from_the_beginning() -> None:
    splits = PurgedWalkForward(min_train=20, purge=3, test_size=30)
    found = [(test[0], test[-1]) for _, test in splits.split(np.zeros(100))]
    assert found == [(20, 49), (50, 79), (80, 99)]
    assert splits.get_n_splits(np.zeros(100)) == 3
    with pytest.raises(SettingError, match="needs_sample"):
        splits.get_n_splits()
    with pytest.raises(SettingError, match="bad_split"):
        PurgedWalkForward(test_size=0)


def test_too_short_a_sample_has_no_walk() -> None:
    table, chosen, base = walk_forward(np.zeros((70, 2)), month_ends(70), purge=4)
    assert table is None
    assert chosen.size == base.size == 0


def test_splits_are_ordered_disjoint_and_purged() -> None:
    splits = PurgedWalkForward(4, min_train=20, purge=3, max_train=30)
    seen: list[int] = []
    for train, test in splits.split(np.zeros(100)):
        assert train[-1] == test[0] - 4
        assert len(train) <= 30
        assert not set(test) & set(seen)
        seen += list(test)
    assert seen == list(range(20, 100))
    assert splits.get_n_splits() == 4


def test_splits_are_taken_by_scikit_learn() -> None:
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV, cross_val_score

    generator = np.random.default_rng(0)
    features = generator.standard_normal((120, 2))
    target = features @ [1.0, -1.0] + 0.1 * generator.standard_normal(120)
    splits = PurgedWalkForward(3, min_train=40, purge=2)
    assert len(cross_val_score(Ridge(), features, target, cv=splits)) == 3
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1000.0]}, cv=splits).fit(features, target)
    assert search.best_params_ == {"alpha": 0.1}


@pytest.mark.parametrize(
    "wrong", [{"n_splits": 0}, {"purge": -1}, {"min_train": 3, "purge": 3}, {"max_train": 0}]
)
def test_splits_that_cannot_be_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(SettingError, match="bad_split"):
        PurgedWalkForward(**wrong)


def test_a_sample_that_is_too_short_is_refused() -> None:
    with pytest.raises(SettingError, match="too_short_to_split"):
        list(PurgedWalkForward(5, min_train=60).split(np.zeros(62)))
