"""Splits for choosing settings: train on the past, leave a gap, test on what follows.

The splits are those of scikit-learn's ``TimeSeriesSplit``. That class counts its tests back from
the end of the sample, so that each month that is added would move every test; here they are
counted from the beginning, which is the same on a sample that is filled up to whole tests.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from prosperity.errors import SettingError


def walk_forward_splits(
    size: int, *, first: int, test: int, purge: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give the places of each training and of its test, in order.

    The tests follow one another from ``first`` on, the last as long as the sample gives: samples
    that come later change none of the earlier ones. Each is trained on all that lies before it,
    less ``purge`` samples: a filter or a return that reaches over the border would otherwise be
    seen on both sides.

    Parameters
    ----------
    size
        Length of the sample.
    first
        Samples before the first test.
    test
        Samples of each test.
    purge
        Samples left out before each test.

    Raises
    ------
    SettingError
        When ``first`` is not above ``purge``, or the sample has no test.

    Examples
    --------
    >>> splits = walk_forward_splits(7, first=4, test=2, purge=1)
    >>> [(train.tolist(), test.tolist()) for train, test in splits]
    [([0, 1, 2], [4, 5]), ([0, 1, 2, 3, 4], [6])]
    """
    from sklearn.model_selection import TimeSeriesSplit

    if test < 1 or purge < 0 or first <= purge:
        raise SettingError(
            "bad_split",
            "划分的参数不成立：检验至少一个样本，purge 不为负，first 大于 purge。",
            "The splits do not work out: a test has at least one sample, purge is not negative, "
            "and first is above purge.",
        )
    if size <= first:
        raise SettingError(
            "too_short_to_split",
            f"样本只有 {size} 个，不够 {first} 个训练加一段检验。",
            f"{size} samples are too few for {first} of training and a test.",
        )
    # The class refuses a single test, so there are two, of which the second may be empty.
    count = max(2, -(-(size - first) // test))
    whole = np.empty((first + count * test, 0))
    for train, places in TimeSeriesSplit(count, test_size=test, gap=purge).split(whole):
        if places[0] < size:
            yield train, places[places < size]
