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
    test_size
        Samples of each test. With it the tests follow one another from ``min_train`` on, as many
        as the sample gives, the last as long as it is: samples that come later change none of the
        earlier ones. ``n_splits`` then does not count.

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
        test_size: int | None = None,
    ) -> None:
        longest = 1 if max_train is None else max_train
        shortest = 1 if test_size is None else test_size
        if min(n_splits, longest, shortest) < 1 or purge < 0 or min_train <= purge:
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
        self.test_size = test_size

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:  # noqa: N803
        """Return the number of splits; with ``test_size`` it needs the sample ``X``.

        Raises
        ------
        SettingError
            When the number hangs on a sample that is not given.
        """
        if self.test_size is None:
            return self.n_splits
        if X is None:
            raise SettingError(
                "needs_sample",
                "设定了 test_size 时，划分的个数取决于样本，请给出 X。",
                "With test_size the number of splits hangs on the sample; give X.",
            )
        return len(self._ends(len(X)))

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
        begin = self.min_train
        for end in self._ends(len(X)):
            stop = begin - self.purge
            start = 0 if self.max_train is None else max(0, stop - self.max_train)
            yield np.arange(start, stop), np.arange(begin, end)
            begin = end

    def _ends(self, size: int) -> list[int]:
        """Return the place after each test."""
        rest, count = size - self.min_train, self.n_splits
        if self.test_size is not None:
            count = 1
        if rest < count:
            raise SettingError(
                "too_short_to_split",
                f"样本只有 {size} 个，不够 {self.min_train} 个训练加 {count} 段检验。",
                f"{size} samples are too few for {self.min_train} of training and {count} tests.",
            )
        if self.test_size is not None:
            return [*range(self.min_train + self.test_size, size, self.test_size), size]
        length = rest // count
        return [size - length * (count - 1 - n) for n in range(count)]
