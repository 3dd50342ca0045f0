"""The third timing: what was known of an indicator on each decision date, and nowcasts besides.

Each date sees the values that were public on it, and for the months after them, up to its own,
what :mod:`prosperity.nowcast.nowcasts` says from these values. They are read by month: the score of
a month against that of the month before, both from the series as that date had it.

No look-ahead
-------------
A date's series is made from what was public on it alone; see ``nowcasts``. What is estimated is
marked in :attr:`prosperity.align.Aligned.estimated`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from prosperity.align import (
    Aligned,
    nothing,
    observed_estimates,
    oldest_age,
    source_observations,
    usable_from,
)
from prosperity.calendar import month_number
from prosperity.definition import Indicator, Industry
from prosperity.months import month_ends
from prosperity.nowcast.nowcasts import BRIDGES, Series
from prosperity.nowcast.track import STEPS
from prosperity.panel import Observations, Panel
from prosperity.scoring import PICKED, scored, scores
from prosperity.settings import Settings


def align_nowcast(
    industry: Industry,
    member: Indicator,
    panel: Panel,
    months: pd.DatetimeIndex,
    decisions: pd.DatetimeIndex,
    settings: Settings,
) -> Aligned:
    """Read a member off on the decision dates, nowcasts included; see the module.

    Parameters
    ----------
    industry, member
        Its definition, and that of the model, which knows the columns of a formula.
    panel, months, decisions, settings
        As for :func:`prosperity.align.align`, T dates.
    """
    names = member.parsed.names if member.parsed is not None else (member.id,)
    columns = {
        name: _Past(industry.indicator(name), panel, months, decisions, settings) for name in names
    }
    read = industry.as_published(member)
    found = nothing(len(months))
    for t, month in enumerate(months):
        seen = {name: column.on(t) for name, column in columns.items()}
        known = {name: one for name, one in seen.items() if one is not None}
        source = source_observations(member, Panel(known, estimates=True))
        if source is not None and not source.frame.empty:
            earlier = months[t - settings.lookback] if t >= settings.lookback else None
            _put(found, t, month, earlier, source, read, settings)
    return found


class _Past:
    """A column as each decision date had it."""

    def __init__(
        self,
        indicator: Indicator,
        panel: Panel,
        months: pd.DatetimeIndex,
        decisions: pd.DatetimeIndex,
        settings: Settings,
    ) -> None:
        self.indicator = indicator
        self.months = month_number(months).astype(int)
        self.decisions = decisions
        self.others = tuple(
            panel.series[id] for id in BRIDGES.get(indicator.id, ()) if id in panel.series
        )
        # A bridge counts in a month when it was public on that month's decision.
        self.deadlines = dict(zip(self.months.tolist(), decisions, strict=True))
        observed = panel.series.get(indicator.id)
        self.observed = None if observed is None or observed.frame.empty else observed
        self._whole: Series | None = None
        if self.observed is not None:
            self.usable = usable_from(self.observed.frame, settings)
            in_order = bool((self.usable[1:] >= self.usable[:-1]).all())
            first = self.observed.frame.index[0]
            # One pass serves all dates, unless the dates know different series.
            if in_order and all(month <= first for month in self.observed.breaks):
                self._whole = self._judged(self.observed)

    def on(self, t: int) -> Observations | None:
        """Return the column as the t-th date had it; None where nothing was known."""
        if self.observed is None:
            return None
        known = self.usable <= self.decisions[t].to_datetime64()
        if not known.any():
            return None
        seen = replace(self.observed, frame=self.observed.frame[known])
        if self._whole is not None:
            return _extended(seen, self._whole, int(known.sum()) - 1, int(self.months[t]))
        return _extended(seen, self._judged(seen), -1, int(self.months[t]))

    def _judged(self, seen: Observations) -> Series:
        return Series(self.indicator, seen, self.others, deadlines=self.deadlines)


def _extended(seen: Observations, series: Series, at: int, month: int) -> Observations:
    """Return a column with the nowcasts of the months after its newest one, up to a month."""
    coming = series.track.expected[at].tolist()
    steps = [step for step in range(1, STEPS + 1) if coming[step - 1] <= month]
    if not steps:
        return seen
    values = [float(series.judged(step)[1].used[at]) for step in steps]
    days = np.array([coming[step - 1] for step in steps]).astype("datetime64[M]")
    index = pd.DatetimeIndex(month_ends(days.astype("datetime64[D]")))
    made = pd.DataFrame(
        {
            "value": values,
            "release": seen.frame["release"].max(),
            "explicit": True,
            "estimated": True,
        },
        index=index,
    )
    plain = seen.frame.assign(estimated=False)
    return replace(seen, frame=pd.concat([plain, made]))


def _put(
    found: Aligned,
    t: int,
    month: pd.Timestamp,
    earlier: pd.Timestamp | None,
    source: Observations,
    read: Indicator,
    settings: Settings,
) -> None:
    """Put what one date makes of its series into the arrays."""
    stages = scores(source.frame["value"], read, settings, source.unit, source.breaks)
    periods = pd.DatetimeIndex(source.frame.index)
    places = stages.index.searchsorted(periods)
    columns = {name: stages[name].to_numpy()[places] for name in PICKED}
    row = _newest(columns["score"], periods, month)
    if row < 0:
        return
    frame = source.frame
    found.period[t] = periods[row].to_datetime64()
    found.release[t] = frame["release"].to_numpy("datetime64[ns]")[row]
    found.stale[t] = _too_old(periods, row, month, read, settings)
    if found.stale[t]:
        return
    for name, column in columns.items():
        getattr(found, name)[t] = column[row]
    found.estimated[t] = observed_estimates(frame)[row]
    before = -1 if earlier is None else _newest(columns["score"], periods, earlier)
    if earlier is None or before < 0 or _too_old(periods, before, earlier, read, settings):
        return
    centre, unit = columns["centre"][row : row + 1], columns["unit"][row : row + 1]
    then = columns["transformed"][before : before + 1]
    found.previous[t] = scored(then, centre, unit, read, settings)[0]


def _newest(score: np.ndarray, periods: pd.DatetimeIndex, month: pd.Timestamp) -> int:
    """Return the row of the newest month with a score, not after ``month``; -1 without one."""
    rows = np.flatnonzero(~np.isnan(score[: int(periods.searchsorted(month, side="right"))]))
    return int(rows[-1]) if len(rows) else -1


def _too_old(
    periods: pd.DatetimeIndex, row: int, month: pd.Timestamp, read: Indicator, settings: Settings
) -> bool:
    one = periods[row : row + 1]
    age = month_number(pd.DatetimeIndex([month])) - month_number(one)
    return bool((age > oldest_age(read, settings, one))[0])
