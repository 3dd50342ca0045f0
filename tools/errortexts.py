"""The codes of errors and what they say, as they stand in the sources.

A code and its two texts are given to an error, or to a function that refuses, or stand in a table
of refusals. What is filled in when the error is raised is shown as ``…``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("model/prosperity", "addin/prosperity_excel")
#: What stands for a part that is filled in.
FILLED = "…"
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_REFUSES = re.compile(r"Error$|^_?refus")
_TABLE = "_REFUSALS"


@dataclass(frozen=True)
class ErrorText:
    """A code, its texts in Chinese and English, and the place in the sources."""

    code: str
    zh: str
    en: str
    place: str


def error_texts(root: Path = ROOT) -> Iterator[ErrorText]:
    """Give every code with its texts, in the order of the sources."""
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for code, zh, en, line in _of(node):
                    yield ErrorText(code, zh, en, f"{name}:{line}")


def _of(node: ast.AST) -> Iterator[tuple[str, str, str, int]]:
    if isinstance(node, ast.Call):
        function = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if _REFUSES.search(function) and len(node.args) > 2:
            for code, zh, en in zip(node.args, node.args[1:], node.args[2:], strict=False):
                # A code and two names, given to a function that looks texts up, are no texts.
                texts = function != "_refuse" or not isinstance(zh, ast.Name)
                if isinstance(code, ast.Constant) and _CODE.fullmatch(str(code.value)) and texts:
                    yield str(code.value), said(zh), said(en), node.lineno
                    break
    elif isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == _TABLE:
        assert isinstance(node.value, ast.Dict)
        for key, pair in zip(node.value.keys, node.value.values, strict=True):
            assert isinstance(key, ast.Constant)
            assert isinstance(pair, ast.Tuple)
            yield str(key.value), said(pair.elts[0]), said(pair.elts[1]), key.lineno


def said(text: ast.expr) -> str:
    """Return what an expression says, as far as it is written there."""
    if isinstance(text, ast.Constant):
        return str(text.value)
    if isinstance(text, ast.JoinedStr):
        parts = (str(p.value) if isinstance(p, ast.Constant) else FILLED for p in text.values)
        return re.sub(f"{FILLED}+", FILLED, "".join(parts))
    if isinstance(text, ast.BinOp):
        return said(text.left) + said(text.right)
    if isinstance(text, ast.IfExp):
        return f"{said(text.body)} / {said(text.orelse)}"
    return FILLED
