"""One page on whether the add-in can work here: what was looked at, and what to do."""

from __future__ import annotations

import platform
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prosperity import __version__
from prosperity.errors import ProsperityError

from prosperity_excel.excel.handshake import XLWINGS_VERSION, complaint, xlwings_version
from prosperity_excel.excel.install import DLLS, Machine, installed_config
from prosperity_excel.files.log import log_file
from prosperity_excel.formulas.library_files import stamps
from prosperity_excel.runs.settings import resolve, user_file
from prosperity_excel.vendors import VENDORS, vendor
from prosperity_excel.words.tongue import counted, language, spoken

MARKS = {
    True: ("√ 正常  ", "√ ok     "),
    False: ("× 有问题", "× problem"),
    None: ("· 说明  ", "· note   "),
}


@dataclass(frozen=True)
class Check:
    """One thing looked at: well (True), not well (False), or only said (None)."""

    well: bool | None
    zh: str
    en: str

    def lines(self) -> list[str]:
        """Return it as the page shows it."""
        mark = MARKS[self.well][language() != "zh"]
        return f"{mark}  {spoken(self.zh, self.en, chr(10) + ' ' * 11)}".split("\n")


def page(machine: Machine | None = None, help_trouble: str = "") -> list[str]:
    """Return the page's lines.

    Parameters
    ----------
    machine
        What to look at; None is this machine.
    help_trouble
        What Excel said when it did not take the help texts of the functions.
    """
    found = [*checks(machine or Machine.this()), *_help(help_trouble)]
    bad = sum(check.well is False for check in found)
    end = spoken("没有发现问题。", "No problem was found.")
    if bad:
        end = spoken(f"{bad} 个问题。", f"{bad} {'problem' if bad == 1 else 'problems'}.")
    heading = f"Prosperity {__version__} · {platform.platform()}"
    return [heading, *(line for check in found for line in check.lines()), end]


def checks(machine: Machine) -> list[Check]:
    """Look at everything; a check that fails in an unforeseen way says so."""
    return [found for look in _LOOKS for found in look(machine)]


def common_checks(machine: Machine | None = None) -> Iterator[Check]:
    """Look at what any host needs: settings, library, sources, log."""
    found = machine or Machine.this()
    for look in (_settings, _sources, _log):
        yield from look(found)


def _python(machine: Machine) -> Iterator[Check]:
    bits = struct.calcsize("P") * 8
    version = platform.python_version()
    yield Check(
        machine.interpreter.is_file(),
        f"解释器 {machine.interpreter}（Python {version}，{bits} 位）"
        + ("" if machine.interpreter.is_file() else "：不存在。请重新安装 Python 与 Prosperity"),
        f"Interpreter {machine.interpreter} (Python {version}, {bits} bit)"
        + (
            "" if machine.interpreter.is_file() else ": missing. Install Python and Prosperity anew"
        ),
    )


def _xlwings(machine: Machine) -> Iterator[Check]:
    installed = xlwings_version()
    good = installed == XLWINGS_VERSION
    advice = f'pip install "xlwings=={XLWINGS_VERSION}"'
    yield Check(
        good,
        f"xlwings {installed or '未安装'}"
        + ("" if good else f"：需要 {XLWINGS_VERSION}，{advice}"),
        f"xlwings {installed or 'none'}"
        + ("" if good else f": {XLWINGS_VERSION} needed, {advice}"),
    )
    if machine.windows:
        dll = machine.dll()
        yield Check(
            dll is not None,
            f"xlwings 的 DLL：{dll or f'没有 {DLLS[0]}；请重新安装 xlwings'}",
            f"xlwings' DLL: {dll or f'no {DLLS[0]}; install xlwings anew'}",
        )


def _addin(machine: Machine) -> Iterator[Check]:
    if not machine.windows:
        yield Check(None, "加载项：只在 Windows 上检查", "Add-in: looked at on Windows only")
        return
    found = installed_config(machine)
    if found is None:
        advice = "prosperity addin install"
        yield Check(
            False, f"加载项未安装；请运行 {advice}", f"The add-in is not installed; run {advice}"
        )
        return
    said = complaint(
        found.get("PROSPERITY_PROTOCOL", ""),
        found.get("XLWINGS_VERSION", ""),
        found["PROSPERITY_VERSION"],
    )
    zh, _, en = said.partition("\n")
    yield Check(not said, zh or f"加载项 {machine.target}", en or f"Add-in {machine.target}")
    python = Path(found.get("INTERPRETER_WIN", ""))
    if not python.is_file():
        yield Check(
            False,
            f"加载项要启动的 Python 不存在：{python}。请运行 prosperity addin install",
            f"The Python that the add-in starts is missing: {python}. Run prosperity addin install",
        )
    elif python != machine.interpreter:
        yield Check(
            None,
            f"加载项启动的是另一个 Python：{python}",
            f"The add-in starts another Python: {python}",
        )
    others = sorted(p.name for p in machine.xlstart.glob("xlwings*.xlam"))
    if others:
        yield Check(
            None,
            f"还有 xlwings 自己的加载项 {others[0]}，可与 Prosperity 并存",
            f"There is xlwings' own add-in {others[0]} too; both can be used",
        )


def _settings(machine: Machine) -> Iterator[Check]:
    try:
        resolved = resolve()
    except ProsperityError as error:
        yield Check(False, error.message("zh"), error.message("en"))
        return
    file = user_file()
    there = ("", "") if file.exists() else ("（没有，用默认值）", " (none: defaults)")
    yield Check(True, f"设定文件 {file}{there[0]}", f"Settings file {file}{there[1]}")
    if resolved.library is None:
        yield Check(None, "没有选择资料夹", "No library folder is chosen")
        return
    try:
        count = len(stamps(resolved.library))
    except ProsperityError as error:
        yield Check(False, error.message("zh"), error.message("en"))
        return
    yield Check(
        True,
        f"资料夹 {resolved.library}：{count} 个工作簿",
        f"Library {resolved.library}: {counted(count, 'book')}",
    )


def _sources(machine: Machine) -> Iterator[Check]:
    for id in VENDORS:
        one = vendor(id)
        error = one.state().error
        yield Check(
            None if error else True,
            f"数据源 {one.name[0]}：{error.zh if error else '可用'}",
            f"Source {one.name[1]}: {error.en if error else 'can be asked'}",
        )


def _help(trouble: str) -> Iterator[Check]:
    if trouble:
        yield Check(
            False,
            f"Excel 没有接受公式的中文说明（{trouble}）；公式可用，函数窗口只有英文说明",
            f"Excel did not take the functions' help texts ({trouble}); they work, and the "
            "function window shows the English descriptions only",
        )


def _log(machine: Machine) -> Iterator[Check]:
    yield Check(None, f"日志 {log_file()}", f"Log {log_file()}")


def _server(machine: Machine) -> Iterator[Check]:
    inside = "xlwings.com_server" in sys.modules
    where = ("Excel 的公式服务", "Excel's formula server") if inside else ("命令行", "a shell")
    yield Check(None, f"运行于{where[0]}", f"Runs in {where[1]}")


_LOOKS: tuple[Callable[[Machine], Iterator[Check]], ...] = (
    _python,
    _xlwings,
    _addin,
    _settings,
    _sources,
    _log,
    _server,
)
