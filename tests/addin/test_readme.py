"""The tables of functions and buttons in the READMEs are those of the registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.functiondocs import TABLES, filled, table

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "docs/excel.md"])
def test_tables_are_generated(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert filled(text) == text, "run: python -m tools.functiondocs README.md …"


def test_both_readmes_show_functions_and_buttons() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text("utf-8")
        language = "zh" if "zh" in name else "en"
        for kind in ("functions", "buttons"):
            assert table(kind, language) in text


def test_unknown_tables_are_refused() -> None:
    assert set(TABLES) == {"functions", "buttons", "errors", "fields"}
    with pytest.raises(KeyError):
        filled("<!-- table: nonsense en -->\n<!-- end -->")
