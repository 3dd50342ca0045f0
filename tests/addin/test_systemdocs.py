"""The pages of docs/systems are those that the catalog gives."""

from __future__ import annotations

from pathlib import Path

from prosperity.systems.reading import systems

from tools.systemdocs import page, pages

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "systems"


def test_pages_are_up_to_date() -> None:
    written = pages()
    there = {path.name for path in FOLDER.glob("*.md")}
    assert there == set(written), "run: python -m tools.systemdocs docs/systems"
    for name, text in written.items():
        kept = (FOLDER / name).read_text("utf-8")
        assert kept == text, f"{name}: run python -m tools.systemdocs docs/systems"


def test_a_page_says_what_an_analyst_asks() -> None:
    for system in systems().values():
        text = page(system)
        for one in (*system.inputs, *system.parameters, *system.indicators, *system.variants):
            assert f"`{one.id}`" in text
        for figure in system.published:
            assert f"{figure.value:g}{figure.unit}" in text
        assert system.unknown_zh.strip() in text
        assert system.fails_en.strip() in text
