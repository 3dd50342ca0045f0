"""On any file at all a command ends with a report or one clear error, in time and memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .awkward import MADE
from .books import DATA, toy_book

SECONDS, BYTES = 30, 1_000_000_000
#: Files that hold the export's values all the same.
READABLE = {
    "renamed.xls", "renamed.csv", "text_named.xlsx", "lying_dimension.xlsx", "tiny_dimension.xlsx",
    "merges.xlsx", "1904.xlsx", "protected.xlsx", "macro_named.xlsm", "cr.csv", "utf16.csv",
    "utf16_no_mark.csv", "semicolon.csv", "duplicate_sheet_names.xlsx", "far_empty_cell.xlsx",
}  # fmt: skip
_CLEAR = re.compile(r"错误 Error \[[a-z_]+\] .*[\u4e00-\u9fff].*\n.*[a-zA-Z]", re.DOTALL)
#: Runs a command and prints its peak of memory. That of the process itself is read from the
#: kernel: ru_maxrss begins with what the process that started it had.
_RUN = """
import pathlib, resource, sys
from prosperity_excel.cli import main
code = 0
try:
    main(standalone_mode=True)
except SystemExit as end:
    code = end.code or 0
status = pathlib.Path("/proc/self/status")
if status.exists():
    line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
    own = int(line.split()[1]) * 1024
else:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
below = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
print("PEAK", max(own, below if status.exists() else own), file=sys.stderr)
sys.exit(code)
"""


def command(*arguments: object) -> tuple[int, str, str, int, float]:
    """Run a command of its own; return exit code, both outputs, peak of memory, seconds."""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        timeout=4 * SECONDS,
        check=False,
    )
    took = time.monotonic() - start
    peak = re.search(r"PEAK (\d+)", done.stderr)
    return done.returncode, done.stdout, done.stderr, int(peak[1]) if peak else -1, took


@pytest.mark.skipif(sys.platform == "win32", reason="peaks of memory are measured on POSIX")
@pytest.mark.parametrize("name", sorted(MADE))
def test_import(name: str, tmp_path: Path) -> None:
    models = toy_book(tmp_path, data=[*DATA[:3]])
    path = tmp_path / name
    MADE[name](path)
    code, out, err, peak, took = command("import", path, "--into", models)
    said = out + err
    assert "Traceback" not in said
    assert "internal" not in said
    assert 0 < peak < BYTES
    assert took < SECONDS
    if name in READABLE:
        assert code in (0, 3)
        assert "m2_yoy" in said or "M2:同比" in said
    if code == 1:
        assert len(re.findall(r"错误 Error \[", err)) == 1
        assert _CLEAR.search(err)
        assert name in err
    else:
        assert name.rpartition(".")[0] in out


@pytest.mark.skipif(sys.platform == "win32", reason="peaks of memory are measured on POSIX")
@pytest.mark.parametrize(
    "name",
    ["random.xlsx", "truncated.xlsx", "bomb.xlsx", "bomb_in_limits.xlsx", "string_bomb.xlsx",
     "far_cell.xlsx", "many_cells.xlsx", "billion_laughs.xlsx", "ods_repeats.ods",
     "many_sheets.xlsx", "chart_sheet_only.xlsx", "megabyte_attribute.xlsx", "web_page.xls",
     "encrypted.xlsx", "strict.xlsx"],
)  # fmt: skip
def test_check_and_import_into(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    MADE[name](path)
    good = tmp_path / "good.csv"
    good.write_text("date,a\n2020-01-01,1\n2020-02-01,2\n", encoding="utf-8")
    for arguments in (("check", path), ("import", good, "--into", path, "--yes")):
        content = path.read_bytes()
        code, out, err, peak, took = command(*arguments)
        assert "Traceback" not in out + err
        assert "internal" not in out + err
        assert 0 < peak < BYTES
        assert took < SECONDS
        assert code in (1, 3)
        assert path.read_bytes() == content


def test_there_are_enough_of_them() -> None:
    assert len(MADE) >= 60
