"""Everything that can be looked at on this machine, with remedies; and the shell's completion."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import click

from prosperity_excel.cli.shared import friendly, say
from prosperity_excel.excel.diagnose import Check

#: What each extra is for, in Chinese and English; extras for developers are not looked at.
EXTRAS = {
    "excel": ("Excel 加载项", "the Excel add-in"),
    "update": ("prosperity update（AKShare、钥匙串）", "prosperity update (AKShare, keyring)"),
    "images": ("图表另存为图片", "charts as pictures"),
    "calendar": ("prosperity due --ics", "prosperity due --ics"),
    "note": ("prosperity note（Word、PPT）", "prosperity note (Word, slides)"),
    "nowcast": ("SARIMAX 与动态因子即时预测", "nowcasts by SARIMAX and a dynamic factor model"),
    "optimise": ("prosperity optimise", "prosperity optimise"),
    "learn": ("prosperity learn", "prosperity learn"),
    "views": ("prosperity views", "prosperity views"),
    "sweep": ("prosperity sweep", "prosperity sweep"),
    "cluster": ("prosperity sweep --cluster", "prosperity sweep --cluster"),
}
#: Where Chinese fonts are on Windows and a Mac.
FONTS = (
    Path("C:/Windows/Fonts/msyh.ttc"),
    Path("C:/Windows/Fonts/simsun.ttc"),
    Path("/System/Library/Fonts/PingFang.ttc"),
)
#: Exit code when something is wrong.
FOUND = 3


@click.command()
@friendly
def doctor() -> None:
    """Look at everything that Prosperity needs on this machine, and say what to do.

    检查本机：解释器、扩展、字体、LibreOffice、加载项、设定、数据源、资料夹、可写的文件夹，并给出办法。
    """
    from prosperity_excel.excel.diagnose import checks
    from prosperity_excel.excel.install import Machine

    found = [*checks(Machine.this()), *_extras(), *_office(), *_fonts(), *_folders(), *_console()]
    for check in found:
        for line in check.lines():
            click.echo(line)
    bad = sum(check.well is False for check in found)
    if bad:
        say(f"{bad} 个问题。", f"{bad} {'problem' if bad == 1 else 'problems'}.")
    else:
        say("没有发现问题。", "No problem was found.")
    if bad:
        raise SystemExit(FOUND)


def _extras() -> Iterator[Check]:
    for extra, (zh, en) in EXTRAS.items():
        missing = " ".join(missing_of(extra))
        said = ("已装", "installed")
        if missing:
            said = (f"未装；要用时 pip install {missing}", f"when needed, pip install {missing}")
        yield Check(
            None if missing else True,
            f"扩展 {extra}（{zh}）：{said[0]}",
            f"Extra {extra} ({en}): {said[1]}",
        )


def missing_of(extra: str, needed: Iterable[str] | None = None) -> list[str]:
    """Return the packages of an extra that are not installed, as pip takes them."""
    from packaging.requirements import Requirement

    every = (requires("prosperity") or []) if needed is None else needed
    found = []
    for text in every:
        one = Requirement(text)
        if one.marker is None or not one.marker.evaluate({"extra": extra}):
            continue
        if one.marker.evaluate({"extra": ""}):
            continue
        try:
            there = one.specifier.contains(version(one.name), prereleases=True)
        except PackageNotFoundError:
            there = False
        if not there:
            found.append(f'"{one.name}{one.specifier}"')
    return found


def _office() -> Iterator[Check]:
    from prosperity.errors import ProsperityError

    from prosperity_excel.report.office import find_office

    try:
        path = find_office()
    except ProsperityError as error:
        yield Check(None, f"LibreOffice：{error.zh}", f"LibreOffice: {error.en}")
        return
    yield Check(True, f"LibreOffice {path}", f"LibreOffice {path}")


def _fonts() -> Iterator[Check]:
    import shutil
    import subprocess

    there = any(path.exists() for path in FONTS)
    if not there and shutil.which("fc-list"):
        said = subprocess.run(
            ["fc-list", ":lang=zh"], capture_output=True, timeout=20, check=False
        ).stdout
        there = bool(said.strip())
    yield Check(
        there or None,
        "中文字体：" + ("有" if there else "没有找到，PDF 与图片中的中文会是方框；请安装思源黑体"),
        "Chinese fonts: "
        + ("there" if there else "none found; Chinese in PDFs and pictures would be boxes. "
           "Install Noto Sans CJK, say"),
    )  # fmt: skip


def _folders() -> Iterator[Check]:
    for path in (Path.cwd(), Path.home() / ".prosperity"):
        well = writable(path)
        yield Check(
            well,
            f"文件夹 {path}：" + ("可写" if well else "不可写；请换一个，或检查权限"),
            f"Folder {path}: " + ("can be written" if well else "cannot be written; use another"),
        )


def writable(path: Path) -> bool:
    """Whether a file can be made in a folder, or in the nearest one above it that exists."""
    import tempfile

    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        with tempfile.TemporaryFile(dir=path):
            return True
    except OSError:
        return False


def _console() -> Iterator[Check]:
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    able = encoding in ("utf8", "gbk", "gb18030", "cp936")
    yield Check(
        True if able else None,
        f"命令行编码 {sys.stdout.encoding}"
        + ("" if able else "：中文会显示成问号；可设 PYTHONUTF8=1 或 --language en"),
        f"The console's encoding {sys.stdout.encoding}"
        + ("" if able else ": Chinese shows as question marks; set PYTHONUTF8=1, or use "
           "--language en"),
    )  # fmt: skip


SHELLS = ("bash", "zsh", "fish")
#: The line that turns completion on, by shell, and the file that it goes into.
LINES = {
    "bash": ('eval "$(_PROSPERITY_COMPLETE=bash_source prosperity)"', "~/.bashrc"),
    "zsh": ('eval "$(_PROSPERITY_COMPLETE=zsh_source prosperity)"', "~/.zshrc"),
    "fish": (
        "_PROSPERITY_COMPLETE=fish_source prosperity | source",
        "~/.config/fish/completions/prosperity.fish",
    ),
}


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@click.option("--install", is_flag=True, help="Add the line to the shell's file. 写入该文件。")
@friendly
def completion(shell: str | None, install: bool) -> None:
    """Complete verbs, options and ids with Tab: print the line for SHELL, or install it.

    用 Tab 补全命令、选项与 id：打印所需的一行，或 --install 写入。
    """
    named = shell or Path(os.environ.get("SHELL", "bash")).name
    if named not in LINES:
        named = "bash"
    line, file = LINES[named]
    if not install:
        click.echo(line)
        say(f"把上面一行放进 {file}", f"Put this line into {file}", err=True)
        return
    path = Path(file).expanduser()
    there = path.read_text(encoding="utf-8") if path.exists() else ""
    if line in there:
        say(f"{path} 已有这一行。", f"{path} has the line already.")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as out:
        out.write(("" if not there or there.endswith("\n") else "\n") + line + "\n")
    say(f"已写入 {path}；新开的命令行中生效。", f"Written to {path}; it counts in new shells.")
