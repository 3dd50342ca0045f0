"""What Excel's server keeps alive over a long day: no frames, no cells, no books without bound."""

from __future__ import annotations

import gc
import traceback
from datetime import date
from pathlib import Path
from types import FrameType, TracebackType

import pytest
from prosperity.errors import BookError, ProsperityError, UnknownIndustryError
from prosperity_excel.formulas.serve import SESSION
from prosperity_excel.formulas.sources import Folder
from prosperity_excel.formulas.views import KEPT_VIEWS, VIEW_SECONDS, View
from prosperity_excel.formulas.why import KEPT_SECONDS, Reasons
from prosperity_excel.results.refresh import refresh_book
from prosperity_excel.runs.settings import write_user

from tests.addin.conftest import sample_book
from tests.addin.excel_com import Cells, Excel, call, server


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [0.0]
    SESSION.clear()
    monkeypatch.setattr(SESSION, "now", lambda: moment[0])
    server()
    return moment


def alive(kind: type) -> int:
    gc.collect()
    return sum(type(thing) is kind for thing in gc.get_objects())


def test_an_error_without_frames_is_equal_and_of_its_kind() -> None:
    def fail() -> None:
        raise UnknownIndustryError("gless", ["glass", "coal"])

    with pytest.raises(UnknownIndustryError) as caught:
        fail()
    bare = caught.value.bare()
    assert bare.__traceback__ is None
    assert bare.__context__ is None
    assert (type(bare), bare.args, bare.nearest) == (
        UnknownIndustryError, caught.value.args, ("glass",))  # fmt: skip


def test_twenty_thousand_cells_in_error_keep_no_frames_and_no_cells(library: Path) -> None:
    """Every way to fail: no such name, no book, a wrong argument, a date without a value."""
    write_user({"library": str(library)})
    sheet = Excel("/desk/desk.xlsx")["Sheet1"]
    wrong = (
        ("PROSPERITY", "nosuch"), ("PROSPERITY", "coal"), ("PROSPERITY", "autos", "x"),
        ("PROSPERITY", "autos", "1990-01-31"), ("PROSPERITY_SIGNAL", "coal"),
    )  # fmt: skip
    for name, *arguments in wrong:
        call(name, *arguments, caller=sheet.Cells(1, 1))
    before = {kind: alive(kind) for kind in (FrameType, TracebackType, Cells)}
    for row in range(20_000 // len(wrong)):
        for column, (name, *arguments) in enumerate(wrong, 1):
            found = call(name, *arguments, caller=sheet.Cells(row + 1, column))
            assert isinstance(found, str)
            assert found.startswith("#")
    for kind, count in before.items():
        assert alive(kind) <= count + 20, kind
    for _, error in SESSION.reasons._by_place.values():
        assert error.__traceback__ is None


def test_a_stored_error_that_is_raised_again_grows_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "broken.xlsx").write_bytes(b"PK not a workbook")
    (source,) = Folder().sources(tmp_path)
    lengths = []
    for _ in range(5):
        with pytest.raises(ProsperityError) as caught:
            _ = source.book
        lengths.append(len(traceback.extract_tb(caught.value.__traceback__)))
    assert len(set(lengths[1:])) == 1


def test_five_hundred_books_leave_a_few_views(clock: list[float]) -> None:
    for number in range(500):
        at = Excel(f"/desk/{number}.xlsx")["Sheet1"].Cells(1, 1)
        call("PROSPERITY", "autos", caller=at)
    assert alive(View) <= KEPT_VIEWS + 5
    clock[0] += VIEW_SECONDS + 1
    call("PROSPERITY", "autos", caller=Excel("/desk/last.xlsx")["Sheet1"].Cells(1, 1))
    assert len(SESSION._views) == 1


def test_reasons_go_after_a_day() -> None:
    moment = [0.0]
    reasons = Reasons(lambda: moment[0])
    reasons.keep(("a", "b", "A1"), BookError("x", "x", "x"))
    moment[0] += KEPT_SECONDS + 1
    reasons.keep(("a", "b", "A2"), BookError("y", "y", "y"))
    assert reasons.find(("a", "b", "A1")) is None
    assert reasons.find(("a", "b", "A2")) is not None


def held_after(book: Path, refreshes: int) -> tuple[int, int]:
    """Return how many objects are alive after a few refreshes of a book, and after many."""
    counts = []
    for number in range(refreshes):
        refresh_book(book, today=date(2019, 1, 10), keep=number % 2 == 0)
        if number in (2, refreshes - 1):
            gc.collect()
            counts.append(len(gc.get_objects()))
    return counts[0], counts[1]


def test_a_few_refreshes_in_one_process_leave_nothing_behind(tmp_path: Path) -> None:
    few, more = held_after(sample_book(tmp_path / "autos.xlsx", "autos"), 6)
    assert more <= few + 200


@pytest.mark.deep
def test_a_thousand_refreshes_in_one_process_leave_nothing_behind(tmp_path: Path) -> None:
    few, more = held_after(sample_book(tmp_path / "autos.xlsx", "autos"), 1000)
    assert more <= few + 500
