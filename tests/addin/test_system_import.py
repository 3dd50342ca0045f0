"""Exports and reduced panels into a system's sheets: shown first, nothing lost, doubts asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity.systems.reading import find_system
from prosperity_excel.book.book import read_book
from prosperity_excel.cli import main
from prosperity_excel.sheets.workbook import open_workbook
from prosperity_excel.template.system_template import write_system_template

from tests.addin.books import Rows, save
from tests.addin.test_system_book import prices_of, sheet_of

DAYS = pd.bdate_range("2024-01-01", periods=30)
FLOWS, STATE = find_system("etf_flows"), find_system("market_state")
HEAD = ["date", "code", "shares", "nav", "amount", "size"]


def shell(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def flows(day: pd.Timestamp, code: str, shares: float) -> list[Any]:
    return [day.date(), code, shares, 1.0, 3.0, shares]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Give a book of ETF flows with ten days of two funds."""
    rows = [flows(day, code, 10.0 + n) for n, day in enumerate(DAYS[:10]) for code in "AB"]
    sheets: dict[str, Rows] = {
        "system": sheet_of(FLOWS),
        "prices": prices_of(FLOWS, DAYS),
        "etf_flows": [["来源", "mine"], HEAD, *rows],
        "notes": [["my own words", 1.0]],
    }
    return save(tmp_path / "book.xlsx", sheets)


#: How vendors and people lay out the same table.
LAYOUTS: dict[str, list[str]] = {
    "ours": HEAD,
    "wind": ["日期", "证券代码", "基金份额(亿份)", "单位净值（元）", "成交额", "基金规模"],
    "choice": ["交易日期", "基金代码", "份额", "净值", "成交金额", "规模"],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", ["xlsx", "csv", "gbk"])
def test_a_long_export_is_recognised_and_merged(
    layout: str, form: str, book: Path, tmp_path: Path
) -> None:
    rows = [flows(day, code, 10.0 + n) for n, day in enumerate(DAYS[:12]) for code in "AB"]
    rows[0][2] = 10.5  # revised
    path = tmp_path / f"export.{'xlsx' if form == 'xlsx' else 'csv'}"
    if form == "xlsx":
        save(path, {"Sheet1": [LAYOUTS[layout], *rows, ["数据来源：Wind"]]})
    else:
        frame = pd.DataFrame(rows, columns=LAYOUTS[layout])
        frame.to_csv(path, index=False, encoding="gb18030" if form == "gbk" else "utf-8-sig")
    before = book.read_bytes()
    shown = shell("import", path, "--into", book)
    assert shown.exit_code == 3
    assert book.read_bytes() == before
    done = shell("import", path, "--into", book, "--yes")
    assert done.exit_code == 0, done.output
    table = read_book(book).panel.tables["etf_flows.shares"].values
    assert table.shape == (12, 2)
    assert table.iloc[0, 0] == 10.5
    assert table["B"].tolist() == [10.0 + n for n in range(12)]
    workbook = open_workbook(book)
    assert workbook.sheet("notes").cell(0, 0) == "my own words"
    assert path.name in str(workbook.sheet("etf_flows").cell(0, 1))
    assert "mine" in str(workbook.sheet("etf_flows").cell(0, 1))
    assert "没有要写入" in shell("import", path, "--into", book, "--yes").output


def test_another_unit_is_asked_about_and_left_out(book: Path, tmp_path: Path) -> None:
    rows = [flows(day, code, (10.0 + n) * 1e4 if code == "A" else 10.0 + n)
            for n, day in enumerate(DAYS[:12]) for code in "AB"]  # fmt: skip
    path = save(tmp_path / "export.xlsx", {"Sheet1": [HEAD, *rows]})
    done = shell("import", path, "--into", book, "--yes")
    assert done.exit_code == 3
    assert "another unit" in done.output
    assert "单位" in done.output
    table = read_book(book).panel.tables["etf_flows.shares"].values
    assert table["A"].dropna().max() < 100
    assert table["B"].notna().sum() == 12


def test_what_is_wrong_in_an_export_is_said_with_its_cell(book: Path, tmp_path: Path) -> None:
    rows = [flows(DAYS[0], "A", 1.0), flows(DAYS[0], "A", 2.0)]
    path = save(tmp_path / "export.xlsx", {"Sheet1": [HEAD, *rows]})
    before = book.read_bytes()
    done = shell("import", path, "--into", book, "--yes")
    assert done.exit_code == 1
    assert "doubled" in done.output
    assert "Sheet1!B3" in done.output
    assert book.read_bytes() == before


@pytest.mark.parametrize("descending", [False, True])
def test_a_wide_export_goes_into_the_sheet_that_it_names(tmp_path: Path, descending: bool) -> None:
    wanted = [a.id for a in STATE.assets][:3]
    kept = [DAYS[n] for n in (2, 3, 7)]
    own = [["id", *wanted], *([day.date(), 1.0, 2.0, 3.0] for day in kept)]
    sheets: dict[str, Rows] = {
        "system": sheet_of(STATE), "prices": prices_of(STATE, DAYS),
        "turnover": [own[0], *(own[:0:-1] if descending else own[1:])],
    }  # fmt: skip
    book = save(tmp_path / "book.xlsx", sheets)
    names = [a.name_zh for a in STATE.assets][:3]
    rows = [[day.date(), 1.0, 2.0 + n / 100, 3.0] for n, day in enumerate(DAYS[:10])]
    path = save(tmp_path / "x.xlsx", {"data": [["日期", *names], *rows]})
    asked = shell("import", path, "--into", book, "--yes")
    assert asked.exit_code == 3
    assert "--map x.xlsx=ID" in asked.output
    done = shell("import", path, "--into", book, "--yes", "--map", "x.xlsx=turnover")
    assert done.exit_code == 0, done.output
    read = read_book(book).panel.tables["turnover"].values
    assert read.index.tolist() == DAYS[:10].tolist()
    assert read[wanted[1]].tolist() == pytest.approx([2.0 + n / 100 for n in range(10)])


def test_a_reduced_panel_goes_into_its_book(tmp_path: Path) -> None:
    system = find_system("industry_diffusion")
    book = tmp_path / "book.xlsx"
    write_system_template(system, book)
    steps = np.arange(30.0)
    frame = pd.DataFrame({"000001": 10 + steps, "000002": 50 - steps, "600001": 5 + steps}, DAYS)
    stocks, members = tmp_path / "stocks.csv", tmp_path / "members.csv"
    frame.rename_axis("date").to_csv(stocks)
    members.write_text("code,industry,from,to\n000001,银行,2020-01-01,\n000002,银行,2020-01-01,\n"
                       "600001,钢铁,2020-01-01,\n", encoding="utf-8")  # fmt: skip
    words = ("reduce", "industry_diffusion", stocks, "--members", members, "--set",
             "momentum_days=5", "--into", book)  # fmt: skip
    before = book.read_bytes()
    shown = shell(*words)
    assert shown.exit_code == 3
    assert book.read_bytes() == before
    done = shell(*words, "--yes")
    assert done.exit_code == 0, done.output
    share = read_book(book).panel.tables["industry_momentum.share"].values
    assert share.loc[share.index[-1], "steel"] == 1.0
    head = str(open_workbook(book).sheet("industry_momentum").cell(2, 1))
    assert "stocks.csv" in head
    assert "SHA-256" in head
    again = shell(*words, "--yes")
    assert "没有要写入" in again.output
    other = tmp_path / "other.xlsx"
    write_system_template(STATE, other)
    refused = shell("reduce", "industry_diffusion", stocks, "--members", members, "--set",
                    "momentum_days=5", "--into", other, "--yes")  # fmt: skip
    assert refused.exit_code == 1
    assert "not_this_system" in refused.output
    assert "no_output" in shell("reduce", "industry_diffusion", stocks).output
