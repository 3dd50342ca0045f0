"""The Spring Festival, which moves spending, prices and money between January and March."""

from __future__ import annotations

from functools import cache

import numpy as np

#: First day of the lunar year, as month and day, for each year from :data:`FIRST`.
FIRST = 1960
_DAYS = (
    128, 215, 205, 125, 213, 202, 121, 209, 130, 217, 206, 127, 215, 203, 123, 211, 131, 218,
    207, 128, 216, 205, 125, 213, 202, 220, 209, 129, 217, 206, 127, 215, 204, 123, 210, 131,
    219, 207, 128, 216, 205, 124, 212, 201, 122, 209, 129, 218, 207, 126, 214, 203, 123, 210,
    131, 219, 208, 128, 216, 205, 125, 212, 201, 122, 210, 129, 217, 206, 126, 213, 203, 123,
    211, 131, 219, 208, 128, 215, 204, 124, 212, 201, 122, 210, 130, 217, 206, 126, 214, 202,
)  # fmt: skip
#: The days that count: the eve and the nine days after it.
SPAN = 10


@cache
def _shares() -> dict[int, float]:
    """Return the share of the ten days that falls into a month, by months since 1970-01."""
    found: dict[int, float] = {}
    for year, day in enumerate(_DAYS, FIRST):
        eve = np.datetime64(f"{year}-{day // 100:02}-{day % 100:02}") - 1
        days = (eve + np.arange(SPAN)).astype("datetime64[M]").astype(int)
        for month, count in zip(*np.unique(days, return_counts=True), strict=True):
            found[int(month)] = count / SPAN
    return found


def moved(months: np.ndarray) -> np.ndarray:
    """Return how much more of the festival falls into a month than a year before, -1 to 1.

    Parameters
    ----------
    months
        Months since 1970-01, integers of any shape. Outside the years of the table 0.
    """
    shares = _shares()
    flat = np.asarray(months).ravel()
    gained = [shares.get(int(m), 0.0) - shares.get(int(m) - 12, 0.0) for m in flat]
    return np.array(gained, dtype=float).reshape(np.shape(months))
