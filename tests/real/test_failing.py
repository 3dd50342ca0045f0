"""Small inputs that were misread once: what each must be read as, and where it belongs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from prosperity.catalog import catalog
from prosperity_excel.exports.export_series import ExportSeries, SheetReading
from prosperity_excel.exports.read import read_export
from prosperity_excel.files.child import read_guarded
from prosperity_excel.intake.candidates import Proposal, pick, proposals
from prosperity_excel.intake.targets import OpenBook, open_for_import
from prosperity_excel.series.monthly import last_day
from prosperity_excel.template.template import write_template

MONTHS = [last_day(date(y, m, 1)) for y in range(2018, 2024) for m in range(1, 13)]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> OpenBook:
    path = tmp_path_factory.mktemp("all") / "all.xlsx"
    write_template(tuple(catalog().values()), path)
    opened: OpenBook = read_guarded(open_for_import, path)
    return opened


def readings(folder: Path, name: str) -> tuple[SheetReading, ...]:
    return read_export(folder / "failing" / name)


def series(folder: Path, name: str) -> dict[str, ExportSeries]:
    found = [s for reading in readings(folder, name) for s in reading.series]
    assert len({s.title for s in found}) == len(found)
    return {s.title: s for s in found}


def matched(found: ExportSeries, book: OpenBook) -> list[tuple[str, str]]:
    return [(p.target.id, p.how) for p in proposals(found, book.targets)]


def offered(found: ExportSeries, book: OpenBook) -> tuple[set[str], bool]:
    """Return the ids that are offered, and whether one is taken without asking."""
    all_: list[Proposal] = proposals(found, book.targets)
    return {p.target.id for p in all_}, any(p.certain for p in all_)


def sheet(folder: Path, name: str, sheet: str | None = None) -> list[list[object]]:
    workbook = openpyxl.load_workbook(folder / "failing" / name)
    chosen = workbook[sheet] if sheet else workbook.worksheets[0]
    return [[c.value for c in row] for row in chosen.iter_rows()]


def column(rows: list[list[object]], at: int, first: int, dates: int = 0) -> dict[date, float]:
    return {
        row[dates].date(): float(row[at])  # type: ignore[attr-defined, arg-type]
        for row in rows[first:]
        if hasattr(row[dates], "date") and isinstance(row[at], int | float)
    }


@pytest.mark.parametrize("name", ["01_pe_as_prices.xlsx", "02_field_pe_ttm.xlsx"])
def test_only_closes_are_prices(name: str, real_data: Path) -> None:
    (reading,) = readings(real_data, name)
    assert [s.field for s in reading.series] == ["pe", "pe"]
    assert pick(reading.series) == []
    assert any("pe" in en for _, en in reading.remarks)


def test_05_each_block_has_its_own_dates(real_data: Path, book: OpenBook) -> None:
    name = "05_titles_over_blocks.xlsx"
    rows = sheet(real_data, name)
    found = series(real_data, name)
    assert set(found) == {"PMI", "CPI:当月同比"}
    assert found["PMI"].values == column(rows, 1, 2)
    assert found["CPI:当月同比"].values == column(rows, 4, 2, dates=3)
    assert min(found["CPI:当月同比"].values) == date(2019, 1, 31)
    assert matched(found["CPI:当月同比"], book) == [("cpi_yoy", "name")]


def test_10_a_header_equal_to_an_id_is_a_name(real_data: Path, book: OpenBook) -> None:
    found = series(real_data, "10_pmi_is_a_score.xlsx")
    assert matched(found["PMI"], book) == [("pmi", "name")]
    assert offered(found["CPI"], book) == ({"cpi_yoy"}, False)


def test_14_a_dictionary_is_no_data(real_data: Path, book: OpenBook) -> None:
    name = "14_dictionary_and_codes.xlsx"
    first, second = readings(real_data, name)
    assert (first.series, first.refused) == ((), ())
    rows = sheet(real_data, name, "Data")
    said = [
        ("工业增加值:当月同比", "M0000545", "industrial_value_added_yoy"),
        ("CPI:当月同比", "M0000612", "cpi_yoy"),
        ("M2:同比", "M0001385", "m2_yoy"),
    ]
    for at, (one, (title, code, id)) in enumerate(zip(second.series, said, strict=True), 1):
        assert (one.name, one.source_id, one.unit) == (title, code, "%")
        assert one.other_names == (rows[0][at],)
        assert one.values == column(rows, at, 1)
        assert matched(one, book) == [(id, "code")]


def test_15_a_turned_sheet_of_notes_is_no_data(real_data: Path, book: OpenBook) -> None:
    name = "15_transposed_notes.xlsx"
    first, second = readings(real_data, name)
    assert (second.series, second.refused) == ((), ())
    rate, coal = first.series
    assert (rate.source_id, rate.unit, rate.frequency) == ("M0000185", "", "月")
    assert (coal.source_id, coal.unit, coal.source) == ("S0026990", "亿吨", "y")
    assert coal.values == column(sheet(real_data, name, "数据"), 2, 1)
    # A mean rate is no spot rate: it is offered, and nothing of another currency is.
    assert offered(rate, book) == ({"usdcny"}, False)
    assert offered(coal, book) == ({"raw_coal_output"}, False)


def test_16_cells_that_show_percent(real_data: Path) -> None:
    name = "16_percent_format.xlsx"
    rows = sheet(real_data, name)
    for at, one in enumerate(series(real_data, name).values(), 1):
        assert one.percent_shown
        held = column(rows, at, 4)
        assert one.values == pytest.approx({d: 100 * v for d, v in held.items()}, rel=1e-13)
    assert one.values[date(2018, 1, 31)] == 2.0


def test_17_january_and_february_in_one_label(real_data: Path) -> None:
    (one,) = series(real_data, "17_janfeb_label.xlsx").values()
    rows = sheet(real_data, "17_janfeb_label.xlsx")
    assert one.name == "PMI"
    assert not one.to_date
    wanted = [m for m in MONTHS if m.month > 1]
    assert one.values == dict(zip(wanted, (r[1] for r in rows[1:]), strict=True))


def test_18_the_year_stands_once(real_data: Path) -> None:
    (one,) = series(real_data, "18_year_once.xlsx").values()
    rows = sheet(real_data, "18_year_once.xlsx")
    assert one.values == dict(zip(MONTHS, (r[1] for r in rows[1:]), strict=True))


def test_20_parts_in_any_order(real_data: Path, book: OpenBook) -> None:
    found = series(real_data, "20_ifind_word_order.xlsx")
    assert {title: matched(one, book) for title, one in found.items()} == {
        # No column holds it: nothing is offered, least of all another commodity.
        "钢材:产量:累计同比": [],
        "空调:产量:累计同比": [("ac_output", "name")],
        "家用电冰箱:产量:累计同比": [("fridge_output", "name")],
        "汽车:产量:当月同比": [("auto_output", "growth")],
        "原煤:产量:当月值": [("raw_coal_output", "name")],
    }


def test_21_a_bare_cpi_is_offered_its_growth(real_data: Path, book: OpenBook) -> None:
    (one,) = series(real_data, "21_bare_cpi.xlsx").values()
    assert offered(one, book) == ({"cpi_yoy"}, False)


def test_23_dates_that_can_only_be_month_first(real_data: Path) -> None:
    (one,) = series(real_data, "23_us_dates.csv").values()
    lines = (real_data / "failing" / "23_us_dates.csv").read_text(encoding="utf-8").split()[1:]
    assert one.values == dict(zip(MONTHS, (float(x.split(",")[1]) for x in lines), strict=True))


def test_24_jin10_is_growth_by_day_of_release(real_data: Path, book: OpenBook) -> None:
    (one,) = series(real_data, "24_jin10_m2.csv").values()
    assert one.released
    assert matched(one, book) == [("m2_yoy", "name")]
    assert list(one.values.items())[:2] == [(date(2018, 2, 10), 8.1), (date(2018, 3, 11), 9.1)]
    assert len(one.values) == 72


def test_26_a_merged_upper_level_belongs_to_the_name(real_data: Path, book: OpenBook) -> None:
    rows = sheet(real_data, "26_merged_header.xlsx")
    found = series(real_data, "26_merged_header.xlsx")
    assert {title: matched(one, book) for title, one in found.items()} == {
        "制造业PMI:指数": [("pmi", "name")],
        "制造业PMI:新订单": [("pmi_new_orders", "name")],
        "非制造业PMI:商务活动": [],
        "非制造业PMI:建筑业": [("pmi_construction", "name")],
    }
    for at, one in enumerate(found.values(), 1):
        assert one.values == column(rows, at, 2)


def test_27_formulas_without_results(real_data: Path) -> None:
    (reading,) = readings(real_data, "27_edb_no_cache.xlsx")
    (one,) = reading.series
    assert (one.source_id, one.values) == ("M0001385", {})
    assert {r.code for r in reading.refused} == {"formula_without_value"}
    assert len({(r.zh, r.en) for r in reading.refused}) == 1
    assert len(reading.refused) == 72


def test_the_code_is_in_the_file_s_name(real_data: Path, book: OpenBook) -> None:
    (reading,) = readings(real_data, "801880.SI.csv")
    (close,) = pick(reading.series)
    assert (close.source_id, close.field) == ("801880.SI", "close")
    assert matched(close, book) == [("autos", "code")]
    assert (len(close.values), close.values[date(2018, 1, 1)]) == (261, 5045.0)
    assert any("801880.SI" in en for _, en in reading.remarks)
