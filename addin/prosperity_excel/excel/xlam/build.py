"""Building the add-in file from the template that xlwings ships.

The template's VBA project is patched, never written from nothing: its references and its own
modules stay, our modules are added as source. Nothing here needs Excel or Windows, and the same
source gives the same bytes on any machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from prosperity import __version__
from prosperity.errors import BookError

from prosperity_excel.excel.handshake import FILE_NAME, PROTOCOL, XLWINGS_VERSION, xlwings_version
from prosperity_excel.excel.xlam import cfb
from prosperity_excel.excel.xlam.package import (
    VBA_PART,
    Setting,
    classic_ribbon,
    configured,
    our_ribbon,
    unzipped,
    with_names,
    with_ribbon,
    zipped,
)
from prosperity_excel.excel.xlam.project import Project
from prosperity_excel.excel.xlam.vba import CLASSIC_MODULE, classic_module, modules
from prosperity_excel.files.replacing import replacing

TEMPLATE = "quickstart_addin_ribbon.xlam"
TEMPLATE_MODULE = "RibbonMyAddin"
#: Not "Prosperity": a project and a function may not share a name.
PROJECT = "ProsperityAddin"
TITLE = "Prosperity 景气度"
DESCRIPTION = (
    "行业景气度公式与功能区。Industry prosperity: formulas and ribbon. "
    "Contains the xlwings VBA module (BSD-3-Clause) and VBA-Dictionary (MIT)."
)
#: What is changed in xlwings' own module: (as it is, as we ship it). Each stands there once.
PATCHES: tuple[tuple[str, str], ...] = (
    (
        'Public Const PROJECT_NAME As String = "myaddin"',
        'Public Const PROJECT_NAME As String = "prosperity"',
    ),
    # A workbook, or a file beside it, must not name the program that is started.
    (
        'If SheetExists(ActiveWorkbook, PROJECT_NAME & ".conf") = True Then',
        "If False Then ' Prosperity: never from a workbook",
    ),
    (
        'If source = "" Or source = "directory" Then',
        "If source = \"directory\" Then ' Prosperity: never from a workbook's folder",
    ),
    # There may be no active workbook, and its path has no place on a command line.
    (
        'PYTHONPATH = AddExcelDir & ";" & ActiveWorkbook.FullName & ";"',
        'PYTHONPATH = AddExcelDir & ";" & ThisWorkbook.FullName & ";"',
    ),
    # The system's command processor, not one that lies in Excel's current folder, which file
    # dialogs change; and nothing that runs at the start of every command processor.
    (
        'PYTHON_WIN = "cmd.exe " & ConsoleSwitch & " /K " & CondaCmd & "python"',
        'PYTHON_WIN = Environ$("SystemRoot") & "\\System32\\cmd.exe " & ConsoleSwitch & '
        '" /D /K " & CondaCmd & "python"',
    ),
    (
        'PYTHON_WIN = "cmd.exe " & ConsoleSwitch & " /K " & Chr(34) & Chr(34) & PYTHON_WIN & '
        "Chr(34)",
        'PYTHON_WIN = Environ$("SystemRoot") & "\\System32\\cmd.exe " & ConsoleSwitch & '
        '" /D /K " & Chr(34) & Chr(34) & PYTHON_WIN & Chr(34)',
    ),
    # Python never imports from the current folder (-P) and leaves it for its own at once. xlwings
    # imports matplotlib where it is installed, which takes a second and is not used.
    (
        '" -B -c ""import sys, os;"',
        '" -B -P -c ""import sys, os;os.chdir(sys.prefix);sys.modules[\'matplotlib\']=None;"',
    ),
)
#: The last patch but for the quoting: how Python is started, and what it runs first.
FLAGS = ("-B", "-P")
START = "import sys, os;os.chdir(sys.prefix);sys.modules['matplotlib']=None;"


def build_addin(*, interpreter: str = "", classic: bool = False) -> bytes:
    """Return the add-in file.

    Parameters
    ----------
    interpreter
        Absolute path of the Python that Excel starts; empty in the file that is shipped, and
        written by ``prosperity addin install``.
    classic
        The fallback: without our functions' VBA; Excel imports them itself.

    Raises
    ------
    BookError
        When xlwings is not installed in exactly the version that the file must name.
    """
    parts = unzipped(_template())
    project = Project.read(cfb.read(parts[VBA_PART]))
    project = project.without_module(TEMPLATE_MODULE).named(PROJECT)
    project = project.with_module("xlwings", patched(project.source("xlwings")))
    ours = {CLASSIC_MODULE: classic_module()} if classic else modules()
    for name, source in ours.items():
        project = project.with_module(name, source)
    changed: dict[str, bytes] = {**parts, VBA_PART: cfb.write(project.packed())}
    changed = with_names(changed, TITLE, DESCRIPTION)
    changed = with_ribbon(changed, classic_ribbon() if classic else our_ribbon())
    return zipped(configured(changed, settings(interpreter)))


def write_addin(path: Path, *, interpreter: str = "", classic: bool = False) -> None:
    """Write the add-in file whole or not at all; see :func:`build_addin`."""
    content = build_addin(interpreter=interpreter, classic=classic)
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def shipped() -> bytes:
    """Return the add-in file that comes with the package."""
    return resources.files(__package__).joinpath(FILE_NAME).read_bytes()


def with_interpreter(addin: bytes, interpreter: str) -> bytes:
    """Return an add-in file that starts another Python."""
    return zipped(configured(unzipped(addin), settings(interpreter)))


def settings(interpreter: str) -> Mapping[str, Setting]:
    """Return the rows of the add-in's own settings sheet, as xlwings' VBA reads them."""
    return {
        "INTERPRETER_WIN": interpreter,
        "INTERPRETER_MAC": "",
        "PYTHONPATH": "",
        "CONDA PATH": "",
        "CONDA ENV": "",
        "LICENSE_KEY": "",
        "UDF MODULES": "prosperity_excel.excel.functions",
        "DEBUG UDFS": False,
        "USE UDF SERVER": True,
        "SHOW CONSOLE": False,
        "ADD_WORKBOOK_TO_PYTHONPATH": False,
        "PROSPERITY_VERSION": __version__,
        "PROSPERITY_PROTOCOL": str(PROTOCOL),
        "XLWINGS_VERSION": XLWINGS_VERSION,
    }


def patched(source: str) -> str:
    """Return xlwings' module as we ship it, with a line that says so below its licence.

    Raises
    ------
    BookError
        When a place to change is not there exactly once.
    """
    for old, new in PATCHES:
        if source.count(old) != 1:
            raise BookError(
                "template_differs",
                f"xlwings 的 VBA 模块与预期不同（{old}）。请安装 xlwings {XLWINGS_VERSION}。",
                f"xlwings' VBA module is not as expected ({old}). Install xlwings "
                f"{XLWINGS_VERSION}.",
            )
        source = source.replace(old, new)
    first, _, rest = source.partition("\n")
    return f"{first}\n' Changed for Prosperity in {len(PATCHES)} places; see NOTICE.\r\n{rest}"


def _template() -> bytes:
    installed = xlwings_version()
    spec = find_spec("xlwings")
    if installed != XLWINGS_VERSION or spec is None or spec.origin is None:
        raise BookError(
            "xlwings_version",
            f"生成加载项需要 xlwings {XLWINGS_VERSION}，现为 {installed or '未安装'}。请运行 "
            f'pip install "xlwings=={XLWINGS_VERSION}"。',
            f"Building the add-in needs xlwings {XLWINGS_VERSION}; there is {installed or 'none'}. "
            f'Run pip install "xlwings=={XLWINGS_VERSION}".',
        )
    return (Path(spec.origin).parent / TEMPLATE).read_bytes()
