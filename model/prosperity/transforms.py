"""Steps from a published series to an indicator, and from an indicator to a score.

Contract, for every step here
-----------------------------
Input
    A float Series on a complete month-end index: every calendar month from the first to the last
    stands there once, a month without a published value is NaN. :func:`monthly` makes one.
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
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from prosperity.errors import DefinitionError, nearest
from prosperity.months import month_range

#: Rounding noise below this share of the values' own size counts as no spread at all.
FLAT = 1e-9
#: Months in twelve that a sum may lack.
SUM_HOLES = 1


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


def level(values: pd.Series[float]) -> pd.Series[float]:
    """The published value as it is."""
    return values


def yoy(values: pd.Series[float]) -> pd.Series[float]:
    """Percent change on the same month a year earlier; NaN unless the base is positive."""
    base = values.shift(12)
    return (values / base.where(base > 0) - 1.0) * 100.0


def pct(values: pd.Series[float], months: int) -> pd.Series[float]:
    """Percent change on ``months`` months earlier; NaN unless the base is positive."""
    base = values.shift(months)
    return (values / base.where(base > 0) - 1.0) * 100.0


def diff(values: pd.Series[float], months: int) -> pd.Series[float]:
    """Difference to ``months`` months earlier, in the unit of the input."""
    return values - values.shift(months)


def ma(values: pd.Series[float], months: int) -> pd.Series[float]:
    """Mean of the last ``months`` months; at least half of them must have values."""
    mean = values.rolling(months, min_periods=math.ceil(months / 2)).mean()
    return mean.where(values.notna())


def total(values: pd.Series[float], months: int, *, holes: int = SUM_HOLES) -> pd.Series[float]:
    """Sum of the last ``months`` months, scaled up to all of them where some are holes.

    Of every twelve months ``holes`` may be missing (of 96 so 8, of 12 one, of fewer none by
    default), since one month that was never published would else cost as many months as the sum
    is long. The sum of those that are there is multiplied by ``months`` over their number. Months
    before the first value are no holes: the sum begins once the series is ``months`` long.
    """
    windows = values.rolling(months, min_periods=max(1, months - months * holes // 12))
    sums = windows.sum() * (months / windows.count())
    known = values.notna().to_numpy()
    first = int(known.argmax()) + months - 1
    return sums.where(known & (np.arange(len(values)) >= first))


def ema(values: pd.Series[float], months: int) -> pd.Series[float]:
    """Exponential mean with alpha = 2 / (``months`` + 1), weights adjusted at the start.

    Holes are passed over: a value's weight ages with each value that follows it, not each month.
    """
    return values.ewm(span=months, ignore_na=True).mean().where(values.notna())


def lag(values: pd.Series[float], months: int) -> pd.Series[float]:
    """The value of ``months`` months ago: for an input that leads by that long."""
    return values.shift(months).where(values.notna())


def deseason(values: pd.Series[float]) -> pd.Series[float]:
    """Difference to the mean of the same calendar month in earlier years (at least one)."""
    earlier = values.groupby(values.index.month).transform(  # type: ignore[attr-defined]
        lambda same: same.expanding().mean().shift(1)
    )
    return values - earlier


def log(values: pd.Series[float]) -> pd.Series[float]:
    """Natural logarithm; NaN unless positive."""
    return values.where(values > 0).map(math.log, na_action="ignore")


def hp_one_sided(values: pd.Series[float], smoothing: float) -> pd.Series[float]:
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

    known = values.dropna().to_numpy()
    n = len(known)
    trend = known.copy()
    for size in range(3, n + 1):
        trend[size - 1] = solveh_banded(_hp_bands(size, smoothing), known[:size])[-1]
    return pd.Series(trend, index=values.dropna().index).reindex(values.index)


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
    values: pd.Series[float], *, min_obs: int, window: int | None = None, full: bool = False
) -> tuple[pd.Series[float], pd.Series[float]]:
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
    mean, deviation : Series
        The deviation is NaN where there is no score: fewer than ``min_obs`` values known, or
        values so far that do not vary.
    """
    if full:
        enough = values.count() >= min_obs
        mean = pd.Series(values.mean() if enough else np.nan, index=values.index)
        deviation = pd.Series(values.std() if enough else np.nan, index=values.index)
    elif window is None:
        rolled = values.expanding(min_periods=min_obs)
        mean, deviation = rolled.mean(), rolled.std()
    else:
        fixed = values.rolling(window, min_periods=min(min_obs, window))
        mean, deviation = fixed.mean(), fixed.std()
    return mean, deviation.mask(deviation <= FLAT * np.maximum(1.0, mean.abs()))


@dataclass(frozen=True)
class _Kind:
    """A step's function, whether it takes a number of months, and whether the share of holes."""

    function: Callable[..., pd.Series[float]]
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

    def __call__(self, values: pd.Series[float], *, holes: int = SUM_HOLES) -> pd.Series[float]:
        """Apply the step; see the module's contract, and :func:`total` for ``holes``."""
        kind = STEPS[self.name]
        options = {"holes": holes} if kind.holes else {}
        return kind.function(values, *([self.months] if kind.months else []), **options)


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
    values: pd.Series[float],
    breaks: Iterable[pd.Timestamp],
    function: Callable[[pd.Series[float]], pd.Series[float]],
) -> pd.Series[float]:
    """Apply ``function`` to each stretch of one definition by itself, and join the results.

    Parameters
    ----------
    values
        See the module's contract.
    breaks
        Month ends from which the values follow another definition: the month of a break is the
        first of the new one.
    function
        Returns a value for each month that it is given. It never sees two definitions, so what
        stands before a break changes nothing after it.
    """
    starts = {int(values.index.searchsorted(month)) for month in breaks}
    cuts = [0, *sorted(starts - {0, len(values)}), len(values)]
    if len(cuts) == 2:
        return function(values)
    return pd.concat([function(values.iloc[a:b]) for a, b in pairwise(cuts)])


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
        See :func:`between_breaks`. No step looks across one: the first year after a break has no
        rate on a year, rather than one that mixes two definitions.
    holes
        Months in twelve that a sum may lack; see :func:`total`.
    """

    def run(part: pd.Series[float]) -> pd.Series[float]:
        for step in chain:
            part = step(part, holes=holes)
        return part

    return between_breaks(values, breaks, run)


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
