"""Fixtures of the add-in's tests: nobody's own settings or log are touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from prosperity.catalog import catalog, closure
from prosperity.simulation import SOURCE, simulate
from prosperity_excel.files.kept import FOLDER_VARIABLE, OFF
from prosperity_excel.files.log import LOG_VARIABLE
from prosperity_excel.runs.settings import FILE_VARIABLE
from prosperity_excel.template.template import write_template


@pytest.fixture(autouse=True)
def own_files(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a user file and a log of its own."""
    folder = tmp_path_factory.mktemp("user")
    monkeypatch.setenv(FILE_VARIABLE, str(folder / "settings.toml"))
    monkeypatch.setenv(LOG_VARIABLE, str(folder / "prosperity.log"))
    monkeypatch.setenv(FOLDER_VARIABLE, OFF)  # what one test computed is nothing to another
    return folder


def sample_book(path: Path, *ids: str, seed: int = 20230731) -> Path:
    """Write a book of simulated data."""
    asked = [catalog()[id] for id in ids]
    panel = simulate(closure(asked, catalog()), first="2001-01", last="2018-12", seed=seed)
    write_template(asked, path, panel=panel, source_note=SOURCE)
    return path


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a library folder with three industries' books. Tests must not change it."""
    folder = tmp_path_factory.mktemp("library")
    for id in ("autos", "banks", "glass"):
        sample_book(folder / f"{id}.xlsx", id)
    return folder
