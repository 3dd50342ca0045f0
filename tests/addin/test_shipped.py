"""The books under templates/ are those that the catalog gives."""

from __future__ import annotations

import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from prosperity.catalog import catalog
from prosperity_excel.book.book import read_book
from prosperity_excel.template.template import write_template

from tools.shipped import shipped

FOLDER = Path(__file__).resolve().parents[2] / "templates"
#: The writer whose bytes the shipped books have, as in constraints/lock.txt.
WRITER = "3.3.1"


def test_every_model_has_its_book_and_nothing_else_is_there() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(shipped())


@pytest.mark.parametrize("name", list(shipped()))
def test_a_shipped_book_is_what_the_catalog_gives(name: str, tmp_path: Path) -> None:
    models = shipped()[name]
    book = read_book(FOLDER / name)
    for model in models:
        assert book.definitions[model.id] == catalog()[model.id]
    held = {m.id for m in models if m.kind == "industry"}
    # A book of modules alone is run for them.
    assert set(book.industries) == (held or {m.id for m in models})
    if version("XlsxWriter") != WRITER:
        return  # another version writes the same content in other bytes
    write_template(models, tmp_path / name)
    with zipfile.ZipFile(FOLDER / name) as kept, zipfile.ZipFile(tmp_path / name) as made:
        assert kept.namelist() == made.namelist()
        for part in kept.namelist():
            assert kept.read(part) == made.read(part), (
                f"{name}: run python -m tools.shipped templates"
            )
