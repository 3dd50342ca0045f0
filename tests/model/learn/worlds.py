"""Small worlds to learn from."""

from __future__ import annotations

import numpy as np
import pandas as pd
from prosperity.learn import LearnSettings, Samples, samples_of

#: Monthly rows: every row is a sample, and the label is the next month's return.
TINY = LearnSettings(
    window=3, horizon=1, every=1, hidden=8, train_months=18, valid_months=5, step_months=4,
    epochs=12, averaged=3, seeds=2, rate=1e-2,
)  # fmt: skip


def planted(
    months: int = 30, codes: int = 40, features: int = 4, *, noise: float = 0.3,
    shuffled: bool = False, seed: int = 1,
) -> Samples:  # fmt: skip
    """Return a world whose label is the last value of the first feature, and noise."""
    draws = np.random.default_rng(seed)
    days = pd.date_range("2012-01-31", periods=months, freq="ME")
    names = [f"S{number:03d}" for number in range(codes)]
    own = {f"feature_{n}": draws.normal(size=(months, codes)) for n in range(features)}
    ahead = own["feature_0"] + noise * draws.normal(size=(months, codes))
    if shuffled:
        ahead = draws.permuted(ahead, axis=1)
    closes = np.vstack([np.ones(codes), np.cumprod(1 + ahead / 100, axis=0)[:-1]])
    frames = {name: pd.DataFrame(values, days, names) for name, values in own.items()}
    return samples_of(frames, pd.DataFrame(closes, days, names), TINY)
