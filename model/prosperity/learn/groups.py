"""Scores of stocks as scores of what they belong to: the mean of the members' on each day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prosperity.errors import DataError

#: Names of the column that says what a stock belongs to.
GROUPS = ("industry", "index", "group")


def member_means(scores: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Return the mean score of the members of each group on each day.

    Parameters
    ----------
    scores
        Days by code; NaN where there is none.
    members
        ``code``, ``industry`` (``index``, ``group``), and ``from`` and ``to`` (inclusive) where it
        changed. A code that no score has is passed over.

    Returns
    -------
    DataFrame
        Days by group, in the order of their names; NaN where no member has a score.

    Raises
    ------
    DataError
        ``no_column``; ``no_members`` where no code of the table has a score.
    """
    word = next((name for name in GROUPS if name in members), None)
    if word is None or "code" not in members:
        raise DataError(
            "no_group_column",
            "成分表需要 code 和 industry（或 index、group）两列。",
            "The table of members needs the columns code and industry (or index, group).",
        )
    days = scores.index.to_numpy("datetime64[ns]")
    column = {str(code): number for number, code in enumerate(scores.columns)}
    names = sorted({str(name) for name in members[word].dropna()})
    total, count = np.zeros((2, len(days), len(names)))
    for row in members.dropna(subset=["code", word]).to_dict("records"):
        at = column.get(str(row["code"]))
        if at is None:
            continue
        begin, end = (
            pd.Timestamp(row.get(name) or "NaT").to_datetime64() for name in ("from", "to")
        )
        own = scores.iloc[:, at].to_numpy(float)
        # A comparison with no date is false: from ever, for ever.
        there = np.isfinite(own) & ~(days < begin) & ~(days > end)
        place = names.index(str(row[word]))
        total[:, place] += np.where(there, own, 0.0)
        count[:, place] += there
    if not count.any():
        raise DataError(
            "no_group_members",
            "成分表中的代码都没有分数；请核对代码写法（如 600000 与 600000.SH）。",
            "No code of the table of members has a score; compare how codes are written (600000 "
            "and 600000.SH).",
        )
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return pd.DataFrame(mean, scores.index, names)
