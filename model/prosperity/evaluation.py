"""What a run gives: plain, immutable, the same for cells, sheets, reports and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from prosperity.backtest import Backtest
from prosperity.definition import Industry
from prosperity.frames import SHOWN_MONTHS, as_html, draw
from prosperity.freshness import Freshness
from prosperity.notice import Notice as Notice
from prosperity.notice import Severity as Severity
from prosperity.notice import days_text as days_text
from prosperity.settings import Settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from prosperity.systems.plan_result import PlanResult
    from prosperity.systems.result import SystemResult

#: Column of the market in the weights of the combined strategy.
MARKET = "benchmark"


@dataclass(frozen=True)
class IndustryResult:
    """One model's results. All frames have the decided months (month ends) as their index.

    Attributes
    ----------
    definition : Industry
    decisions : Series of datetime64
        Decision date of each month.
    composite, change : Series
        The composite, in standard deviations, and its like-for-like change over ``lookback``
        months.
    percentile : Series
        Share of the months so far in which the composite was no higher (0 to 1).
    signal : Series
        1, 0, or NaN where nothing can be said.
    grade : Series
        1 overweight, 0 neutral, -1 underweight, NaN where nothing can be said.
    state : Series of str
        For state machines the directions, such as ``demand+ supply-``; else empty texts.
    dimensions, dimension_changes : DataFrame
        Scores, and like-for-like changes, by dimension id.
    contributions, change_contributions : DataFrame
        By indicator id; rows sum to ``composite`` and ``change``.
    weights : DataFrame
        What one unit of an indicator's score adds to its dimension (or to the composite, for the
        flat methods).
    stages : mapping of str to DataFrame
        ``raw``, ``transformed`` and ``score`` by indicator id, as known on each decision date.
    periods, releases : DataFrame of datetime64
        The month that each indicator's value describes, and when it became public.
    explained : DataFrame
        Share of variance that each first component explains, by dimension id, or ``composite``.
    backtest : Backtest or None
        None for a module, and where there are no prices.
    notices : tuple of Notice
    freshness : Freshness or None
        How old the result is on the day of the run; None when no day was given.
    simulated : tuple of str
        Ids of the data columns and prices it reads that say that they are simulated.
    estimated : tuple of str
        Ids of the members whose value on the last decision is a nowcast, or rests on one; only
        under timing ``nowcast``.
    estimated_in : tuple of Timestamp
        Months whose composite rests on a nowcast; only under timing ``nowcast``.
    """

    definition: Industry
    decisions: pd.Series[pd.Timestamp]
    composite: pd.Series[float]
    change: pd.Series[float]
    percentile: pd.Series[float]
    signal: pd.Series[float]
    grade: pd.Series[float]
    state: pd.Series[str]
    dimensions: pd.DataFrame
    dimension_changes: pd.DataFrame
    contributions: pd.DataFrame
    change_contributions: pd.DataFrame
    weights: pd.DataFrame
    stages: Mapping[str, pd.DataFrame]
    periods: pd.DataFrame
    releases: pd.DataFrame
    explained: pd.DataFrame
    backtest: Backtest | None
    notices: tuple[Notice, ...] = ()
    freshness: Freshness | None = None
    simulated: tuple[str, ...] = ()
    estimated: tuple[str, ...] = ()
    estimated_in: tuple[pd.Timestamp, ...] = ()

    @property
    def months(self) -> pd.DatetimeIndex:
        """The decided months."""
        return pd.DatetimeIndex(self.composite.index)

    @property
    def latest(self) -> pd.Timestamp | None:
        """The last month with a composite; None when there is none."""
        known = self.months[self.composite.notna().to_numpy()]
        return known[-1] if len(known) else None

    @property
    def frame(self) -> pd.DataFrame:
        """The months as rows: decision date, composite, change, percentile, signal, grade, state.

        Behind them the scores of the dimensions, by id. NaN where nothing can be said.
        """
        columns = ("composite", "change", "percentile", "signal", "grade", "state")
        own = pd.DataFrame(
            {"decision": self.decisions} | {name: getattr(self, name) for name in columns}
        )
        return own.join(self.dimensions.add_prefix("dimension_"))

    def plot(self) -> Figure:
        """Return a picture of the composite, the months held and the net values.

        Raises
        ------
        SettingError
            ``no_matplotlib`` where matplotlib is not installed.
        """
        nav = None if self.backtest is None else self.backtest.nav
        return draw(self._title, self.composite, self.signal, nav)

    @property
    def _title(self) -> str:
        mark = " (simulated data)" if self.simulated else ""
        return f"{self.definition.name_en}{mark}"

    def _repr_html_(self) -> str:
        notes = tuple(notice.en for notice in self.notices if notice.severity == "warning")
        return as_html(self._title, self.frame.tail(SHOWN_MONTHS), notes)


@dataclass(frozen=True)
class Combined:
    """The combined strategy.

    Attributes
    ----------
    targets : DataFrame
        Target weights: decision dates by industry id and ``benchmark``; rows sum to 1.
    backtest : Backtest
        ``nav`` holds ``strategy``, ``index`` (the equal-weight basket of all industries that
        count) and ``benchmark``; ``position`` is the share of capital in industries at each
        day's close, after the trades of that day, as it has drifted with prices since the last.
    turnover : Series
        Amount bought plus amount sold for each decision date, as a share of capital; 0 for a
        decision that was not traded, or not yet.
    others : DataFrame
        Net values of the price sheet's other indices, on the same days; NaN before their first.
    notices : tuple of Notice
        What a reader must know about it.
    benchmark_code : str
        Code of the benchmark that is held beside the industries.
    parts : DataFrame
        What each industry, the market and the cost added, by month; see
        :func:`prosperity.attribution.attribution`.
    displaced : DataFrame of str
        By decision date and industry: the industry that takes the place of one that has a hold
        signal; empty where none does.
    """

    targets: pd.DataFrame
    backtest: Backtest
    turnover: pd.Series[float]
    others: pd.DataFrame
    notices: tuple[Notice, ...] = ()
    benchmark_code: str = ""
    parts: pd.DataFrame = field(default_factory=pd.DataFrame)
    displaced: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class Evaluation:
    """All results of a run.

    Attributes
    ----------
    results : mapping of str to IndustryResult
        Industries and modules by id, in evaluation order.
    settings : Settings
    asked : tuple of str
        Ids of the models that were asked for; the others are there because these use them.
    simulated : bool
        Whether the data say that they are simulated.
    combined : Combined or None
        The combined strategy; None with fewer than two industries that have a backtest.
    notices : tuple of Notice
        What concerns the run as a whole.
    today : Timestamp or None
        The day on which the results are judged: that of the run, or ``as_of``.
    systems : mapping of str to SystemResult
        Systems by id.
    plan : PlanResult or None
        The plan over the industries and the systems; None where it was not asked for.
    """

    results: Mapping[str, IndustryResult]
    settings: Settings
    asked: tuple[str, ...]
    simulated: bool = False
    combined: Combined | None = None
    notices: tuple[Notice, ...] = ()
    today: pd.Timestamp | None = None
    systems: Mapping[str, SystemResult] = field(default_factory=dict)
    plan: PlanResult | None = None

    @property
    def industries(self) -> Mapping[str, IndustryResult]:
        """The industries that were asked for; where none was, the modules that were."""
        return {id: r for id, r in self.results.items() if self._is_shown(id)}

    @property
    def modules(self) -> Mapping[str, IndustryResult]:
        """The modules, and the industries that are there only because others use them."""
        return {id: r for id, r in self.results.items() if not self._is_shown(id)}

    @property
    def frame(self) -> pd.DataFrame:
        """A row an industry, by id: its last month with a composite, and the backtest's returns.

        NaN, and NaT, where an industry has none.
        """
        return pd.DataFrame({id: _row(r) for id, r in self.industries.items()}).T.infer_objects()

    def _repr_html_(self) -> str:
        mark = " (simulated data)" if self.simulated else ""
        notes = tuple(notice.en for notice in self.notices if notice.severity == "warning")
        names = {id: r.definition.name_en for id, r in self.industries.items()}
        return as_html(f"Industries{mark}", self.frame.rename(index=names), notes)

    def _is_shown(self, id: str) -> bool:
        # A part of an evaluation, such as one sheet shows, has not all that was asked for.
        there = (one for one in self.asked if one in self.results)
        asked = {one: self.results[one].definition.kind for one in there}
        return id in asked and ("industry" not in asked.values() or asked[id] == "industry")


def _row(result: IndustryResult) -> dict[str, Any]:
    """Return what :attr:`Evaluation.frame` says of an industry."""
    last, tested = result.latest, result.backtest
    at = {name: getattr(result, name) for name in ("composite", "change", "percentile", "signal")}
    returns = ("strategy_return", "index_return", "benchmark_return")
    return {
        "month": pd.NaT if last is None else last,
        "decision": pd.NaT if last is None else result.decisions[last],
        **{name: float("nan") if last is None else column[last] for name, column in at.items()},
        **{n: float("nan") if tested is None else tested.statistics[n] for n in returns},
    }
