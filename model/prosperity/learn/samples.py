"""Features and labels by day and code, made comparable within each day.

Within each day a feature is centred, divided by its deviation and cut at three; what is missing is
the day's mean, zero. Nothing of another day enters. The label is the return over the horizon after
the day, as a rank from -0.5 to 0.5 among the codes of the day: the loss is then a smooth stand-in
for the rank information coefficient, and one wild return does not rule a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from prosperity.errors import DataError
from prosperity.learn.settings import LearnSettings
from prosperity.systems import heavy

#: How columns of features are named in a file, where none are listed.
PREFIX = "feature_"
#: Deviations at which a feature is cut.
CUT = 3.0
#: Codes below which a day is no sample.
FEWEST = 5
#: Share of the features that a code has on its day, and of the window's days on which it has them.
FEATURES_THERE, DAYS_THERE = 0.5, 2 / 3


@dataclass(frozen=True)
class Samples:
    """Features and labels by day and code.

    Attributes
    ----------
    days : DatetimeIndex
        (D,) trading days, ascending.
    codes, features : list of str
        (N,) and (d,).
    values : ndarray of float32
        (D, N, d), standardised within each day; 0 where missing.
    there : ndarray of bool
        (D, N): the code has at least half of the features on the day.
    returns : ndarray of float64
        (D, N): the return over the horizon after the day, less the day's mean; NaN where it is
        not known.
    horizon : int
        Days after which a return is known.
    file, sha256 : str
        Where it came from; empty for a frame.
    """

    days: pd.DatetimeIndex
    codes: list[str]
    features: list[str]
    values: np.ndarray
    there: np.ndarray
    returns: np.ndarray
    horizon: int
    file: str = ""
    sha256: str = ""

    def places(self, settings: LearnSettings) -> np.ndarray:
        """Return the days on which there can be a sample: counted from the first, never moving."""
        return np.arange(settings.window - 1, len(self.days), settings.every)

    def at(self, place: int, window: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the columns (n,) of the codes that have a sample on a day, and (n, T, d)."""
        span = slice(place - window + 1, place + 1)
        seen = self.there[span].mean(axis=0) >= DAYS_THERE - 1e-9
        columns = np.flatnonzero(seen & self.there[place])
        rows = np.ascontiguousarray(self.values[span][:, columns].transpose(1, 0, 2))
        return columns, rows

    def labels(self, place: int, columns: np.ndarray) -> np.ndarray:
        """Return the label of each code on a day: ranks from -0.5 to 0.5; NaN where unknown."""
        own = pd.Series(self.returns[place, columns])
        count = int(own.notna().sum())
        ranks = (own.rank() - 1.0) / (count - 1.0) - 0.5 if count > 1 else own * np.nan
        return ranks.to_numpy(float)


def read_samples(
    path: str | Path, settings: LearnSettings, features: Sequence[str] = ()
) -> Samples:
    """Read a parquet or CSV file: ``date``, ``code``, features, and ``close`` or ``label``.

    Parameters
    ----------
    path
        A row a day and code. ``label`` is the return over ``horizon`` rows of the code's dates
        after the day; with ``close`` alone it is computed. A file without either can be scored,
        not trained on.
    settings
        ``horizon`` matters.
    features
        Names of columns; all that begin with ``feature_``, where none are given.

    Raises
    ------
    DataError
        ``no_column``, ``no_features``, ``doubled``, ``bad_dates``, ``no_rows``, and what the
        file's reader refuses.
    """
    path = Path(path)
    names = heavy.header(path)
    there = heavy.fields(names, ("date", "code", "close"))
    missing = [name for name in ("date", "code") if name not in there]
    missing += [name for name in features if name not in names]
    if missing:
        raise DataError(
            "no_feature_column",
            f"{path.name} 缺少列：{'、'.join(missing)}。",
            f"{path.name} has no column {', '.join(missing)}.",
            where=path.name,
        )
    chosen = list(features) or [name for name in names if name.startswith(PREFIX)]
    if not chosen:
        raise DataError(
            "no_features",
            f"{path.name} 没有以 {PREFIX} 开头的列；请用 --feature 指明特征列。",
            f"{path.name} has no column that begins with {PREFIX}; name the columns with "
            "--feature.",
            where=path.name,
        )
    own = {"label": "label"} if "label" in names else {}
    columns = {**there, **own, **{name: name for name in chosen}}
    values = [name for name in columns if name not in ("date", "code")]
    matrix = heavy.long_matrix(path, columns, values)
    stacked = np.stack([matrix.values[name] for name in chosen], axis=2)
    returns = matrix.values.get("label")
    if returns is None:
        returns = _returns(matrix.values.get("close"), settings.horizon, stacked.shape[:2])
    return _samples(
        matrix.days, matrix.codes, chosen, stacked, returns, settings.horizon,
        path.name, heavy.sha256(path),
    )  # fmt: skip


def samples_of(
    features: dict[str, pd.DataFrame], closes: pd.DataFrame, settings: LearnSettings
) -> Samples:
    """Return samples of frames (days by code), one a feature, and of closing prices."""
    days = pd.DatetimeIndex(closes.index)
    codes = [str(code) for code in closes.columns]
    stacked = np.stack([f.reindex_like(closes).to_numpy(float) for f in features.values()], axis=2)
    returns = _returns(closes.to_numpy(float), settings.horizon, stacked.shape[:2])
    return _samples(days, codes, list(features), stacked, returns, settings.horizon, "", "")


def _samples(
    days: pd.DatetimeIndex, codes: list[str], features: list[str], raw: np.ndarray,
    returns: np.ndarray, horizon: int, file: str, sha256: str,
) -> Samples:  # fmt: skip
    counts = np.isfinite(returns).sum(axis=1, keepdims=True)
    mean = np.where(np.isfinite(returns), returns, 0.0).sum(axis=1, keepdims=True)
    there = np.isfinite(raw).mean(axis=2) >= FEATURES_THERE - 1e-9
    return Samples(
        days, codes, features, standardised(raw), there,
        returns - mean / np.maximum(counts, 1), horizon, file, sha256,
    )  # fmt: skip


def _returns(closes: np.ndarray | None, horizon: int, shape: tuple[int, ...]) -> np.ndarray:
    """Return the return of each day to ``horizon`` days later; NaN where either has no price."""
    found = np.full(shape, np.nan)
    if closes is not None and len(closes) > horizon:
        good = np.where(closes > 0, closes, np.nan)
        found[:-horizon] = good[horizon:] / good[:-horizon] - 1.0
    return found


def standardised(raw: np.ndarray) -> np.ndarray:
    """Return features (D, N, d) centred and scaled within each day, cut, 0 where missing."""
    there = np.isfinite(raw)
    count = np.maximum(there.sum(axis=1, keepdims=True), 1)
    filled = np.where(there, raw, 0.0)
    own = np.where(there, filled - filled.sum(axis=1, keepdims=True) / count, 0.0)
    spread = np.sqrt((own**2).sum(axis=1, keepdims=True) / count)
    size = np.abs(filled).max(axis=1, keepdims=True)
    # A feature that does not differ within a day says nothing on it, whatever rounding leaves.
    says = spread > 1e-9 * np.maximum(size, 1e-300)
    scaled = np.where(says, own / np.where(says, spread, 1.0), 0.0)
    return np.clip(scaled, -CUT, CUT).astype(np.float32)
