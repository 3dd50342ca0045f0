"""What stocks say of what they belong to: plain functions of matrices of days by stock."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd


def before(closes: np.ndarray, rows: int) -> np.ndarray:
    """Return the last known close so many rows before, (T, N); NaN before there is any."""
    filled = pd.DataFrame(closes).ffill().to_numpy()
    out = np.full_like(closes, np.nan)
    if rows < len(closes):
        out[rows:] = filled[: len(closes) - rows]
    return out


def share_up(
    closes: np.ndarray, rows: int, group: np.ndarray, count: int, kept: Iterable[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of members that stand above their close so many rows before.

    Parameters
    ----------
    closes
        (T, N); NaN where a stock has none that day.
    rows
        How far back.
    group
        (T, N): the number of what each belongs to; -1 for nothing.
    count
        How many groups there are.
    kept
        The rows that are wanted; those that have nothing so far back are left out.

    Returns
    -------
    share, members : ndarray
        (kept, count); members are those with a close on both days, the share is NaN without any.
    """
    wanted = np.array([row for row in kept if row >= rows], dtype=int)
    past = pd.DataFrame(closes).ffill().to_numpy()[wanted - rows]
    now, own = closes[wanted], group[wanted]
    valid = ~np.isnan(now) & ~np.isnan(past) & (own >= 0)
    flat = own + count * np.arange(len(wanted))[:, None]
    size = (len(wanted), count)
    members = np.bincount(flat[valid], minlength=size[0] * count).reshape(size)
    up = np.bincount(flat[valid & (now > past)], minlength=size[0] * count).reshape(size)
    return np.where(members > 0, up / np.maximum(members, 1), np.nan), members


def cross_section(returns: np.ndarray) -> np.ndarray:
    """Return the deviation (``ddof=1``) of each row's returns; NaN with fewer than two."""
    there = ~np.isnan(returns)
    count = there.sum(axis=1)
    safe = np.maximum(count, 1)
    own = np.where(there, returns, 0.0)
    mean = own.sum(axis=1) / safe
    square = (np.where(there, returns - mean[:, None], 0.0) ** 2).sum(axis=1)
    return np.where(count > 1, np.sqrt(square / np.maximum(count - 1, 1)), np.nan)


def time_series(returns: np.ndarray, days: int, size: np.ndarray | None) -> np.ndarray:
    """Return the mean of members' own deviations over so many rows, by size where it is given.

    A member counts on a row with all its returns of the window, and a size.
    """
    own = pd.DataFrame(returns).rolling(days).std().to_numpy()
    weight = np.ones_like(own) if size is None else np.where(size > 0, size, np.nan)
    weight = np.where(np.isnan(own), np.nan, weight)
    total = np.nansum(weight, axis=1)
    found = np.nansum(own * weight, axis=1)
    return np.where(total > 0, found / np.where(total > 0, total, 1.0), np.nan)
