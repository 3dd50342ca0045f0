"""Score days with a folder of trained models: each by the newest fold trained before it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from prosperity.errors import DataError
from prosperity.learn import store
from prosperity.learn.fitting import KINDS, averaged, need_torch, scored, seeds_of
from prosperity.learn.samples import Samples
from prosperity.learn.settings import LearnSettings
from prosperity.learn.store import Piece


def settings_of(card: Mapping[str, Any]) -> LearnSettings:
    """Return the settings that a card states."""
    own = card["settings"]
    whole = {f for f, value in LearnSettings().as_dict().items() if isinstance(value, int)}
    values: dict[str, Any] = {n: int(v) if n in whole else float(v) for n, v in own.items()}
    return LearnSettings(**values)


def score(
    samples: Samples,
    folder: Path,
    kind: str = "attention_gru",
    *,
    since: pd.Timestamp | None = None,
    every: int | None = None,
) -> tuple[pd.DataFrame, pd.Series[pd.Timestamp]]:
    """Return scores of days, and when the training of each became known in full.

    Parameters
    ----------
    samples
        Of the same features as the model's; labels are not needed.
    folder
        What :func:`prosperity.learn.fit` made.
    kind
        Of the kinds that were trained.
    since
        First day; the day after the first training, where it is not given.
    every
        Days from one score to the next, the last day being always scored; as in the training,
        where it is not given.

    Returns
    -------
    scores, trained_to
        Days by code, standardised within the day; days on which no code has a sample are left out.

    Raises
    ------
    DataError
        ``no_model``, ``other_features``, ``damaged_model``, ``no_days``.
    SettingError
        ``no_torch`` without the extra ``learn``.
    """
    card = store.read_card(folder)
    settings = settings_of(card)
    if KINDS.get(kind):
        need_torch()
    _refuse_features(samples, card)
    ends = pd.DatetimeIndex([fold["trained_to"] for fold in card["folds"]])
    first = ends[0] + pd.Timedelta(days=1)
    first = first if since is None else max(first, since)
    places = _places(samples, settings.window, first, every or settings.every)
    # On the day to which a fold was trained the one before it still scores, as in its own test.
    newest = ends.searchsorted(samples.days[places], side="left") - 1
    found = np.full((len(places), len(samples.codes)), np.nan)
    for number in np.unique(newest):
        own = []
        for seed in range(seeds_of(kind, settings)):
            piece = Piece(int(card["folds"][number]["number"]), kind, seed)
            own.append(
                scored(samples, places[newest == number], settings, kind,
                       _weights(folder, piece, card))
            )  # fmt: skip
        found[newest == number] = averaged(own)
    scores = pd.DataFrame(found, samples.days[places], samples.codes).dropna(how="all")
    return scores, pd.Series(ends[newest], samples.days[places]).reindex(scores.index)


def _refuse_features(samples: Samples, card: Mapping[str, Any]) -> None:
    if samples.features == list(card["features"]):
        return
    missing = [name for name in card["features"] if name not in samples.features]
    raise DataError(
        "other_features",
        f"模型的特征与文件不同（缺 {'、'.join(missing[:5]) or '无，顺序不同'}）。",
        f"The model's features are not the file's (missing: "
        f"{', '.join(missing[:5]) or 'none, but in another order'}).",
        where=samples.file,
    )


def _places(samples: Samples, window: int, since: pd.Timestamp, every: int) -> np.ndarray:
    """Return every so many days from ``since`` on that have a full window, and the last day."""
    first = max(int(samples.days.searchsorted(since)), window - 1)
    last = len(samples.days) - 1
    if first > last:
        raise DataError(
            "no_days",
            f"{since:%Y-%m-%d} 以后没有可打分的日期。",
            f"There is no day to score from {since:%Y-%m-%d} on.",
            where=samples.file,
        )
    return np.unique([*range(first, last + 1, every), last])


def _weights(folder: Path, piece: Piece, card: Mapping[str, Any]) -> dict[str, np.ndarray]:
    weights = store.load(folder, piece, str(card["key"]))
    if weights is None or store.digest(folder, piece) != card["files"].get(piece.file):
        raise DataError(
            "damaged_model",
            f"{piece.file} 缺失、损坏或不属于这张模型卡；请重新运行 prosperity learn fit。",
            f"{piece.file} is missing, damaged or not this card's; run 'prosperity learn fit' "
            "again.",
            where=folder.name,
        )
    return weights
