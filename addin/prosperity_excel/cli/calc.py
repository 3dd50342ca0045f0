"""The verbs ``prosperity calc build | install | uninstall | diagnose``."""

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
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.tongue import spoken

_profile = click.option(
    "--profile",
    type=click.Path(file_okay=False, path_type=Path),
    help="Another profile of LibreOffice's than the usual one. 另一个 LibreOffice 用户配置。",
)


@click.group()
def calc() -> None:
    """Formulas in LibreOffice Calc. LibreOffice Calc 里的公式。"""


@calc.command()
@click.option(
    "--out",
    type=ANY,
    default=Path("prosperity.oxt"),
    show_default=True,
    help="File to write. 输出文件。",
)
@force_option
@friendly
def build(out: Path, force: bool) -> None:
    """Build the extension file for this machine's Python. 生成扩展文件。"""
    from prosperity_excel.calc.extension import build as content
    from prosperity_excel.files.interpreter import interpreter
    from prosperity_excel.files.replacing import replacing
    from prosperity_excel.runs.outputs import writing

    outputs = planned(("calc", out, "--out"))
    check_outputs(outputs, force=force)
    with writing("calc", *outputs), replacing(out) as temporary:
        temporary.write_bytes(content(interpreter()))
    say_written(out)


@calc.command()
@_profile
@friendly
def install(profile: Path | None) -> None:
    """Install the extension for this user. 为当前用户安装扩展。"""
    from prosperity_excel.calc.install import Office
    from prosperity_excel.calc.install import install as run

    _say(run(Office.this(profile)))


@calc.command()
@_profile
@friendly
def uninstall(profile: Path | None) -> None:
    """Take the extension out again. 移除扩展。"""
    from prosperity_excel.calc.install import Office
    from prosperity_excel.calc.install import uninstall as run

    _say(run(Office.this(profile)))


@calc.command()
@_profile
@friendly
def diagnose(profile: Path | None) -> None:
    """Print one page on whether formulas can work in Calc. 检查公式能否在 Calc 里工作。"""
    from prosperity_excel.calc.diagnose import page
    from prosperity_excel.calc.install import Office

    for line in page(Office.this(profile)):
        click.echo(line)


def _say(done: Iterable[Pair]) -> None:
    for zh, en in done:
        click.echo(f"- {spoken(zh, en, chr(10) + '  ')}")
