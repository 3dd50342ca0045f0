"""Values as a cell can hold them, and which Excel error stands for what went wrong.

Nothing but VBA's ``CVErr`` makes a true error value, so an error leaves Python as a text that the
add-in's VBA turns into one: :data:`MARK` and the number that ``CVErr`` takes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from prosperity.errors import (
    BookError,
    DataError,
    DefinitionError,
    ProsperityError,
    SettingError,
    UnknownIndustryError,
)

from prosperity_excel.formulas.arguments import ArgumentError
from prosperity_excel.words.pair import Pair

#: What an error's text begins with.
MARK = "#PROSPERITY:"
#: The numbers that ``CVErr`` takes.
NUMBERS: Mapping[str, int] = {
    "#NULL!": 2000,
    "#DIV/0!": 2007,
    "#VALUE!": 2015,
    "#REF!": 2023,
    "#NAME?": 2029,
    "#NUM!": 2036,
    "#N/A": 2042,
}
#: What each error value means in our functions, in Chinese and English.
MEANINGS: Mapping[str, tuple[str, str]] = {
    "#N/A": (
        "没有数值（缺失、无信号、日期超出范围）",
        "no value: missing, no signal, out of range",
    ),
    "#VALUE!": ("参数或设定有误，包括行业名称", "a wrong argument or setting, such as a name"),
    "#REF!": ("找不到或读不了工作簿、资料夹", "a book or the library cannot be found or read"),
    "#NUM!": ("数据或定义无法计算", "data or a definition cannot be computed"),
    "#NULL!": ("程序一侧的问题，请运行诊断", "a problem of the program: run Diagnose"),
}


class NoValueError(ProsperityError, LookupError):
    """There is no value: the date lies outside, or nothing can be said."""


#: Codes of other errors that mean that there is no value.
ABSENT = (
    *("no_value", "no_signal", "no_backtest", "no_combined", "no_overlap", "too_few_months"),
    "cancelled",
)
_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (NoValueError, "#N/A"),
    (ArgumentError, "#VALUE!"),
    (SettingError, "#VALUE!"),
    (UnknownIndustryError, "#VALUE!"),
    (BookError, "#REF!"),
    (DefinitionError, "#NUM!"),
    (DataError, "#NUM!"),
)


def no_value(zh: str, en: str) -> NoValueError:
    """Return the error that there is no value; the texts say why."""
    return NoValueError("no_value", zh, en)


def no_backtest(name: Pair, why: Pair = ("", "")) -> NoValueError:
    """Return the error that something has no backtest."""
    return NoValueError(
        "no_backtest",
        f"{name[0]}没有回测。{why[0]}",
        f"{name[1]} has no backtest. {why[1]}".strip(),
    )


def sentinel(error: str) -> str:
    """Return the text that becomes the Excel error ``error``."""
    return f"{MARK}{NUMBERS[error]}"


NOT_AVAILABLE = sentinel("#N/A")


def error_value(error: Exception) -> str:
    """Return the Excel error, such as ``#VALUE!``, that stands for an exception."""
    if isinstance(error, ProsperityError) and error.code in ABSENT:
        return "#N/A"
    return next((value for kind, value in _KINDS if isinstance(error, kind)), "#NULL!")


def cell(value: Any) -> Any:
    """Return a value as a cell can hold it; what is missing becomes #N/A, never an empty text.

    Dates become naive ``datetime``, numbers ``float`` (whole numbers too, as Excel has them).
    """
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT:
        return NOT_AVAILABLE
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime().replace(tzinfo=None)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, np.datetime64):
        return cell(pd.Timestamp(value))
    if isinstance(value, bool | np.bool_):
        return bool(value)
    number = float(value)
    return number if math.isfinite(number) else NOT_AVAILABLE


def table(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Return rows of values as cells can hold them."""
    return [[cell(value) for value in row] for row in rows]
