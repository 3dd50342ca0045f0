"""The add-in's wrappers in real cells of LibreOffice Calc, over a stand-in for the Python behind.

Basic in its VBA mode is not Excel, and Python is a class of Basic here: what is shown is the way of
a value or an error from there through our VBA into a cell, and what happens when Python ends.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from prosperity_excel.excel.xlam.vba import UNREACHABLE, modules

from tests.addin.test_vba import _library

#: Excel's own objects, which Basic has not outside a workbook of Excel's.
EXCEL = (
    ("Application.Caller", "0"),
    ('ThisWorkbook.Worksheets(1).Range("A1")', "Nothing"),
    ("ThisWorkbook", "Nothing"),
    ('Application.CommandBars("Standard").Controls(1).Enabled', "StandInReady()"),
)
STAND_IN = """
Global Starts As Integer
Public Function StandInReady() As Boolean
    StandInReady = {ready}
End Function
Public Function StandInStarts(ByVal After As Variant) As Integer
    StandInStarts = Starts
End Function
' xlwings' own: starts Python, or finds it.
Public Function XLPy() As Object
    Starts = Starts + 1
    If Starts > {most} Then Err.Raise 429, , "cannot start"
    Set XLPy = New StandInPython
End Function
"""
PYTHON = """
Option ClassModule
Public Function CallUDF(ByVal ModuleName As String, ByVal FunctionName As String, _
                        ByVal Arguments As Variant, ByVal Book As Variant, _
                        ByVal Cell As Variant) As Variant
    Dim a(1, 1) As Variant
    If FunctionName = "handshake" Or FunctionName = "recalculated" Then
        CallUDF = ""
        Exit Function
    End If
    Select Case Arguments(0)
    Case "number": CallUDF = 1.25
    Case "text": CallUDF = "plain"
    Case "none": CallUDF = "#PROSPERITY:2042"
    Case "wrong": CallUDF = "#PROSPERITY:2015"
    Case "rows"
        a(0, 0) = 7: a(0, 1) = "#PROSPERITY:2042": a(1, 0) = "x": a(1, 1) = 8.5
        CallUDF = a
    Case "ends"
        ' It was well, ends, and is well again once it has been started anew.
        If Starts < 2 Then Err.Raise 462, , "gone"
        CallUDF = Starts
    Case "gone": Err.Raise 462, , "gone"
    Case "broken": Err.Raise 1004, , "broken"
    Case Else: CallUDF = FunctionName
    End Select
End Function
"""


def evaluated(folder: Path, formulas: list[str], *, most: int = 9, ready: bool = True) -> list[str]:
    """Return what cells show whose formulas call our wrappers.

    The first ``most`` starts of Python succeed; without ``ready`` the function window is open.
    """
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not on this machine")
    source = {name: modules()[name] for name in ("ProsperityBridge", "ProsperityFunctions")}
    # The help texts are for Excel's function window.
    source["ProsperityFunctions"] = source["ProsperityFunctions"].partition("' Why Excel did")[0]
    for name in source:
        for excels, ours in EXCEL:
            source[name] = source[name].replace(excels, ours)
        # Each cell is a run of its own here, and only global variables outlive one.
        source[name] = re.sub(r"^Private (\w+ As)", r"Global \1", source[name], flags=re.MULTILINE)
    source["StandIn"] = STAND_IN.format(most=most, ready=ready)
    source["StandInPython"] = PYTHON
    rows = "".join(_row(formula) for formula in formulas)
    book = folder / "book.fods"
    book.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><office:document '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2" office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body>'
        f'<office:spreadsheet><table:table table:name="A">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document>",
        encoding="utf-8",
    )
    profile = folder / "profile"

    def run(*arguments: str) -> None:
        command = [office, f"-env:UserInstallation=file://{profile}", "--headless", "--norestore"]
        started = subprocess.Popen(
            [*command, *arguments],
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            started.wait(timeout=90)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
            pytest.fail("our VBA does not compile, or hangs")

    run("--terminate_after_init")
    run("--terminate_after_init")
    _library(profile / "user" / "basic", source)
    as_text = "csv:Text - txt - csv (StarCalc):44,34,76"
    run("--convert-to", as_text, "--outdir", str(folder), str(book))
    with (folder / "book.csv").open(encoding="utf-8", newline="") as text:
        return ["|".join(cell for cell in row if cell) for row in csv.reader(text)]


def _row(formula: str) -> str:
    quoted = formula.replace('"', "&quot;")
    spans = ' table:number-matrix-columns-spanned="2" table:number-matrix-rows-spanned="2"'
    cell = f'<table:table-cell table:formula="of:{quoted}"{spans if "rows" in formula else ""}/>'
    return f"<table:table-row>{cell}</table:table-row>"


def test_values_texts_and_errors_reach_cells_alone_and_in_arrays(tmp_path: Path) -> None:
    """Calc shows the error that CVErr makes of 2042, where Excel shows #N/A."""
    shown = evaluated(
        tmp_path,
        [
            '=PROSPERITY("number")', '=PROSPERITY("text")', '=PROSPERITY("none")',
            '=PROSPERITY_SIGNAL("wrong")', '=PROSPERITY_NAV("other")', '=PROSPERITY("number")+1',
            '=PROSPERITY_SERIES("rows")',
        ],
    )  # fmt: skip
    assert shown == [
        "1.25", "plain", "Error 2042", "Error 2015", "PROSPERITY_NAV", "2.25",
        "7|Error 2042", "x|8.5",
    ]  # fmt: skip


def test_a_python_that_has_ended_is_started_once_more(tmp_path: Path) -> None:
    assert evaluated(tmp_path, ['=PROSPERITY("ends")', "=STANDINSTARTS([.A1])"]) == ["2", "2"]


@pytest.mark.parametrize(("asked", "most", "starts"), [("gone", 9, 2), ("gone", 1, 2), ("x", 0, 1)])
def test_one_that_does_not_come_back_is_null_and_the_reason_is_told(
    tmp_path: Path, asked: str, most: int, starts: int
) -> None:
    """Nor is it tried again for every cell of a full sheet."""
    first = f'=PROSPERITY("{asked}")'
    shown = evaluated(
        tmp_path,
        [
            first, "=PROSPERITY_WHY([.A1])", "=PROSPERITY([.A2])", "=STANDINSTARTS([.A3])",
        ],
        most=most,
    )  # fmt: skip
    assert shown[0] == "Error 2000"
    assert UNREACHABLE[1] in shown[1]
    assert shown[1].endswith("gone" if most == 9 else "cannot start")
    assert shown[2:] == ["Error 2000", str(starts)]


def test_while_the_function_window_is_open_nothing_is_computed(tmp_path: Path) -> None:
    shown = evaluated(tmp_path, ['=PROSPERITY("number")', "=STANDINSTARTS([.A1])"], ready=False)
    assert shown == ["Error 2042", "0"]
