"""Books made of the real data, and a table of what came out, printed after the tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from prosperity_excel.template.template import write_template

from . import realdata

SHOWN = "real data"


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
def shown(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Give a function that has a line printed at the end of the run."""
    return lambda line: record_property(SHOWN, line)


def pytest_terminal_summary(terminalreporter) -> None:  # type: ignore[no-untyped-def]
    """Print what the real data gave, beside the report's figures."""
    passed = terminalreporter.stats.get("passed", [])
    lines = [text for report in passed for name, text in report.user_properties if name == SHOWN]
    if lines:
        terminalreporter.section("real data: ours beside the report's, cumulative percent")
        for line in sorted(lines):
            terminalreporter.write_line(line)
