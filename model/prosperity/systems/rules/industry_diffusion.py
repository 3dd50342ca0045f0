"""China Post's diffusion index: hold the industries of which most is in an upward trend.

*Stock form*, where a sheet ``industry_momentum`` holds it: the share of an industry's members
whose close lies above that of N trading days before. *Trend form*, from index prices alone: the
share of k = ``first_mean`` to ``last_mean`` for which the month-end close lies above the mean of
the last k month-end closes. The best ``top`` are held in equal parts; of equal ones that with the
higher return over the last month.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from prosperity.notice import Notice
from prosperity.systems.inputs import Inputs, closes_at, newest
from prosperity.systems.result import Scores
from prosperity.systems.spec import Values

SHEET = "industry_momentum"
SHARE, MEMBERS = f"{SHEET}.share", f"{SHEET}.members"


def compute(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Scores:
    """Return the diffusion index of each industry, 0 to 1.

    Parameters
    ----------
    inputs
        Closes of the industries; ``industry_momentum`` may be there.
    values
        ``form`` (``stock``, ``trend``, or ``auto`` for stock where it is given), ``first_mean``,
        ``last_mean``, ``min_members``.
    decisions
        Month ends (T,).

    Returns
    -------
    Scores
        NaN for an industry without enough history, too few members, or a value that is too old.
        Parts are the breadth over all industries; stages the changes over one decision.
    """
    month = closes_at(inputs.closes, decisions)
    share = inputs.table(SHARE)
    stocks = share is not None and values.word("form") != "trend"
    if values.word("form") == "stock":
        inputs.needed(SHARE)
    if stocks:
        scores, notices = _stock_form(inputs, values, decisions)
    else:
        ks = range(values.whole("first_mean"), values.whole("last_mean") + 1)
        scores, notices = trend_form(month, ks), ()
    said = scores.notna()
    name = "stock_share" if stocks else "trend_share"
    return Scores(
        scores=scores,
        parts=pd.DataFrame({"mean": scores.mean(axis=1), "industries": said.sum(axis=1)}),
        contributions={str(id): scores[[id]].set_axis([name], axis=1) for id in scores},
        stages={"change": scores.diff(), "return": month.pct_change(fill_method=None)},
        ties=month.pct_change(fill_method=None).reindex(columns=scores.columns),
        notices=notices,
    )


def trend_form(month: pd.DataFrame, ks: range) -> pd.DataFrame:
    """Return the share of means of the last k values that lie below the last; NaN while short.

    Parameters
    ----------
    month
        Month-end closes by asset, months without a gap; NaN where there is none.
    ks
        How many months each mean is over, the month itself included.
    """
    above = sum(
        (month > month.rolling(k, min_periods=k).mean() * (1 + 1e-12)).to_numpy(float) for k in ks
    )
    whole = month.rolling(max(ks), min_periods=max(ks)).count().notna()
    return pd.DataFrame(np.asarray(above) / len(ks), month.index, month.columns).where(whole)


def _stock_form(
    inputs: Inputs, values: Values, decisions: pd.DatetimeIndex
) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    age = inputs.system.input(SHEET).max_age_days
    scores = newest(inputs.needed(SHARE), decisions, age).values
    members = inputs.table(MEMBERS)
    if members is None:
        return scores, ()
    count = newest(members, decisions, age).values.reindex_like(scores)
    few = count < values.number("min_members")
    named = [str(id) for id in scores if bool(few[id].iloc[-1:].any())]
    said = (
        Notice(
            "few_members",
            f"成分股有历史的不足 {values.whole('min_members')} 只，不给分：{'、'.join(named)}。",
            f"Fewer than {values.whole('min_members')} members with history, no score: "
            f"{', '.join(named)}.",
        ),
    )
    return scores.mask(few), said if named else ()
