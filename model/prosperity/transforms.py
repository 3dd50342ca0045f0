"""Steps from a published series to an indicator, and from an indicator to a score.

Contract, for every step here
-----------------------------
Input
    A float Series on a complete month-end index: every calendar month from the first to the last
    stands there once, a month without a published value is NaN. :func:`monthly` makes one. Or the
    same as an array (T,), or several series on the same months as (T, K), each computed by itself.
NaN
    A month that has no input value has no output value: a hole is never filled, so that a missing
    January is never shown as new information. Holes inside a window are handled as each step says.
Time
    Every step is causal: the output of a month depends on that month and earlier ones only.
    The one exception is :func:`moments` with ``full=True``, which says so and which only
    ``fit="full"`` selects.

Source: docs/method.md, section 2. The report names the steps
(standardised, de-noised) but neither filter nor window; the defaults are ours and are settings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from prosperity.errors import DefinitionError, nearest
from prosperity.months import month_range

#: Rounding noise below this share of the values' own size counts as no spread at all.
FLAT = 1e-9
#: Months in twelve that a sum may lack.
SUM_HOLES = 1
#: One series with its months, or one or several as an array (T,) or (T, K).
Months = TypeVar("Months", "pd.Series[float]", np.ndarray)


def monthly(values: pd.Series[float]) -> pd.Series[float]:
    """Return ``values`` (month-end index, each month once) with every calendar month present."""
    if values.empty:
        return values.astype(float)
    index = pd.DatetimeIndex(values.index)
    complete = month_range(index[0], index[-1])
    places = complete.searchsorted(index)
    whole = np.full(len(complete), np.nan)
    whole[places] = values.to_numpy(float)
    return pd.Series(whole, index=complete)


def level(values: Months) -> Months:
    """The published value as it is."""
    return values


def yoy(values: Months) -> Months:
    """Percent change on the same month a year earlier; NaN unless the base is positive."""
    return pct(values, 12)


def pct(values: Months, months: int) -> Months:
    """Percent change on ``months`` months earlier; NaN unless the base is positive."""
    cells = _cells(values)
    base = _earlier(cells, months)
    return _like(values, (cells / np.where(base > 0, base, np.nan) - 1.0) * 100.0)


def diff(values: Months, months: int) -> Months:
    """Difference to ``months`` months earlier, in the unit of the input."""
    cells = _cells(values)
    return _like(values, cells - _earlier(cells, months))


def ma(values: Months, months: int) -> Months:
    """Mean of the last ``months`` months; at least half of them must have values."""
    mean = _frame(values).rolling(months, min_periods=math.ceil(months / 2)).mean()
    return _where_known(values, mean.to_numpy())


def total(values: Months, months: int, *, holes: int = SUM_HOLES) -> Months:
    """Sum of the last ``months`` months, scaled up to all of them where some are holes.

    Of every twelve months ``holes`` may be missing (of 96 so 8, of 12 one, of fewer none by
    default), since one month that was never published would else cost as many months as the sum
    is long. The sum of those that are there is multiplied by ``months`` over their number. Months
    before the first value are no holes: the sum begins once the series is ``months`` long.
    """
    windows = _frame(values).rolling(months, min_periods=max(1, months - months * holes // 12))
    sums = windows.sum() * (months / windows.count())
    known = ~np.isnan(_frame(values).to_numpy())
    begun = np.arange(len(known))[:, None] >= known.argmax(axis=0) + months - 1
    return _where_known(values, np.where(begun, sums.to_numpy(), np.nan))


def ema(values: Months, months: int) -> Months:
    """Exponential mean with alpha = 2 / (``months`` + 1), weights adjusted at the start.

    Holes are passed over: a value's weight ages with each value that follows it, not each month.
    """
    mean = _frame(values).ewm(span=months, ignore_na=True).mean()
    return _where_known(values, mean.to_numpy())


def lag(values: Months, months: int) -> Months:
    """The value of ``months`` months ago: for an input that leads by that long."""
    return _where_known(values, _earlier(_cells(values), months))


def deseason(values: Months) -> Months:
    """Difference to the mean of the same calendar month in earlier years (at least one)."""
    cells = _frame(values).to_numpy()
    count, columns = cells.shape
    years = -(-count // 12)
    whole = np.full((years * 12, columns), np.nan)
    whole[:count] = cells
    # A row a year: the same month of all years stands in one column.
    means = pd.DataFrame(whole.reshape(years, 12 * columns)).expanding().mean()
    earlier = _earlier(means.to_numpy(), 1).reshape(years * 12, columns)[:count]
    return _like(values, (cells - earlier).reshape(_cells(values).shape))


def log(values: Months) -> Months:
    """Natural logarithm; NaN unless positive."""
    cells = _cells(values)
    found = np.full(cells.shape, np.nan)
    positive = cells > 0
    found[positive] = [math.log(value) for value in cells[positive]]
    return _like(values, found)


def _cells(values: pd.Series[float] | np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=float)


def _frame(values: pd.Series[float] | np.ndarray) -> pd.DataFrame:
    """Return months by series."""
    cells = _cells(values)
    return pd.DataFrame(cells.reshape(len(cells), -1) if cells.size else cells.reshape(0, 1))


def _like(values: Months, cells: np.ndarray) -> Months:
    """Return an array in the form of ``values``: a Series with its months, or an array."""
    if isinstance(values, pd.Series):
        return pd.Series(cells, index=values.index, name=values.name)
    return cells


def _where_known(values: Months, cells: np.ndarray) -> Months:
    """Return ``cells`` in the form of ``values``, NaN in the months in which those are."""
    given = _cells(values)
    return _like(values, np.where(np.isnan(given), np.nan, cells.reshape(given.shape)))


def _earlier(cells: np.ndarray, months: int) -> np.ndarray:
    """Return the rows of so many months earlier; NaN before the first."""
    found = np.full(cells.shape, np.nan)
    found[months:] = cells[: max(len(cells) - months, 0)]
    return found


def hp_one_sided(values: Months, smoothing: float) -> Months:
    """Trend of the Hodrick-Prescott filter at the end of each month's own sample.

    The filter is run anew on the published values up to each month, and only its last point is
    kept, so nothing later is seen. Holes are passed over (neighbours count as adjacent). The first
    two values are themselves.

    Parameters
    ----------
    values
        See the module's contract.
    smoothing
        The filter's lambda; 14,400 is usual for monthly data.
    """
    from scipy.linalg import solveh_banded

    found = _frame(values).to_numpy(copy=True)
    for column in found.T:
        there = np.flatnonzero(~np.isnan(column))
        known = column[there]
        for size in range(3, len(known) + 1):
            column[there[size - 1]] = solveh_banded(_hp_bands(size, smoothing), known[:size])[-1]
    return _like(values, found.reshape(_cells(values).shape))


def _hp_bands(size: int, smoothing: float) -> np.ndarray:
    """Upper bands of I + smoothing * D'D, D being the second-difference matrix."""
    second = np.zeros((3, size))
    rows = np.arange(size - 2)
    for offset, weight in enumerate((1.0, -2.0, 1.0)):
        second[2, rows + offset] += weight * weight
    for offset, product in enumerate((-2.0, -2.0)):
        second[1, rows + offset + 1] += product
    second[0, rows + 2] += 1.0
    bands = smoothing * second
    bands[2] += 1.0
    return bands


def moments(
    values: Months, *, min_obs: int, window: int | None = None, full: bool = False
) -> tuple[Months, Months]:
    """Return the mean and standard deviation (``ddof=1``) that standardise each month's value.

    Parameters
    ----------
    values
        See the module's contract.
    min_obs
        Published values needed before the first score.
    window
        Calendar months, holes included, that both look back over; None is all months so far
        (expanding). A window shorter than ``min_obs`` needs a value in every month.
    full
        Use the mean and deviation of the whole sample. **This sees the future**; only
        ``fit="full"`` asks for it.

    Returns
    -------
    mean, deviation : like ``values``
        The deviation is NaN where there is no score: fewer than ``min_obs`` values known, or
        values so far that do not vary.
    """
    frame = _frame(values)
    if full:
        mean, deviation = _whole_moments(frame, min_obs)
    elif window is None:
        rolled = frame.expanding(min_periods=min_obs)
        mean, deviation = rolled.mean().to_numpy(), rolled.std().to_numpy()
    else:
        fixed = frame.rolling(window, min_periods=min(min_obs, window))
        mean, deviation = fixed.mean().to_numpy(), fixed.std().to_numpy()
    flat = deviation <= FLAT * np.maximum(1.0, np.abs(mean))
    deviation, shape = np.where(flat, np.nan, deviation), _cells(values).shape
    return _like(values, mean.reshape(shape)), _like(values, deviation.reshape(shape))


def _whole_moments(frame: pd.DataFrame, min_obs: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the same mean and deviation for all months, each series by itself."""
    columns = [frame[name].dropna() for name in frame]
    enough = np.array([len(column) >= min_obs for column in columns])
    mean = np.where(enough, [column.mean() for column in columns], np.nan)
    deviation = np.where(enough, [column.std() for column in columns], np.nan)
    return np.broadcast_to(mean, frame.shape), np.broadcast_to(deviation, frame.shape)


@dataclass(frozen=True)
class _Kind:
    """A step's function, whether it takes a number of months, and whether the share of holes."""

    function: Callable[..., Any]
    months: bool
    holes: bool = False


STEPS: dict[str, _Kind] = {
    "level": _Kind(level, months=False),
    "yoy": _Kind(yoy, months=False),
    "pct": _Kind(pct, months=True),
    "diff": _Kind(diff, months=True),
    "ma": _Kind(ma, months=True),
    "sum": _Kind(total, months=True, holes=True),
    "ema": _Kind(ema, months=True),
    "lag": _Kind(lag, months=True),
    "deseason": _Kind(deseason, months=False),
    "log": _Kind(log, months=False),
}
_STEP = re.compile(r"^([a-z_]+)(?:\((\d{1,3})\))?$")


@dataclass(frozen=True)
class Step:
    """One step of a chain: its name and its number of months, if it takes one."""

    name: str
    months: int | None = None

    def __call__(self, values: Months, *, holes: int = SUM_HOLES) -> Months:
        """Apply the step; see the module's contract, and :func:`total` for ``holes``."""
        kind = STEPS[self.name]
        options = {"holes": holes} if kind.holes else {}
        made: Months = kind.function(values, *([self.months] if kind.months else []), **options)
        return made


def parse_chain(text: str, *, where: str = "") -> tuple[Step, ...]:
    """Read a chain such as ``sum(96) | yoy``: steps from left to right.

    Raises
    ------
    DefinitionError
        For an unknown step (with the nearest names), or months that are missing, zero, or not
        wanted.
    """
    return tuple(_parse_step(part.strip(), text, where) for part in text.split("|"))


def _parse_step(part: str, text: str, where: str) -> Step:
    match = _STEP.match(part.casefold().replace(" ", ""))
    name = match[1] if match else part
    if match is None or name not in STEPS:
        hint = "、".join(nearest(name, STEPS)) or "、".join(STEPS)
        raise DefinitionError(
            "unknown_transform",
            f"变换“{text[:80]}”中没有“{part[:40]}”这一步。可用：{hint}。",
            f"The transform {text[:80]!r} has no step {part[:40]!r}. Try: {hint}.",
            where=where,
        )
    months = int(match[2]) if match[2] else None
    if STEPS[name].months != (months is not None) or months == 0:
        form = f"{name}(12)" if STEPS[name].months else name
        raise DefinitionError(
            "bad_transform",
            f"变换“{part[:40]}”应写成“{form}”的形式（月数 1–999）。",
            f"The transform {part[:40]!r} must be written like {form!r} (1 to 999 months).",
            where=where,
        )
    return Step(name, months)


def between_breaks(
    values: Months, cuts: Sequence[int], function: Callable[[np.ndarray], np.ndarray]
) -> Months:
    """Apply ``function`` to each stretch of one definition by itself, and join the results.

    Parameters
    ----------
    values
        See the module's contract.
    cuts
        Rows from which the values follow another definition; see :func:`cuts_at`.
    function
        Returns a value for each month that it is given. It never sees two definitions, so what
        stands before a break changes nothing after it.
    """
    cells: np.ndarray = np.asarray(values, dtype=float)
    edges = [0, *sorted(set(cuts) - {0, len(cells)}), len(cells)]
    parts = [function(cells[a:b]) for a, b in pairwise(edges)]
    return _like(values, parts[0] if len(parts) == 1 else np.concatenate(parts))


def cuts_at(index: pd.Index, breaks: Iterable[pd.Timestamp]) -> tuple[int, ...]:
    """Return the row of each break: the month of a break is the first of the new definition."""
    return tuple(int(index.searchsorted(month)) for month in breaks)


def apply_steps(
    values: np.ndarray, chain: tuple[Step, ...], cuts: Sequence[int], *, holes: int = SUM_HOLES
) -> np.ndarray:
    """Run a chain over one or several series (T,) or (T, K); see :func:`apply_chain`."""

    def run(part: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            for step in chain:
                part = step(part, holes=holes)
        return part

    return between_breaks(values, cuts, run)


def apply_chain(
    values: pd.Series[float],
    chain: tuple[Step, ...],
    breaks: Iterable[pd.Timestamp] = (),
    *,
    holes: int = SUM_HOLES,
) -> pd.Series[float]:
    """Run the steps of ``chain`` over ``values``, from left to right.

    Parameters
    ----------
    values
        See the module's contract.
    chain
        The steps.
    breaks
        Month ends from which the values follow another definition. No step looks across one: the
        first year after a break has no rate on a year, rather than one that mixes two definitions.
    holes
        Months in twelve that a sum may lack; see :func:`total`.
    """
    cuts = cuts_at(values.index, breaks)
    return _like(values, apply_steps(_cells(values), chain, cuts, holes=holes))


@dataclass(frozen=True)
class Cost:
    """Months without a published value, and the published months that have no value for it."""

    holes: tuple[pd.Timestamp, ...] = ()
    lost: tuple[pd.Timestamp, ...] = ()


def cost_of_holes(
    values: pd.Series[float],
    chain: tuple[Step, ...],
    breaks: Iterable[pd.Timestamp] = (),
    *,
    holes: int = SUM_HOLES,
) -> Cost:
    """Return which holes leave other months without a value of the chain, and which months.

    A month is lost when it has a published value, the chain gives it none, and would if no month
    were missing. To blame are the holes whose filling alone brings a month back, or all when it
    takes several. Arguments as in :func:`apply_chain`.
    """
    missing = values.index[values.isna()]
    if missing.empty or all(step.name in ("level", "log", "ema") for step in chain):
        return Cost()
    breaks = tuple(breaks)

    def known(series: pd.Series[float]) -> pd.Series[bool]:
        return apply_chain(series, chain, breaks, holes=holes).notna()

    filled, now = values.interpolate(), known(values)
    lost = values.notna() & ~now & known(filled)
    if not lost.any():
        return Cost()
    before = missing[missing < values.index[lost][-1]]
    alone = [m for m in before if (known(values.fillna(filled[[m]])) & lost).any()]
    return Cost(tuple(alone or before), tuple(values.index[lost]))


def compares(chain: tuple[Step, ...]) -> bool:
    """Whether a chain sets months beside each other, so that its values do not show the level."""
    return any(step.name in ("yoy", "pct", "diff", "deseason") for step in chain)
