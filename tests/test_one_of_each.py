"""What is written once in the sources, however many files use it."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = sorted(p for room in ("model", "addin") for p in (ROOT / room).rglob("*.py"))


def test_progress_is_said_in_one_type() -> None:
    form = ast.dump(ast.parse("Callable[[str, int, int], None]", mode="eval").body)
    said = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Subscript) and ast.dump(node) == form
    ]
    assert said == ["model/prosperity/progress.py"]
