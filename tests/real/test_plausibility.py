"""The plausibility step on real series: cut at random, continued honestly or wrongly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from prosperity_excel.series.monthly import last_day

from tests.addin import histories
from tests.addin.histories import Sample, Values, sampled

pytestmark = pytest.mark.real

CASES, DEEP = 100, 800
YEAR = (12, 13, 24, 999)
_Make = Callable[[np.random.Generator, "Book", str], Sample]
Book = dict[str, Values]


@pytest.fixture(scope="module")
def book(real_data: Path) -> Book:
    """Give all monthly series by name."""
    frame = pd.read_csv(real_data / "real" / "macro_monthly.csv", parse_dates=["date"])
    return {
        str(name): {
            last_day(d.date()): float(v) for d, v in zip(g["date"], g["value"], strict=True)
        }
        for name, g in frame.groupby("series")
    }


def _cut(rng: np.random.Generator, book: Book, name: str, **how: tuple[int, ...]) -> Sample:
    others = {o: book[o] for o in rng.choice(list(book), 15, replace=False) if o != name}
    return sampled(rng, book[name], others, percent="同比" in name, **how)


def _shifted(rng: np.random.Generator, book: Book, name: str) -> Sample:
    return histories.shifted(_cut(rng, book, name, overlaps=YEAR), int(rng.choice([-1, 1])))


def _swapped(rng: np.random.Generator, book: Book, name: str) -> Sample:
    sample = _cut(rng, book, name, overlaps=YEAR)
    both = sample.held.keys() & sample.export.keys()
    shared = {o: len(book[o].keys() & both) for o in sorted(book) if o != name}
    long = [o for o, count in shared.items() if count >= max(shared.values()) / 2]
    other, last = str(rng.choice(long)), max(sample.held)
    stored = {d: v for d, v in book[other].items() if d <= last}
    sample = replace(sample, others={**sample.others, other: stored})
    return histories.swapped(sample, book[other])


WRONG: dict[str, _Make] = {
    "times 100": lambda rng, book, name: histories.times(_cut(rng, book, name), 100.0),
    "times 0.01": lambda rng, book, name: histories.times(
        _cut(rng, book, name, overlaps=(1, 2, 3, 6, 12, 24, 999)), 0.01
    ),
    "shifted": _shifted,
    "swapped": _swapped,
}


def _share(book: Book, make: _Make, cases: int) -> tuple[float, list[str]]:
    names, found, said = sorted(book), 0, []
    for n in range(cases):
        rng = np.random.default_rng([n, cases])
        name = names[int(rng.integers(len(names)))]
        reasons = make(rng, book, name).reasons()
        found += bool(reasons)
        said += [f"{name}: {r.criterion}: {r.en}" for r in reasons[:1]]
    return found / cases, said


def test_real_series_go_on_without_a_question(book: Book) -> None:
    share, said = _share(book, _cut, 5 * CASES)
    assert share <= 0.01, said


@pytest.mark.parametrize("name", WRONG)
def test_real_series_gone_wrong_are_questioned(book: Book, name: str) -> None:
    share, _ = _share(book, WRONG[name], CASES)
    assert share >= 0.99


@pytest.mark.deep
def test_real_series_go_on_without_a_question_in_many_cases(book: Book) -> None:
    share, said = _share(book, _cut, 5 * DEEP)
    assert share <= 0.01, said


@pytest.mark.deep
@pytest.mark.parametrize("name", WRONG)
def test_real_series_gone_wrong_are_questioned_in_many_cases(book: Book, name: str) -> None:
    share, _ = _share(book, WRONG[name], DEEP)
    assert share >= 0.99
