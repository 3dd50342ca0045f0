"""Deliberate faults in books of the real data, and what is found in these books as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from prosperity_excel import vintages
from prosperity_excel.book.book import read_book
from prosperity_excel.checks import book as checking
from prosperity_excel.template.template import write_template

from tests.addin.planted import CONTENT, Open
from tests.addin.planted_kinds import FAULTS, tally

from . import realdata

TODAY = date(2023, 8, 20)
#: Part of the faults that can be told which must be, and findings of content that a book as it is
#: may have.
ENOUGH, MOST = 42 / 46, 2
#: Days on which the books are tried, and by how many places the columns are turned, so that faults
#: come into others: the first is the one that thresholds were looked at with.
DAYS = ((TODAY, 0), (date(2022, 5, 20), 1), (date(2021, 6, 20), 2))
#: Earlier days on which the books as they are are looked at besides.
EARLIER = (date(2022, 11, 20), date(2022, 2, 20), date(2020, 11, 20))


def opened(folder: Path, path: Path, id: str, today: date = TODAY, turn: int = 0) -> Open:
    """Write the book of what was known on a day, keep what it holds, and open it."""
    panel = realdata.panel(folder, id).known_on(pd.Timestamp(today))
    panel = replace(panel, prices=panel.prices.loc[: pd.Timestamp(today)])
    write_template(realdata.definitions(id), path, panel=panel)
    kept = datetime(today.year, today.month, 1)
    vintages.keep(path, read_book(path).panel, at=kept, event="import")
    return Open(path, today, turn)


@pytest.mark.parametrize(
    ("id", "today"),
    [
        *((id, TODAY) for id in realdata.REAL),
        *(
            pytest.param(id, day, marks=pytest.mark.deep)
            for day in (*(day for day, _ in DAYS[1:]), *EARLIER)
            for id in realdata.REAL
        ),
    ],
)
def test_a_book_as_it_is_has_few_findings_of_content(
    id: str, today: date, real_data: Path, tmp_path: Path, shown: Callable[[str], None]
) -> None:
    book = opened(real_data, tmp_path / "book.xlsx", id, today)
    found = [f for f in book.check({}) if f.code in CONTENT]
    shown(f"check {id} {today}: {len(found)} findings of content")
    assert len(found) <= MOST, [(f.place, f.since, f.zh) for f in found]


@pytest.mark.parametrize(
    ("id", "today", "turn"),
    [
        pytest.param(id, day, turn, marks=pytest.mark.deep)
        for day, turn in DAYS
        for id in realdata.REAL
    ],
)
def test_faults_are_told(
    id: str, today: date, turn: int, real_data: Path, tmp_path: Path,
    shown: Callable[[str], None], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(checking, "refusals", lambda *_: [])
    counts = tally(opened(real_data, tmp_path / "book.xlsx", id, today, turn))
    shown(f"check {id} {today}: {counts}")
    assert counts.share >= ENOUGH, counts.missed


def test_faults_are_told_in_a_book_of_few_columns(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "refusals", lambda *_: [])
    counts = tally(opened(real_data, tmp_path / "book.xlsx", "coal"), [*FAULTS][::6])
    assert counts.missed == []
