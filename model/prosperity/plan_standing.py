"""What the plan holds by a decision, and the weights that each of its layers would give."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from prosperity.evaluation import MARKET
from prosperity.plan import BOND
from prosperity.portfolio import CASH
from prosperity.systems.plan_result import PlanResult

#: What is no industry, in the order in which it is shown.
REST = (MARKET, BOND, CASH)


@dataclass(frozen=True)
class Holding:
    """What the plan holds of one thing: weights now and before (0 to 1), and why.

    ``style``, ``rank``, ``crowding`` and ``veto`` are NaN, and ``why`` (Chinese and English) is
    None, where there is none.
    """

    id: str
    now: float
    before: float
    style: float = math.nan
    rank: float = math.nan
    crowding: float = math.nan
    veto: float = math.nan
    why: tuple[str, str] | None = None


def holdings_of(plan: PlanResult, day: pd.Timestamp) -> list[Holding]:
    """Return all that is held after the decision of a day or was after the one before.

    Heaviest first, then the market and what is no equity. An industry that is held by its signal
    and has no weight, such as one that is vetoed, is shown too.
    """
    place = int(plan.decisions.searchsorted(day))
    now = plan.positions.iloc[place].to_dict()
    before = plan.positions.iloc[place - 1].to_dict() if place else dict.fromkeys(now, math.nan)
    held = plan.steps["held"].iloc[place].to_dict()
    ids = [str(id) for id in held if held[id] or now[id] > 0 or before[id] > 0]
    style, rank, crowding, veto = (
        plan.steps[name].iloc[place].to_dict() for name in ("style", "rank", "crowding", "veto")
    )
    why = plan.texts.iloc[place].to_dict()
    found = [
        Holding(id, now[id], before[id], style[id], rank[id], crowding[id], veto[id], why[id])
        for id in sorted(ids, key=lambda id: -now[id])
    ]
    rest = [id for id in REST if id in now and (now[id] > 0 or before[id] > 0)]
    return found + [Holding(id, now[id], before[id]) for id in rest]


def layer_weights(plan: PlanResult) -> pd.DataFrame:
    """Return the weights that each layer gives by the last decision, id by layer.

    Ids are those that any layer holds, the market and what is no equity last; 0 where a layer
    holds nothing of one.
    """
    frame = pd.DataFrame({one.id: one.targets.iloc[-1] for one in plan.layers}).fillna(0.0)
    most, alone = frame.max(axis=1).to_dict(), frame["industries"].to_dict()
    ids = [str(id) for id, weight in most.items() if weight > 0]
    rest = [id for id in REST if id in ids]
    own = [id for id in ids if id not in rest]
    return frame.reindex([*sorted(own, key=lambda id: -float(alone[id])), *rest])


def net_value(nav: pd.Series[float]) -> float:
    """Return the last net value; NaN where there is none."""
    known = nav.dropna()
    return float(known.iloc[-1]) if len(known) else math.nan
