"""What an industry is: data, validated once, never changed afterwards.

An industry is written as flat records, the same in a catalog file (TOML) and in the
``definition`` sheet of a book: one ``industry`` record, and any number of ``dimension``,
``indicator`` and ``variant`` records; :mod:`prosperity.records` turns the one into the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from prosperity.formula import Formula
from prosperity.lag import Lag, lag_of, longest_lag
from prosperity.transforms import Step

Kind = Literal["industry", "module"]
Sector = Literal["cyclical", "financial", "consumption", "technology", "macro"]
Grade = Literal["A", "B", "C", "D", ""]
Method = Literal["equal_weight", "first_component", "dimensions", "states"]
DimensionMethod = Literal["mean", "first_component", "difference"]
RuleKind = Literal["marginal_up", "states"]
Rebalance = Literal["month_end", "sixth"]
Frequency = Literal["D", "W", "M", "Q"]
Aggregate = Literal["mean", "last", "sum"]
Provenance = Literal["report", "page", "inferred"]

#: Units that mean percent.
PERCENT = ("%", "％", "百分比", "百分点", "个百分点", "percent", "pct", "per cent")


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """A group of indicators that says one thing.

    Attributes
    ----------
    id, name_zh, name_en : str
    method : {"mean", "first_component", "difference"}
        How its score is made from its indicators. ``difference`` is the mean of scores with
        opposite signs, standardised again; it needs all of them.
    weight : float
        Weight in the composite under ``method="dimensions"``; factor (1, 0 or -1, say) in the
        displayed composite under ``method="states"``; unused by the flat methods.
    anchor : str
        Indicator that gives the first component its sign; needed for ``first_component``.
    """

    id: str
    name_zh: str
    name_en: str
    method: DimensionMethod = "mean"
    weight: float = 1.0
    anchor: str = ""

    def name(self, language: str) -> str:
        """Return the name in ``zh`` or ``en``."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A series that enters a composite, or an ingredient of one.

    Attributes
    ----------
    id, name_zh, name_en : str
        The id is the same wherever the same published series is meant.
    dimension : str
        The dimension it belongs to; empty for an ingredient that only formulas use.
    unit : str
        Unit of the published value; percent stays percent.
    plausible_low, plausible_high : float or None
        What a published value, in ``unit``, is generally known to lie between; an import asks
        about values outside. None is no bound. Growth published in place of an amount is another
        unit, so they say nothing about it.
    base : float or None
        The value that means no change, for an index published against one: 100 for consumer
        confidence. None for amounts, prices and rates, whose neutral value is 0 or unknown.
    frequency : {"D", "W", "M", "Q"}
        Native frequency of the published series.
    aggregate : {"mean", "last", "sum"}
        How daily and weekly values become a month.
    formula : str
        Formula over other indicators' published values; empty when it has its own column.
    composite : str
        Id of another model whose composite this is; empty otherwise.
    transform : str
        Chain of steps, see :mod:`prosperity.transforms`.
    denoise : bool
        Whether the de-noising filter of the settings is applied.
    standardise : bool
        Whether it becomes a z-score; a composite of another model may be taken as it is.
    sign : int
        +1, or -1 when a rise is bad (within the dimension, for state machines).
    weight : float
        Weight among its siblings; 0 keeps it in the book but out of the composite.
    lag_days : int or str
        Days from the end of the period to publication, when no release date is known; a text
        where they changed in time, see :mod:`prosperity.lag`.
    start : str
        ``YYYY-MM`` from which it is a member; empty is always.
    source_ids, aliases, alternatives : tuple of str
        Vendors' ids, other names in exports, and series that can stand in.
    provenance : {"report", "page", "inferred"}
        Whether the report states it, a public page does, or we inferred it.
    source, note_zh, note_en : str
        Where it is stated; anything a reader should know.
    """

    id: str
    name_zh: str
    name_en: str
    dimension: str = ""
    unit: str = ""
    plausible_low: float | None = None
    plausible_high: float | None = None
    base: float | None = None
    frequency: Frequency = "M"
    aggregate: Aggregate = "mean"
    formula: str = ""
    composite: str = ""
    transform: str = "level"
    denoise: bool = True
    standardise: bool = True
    sign: int = 1
    weight: float = 1.0
    lag_days: int | str = 0
    start: str = ""
    source_ids: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    provenance: Provenance = "inferred"
    source: str = ""
    note_zh: str = ""
    note_en: str = ""
    # Parsed once by build(); not part of the record.
    chain: tuple[Step, ...] = field(default=(), repr=False)
    parsed: Formula | None = field(default=None, repr=False, compare=False)

    @property
    def lag(self) -> Lag:
        """The days of ``lag_days``, by period."""
        return lag_of(self.lag_days)

    @property
    def own_column(self) -> bool:
        """Whether it needs a column of its own in a book's ``data`` sheet."""
        return not self.formula and not self.composite

    def name(self, language: str) -> str:
        """Return the name in ``zh`` or ``en``."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A documented alternative reading: a set of changes to the definition.

    ``changes`` is text such as ``indicator.cgb10y.weight = 0; rule = marginal_up``.
    """

    id: str
    name_zh: str
    name_en: str
    changes: str


@dataclass(frozen=True, kw_only=True)
class Traded:
    """What is held for an industry, and what instead of it.

    Attributes
    ----------
    code, name_zh, name_en : str
        Of the industry's index; the names are empty where the industry's own do.
    benchmark : str
        Code of the index that is held when the industry is not.
    """

    code: str = ""
    name_zh: str = ""
    name_en: str = ""
    benchmark: str = "881001.WI"


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What a report says that its model earned.

    Attributes
    ----------
    start, end : str
        First and last month of its backtest; empty when it gives none.
    strategy, index, benchmark : float or None
        Cumulative returns, in percent.
    """

    start: str = ""
    end: str = ""
    strategy: float | None = None
    index: float | None = None
    benchmark: float | None = None


@dataclass(frozen=True, kw_only=True)
class Industry:
    """One model: an industry that can be held, or a module that others use.

    Attributes
    ----------
    id, name_zh, name_en : str
    kind : {"industry", "module"}
        A module has a composite but no index, and is never an asset.
    sector, grade : str
        Sector of the report; how much of the model the sources state: A all of it, B some
        indicators are ours, C most are, D not even results.
    method : {"equal_weight", "first_component", "dimensions", "states"}
        ``equal_weight`` and ``first_component`` combine all indicators at once; ``dimensions`` is
        the weighted mean of dimension scores; ``states`` is a rule over dimension directions.
    anchor : str
        Indicator that gives ``first_component`` its sign.
    rule : {"marginal_up", "states"}
    hold : str
        Hold-states, such as ``demand+ supply-; demand+ supply+ inventory+``: any one is enough.
    rebalance : {"month_end", "sixth"}
        Decision on the last trading day of the month, or on the last trading day on or before
        the 6th of the next month.
    covers : tuple of str
        Industries whose place this one takes in the combined strategy.
    asset : Traded
        The index that is held, and the benchmark.
    sample_start : str
        ``YYYY-MM``, first month of the backtest.
    published : Reported
        The report's own backtest.
    logic_zh, logic_en, unknown_zh, unknown_en, source : str
        Why it works, what the sources leave open, where it is stated.
    """

    id: str
    name_zh: str
    name_en: str
    kind: Kind = "industry"
    sector: Sector = "cyclical"
    grade: Grade = ""
    method: Method = "equal_weight"
    anchor: str = ""
    rule: RuleKind = "marginal_up"
    hold: str = ""
    rebalance: Rebalance = "month_end"
    covers: tuple[str, ...] = ()
    asset: Traded = Traded()
    sample_start: str = ""
    published: Reported = Reported()
    logic_zh: str = ""
    logic_en: str = ""
    unknown_zh: str = ""
    unknown_en: str = ""
    source: str = ""
    dimensions: tuple[Dimension, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    variants: tuple[Variant, ...] = ()

    def name(self, language: str) -> str:
        """Return the name in ``zh`` or ``en``."""
        return self.name_zh if language == "zh" else self.name_en

    def dimension(self, id: str) -> Dimension:
        """Return the dimension called ``id``."""
        return next(d for d in self.dimensions if d.id == id)

    def indicator(self, id: str) -> Indicator:
        """Return the indicator called ``id``."""
        return next(i for i in self.indicators if i.id == id)

    def as_published(self, indicator: Indicator) -> Indicator:
        """Return a formula's indicator with the lag and frequency of its slowest ingredient."""
        if indicator.parsed is None:
            return indicator
        parts = [self.indicator(name) for name in indicator.parsed.names]
        steps = get_args(Frequency)
        return replace(
            indicator,
            lag_days=longest_lag(part.lag for part in parts).plain,
            frequency=max((part.frequency for part in parts), key=steps.index),
        )

    @property
    def members(self) -> tuple[Indicator, ...]:
        """The indicators that belong to a dimension and have weight, in order."""
        return tuple(i for i in self.indicators if i.dimension and i.weight > 0)

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of the models whose composites this one uses."""
        return tuple(dict.fromkeys(i.composite for i in self.indicators if i.composite))

    @property
    def hold_states(self) -> tuple[tuple[tuple[str, int], ...], ...]:
        """Hold-states as (dimension, +1 or -1) pairs."""
        return tuple(
            tuple((c[:-1], 1 if c[-1] == "+" else -1) for c in state.split())
            for state in self.hold.split(";")
            if state.strip()
        )
