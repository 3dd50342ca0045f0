"""What is said of a system's standing: its position in words, once for every place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from prosperity.portfolio import CASH
from prosperity.systems.spec import EQUAL_WEIGHT, System

from prosperity_excel.words.pair import Pair

if TYPE_CHECKING:
    from prosperity.systems.result import SystemResult

#: Assets that a position names; the others are counted.
NAMED = 6
#: Weights below this are none.
LEAST = 5e-4
NOTHING: Pair = ("无法判断", "nothing can be said")


def asset_pair(result: SystemResult, id: str) -> Pair:
    """Return the names of an asset, or of the rest."""
    if id == EQUAL_WEIGHT:
        return ("等权全体", "all in equal parts")
    definition = result.definition
    if isinstance(definition, System):
        for asset in definition.assets:
            if asset.id == id:
                return (asset.name_zh, asset.name_en)
    return ("现金", "cash") if id == CASH else (id, id)


def position_words(result: SystemResult, day: pd.Timestamp | None = None) -> Pair:
    """Return what is held by the decision of a day, the latest when None, in both languages."""
    day = result.latest if day is None else day
    if day is None:
        return NOTHING
    weights = pd.Series(result.positions.loc[day], dtype=float)
    held = weights[(weights > LEAST).to_numpy()].sort_values(ascending=False, kind="stable")
    if held.empty:
        return NOTHING
    zh = [f"{asset_pair(result, str(id))[0]} {weight:.0%}" for id, weight in held.items()]
    en = [f"{asset_pair(result, str(id))[1]} {weight:.0%}" for id, weight in held.items()]
    more = len(held) - NAMED
    return (
        "、".join(zh[:NAMED]) + (f" 等 {len(held)} 项" if more > 0 else ""),
        ", ".join(en[:NAMED]) + (f" and {more} more" if more > 0 else ""),
    )
