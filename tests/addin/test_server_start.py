"""What the UDF server loads at its start, and what a repeated cell costs."""

from __future__ import annotations

import os
import subprocess
import sys
import timeit
from collections.abc import Callable
from pathlib import Path

import pytest
from prosperity_excel.excel.xlam.build import FLAGS, START
from prosperity_excel.exports.read import read_export
from prosperity_excel.files import child
from prosperity_excel.files.interpreter import installed
from prosperity_excel.formulas.serve import SESSION

from tests.addin.excel_com import MISSING, Excel, call, server

HEAVY = (
    "sklearn", "scipy", "arch", "statsmodels", "matplotlib", "openpyxl",
    # What buttons alone need is loaded when one is pressed.
    "prosperity_excel.intake.planning", "prosperity_excel.checks.book",
    "prosperity_excel.ooxml.edits", "prosperity_excel.excel.actions.table",
)  # fmt: skip


def test_the_server_starts_without_heavy_libraries() -> None:
    """Python runs what the add-in's VBA starts it with, then imports our modules."""
    code = (
        f"{START}import xlwings, prosperity_excel.excel.functions, prosperity_excel.excel.ribbon;"
        f"print([m for m in {HEAVY!r} if sys.modules.get(m) is not None])"
    )
    paths = os.pathsep.join(p for p in sys.path if p)
    done = subprocess.run(
        [sys.executable, *FLAGS, "-W", "ignore", "-c", code],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_a_first_answer_needs_none_of_them_either(library: Path) -> None:
    code = (
        f"{START}import xlwings\nfrom pathlib import Path\n"
        "from prosperity_excel.excel.functions import SESSION\n"
        "from prosperity_excel.formulas.answers import Ask, prosperity\n"
        f"from prosperity_excel.runs.settings import write_user\n"
        f"write_user({{'library': {str(library)!r}}})\n"
        "view = SESSION.view('')\n"
        "print(prosperity(Ask(view.world, view.resolved, SESSION.results), 'autos', None, None,"
        " None))\n"
        f"print([m for m in {HEAVY!r} if sys.modules.get(m) is not None])"
    )
    paths = os.pathsep.join(p for p in sys.path if p)
    done = subprocess.run(
        [sys.executable, *FLAGS, "-W", "ignore", "-c", code],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    value, heavy = done.stdout.strip().splitlines()
    assert float(value) == float(value)
    assert heavy == "[]"


def test_nothing_in_the_current_folder_is_run(tmp_path: Path) -> None:
    """Excel's current folder is whatever a file dialog showed last, a download folder too."""
    marks = tmp_path / "ran"
    marks.mkdir()
    for name in ("xlwings", "pandas", "numpy", "json", "prosperity_excel", "sitecustomize", "os"):
        (tmp_path / f"{name}.py").write_text(
            f"from pathlib import Path\nPath({str(marks)!r}, {name!r}).touch()\n", encoding="utf-8"
        )
    export = tmp_path / "export.csv"
    export.write_text("date,x\n2020-01-31,1\n", encoding="utf-8")
    code = (
        f"{START}import xlwings.utils;xlwings.utils.prepare_sys_path('false;a;a;;;;');"
        "import xlwings, prosperity_excel.excel.functions, prosperity_excel.excel.ribbon;"
        "from prosperity_excel.exports.read import read_export;"
        "from prosperity_excel.files import child; from pathlib import Path;"
        "child.looks_ordinary = lambda path: False;"
        f"print(len(child.read_guarded(read_export, Path({str(export)!r}))), os.getcwd())"
    )
    paths = os.pathsep.join(p for p in sys.path if p)
    done = subprocess.run(
        [sys.executable, *FLAGS, "-W", "ignore", "-c", code], cwd=tmp_path,
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert done.stdout.split() == ["1", sys.prefix]
    assert not list(marks.iterdir())


def test_a_reading_child_imports_nothing_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shell may stand in any folder too."""
    (tmp_path / "pickle.py").write_text("raise SystemExit('from the current folder')")
    (tmp_path / "export.csv").write_text("date,x\n2020-01-31,1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(child, "looks_ordinary", lambda path: False)
    assert len(child.read_guarded(read_export, Path("export.csv"))) == 1


def test_a_program_in_the_current_folder_is_not_the_one_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        (folder / "soffice").write_text("#!/bin/sh\n")
        (folder / "soffice").chmod(0o755)
    monkeypatch.chdir(here)
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", str(here), str(there)]))
    assert installed("soffice") == str(there / "soffice")
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", str(here)]))
    assert installed("soffice") is None


def test_a_repeated_cell_costs_little_beside_xlwings(
    library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cached cell through CallUDF, beside an empty function of xlwings with the same arguments.

    Measured against the peer in the same run, so that a slow machine does not fail it; the time
    in microseconds is printed.
    """
    server()
    from prosperity_excel.excel import functions
    from xlwings.udfs import xlfunc

    @xlfunc
    def nothing(industry, on_date=None, field=None, data=None, caller=None):  # type: ignore[no-untyped-def]
        return 1.0

    monkeypatch.setattr(functions, "nothing", nothing, raising=False)
    SESSION.clear()
    # An unmoving clock: no look at the workbook falls into the measurement.
    monkeypatch.setattr(SESSION, "now", lambda: 0.0)
    # The add-in's VBA says when a recalculation begins, so that a repeated cell is none.
    monkeypatch.setattr(SESSION, "told", False)
    server().CallUDF("prosperity_excel.excel.functions", "recalculated", (), None, None)
    at = Excel.open(library / "autos.xlsx")["data"].Cells(1, 30)

    def empty() -> None:
        arguments = ("autos", MISSING, MISSING, MISSING, None)
        server().CallUDF("prosperity_excel.excel.functions", "nothing", arguments, None, at)

    def cached() -> None:
        arguments = ("autos", MISSING, MISSING, MISSING, None)
        server().CallUDF("prosperity_excel.excel.functions", "PROSPERITY", arguments, None, at)

    def microseconds(function: Callable[[], None]) -> float:
        function()
        return min(timeit.repeat(function, number=500, repeat=9)) / 500 * 1e6

    assert isinstance(call("PROSPERITY", "autos", caller=at), float)
    ours, theirs = microseconds(cached), microseconds(empty)
    with capsys.disabled():
        print(f"\ncached cell {ours:.0f} us, of which xlwings' own {theirs:.0f} us")
    # 60 of which 15 are xlwings' own, and the stand-ins' share in both.
    assert ours / theirs < 4.0
