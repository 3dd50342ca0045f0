"""The phase clock: level against change, in four phases.

Both are known on the decision date. The level is the composite (0 is its own average so far); the
change is the mean of the like-for-like changes of the last months, so that one month's noise does
not turn the hand.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Phases in the order of the cycle: id -> (Chinese, English, sign of level, sign of change).
PHASES: dict[str, tuple[str, str, int, int]] = {
    "recovery": ("复苏", "recovery", -1, 1),
    "expansion": ("扩张", "expansion", 1, 1),
    "slowdown": ("放缓", "slowdown", 1, -1),
    "contraction": ("收缩", "contraction", -1, -1),
}
SMOOTH, PATH = 3, 24


def phases(
    level: pd.Series[float], change: pd.Series[float], *, smooth: int = SMOOTH
) -> pd.DataFrame:
    """Return level, smoothed change and phase by month.

    Parameters
    ----------
    level, change
        Composite and its like-for-like change, by month.
    smooth
        Months over which the change is averaged; all of them must be known.

    Returns
    -------
    DataFrame
        ``level``, ``change`` and ``phase`` (an id of :data:`PHASES`, empty where unknown). A
        level or change of exactly 0 counts as negative: nothing has risen.
    """
    slow = change.rolling(smooth, min_periods=smooth).mean()
    known = level.notna() & slow.notna()
    name = pd.Series("", index=level.index, dtype=object)
    for id, (_, _, high, rising) in PHASES.items():
        here = ((level > 0) == (high > 0)) & ((slow > 0) == (rising > 0))
        name[known & here] = id
    return pd.DataFrame({"level": level, "change": slow, "phase": name})


def path(clock: pd.DataFrame, months: int = PATH) -> pd.DataFrame:
    """Return the last ``months`` months of a clock in which the phase is known."""
    return clock[clock["phase"] != ""].tail(months)


def time_in_phases(clock: pd.DataFrame) -> pd.DataFrame:
    """Return, by phase, its ``share`` of the months and the mean ``months`` of a stay."""
    known = clock.loc[clock["phase"] != "", "phase"]
    stays = (known != known.shift()).cumsum()
    runs = known.groupby(stays).agg(["first", "size"])
    rows = {
        id: {
            "share": float((known == id).mean()) if len(known) else np.nan,
            "months": float(runs.loc[runs["first"] == id, "size"].mean()),
        }
        for id in PHASES
    }
    return pd.DataFrame.from_dict(rows, orient="index")
