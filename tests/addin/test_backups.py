"""Copies of a person's files: ten, by name and time, and each of them can be brought back."""

from __future__ import annotations

import os
import re
import string
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from prosperity.errors import BookError
from prosperity_excel import vintages
from prosperity_excel.cli import main
from prosperity_excel.files import backups
from prosperity_excel.files.backups import FOLDER, MOST, copies, is_backup
from prosperity_excel.files.replacing import LONGEST_NAME, fitting
from prosperity_excel.files.saving import replace_file
from prosperity_excel.results import restoring
from prosperity_excel.vintages import opening

from tests.addin.conftest import sample_book

NOW = datetime(2024, 5, 6, 7, 8, 9)
LONG = "煤炭钢铁" * 19 + "景气"  # 78 letters, 234 bytes


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def changed(path: Path, times: int, verb: str = "refresh") -> list[bytes]:
    """Replace a file many times, a minute apart; return what it held each time before."""
    held = []
    for number in range(times):
        old = path.read_bytes()
        held.append(old)
        at = NOW + timedelta(minutes=number)
        replace_file(path, old, b"content %d" % number, at, verb)
    return held


def folder_of(path: Path) -> list[str]:
    return sorted(file.name for file in (path.parent / FOLDER).iterdir())


def test_the_last_ten_are_kept_and_say_which_verb(tmp_path: Path) -> None:
    path, other = tmp_path / "book.xlsx", tmp_path / "book.x.xlsx"
    path.write_bytes(b"first")
    other.write_bytes(b"other")
    replace_file(other, b"other", b"changed", NOW, "import")
    held = changed(path, MOST + 3)
    kept = copies(path)
    assert [copy.path.read_bytes() for copy in kept] == held[::-1][:MOST]
    assert {copy.verb for copy in kept} == {"refresh"}
    assert kept[0].made == NOW + timedelta(minutes=MOST + 2)
    assert kept[0].path.name == "book.20240506-072009.refresh.xlsx"
    # The other file's copy is its own, although its name begins alike.
    assert [copy.path.read_bytes() for copy in copies(other)] == [b"other"]


def test_an_import_and_a_refresh_keep_two_copies(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"a")
    first = replace_file(path, b"a", b"b", NOW, "import")
    second = replace_file(path, b"b", b"c", NOW, "refresh")
    third = replace_file(path, b"c", b"d", NOW, "refresh")
    assert [f.read_bytes() for f in (first, second, third)] == [b"a", b"b", b"c"]
    # Newest first, though all are of one second and of two verbs.
    assert [(copy.verb, copy.number) for copy in copies(path)] == [
        ("refresh", 3), ("refresh", 2), ("import", 1)]  # fmt: skip
    assert not any(set(name) & set('<>:"/\\|?*') for name in folder_of(path))


def test_a_clock_that_is_put_back_costs_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"a")
    changed(path, MOST)
    old = path.read_bytes()
    copy = replace_file(path, old, b"z", NOW - timedelta(hours=1), "import")
    assert copy.read_bytes() == old
    assert len(copies(path)) == MOST


def _keep_one(path: Path, content: bytes) -> None:
    backups.keep_copy(path, content, "run", NOW)


def test_processes_never_take_the_same_name(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    contents = [b"%d" % n for n in range(8)]
    with get_context("spawn").Pool(4) as pool:
        pool.starmap(_keep_one, [(path, content) for content in contents])
    assert sorted(copy.path.read_bytes() for copy in copies(path)) == contents


def test_copies_of_earlier_versions_are_listed_and_left(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"now")
    old = tmp_path / "book.backup-20230101-101112.xlsx"
    old.write_bytes(b"then")
    assert is_backup(old)
    changed(path, MOST + 2)
    assert old.read_bytes() == b"then"
    found = copies(path)
    assert len(found) == MOST + 1
    assert (found[-1].path.name, found[-1].verb) == (old.name, "")
    restoring.restore(path, found[-1])
    assert path.read_bytes() == b"then"
    with pytest.raises(BookError, match="copy_given"):
        restoring.kept_copies(old)


def test_without_a_copy_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"a")
    (tmp_path / FOLDER).write_bytes(b"a file of that name")
    with pytest.raises(BookError, match="no_copy_kept"):
        replace_file(path, b"a", b"b", NOW, "refresh")
    assert path.read_bytes() == b"a"
    assert {f.name for f in tmp_path.iterdir()} == {path.name, FOLDER}
    (tmp_path / FOLDER).unlink()

    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "write_whole", full)
    with pytest.raises(BookError, match="no_copy_kept"):
        replace_file(path, b"a", b"b", NOW, "refresh")
    assert {f.name for f in tmp_path.iterdir()} == {path.name}


def test_what_a_killed_run_left_is_no_copy_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"a")
    folder = tmp_path / FOLDER
    folder.mkdir()
    left = [folder / "book.20240101-000000.import.xlsx", folder / ".prosperity-abc.tmp"]
    for file in left:
        file.touch()
        os.utime(file, (0, 0))
    assert copies(path) == []
    replace_file(path, b"a", b"b", NOW, "import")
    assert folder_of(path) == ["book.20240506-070809.import.xlsx"]


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need leave on Windows")
def test_a_link_leads_to_one_file_and_one_history(tmp_path: Path) -> None:
    real, link = tmp_path / "real" / "book.xlsx", tmp_path / "desk" / "link.xlsx"
    for file in (real, link):
        file.parent.mkdir()
    sample_book(real, "glass")
    link.symlink_to(real)
    assert call("refresh", link).exit_code == 0
    assert link.is_symlink()
    assert {f.name for f in link.parent.iterdir()} == {"link.xlsx"}
    assert [copy.path for copy in copies(link)] == [copy.path for copy in copies(real)]
    assert vintages.store_path(link) == vintages.store_path(real)
    assert len(vintages.vintages(link)) == len(vintages.vintages(real)) == 1
    assert call("restore", link, "--copy", 1, "--yes").exit_code == 0
    assert link.is_symlink()


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need leave on Windows")
def test_a_history_beside_a_link_is_found_and_brought_home(tmp_path: Path) -> None:
    real, link = tmp_path / "book.xlsx", tmp_path / "desk" / "link.xlsx"
    link.parent.mkdir()
    sample_book(real, "glass")
    assert call("refresh", real).exit_code == 0
    home, earlier = vintages.store_path(real), link.with_name("link.xlsx.vintages.sqlite")
    home.rename(earlier)
    link.symlink_to(real)
    assert vintages.store_path(link) == earlier
    assert len(vintages.vintages(link)) == 1
    vintages.keep_matches(link, {("a", "b"): "c"})
    assert vintages.store_path(real) == home
    assert (len(vintages.vintages(real)), earlier.exists()) == (1, False)


# ---- names


@given(
    st.text(string.ascii_letters + "字景 .~-", min_size=1, max_size=300),
    st.text(string.ascii_letters + "字景 .~-", min_size=1, max_size=300),
)
def test_a_name_fits_and_is_that_of_one_stem(one: str, other: str) -> None:
    names = [fitting(stem, ".vintages.sqlite", spare=8) for stem in (one, other)]
    for stem, name in zip((one, other), names, strict=True):
        assert len(os.fsencode(name)) + 8 <= LONGEST_NAME
        assert name.endswith(".vintages.sqlite")
        assert name == fitting(stem, ".vintages.sqlite", spare=8)
        assert (name == f"{stem}.vintages.sqlite") == (len(os.fsencode(stem)) <= 231)
    assert (names[0] == names[1]) == (one == other)


def test_a_book_of_a_long_name_is_imported_refreshed_and_restored(tmp_path: Path) -> None:
    path = tmp_path / f"{LONG}.xlsx"
    sample_book(path, "glass")
    first = path.read_bytes()
    assert call("refresh", path).exit_code == 0
    assert len(vintages.vintages(path)) == 1
    assert call("check", path, "--write").exit_code in (0, 3)
    assert [copy.verb for copy in copies(path)] == ["check", "refresh"]
    assert call("restore", path, "--copy", 2, "--yes").exit_code == 0
    assert path.read_bytes() == first
    assert call("revisions", path).exit_code == 0
    for name in [f.name for f in tmp_path.iterdir()] + folder_of(path):
        assert len(os.fsencode(name)) <= LONGEST_NAME


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("SQLITE_READONLY", "read-only"),
        ("SQLITE_CANTOPEN", "read-only"),
        ("SQLITE_FULL", "disk is full"),
        ("SQLITE_IOERR", "disk is full"),
        ("SQLITE_BUSY", "in use"),
    ],
)
def test_what_is_wrong_around_a_history_never_asks_to_replace_it(
    fault: str, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    def fails(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("no")
        # An extended code, as SQLite gives it for instance for a folder that is read-only.
        error.sqlite_errorcode = getattr(sqlite3, fault) | 0x600
        raise error

    monkeypatch.setattr(sqlite3, "connect", fails)
    with pytest.raises(BookError) as caught:
        vintages.keep_matches(tmp_path / "book.xlsx", {("a", "b"): "c"})
    assert caught.value.code == "cannot_keep"
    assert word in caught.value.en
    assert "restore a copy" not in caught.value.en


def test_a_folder_that_is_gone_is_not_a_bad_history(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="cannot_keep"):
        vintages.keep_matches(tmp_path / "none" / "book.xlsx", {("a", "b"): "c"})


def test_a_windows_share_is_an_address_that_sqlite_takes() -> None:
    from pathlib import PureWindowsPath

    class Share(PureWindowsPath):
        def absolute(self) -> Share:
            return self

    address = opening._uri(Share(r"\\server\share\景气 a.xlsx"))  # type: ignore[arg-type]
    assert address.startswith("file:////server/share/")
    assert opening._uri(Path("/a/b.xlsx")) == "file:///a/b.xlsx"


# ---- bringing back


def test_a_refresh_is_undone_to_the_byte_and_redone(tmp_path: Path) -> None:
    path = sample_book(tmp_path / "book.xlsx", "glass")
    first = path.read_bytes()
    assert call("refresh", path).exit_code == 0
    second = path.read_bytes()
    listed = call("restore", path)
    assert listed.exit_code == 0
    assert "refresh" in listed.stdout
    assert FOLDER in listed.stdout
    assert path.read_bytes() == second
    shown = call("restore", path, "--copy", 1)
    assert shown.exit_code == 3
    assert "The data are the same" in shown.stdout
    assert path.read_bytes() == second
    done = call("restore", path, "--copy", 1, "--yes")
    assert done.exit_code == 0
    assert path.read_bytes() == first
    assert "holds what this copy holds" in call("restore", path, "--copy", 2, "--yes").stdout
    # What was there is a copy itself.
    assert copies(path)[0].verb == "restore"
    assert call("restore", path, "--yes").exit_code == 0
    assert path.read_bytes() == second
    last = restoring.last_change(path)
    assert last is not None
    assert last.path.read_bytes() == first


def test_values_that_go_and_come_are_counted(tmp_path: Path) -> None:
    import openpyxl

    path = sample_book(tmp_path / "book.xlsx", "glass")
    first = path.read_bytes()
    book = openpyxl.load_workbook(path)
    cells = [c for row in book["data"].iter_rows() for c in row if isinstance(c.value, float)]
    cells[0].value, cells[1].value = cells[0].value + 1, None
    book.save(path)
    replace_file(path, path.read_bytes(), first, NOW, "import")
    found = restoring.difference(path, copies(path)[0])
    assert found == restoring.Difference(only_now=1, only_copy=0, other=1)


def test_a_book_that_is_gone_or_broken_comes_back(tmp_path: Path) -> None:
    path = sample_book(tmp_path / "book.xlsx", "glass")
    first = path.read_bytes()
    assert call("refresh", path).exit_code == 0
    path.unlink()
    assert call("restore", path, "--copy", 1, "--yes").exit_code == 0
    assert path.read_bytes() == first
    for spoiled in (b"", b"PK\x03\x04 half", b"text"):
        path.write_bytes(spoiled)
        done = call("restore", path, "--copy", len(copies(path)), "--yes")
        assert done.exit_code == 0, done.output
        assert path.read_bytes() == first


def test_restoring_is_refused_while_the_book_is_open(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"a")
    changed(path, 1)
    now = path.read_bytes()
    (tmp_path / "~$book.xlsx").touch()
    for _ in range(2):
        done = call("restore", path, "--yes")
        assert (done.exit_code, "[book_open]" in done.stderr) == (1, True)
        if path.exists():
            assert path.read_bytes() == now
            path.unlink()


def test_what_is_asked_wrongly_is_said(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"a")
    assert "[no_copies]" in call("restore", path).stderr
    assert "[no_copies]" in call("restore", tmp_path / "none" / "x.xlsx").stderr
    changed(path, 2)
    assert "[no_such_copy]" in call("restore", path, "--copy", 3, "--yes").stderr
    copy = copies(path)[0].path
    sample_book(copy, "glass")
    assert "[copy_given]" in call("restore", copy).stderr
    assert "[is_backup]" in call("refresh", copy).stderr


def test_ten_copies_and_the_oldest_is_brought_back(tmp_path: Path) -> None:
    """The oldest copy makes room for what was there, and its content is not lost."""
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"first")
    held = changed(path, MOST)
    oldest = copies(path)[-1]
    restoring.restore(path, oldest)
    assert path.read_bytes() == held[0]
    assert copies(path)[0].path.read_bytes() == b"content %d" % (MOST - 1)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["replace", "restore"]), max_size=25), st.randoms())
def test_no_content_of_the_last_ten_changes_is_lost(acts: list[str], chance) -> None:  # type: ignore[no-untyped-def]
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "书 book.xlsx"
        path.write_bytes(b"0")
        gone: list[bytes] = []
        for number, act in enumerate(acts, 1):
            old, at = path.read_bytes(), NOW + timedelta(seconds=number // 3)
            if act == "replace":
                replace_file(path, old, b"%d" % number, at, "import")
                gone.append(old)
            elif (kept := copies(path)) and restoring.restore(path, chance.choice(kept), at):
                gone.append(old)
        held = {copy.path.read_bytes() for copy in copies(path)}
        assert {*gone[-MOST:]} <= {*held, path.read_bytes()}
        assert len(copies(path)) <= MOST
        assert not any(re.search(r"\.tmp$", f.name) for f in path.parent.iterdir())
