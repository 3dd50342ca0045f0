"""Labels of time, names and text files as people keep them: tables of cases."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from prosperity_excel.exports.date_labels import read_dates
from prosperity_excel.exports.header_words import field_of
from prosperity_excel.exports.read import read_export, read_sheet
from prosperity_excel.intake.candidates import pick
from prosperity_excel.series.names import could_be, parse_name, same_subject
from prosperity_excel.sheets.workbook import Sheet

from .exports import Rows, export, months

LABELS: dict[str, tuple[list[Any], list[str]]] = {
    "January and February": (["2018年1-2月", "2018年3月"], ["2018-02-28", "2018-03-31"]),
    "wide dash": (["2018年1—2月", "2018年1～3月"], ["2018-02-28", "2018-03-31"]),
    "points": (["2018.1-2", "2018.3"], ["2018-02-28", "2018-03-31"]),
    "first two months": (["2018年前两月", "2018年前三季度"], ["2018-02-28", "2018-09-30"]),
    "to": (["2018年1至2月"], ["2018-02-28"]),
    "year once": (["2018年11月", "12月", "1月"], ["2018-11-30", "2018-12-31", "2019-01-31"]),
    "year once, newest first": (["2019年1月", "12月", "11月"],
                                ["2019-01-31", "2018-12-31", "2018-11-30"]),
    "years over months": (["2018年", "1月", "2月", "2017年", "1月"],
                          ["2018-01-31", "2018-02-28", "2017-01-31"]),
    "quarters": (["2018Q1", "2018年二季度", "3Q18"], ["2018-03-31", "2018-06-30", "2018-09-30"]),
    "quarters as months": (["2018年1-3月", "2018年4-6月"], ["2018-03-31", "2018-06-30"]),
    "weeks": (["2018W05", "2018年第6周"], ["2018-02-04", "2018-02-11"]),
    "ranges": (["2018/1/1-2018/1/7", "20180108-20180114"], ["2018-01-07", "2018-01-14"]),
    "IMF": (["2018M01", "2018M2"], ["2018-01-31", "2018-02-28"]),
    "English": (["Jan-18", "Feb-18"], ["2018-01-31", "2018-02-28"]),
    "English, once": (["Nov 2018", "Dec", "Jan"], ["2018-11-30", "2018-12-31", "2019-01-31"]),
    "US": (["12/31/18", "1/31/19"], ["2018-12-31", "2019-01-31"]),
    "European": (["31/12/2018", "31.01.2019"], ["2018-12-31", "2019-01-31"]),
    "year first": (["18/1/31", "18/2/28"], ["2018-01-31", "2018-02-28"]),
    "two digits": (["18年1月", "18年2月"], ["2018-01-31", "2018-02-28"]),
    "clock": (["1/31/2018 12:00:00 AM", "2018-02-28T00:00:00Z"], ["2018-01-31", "2018-02-28"]),
    "footnotes": (["2018年1月*", "2018年2月(初值)"], ["2018-01-31", "2018-02-28"]),
    "numbers": ([2018.09, 2018.1, 2018.11], ["2018-09-30", "2018-10-31", "2018-11-30"]),
    "full width": (["２０１８年１月", "２月"], ["2018-01-31", "2018-02-28"]),
    "first of months": (["11/1/2018", "12/1/2018", "1/1/2019", "2/1/2019"],
                        ["2018-11-01", "2018-12-01", "2019-01-01", "2019-02-01"]),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "wanted"), LABELS.values(), ids=LABELS)
def test_labels_of_time(cells: list[Any], wanted: list[str]) -> None:
    read = read_dates(dict(enumerate(cells)))
    assert [str(d) for d in read.days.values()] == wanted
    assert not read.undecided


UNDECIDED: dict[str, list[Any]] = {
    "months or days": ["1/1/2018", "2/1/2018", "3/1/2018"],
    "days or months": ["1/2/2018", "1/3/2018"],
    "no year": ["1月", "2月"],
    "which January": ["2018年12月", "1月"],
    "unordered": ["2018年1月", "3月", "2月"],
    "exchanged by Excel": ["13/01/2018", "14/01/2018", date(2018, 2, 1)],
    "January or October": [2018.1, 2019.1],
}


@pytest.mark.parametrize("cells", UNDECIDED.values(), ids=UNDECIDED)
def test_labels_that_can_be_read_in_two_ways_are_not_read(cells: list[Any]) -> None:
    read = read_dates(dict(enumerate(cells)))
    assert set(read.undecided) == set(range(len(cells))) - set(read.days)
    assert read.undecided
    assert all(zh and en for zh, en in read.undecided.values())


def test_labels_from_january_on_say_so() -> None:
    rows: Rows = [["时间", "产量"], *([f"2018年1-{m}月", 10.0 * m] for m in range(2, 13))]
    (one,) = read_sheet(Sheet("b.xlsx", "S", rows)).series
    assert one.to_date
    rows = [
        ["时间", "产量"],
        ["2018年1-2月", 20.0],
        *([f"2018年{m}月", 10.0] for m in range(3, 13)),
    ]
    (one,) = read_sheet(Sheet("b.xlsx", "S", rows)).series
    assert not one.to_date


SAME = [
    ("钢材:产量:累计同比", "产量:钢材:累计同比"),
    ("原煤产量", "产量:原煤:当月值"),
    ("中国M2货币供应年率报告", "M2:同比"),
    ("China: CPI: YoY", "CPI:当月同比"),
    ("貨幣供應量:M2:同比", "M2:同比"),
    ("中国官方制造业PMI", "官方制造业PMI"),
    ("China Manufacturing PMI", "Manufacturing PMI"),
]
OTHER = [
    ("产量:钢材:累计同比", "产量:空调:累计同比"),
    ("销量:汽车", "产量:汽车"),
    ("汽车销量", "新能源汽车销量"),
    ("美元兑人民币", "欧元兑人民币"),
    ("CPI:食品:当月同比", "CPI:当月同比"),
    ("财新制造业PMI", "制造业PMI"),
    ("货币:M2:同比", "货币(M1)-同比增长"),
    ("美国:CPI:当月同比", "CPI:当月同比"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_names_of_the_same(a: str, b: str) -> None:
    assert same_subject(parse_name(a), parse_name(b))
    assert parse_name(a).kind == parse_name(b).kind


@pytest.mark.parametrize(("a", "b"), OTHER)
def test_names_of_another_thing_are_not_offered(a: str, b: str) -> None:
    assert not same_subject(parse_name(a), parse_name(b))
    assert could_be(parse_name(a), parse_name(b)) == 0.0


def text_file(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Any:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    (reading,) = read_export(path)
    return reading


TEXTS: dict[str, tuple[str, str, list[float]]] = {
    "decimal commas": ("日期;甲\n2018-01;50,1\n2018-02;1.250,5\n", "utf-8", [50.1, 1250.5]),
    "sep=": ("sep=|\n日期|甲\n2018-01|50.1\n2018-02|51\n", "utf-8", [50.1, 51.0]),
    "Big5": ("日期,產量\n2018-01,50.1\n2018-02,51\n", "big5", [50.1, 51.0]),
    "remarks above": ("# 注, 见, 网站\n日期,甲\n2018-01,50.1\n2018-02,51\n", "gbk", [50.1, 51.0]),
    "units": ("日期,甲(亿元)\n2018-01,1.2亿\n2018-02,8000万\n", "utf-8", [1.2, 0.8]),
    "footnotes": ("日期,甲\n2018-01,5.3*\n2018-02,5.4(p)\n", "utf-8", [5.3, 5.4]),
    "brackets": ("日期,甲\n2018-01,（1.2）\n2018-02,1.2e3\n", "utf-8", [-1.2, 1200.0]),
}


@pytest.mark.parametrize(("text", "encoding", "wanted"), TEXTS.values(), ids=TEXTS)
def test_text_files(text: str, encoding: str, wanted: list[float], tmp_path: Path) -> None:
    (one,) = text_file(tmp_path, "e.csv", text, encoding).series
    assert list(one.values.values()) == pytest.approx(wanted)


def test_a_comma_that_may_be_either_is_not_read(tmp_path: Path) -> None:
    reading = text_file(tmp_path, "e.csv", "日期;甲\n2018-01;6,512\n2018-02;6,513\n")
    assert [r.code for r in reading.refused] == ["either_comma"] * 2


@pytest.mark.parametrize(
    ("name", "code", "title"),
    [
        ("801880.SI.csv", "801880.SI", "801880.SI"),
        ("881001.WI_daily.csv", "881001.WI", "881001.WI"),
        ("801880.csv", "801880", "801880"),
        ("申万汽车(801880).csv", "801880", "申万汽车"),
        ("行情201912.csv", "", "行情201912"),
        ("801880和801950.csv", "", "801880和801950"),
    ],
)
def test_codes_in_the_names_of_files(name: str, code: str, title: str, tmp_path: Path) -> None:
    reading = text_file(tmp_path, name, "日期,收盘\n2018-01-02,5000\n2018-01-03,5001\n")
    (close,) = pick(reading.series)
    assert (close.source_id, close.name, close.field) == (code, title, "close")
    assert any(title in en for _, en in reading.remarks)


def test_rows_of_several_securities(tmp_path: Path) -> None:
    text = "ts_code,trade_date,close,open\n" + "".join(
        f"{code},2018010{n},{price + n},1\n"
        for n in (2, 3) for code, price in (("801880.SI", 5000), ("881001.WI", 4000))
    )  # fmt: skip
    reading = text_file(tmp_path, "quotes.csv", text)
    assert [(s.source_id, list(s.values.values())) for s in pick(reading.series)] == [
        ("801880.SI", [5002.0, 5003.0]), ("881001.WI", [4002.0, 4003.0]),
    ]  # fmt: skip


def test_sheets_of_fields_of_the_same_codes(tmp_path: Path) -> None:
    days = [date(2019, 1, n) for n in range(1, 9)]
    rows: Rows = [["日期", "801880.SI"], *([d, 5000.0 + n] for n, d in enumerate(days))]
    path = export(tmp_path, {"收盘价": rows, "成交额": rows, "市盈率(TTM)": rows})
    assert [s.field for r in read_export(path) for s in r.series] == ["close", "amt", "pe"]
    assert field_of("市盈率PE(TTM)") == "pe"


def test_two_columns_of_dates_that_differ_are_asked_about() -> None:
    days = months((2020, 1), 6)
    rows: Rows = [["月份", "日期", "甲"],
                  *([f"{d:%Y-%m}", e, 1.0 + n] for n, (d, e)
                    in enumerate(zip(days, months((2020, 2), 6), strict=True)))]  # fmt: skip
    reading = read_sheet(Sheet("b.xlsx", "S", rows))
    assert not reading.series
    assert [r.code for r in reading.refused] == ["two_date_columns"]
    rows[0][1] = "公布日期"
    (one,) = read_sheet(Sheet("b.xlsx", "S", rows)).series
    assert list(one.values) == days
    assert list(one.releases.values()) == months((2020, 2), 6)


@pytest.mark.parametrize("odd", [float("inf"), float("-inf"), float("nan"), 1e308, -1e308, True])
def test_odd_numbers_are_no_dates(odd: float) -> None:
    rows: Rows = [["月份", "甲"], [2018.01, 1.0], [2018.02, odd], [odd, 2.0], [2018.04, 3.0]]
    for sheet in (rows, [["年", "月", "甲"], [odd, odd, 1.0], [2018, 1, odd], [odd, 2, 3.0]]):
        reading = read_sheet(Sheet("b.xlsx", "S", sheet))
        assert reading == read_sheet(Sheet("b.xlsx", "S", sheet)) or odd != odd
