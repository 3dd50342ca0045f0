"""What is written once in the sources, however many files use it."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

from prosperity_excel.words.fields import FIELDS

from tools.errortexts import error_texts

ROOT = Path(__file__).parents[1]
SOURCES = sorted(p for room in ("model", "addin") for p in (ROOT / room).rglob("*.py"))
#: Fields whose names are plain nouns, which head other tables too.
NOUNS = {"industry", "name_zh", "name_en", "month", "date", "strategy", "index", "benchmark",
         "freshness", "simulated", "signal", "change", "item_zh", "item_en", "value",
         "position", "start", "end", "today", "data_through"}  # fmt: skip


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def called(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_progress_is_said_in_one_type() -> None:
    form = ast.dump(ast.parse("Callable[[str, int, int], None]", mode="eval").body)
    said = [
        called(path)
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Subscript) and ast.dump(node) == form
    ]
    assert said == ["model/prosperity/progress.py"]


def test_an_error_code_has_one_text() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for text in error_texts():
        places[text.code].append(text.place)
    assert len(places) > 280
    assert {code: at for code, at in places.items() if len(at) > 1} == {}


def test_a_field_of_a_result_is_named_once() -> None:
    names = {f.name: id for id, f in FIELDS.items() if id not in NOUNS}
    again = [
        (called(path), node.lineno, names[pair])
        for path in SOURCES
        if path.name != "fields.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Tuple) and len(node.elts) > 1
        for pair in [tuple(getattr(one, "value", None) for one in node.elts[:2])]
        if pair in names
    ]
    assert again == []


def test_no_file_is_long() -> None:
    """Tables of words may be."""
    long = {
        called(path): lines
        for path in [*SOURCES, *sorted((ROOT / "tools").rglob("*.py"))]
        if (lines := path.read_text(encoding="utf-8").count("\n")) > 450
        and "words" not in path.parts
    }
    assert long == {}
