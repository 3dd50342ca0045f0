"""Whether a result is of today: what is overdue, since when, and what a signal rests on.

A series is *overdue* when its next value should have been public by ``today`` and is not there. A
signal is overdue when it rests on such a series, or when a later decision should have been taken
by today. Both are judged from the release rules and the decision calendar alone; ``today`` is
always an argument, so that the same run on the same day says the same.

No look-ahead
-------------
The panel must hold only what the run may see: a run as of a past day is judged as on that day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from prosperity.calendar import TradingCalendar, month_range
from prosperity.definition import Indicator, Industry, Rebalance
from prosperity.due import AHEAD, expected_releases, price_overdue, release_lag
from prosperity.panel import Observations, Panel
from prosperity.settings import Settings

Status = Literal["none", "current", "due", "waiting", "overdue"]


@dataclass(frozen=True)
class SeriesAge:
    """How old one data column is.

    Attributes
    ----------
    id, name_zh, name_en : str
    through : Timestamp or None
        The newest month (month end) with a value; None when there is none.
    released : Timestamp or None
        When that became public.
    counts_from : Timestamp or None
        The first decision date on which the newest month may be used.
    expected, due : Timestamp or None
        The first month that is not there, and when its value is or was due.
    missing : int
        Months that are overdue.
    in_use : bool
        Whether the signal rests on the series; False for one that is too old to be carried.
    """

    id: str
    name_zh: str
    name_en: str
    through: pd.Timestamp | None = None
    released: pd.Timestamp | None = None
    counts_from: pd.Timestamp | None = None
    expected: pd.Timestamp | None = None
    due: pd.Timestamp | None = None
    missing: int = 0
    in_use: bool = True

    @property
    def since(self) -> pd.Timestamp | None:
        """The day since which the series is overdue; None when it is not."""
        return self.due if self.missing else None


@dataclass(frozen=True)
class Freshness:
    """How old a model's result is on the day ``today``.

    Attributes
    ----------
    today : Timestamp
    month, decided : Timestamp or None
        The month of the last signal or composite, and its decision date.
    allowed : Timestamp
        The last decision date on or before today.
    missed : Timestamp or None
        The first decision date after ``decided`` that has passed; None when there is none.
    since : Timestamp or None
        The day since which what was decided can no longer be called of now.
    prices_through, prices_since : Timestamp or None
        The last day with a price of the index and the benchmark, and since when the next is late.
    series : tuple of SeriesAge
        Every data column that the model reads, also through other models.
    rests_on : frozenset of str
        Ids of the columns that the decision rests on and that were overdue on that day.
    """

    today: pd.Timestamp
    month: pd.Timestamp | None
    decided: pd.Timestamp | None
    allowed: pd.Timestamp
    missed: pd.Timestamp | None = None
    since: pd.Timestamp | None = None
    prices_through: pd.Timestamp | None = None
    prices_since: pd.Timestamp | None = None
    series: tuple[SeriesAge, ...] = ()
    rests_on: frozenset[str] = frozenset()

    @property
    def status(self) -> Status:
        """What may be said of the signal.

        ``none``: there is no decision; ``overdue``: it is not of now; ``waiting``: a later
        decision waits for the prices of its day; ``due``: it is of now, and something that is out
        by today is not in the book yet; ``current``: nothing that is due is missing.
        """
        if self.decided is None:
            return "none"
        if self.since is not None:
            return "overdue"
        if self.missed is not None:
            return "waiting"
        return "due" if self.overdue or self.prices_since is not None else "current"

    @property
    def overdue(self) -> tuple[SeriesAge, ...]:
        """The series that are overdue today, the oldest first."""
        late = (one for one in self.series if one.missing)
        return tuple(sorted(late, key=lambda one: (one.due, one.id)))

    @property
    def waiting(self) -> tuple[SeriesAge, ...]:
        """The series whose newest month the last decision could not use yet."""
        if self.decided is None:
            return ()
        return tuple(
            one
            for one in self.series
            if one.counts_from is not None and one.counts_from > self.decided
        )

    @property
    def through(self) -> pd.Timestamp | None:
        """The newest month of any series; None without data."""
        return max((one.through for one in self.series if one.through is not None), default=None)

    @property
    def overdue_since(self) -> pd.Timestamp | None:
        """The first day since which anything is overdue: signal, series or prices."""
        days = [self.since, self.prices_since, *(one.since for one in self.series)]
        return min((day for day in days if day is not None), default=None)

    @property
    def overdue_days(self) -> int:
        """Days since :attr:`overdue_since`; 0 when nothing is overdue."""
        since = self.overdue_since
        return 0 if since is None else (self.today - since).days


@dataclass(frozen=True)
class Standing:
    """What a run says last of a model.

    Attributes
    ----------
    month, decided : Timestamp or None
        The last month with a composite, and its decision date.
    last : Timestamp or None
        The last decision date of the run, with or without a composite.
    scored : collection of str
        Ids of the members that have a score on ``decided``.
    prices : tuple of str
        Columns of the prices that its backtest needs; empty for a module.
    """

    month: pd.Timestamp | None
    decided: pd.Timestamp | None
    last: pd.Timestamp | None
    scored: Collection[str] = ()
    prices: tuple[str, ...] = ()


class Ages:
    """Judges the results of one run, looking at each series and calendar once.

    Parameters
    ----------
    panel
        What the run could see.
    settings
        ``timing`` and ``extra_lag_months`` decide from when a value counts.
    today
        The day on which it is asked.
    """

    def __init__(self, panel: Panel, settings: Settings, today: pd.Timestamp) -> None:
        self.panel = panel
        self.settings = settings
        self.today = today
        self.calendar = panel.calendar
        self._series: dict[str, SeriesAge] = {}
        self._decisions: dict[Rebalance, pd.DatetimeIndex] = {}

    def assess(
        self, model: Industry, standing: Standing, used: Mapping[str, Freshness]
    ) -> Freshness:
        """Return how old a model's result is.

        Parameters
        ----------
        model
            The definition.
        standing
            What the run says last.
        used
            The freshness of the models whose composites this one uses.
        """
        decided, dates = standing.decided, self.decisions(model.rebalance)
        allowed = dates[dates <= self.today][-1]
        columns = tuple(self._columns(model, standing, used))
        rests = [
            one
            for one in columns
            if decided is not None and one.in_use and one.missing and _by(one.due, decided)
        ]
        found = Freshness(
            today=self.today,
            month=standing.month,
            decided=decided,
            allowed=allowed,
            series=columns,
            rests_on=frozenset(one.id for one in rests),
            **_prices(self.panel, standing.prices, self.today),
        )
        if decided is None:
            return found
        missed = dates[dates > decided][0] if decided < allowed else None
        days = [one.due for one in rests if one.due is not None]
        days += self._missed_since(found, missed, standing.last)
        return replace(found, missed=missed, since=min(days, default=None))

    def decisions(self, rebalance: Rebalance) -> pd.DatetimeIndex:
        """Return the decision dates from before the first value until after today."""
        if rebalance not in self._decisions:
            frames = [one.frame for one in self.panel.series.values() if len(one.frame)]
            first = min([self.today, *(frame.index[0] for frame in frames)])
            last = max([self.today, *(frame["release"].max() for frame in frames)])
            around = pd.offsets.MonthEnd(AHEAD)
            months = month_range(first - pd.offsets.MonthEnd(3), last + around)
            self._decisions[rebalance] = self.calendar.decision_dates(months, rebalance)
        return self._decisions[rebalance]

    def _missed_since(
        self, found: Freshness, missed: pd.Timestamp | None, last: pd.Timestamp | None
    ) -> list[pd.Timestamp]:
        """Return since when a missed decision makes the last one old; empty while it may wait."""
        if missed is None:
            return []
        ended = last is not None and last >= missed
        if ended or price_overdue(self.calendar, self.today) is not None:
            return [missed]
        if len(self.calendar.days):
            return []
        late = [one.due for one in found.overdue if one.in_use and _by(one.due, found.allowed)]
        return [max(missed, late[0])] if late and late[0] is not None else []

    def _columns(
        self, model: Industry, standing: Standing, used: Mapping[str, Freshness]
    ) -> list[SeriesAge]:
        """Return the age of every data column that the model reads, its own first."""
        found: dict[str, SeriesAge] = {}
        for id, (indicator, in_use) in _own(model, standing, self.today).items():
            age = self._age(indicator)
            counts = self._counts_from(age, model.rebalance)
            in_use = in_use and age.through is not None
            found[id] = replace(age, counts_from=counts, in_use=in_use)
        for member in _counted(model, self.today):
            for one in used[member.composite].series if member.composite in used else ():
                in_use = one.in_use and member.id in standing.scored
                found.setdefault(one.id, replace(one, in_use=in_use))
        return list(found.values())

    def _age(self, indicator: Indicator) -> SeriesAge:
        if indicator.id not in self._series:
            observed = self.panel.series.get(indicator.id)
            self._series[indicator.id] = series_age(indicator, observed, self.calendar, self.today)
        return self._series[indicator.id]

    def _counts_from(self, age: SeriesAge, rebalance: Rebalance) -> pd.Timestamp | None:
        """Return the first decision date on which a series' newest month may be used."""
        if age.through is None or age.released is None:
            return None
        delay = pd.DateOffset(months=self.settings.extra_lag_months)
        if self.settings.timing == "period":
            months = pd.DatetimeIndex([age.through + delay + pd.offsets.MonthEnd(0)])
            return self.calendar.decision_dates(months, rebalance)[0]
        usable = age.released + delay if self.settings.extra_lag_months else age.released
        dates = self.decisions(rebalance)
        return dates[int(dates.searchsorted(usable))]


def _by(due: pd.Timestamp | None, day: pd.Timestamp) -> bool:
    return due is not None and due <= day


def _counted(model: Industry, today: pd.Timestamp) -> Iterator[Indicator]:
    """Give the members that have begun to count."""
    for member in model.members:
        if not member.start or pd.Timestamp(member.start) <= today:
            yield member


def _own(
    model: Industry, standing: Standing, today: pd.Timestamp
) -> dict[str, tuple[Indicator, bool]]:
    """Return each data column that the model reads itself, and whether a score rests on it."""
    found: dict[str, tuple[Indicator, bool]] = {}
    for member in _counted(model, today):
        if member.composite:
            continue
        scored = member.id in standing.scored
        for name in member.parsed.names if member.parsed is not None else (member.id,):
            earlier = name in found and found[name][1]
            found[name] = model.indicator(name), earlier or scored
    return found


def series_age(
    indicator: Indicator,
    observed: Observations | None,
    calendar: TradingCalendar,
    today: pd.Timestamp,
) -> SeriesAge:
    """Return how old one data column is; without a value nothing is said to be overdue."""
    blank = SeriesAge(indicator.id, indicator.name_zh, indicator.name_en)
    if observed is None or observed.frame.empty:
        return blank
    frame = observed.frame
    periods = pd.DatetimeIndex(frame.index)
    coming, dues = expected_releases(
        periods, indicator.frequency, release_lag(indicator, observed), calendar, today
    )
    return replace(
        blank,
        through=periods[-1],
        released=pd.Timestamp(frame["release"].iloc[-1]),
        expected=coming[0],
        due=dues[0],
        missing=int((dues <= today).sum()),
    )


def _prices(
    panel: Panel, columns: tuple[str, ...], today: pd.Timestamp
) -> dict[str, pd.Timestamp | None]:
    """Return through when there are prices of all of ``columns``, and since when they are late."""
    there = [panel.prices[name].dropna().index for name in columns if name in panel.prices]
    if not columns or len(there) < len(columns) or not all(len(days) for days in there):
        return {}
    days = min(there, key=lambda found: found[-1])
    calendar = TradingCalendar(pd.DatetimeIndex(days))
    return {
        "prices_through": calendar.days[-1],
        "prices_since": price_overdue(calendar, today),
    }
