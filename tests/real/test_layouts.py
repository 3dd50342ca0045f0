"""Every real export is recognised, and read as an independent reading in the test reads it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from prosperity_excel.exports.export_series import ExportSeries, SheetReading
from prosperity_excel.exports.read import read_export

Values = dict[date, float]
pytestmark = pytest.mark.filterwarnings("ignore:Workbook contains no default style")


def layouts(folder: Path, name: str) -> tuple[SheetReading, ...]:
    return read_export(folder / "layouts" / name)


def grid(folder: Path, name: str, sheet: str) -> list[list[Any]]:
    """Read a sheet with openpyxl, whatever its dimension record says."""
    book = openpyxl.load_workbook(folder / "layouts" / name, data_only=True)
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def as_date(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


def column(rows: list[list[Any]], at: int, first: int, dates: int = 0) -> Values:
    """Read a column of numbers by the dates in another, from a row on."""
    found = {}
    for row in rows[first:]:
        if isinstance(row[dates], date) and isinstance(row[at], int | float):
            found[as_date(row[dates])] = float(row[at])
    return dict(sorted(found.items()))


def only(readings: tuple[SheetReading, ...], sheet: str) -> SheetReading:
    return next(r for r in readings if r.sheet == sheet)


def named(reading: SheetReading, name: str) -> ExportSeries:
    return next(s for s in reading.series if s.name == name)


def layout_of(reading: SheetReading) -> str:
    return reading.recognised.layout.id if reading.recognised else ""


def nothing_refused(readings: tuple[SheetReading, ...]) -> bool:
    return not [r for reading in readings for r in reading.refused]


def test_wind_full_header(real_data: Path) -> None:
    name, sheet = "wind_edb_full_header.xlsx", "服务业生产指数_当月同比"
    readings = layouts(real_data, name)
    assert [layout_of(r) for r in readings] == ["wind_full", "notes"]
    assert nothing_refused(readings)
    rows = grid(real_data, name, sheet)
    reading = only(readings, sheet)
    assert len(reading.series) == 87
    for at, series in enumerate(reading.series, 1):
        assert (series.name, series.frequency) == (rows[1][at], rows[2][at])
        assert (series.unit, series.source_id) == (rows[3][at] or "", rows[4][at])
        assert series.values == column(rows, at, 8), series.name
    made = named(reading, "工业增加值:当月同比")
    assert (made.source_id, made.unit, made.source) == ("M0000545", "%", "国家统计局")
    assert (len(made.values), min(made.values), max(made.values)) == (
        396,
        date(1990, 1, 31),
        date(2022, 12, 31),
    )
    assert made.values[date(2022, 12, 31)] == 1.3
    # Indicators that stand twice are read twice, and are the same.
    codes = [s.source_id for s in reading.series]
    twice = {code for code in codes if codes.count(code) > 1}
    assert twice == {"M0041768", "M0041769"}
    for code in twice:
        a, b = (s for s in reading.series if s.source_id == code)
        assert a.values == b.values


def test_wind_short_header_with_many_sheets(real_data: Path) -> None:
    name = "wind_edb_short_header_20_sheets.xlsx"
    readings = layouts(real_data, name)
    book = openpyxl.load_workbook(real_data / "layouts" / name, data_only=True)
    assert [r.sheet for r in readings] == book.sheetnames
    assert {layout_of(r) for r in readings} == {"wind_short"}
    assert nothing_refused(readings)
    for reading in readings:
        rows = [[c.value for c in row] for row in book[reading.sheet].iter_rows()]
        width = sum(value is not None for value in rows[0]) - 1
        assert [s.name for s in reading.series] == rows[0][1 : width + 1]
        for at, series in enumerate(reading.series, 1):
            assert series.values == column(rows, at, 1), (reading.sheet, series.name)
    gdp = named(only(readings, "GDP"), "GDP:不变价:当季同比")
    assert (gdp.values[date(1992, 3, 31)], gdp.values[date(2022, 9, 30)]) == (13.6, 3.9)
    assert len(gdp.values) == 123


def test_wind_short_header_newest_first(real_data: Path) -> None:
    name, sheet = "wind_edb_short_header_descending.xlsx", "美国_国债收益率_10年"
    readings = layouts(real_data, name)
    assert [layout_of(r) for r in readings] == ["wind_short"]
    assert nothing_refused(readings)
    rows = grid(real_data, name, sheet)
    for at, series in enumerate(readings[0].series, 1):
        assert series.name == rows[0][at]
        assert series.values == column(rows, at, 1)
        assert list(series.values) == sorted(series.values)
    cgb = named(readings[0], "中国:10年期国债收益率")
    assert cgb.values[date(2023, 11, 20)] == 2.6537
    usd = named(readings[0], "USDCNY:即期汇率")
    assert (len(usd.values), min(usd.values)) == (5907, date(2000, 4, 3))


@pytest.mark.parametrize(
    ("sheet", "count", "code", "last", "released"),
    [
        ("中国-官方PMI", 39, "M0017126", (date(2023, 9, 30), 50.2), date(2023, 9, 30)),
        ("中国-CPI", 88, "M0000612", (date(2023, 8, 31), 0.1), date(2023, 9, 9)),
        ("中国-PPI", 179, "M0001227", (date(2023, 8, 31), -3.0), date(2023, 9, 9)),
        ("中国-社融", 95, "M5206730", (date(2023, 8, 31), 31200.0), date(2023, 9, 11)),
        ("中国-M2", 17, "M0001380", (date(2023, 8, 31), 106500.0), date(2023, 9, 11)),
    ],
)
def test_wind_with_release_dates(
    real_data: Path, sheet: str, count: int, code: str, last: tuple[date, float], released: date
) -> None:
    name = "wind_with_release_date_column.xlsx"
    reading = only(layouts(real_data, name), sheet)
    assert layout_of(reading) == "wind_release"
    assert len(reading.series) == count
    rows = grid(real_data, name, sheet)
    for series in reading.series:
        at = next(
            c for c in range(2, len(rows[1]))
            if rows[1][c] == series.name and (rows[0][c] or "") == series.source_id
            and column(rows, c, 2) == series.values
        )  # fmt: skip
        dated = {
            as_date(row[0]): as_date(row[1])
            for row in rows[2:]
            if isinstance(row[1], date) and isinstance(row[at], int | float)
        }
        assert series.releases == dated
    first = next(s for s in reading.series if s.source_id == code)
    assert first.values[last[0]] == last[1]
    assert first.releases[last[0]] == released
    assert not reading.refused


def test_sheets_without_series_are_said_to_be_skipped(real_data: Path) -> None:
    readings = layouts(real_data, "wind_with_release_date_column.xlsx")
    for sheet in ("时间模板", "提取日期公式"):
        assert not only(readings, sheet).series
        assert only(readings, sheet).remarks


def csv_rows(path: Path, encoding: str) -> Iterator[list[str]]:
    text = path.read_bytes().decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    return csv.reader(text.split("\n"))


def test_wind_csv_with_cr_line_ends(real_data: Path) -> None:
    name = "wind_edb_cr_line_ends.csv"
    readings = layouts(real_data, name)
    assert [layout_of(r) for r in readings] == ["wind_full"]
    rows = [r for r in csv_rows(real_data / "layouts" / name, "utf-8-sig") if r]
    assert len(readings[0].series) == 12
    for at, series in enumerate(readings[0].series, 1):
        assert (series.name, series.frequency) == (rows[3][at], "日")
        wanted = {date.fromisoformat(r[0]): float(r[at]) for r in rows[4:] if r[at]}
        assert series.values == wanted
    shibor = named(readings[0], "SHIBOR1M")
    assert (len(shibor.values), min(shibor.values)) == (3124, date(2007, 9, 3))
    assert shibor.values[date(2020, 3, 6)] == 2.126


def test_wind_quotes_in_gbk(real_data: Path) -> None:
    name = "wind_quotes_gbk.csv"
    readings = layouts(real_data, name)
    assert [layout_of(r) for r in readings] == ["wind_quotes"]
    rows = [r for r in csv_rows(real_data / "layouts" / name, "gbk") if r]
    assert [s.field for s in readings[0].series] == rows[3][1:]
    for at, series in enumerate(readings[0].series, 1):
        assert (series.name, series.source_id) == ("万得全A", "881001.WI")
        wanted = {
            datetime.strptime(r[0], "%Y/%m/%d").date(): float(r[at]) for r in rows[4:] if r[at]
        }
        assert series.values == wanted
    close = next(s for s in readings[0].series if s.field == "close")
    assert (len(close.values), close.values[date(2020, 4, 21)]) == (3235, 4196.262)


def test_ifind(real_data: Path) -> None:
    name = "ifind_edb.xlsx"
    readings = layouts(real_data, name)
    assert [(r.sheet, layout_of(r)) for r in readings] == [
        ("data_CPI", "wide"),
        ("Sheet2", "ifind"),
    ]
    rows = grid(real_data, name, "Sheet2")
    for at, series in enumerate(only(readings, "Sheet2").series, 1):
        assert (series.name, series.frequency, series.unit) == (rows[1][at], "月", "%")
        assert series.values == column(rows, at, 4)
    cpi = named(only(readings, "Sheet2"), "CPI:当月同比")
    assert (len(cpi.values), min(cpi.values)) == (423, date(1987, 1, 31))
    assert cpi.values[date(2022, 3, 31)] == 1.5
    plain = only(readings, "data_CPI").series[0]
    assert plain.values == column(grid(real_data, name, "data_CPI"), 1, 1)
    assert (len(plain.values), plain.values[date(2000, 1, 31)]) == (267, -0.2)


@pytest.mark.parametrize(
    ("name", "count", "series", "code", "months", "last"),
    [
        ("choice_money.xlsx", 27, "社会融资规模存量", "EMM00634713", 115, 422.96),
        ("choice_pmi.xlsx", 25, "PMI:新订单", "EMM00121998", 243, 51.8),
    ],
)
def test_choice(
    real_data: Path, name: str, count: int, series: str, code: str, months: int, last: float
) -> None:
    readings = layouts(real_data, name)
    assert [layout_of(r) for r in readings] == ["choice"]
    reading = readings[0]
    assert len(reading.series) == count
    assert nothing_refused(readings)
    rows = grid(real_data, name, reading.sheet)
    for found in reading.series:
        at = rows[2].index(found.source_id)
        assert (found.name, found.unit) == (rows[1][at], rows[4][at])
        wanted = {}
        for row in rows[6:]:
            if isinstance(row[1], str) and len(row[1]) == 7 and isinstance(row[at], int | float):
                year, month = map(int, row[1].split("-"))
                following = date(year + month // 12, month % 12 + 1, 1)
                wanted[date.fromordinal(following.toordinal() - 1)] = float(row[at])
        assert found.values == wanted, found.name
    one = named(reading, series)
    assert (one.source_id, len(one.values)) == (code, months)
    assert one.values[date(2025, 3, 31)] == last


def test_akshare_tidy(real_data: Path) -> None:
    name = "akshare_tidy_money.csv"
    readings = layouts(real_data, name)
    assert [layout_of(r) for r in readings] == ["akshare_tidy"]
    rows = [r for r in csv_rows(real_data / "layouts" / name, "utf-8") if r]
    assert [s.name for s in readings[0].series] == rows[0][1:]
    for at, series in enumerate(readings[0].series, 1):
        wanted = {date.fromisoformat(r[0]): float(r[at]) for r in rows[1:] if r[at]}
        assert series.values == wanted
    m2 = named(readings[0], "m2_yoy")
    assert (len(m2.values), m2.values[date(2026, 7, 1)]) == (223, 7.7)


def test_every_file_has_a_test(real_data: Path) -> None:
    """A new file in the folder needs a reading of its own here."""
    assert {path.name for path in (real_data / "layouts").iterdir()} == {
        "akshare_tidy_money.csv",
        "choice_money.xlsx",
        "choice_pmi.xlsx",
        "ifind_edb.xlsx",
        "wind_edb_cr_line_ends.csv",
        "wind_edb_full_header.xlsx",
        "wind_edb_short_header_20_sheets.xlsx",
        "wind_edb_short_header_descending.xlsx",
        "wind_quotes_gbk.csv",
        "wind_with_release_date_column.xlsx",
    }
