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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from prosperity.calendar import month_number
from prosperity.definition import Frequency, Indicator
from prosperity.panel import Observations, Panel
from prosperity.scoring import PICKED, Steps, scored, scores, stages_of
from prosperity.settings import Settings

#: Months between two values of a series, by its native frequency.
STEP_MONTHS: dict[Frequency, int] = {"D": 1, "W": 1, "M": 1, "Q": 3}
DAYS_A_MONTH = 31


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
    estimated : ndarray of bool
        Whether it is a nowcast, that nobody published.
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
    estimated: np.ndarray


def source_observations(indicator: Indicator, panel: Panel) -> Observations | None:
    """Return the indicator's own column, or its formula over other columns; None if absent.

    A formula has a value in the months in which all its ingredients have one, public when the
    last of them is. It has the breaks of all of them, and is an estimate where any of them is.
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
    if any("estimated" in part for part in frames.values()):
        flags = [joined[name].get("estimated", False) for name in frames]
        columns["estimated"] = np.logical_or.reduce(np.broadcast_arrays(*flags)).astype(bool)
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


def like_for_like(aligned: Aligned, indicator: Indicator, settings: Settings) -> np.ndarray:
    """Return the scores of ``lookback`` decisions earlier under the moments of each date (T,).

    NaN where the earlier date had no score, or where this one has none.
    """
    earlier = shifted(aligned.transformed, settings.lookback)
    return scored(earlier, aligned.centre, aligned.unit, indicator, settings)


def align(
    observed: Observations | None,
    indicator: Indicator,
    months: pd.DatetimeIndex,
    decisions: pd.DatetimeIndex,
    settings: Settings,
) -> Aligned:
    """Read one indicator off on the decision dates; see :func:`align_all`."""
    return align_all([(observed, indicator)], months, decisions, settings)[0]


def align_all(
    given: Sequence[tuple[Observations | None, Indicator]],
    months: pd.DatetimeIndex,
    decisions: pd.DatetimeIndex,
    settings: Settings,
) -> list[Aligned]:
    """Read indicators off on the decision dates; those that are treated alike are at once.

    Parameters
    ----------
    given
        What was published of each indicator, and its definition; None, or no value, gives an
        indicator without any.
    settings
        Conventions.
    months, decisions
        Month ends and their decision dates, both of length T.

    Returns
    -------
    list of Aligned
        In the order of ``given``. With timing ``released`` each date sees what was public on it;
        with timing ``period`` each month sees its own value whenever that was published (**this
        looks ahead**).
    """
    there = [(one, how) for one, how in given if one is not None and not one.frame.empty]
    usable = [usable_from(one.frame, settings) for one, _ in there]
    plain = [settings.fit == "full" or _ascends(days) for days in usable]
    at_once = _all_known([pair for pair, once in zip(there, plain, strict=True) if once], settings)
    cutoffs = (months if settings.timing == "period" else decisions).to_numpy()
    known = iter(at_once)
    made: list[Aligned] = []
    for (one, how), days, once in zip(there, usable, plain, strict=True):
        if once:
            found = next(known)
            picked = found.at(_latest(days[found.rows], cutoffs))
        else:
            picked = _picked_with_holes(days, how, cutoffs, settings, one)
        made.append(_carried(picked, one.frame, how, months, settings))
    rest = iter(made)
    return [
        nothing(len(months)) if one is None or one.frame.empty else next(rest) for one, _ in given
    ]


def _all_known(
    pairs: Sequence[tuple[Observations, Indicator]], settings: Settings
) -> list[_Picked]:
    """Return what :func:`_known` does of each series; those with the same steps are at once.

    Side by side they have the months of all of them. Those before a series begins hold nothing
    and change no step; those after it has ended are of no published value and not picked.
    """
    alike: dict[Steps, list[int]] = {}
    for place, (one, how) in enumerate(pairs):
        alike.setdefault(Steps.of(how, one.unit, one.breaks), []).append(place)
    found: dict[int, _Picked] = {}
    for steps, places in alike.items():
        numbers = [_month_numbers(pairs[place][0].frame.index) for place in places]
        first, last = min(own[0] for own in numbers), max(own[-1] for own in numbers)
        raw = np.full((last - first + 1, len(places)), np.nan)
        for column, (place, own) in enumerate(zip(places, numbers, strict=True)):
            raw[own - first, column] = pairs[place][0].frame["value"].to_numpy(float)
        breaks = _month_numbers(pd.DatetimeIndex(steps.breaks)) - first
        sign = np.array([pairs[place][1].sign for place in places])
        cuts = np.clip(breaks, 0, len(raw)).tolist()
        stages = stages_of(raw, steps, cuts, sign, settings)
        for column, (place, own) in enumerate(zip(places, numbers, strict=True)):
            rows = np.flatnonzero(~np.isnan(stages["score"][own - first, column]))
            there = own[rows] - first
            values = {name: stages[name][there, column] for name in PICKED}
            found[place] = _Picked(values, rows)
    return [found[place] for place in range(len(pairs))]


def _month_numbers(months: pd.Index) -> np.ndarray:
    return months.to_numpy("datetime64[ns]").astype("datetime64[M]").astype(int)


@dataclass(frozen=True)
class _Picked:
    """Stages and moments by :data:`PICKED`, and the rows of the series that they are of.

    The arrays have one length; a row of -1 is no month, and NaN in all stages.
    """

    values: Mapping[str, np.ndarray]
    rows: np.ndarray

    def at(self, places: np.ndarray) -> _Picked:
        """Return what stands at ``places``; no month where that is -1."""
        values = {name: _taken(column, places, np.nan) for name, column in self.values.items()}
        return _Picked(values, _taken(self.rows, places, -1))


def observed_estimates(frame: pd.DataFrame) -> np.ndarray:
    """Return which rows (T,) of a series are estimates."""
    if "estimated" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return frame["estimated"].to_numpy(bool)


def _taken(values: np.ndarray, places: np.ndarray, blank: float | np.datetime64) -> np.ndarray:
    """Return ``values`` at ``places``, and ``blank`` where the place is -1."""
    # The blank stands last, which is where -1 points.
    found: np.ndarray = np.append(values, np.array(blank, dtype=values.dtype))[places]
    return found


def _ascends(days: np.ndarray) -> bool:
    return bool((days[1:] >= days[:-1]).all())


def usable_from(frame: pd.DataFrame, settings: Settings) -> np.ndarray:
    """Return from when each value may be used."""
    start = frame.index.to_series() if settings.timing == "period" else frame["release"]
    delay = pd.DateOffset(months=settings.extra_lag_months)
    return (start + delay if settings.extra_lag_months else start).to_numpy("datetime64[ns]")


def _known(
    values: pd.Series[float], indicator: Indicator, settings: Settings, observed: Observations
) -> _Picked:
    """Return the stages of the months that have a published value and a score.

    A month whose chain gives no value (too little history, or a hole a year earlier that a step
    cannot do without) leaves the month before it in place.
    """
    if values.empty:
        return _Picked(dict.fromkeys(PICKED, np.empty(0)), np.empty(0, dtype=int))
    stages = scores(values, indicator, settings, observed.unit, observed.breaks)
    numbers = _month_numbers(values.index)
    places = numbers - numbers[0]
    rows = np.flatnonzero(~np.isnan(stages["score"].to_numpy()[places]))
    return _Picked({name: stages[name].to_numpy()[places[rows]] for name in PICKED}, rows)


def _latest(usable: np.ndarray, cutoffs: np.ndarray) -> np.ndarray:
    """Return the place of the last row usable on each cutoff; -1 where there is none."""
    if _ascends(usable):
        return np.searchsorted(usable, cutoffs, side="right") - 1
    known = usable[None, :] <= cutoffs[:, None]
    return np.where(known.any(axis=1), len(usable) - 1 - known[:, ::-1].argmax(axis=1), -1)


def _picked_with_holes(
    usable: np.ndarray,
    indicator: Indicator,
    cutoffs: np.ndarray,
    settings: Settings,
    observed: Observations,
) -> _Picked:
    """Read off, on each date, the values known then and nothing else, for any order of release.

    What is known on a date are all periods up to the newest known one, less those that are still
    to come. Every stage is causal in periods, so a pass over the series less these holes gives at
    the newest known period what a pass over the known values alone would give; and there are only
    as many passes as there are different sets of holes.
    """
    dates: dict[bytes, list[tuple[int, int]]] = {}
    for place, cutoff in enumerate(cutoffs):
        there = np.flatnonzero(usable <= cutoff)
        if len(there):
            holes = np.flatnonzero(usable[: there[-1]] > cutoff)
            dates.setdefault(holes.tobytes(), []).append((place, int(there[-1])))
    values = {name: np.full(len(cutoffs), np.nan) for name in PICKED}
    rows = np.full(len(cutoffs), -1)
    for group, pairs in dates.items():
        places, newest = (np.array(part) for part in zip(*pairs, strict=True))
        seen = np.delete(np.arange(newest.max() + 1), np.frombuffer(group, np.intp))
        known = _known(observed.frame["value"].iloc[seen], indicator, settings, observed)
        own = seen[known.rows]
        found = np.searchsorted(own, newest, side="right") - 1
        rows[places] = _taken(own, found, -1)
        for name, column in known.at(found).values.items():
            values[name][places] = column
    return _Picked(values, rows)


def _carried(
    picked: _Picked,
    frame: pd.DataFrame,
    indicator: Indicator,
    months: pd.DatetimeIndex,
    settings: Settings,
) -> Aligned:
    """Blank what is too old, and set beside each score what the date makes of the earlier value."""
    never = np.datetime64("NaT")
    period = _taken(frame.index.to_numpy("datetime64[ns]"), picked.rows, never)
    periods = pd.DatetimeIndex(period)
    age = month_number(months) - month_number(periods)
    stale = age > oldest_age(indicator, settings, periods)
    aligned = Aligned(
        **{name: np.where(stale, np.nan, column) for name, column in picked.values.items()},
        previous=np.full(len(months), np.nan),
        period=period,
        release=_taken(frame["release"].to_numpy("datetime64[ns]"), picked.rows, never),
        stale=stale,
        estimated=_taken(observed_estimates(frame), picked.rows, False),
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


def nothing(size: int) -> Aligned:
    """Return an indicator without any value, each array its own."""
    numbers = ("raw", "transformed", "score", "centre", "unit", "previous")
    never = np.datetime64("NaT", "ns")
    return Aligned(
        **{name: np.full(size, np.nan) for name in numbers},
        period=np.full(size, never),
        release=np.full(size, never),
        stale=np.zeros(size, dtype=bool),
        estimated=np.zeros(size, dtype=bool),
    )
