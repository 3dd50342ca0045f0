"""How many cases a property is tried with: some at every change, all of them by make check-deep."""

from __future__ import annotations

import os

import pytest

#: Whether this run takes its time.
DEEP = bool(os.environ.get("PROSPERITY_DEEP"))
#: Marks the tests that make check-deep tries with more cases.
counted = pytest.mark.counted


def count(quick: int, whole: int) -> int:
    """Return the number of cases of this run."""
    return whole if DEEP else quick
