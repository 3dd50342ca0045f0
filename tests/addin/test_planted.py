"""Deliberate faults in a book of simulated data: each is named, where it is and since when."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from prosperity.catalog import catalog, closure
from prosperity.simulation import SOURCE, simulate
from prosperity_excel import vintages
from prosperity_excel.book.book import read_book
from prosperity_excel.checks import book as checking
from prosperity_excel.checks.outlooks import family
from prosperity_excel.checks.relations import exchanged_columns
from prosperity_excel.template.template import write_template

from .planted import CONTENT, Open
from .planted_kinds import FAULTS, tally

#: Part of the faults that can be told which must be, in every book.
ENOUGH = 42 / 46


def opened(path: Path, *ids: str) -> Open:
    """Write the demonstration's book of an industry, keep what it holds, and open it."""
    models = [catalog()[id] for id in ids]
    panel = simulate(closure(models, catalog()))
    write_template(models, path, panel=panel, source_note=SOURCE)
    vintages.keep(path, read_book(path).panel, at=datetime(2023, 1, 1), event="import")
    return Open(path, panel.calendar.days[-1].date() + timedelta(days=3))


@pytest.fixture(scope="module")
def steel(tmp_path_factory: pytest.TempPathFactory) -> Open:
    return opened(tmp_path_factory.mktemp("planted") / "steel.xlsx", "steel")


#: What the simulated book cannot tell: it trades on days on which the exchange is closed, so a
#: day that misses in all columns is none; and its values keep to no plausible range.
UNTOLD = {"days missing altogether", "columns swapped wholly"}


#: Every so many of the faults is tried each time; all of them with the deep tests.
SAMPLED = 5


def test_there_are_enough_kinds_of_faults() -> None:
    assert len(FAULTS) >= 46
    assert len(FAULTS) - len(UNTOLD) >= ENOUGH * len(FAULTS)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if n % SAMPLED == 0 else pytest.mark.deep)
        for n, name in enumerate(FAULTS)
        if name not in UNTOLD
    ],
)
def test_a_fault_is_told(name: str, steel: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    # What stops a run has tests of its own and is the slow part.
    monkeypatch.setattr(checking, "refusals", lambda *_: [])
    fault = FAULTS[name](steel)
    found = steel.check(fault.changed, kept=fault.kept)
    assert fault.told(found), [(f.code, f.indicator, f.since, f.severity) for f in found]
    told = next(f for f in found if f.code in fault.codes)
    assert told.zh
    assert told.en
    assert told.place


def test_an_unspoiled_book_has_no_findings_of_content(steel: Open) -> None:
    assert [f for f in steel.check({}, kept=True) if f.code in CONTENT] == []


@pytest.mark.deep
@pytest.mark.parametrize("id", [m.id for m in catalog().values() if m.kind == "industry"])
def test_faults_in_every_book_of_the_demonstration(
    id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = opened(tmp_path / "book.xlsx", id)
    assert [f for f in book.check({}) if f.code in CONTENT] == []
    monkeypatch.setattr(checking, "refusals", lambda *_: [])
    counts = tally(book, [name for name in FAULTS if name not in UNTOLD])
    assert counts.share >= ENOUGH, (str(counts), counts.missed)


def test_columns_that_fit_only_each_others_range_are_swapped(steel: Open) -> None:
    one, other = "housing_new_starts", "iron_ore_imports"
    ranges = {one: (-80.0, 250.0), other: (200.0, 20000.0)}
    values = {one: steel.series[other], other: steel.series[one]}
    assert {f.series for f in exchanged_columns(family(values), ranges)} == {one, other}
    straight = {id: steel.series[id] for id in ranges}
    assert list(exchanged_columns(family(straight), ranges)) == []
