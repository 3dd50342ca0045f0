"""Long work of the ribbon in a child: the same results, progress, Esc; and books on opening."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwings as xw
from prosperity.errors import BookError, ProsperityError
from prosperity.settings import Settings
from prosperity_excel.book.book import read_book
from prosperity_excel.excel import carry_out, ribbon, work
from prosperity_excel.excel.actions import press as pressing
from prosperity_excel.excel.actions.press import DESK
from prosperity_excel.excel.work import CancelledError, in_child, stoppable
from prosperity_excel.host.keys import ESCAPE, Windows, escape_watch
from prosperity_excel.runs.evaluate import evaluate_books
from prosperity_excel.runs.settings import write_user

from .books import save
from .file_engine import open_book
from .test_ribbon import NORMAL, app, contents, fresh, press

__all__ = ["fresh"]
TODAY = date(2019, 3, 1)


@pytest.fixture
def book(library: Path, tmp_path: Path) -> xw.Book:
    path = tmp_path / "autos.xlsx"
    shutil.copy(library / "autos.xlsx", path)
    return open_book(path)


def never() -> bool:
    return False


def children() -> set[int]:
    """Return the processes that this one has started and that still run."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,stat=,args=", "--ppid", str(__import__("os").getpid())],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return {int(line.split()[0]) for line in listed.splitlines() if "prosperity_excel" in line}


def test_a_child_gives_the_same_evaluation_and_tells_how_far_it_is(library: Path) -> None:
    books = [read_book(library / f"{id}.xlsx") for id in ("autos", "glass")]
    told: list[tuple[str, int, int]] = []
    found = in_child(
        "evaluation", books, progress=lambda *said: told.append(said), cancelled=never,
        wanted=(), settings=Settings(), today=TODAY,
    )  # fmt: skip
    here_told: list[tuple[str, int, int]] = []
    here = evaluate_books(
        books, settings=Settings(), today=TODAY, progress=lambda *said: here_told.append(said)
    )
    assert list(found.results) == list(here.results)
    for id, result in here.results.items():
        assert found.results[id].composite.equals(result.composite)
        assert found.results[id].notices == result.notices
    assert found.today == here.today
    assert told == here_told
    assert told
    assert not children()


def test_an_error_of_the_child_is_the_one_that_it_met(library: Path) -> None:
    books = [read_book(library / "autos.xlsx")] * 2
    with pytest.raises(BookError, match="only one of them") as caught:
        in_child("evaluation", books, progress=lambda *_: None, cancelled=never,
                 wanted=(), settings=Settings(), today=TODAY)  # fmt: skip
    assert caught.value.code == "industry_twice"


def test_a_child_that_breaks_down_says_how(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="nosuch"):
        in_child("nosuch", [], progress=lambda *_: None, cancelled=never)
    monkeypatch.setattr(work, "_CHILD", "prosperity_excel.nosuch_module")
    with pytest.raises(RuntimeError, match="the child ended"):
        in_child("evaluation", [], progress=lambda *_: None, cancelled=never)
    monkeypatch.setattr(work, "interpreter", lambda: "/nowhere/python")
    with pytest.raises(ProsperityError, match="addin diagnose"):
        in_child("evaluation", [], progress=lambda *_: None, cancelled=never)


def test_giving_up_ends_the_child_at_once(library: Path) -> None:
    begun = time.monotonic()
    looks = iter([False, True])
    books = [read_book(library / "autos.xlsx")]
    with pytest.raises(CancelledError):
        in_child("evaluation", books, progress=lambda *_: None, cancelled=lambda: next(looks),
                 wanted=(), settings=Settings(), today=TODAY)  # fmt: skip
    assert not children()
    assert time.monotonic() - begun < 60


def test_work_that_is_done_here_can_be_given_up_too() -> None:
    told: list[Any] = []
    stoppable(lambda *said: told.append(said), never)("autos", 1, 2)
    assert told == [("autos", 1, 2)]
    with pytest.raises(CancelledError):
        stoppable(lambda *said: told.append(said), lambda: True)("banks", 2, 2)
    assert len(told) == 1


@pytest.fixture
def gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the user press Esc at once."""

    def watch(window: int | None) -> Callable[[], bool]:
        return lambda: True

    monkeypatch.setattr(carry_out, "escape_watch", watch)


@pytest.mark.usefixtures("gives_up")
@pytest.mark.parametrize("limit", [1, 4])
def test_esc_leaves_everything_as_it_was(
    book: xw.Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """In a child (from one industry on) and without one."""
    monkeypatch.setattr(pressing, "LONG_FROM", limit)
    before, files = contents(book), set(tmp_path.iterdir())
    for action, given in (("refresh_all", ""), ("write_report", str(tmp_path / "out.xlsx"))):
        assert "Cancelled; nothing was changed" in press(book, action, given)
    assert contents(book) == before
    assert set(tmp_path.iterdir()) == files
    assert app(book).state == NORMAL
    assert not children()


def test_a_refresh_in_a_child_writes_what_one_here_does(
    book: xw.Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = press(book, "refresh_all")
    here = contents(book)
    press(book, "undo")
    monkeypatch.setattr(pressing, "LONG_FROM", 1)
    assert press(book, "refresh_all") == said
    assert contents(book) == here
    assert any("autos (1/1)" in str(text) for text in app(book).said)


def test_due_in_a_child_writes_what_one_here_does_and_can_be_taken_back(
    book: xw.Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = contents(book)
    said = press(book, "due")
    here = contents(book)
    assert here != plain
    press(book, "undo")
    assert contents(book) == plain
    monkeypatch.setattr(pressing, "LONG_FROM", 1)
    assert press(book, "due") == said
    assert contents(book) == here
    # A refresh renews the sheet that is there, and one undo takes both back.
    book.sheets["due"]["A2"].value = "old"
    stale = contents(book)
    assert "due" in press(book, "refresh_all")
    assert contents(book)["due"] == here["due"]
    press(book, "undo")
    assert contents(book) == stale


class Keys:
    """A keyboard: whether Esc is down, and whether Excel is in front."""

    def __init__(self, states: list[int], front: bool = True) -> None:
        self.states, self.front = states, front

    def state(self, key: int) -> int:
        assert key == ESCAPE
        return self.states.pop(0)

    def in_front(self, window: int) -> bool:
        return self.front


@pytest.mark.parametrize(
    ("states", "front", "window", "seen"),
    [
        ([0, 0], True, 7, False),
        ([0, 0x8000], True, 7, True),
        ([0, 1], True, 7, True),
        ([1, 0], True, 7, False),  # pressed before the work began
        ([0, 0x8001], False, 7, False),  # in another program
        ([0, 1], False, None, True),
    ],
)
def test_esc_counts_in_excel_and_since_the_work_began(
    states: list[int], front: bool, window: int | None, seen: bool
) -> None:
    assert escape_watch(window, Keys(states, front))() is seen


def test_esc_is_asked_of_windows_by_its_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    import ctypes
    from unittest.mock import MagicMock

    windll = MagicMock()
    windll.user32.GetAsyncKeyState.side_effect = [0, -32768]
    windll.user32.GetForegroundWindow.return_value = 6
    monkeypatch.setattr(ctypes, "windll", windll, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    keys = Windows()
    assert escape_watch(None, keys)() is True
    assert keys.in_front(5) is True
    assert windll.user32.GetForegroundWindow.called


# -- on opening ------------------------------------------------------------------------------


def test_a_book_is_refreshed_on_opening_only_where_the_user_wants_it(book: xw.Book) -> None:
    before = contents(book)
    assert press(book, "refresh_on_opening") == ""
    assert contents(book) == before
    assert ribbon._state(book)[-1] == "off"
    write_user({"refresh_on_open": "on"})
    assert ribbon._state(book)[-1] == "on"
    book.impl.api.ReadOnly = True
    assert press(book, "refresh_on_opening") == ""
    assert contents(book) == before
    book.impl.api.ReadOnly = False
    assert "autos" in press(book, "refresh_on_opening")
    assert contents(book) != before


def test_a_book_may_say_off_and_others_are_left_alone(book: xw.Book, tmp_path: Path) -> None:
    write_user({"refresh_on_open": "on"})
    press(book, "settings")
    rows = book.impl.workbook["settings"]
    (row,) = (c.row for c in rows["A"] if c.value == "refresh_on_open")
    rows.cell(row, 2).value = "off"
    before = contents(book)
    assert press(book, "refresh_on_opening") == ""
    assert contents(book) == before
    other = open_book(save(tmp_path / "plain.xlsx", {"Sheet1": [["hello"]]}))
    assert press(other, "refresh_on_opening") == ""
    assert list(contents(other)) == ["Sheet1"]


# -- only what was shown here ----------------------------------------------------------------


def test_a_preview_that_somebody_prepared_is_not_carried_out(tmp_path: Path) -> None:
    from .test_ribbon_import import gap_book, wind_export

    mine = open_book(gap_book(tmp_path))
    press(mine, "import_export", str(wind_export(tmp_path)))
    mine.impl.save()
    data = contents(mine)["data"]
    # The same book by another name, as somebody may send it: everything in it fits.
    sent = tmp_path / "sent.xlsx"
    shutil.copy(mine.fullname, sent)
    theirs = open_book(sent)
    assert "not made here in this session" in press(theirs, "write_import")
    assert contents(theirs)["data"] == data
    assert " write_import " in ribbon._state(theirs)[-2]
    # A file that is named instead of the one that was shown is not read either.
    sheet = mine.impl.workbook["import"]
    (row,) = (c.row for c in sheet["A"] if str(c.value).startswith("文件 File"))
    named, sheet.cell(row, 2).value = sheet.cell(row, 2).value, str(tmp_path / "other.xlsx")
    assert "not made here in this session" in press(mine, "write_import")
    sheet.cell(row, 2).value = named
    assert " write_import " not in ribbon._state(mine)[-2]
    # Neither is anything after Python was started again.
    kept, DESK.previews = DESK.previews, type(DESK.previews)()
    assert "not made here in this session" in press(mine, "write_import")
    assert contents(mine)["data"] == data
    DESK.previews = kept
    said = press(mine, "write_import")
    assert contents(mine)["data"] != data, said


def test_undo_of_an_import_takes_inserted_rows_and_values_back(tmp_path: Path) -> None:
    from .test_ribbon_import import gap_book, wind_export

    book = open_book(gap_book(tmp_path))
    press(book, "import_export", str(wind_export(tmp_path)))
    before = contents(book)
    looks = [[c.number_format for c in row] for row in book.impl.workbook["data"].iter_rows()]
    press(book, "write_import")
    assert contents(book)["data"] != before["data"]
    assert "Undone" in press(book, "undo")
    assert contents(book) == before
    now = [[c.number_format for c in row] for row in book.impl.workbook["data"].iter_rows()]
    assert [row[: len(looks[0])] for row in now[: len(looks)]] == looks
    assert openpyxl.load_workbook(book.fullname).sheetnames
