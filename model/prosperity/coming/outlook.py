"""The outlook of an industry: its next decision, what is due before it, what would change it.

No look-ahead: everything comes from the panel as it stands, and a past day is asked by cutting the
panel with ``known_on``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prosperity.catalog import closure
from prosperity.coming.breakeven import Crossing, crossings
from prosperity.coming.odds import drawn
from prosperity.coming.prints import Print, columns_read, due_before, next_dates
from prosperity.coming.scenario import Scenarios, refuse_lookahead, with_prints
from prosperity.definition import Indicator, Industry
from prosperity.engine import cut_off
from prosperity.nowcast.methods import LIGHT
from prosperity.nowcast.nowcasts import BRIDGES, Nowcast, Series, nowcast
from prosperity.panel import Panel
from prosperity.pipeline import Timeline
from prosperity.settings import Settings

#: Shares of one that are called certain: odds of draws are no certainty.
SURE = 0.995


@dataclass(frozen=True)
class Due:
    """A print, what is expected of it, and at which values the signal changes.

    Attributes
    ----------
    print : Print
    nowcast : Nowcast or None
        None where the column has too few values, or is too far behind.
    crossings : tuple of Crossing
        With all other prints at their nowcasts. Only the newest month of a column that counts
        has any.
    varied : bool
        Whether this is the month that was varied.
    flips : float
        How likely the print alone changes the signal that its nowcast gives; NaN where unknown.
    """

    print: Print
    nowcast: Nowcast | None
    crossings: tuple[Crossing, ...] = ()
    varied: bool = False
    flips: float = float("nan")


@dataclass(frozen=True)
class Outlook:
    """What comes before a model's next decision.

    Attributes
    ----------
    definition : Industry
    today : Timestamp
        The day on which it is asked.
    month, decision : Timestamp
        The next decision that the data do not hold yet.
    signal : float
        The last signal: 1, 0, or NaN.
    expected, change, composite : float
        The next signal, change and composite with every print at its nowcast.
    odds : float
        How likely the next signal is to hold the industry; NaN without a print that is drawn.
    prints : tuple of Due
        In order of the expected day.
    carried : tuple of str
        Columns that are due and of which nothing is foretold: their last value stands.
    """

    definition: Industry
    today: pd.Timestamp
    month: pd.Timestamp
    decision: pd.Timestamp
    signal: float
    expected: float
    change: float
    composite: float
    odds: float
    prints: tuple[Due, ...]
    carried: tuple[str, ...] = ()

    @property
    def leading(self) -> Due | None:
        """The print that decides most likely: the one that flips the signal most often alone."""
        able = [one for one in self.prints if one.crossings and np.isfinite(one.flips)]
        return max(able, key=lambda one: (one.flips, one.print.id), default=None)


def outlook(
    panel: Panel,
    industry: Industry,
    settings: Settings,
    today: pd.Timestamp,
    *,
    known: Mapping[str, Industry],
    allowed: tuple[str, ...] = LIGHT,
) -> Outlook:
    """Return what comes before a model's next decision.

    Parameters
    ----------
    panel
        What was published, and prices.
    industry, known
        The model, and where those that it uses are looked up.
    settings
        Conventions.
    today
        The day on which it is asked; it decides what is overdue, and nothing else.
    allowed
        Methods of the nowcast; see :mod:`prosperity.nowcast.methods`.

    Raises
    ------
    SettingError
        ``looks_ahead``; see :func:`prosperity.coming.scenario.refuse_lookahead`.
    DataError
        Without any data.
    """
    refuse_lookahead(settings)
    panel = cut_off(panel, settings)
    dates = next_dates(panel, industry, settings)
    decision, month = dates.decisions[-1], dates.months[-1]
    columns = columns_read(closure([industry], known))
    due = due_before(panel, columns, decision, today, settings)
    said = {id: _nowcasts(panel, columns[id], prints, allowed) for id, prints in due.items()}
    coming = {id: _counting(due[id], ones) for id, ones in said.items()}
    coming = {id: ones for id, ones in coming.items() if ones}
    scenarios = Scenarios(with_prints(panel, coming), industry, known, dates, settings)
    newest = {id: ones[-1][0] for id, ones in coming.items()}
    draws = drawn(newest)
    varied = {id: _varied(scenarios, columns[id], one, draws.get(id)) for id, one in newest.items()}
    found = [
        _due(one, said[id], newest.get(id), varied.get(id))
        for id, prints in due.items()
        for one in prints
    ]
    signal = scenarios.core.signal.to_numpy()
    held = scenarios.outcomes(draws).signal if draws else np.full(1, np.nan)
    return Outlook(
        definition=industry,
        today=today,
        month=month,
        decision=decision,
        signal=_last_signal(signal, dates),
        expected=float(signal[-1]),
        change=float(scenarios.core.change.iloc[-1]),
        composite=float(scenarios.core.composite.iloc[-1]),
        odds=float((held == 1).mean()) if draws and not np.isnan(held).all() else float("nan"),
        prints=tuple(sorted(found, key=lambda d: (d.print.expected, d.print.id, d.print.period))),
        carried=tuple(id for id, prints in due.items() if id not in coming and prints[0].counts),
    )


def _last_signal(signal: np.ndarray, dates: Timeline) -> float:
    return float(signal[-2]) if len(dates.months) > 1 else float("nan")


def _nowcasts(
    panel: Panel, indicator: Indicator, prints: tuple[Print, ...], allowed: tuple[str, ...]
) -> dict[pd.Timestamp, Nowcast]:
    others = (panel.series.get(id) for id in BRIDGES.get(indicator.id, ()))
    helps = tuple(one for one in others if one is not None)
    series = Series(indicator, panel.series[indicator.id], helps, allowed)
    by_rule = {one.period: one.by_rule for one in prints}
    upto = prints[-1].period
    return {one.period: one for one in nowcast(series, panel.calendar, upto, due=by_rule)}


def _counting(
    prints: tuple[Print, ...], said: Mapping[pd.Timestamp, Nowcast]
) -> tuple[tuple[Nowcast, pd.Timestamp], ...]:
    """Return the nowcasts of the prints that count, with the day from which each does.

    None where a month in between cannot be foretold.
    """
    counted = [one for one in prints if one.counts]
    if any(one.period not in said for one in counted):
        return ()
    return tuple((said[one.period], one.latest) for one in counted)


def _varied(
    scenarios: Scenarios, indicator: Indicator, one: Nowcast, draws: np.ndarray | None
) -> tuple[tuple[Crossing, ...], float]:
    """Return a print's crossings, and how likely it alone changes the signal."""
    found = crossings(scenarios, indicator, one)
    if draws is None:
        return found, float("nan")
    if not found:
        return found, 0.0
    signal = scenarios.outcomes({indicator.id: np.append(draws, one.value)}).signal
    plain = np.nan_to_num(signal, nan=-1.0)
    return found, float((plain[:-1] != plain[-1]).mean())


def _due(
    one: Print,
    said: Mapping[pd.Timestamp, Nowcast],
    newest: Nowcast | None,
    varied: tuple[tuple[Crossing, ...], float] | None,
) -> Due:
    expected = said.get(one.period)
    if newest is None or varied is None or one.period != newest.period:
        return Due(one, expected)
    return Due(one, expected, varied[0], True, varied[1])
