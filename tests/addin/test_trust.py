"""What a book's settings sheet may make this computer look at, and books that are no file."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity_excel.formulas import views as session_module
from prosperity_excel.formulas.cell_values import MARK, NUMBERS
from prosperity_excel.formulas.serve import SESSION
from prosperity_excel.runs.settings import trusted_file
from prosperity_excel.runs.trust import confirm, reach, trouble

from tests.addin.excel_com import Cells, Excel, Grid, call, server

REF = f"{MARK}{NUMBERS['#REF!']}"
REMOTE = (
    r"\\host\share", "//host/share", r"\\?\C:\x", r"\\.\pipe\x", r"/\host/share", "https://host/x",
    "file://host/share", "ftp://x", "smb://host/x", "con", "NUL.txt", r"books\aux", r"a\lpt1",
    r"  \\host\share", r"\/host/share",
)  # fmt: skip
ELSEWHERE = (
    r"C:\books", "C:books", r"\books", "/home/x", "~/x", "~", "..", r"..\books", "a/../..",
    "%TEMP%", "$HOME/x", r"%USERPROFILE%\books", "d:",
)  # fmt: skip
BESIDE = (".", "books", "./books", r"books\2024", "资料夹", "a..b", "console", "books.xlsx")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    SESSION.clear()
    monkeypatch.setattr(SESSION, "now", lambda: 0.0)
    server()


@pytest.mark.parametrize("text", REMOTE)
def test_another_computer_or_a_device_is_remote(text: str) -> None:
    assert reach(text) == "remote"


@pytest.mark.parametrize("text", ELSEWHERE)
def test_any_other_folder_is_elsewhere(text: str) -> None:
    assert reach(text) == "elsewhere"


@pytest.mark.parametrize("text", BESIDE)
def test_a_folder_beside_the_book_is_beside(text: str) -> None:
    assert reach(text) == "beside"


@given(st.text(st.sampled_from("ab.~%$:\\/ 中"), min_size=1, max_size=12))
def test_what_is_beside_never_leaves_the_folder(text: str) -> None:
    """By the rules of Windows: joined to a folder it stays below it."""
    if reach(text) == "beside":
        joined = PureWindowsPath(r"Q:\desk", text.strip())
        assert joined.is_relative_to(r"Q:\desk")
        assert ".." not in joined.parts


def book_naming(path: Path | str, library: str) -> tuple[Excel, Cells]:
    book = Excel(path, ("Sheet1", "settings"))
    book["settings"].put("A1", "library")
    book["settings"].put("B1", library)
    return book, book["Sheet1"].Cells(1, 1)


@pytest.mark.parametrize("library", [r"\\host\share", "https://host/x", "//host/share"])
def test_no_recalculation_reaches_another_computer(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def touched(*_: object) -> None:
        raise AssertionError("the library was looked at")

    monkeypatch.setattr(session_module, "stamps", touched)
    _, at = book_naming(tmp_path / "foreign.xlsx", library)
    assert call("PROSPERITY", "autos", caller=at) == REF
    assert "not used" in call("PROSPERITY_WHY", "autos", caller=at)
    # Confirming changes nothing: only the user's own file may name such a folder.
    confirm(str(tmp_path / "foreign.xlsx"), library, file=trusted_file())
    SESSION.look_again()
    assert call("PROSPERITY", "autos", caller=at) == REF


def test_a_folder_elsewhere_counts_once_it_was_confirmed_for_this_book(
    library: Path, tmp_path: Path
) -> None:
    book, at = book_naming(tmp_path / "desk.xlsx", str(library))
    assert call("PROSPERITY", "autos", caller=at) == REF
    assert "have not confirmed" in call("PROSPERITY_WHY", "autos", caller=at)
    shown = server().CallUDF("prosperity_excel.excel.ribbon", "shown", (), book, None)
    assert str(library) in shown[-1]
    server().CallUDF("prosperity_excel.excel.ribbon", "press", ("confirm_library", ""), book, None)
    assert isinstance(call("PROSPERITY", "autos", caller=at), float)
    shown = server().CallUDF("prosperity_excel.excel.ribbon", "shown", (), book, None)
    assert shown[-1] == ""
    _, other = book_naming(tmp_path / "other.xlsx", str(library))
    assert call("PROSPERITY", "autos", caller=other) == REF
    book["settings"].put("B1", str(library.parent))
    SESSION.look_again()
    assert call("PROSPERITY", "autos", caller=at) == REF


def test_a_damaged_file_of_confirmations_confirms_nothing(tmp_path: Path) -> None:
    file = tmp_path / "confirmed.json"
    for content in ("", "{", "[1, null]", '{"a": 1}', "[" * 100_000):
        file.write_text(content, encoding="utf-8")
        assert trouble("/x/a.xlsx", "/elsewhere", file=file) is not None
        confirm("/x/a.xlsx", "/elsewhere", file=file)
        assert trouble("/x/a.xlsx", "/elsewhere", file=file) is None


WEB = ("https://d.docs.live.net/abc/desk.xlsx", "https://corp.sharepoint.com/sites/x/desk.xlsx",
       "Book1")  # fmt: skip


@pytest.mark.parametrize("name", WEB)
def test_a_book_that_is_no_file_here_works_from_what_it_shows(name: str, library: Path) -> None:
    here = Excel.open(library / "autos.xlsx")
    here.Worksheets.append(Grid(here, "calc"))
    expected = call("PROSPERITY", "autos", caller=here["calc"].Cells(2, 2))
    there = Excel.open(library / "autos.xlsx")
    there.FullName = name
    there.Worksheets.append(Grid(there, "calc"))
    at = there["calc"].Cells(2, 2)
    assert isinstance(expected, float)
    assert call("PROSPERITY", "autos", caller=at) == expected
    assert call("PROSPERITY", "nosuch", caller=at) == f"{MARK}{NUMBERS['#VALUE!']}"
    assert "no industry" in call("PROSPERITY_WHY", "nosuch", caller=at)


@pytest.mark.parametrize("name", WEB)
def test_what_needs_a_file_says_so(name: str) -> None:
    _, at = book_naming(name, ".")
    assert call("PROSPERITY", "autos", caller=at) == REF
    assert "not on this computer" in call("PROSPERITY_WHY", "autos", caller=at)
