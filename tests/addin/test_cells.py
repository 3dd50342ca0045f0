"""Cells as people leave them: the table of cases."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prosperity_excel.sheets.cells import (
    COERCIONS,
    MONTH_ONLY,
    PROBLEMS,
    ErrorCell,
    PercentCell,
    Reading,
    day,
    explain,
    is_percent,
    number,
    quoted,
    text,
)
from prosperity_excel.words import book_words

NUMBERS: dict[str, tuple[Any, float | None, str]] = {
    "number": (5.6, 5.6, ""),
    "whole number": (5, 5.0, ""),
    "zero": (0.0, 0.0, ""),
    "blank": (None, None, ""),
    "empty text": ("", None, ""),
    "spaces": (" \u3000\xa0", None, ""),
    "invisible": ("\u200b\ufeff", None, ""),
    "digits": ("5.6", 5.6, "text"),
    "outer spaces": (" 5.6 ", 5.6, "text"),
    "no-break space": ("\xa05.6", 5.6, "text"),
    "apostrophe": ("'5.6", 5.6, "text"),
    "leading point": (".5", 0.5, "text"),
    "trailing point": ("5.", 5.0, "text"),
    "scientific": ("1.2E+05", 120000.0, "text"),
    "negative": ("-5.6", -5.6, "text"),
    "plus": ("+3", 3.0, "text"),
    "thousands": ("1,234", 1234.0, "thousands"),
    "millions": ("-1,234,567.8", -1234567.8, "thousands"),
    "full width": ("１２３", 123.0, "full_width"),
    "full-width point": ("１２．５", 12.5, "full_width"),
    "full-width minus": ("－５", -5.0, "full_width"),
    "minus sign": ("−5", -5.0, "full_width"),
    "full-width thousands": ("1，234", 1234.0, "thousands"),
    "brackets": ("(1.5)", -1.5, "brackets"),
    "full-width brackets": ("（１,５００）", -1500.0, "brackets"),
    "hyphen": ("-", None, "missing_mark"),
    "two hyphens": ("--", None, "missing_mark"),
    "dashes": ("——", None, "missing_mark"),
    "full-width dashes": ("－－", None, "missing_mark"),
    "n/a": ("n/a", None, "missing_mark"),
    "NA": ("NA", None, "missing_mark"),
    "nan": ("NaN", None, "missing_mark"),
    "null": ("NULL", None, "missing_mark"),
    "no data": ("无", None, "missing_mark"),
    "dots": ("…", None, "missing_mark"),
    "#N/A text": ("#N/A", None, "error_cell"),
    "#DIV/0! text": ("#DIV/0!", None, "error_cell"),
    "#N/A cell": (ErrorCell("#N/A"), None, "error_cell"),
    "#REF! cell": (ErrorCell("#REF!"), None, "error_cell"),
}


@pytest.mark.parametrize(("cell", "value", "coercion"), NUMBERS.values(), ids=NUMBERS)
def test_number(cell: Any, value: float | None, coercion: str) -> None:
    assert number(cell) == Reading(value, coercion)
    assert number(cell, "%") == Reading(value, coercion)


NO_NUMBERS: dict[str, tuple[Any, str]] = {
    "word": ("abc", "not_a_number"),
    "unit": ("1.5万", "not_a_number"),
    "footnote": ("5.6²", "not_a_number"),
    "footnote in brackets": ("5.6(p)", "not_a_number"),
    "decimal comma": ("1,23", "not_a_number"),
    "comma after zero": ("0,123", "not_a_number"),
    "comma groups of two": ("12,34,567", "not_a_number"),
    "two points": ("1.2.3", "not_a_number"),
    "two signs": ("--5", "not_a_number"),
    "sign in brackets": ("(-5)", "not_a_number"),
    "inner space": ("1 234", "not_a_number"),
    "currency": ("¥5", "not_a_number"),
    "infinity": ("inf", "not_a_number"),
    "overflow": ("1e999", "not_a_number"),
    "only a sign and a percent": ("-%", "not_a_number"),
    "a megabyte": ("9" * 1_000_000, "not_a_number"),
    "infinite number": (math.inf, "not_a_number"),
    "nan number": (math.nan, "not_a_number"),
    "true": (True, "boolean"),
    "false": (False, "boolean"),
    "day": (date(2020, 3, 31), "date_for_number"),
    "moment": (datetime(2020, 3, 31, 12), "date_for_number"),
    "time": (time(12), "date_for_number"),
    "span": (timedelta(hours=30), "date_for_number"),
    "uncalculated formula": (ErrorCell(""), "formula_without_value"),
}


@pytest.mark.parametrize(("cell", "problem"), NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_no_number(cell: Any, problem: str) -> None:
    assert number(cell, "%") == Reading(problem=problem)


@pytest.mark.parametrize("unit", ["%", "％", " % ", "百分点", "percent"])
@pytest.mark.parametrize(
    ("cell", "value"), [("3%", 3.0), ("+3%", 3.0), ("３％", 3.0), ("-1,234.5 %", -1234.5)]
)
def test_a_percent_text_is_percent_where_the_unit_is(cell: str, value: float, unit: str) -> None:
    assert is_percent(unit)
    assert number(cell, unit) == Reading(value, "percent")


@pytest.mark.parametrize("unit", ["", "万吨", "指数", "比率"])
def test_a_percent_text_is_refused_elsewhere(unit: str) -> None:
    assert number("3%", unit) == Reading(problem="ambiguous_percent")


def test_a_percentage_format_is_refused_where_percent_stays_percent() -> None:
    assert number(PercentCell(0.03), "%") == Reading(problem="percent_format")
    assert number(PercentCell(0.03), "比率") == Reading(0.03)


DATES: dict[str, tuple[Any, date, str]] = {
    "date": (date(2020, 3, 31), date(2020, 3, 31), ""),
    "moment": (datetime(2020, 3, 31, 15, 30), date(2020, 3, 31), ""),
    "iso": ("2020-03-31", date(2020, 3, 31), "date_text"),
    "iso short": ("2020-3-1", date(2020, 3, 1), "date_text"),
    "slashes": ("2020/3/31", date(2020, 3, 31), "date_text"),
    "points": ("2020.03.31", date(2020, 3, 31), "date_text"),
    "with a clock": ("2020-03-31 00:00:00", date(2020, 3, 31), "date_text"),
    "Wind's apostrophe": ("'2023-01-17", date(2023, 1, 17), "date_text"),
    "Chinese day": ("2020年3月31日", date(2020, 3, 31), "date_text"),
    "compact": ("20200331", date(2020, 3, 31), "date_text"),
    "month": ("2020-01", date(2020, 1, 31), "month_text"),
    "month with slash": ("2020/3", date(2020, 3, 31), "month_text"),
    "month with point": ("2020.3", date(2020, 3, 31), "month_text"),
    "October with point": ("2020.10", date(2020, 10, 31), "month_text"),
    "leap February": ("2020-02", date(2020, 2, 29), "month_text"),
    "Chinese month": ("2020年5月", date(2020, 5, 31), "month_text"),
    "AKShare": ("2020年03月份", date(2020, 3, 31), "month_text"),
    "month end": ("2020年3月末", date(2020, 3, 31), "month_text"),
    "full width": ("２０２０年５月", date(2020, 5, 31), "month_text"),
    "compact month": ("202003", date(2020, 3, 31), "month_text"),
    "English month": ("Mar 2020", date(2020, 3, 31), "month_text"),
    "English long": ("September-2020", date(2020, 9, 30), "month_text"),
    "quarter": ("2020Q1", date(2020, 3, 31), "quarter_text"),
    "Chinese quarter": ("2020年第四季度", date(2020, 12, 31), "quarter_text"),
    "Chinese quarter in digits": ("2020年2季度", date(2020, 6, 30), "quarter_text"),
    "month number": (202003.0, date(2020, 3, 31), "month_number"),
    "day number": (20200331.0, date(2020, 3, 31), "date_number"),
    "serial": (43921.0, date(2020, 3, 31), "serial"),
    "serial with a clock": (43921.75, date(2020, 3, 31), "serial"),
    "serial text": ("43921", date(2020, 3, 31), "serial"),
}


@pytest.mark.parametrize(("cell", "value", "coercion"), DATES.values(), ids=DATES)
def test_day(cell: Any, value: date, coercion: str) -> None:
    assert day(cell) == Reading(value, coercion)


def test_serial_numbers_follow_the_epoch_of_the_workbook() -> None:
    assert day(42459.0, date_1904=True) == Reading(date(2020, 3, 31), "serial")
    assert day(date(2020, 3, 31), date_1904=True) == Reading(date(2020, 3, 31))
    assert day(202003.0, date_1904=True) == Reading(date(2020, 3, 31), "month_number")


NO_DATES: dict[str, tuple[Any, str]] = {
    "three short numbers": ("03/04/05", "ambiguous_date"),
    "day or month first": ("03/04/2020", "ambiguous_date"),
    "even where only one is possible": ("31/03/2020", "ambiguous_date"),
    "month and short year": ("Mar-20", "ambiguous_date"),
    "day and month": ("3-31", "ambiguous_date"),
    "January or October": (2020.1, "ambiguous_date"),
    "month 13": ("2020-13", "not_a_date"),
    "month 0": ("2020-00", "not_a_date"),
    "30 February": ("2020-02-30", "not_a_date"),
    "month range": ("2020年1-2月", "not_a_date"),
    "quarter 5": ("2020Q5", "not_a_date"),
    "year text": ("2020", "not_a_date"),
    "year": (2020.0, "not_a_date"),
    "small number": (12.0, "not_a_date"),
    "negative": (-43921.0, "not_a_date"),
    "word": ("合计", "not_a_date"),
    "note": ("数据来源：Wind", "not_a_date"),
    "truth": (True, "not_a_date"),
    "time": (time(12), "not_a_date"),
    "nan": (math.nan, "not_a_date"),
    "infinite": (math.inf, "not_a_date"),
    "error": (ErrorCell("#REF!"), "not_a_date"),
    "percentage": (PercentCell(0.5), "not_a_date"),
    "year 0001": (date(1, 1, 1), "not_a_date"),
    "year 9999": ("9999-12-31", "not_a_date"),
    "a megabyte": ("2020-01" * 100_000, "not_a_date"),
    "uncalculated formula": (ErrorCell(""), "formula_without_value"),
}


@pytest.mark.parametrize(("cell", "problem"), NO_DATES.values(), ids=NO_DATES)
def test_no_day(cell: Any, problem: str) -> None:
    assert day(cell) == Reading(problem=problem)


@pytest.mark.parametrize("cell", [None, "", " \u3000"])
def test_a_blank_is_no_day_and_no_problem(cell: Any) -> None:
    assert day(cell) == Reading()


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.text(max_size=20),
    st.text("0123456789.,-+%()年月日/ eE−１２", max_size=14),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.builds(ErrorCell, st.sampled_from(["", "#N/A", "#DIV/0!"])),
    st.builds(PercentCell, st.floats(allow_nan=False)),
)


@given(CELLS, st.sampled_from(["", "%", "万吨"]))
@example("(0)", "")
def test_reading_twice_changes_nothing(cell: Any, unit: str) -> None:
    """What was read reads as itself, and every outcome has its words in both languages."""
    for read in (lambda c: number(c, unit), day):
        first = read(cell)
        assert first.coercion in {"", *COERCIONS}
        assert first.problem in {"", *PROBLEMS}
        assert not (first.problem and (first.coercion or first.value is not None))
        if first.value is not None:
            assert read(first.value) == Reading(first.value)
        if first.problem:
            zh, en = explain(first.problem, cell)
            assert zh.endswith("。")
            assert en.endswith(".")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_written_as_text_is_that_number(value: float) -> None:
    assert number(repr(value)).value == value


@given(st.integers(1000, 10**15), st.sampled_from(["{:,}", "({:,})", "-{:,}"]))
def test_thousands_are_read_back(value: int, form: str) -> None:
    sign = 1 if form == "{:,}" else -1
    assert number(form.format(value)).value == sign * value


@given(st.dates(date(1950, 1, 1), date(2149, 12, 31)))
def test_every_form_of_a_day_is_that_day(value: date) -> None:
    forms = [
        f"{value:%Y-%m-%d}",
        f"{value:%Y%m%d}",
        f"{value.year}年{value.month}月{value.day}日",
        float((value - date(1899, 12, 30)).days),
    ]
    assert [day(form).value for form in forms] == [value] * 4
    month = day(f"{value:%Y-%m}")
    assert month.coercion in MONTH_ONLY
    assert month.value is not None
    assert (month.value + timedelta(days=1)).day == 1
    assert (month.value.year, month.value.month) == (value.year, value.month)


def test_messages_quote_the_cell_and_stay_short() -> None:
    zh, en = explain("not_a_number", "abc")
    assert zh == "“abc”不是数字，请改正或清空。"
    assert en == '"abc" is not a number; correct or clear it.'
    assert len(explain("not_a_number", "x" * 1_000_000)[0]) < 100
    assert quoted(ErrorCell("#REF!")) == "#REF!"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, ""),
        (801880.0, "801880"),
        (0.5, "0.5"),
        (True, "TRUE"),
        (" a ", "a"),
        (ErrorCell("#REF!"), ""),
        (PercentCell(0.5), "0.5"),
    ],
)
def test_text(cell: Any, shown: str) -> None:
    assert text(cell) == shown


def test_a_name_is_folded_once_and_a_long_note_is_not_kept() -> None:
    assert book_words.fold("中国： ＣＰＩ 【同比】") == book_words.fold("cpi(同比)") == "cpi(同比)"
    before = book_words._remembered.cache_info()
    assert book_words.fold("中国： ＣＰＩ 【同比】") == "cpi(同比)"
    assert book_words.fold("长" * 5_000) == "长" * 5_000
    after = book_words._remembered.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (1, 0)
