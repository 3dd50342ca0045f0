"""Our VBA run by an interpreter: LibreOffice's Basic with its VBA mode, which is not Excel.

It compiles whole modules, so a slip of syntax shows, and runs what does not ask for Excel: true
error values in scalars and arrays, the letters of the texts, the tables of the ribbon.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from prosperity_excel.excel.buttons import BUTTONS, SHOWN
from prosperity_excel.excel.xlam.vba import UNREACHABLE, modules
from prosperity_excel.formulas.registry import FUNCTIONS

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE library:{kind} PUBLIC '
    '"-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "{kind}.dtd">\n'
)
NAMESPACES = (
    'xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink"'
)
#: Types of Excel's own library, which the interpreter has not.
EXCEL_TYPES = re.compile(r"As (IRibbonUI|IRibbonControl|Workbook|Worksheet|Range)\b")

BRIDGE_CHECKS = """
Sub Told(ByVal Key As String, ByVal Found As Variant)
    Print #Out, Key & "=" & CStr(Found)
End Sub
Function Codes(ByVal Letters As String) As String
    Dim i As Long
    For i = 1 To Len(Letters)
        Codes = Codes & Hex(AscW(Mid(Letters, i, 1))) & " "
    Next i
End Function
Sub Main
    Dim a(1, 1) As Variant, b As Variant, c(1) As Variant
    Out = FreeFile
    Open "{out}" For Output As #Out
    Told "letters", Codes(ProsperityLetters("A\\u4E2D\\u9FA5""x""\\u000A"))
    Told "scalar", IsError(ProsperityErrors("#PROSPERITY:2042"))
    Told "number", CStr(ProsperityErrors("#PROSPERITY:2042"))
    Told "plain", ProsperityErrors("plain") & ProsperityErrors(1.5)
    a(0, 0) = "x": a(0, 1) = "#PROSPERITY:2015": a(1, 0) = 2: a(1, 1) = "#PROSPERITY:2042"
    b = ProsperityErrors(a)
    Told "rows", b(0, 0) & IsError(b(0, 1)) & b(1, 0) & IsError(b(1, 1))
    c(0) = "#PROSPERITY:2023": c(1) = "y"
    b = ProsperityErrors(c)
    Told "row", IsError(b(0)) & b(1)
    ProsperityFailed "no DLL"
    Told "trouble", Codes(ProsperityTrouble())
    Told "why", Codes(ProsperityAnswer("PROSPERITY_WHY", Array("x", Nothing), 0))
    Told "cell", CStr(ProsperityAnswer("PROSPERITY", Array("x", Nothing), 0))
    Told "reachable", ProsperityReachable()
    ProsperityHelpTexts
    RibbonChecks
    Told "end", 1
    Close #Out
End Sub
"""
RIBBON_CHECKS = "\nPublic Sub RibbonChecks()\n{lines}\nEnd Sub\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give what the checks wrote, by name."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not on this machine")
    folder = tmp_path_factory.mktemp("basic")
    out = folder / "out.txt"
    lines = [
        f'    Told "{id}", ProsperityQuestion("{id}") & ";" & ProsperityNeedsBook("{id}") & ";" & '
        f'ProsperityRecalculates("{id}") & ";" & ProsperityPlace("{id}") & ";" & '
        f'ProsperityFirst("{id}") & ";" & ProsperityName("prosperity_{id}")'
        for id in BUTTONS
    ]
    source = modules()
    bridge = source["ProsperityBridge"].replace("Private Sh", "Public Out As Integer\nPrivate Sh")
    source["ProsperityBridge"] = bridge + BRIDGE_CHECKS.replace("{out}", str(out))
    source["ProsperityRibbon"] += RIBBON_CHECKS.format(lines="\n".join(lines))
    profile = folder / "profile"

    def run(*arguments: str) -> None:
        command = [office, f"-env:UserInstallation=file://{profile}", "--headless", "--norestore"]
        office_run = subprocess.Popen(
            [*command, *arguments],
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            office_run.wait(timeout=90)
        except subprocess.TimeoutExpired:
            # A slip of syntax makes it wait for an answer to a message that nobody sees.
            os.killpg(office_run.pid, signal.SIGKILL)
            office_run.wait()
            pytest.fail("our VBA does not compile")

    # A fresh profile ends once before it begins, and is filled by the first real start.
    run("--terminate_after_init")
    run("--terminate_after_init")
    _library(profile / "user" / "basic", source)
    run("macro:///Standard.ProsperityBridge.Main")
    text = out.read_text("utf-8")
    return dict(line.split("=", 1) for line in text.splitlines())


def _library(folder: Path, source: dict[str, str]) -> None:
    """Write a Basic library of our modules, in VBA mode."""
    standard = folder / "Standard"
    standard.mkdir(parents=True, exist_ok=True)
    for name, text in source.items():
        # Attributes are no statements: an import takes them out.
        lines = [line for line in text.splitlines() if not line.startswith("Attribute ")]
        body = "Option VBASupport 1\n" + EXCEL_TYPES.sub("As Object", "\n".join(lines))
        (standard / f"{name}.xba").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE script:module PUBLIC '
            '"-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">\n<script:module '
            f'xmlns:script="http://openoffice.org/2000/script" script:name="{name}" '
            f'script:language="StarBasic">{html.escape(body)}</script:module>'
        )
    for kind, names in (("script", source), ("dialog", {})):
        elements = "".join(f'<library:element library:name="{name}"/>' for name in names)
        (standard / f"{kind}.xlb").write_text(
            HEAD.format(kind="library")
            + f'<library:library {NAMESPACES} library:name="Standard" library:readonly="false" '
            f'library:passwordprotected="false">{elements}</library:library>'
        )
        (folder / f"{kind}.xlc").write_text(
            HEAD.format(kind="libraries")
            + f'<library:libraries {NAMESPACES}><library:library library:name="Standard" '
            f'xlink:href="$(USER)/basic/Standard/{kind}.xlb/" xlink:type="simple" '
            'library:link="false"/></library:libraries>'
        )


def letters(codes: str) -> str:
    return "".join(chr(int(code, 16) & 0xFFFF) for code in codes.split())


def test_marked_texts_become_true_errors_alone_and_in_arrays(told: dict[str, str]) -> None:
    assert told["scalar"] == "True"
    assert "2042" in told["number"]
    assert told["plain"] == "plain1.5"
    assert told["rows"] == "xTrue2True"
    assert told["row"] == "Truey"


def test_letters_are_decoded(told: dict[str, str]) -> None:
    assert letters(told["letters"]) == 'A中龥"x"\n'


def test_without_python_cells_show_null_and_why_says_the_reason(told: dict[str, str]) -> None:
    reason = "\n".join(UNREACHABLE) + "\nno DLL"
    assert letters(told["trouble"]) == reason
    assert letters(told["why"]) == reason
    assert "2000" in told["cell"]
    assert told["reachable"] == "False"


def test_the_ribbons_tables_are_those_of_the_buttons(told: dict[str, str]) -> None:
    for id, button in BUTTONS.items():
        place = SHOWN.index(id) if id in SHOWN else 0
        first = button.choices[0] if button.choices else ""
        expected = (button.asks, button.needs_book, button.recalculates, place, first, id)
        assert told[id] == ";".join(map(str, expected))


def test_every_module_was_compiled_and_the_checks_came_to_their_end(told: dict[str, str]) -> None:
    assert told["end"] == "1"
    assert len(FUNCTIONS) == 17
