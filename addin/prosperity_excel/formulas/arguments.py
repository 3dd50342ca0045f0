"""What is typed into a formula: dates, words, numbers and ranges, into values.

Arguments come as Excel gives them: numbers, texts, dates, None for an empty or missing one, and
nested tuples or lists for a range of several cells. A range of one cell is that cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from prosperity.errors import ProsperityError, nearest

from prosperity_excel.sheets.cells import MONTH_ONLY, day, explain, number
from prosperity_excel.sheets.cells import text as cell_text
from prosperity_excel.words.book_words import fold

_ERROR = re.compile(r"^#(N/A|DIV/0!|NAME\?|NULL!|NUM!|REF!|VALUE!)$")


class ArgumentError(ProsperityError, ValueError):
    """An argument of a formula that cannot be used."""


@dataclass(frozen=True)
class Moment:
    """A day, or a month as a whole.

    Attributes
    ----------
    day : Timestamp
        The day; for a month its last one.
    whole_month : bool
        Whether only a month was named.
    """

    day: pd.Timestamp
    whole_month: bool


def single(name: str, value: Any) -> Any:
    """Return the only cell of an argument; None when it is empty.

    Raises
    ------
    ArgumentError
        When several cells were given, or the cell holds an Excel error.
    """
    while isinstance(value, list | tuple):
        if len(value) != 1:
            raise ArgumentError(
                "one_cell",
                f"参数 {name} 只能是一个单元格或一个值，不能是区域。",
                f"The argument {name} is one cell or one value, not a range.",
            )
        value = value[0]
    if isinstance(value, str) and _ERROR.match(value):
        raise ArgumentError(
            "error_argument",
            f"参数 {name} 所指的单元格是错误值 {value}，请先改正它。",
            f"The cell given as {name} holds the error {value}; put that right first.",
        )
    return None if value == "" else value


def moment(name: str, value: Any) -> Moment | None:
    """Read a date: an Excel date, a serial number, ``2024-03``, ``202403``, ``2024年3月``.

    Raises
    ------
    ArgumentError
        When it is not a date, or could be two.
    """
    value = single(name, value)
    if value is None:
        return None
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    read = day(value)
    if read.value is None:
        zh, en = explain(read.problem or "not_a_date", value)
        raise ArgumentError("argument_no_date", f"参数 {name}：{zh}", f"Argument {name}: {en}")
    return Moment(pd.Timestamp(read.value), read.coercion in MONTH_ONLY)


def day_of(name: str, value: Any, *, first: bool) -> date | None:
    """Read a date; a month alone is its first or last day."""
    found = moment(name, value)
    if found is None:
        return None
    return (found.day.replace(day=1) if first and found.whole_month else found.day).date()


def number_of(name: str, value: Any) -> float | None:
    """Read a number.

    Raises
    ------
    ArgumentError
        When it is not one.
    """
    value = single(name, value)
    read = number(value)
    if read.problem or (value is not None and read.value is None):
        zh, en = explain(read.problem or "not_a_number", value)
        raise ArgumentError("argument_no_number", f"参数 {name}：{zh}", f"Argument {name}: {en}")
    return read.value


def text_of(name: str, value: Any) -> str | None:
    """Read a text; a number is taken as it is shown."""
    value = single(name, value)
    return None if value is None else cell_text(value)


def word_of(
    name: str, value: Any, words: Mapping[str, Iterable[str]], default: str | None = None
) -> str | None:
    """Return the id that a word means, whatever its case and width.

    Parameters
    ----------
    name, value
        Of the argument.
    words
        The words by id; the id itself counts too.
    default
        For an empty argument.

    Raises
    ------
    ArgumentError
        When it is none of them, with the nearest.
    """
    given = text_of(name, value)
    if given is None:
        return default
    wanted = fold(given)
    for id, meaning in words.items():
        if wanted in (fold(id), *map(fold, meaning)):
            return id
    known = list(dict.fromkeys(w for id, group in words.items() for w in (id, *group)))
    near = nearest(given, known)
    shown = near or tuple(words)
    raise ArgumentError(
        "unknown_word",
        f"参数 {name} 不能是“{given[:40]}”；{'最接近的是' if near else '可用的是'}："
        f"{'、'.join(shown)}。",
        f'The argument {name} cannot be "{given[:40]}"; '
        f"{'nearest' if near else 'known'}: {', '.join(shown)}.",
    )
