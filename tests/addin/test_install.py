"""Installing, removing and diagnosing the add-in; on Windows as far as folders can show it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from prosperity_excel.cli import main
from prosperity_excel.excel import handshake
from prosperity_excel.excel import install as installing
from prosperity_excel.excel.diagnose import checks, page
from prosperity_excel.excel.install import (
    DLLS,
    InstallError,
    Machine,
    install,
    installed_config,
    uninstall,
)
from prosperity_excel.excel.xlam.build import build_addin, with_interpreter
from prosperity_excel.excel.xlam.package import config, configured, unzipped, zipped
from prosperity_excel.excel.xlam.vba import UNREACHABLE
from prosperity_excel.runs.settings import write_user


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Give a Windows machine made of folders: a venv with xlwings' DLL, and %APPDATA%."""
    python = tmp_path / "venv" / "Scripts" / "python.exe"
    python.parent.mkdir(parents=True)
    python.touch()
    (tmp_path / "venv" / DLLS[0]).touch()
    return Machine("Windows", tmp_path / "AppData", tmp_path / "home", python)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_install_puts_the_add_in_where_excel_opens_it(machine: Machine) -> None:
    done = install(machine)
    assert machine.target.parts[-4:] == ("Microsoft", "Excel", "XLSTART", "prosperity.xlam")
    found = installed_config(machine)
    assert found is not None
    assert found["INTERPRETER_WIN"] == str(machine.interpreter)
    assert any(str(machine.target) in en for _, en in done)
    assert any("--classic" in en for _, en in done)


def test_uninstall_undoes_exactly_what_install_did(machine: Machine, tmp_path: Path) -> None:
    (machine.xlstart).mkdir(parents=True)
    (machine.xlstart / "other.xlam").write_bytes(b"other")
    before = tree(tmp_path)
    install(machine)
    install(machine)
    assert any("Deleted" in en for _, en in uninstall(machine))
    assert tree(tmp_path) == before
    assert uninstall(machine)[0][1].startswith("Nothing was installed")


def test_a_file_that_is_not_ours_or_was_changed_is_left(machine: Machine) -> None:
    machine.xlstart.mkdir(parents=True)
    machine.target.write_bytes(b"somebody's")
    with pytest.raises(InstallError, match="not Prosperity's") as caught:
        install(machine)
    assert caught.value.code == "foreign_file"
    assert machine.target.read_bytes() == b"somebody's"
    machine.target.unlink()
    install(machine)
    machine.target.write_bytes(machine.target.read_bytes() + b" ")
    assert any("was changed" in en for _, en in uninstall(machine))
    assert machine.target.exists()


def test_a_missing_interpreter_is_said(machine: Machine) -> None:
    machine.interpreter.unlink()
    with pytest.raises(InstallError, match="no interpreter at") as caught:
        install(machine)
    assert caught.value.code == "no_interpreter"
    assert not machine.target.exists()
    assert "Python cannot be reached" in UNREACHABLE[1]
    assert "prosperity addin diagnose" in UNREACHABLE[0]


def test_a_missing_dll_is_said(machine: Machine) -> None:
    (machine.interpreter.parent.parent / DLLS[0]).unlink()
    with pytest.raises(InstallError, match=rf"no {DLLS[0]}"):
        install(machine)


def test_another_xlwings_is_said(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "xlwings_version", lambda: "0.30.0")
    with pytest.raises(InstallError, match=r"there is 0\.30\.0"):
        install(machine)
    monkeypatch.setattr(handshake, "xlwings_version", lambda: None)
    assert "has none" in handshake.complaint(str(handshake.PROTOCOL), handshake.XLWINGS_VERSION)


def test_the_classic_way_tells_what_to_press(machine: Machine) -> None:
    done = " ".join(en for _, en in install(machine, classic=True))
    assert "Trust access to the VBA project object model" in done
    assert "untick" in done
    assert unzipped(machine.target.read_bytes()) == unzipped(
        build_addin(interpreter=str(machine.interpreter), classic=True)
    )


def test_elsewhere_the_steps_are_told_and_nothing_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for verb in ("install", "uninstall"):
        done = CliRunner().invoke(main, ["addin", verb])
        assert done.exit_code == 0, done.output
    told = CliRunner().invoke(main, ["addin", "install"]).output
    assert "nothing was done" in told
    assert r"%APPDATA%\Microsoft\Excel\XLSTART\prosperity.xlam" in told
    assert tree(tmp_path) == {}


def test_build_writes_the_file_and_does_not_replace_it(tmp_path: Path) -> None:
    out = tmp_path / "p.xlam"
    assert CliRunner().invoke(main, ["addin", "build", "--out", str(out)]).exit_code == 0
    assert out.read_bytes() == build_addin()
    again = CliRunner().invoke(main, ["addin", "build", "--out", str(out)])
    assert again.exit_code == 1
    assert "file_exists" in again.output


def problems(machine: Machine) -> str:
    return "\n".join(check.en for check in checks(machine) if check.well is False)


def test_diagnose_finds_each_problem(machine: Machine, tmp_path: Path) -> None:
    assert "not installed; run prosperity addin install" in problems(machine)
    install(machine)
    assert problems(machine) == ""
    machine.target.write_bytes(with_interpreter(machine.target.read_bytes(), r"C:\gone\python.exe"))
    assert r"starts is missing: C:\gone\python.exe" in problems(machine)
    parts = unzipped(machine.target.read_bytes())
    newer = {**config(parts), "PROSPERITY_VERSION": "9.9.9",
             "INTERPRETER_WIN": str(machine.interpreter)}  # fmt: skip
    machine.target.write_bytes(zipped(configured(parts, newer)))
    assert problems(machine) == ""
    for other in ({"PROSPERITY_PROTOCOL": "1"}, {"PROSPERITY_PROTOCOL": ""}):
        machine.target.write_bytes(zipped(configured(parts, {**newer, **other})))
        assert "add-in file (of version 9.9.9) does not go together" in problems(machine)
    machine.target.write_bytes(zipped(configured(parts, newer)))
    write_user({"library": str(tmp_path / "gone")})
    assert "library folder does not exist" in problems(machine)


def test_diagnose_says_what_excel_said_of_the_help_texts(machine: Machine) -> None:
    install(machine)
    text = "\n".join(page(machine, "1004 hidden workbook"))
    assert "did not take the functions' help texts (1004 hidden workbook)" in text
    assert "1 problem." in text


def test_diagnose_says_what_is_there(machine: Machine, own_files: Path) -> None:
    install(machine)
    other = Machine(
        "Windows", machine.appdata, machine.home, Path(machine.interpreter.parent / "x")
    )
    other.interpreter.touch()
    (machine.xlstart / "xlwings.xlam").touch()
    text = "\n".join(page(other))
    assert "starts another Python" in text
    assert "xlwings' own add-in xlwings.xlam" in text
    (own_files / "settings.toml").write_text("nonsense = 1", encoding="utf-8")
    assert "There is no setting 'nonsense'" in "\n".join(page(machine))
    printed = CliRunner().invoke(main, ["addin", "diagnose"])
    assert printed.exit_code == 0
    assert "Interpreter" in printed.output
