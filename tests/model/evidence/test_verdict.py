"""The verdict: one rule, of three figures, over all models of a run."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Any, cast

import numpy as np
import pytest
from prosperity.evidence.verdict import adjusted, together, verdict


@dataclass
class Result:
    shifts: float
    deflated: float = 0.99


def judge(**models: Result) -> Any:
    return together(cast("Any", models))


@pytest.mark.parametrize(
    ("p", "low", "deflated", "expected"),
    [
        (0.05, 0.1, 0.95, "found"),
        (0.051, 0.051, 0.99, "unsettled"),
        (0.01, 0.101, 0.99, "unsettled"),
        (0.01, 0.01, 0.949, "unsettled"),
        (0.01, 0.01, nan, "unsettled"),
        (0.2, 0.2, 0.99, "unsettled"),
        (0.201, 0.201, 0.99, "luck"),
        (0.9, 0.9, 0.0, "luck"),
        (nan, nan, 0.99, "untested"),
    ],
)
def test_all_three_figures_decide(p: float, low: float, deflated: float, expected: str) -> None:
    assert verdict(p, low, deflated) == expected


def test_models_are_judged_together() -> None:
    """Alone it is found; among thirty that know nothing, once in thirty is what luck gives."""
    alone = judge(a=Result(0.03))
    assert (alone["a"].verdict, alone["a"].adjusted, alone["a"].models) == ("found", 0.03, 1)
    others = {f"m{n}": Result(0.3 + n / 50) for n in range(29)}
    among = judge(a=Result(0.03), **others)
    assert among["a"].verdict == "unsettled"
    assert among["a"].adjusted > 0.3
    assert among["a"].models == 30


def test_a_model_that_was_not_tested_counts_for_nothing() -> None:
    found = judge(a=Result(0.04), b=Result(nan))
    assert (found["a"].adjusted, found["a"].models) == (0.04, 1)
    assert found["b"].verdict == "untested"
    assert np.isnan(found["b"].adjusted)
    assert judge(b=Result(nan))["b"].models == 0
    assert judge() == {}


def test_false_discoveries_are_held_together() -> None:
    found = adjusted(np.array([0.01, 0.02, 0.5, nan]))
    assert found[:3] == pytest.approx([0.03, 0.03, 0.5])
    assert np.isnan(found[3])
