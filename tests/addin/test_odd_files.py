"""Every verb, given what is no book: one right sentence, at once, and nothing is touched."""

from __future__ import annotations

import os
import re
import signal
import socket
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from prosperity.errors import BookError
from prosperity_excel.cli import main
from prosperity_excel.files.backups import copies
from prosperity_excel.files.regular import content_of
from prosperity_excel.formulas.library_files import stamps
from prosperity_excel.runs.settings import FILE_VARIABLE, write_user
from prosperity_excel.sheets.workbook import open_workbook

SECONDS = 60
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
on_posix = pytest.mark.skipif(os.name != "posix", reason="made by POSIX calls")


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """End a test that waits for ever."""
    if os.name != "posix":
        yield
        return

    def late(*_: object) -> None:
        raise TimeoutError("it hangs")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)


def package(path: Path, *parts: str) -> None:
    with zipfile.ZipFile(path, "w") as made:
        for part in parts:
            made.writestr(part, "<x/>")


def linked(path: Path, target: str) -> None:
    path.symlink_to(target)


def bound(path: Path) -> None:
    made = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    try:
        # The path of a socket must be short.
        os.chdir(path.parent)
        made.bind(path.name)
    finally:
        os.chdir(here)
        made.close()


#: By file name: how it is made, the code, and a word of the sentence that only this kind gets.
ODD: Mapping[str, tuple[Callable[[Path], object], str, str]] = {
    "folder.xlsx": (Path.mkdir, "is_folder", "folder"),
    "pipe.xlsx": (lambda p: os.mkfifo(p), "not_a_file", "pipe"),
    "socket.xlsx": (bound, "not_a_file", "pipe"),
    "zero.xlsx": (lambda p: linked(p, "/dev/zero"), "not_a_file", "device"),
    "null.xlsx": (lambda p: linked(p, "/dev/null"), "not_a_file", "device"),
    "loop.xlsx": (lambda p: linked(p, p.name), "circular_link", "back to itself"),
    "dangling.xlsx": (lambda p: linked(p, "gone.xlsx"), "broken_link", "moved or renamed"),
    "absent.xlsx": (lambda p: None, "missing_file", "no such file"),
    "字" * 100 + ".xlsx": (lambda p: None, "missing_file", "no such file"),
    "empty.xlsx": (lambda p: p.touch(), "empty_file", "0 bytes"),
    "text.csv": (lambda p: p.write_text("date,a\n2020-01-31,1\n"), "not_a_workbook", "import FILE"),
    "text.xlsx": (lambda p: p.write_text("月份;值\n1;2\n"), "not_a_workbook", "import FILE"),
    "gbk.csv": (lambda p: p.write_bytes("月份,值".encode("gbk")), "not_a_workbook", "import FILE"),
    "wide.csv": (lambda p: p.write_text("a\tb", "utf-16"), "not_a_workbook", "import FILE"),
    "page.xls": (
        lambda p: p.write_text("\ufeff\n<!-- x --><table><tr><td>1</table>"),
        "not_a_workbook",
        "web page",
    ),
    "mhtml.xls": (lambda p: p.write_text("MIME-Version: 1.0\n"), "not_a_workbook", "web page"),
    "old.xml": (
        lambda p: p.write_text('<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:'
                               'office:spreadsheet"/>'),
        "not_a_workbook",
        "XML Spreadsheet 2003",
    ),
    "print.xlsx": (lambda p: p.write_bytes(b"%PDF-1.7\n\0"), "not_a_workbook", "PDF"),
    "picture.xlsx": (lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n\0"), "not_a_workbook", "picture"),
    "packed.xlsx": (lambda p: p.write_bytes(b"\x1f\x8b\0\0"), "not_a_workbook", "unpack"),
    "kept.xlsx": (lambda p: p.write_bytes(b"SQLite format 3\0"), "not_a_workbook", "database"),
    "letter.xls": (lambda p: p.write_bytes(OLE + bytes(2000)), "not_a_workbook", "Word"),
    "locked.xlsx": (
        lambda p: p.write_bytes(OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le")),
        "encrypted",
        "password",
    ),
    "binary.xlsb": (lambda p: package(p, "xl/workbook.bin"), "other_format", "binary workbook"),
    "open.ods": (lambda p: package(p, "content.xml"), "other_format", "OpenDocument"),
    "letter.docx": (lambda p: package(p, "word/document.xml"), "other_format", "Word"),
    "half.xlsx": (lambda p: p.write_bytes(b"PK\x03\x04 no"), "not_a_workbook", "damaged"),
}  # fmt: skip
VERBS: Mapping[str, list[str]] = {
    "run": ["run", "BOOK"],
    "define": ["define", "BOOK"],
    "report": ["report", "BOOK", "--out", "out/report.xlsx"],
    "evidence": ["evidence", "BOOK"],
    "sweep": ["sweep", "BOOK", "--grid", "hp_lambda=1,2", "--out", "out/s.parquet"],
    "revisions": ["revisions", "BOOK"],
    "check": ["check", "BOOK"],
    "check --write": ["check", "BOOK", "--write"],
    "import": ["import", "good.csv", "--into", "BOOK", "--yes"],
    "refresh": ["refresh", "BOOK"],
}
#: Kinds that are tried with every verb; the others, which differ only in their bytes, with some.
WHOLE = ("folder.xlsx", "pipe.xlsx", "zero.xlsx", "loop.xlsx", "empty.xlsx", "text.csv", "page.xls")
SOME = ("run", "check --write", "import")
#: Kinds for whose reading a child is started.
HARD = ("letter.xls", "locked.xlsx", "binary.xlsb", "open.ods", "letter.docx", "half.xlsx")


def made(name: str, folder: Path) -> Path:
    path = folder / name
    ODD[name][0](path)
    return path


@on_posix
@pytest.mark.parametrize("name", ODD)
def test_the_reader_says_what_it_is(name: str, tmp_path: Path) -> None:
    path = made(name, tmp_path)
    _, code, word = ODD[name]
    with pytest.raises(BookError) as caught:
        open_workbook(path)
    assert caught.value.code == code
    assert word in caught.value.en
    assert re.search("[\u4e00-\u9fff]", caught.value.zh)


@on_posix
@pytest.mark.parametrize("name", ODD)
def test_every_verb_says_it_and_touches_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.csv").write_text("date,a\n2020-01-31,1\n2020-02-29,2\n", "utf-8")
    path = made(name, tmp_path)
    _, code, word = ODD[name]
    before = {p.name: p.lstat().st_mtime_ns for p in tmp_path.iterdir()}
    for verb, arguments in VERBS.items():
        if name not in WHOLE and verb not in (SOME[-1:] if name in HARD else SOME):
            continue
        done = CliRunner().invoke(main, [path.name if a == "BOOK" else a for a in arguments])
        told = done.stdout + done.stderr
        assert done.exit_code == 1, (verb, told)
        assert told.count("错误 Error [") == 1, (verb, told)
        assert f"[{code}]" in told, (verb, told)
        assert word in told, (verb, told)
        assert {p.name: p.lstat().st_mtime_ns for p in tmp_path.iterdir()} == before, verb


@on_posix
@pytest.mark.parametrize("name", ["pipe.xlsx", "zero.xlsx", "folder.xlsx", "loop.xlsx"])
def test_odd_exports_and_older_books_are_refused_too(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.addin.conftest import sample_book

    monkeypatch.chdir(tmp_path)
    from prosperity_excel.runs import examine

    def begun(*_: object, **__: object) -> None:
        raise AssertionError("work was begun")

    monkeypatch.setattr(examine, "evaluate_books", begun)
    sample_book(tmp_path / "book.xlsx", "glass")
    path = made(name, tmp_path)
    for arguments in (
        ["import", path.name, "--into", "book.xlsx"],
        ["evidence", "book.xlsx", "--vintage", path.name],
    ):
        done = CliRunner().invoke(main, arguments)
        assert (done.exit_code, f"[{ODD[name][1]}]" in done.stderr) == (1, True), done.stderr


@on_posix
def test_a_pipe_that_comes_in_the_files_place_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at a file and its opening a pipe may take its place."""
    from prosperity_excel.files import regular

    path = tmp_path / "late.xlsx"
    os.mkfifo(path)
    monkeypatch.setattr(regular, "refuse_odd", lambda path: None)
    with pytest.raises(BookError, match="not_a_file"):
        content_of(path)


@on_posix
def test_a_library_passes_over_what_is_no_book(tmp_path: Path) -> None:
    """Excel itself waits while a library is read."""
    for name in ("pipe.xlsx", "folder.xlsx", "zero.xlsx", "loop.xlsx", "dangling.xlsx"):
        made(name, tmp_path)
    for name in ("a.backup-20240506-070809.xlsx", "~$b.xlsx", ".c.xlsx", "book.xlsx"):
        (tmp_path / name).write_bytes(b"PK")
    assert [path.name for path, _ in stamps(tmp_path)] == ["book.xlsx"]


@on_posix
@pytest.mark.parametrize("name", ["pipe.xlsx", "folder.xlsx", "zero.xlsx", "loop.xlsx"])
def test_a_file_of_settings_that_is_none_is_said(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FILE_VARIABLE, str(made(name, tmp_path)))
    done = CliRunner().invoke(main, ["settings"])
    assert (done.exit_code, f"[{ODD[name][1]}]" in done.stderr) == (1, True)


def test_settings_that_were_typed_leave_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("# my own remark\ncost_bps = 5\n", "utf-8")
    for cost in (6, 7):
        write_user({"cost_bps": cost}, path)
    assert [copy.path.read_text("utf-8") for copy in copies(path)] == [
        "# my own remark\ncost_bps = 5\n"
    ]
