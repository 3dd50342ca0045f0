"""CICC's use of a language model: views of news, asked for several times, with their stability.

The sheet ``llm_views`` holds scores from -2 to 2, a row an asset and repeat; they may be typed or
imported as well. The score is the mean of the repeats, the stability the share of them at the most
frequent answer. *industry*: the best ``top`` that are stable enough. *size*: a tilt of score/2
between small and large. *market*: a share of 0.5 + score/4.

A view that was asked for after its decision could know what came of it. It counts for no earlier
decision than the day on which it was asked for, unless ``backfilled`` is on; then months up to the
end of the model's training and one more are left out, and everything is said to be backfilled.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from prosperity.notice import Notice, days_text
from prosperity.systems.inputs import Inputs
from prosperity.systems.result import Scores
from prosperity.systems.spec import Values

SHEET = "llm_views"
#: Months after the end of a model's training that are left out too.
MARGIN = 1
#: What a score may be.
LOWEST, HIGHEST = -2.0, 2.0


def compute(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Scores:
    """Return the views as they stood on each decision.

    Parameters
    ----------
    inputs
        The list ``llm_views``: ``asset``, ``from`` (the decision that it is for), ``task``,
        ``score``, and perhaps ``repeat``, ``model``, ``asked_at``.
    values
        ``task``, ``min_stability``, ``max_age_days``, ``backfilled``, ``cutoff``.
    decisions
        Month ends (T,).

    Returns
    -------
    Scores
        NaN for an asset without a view, with one that is too old, or too unstable. Stages: the
        mean ``view``, ``stability``, and ``repeats``.
    """
    rows = _rows(inputs, values)
    backfilled = values.flag("backfilled")
    ids = [asset.id for asset in inputs.system.assets if asset.id != inputs.system.rest]
    shape = (len(decisions), len(ids))
    view, stability, repeats = (np.full(shape, np.nan) for _ in range(3))
    age = pd.Timedelta(days=values.whole("max_age_days"))
    for row, day in enumerate(decisions):
        there = rows[(rows["from"] <= day) & (rows["from"] > day - age)]
        there = there if backfilled else there[there["asked_at"] <= day]
        there = there[there["from"] == there["from"].max()]
        for asset, scores in there.groupby("asset")["score"]:
            if asset in ids:
                place = ids.index(str(asset))
                counts = scores.value_counts()
                view[row, place] = scores.mean()
                stability[row, place] = counts.iloc[0] / counts.sum()
                repeats[row, place] = len(scores)
    shown = {
        name: pd.DataFrame(values_, decisions, ids)
        for name, values_ in (("view", view), ("stability", stability), ("repeats", repeats))
    }
    stable = shown["stability"] >= values.number("min_stability")
    scores = shown["view"].where(stable)
    said = list(_said(inputs, values, rows, decisions))
    if backfilled:
        scores, after = _after_training(scores, values)
        said += after
    return Scores(
        scores=scores,
        parts=pd.DataFrame(
            {
                "assets": scores.notna().sum(axis=1),
                "stability": shown["stability"].mean(axis=1),
                "unstable": (shown["view"].notna() & ~stable).sum(axis=1),
            }
        ),
        contributions={id: scores[[id]].set_axis(["view"], axis=1) for id in ids},
        stages=shown,
        ties=shown["stability"],
        weights=_weights(values.word("task"), scores),
        notices=tuple(said),
    )


def _rows(inputs: Inputs, values: Values) -> pd.DataFrame:
    """Return the views of the task, with days; one without ``asked_at`` was typed on its day."""
    rows = inputs.rows(SHEET)
    task = rows["task"].astype(str).str.strip().str.casefold()
    rows = rows[(task == values.word("task")) & rows["score"].between(LOWEST, HIGHEST)]
    day = pd.to_datetime(rows["from"])
    asked = rows["asked_at"] if "asked_at" in rows else pd.Series(pd.NaT, rows.index)
    asked = pd.to_datetime(asked).dt.normalize().fillna(day)
    return rows.assign(**{"from": day, "asked_at": asked})


def tilted(score: float) -> float:
    """Return the share of the first of two assets, from 0 to 1, of a score from -2 to 2."""
    return float(np.clip(0.5 + score / 4.0, 0.0, 1.0))


def _weights(task: str, scores: pd.DataFrame) -> pd.DataFrame | None:
    """Return target weights of a tilt or a position; industries are ranked instead."""
    if task == "industry":
        return None
    share = scores.iloc[:, [0]].map(tilted, na_action="ignore")
    if task == "size":
        return share.assign(**{str(scores.columns[1]): 1.0 - share.iloc[:, 0]})
    return share


def _said(
    inputs: Inputs, values: Values, rows: pd.DataFrame, decisions: pd.DatetimeIndex
) -> Iterator[Notice]:
    late = rows[rows["asked_at"] > rows["from"]]
    if len(late) and not values.flag("backfilled"):
        zh, en = days_text(pd.DatetimeIndex(late["from"].unique()).sort_values())
        yield Notice(
            "backfilled",
            f"{zh} 的观点是事后补问的，不计入当时的决策；参数 backfilled 可单独查看。",
            f"Views for {en} were asked for afterwards and do not count for those decisions; the "
            "parameter backfilled shows them by themselves.",
            "note",
        )
    every = inputs.rows(SHEET)
    wrong = every[~every["score"].between(LOWEST, HIGHEST)]
    if len(wrong):
        yield Notice(
            "score_range",
            f"{len(wrong)} 条观点的分数不在 -2 至 2 之间，不计。",
            f"{len(wrong)} views have scores outside -2 to 2 and do not count.",
        )


def _after_training(scores: pd.DataFrame, values: Values) -> tuple[pd.DataFrame, list[Notice]]:
    """Leave out what the model may remember; with an unknown end of training that is everything."""
    said = [
        Notice(
            "backfilled_on",
            "观点为事后补问，模型可能记得当时的结果；统计只供对照，不是回测。",
            "The views were asked for afterwards, and the model may remember what came of it: the "
            "statistics are for comparison and no backtest.",
        )
    ]
    cutoff = values.word("cutoff").strip()
    if cutoff in ("", "unknown"):
        said.append(
            Notice(
                "unknown_cutoff",
                "模型的训练截止月未知，什么也不检验；请填参数 cutoff（如 2024-07）。",
                "The end of the model's training is unknown, so nothing is tested; set the "
                "parameter cutoff, such as 2024-07.",
            )
        )
        return scores * np.nan, said
    last = pd.Timestamp(f"{cutoff}-01") + pd.offsets.MonthEnd(1 + MARGIN)
    early = np.asarray(scores.index <= last)
    if early.any():
        said.append(
            Notice(
                "before_cutoff",
                f"{cutoff} 及之后 {MARGIN} 个月内的决策早于或紧接模型训练截止，不计入。",
                f"Decisions up to {MARGIN} month after {cutoff}, the model's cut-off, are not "
                "counted.",
            )
        )
    return scores.mask(pd.Series(early, scores.index), np.nan, axis=0), said
