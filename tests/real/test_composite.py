"""What a member that starts late does to a first component of real series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from prosperity.engine import evaluate
from prosperity.settings import Settings

from . import realdata


def test_a_member_that_joins_leaves_what_is_known_of_the_others(
    real_data: Path, shown: Callable[[str], None]
) -> None:
    """Social financing joins money and loans: it says nothing about the years before it."""
    models = {m.id: m for m in realdata.definitions("autos")}
    panel = realdata.panel(real_data, "autos")
    settings = Settings(as_of=date(2023, 7, 31))

    def weights(ids: set[str]):  # type: ignore[no-untyped-def]
        series = {id: s for id, s in panel.series.items() if id in ids}
        source = replace(panel, series=series)
        result = evaluate(source, [models["autos"]], settings, known=models).results["autos"]
        return result.weights, result.explained["composite"]

    every = set(panel.series)
    whole, explained = weights(every)
    without, _ = weights(every - {"tsf_stock_yoy"})
    joins = whole.index[(whole["tsf_stock_yoy"] != 0) & explained.notna()][0]
    before = whole.index[whole.index.get_loc(joins) - 1]
    shown(
        f"autos: social financing joins in {joins:%Y-%m}; weight of loans {before:%Y-%m} "
        f"{whole.loc[before, 'long_loans_yoy']:.2f}, then {whole.loc[joins, 'long_loans_yoy']:.2f}"
        f"; explained {explained[before]:.2f}, then {explained[joins]:.2f}"
    )
    np.testing.assert_allclose(whole.loc[before], without.loc[before].reindex(whole.columns))
    old = [id for id in whole if id != "tsf_stock_yoy" and abs(whole.loc[before, id]) > 0.1]
    assert "long_loans_yoy" in old
    assert (np.sign(whole.loc[joins, old]) == np.sign(whole.loc[before, old])).all()
    share = whole.loc[joins, "long_loans_yoy"] / whole.loc[before, "long_loans_yoy"]
    assert 0.5 < share < 1.5
    assert explained[joins] > 0.8 * explained[before]
