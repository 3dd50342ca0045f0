"""What the verbs and buttons write: checked whole before any work, and copied before replaced.

Each output is of a kind of :data:`KINDS`. :func:`check` refuses what cannot be written, or must
not be, in one sentence that says what to do; :func:`writing` stands around the writing itself,
keeps a dated copy of every file that goes, and notes that the new one is ours.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from prosperity.errors import BookError, SettingError

from prosperity_excel.files.backups import drop, is_backup, keep_copy, prune
from prosperity_excel.files.replacing import real_path
from prosperity_excel.files.saving import cannot_write, refuse_if_open
from prosperity_excel.runs import written
from prosperity_excel.words.extras import command

#: What stands for the screen in place of a file.
SCREEN = Path("-")
#: How the pictures of a report are called.
_WORKBOOK = ".xlsx"
_PICTURE = re.compile(r"-\d+\.png$")


@dataclass(frozen=True)
class Kind:
    """One kind of output.

    Attributes
    ----------
    zh, en : str
        What it is.
    suffixes : tuple of str
        What its file may end in; the empty one for a folder.
    again : bool
        Whether one that we wrote, and that nobody has changed since, is replaced without asking.
    screen : bool
        Whether ``-`` stands for the screen.
    packages : tuple of str
        What must be installed to write it.
    extra : str
        The extra of ours that installs these.
    """

    zh: str
    en: str
    suffixes: tuple[str, ...]
    again: bool = False
    screen: bool = False
    packages: tuple[str, ...] = ()
    extra: str = ""


KINDS: Mapping[str, Kind] = {
    "report": Kind("报告", "A report", (".xlsx",)),
    "evidence": Kind("证据报告", "A report of evidence", (".xlsx",)),
    "template": Kind("工作簿", "A book", (".xlsx",)),
    "sample": Kind("示例工作簿", "A sample book", (".xlsx",), again=True),
    "addin": Kind("加载项", "The add-in", (".xlam",)),
    "calc": Kind("扩展", "The extension", (".oxt",)),
    "pdf": Kind("PDF", "A PDF", (".pdf",)),
    "csv": Kind("CSV", "A CSV", (".csv", ".txt"), again=True, screen=True),
    "json": Kind("JSON", "JSON", (".json", ".txt"), again=True, screen=True),
    "ics": Kind(
        "日历", "A calendar", (".ics",), again=True, screen=True, packages=("icalendar",),
        extra="calendar",
    ),
    "picture": Kind(
        "图片", "A picture", (".png",), again=True, packages=("matplotlib",), extra="images"
    ),
    "note": Kind("月报", "A note", (".docx",), packages=("docx",), extra="note"),
    "slides": Kind("幻灯片", "Slides", (".pptx",), packages=("pptx",), extra="note"),
    "sweep": Kind(
        "扫描结果", "A sweep", (".parquet",), packages=("joblib", "pyarrow"), extra="sweep"
    ),
    "images": Kind(
        "图片", "Pictures", (), again=True, packages=("matplotlib",), extra="images"
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Output:
    """A file that shall be written, or the folder of many.

    Attributes
    ----------
    kind : str
        Key of :data:`KINDS`.
    path : Path
    option : str
        How it was asked for, such as ``--out``.
    """

    kind: str
    path: Path
    option: str = "--out"

    @property
    def on_screen(self) -> bool:
        """Whether it goes to the screen."""
        return KINDS[self.kind].screen and self.path == SCREEN

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of files."""
        return not KINDS[self.kind].suffixes

    def files(self) -> list[Path]:
        """Return the files that are there and would, or may, be replaced."""
        if self.on_screen:
            return []
        if not self.is_folder:
            return [self.path] if os.path.lexists(self.path) else []
        return [file for file in sorted(self.path.glob("*.png")) if _PICTURE.search(file.name)]


def check(
    outputs: Sequence[Output],
    *,
    inputs: Sequence[Path] = (),
    force: bool = False,
    agree: Callable[[Sequence[Path]], bool] | None = None,
) -> None:
    """Check that outputs can be written and hurt nothing; write nothing.

    Parameters
    ----------
    outputs
        All that one run shall write.
    inputs
        Files that the run reads.
    force
        The user has said that files may be replaced.
    agree
        Asks the user whether these files may be replaced; None when nobody can be asked.

    Raises
    ------
    SettingError
        ``missing_package``, ``wrong_suffix``, ``is_input``, ``is_backup``, ``same_output``,
        ``screen_twice`` or ``file_exists``.
    BookError
        ``is_folder``, ``not_a_file``, ``not_a_folder``, ``cannot_write``, ``book_open`` or
        ``read_only``.
    """
    for output in outputs:
        refuse_missing(KINDS[output.kind].packages, KINDS[output.kind].extra)
    for output in outputs:
        _check_form(output)
    _check_each_other(outputs, inputs)
    for output in outputs:
        _check_place(output)
    there = [file for output in outputs for file in output.files() if _asks(output, file)]
    if there and not force and not (agree is not None and agree(there)):
        raise exists(there)


def refuse_missing(packages: Sequence[str], extra: str) -> None:
    """Check that packages are installed.

    Raises
    ------
    SettingError
        ``missing_package``.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise SettingError(
            "missing_package",
            f"缺少 {'、'.join(missing)}。请运行 {command(extra)}。",
            f"{', '.join(missing)} is not installed. Run {command(extra)}.",
        )


@contextmanager
def writing(verb: str, *outputs: Output, now: datetime | None = None) -> Iterator[None]:
    """Keep copies of the files that the body replaces, and note that the new ones are ours.

    Parameters
    ----------
    verb
        What writes, for the copies' names.
    outputs
        What the body writes, all of it.
    now
        Time in the copies' names; None is now.

    Raises
    ------
    BookError
        ``cannot_write`` when a copy cannot be kept; then the body does not run.
    """
    when = now or datetime.now()
    before = {file: _stamp(file) for output in outputs for file in output.files()}
    made: dict[Path, Path] = {}
    try:
        for output in outputs:
            for file in _worth_a_copy(output):
                made[file] = keep_copy(file, file.read_bytes(), verb, when)
        yield
    finally:
        for file, copy in made.items():
            if file.is_file() and file.read_bytes() == copy.read_bytes():
                drop(copy)
            prune(file, copy)
    for output in outputs:
        for file in output.files():
            if _stamp(file) != before.get(file):
                written.note(file, output.kind)


@contextmanager
def replacing_ours(kind: str, path: Path, inputs: Sequence[Path]) -> Iterator[None]:
    """Stand around the writing of one output where nobody can be asked, as behind a button.

    What we wrote before, and nobody has changed since, is replaced.

    Raises
    ------
    SettingError, BookError
        As :func:`check` and :func:`writing` say.
    """
    output = Output(kind, path, "")
    try:
        check([output], inputs=inputs, force=written.is_ours(path, kind))
    except SettingError as error:
        if error.code != "file_exists":
            raise
        raise SettingError(
            "not_our_file",
            f"{path} 已存在，而且不是 Prosperity 写的，或写后被改过，没有覆盖。请换一个文件名。",
            f"{path} exists, and Prosperity did not write it or it was changed since; it was not "
            "replaced. Choose another name.",
        ) from None
    with writing("report", output):
        yield


def _worth_a_copy(output: Output) -> list[Path]:
    """Return files that must not go without a copy: workbooks, and all that is not ours."""
    return [
        file
        for file in output.files()
        if file.is_file()
        and (_WORKBOOK in KINDS[output.kind].suffixes or not written.is_ours(file, output.kind))
    ]


def _asks(output: Output, file: Path) -> bool:
    return not (KINDS[output.kind].again and written.is_ours(file, output.kind))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_ino, told.st_mtime_ns, told.st_size


def _check_form(output: Output) -> None:
    kind, path = KINDS[output.kind], output.path
    if output.on_screen or output.is_folder:
        return
    if path.suffix.casefold() not in kind.suffixes:
        wanted = " / ".join(kind.suffixes)
        better = path.name if path == SCREEN else f"{path.stem}{kind.suffixes[0]}"
        raise SettingError(
            "wrong_suffix",
            f"{kind.zh}的文件名应以 {wanted} 结尾，不能是 {output.option} {path}；例如 {better}。"
            if path != SCREEN
            else f"{kind.zh}不能输出到屏幕；请给出以 {wanted} 结尾的文件名。",
            f"{kind.en} is a file that ends in {wanted}, so it cannot be {output.option} {path}; "
            f"call it {better}, for instance."
            if path != SCREEN
            else f"{kind.en} cannot be shown on the screen; name a file that ends in {wanted}.",
        )


def _check_each_other(outputs: Sequence[Output], inputs: Sequence[Path]) -> None:
    if len(shown := [o.option for o in outputs if o.on_screen]) > 1:
        raise SettingError(
            "screen_twice",
            f"{'、'.join(shown)} 不能同时输出到屏幕；请把其中一个写入文件。",
            f"{' and '.join(shown)} cannot both go to the screen; write one of them to a file.",
        )
    seen: list[Output] = []
    for output in (o for o in outputs if not o.on_screen):
        if any(same_file(output.path, other) for other in inputs):
            raise SettingError(
                "is_input",
                f"{output.option} {output.path} 正是要读取的文件，不能写在它上面；请换一个文件名。",
                f"{output.option} {output.path} is a file that is read, so it cannot be written "
                "over; choose another name.",
            )
        if is_backup(output.path):
            raise SettingError(
                "place_of_copies",
                f"{output.path} 是 Prosperity 保留备份的地方，不能写在那里；请换一个位置。",
                f"{output.path} is where Prosperity keeps copies; choose another place.",
            )
        double = next((o for o in seen if same_file(o.path, output.path)), None)
        if double is not None:
            raise SettingError(
                "same_output",
                f"{double.option} 与 {output.option} 指向同一个文件 {output.path}；请分开命名。",
                f"{double.option} and {output.option} are the same file {output.path}; give each "
                "a name of its own.",
            )
        seen.append(output)


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, which need not be there."""
    try:
        return one.samefile(other)
    except OSError:
        first, second = (os.path.normcase(real_path(path)) for path in (one, other))
        return first == second


def _check_place(output: Output) -> None:
    """Check that there is a place to write to: a folder that can be written, nothing odd in it."""
    if output.on_screen:
        return
    real = real_path(output.path)
    try:
        mode = output.path.stat().st_mode
    except FileNotFoundError:
        mode = None
    except OSError as error:
        raise cannot_write(output.path, error) from error
    if output.is_folder:
        if mode is not None and not stat.S_ISDIR(mode):
            raise BookError(
                "not_a_folder",
                f"{output.option} 应为文件夹，而这是文件；请换一个名称。",
                f"{output.option} is a folder, and this is a file; choose another name.",
                where=str(output.path),
            )
        _probe(real, output.path)
        return
    if mode is not None and stat.S_ISDIR(mode):
        raise BookError(
            "folder_there",
            f"{output.option} 应为文件，而这是文件夹；请在其后加上文件名。",
            f"{output.option} is a file, and this is a folder; add a file's name to it.",
            where=str(output.path),
        )
    if mode is not None and not stat.S_ISREG(mode):
        screen = KINDS[output.kind].screen
        zh, en = ("，或用 - 输出到屏幕", ", or - for the screen") if screen else ("", "")
        raise BookError(
            "device_there",
            f"这是管道或设备，不能写入；请给出普通文件{zh}。",
            f"This is a pipe or a device and is not written to; name an ordinary file{en}.",
            where=str(output.path),
        )
    refuse_if_open(output.path)
    _probe(real.parent, output.path)


def _probe(folder: Path, path: Path) -> None:
    """Check that files can be made in a folder, or in the one where it will be made."""
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".prosperity-"):
            pass
    except OSError as error:
        raise cannot_write(path, error) from error


def exists(files: Sequence[Path]) -> SettingError:
    """Return the error that files are there already, and stay."""
    zh, en = listed(files)
    return SettingError(
        "file_exists",
        f"{zh} 已存在，没有覆盖。换一个名称，或加 --force 覆盖（原文件留有备份，可用 "
        "prosperity restore 恢复）。",
        f"{en} exists and was not replaced. Choose another name, or add --force to replace it (a "
        "copy of the old one is kept; 'prosperity restore' brings it back).",
    )


def listed(files: Sequence[Path], most: int = 3) -> tuple[str, str]:
    """Return the names of files in Chinese and English, many of them shortened."""
    shown, left = "、".join(map(str, files[:most])), len(files) - most
    if left > 0:
        return f"{shown} 等 {len(files)} 个文件", f"{shown.replace('、', ', ')} and {left} more"
    return shown, shown.replace("、", ", ")
