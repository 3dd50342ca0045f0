"""On Windows, without Office: real pywin32, COM between processes, a real profile and folders."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prosperity_excel.excel.handshake import FILE_NAME, PROTOCOL, XLWINGS_VERSION
from prosperity_excel.excel.xlam.build import FLAGS, START

CLSID = "{506e67c3-55b5-48c3-a035-eed5deea7d6d}"
#: Names that a hostile folder holds: what is imported, and what is started.
HOSTILE = ("xlwings", "pandas", "json", "os", "prosperity_excel", "sitecustomize")
PROGRAMS = ("cmd.exe", "python.exe", "pythonw.exe", "soffice.exe")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder in which everything that could be taken for ours leaves a mark."""
    for name in HOSTILE:
        mark = tmp_path / f"{name}.ran"
        (tmp_path / f"{name}.py").write_text(f"open({str(mark)!r}, 'w')\n", encoding="utf-8")
    for name in PROGRAMS:
        (tmp_path / name).write_bytes(b"this is no program")
    return tmp_path


def test_the_server_answers_from_another_process_and_from_a_hostile_folder(folder: Path) -> None:
    """It is started as the add-in's VBA starts it, and called as Excel calls it."""
    code = (
        f"{START}import xlwings.utils;xlwings.utils.prepare_sys_path('false;;;;;;');"
        f"import xlwings.com_server;xlwings.com_server.serve({CLSID!r})"
    )
    shell = Path(os.environ["SYSTEMROOT"], "System32", "cmd.exe")
    started = subprocess.Popen(
        f'"{shell}" /D /C ""{sys.executable}" {" ".join(FLAGS)} -c "{code}""', cwd=folder
    )
    try:
        python = _found(CLSID)
        arguments = (PROTOCOL, XLWINGS_VERSION, "")
        answer = python.CallUDF(
            "prosperity_excel.excel.functions", "handshake", arguments, None, None
        )
        assert isinstance(answer, str)
        asked = ("nosuch", None, None, None, None)
        value = python.CallUDF("prosperity_excel.excel.functions", "PROSPERITY", asked, None, None)
        assert str(value).startswith("#PROSPERITY:")
        assert not list(folder.glob("*.ran"))
    finally:
        subprocess.run(
            [Path(os.environ["SYSTEMROOT"], "System32", "taskkill.exe"),
             "/F", "/T", "/PID", str(started.pid)],
            check=False,
        )  # fmt: skip


def _found(clsid: str):  # type: ignore[no-untyped-def]
    import pythoncom
    import pywintypes
    import win32com.client

    last: Exception | None = None
    for _ in range(60):
        try:
            found = pythoncom.CoCreateInstance(
                pywintypes.IID(clsid), None, pythoncom.CLSCTX_LOCAL_SERVER, pythoncom.IID_IDispatch
            )
            return win32com.client.Dispatch(found)
        except pywintypes.com_error as error:
            last = error
        time.sleep(0.5)
    raise AssertionError("the server did not start") from last


def test_installing_and_removing_leave_the_profile_as_it_was(folder: Path) -> None:
    profile = Path(os.environ["APPDATA"])
    before = _files(profile)

    def run(verb: str) -> str:
        done = subprocess.run(
            [Path(sys.executable).with_name("Scripts") / "prosperity.exe", "addin", verb],
            cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False,
            env={**os.environ, "PYTHONUTF8": "1"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("install")
    added = _files(profile) - before
    assert any(path.name == FILE_NAME for path in added)
    run("uninstall")
    assert _files(profile) == before
    assert not list(folder.glob("*.ran"))


def _files(folder: Path) -> set[Path]:
    excel = folder / "Microsoft" / "Excel"
    return {path for path in excel.rglob("*") if path.is_file()}
