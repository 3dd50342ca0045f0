"""One model's row of the next decision, for many scenarios at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from prosperity import rules
from prosperity.align import Aligned
from prosperity.coming.tail import Tail
from prosperity.definition import Indicator, Industry
from prosperity.panel import Panel
from prosperity.pipeline import Composed, Entry, Timeline, compose
from prosperity.scoring import Steps, scored, transformed_of
from prosperity.settings import Settings
from prosperity.transforms import apply_steps, cuts_at, monthly

#: Composite and like-for-like change of a model that another uses, by scenario (N,).
Moved = tuple[np.ndarray, np.ndarray]


class LastRow:
    """A model whose last row is left open.

    Parameters
    ----------
    model, entries, composed
        The definition, its members as known on each date, and what they make; the last of the T
        rows is the next decision, with every print at its nowcast.
    panel, dates, settings
        What they were made from.
    """

    def __init__(
        self,
        model: Industry,
        entries: Sequence[Entry],
        composed: Composed,
        panel: Panel,
        dates: Timeline,
        settings: Settings,
    ) -> None:
        self.model = model
        self.entries = entries
        self.panel = panel
        self.dates = dates
        self.settings = settings
        self._base = composed
        self._before = np.column_stack([e.aligned.score for e in entries])[:-1]
        self._tails: dict[str, Tail] = {}

    def touched(
        self, values: Mapping[str, np.ndarray], moved: Mapping[str, Moved]
    ) -> tuple[int, ...]:
        """Return the places of the members whose last score may differ."""
        found = []
        for k, one in enumerate(self.entries):
            if one.observed is None:
                if one.indicator.composite in moved:
                    found.append(k)
            elif any(name in values for name in _names(one.indicator)):
                found.append(k)
        return tuple(found)

    def composed(
        self, values: Mapping[str, np.ndarray], moved: Mapping[str, Moved], count: int
    ) -> Composed:
        """Return the last row once for each of ``count`` scenarios.

        Parameters
        ----------
        values
            Newest prints (N,) by indicator id.
        moved
            Composites of used models that differ, by id.
        count
            Number of scenarios.
        """
        rows = [_repeated(one.aligned, count) for one in self.entries]
        for k in self.touched(values, moved):
            one = self.entries[k]
            if one.observed is None:
                score, previous = self._of_model(one, *moved[one.indicator.composite])
            else:
                score, previous = self._of_series(one, values, count)
            rows[k] = replace(rows[k], score=score, previous=previous)
        months = pd.DatetimeIndex(np.repeat(self.dates.months[-1:].to_numpy(), count))
        return compose(self.model, rows, months, self.settings, before=self._before)

    def signals(self, composed: Composed) -> np.ndarray:
        """Return the signal of each scenario (N,), with what the months before leave of it."""
        band, base = self.settings.dead_band, self._base
        if self.model.rule == "states":
            past: dict[str, np.ndarray] = {}
            now: dict[str, np.ndarray] = {}
            for part, then, here in zip(
                self.model.dimensions, base.inner, composed.inner, strict=True
            ):
                past[part.id] = rules.direction(then.change[:-1], dead_band=band)
                now[part.id] = _direction(here.change, past[part.id], band)
            earlier = rules.states(past, self.model.hold_states)
            raw = rules.states(now, self.model.hold_states)
        else:
            direction = rules.direction(base.whole.change[:-1], dead_band=band)
            earlier = (direction + 1.0) / 2.0
            raw = (_direction(composed.whole.change, direction, band) + 1.0) / 2.0
        return _confirmed(raw, earlier, self.settings.confirm)

    def _of_series(
        self, one: Entry, values: Mapping[str, np.ndarray], count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return score and earlier score (N,) of a member with a series of its own."""
        aligned, observed = one.aligned, one.observed
        period = pd.Timestamp(aligned.period[-1])
        if observed is None or pd.isna(period) or observed.frame.index[-1] != period:
            # Whatever the newest month is, it gives no score.
            return np.full(count, aligned.score[-1]), np.full(count, aligned.previous[-1])
        tail = self._tail(one, period)
        score, centre, unit = tail.scores(self._newest(one.indicator, period, values, count))
        return score, tail.before(centre, unit)

    def _newest(
        self,
        member: Indicator,
        period: pd.Timestamp,
        values: Mapping[str, np.ndarray],
        count: int,
    ) -> np.ndarray:
        """Return the value of a month (N,): the print, or a formula over prints and the known."""
        parts = {}
        for name in _names(member):
            frame = self.panel.series[name].frame
            moves = name in values and frame.index[-1] == period
            fixed = frame["value"].to_numpy(float)[frame.index == period]
            parts[name] = values[name] if moves else np.full(count, fixed[0])
        if member.parsed is None:
            return parts[member.id]
        return np.asarray(member.parsed.evaluate(parts), dtype=float)

    def _tail(self, one: Entry, period: pd.Timestamp) -> Tail:
        member, observed, settings = one.indicator, one.observed, self.settings
        if member.id not in self._tails and observed is not None:
            read = self.model.as_published(member)
            raw = monthly(observed.frame["value"])
            steps = Steps.of(read, observed.unit, observed.breaks)
            cuts = cuts_at(raw.index, observed.breaks)

            # The month is the last one of the series.
            def last(cells: np.ndarray) -> np.ndarray:
                return transformed_of(cells, steps, cuts, settings)

            self._tails[member.id] = Tail(
                raw.to_numpy(float), last, read, settings, _earlier(one.aligned, settings)
            )
        return self._tails[member.id]

    def _of_model(self, one: Entry, composite: np.ndarray, change: np.ndarray) -> Moved:
        """Return score and earlier score (N,) of a member that is another model's composite."""
        member, settings = one.indicator, self.settings
        if member.id not in self._tails:

            def chained(cells: np.ndarray) -> np.ndarray:
                return apply_steps(cells, member.chain, (), holes=settings.sum_holes)

            earlier = _earlier(one.aligned, settings)
            self._tails[member.id] = Tail(one.aligned.raw, chained, member, settings, earlier)
        tail = self._tails[member.id]
        score, centre, unit = tail.scores(composite)
        plain = np.array_equal(one.aligned.transformed, one.aligned.raw, equal_nan=True)
        if plain:
            return score, scored(composite - change, centre, unit, member, settings)
        return score, tail.before(centre, unit)


def _names(member: Indicator) -> tuple[str, ...]:
    return tuple(member.parsed.names) if member.parsed is not None else (member.id,)


def _repeated(aligned: Aligned, count: int) -> Aligned:
    """Return the last row of a member, ``count`` times."""
    return Aligned(**{name: np.repeat(value[-1:], count) for name, value in vars(aligned).items()})


def _earlier(aligned: Aligned, settings: Settings) -> float:
    """Return the transformed value with which the next decision compares."""
    at = len(aligned.transformed) - 1 - settings.lookback
    return float(aligned.transformed[at]) if at >= 0 else float("nan")


def _direction(change: np.ndarray, past: np.ndarray, band: float) -> np.ndarray:
    """Return +1 or -1 by the sign of each change (N,); inside the band what was last."""
    known = past[~np.isnan(past)]
    kept = known[-1] if len(known) else np.nan
    moved = np.where(np.abs(change) <= band, kept, np.sign(change))
    return np.where(np.isnan(change), np.nan, moved)


def _confirmed(raw: np.ndarray, earlier: np.ndarray, months: int) -> np.ndarray:
    """Return the signals (N,) that so many months in a row confirm."""
    if months <= 1:
        return raw
    ends = {value: rules.confirmed(np.append(earlier, value), months)[-1] for value in (0.0, 1.0)}
    found = np.full(len(raw), np.nan)
    for value, end in ends.items():
        found[raw == value] = end
    return found
