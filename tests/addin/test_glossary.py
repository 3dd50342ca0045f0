"""One word for one thing: no synonym of a word of the glossary stands in what people read."""

from __future__ import annotations

from pathlib import Path

import prosperity_excel
import pytest

ROOT = Path(__file__).parents[2]
WORDS = Path(prosperity_excel.__file__).parent


def rows(name: str) -> list[list[str]]:
    """Return the rows of a glossary's table."""
    lines = (ROOT / "docs" / name).read_text(encoding="utf-8").splitlines()
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines if "|" in line]
    return cells[2:]


def said() -> dict[str, str]:
    """Return the files of words, and those of the report that hold words, in lower case."""
    files = [*(WORDS / "words").glob("*.py"), WORDS / "report" / "evidence_words.py"]
    return {file.name: file.read_text(encoding="utf-8").lower() for file in files}


@pytest.mark.parametrize("name", ["glossary.md", "glossary.zh-CN.md"])
def test_no_synonym_of_a_word_of_the_glossary_is_used(name: str) -> None:
    found = rows(name)
    assert len(found) > 10
    for row in found:
        assert len(row) == 4
        assert all(row)
        for file, text in said().items():
            assert row[3].lower() not in text, (file, row[3])


def test_both_glossaries_are_seen_to_catch_a_synonym() -> None:
    banned = [row[3].lower() for name in ("glossary.md", "glossary.zh-CN.md") for row in rows(name)]
    assert any(word in "强调诚实做法" for word in banned)
    assert any(word in "the index's return a year" for word in banned)
