"""Books in the template's layout, as analysts leave them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prosperity.catalog import catalog
from prosperity.engine import evaluate
from prosperity.errors import BookError, DataError, DefinitionError, ProsperityError
from prosperity.panel import Observations
from prosperity_excel.book.book import Book, read_book

from tests.addin.books import (
    DATA,
    MONTHS,
    PRICES,
    TOY,
    Formula,
    Percent,
    changed,
    definition_rows,
    model,
    save,
    toy_book,
)


def read(folder: Path, **sheets: Any) -> Book:
    return read_book(toy_book(folder, **sheets))


def refused(folder: Path, **sheets: Any) -> ProsperityError:
    with pytest.raises(ProsperityError) as caught:
        read(folder, **sheets)
    return caught.value


def values(observed: Observations) -> dict[str, float]:
    return {f"{month:%Y-%m}": value for month, value in observed.frame["value"].items()}


def releases(observed: Observations) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in observed.frame["release"]]


def codes(book: Book) -> list[str]:
    return [notice.code for notice in book.notices]


def test_a_clean_book(tmp_path: Path) -> None:
    book = read(tmp_path)
    assert book.path == tmp_path / "book.xlsx"
    assert book.industries == ("toy",)
    assert book.definitions["toy"] == TOY
    assert book.definitions["autos"] == catalog()["autos"]
    assert (book.notices, book.coercions) == ((), ())
    assert list(book.panel.series) == ["a", "b", "c", "d"]
    assert values(book.panel.series["a"]) == {
        "2020-01": 1.0, "2020-02": 2.0, "2020-03": 3.0, "2020-04": 4.0}  # fmt: skip
    # 10 days after month end, for a; the last trading day of the month, for a daily series.
    assert releases(book.panel.series["a"])[:2] == ["2020-02-10", "2020-03-10"]
    assert releases(book.panel.series["b"])[:2] == ["2020-01-31", "2020-02-29"]
    assert not book.panel.series["a"].frame["explicit"].any()
    assert book.panel.series["a"].name == "a:同比"
    assert book.panel.series["a"].unit == "%"
    assert list(book.panel.prices) == ["benchmark", "toy"]
    assert book.panel.prices.index.equals(pd.DatetimeIndex(MONTHS))
    assert book.panel.prices["toy"].tolist() == [50.0, 51.0, 52.0, 53.0]
    assert not book.panel.simulated


def test_sheets_by_their_chinese_names(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", {
        "说明": [["x"]], "数据": DATA, "行情": PRICES, "定义": definition_rows(TOY),
        "公布日": [["id", "a"], [MONTHS[0], date(2020, 2, 14)]]})  # fmt: skip
    book = read_book(path)
    assert book.industries == ("toy",)
    assert releases(book.panel.series["a"])[0] == "2020-02-14"


@pytest.mark.parametrize("sheet", ["data", "prices"])
def test_a_missing_sheet_is_named_with_those_there(sheet: str, tmp_path: Path) -> None:
    error = refused(tmp_path, **{sheet: None})
    assert isinstance(error, BookError)
    assert error.code == "missing_sheet"
    assert error.where == "book.xlsx"
    for text in (error.zh, error.en):
        assert sheet in text
        assert "definition" in text


@pytest.mark.parametrize("sheet", ["data", "prices"])
def test_a_sheet_without_header_is_refused(sheet: str, tmp_path: Path) -> None:
    rows = {"data": DATA[3:], "prices": PRICES[3:]}[sheet]
    error = refused(tmp_path, **{sheet: rows})
    assert (type(error), error.code) == (BookError, "missing_header")
    assert error.where == f"book.xlsx / {sheet}"


# --- columns ----------------------------------------------------------------------------------

HEADERS: dict[str, list[list[Any]]] = {
    "id": [["id", "a"]],
    "id in capitals": [["ID", " A "]],
    "vendor id": [["指标ID", "M001"]],
    "another vendor's id": [["指标ID", "e001"]],
    "vendor id in the id row": [["id", "M001"]],
    "vendor id in the name row": [["指标名称", "M001"]],
    "name": [["指标名称", "a:同比"]],
    "English name": [["指标名称", "Series A"]],
    "English name row": [["指标名称", "?"], ["英文名称", "series a"]],
    "alias": [["指标名称", "甲指标"]],
    "full-width colon": [["指标名称", "a：同比"]],
    "inner spaces": [["指标名称", " a : 同 比 "]],
    "country in front": [["指标名称", "中国:a:同比"]],
    "country and full width": [["指标名称", "中国：甲：同比"]],
    "unknown id, known name": [["指标名称", "a:同比"], ["id", "aa"]],
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_columns_are_matched(header: list[list[Any]], tmp_path: Path) -> None:
    book = read(tmp_path, data=[*header, [MONTHS[0], 7.0]])
    assert {id: values(s) for id, s in book.panel.series.items()} == {"a": {"2020-01": 7.0}}
    assert ("unknown_id" in codes(book)) == (header[-1] in (["id", "aa"], ["id", "M001"]))


def test_an_id_counts_before_a_name(tmp_path: Path) -> None:
    data = [["指标名称", "b:同比", "a:同比"], ["id", "a", "b"], [MONTHS[0], 1.0, 2.0]]
    series = read(tmp_path, data=data).panel.series
    assert (values(series["a"]), values(series["b"])) == ({"2020-01": 1.0}, {"2020-01": 2.0})


def test_a_name_of_two_indicators_is_not_guessed(tmp_path: Path) -> None:
    both = model(b={"aliases": "甲指标"})
    data = [["指标名称", "甲指标", "c:同比"], [MONTHS[0], 1.0, 2.0]]
    book = read(tmp_path, models=[both], data=data)
    assert list(book.panel.series) == ["c"]
    notice = next(n for n in book.notices if n.code == "unknown_columns")
    assert "a/b?" in notice.zh


def test_every_model_that_uses_a_series_says_what_it_may_be_called(tmp_path: Path) -> None:
    models = [model("one"), model("two", a={"aliases": "另一个名字", "source_ids": "Z9"})]
    for header in (["指标名称", "另一个名字"], ["指标ID", "z9"], ["指标ID", "M001"]):
        book = read(tmp_path, models=models, data=[header, [MONTHS[0], 7.0]])
        assert list(book.panel.series) == ["a"]


def test_unknown_columns_are_left_out_with_a_notice(tmp_path: Path) -> None:
    data = changed(DATA, {(0, 5): "别的", (1, 5): "other", (3, 5): "not even a number"})
    book = read(tmp_path, data=data)
    assert "other" not in book.panel.series
    notice = next(n for n in book.notices if n.code == "unknown_columns")
    assert "F2 other" in notice.zh
    assert "F2 other" in notice.en


def test_side_notes_outside_the_columns_do_no_harm(tmp_path: Path) -> None:
    data = changed(DATA, {(4, 7): "check this", (9, 7): 3.0})
    assert read(tmp_path, data=data).notices == ()


def test_deleted_columns_are_noticed(tmp_path: Path) -> None:
    book = read(tmp_path, data=[row[:3] for row in DATA])
    notice = next(n for n in book.notices if n.code == "absent_columns")
    assert "c, d" in notice.zh
    assert list(book.panel.series) == ["a", "b"]


def test_a_book_without_any_known_column_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, data=[["id", "x", "y"], [MONTHS[0], 1.0, 2.0]])
    assert (type(error), error.code) == (DataError, "missing_column")
    assert "a、b、c" in error.zh


def test_one_industry_without_columns_does_not_stop_the_others(tmp_path: Path) -> None:
    other = model("other", more=[], industry={})
    renamed = model("toy2")
    swapped = {"a": "e", "b": "f", "c": "g", "d": "h"}
    rows = [[swapped.get(cell, cell) if row[:1] == ["toy2"] else cell for cell in row]
            for row in definition_rows(other, renamed)]  # fmt: skip
    prices = changed(PRICES, {(2, 2): "other", (2, 3): "toy2", (0, 3): "x"})
    book = read(tmp_path, definition=rows, prices=prices)
    assert book.industries == ("other", "toy2")
    assert "industry_without_columns" in codes(book)


def test_the_same_series_twice_names_both_cells(tmp_path: Path) -> None:
    error = refused(tmp_path, data=changed(DATA, {(1, 4): "A"}))
    assert (type(error), error.code) == (DataError, "duplicate_column")
    assert error.where == "book.xlsx / data!E2"
    assert "B2" in error.zh
    assert "B2" in error.en


# --- cells ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("abc", "not_a_number"),
        ("5.6²", "not_a_number"),
        (True, "boolean"),
        (date(2020, 1, 1), "date_for_number"),
        (Percent(0.03), "percent_format"),
    ],
)
def test_a_wrong_cell_is_named_and_quoted(cell: Any, code: str, tmp_path: Path) -> None:
    error = refused(tmp_path, data=changed(DATA, {(4, 1): cell}))
    assert (type(error), error.code) == (DataError, code)
    assert error.where == "book.xlsx / data!B5"
    if isinstance(cell, str):
        assert f"“{cell}”" in error.zh
        assert f'"{cell}"' in error.en


def test_a_percent_text_needs_a_percent_unit(tmp_path: Path) -> None:
    book = read(tmp_path, data=changed(DATA, {(3, 1): "3%"}))
    assert values(book.panel.series["a"])["2020-01"] == 3.0
    assert refused(tmp_path, data=changed(DATA, {(3, 3): "3%"})).code == "ambiguous_percent"
    stated = [*changed(DATA[:2], {}), ["单位", "", "", "%", ""], *DATA[3:]]
    book = read(tmp_path, data=changed(stated, {(3, 3): "3%"}))
    assert values(book.panel.series["c"])["2020-01"] == 3.0


def test_all_wrong_cells_come_in_one_error(tmp_path: Path) -> None:
    cells = {(3 + n % 4, 1 + n % 3): f"bad{n}" for n in range(7)}
    error = refused(tmp_path, data=changed(DATA, cells))
    assert error.where == "book.xlsx / data"
    assert "7 处" in error.zh
    assert "7 cells" in error.en
    assert error.en.count('"bad') == 5
    assert error.en.endswith("... and 2 more.")


def test_a_formula_that_was_never_calculated_is_refused(tmp_path: Path) -> None:
    path = toy_book(tmp_path)
    book = openpyxl.load_workbook(path)
    book["data"]["B5"] = "=1+1"
    book.save(path)
    with pytest.raises(DataError) as caught:
        read_book(path)
    assert caught.value.code == "formula_without_value"
    assert caught.value.where == "book.xlsx / data!B5"


def test_error_cells_are_missing_counted_and_noticed(tmp_path: Path) -> None:
    cells = {(3, 1): Formula("=1/0", "#DIV/0!"), (4, 1): Formula("=NA()", "#N/A"), (5, 1): "#REF!"}
    book = read(tmp_path, data=changed(DATA, cells))
    assert values(book.panel.series["a"]) == {"2020-04": 4.0}
    notice = next(n for n in book.notices if n.code == "error_cells")
    assert "3 个" in notice.zh
    assert "B4, B5, B6" in notice.en


def test_conversions_are_counted_by_sheet_and_kind(tmp_path: Path) -> None:
    data = changed(
        DATA, {(3, 1): "１", (4, 1): "1,000", (5, 1): "--", (3, 2): "２", (4, 0): "2020-02"}
    )
    book = read(tmp_path, data=data, prices=changed(PRICES, {(3, 1): " 9 "}))
    assert [(c.sheet, c.kind, c.cells) for c in book.coercions] == [
        ("data", "month_text", ("A5",)),
        ("data", "full_width", ("B4", "C4")),
        ("data", "thousands", ("B5",)),
        ("data", "missing_mark", ("B6",)),
        ("prices", "text", ("B4",)),
    ]
    assert book.coercions[1].count == 2
    assert book.coercions[1].text("zh") == "data：全角数字 2 处（B4, C4）。"
    assert book.coercions[1].text("en") == "data: 2 full-width digits (B4, C4)."
    assert values(book.panel.series["a"]) == {"2020-01": 1.0, "2020-02": 1000.0, "2020-04": 4.0}


# --- dates and rows ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "months",
    [
        ["2020-01", "2020-02", "2020-03", "2020-04"],
        ["2020年1月", "2020年2月", "2020年03月份", "2020/4"],
        [date(2020, 1, 1), date(2020, 2, 1), date(2020, 3, 17), date(2020, 4, 30)],
        [202001, 202002, 202003, 202004],
        [43861, 43890, 43921, 43951],
        [datetime(2020, 1, 31, 15), "20200229", "2020.3", "Apr 2020"],
    ],
    ids=lambda months: str(months[2]),
)
def test_months_in_any_form(months: list[Any], tmp_path: Path) -> None:
    data = changed(DATA, {(3 + n, 0): month for n, month in enumerate(months)})
    assert values(read(tmp_path, data=data).panel.series["a"]) == {
        "2020-01": 1.0, "2020-02": 2.0, "2020-03": 3.0, "2020-04": 4.0}  # fmt: skip


def test_serial_numbers_of_a_workbook_that_counts_from_1904(tmp_path: Path) -> None:
    sheets = {
        "data": [["id", "a"], [42399, 1.0], [date(2020, 2, 29), 2.0]],
        "prices": PRICES,
        "definition": definition_rows(TOY),
    }
    book = read_book(save(tmp_path / "b.xlsx", sheets, date_1904=True))
    assert values(book.panel.series["a"]) == {"2020-01": 1.0, "2020-02": 2.0}


def test_descending_rows_are_turned_and_noted(tmp_path: Path) -> None:
    book = read(tmp_path, data=[*DATA[:3], *DATA[:2:-1]], prices=[*PRICES[:3], *PRICES[:2:-1]])
    straight = read(tmp_path)
    assert codes(book) == ["descending", "descending"]
    assert values(book.panel.series["a"]) == values(straight.panel.series["a"])
    pd.testing.assert_frame_equal(book.panel.prices, straight.panel.prices)


def test_the_last_value_of_a_month_is_the_last_in_time_whatever_the_order(tmp_path: Path) -> None:
    rows = [[date(2020, 1, 30), 5.0], [date(2020, 1, 10), 1.0]]
    book = read(tmp_path, data=[["id", "d"], *rows])
    assert values(book.panel.series["d"]) == {"2020-01": 5.0}


@pytest.mark.parametrize("sheet", ["data", "prices", "releases"])
def test_unsorted_rows_name_the_first_out_of_order(sheet: str, tmp_path: Path) -> None:
    rows = {"data": DATA, "prices": PRICES, "releases": [*DATA[:3], *([m] for m in MONTHS)]}[sheet]
    error = refused(tmp_path, **{sheet: changed(rows, {(5, 0): date(2019, 12, 15)})})
    assert (type(error), error.code) == (DataError, "unsorted_months")
    assert error.where == f"book.xlsx / {sheet}!A6"


@pytest.mark.parametrize("sheet", ["data", "prices"])
def test_the_same_date_twice_names_both_cells(sheet: str, tmp_path: Path) -> None:
    rows = {"data": DATA, "prices": PRICES}[sheet]
    error = refused(tmp_path, **{sheet: changed(rows, {(5, 0): MONTHS[1]})})
    assert (type(error), error.code) == (DataError, "duplicate_month")
    assert error.where == f"book.xlsx / {sheet}!A6"
    assert "A5" in error.zh


def daily(*cells: tuple[date, Any, Any]) -> list[list[Any]]:
    return [["id", "a", "b", "c", "d"], *([day, a, x, x, x] for day, a, x in cells)]


def test_days_of_a_month_are_combined_for_daily_and_weekly_series(tmp_path: Path) -> None:
    data = daily((date(2020, 1, 10), None, 1.0), (date(2020, 1, 20), 9.0, 2.0),
                 (date(2020, 1, 31), None, 6.0), (date(2020, 2, 5), 8.0, 4.0))  # fmt: skip
    series = read(tmp_path, data=data).panel.series
    assert values(series["a"]) == {"2020-01": 9.0, "2020-02": 8.0}
    assert values(series["b"]) == {"2020-01": 3.0, "2020-02": 4.0}
    assert values(series["c"]) == {"2020-01": 9.0, "2020-02": 4.0}
    assert values(series["d"]) == {"2020-01": 6.0, "2020-02": 4.0}


def test_two_values_in_a_month_of_a_monthly_series_are_refused(tmp_path: Path) -> None:
    data = daily((date(2020, 1, 10), 1.0, 1.0), (date(2020, 1, 31), 2.0, 2.0))
    error = refused(tmp_path, data=data)
    assert (error.code, error.where) == ("duplicate_month", "book.xlsx / data!B3")
    assert "B2" in error.zh


def test_the_header_says_what_frequency_a_column_has(tmp_path: Path) -> None:
    data = daily((date(2020, 1, 10), 1.0, 1.0), (date(2020, 1, 31), 3.0, 2.0))
    book = read(tmp_path, data=[["频率", "日", "", "", ""], *data])
    assert values(book.panel.series["a"]) == {"2020-01": 2.0}
    error = refused(tmp_path, data=[["频率", "日", "月", "", ""], *data])
    assert error.where == "book.xlsx / data!C4"
    book = read(tmp_path, data=[["频率", "日", "十年", "", ""], *data])
    assert "unknown_frequency" in codes(book)


def test_a_monthly_label_moves_the_release_to_the_calendar_month_end(tmp_path: Path) -> None:
    prices = [*PRICES[:3], [date(2020, 2, 27), 1.0, 1.0], [date(2020, 2, 28), 1.0, 1.0],
              [date(2020, 3, 2), 1.0, 1.0]]  # fmt: skip
    data = [["频率", "日"], ["id", "b"], [date(2020, 2, 29), 1.0]]
    assert releases(read(tmp_path, data=data, prices=prices).panel.series["b"]) == ["2020-02-28"]
    data[0][1] = "月"
    assert releases(read(tmp_path, data=data, prices=prices).panel.series["b"]) == ["2020-02-29"]


BELOW: dict[str, tuple[list[list[Any]], str]] = {
    "source": ([[], ["数据来源：Wind"]], "notes_skipped"),
    "source with a year": ([["数据来源：Wind 2024"]], "notes_skipped"),
    "mean row": ([["均值", 2.5, 2.5]], "notes_skipped"),
    "blank rows": ([[], [None, None], ["", ""]], ""),
    "future months": ([[date(2020, 5, 31)], [date(2020, 6, 30)]], ""),
}


@pytest.mark.parametrize(("rows", "code"), BELOW.values(), ids=BELOW)
def test_rows_below_the_data(rows: list[list[Any]], code: str, tmp_path: Path) -> None:
    book = read(tmp_path, data=[*DATA, *rows])
    assert codes(book) == [code] * bool(code)
    assert len(book.panel.series["a"].frame) == 4


AMID: dict[str, tuple[dict[tuple[int, int], Any], str, str]] = {
    "text amid data": ({(4, 0): "二月"}, "not_a_date", "A5"),
    "ambiguous date": ({(4, 0): "03/04/05"}, "ambiguous_date", "A5"),
    "first date mistyped": ({(3, 0): "2020-13"}, "not_a_date", "A4"),
    "last date mistyped": ({(6, 0): "2020-13"}, "not_a_date", "A7"),
    "first date ambiguous": ({(3, 0): 2020.1}, "ambiguous_date", "A4"),
    "truth value": ({(5, 0): True}, "not_a_date", "A6"),
    "date missing": ({(4, 0): None}, "missing_date", "A5"),
    "first date missing": ({(3, 0): None}, "missing_date", "A4"),
    "last date missing": ({(6, 0): None}, "missing_date", "A7"),
    "error": ({(4, 0): Formula("=1/0", "#DIV/0!")}, "not_a_date", "A5"),
}


@pytest.mark.parametrize(("cells", "code", "cell"), AMID.values(), ids=AMID)
def test_a_row_with_values_is_never_lost_for_its_date(
    cells: dict[tuple[int, int], Any], code: str, cell: str, tmp_path: Path
) -> None:
    error = refused(tmp_path, data=changed(DATA, cells))
    assert (type(error), error.code, error.where) == (DataError, code, f"book.xlsx / data!{cell}")


def test_blank_rows_amid_the_data_are_passed_over(tmp_path: Path) -> None:
    book = read(tmp_path, data=[*DATA[:4], [], [None, "", None], *DATA[4:]])
    assert values(book.panel.series["a"])["2020-02"] == 2.0


def test_unknown_label_rows_are_ignored(tmp_path: Path) -> None:
    data = [["国家", "中国"], ["时间区间", "2020-01:2020-04"], *DATA[:3], ["备注", 3.0], *DATA[3:]]
    assert read(tmp_path, data=data).notices == ()


# --- what the header says ---------------------------------------------------------------------


def lag_of(book: Book, id: str) -> int:
    frame = book.panel.series[id].frame
    return int((frame["release"].iloc[0] - frame.index[0]).days)


def test_the_headers_lag_counts_where_it_differs_from_the_catalogs(tmp_path: Path) -> None:
    """m2_yoy has another lag in the catalog; 20 in this book's definition."""
    usual = str(catalog()["autos"].indicator("m2_yoy").lag_days)
    own = model(more=[{"id": "m2_yoy", "name_zh": "M2", "name_en": "M2", "dimension": "main",
                       "lag_days": 20}])  # fmt: skip
    for header, lag in (
        *((usual, 20), (None, 20), (20, 20), (30, 30), (0, 0), ("３０", 30)),
        *(
            ("9; 2021-01: 3", 9),
            ("9；2020/01：3", 3),
            ("9; 01: 4", 4 if MONTHS[0].month == 1 else 9),
        ),
    ):
        data = [["id", "m2_yoy"], ["lag", header], [MONTHS[0], 1.0]]
        assert lag_of(read(tmp_path, models=[own], data=data), "m2_yoy") == lag
    without_row = [["id", "m2_yoy"], [MONTHS[0], 1.0]]
    assert lag_of(read(tmp_path, models=[own], data=without_row), "m2_yoy") == 20


def test_the_longest_lag_counts_when_models_differ(tmp_path: Path) -> None:
    models = [model("one", a={"lag_days": 5}), model("two", a={"lag_days": 25})]
    data = [["id", "a"], [MONTHS[0], 1.0]]
    assert lag_of(read(tmp_path, models=models, data=data), "a") == 25


@pytest.mark.parametrize("lag", [-1, 401, 1.5, "soon", True, "1; 2017-13: 0", "1; 2017-03"])
def test_an_impossible_lag_is_named(lag: Any, tmp_path: Path) -> None:
    error = refused(tmp_path, data=changed(DATA, {(2, 1): lag}))
    assert (error.code, error.where) == ("bad_lag", "book.xlsx / data!B3")


def test_a_lag_that_is_kinder_than_the_catalog_s_is_said(tmp_path: Path) -> None:
    """As in a book written when the catalog had PMI on the last day of every month."""
    known = {i.id: i for m in catalog().values() for i in m.indicators}
    own = model(more=[{"id": id, "name_zh": id, "name_en": id, "dimension": "main",
                       "lag_days": known[id].lag_days} for id in ("pmi", "m2_yoy")])  # fmt: skip
    head = [["id", "pmi", "m2_yoy"]]
    kind = read(tmp_path, models=[own], data=[*head, ["lag", 0, 30], [MONTHS[0], 50.0, 8.0]])
    (notice,) = [n for n in kind.notices if n.code == "kind_lag"]
    assert "B2 pmi 0 < 1; 2017-03: 0; 02: 1" in notice.en
    assert "m2_yoy" not in notice.en
    assert lag_of(kind, "pmi") == 0  # the book has the last word
    for lag in (1, "1; 2017-03: 0; 02: 1", None):
        book = read(
            tmp_path, models=[own], data=[*head, ["lag", lag, None], [MONTHS[0], 50.0, 8.0]]
        )
        assert not [n for n in book.notices if n.code == "kind_lag"]


def test_units_sources_and_names_are_the_books(tmp_path: Path) -> None:
    data = [*DATA[:2], ["单位", "亿元", None, "万吨"], ["来源", "国家统计局"], *DATA[3:]]
    book = read(tmp_path, data=data)
    assert book.panel.series["a"].unit == "亿元"
    assert book.panel.series["a"].source == "国家统计局"
    assert book.panel.series["b"].unit == "%"
    notice = next(n for n in book.notices if n.code == "unit_differs")
    assert "data!B3" in notice.zh
    assert len(book.notices) == 1


def test_published_growth_in_place_of_a_level_is_no_difference_of_unit(tmp_path: Path) -> None:
    """The model takes such a column as the growth rate that it would compute."""
    grows = model(c={"transform": "yoy"})
    data = [*DATA[:2], ["单位", None, None, "%"], *DATA[3:]]
    assert read(tmp_path, models=[grows], data=data).notices == ()


@pytest.mark.parametrize(
    ("source", "simulated"),
    [("模拟数据", True), ("Simulated by us", True), ("国家统计局", False), ("", False)],
)
def test_simulated_data_say_so(source: str, simulated: bool, tmp_path: Path) -> None:
    row = ["来源", None, source]
    assert read(tmp_path, data=[row, *DATA]).panel.simulated is simulated
    assert read(tmp_path, prices=[row, *PRICES]).panel.simulated is simulated


# --- release dates ----------------------------------------------------------------------------


def test_stated_release_dates_count(tmp_path: Path) -> None:
    rows = [["指标名称", "b:同比", "a:同比"], ["id", "b", "a"],
            [date(2020, 2, 1), None, date(2020, 3, 4)], ["2020-03", "2020年4月16日", None],
            [date(2021, 1, 31), None, date(2021, 2, 1)]]  # fmt: skip
    series = read(tmp_path, releases=rows).panel.series
    assert releases(series["a"]) == ["2020-02-10", "2020-03-04", "2020-04-10", "2020-05-10"]
    assert series["a"].frame["explicit"].tolist() == [False, True, False, False]
    assert releases(series["b"])[2] == "2020-04-16"


RELEASES: dict[str, tuple[list[list[Any]], str, str]] = {
    "month only": ([[MONTHS[0], "2020-02"]], "needs_day", "B2"),
    "text": ([[MONTHS[0], "soon"]], "not_a_date", "B2"),
    "number": ([[MONTHS[0], 15]], "not_a_date", "B2"),
    "before the month": ([[MONTHS[0], date(2019, 12, 31)]], "early_release", "B2"),
    "month twice": (
        [[date(2020, 1, 1), date(2020, 2, 1)], [MONTHS[0], date(2020, 2, 2)]],
        "duplicate_month",
        "B3",
    ),
}


@pytest.mark.parametrize(("rows", "code", "cell"), RELEASES.values(), ids=RELEASES)
def test_wrong_release_dates_are_named(
    rows: list[list[Any]], code: str, cell: str, tmp_path: Path
) -> None:
    error = refused(tmp_path, releases=[["id", "a"], *rows])
    assert (type(error), error.code) == (DataError, code)
    assert error.where == f"book.xlsx / releases!{cell}"


@pytest.mark.parametrize("rows", [None, [], [["id", "a"]], [["id", "a"], [MONTHS[0]]]])
def test_without_release_dates_the_lag_counts(rows: Any, tmp_path: Path) -> None:
    assert releases(read(tmp_path, releases=rows).panel.series["a"])[0] == "2020-02-10"


def test_an_error_names_the_sheet_that_it_is_on(tmp_path: Path) -> None:
    bad_release = [["id", "a"], [MONTHS[0], "soon"]]
    error = refused(tmp_path, data=changed(DATA, {(4, 1): "x"}), releases=bad_release)
    assert error.where == "book.xlsx / releases!B2"
    assert "soon" in error.zh


# --- prices -----------------------------------------------------------------------------------

PRICE_HEADERS: dict[str, tuple[list[list[Any]], list[str]]] = {
    "ids": ([["id", "benchmark", "toy"]], ["benchmark", "toy"]),
    "ids in capitals": ([["id", "Benchmark", " TOY "]], ["benchmark", "toy"]),
    "codes": ([["指标ID", "881001.wi", "toy.si"]], ["881001.WI", "TOY.SI"]),
    "codes without market": ([["指标ID", 881001, "TOY"]], ["881001.WI", "TOY.SI"]),
    "unknown codes": ([["代码", "000300.SH", "X"]], ["000300.SH", "X"]),
    "names": ([["指标名称", "万得全A", "指数toy"]], ["万得全A", "指数toy"]),
    "id before code": (
        [["指标名称", "x", "y"], ["指标ID", "881001.WI", "TOY.SI"], ["id", "benchmark", None]],
        ["benchmark", "TOY.SI"],
    ),
}


@pytest.mark.parametrize(("header", "names"), PRICE_HEADERS.values(), ids=PRICE_HEADERS)
def test_price_columns(header: list[list[Any]], names: list[str], tmp_path: Path) -> None:
    book = read(tmp_path, prices=[*header, *PRICES[3:]])
    assert list(book.panel.prices) == names
    assert book.panel.prices.iloc[0].tolist() == [100.0, 50.0]


BAD_PRICES: dict[str, tuple[dict[tuple[int, int], Any], str, str]] = {
    "text": ({(4, 1): "abc"}, "not_a_number", "prices!B5"),
    "zero": ({(4, 2): 0}, "bad_price", "prices!C5"),
    "negative": ({(4, 2): -1.5}, "bad_price", "prices!C5"),
    "column twice": ({(2, 2): "benchmark"}, "duplicate_column", "prices!C3"),
}


@pytest.mark.parametrize(("cells", "code", "place"), BAD_PRICES.values(), ids=BAD_PRICES)
def test_bad_prices_are_named(
    cells: dict[tuple[int, int], Any], code: str, place: str, tmp_path: Path
) -> None:
    error = refused(tmp_path, prices=changed(PRICES, cells))
    assert (type(error), error.code, error.where) == (DataError, code, f"book.xlsx / {place}")


@pytest.mark.parametrize("prices", [[], PRICES[:3], [*PRICES[:3], [MONTHS[0]]]])
def test_prices_may_be_empty(prices: Any, tmp_path: Path) -> None:
    book = read(tmp_path, prices=prices)
    assert book.panel.prices.empty or book.panel.prices.isna().all(axis=None)
    assert len(book.panel.calendar.days) == 0
    assert book.industries == ("toy",)


def test_a_missing_price_is_missing(tmp_path: Path) -> None:
    prices = changed(PRICES, {(4, 2): "--", (5, 1): None, (5, 2): None})
    book = read(tmp_path, prices=prices)
    assert book.panel.prices["toy"].isna().tolist() == [False, True, False]
    assert [f"{day:%m-%d}" for day in book.panel.prices.index] == ["01-31", "02-29", "04-30"]


# --- industries and definitions ---------------------------------------------------------------


def test_models_that_others_use_are_not_what_the_book_is_for(tmp_path: Path) -> None:
    uses = {"id": "x", "name_zh": "x", "name_en": "x", "dimension": "main", "composite": "used"}
    models = [model("used"), model("main", more=[uses])]
    header = [["id", "benchmark", "main"], *PRICES[3:]]
    assert read(tmp_path, models=models, prices=header).industries == ("main",)
    both = [["id", "benchmark", "main", "used"], *([*row, 1.0] for row in PRICES[3:])]
    assert read(tmp_path, models=models, prices=both).industries == ("used", "main")
    assert read(tmp_path, models=models, prices=[]).industries == ("used", "main")


def test_an_industry_that_an_analyst_adds_is_there_even_without_prices(tmp_path: Path) -> None:
    book = read(tmp_path, models=[TOY, model("new")])
    assert book.industries == ("toy", "new")


def test_modules_are_no_industries(tmp_path: Path) -> None:
    module = model("mod", industry={"kind": "module", "index_code": ""})
    book = read(tmp_path, models=[TOY, module])
    assert book.industries == ("toy",)
    assert "mod" in book.definitions


AUTOS = catalog()["autos"]


@pytest.mark.parametrize("definition", [None, [], [[None, ""]]])
@pytest.mark.parametrize("prices", [[["id", "benchmark", "autos"], *PRICES[3:]], []])
def test_without_a_definition_sheet_the_catalog_counts(
    definition: Any, prices: Any, tmp_path: Path
) -> None:
    ids = [i.id for i in AUTOS.indicators]
    data = [["id", *ids], *([month, *([1.0] * len(ids))] for month in MONTHS)]
    book = read(tmp_path, definition=definition, data=data, prices=prices)
    assert book.industries == ("autos",)
    assert book.definitions == catalog()
    assert set(book.panel.series) == set(ids)


def test_the_sheet_counts_before_the_catalog(tmp_path: Path) -> None:
    own = model("autos")
    book = read(tmp_path, models=[own], prices=[["id", "autos"], *(r[:2] for r in PRICES[3:])])
    assert book.definitions["autos"] == own
    assert book.definitions["banks"] == catalog()["banks"]


def test_a_wrong_definition_is_refused_with_its_cell(tmp_path: Path) -> None:
    rows = definition_rows(TOY)
    rows[2][5] = "bad sector"
    error = refused(tmp_path, definition=rows)
    assert isinstance(error, DefinitionError)
    assert error.where == "book.xlsx / definition!F3"


def test_a_column_for_a_composite_or_a_formula(tmp_path: Path) -> None:
    """An own column may stand in for another model's composite; a formula is always computed."""
    extra = [
        {"id": "blend", "name_zh": "x", "name_en": "x", "dimension": "main", "composite": "autos"},
        {"id": "spread", "name_zh": "y", "name_en": "y", "dimension": "main", "formula": "a - b"},
    ]
    data = changed(DATA, {(1, 5): "blend", (3, 5): 1.0, (1, 6): "spread", (3, 6): 1.0})
    book = read(tmp_path, models=[model(more=extra)], data=data)
    assert "blend" in book.panel.series
    assert "spread" not in book.panel.series
    assert "unknown_columns" in codes(book)


def test_a_composite_is_matched_by_its_id_only(tmp_path: Path) -> None:
    """Its name may be that of a series of the model that it stands for."""
    blend = {"id": "blend", "name_zh": "甲指标", "name_en": "x", "dimension": "main",
             "composite": "autos"}  # fmt: skip
    data = [["指标名称", "甲指标"], [MONTHS[0], 1.0]]
    assert list(read(tmp_path, models=[model(more=[blend])], data=data).panel.series) == ["a"]


def test_a_column_without_values_is_no_series(tmp_path: Path) -> None:
    data = [[*row[:1], None, *row[2:]] if n > 2 else row for n, row in enumerate(DATA)]
    assert list(read(tmp_path, data=data).panel.series) == ["b", "c", "d"]


# --- as a whole -------------------------------------------------------------------------------


def test_a_book_can_be_evaluated(tmp_path: Path) -> None:
    days = pd.date_range("2010-01-01", "2016-12-31", freq="B")
    months = pd.date_range("2010-01-31", "2016-12-31", freq="ME")
    wave = [5.0 + ((n * 7) % 11) / 3 for n in range(len(months))]
    data = [
        ["id", "a", "b", "c", "d"],
        *([m.date(), w, w + 1, 3 * w, 9 - w] for m, w in zip(months, wave, strict=True)),
    ]
    prices = [["id", "benchmark", "toy"],
              *([d.date(), 100.0 + n, 50.0 + n] for n, d in enumerate(days))]  # fmt: skip
    book = read(tmp_path, data=data, prices=prices)
    result = evaluate(book.panel, [book.definitions["toy"]], known=book.definitions)
    assert result.results["toy"].composite.notna().sum() > 30
    assert result.results["toy"].backtest is not None


CELL = st.sampled_from(
    [None, "", 1.5, -2, 0, "1,234", "--", "abc", "3%", True, date(2020, 1, 31), date(2020, 3, 1),
     "2020-02", "2020-13", 202003, 2020.1, "a", "b", "id", "指标名称", "lag", "[industry]", "toy",
     Formula("=1/0", "#DIV/0!"), Percent(0.1), "模拟", "x" * 500]
)  # fmt: skip
CHANGES = st.dictionaries(st.tuples(st.integers(0, 9), st.integers(0, 6)), CELL, max_size=6)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(CHANGES, CHANGES, CHANGES)
def test_whatever_is_typed_gives_a_book_or_a_friendly_error(
    tmp_path: Path, data: Any, prices: Any, definition: Any
) -> None:
    path = toy_book(
        tmp_path,
        data=changed(DATA, data),
        prices=changed(PRICES, prices),
        definition=changed(definition_rows(TOY), definition),
    )
    book, error = None, None
    try:
        book = read_book(path)
    except ProsperityError as caught:
        error = caught
    if error is not None:
        assert error.where.startswith("book.xlsx")
        assert error.zh.strip()
        assert error.en.strip()
    if book is not None:
        assert set(book.industries) <= set(book.definitions)
        for observed in book.panel.series.values():
            assert observed.frame["value"].notna().all()
            assert observed.frame["release"].notna().all()


# --- breaks of definition ---------------------------------------------------------------------


@pytest.mark.parametrize("label", ["断点", "口径断点", "breaks"])
@pytest.mark.parametrize(
    ("cell", "months"),
    [
        ("2020-03", ["2020-03"]),
        ("2020-04；2020-02", ["2020-02", "2020-04"]),
        ("2020年2月、2020年4月", ["2020-02", "2020-04"]),
        (date(2020, 3, 1), ["2020-03"]),
        (202003, ["2020-03"]),
        (None, []),
        (" ", []),
    ],
    ids=str,
)
def test_a_header_row_may_say_where_a_definition_changes(
    label: str, cell: Any, months: list[str], tmp_path: Path
) -> None:
    book = read(tmp_path, data=[*DATA[:3], [label, cell, None], *DATA[3:]])
    assert [f"{m:%Y-%m}" for m in book.panel.series["a"].breaks] == months
    assert book.panel.series["b"].breaks == ()


@pytest.mark.parametrize("cell", ["soon", "2020.1.", "03/04/05"])
def test_a_break_that_is_no_month_is_refused(cell: str, tmp_path: Path) -> None:
    error = refused(tmp_path, data=[*DATA[:3], ["断点", None, cell], *DATA[3:]])
    assert error.where == "book.xlsx / data!C4"
