"""Labels of time as vendors and people write them, one label at a time.

A label may leave things open: a month without its year, numbers whose order is not said. What is
open is said as data, for :mod:`prosperity_excel.exports.date_labels` to settle by the other labels
of the column.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from prosperity_excel.sheets.cells import MONTHS_EN, day
from prosperity_excel.words.book_words import clean

#: Longest text that is looked at as a label of time.
LONGEST_LABEL = 40
#: Orders of three numbers: (name in Chinese and English, place of year, month and day).
ORDERS: Mapping[str, tuple[str, str, tuple[int, int, int]]] = {
    "mdy": ("月/日/年", "month/day/year", (2, 0, 1)),
    "dmy": ("日/月/年", "day/month/year", (2, 1, 0)),
    "ymd": ("年/月/日", "year/month/day", (0, 1, 2)),
}
#: Orders of two numbers, or of a number and an English month.
PAIR_ORDERS: Mapping[str, tuple[str, str, tuple[int, int]]] = {
    "ym": ("年-月", "year-month", (0, 1)),
    "my": ("月-年", "month-year", (1, 0)),
}


@dataclass(frozen=True, slots=True)
class Label:
    """What one label says.

    Attributes
    ----------
    day : date or None
        The day, or the last day of the period, when the label says it all.
    year, month : int
        What it says when it does not; 0 is nothing. A year alone is a heading.
    start : int
        First month of a label that spans several, such as 1 for ``1-3月``; else 0.
    numbers : tuple of int
        Two or three numbers whose order is not said.
    kind : str
        Key of :data:`prosperity_excel.sheets.cells.COERCIONS`.
    """

    day: date | None = None
    year: int = 0
    month: int = 0
    start: int = 0
    numbers: tuple[int, ...] = ()
    kind: str = "month_text"


def month_end(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def full_year(number: int) -> int:
    """Return a year of two digits as one of four: 50 to 99 are of the last century."""
    return number if number > 99 else number + (1900 if number >= 50 else 2000)


_NUMERALS = {
    "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    "十": 10, "十一": 11, "十二": 12, "元": 1,
}  # fmt: skip


def _count(text: str) -> int:
    return _NUMERALS.get(text) or int(text)


def _period(year: str | None, start: int, end: int, kind: str = "month_text") -> Label:
    """Return the label of months ``start`` to ``end``; of no year yet without one."""
    if not 1 <= start <= end <= 12:
        raise ValueError(end)
    whole = full_year(int(year)) if year else 0
    span = start if start != end else 0
    if kind == "quarter_text":
        span = 0
    return Label(month_end(whole, end) if whole else None, whole, end, span, kind=kind)


def _quarter(year: str | None, quarter: str) -> Label:
    number = _count(quarter)
    return _period(year, 3 * number - 2, 3 * number, "quarter_text")


def _week(year: str, week: str) -> Label:
    return Label(date.fromisocalendar(full_year(int(year)), int(week), 7), kind="week_text")


def _named(day_: str, month: str, year: str) -> Label:
    return Label(date(int(year), MONTHS_EN[month], int(day_)), kind="date_text")


_YEAR = r"(?:(\d{4}|\d{2})年)?"
_Q = "([1-4一二三四])"
_M = "([1-9]|1[0-2]|0[1-9]|十[一二]?|[一二三四五六七八九])"
_WORD = "([a-z]{3,9})"
#: Forms of one label: (pattern, how its groups become a label). Dashes of all kinds are ``-``.
_FORMS: tuple[tuple[re.Pattern[str], Callable[..., Label]], ...] = tuple(
    (re.compile(f"^{pattern}$"), made)
    for pattern, made in (
        (rf"{_YEAR}{_M}月?-{_M}月(?:份|累计)?",
         lambda y, a, b: _period(y, _count(a), _count(b))),
        (rf"(\d{{4}})[./-]?{_M}月?-{_M}月(?:份|累计)?",
         lambda y, a, b: _period(y, _count(a), _count(b))),
        (r"(\d{4})-(\d{1,2})[./](\d{1,2})月?", lambda y, a, b: _period(y, int(a), int(b))),
        (r"(\d{4})[./](\d{1,2})-(\d{1,2})月?", lambda y, a, b: _period(y, int(a), int(b))),
        (r"(\d{4})[./](\d{1,2})-(\d{4})[./](\d{1,2})",
         lambda y, a, z, b: _period(y if y == z else "", int(a), int(b) if y == z else 0)),
        (rf"{_YEAR}[前头]([两二三四五六七八九十]|十一|\d{{1,2}})个?月",
         lambda y, m: _period(y, 1, _count(m))),
        (rf"{_YEAR}前([二三])季度?", lambda y, q: _period(y, 1, 3 * _count(q))),
        (rf"{_YEAR}上半年", lambda y: _period(y, 1, 6)),
        (rf"{_YEAR}下半年", lambda y: _period(y, 7, 12)),
        (rf"{_YEAR}全年", lambda y: _period(y, 1, 12)),
        (r"(\d{4})-?h([12])", lambda y, h: _period(y, 6 * int(h) - 5, 6 * int(h))),
        (rf"{_YEAR}第?{_Q}季度?", _quarter),
        (r"(\d{4}|\d{2})[-/ .]?q([1-4])", _quarter),
        (r"q([1-4])[-/' .]*(\d{4}|\d{2})", lambda q, y: _quarter(y, q)),
        (r"([1-4])q[-/' .]?(\d{4}|\d{2})", lambda q, y: _quarter(y, q)),
        (r"q([1-4])", lambda q: _quarter(None, q)),
        (r"(\d{4})-?m(\d{1,2})", lambda y, m: _period(y, int(m), int(m))),
        (rf"{_YEAR}{_M}月(?:份|末|底|当月)?", lambda y, m: _period(y, _count(m), _count(m))),
        (r"(\d{1,2})[-/.](\d{4})", lambda m, y: _period(y, int(m), int(m))),
        (rf"(\d{{4}})[-/ .]*{_WORD}", lambda y, m: _period(y, MONTHS_EN[m], MONTHS_EN[m])),
        (rf"{_WORD}\.?[-/' .,]*(\d{{4}})",
         lambda m, y: _period(y, MONTHS_EN[m], MONTHS_EN[m])),
        (rf"{_WORD}'(\d{{2}})", lambda m, y: _period(y, MONTHS_EN[m], MONTHS_EN[m])),
        (rf"{_WORD}\.?", lambda m: _period(None, MONTHS_EN[m], MONTHS_EN[m])),
        (r"(\d{4})[- ]?w(\d{1,2})", _week),
        (r"(\d{4}|\d{2})年第?(\d{1,2})周", _week),
        (rf"(\d{{1,2}})[-/ .]*{_WORD}\.?[-/ .,]*(\d{{4}})", _named),
        (rf"{_WORD}\.?[-/ .]*(\d{{1,2}}),?[-/ .]+(\d{{4}})",
         lambda m, d, y: _named(d, m, y)),
        (r"(\d{4})年?(?:度|合计)?", lambda y: Label(year=int(y))),
        (r"(\d{2})年度?", lambda y: Label(year=full_year(int(y)))),
        (r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})",
         lambda a, b, c: Label(numbers=(int(a), int(b), int(c)), kind="date_text")),
        (rf"(\d{{1,2}})[-/ .]{_WORD}[-/ .](\d{{2}})",
         lambda a, m, c: Label(numbers=(int(a), -MONTHS_EN[m], int(c)), kind="date_text")),
        (r"(\d{2})[-/](\d{1,2})", lambda a, b: Label(numbers=(int(a), int(b)))),
        (r"(\d)[-/](\d{2})", lambda a, b: Label(numbers=(int(a), int(b)))),
        (rf"{_WORD}\.?[-/ .](\d{{2}})", lambda m, b: Label(numbers=(-MONTHS_EN[m], int(b)))),
        (rf"(\d{{2}})[-/ .]{_WORD}\.?", lambda a, m: Label(numbers=(int(a), -MONTHS_EN[m]))),
    )
)  # fmt: skip
_DASHES = re.compile("[—–−‐~～至到]+")
_CLOCK = re.compile(
    r"[ t]*(?:[上下]午)? *\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)? *(?:[ap]\.?m\.?)?"
    r"(?:z|[+-]\d{2}:?\d{2})?$"
)
_TAIL = re.compile(
    r"(?:[*†‡①-⑳]+|\((?:初值|终值|预估|预测|修正|[pre])\)|[ (]*(?:星期|周)[一二三四五六日天]\)?)$"
)
#: What a text needs to be worth a look.
_PROMISING = re.compile(r"\d|[月季年]|^[a-z]{3,9}\.?$")


@lru_cache(maxsize=8192)
def read_label(given: str) -> Label | None:
    """Return what a text says as a label of time; None when it is none."""
    if len(given) > LONGEST_LABEL:
        return None
    text = clean(given).casefold()
    if not _PROMISING.search(text):
        return None
    known = day(text)
    if known.value is not None and known.coercion != "serial":
        return Label(known.value, known.value.year, known.value.month, kind=known.coercion)
    text = _DASHES.sub("-", _TAIL.sub("", _CLOCK.sub("", text)).strip()).replace(" - ", "-")
    plain = day(text)
    if plain.value is not None and plain.coercion != "serial":
        return Label(plain.value, plain.value.year, plain.value.month, kind=plain.coercion)
    for pattern, made in _FORMS:
        match = pattern.match(text.replace(" ", "") if "月" in text else text)
        if match:
            try:
                return made(*match.groups())
            except (ValueError, KeyError):
                continue
    return _range_of_days(text)


def _range_of_days(text: str) -> Label | None:
    """Return the last day of two that a dash joins, at most a month apart."""
    for at, letter in enumerate(text):
        if letter != "-":
            continue
        begin, end = day(text[:at].strip()), day(text[at + 1 :].strip())
        days = begin.value, end.value
        if "date_text" == begin.coercion == end.coercion and days[0] and days[1]:
            within = timedelta(0) < days[1] - days[0] <= timedelta(days=31)
            return Label(days[1], days[1].year, days[1].month, kind="date_text") if within else None
    return None
