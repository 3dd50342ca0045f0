"""From published values to what was known on each decision date.

Each indicator is transformed, de-noised, standardised, signed and clipped on its own months, and
then read off on the decision dates: each date sees the latest month that was public by then.

No look-ahead
-------------
Every step is causal in periods. While periods are published in order, the values known on a date
are the first so-many periods, so one pass serves all dates. A period published after a later one is
a hole until then: the dates that see the same holes share a pass over the series without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd

from prosperity.calendar import month_number
from prosperity.definition import PERCENT, Frequency, Indicator
from prosperity.panel import Observations, Panel
from prosperity.settings import Settings
from prosperity.transforms import (
    Step,
    apply_chain,
    between_breaks,
    ema,
    hp_one_sided,
    ma,
    moments,
    monthly,
)

STAGES = ("raw", "transformed", "score")
#: What a score was made with: score = sign * (transformed - centre) / unit, before clipping.
MOMENTS = ("centre", "unit")
PICKED = (*STAGES, *MOMENTS)
#: Months between two values of a series, by its native frequency.
STEP_MONTHS: dict[Frequency, int] = {"D": 1, "W": 1, "M": 1, "Q": 3}
DAYS_A_MONTH = 31
Numbers = TypeVar("Numbers", "pd.Series[float]", np.ndarray)


@dataclass(frozen=True)
class Aligned:
    """One indicator as known on each decision date; arrays of length T.

    Attributes
    ----------
    raw, transformed, score : ndarray
        The published value, after its chain and filter, and the signed and clipped score; NaN
        where nothing is known or the last value is too old.
    centre, unit : ndarray
        Mean and standard deviation that standardise the score of the date; 0 and 1 for what is
        taken as it is.
    previous : ndarray
        What was known ``lookback`` decisions earlier, scored with the centre and unit of the
        present date: new moments are no rise.
    period, release : ndarray of datetime64
        The month that the value describes, and when it became public; NaT where there is none.
    stale : ndarray of bool
        Whether a value was known but too old to be carried.
    """

    raw: np.ndarray
    transformed: np.ndarray
    score: np.ndarray
    centre: np.ndarray
    unit: np.ndarray
    previous: np.ndarray
    period: np.ndarray
    release: np.ndarray
    stale: np.ndarray


def source_observations(indicator: Indicator, panel: Panel) -> Observations | None:
    """Return the indicator's own column, or its formula over other columns; None if absent.

    A formula has a value in the months in which all its ingredients have one, public when the
    last of them is. It has the breaks of all of them.
    """
    if indicator.parsed is None:
        return panel.series.get(indicator.id)
    parts = {name: panel.series.get(name) for name in indicator.parsed.names}
    frames = {name: part.frame for name, part in parts.items() if part is not None}
    if len(frames) < len(parts):
        return None
    joined = pd.concat(frames, axis=1, join="inner")
    value = indicator.parsed.evaluate({name: joined[name]["value"] for name in frames})
    columns = {
        "value": np.asarray(value, dtype=float),
        "release": pd.concat([joined[name]["release"] for name in frames], axis=1).max(axis=1),
        "explicit": np.logical_and.reduce([joined[name]["explicit"] for name in frames]),
    }
    frame = pd.DataFrame(columns, index=joined.index)
    usable = np.isfinite(frame["value"])
    breaks = {month for part in parts.values() if part is not None for month in part.breaks}
    return Observations(
        indicator.id,
        frame[usable],
        indicator.unit,
        indicator.name_zh,
        breaks=tuple(sorted(breaks)),
    )


def is_published_growth(indicator: Indicator, unit: str) -> bool:
    """Whether a column already holds the growth rate that the definition would compute.

    That is so when the book states the unit as percent, the definition's series is in another
    unit, and its chain begins with the rate on a year. Published growth is preferred: bureaus
    compute it on comparable samples.
    """
    grows = bool(indicator.chain) and indicator.chain[0].name == "yoy"
    percent = unit.strip().casefold() in PERCENT
    return grows and percent and indicator.unit.casefold() not in PERCENT


def chain_of(indicator: Indicator, unit: str) -> tuple[Step, ...]:
    """Return the steps for a column in ``unit``; see :func:`is_published_growth`."""
    return indicator.chain[1:] if is_published_growth(indicator, unit) else indicator.chain


def scores(
    values: pd.Series[float],
    indicator: Indicator,
    settings: Settings,
    unit: str = "",
    breaks: Iterable[pd.Timestamp] = (),
) -> pd.DataFrame:
    """Return the stages of one indicator on its own months.

    Parameters
    ----------
    values
        Published values by month (ascending month ends; holes allowed).
    indicator, settings
        What to do with them.
    unit
        Unit that the book states for the column; see :func:`is_published_growth`.
    breaks
        Months in which the definition changes; see :func:`prosperity.transforms.apply_chain`.

    Returns
    -------
    DataFrame
        Complete months by :data:`PICKED`; NaN as :mod:`prosperity.transforms` says. Causal unless
        ``settings.fit`` is ``full``. Neither chain nor filter looks across a break;
        standardisation is over all months.
    """
    raw = monthly(values)
    breaks = tuple(breaks)
    chain = chain_of(indicator, unit)
    transformed = apply_chain(raw, chain, breaks, holes=settings.sum_holes)
    if indicator.denoise:
        transformed = between_breaks(transformed, breaks, lambda part: denoise(part, settings))
    centre, spread = moments_of(transformed, indicator, settings)
    score = scored(transformed, centre, spread, indicator, settings)
    return pd.DataFrame(dict(zip(PICKED, (raw, transformed, score, centre, spread), strict=True)))


def moments_of(
    values: pd.Series[float], indicator: Indicator, settings: Settings
) -> tuple[pd.Series[float], pd.Series[float]]:
    """Return centre and unit by month: 0 and 1 where the definition takes values as they are."""
    if not indicator.standardise:
        return values * 0.0, values * 0.0 + 1.0
    full = settings.fit == "full"
    return moments(values, min_obs=settings.min_obs, window=settings.window, full=full)


def scored(
    values: Numbers, centre: Numbers, unit: Numbers, indicator: Indicator, settings: Settings
) -> Numbers:
    """Return signed scores of ``values``, cut off at plus and minus ``settings.clip``.

    Equal values under equal moments have equal scores, to the last bit.
    """
    signed: Numbers = indicator.sign * ((values - centre) / unit)
    return signed.clip(-settings.clip, settings.clip)


def like_for_like(aligned: Aligned, indicator: Indicator, settings: Settings) -> np.ndarray:
    """Return the scores of ``lookback`` decisions earlier under the moments of each date (T,).

    NaN where the earlier date had no score, or where this one has none.
    """
    earlier = shifted(aligned.transformed, settings.lookback)
    return scored(earlier, aligned.centre, aligned.unit, indicator, settings)


def denoise(values: pd.Series[float], settings: Settings) -> pd.Series[float]:
    """Apply the filter of the settings; see :mod:`prosperity.transforms` for NaN and time."""
    filters: dict[str, Callable[[], pd.Series[float]]] = {
        "none": lambda: values,
        "ma": lambda: ma(values, settings.denoise_months),
        "ema": lambda: ema(values, settings.denoise_months),
        "hp": lambda: hp_one_sided(values, settings.hp_lambda),
    }
    return filters[settings.denoise]()


def align(
    observed: Observations | None,
    indicator: Indicator,
    months: pd.DatetimeIndex,
    decisions: pd.DatetimeIndex,
    settings: Settings,
) -> Aligned:
    """Read an indicator off on the decision dates.

    Parameters
    ----------
    observed
        What was published; None gives an indicator without any value.
    indicator, settings
        Definition and conventions.
    months, decisions
        Month ends and their decision dates, both of length T.

    Returns
    -------
    Aligned
        With timing ``released`` each date sees what was public on it; with timing ``period`` each
        month sees its own value whenever that was published (**this looks ahead**).
    """
    if observed is None or observed.frame.empty:
        return _nothing(len(months))
    frame = _usable_from(observed.frame, settings)
    cutoffs = months if settings.timing == "period" else decisions
    if settings.fit == "full" or frame["usable"].is_monotonic_increasing:
        table = _known_table(frame, indicator, settings, observed)
        place = _latest(pd.DatetimeIndex(table["usable"]), cutoffs)
        # Place -1 (nothing known yet) is no label of the table and so gives a blank row.
        picked = table[[*PICKED, "period", "release"]].reset_index(drop=True).reindex(place)
    else:
        picked = _picked_with_holes(frame, indicator, cutoffs, settings, observed)
    return _carried(picked, indicator, months, settings)


def _usable_from(frame: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Add the column ``usable``: from when the value may be used."""
    start = frame["release"] if settings.timing == "released" else frame.index.to_series()
    delay = pd.DateOffset(months=settings.extra_lag_months)
    return frame.assign(usable=start + delay if settings.extra_lag_months else start)


def _known_table(
    frame: pd.DataFrame, indicator: Indicator, settings: Settings, observed: Observations
) -> pd.DataFrame:
    """Return the stages of the months that have a published value, with when they are usable.

    A month whose chain gives no value (too little history) has NaN stages and still counts as
    the latest known month, except that a value that a step cannot compute because of a hole a
    year earlier leaves the month before it in place.
    """
    if frame.empty:
        return pd.DataFrame(columns=[*frame.columns, *PICKED, "period"])
    stages = scores(frame["value"], indicator, settings, observed.unit, observed.breaks)
    table = frame.join(stages.reindex(frame.index)).assign(period=frame.index)
    return table[table["score"].notna()]


def _latest(usable: pd.DatetimeIndex, cutoffs: pd.DatetimeIndex) -> np.ndarray:
    """Return the place of the last row usable on each cutoff; -1 where there is none."""
    if usable.is_monotonic_increasing:
        return np.asarray(usable.searchsorted(cutoffs, side="right")) - 1
    known = np.asarray(usable)[None, :] <= np.asarray(cutoffs)[:, None]
    return np.where(known.any(axis=1), len(usable) - 1 - known[:, ::-1].argmax(axis=1), -1)


def _picked_with_holes(
    frame: pd.DataFrame,
    indicator: Indicator,
    cutoffs: pd.DatetimeIndex,
    settings: Settings,
    observed: Observations,
) -> pd.DataFrame:
    """Read off, on each date, the values known then and nothing else, for any order of release.

    What is known on a date are all periods up to the newest known one, less those that are still
    to come. Every stage is causal in periods, so a pass over the series less these holes gives at
    the newest known period what a pass over the known values alone would give; and there are only
    as many passes as there are different sets of holes.
    """
    usable = frame["usable"].to_numpy()
    dates: dict[bytes, list[tuple[int, int]]] = {}
    for place, cutoff in enumerate(cutoffs.to_numpy()):
        known = np.flatnonzero(usable <= cutoff)
        if len(known):
            holes = np.flatnonzero(usable[: known[-1]] > cutoff)
            dates.setdefault(holes.tobytes(), []).append((place, int(known[-1])))
    columns = [*PICKED, "period", "release"]
    # Row -1 is no label of the joined tables and so gives a blank row.
    tables, rows, size = [], np.full(len(cutoffs), -1), 0
    for group, pairs in dates.items():
        places, newest = (np.array(part) for part in zip(*pairs, strict=True))
        seen = frame.iloc[np.delete(np.arange(newest.max() + 1), np.frombuffer(group, np.intp))]
        table = _known_table(seen, indicator, settings, observed)
        if table.empty:
            continue
        found = table.index.searchsorted(frame.index[newest], side="right") - 1
        rows[places] = np.where(found < 0, -1, found + size)
        tables.append(table[columns])
        size += len(table)
    if not tables:
        return pd.DataFrame(columns=columns, index=range(len(cutoffs)))
    return pd.concat(tables, ignore_index=True).reindex(rows)


def _carried(
    picked: pd.DataFrame, indicator: Indicator, months: pd.DatetimeIndex, settings: Settings
) -> Aligned:
    """Blank what is too old, and set beside each score what the date makes of the earlier value."""
    period = pd.DatetimeIndex(pd.to_datetime(picked["period"]))
    age = month_number(months) - month_number(period)
    stale = age > oldest_age(indicator, settings, period)
    values = {name: picked[name].to_numpy(float).copy() for name in PICKED}
    for column in values.values():
        column[stale] = np.nan
    aligned = Aligned(
        **values,
        previous=np.full(len(months), np.nan),
        period=period.to_numpy("datetime64[ns]"),
        release=pd.to_datetime(picked["release"]).to_numpy("datetime64[ns]"),
        stale=stale,
    )
    return replace(aligned, previous=like_for_like(aligned, indicator, settings))


def oldest_age(indicator: Indicator, settings: Settings, periods: pd.DatetimeIndex) -> np.ndarray:
    """Return the age in months up to which the value of each period is carried.

    That is its lag, the step of its frequency, the extra delay, and ``max_carry``.
    """
    due = -(-indicator.lag.of(periods) // DAYS_A_MONTH) + STEP_MONTHS[indicator.frequency] - 1
    return due + settings.extra_lag_months + settings.max_carry


def shifted(values: np.ndarray, by: int) -> np.ndarray:
    """Return ``values`` moved down by ``by`` places, NaN in front."""
    moved = np.full(len(values), np.nan)
    if by < len(values):
        moved[by:] = values[:-by]
    return moved


def _nothing(size: int) -> Aligned:
    nan = np.full(size, np.nan)
    never = np.full(size, np.datetime64("NaT"), dtype="datetime64[ns]")
    return Aligned(nan, nan, nan, nan, nan, nan, never, never, np.zeros(size, dtype=bool))
