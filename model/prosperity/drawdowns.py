"""The deepest falls of a net value: from which peak, to which low, and when it was made good."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Drawdown:
    """A fall from a peak.

    Attributes
    ----------
    peak, low : Timestamp
        Last day of the highest value before, and the day of the lowest.
    recovered : Timestamp or None
        The first day on which the value of the peak was reached again; None while it was not.
    depth : float
        Low over peak less one, as a decimal: negative.
    """

    peak: pd.Timestamp
    low: pd.Timestamp
    recovered: pd.Timestamp | None
    depth: float


def drawdowns(nav: pd.Series[float], most: int = 5) -> list[Drawdown]:
    """Return the deepest falls of a net value, deepest first; falls do not overlap.

    Parameters
    ----------
    nav
        Net value by day, positive; days without a value are passed over.
    most
        How many.
    """
    known = nav.dropna()
    values, days = known.to_numpy(float), pd.DatetimeIndex(known.index)
    at_peak = np.flatnonzero(values >= np.maximum.accumulate(values))
    found = []
    for place, start in enumerate(at_peak.tolist()):
        last = place + 1 == len(at_peak)
        stop = len(values) if last else int(at_peak[place + 1])
        if stop - start < 2:
            continue
        low = start + int(values[start:stop].argmin())
        depth = float(values[low] / values[start] - 1.0)
        if depth < 0:
            found.append(Drawdown(days[start], days[low], None if last else days[stop], depth))
    return sorted(found, key=lambda one: one.depth)[:most]
