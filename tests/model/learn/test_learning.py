"""What a training needs beside its networks: samples, folds, the ridge, worth, the folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prosperity.errors import DataError, SettingError
from prosperity.learn import LearnSettings, fit, read_samples, score
from prosperity.learn.folds import folds
from prosperity.learn.samples import standardised

from .worlds import TINY, planted

RIDGE = ("ridge",)


def test_a_planted_feature_is_found_and_a_shuffled_one_is_not(tmp_path: Path) -> None:
    found = fit(planted(), TINY, tmp_path / "a", kinds=RIDGE)
    assert found.worth["ridge"].coefficient > 0.8
    assert found.worth["ridge"].quantiles[-1] > found.worth["ridge"].quantiles[0]
    # What foretells the next month alone says nothing of the month after it.
    assert abs(found.worth["ridge"].decay[1]) < 0.2
    lost = fit(planted(shuffled=True), TINY, tmp_path / "b", kinds=RIDGE)
    assert abs(lost.worth["ridge"].coefficient) < 0.15


@settings(max_examples=25, deadline=None)
@given(
    more=st.integers(1, 40), train=st.integers(1, 8), valid=st.integers(1, 4),
    step=st.integers(1, 6), horizon=st.integers(1, 3),
)  # fmt: skip
def test_no_label_of_a_training_reaches_what_it_scores(
    more: int, train: int, valid: int, step: int, horizon: int
) -> None:
    own = replace(TINY, train_months=train + horizon, valid_months=valid + horizon,
                  step_months=step, horizon=horizon, window=1)  # fmt: skip
    months = own.train_months + own.valid_months + more
    samples = replace(planted(months, 6, 1), horizon=horizon)
    found = folds(samples, own)
    for fold in found:
        assert fold.train[-1] + horizon < fold.valid[0]
        assert fold.valid[-1] + horizon < fold.test[0]
        assert fold.trained_to < samples.days[fold.test[0]]
    tests = np.concatenate([fold.test for fold in found])
    assert len(tests) == len(set(tests.tolist()))
    longer = folds(replace(planted(months + step, 6, 1), horizon=horizon), own)
    for early, late in zip(found[:-1], longer, strict=False):
        assert early.train.tolist() == late.train.tolist()
        assert early.test.tolist() == late.test.tolist()


def test_scores_do_not_change_when_later_data_do(tmp_path: Path) -> None:
    samples = planted(36)
    day = samples.days[29]
    values, returns = samples.values.copy(), samples.returns.copy()
    values[30:], returns[30:] = values[30:][:, ::-1], -returns[30:]
    one = fit(samples, TINY, tmp_path / "a", kinds=RIDGE).scores["ridge"]
    changed = replace(samples, values=values, returns=returns)
    other = fit(changed, TINY, tmp_path / "b", kinds=RIDGE).scores["ridge"]
    assert len(one.loc[:day]) > 3
    pd.testing.assert_frame_equal(one.loc[:day], other.loc[:day])
    assert not one.equals(other)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 1e6), st.floats(-1e3, 1e3))
def test_standardised_within_a_day_whatever_the_scale(
    seed: int, scale: float, shift: float
) -> None:
    draws = np.random.default_rng(seed)
    raw = draws.normal(size=(3, 12, 2))
    raw[draws.random(raw.shape) < 0.1] = np.nan
    raw[1, :, 1] = 5.0
    one, other = standardised(raw), standardised(raw * scale + shift)
    np.testing.assert_allclose(one, other, atol=2e-3)
    assert (one[1, :, 1] == 0).all()
    assert (np.abs(one) <= 3).all()
    assert (one[np.isnan(raw)] == 0).all()


def rows(samples_days: int = 30, codes: int = 12) -> pd.DataFrame:
    draws = np.random.default_rng(3)
    days = pd.date_range("2012-01-31", periods=samples_days, freq="ME")
    size = samples_days * codes
    return pd.DataFrame({
        "date": np.repeat(days, codes), "code": np.tile([f"{n:06d}" for n in range(codes)],
                                                         samples_days),
        "feature_a": draws.normal(size=size), "feature_b": draws.normal(size=size),
        "close": np.exp(draws.normal(size=size) / 10),
    })  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file_is_read_as_it_is(tmp_path: Path, ending: str) -> None:
    frame, path = rows(), tmp_path / f"panel.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    samples = read_samples(path, TINY)
    assert samples.codes[:2] == ["000000", "000001"]
    assert samples.features == ["feature_a", "feature_b"]
    closes = frame.pivot(index="date", columns="code", values="close")
    own = closes.shift(-1) / closes - 1
    own = own.sub(own.mean(axis=1), axis=0)
    np.testing.assert_allclose(samples.returns, own.to_numpy(), rtol=1e-9)
    assert len(samples.sha256) == 64
    assert read_samples(path, TINY, ["feature_b"]).features == ["feature_b"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda f: f.drop(columns="code"), "no_feature_column"),
        (lambda f: f.drop(columns=["feature_a", "feature_b"]), "no_features"),
        (lambda f: pd.concat([f, f.tail(1)]), "doubled"),
        (lambda f: f.assign(date="yesterday"), "bad_dates"),
        (lambda f: f.drop(columns="close"), "no_labels"),
        (lambda f: f[f["date"] < "2013-01-01"], "too_few_folds"),
    ],
)
def test_a_bad_file_is_refused_in_words(tmp_path: Path, change: object, code: str) -> None:
    path = tmp_path / "panel.csv"
    change(rows()).to_csv(path, index=False)  # type: ignore[operator]
    with pytest.raises(DataError) as refused:
        fit(read_samples(path, TINY), TINY, tmp_path / "model", kinds=RIDGE)
    assert refused.value.code == code
    assert refused.value.zh != refused.value.en


def test_settings_out_of_range_are_refused() -> None:
    for own in ({"window": 0}, {"rate": 0.0}, {"averaged": 40}, {"seeds": 99}):
        with pytest.raises(SettingError):
            LearnSettings(**own)  # type: ignore[arg-type]


def test_a_card_says_what_was_done_and_scoring_follows_it(tmp_path: Path) -> None:
    samples, folder = planted(), tmp_path / "model"
    found = fit(samples, TINY, folder, kinds=RIDGE)
    card = json.loads((folder / "card.json").read_text("utf-8"))
    assert card == found.card
    assert card["folds"][0]["trained_to"] < card["folds"][0]["test"][0]
    scores, ends = score(samples, folder, "ridge")
    shared = scores.index.intersection(found.scores["ridge"].index)
    assert len(shared) > 3
    pd.testing.assert_frame_equal(scores.loc[shared], found.scores["ridge"].loc[shared])
    assert (ends < scores.index.to_series()).all()
    assert all(not path.name.endswith((".pkl", ".pt")) for path in folder.iterdir())


def test_foreign_and_damaged_folders_are_refused(tmp_path: Path) -> None:
    samples, folder = planted(), tmp_path / "model"
    fit(samples, TINY, folder, kinds=RIDGE)

    def code(act: object) -> str:
        with pytest.raises(DataError) as refused:
            act()  # type: ignore[operator]
        return refused.value.code

    other = planted(seed=9)
    assert code(lambda: fit(other, TINY, folder, kinds=RIDGE)) == "other_model"
    features = replace(samples, features=["x", *samples.features[1:]])
    assert code(lambda: score(features, folder, "ridge")) == "other_features"
    piece = next(folder.glob("*.safetensors"))
    piece.write_bytes(piece.read_bytes()[:-4] + b"\0\0\0\1")
    assert code(lambda: score(samples, folder, "ridge")) == "damaged_model"
    (folder / "card.json").write_text("[]")
    assert code(lambda: score(samples, folder, "ridge")) == "no_trained_model"
    (folder / "mine.xlsx").write_text("")
    assert code(lambda: fit(samples, TINY, folder, kinds=RIDGE)) == "not_a_model_folder"
