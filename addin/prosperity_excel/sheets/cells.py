"""Cells as people leave them: one normaliser for numbers, one for dates, and their tables.

What can be read in one way only is read, and said to have been converted; what could mean two
things is refused, never guessed. Nothing here knows a sheet: places are added by the caller.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Generic, TypeVar

from prosperity.definition import PERCENT

from prosperity_excel.words.book_words import clean, fold

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ErrorCell:
    """A cell without a value: an Excel error, or a formula that was never calculated.

    ``text`` is the error, such as ``#DIV/0!``; empty for a formula without a stored value.
    """

    text: str


@dataclass(frozen=True, slots=True)
class PercentCell:
    """A number that the sheet shows as a percentage: ``value`` 0.03 is shown as 3%."""

    value: float


Cell = (
    float | int | str | bool | datetime | date | time | timedelta | ErrorCell | PercentCell | None
)


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What a cell says.

    Attributes
    ----------
    value
        The value; None when the cell is missing or refused.
    coercion : str
        Key of :data:`COERCIONS` when something was converted; else empty.
    problem : str
        Key of :data:`PROBLEMS` when the cell is refused; else empty.
    """

    value: T | None = None
    coercion: str = ""
    problem: str = ""


#: What was converted, in Chinese and English.
COERCIONS: Mapping[str, tuple[str, str]] = {
    "text": ("文本形式的数字", "numbers stored as text"),
    "full_width": ("全角数字", "full-width digits"),
    "thousands": ("带千分位逗号的文本", "texts with thousands separators"),
    "brackets": ("括号表示的负数", "negative numbers in brackets"),
    "percent": ("带百分号的文本（3% 读作 3）", "texts with a percent sign (3% is read as 3)"),
    "missing_mark": ("表示缺失的文字或符号", "marks for a missing value"),
    "error_cell": ("Excel 错误值（按缺失处理）", "Excel errors (taken as missing)"),
    "date_text": ("文本形式的日期", "dates stored as text"),
    "month_text": ("文本形式的月份", "months stored as text"),
    "quarter_text": ("文本形式的季度", "quarters stored as text"),
    "week_text": (
        "文本形式的周（按 ISO 周，记在周日）",
        "weeks as text (ISO weeks, at their Sunday)",
    ),
    "percent_cell": (
        "以百分数显示的数（8.0% 读作 8）",
        "numbers shown as percentages (8.0% is read as 8)",
    ),
    "with_unit": ("带单位的数字", "numbers that carry their unit"),
    "footnote": (
        "带注记的数字（5.3* 读作 5.3）",
        "numbers with a footnote mark (5.3* is read as 5.3)",
    ),
    "month_number": ("写成 202003 的月份", "months written like 202003"),
    "date_number": ("写成 20200331 的日期", "dates written like 20200331"),
    "serial": ("未设日期格式的日期序号", "date serial numbers without a date format"),
}
#: Coercions of a date that told the month only; the value is the month's last day.
MONTH_ONLY = frozenset({"month_text", "quarter_text", "month_number"})
#: Why a cell is refused, in Chinese and English; ``{}`` is what stands there.
PROBLEMS: Mapping[str, tuple[str, str]] = {
    "not_a_number": ("“{}”不是数字，请改正或清空", "{} is not a number; correct or clear it"),
    "boolean": (
        "这里是逻辑值 {}，应为数字，请改正或清空",
        "there is a truth value {} where a number belongs; correct or clear it",
    ),
    "date_for_number": (
        "这里是日期 {}，应为数字；请把单元格格式改为“数值”后检查",
        "there is a date {} where a number belongs; set the cell's format to number and check it",
    ),
    "ambiguous_percent": (
        "“{}”带百分号，而该序列的单位不是 %，无法判断；请改为数字",
        "{} has a percent sign, but the unit of the series is not %; type a plain number",
    ),
    "percent_format": (
        "单元格以百分数显示，存的是 {}；该序列的单位是 %，请填 3.5 这样的数并改为数值格式",
        "the cell is shown as a percentage and holds {}; the unit is %, so type a number such as "
        "3.5 and use a number format",
    ),
    "either_comma": (
        "“{}”的逗号可能是小数点，也可能是千分位，无法判断；请改为 1234 或 1.234",
        "the comma of {} may part decimals or thousands; type 1234 or 1.234",
    ),
    "not_loaded": (
        "“{}”：数据还没有取到；请在数据商终端刷新完毕后重新保存",
        "{}: the data had not arrived yet; refresh the export in the vendor's terminal and save it "
        "again",
    ),
    "formula_without_value": (
        "这里的公式没有存下结果；请用 Excel 打开工作簿，保存一次",
        "the formula here has no stored result; open the book in Excel and save it once",
    ),
    "not_a_date": ("“{}”不是日期，请写成 2020-03-31", "{} is not a date; write it as 2020-03-31"),
    "ambiguous_date": (
        "“{}”可以有不止一种读法，请写成 2020-03-31",
        "{} can be read in more than one way; write it as 2020-03-31",
    ),
    "needs_day": (
        "“{}”只有月份，这里需要具体日期，如 2020-04-16",
        "{} is only a month; a full date is needed here, such as 2020-04-16",
    ),
}

_MISSING_WORDS = """
    - -- --- ---- . .. ... /
    n/a na n.a. n.a nan <na> null none nil missing nodata \\n nat
    无 暂无 缺 缺失 未公布 未发布 待公布 待更新 停更 不详 无数据 暂无数据 空 空值
"""
MISSING_MARKS = frozenset(fold(word) for word in _MISSING_WORDS.split())
_ERROR = re.compile(
    r"^#(DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!|N/A|SPILL!|CALC!|GETTING_DATA|FIELD!|BLOCKED!|"
    r"N/A (N/A|Field Not Applicable|Invalid Security|Invalid Field|History|N\.A\.))$",
    re.IGNORECASE,
)
#: What add-ins of vendors show while they wait.
_NOT_LOADED = re.compile(
    r"^(fetching|loading|refreshing|requesting|#n/a requesting|正在获取|正在加载|正在刷新|数据加载|"
    r"数据获取中|获取中|请求中|加载中)",
    re.IGNORECASE,
)
_MINUS = str.maketrans("−–—", "---")
_SIGNED = re.compile(
    r"^(?P<sign>[+-]?)\s*(?P<digits>[0-9.,]+(?:e[+-]?\d{1,3})?)\s*(?P<percent>%?)$"
)
_PLAIN = re.compile(r"^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$")
_GROUPED = re.compile(r"^[1-9]\d{0,2}(,\d{3})+(\.\d+)?$")
_PERCENT_UNITS = frozenset(fold(unit) for unit in PERCENT)
#: A cell's text is quoted up to this length; longer ones are refused without a closer look.
QUOTED = 40
LONGEST = 100


def is_percent(unit: str) -> bool:
    """Whether a unit means percent."""
    return fold(unit) in _PERCENT_UNITS


def number(cell: Cell, unit: str = "") -> Reading[float]:
    """Read a cell that should hold a number.

    Parameters
    ----------
    cell
        As a reader gave it.
    unit
        Unit of the series. A text such as ``3%`` is 3.0 when the unit is percent, because percent
        stays percent here; with any other unit it is refused, and so is a number that the sheet
        shows as a percentage when the unit is percent (``3%`` typed into such a cell holds 0.03).

    Returns
    -------
    Reading of float
        Without a value for a blank cell, a mark for missing and an Excel error. Never NaN and
        never infinite.
    """
    if cell is None:
        return Reading()
    if isinstance(cell, bool):
        return Reading(problem="boolean")
    if isinstance(cell, int | float):
        return Reading(float(cell)) if math.isfinite(cell) else Reading(problem="not_a_number")
    if isinstance(cell, str):
        return _number_text(cell, unit)
    if isinstance(cell, ErrorCell):
        if cell.text:
            return Reading(coercion="error_cell")
        return Reading(problem="formula_without_value")
    if isinstance(cell, PercentCell):
        return Reading(problem="percent_format") if is_percent(unit) else number(cell.value)
    return Reading(problem="date_for_number")


def _number_text(given: str, unit: str) -> Reading[float]:
    if len(given) > LONGEST and given.strip():
        return Reading(problem="not_a_number")
    text = clean(given)
    if not text:
        return Reading()
    if _ERROR.match(text):
        return Reading(coercion="error_cell")
    if fold(text) in MISSING_MARKS:
        return Reading(coercion="missing_mark")
    if _NOT_LOADED.match(text):
        return Reading(problem="not_loaded")
    inner = text.translate(_MINUS).casefold()
    bracketed = inner.startswith("(") and inner.endswith(")")
    match = _SIGNED.match(inner[1:-1].strip() if bracketed else inner)
    if match is None or (bracketed and match["sign"]):
        return Reading(problem="not_a_number")
    digits = match["digits"]
    grouped = bool(_GROUPED.match(digits))
    if not grouped and not _PLAIN.match(digits):
        return Reading(problem="not_a_number")
    if match["percent"] and not is_percent(unit):
        return Reading(problem="ambiguous_percent")
    size = float(digits.replace(",", ""))
    if not math.isfinite(size):
        return Reading(problem="not_a_number")
    kinds = {
        "percent": bool(match["percent"]),
        "brackets": bracketed,
        "thousands": grouped,
        "full_width": not given.strip().isascii(),
        "text": True,
    }
    negative = bracketed or match["sign"] == "-"
    return Reading(
        -size if negative else size, next(kind for kind, is_it in kinds.items() if is_it)
    )


EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
_EPOCH_1900, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
#: Serial numbers from 1950 to 2149. Nothing in this range looks like 202003 or 20200331.
_SERIALS = range(18264, 91313)
MONTHS_EN = {
    name.casefold(): month
    for names in (calendar.month_name, calendar.month_abbr)
    for month, name in enumerate(names)
    if name
} | {"sept": 9}
_NUMERALS_ZH = {"一": 1, "二": 2, "三": 3, "四": 4}
_MONTH_END_WORDS = "(?:份|末|底)?"


def _month(year: str, month: str) -> date:
    return _last_day(int(year), int(month))


def _day(year: str, month: str, day: str) -> date:
    return date(int(year), int(month), int(day))


def _quarter(year: str, quarter: str) -> date:
    return _last_day(int(year), 3 * (_NUMERALS_ZH.get(quarter) or int(quarter)))


def _english(name: str, year: str) -> date:
    return _last_day(int(year), MONTHS_EN[name])


def _last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


_CLOCK = r"(?:[ t]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
#: Forms of a date in text: (pattern, coercion, how the groups become a date).
_DATE_FORMS: tuple[tuple[re.Pattern[str], str, Callable[..., date]], ...] = tuple(
    (re.compile(f"^{pattern}$", re.ASCII), coercion, made)
    for pattern, coercion, made in (
        (rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}}){_CLOCK}", "date_text", _day),
        (rf"(\d{{4}})/(\d{{1,2}})/(\d{{1,2}}){_CLOCK}", "date_text", _day),
        (rf"(\d{{4}})\.(\d{{1,2}})\.(\d{{1,2}}){_CLOCK}", "date_text", _day),
        (r"(\d{4})年(\d{1,2})月(\d{1,2})日", "date_text", _day),
        (r"((?:19|20|21)\d{2})([01]\d)([0-3]\d)", "date_text", _day),
        (r"(\d{4})[-/.](\d{1,2})", "month_text", _month),
        (rf"(\d{{4}})年(\d{{1,2}})月{_MONTH_END_WORDS}", "month_text", _month),
        (r"((?:19|20|21)\d{2})([01]\d)", "month_text", _month),
        (r"(\d{4})-?q([1-4])", "quarter_text", _quarter),
        (r"(\d{4})年第?([1-4一二三四])季度?", "quarter_text", _quarter),
    )
)
_ENGLISH_MONTH = re.compile(r"^([a-z]{3,9})\.?[ \-/.,]+(\d{4})$", re.ASCII)
_THREE_NUMBERS = re.compile(r"^\d{1,2}[-/.]\d{1,2}[-/.](\d{2}|\d{4})$")
_TWO_NUMBERS = re.compile(
    r"^\d{1,2}[-/.]\d{1,4}$|^[a-z]{3,9}[-/ .]\d{2}$|^\d{1,2}[-/ .][a-z]{3,9}$"
)


def day(cell: Cell, *, date_1904: bool = False) -> Reading[date]:
    """Read a cell that should hold a day or a month.

    Parameters
    ----------
    cell
        As a reader gave it. A time of day is dropped.
    date_1904
        Whether the workbook counts its days from 1904, for serial numbers without a date format.

    Returns
    -------
    Reading of date
        A month without a day gives its last day and a coercion of :data:`MONTH_ONLY`. Without a
        value for a blank cell. Refused are texts that could be two dates (``03/04/05``), and
        numbers such as 2020.1, which may be January or October.
    """
    if isinstance(cell, date):
        return _within(cell.date() if isinstance(cell, datetime) else cell, "")
    if cell is None or (isinstance(cell, str) and not clean(cell[:LONGEST])):
        return Reading()
    if isinstance(cell, str):
        return _date_text(cell, date_1904)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _date_number(float(cell), date_1904)
    if isinstance(cell, ErrorCell) and not cell.text:
        return Reading(problem="formula_without_value")
    return Reading(problem="not_a_date")


# Remembered, because the books of a library have the same thousands of days.
@lru_cache(maxsize=100_000)
def _within(value: date, coercion: str) -> Reading[date]:
    if not EARLIEST <= value <= LATEST:
        return Reading(problem="not_a_date")
    return Reading(value, coercion)


def _date_text(given: str, date_1904: bool) -> Reading[date]:
    text = clean(given).casefold() if len(given) <= LONGEST else ""
    for pattern, coercion, made in _DATE_FORMS:
        match = pattern.match(text)
        if match:
            try:
                return _within(made(*match.groups()), coercion)
            except ValueError:
                return Reading(problem="not_a_date")
    match = _ENGLISH_MONTH.match(text)
    if match and match[1] in MONTHS_EN:
        return _within(_english(match[1], match[2]), "month_text")
    if text.isascii() and text.isdigit() and int(text) in _SERIALS:
        return _serial(float(text), date_1904)
    if _THREE_NUMBERS.match(text) or _TWO_NUMBERS.match(text):
        return Reading(problem="ambiguous_date")
    return Reading(problem="not_a_date")


def _date_number(value: float, date_1904: bool) -> Reading[date]:
    if math.isfinite(value) and int(value) in _SERIALS:
        return _serial(value, date_1904)
    if math.isfinite(value) and value == int(value):
        read = _date_text(str(int(value)), date_1904)
        numbers = {"month_text": "month_number", "date_text": "date_number"}
        return Reading(read.value, numbers.get(read.coercion, ""), read.problem)
    looks_like_month = math.isfinite(value) and EARLIEST.year <= value <= LATEST.year
    return Reading(problem="ambiguous_date" if looks_like_month else "not_a_date")


def _serial(value: float, date_1904: bool) -> Reading[date]:
    epoch = _EPOCH_1904 if date_1904 else _EPOCH_1900
    return _within(epoch + timedelta(days=int(value)), "serial")


def text(cell: Cell) -> str:
    """Return a cell as plain text: blank for None and errors, whole numbers without ``.0``."""
    if cell is None or isinstance(cell, ErrorCell):
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, PercentCell):
        cell = cell.value
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return cell.strip() if isinstance(cell, str) else str(cell)


def quoted(cell: Cell) -> str:
    """Return what stands in a cell, short enough for a message."""
    whole = cell.text if isinstance(cell, ErrorCell) else text(cell)
    return whole if len(whole) <= QUOTED else f"{whole[:QUOTED]}…"


def explain(problem: str, cell: Cell) -> tuple[str, str]:
    """Return why a cell is refused, in Chinese and English, quoting it."""
    zh, en = PROBLEMS[problem]
    shown = quoted(cell)
    sentence = en.format(f'"{shown}"')
    return f"{zh.format(shown)}。", f"{sentence[0].upper()}{sentence[1:]}."
