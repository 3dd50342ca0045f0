"""Books of systems: written, read back equal, refused with the cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prosperity.errors import DataError, DefinitionError, ProsperityError
from prosperity.systems.reading import find_system, systems
from prosperity.systems.run import evaluate_system
from prosperity.systems.simulated import simulated_system
from prosperity.systems.spec import System
from prosperity_excel.book.book import read_book
from prosperity_excel.book.system_sheet import system_blocks
from prosperity_excel.template.system_template import write_system_template

from tests.addin.books import Rows, save

ALL = sorted(systems())
FLOWS = find_system("etf_flows")


def sheet_of(system: System) -> list[list[Any]]:
    """Return the rows of a sheet ``system``."""
    rows: list[list[Any]] = []
    for block in system_blocks([system]):
        rows += [[f"[{block.table}]"], list(block.columns), *map(list, block.rows), []]
    return rows


def prices_of(system: System, days: pd.DatetimeIndex) -> list[list[Any]]:
    """Return the rows of a sheet ``prices``: each asset rises by a pace of its own."""
    assets = [asset for asset in system.assets if asset.price]
    levels = [
        [100.0 * (1 + 0.0005 * (k % 7)) ** n for k in range(len(assets))] for n in range(len(days))
    ]
    return [
        ["id", *(asset.id for asset in assets)],
        *([day.date(), *row] for day, row in zip(days, levels, strict=True)),
    ]


@pytest.mark.parametrize("id", ALL)
def test_a_template_gives_the_catalogs_system_back(id: str, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_system_template(systems()[id], path)
    book = read_book(path)
    assert dict(book.systems) == {id: systems()[id]}
    assert not book.panel.tables
    assert not book.panel.lists
    assert book.industries == ()


@pytest.mark.parametrize("id", ALL)
def test_a_filled_book_says_what_the_panel_says(id: str, tmp_path: Path) -> None:
    system = systems()[id]
    panel = simulated_system(system, months=20)
    path = tmp_path / "book.xlsx"
    write_system_template(system, path, panel=panel, source_note="x")
    book = read_book(path)
    assert book.systems[id] == system
    assert book.panel.simulated
    assert book.panel.prices.columns.tolist() == panel.prices.columns.tolist()
    if len(panel.prices.columns):
        assert np.array_equal(book.panel.prices, panel.prices, equal_nan=True)
    assert book.panel.tables.keys() == panel.tables.keys()
    for name, table in panel.tables.items():
        read = book.panel.tables[name]
        same = {"index": table.values.index, "columns": table.values.columns}
        pd.testing.assert_frame_equal(
            read.values.reindex(**same), table.values, check_freq=False, check_index_type=False
        )
        there = table.values.notna()
        assert (
            (read.releases.reindex(**same).where(there) == table.releases.where(there))[there]
            .stack()
            .all()
        )
    for name, rows in panel.lists.items():
        wanted = rows.dropna(axis=1, how="all")
        read_rows = book.panel.lists[name][list(wanted)]
        assert read_rows.fillna("").to_numpy().tolist() == wanted.fillna("").to_numpy().tolist()
    assert book.panel.series.keys() == panel.series.keys()


DAYS = pd.bdate_range("2024-01-01", periods=30)
FIELDS = ("shares", "nav", "amount", "size")


def flows_book(path: Path, rows: Rows, **more: Rows) -> Path:
    """Write a book of ETF flows whose sheet ``etf_flows`` holds some rows."""
    sheets = {"system": sheet_of(FLOWS), "prices": prices_of(FLOWS, DAYS), "etf_flows": rows}
    return save(path, {**sheets, **more})


@st.composite
def long_tables(draw: st.DrawFn) -> tuple[pd.DataFrame, list[list[Any]]]:
    """Draw values by day and code, and the rows of a sheet that holds them in any order."""
    days = draw(st.lists(st.sampled_from(list(DAYS)), min_size=1, max_size=6, unique=True))
    codes = draw(
        st.lists(st.sampled_from(["510300.SH", "159915.SZ", "512000", "ＥＴＦ一"]), min_size=1,
                 max_size=3, unique=True)
    )  # fmt: skip
    number = st.one_of(st.none(), st.floats(1.0, 900.0).map(lambda v: round(v, 3)))
    records = [
        (day, code, [draw(number), *(draw(st.floats(1.0, 9.0)) for _ in range(3))])
        for day in days
        for code in codes
    ]
    spread = pd.DataFrame(
        {code: {day: values[0] for day, c, values in records if c == code} for code in codes}
    ).astype(float)
    texts = draw(st.booleans())
    dated = draw(st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日"]))
    head = draw(
        st.sampled_from(
            [
                ["date", "code", *FIELDS],
                ["日期", "代码", "份额", "净值", "成交额", "规模"],
                ["交易日期", "基金代码", "基金份额(亿份)", "单位净值（元）", "成交额", "基金规模"],
            ]
        )
    )
    rows = [
        [
            day.strftime(dated) if texts else day.date(),
            code,
            *(f"{v:,}" if texts and v is not None else v for v in values),
        ]
        for day, code, values in draw(st.permutations(records))
    ]
    order = draw(st.permutations(range(len(head))))
    above: list[list[Any]] = draw(
        st.sampled_from([[], [["数据来源：Wind"]], [["x"], [], ["y", 1]]])
    )
    table = [[row[n] for n in order] for row in [head, *rows]]
    return spread, [*above, *table]


@given(long_tables())
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_long_sheet_says_what_its_rows_say(
    tmp_path: Path, drawn: tuple[pd.DataFrame, list[list[Any]]]
) -> None:
    spread, rows = drawn
    book = read_book(flows_book(tmp_path / "long.xlsx", rows))
    if spread.isna().all(axis=None):
        assert "etf_flows.shares" not in book.panel.tables
        return
    table = book.panel.tables["etf_flows.shares"]
    names = {code: next(c for c in table.values if c in (code, "ETF一")) for code in spread
             if code.startswith("Ｅ")}  # fmt: skip
    wanted = spread.rename(columns=names).sort_index()
    read = table.values.reindex(index=wanted.index, columns=wanted.columns)
    assert np.array_equal(read, wanted, equal_nan=True)
    # The exchange publishes after the close: it counts a trading day later.
    days = table.values.index
    there = table.values.notna().to_numpy()
    shown = np.broadcast_to(days.to_numpy()[:, None], there.shape)
    assert (table.releases.to_numpy()[there] > shown[there]).all()


BAD: dict[str, tuple[list[list[Any]], str, str, str]] = {
    "doubled": (
        [["2024-01-02", "A", 1.0, 1.0], ["2024-01-03", "A", 1.0, 1.0], ["2024/1/2", "A", 2.0, 1.0]],
        "doubled", "B4", "rows 2 and 4",
    ),
    "text": ([["2024-01-02", "A", "many", 1.0]], "not_a_number", "C2", "many"),
    "date": ([["03/04/05", "A", 1.0, 1.0]], "ambiguous_date", "A2", "03/04/05"),
    "no date": ([[None, "A", 1.0, 1.0]], "missing_date", "A2", "no 日期 date"),
    "no code": ([["2024-01-02", None, 1.0, 1.0]], "missing_entity", "B2", "code"),
    "unit": (
        [[f"2024-01-{d:02}", "A", 5.0 if d < 10 else 5e4, 1.0] for d in range(2, 20)],
        "unit_jump", "C10", "10,000 on 2024-01-10",
    ),
    "early": ([["2024-01-05", "A", 1.0, 1.0, "2024-01-04"]], "early_release", "E2", "2024-01-04"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_cells_are_refused_with_their_place(case: str, tmp_path: Path) -> None:
    rows, code, cell, said = BAD[case]
    head = ["date", "code", "shares", "nav", "release"]
    with pytest.raises(DataError) as raised:
        read_book(flows_book(tmp_path / "bad.xlsx", [head, *rows]))
    error = raised.value
    assert error.code == code
    assert error.where == f"bad.xlsx / etf_flows!{cell}"
    assert said in error.en
    assert error.zh
    assert not error.zh.isascii()


def test_excel_errors_are_missing_and_a_release_column_counts(tmp_path: Path) -> None:
    rows = [
        ["日期", "代码", "份额", "净值", "公布日", "估计"],
        ["2024-01-02", "A", "#N/A", 1.0, None, None],
        ["2024-01-03", "A", 2.0, 1.0, "2024-02-01", None],
        ["2024-01-04", "A", 3.0, 1.0, None, "是"],
        ["数据来源：Wind"],
    ]
    book = read_book(flows_book(tmp_path / "r.xlsx", rows))
    table = book.panel.tables["etf_flows.shares"]
    assert table.values["A"].tolist()[1:2] == [2.0]
    assert table.releases["A"][pd.Timestamp("2024-01-03")] == pd.Timestamp("2024-02-01")
    # Estimates are left out unless asked for.
    assert table.values["A"].isna().tolist() == [True, False, True]
    assert any(notice.code == "error_cells" for notice in book.notices)


def test_headers_that_are_not_there_are_said(tmp_path: Path) -> None:
    rows: Rows = [["date", "fund_code", "shares", "nav"], ["2024-01-02", "A", 1.0, 1.0]]
    with pytest.raises(DataError, match="missing_header"):
        read_book(flows_book(tmp_path / "a.xlsx", rows))
    rows = [["date", "code", "share_count", "nav"], ["2024-01-02", "A", 1.0, 1.0]]
    with pytest.raises(DataError, match="missing_field") as raised:
        read_book(flows_book(tmp_path / "b.xlsx", rows))
    assert "shares/份额" in raised.value.en


def test_an_unknown_industry_is_refused_with_the_nearest(tmp_path: Path) -> None:
    system = find_system("industry_diffusion")
    rows: Rows = [
        ["date", "行业", "占比"],
        ["2024-01-31", "钢铁", 0.5],
        ["2024-01-31", "801050", 0.4],
        ["2024-01-31", "Stel", 0.4],
    ]
    path = save(
        tmp_path / "u.xlsx",
        {"system": [["[system]"], ["model", "id"], [None, system.id]],
         "prices": prices_of(system, DAYS), "成分股动量占比": rows},
    )  # fmt: skip
    with pytest.raises(DataError, match="unknown_entity") as raised:
        read_book(path)
    assert raised.value.where.endswith("!B4")
    assert "teel" in raised.value.en
    save(
        path,
        {"system": [["[system]"], ["model", "id"], [None, system.id]],
         "prices": prices_of(system, DAYS), "成分股动量占比": rows[:3]},
    )  # fmt: skip
    table = read_book(path).panel.tables["industry_momentum.share"]
    assert table.values.iloc[0].to_dict() == {"steel": 0.5, "nonferrous_metals": 0.4}


@given(
    st.lists(st.sampled_from(["csi300", "沪深300", "000300.SH", "000300", "CSI 300"]), min_size=1,
             max_size=1),
    st.lists(st.one_of(st.none(), st.integers(8, 500).map(lambda v: v / 8)), min_size=2,
             max_size=9),
    st.booleans(),
    st.booleans(),
)  # fmt: skip
@hypothesis_settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_wide_sheet_says_what_its_cells_say(
    tmp_path: Path, names: list[str], values: list[float | None], descending: bool, plain: bool
) -> None:
    system = find_system("market_state")
    rows: list[list[Any]] = [[day.date(), v] for day, v in zip(DAYS, values, strict=False)]
    head = "date" if plain else "指标名称"
    sheets: dict[str, Rows] = {
        "system": sheet_of(system),
        "prices": prices_of(system, DAYS),
        "turnover": [[head, *names], *(reversed(rows) if descending else rows)],
    }
    book = read_book(save(tmp_path / "wide.xlsx", sheets))
    read = book.panel.tables["turnover"].values["csi300"]
    assert np.array_equal(read, np.array(values, dtype=float), equal_nan=True)


def test_a_constant_in_the_sheet_wins_over_the_catalog(tmp_path: Path) -> None:
    system = find_system("industry_diffusion")
    sheet: Rows = [
        ["[system]"], ["model", "id"], [None, system.id], [],
        ["[parameter]"], ["model", "id", "value"], [None, "top", 3],
    ]  # fmt: skip
    days = pd.bdate_range("2022-01-03", periods=500)
    path = save(tmp_path / "own.xlsx", {"system": sheet, "prices": prices_of(system, days)})
    own = read_book(path).systems[system.id]
    assert own == system.with_values({"top": 3.0}) or own.values["top"] == 3.0
    assert {p.id for p in own.parameters} == {p.id for p in system.parameters}
    result = evaluate_system(read_book(path).panel, own)
    assert result.latest is not None
    assert (result.positions.loc[result.latest] > 0).sum() <= 4
    wrong = [*sheet[:-1], [None, "top", 99]]
    save(path, {"system": wrong, "prices": prices_of(system, days)})
    with pytest.raises(DefinitionError, match="out_of_range") as raised:
        read_book(path)
    assert raised.value.where.endswith("system!C7")


def test_a_sheet_called_system_that_is_somebodys_own_changes_nothing(tmp_path: Path) -> None:
    rows: Rows = [["notes on the system"], ["[todo]"], ["x", 1.0]]
    with pytest.raises(ProsperityError, match="missing_sheet"):
        read_book(save(tmp_path / "n.xlsx", {"system": rows, "prices": prices_of(FLOWS, DAYS)}))
