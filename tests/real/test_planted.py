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

from tests.addin.planted import CONTENT, FAULTS, Open

from . import realdata

TODAY = date(2023, 8, 20)
#: Faults that must be told, and findings of content that a book as it is may have.
ENOUGH, MOST = 42 / 46, 2


def opened(folder: Path, path: Path, id: str) -> Open:
    """Write the book of what was known on a day, keep what it holds, and open it."""
    panel = realdata.panel(folder, id).known_on(pd.Timestamp(TODAY))
    panel = replace(panel, prices=panel.prices.loc[: pd.Timestamp(TODAY)])
    write_template(realdata.definitions(id), path, panel=panel)
    vintages.keep(path, read_book(path).panel, at=datetime(2023, 8, 1), event="import")
    return Open(path, TODAY)


@pytest.mark.parametrize("id", list(realdata.REAL))
def test_a_book_as_it_is_has_few_findings_of_content(
    id: str, real_data: Path, tmp_path: Path, shown: Callable[[str], None]
) -> None:
    book = opened(real_data, tmp_path / "book.xlsx", id)
    found = [f for f in book.check({}) if f.code in CONTENT]
    shown(f"check {id}: {len(found)} findings of content")
    assert len(found) <= MOST, [(f.place, f.zh) for f in found]


def _missed(book: Open, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(checking, "refusals", lambda *_: [])
    planted = {name: fault(book) for name, fault in FAULTS.items()}
    return [n for n, f in planted.items() if not f.told(book.check(f.changed, kept=f.kept))]


@pytest.mark.parametrize(
    "id",
    [
        "home_appliances",
        *(
            pytest.param(id, marks=pytest.mark.deep)
            for id in ("banks", "brokers", "chem_fibre", "food_beverage", "steel")
        ),
    ],
)
def test_faults_are_told(
    id: str, real_data: Path, tmp_path: Path, shown: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    book = opened(real_data, tmp_path / "book.xlsx", id)
    missed = _missed(book, monkeypatch)
    shown(f"check {id}: {len(FAULTS) - len(missed)} of {len(FAULTS)} faults told")
    assert len(FAULTS) - len(missed) >= ENOUGH * len(FAULTS), missed
