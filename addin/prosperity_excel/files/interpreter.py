"""Which Python a child process is started with, from a shell or from Excel's server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

#: Keeps Windows from opening a console for a child of a program that has none.
NO_WINDOW: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)


def interpreter(executable: str = sys.executable or "", prefix: str = sys.exec_prefix) -> str:
    """Return the program that runs our modules in a child.

    That of this process, as a rule: Excel's functions and buttons run in a Python that xlwings'
    DLL starts. ``pythonw.exe`` may have no standard output, so the ``python.exe`` beside it is
    preferred. Where another program holds Python inside, its name is no Python's, and the one of
    the installation is taken.

    Parameters
    ----------
    executable
        Program of this process.
    prefix
        Folder of its Python.
    """
    own = Path(executable)
    places = [Path(prefix, *parts) for parts in (
        ("python.exe",), ("Scripts", "python.exe"), ("bin", "python3"))]  # fmt: skip
    if own.name.casefold().startswith("pythonw"):
        places = [own.with_name("python.exe"), own]
    elif own.name.casefold().startswith(("python", "pypy")):
        places = [own]
    return str(next((place for place in places if place.is_file()), executable))


def installed(program: str) -> str | None:
    """Return where a program is on the path; never one in the current folder.

    Windows looks into the current folder first, and so does :func:`shutil.which` there; an empty or
    relative entry of the path means the same elsewhere.
    """
    folders = [f for f in os.environ.get("PATH", "").split(os.pathsep) if Path(f).is_absolute()]
    here = Path.cwd()
    folders = [f for f in folders if Path(f) != here]
    names = [program]
    if sys.platform == "win32":
        names = [f"{program}.exe", f"{program}.com"]
    places = (shutil.which(str(Path(folder, name))) for folder in folders for name in names)
    return next((place for place in places if place is not None), None)
