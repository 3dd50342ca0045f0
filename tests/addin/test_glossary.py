"""One word for one thing: no synonym of a word of the glossary stands in what people read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import prosperity
import prosperity_excel
import pytest

ROOT = Path(__file__).parents[2]
GLOSSARIES = ("glossary.md", "glossary.zh-CN.md")
PACKAGES = tuple(Path(str(package.__file__)).parent for package in (prosperity, prosperity_excel))


def rows(name: str) -> list[list[str]]:
    """Return the rows of a glossary's table."""
    lines = (ROOT / "docs" / name).read_text(encoding="utf-8").splitlines()
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines if "|" in line]
    return cells[2:]


def banned(name: str) -> Iterator[str]:
    """Give each way of speaking that a glossary rules out."""
    for row in rows(name):
        yield from (word.strip().lower() for word in re.split("[;；]", row[3]))


@cache
def said() -> dict[str, str]:
    """Return what the code says, without its comments, and the documents; in lower case.

    Words of the glossary itself are taken out first: some synonym may be a part of one.
    """
    texts = {
        str(file.relative_to(package)): texts_of(file)
        for package in PACKAGES
        for file in package.rglob("*.py")
    }
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    texts |= {
        file.name: file.read_text(encoding="utf-8")
        for file in documents
        if file.name not in (*GLOSSARIES, "CHANGELOG.md")
    }
    return {name: without_good(" ".join(text.lower().split())) for name, text in texts.items()}


def texts_of(file: Path) -> str:
    """Return the texts of a file of code, each once, without docstrings; pieces are joined."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return "\n".join(
        f'"{node.value}"'
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    )


def without_good(text: str) -> str:
    """Return a text without those words of the glossaries of which a synonym is a part."""
    bad = {word for name in GLOSSARIES for word in banned(name)}
    good = {row[0].lower() for name in GLOSSARIES for row in rows(name)}
    for word in good:
        if any(part in word for part in bad):
            text = text.replace(word, "·")
    return text


@pytest.mark.parametrize("name", GLOSSARIES)
def test_no_synonym_of_a_word_of_the_glossary_is_used(name: str) -> None:
    found = rows(name)
    assert len(found) > 20
    for row in found:
        assert len(row) == 4, row
        assert all(row), row
    found_in = [
        (file, word) for word in banned(name) for file, text in said().items() if word in text
    ]
    assert not found_in


@pytest.mark.parametrize(
    "text",
    [
        "强调诚实做法", "各收一次不计成本", "滚动选参（留出间隔）", "同向：占比", "漏掉 3",
        "晚1日成交", "the index's return a year", "what survives doubt",
        "6 months ahead of the benchmark", "3 hold signals", "months a stay",
        "stated by the report",
    ],
)  # fmt: skip
def test_the_glossaries_are_seen_to_catch_a_synonym(text: str) -> None:
    words = [word for name in GLOSSARIES for word in banned(name)]
    assert any(word in without_good(text) for word in words)


def test_a_word_of_the_glossary_may_hold_a_synonym_of_another() -> None:
    words = list(banned("glossary.zh-CN.md"))
    assert not any(word in without_good("各收一次成本；首次建仓不计成本。") for word in words)


def test_both_glossaries_name_the_same_words() -> None:
    """A word that both have a row for is the translation of the other's."""
    chinese, english = rows("glossary.zh-CN.md"), rows("glossary.md")
    for row in english:
        twin = next((other for other in chinese if other[0] == row[1]), None)
        assert twin is None or twin[1] == row[0], (row, twin)
