"""The verb learn: without its extra, with a folder of models, and members' means."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity.learn import LearnSettings, fit, read_samples
from prosperity_excel.cli import main

SMALL = LearnSettings(window=2, horizon=1, every=1, train_months=12, valid_months=4,
                      step_months=4, epochs=2, averaged=1, seeds=1, hidden=4)  # fmt: skip
WORDS = [f"--set={name}={value}" for name, value in SMALL.as_dict().items()]


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draws = np.random.default_rng(5)
    days, codes = pd.date_range("2012-01-31", periods=24, freq="ME"), 10
    feature = draws.normal(size=(24, codes))
    closes = np.vstack([np.ones(codes), np.cumprod(1 + feature / 50, axis=0)[:-1]])
    path = tmp_path_factory.mktemp("learn") / "panel.csv"
    pd.DataFrame({
        "日期": np.repeat(days, codes), "代码": np.tile([f"{n:06d}" for n in range(codes)], 24),
        "feature_one": feature.ravel(), "收盘价": closes.ravel(),
    }).to_csv(path, index=False, encoding="gb18030")  # fmt: skip
    return path


@pytest.fixture(scope="module")
def model(panel: Path) -> Path:
    folder = panel.parent / "model"
    fit(read_samples(panel, SMALL), SMALL, folder, kinds=("ridge",))
    return folder


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["learn", *map(str, words)])


def test_without_the_extra_one_sentence_says_what_to_install(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    found = run("fit", panel, "--out", tmp_path / "m")
    assert found.exit_code == 1
    assert "pip install torch safetensors" in found.output
    assert "no_torch" in found.output
    assert "Traceback" not in found.output
    assert not (tmp_path / "m").exists()


def test_a_ridge_scores_each_day_by_a_training_before_it(panel: Path, model: Path) -> None:
    found = run("score", panel, "--model", model, "--kind", "ridge", "--out", "-")
    assert found.exit_code == 0, found.output
    rows = pd.read_csv(io.StringIO(found.stdout), dtype={"code": str})
    assert list(rows) == ["date", "code", "score", "model", "trained_to"]
    assert (rows["trained_to"] < rows["date"]).all()
    assert rows["code"].nunique() == 10
    assert rows["date"].max() == "2013-12-31"
    # The planted feature is the score.
    last = pd.read_csv(panel, encoding="gb18030", dtype={"代码": str}).tail(10)
    own = rows[rows["date"] == "2013-12-31"].set_index("code")["score"]
    assert np.corrcoef(own.loc[last["代码"]], last["feature_one"])[0, 1] > 0.99


def test_members_give_scores_of_industries(panel: Path, model: Path, tmp_path: Path) -> None:
    members = tmp_path / "members.csv"
    members.write_text(
        "code,industry,from,to\n000000,钢铁,,\n000001,钢铁,2013-11-01,\n000002,煤炭,,2013-10-31\n"
        "999999,银行,,\n",
        "utf-8",
    )
    plain = run("score", panel, "--model", model, "--kind", "ridge", "--out", "-")
    found = run("score", panel, "--model", model, "--kind", "ridge", "--out", "-",
                "--members", members)  # fmt: skip
    assert found.exit_code == 0, found.output
    rows = pd.read_csv(io.StringIO(found.stdout))
    stocks = pd.read_csv(io.StringIO(plain.stdout), dtype={"code": str})
    wide = stocks.pivot(index="date", columns="code", values="score")
    own = rows.pivot(index="date", columns="industry", values="score")
    assert list(own) == ["煤炭", "钢铁"]
    assert own.loc["2013-12-31", "钢铁"] == pytest.approx(
        wide.loc["2013-12-31", ["000000", "000001"]].mean()
    )
    assert own.loc["2013-10-31", "钢铁"] == pytest.approx(wide.loc["2013-10-31", "000000"])
    assert np.isnan(own.loc["2013-12-31", "煤炭"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (lambda p, m: ["score", p, "--model", p.parent, "--out", "-"], "no_trained_model"),
        (lambda p, m: ["score", p, "--model", m, "--kind", "ridge", "--since", "2031-01-01",
                       "--out", "-"], "no_days"),
        (lambda p, m: ["score", p.parent, "--model", m, "--out", "-"], "folder"),
        (lambda p, m: ["score", p, "--model", m, "--kind", "ridge", "--out", p], ""),
    ],
)  # fmt: skip
def test_what_cannot_be_scored_is_refused_in_words(
    panel: Path, model: Path, words: Callable[[Path, Path], list[object]], code: str
) -> None:
    before = panel.read_bytes()
    found = run(*words(panel, model))
    assert found.exit_code == 1, found.output
    assert code in found.output
    assert "Traceback" not in found.output
    assert panel.read_bytes() == before


@pytest.mark.deep
def test_fitting_from_the_shell(panel: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra learn")
    folder = tmp_path / "model"
    found = run("fit", panel, "--out", folder, *WORDS, "--yes")
    assert found.exit_code == 0, found.output
    assert "attention_gru" in found.output
    assert "networks to train" in found.output
    rows = pd.read_csv(folder / "scores.csv", dtype={"code": str})
    assert (rows["trained_to"] < rows["date"]).all()
    assert run("fit", panel, "--out", folder, *WORDS).exit_code == 0
    other = run("fit", panel, "--out", folder, *WORDS, "--set=epochs=1")
    assert "other_model" in other.output
    assert "Did you mean epochs" in run("fit", panel, "--out", folder, "--set=epoch=1").output
