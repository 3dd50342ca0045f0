"""One system, from a panel to scores, positions and net values: the one way through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from prosperity.assets import closes as asset_closes
from prosperity.backtest import Backtest, backtest_of
from prosperity.errors import DataError
from prosperity.notice import Notice
from prosperity.panel import Panel
from prosperity.portfolio import CASH, Portfolio
from prosperity.schedule import Schedule
from prosperity.settings import Settings
from prosperity.systems.allocation import allocate
from prosperity.systems.inputs import Inputs, closes_at
from prosperity.systems.inputs import refuse_unknown as refuse_unknown
from prosperity.systems.ordering import applied
from prosperity.systems.ranking import Ranking, ranking
from prosperity.systems.result import Scores, SystemResult
from prosperity.systems.rules import ANY_ORDER, RULES
from prosperity.systems.spec import EQUAL_WEIGHT, Input, System

#: What the columns of a table are, where they are assets.
ASSETS = ("asset", "industry", "index")
#: What an input's dates are counted in.
UNITS = {
    "D": ("天", "days"),
    "W": ("周", "weeks"),
    "M": ("个月", "months"),
    "Q": ("季", "quarters"),
}
PERIODS_A_YEAR = {"month_end": 12.0, "sixth": 12.0, "week_end": 52.0, "day": 252.0}


def evaluate_system(panel: Panel, system: System, settings: Settings | None = None) -> SystemResult:
    """Compute a system's scores, positions and net values.

    Parameters
    ----------
    panel
        Prices of its assets by their ``price``, its series, its tables and its lists.
    system
        What to compute.
    settings
        ``as_of``, ``start``, ``end``, ``cost_bps``, ``risk_free`` and ``delay_days`` are used; the
        last where it is longer than the system's own. Whatever the timing, only what was public
        counts.

    Returns
    -------
    SystemResult
        Of every decision date from the first to the last day of prices (of data, without prices).
        NaN where nothing can be said.

    Raises
    ------
    DataError
        ``no_table`` for a sheet that it cannot do without, ``unknown_entity`` for a column that is
        none of its assets, ``short_history`` where there is too
        little for a first decision, ``no_price`` where no asset has prices, and what its rule
        refuses.
    """
    settings = settings or Settings()
    if settings.as_of is not None:
        panel = panel.known_on(pd.Timestamp(settings.as_of))
    inputs, said = _inputs(panel, system)
    system = inputs.system
    decisions = _decisions(panel, system)
    values = system.values
    name = system.rule or system.id
    run = RULES[name] if name in ANY_ORDER else partial(applied, RULES[name])
    scores = run(inputs, values, decisions)
    _refuse_short(system, inputs, scores, decisions)
    priced = closes_at(inputs.closes, decisions).notna()
    wanted = allocate(
        system, scores, priced.reindex(columns=scores.scores.columns, fill_value=False)
    )
    held = _held(inputs, system, wanted, settings)
    newest = _newest(inputs, decisions)
    notices = (*said, *scores.notices, *_stale(system, inputs, decisions))
    return SystemResult(
        definition=system,
        decisions=decisions,
        trades=held.trades,
        scores=scores.scores,
        parts=scores.parts,
        positions=held.positions,
        contributions=scores.contributions,
        stages=scores.stages,
        newest=newest,
        texts=scores.texts,
        portfolio=held.portfolio,
        backtest=held.backtest,
        turnover=held.turnover,
        ranking=_ranking(system, inputs, scores.scores, held.trades),
        notices=tuple(sorted(notices, key=lambda notice: notice.severity != "warning")),
        simulated=_simulated(inputs),
        tried=scores.tried,
    )


def _inputs(panel: Panel, system: System) -> tuple[Inputs, tuple[Notice, ...]]:
    """Return what the system reads, and a notice of assets without prices."""
    there = [a for a in system.assets if a.kind == "cash" or a.column(panel.prices) is not None]
    missing = [a for a in system.assets if a not in there]
    closes = asset_closes(there, panel.prices)
    ids = {asset.id for asset in system.assets}
    for one in (one for one in system.inputs if one.entity in ASSETS):
        for id in (id for id in one.tables if id in panel.tables):
            strange = [str(name) for name in panel.tables[id].values if name not in ids]
            refuse_unknown(strange, system, dict.fromkeys(strange, id))
    said: tuple[Notice, ...] = ()
    bonds = [a for a in missing if a.id == system.rest and a.kind == "bond"]
    if bonds and there:
        missing.remove(bonds[0])
        system = replace(system, rest=CASH)
        said = (
            Notice(
                "bond_is_cash",
                f"没有“{bonds[0].price}”的行情，其余资金按现金计，不计收益。",
                f"There are no prices of {bonds[0].price!r}: the rest stands in cash and earns "
                "nothing.",
                severity="note",
            ),
        )
    if missing and there:
        said += (
            Notice(
                "assets_without_prices",
                f"{len(missing)} 个资产没有行情，不参与：{'、'.join(a.name_zh for a in missing)}。",
                f"{len(missing)} assets have no prices and are left out: "
                f"{', '.join(a.name_en for a in missing)}.",
            ),
        )
    return Inputs(system, _only_read(panel, system), closes), said


def _only_read(panel: Panel, system: System) -> Panel:
    """Return the panel with what the system reads; the order of anything else does not count."""
    tables = {id for one in system.inputs for id in one.tables}
    # Further columns of an open sheet are fields of one's own.
    own = tuple(f"{one.id}." for one in system.inputs if one.open)
    series = {one.id for one in system.indicators}
    return replace(
        panel,
        tables={id: t for id, t in panel.tables.items() if id in tables or id.startswith(own)},
        series={id: one for id, one in panel.series.items() if id in series},
    )


def _decisions(panel: Panel, system: System) -> pd.DatetimeIndex:
    """Return the decision dates that the prices reach over; without prices, the data."""
    ends = [index for index in _days_of(panel) if len(index)]
    if not ends:
        return pd.DatetimeIndex([])
    days = panel.calendar.days
    first = min(index[0] for index in ends)
    last = days[-1] if len(days) else max(index[-1] for index in ends)
    return Schedule(system.schedule).dates(panel.calendar, first, last)


def _days_of(panel: Panel) -> Iterable[pd.DatetimeIndex]:
    yield panel.calendar.days
    for table in panel.tables.values():
        yield pd.DatetimeIndex(table.values.index[table.values.notna().any(axis=1)])
    for series in panel.series.values():
        yield pd.DatetimeIndex(series.frame["release"].sort_values())


def _refuse_short(
    system: System, inputs: Inputs, scores: Scores, decisions: pd.DatetimeIndex
) -> None:
    """Refuse a run in which nothing can be said on any date for want of history."""
    if len(decisions) and scores.scores.notna().any(axis=None):
        return
    needed = [("行情", "prices", "D", system.minimum, len(inputs.closes.dropna(how="all")))]
    needed += [
        (
            f"{one.name_zh}（{one.id}）",
            f"{one.name_en} ({one.id})",
            one.frequency,
            one.minimum,
            dates,
        )
        for one in system.inputs
        if (dates := _dates(inputs, one)) or one.required
    ]
    for zh, en, frequency, least, dates in needed:
        if dates < least:
            unit = UNITS[frequency]
            raise DataError(
                "short_history",
                f"{zh}在第一次决策前需要 {least} {unit[0]}数据，现有 {dates} {unit[0]}。",
                f"{en} needs {least} {unit[1]} before the first decision and has {dates}.",
            )
    raise DataError(
        "nothing_said",
        f"{system.name_zh}在任何决策日都算不出结果：数据太短或全部缺失。",
        f"{system.name_en} says nothing on any date: its data are too short or missing.",
    )


def _dates(inputs: Inputs, one: Input) -> int:
    """Return how many dates an input has, of its longest table."""
    tables = [inputs.table(id) for id in one.tables]
    return max((int(t.values.notna().any(axis=1).sum()) for t in tables if t), default=0)


class _Held:
    """What became of target weights; see :class:`SystemResult`."""

    def __init__(self, decisions: pd.DatetimeIndex, positions: pd.DataFrame) -> None:
        self.positions = positions
        self.trades = pd.Series(pd.NaT, decisions, dtype="datetime64[ns]")
        self.turnover = pd.Series(0.0, decisions)
        self.portfolio: Portfolio | None = None
        self.backtest: Backtest | None = None


def _held(inputs: Inputs, system: System, wanted: pd.DataFrame, settings: Settings) -> _Held:
    said = wanted.notna().all(axis=1)
    weights = wanted[said]
    rest = wanted.reindex(columns=[*(c for c in wanted if c != system.rest), system.rest])
    held = _Held(pd.DatetimeIndex(wanted.index), rest.fillna(0.0))
    held.positions[system.rest] += 1.0 - held.positions.sum(axis=1)
    held.positions[~said] = np.nan
    start = pd.Timestamp(settings.start) if settings.start else None
    weights = (
        weights if start is None else weights[weights.index >= start - pd.DateOffset(months=1)]
    )
    prices = _prices(inputs, system, weights)
    if weights.empty or prices is None:
        return held
    end = pd.Timestamp(settings.end) if settings.end else prices.index[-1]
    portfolio = Portfolio(
        prices[prices.index <= end],
        weights,
        system.rest,
        settings.cost_bps,
        max(system.delay_days, settings.delay_days),
        (system.benchmark,),
    )
    if not len(portfolio.trades.rows):
        return held
    rows, places = portfolio.trades.rows, portfolio.trades.places
    dates = weights.index[rows]
    held.portfolio = portfolio
    held.trades[dates] = portfolio.prices.index[places]
    held.turnover[dates] = portfolio.course.turnover.to_numpy()
    held.backtest = _backtest(portfolio, system, inputs, settings)
    return held


def _prices(inputs: Inputs, system: System, weights: pd.DataFrame) -> pd.DataFrame | None:
    """Return prices of all that is held or compared with; None where one has none."""
    closes = inputs.closes
    if closes.empty or weights.empty:
        return None
    if EQUAL_WEIGHT in (system.rest, system.benchmark):
        closes = closes.assign(
            **{EQUAL_WEIGHT: equal_parts(closes, pd.DatetimeIndex(weights.index))}
        )
    needed = {*weights.columns, system.rest, system.benchmark} - {CASH}
    return closes if needed <= set(closes) else None


def equal_parts(closes: pd.DataFrame, dates: pd.DatetimeIndex) -> pd.Series[float]:
    """Return the net value of equal parts of all assets that have a price, evened out on dates.

    NaN before the first of the dates on which there is any.
    """
    there = closes_at(closes, dates).notna()
    there = there[there.any(axis=1)]
    value = pd.Series(np.nan, closes.index)
    if there.empty:
        return value
    parts = there.div(there.sum(axis=1), axis=0)
    portfolio = Portfolio(closes, parts, CASH)
    if not len(portfolio.trades.rows):
        return value
    course = portfolio.course.value
    value[course.index] = course
    return value


def _backtest(portfolio: Portfolio, system: System, inputs: Inputs, settings: Settings) -> Backtest:
    """Return net values beside the benchmark's and those of all assets, or the one, held."""
    course, prices = portfolio.course, portfolio.prices
    days = pd.DatetimeIndex(course.value.index)
    own = [asset for asset in portfolio.weights if asset != system.rest]
    index = (
        prices[own[0]].ffill()
        if len(own) == 1
        else equal_parts(inputs.closes, pd.DatetimeIndex(portfolio.weights.index))
    )
    benchmark = (
        prices[system.benchmark] if system.benchmark in prices else pd.Series(1.0, prices.index)
    )
    nav = pd.DataFrame(
        {
            "strategy": course.value,
            "index": rebased(index.ffill(), days),
            "benchmark": rebased(benchmark.ffill(), days),
        }
    )
    return backtest_of(portfolio, nav, 1.0 - course.weights[system.rest], settings.risk_free)


def rebased(prices: pd.Series[float], days: pd.DatetimeIndex) -> pd.Series[float]:
    """Return prices on ``days`` as net values that are 1 on the first that has one."""
    own = prices.reindex(days)
    known = own.dropna()
    return own / known.iloc[0] if len(known) else own


def _ranking(
    system: System, inputs: Inputs, scores: pd.DataFrame, trades: pd.Series[pd.Timestamp]
) -> Ranking | None:
    made = trades.dropna()
    columns = [asset for asset in scores if asset in inputs.closes]
    if made.empty:
        return None
    prices = closes_at(inputs.closes[columns], pd.DatetimeIndex(made.to_numpy()))
    prices.index = made.index
    return ranking(scores.loc[made.index, columns], prices, PERIODS_A_YEAR[system.schedule])


def _newest(inputs: Inputs, decisions: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the newest release known on each decision, by input and by series."""
    wanted = decisions.to_numpy("datetime64[ns]")
    found: dict[str, np.ndarray] = {}
    for one in inputs.system.inputs:
        stamps = [
            _stamps(table.releases.where(table.values.notna()).to_numpy("datetime64[ns]"))
            for table in map(inputs.table, one.tables)
            if table is not None
        ]
        found[one.id] = _at(np.concatenate(stamps) if stamps else np.array([], "M8[ns]"), wanted)
    for indicator in inputs.system.indicators:
        series = inputs.series(indicator.id)
        stamps = [] if series is None else [series.frame["release"].to_numpy("datetime64[ns]")]
        if indicator.own_column:
            found[indicator.id] = _at(
                np.concatenate(stamps) if stamps else np.array([], "M8[ns]"), wanted
            )
    return pd.DataFrame(found, decisions)


def _stamps(releases: np.ndarray) -> np.ndarray:
    """Return the days on which anything came out; one a row where a row came out on one day."""
    if not releases.size:
        return releases.ravel()
    low, high = np.fmin.reduce(releases, axis=1), np.fmax.reduce(releases, axis=1)
    together = ((low == high) | np.isnat(low)).all()
    return np.asarray(low if together else releases.ravel())


def _at(stamps: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the last of some days on or before each wanted one; NaT before the first."""
    days = np.unique(stamps[~np.isnat(stamps)])
    if not len(days):
        return np.full(len(wanted), np.datetime64("NaT", "ns"))
    place = np.searchsorted(days, wanted, side="right") - 1
    return np.where(place >= 0, days[np.maximum(place, 0)], np.datetime64("NaT", "ns"))


def _stale(system: System, inputs: Inputs, decisions: pd.DatetimeIndex) -> Iterable[Notice]:
    """Say which tables end too long before the last decision."""
    if not len(decisions):
        return
    for one in system.inputs:
        tables = [table for table in map(inputs.table, one.tables) if table is not None]
        ends = [t.values.dropna(how="all").index[-1] for t in tables]
        end = min(ends, default=None)
        if end is not None and (decisions[-1] - end).days > one.max_age_days:
            yield Notice(
                "stale_table",
                f"{one.name_zh}（{one.id}）止于 {end:%Y-%m-%d}，决策日是 {decisions[-1]:%Y-%m-%d}："
                "过旧，不据此下结论。",
                f"{one.name_en} ({one.id}) ends on {end:%Y-%m-%d}, the decision is on "
                f"{decisions[-1]:%Y-%m-%d}: nothing is said from it.",
            )


def _simulated(inputs: Inputs) -> tuple[str, ...]:
    panel, system = inputs.panel, inputs.system
    if not panel.simulated:
        return ()
    read = [
        *(a.column(panel.prices) or "" for a in system.assets if a.id in inputs.closes),
        *(
            id
            for one in system.inputs
            for id in (one.id, *one.tables)
            if id in panel.tables or id in panel.lists
        ),
        *(one.id for one in system.indicators if one.id in panel.series),
    ]
    return tuple(
        id for id in dict.fromkeys(filter(None, read)) if id in panel.marked or not panel.marked
    )
