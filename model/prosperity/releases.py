"""On which day a statistic is usually published: when to look for it.

A small table, ``releases.toml`` beside this file. It enters no composite and no signal: from when a
value may be used is decided by its stated release date or its lag (:mod:`prosperity.lag`), which
is the latest usual day.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

from prosperity.exchange import sessions

#: Stated dates from which a series' own habit comes before the table, and how many of them count.
HABIT_FROM, HABIT = 6, 12
SATURDAY = 5


@dataclass(frozen=True)
class Release:
    """When a family of statistics comes out.

    Attributes
    ----------
    id, zh, en : str
        The family, and who publishes it.
    first, usual, last : int
        Days after the end of the period.
    every_day : bool
        Whether it comes out on weekends and holidays too.
    """

    id: str
    zh: str
    en: str
    first: int
    usual: int
    last: int
    every_day: bool = False


@cache
def release_rules() -> Mapping[str, Release]:
    """Return the rule of each indicator that has one, by its id."""
    text = (resources.files("prosperity") / "releases.toml").read_text(encoding="utf-8")
    found: dict[str, Release] = {}
    for raw in tomllib.loads(text)["release"]:
        ids = raw.pop("ids")
        found.update(dict.fromkeys(ids, Release(**raw)))
    return found


def expected_day(
    id: str, period: pd.Timestamp, latest: pd.Timestamp, stated: pd.DataFrame | None = None
) -> pd.Timestamp:
    """Return the day on which a month's value is expected.

    Parameters
    ----------
    id
        Indicator id.
    period
        The month, as its end.
    latest
        The latest usual day, by lag; nothing is expected later.
    stated
        The series' frame so far: with :data:`HABIT_FROM` stated release dates, the usual day is
        the median of the last :data:`HABIT` of them.
    """
    rule = release_rules().get(id)
    usual = _habit(stated)
    if usual is None:
        if rule is None:
            return latest
        usual = rule.usual
    day = period + pd.Timedelta(days=usual)
    if rule is None or not rule.every_day:
        day = next_open(day)
    return min(day, latest)


def next_open(day: pd.Timestamp) -> pd.Timestamp:
    """Return the first day on or after ``day`` on which offices are open.

    The exchange's days, as far as they have been announced; weekdays beyond.
    """
    known = sessions()
    if known[0] <= day <= known[-1]:
        return pd.Timestamp(known[int(known.searchsorted(day))])
    return day + pd.Timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= SATURDAY else 0)


def _habit(stated: pd.DataFrame | None) -> int | None:
    if stated is None or not len(stated):
        return None
    places = np.flatnonzero(stated["explicit"].to_numpy(bool))[-HABIT:]
    if len(places) < HABIT_FROM:
        return None
    periods = pd.DatetimeIndex(stated.index[places])
    waited = pd.DatetimeIndex(stated["release"].iloc[places]) - periods
    return int(np.median(waited.days))
