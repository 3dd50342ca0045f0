"""What each asset added to a portfolio, month by month, so that the parts sum to its return."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prosperity.portfolio import Course

#: Column of what trading cost.
COST = "cost"


def attribution(course: Course, prices: pd.DataFrame) -> pd.DataFrame:
    """Return what each asset added to a portfolio's return of each calendar month.

    Parameters
    ----------
    course
        The portfolio day by day.
    prices
        Closing prices by day and asset, those of the portfolio's at least; on a day without a
        price an asset stands at its last one. What has no price at all, as cash, earns nothing.

    Returns
    -------
    DataFrame
        Month ends by asset and :data:`COST`, as shares of the portfolio's value at the end of the
        month before (in the first month: at its beginning). Rows sum to the month's return. A
        day's gain is that of the amount held at the close before it, so it counts before the
        trades of that day.
    """
    days, value = pd.DatetimeIndex(course.value.index), course.value.to_numpy(float)
    known = prices.reindex(columns=course.weights.columns).ffill().reindex(days)
    growth = np.nan_to_num(known.to_numpy(float)[1:] / known.to_numpy(float)[:-1] - 1.0)
    amounts = course.weights.to_numpy(float)[:-1] * value[:-1, None]
    gains = pd.DataFrame(amounts * growth, days[1:], course.weights.columns)
    # What the gains do not explain is what trading took; so the parts sum exactly.
    gains[COST] = np.diff(value) - gains.sum(axis=1).to_numpy()
    months = (days + pd.offsets.MonthEnd(0)).rename(None)
    opening = course.value.groupby(months).last().shift().fillna(value[0])
    whole = gains.groupby(months[1:]).sum()
    return whole.div(opening.reindex(whole.index), axis=0)


def linked(parts: pd.DataFrame) -> pd.Series[float]:
    """Return what each column added over all months, so that they sum to the whole return.

    Parameters
    ----------
    parts
        As of :func:`attribution`.

    Returns
    -------
    Series
        Each month's part counts at the value that the portfolio had grown to by then.
    """
    grown = (1.0 + parts.sum(axis=1)).cumprod().shift().fillna(1.0)
    return parts.mul(grown, axis=0).sum()
