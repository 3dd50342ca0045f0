"""A run as of a day gives what the run made on that day gave, whatever happened since."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from prosperity_excel import vintages

from tests.addin.lives import ask, live

#: What must be said where a day's run need not be given again.
EXCUSES = {"not_seen", "by_release", "as_first_kept", "facts_not_kept", "misplaced_vintages"}


def same(found: Any, made: Any) -> bool:
    """Whether two runs gave the same, to 1e-12, or failed alike."""
    if isinstance(found, str) or isinstance(made, str):
        return bool(found == made)
    try:
        for left, right in zip(found, made, strict=True):
            pd.testing.assert_series_equal(left, right, rtol=0, atol=1e-12)
    except AssertionError:
        return False
    return True


def differing(seed: int, folder: Path) -> list[str]:
    """Live a life; return the days on which it is not given again, with its log."""
    life = live(seed, folder)
    today = life.day + timedelta(days=40)
    wrong = []
    for day, made in life.runs.items():
        then = vintages.settings_on(life.file, day)
        found, said = ask(life.book, life.settings if then is None else then, day, today)
        excused = day not in life.certain and EXCUSES & set(said)
        if not same(found, made) and not excused:
            wrong.append(f"{seed}: {day} {said}")
    return [*wrong, *life.log] if wrong else []


@pytest.mark.parametrize("seed", range(10))
def test_a_day_is_given_again(seed: int, tmp_path: Path) -> None:
    assert differing(seed, tmp_path) == []


@pytest.mark.deep
@pytest.mark.parametrize("block", range(20))
def test_a_day_is_given_again_in_many_lives(block: int, tmp_path: Path) -> None:
    for seed in range(100 + 10 * block, 110 + 10 * block):
        folder = tmp_path / str(seed)
        folder.mkdir()
        assert differing(seed, folder) == []
