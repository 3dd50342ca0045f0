"""What a newcomer types first: the name alone, doctor, completion, Ctrl-C."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from prosperity_excel.cli import main
from prosperity_excel.cli.doctor import EXTRAS, LINES, missing_of, writable
from prosperity_excel.cli.first import MORE, STEPS
from prosperity_excel.cli.shared import friendly


def test_the_name_alone_says_what_to_do_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 0
    assert all(command in result.output for command, _, _ in (*STEPS, *MORE))
    (tmp_path / "my book.xlsx").touch()
    (tmp_path / "~$my book.xlsx").touch()
    assert 'prosperity run "my book.xlsx"' in CliRunner().invoke(main, []).output


def test_every_step_is_a_verb() -> None:
    verbs = {command.split()[1] for command, _, _ in STEPS}
    assert verbs <= set(main.list_commands(click.Context(main)))


def test_the_doctor_looks_at_everything_and_gives_remedies() -> None:
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code in (0, 3), result.output
    for word in ("Interpreter", "LibreOffice", "Chinese fonts", "Folder", "Source Wind", *EXTRAS):
        assert word in result.output


def test_an_extra_names_what_is_missing() -> None:
    needed = [
        "numpy>=1",
        'nosuchpackage>=2; extra == "views"',
        'click<1; extra == "views"',
        'pytest>=1; extra == "other"',
    ]
    assert missing_of("views", needed) == ['"nosuchpackage>=2"', '"click<1"']
    assert missing_of("other", needed) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert writable(tmp_path / "not" / "yet")

    def refuse(**_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    assert not writable(tmp_path)


@pytest.mark.parametrize("shell", LINES)
def test_completion_is_installed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    line, file = LINES[shell]
    path = Path(file.replace("~", str(tmp_path)))
    assert line in CliRunner().invoke(main, ["completion", shell]).output
    for _ in range(2):
        result = CliRunner().invoke(main, ["completion", shell, "--install"])
        assert result.exit_code == 0, result.output
    assert path.read_text(encoding="utf-8").count(line) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there is no bash")
def test_verbs_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMP_WORDS", "prosperity rep")
    monkeypatch.setenv("COMP_CWORD", "1")
    result = CliRunner().invoke(
        main, [], prog_name="prosperity", env={"_PROSPERITY_COMPLETE": "bash_complete"}
    )
    assert "report" in result.output


@pytest.mark.parametrize("raised", [KeyboardInterrupt, click.Abort])
def test_ctrl_c_gives_130(raised: type[BaseException]) -> None:
    @click.command()
    @friendly
    def wait() -> None:
        raise raised

    result = CliRunner().invoke(wait, [])
    assert result.exit_code == 130
    assert "Stopped" in result.output
