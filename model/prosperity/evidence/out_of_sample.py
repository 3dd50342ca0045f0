"""What a model did after it was published, year by year, and when its settings were chosen live."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prosperity.evidence.replay import Replay
from prosperity.evidence.sharpe import sharpe_ratio
from prosperity.evidence.splits import walk_forward_splits
from prosperity.evidence.trials import Trial
from prosperity.performance import MONTHS_A_YEAR, NOISE

#: The report came out in this month; the month after is the first that it cannot have seen.
PUBLISHED = pd.Timestamp("2023-08-31")
#: Months of each test of the walk-forward choice, and of its first training. Tests are counted
#: from the beginning, so that months which are added change none that is complete.
TEST_MONTHS, FIRST_TRAINING = 24, 60


@dataclass(frozen=True)
class OutOfSample:
    """Performance by period.

    Attributes
    ----------
    around : DataFrame
        Rows ``before`` and ``after`` (months up to, and after, August 2023); columns of
        :func:`performance`.
    years : DataFrame
        The same by calendar year.
    walk : DataFrame or None
        A row a test: ``first``, ``last`` (months), ``train_last``, ``chosen`` (number of the
        trial), ``chosen_excess`` and ``base_excess`` (cumulative returns over the benchmark).
        None where the sample is too short.
    chosen_sharpe, base_sharpe : float
        Excess Sharpe ratios a year over all tests, of the choices and of the base.
    """

    around: pd.DataFrame
    years: pd.DataFrame
    walk: pd.DataFrame | None
    chosen_sharpe: float
    base_sharpe: float


def out_of_sample(replay: Replay, trials: Sequence[Trial]) -> OutOfSample:
    """Return the performance by period, and of choosing among ``trials`` (the base first) live."""
    course = replay.course()
    every = replay.returns(trials)
    months = pd.DataFrame(
        {
            "strategy": every.iloc[:, 0],
            "index": course.asset_months[:, 1],
            "benchmark": course.asset_months[:, 0],
            "signal": ~np.isnan(replay.signal()[course.rows[course.row_of[course.month_starts]]]),
        },
        index=course.months,
    )
    after = months.index > PUBLISHED
    around = {"before": performance(months[~after]), "after": performance(months[after])}
    years = {
        year: performance(months[course.months.year == year])
        for year in course.months.year.unique()
    }
    excess = every.to_numpy() - course.asset_months[:, :1]
    walk, chosen, base = walk_forward(excess, course.months, purge=purge_of(replay))
    return OutOfSample(
        around=pd.DataFrame.from_dict(around, orient="index"),
        years=pd.DataFrame.from_dict(years, orient="index"),
        walk=walk,
        chosen_sharpe=math.sqrt(MONTHS_A_YEAR) * sharpe_ratio(chosen),
        base_sharpe=math.sqrt(MONTHS_A_YEAR) * sharpe_ratio(base),
    )


def purge_of(replay: Replay) -> int:
    """Return the months that a month's signal and the next share: filter and comparison."""
    return replay.settings.denoise_months + replay.settings.lookback


def performance(months: pd.DataFrame) -> dict[str, float]:
    """Return the performance of monthly returns ``strategy``, ``index`` and ``benchmark``.

    ``months``, and how many of them began with a signal (the bool column ``signal``), as
    ``signals``. Decimal returns over the whole period (not a year), ``excess`` over the benchmark
    as the ratio of the two net values less one, its ``information_ratio`` a year, and the share of
    months ``ahead`` of the benchmark among those that differ. NaN for an empty period.
    """
    if months.empty:
        keys = ("strategy", "index", "benchmark", "excess", "information_ratio", "ahead")
        return {"months": 0.0, "signals": 0.0, **dict.fromkeys(keys, math.nan)}
    total = (1.0 + months[["strategy", "index", "benchmark"]]).prod() - 1.0
    ahead = (months["strategy"] - months["benchmark"]).to_numpy()
    differ = np.abs(ahead) > NOISE
    return {
        "months": float(len(months)),
        "signals": float(months["signal"].sum()),
        **{name: float(total[name]) for name in ("strategy", "index", "benchmark")},
        "excess": float((1.0 + total["strategy"]) / (1.0 + total["benchmark"]) - 1.0),
        "information_ratio": math.sqrt(MONTHS_A_YEAR) * sharpe_ratio(ahead),
        "ahead": float((ahead[differ] > 0).mean()) if differ.any() else math.nan,
    }


def walk_forward(
    excess: np.ndarray, months: pd.DatetimeIndex, *, purge: int
) -> tuple[pd.DataFrame | None, np.ndarray, np.ndarray]:
    """Choose, before each test, the trial with the best Sharpe ratio so far.

    Parameters
    ----------
    excess
        (M, N) monthly returns over the benchmark, the base in the first column.
    months
        Month ends.
    purge
        Months left out before each test.

    Returns
    -------
    table, chosen, base
        See :class:`OutOfSample`; monthly excess returns over all tests. None and empty arrays
        where the sample is too short.
    """
    if len(months) < FIRST_TRAINING + MONTHS_A_YEAR:
        return None, np.array([]), np.array([])
    splits = walk_forward_splits(len(months), first=FIRST_TRAINING, test=TEST_MONTHS, purge=purge)
    rows, chosen = [], []
    for train, test in splits:
        ratios = np.array([sharpe_ratio(column) for column in excess[train].T])
        best = int(np.nanargmax(ratios)) if np.isfinite(ratios).any() else 0
        chosen.append(excess[test, best])
        rows.append(
            {
                "train_last": months[train[-1]],
                "first": months[test[0]],
                "last": months[test[-1]],
                "chosen": best,
                "chosen_excess": float(np.prod(1.0 + excess[test, best]) - 1.0),
                "base_excess": float(np.prod(1.0 + excess[test, 0]) - 1.0),
            }
        )
    first = FIRST_TRAINING
    return pd.DataFrame(rows), np.concatenate(chosen), excess[first:, 0]
