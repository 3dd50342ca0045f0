"""An answer over all industries that takes long: progress, Esc, and going on afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from prosperity_excel.formulas import serve
from prosperity_excel.formulas import sources as library_module
from prosperity_excel.formulas.cell_values import MARK
from prosperity_excel.formulas.long_answers import CancelledError, Course
from prosperity_excel.formulas.serve import SESSION
from prosperity_excel.runs.settings import write_user

from tests.addin.excel_com import Excel, call, server


class Host:
    """Excel's Application, which keeps every text of its status bar."""

    def __init__(self) -> None:
        self.said: list[object] = []

    def __setattr__(self, name: str, value: object) -> None:
        if name == "StatusBar":
            self.said.append(value)
        super().__setattr__(name, value)


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 0.3
        return self.seconds


def test_nothing_is_said_of_a_short_answer_and_little_of_a_long_one() -> None:
    host, asked = Host(), []
    short = Course(lambda: asked.append(1), now=lambda: 0.0, watch=lambda window: lambda: True)
    for number in range(50):
        short.step("autos", number, 50)
    short.end()
    assert asked == []
    long = Course(lambda: host, now=Clock(), watch=lambda window: lambda: False)
    for number in range(1, 21):
        long.step("autos", number, 20)
    long.end()
    *texts, last = host.said
    assert 5 < len(texts) < 15
    assert texts[0] == "Prosperity: autos (4/20) · Esc"
    assert last is False


def test_a_host_that_refuses_stops_nothing() -> None:
    def refuse(*_: object) -> bool:
        raise OSError

    course = Course(refuse, now=Clock(), watch=refuse)
    for number in range(20):
        course.step("autos", number, 20)
    course.end()
    refusing = Course(
        lambda: SimpleNamespace(__slots__=()), now=Clock(), watch=lambda window: lambda: False
    )
    for number in range(20):
        refusing.step("autos", number, 20)
    refusing.end()


def test_esc_stops_it_and_is_watched_from_the_first_word_on() -> None:
    watched: list[int | None] = []
    pressed = [False, True]

    def watch(window: int | None) -> Callable[[], bool]:
        watched.append(window)
        return lambda: pressed.pop(0)

    course = Course(lambda: SimpleNamespace(Hwnd=7), now=Clock(), watch=watch)
    for number in range(5):
        course.step("autos", number, 9)
    with pytest.raises(CancelledError):
        course.step("autos", 5, 9)
    assert watched == [7]


@pytest.mark.parametrize("name", ["PROSPERITY_RANK", "PROSPERITY_COMBINED"])
def test_esc_gives_na_with_its_reason_and_the_next_time_goes_on(
    name: str, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server()
    write_user({"library": str(library)})
    SESSION.clear()
    computed: list[str] = []
    real = library_module.evaluate_books

    def counting(*given, wanted, **options):  # type: ignore[no-untyped-def]
        computed.extend(wanted)
        return real(*given, wanted=wanted, **options)

    monkeypatch.setattr(library_module, "evaluate_books", counting)
    presses = [True]

    def escaped() -> bool:
        return len(computed) == 2 and bool(presses) and presses.pop()

    monkeypatch.setattr(
        serve,
        "Course",
        lambda host: Course(host, now=Clock(), watch=lambda window: escaped),
    )
    sheet = Excel(tmp_path / "mine.xlsx")["Sheet1"]
    at = sheet.Cells(1, 1)
    assert call(name, caller=at) == f"{MARK}2042"
    sheet.put("A1", "#N/A")
    assert "Esc" in call("PROSPERITY_WHY", at, caller=sheet.Cells(2, 2))
    assert computed == ["autos", "banks"]
    assert len(call(name, caller=at)) > 1
    assert computed == ["autos", "banks", "glass"]
