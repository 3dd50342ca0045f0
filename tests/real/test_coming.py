"""Break-evens on real data: typed a hundredth to either side and run again, the signal flips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from prosperity.catalog import catalog
from prosperity.coming.outlook import outlook
from prosperity.settings import Settings

from tests.model.coming.test_outlook import check

from . import realdata

pytestmark = pytest.mark.real
DAYS = ("2013-06-14", "2016-02-15", "2018-11-20", "2021-09-13", "2022-10-21")
#: In the gate: a first component, dimensions, a state machine, a model that uses another.
QUICK = (("autos", DAYS[2]), ("banks", DAYS[1]), ("coal", DAYS[2]), ("brokers", DAYS[1]))


@pytest.mark.parametrize(
    ("id", "day"),
    [
        *QUICK,
        *(
            pytest.param(id, day, marks=pytest.mark.deep)
            for id in realdata.REAL
            for day in DAYS
            if (id, day) not in QUICK
        ),
    ],
)
def test_a_hundredth_past_a_break_even_changes_the_signal(
    real_data: Path, id: str, day: str
) -> None:
    models = {m.id: m for m in realdata.definitions(id)}
    known = {**catalog(), **models}
    cut = realdata.panel(real_data, id).known_on(pd.Timestamp(day))
    found = outlook(cut, models[id], Settings(), pd.Timestamp(day), known=known)
    check(cut, found, Settings(), known)
    assert found.decision >= pd.Timestamp(day)
    assert np.isnan(found.odds) or 0 <= found.odds <= 1
