"""Exports that cannot be right are questioned, honest ones are not: over random histories.

Cases are seeded by their number, so a failure can be repeated. ``PROSPERITY_CASES`` sets how many
there are of each kind of history; the deep run takes more.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import pytest

from . import histories
from .histories import KINDS, Sample, history, made

CASES = int(os.environ.get("PROSPERITY_CASES", "25"))
DEEP = 400
_Make = Callable[[np.random.Generator, str], Sample]
#: At least a year of months that both have; else any overlap, none included.
YEAR = (12, 13, 24, 999)


def _shifted(rng: np.random.Generator, kind: str) -> Sample:
    return histories.shifted(made(rng, kind, overlaps=YEAR), int(rng.choice([-2, -1, 1, 2])))


def _swapped(rng: np.random.Generator, kind: str) -> Sample:
    sample = made(rng, kind, overlaps=YEAR)
    others = [name for name in sample.others if name != kind.replace(" ", "_")]
    return histories.swapped(sample, sample.others[str(rng.choice(others))])


WRONG: dict[str, _Make] = {
    "times 100": lambda rng, kind: histories.times(made(rng, kind), 100.0),
    "times 0.01": lambda rng, kind: histories.times(made(rng, kind), 0.01),
    "shifted": _shifted,
    "zero-filled": lambda rng, kind: histories.zero_filled(made(rng, kind), rng),
    "summed": lambda rng, kind: histories.summed(made(rng, kind, overlaps=YEAR)),
    "swapped": _swapped,
}


def share_questioned(make: _Make, cases: int, seed: int = 0) -> tuple[float, list[str]]:
    """Return the share of cases that are questioned, and what is said of some."""
    said: list[str] = []
    total = found = 0
    for kind in KINDS:
        for n in range(cases):
            sample = make(np.random.default_rng([seed, n, *kind.encode()]), kind)
            if not sample.export:
                continue
            reasons = sample.reasons()
            total += 1
            found += bool(reasons)
            said += [f"{kind} {n}: {r.criterion}: {r.en}" for r in reasons[:1]]
    return found / total, said


def _honest(cases: int, seed: int = 0) -> None:
    share, said = share_questioned(made, cases, seed)
    assert share <= 0.01, said


def _wrong(name: str, cases: int, seed: int = 0) -> None:
    share, _ = share_questioned(WRONG[name], cases, seed)
    assert share >= 0.99


def test_an_honest_continuation_is_not_questioned() -> None:
    _honest(2 * CASES)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_export_is_questioned(name: str) -> None:
    _wrong(name, CASES)


@pytest.mark.deep
def test_an_honest_continuation_is_not_questioned_in_many_cases() -> None:
    _honest(DEEP, seed=1)


@pytest.mark.deep
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_export_is_questioned_in_many_cases(name: str) -> None:
    _wrong(name, DEEP, seed=1)


@pytest.mark.parametrize("factor", [100.0, 0.01])
@pytest.mark.parametrize(
    "kind", ["persistent growth", "seasonal amount", "diffusion index", "price"]
)
def test_one_new_month_a_hundred_times_off_is_questioned(kind: str, factor: float) -> None:
    # A volatile growth rate near zero is left out: 0.3 may be 0.3, and 30 may be 30.
    for n in range(20):
        rng = np.random.default_rng([n, *kind.encode()])
        whole = history(rng, kind, 80)
        days = sorted(whole)
        held = {d: whole[d] for d in days[:-1]}
        export = {days[-1]: round(whole[days[-1]] * factor, 10)}
        sample = Sample(whole, held, export, {}, KINDS[kind][0])
        assert "scale" in {r.criterion for r in sample.reasons()}, n


def test_the_offer_of_a_scaled_export_undoes_the_scaling() -> None:
    for kind in KINDS:
        for factor, offer in ((100.0, "times:0.01"), (0.01, "times:100")):
            sample = histories.times(made(np.random.default_rng(7), kind, overlaps=YEAR), factor)
            (reason,) = [r for r in sample.reasons() if r.criterion == "scale"]
            assert reason.offers == (offer,)
            assert "" not in (reason.stored, reason.export)


@pytest.mark.parametrize("by", [-1, 1])
def test_the_offer_of_a_shifted_export_undoes_the_shift(by: int) -> None:
    for kind in KINDS:
        sample = histories.shifted(made(np.random.default_rng(3), kind, overlaps=(24,)), by)
        (reason,) = [r for r in sample.reasons() if r.criterion == "shift"]
        assert reason.offers == (f"shift:{-by}",), kind
