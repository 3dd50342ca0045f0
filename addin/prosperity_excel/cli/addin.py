"""The verbs ``prosperity addin build | install | uninstall | diagnose``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from prosperity_excel.cli.shared import (
    ANY,
    check_outputs,
    force_option,
    friendly,
    planned,
    say_written,
)
from prosperity_excel.excel.install import Machine
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.tongue import spoken

_classic = click.option(
    "--classic", is_flag=True, help="The fallback with Import functions. 备用方式。"
)


@click.group()
def addin() -> None:
    """Build, install or check the Excel add-in. 生成、安装、检查 Excel 加载项。"""


@addin.command()
@click.option(
    "--out",
    type=ANY,
    default=Path("prosperity.xlam"),
    show_default=True,
    help="File to write. 输出文件。",
)
@force_option
@_classic
@friendly
def build(out: Path, force: bool, classic: bool) -> None:
    """Build the add-in file, on any system. 生成加载项文件，任何系统都可以。"""
    from prosperity_excel.excel.xlam.build import write_addin
    from prosperity_excel.runs.outputs import writing

    outputs = planned(("addin", out, "--out"))
    check_outputs(outputs, force=force)
    with writing("addin", *outputs):
        write_addin(out, classic=classic)
    say_written(out)


@addin.command()
@_classic
@friendly
def install(classic: bool) -> None:
    """Install the add-in for this user (Windows). 为当前用户安装加载项。"""
    from prosperity_excel.excel.install import install as run

    _say(run(Machine.this(), classic=classic))


@addin.command()
@friendly
def uninstall() -> None:
    """Undo what install did. 撤销安装。"""
    from prosperity_excel.excel.install import uninstall as run

    _say(run(Machine.this()))


@addin.command()
@friendly
def diagnose() -> None:
    """Print one page on whether the add-in can work. 检查加载项能否工作。"""
    from prosperity_excel.excel.diagnose import page

    for line in page():
        click.echo(line)


def _say(done: Iterable[Pair]) -> None:
    for zh, en in done:
        click.echo(f"- {spoken(zh, en, chr(10) + '  ')}")
