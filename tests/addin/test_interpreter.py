"""Which Python a child process gets."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from prosperity.errors import BookError
from prosperity_excel.exports.read import read_export
from prosperity_excel.files import child
from prosperity_excel.files.interpreter import interpreter

from .exports import export, months, wind


def touched(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return [folder / name for name in names]


def test_as_a_rule_it_is_this_processs_own() -> None:
    assert interpreter() == sys.executable


def test_a_python_without_a_console_gives_way_to_the_one_with(tmp_path: Path) -> None:
    silent, console = touched(tmp_path, "pythonw.exe", "python.exe")
    assert interpreter(str(silent)) == str(console)
    console.unlink()
    assert interpreter(str(silent)) == str(silent)


def test_inside_another_program_the_installations_python_is_taken(tmp_path: Path) -> None:
    excel, python = touched(tmp_path, "EXCEL.EXE", "Scripts/python.exe")
    assert interpreter(str(excel), str(tmp_path)) == str(python)
    assert interpreter("", str(tmp_path)) == str(python)


def test_files_are_read_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = export(tmp_path, wind(["甲"], months((2020, 1), 3), [[1.0, 2.0, 3.0]]))
    monkeypatch.setattr(child, "looks_ordinary", lambda path: False)
    assert len(child.read_guarded(read_export, file)) == 1
    monkeypatch.setattr(child, "interpreter", lambda: str(tmp_path / "none.exe"))
    with pytest.raises(BookError, match="no_reader"):
        child.read_guarded(read_export, file)
