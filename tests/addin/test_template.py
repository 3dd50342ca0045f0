"""The template: what stands in it, how it is checked, and that it is read back as it was."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.datavalidation import DataValidation
from prosperity.calendar import TradingCalendar
from prosperity.catalog import catalog, closure
from prosperity.errors import BookError
from prosperity.panel import Panel, observations
from prosperity.record_fields import choices
from prosperity.records import build, records
from prosperity.simulation import SOURCE, simulate
from prosperity_excel.book.book import read_book
from prosperity_excel.results.sheet_layout import MONTHLY
from prosperity_excel.template.template import write_template
from prosperity_excel.template.template_definition import SPARE_ROWS
from prosperity_excel.template.template_page import STYLES
from prosperity_excel.words.book_words import HEADER_ROWS, LABELS, SHEETS, VERBS
from prosperity_excel.words.guide_words import COLOURS, GUIDE, RULES

from tests.addin.books import TOY, model

CATALOG = catalog()
INDUSTRIES = [m for m in CATALOG.values() if m.kind == "industry"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("templates")
    write_template([CATALOG["autos"]], path / "autos.xlsx")
    write_template([CATALOG["glass"]], path / "glass.xlsx")
    write_template(INDUSTRIES, path / "all.xlsx")
    return path


def opened(path: Path) -> Any:
    return openpyxl.load_workbook(path)


def row(sheet: Any, number: int) -> list[Any]:
    return [cell.value for cell in sheet[number]]


def checks(sheet: Any, address: str) -> Iterator[DataValidation]:
    cell = sheet[address]
    for check in sheet.data_validations.dataValidation:
        for area in check.sqref.ranges:
            if (area.min_row <= cell.row <= area.max_row
                    and area.min_col <= cell.column <= area.max_col):  # fmt: skip
                yield check


def test_sheets_and_their_order(folder: Path) -> None:
    for name in ("autos", "glass"):
        assert opened(folder / f"{name}.xlsx").sheetnames == list(SHEETS)
    own = [f"result_{industry.id}" for industry in INDUSTRIES]
    assert opened(folder / "all.xlsx").sheetnames == [*SHEETS, *own]


def test_the_data_header_is_labelled_as_in_winds_exports(folder: Path) -> None:
    sheet = opened(folder / "autos.xlsx")["data"]
    labels = [sheet.cell(n, 1).value for n in range(1, 10)]
    assert labels == [
        "指标名称",
        "英文名称",
        "频率",
        "单位",
        "指标ID",
        "来源",
        "id",
        "dimension",
        "lag",
    ]
    header = dict(zip(labels, (row(sheet, n)[1:] for n in range(1, 10)), strict=True))
    autos = CATALOG["autos"].indicators
    assert header["id"] == [i.id for i in autos]
    assert header["指标名称"] == [i.name_zh for i in autos]
    assert header["英文名称"] == [i.name_en for i in autos]
    assert header["单位"] == [i.unit for i in autos]
    assert header["lag"] == [i.lag_days for i in autos]
    assert header["指标ID"] == [i.source_ids[0] if i.source_ids else None for i in autos]
    assert header["来源"] == [None] * len(autos)
    assert header["频率"][-1] == "日"
    assert header["dimension"] == ["流动性 liquidity"] * len(autos)


def test_an_empty_book_has_its_months_and_no_values(folder: Path) -> None:
    sheet = opened(folder / "autos.xlsx")["data"]
    first = len(HEADER_ROWS["data"]) + 1
    months = [sheet.cell(n, 1).value for n in range(first, sheet.max_row + 1)]
    assert months[0] == datetime(2000, 1, 31)
    assert months[1] == datetime(2000, 2, 29)
    assert all((m + pd.Timedelta(days=1)).day == 1 for m in months)
    assert len(months) == len(set(months)) == 31 * 12
    assert all(c.value is None for r in sheet.iter_rows(min_row=first, min_col=2) for c in r)
    assert sheet.cell(first, 1).number_format == "yyyy-mm-dd"


def test_columns_stand_once_by_model_and_dimension_and_name_all_their_uses(folder: Path) -> None:
    sheet = opened(folder / "all.xlsx")["data"]
    ids, dimensions = row(sheet, 7)[1:], row(sheet, 8)[1:]
    own = {i.id for m in CATALOG.values() for i in m.indicators if i.own_column}
    used = closure(INDUSTRIES, CATALOG)
    assert len(ids) == len(set(ids))
    assert set(ids) == {i.id for m in used for i in m.indicators if i.own_column} <= own
    uses = dict(zip(ids, dimensions, strict=True))
    for m in used:
        for indicator in m.indicators:
            if indicator.own_column:
                assert f"{m.id}:{indicator.dimension or 'formula'}" in uses[indicator.id].split(
                    "; "
                )
    first = [text.split(":")[0] for text in dimensions]
    assert first == sorted(first, key=first.index)


def test_dimensions_come_in_their_order_and_ingredients_last(tmp_path: Path) -> None:
    other = {"id": "other", "name_zh": "另", "name_en": "Other"}
    members = [
        {"id": "z", "name_zh": "z", "name_en": "z"},
        {"id": "y", "name_zh": "y", "name_en": "y", "dimension": "other"},
        {"id": "x", "name_zh": "x", "name_en": "x", "dimension": "main", "formula": "z - y"},
    ]
    raw = records(model(c={"dimension": "main"}))
    raw["dimension"].append(other)
    raw["indicator"] = [*members, *raw["indicator"]]
    write_template([build(raw)], tmp_path / "b.xlsx")
    sheet = opened(tmp_path / "b.xlsx")["data"]
    assert row(sheet, 7)[1:] == ["a", "b", "c", "d", "y", "z"]
    assert row(sheet, 8)[1:] == [*["主 main"] * 4, "另 other", "公式用 formula"]


def test_a_book_holds_what_its_industry_uses_and_asks_for_its_own_prices_only(
    folder: Path,
) -> None:
    book = opened(folder / "glass.xlsx")
    ids = row(book["data"], 7)[1:]
    assert {i.id for i in CATALOG["photovoltaics"].indicators if i.own_column} <= set(ids)
    assert ids[0] == "real_estate_climate"
    prices = {label.value: row(book["prices"], n)[1:]
              for n, label in enumerate(book["prices"]["A"][:5], 1)}  # fmt: skip
    assert prices["id"] == ["benchmark", "glass"]
    assert prices["指标ID"] == ["881001.WI", CATALOG["glass"].asset.code]
    assert prices["指标名称"] == ["万得全A", CATALOG["glass"].asset.name_zh]
    assert read_book(folder / "glass.xlsx").industries == ("glass",)


def test_several_benchmarks_stand_under_their_codes(tmp_path: Path) -> None:
    other = model("other", industry={"benchmark_code": "000300.SH"})
    write_template([TOY, other], tmp_path / "b.xlsx")
    sheet = opened(tmp_path / "b.xlsx")["prices"]
    assert row(sheet, 5)[1:] == ["881001.WI", "000300.SH", "toy", "other"]
    assert row(sheet, 1)[2] == "沪深300"


def test_panes_are_frozen_below_the_header_and_right_of_the_dates(folder: Path) -> None:
    book = opened(folder / "autos.xlsx")
    frozen = {name: book[name].freeze_panes for name in ("data", "releases", "prices")}
    assert frozen == {"data": "B10", "releases": "B4", "prices": "B6"}
    assert not book["guide"].sheet_view.showGridLines


def test_messages_fit_and_say_unit_transform_lag_and_vendor(folder: Path) -> None:
    autos = CATALOG["autos"].indicators
    sheet = opened(folder / "autos.xlsx")["data"]
    for place, indicator in enumerate(autos, 2):
        letter = openpyxl.utils.get_column_letter(place)
        (check,) = checks(sheet, f"{letter}1")
        for fact in (f"单位 {indicator.unit}", f"Unit {indicator.unit}", indicator.transform,
                     f"lag {indicator.lag_days} days", *indicator.source_ids[:1]):  # fmt: skip
            assert fact in check.prompt
        for number in (2, 4, 5, 6, 7, 8):
            assert list(checks(sheet, f"{letter}{number}")) == [check]
        (frequency,) = checks(sheet, f"{letter}3")
        assert frequency.formula1 == '"日,周,月,季"'
        (lag,) = checks(sheet, f"{letter}9")
        # A whole number, or the text of its changes.
        cell = f"{letter}9"
        expected = f"OR(ISTEXT({cell}),AND({cell}>=0,{cell}<=400,{cell}=INT({cell})))"
        assert (lag.type, lag.formula1) == ("custom", expected)


def test_no_cell_has_two_checks_and_every_message_fits(folder: Path) -> None:
    """Excel repairs a file whose checks overlap or whose messages are too long."""
    for name in ("all", "glass"):
        for sheet in opened(folder / f"{name}.xlsx"):
            areas = []
            for check in sheet.data_validations.dataValidation:
                assert len(check.prompt or "") <= 255
                assert len(check.promptTitle or "") <= 32
                assert len(check.error or "") <= 255
                assert len(check.errorTitle or "") <= 32
                assert len(check.formula1 or "") <= 257
                areas += [(a.min_row, a.min_col, a.max_row, a.max_col) for a in check.sqref.ranges]
            taken = np.zeros((400, 200), dtype=int)
            for top, left, bottom, right in areas:
                taken[top - 1 : bottom, left - 1 : right] += 1
            assert taken.max() <= 1, sheet.title


def test_names_longer_than_a_message_holds_are_cut(tmp_path: Path) -> None:
    """Excel counts a sign outside the basic plane as two."""
    long = model(industry={"name_zh": "𠮷" * 40, "index_name_zh": "𠮷" * 40},
                 a={"name_zh": "𠮷" * 20, "aliases": "𠮷" * 200})  # fmt: skip
    write_template([long], tmp_path / "b.xlsx")
    sheet = opened(tmp_path / "b.xlsx")["data"]
    (check,) = checks(sheet, "B1")
    assert check.promptTitle == "𠮷" * 16
    assert "M001" in check.prompt
    assert "𠮷" not in check.prompt


def test_values_are_checked_with_a_warning_only(folder: Path) -> None:
    book = opened(folder / "autos.xlsx")
    for name, address, kind in (
        ("data", "B10", "decimal"), ("data", "C400", "decimal"), ("data", "A10", "date"),
        ("prices", "B6", "decimal"), ("releases", "B4", "date"), ("prices", "A9", "date"),
    ):  # fmt: skip
        (check,) = checks(book[name], address)
        assert (check.type, check.errorStyle) == (kind, "warning")


def test_choices_of_the_definition_are_lists(folder: Path) -> None:
    sheet = opened(folder / "autos.xlsx")["definition"]
    titles = [n for n, cell in enumerate(sheet["A"], 1) if str(cell.value).startswith("[")]
    frequency = ""
    for title, table in zip(titles, ("industry", "dimension", "indicator", "variant"), strict=True):
        assert sheet.cell(title, 1).value == f"[{table}]"
        header = {cell.value: cell.column_letter for cell in sheet[title + 2] if cell.value}
        assert next(iter(header)) == "model"
        frequency = header.get("frequency", frequency)
        for column, letter in header.items():
            words = choices(table, column)  # type: ignore[arg-type]
            found = list(checks(sheet, f"{letter}{title + 3}"))
            if any(words):
                assert found[0].formula1 == f'"{",".join(w for w in words if w)}"'
            elif column in ("denoise", "standardise"):
                assert found[0].formula1 == '"TRUE,FALSE"'
            else:
                assert found == []
    indicators = titles[2] + 3 + len(CATALOG["autos"].indicators)
    (check,) = checks(sheet, f"{frequency}{indicators + SPARE_ROWS - 1}")
    assert check.formula1 == '"D,W,M,Q"'


def test_headers_of_the_result_are_in_place(folder: Path) -> None:
    sheet = opened(folder / "autos.xlsx")["result"]
    assert "请勿在此输入" in sheet["A2"].value
    assert "do not type here" in sheet["A3"].value
    shown = row(sheet, 10)[: len(MONTHLY)]
    assert shown == [f"{zh}\n{en}" for zh, en, _ in MONTHLY.values()]
    assert row(sheet, 9)[: len(MONTHLY)] == list(MONTHLY)


def test_the_guide_says_what_there_is_in_both_languages(folder: Path) -> None:
    texts = [
        c.value for r in opened(folder / "glass.xlsx")["guide"].iter_rows() for c in r if c.value
    ]
    assert texts[:2] == ["景气度工作簿：玻璃", "Prosperity book: Glass"]
    for headings, paragraphs in GUIDE:
        for zh, en in (headings, *paragraphs):
            assert zh in texts
            assert en in texts
    assert {"glass", "photovoltaics", *(verb for verb, _, _ in VERBS)} <= set(texts)
    assert {style for style, _ in COLOURS} <= set(STYLES)


def test_titles(tmp_path: Path, folder: Path) -> None:
    write_template([TOY], tmp_path / "b.xlsx", title="我的模型 My model", source_note="来自 X")
    guide = opened(tmp_path / "b.xlsx")["guide"]
    assert [guide["B1"].value, guide["B2"].value, guide["B3"].value] == [
        "我的模型 My model",
        None,
        "来自 X",
    ]
    assert f"等 {len(INDUSTRIES)} 个" in opened(folder / "all.xlsx")["guide"]["B1"].value


def test_fonts_suit_chinese_and_nothing_is_a_formula_or_a_link(folder: Path) -> None:
    with zipfile.ZipFile(folder / "all.xlsx") as file:
        parts = {name: file.read(name).decode() for name in file.namelist()}
    sheets = [xml for name, xml in parts.items() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == len(SHEETS) + len(INDUSTRIES)
    # Only the dashboard reads other cells, and leads to the sheets of results.
    reading = [xml for xml in sheets if "<f>" in xml or "<hyperlink" in xml]
    assert len(reading) == 1
    assert "看板 Dashboard" in parts["xl/sharedStrings.xml"]
    assert set(re.findall(r"<f>IF\((result(?:_\w+)?)!", reading[0])) == {"result"}
    # What is chosen is fetched through names, from the sheet of each industry.
    assert set(re.findall(r"(result_\w+)!", parts["xl/workbook.xml"])) == {
        f"result_{industry.id}" for industry in INDUSTRIES
    }
    fonts = set(re.findall(r'<name val="([^"]+)"', parts["xl/styles.xml"]))
    assert fonts <= {"Microsoft YaHei", "Consolas", "Calibri"}


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    panel = simulate([TOY], first="2010-01", last="2012-12")
    for name in ("a", "b"):
        write_template([TOY], tmp_path / f"{name}.xlsx", panel=panel, source_note=SOURCE)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert opened(tmp_path / "a.xlsx").properties.created == datetime(2024, 1, 1)


# --- with a panel -----------------------------------------------------------------------------


def assert_same(panel: Panel, read: Panel) -> None:
    assert list(read.series) == [id for id in read.series if id in panel.series]
    for id, observed in read.series.items():
        pd.testing.assert_frame_equal(
            observed.frame[["value", "release"]],
            panel.series[id].frame[["value", "release"]],
            check_freq=False,
            check_names=False,
            rtol=1e-14,
        )
        assert observed.source == panel.series[id].source
    for name in read.prices:
        pd.testing.assert_series_equal(
            read.prices[name], panel.prices[name], check_freq=False, check_names=False, rtol=1e-14
        )


@pytest.mark.parametrize("id", [m.id for m in INDUSTRIES])
def test_a_filled_book_is_read_back_as_it_was(id: str, tmp_path: Path) -> None:
    models = closure([CATALOG[id]], CATALOG)
    panel = simulate(models, first="2015-01", last="2017-12")
    write_template([CATALOG[id]], tmp_path / "b.xlsx", panel=panel, source_note=SOURCE)
    book = read_book(tmp_path / "b.xlsx")
    assert (book.notices, book.coercions, book.industries) == ((), (), (id,))
    assert book.panel.simulated
    assert set(book.panel.series) == set(panel.series)
    assert set(book.panel.prices) == {"benchmark", id}
    assert_same(panel, book.panel)
    assert {m.id: book.definitions[m.id] for m in models} == {m.id: m for m in models}


def test_one_book_with_everything_is_read_back(tmp_path: Path) -> None:
    panel = simulate(CATALOG.values(), first="2015-01", last="2016-12")
    write_template(INDUSTRIES, tmp_path / "all.xlsx", panel=panel)
    book = read_book(tmp_path / "all.xlsx")
    assert book.industries == tuple(m.id for m in INDUSTRIES)
    assert (book.notices, book.coercions) == ((), ())
    assert_same(panel, book.panel)


CALENDAR = TradingCalendar(pd.DatetimeIndex(pd.bdate_range("2020-01-01", "2020-12-31")))


def own_panel(**about: Any) -> Panel:
    months = pd.date_range("2020-01-31", "2020-04-30", freq="ME", unit="ns")
    values = pd.Series([1.5, np.nan, 1 / 3, -2.0], index=months)
    given = about.pop("releases", {})
    stated = pd.Series(given, index=months, dtype="datetime64[ns]")
    series = observations("a", values, calendar=CALENDAR, releases=stated, **about)
    prices = pd.DataFrame({"881001.WI": 100.0, "TOY.SI": 50.5}, index=CALENDAR.days)
    prices.iloc[3, 1] = np.nan
    return Panel({"a": series}, prices)


def test_release_dates_that_the_lag_does_not_give_are_written(tmp_path: Path) -> None:
    stated = {pd.Timestamp("2020-03-31"): pd.Timestamp("2020-04-16")}
    panel = own_panel(lag_days=10, releases=stated)
    write_template([TOY], tmp_path / "b.xlsx", panel=panel)
    sheet = opened(tmp_path / "b.xlsx")["releases"]
    filled = {c.coordinate: c.value for r in sheet.iter_rows(min_row=4, min_col=2) for c in r
              if c.value is not None}  # fmt: skip
    assert filled == {"B6": datetime(2020, 4, 16)}
    read = read_book(tmp_path / "b.xlsx").panel
    assert read.series["a"].frame["explicit"].tolist() == [False, True, False]
    assert_same(panel, Panel(read.series))


def test_a_panel_with_another_lag_keeps_its_release_dates(tmp_path: Path) -> None:
    panel = own_panel(lag_days=33)
    write_template([TOY], tmp_path / "b.xlsx", panel=panel)
    assert_same(panel, Panel(read_book(tmp_path / "b.xlsx").panel.series))


def test_holes_units_sources_and_codes(tmp_path: Path) -> None:
    panel = own_panel(lag_days=10, unit="亿元", source="国家统计局")
    write_template([TOY], tmp_path / "b.xlsx", panel=panel, source_note="我们的资料")
    sheet = opened(tmp_path / "b.xlsx")["data"]
    assert [sheet.cell(n, 2).value for n in range(10, 14)] == [1.5, None, 1 / 3, -2]
    assert [sheet["B4"].value, sheet["B6"].value, sheet["C6"].value] == ["亿元", "国家统计局", None]
    assert sheet["A10"].value.date() == date(2020, 1, 31)
    assert sheet.max_row == 13
    read = read_book(tmp_path / "b.xlsx").panel
    assert list(read.prices) == ["benchmark", "toy"]
    assert read.prices["toy"].isna().sum() == 1
    assert not read.simulated


def test_simulated_data_always_say_so(tmp_path: Path) -> None:
    panel = simulate([TOY], first="2020-01", last="2020-12")
    bare = {id: observations(id, s.frame["value"], calendar=panel.calendar)
            for id, s in panel.series.items()}  # fmt: skip
    write_template([TOY], tmp_path / "b.xlsx", panel=Panel(bare, panel.prices, simulated=True))
    assert read_book(tmp_path / "b.xlsx").panel.simulated
    assert "模拟" in opened(tmp_path / "b.xlsx")["guide"]["B3"].value


# --- refusals ---------------------------------------------------------------------------------


def test_no_industries(tmp_path: Path) -> None:
    with pytest.raises(BookError) as caught:
        write_template([], tmp_path / "b.xlsx")
    assert caught.value.code == "no_industries"
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.xlsx"
    path.write_bytes(b"old")

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(BookError) as caught:
        write_template([TOY], path)
    assert caught.value.code == "cannot_write"
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_every_label_row_and_rule_is_complete() -> None:
    assert (*HEADER_ROWS["data"], "breaks") == tuple(LABELS)
    for rule in RULES.values():
        assert rule["error_type"] == "warning"
        assert "\n" in rule["error_message"]
