"""Scores that somebody's model has made: imported, never computed.

The newest score of each asset that was public counts, as long as it is not too old. A score that
is dated before the last label of its own training is refused: its model had seen what it
foretells.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from prosperity.errors import DataError
from prosperity.systems.inputs import Inputs, newest
from prosperity.systems.result import Scores
from prosperity.systems.spec import Values
from prosperity.tables import Table

SHEET = "scores"
SCORE, TRAINED_TO = f"{SHEET}.score", f"{SHEET}.trained_to"


def compute(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Scores:
    """Return the imported scores as they stood on each decision.

    Parameters
    ----------
    inputs
        ``scores.score``, and ``scores.trained_to`` where it is stated, in days since 1970-01-01.
    values
        ``direction``: ``high`` where more is better, ``low`` where less is.
    decisions
        Dates (T,).

    Returns
    -------
    Scores
        NaN where there is no score, or it is too old. One contribution, the score itself.

    Raises
    ------
    DataError
        ``leak`` for a score dated before the day to which its model was trained.
    """
    table, trained = inputs.needed(SCORE), inputs.table(TRAINED_TO)
    if trained is not None:
        refuse_leak(table, trained)
    found = newest(table, decisions, inputs.system.input(SHEET).max_age_days).values
    scores = -found if values.word("direction") == "low" else found
    return Scores(
        scores=scores,
        parts=pd.DataFrame({"assets": scores.notna().sum(axis=1), "mean": scores.mean(axis=1)}),
        contributions={str(id): scores[[id]].set_axis([SHEET], axis=1) for id in scores},
        stages={"change": scores.diff()},
    )


def refuse_leak(scores: Table, trained: Table) -> None:
    """Refuse scores of models that were trained past the scores' own dates.

    Raises
    ------
    DataError
        ``leak`` with the first such date, and how many there are.
    """
    ends = trained.values.reindex_like(scores.values).to_numpy(float)
    there = ~np.isnan(ends) & scores.values.notna().to_numpy()
    days = np.full(ends.shape, np.datetime64("NaT", "D"))
    days[there] = ends[there].astype("int64").astype("datetime64[D]")
    dates = pd.DatetimeIndex(scores.values.index).to_numpy("datetime64[D]")[:, None]
    late = there & (days > dates)
    if not late.any():
        return
    row, column = np.argwhere(late)[0]
    day, asset, end = dates[row, 0], scores.values.columns[column], days[row, column]
    count = int(late.sum())
    raise DataError(
        "leak",
        f"{asset} 在 {day} 的分数来自训练到 {end} 的模型，模型已见过它要预测的（共 {count} 处）。"
        "请改用训练截止日不晚于分数日期的模型。",
        f"scores of {day} ({asset}) come from a model trained to {end}: it had seen what it "
        f"foretells ({count} in all). Use a model trained to no later than the scores' dates.",
        where=SHEET,
    )
