"""Splits for choosing settings: train on the past, leave a gap, test on what follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from prosperity.errors import SettingError


class PurgedWalkForward:
    """Walk-forward splits with the samples before each test purged; scikit-learn's interface.

    The last part of the sample is cut into ``n_splits`` tests of equal length (the first takes
    the remainder). Each is trained on what lies before it, less ``purge`` samples: a filter or a
    return that reaches over the border would otherwise be seen on both sides.

    Parameters
    ----------
    n_splits
        Number of tests.
    min_train
        Samples of the first training, before purging.
    purge
        Samples left out before each test.
    max_train
        Longest training; None is everything so far (expanding).

    Examples
    --------
    >>> splits = PurgedWalkForward(n_splits=2, min_train=4, purge=1)
    >>> [(train.tolist(), test.tolist()) for train, test in splits.split(range(8))]
    [([0, 1, 2], [4, 5]), ([0, 1, 2, 3, 4], [6, 7])]
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        min_train: int = 60,
        purge: int = 3,
        max_train: int | None = None,
    ) -> None:
        longest = 1 if max_train is None else max_train
        if n_splits < 1 or purge < 0 or min_train <= purge or longest < 1:
            raise SettingError(
                "bad_split",
                "划分的参数不成立：n_splits 至少为 1，purge 不为负，min_train 大于 purge。",
                "The splits do not work out: n_splits is at least 1, purge not negative, and "
                "min_train above purge.",
            )
        self.n_splits = n_splits
        self.min_train = min_train
        self.purge = purge
        self.max_train = max_train

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:  # noqa: N803
        """Return the number of splits."""
        return self.n_splits

    def split(
        self,
        X: Any,  # noqa: N803
        y: Any = None,
        groups: Any = None,
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give the places of each training and its test, in order.

        Raises
        ------
        SettingError
            When the sample is too short.
        """
        size = len(X)
        rest = size - self.min_train
        if rest < self.n_splits:
            raise SettingError(
                "too_short_to_split",
                f"样本只有 {size} 个，不够 {self.min_train} 个训练加 {self.n_splits} 段检验。",
                f"{size} samples are too few for {self.min_train} of training and "
                f"{self.n_splits} tests.",
            )
        length = rest // self.n_splits
        begin = self.min_train
        for n in range(self.n_splits):
            end = size - length * (self.n_splits - 1 - n)
            stop = begin - self.purge
            start = 0 if self.max_train is None else max(0, stop - self.max_train)
            yield np.arange(start, stop), np.arange(begin, end)
            begin = end
