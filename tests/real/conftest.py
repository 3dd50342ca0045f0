"""Books made of the real data, and a table of what came out, printed after the tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from prosperity_excel.writing.template import write_template

from . import realdata

LINES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def books(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give a book for each industry of the real data, written as the product writes them."""
    folder = tmp_path_factory.mktemp("real")
    made = {}
    for id in realdata.REAL:
        made[id] = folder / f"{id}.xlsx"
        panel = realdata.panel(real_data, id)
        write_template(realdata.definitions(id), made[id], panel=panel)
    return made


@pytest.fixture
def shown(request: pytest.FixtureRequest) -> list[str]:
    """Give a list whose lines are printed at the end of the run."""
    return request.config.stash.setdefault(LINES, [])


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:  # type: ignore[no-untyped-def]
    """Print what the real data gave, beside the report's figures."""
    lines = config.stash.get(LINES, [])
    if lines:
        terminalreporter.section("real data: ours beside the report's, cumulative percent")
        for line in lines:
            terminalreporter.write_line(line)
