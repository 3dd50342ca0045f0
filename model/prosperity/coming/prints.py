"""The releases that are due before the next decision, and the decision that they are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from prosperity.calendar import TradingCalendar, month_range
from prosperity.definition import Indicator, Industry
from prosperity.due import expected_releases, release_lag
from prosperity.engine import timeline
from prosperity.nowcast.track import STEPS
from prosperity.panel import Observations, Panel
from prosperity.pipeline import Timeline
from prosperity.releases import expected_day, release_rules
from prosperity.settings import Settings


@dataclass(frozen=True)
class Print:
    """One value that is to come.

    Attributes
    ----------
    id, name_zh, name_en, unit : str
        The indicator.
    publisher_zh, publisher_en : str
        Who publishes it; empty where that is not known.
    period : Timestamp
        The month that it fills, as its end.
    expected : Timestamp
        When it usually comes.
    latest : Timestamp
        The stated day, else the latest usual one, from which a run uses it.
    by_rule : Timestamp
        The latest usual day, whatever is stated.
    stated : bool
        Whether that day is stated in the book.
    counts : bool
        Whether the next decision uses it; one that comes earlier than its lag says counts only
        where its release date is stated.
    overdue : bool
        Whether it should be there on the day on which this is asked.
    """

    id: str
    name_zh: str
    name_en: str
    unit: str
    publisher_zh: str
    publisher_en: str
    period: pd.Timestamp
    expected: pd.Timestamp
    latest: pd.Timestamp
    by_rule: pd.Timestamp
    stated: bool
    counts: bool
    overdue: bool


def next_dates(panel: Panel, industry: Industry, settings: Settings) -> Timeline:
    """Return the decided months of a model, and the next one with its decision date.

    Raises
    ------
    DataError
        As :func:`prosperity.engine.timeline`; without any data.
    """
    taken = timeline(panel, industry.rebalance, settings)
    if len(taken.months):
        first, last = taken.months[0], taken.months[-1] + pd.offsets.MonthEnd(1)
    else:
        first = last = min(one.frame.index[0] for one in panel.series.values() if len(one.frame))
    months = month_range(first, last)
    return Timeline(months, panel.calendar.decision_dates(months, industry.rebalance))


def prints_of(
    observed: Observations,
    indicator: Indicator,
    calendar: TradingCalendar,
    decision: pd.Timestamp,
    today: pd.Timestamp,
    settings: Settings,
) -> tuple[Print, ...]:
    """Return the values of one column that come before a decision, ascending by month.

    Parameters
    ----------
    observed, indicator
        What is known, and its definition.
    calendar
        Trading days.
    decision
        The decision date; what is expected after it is left out.
    today
        The day on which it is asked: what was due by then is overdue.
    settings
        ``extra_lag_months`` delays what counts.
    """
    if observed.frame.empty:
        return ()
    periods = pd.DatetimeIndex(observed.frame.index)
    lag = release_lag(indicator, observed)
    coming, dues = expected_releases(periods, indicator.frequency, lag, calendar, decision)
    rule = release_rules().get(indicator.id)
    delay = pd.DateOffset(months=settings.extra_lag_months)
    found = []
    for period, due in zip(coming, dues, strict=True):
        announced = observed.announced.get(period)
        latest = pd.Timestamp(due if announced is None else announced)
        expected = (
            expected_day(indicator.id, period, latest, observed.frame)
            if announced is None
            else latest
        )
        if expected > decision:
            break
        usable = latest + delay if settings.extra_lag_months else latest
        found.append(
            Print(
                id=indicator.id,
                name_zh=indicator.name_zh,
                name_en=indicator.name_en,
                unit=observed.unit or indicator.unit,
                publisher_zh=rule.zh if rule else "",
                publisher_en=rule.en if rule else "",
                period=period,
                expected=expected,
                latest=latest,
                by_rule=pd.Timestamp(due),
                stated=announced is not None,
                counts=bool(usable <= decision),
                overdue=bool(latest <= today),
            )
        )
    return tuple(found)


def columns_read(models: Iterable[Industry]) -> dict[str, Indicator]:
    """Return the data columns that some models read, by id, each as first defined."""
    found: dict[str, Indicator] = {}
    for model in models:
        for member in model.members:
            if member.composite:
                continue
            names = member.parsed.names if member.parsed is not None else (member.id,)
            for name in names:
                found.setdefault(name, model.indicator(name))
    return found


def due_before(
    panel: Panel,
    columns: Mapping[str, Indicator],
    decision: pd.Timestamp,
    today: pd.Timestamp,
    settings: Settings,
) -> dict[str, tuple[Print, ...]]:
    """Return what is due of each column before a decision; columns without a value are left out.

    A column that is more than :data:`prosperity.nowcast.track.STEPS` values behind is not late
    but abandoned; its first missing ones are given all the same.
    """
    found = {}
    for id, indicator in columns.items():
        observed = panel.series.get(id)
        if observed is None:
            continue
        made = prints_of(observed, indicator, panel.calendar, decision, today, settings)
        if made:
            found[id] = made[: STEPS + 1]
    return found
