"""Folds that walk forward: train, leave a gap, choose epochs, leave a gap, score.

They are counted from the first month, so months that come later change no earlier fold. A sample
belongs to a training (or to the choice of epochs) only if its label is known before the next part
begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prosperity.errors import DataError
from prosperity.learn.samples import FEWEST, Samples
from prosperity.learn.settings import LearnSettings


@dataclass(frozen=True)
class Fold:
    """One training and what it scores.

    Attributes
    ----------
    number : int
        From 0.
    train, valid, test : ndarray of int
        Places of days. A test need not have labels.
    trained_to : Timestamp
        The day on which the last label that was used became known.
    """

    number: int
    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray
    trained_to: pd.Timestamp


def folds(samples: Samples, settings: LearnSettings) -> list[Fold]:
    """Return the folds of the samples.

    Raises
    ------
    DataError
        ``short_history`` where there is not one fold; ``no_labels`` where no return is known.
    """
    if not np.isfinite(samples.returns).any():
        raise DataError(
            "no_labels",
            "没有可用的标签：文件需要 close 或 label 列，且日期多于 horizon。",
            "No label is known: the file needs a column close or label, and more days than the "
            "horizon.",
            where=samples.file,
        )
    found = list(_walk(samples, settings))
    if not found:
        months = settings.train_months + settings.valid_months
        raise DataError(
            "too_few_folds",
            f"训练需要至少 {months} 个月再加一个样本，现有 {_months(samples.days)[-1] + 1} 个月。",
            f"Training needs {months} months and a sample after them; there are "
            f"{_months(samples.days)[-1] + 1}.",
            where=samples.file,
        )
    return found


def _walk(samples: Samples, settings: LearnSettings) -> Iterator[Fold]:
    months = _months(samples.days)
    places = samples.places(settings)
    enough = (np.isfinite(samples.returns) & samples.there).sum(axis=1) >= FEWEST
    for number in range(months[-1] + 1):
        start = number * settings.step_months
        choose = start + settings.train_months
        test = choose + settings.valid_months
        if test > months[-1]:
            return
        edges = np.searchsorted(months, [start, choose, test, test + settings.step_months])
        train = _known(places, edges[0], edges[1], samples.horizon, enough)
        valid = _known(places, edges[1], edges[2], samples.horizon, enough)
        ahead = places[(places >= edges[2]) & (places < edges[3])]
        if len(train) and len(valid) and len(ahead):
            end = samples.days[valid[-1] + samples.horizon]
            yield Fold(number, train, valid, ahead, end)


def _known(
    places: np.ndarray, first: int, stop: int, horizon: int, enough: np.ndarray
) -> np.ndarray:
    """Return the places from ``first`` on whose labels are known before ``stop``."""
    own = places[(places >= first) & (places + horizon < stop)]
    known: np.ndarray = own[enough[own]]
    return known


def _months(days: pd.DatetimeIndex) -> np.ndarray:
    count = days.year.to_numpy() * 12 + days.month.to_numpy()
    return np.asarray(count - count[0])
