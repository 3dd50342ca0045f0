"""The nowcast of a series on a day: values, the method in force, its band and its record.

No look-ahead
-------------
A nowcast of a day is made from what :meth:`prosperity.panel.Observations.known_on` gives on it,
and every step is causal in publications. What is published later changes nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from prosperity.calendar import TradingCalendar, month_number
from prosperity.definition import Indicator
from prosperity.due import expected_releases, release_lag
from prosperity.months import month_ends
from prosperity.nowcast.gate import BAND_ERRORS, LAST, Gate, band, gate
from prosperity.nowcast.methods import LIGHT, Bridge, Task, forecasts
from prosperity.nowcast.track import STEPS, Track, track_of
from prosperity.panel import Observations, Panel

#: Which series are known earlier and tell of which, by indicator id; a caller may name others.
BRIDGES: Mapping[str, tuple[str, ...]] = {
    "industrial_value_added_yoy": ("pmi",),
    "ppi_yoy": ("pmi_input_price", "brent_yoy", "crb_industrial_yoy"),
    "ppi_producer_goods": ("pmi_input_price", "brent_yoy", "crb_industrial_yoy"),
    "exports_yoy": ("pmi_export_orders", "us_ism", "bdi"),
    "imports_yoy": ("pmi_export_orders", "us_ism", "bdi"),
    "power_output_yoy": ("pmi",),
}
#: Series that the Spring Festival moves from one month to the next.
FESTIVE = frozenset(
    ("cpi_yoy", "core_cpi", "m1_yoy", "m2_yoy", "exports_yoy", "imports_yoy", "us_cli", "eu_cli")
)


@dataclass(frozen=True)
class Nowcast:
    """What is expected of one month of a series that is not published yet.

    Attributes
    ----------
    id, name_zh, name_en, unit : str
    period : Timestamp
        The month, as its end.
    due : Timestamp
        When it is published by rule, at the latest.
    steps : int
        Publications ahead of the newest one.
    value : float
        The nowcast; where no method has beaten the last value, that.
    method : str
        The method in force; ``last`` is the last value.
    last, last_period : float and Timestamp
        The newest published value and its month.
    ratio : float
        Root mean square error of the method over that of the last value; NaN where none counts.
    best, best_ratio : str and float
        The best of the methods that were tried, let through or not; empty and NaN while none has
        enough past errors.
    low, high : float
        The 10th and 90th percentile; NaN with too few past errors.
    errors : Series
        Past errors of the method in force by month: published less forecast.
    """

    id: str
    name_zh: str
    name_en: str
    unit: str
    period: pd.Timestamp
    due: pd.Timestamp
    steps: int
    value: float
    method: str
    last: float
    last_period: pd.Timestamp
    ratio: float
    best: str
    best_ratio: float
    low: float
    high: float
    errors: pd.Series[float]

    @property
    def is_nowcast(self) -> bool:
        """Whether a method has beaten the last value and is used."""
        return self.method != LAST

    @property
    def spread(self) -> float:
        """Root mean square of the past errors; NaN with too few."""
        errors = self.errors.to_numpy(float)
        return float(np.sqrt(np.mean(errors**2))) if len(errors) >= BAND_ERRORS else float("nan")


class Series:
    """One series as known on a day, judged once for each number of steps.

    Parameters
    ----------
    indicator
        Its definition.
    observed
        What was known.
    bridges
        What was known of other series that tell of it.
    allowed
        Methods that may be used; see :mod:`prosperity.nowcast.methods`.
    deadlines
        By month since 1970-01, the day by which a bridge must have been public to be used in a
        forecast of that month; else the month's last day.
    """

    def __init__(
        self,
        indicator: Indicator,
        observed: Observations,
        bridges: Iterable[Observations] = (),
        allowed: tuple[str, ...] = LIGHT,
        deadlines: Mapping[int, pd.Timestamp] | None = None,
    ) -> None:
        self.indicator = indicator
        self.observed = observed
        self.allowed = allowed
        self.deadlines = deadlines or {}
        self._others = tuple(bridges)
        self._judged: dict[int, tuple[Task, Gate]] = {}

    @cached_property
    def track(self) -> Track:
        """The series by its own publications, from its last change of definition on."""
        values = self.observed.frame["value"]
        # Changes across a change of definition are none of the series.
        begun = [month for month in self.observed.breaks if (values.index >= month).any()]
        values = values[values.index >= max(begun)] if begun else values
        return track_of(values, self.indicator.frequency)

    @cached_property
    def bridges(self) -> tuple[Bridge, ...]:
        """The other series; those without a value are left out."""
        return tuple(_bridge(one, self.deadlines) for one in self._others if len(one.frame))

    def judged(self, steps: int) -> tuple[Task, Gate]:
        """Return the task of so many steps, and what the gate says at every publication."""
        if steps not in self._judged:
            festive = self.indicator.id in FESTIVE
            task = Task(self.track, steps, festive, self.bridges)
            self._judged[steps] = task, gate(task, forecasts(task, self.allowed))
        return self._judged[steps]


def nowcast(
    series: Series,
    calendar: TradingCalendar,
    upto: pd.Timestamp,
    *,
    steps: int = STEPS,
    due: Mapping[pd.Timestamp, pd.Timestamp] | None = None,
) -> tuple[Nowcast, ...]:
    """Return the nowcasts of the months of a series that are not known, up to a month.

    Parameters
    ----------
    series
        What is known of it.
    calendar
        Trading days, for series that are known at the close.
    upto
        The last month (month end) that is wanted.
    steps
        How many publications ahead at most.
    due
        When each month is published by rule, where the caller knows it already.

    Returns
    -------
    tuple of Nowcast
        Ascending; empty for a series without a value. A month that is never published is none.
    """
    track = series.track
    if not len(track.values):
        return ()
    due = _due(series, calendar, upto) if due is None else due
    wanted = int(month_number(pd.DatetimeIndex([upto]))[0])
    found = []
    for step, month in enumerate(track.expected[-1].tolist(), 1):
        if month > wanted or step > steps:
            break
        found.append(_one(series, step, month, due.get(_end(month), _end(month))))
    return tuple(found)


def _due(
    series: Series, calendar: TradingCalendar, upto: pd.Timestamp
) -> Mapping[pd.Timestamp, pd.Timestamp]:
    observed, indicator = series.observed, series.indicator
    periods = pd.DatetimeIndex(observed.frame.index)
    lag = release_lag(indicator, observed)
    months, days = expected_releases(periods, indicator.frequency, lag, calendar, upto)
    return dict(zip(months, days, strict=True))


def nowcasts(
    panel: Panel,
    indicators: Iterable[Indicator],
    upto: pd.Timestamp,
    *,
    allowed: tuple[str, ...] = LIGHT,
    bridges: Mapping[str, tuple[str, ...]] | None = None,
    steps: int = STEPS,
) -> dict[str, tuple[Nowcast, ...]]:
    """Return the nowcasts of every column of a panel that has months to come, by indicator id.

    Parameters
    ----------
    panel
        What is known; cut it with ``known_on`` for a past day.
    indicators
        Those that have a column of their own.
    upto, allowed, steps
        As for :func:`nowcast` and :class:`Series`.
    bridges
        Ids of the series that tell of another, by its id; beside :data:`BRIDGES`.
    """
    named = {**BRIDGES, **(bridges or {})}
    found = {}
    for indicator in indicators:
        observed = panel.series.get(indicator.id)
        if observed is None or observed.frame.empty:
            continue
        others = (panel.series.get(id) for id in named.get(indicator.id, ()))
        helps = tuple(one for one in others if one is not None)
        made = nowcast(
            Series(indicator, observed, helps, allowed), panel.calendar, upto, steps=steps
        )
        if made:
            found[indicator.id] = made
    return found


def _one(series: Series, step: int, month: int, due: pd.Timestamp) -> Nowcast:
    task, judged = series.judged(step)
    at = len(series.track.values) - 1
    chosen = int(judged.chosen[at])
    value = float(judged.used[at])
    ratios = judged.ratio[1:, at]
    best = int(np.nanargmin(ratios)) + 1 if np.isfinite(ratios).any() else 0
    months, errors = judged.past_errors(at, task.targets)
    low, high = band(value, errors)
    indicator = series.indicator
    return Nowcast(
        id=indicator.id,
        name_zh=indicator.name_zh,
        name_en=indicator.name_en,
        unit=series.observed.unit or indicator.unit,
        period=_end(month),
        due=pd.Timestamp(due),
        steps=step,
        value=value,
        method=judged.names[chosen],
        last=float(series.track.values[-1]),
        last_period=_end(int(series.track.months[-1])),
        ratio=float(judged.ratio[chosen, at]) if chosen else float("nan"),
        best=judged.names[best] if best else "",
        best_ratio=float(judged.ratio[best, at]) if best else float("nan"),
        low=low,
        high=high,
        errors=pd.Series(errors, index=_ends(months)),
    )


def _bridge(observed: Observations, deadlines: Mapping[int, pd.Timestamp]) -> Bridge:
    """Return the months of a series that were public in time; the others tell of nothing."""
    frame = observed.frame
    months = month_number(pd.DatetimeIndex(frame.index)).astype(int).tolist()
    by = [deadlines.get(month, end) for month, end in zip(months, frame.index, strict=True)]
    early = (frame["release"] <= pd.DatetimeIndex(by)).to_numpy()
    return Bridge(track_of(frame["value"][early]))


def _ends(months: np.ndarray) -> pd.DatetimeIndex:
    days = np.asarray(months).astype("datetime64[M]").astype("datetime64[D]")
    return pd.DatetimeIndex(month_ends(days))


def _end(month: int) -> pd.Timestamp:
    return _ends(np.array([month]))[0]
