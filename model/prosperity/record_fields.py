"""One field of a record: what it may hold, and how it is read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal, get_args

from prosperity.definition import (
    Aggregate,
    DimensionMethod,
    Frequency,
    Grade,
    Kind,
    Method,
    Provenance,
    Rebalance,
    RuleKind,
    Sector,
)
from prosperity.errors import DefinitionError, nearest
from prosperity.lag import LONGEST_LAG, lag_of
from prosperity.signs import plain_signs

Table = Literal["industry", "dimension", "indicator", "variant"]
_ID = re.compile(r"^[a-z][a-z0-9_]{0,59}$")
_MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")
_CHOICES: dict[tuple[Table, str], tuple[str, ...]] = {
    ("industry", "kind"): get_args(Kind),
    ("industry", "sector"): get_args(Sector),
    ("industry", "grade"): get_args(Grade),
    ("industry", "method"): get_args(Method),
    ("industry", "rule"): get_args(RuleKind),
    ("industry", "rebalance"): get_args(Rebalance),
    ("dimension", "method"): get_args(DimensionMethod),
    ("indicator", "frequency"): get_args(Frequency),
    ("indicator", "aggregate"): get_args(Aggregate),
    ("indicator", "provenance"): get_args(Provenance),
}
_NUMBERS = {
    "weight": float,
    "plausible_low": float,
    "plausible_high": float,
    "base": float,
    "sign": int,
    "report_strategy": float,
    "report_index": float,
    "report_benchmark": float,
}
_LISTS = {"covers", "source_ids", "aliases", "alternatives"}
#: Columns that hold a month, written ``2015-01``.
MONTH_COLUMNS = frozenset({"start", "sample_start", "report_start", "report_end"})
#: Largest size of a number.
LARGEST = 1e15


def choices(table: Table, column: str) -> tuple[str, ...]:
    """Return the words that a column may hold; empty when it is free."""
    return _CHOICES.get((table, column), ())


def convert(table: Table, column: str, given: Any) -> Any:
    """Return one field's value in the type of its column.

    Raises
    ------
    DefinitionError
        Without a place, which the caller knows.
    """
    allowed = choices(table, column)
    if column in _LISTS:
        listed = isinstance(given, list | tuple)
        if listed and any(mark in str(part) for part in given for mark in ";；"):
            zh, en = "列表中的一项不能含分号", "an item of a list may not hold a semicolon"
            raise refusal("bad_list", zh, en)
        parts = given if listed else str(given).replace("；", ";").split(";")
        return tuple(str(part).strip() for part in parts if str(part).strip())
    if column in ("denoise", "standardise"):
        return _boolean(given)
    if column == "lag_days":
        return _lag(given)
    if column in _NUMBERS:
        return _number(column, given)
    text = str(given).strip()
    if column == "hold":
        return plain_signs(text)
    if column == "id" and not _ID.match(text):
        raise refusal(
            "bad_id",
            f"id “{text[:60]}”只能用小写英文字母、数字和下划线，并以字母开头",
            f"the id {text[:60]!r} may hold only a-z, 0-9 and _, and begins with a letter",
        )
    if column in MONTH_COLUMNS and not _MONTH.match(text):
        raise refusal("bad_month", f"“{text}”应写成 2015-01", f"{text!r} must look like 2015-01")
    if allowed and text not in allowed:
        raise bad_choice(column, text, allowed)
    return text


def bad_choice(column: str, given: str, allowed: Iterable[str]) -> DefinitionError:
    """Return the error for a word that is none of those that a column may hold."""
    words = [word for word in allowed if word]
    return refusal(
        "bad_choice",
        f"{column} 不能是“{given[:40]}”，可用：{'、'.join(words)}",
        f"{column} cannot be {given[:40]!r}; it is one of {', '.join(words)}",
    )


def unknown_column(column: str, known: Iterable[str], place: str) -> DefinitionError:
    """Return the error for a column that there is not, with the nearest one."""
    hint = nearest(column, known)
    return refusal(
        "unknown_column",
        f"没有“{column}”这一栏{'，是否为 ' + hint[0] if hint else ''}",
        f"there is no field {column!r}{'; is it ' + hint[0] + '?' if hint else ''}",
        place,
    )


def missing_field(column: str, place: str) -> DefinitionError:
    """Return the error for a column that must be filled and is not."""
    return refusal("missing_field", f"缺少 {column}", f"{column} is missing", place)


def bad_boolean(given: Any) -> DefinitionError:
    """Return the error for what is neither true nor false."""
    return refusal("bad_boolean", f"“{given}”应为 TRUE 或 FALSE", f"{given!r} is not true or false")


def not_a_number(column: str, given: Any) -> DefinitionError:
    """Return the error for what is no number."""
    return refusal(
        "not_a_number", f"{column} “{given}”不是数字", f"{column} {given!r} is not a number"
    )


def not_whole(column: str) -> DefinitionError:
    """Return the error for a number with decimals where there are none."""
    return refusal("not_whole", f"{column} 应为整数", f"{column} must be a whole number")


def _boolean(given: Any) -> bool:
    known = {"true": True, "1": True, "是": True, "yes": True}
    known |= {"false": False, "0": False, "否": False, "no": False}
    text = str(given).strip().casefold().removesuffix(".0")
    if text not in known:
        raise bad_boolean(given)
    return known[text]


def _number(column: str, given: Any) -> float | int:
    try:
        plain = plain_signs(given) if isinstance(given, str) else given
        value = float(plain) if not isinstance(given, bool) else float("nan")
    except (TypeError, ValueError):
        value = float("nan")
    if not abs(value) <= LARGEST:
        raise not_a_number(column, given)
    if _NUMBERS[column] is int:
        if value != int(value):
            raise not_whole(column)
        value = int(value)
    if column == "sign" and value not in (1, -1):
        raise refusal(
            "bad_sign", f"sign 只能是 1 或 -1，不能是 {given}", f"sign is 1 or -1, not {given}"
        )
    return value


def _lag(given: Any) -> int | str:
    try:
        return lag_of(given).plain
    except ValueError:
        zh, en = lag_form(str(given))
        raise refusal("bad_lag", zh, en) from None


def lag_form(given: str) -> tuple[str, str]:
    """Return, in both languages, that ``given`` is no lag and how one is written."""
    return (
        f"滞后“{given[:60]}”应为 0 至 {LONGEST_LAG} 的整数，或按月份先后写明的变化，"
        "例如 1; 2017-03: 0（2017 年 3 月起为 0）、15; 01: 20（每年 1 月为 20）",
        f"the lag {given[:60]!r} is a whole number of days from 0 to {LONGEST_LAG}, or a list of "
        "its changes in order, such as 1; 2017-03: 0 (0 from March 2017) or 15; 01: 20 (20 for "
        "every January)",
    )


def refusal(code: str, zh: str, en: str, place: str = "") -> DefinitionError:
    """Return the error that refuses a field, from sentences without their full stops."""
    return DefinitionError(code, f"{zh}。", f"{en[0].upper()}{en[1:]}.", where=place)
