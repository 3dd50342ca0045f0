"""The pages of docs/models are those that the catalog gives."""

from __future__ import annotations

import json
from pathlib import Path

from prosperity.catalog import catalog

from tools.modeldocs import FIGURES, page, pages

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "models"


def test_pages_are_up_to_date() -> None:
    figures = json.loads((FOLDER / FIGURES).read_text("utf-8"))
    written = pages(figures)
    there = {path.name for path in FOLDER.glob("*.md")}
    assert there == set(written), "run: python -m tools.modeldocs docs/models"
    for name, text in written.items():
        kept = (FOLDER / name).read_text("utf-8")
        assert kept == text, f"{name}: run python -m tools.modeldocs docs/models"


def test_a_page_says_what_an_analyst_asks() -> None:
    for model in catalog().values():
        text = page(model)
        for indicator in model.indicators:
            assert f"`{indicator.id}`" in text
            assert indicator.source in text
        for variant in model.variants:
            assert f"`{variant.id}`" in text
        assert model.unknown_zh.strip() in text
        if model.published.strategy is not None:
            assert f"{model.published.strategy:g}" in text


def test_a_pipe_does_not_break_a_table() -> None:
    assert "`sum(96) \\| yoy`" in page(catalog()["construction_machinery"])
