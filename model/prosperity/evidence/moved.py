"""What moved a composite: contributions that add up; revisions and news between two vintages."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prosperity.evaluation import IndustryResult

#: Spans in months over which changes are added up.
SPANS = (1, 3, 12)


def contributions(result: IndustryResult, *, lookback: int = 1) -> pd.DataFrame:
    """Return what each indicator adds to the last composite and to its changes.

    Parameters
    ----------
    result
        A model's result.
    lookback
        Months back that its changes compare with, as in its settings.

    Returns
    -------
    DataFrame
        By indicator id, with a last row ``total``: ``level``, and ``change_1``, ``change_3``,
        ``change_12``: the sums of the last monthly like-for-like changes, each under the loadings
        of its own month. Columns sum to the total, exactly. A span with a month without a change
        is NaN. With a ``lookback`` above one month the changes overlap and only ``change_1`` (one
        such change) is given.
    """
    month = result.latest
    columns: dict[str, pd.Series[float]] = {}
    if month is not None:
        columns["level"] = result.contributions.T[month]
        changes = result.change_contributions.loc[:month]
        for span in SPANS if lookback == 1 else SPANS[:1]:
            last = changes.tail(span)
            whole = len(last) == span and bool(result.change.loc[last.index].notna().all())
            columns[f"change_{span}"] = last.sum() if whole else last.sum() * np.nan
    frame = pd.DataFrame(columns, index=result.contributions.columns)
    frame.loc["total"] = frame.sum(min_count=1)
    return frame


def vintages(before: IndustryResult, after: IndustryResult) -> pd.DataFrame:
    """Split the move between two vintages of a model into revision and news.

    Parameters
    ----------
    before, after
        Results from an older and a newer book (or ``as_of``), with the same definition.

    Returns
    -------
    DataFrame
        By indicator id, with a last row ``total``: ``revision``, the change of its contribution
        to the older book's last month (figures revised, parameters estimated anew), ``news``,
        the change of its contribution from that month to the newer book's last month, and
        ``sum``. The totals are the composite's own differences, exactly.
    """
    first, last = before.latest, after.latest
    if first is None or last is None or first not in after.contributions.index:
        return pd.DataFrame(columns=["revision", "news", "sum"], dtype=float)
    ids = list(dict.fromkeys([*before.contributions.columns, *after.contributions.columns]))
    old = before.contributions.loc[first].reindex(ids).fillna(0.0)
    same = after.contributions.loc[first].reindex(ids)
    if same.isna().all():
        return pd.DataFrame(columns=["revision", "news", "sum"], dtype=float)
    now = after.contributions.loc[last].reindex(ids).fillna(0.0)
    same = same.fillna(0.0)
    frame = pd.DataFrame({"revision": same - old, "news": now - same, "sum": now - old})
    frame.loc["total"] = frame.sum()
    return frame
