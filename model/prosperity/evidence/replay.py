"""One model under many trials, each replayed from the first step that it changes.

The result of a trial is that of :func:`prosperity.engine.evaluate` with the same settings and
definition; only what an earlier trial has already computed is not computed again. Timing, fit and
``as_of`` hold here as they do there, so a replay under the defaults never looks ahead.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd

from prosperity import batch
from prosperity.align import like_for_like
from prosperity.definition import Indicator, Industry, Rebalance
from prosperity.engine import cut_off, price_column, price_names, timeline
from prosperity.errors import DataError
from prosperity.evidence.trials import STAGES, Trial
from prosperity.panel import Panel
from prosperity.performance import STATISTICS
from prosperity.pipeline import (
    Composed,
    Core,
    Entry,
    Timeline,
    compose,
    compute,
    entries_of,
    signal_of,
)
from prosperity.records import with_changes
from prosperity.settings import Settings

T = TypeVar("T")
#: What is kept of each step. A grid varies the last steps fastest. What the sensitivity of a model
#: needs has room: a list that is longer than what is kept finds nothing when it is walked again.
KEPT = {"entries": 1024, "composed": 64, "signals": 2048, "courses": 16, "small": 4096}
BASE = Trial()


class _Kept(Generic[T]):
    """The last few results, by key."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._made: OrderedDict[Hashable, T] = OrderedDict()
        self.computed = 0

    def __contains__(self, key: Hashable) -> bool:
        return key in self._made

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        made = make()
        self.computed += 1
        self._made[key] = made
        if len(self._made) > self._size:
            self._made.popitem(last=False)
        return made


@dataclass(frozen=True)
class Outcome:
    """What a set of trials gave.

    Attributes
    ----------
    positions : ndarray of int8, (T, N)
        1 where the signal holds the index, 0 elsewhere, by month of the timeline.
    statistics : DataFrame
        N rows by the keys of :data:`prosperity.backtest.STATISTICS`.
    """

    positions: np.ndarray
    statistics: pd.DataFrame


class Replay:
    """A panel, a model and base settings, and what has been computed so far.

    Parameters
    ----------
    panel
        What was published, and prices.
    industry
        The model; its own id need not be in ``known``.
    settings
        Base settings of all trials.
    known
        Where models that this one uses are looked up.

    Raises
    ------
    DataError
        When there is no data at all.
    """

    def __init__(
        self,
        panel: Panel,
        industry: Industry,
        settings: Settings,
        known: Mapping[str, Industry],
    ) -> None:
        self.panel = cut_off(panel, settings)
        self.industry = industry
        self.settings = settings
        self.known = known
        self._timelines: dict[Rebalance, Timeline] = {}
        self._definitions: _Kept[Industry] = _Kept(KEPT["entries"])
        self._settings: _Kept[Settings] = _Kept(KEPT["small"])
        self._cores: _Kept[Core] = _Kept(KEPT["composed"])
        self._entries: _Kept[Entry] = _Kept(KEPT["entries"])
        self._composed: _Kept[Composed] = _Kept(KEPT["composed"])
        self._signals: _Kept[np.ndarray] = _Kept(KEPT["signals"])
        self._courses: _Kept[batch.Course] = _Kept(KEPT["courses"])

    @property
    def computed(self) -> dict[str, int]:
        """How often each step has been computed: what replaying saves."""
        return {
            "entries": self._entries.computed,
            "composed": self._composed.computed,
            "signals": self._signals.computed,
            "courses": self._courses.computed,
        }

    def definition(self, trial: Trial) -> Industry:
        """Return the definition of a trial; errors as ``with_changes`` says."""
        if not trial.changes:
            return self.industry
        text = ";".join(trial.changes)
        return self._definitions.get(text, lambda: with_changes(self.industry, text))

    def settings_of(self, trial: Trial) -> Settings:
        """Return the settings of a trial; errors as :class:`Settings` says."""
        return self._settings.get(
            trial.settings, lambda: replace(self.settings, **dict[str, Any](trial.settings))
        )

    def timeline(self, rebalance: Rebalance) -> Timeline:
        """Return the decided months and their decision dates."""
        if rebalance not in self._timelines:
            self._timelines[rebalance] = timeline(self.panel, rebalance, self.settings)
        return self._timelines[rebalance]

    def entries(self, trial: Trial = BASE) -> list[Entry]:
        """Return the members as known on the decision dates."""
        industry, settings = self.definition(trial), self.settings_of(trial)
        missing = [
            m
            for m in industry.members
            if not m.composite and self._entry_key(industry, m, settings) not in self._entries
        ]
        dates = self.timeline(industry.rebalance)
        made = entries_of(industry, missing, self.panel, dates, {}, settings) if missing else []
        ready = {entry.indicator.id: entry for entry in made}
        return [self._entry(industry, m, settings, ready.get(m.id)) for m in industry.members]

    def composed(self, trial: Trial = BASE) -> Composed:
        """Return the composite."""
        industry, settings = self.definition(trial), self.settings_of(trial)
        key = (trial.changes, *_key(settings, "align", "compose"))

        def make() -> Composed:
            aligned = [e.aligned for e in self.entries(trial)]
            return compose(industry, aligned, self.timeline(industry.rebalance).months, settings)

        return self._composed.get(key, make)

    def signal(self, trial: Trial = BASE) -> np.ndarray:
        """Return the signal (T,): 1, 0 or NaN."""
        settings = self.settings_of(trial)
        key = (trial.changes, *_key(settings, "align", "compose", "decide"))
        industry = self.definition(trial)
        return self._signals.get(key, lambda: signal_of(industry, self.composed(trial), settings))

    def course(self, trial: Trial = BASE) -> batch.Course:
        """Return the prices that a trial is held over.

        Raises
        ------
        DataError
            Without prices of index and benchmark, or when they share no dates with the signals.
        """
        industry, settings = self.definition(trial), self.settings_of(trial)
        key = (industry.rebalance, settings.delay_days, settings.start, settings.end)
        return self._courses.get(key, lambda: self._course(industry, settings))

    def run(self, trials: Sequence[Trial]) -> Outcome:
        """Return positions and statistics of trials, in their order; they share a timeline.

        Raises
        ------
        DataError, DefinitionError, SettingError
            As evaluating each of them would; also when trials trade on different dates, which
            have different positions.
        """
        count = len(trials)
        groups: dict[int, list[int]] = {}
        courses: dict[int, batch.Course] = {}
        positions = np.zeros((len(self.timeline(self.industry.rebalance).months), count), np.int8)
        for n, trial in enumerate(trials):
            signal = self.signal(trial)
            if len(signal) != len(positions):
                raise DataError(
                    "different_dates",
                    "一次比较中的方案须在同一批日期调仓；请分开运行不同的 rebalance。",
                    "Trials that are compared must trade on the same dates; run different "
                    "rebalance rules apart.",
                )
            positions[:, n] = signal == 1
            course = self.course(trial)
            courses[id(course)] = course
            groups.setdefault(id(course), []).append(n)
        found = {key: np.full(count, np.nan) for key in STATISTICS}
        settings = [self.settings_of(trial) for trial in trials]
        for id_, places in groups.items():
            part = batch.simulate(
                courses[id_],
                positions[:, places],
                np.array([settings[n].cost_bps for n in places]),
                np.array([settings[n].risk_free for n in places]),
            )
            for key, values in part.items():
                found[key][places] = values
        return Outcome(positions, pd.DataFrame(found))

    def returns(self, trials: Sequence[Trial]) -> pd.DataFrame:
        """Return monthly returns of trials, as decimals: the base's months by trial number.

        A trial that trades later has no return yet in the first month; there it is the market's.
        """
        base = self.course()
        found = np.repeat(base.asset_months[:, :1], len(trials), axis=1)
        groups: dict[int, tuple[batch.Course, list[int]]] = {}
        for n, trial in enumerate(trials):
            course = self.course(trial)
            groups.setdefault(id(course), (course, []))[1].append(n)
        for course, places in groups.values():
            signals = np.column_stack([self.signal(trials[n]) for n in places])
            costs = np.array([self.settings_of(trials[n]).cost_bps for n in places])
            earned = batch.monthly_returns(course, signals, costs)
            here = base.months.get_indexer(course.months)
            found[np.ix_(here[here >= 0], np.array(places))] = earned[here >= 0]
        return pd.DataFrame(found, index=base.months)

    def _entry_key(
        self, industry: Industry, member: Indicator, settings: Settings
    ) -> tuple[Hashable, ...]:
        plain = replace(industry.as_published(member), weight=1.0, start="")
        stages = ("align", "compose") if member.composite else ("align",)
        return (plain, industry.rebalance, *_key(settings, *stages))

    def _entry(
        self, industry: Industry, member: Indicator, settings: Settings, ready: Entry | None
    ) -> Entry:
        """Return a member as known on the decision dates; ``ready`` is one just computed."""
        used: dict[str, Core] = {}
        key = self._entry_key(industry, member, settings)
        dates = self.timeline(industry.rebalance)

        def make() -> Entry:
            if ready is not None:
                return ready
            if member.composite in self.known:
                used[member.composite] = self._core(member.composite, industry.rebalance, settings)
            return entries_of(industry, [member], self.panel, dates, used, settings)[0]

        made = self._entries.get(key, make)
        if member.composite and member.composite in self.known:
            return made
        previous = like_for_like(made.aligned, member, settings)
        return replace(made, indicator=member, aligned=replace(made.aligned, previous=previous))

    def _core(self, id: str, rebalance: Rebalance, settings: Settings) -> Core:
        """Return a model that others use, on their decision dates."""
        key = (id, rebalance, *_key(settings, "align", "compose", "decide"))

        def make() -> Core:
            model = self.known[id]
            used = {
                need: self._core(need, rebalance, settings)
                for need in model.needs
                if need in self.known
            }
            return compute(model, self.panel, self.timeline(rebalance), used, settings)

        return self._cores.get(key, make)

    def _columns(self, industry: Industry) -> list[str | None]:
        return [price_column(self.panel, names) for names in price_names(industry)]

    def _course(self, industry: Industry, settings: Settings) -> batch.Course:
        columns = self._columns(industry)
        if None in columns or industry.kind == "module":
            raise DataError(
                "no_prices",
                f"{industry.name_zh}：没有行业指数或基准的价格，无法检验。请补充 prices 表。",
                f"{industry.name_en}: without prices of the index and the benchmark there is no "
                "evidence. Fill in the prices sheet.",
            )
        dates = self.timeline(industry.rebalance)
        start = settings.start or industry.sample_start or None
        return batch.course(
            dates.months,
            dates.decisions,
            *(self.panel.prices[column] for column in columns),
            first_month=pd.Timestamp(start) if start else None,
            last_day=pd.Timestamp(settings.end) if settings.end else None,
            delay_days=settings.delay_days,
        )


def _key(settings: Settings, *stages: str) -> tuple[Hashable, ...]:
    return tuple(getattr(settings, name) for name, stage in STAGES.items() if stage in stages)
