"""Outputs: checked whole before any work, and no file of a person's goes without a word."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from prosperity.catalog import find
from prosperity.errors import BookError, SettingError
from prosperity_excel.cli import main, shared
from prosperity_excel.excel import demo
from prosperity_excel.files.backups import FOLDER, copies
from prosperity_excel.files.replacing import replacing
from prosperity_excel.results.as_csv import as_csv
from prosperity_excel.runs import evaluate, examine, outputs, reading, settings, written
from prosperity_excel.runs.evaluate import run_books
from prosperity_excel.runs.outputs import KINDS, SCREEN, Output, check, replacing_ours, writing
from prosperity_excel.template.template import write_template
from prosperity_excel.vintages import store_path
from prosperity_excel.words.extras import command

from tests.addin.conftest import sample_book

NOW = datetime(2024, 5, 6, 7, 8, 9)
FILES = [kind for kind, about in KINDS.items() if about.suffixes]


@pytest.fixture(scope="module")
def made_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_book(tmp_path_factory.mktemp("outputs") / "glass.xlsx", "glass")


@pytest.fixture
def book(made_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "book.xlsx"
    path.write_bytes(made_book.read_bytes())
    return path


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every piece of work fail: what must be said before it is said before it."""

    def begun(*_: object, **__: object) -> None:
        raise AssertionError("work was begun")

    for module, name in (
        (evaluate, "run_books"), (evaluate, "evaluate_books"), (examine, "examine_books"),
        (settings, "book_settings"), (reading, "read_books"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, begun)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def named(kind: str, folder: Path) -> Path:
    return folder / f"out{KINDS[kind].suffixes[0]}"


def write(kind: str, path: Path, content: bytes = b"ours") -> None:
    with writing("run", Output(kind, path), now=NOW), replacing(path) as temporary:
        temporary.write_bytes(content)


# ---- what the shell says before any work


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are made by POSIX calls")
@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("report book.xlsx --out x.pdf", "wrong_suffix"),
        ("report book.xlsx --out -", "wrong_suffix"),
        ("report book.xlsx --out x", "wrong_suffix"),
        ("report book.xlsx --out x.xls", "wrong_suffix"),
        ("report book.xlsx --out book.xlsx --force", "is_input"),
        ("report book.xlsx --out ./link.xlsx --force", "is_input"),
        ("report book.xlsx --out .prosperity-backups/x.xlsx", "place_of_copies"),
        ("report book.xlsx --out folder.xlsx", "folder_there"),
        ("report book.xlsx --out pipe.xlsx --force", "device_there"),
        ("report book.xlsx --out file/x.xlsx", "cannot_write"),
        ("report book.xlsx --out open.xlsx --force", "book_open"),
        ("report book.xlsx --out x.xlsx --images file", "not_a_folder"),
        ("report book.xlsx --out mine.xlsx --pdf", "file_exists"),
        ("report book.xlsx --out x.xlsx --images pictures", "file_exists"),
        ("run book.xlsx --csv x.json", "wrong_suffix"),
        ("run book.xlsx --json x.csv", "wrong_suffix"),
        ("run book.xlsx --csv - --json -", "screen_twice"),
        ("run book.xlsx --csv same.txt --json ./same.txt", "same_output"),
        ("run book.xlsx --csv mine.csv", "file_exists"),
        ("run book.xlsx --csv /dev/stdout", "wrong_suffix"),
        ("run book.xlsx --csv tty.csv --force", "device_there"),
        ("evidence book.xlsx --json mine.json", "file_exists"),
        ("evidence book.xlsx --out x.json", "wrong_suffix"),
        ("evidence book.xlsx --vintage old.xlsx --out old.xlsx --force", "is_input"),
        ("sweep book.xlsx --grid hp_lambda=1,2 --out x.csv", "wrong_suffix"),
        ("template glass --out x.xlsm", "wrong_suffix"),
        ("template glass --out mine.xlsx", "file_exists"),
        ("addin build --out x.xlsx", "wrong_suffix"),
        ("demo --out mine.csv", "cannot_write"),
    ],
)
def test_what_cannot_be_written_is_said_before_any_work(book: Path, line: str, code: str) -> None:
    folder = book.parent
    (folder / "link.xlsx").symlink_to(book)
    (folder / "folder.xlsx").mkdir()
    os.mkfifo(folder / "pipe.xlsx")
    (folder / "tty.csv").symlink_to("/dev/null")
    for name in ("file", "open.xlsx", "~$open.xlsx", "mine.xlsx", "mine.csv", "mine.json",
                 "old.xlsx"):  # fmt: skip
        (folder / name).write_bytes(b"a person's own")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "trip-1.png").write_bytes(b"a person's own")
    before = {p: p.lstat().st_mtime_ns for p in folder.rglob("*")}
    done = call(*line.split())
    assert done.exit_code == 1, done.output
    assert f"[{code}]" in done.stderr
    assert {p: p.lstat().st_mtime_ns for p in folder.rglob("*")} == before


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(
    ("line", "package", "extra"),
    [
        ("report book.xlsx --out x.xlsx --images pictures", "matplotlib", "images"),
        ("sweep book.xlsx --grid hp_lambda=1,2 --out x.parquet", "pyarrow", "sweep"),
    ],
)
def test_a_package_that_is_missing_is_said_before_any_work(
    book: Path, line: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(outputs, "find_spec", lambda name: None if name == package else real(name))
    done = call(*line.split())
    assert done.exit_code == 1
    assert command(extra) in done.stderr
    assert {f.name for f in book.parent.iterdir()} == {"book.xlsx"}


def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(outputs.tempfile, "TemporaryFile", refused)
    for kind in KINDS:
        name = "pictures" if kind == "images" else f"x{KINDS[kind].suffixes[0]}"
        with pytest.raises(BookError, match="cannot_write"):
            check([Output(kind, tmp_path / "new" / "deep" / name)])


# ---- the screen


@pytest.mark.parametrize("option", ["--csv", "--json"])
def test_the_screen_gets_the_data_alone(book: Path, option: str) -> None:
    done = call("run", book, option, "-")
    assert done.exit_code == 0, done.output
    # Besides what a run keeps of the book's values there is no file.
    assert {f.name for f in book.parent.iterdir()} == {"book.xlsx", store_path(book).name}
    if option == "--json":
        assert list(json.loads(done.stdout)["industries"]) == ["glass"]
    else:
        assert done.stdout_bytes.decode("utf-8") == as_csv(
            run_books([book], today=date.today())
        ).removeprefix("\ufeff")
    # What people read stands on the other stream.
    assert "行业" in done.stderr


def test_one_to_the_screen_and_one_to_a_file(book: Path) -> None:
    done = call("run", book, "--json", "-", "--csv", "months.csv")
    assert list(json.loads(done.stdout)["industries"]) == ["glass"]
    assert "months.csv" in done.stderr
    assert (book.parent / "months.csv").read_bytes().startswith("\ufeffindustry".encode())


# ---- whose file it is


@pytest.mark.parametrize("kind", FILES)
def test_only_what_we_wrote_and_nobody_changed_is_replaced(kind: str, tmp_path: Path) -> None:
    path = named(kind, tmp_path)
    output = Output(kind, path)
    write(kind, path)
    if KINDS[kind].again:
        check([output])
    else:
        with pytest.raises(SettingError, match="file_exists"):
            check([output])
    with replacing_ours(kind, path, []):
        path.write_bytes(b"ours again")
    path.write_bytes(b"ours, edited")
    with pytest.raises(SettingError, match="file_exists"):
        check([output])
    with pytest.raises(SettingError, match="not_our_file"), replacing_ours(kind, path, []):
        pass
    check([output], force=True)
    check([output], agree=lambda files: files == [path])
    with pytest.raises(SettingError, match="file_exists"):
        check([output], agree=lambda files: False)
    assert path.read_bytes() == b"ours, edited"


@pytest.mark.parametrize("kind", FILES)
def test_what_is_not_ours_leaves_a_copy(kind: str, tmp_path: Path) -> None:
    path = named(kind, tmp_path)
    path.write_bytes(b"a person's own")
    write(kind, path)
    assert [copy.path.read_bytes() for copy in copies(path)] == [b"a person's own"]
    assert copies(path)[0].verb == "run"


def test_a_book_of_ours_under_a_reports_name_is_no_report(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write("sample", path)
    assert written.is_ours(path, "sample")
    assert not written.is_ours(path, "report")


def test_when_nothing_can_be_noted_nothing_is_ours(
    tmp_path: Path, own_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prosperity_excel.files.log import LOG_VARIABLE

    (own_files / "file").touch()
    monkeypatch.setenv(LOG_VARIABLE, str(own_files / "file" / "prosperity.log"))
    path = tmp_path / "a.csv"
    write("csv", path)
    assert not written.is_ours(path, "csv")


def test_the_list_stays_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "MOST", 5)
    paths = [tmp_path / f"{n}.csv" for n in range(30)]
    for number, path in enumerate(paths):
        write("csv", path, b"%d" % number)
    assert all(written.is_ours(path, "csv") for path in paths[-5:])
    assert sum(written.is_ours(path, "csv") for path in paths) <= 10


def test_an_output_that_fails_leaves_all_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"a person's own")
    with pytest.raises(RuntimeError), writing("report", Output("report", path)):
        raise RuntimeError
    assert {f.name for f in tmp_path.iterdir()} == {"a.xlsx"}
    assert not written.is_ours(path, "report")
    # Nor is a copy kept of what is there still, to the byte.
    write("report", path, b"a person's own")
    assert copies(path) == []


def test_without_a_copy_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a person's own")
    (tmp_path / FOLDER).touch()
    with pytest.raises(BookError, match="no_copy_kept"):
        write("csv", path)
    assert path.read_bytes() == b"a person's own"


def test_only_the_pictures_that_were_drawn_are_ours(tmp_path: Path) -> None:
    mine, ours, other = (tmp_path / n for n in ("mine-1.png", "glass-1.png", "photo.png"))
    mine.write_bytes(b"mine")
    other.write_bytes(b"other")
    with writing("report", Output("images", tmp_path)):
        ours.write_bytes(b"drawn")
    assert written.is_ours(ours, "images")
    assert not written.is_ours(mine, "images")
    assert {f.name for f in tmp_path.iterdir()} == {f.name for f in (mine, ours, other)}


# ---- verbs


def test_a_run_is_written_again_but_not_over_an_edited_file(book: Path) -> None:
    for _ in range(2):
        done = call("run", book, "--csv", "months.csv", "--json", "all.json")
        assert done.exit_code == 0, done.output
    months = book.parent / "months.csv"
    months.write_text("my own notes", encoding="utf-8")
    refused = call("run", book, "--csv", "months.csv")
    assert (refused.exit_code, "--force" in refused.stderr) == (1, True)
    assert months.read_text("utf-8") == "my own notes"
    assert call("run", book, "--csv", "months.csv", "--force").exit_code == 0
    assert [copy.path.read_text("utf-8") for copy in copies(months)] == ["my own notes"]
    assert call("restore", months, "--yes").exit_code == 0
    assert months.read_text("utf-8") == "my own notes"


@pytest.mark.parametrize("answer", ["y", "n"])
def test_who_sits_at_a_screen_is_asked(
    book: Path, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = book.parent / "x.xlsx"
    mine.write_bytes(b"mine")

    class Screen:
        @staticmethod
        def isatty() -> bool:
            return True

    monkeypatch.setattr(shared, "sys", type("Sys", (), {"stdin": Screen, "stderr": None}))
    monkeypatch.setattr(shared.click, "confirm", lambda text, **_: answer == "y")
    done = call("template", "glass", "--out", "x.xlsx")
    assert done.exit_code == (0 if answer == "y" else 1), done.output
    assert (mine.read_bytes() == b"mine") == (answer == "n")
    assert len(copies(mine)) == (answer == "y")


def test_a_report_that_is_replaced_can_be_brought_back(book: Path) -> None:
    arguments = ("report", book, "--out", "r.xlsx", "--no-sensitivity")
    assert call(*arguments).exit_code == 0
    first = Path("r.xlsx").read_bytes()
    assert call(*arguments).exit_code == 1
    # Another report: the same one within the same second is the same file, and needs no copy.
    assert call(*arguments, "--language", "en", "--force").exit_code == 0
    assert [copy.path.read_bytes() for copy in copies(Path("r.xlsx"))] == [first]


@pytest.fixture
def small_demo(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Give the demo, over two industries."""
    monkeypatch.setattr(demo, "_industries", lambda: [find("banks"), find("glass")])
    monkeypatch.setattr(
        demo, "write_formula_book", lambda path, _: write_template([find("glass")], path)
    )
    return lambda *more: call("demo", "--out", "demo", *more)


def test_a_demo_is_built_again_but_an_edited_book_stays(
    small_demo: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = small_demo()
    assert first.exit_code == 0, first.output
    assert small_demo().exit_code == 0
    glass = tmp_path / "demo" / "glass.xlsx"
    # The books have the same bytes as before, so only the report leaves a copy.
    assert (len(copies(glass)), len(copies(glass.with_name("report.xlsx")))) == (0, 1)
    edited = openpyxl.load_workbook(glass)
    edited["data"]["B12"] = 7
    edited.save(glass)
    mine = glass.read_bytes()
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "demo").rglob("*")}
    refused = small_demo()
    assert (refused.exit_code, "[file_exists]" in refused.stderr) == (1, True)
    assert "glass.xlsx" in refused.stderr
    assert "banks.xlsx" not in refused.stderr
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "demo").rglob("*")} == before
    assert small_demo("--force").exit_code == 0
    assert [copy.path.read_bytes() for copy in copies(glass)] == [mine]


def test_a_sweep_removes_only_parts_of_its_own(tmp_path: Path) -> None:
    from prosperity_excel.runs import sweep

    parts = tmp_path / "x.parquet.parts"
    parts.mkdir()
    for name in ("job.json", "part-000001.parquet", "notes.txt"):
        (parts / name).touch()
    sweep._remove_parts(parts)
    assert {f.name for f in parts.iterdir()} == {"notes.txt"}


def test_every_verb_knows_the_screen_by_its_sign() -> None:
    assert Output("csv", SCREEN).on_screen
    assert not Output("report", SCREEN).on_screen
