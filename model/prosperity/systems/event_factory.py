"""The event factory: of many events of one series, those that were followed by good months.

Events of a series X, taken with its direction s: sX above its own mean of the last k months, above
its own median of the last k months, and risen for j months in a row; each lagged by L months, over
X as it is or its one-sided Hodrick-Prescott trend, underived or derived. An event is kept at a date
when, over the months of the window whose return was realised by then, the returns of the event
months are above 0 by a one-sided t-test, enough of them are positive, and there were enough.

Causality: all values at a date t are made of X up to t and of returns realised by t, so a run over
longer data says the same of t, to the last bit. Counts and sums over windows are differences of
cumulative sums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from prosperity.transforms import hp_one_sided

#: What differs by less than this share of its size is the same.
SAME = 1e-9
FORMS = ("level", "hp")
DERIVED = ("none", "yoy", "diff", "ma")
MEAN, MEDIAN, RUN = "mean", "median", "run"


@dataclass(frozen=True)
class Rules:
    """The constants of the factory; see the parameters of ``macro_position``."""

    window: int = 120
    min_months: int = 60
    hp_lambda: float = 14400.0
    ma_months: int = 3
    last_lag: int = 4
    last_window: int = 12
    last_run: int = 6
    confidence: float = 0.95
    win_rate: float = 0.55
    count_part: float = 6.0
    overlays: int = 1


@dataclass(frozen=True)
class Candidate:
    """An event: what of the series, how late, and which kind over how many months."""

    form: str
    derived: str
    lag: int
    kind: str
    months: int


@dataclass(frozen=True)
class Chosen:
    """What was chosen on one date.

    Attributes
    ----------
    candidates : tuple of int
        The winner and its overlays, as places among :func:`candidates`.
    signs : tuple of int
        The direction of each.
    on : float
        Whether the event, all joined, is on: 1, 0, or NaN where it cannot be told.
    count, win_rate, ratio : int, float, float
        Event months, share of positive ones, mean over deviation of their returns.
    """

    candidates: tuple[int, ...]
    signs: tuple[int, ...]
    on: float
    count: int
    win_rate: float
    ratio: float


@cache
def candidates(rules: Rules) -> tuple[Candidate, ...]:
    """Return all events, in the order in which ties are broken."""
    kinds = [(kind, k) for kind in (MEAN, MEDIAN) for k in range(2, rules.last_window + 1)]
    kinds += [(RUN, j) for j in range(1, rules.last_run + 1)]
    return tuple(
        Candidate(form, derived, lag, kind, months)
        for form in FORMS
        for derived in DERIVED
        for lag in range(rules.last_lag + 1)
        for kind, months in kinds
    )


def above_mean(values: np.ndarray, months: int) -> np.ndarray:
    """Return 1 where the last of ``months`` values is above their mean, 0 else; NaN while short."""
    return _above(values, months, np.mean)


def above_median(values: np.ndarray, months: int) -> np.ndarray:
    """Return 1 where the last of ``months`` values is above their median; NaN while short."""
    return _above(values, months, np.median)


def _above(values: np.ndarray, months: int, middle: Callable[..., np.ndarray]) -> np.ndarray:
    found = np.full(values.shape, np.nan)
    if values.shape[-1] < months:
        return found
    windows = np.lib.stride_tricks.sliding_window_view(values, months, axis=-1)
    level = middle(windows, axis=-1)
    own = values[..., months - 1 :]
    above = (own - level > SAME * (np.abs(own) + np.abs(level))).astype(float)
    found[..., months - 1 :] = np.where(np.isnan(level), np.nan, above)
    return found


def risen(values: np.ndarray, months: int) -> np.ndarray:
    """Return 1 where each of the last ``months`` changes is a rise, 0 else; NaN while short."""
    found = np.full(values.shape, np.nan)
    if values.shape[-1] <= months:
        return found
    before, after = values[..., :-1], values[..., 1:]
    change = after - before
    small = np.abs(change) <= SAME * (np.abs(before) + np.abs(after))
    rise = np.where(np.isnan(change), np.nan, (change > 0) & ~small)
    windows = np.lib.stride_tricks.sliding_window_view(rise, months, axis=-1)
    found[..., months:] = windows.min(axis=-1)
    return found


def chains(values: np.ndarray, rules: Rules) -> np.ndarray:
    """Return the forms and derivations of a series, (chains, T), in the candidates' order.

    NaN where there is too little history. ``yoy`` is the difference over twelve months: the
    series are rates and spreads already.
    """
    trend = hp_one_sided(pd.Series(values), rules.hp_lambda).to_numpy()
    rows = []
    for form in (values, trend):
        own = pd.Series(form)
        mean = np.full(len(form), np.nan)
        if len(form) >= rules.ma_months:
            windows = np.lib.stride_tricks.sliding_window_view(form, rules.ma_months)
            mean[rules.ma_months - 1 :] = windows.mean(axis=-1)
        # What differs by rounding alone, as the trend of a flat series does, has not changed.
        least = SAME * np.fmax.accumulate(np.abs(form))
        changes = (own.diff(12).to_numpy(), own.diff().to_numpy())
        rows += [form, *(np.where(np.abs(one) <= least, 0.0, one) for one in changes), mean]
    return np.array(rows, dtype=float)


def events(chained: np.ndarray, rules: Rules) -> np.ndarray:
    """Return the events of each chain in both directions, (2, chains, kinds, T), without lag."""
    both = np.stack([chained, -chained])
    found = [
        test(both, k)
        for test in (above_mean, above_median)
        for k in range(2, rules.last_window + 1)
    ]
    found += [risen(both, j) for j in range(1, rules.last_run + 1)]
    return np.stack(found, axis=2)


def lagged(values: np.ndarray, lag: int) -> np.ndarray:
    """Return values moved to ``lag`` months later along the last axis, NaN in front."""
    if not lag:
        return values
    moved = np.full(values.shape, np.nan)
    moved[..., lag:] = values[..., :-lag]
    return moved


def directions(chained: np.ndarray, following: np.ndarray) -> np.ndarray:
    """Return the sign of the correlation of values with the following returns, (..., T).

    Parameters
    ----------
    chained
        (..., T) lagged values.
    following
        (T,) return from each date to the next; NaN where it is not realised.

    Returns
    -------
    ndarray
        At t over the dates before t, whose returns are realised by t: 1, -1, or 0 where there
        are fewer than three or nothing varies.
    """
    good = ~np.isnan(chained) & ~np.isnan(following)
    # Values are shifted by the first of their own, which changes no covariance and keeps the sums
    # small; it is known from the first date on.
    first = np.take_along_axis(chained, good.argmax(axis=-1)[..., None], axis=-1)
    x = np.where(good, chained - np.nan_to_num(first), 0.0)
    y = np.where(good, following, 0.0)
    count, sx, sy, sxy, sxx = (_before(part) for part in (good.astype(float), x, y, x * y, x * x))
    safe = np.maximum(count, 1.0)
    covariance, spread = sxy - sx * sy / safe, sxx - sx * sx / safe
    known = (count >= 3) & (spread > SAME * np.maximum(sxx, 1e-300))
    found: np.ndarray = np.where(known, np.sign(covariance), 0.0)
    return found


def _before(values: np.ndarray) -> np.ndarray:
    """Return the sum of all values before each place of the last axis."""
    sums = np.zeros(values.shape)
    np.cumsum(values[..., :-1], axis=-1, out=sums[..., 1:])
    return sums


def _windowed(values: np.ndarray, window: int) -> np.ndarray:
    """Return the sum of the last ``window`` values before each place of the last axis."""
    sums = _before(values)
    found = sums.copy()
    found[..., window:] -= sums[..., :-window]
    return found


@dataclass(frozen=True)
class Tested:
    """Event months and their returns by candidate and date; arrays (C, T)."""

    count: np.ndarray
    win_rate: np.ndarray
    ratio: np.ndarray
    kept: np.ndarray


def tested(on: np.ndarray, following: np.ndarray, rules: Rules) -> Tested:
    """Return how events did over the window before each date.

    Parameters
    ----------
    on
        (C, T) events of 1 and 0; NaN where they cannot be told.
    following
        (T,) return from each date to the next; NaN where it is not realised.
    """
    told = ~np.isnan(on) & ~np.isnan(following)
    event = np.where(told, np.nan_to_num(on), 0.0)
    returns = np.nan_to_num(following)
    count = _windowed(event, rules.window)
    wins = _windowed(event * (returns > 0), rules.window)
    total = _windowed(event * returns, rules.window)
    squares = _windowed(event * returns**2, rules.window)
    months = _windowed(told.astype(float), rules.window)
    return judged(count, wins, total, squares, months, rules)


def judged(
    count: np.ndarray,
    wins: np.ndarray,
    total: np.ndarray,
    squares: np.ndarray,
    months: np.ndarray,
    rules: Rules,
) -> Tested:
    """Return what the rule of keeping makes of counts and sums of returns of event months.

    Parameters
    ----------
    count, wins, total, squares
        Event months, those with a positive return, and sums of returns and of their squares.
    months
        Months of the window in which the event could be told.
    """
    safe = np.maximum(count, 1.0)
    mean = total / safe
    variance = np.maximum(squares - count * mean**2, 0.0) / np.maximum(count - 1.0, 1.0)
    spread = np.sqrt(variance)
    # A sum of squares that nearly cancels is of returns that do not vary.
    varied = (count >= 3) & (variance * safe > SAME * np.maximum(squares, 1e-300))
    ratio = np.where(varied, mean / np.where(varied, spread, 1.0), np.nan)
    win_rate = wins / safe
    table = critical_values(rules.window, rules.confidence)
    critical = table[np.rint(count).astype(int)]
    with np.errstate(invalid="ignore"):
        significant = ratio * np.sqrt(count) > critical
    kept = (
        significant & (win_rate > rules.win_rate) & (months >= min(rules.min_months, rules.window))
    )
    kept &= count > np.minimum(months, rules.window) / rules.count_part
    return Tested(count, win_rate, ratio, kept)


@cache
def critical_values(window: int, confidence: float) -> np.ndarray:
    """Return what a one-sided t-test of 0 to ``window`` values asks of the statistic."""
    from scipy.special import stdtrit

    freedom = np.maximum(np.arange(window + 1) - 1.0, 1.0)
    found: np.ndarray = stdtrit(freedom, confidence)
    return found


def choose(values: np.ndarray, following: np.ndarray, rules: Rules) -> list[Chosen | None]:
    """Return what the factory chooses for one series on each date.

    Parameters
    ----------
    values
        (T,) the series as known on each date; NaN where nothing is said.
    following
        (T,) return of the market from each date to the next; NaN where it is not realised.
    rules
        Constants.

    Returns
    -------
    list of Chosen or None
        None where no event is kept, or the winner cannot be told.
    """
    if not len(values):
        return []
    chained = chains(values, rules)
    plain = events(chained, rules)
    signs, on = [], []
    for chain in range(len(chained)):
        for lag in range(rules.last_lag + 1):
            sign = directions(lagged(chained[chain], lag), following)
            signs.append(sign)
            on.append(lagged(plain[:, chain], lag))
    sign = np.repeat(np.array(signs), plain.shape[2], axis=0)
    up = np.concatenate([both[0] for both in on])
    down = np.concatenate([both[1] for both in on])
    found = (tested(one, following, rules) for one in (up, down))
    rising, falling = found
    days = range(len(values))
    return [
        _chosen(day, sign[:, day], (up, down), (rising, falling), following, rules) for day in days
    ]


def _chosen(
    day: int,
    sign: np.ndarray,
    on: tuple[np.ndarray, np.ndarray],
    results: tuple[Tested, Tested],
    following: np.ndarray,
    rules: Rules,
) -> Chosen | None:
    """Return the winner and its overlays on one date."""
    positive = sign > 0

    def of(name: str) -> np.ndarray:
        up, down = (getattr(result, name)[:, day] for result in results)
        found: np.ndarray = np.where(positive, up, down)
        return found

    now = np.where(positive, on[0][:, day], on[1][:, day])
    kept = np.flatnonzero(of("kept") & (sign != 0) & ~np.isnan(now))
    if not len(kept):
        return None
    win_rate, ratio, count = of("win_rate"), of("ratio"), of("count")
    winner = int(kept[np.lexsort((kept, -ratio[kept], -win_rate[kept]))[0]])
    chosen = Chosen(
        (winner,),
        (int(sign[winner]),),
        float(now[winner]),
        int(count[winner]),
        float(win_rate[winner]),
        float(ratio[winner]),
    )
    if not rules.overlays:
        return chosen
    first = max(0, day - rules.window)
    past = np.where(positive[kept, None], on[0][kept, first:day], on[1][kept, first:day])
    return _overlaid(chosen, kept, past, now, sign, following[first:day], rules)


def _overlaid(
    chosen: Chosen,
    kept: np.ndarray,
    past: np.ndarray,
    now: np.ndarray,
    sign: np.ndarray,
    following: np.ndarray,
    rules: Rules,
) -> Chosen:
    """Return the choice joined by AND with further kept events while that raises the ratio.

    ``past`` holds the kept events (K, W) over the window, ``following`` its returns (W,).
    """
    returns = np.nan_to_num(following)
    joined = past[np.flatnonzero(kept == chosen.candidates[0])[0]]
    for _ in range(rules.overlays):
        both = past * joined
        told = ~np.isnan(both) & ~np.isnan(following)
        event = np.where(told, np.nan_to_num(both), 0.0)
        moments = np.stack([np.ones(len(returns)), returns > 0, returns, returns**2], axis=1)
        count, wins, total, squares = (event @ moments).T
        result = judged(count, wins, total, squares, told.sum(axis=1).astype(float), rules)
        ratio = np.where(result.kept, result.ratio, -np.inf)
        best = int(ratio.argmax())
        if not ratio[best] > chosen.ratio * (1.0 + SAME):
            break
        joined, place = both[best], int(kept[best])
        chosen = Chosen(
            (*chosen.candidates, place),
            (*chosen.signs, int(sign[place])),
            chosen.on * float(now[place]),
            round(float(result.count[best])),
            float(result.win_rate[best]),
            float(result.ratio[best]),
        )
    return chosen
