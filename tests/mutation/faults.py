"""Deliberate faults in a module: one small change each, such as a reader would overlook."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
#: Words that choose an end: of a search, of an interval, of doubled rows.
ENDS = {"left": "right", "right": "left", "first": "last", "last": "first"}


@dataclass(frozen=True)
class Fault:
    """A change at one place: the line, what stood there and what stands there now."""

    line: int
    before: str
    after: str
    source: str


def faults(source: str) -> Iterator[Fault]:
    """Give the module with each fault in turn. What no test can see is left alone.

    That is: annotations, decorators, docstrings, the words of errors, texts, and ``strict=``.
    """
    tree = ast.parse(source)
    for node in _places(tree):
        for changed in _changes(node):
            kept = copy.copy(node.__dict__)
            before = ast.unparse(node)
            node.__dict__.update(changed)
            yield Fault(node.lineno, before, ast.unparse(node), ast.unparse(tree))
            node.__dict__.clear()
            node.__dict__.update(kept)


def _places(node: ast.AST) -> Iterator[Any]:
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "exc", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr):
                continue
            if isinstance(child, ast.keyword) and child.arg == "strict":
                continue
            if isinstance(child, ast.expr):
                yield child
            yield from _places(child)


def _changes(node: ast.expr) -> Iterator[dict[str, Any]]:
    """Give the fields of a node that make it wrong."""
    match node:
        case ast.Compare(ops=[*ops]):
            for n, op in enumerate(ops):
                yield {"ops": [*ops[:n], COMPARED[type(op)](), *ops[n + 1 :]]}
        case ast.BinOp(op=op) if type(op) in COMPUTED:
            yield {"op": COMPUTED[type(op)]()}
        case ast.BoolOp(op=op):
            yield {"op": ast.And() if isinstance(op, ast.Or) else ast.Or()}
        case ast.UnaryOp(op=ast.Not()):
            yield {"operand": ast.UnaryOp(ast.Not(), node.operand)}
        case ast.UnaryOp(op=ast.USub() | ast.Invert()):
            yield {"op": ast.UAdd()}
        case ast.Constant(value=bool() as value):
            yield {"value": not value}
        case ast.Constant(value=int() | float() as value):
            yield {"value": value + 1}
        case ast.Constant(value=str() as value) if value in ENDS:
            yield {"value": ENDS[value]}
