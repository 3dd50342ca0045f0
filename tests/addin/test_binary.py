"""Exports as ``.xlsb`` and ``.ods``: what stands in them, through the whole command."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from prosperity_excel.book.book import read_book
from prosperity_excel.cli import main
from prosperity_excel.exports.read import read_export, read_sheet
from prosperity_excel.exports.sources import Unread, read_sheets
from prosperity_excel.sheets.cells import ErrorCell, PercentCell
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.sheets.xlsb_facts import _RK, _number

from .awkward import MADE
from .books import DATA, Percent, toy_book
from .exports import Rows, months, ods, wind
from .office import convert
from .xlsb import Computed, Error, Inline, save_xlsb

DAYS = months((2020, 1), 8)
#: A column of what vendors and analysts leave, and what it says.
CELLS: list[Any] = [1.25, -3, 1234.56789, Computed(7.5), "1,234.5", Error("#N/A"),
                    Error("#DIV/0!", formula=True), 8.0]  # fmt: skip
SAID = [1.25, -3.0, 1234.56789, 7.5, 1234.5, None, None, 8.0]
SHARES: list[Any] = [Percent(0.01 * n) for n in range(1, 9)]


def sheet(path: Path) -> Sheet:
    (found,) = read_sheets(path)
    assert isinstance(found, Sheet)
    return found


def imported(folder: Path, file: Path) -> tuple[str, dict[str, list[float]]]:
    """Import a file by the command; return what it says and what the book then holds."""
    book = toy_book(folder, data=DATA[:3])
    line = ["import", str(file), "--into", str(book), "--yes", "--map", "甲=a", "--map", "乙="]
    done = CliRunner().invoke(main, line, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    series = read_book(book).panel.series
    dates = {id: list(s.frame.index.date) for id, s in series.items()}
    good = [d for d, v in zip(DAYS, SAID, strict=True) if v is not None]
    assert dates == {"a": good}
    # As in .xlsx: a percentage is never taken for a number of per cent without a word.
    (_, shares) = read_export(file)[0].series
    assert shares.percent_shown
    assert list(shares.values.values()) == [float(n) for n in range(1, 9)]
    assert f"以百分数显示的数（8.0% 读作 8） × {len(SHARES)}" in done.output
    return done.output, {id: s.frame["value"].tolist() for id, s in series.items()}


@pytest.mark.parametrize("date_1904", [False, True])
def test_a_binary_export_fills_the_book(date_1904: bool, tmp_path: Path) -> None:
    rows = wind(["甲", "乙"], DAYS, [CELLS, SHARES], units=["%", "%"])
    said, values = imported(
        tmp_path, save_xlsb(tmp_path / "e.xlsb", {"S": rows}, date_1904=date_1904)
    )
    assert values["a"] == [v for v in SAID if v is not None]
    assert "Excel 错误值（按缺失处理） × 2" in said
    assert "带千分位逗号的文本 × 1" in said


def test_an_open_document_fills_the_book(tmp_path: Path) -> None:
    rows = wind(["甲", "乙"], DAYS, [CELLS, SHARES], units=["%", "%"])
    said, values = imported(tmp_path, ods(tmp_path, rows, "e.ods"))
    assert values["a"] == [v for v in SAID if v is not None]
    assert "Excel 错误值（按缺失处理） × 2" in said


def test_every_kind_of_cell(tmp_path: Path) -> None:
    rows: Rows = [
        ["共享", Inline("内联"), "", None, True, Computed("文字"), Computed(""), Computed(False)],
        [date(2020, 1, 31), date(2020, 2, 29), datetime(2020, 3, 31, 12, 30), 20200331],
        [None, Percent(0.5), 1e300, -0.01, 123456.78, 2**28],
        *([Error(text), Error(text, formula=True)] for text in ("#REF!", "#NUM!", "#NAME?")),
    ]
    read = sheet(save_xlsb(tmp_path / "cells.xlsb", {"S": rows})).rows
    assert read[0] == ["共享", "内联", None, None, True, "文字", None, False]
    assert read[1][:4] == [date(2020, 1, 31), date(2020, 2, 29), datetime(2020, 3, 31, 12, 30),
                           20200331]  # fmt: skip
    assert read[2][:6] == [None, PercentCell(0.5), 1e300, -0.01, 123456.78, 2**28]
    assert [row[:2] for row in read[3:]] == [
        [ErrorCell(t), ErrorCell(t)] for t in ("#REF!", "#NUM!", "#NAME?")
    ]


@pytest.mark.parametrize(
    ("packed", "number"),
    [(0x3FF00000, 1.0), (0xBFF80000, -1.5), (5 << 2 | 2, 5.0), (0xFFFFFFEE, -5.0),
     (123 << 2 | 3, 1.23), (0x405EC001, 1.23)],
)  # fmt: skip
def test_packed_numbers(packed: int, number: float) -> None:
    """The four forms of [MS-XLSB] 2.5.123: real or whole, as it is or in hundredths."""
    assert _number(packed.to_bytes(4, "little"), 0, _RK) == number


@pytest.mark.parametrize("stored", [True, False])
def test_days_count_from_where_the_file_says(stored: bool, tmp_path: Path) -> None:
    """With a date format or as bare serial numbers, in both systems."""
    for date_1904, first in ((False, date(1899, 12, 30)), (True, date(1904, 1, 1))):
        days = DAYS if stored else [(d - first).days for d in DAYS]
        path = save_xlsb(
            tmp_path / "e.xlsb", {"S": wind(["甲"], days, [SAID])}, date_1904=date_1904
        )
        (reading,) = read_export(path)
        good = [d for d, v in zip(DAYS, SAID, strict=True) if v is not None]
        assert list(reading.series[0].values) == good


def test_of_two_sheets_of_one_name_the_second_is_said_to_be_left_out(tmp_path: Path) -> None:
    for name in ("same_names.xlsb", "duplicate_sheet_names.xlsx"):
        MADE[name](tmp_path / name)
        first, second = read_sheets(tmp_path / name)
        assert isinstance(first, Sheet)
        assert isinstance(second, Unread)
        assert second.error.code == "sheet_name_twice"


@pytest.mark.parametrize(
    ("name", "said"),
    [("broken.xlsb", "damaged_export"), ("bomb.xlsb", "packed_too_tight"),
     ("far_cell.xlsb", "内容过大"), ("cut_records.xlsb", "已损坏"),
     ("long_record.xlsb", "已损坏"), ("giant_dimension.xlsb", "wind_full")],
)  # fmt: skip
def test_hostile_binary_files(name: str, said: str, tmp_path: Path) -> None:
    path, book = tmp_path / name, toy_book(tmp_path)
    MADE[name](path)
    done = CliRunner().invoke(main, ["import", str(path), "--into", str(book)])
    shown = {"wind_full": "Wind EDB"}.get(said, said)
    assert shown in done.output
    assert "internal" not in done.output


def test_errors_and_formulas_of_an_open_document(tmp_path: Path) -> None:
    rows: Rows = [
        ["甲", Error("#N/A", formula=True), Percent(0.5)],
        [Error("#DIV/0!"), Computed("")],
    ]
    read = sheet(ods(tmp_path, rows)).rows
    assert read == [["甲", ErrorCell("#N/A"), PercentCell(0.5)], [ErrorCell("#DIV/0!"),
                    ErrorCell(""), None]]  # fmt: skip


def test_an_independent_reader_sees_the_same(tmp_path: Path) -> None:
    """What the tests write is a binary workbook indeed."""
    rows: Rows = [["date", "a", Inline("b")],
                  *([d, 1.5 + n, Percent(n / 100)] for n, d in enumerate(DAYS))]  # fmt: skip
    paths = [
        save_xlsb(tmp_path / f"{system}.xlsb", {"S": rows}, date_1904=system == 1904)
        for system in (1900, 1904)
    ]
    for made in convert(paths, "csv", tmp_path, tmp_path / "profile"):
        with made.open(encoding="utf-8") as file:
            found = list(csv.reader(file))
        assert found[0] == ["date", "a", "b"]
        for n, (d, row) in enumerate(zip(DAYS, found[1:], strict=True)):
            assert row[0] in (f"{d:%Y-%m-%d}", f"{d:%m/%d/%Y}", f"{d:%Y/%m/%d}")
            assert float(row[1]) == 1.5 + n
            assert re.fullmatch(rf"{n}(\.0+)?%", row[2])


def test_an_old_workbook_says_what_is_not_seen_in_it() -> None:
    rows: Rows = wind(["甲"], DAYS, [SAID])
    assert not any("old_format" in zh for zh, _ in read_sheet(Sheet("e.xlsx", "S", rows)).remarks)
    old = read_sheet(Sheet("e.xls", "S", rows, old_format=True))
    assert any("old_format" in zh for zh, _ in old.remarks)
