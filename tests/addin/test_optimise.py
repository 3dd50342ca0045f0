"""The verb optimise over panels of stocks, sound and not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity_excel.cli import main

DATE = "2025-04-25"


def panel(names: int = 60, dates: int = 20) -> pd.DataFrame:
    generator = np.random.default_rng(1)
    days = pd.date_range(end=DATE, periods=dates, freq="7D")
    codes = [f"{600000 + n}.SH" for n in range(names)]
    rows = []
    for day in days:
        weight = np.where(np.arange(names) < 40, generator.uniform(0.5, 2.0, names), 0.0)
        rows.append(
            pd.DataFrame(
                {
                    "date": day, "code": codes, "industry": [f"g{n % 5}" for n in range(names)],
                    "market_value": generator.uniform(10, 1000, names),
                    "index_weight": weight / weight.sum(),
                    "style_size": generator.standard_normal(names),
                    "factor_sue": generator.standard_normal(names),
                    "return": generator.standard_normal(names) * 0.03,
                }
            )
        )  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def run(file: Path, *words: str) -> Result:
    return CliRunner().invoke(
        main, ["optimise", str(file), "--date", DATE, "--factor", "sue=1", *words]
    )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_panel_becomes_a_portfolio_within_its_limits(tmp_path: Path, kind: str) -> None:
    made, file = panel(), tmp_path / f"panel.{kind}"
    if kind == "csv":
        made.to_csv(file, index=False)
    else:
        made.to_parquet(file)
    out = tmp_path / "weights.csv"
    result = run(file, "--risk", "5", "--stock", "0.02", "--industry", "0.03", "--out", str(out))
    assert result.exit_code == 0, result.output
    weights = pd.read_csv(out)
    assert weights["weight"].sum() == pytest.approx(1.0, abs=1e-6)
    assert weights["active"].abs().max() <= 0.02 + 1e-6
    by_group = weights.groupby("industry")["active"].sum().abs()
    assert by_group.max() <= 0.03 + 0.02
    assert "Tracking error" in result.output


def test_later_rows_change_nothing(tmp_path: Path) -> None:
    made = panel()
    later = made.assign(date=made["date"] + pd.Timedelta(days=365), factor_sue=9.0)
    outs = []
    for number, frame in enumerate((made, pd.concat([made, later]))):
        file, out = tmp_path / f"{number}.csv", tmp_path / f"out{number}.csv"
        frame.to_csv(file, index=False)
        assert run(file, "--risk", "5", "--out", str(out)).exit_code == 0
        outs.append(out.read_text())
    assert outs[0] == outs[1]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda f: f.drop(columns="industry"), "no_stock_column"),
        (lambda f: f.assign(date=f["date"] - pd.Timedelta(days=365)), "no_date"),
        (lambda f: pd.concat([f, f]), "stock_twice"),
        (lambda f: f.assign(market_value=0.0), "bad_value"),
        (lambda f: f[f["date"] == f["date"].max()], "short_risk_history"),
        (lambda f: f.assign(index_weight=0.0), "bad_benchmark"),
        (lambda f: f.drop(columns="date"), "bad_panel"),
    ],
)
def test_what_is_wrong_with_a_panel_is_said(tmp_path: Path, change: object, code: str) -> None:
    file = tmp_path / "panel.csv"
    change(panel()).to_csv(file, index=False)  # type: ignore[operator]
    result = run(file, "--risk", "5")
    assert result.exit_code == 1
    assert f"[{code}]" in result.output


def test_a_file_that_is_no_panel(tmp_path: Path) -> None:
    for name, content in (("a.parquet", b"no"), ("b.csv", b"\x00\xff"), ("c.csv", b"")):
        file = tmp_path / name
        file.write_bytes(content)
        assert "bad_panel" in run(file).output
