"""The plausibility step on real series: cut at random, continued honestly or wrongly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from prosperity_excel.reading.monthly import last_day

from tests.addin import histories
from tests.addin.histories import Sample, Values, sampled

pytestmark = pytest.mark.real

CASES = 250
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
    others = {o: book[o] for o in rng.choice(list(book), 30, replace=False) if o != name}
    return sampled(rng, book[name], others, percent="同比" in name, **how)


def _shifted(rng: np.random.Generator, book: Book, name: str) -> Sample:
    return histories.shifted(_cut(rng, book, name, overlaps=YEAR), int(rng.choice([-1, 1])))


def _swapped(rng: np.random.Generator, book: Book, name: str) -> Sample:
    sample = _cut(rng, book, name, overlaps=YEAR)
    long = [o for o, held in sample.others.items() if len(held.keys() & sample.export.keys()) >= 6]
    return histories.swapped(sample, book[str(rng.choice(long))]) if long else sample


WRONG: dict[str, _Make] = {
    "times 100": lambda rng, book, name: histories.times(_cut(rng, book, name), 100.0),
    "times 0.01": lambda rng, book, name: histories.times(
        _cut(rng, book, name, overlaps=(1, 2, 3, 6, 12, 24, 999)), 0.01
    ),
    "shifted": _shifted,
    "swapped": _swapped,
}


def _share(book: Book, make: _Make, cases: int = CASES) -> tuple[float, list[str]]:
    names, found, said = sorted(book), 0, []
    for n in range(cases):
        rng = np.random.default_rng([n, cases])
        name = names[int(rng.integers(len(names)))]
        reasons = make(rng, book, name).reasons()
        found += bool(reasons)
        said += [f"{name}: {r.criterion}: {r.en}" for r in reasons[:1]]
    return found / cases, said


def test_real_series_go_on_without_a_question(book: Book) -> None:
    share, said = _share(book, _cut, 4 * CASES)
    assert share <= 0.01, said


@pytest.mark.parametrize("name", WRONG)
def test_real_series_gone_wrong_are_questioned(book: Book, name: str) -> None:
    share, _ = _share(book, WRONG[name])
    assert share >= 0.99
