"""Layouts that vendors use, told apart by what they show, and nothing lost."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prosperity.errors import BookError, SettingError
from prosperity_excel.exports.read import read_export, read_sheet
from prosperity_excel.sheets.cells import number
from prosperity_excel.sheets.workbook import Sheet

from .exports import Rows, export, months, ods, text_export, turned, wind

DAYS = months((2020, 1), 6)
A = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
B = [10.5, None, 30.5, 40.5, 50.5, 60.5]
NAMES = ["M2:同比", "M1:同比"]
IDS = ["M0001385", "M0001383"]


def read(rows: Rows, layout: str = "") -> Any:
    return read_sheet(Sheet("book.xlsx", "Sheet1", rows), layout)


def values(reading: Any) -> list[list[tuple[date, float]]]:
    return [list(s.values.items()) for s in reading.series]


EXPECTED = [
    list(zip(DAYS, A, strict=True)),
    [(d, v) for d, v in zip(DAYS, B, strict=True) if v is not None],
]


def layout(reading: Any) -> str:
    return reading.recognised.layout.id if reading.recognised else ""


def test_wind_full_header_both_orders_and_turned() -> None:
    rows = wind(NAMES, DAYS, [A, B], ids=IDS)
    for given_rows in (rows, wind(NAMES, DAYS, [A, B], ids=IDS, newest_first=True), turned(rows)):
        reading = read(given_rows)
        assert layout(reading) == "wind_full"
        assert values(reading) == EXPECTED
        assert [s.source_id for s in reading.series] == IDS
        assert [s.name for s in reading.series] == NAMES
        assert not reading.refused


def test_wind_short_header() -> None:
    reading = read(wind(NAMES, DAYS, [A, B]))
    assert (layout(reading), values(reading)) == ("wind_short", EXPECTED)


def test_bare_ids_as_names() -> None:
    reading = read([["", *IDS], *([d, a, b] for d, a, b in zip(DAYS, A, B, strict=True))])
    assert [s.source_id for s in reading.series] == IDS
    assert values(reading) == EXPECTED


def test_notes_on_another_sheet_complete_a_bare_header(tmp_path: Path) -> None:
    data = [["", *IDS], *([d, a, b] for d, a, b in zip(DAYS, A, B, strict=True))]
    notes = [["指标ID", "指标名称", "频率", "单位", "来源"],
             *([i, n, "月", "%", "人民银行"] for i, n in zip(IDS, NAMES, strict=True))]  # fmt: skip
    path = export(tmp_path, {"data": data, "notes": notes})
    first, second = read_export(path)
    assert layout(second) == "notes"
    assert [(s.name, s.unit, s.frequency, s.source) for s in first.series] == [
        (n, "%", "月", "人民银行") for n in NAMES
    ]


def test_release_dates_beside_the_periods() -> None:
    out = [date(2020, n + 2, 11) for n in range(6)]
    rows = [["", "", *IDS], ["", "披露时间", *NAMES],
            *([d, o, a, b] for d, o, a, b in zip(DAYS, out, A, B, strict=True))]  # fmt: skip
    reading = read(rows)
    assert (layout(reading), values(reading)) == ("wind_release", EXPECTED)
    assert reading.series[1].releases == {d: o for d, o in zip(DAYS, out, strict=True)
                                          if d != DAYS[1]}  # fmt: skip


def test_blocks_side_by_side() -> None:
    rows = [["日期", "甲", None, "日期", "乙"],
            *([d, a, None, e, b] for d, a, e, b in
              zip(DAYS, A, months((2019, 1), 6), B, strict=True))]  # fmt: skip
    reading = read(rows)
    assert [s.name for s in reading.series] == ["甲", "乙"]
    assert list(reading.series[1].values) == [
        d for d, b in zip(months((2019, 1), 6), B, strict=True) if b is not None
    ]


def test_choice_and_ifind() -> None:
    choice = [["序号", "日期", *NAMES], ["", "指标名称", *NAMES],
              ["", "指标ID", "EMM00087086", "EMM00087084"],
              ["", "频率", "月", "月"], ["", "单位", "%", "%"], ["", "发布方", "行", "行"],
              *([n, f"{d:%Y-%m}", a, b] for n, (d, a, b)
                in enumerate(reversed(list(zip(DAYS, A, B, strict=True))), 1)),
              [], ["数据来源：东方财富Choice数据"]]  # fmt: skip
    reading = read(choice)
    assert (layout(reading), values(reading)) == ("choice", EXPECTED)
    assert reading.series[0].source_id == "EMM00087086"
    ifind = [["同花顺iFinD"], ["指标名称", *NAMES], ["频率", "月", "月"], ["单位", "%", "%"],
             *([d, a, b] for d, a, b in zip(DAYS, A, B, strict=True))]  # fmt: skip
    reading = read(ifind)
    assert (layout(reading), values(reading)) == ("ifind", EXPECTED)


def test_akshare_originals() -> None:
    rows = [["月份", "全国-当月", "全国-同比增长"],
            *([f"{d:%Y年%m月份}", a, f"{a}%"]
              for d, a in zip(DAYS[::-1], A[::-1], strict=True))]  # fmt: skip
    reading = read(rows)
    assert layout(reading) == "akshare_original"
    assert values(reading)[0] == EXPECTED[0]
    assert values(reading)[1] == EXPECTED[0]
    assert [s.unit for s in reading.series] == ["", "%"]


def test_jin10_dates_are_releases() -> None:
    rows = [["商品", "日期", "今值", "预测值", "前值"],
            *(["中国CPI年率报告", date(2020, n + 2, 11), a, a, a]
              for n, a in enumerate(A))]  # fmt: skip
    reading = read(rows)
    assert layout(reading) == "akshare_jin10"
    (series,) = reading.series
    assert (series.name, series.released) == ("中国CPI年率报告", True)
    assert list(series.values.values()) == A


def test_long_table() -> None:
    rows = [["date", "indicator", "value", "unit"]]
    rows += [[d, n, v, "%"] for n, column in zip(NAMES, (A, B), strict=True)
             for d, v in zip(DAYS, column, strict=True)]  # fmt: skip
    reading = read(rows)
    assert (layout(reading), values(reading)) == ("long", EXPECTED)
    assert [s.name for s in reading.series] == NAMES


def test_quotes_of_two_securities() -> None:
    rows = [["", "万得全A", "", "申万汽车", ""], ["", "881001.WI", "", "801880.SI", ""],
            ["日期", "开盘价", "收盘价", "开盘价", "收盘价"],
            ["Date", "open", "close", "open", "close"],
            *([d, a, a + 1, a + 2, a + 3] for d, a in zip(DAYS, A, strict=True))]  # fmt: skip
    reading = read(rows)
    assert layout(reading) == "wind_quotes"
    assert [(s.source_id, s.field) for s in reading.series] == [
        ("881001.WI", "open"), ("881001.WI", "close"),
        ("801880.SI", "open"), ("801880.SI", "close"),
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_text_in_every_encoding(tmp_path: Path, encoding: str, end: str, separator: str) -> None:
    rows = wind(NAMES, DAYS, [A, B], ids=IDS)
    path = text_export(tmp_path, rows, "e.csv", encoding, end, separator)
    (reading,) = read_export(path)
    assert (layout(reading), values(reading)) == ("wind_full", EXPECTED)
    assert [s.name for s in reading.series] == NAMES


def test_ods(tmp_path: Path) -> None:
    (reading,) = read_export(ods(tmp_path, wind(NAMES, DAYS, [A, B], ids=IDS)))
    assert (layout(reading), values(reading)) == ("wind_full", EXPECTED)


def test_layout_can_be_forced() -> None:
    rows = wind(NAMES, DAYS, [A, B], ids=IDS)
    reading = read(rows, "wide")
    assert reading.recognised.forced
    assert layout(reading) == "wide"
    assert values(reading) == EXPECTED
    with pytest.raises(SettingError, match="unknown_layout"):
        read(rows, "bloomberg")


def test_nothing_is_lost_without_a_word() -> None:
    rows = wind(NAMES, DAYS, [A, ["abc", 2, 3, 4, 5, 6]], ids=IDS)
    rows.insert(9, [None, 7.0, 8.0])
    rows.insert(10, [DAYS[0], 9.0, None])
    reading = read(rows)
    assert {(r.code, r.cell) for r in reading.refused} == {
        ("not_a_number", "C8"), ("missing_date", "A10"), ("duplicate_date", "B11"),
    }  # fmt: skip
    assert DAYS[0] not in reading.series[0].values


def test_an_unknown_sheet_is_said_to_be_skipped() -> None:
    reading = read([["hello", "world"], [1, 2]])
    assert reading.recognised is None
    assert "4" in reading.remarks[0][0]


CELLS = st.one_of(
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.integers(-10**6, 10**6),
    st.booleans(),
    st.sampled_from(["1,234", " 5.6 ", "--", "１２３", "(1.5)", "+3%", "abc", "#N/A", "1.2.3", "",
                     "1,23", "-", "无", "1e3", "５％", "2020-01", "n/a", "0", "'7"]),
    st.text(max_size=12),
)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=3, max_size=25))
def test_every_cell_of_a_messy_column_is_accounted_for(cells: list[tuple[Any, Any]]) -> None:
    """A value, a blank, a mark for missing that was counted, or a refusal: never nothing."""
    days = months((2000, 1), len(cells))
    rows: Rows = [["指标名称", "甲", "乙"], ["单位", "亿元", "亿元"],
                  *([d, a, b] for d, (a, b) in zip(days, cells, strict=True))]  # fmt: skip
    reading = read(rows)
    assert reading == read(rows)
    counted = {c for places in reading.coercions.values() for c in places}
    refused = {r.cell for r in reading.refused}
    series = {s.name: s.values for s in reading.series}
    for n, (day, pair) in enumerate(zip(days, cells, strict=True)):
        for letter, name, cell in zip("BC", ("甲", "乙"), pair, strict=True):
            place = f"{letter}{n + 3}"
            alone = number(cell, "亿元")
            got = series.get(name, {}).get(day)
            assert got == alone.value or place in refused
            assert (place in refused) == bool(alone.problem)
            assert (place in counted) == bool(alone.coercion)
            if got is not None:
                assert number(got, "亿元").value == got


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=6), max_size=12), st.sampled_from(["", "wide", "long"]))
def test_any_sheet_at_all_is_read_or_said_to_be_skipped(rows: Rows, forced: str) -> None:
    reading = read(rows, forced)
    assert reading.recognised is not None or reading.remarks
    for series in reading.series:
        assert series.name or series.source_id


def test_a_file_that_is_no_data_gives_one_clear_error(tmp_path: Path) -> None:
    for name, content, code in (
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "web_page"),
        ("b.csv", b"", "empty_file"),
        ("c.csv", bytes(range(256)) * 20, "not_text"),
        ("d.xlsx", b"PK\x03\x04garbage", "damaged_package"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BookError) as caught:
            read_export(path)
        assert caught.value.code == code
