"""The verb ``reduce``: the model's own table as a sheet's columns, and refusals in words."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity.systems.reading import find_system
from prosperity.systems.reduce import reduce as reduced
from prosperity_excel.cli import main

DAYS = pd.bdate_range("2024-01-01", periods=30)


def shell(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def stocks(tmp_path: Path) -> Path:
    """Give a wide file: days down, a stock a column."""
    steps = np.arange(30.0)
    frame = pd.DataFrame({"000001": 10 + steps, "000002": 50 - steps, "600001": 5 + steps}, DAYS)
    path = tmp_path / "stocks.csv"
    frame.rename_axis("date").to_csv(path)
    return path


@pytest.fixture(params=["utf-8", "utf-8-sig", "gb18030"])
def members(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "members.csv"
    rows = "code,industry,from,to\n000001,银行,2020-01-01,\n000002,银行,2020-01-01,\n"
    path.write_text(rows + "600001,coal,2020-01-01,\n", encoding=request.param)
    return path


def test_it_is_the_models_table_in_the_sheets_columns(
    stocks: Path, members: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    words = ("reduce", "industry_diffusion", stocks, "--members", members, "--set",
             "momentum_days=5")  # fmt: skip
    done = shell(*words, "--out", out)
    assert done.exit_code == 0, done.output
    assert "industry_momentum" in done.stdout
    table = pd.read_csv(out)
    known = pd.DataFrame(
        {"code": ["000001", "000002", "600001"], "industry": ["银行", "银行", "coal"],
         "from": pd.Timestamp("2020-01-01"), "to": pd.NaT}
    )  # fmt: skip
    own = reduced("industry_diffusion", stocks, {"momentum_days": 5.0}, members=known)
    expected = own.sheets["industry_momentum"]
    assert table["share"].tolist() == pytest.approx(expected["share"].tolist())
    assert pd.to_datetime(table["date"]).tolist() == expected["date"].tolist()
    sheet = find_system("industry_diffusion").input("industry_momentum")
    assert list(table) == ["date", sheet.entity, *(name for name, _ in sheet.columns)]
    screen = shell(*words, "--out", "-")
    assert pd.read_csv(io.StringIO(screen.stdout)).equals(table)


def test_what_is_there_is_not_overwritten(stocks: Path, members: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("mine")
    done = shell("reduce", "industry_diffusion", stocks, "--members", members, "--out", out)
    assert done.exit_code == 1
    assert out.read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("macro_position", "{stocks}"), "no heavy panel"),
        (("industry_diffusion", "{stocks}"), "table of members"),
        (("industry_diffusion", "{folder}/nosuch.csv"), "no such file"),
        (("industry_diffusion", "{folder}"), "folder"),
        (("industry_diffusion", "{stocks}", "--members", "{folder}/bad.csv"), "cannot be read"),
        (("industry_diffusion", "{stocks}", "--set", "nosuch=1"), "nosuch"),
        (("etf_flows", "{stocks}"), "etf_flows"),
    ],
)
def test_what_cannot_be_is_said(
    stocks: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    bad = "code,industry,from\n000001,banks,yesterday\n"
    (tmp_path / "bad.csv").write_text(bad, encoding="utf-8")
    given = [word.format(stocks=stocks, folder=tmp_path) for word in words]
    done = shell("reduce", *given, "--out", tmp_path / "out.csv")
    assert done.exit_code == 1, done.output
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert not (tmp_path / "out.csv").exists()
