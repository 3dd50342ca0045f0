"""Installing the add-in on Windows, and undoing exactly what was done.

Excel opens every file in its ``XLSTART`` folder, which is one of its trusted places, so putting
the add-in there registers it; no macro setting and no registry entry is touched.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prosperity.errors import ProsperityError

from prosperity_excel.excel.handshake import FILE_NAME, XLWINGS_VERSION, xlwings_version
from prosperity_excel.excel.xlam.build import build_addin, shipped, with_interpreter
from prosperity_excel.excel.xlam.package import config, unzipped
from prosperity_excel.files.replacing import replacing
from prosperity_excel.words.extras import command
from prosperity_excel.words.pair import Pair

#: What is written down about an installation, beside the user's settings.
RECORD = "installed.json"
WINDOWS_FOLDER = r"%APPDATA%\Microsoft\Excel\XLSTART"
DLLS = tuple(f"xlwings{bits}-{XLWINGS_VERSION}.dll" for bits in (64, 32))


class InstallError(ProsperityError, RuntimeError):
    """The add-in cannot be installed or removed."""


@dataclass(frozen=True)
class Machine:
    """What the installation depends on.

    Attributes
    ----------
    system : str
        ``Windows``, ``Darwin`` or ``Linux``.
    appdata : Path or None
        ``%APPDATA%``.
    home : Path
    interpreter : Path
        The Python that Excel is to start.
    """

    system: str
    appdata: Path | None
    home: Path
    interpreter: Path

    @classmethod
    def this(cls, variables: Mapping[str, str] = os.environ) -> Machine:
        """Return this machine."""
        appdata = variables.get("APPDATA")
        return cls(
            platform.system(),
            Path(appdata) if appdata else None,
            Path.home(),
            Path(sys.executable),
        )

    @property
    def windows(self) -> bool:
        """Whether Excel's add-ins can be installed here."""
        return self.system == "Windows" and self.appdata is not None

    @property
    def target(self) -> Path:
        """Where the add-in is put."""
        folder = Path(WINDOWS_FOLDER) if self.appdata is None else self.xlstart
        return folder / FILE_NAME

    @property
    def xlstart(self) -> Path:
        """Excel's start folder of this user."""
        return (self.appdata or Path()) / "Microsoft" / "Excel" / "XLSTART"

    @property
    def record(self) -> Path:
        """Where the installation is written down."""
        return self.home / ".prosperity" / RECORD

    def dll(self) -> Path | None:
        """Return xlwings' DLL, where the VBA looks for it: beside Python, or a folder above."""
        folders = (self.interpreter.parent, self.interpreter.parent.parent)
        places = (folder / name for folder in folders for name in DLLS)
        return next((place for place in places if place.is_file()), None)


def install(machine: Machine, *, classic: bool = False) -> list[Pair]:
    """Install the add-in, or say what would be done where there is no Excel for Windows.

    Parameters
    ----------
    machine
        Where.
    classic
        Install the fallback, into which Excel itself imports the functions.

    Returns
    -------
    list of pair of str
        What was done, or would be, in Chinese and English.

    Raises
    ------
    InstallError
        ``no_xlwings``, ``no_interpreter``, ``foreign_file``, ``addin_locked``.
    """
    target, python = str(machine.target), str(machine.interpreter)
    if not machine.windows:
        return [
            (
                f"本系统是 {machine.system}，没有 Windows 版 Excel，什么也没有做。"
                "在 Windows 上会：",
                f"This is {machine.system} without Excel for Windows; nothing was done. On "
                "Windows this would:",
            ),
            *_steps(rf"{WINDOWS_FOLDER}\{FILE_NAME}", "python.exe", classic),
        ]
    _ready(machine)
    if classic:
        content = build_addin(interpreter=python, classic=True)
    else:
        content = with_interpreter(shipped(), python)
    _refuse_foreign(machine)
    try:
        with replacing(machine.target) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise _locked(machine.target, error) from error
    with replacing(machine.record) as temporary:
        digest = hashlib.sha256(content).hexdigest()
        temporary.write_text(json.dumps({"file": target, "sha256": digest}), encoding="utf-8")
    return _steps(target, python, classic)


def _steps(target: str, python: str, classic: bool) -> list[Pair]:
    done = [
        (f"把加载项放到 {target}，Excel 每次启动都会打开它", f"put the add-in at {target}, which "
         "Excel opens at every start"),
        (f"写入解释器路径 {python}", f"write the interpreter's path, {python}"),
        ("重启 Excel 后，功能区会有“景气度 Prosperity”", "start Excel again: the ribbon then has a "
         "tab 景气度 Prosperity"),
    ]  # fmt: skip
    fallback = (
        "若公式不计算，请用 prosperity addin install --classic",
        "if formulas do not calculate, use prosperity addin install --classic",
    )
    by_hand = (
        "在 Excel 选项-信任中心勾选“信任对 VBA 工程对象模型的访问”，按功能区的“导入公式”，"
        "然后取消勾选。这一方式下错误以文字显示",
        "in Excel's Trust Center tick 'Trust access to the VBA project object model', press Import "
        "functions in the ribbon, and untick it again. Errors then show as texts",
    )
    return [*done, by_hand if classic else fallback]


def uninstall(machine: Machine) -> list[Pair]:
    """Undo what :func:`install` did, and nothing else.

    Raises
    ------
    InstallError
        ``addin_locked`` when Excel has the file open.
    """
    try:
        told = json.loads(machine.record.read_text(encoding="utf-8"))
        file, digest = Path(told["file"]), str(told["sha256"])
    except FileNotFoundError:
        return [("没有安装记录，什么也没有做。", "Nothing was installed, so nothing was done.")]
    except (ValueError, KeyError) as error:
        raise InstallError(
            "bad_record",
            f"安装记录无法读取（{error}）。请手工删除 {machine.target} 与该记录。",
            f"The record of the installation cannot be read ({error}). Delete {machine.target} and "
            "the record by hand.",
            where=str(machine.record),
        ) from None
    done: list[Pair] = []
    if not file.exists():
        done.append((f"{file} 已不在。", f"{file} was gone already."))
    elif hashlib.sha256(file.read_bytes()).hexdigest() != digest:
        done.append(
            (
                f"{file} 在安装后被改动过，没有删除；不需要时请手工删除。",
                f"{file} was changed after the installation and was left; delete it by hand.",
            )
        )
    else:
        try:
            file.unlink()
        except OSError as error:
            raise _locked(file, error) from error
        done.append((f"已删除 {file}。", f"Deleted {file}."))
    machine.record.unlink()
    return [*done, ("设定与日志保留。", "Settings and log were kept.")]


def installed_config(machine: Machine) -> Mapping[str, str] | None:
    """Return the settings inside the installed add-in; None when there is none of ours.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    if not machine.target.is_file():
        return None
    try:
        found = config(unzipped(machine.target.read_bytes()))
    except (ValueError, KeyError, zipfile.BadZipFile):
        return None
    return found if "PROSPERITY_VERSION" in found else None


def _ready(machine: Machine) -> None:
    installed = xlwings_version()
    if installed != XLWINGS_VERSION:
        raise InstallError(
            "no_xlwings",
            f"需要 xlwings {XLWINGS_VERSION}，现为 {installed or '未安装'}。请运行 "
            f"{command('excel')}。",
            f"xlwings {XLWINGS_VERSION} is needed; there is {installed or 'none'}. Run "
            f"{command('excel')}.",
        )
    if not machine.interpreter.is_file() or machine.dll() is None:
        raise InstallError(
            "no_interpreter",
            f"解释器 {machine.interpreter} 不存在，或旁边没有 {DLLS[0]}。请在装有 Prosperity 的 "
            "Python 中重新运行。",
            f"There is no interpreter at {machine.interpreter}, or no {DLLS[0]} beside it. Run "
            "this again with the Python that has Prosperity.",
        )


def _refuse_foreign(machine: Machine) -> None:
    if machine.target.exists() and installed_config(machine) is None:
        raise InstallError(
            "foreign_file",
            "同名文件不是 Prosperity 的加载项，没有覆盖。请先改名或移走。",
            "The file of this name is not Prosperity's add-in and was not replaced. Rename or move "
            "it first.",
            where=str(machine.target),
        )


def _locked(file: Path, error: OSError) -> InstallError:
    return InstallError(
        "addin_locked",
        f"无法写入加载项（{error.strerror or error}）。请关闭 Excel 再试。",
        f"The add-in file cannot be written ({error.strerror or error}). Close Excel and try "
        "again.",
        where=str(file),
    )
