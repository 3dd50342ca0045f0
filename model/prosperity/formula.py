"""Formulas between series, such as ``cement_price - 0.13 * coal_price``.

A formula is read by Python's own parser and then walked: only numbers, names of series, the four
operations, signs and brackets are allowed. Nothing is ever evaluated as code.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from keyword import kwlist
from typing import Any

import numpy as np

from prosperity.errors import FormulaError
from prosperity.signs import plain_signs

MAX_LENGTH = 1000
MAX_DEPTH = 40
#: No published series needs a larger number.
LARGEST = 1e15
#: Words of Python that may be ids, such as ``import`` and ``yield``; while the parser reads, a
#: letter that no id has stands in front of them.
_WORDS = re.compile(r"(?<![\w.])(?=(?:" + "|".join(filter(str.islower, kwlist)) + r")(?!\w))")
_MARK = "\u0298"

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


@dataclass(frozen=True)
class Formula:
    """A checked formula.

    Attributes
    ----------
    text : str
        As the analyst wrote it.
    names : tuple of str
        The ids of the series that it needs, in order of appearance.
    """

    text: str
    names: tuple[str, ...]
    _tree: ast.expr

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Return the result over ``values`` (numbers, arrays or Series by id).

        NaN spreads; a division by zero gives an infinity or NaN, without a warning.
        """
        with np.errstate(all="ignore"):
            return _evaluate(self._tree, values)


def parse(text: str, *, where: str = "") -> Formula:
    """Read a formula.

    Parameters
    ----------
    text
        Numbers, series ids, ``+ - * /``, brackets. Full-width signs are read as their usual form.
    where
        The place, for the error.

    Raises
    ------
    FormulaError
        When the text is no formula, holds anything else (a call, an attribute, a comparison, a
        power), or names no series.
    """
    usual = plain_signs(text).translate(str.maketrans("×÷（）＊／", "*/()*/"))
    folded = usual.strip().removeprefix("=").strip()
    if len(folded) > MAX_LENGTH:
        raise _refused(text, "公式过长", f"is longer than {MAX_LENGTH} characters", where)
    try:
        if _MARK in folded:
            raise ValueError(folded)
        marked = _WORDS.sub(_MARK, folded)
        tree = ast.parse(marked, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _refused(text, "无法解析", "cannot be read", where) from None
    names: dict[str, None] = {}
    _check(tree, text, marked, names, where)
    if not names:
        raise _refused(text, "没有引用任何序列", "names no series", where)
    return Formula(text, tuple(names), tree)


def _check(
    node: ast.expr, text: str, folded: str, names: dict[str, None], where: str, depth: int = 0
) -> None:
    if depth > MAX_DEPTH:
        raise _refused(text, "嵌套过深", "is nested too deeply", where)
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            _check(left, text, folded, names, where, depth + 1)
            _check(right, text, folded, names, where, depth + 1)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            _check(operand, text, folded, names, where, depth + 1)
        case ast.Name():
            node.id = node.id.removeprefix(_MARK)
            names[node.id] = None
        case ast.Constant(value=int() | float() as value) if (
            not isinstance(value, bool) and abs(value) < LARGEST
        ):
            pass
        case _:
            # The source text, not ast.unparse: that recurses as deep as the formula goes.
            what = (ast.get_source_segment(folded, node) or "").replace(_MARK, "")[:40]
            raise _refused(
                text,
                f"只允许数字、序列 id、+ - * / 和括号，不允许“{what}”",
                f"may hold only numbers, series ids, + - * / and brackets, not {what!r}",
                where,
            )


def _evaluate(node: ast.expr, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_evaluate(left, values), _evaluate(right, values))
        case ast.UnaryOp(op=op, operand=operand):
            return _UNARY[type(op)](_evaluate(operand, values))
        case ast.Name(id=name):
            value = values[name]
            return np.float64(value) if isinstance(value, int | float) else value
        case ast.Constant(value=value):
            return np.float64(value)  # type: ignore[arg-type]
    raise TypeError(f"unchecked node {node!r}")  # pragma: no cover - parse() lets none through


def _refused(text: str, zh: str, en: str, where: str) -> FormulaError:
    return FormulaError(
        "bad_formula", f"公式“{text[:80]}”{zh}。", f"The formula {text[:80]!r} {en}.", where=where
    )
