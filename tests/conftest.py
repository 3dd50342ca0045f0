"""Where the real data lie, and fixtures that several folders use."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

# A busy machine is no fault: no test is judged by the time that it takes.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

#: Real data are not part of the repository; they lie beside it where the product is developed.
REAL = Path(__file__).resolve().parents[2] / "shared" / "data"
# Tests read what is said in both languages, whatever the machine's; those of one language say so.
os.environ["PROSPERITY_LANGUAGE"] = "both"
#: Modules that take many seconds each: processes, office programs, thousands of cases. The quick
#: ring leaves them out (``make test-fast``).
SLOW = frozenset(
    f"test_{name}.py"
    for name in (
        "align", "audit", "awkward", "backups", "binary", "cli", "combined", "defining", "engine",
        "evidence", "functions", "golden", "hostile", "layouts", "lives", "lookahead",
        "lookahead_cases", "memory", "outputs", "planted", "portfolio", "refresh", "replay",
        "report", "ribbon", "ribbon_import", "ribbon_insert", "significance", "size", "statements",
        "sweep_cluster", "vba_cells", "vba_grammar", "work",
    )
)  # fmt: skip


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Give the folder of real data, or skip, saying so."""
    if not REAL.is_dir():
        pytest.skip("the real data in ../shared/data are not on this machine")
    return REAL


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test under tests/real, and those of slow modules."""
    for item in items:
        if Path(str(item.fspath)).name in SLOW:
            item.add_marker(pytest.mark.slow)
        if "real" in Path(str(item.fspath)).parts:
            item.add_marker(pytest.mark.real)


def pytest_terminal_summary(terminalreporter, exitstatus, config) -> None:  # type: ignore[no-untyped-def]
    """Say that a skip is a failure where everything must run; see pytest_sessionfinish."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and os.environ.get("PROSPERITY_NO_SKIPS"):
        terminalreporter.write_line(f"{len(skipped)} skipped tests, none allowed here", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail the run when a test was skipped where none may be."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and os.environ.get("PROSPERITY_NO_SKIPS"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
