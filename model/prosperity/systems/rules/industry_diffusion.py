"""China Post's diffusion index: hold the industries of which most is in an upward trend.

*Stock form*, where a sheet ``industry_momentum`` holds it: the share of an industry's members
whose close lies above that of N trading days before. *Trend form*, from index prices alone: the
share of k = ``first_mean`` to ``last_mean`` for which the close lies above the mean of itself and
of the last k - 1 month ends. The best ``top`` are held in equal parts; of equal ones that with the
higher return over the last month.

Beside it, where ``microcap_momentum`` is there, the same index of micro-caps: whether it lies above
its exits, and its fast mean above its slow one.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from prosperity.notice import Notice
from prosperity.systems.inputs import Inputs, closes_at, newest, sampled
from prosperity.systems.result import Scores
from prosperity.systems.spec import Values

SHEET, MICRO = "industry_momentum", "microcap_momentum"
SHARE, MEMBERS = f"{SHEET}.share", f"{SHEET}.members"
WEEK = pd.Timedelta(days=7)
#: A close that lies above a mean by less than this share is at it.
EQUAL = 1e-12


def compute(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Scores:
    """Return the diffusion index of each industry, 0 to 1.

    Parameters
    ----------
    inputs
        Closes of the industries; ``industry_momentum`` and ``microcap_momentum`` may be there.
    values
        ``form`` (``stock``, ``trend``, or ``auto`` for stock where it is given), ``first_mean``,
        ``last_mean``, ``min_members``, ``microcap_left``, ``microcap_right``, ``microcap_fast``,
        ``microcap_slow``.
    decisions
        Dates (T,).

    Returns
    -------
    Scores
        NaN for an industry without enough history, too few members, or a value that is too old.
        Parts are the breadth over all industries, and 1 (in) or 0 (out) of micro-caps by each
        exit; stages the changes over a week and since the month end before.
    """
    stocks = values.word("form") != "trend" and inputs.table(SHARE) is not None
    if values.word("form") == "stock":
        inputs.needed(SHARE)
    index = _stock_form if stocks else _trend_form
    scores = index(inputs, values, decisions)
    name = "stock_share" if stocks else "trend_share"
    before = month_ends_before(decisions, 1)
    moved = closes_at(inputs.closes, decisions) / _on(closes_at(inputs.closes, before), decisions)
    return Scores(
        scores=scores,
        parts=pd.DataFrame(
            {
                "mean": scores.mean(axis=1),
                "industries": scores.notna().sum(axis=1),
                **microcap(inputs, values, decisions),
            }
        ),
        contributions={str(id): scores[[id]].set_axis([name], axis=1) for id in scores},
        stages={
            "change_week": scores - _on(index(inputs, values, decisions - WEEK), decisions),
            "change_month": scores - _on(index(inputs, values, before), decisions),
            "return_month": moved - 1.0,
        },
        ties=moved.reindex(columns=scores.columns),
        notices=tuple(_few(inputs, values, decisions)) if stocks else (),
    )


def _on(frame: pd.DataFrame, dates: pd.DatetimeIndex) -> pd.DataFrame:
    return frame.set_axis(dates, axis=0)


def month_ends_before(dates: pd.DatetimeIndex, months: int) -> pd.DatetimeIndex:
    """Return the last calendar day of the month so many before that of each date."""
    return pd.DatetimeIndex(
        (dates.to_numpy("datetime64[M]") - (months - 1)).astype("datetime64[ns]")
        - np.timedelta64(1, "D")
    )


def trend_form(closes: list[pd.DataFrame], ks: range) -> pd.DataFrame:
    """Return the share of means that lie below the last close; NaN while any is missing.

    Parameters
    ----------
    closes
        Closes on the dates, at the month end before, at that before it and so on; at least as
        many as the longest mean.
    ks
        How many closes each mean is over, the last included.
    """
    levels = np.stack([frame.to_numpy(float) for frame in closes[: max(ks)]])
    means = np.cumsum(levels, axis=0) / np.arange(1, len(levels) + 1)[:, None, None]
    above = sum((levels[0] > means[k - 1] * (1 + EQUAL)).astype(float) for k in ks)
    whole = ~np.isnan(levels).any(axis=0)
    frame = closes[0]
    return pd.DataFrame(np.where(whole, above / len(ks), np.nan), frame.index, frame.columns)


def _trend_form(inputs: Inputs, values: Values, dates: pd.DatetimeIndex) -> pd.DataFrame:
    first, last = values.whole("first_mean"), values.whole("last_mean")
    ks = range(min(first, last), max(first, last) + 1)
    at = [dates, *(month_ends_before(dates, months) for months in range(1, max(ks)))]
    return trend_form([closes_at(inputs.closes, days) for days in at], ks)


def _stock_form(inputs: Inputs, values: Values, dates: pd.DatetimeIndex) -> pd.DataFrame:
    age = inputs.system.input(SHEET).max_age_days
    scores = newest(inputs.needed(SHARE), dates, age).values
    return scores.mask(_too_few(inputs, values, dates).reindex(columns=scores.columns) > 0)


def _too_few(inputs: Inputs, values: Values, dates: pd.DatetimeIndex) -> pd.DataFrame:
    """Return 1 where an industry has too few members; 0 where it has not, or nothing is known."""
    members = inputs.table(MEMBERS)
    if members is None:
        return pd.DataFrame(index=dates)
    count = newest(members, dates, inputs.system.input(SHEET).max_age_days).values
    return (count < values.number("min_members")).astype(float)


def _few(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Iterable[Notice]:
    last = _too_few(inputs, values, decisions).iloc[-1:]
    named = [asset for asset in inputs.system.assets if asset.id in last and last[asset.id].any()]
    if named:
        least = values.whole("min_members")
        yield Notice(
            "few_members",
            f"成分股有历史的不足 {least} 只，不给分：{'、'.join(a.name_zh for a in named)}。",
            f"Fewer than {least} members with history, no score: "
            f"{', '.join(a.name_en for a in named)}.",
        )


def microcap(
    inputs: Inputs, values: Values, decisions: pd.DatetimeIndex
) -> dict[str, pd.Series[float]]:
    """Return micro-caps' diffusion index, and 1 (in) or 0 (out) by each exit; empty without it."""
    table = inputs.table(MICRO)
    if table is None:
        return {}
    known = newest(table, decisions, inputs.system.input(MICRO).max_age_days)
    name = known.values.columns[0]
    own = table.values[name].dropna()
    fast, slow = (own.rolling(values.whole(f"microcap_{w}")).mean() for w in ("fast", "slow"))
    cross = (fast > slow).astype(float).where(slow.notna()).reindex(table.values.index)
    share = known.values[name]
    said = share.notna()
    return {
        "microcap": share,
        "microcap_left": (share > values.number("microcap_left")).astype(float).where(said),
        "microcap_right": (share > values.number("microcap_right")).astype(float).where(said),
        "microcap_cross": sampled(cross.to_frame(name), known)[name].where(said),
    }
