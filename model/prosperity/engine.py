"""The one way in: ``evaluate(panel, industries, settings) -> Evaluation``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from prosperity.backtest import Backtest, backtest
from prosperity.calendar import month_end, month_range
from prosperity.catalog import catalog, closure
from prosperity.combined import combine
from prosperity.definition import Industry, Rebalance
from prosperity.errors import DataError
from prosperity.evaluation import Evaluation, IndustryResult, Notice
from prosperity.freshness import Ages, Standing
from prosperity.notices import (
    by_weight,
    late_notices,
    origin_notices,
    run_notices,
    too_few_months,
    weekdays_decide,
)
from prosperity.panel import Panel
from prosperity.pipeline import Core, Timeline, compute
from prosperity.plan import planned
from prosperity.progress import Progress
from prosperity.settings import Settings
from prosperity.systems.run import evaluate_system
from prosperity.systems.spec import System

#: Months with a composite before its percentile is shown.
PERCENTILE_MONTHS = 12


def evaluate(
    panel: Panel,
    industries: Iterable[Industry],
    settings: Settings | None = None,
    *,
    known: Mapping[str, Industry] | None = None,
    required: Collection[str] | None = None,
    progress: Progress | None = None,
    today: date | None = None,
    systems: Iterable[System] = (),
) -> Evaluation:
    """Compute composites, signals and backtests; with ``systems`` these too, and the plan.

    Parameters
    ----------
    panel
        What was published, and prices.
    industries
        What to compute; models that they use are computed too.
    settings
        Conventions; None is the default: only what was public on the day.
    known
        Where used models are looked up; None is the catalog.
    required
        Ids of the industries that must have a composite; None is all of ``industries``. One that
        is not required and has too little history gets an empty composite and a notice.
    progress
        Called before each model with its id, its number from 1, and how many there are.
    today
        The day on which it is judged what is overdue; the settings' ``as_of`` comes before it.
        None, without that, says nothing of age.
    systems
        Systems to compute on the same panel; see :func:`prosperity.systems.run.evaluate_system`
        for what they need and refuse. Those of several books are put together by
        :func:`prosperity.plan.planned`.

    Raises
    ------
    DataError
        When a required industry has no data or too few months for the fit, or when prices end
        before the indicators do.
    DefinitionError
        When models use each other in a circle.
    """
    settings = settings or Settings()
    asked = list(industries)
    needed = {i.id for i in asked} if required is None else set(required)
    definitions = catalog() if known is None else known
    models = closure(asked, definitions)
    # A system sees what was public alone, whatever the timing of the industries.
    whole, panel = panel, cut_off(panel, settings)
    asked_on = settings.as_of or today
    day = None if asked_on is None else pd.Timestamp(asked_on)
    run = _Run(panel, settings, {m.id: m for m in models})
    ages = None if day is None else Ages(panel, settings, day)
    results: dict[str, IndustryResult] = {}
    for number, model in enumerate(models, 1):
        if progress:
            progress(model.id, number, len(models))
        result = run.result(model, required=model.id in needed)
        results[model.id] = run.placed(result, results, ages)
    names = tuple(industry.id for industry in asked)
    combined = combine(
        {id: results[id] for id in names},
        settings,
        other_prices(panel, [*definitions.values(), *models]),
    )
    found = Evaluation(
        results=results,
        settings=settings,
        asked=names,
        simulated=panel.simulated,
        combined=combined,
        notices=(*last_month_notices(panel, settings), *(combined.notices if combined else ())),
        today=day,
        systems={one.id: evaluate_system(whole, one, settings) for one in systems},
    )
    return planned(found) if found.systems else found


def refuse_unfit(
    panel: Panel,
    industries: Iterable[Industry],
    settings: Settings | None = None,
    *,
    known: Mapping[str, Industry] | None = None,
) -> None:
    """Refuse what :func:`evaluate` refuses for its data, without computing anything.

    Parameters
    ----------
    panel, industries, settings, known
        As for :func:`evaluate`; none of the industries is required to have a composite.

    Raises
    ------
    DataError, DefinitionError
        As :func:`evaluate`.
    """
    settings = settings or Settings()
    models = closure(list(industries), catalog() if known is None else known)
    run = _Run(cut_off(panel, settings), settings, {m.id: m for m in models})
    for model in models:
        run.refuse_unfit(model)


def columns_of(industry: Industry, known: Mapping[str, Industry]) -> tuple[str, ...]:
    """Return the ids of all data columns that a model and the models it uses can read."""
    models = closure([industry], known)
    own = (i.id for m in models for i in m.indicators if i.own_column or m is industry)
    return tuple(dict.fromkeys(own))


def has_data(panel: Panel, industry: Industry, known: Mapping[str, Industry]) -> bool:
    """Whether the panel holds any value that the model, or one it uses, can read."""
    found = (panel.series.get(id) for id in columns_of(industry, known))
    return any(observed is not None and not observed.frame.empty for observed in found)


def cut_off(panel: Panel, settings: Settings) -> Panel:
    """Return the panel as the settings' ``as_of`` and ``timing`` let a run see it."""
    if settings.as_of is None:
        return panel
    day = pd.Timestamp(settings.as_of)
    return panel.describing(day) if settings.timing == "period" else panel.known_on(day)


def last_day(panel: Panel, settings: Settings) -> pd.Timestamp:
    """Return the day on which a run stands: that of the last price; without prices, of its data."""
    days = panel.calendar.days
    if len(days):
        return pd.Timestamp(days[-1])
    if settings.as_of is not None:
        return pd.Timestamp(settings.as_of)
    frames = [s.frame for s in panel.series.values() if not s.frame.empty]
    return pd.Timestamp(max(f["release"].max() for f in frames))


def last_month_notices(panel: Panel, settings: Settings) -> tuple[Notice, ...]:
    """Say when it is not known whether the month of the last day has a trading day to come."""
    month = month_end(pd.DatetimeIndex([last_day(panel, settings)]))
    return (weekdays_decide(month[0]),) if panel.calendar.guessed(month).any() else ()


def timeline(panel: Panel, rebalance: Rebalance, settings: Settings) -> Timeline:
    """Return the decided months: from the first period of any series to the last decision."""
    frames = [s.frame for s in panel.series.values() if not s.frame.empty]
    if not frames:
        raise _no_data("")
    first, last = min(f.index[0] for f in frames), last_day(panel, settings)
    months = month_range(first, last)
    dates = panel.calendar.decision_dates(months, rebalance)
    decided = dates <= last
    return Timeline(months[decided], dates[decided])


class _Run:
    """One run: a panel, settings, and what has been computed so far."""

    def __init__(self, panel: Panel, settings: Settings, models: Mapping[str, Industry]) -> None:
        self.panel = panel
        self.settings = settings
        self.models = models
        self.calendar = panel.calendar
        self._timelines: dict[Rebalance, Timeline] = {}
        self._cores: dict[tuple[str, Rebalance], Core] = {}

    def result(self, model: Industry, *, required: bool) -> IndustryResult:
        """Return a model's results; with ``required`` it must have a composite."""
        self._check_data(model, required)
        core = self.core(model.id, model.rebalance)
        if required and core.composite.notna().sum() == 0:
            raise too_few_months(model, core, self.settings)
        timeline = self.timeline(model.rebalance)
        kept = slice(first_scored(core.stages["score"].to_numpy()), None)
        decisions = pd.Series(timeline.decisions, index=timeline.months)
        backtest = tested(model, self.panel, core.signal, timeline.decisions, self.settings)
        composite = core.composite[kept]
        return IndustryResult(
            definition=model,
            decisions=decisions[kept],
            composite=composite,
            change=core.change[kept],
            percentile=composite.expanding(PERCENTILE_MONTHS).rank(method="max", pct=True),
            signal=core.signal[kept],
            grade=core.grade[kept],
            state=core.state[kept],
            dimensions=core.dimensions[kept],
            dimension_changes=core.dimension_changes[kept],
            contributions=core.contributions[kept],
            change_contributions=core.change_contributions[kept],
            weights=core.weights[kept],
            stages={stage: frame[kept] for stage, frame in core.stages.items()},
            periods=core.periods[kept],
            releases=core.releases[kept],
            explained=core.explained[kept],
            backtest=backtest,
            estimated=_estimated(core),
            estimated_in=_estimated_in(core, composite),
            notices=run_notices(
                model, core, timeline.decisions, backtest, self.settings, self.models
            ),
        )

    def refuse_unfit(self, model: Industry) -> None:
        """Refuse data on which the model cannot be computed."""
        self._check_data(model, required=False)
        self.timeline(model.rebalance)

    def placed(
        self,
        result: IndustryResult,
        results: Mapping[str, IndustryResult],
        ages: Ages | None,
    ) -> IndustryResult:
        """Return a result with what is to be said of its origin and of its age."""
        model, panel = result.definition, self.panel
        wanted = () if model.kind == "module" else price_names(model)
        prices = tuple(filter(None, (price_column(panel, names) for names in wanted)))
        read = dict.fromkeys((*columns_of(model, self.models), *prices))
        held = [id for id in read if id in panel.series or id in prices]
        marked = tuple(
            id for id in held if panel.simulated and (id in panel.marked or not panel.marked)
        )
        found, age = origin_notices(marked, held), None
        if ages is not None:
            month, last = result.latest, result.decisions
            scores = result.stages["score"]
            standing = Standing(
                month=month,
                decided=None if month is None else result.decisions[month],
                last=last.iloc[-1] if len(last) else None,
                scored=frozenset() if month is None else _known(scores, month),
                prices=prices if len(prices) == len(wanted) else (),
            )
            used = {id: r.freshness for id, r in results.items() if r.freshness is not None}
            age = ages.assess(model, standing, used)
            found += late_notices(model, age)
        notices = by_weight((*found, *result.notices))
        return replace(result, notices=notices, freshness=age, simulated=marked)

    def core(self, id: str, rebalance: Rebalance) -> Core:
        """Return a model computed on the decision dates of ``rebalance``, once."""
        key = (id, rebalance)
        if key not in self._cores:
            model = self.models[id]
            used = {need: self.core(need, rebalance) for need in model.needs if need in self.models}
            timeline = self.timeline(rebalance)
            self._cores[key] = compute(model, self.panel, timeline, used, self.settings)
        return self._cores[key]

    def timeline(self, rebalance: Rebalance) -> Timeline:
        """Return the decided months: from the first period of any series to the last decision."""
        if rebalance not in self._timelines:
            self._timelines[rebalance] = timeline(self.panel, rebalance, self.settings)
        return self._timelines[rebalance]

    def _check_data(self, model: Industry, required: bool) -> None:
        if required and not has_data(self.panel, model, self.models):
            raise _no_data(model.id)
        days = self.calendar.days
        if not len(days) or model.kind == "module":
            return
        ends = {
            id: self.panel.series[id].frame.index[-1]
            for id in columns_of(model, self.models)
            if id in self.panel.series and not self.panel.series[id].frame.empty
        }
        last = month_end(days[[-1]])[0]
        late = max(ends, key=lambda id: ends[id], default=None)
        if late is not None and ends[late] > last:
            raise DataError(
                "prices_end_early",
                f"{model.name_zh}：行情止于 {days[-1]:%Y-%m-%d}，而指标 {late} 已到 "
                f"{ends[late]:%Y-%m}。请补齐行情表，或用 --as-of {days[-1]:%Y-%m-%d} 截断。",
                f"{model.name_en}: prices end on {days[-1]:%Y-%m-%d}, but the indicator {late} "
                f"runs to {ends[late]:%Y-%m}. Extend the price sheet, or cut the run off with "
                f"--as-of {days[-1]:%Y-%m-%d}.",
            )


def tested(
    model: Industry,
    panel: Panel,
    signal: pd.Series[float],
    decisions: pd.DatetimeIndex,
    settings: Settings,
) -> Backtest | None:
    """Return the backtest of a model's signal; None without prices, or before its sample begins.

    Parameters
    ----------
    model, panel, settings
        What, with whose prices, how.
    signal, decisions
        The signal (T,) by month, and the months' decision dates.

    Raises
    ------
    DataError
        As :func:`prosperity.backtest.backtest` says, where ``start`` or ``end`` were asked for.
    """
    columns = [price_column(panel, names) for names in price_names(model)]
    if model.kind == "module" or None in columns:
        return None
    start = settings.start or model.sample_start or None
    try:
        return backtest(
            signal,
            decisions,
            *(panel.prices[column] for column in columns),
            first_month=pd.Timestamp(start) if start else None,
            last_day=pd.Timestamp(settings.end) if settings.end else None,
            cost_bps=settings.cost_bps,
            delay_days=settings.delay_days,
            risk_free=settings.risk_free,
        )
    except DataError as error:
        # Before the sample starts there is a composite and no backtest; a notice says so.
        if error.code != "no_overlap" or settings.start or settings.end:
            raise
        return None


def first_scored(scores: np.ndarray) -> int:
    """Return the first row of scores (T, K) that has any: a result begins there; T without one."""
    scored = ~np.isnan(scores).all(axis=1)
    return int(scored.argmax()) if scored.any() else len(scored)


def price_names(model: Industry) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the index and the benchmark may be called in the prices, best first."""
    return (
        (model.id, "index", model.asset.code, model.asset.name_zh),
        ("benchmark", model.asset.benchmark),
    )


def other_prices(panel: Panel, models: Iterable[Industry]) -> pd.DataFrame:
    """Return the prices that are no model's index and no benchmark."""
    own = {name for model in models for names in price_names(model) for name in names}
    return panel.prices[[name for name in panel.prices if name not in own]]


def price_column(panel: Panel, names: Iterable[str]) -> str | None:
    """Return the first of ``names`` under which the panel has a price; None if none."""
    for name in filter(None, names):
        if name in panel.prices and panel.prices[name].notna().any():
            return name
    return None


def _known(scores: pd.DataFrame, month: pd.Timestamp) -> frozenset[str]:
    """Return the ids of the indicators that have a score in a month."""
    there = scores.index.get_loc(month)
    return frozenset(str(id) for id in scores.columns[scores.iloc[there].notna().to_numpy()])


def _estimated(core: Core) -> tuple[str, ...]:
    """Return the ids of the members whose last value is a nowcast."""
    if core.estimated.empty:
        return ()
    last = core.estimated.iloc[-1]
    return tuple(str(id) for id in last.index[last.to_numpy(bool)])


def _estimated_in(core: Core, composite: pd.Series[float]) -> tuple[pd.Timestamp, ...]:
    """Return the months with a composite to which a nowcast belongs."""
    belongs = core.estimated.any(axis=1).reindex(composite.index) & composite.notna()
    return tuple(composite.index[belongs.to_numpy(bool)])


def _no_data(id: str) -> DataError:
    return DataError(
        "no_data",
        f"{id or '工作簿'} 没有任何可用的指标数据。请在 data 表中填入数据。",
        f"{id or 'The workbook'} has no usable indicator data. Fill in the data sheet.",
    )
