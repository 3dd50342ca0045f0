"""The networks, which need the extra ``learn``: known answers, oracles, the same each time."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from prosperity.learn import fit, score
from prosperity.learn.fitting import estimate
from prosperity.learn.folds import folds
from prosperity.learn.linear import ridge

from .worlds import TINY, planted

pytestmark = pytest.mark.deep


@pytest.fixture(autouse=True)
def torch() -> Any:
    """Give torch, which the extra learn brings; only when a deep test runs."""
    return pytest.importorskip("torch", reason="needs the extra learn")


BOTH = ("ridge", "gru", "attention_gru")


def test_the_networks_find_a_planted_feature_and_nothing_where_there_is_none(
    tmp_path: Path,
) -> None:
    found = fit(planted(), TINY, tmp_path / "a", kinds=BOTH)
    assert found.worth["attention_gru"].coefficient > 0.8
    lost = fit(planted(shuffled=True), TINY, tmp_path / "b", kinds=BOTH)
    assert abs(lost.worth["attention_gru"].coefficient) < 0.15


def test_residual_alone_is_the_ridge(tmp_path: Path) -> None:
    from prosperity.learn.training import network_scores, trained

    samples = planted(noise=1.0)
    (fold, *_) = folds(samples, TINY)
    own = replace(TINY, epochs=40)
    weights = trained(samples, fold, own, ("residual",), 0)
    scores = network_scores(samples, fold.test.tolist(), own, ("residual",), weights)
    line = ridge(samples, fold, TINY.window)
    for row, place in zip(scores, fold.test, strict=True):
        columns, rows = samples.at(int(place), TINY.window)
        assert np.corrcoef(row[columns], rows[:, -1] @ line)[0, 1] > 0.98


def test_attention_and_gru_are_what_their_formulas_say(torch: Any) -> None:
    from prosperity.learn.network import attended, network, scores

    net = network(("attention", "gru", "residual"), 5, 7, 3)
    x = torch.randn(11, 6, 5, generator=torch.Generator().manual_seed(1))
    q, k, v = (net[name].weight.T for name in ("query", "key", "value"))
    by_hand = torch.softmax((x @ q) @ (x @ k).transpose(1, 2) / math.sqrt(5), dim=2) @ (x @ v)
    torch.testing.assert_close(attended(net, x), by_hand, atol=1e-6, rtol=1e-5)
    seen, h = x + by_hand, torch.zeros(11, 7)
    w = dict(net["gru"].named_parameters())
    for t in range(6):
        gates_x = seen[:, t] @ w["weight_ih_l0"].T + w["bias_ih_l0"]
        gates_h = h @ w["weight_hh_l0"].T + w["bias_hh_l0"]
        reset, update = (
            torch.sigmoid(gates_x[:, s] + gates_h[:, s]) for s in (slice(0, 7), slice(7, 14))
        )
        new = torch.tanh(gates_x[:, 14:] + reset * gates_h[:, 14:])
        h = (1 - update) * new + update * h
    own = (h + x[:, -1] @ net["residual"].weight.T) @ net["score"].weight.T
    torch.testing.assert_close(scores(net, x), own.squeeze(1), atol=1e-6, rtol=1e-5)


def test_the_same_each_time_and_an_interrupted_training_goes_on(tmp_path: Path, torch: Any) -> None:
    samples = planted(26, 20, 2)
    own = replace(TINY, epochs=3, averaged=2)
    threads = torch.get_num_threads()
    whole = fit(samples, own, tmp_path / "a")
    assert torch.get_num_threads() == threads

    class StoppedError(Exception):
        pass

    def stop(what: str, number: int, count: int) -> None:
        if number > count // 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        fit(samples, own, tmp_path / "b", progress=stop)
    left = estimate(samples, own, tmp_path / "b").networks
    assert 0 < left < estimate(samples, own, tmp_path / "none").networks
    seen: list[str] = []
    again = fit(
        samples, own, tmp_path / "b", progress=lambda what, number, count: seen.append(what)
    )
    assert len(set(seen)) == left
    for kind, scores in whole.scores.items():
        pd.testing.assert_frame_equal(scores, again.scores[kind], check_exact=True)
    assert again.card == whole.card


def test_networks_score_by_the_newest_training_before_the_day(tmp_path: Path) -> None:
    samples = planted()
    found = fit(samples, replace(TINY, epochs=3, averaged=2), tmp_path / "model")
    scores, ends = score(samples, tmp_path / "model")
    shared = scores.index.intersection(found.scores["attention_gru"].index)
    pd.testing.assert_frame_equal(scores.loc[shared], found.scores["attention_gru"].loc[shared])
    assert (ends < scores.index.to_series()).all()


def test_the_coefficient_is_alphalens(tmp_path: Path) -> None:
    from scipy.stats import spearmanr

    samples = planted()
    found = fit(samples, TINY, tmp_path / "a", kinds=("ridge",))
    own = found.scores["ridge"]
    returns = pd.DataFrame(samples.returns, samples.days, samples.codes).loc[own.index]
    each = [
        spearmanr(own.loc[day], returns.loc[day], nan_policy="omit").statistic
        for day in own.index
        if returns.loc[day].notna().any()
    ]
    assert found.worth["ridge"].coefficient == pytest.approx(float(np.mean(each)), abs=1e-12)
