"""One page on whether formulas can work in Calc here: what was looked at, and what to do."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

from prosperity import __version__

from prosperity_excel.calc.install import Office
from prosperity_excel.calc.office import frames
from prosperity_excel.excel.diagnose import Check, common_checks
from prosperity_excel.files.interpreter import NO_WINDOW, interpreter
from prosperity_excel.words.tongue import counted, spoken

#: Seconds that the interpreter may take to start and answer.
PATIENCE = 60.0


def page(office: Office | None = None) -> list[str]:
    """Return the page's lines.

    Parameters
    ----------
    office
        What to look at; None is this machine's LibreOffice.
    """
    found = list(checks(office or Office.this()))
    bad = sum(check.well is False for check in found)
    end = spoken("没有发现问题。", "No problem was found.")
    if bad:
        end = spoken(f"{bad} 个问题。", f"{counted(bad, 'problem')}.")
    heading = f"Prosperity {__version__} · {platform.platform()}"
    return [heading, *(line for check in found for line in check.lines()), end]


def checks(office: Office) -> Iterator[Check]:
    """Look at LibreOffice, the extension, the interpreter and the settings."""
    yield from _libreoffice(office)
    yield from _extension(office)
    yield _answers()
    yield from common_checks()


def _libreoffice(office: Office) -> Iterator[Check]:
    there = office.program is not None
    yield Check(
        there,
        f"LibreOffice：{office.program or '没有找到；请先安装'}",
        f"LibreOffice: {office.program or 'none found; install it first'}",
    )
    if there:
        advice = "apt install python3-uno"
        yield Check(
            office.has_python,
            "LibreOffice 的 Python" + ("" if office.has_python else f"：没有；{advice}"),
            "LibreOffice's Python" + ("" if office.has_python else f": none; {advice}"),
        )


def _extension(office: Office) -> Iterator[Check]:
    config = office.config()
    advice = "prosperity calc install"
    if config is None:
        yield Check(False, f"扩展未安装；请运行 {advice}", f"No extension; run {advice}")
        return
    version, python = str(config.get("version")), str(config.get("interpreter"))
    same = version == __version__
    yield Check(
        same or None,
        f"扩展 {version} 版" + ("" if same else f"，本机 {__version__} 版；请运行 {advice}"),
        f"Extension {version}" + ("" if same else f", this is {__version__}; run {advice}"),
    )
    there = Path(python).is_file()
    if not there:
        yield Check(
            False,
            f"扩展要启动的 Python 不存在：{python}。请运行 {advice}",
            f"The Python that the extension starts is missing: {python}. Run {advice}",
        )
    elif python != interpreter():
        yield Check(
            None,
            f"扩展启动的是另一个 Python：{python}",
            f"The extension starts another Python: {python}",
        )


def _answers() -> Check:
    """Start the interpreter as LibreOffice would, and let it answer."""
    greeting = {"hello": frames.PROTOCOL, "version": __version__}
    question = {"id": 1, "call": "PROSPERITY_INDUSTRIES", "arguments": [], "book": None}
    try:
        child = subprocess.Popen(
            [interpreter(), "-I", "-m", frames.SERVER],
            cwd=sys.prefix,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=NO_WINDOW,
        )
    except OSError as error:
        return Check(False, f"计算进程：{error}", f"The interpreter for formulas: {error}")
    with child:
        clock = Timer(PATIENCE, child.kill)
        clock.start()
        try:
            child.stdin.write(frames.packed(greeting) + frames.packed(question))  # type: ignore[union-attr]
            child.stdin.flush()  # type: ignore[union-attr]
            told = [frames.receive(child.stdout) for _ in range(2)]
        except (OSError, frames.FrameError):
            told = [None, None]
        finally:
            clock.cancel()
            child.kill()
    good = bool(told[1]) and isinstance(told[1].get("answer"), list)  # type: ignore[union-attr]
    return Check(
        good,
        f"计算进程 {interpreter()}" + ("" if good else "：没有回答；请重新安装 Prosperity"),
        f"Interpreter {interpreter()}"
        + ("" if good else ": gave no answer; install Prosperity anew"),
    )
