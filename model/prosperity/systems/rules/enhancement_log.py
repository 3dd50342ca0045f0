"""Guosen's weekly log of enhanced portfolios and funds against their indices.

The sheet ``index_enhancement_log`` holds a portfolio's and its index's return of each week, in
percent. Excess is the difference of cumulative returns, or their ratio. A name before a slash is a
group, such as ``300/fund A``: of its members the best, the worst and the median are shown.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from prosperity.systems.inputs import Inputs, newest, sampled
from prosperity.systems.result import Scores
from prosperity.systems.spec import Values
from prosperity.tables import Table

SHEET = "index_enhancement_log"
OWN, INDEX = f"{SHEET}.portfolio_return", f"{SHEET}.index_return"
WEEKS_A_YEAR = 52
GROUP = "/"


def compute(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Scores:
    """Return the cumulative excess of each portfolio; nothing is held by it.

    Parameters
    ----------
    inputs
        ``index_enhancement_log.portfolio_return`` and ``.index_return``, in percent.
    values
        ``excess``: ``difference`` or ``ratio``.
    decisions
        Week ends (T,).

    Returns
    -------
    Scores
        By portfolio, as decimals. Stages: ``week`` excess, ``hit_rate``, ``tracking_error`` and
        ``information_ratio`` a year. Parts: best, worst and median of each group's week.
    """
    own, index = inputs.needed(OWN), inputs.needed(INDEX)
    age = inputs.system.input(SHEET).max_age_days
    r = own.values / 100.0
    b = index.values.reindex_like(own.values) / 100.0
    week = (r - b).where(r.notna() & b.notna())
    later = index.releases.reindex_like(own.releases)
    released = own.releases.where(~(later > own.releases), later)
    # A week counts once both of its returns are public.
    known = newest(Table(SHEET, week, released.where(week.notna())), decisions, age)
    total = excess(r.where(week.notna()), b.where(week.notna()), values.word("excess"))
    spread = week.expanding(min_periods=2).std() * np.sqrt(WEEKS_A_YEAR)
    stages = {
        "week": week,
        "hit_rate": (week > 0).where(week.notna()).expanding().mean(),
        "tracking_error": spread,
        "information_ratio": week.expanding().mean() * WEEKS_A_YEAR / spread.where(spread > 1e-12),
    }
    said = known.values.notna()
    shown = {name: sampled(frame, known).where(said) for name, frame in stages.items()}
    scores = sampled(total, known).where(said)
    return Scores(
        scores=scores,
        parts=pd.DataFrame(_groups(shown["week"]), decisions),
        contributions={str(id): scores[[id]].set_axis(["excess"], axis=1) for id in scores},
        stages=shown,
        weights=pd.DataFrame(np.nan, decisions, scores.columns),
    )


def excess(own: pd.DataFrame, index: pd.DataFrame, way: str) -> pd.DataFrame:
    """Return the cumulative excess, decimal: a difference of returns, or of a ratio and 1."""
    left, right = ((1.0 + frame.fillna(0.0)).cumprod() for frame in (own, index))
    found = left / right - 1.0 if way == "ratio" else left - right
    return found.where(own.notna())


def _groups(week: pd.DataFrame) -> dict[str, pd.Series[float]]:
    """Return the best, worst and median week of each group of portfolios."""
    groups = sorted({str(n).partition(GROUP)[0] for n in week if GROUP in str(n)})
    found: dict[str, pd.Series[float]] = {"portfolios": week.notna().sum(axis=1).astype(float)}
    for group in groups:
        own = week[[name for name in week if str(name).startswith(group + GROUP)]]
        found |= {
            f"{group}_best": own.max(axis=1),
            f"{group}_worst": own.min(axis=1),
            f"{group}_median": own.median(axis=1),
        }
    return found
