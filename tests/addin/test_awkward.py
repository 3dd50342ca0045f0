"""On any file at all a command ends with a report or one clear error, in time and memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest
from click.testing import CliRunner
from prosperity.errors import BookError
from prosperity_excel.book.book import Book, read_book
from prosperity_excel.cli import main
from prosperity_excel.files import child as reader
from prosperity_excel.files.ordinary import looks_ordinary
from prosperity_excel.formulas import sources as library
from prosperity_excel.ooxml import archive, parts
from prosperity_excel.results import refresh
from prosperity_excel.sheets.xml_bytes import XmlBytes
from prosperity_excel.vintages import store_path, vintages

from .awkward import MADE
from .awkward_books import BOOKS, good_book
from .books import DATA, toy_book
from .conftest import sample_book
from .odd_readers import breaks_down, waits
from .office import convert

SECONDS, BYTES = 30, 1_000_000_000
#: Files that hold the export's values all the same.
READABLE = {
    "renamed.xls", "renamed.csv", "text_named.xlsx", "lying_dimension.xlsx", "tiny_dimension.xlsx",
    "merges.xlsx", "1904.xlsx", "protected.xlsx", "macro_named.xlsm", "cr.csv", "utf16.csv",
    "utf16_no_mark.csv", "semicolon.csv", "duplicate_sheet_names.xlsx", "far_empty_cell.xlsx",
    "1904.xlsb", "same_names.xlsb", "giant_dimension.xlsb", "impossible_dimension.xlsb",
}  # fmt: skip
_CLEAR = re.compile(r"错误 Error \[[a-z_]+\] .*[\u4e00-\u9fff].*\n.*[a-zA-Z]", re.DOTALL)
#: Runs commands one after the other, with a mark behind what each says; prints each one's code and
#: seconds, and the peak of memory.
#: That of the process itself is read from the kernel: ru_maxrss begins with what the process that
#: started it had.
_RUN = r"""
import json, pathlib, resource, sys, time
from prosperity_excel.cli import main
done = []
for arguments in json.loads(sys.argv[1]):
    code, start = 0, time.monotonic()
    try:
        main(arguments, standalone_mode=True)
    except SystemExit as end:
        code = end.code or 0
    done.append((code, time.monotonic() - start))
    for stream in (sys.stdout, sys.stderr):
        print("\x1e", file=stream, flush=True)
status = pathlib.Path("/proc/self/status")
if status.exists():
    line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
    own = int(line.split()[1]) * 1024
else:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
below = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
print("DONE", json.dumps(done), file=sys.stderr)
print("PEAK", max(own, below if status.exists() else own), file=sys.stderr)
"""
on_posix = pytest.mark.skipif(
    sys.platform == "win32", reason="peaks of memory are measured on POSIX"
)


class Ran(NamedTuple):
    """A command that ended: its code, what it said on both streams, and its seconds."""

    code: int
    out: str
    err: str
    seconds: float


def commands(lines: Sequence[Sequence[object]]) -> list[Ran]:
    """Run commands in a process of their own, which must stay within its memory."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps([list(map(str, line)) for line in lines])],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        timeout=(2 + len(lines)) * SECONDS,
        check=False,
    )
    told = re.search(r"DONE (.*)\nPEAK (\d+)\n$", done.stderr)
    assert told is not None, done.stderr
    assert 0 < int(told[2]) < BYTES
    outs, errs = (text.split("\x1e\n")[: len(lines)] for text in (done.stdout, done.stderr))
    ended = json.loads(told[1])
    return [Ran(c, o, e, s) for (c, s), o, e in zip(ended, outs, errs, strict=True)]


def check_ends_well(ran: Ran) -> None:
    """Check that a command ended in time, with results or with one clear error."""
    said = ran.out + ran.err
    assert "Traceback" not in said
    assert "internal" not in said
    assert ran.seconds < SECONDS
    if ran.code == 1:
        assert len(re.findall(r"错误 Error \[", ran.err)) == 1
        assert _CLEAR.search(ran.err)


def in_parts(names: Sequence[str], count: int) -> list[tuple[str, ...]]:
    """Part names among processes; a process takes a second to start."""
    return [tuple(names[k::count]) for k in range(count)]


@on_posix
@pytest.mark.parametrize("names", in_parts(sorted(MADE), 4), ids=lambda names: names[0])
def test_import(names: Sequence[str], tmp_path: Path) -> None:
    models = toy_book(tmp_path, data=[*DATA[:3]])
    for name in names:
        MADE[name](tmp_path / name)
    every = commands([("import", tmp_path / name, "--into", models) for name in names])
    for name, ran in zip(names, every, strict=True):
        check_ends_well(ran)
        if name in READABLE:
            assert ran.code in (0, 3)
            assert "m2_yoy" in ran.out + ran.err or "M2:同比" in ran.out + ran.err
        if ran.code == 1:
            assert name in ran.err
        else:
            assert name.rpartition(".")[0] in ran.out


NO_BOOKS = (
    "random.xlsx", "truncated.xlsx", "bomb.xlsx", "bomb_in_limits.xlsx", "string_bomb.xlsx",
    "far_cell.xlsx", "many_cells.xlsx", "billion_laughs.xlsx", "ods_repeats.ods",
    "many_sheets.xlsx", "chart_sheet_only.xlsx", "megabyte_attribute.xlsx", "web_page.xls",
    "encrypted.xlsx", "strict.xlsx",
)  # fmt: skip


@on_posix
@pytest.mark.parametrize("names", in_parts(NO_BOOKS, 3), ids=lambda names: names[0])
def test_check_and_import_into(names: Sequence[str], tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text("date,a\n2020-01-01,1\n2020-02-01,2\n", encoding="utf-8")
    lines: list[tuple[object, ...]] = []
    for name in names:
        path = tmp_path / name
        MADE[name](path)
        lines += [("check", path), ("import", good, "--into", path, "--yes")]
    content = {name: (tmp_path / name).read_bytes() for name in names}
    for ran in commands(lines):
        check_ends_well(ran)
        assert ran.code in (1, 3)
    assert {name: (tmp_path / name).read_bytes() for name in names} == content


def verbs(book: Path, folder: Path) -> dict[str, list[object]]:
    """Return every verb that takes a book, with its arguments."""
    good = folder / "good.csv"
    good.write_text("date,a\n2020-01-31,1\n2020-02-29,2\n", encoding="utf-8")
    out = folder / "out"
    return {
        "run": ["run", book],
        "define": ["define", book],
        "report": ["report", book, "--out", out / "report.xlsx"],
        "evidence": ["evidence", book],
        "sweep": ["sweep", book, "--grid", "hp_lambda=1,2", "--out", out / "s.parquet"],
        "revisions": ["revisions", book],
        "check": ["check", book],
        "check --write": ["check", book, "--write"],
        "import": ["import", good, "--into", book, "--yes"],
        "refresh": ["refresh", book],
    }


#: Files for whose reading a child is started: some by two verbs, the others by none.
HARD = ("1904.xlsb", "bomb_in_limits.xlsx", "half.xlsx", "many_commas.csv", "ods_repeats.ods",
        "random.xls", "sheet_without_target.xlsx", "string_bomb.xlsx")  # fmt: skip
PASSED_OVER = {"bomb.xlsx", "broken.ods", "encrypted.xlsx", "flipped_bits.xlsx", "long_line.csv",
               "ole_head_only.xls", "truncated.xlsx", "zip_head_only.xlsx",
               *(name for name in MADE if name.endswith(".xlsb"))} - {*HARD}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MADE.keys() - PASSED_OVER))
def test_every_verb_refuses_what_is_no_book(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    MADE[name](path)
    content = path.read_bytes()
    given = verbs(path, tmp_path)
    there = sorted(tmp_path.iterdir())
    for verb in ("run", "refresh") if name in HARD else given:
        done = CliRunner().invoke(main, list(map(str, given[verb])))
        assert done.exit_code == 1, verb
        assert len(re.findall("错误 Error", done.output)) == 1
        assert _CLEAR.search(done.stderr), verb
        assert name in done.stderr
        assert "internal" not in done.stderr
        assert sorted(tmp_path.iterdir()) == there
        assert path.read_bytes() == content


#: Verbs that stand for all: between them they read settings, data and definitions, and write.
SOME = ("check --write", "refresh")


#: By which verbs a spoiled book is tried that is not tried by some; None is by all.
CHOSEN = {
    "large_elsewhere": None, "near_limit_cells": ("refresh",), "many_parts": ("refresh",),
    "many_error_cells": ("check --write",),
}  # fmt: skip
SPOILED = (
    "large_elsewhere", "many_parts", "bomb_in_data", "long_string", "far_cell_in_data",
    "many_bad_cells", "many_formulas", "half_data", "deep_data", "laughing_data", "utf16_data",
    "twice_data", "open_values", "many_names", "binary_data", "long_names",
)  # fmt: skip
#: Each meets the same limits as one of those above.
ALIKE = ("near_limit_cells", "many_error_cells", "large_data", "many_defined_names", "blown_data")


@on_posix
@pytest.mark.parametrize(
    "names",
    [SPOILED[:1], *in_parts(SPOILED[1:], 4), pytest.param(ALIKE, marks=pytest.mark.deep)],
    ids=lambda names: names[0],
)
def test_spoiled_books(names: Sequence[str], tmp_path: Path) -> None:
    lines: list[list[object]] = []
    for name in names:
        folder = tmp_path / name
        (folder / "out").mkdir(parents=True)
        path = folder / f"{name}.xlsx"
        BOOKS[path.name](path)
        given = verbs(path, folder)
        lines += [given[verb] for verb in CHOSEN.get(name, SOME) or given]
    for ran in commands(lines):
        assert ran.code in (0, 1, 3)
        check_ends_well(ran)


def test_a_file_is_given_up_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "many_elements.xlsx"
    BOOKS[path.name](path)
    monkeypatch.setattr(reader, "SECONDS", 3.0)
    start = _time_of_children()
    with reader.one_command():
        # However often a command reads a file, its seconds are shared.
        for _ in range(3):
            with pytest.raises(BookError) as caught:
                reader.read_guarded(read_book, path)
            assert caught.value.code == "too_slow"
    assert _time_of_children() - start < 6


def _time_of_children() -> float:
    """Return the seconds of processor time that children have taken."""
    told = os.times()
    return told.children_user + told.children_system


def test_a_child_that_waits_for_the_processor_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = good_book(tmp_path)
    monkeypatch.setattr(reader, "looks_ordinary", lambda _: False)
    with reader.one_command():
        # It takes longer by the clock than it may compute, and none of that is charged.
        assert reader.read_guarded(waits, path, "4.5", seconds=4.0) == path.name
        assert reader.read_guarded(waits, path, "0", seconds=4.0) == path.name
    monkeypatch.setattr(reader, "PATIENCE", 1.0)
    with pytest.raises(BookError) as caught:
        reader.read_guarded(waits, path, "600", seconds=2.0)
    assert caught.value.code == "too_slow"


def test_what_a_child_says_is_said_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the first reading is no reason to call the second one slow."""
    path = good_book(tmp_path)
    monkeypatch.setattr(reader, "looks_ordinary", lambda _: False)
    with reader.one_command():
        for _ in range(2):
            with pytest.raises(BookError) as caught:
                reader.read_guarded(breaks_down, path)
            assert caught.value.code == "reader_broke"


def test_windows_own_word_on_a_child_s_time_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system ends no process for its time, the parent does."""
    monkeypatch.setattr(reader, "processor_time", lambda _: 100.0)
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        with pytest.raises(reader._OutOfTimeError):
            reader._output(child, 99.0)
        child.kill()


def test_a_bad_book_of_the_library_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "SECONDS", 3.0)
    for name in ("many_elements.xlsx", "large_elsewhere.xlsx", "half_data.xlsx"):
        BOOKS[name](tmp_path / name)
    MADE["bomb_in_limits.xlsx"](tmp_path / "other.xlsx")
    good_book(tmp_path)
    folder = library.Folder()
    start = _time_of_children()
    told: dict[str, str] = {}
    for _ in range(2):
        for source in folder.sources(tmp_path):
            try:
                told[source.name] = "ours" if source.ours and source.book else "not ours"
            except BookError as error:
                told[source.name] = error.code
    assert _time_of_children() - start < 12
    assert told == {
        "book.xlsx": "ours",
        "half_data.xlsx": "damaged_sheet",
        "large_elsewhere.xlsx": "ours",
        "many_elements.xlsx": "too_slow",
        "other.xlsx": "not ours",
    }


def test_a_child_reads_what_is_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = good_book(tmp_path)
    assert looks_ordinary(path)
    here: Book = reader.read_guarded(read_book, path)
    monkeypatch.setattr(reader, "looks_ordinary", lambda _: False)
    there: Book = reader.read_guarded(read_book, path)
    assert there.path == here.path
    assert there.definitions == here.definitions
    assert (there.industries, there.notices) == (here.industries, here.notices)
    assert there.panel.prices.equals(here.panel.prices)
    assert all(here.panel.series[id].frame.equals(s.frame) for id, s in there.panel.series.items())


def test_our_own_books_need_no_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def child(*arguments: object) -> None:
        pytest.fail(f"a child would read {arguments}")

    monkeypatch.setattr(reader, "_read_in_child", child)
    monkeypatch.setattr(library, "read_guarded", child)
    book = sample_book(tmp_path / "book.xlsx", "autos", "cement")
    for arguments in (["check", "--write"], ["refresh"], ["run"], ["define"]):
        done = CliRunner().invoke(main, [arguments[0], str(book), *arguments[1:]])
        assert done.exit_code in (0, 3), done.output
    again = openpyxl.load_workbook(book)
    again.save(tmp_path / "again.xlsx")
    (tmp_path / "by_libreoffice").mkdir()
    saved = convert([book], "xlsx", tmp_path / "by_libreoffice", tmp_path / "profile")[0]
    for folder in (tmp_path, saved.parent):
        for source in library.Folder().sources(folder):
            assert source.ours
            assert source.book.industries


@pytest.mark.parametrize(
    ("inside", "regular"),
    [
        ('<row r="1"><c r="A1" t="inlineStr"><is><t>a = b</t></is></c></row>', True),
        ('<dataValidation prompt="a = 1, =\'b\' ; c =d" sqref="A1"/>', True),
        ("<dataValidation prompt='a = \"b\"' sqref='A1'/>", True),
        ('<row r="1"><c r ="A1"><v>1</v></c></row>', False),
        ('<row r="1"><c r= "A1"><v>1</v></c></row>', False),
        ("<row r = '1' prompt='\"'><c r=\"A1\"><v>1</v></c></row>", False),
        ('<row r\n=\n"1"><c r="A1" t\t="e"><v>1</v></c></row>', False),
    ],
)
def test_white_space_beside_a_sign_counts_in_tags_alone(inside: str, regular: bool) -> None:
    assert XmlBytes(f"<worksheet>{inside}</worksheet>".encode()).is_regular == regular


def test_what_is_too_large_to_be_edited_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = good_book(tmp_path)
    content = path.read_bytes()
    for module, limit in ((archive, "MOST_UNPACKED"), (parts, "MOST_TEXT")):
        with monkeypatch.context() as patch:
            patch.setattr(module, limit, 5_000)
            done = CliRunner().invoke(main, ["refresh", str(path)])
        assert "[too_large_to_edit] book.xlsx" in done.stderr
        assert path.read_bytes() == content


def test_what_is_too_large_is_refused_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = good_book(tmp_path)
    monkeypatch.setattr(archive, "MOST_UNPACKED", 5_000)
    monkeypatch.setattr(refresh, "read_guarded", None)
    with pytest.raises(BookError, match="too_large"):
        refresh.refresh_book(path)


@pytest.mark.parametrize(
    "content", [b"a = " + b"[" * 50_000, b"\xff\xfe\x00", b"x" * 5_000_000, b"[library", bytes(9)]
)
def test_a_bad_file_of_settings(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    monkeypatch.setenv("PROSPERITY_SETTINGS", str(path))
    done = CliRunner().invoke(main, ["run", str(good_book(tmp_path))])
    assert done.exit_code == 1
    assert "[bad_settings_file]" in done.stderr


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\x00" + bytes(4096)])
def test_a_bad_file_of_kept_values(content: bytes, tmp_path: Path) -> None:
    book = good_book(tmp_path)
    store_path(book).write_bytes(content)
    done = CliRunner().invoke(main, ["revisions", str(book)])
    assert done.exit_code == 1
    assert "[bad_vintages]" in done.stderr


def test_an_empty_file_of_kept_values_is_one_in_which_nothing_was_kept(tmp_path: Path) -> None:
    # What a first keep leaves that was killed before it wrote.
    book = good_book(tmp_path)
    store_path(book).write_bytes(b"")
    none = CliRunner().invoke(main, ["revisions", str(book)])
    assert none.exit_code == 0, none.output
    assert "没有" in none.output
    assert CliRunner().invoke(main, ["run", str(book)]).exit_code == 0
    assert len(vintages(book)) == 1


def test_there_are_enough_of_them() -> None:
    assert len(MADE) + len(BOOKS) >= 90
