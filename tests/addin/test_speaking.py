"""One language in the shell: the locale decides, then the setting, then ``--language``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from prosperity_excel.cli import VERBS, main
from prosperity_excel.runs.settings import write_user
from prosperity_excel.words.tongue import (
    LANGUAGE_VARIABLE,
    LOCALE_VARIABLES,
    counted,
    help_parts,
    is_chinese,
    label_parts,
    language,
    locale_language,
    speaking,
    spoken,
)

from tests.addin.conftest import sample_book


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Give an environment that says no language."""
    for name in (*LOCALE_VARIABLES, LANGUAGE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture(scope="module")
def autos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_book(tmp_path_factory.mktemp("books") / "autos.xlsx", "autos")


def chinese(text: str) -> str:
    return "".join(sign for sign in text if is_chinese(sign))


def shell(*args: object) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


def commands() -> Iterator[tuple[str, click.Command]]:
    """Give every verb, and the verbs within verbs, as they are written."""
    from importlib import import_module

    for verb, (module, name) in VERBS.items():
        command = getattr(import_module(f"prosperity_excel.cli.{module}"), name)
        yield verb, command
        for inner, found in getattr(command, "commands", {}).items():
            yield f"{verb} {inner}", found


def test_every_help_text_is_english_and_then_chinese() -> None:
    for name, command in commands():
        options = [p for p in command.params if isinstance(p, click.Option)]
        texts = [command.help, *(option.help for option in options)]
        for text in texts:
            zh, en = help_parts(text or "")
            assert chinese(zh), (name, text)
            assert en, (name, text)
            assert not chinese(en), (name, text)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "Chinese_China.936"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "en_US.UTF-8", LANGUAGE_VARIABLE: "both"}, "both"),
        ({"LANG": "en_US.UTF-8", LANGUAGE_VARIABLE: "klingon"}, "en"),
    ],
)
def test_the_locale(given: dict[str, str], expected: str) -> None:
    assert locale_language(given) == expected


def test_the_setting_comes_before_the_locale_and_an_option_before_both(
    nowhere: pytest.MonkeyPatch,
) -> None:
    assert "Usage:" in shell("run", "--help").output
    nowhere.setenv("LANG", "zh_CN.UTF-8")
    assert "用法" in shell("run", "--help").output
    write_user({"language": "en"})
    assert "Usage:" in shell("run", "--help").output
    for args in (("run", "--help", "--language", "zh"), ("--language=zh", "run", "--help")):
        assert "用法" in shell(*args).output
    write_user({"language": "auto"})
    assert "用法" in shell("run", "--help").output
    assert language() == "both", "what was spoken before is spoken again"


def test_a_book_s_own_setting_is_spoken_unless_an_option_says_otherwise(
    autos: Path, tmp_path: Path, nowhere: pytest.MonkeyPatch
) -> None:
    import openpyxl

    book = openpyxl.load_workbook(autos)
    sheet = book.create_sheet("settings")
    sheet.append(["language", "zh"])
    book.save(tmp_path / "own.xlsx")
    assert "行业" in shell("run", tmp_path / "own.xlsx").output
    assert not chinese(shell("run", tmp_path / "own.xlsx", "--language", "en").output)


def test_a_run_in_english_has_no_chinese_and_one_in_chinese_no_english(
    autos: Path, nowhere: pytest.MonkeyPatch
) -> None:
    english = shell("run", autos).output
    assert "Decision date" in english
    assert not chinese(english)
    both = shell("run", autos, "--language", "both").output
    assert "决策日 Decision date" in both
    nowhere.setenv("LC_ALL", "zh_CN.UTF-8")
    said = shell("run", autos).output
    assert "决策日" in said
    for word in ("Decision", "Signal", "simulated", "Warning", "Composite", "industry"):
        assert word not in said


@pytest.mark.parametrize(
    ("args", "zh", "en"),
    [
        (
            ("rum", "x"),
            "没有“rum”这个命令。是否指：run？",
            "There is no verb 'rum'. Did you mean run?",
        ),
        (("a.xlsx",), "“a.xlsx”是文件", "'a.xlsx' is a file"),
        (("run", "--timng", "x", "a"), "没有 --timng 这个选项。是否指：--timing？", "--timing"),
        (("run", "--timing", "releasd", "a"), "是否指：released？", "Did you mean released?"),
        (("run",), "缺少参数 BOOKS...。", "Missing argument"),
        (("import", "x.xlsx"), "缺少选项 --into。", "Missing option"),
        (("template", "autos", "--out"), "选项 --out 要有值。", "requires an argument"),
        (("run", "a", "--cost-bps", "x"), "应为数字。", "is not a valid float"),
        (("settings", "x"), "多出的参数：x。", "unexpected extra argument"),
        (("addin", "instal"), "没有“instal”这个命令。", "No such command"),
    ],
)
def test_usage_errors(args: tuple[str, ...], zh: str, en: str, nowhere: pytest.MonkeyPatch) -> None:
    found = shell(*args)
    assert found.exit_code == 2
    assert en in found.output
    assert not chinese(found.output)
    nowhere.setenv("LANG", "zh_CN.UTF-8")
    found = shell(*args)
    assert found.exit_code == 2
    assert zh in found.output
    assert "Error" not in found.output
    assert "Usage" not in found.output


def test_errors_are_said_in_the_language(nowhere: pytest.MonkeyPatch) -> None:
    found = shell("run", "absent.xlsx")
    assert found.exit_code == 1
    assert not chinese(found.output)
    assert "Error [missing_file]" in found.output
    said = shell("run", "absent.xlsx", "--language", "zh").output
    assert "错误 [missing_file]" in said


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "ascii", "utf-8"])
@pytest.mark.parametrize("tongue", ["zh", "en", "both"])
def test_help_in_any_encoding(encoding: str, tongue: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, LANGUAGE_VARIABLE: tongue}
    done = subprocess.run(
        [sys.executable, "-m", "prosperity_excel.cli", "settings", "--help"],
        capture_output=True,
        env=environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    # Over an ASCII console click writes UTF-8: readable nearly everywhere today.
    text = done.stdout.decode("utf-8" if encoding == "ascii" else encoding)
    assert "settings" in text
    if encoding in ("gbk", "utf-8") and tongue != "en":
        assert "选项" in text


def test_parts_of_headings_and_numbers_of_things() -> None:
    assert label_parts("决策日 Decision date") == ("决策日", "Decision date")
    assert label_parts("目标列 Target (one)") == ("目标列", "Target (one)")
    assert label_parts("id") == ("", "id")
    assert [counted(n, "error") for n in (0, 1, 2)] == ["0 errors", "1 error", "2 errors"]
    assert counted(2, "industry") == "2 industries"
    with speaking("en"):
        assert spoken("甲", "one") == "one"
    with speaking("zh"):
        assert spoken("甲", "one") == "甲"
    assert spoken("甲", "one") == "甲 one"
