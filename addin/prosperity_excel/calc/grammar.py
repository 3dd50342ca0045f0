"""Formulas of ours between Calc's way of writing and Excel's.

Calc gives formulas with the full names of add-in functions, semicolons, and a point behind the
sheet; everything else of ours reads and writes ``PROSPERITY("glass",,,data!A1:C9)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from prosperity_excel.ooxml.formula_names import is_ours, without_path

_STRING = re.compile(r'("(?:[^"]|"")*")')
_CELL = r"(\$?[A-Z]{1,3}\$?\d{1,7}|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?\d{1,7}:\$?\d{1,7})(?![\w(.])"
_CALC_SHEET = re.compile(rf"\$?('(?:[^']|'')+'|[^\W\d][\w]*)\.(?={_CELL})", re.IGNORECASE)
_EXCEL_SHEET = re.compile(rf"('(?:[^']|'')+'|[^\W\d][\w.]*)!(?={_CELL})", re.IGNORECASE)


def from_calc(formula: str) -> str:
    """Return a formula of Calc's as Excel would show it; one that is not ours as it is."""
    plain = without_path(formula)
    if not (plain.startswith("=") and is_ours(plain)):
        return formula
    plain = _outside_texts(plain, lambda part: _CALC_SHEET.sub(r"\1!", part))
    return _separated(plain, ";", ",")


def to_calc(formula: str) -> str:
    """Return a formula as Calc takes it; one that is not ours as it is."""
    if not (formula.startswith("=") and is_ours(formula)):
        return formula
    plain = _outside_texts(formula, lambda part: _EXCEL_SHEET.sub(r"$\1.", part))
    return _separated(plain, ",", ";")


def _outside_texts(formula: str, change: Callable[[str], str]) -> str:
    """Change what is no text; names of sheets in single quotes hold no double ones, as a rule."""
    return "".join(p if n % 2 else change(p) for n, p in enumerate(_STRING.split(formula)))


def _separated(formula: str, old: str, new: str) -> str:
    """Replace the separators of arguments: outside texts, quoted names and arrays."""
    made, quote, braces = [], "", 0
    for letter in formula:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "{}":
            braces += 1 if letter == "{" else -1
        elif letter == old and not braces:
            letter = new
        made.append(letter)
    return "".join(made)
