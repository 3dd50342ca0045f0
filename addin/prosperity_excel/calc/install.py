"""Installing the extension into LibreOffice through its own tool, and taking it out again."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from prosperity.errors import ProsperityError

from prosperity_excel.calc.extension import FILE_NAME, IDENTIFIER, build
from prosperity_excel.files.interpreter import NO_WINDOW, installed, interpreter
from prosperity_excel.files.replacing import replacing
from prosperity_excel.words.pair import Pair

#: Seconds that LibreOffice's tool may take.
PATIENCE = 180.0
#: Where LibreOffice is when it is not on the path.
_FOLDERS = (
    r"%ProgramFiles%\LibreOffice\program",
    r"%ProgramFiles(x86)%\LibreOffice\program",
    "/Applications/LibreOffice.app/Contents/MacOS",
    "/usr/lib/libreoffice/program",
    "/usr/lib64/libreoffice/program",
    "/opt/libreoffice/program",
)
#: Where LibreOffice unpacks extensions, in the user's folder.
_COPIES = ("extensions/tmp/extensions", "uno_packages/cache/uno_packages")
#: What lies in the folder of the programs and nowhere else.
_REAL = ("soffice.bin", "soffice.exe", "../Resources/fundamentalrc")


class CalcError(ProsperityError, RuntimeError):
    """The extension cannot be installed or removed."""


@dataclass(frozen=True)
class Office:
    """A LibreOffice and the profile of its user.

    Attributes
    ----------
    program : Path or None
        Folder of its programs; None when there is no LibreOffice.
    profile : Path
        The user's folder.
    own_profile : bool
        Whether that is the one that it takes itself.
    """

    program: Path | None
    profile: Path
    own_profile: bool = True

    @classmethod
    def this(cls, profile: Path | None = None) -> Office:
        """Return the LibreOffice of this machine."""
        return cls(program_folder(), profile or usual_profile(), profile is None)

    @property
    def has_python(self) -> bool:
        """Whether it can run Python, which some systems ship apart."""
        folder = self.program
        if folder is None:
            return False
        places = (folder, folder.parent / "Resources")
        return any((place / "pythonloader.py").is_file() for place in places)

    def installed(self) -> Path | None:
        """Return the folder in which the extension lies in the profile; None without one."""
        cache = self.profile / "user" / "uno_packages" / "cache" / "uno_packages"
        found = sorted(cache.glob(f"*/{FILE_NAME}/config.json"), key=lambda p: p.stat().st_mtime)
        return found[-1].parent if found else None

    def config(self) -> Mapping[str, object] | None:
        """Return what the installed extension was built with; None without one."""
        folder = self.installed()
        if folder is None:
            return None
        try:
            found: Mapping[str, object] = json.loads(
                (folder / "config.json").read_text(encoding="utf-8")
            )
        except (OSError, ValueError):
            return {}
        return found


def program_folder() -> Path | None:
    """Return the folder of LibreOffice's programs; None when there is none to be found."""
    found = [installed(name) for name in ("unopkg", "soffice", "libreoffice")]
    places = [Path(one).resolve().parent for one in found if one]
    places += [Path(os.path.expandvars(folder)) for folder in _FOLDERS]
    # On some systems a script that only starts the real one is on the path.
    real = (place for place in places if any((place / name).is_file() for name in _REAL))
    return next((place for place in real if _tool(place) is not None), None)


def usual_profile() -> Path:
    """Return the folder that LibreOffice keeps for this user."""
    system, home = platform.system(), Path.home()
    if system == "Windows":
        return Path(os.environ.get("APPDATA", home)) / "LibreOffice" / "4"
    if system == "Darwin":
        return home / "Library" / "Application Support" / "LibreOffice" / "4"
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "libreoffice" / "4"


def _tool(folder: Path) -> Path | None:
    """Return LibreOffice's own program for extensions."""
    return next((folder / n for n in ("unopkg.com", "unopkg") if (folder / n).is_file()), None)


def install(office: Office) -> list[Pair]:
    """Install the extension for this user, in place of an older one.

    Returns
    -------
    list of pair of str
        What was done, in Chinese and English.

    Raises
    ------
    CalcError
        ``no_calc``, ``no_office_python``, ``unopkg_failed``.
    """
    if office.program is not None and not office.has_python:
        raise CalcError(
            "no_office_python",
            "此 LibreOffice 不带 Python 支持。请安装它（Debian、Ubuntu：apt install python3-uno；"
            "Fedora：dnf install libreoffice-pyuno），再运行一次。",
            "This LibreOffice has no Python. Install it (Debian, Ubuntu: apt install python3-uno; "
            "Fedora: dnf install libreoffice-pyuno) and run this again.",
            where=str(office.program),
        )
    python = interpreter()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / FILE_NAME
        file.write_bytes(build(python))
        _run(office, "add", "--force", "--suppress-license", str(file))
    return [
        ("扩展已装入 LibreOffice", "the extension is in LibreOffice"),
        (f"写入解释器路径 {python}", f"the interpreter's path is written into it: {python}"),
        ("重启 LibreOffice 后，Calc 会有“景气度”菜单，公式可用", "start LibreOffice again: Calc "
         "then has a menu 景气度 Prosperity, and formulas work"),
    ]  # fmt: skip


def uninstall(office: Office) -> list[Pair]:
    """Take the extension out, and nothing else.

    Raises
    ------
    CalcError
        As :func:`install`.
    """
    if office.installed() is None:
        return [("没有安装扩展，什么也没有做。", "Nothing was installed, so nothing was done.")]
    _run(office, "remove", IDENTIFIER)
    _sweep(office.profile / "user")
    return [
        (
            "扩展已移除。公式保留最后的值。",
            "The extension is out. Formulas keep their last values.",
        ),
        ("设定与日志保留。", "Settings and log were kept."),
    ]


def _sweep(user: Path) -> None:
    """Take away what LibreOffice leaves of a removed extension: copies, and a toolbar's place.

    LibreOffice's own list of components keeps names that mean nothing any more.
    """
    copies = [c for folder in _COPIES for c in user.glob(f"{folder}/*/{FILE_NAME}")]
    for folder in {copy.parent for copy in copies}:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_name(folder.name.removesuffix("_")).unlink(missing_ok=True)
    registry = user / "registrymodifications.xcu"
    try:
        lines = registry.read_bytes().splitlines(keepends=True)
    except OSError:
        return
    # Each setting is a line of its own.
    kept = [line for line in lines if b"addon_" + IDENTIFIER.encode() not in line]
    whole = all(line.rstrip().endswith(b"</item>") for line in lines if line not in kept)
    if len(kept) < len(lines) and whole:
        with replacing(registry) as temporary:
            temporary.write_bytes(b"".join(kept))


def _run(office: Office, *arguments: str) -> None:
    tool = None if office.program is None else _tool(office.program)
    if tool is None:
        raise CalcError(
            "no_calc",
            "本机没有找到 LibreOffice（unopkg）。请先安装，或把其 program 文件夹加入 PATH。",
            "There is no LibreOffice (unopkg) on this machine. Install LibreOffice first, or put "
            "its folder program on the PATH.",
        )
    command = [str(tool), *arguments]
    if not office.own_profile:
        command.append(f"-env:UserInstallation={office.profile.resolve().as_uri()}")
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env=_environment(),
            creationflags=NO_WINDOW,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(str(error)) from error
    if done.returncode != 0:
        raise _failed((done.stderr or done.stdout).decode("utf-8", "replace"))


def _environment() -> dict[str, str]:
    """Return an environment in which LibreOffice's own Python finds its own files."""
    own = Path(sys.prefix)
    paths: Iterator[str] = (
        p for p in os.environ.get("PATH", "").split(os.pathsep) if not Path(p).is_relative_to(own)
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return {**kept, "PATH": os.pathsep.join(paths)}


def _failed(said: str) -> CalcError:
    if "as root" in said:
        return CalcError(
            "not_as_root",
            "LibreOffice 不为 root 安装扩展。请用平时使用 Calc 的用户运行。",
            "LibreOffice installs no extension as root. Run this as the user who works in Calc.",
        )
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = lines[-1][:300] if lines else "?"
    return CalcError(
        "unopkg_failed",
        f"LibreOffice 没有完成（{last}）。请关闭所有 LibreOffice 窗口再试。",
        f"LibreOffice did not do it ({last}). Close all windows of LibreOffice and try again.",
    )
