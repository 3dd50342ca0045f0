"""A formula that is one call of ours: which function, with which arguments, and what it answers.

Only what stands in cells is read, nothing is run: constants, single cells and ``DATE``. What else
may stand in an argument only Excel can compute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prosperity_excel.formulas.arguments import ArgumentError
from prosperity_excel.formulas.registry import BY_NAME
from prosperity_excel.host.protocol import Range
from prosperity_excel.host.repair_links import without_path

_CALL = re.compile(r"=\s*@?\s*(?:_xll\.)?(PROSPERITY\w*)\s*\((.*)\)\s*", re.IGNORECASE | re.DOTALL)
_CELL = re.compile(
    r"(?:(?:'((?:[^']|'')+)'|([^\W\d][\w.]*))!)?(\$?[A-Z]{1,3}\$?\d{1,7})", re.IGNORECASE
)
_DATE = re.compile(r"DATE\(\s*(\d{1,4})\s*,\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)", re.IGNORECASE)
_TEXT = re.compile(r'"((?:[^"]|"")*)"')


@dataclass(frozen=True)
class Call:
    """A call: the function's name, and as many arguments as it takes; None for one left out."""

    name: str
    arguments: tuple[Any, ...]


def call_in(cell: Range) -> Call | None:
    """Return the call that is a cell's whole formula; None when it is none of ours.

    Parameters
    ----------
    cell
        One cell.

    Raises
    ------
    ArgumentError
        ``not_readable`` for an argument that is itself computed.
    """
    formula = cell.formula
    match = _CALL.fullmatch(without_path(formula)) if isinstance(formula, str) else None
    known = BY_NAME.get(match[1].upper()) if match else None
    if match is None or known is None:
        return None
    pieces = list(_pieces(match[2]))
    if pieces is None or len(pieces) > max(len(known.arguments), 1):
        return None
    values = [_value(piece.strip(), cell) for piece in pieces]
    values += [None] * (len(known.arguments) - len(values))
    return Call(known.name, tuple(values[: len(known.arguments)]))


def _pieces(text: str) -> Iterator[str]:
    """Give what stands between the commas that are outside of quotes and brackets."""
    piece, depth, quote = "", 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "({":
            depth += 1
        elif letter in ")}":
            depth -= 1
        if letter == "," and not quote and depth == 0:
            yield piece
            piece = ""
        else:
            piece += letter
    yield piece


def _value(piece: str, cell: Range) -> Any:
    if not piece:
        return None
    if text := _TEXT.fullmatch(piece):
        return text[1].replace('""', '"')
    if piece.upper() in ("TRUE", "FALSE"):
        return piece.upper() == "TRUE"
    if date := _DATE.fullmatch(piece):
        try:
            return datetime(*map(int, date.groups()))  # type: ignore[arg-type]
        except ValueError:
            raise _not_readable(piece) from None
    if place := _CELL.fullmatch(piece):
        name = (place[1] or "").replace("''", "'") or place[2]
        if name and "[" in name:
            raise _not_readable(piece)
        sheet = cell.sheet.book.sheets[name] if name else cell.sheet
        return sheet.range(place[3].replace("$", "").upper()).options(err_to_str=True).value
    try:
        return float(piece)
    except ValueError:
        raise _not_readable(piece) from None


def _not_readable(piece: str) -> ArgumentError:
    return ArgumentError(
        "not_readable",
        f"参数 {piece} 要由 Excel 计算，这里读不出结果的大小。请改为常量或单元格。",
        f"The argument {piece} is computed by Excel, so that the size of the answer cannot be told "
        "here. Use a constant or a cell.",
    )
