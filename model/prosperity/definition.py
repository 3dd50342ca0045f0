"""What an industry is: data, validated once, never changed afterwards.

An industry is written as flat records, the same in a catalog file (TOML) and in the
``definition`` sheet of a book: one ``industry`` record, and any number of ``dimension``,
``indicator`` and ``variant`` records. :func:`build` turns records into an :class:`Industry`,
:func:`records` turns it back; both ways are exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, cast, get_args

from prosperity.errors import DefinitionError, nearest
from prosperity.formula import Formula, parse
from prosperity.transforms import Step, parse_chain

Kind = Literal["industry", "module"]
Sector = Literal["cyclical", "financial", "consumption", "technology", "macro"]
Grade = Literal["A", "B", "C", "D", ""]
Method = Literal["equal_weight", "first_component", "dimensions", "states"]
DimensionMethod = Literal["mean", "first_component"]
RuleKind = Literal["marginal_up", "states"]
Rebalance = Literal["month_end", "sixth"]
Frequency = Literal["D", "W", "M", "Q"]
Aggregate = Literal["mean", "last", "sum"]
Provenance = Literal["report", "page", "inferred"]

#: Units that mean percent.
PERCENT = ("%", "％", "百分比", "百分点", "个百分点", "percent", "pct", "per cent")

_ID = re.compile(r"^[a-z][a-z0-9_]{0,59}$")
_MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")
_CONDITION = re.compile(r"^([a-z][a-z0-9_]*)([+-])$")


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """A group of indicators that says one thing.

    Attributes
    ----------
    id, name_zh, name_en : str
    method : {"mean", "first_component"}
        How its score is made from its indicators.
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
    lag_days : int
        Days from the end of the period to publication, when no release date is known.
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
    frequency: Frequency = "M"
    aggregate: Aggregate = "mean"
    formula: str = ""
    composite: str = ""
    transform: str = "level"
    denoise: bool = True
    standardise: bool = True
    sign: int = 1
    weight: float = 1.0
    lag_days: int = 0
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
    index_code, index_name_zh, index_name_en, benchmark_code : str
    sample_start : str
        ``YYYY-MM``, first month of the backtest.
    report_start, report_end : str
        First and last month of the report's own backtest; empty when it gives none.
    report_strategy, report_index, report_benchmark : float or None
        The report's cumulative returns, in percent.
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
    index_code: str = ""
    index_name_zh: str = ""
    index_name_en: str = ""
    benchmark_code: str = "881001.WI"
    sample_start: str = ""
    report_start: str = ""
    report_end: str = ""
    report_strategy: float | None = None
    report_index: float | None = None
    report_benchmark: float | None = None
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
            lag_days=max(part.lag_days for part in parts),
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

    def variant(self, id: str) -> Industry:
        """Return this definition with the changes of one of its variants."""
        known = {v.id: v for v in self.variants}
        if id not in known:
            raise DefinitionError(
                "unknown_variant",
                f"{self.name_zh}没有方案“{id}”。可用：{'、'.join(known) or '无'}。",
                f"{self.name_en} has no variant {id!r}. Known: {', '.join(known) or 'none'}.",
            )
        return with_changes(self, known[id].changes)


Record = dict[str, Any]
Table = Literal["industry", "dimension", "indicator", "variant"]
#: Says where a field of a record stands: (table, row number from 0, field) -> place.
Locator = Callable[[str, int, str], str]

CLASSES: dict[Table, type] = {
    "industry": Industry,
    "dimension": Dimension,
    "indicator": Indicator,
    "variant": Variant,
}
_NOT_COLUMNS = {"dimensions", "indicators", "variants", "chain", "parsed"}
#: The columns of each table, in order.
COLUMNS: dict[Table, tuple[str, ...]] = {
    table: tuple(f.name for f in fields(cls) if f.name not in _NOT_COLUMNS)
    for table, cls in CLASSES.items()
}
_CHOICES: dict[tuple[Table, str], tuple[str, ...]] = {
    ("industry", "kind"): get_args(Kind),
    ("industry", "sector"): get_args(Sector),
    ("industry", "grade"): get_args(Grade),
    ("industry", "method"): get_args(Method),
    ("industry", "rule"): get_args(RuleKind),
    ("industry", "rebalance"): get_args(Rebalance),
    ("dimension", "method"): get_args(DimensionMethod),
    ("indicator", "frequency"): get_args(Frequency),
    ("indicator", "aggregate"): get_args(Aggregate),
    ("indicator", "provenance"): get_args(Provenance),
}
_NUMBERS = {
    "weight": float,
    "sign": int,
    "lag_days": int,
    "report_strategy": float,
    "report_index": float,
    "report_benchmark": float,
}
_LISTS = {"covers", "source_ids", "aliases", "alternatives"}
#: Columns that hold a month, written ``2015-01``.
MONTH_COLUMNS = frozenset({"start", "sample_start", "report_start", "report_end"})
#: Days from the end of a period to publication, at most.
LONGEST_LAG = 400
_REQUIRED = {"id", "name_zh", "name_en"}
_DEFAULTS: dict[Table, Record] = {
    table: {f.name: f.default for f in fields(cls) if f.name not in _NOT_COLUMNS | _REQUIRED}
    for table, cls in CLASSES.items()
}


def choices(table: Table, column: str) -> tuple[str, ...]:
    """Return the words that a column may hold; empty when it is free."""
    return _CHOICES.get((table, column), ())


def build(raw: Mapping[Table, Sequence[Record]], locate: Locator | None = None) -> Industry:
    """Make an :class:`Industry` from flat records.

    Parameters
    ----------
    raw
        Records by table; ``industry`` holds exactly one. A field that is absent, None or an
        empty text takes its default. Lists are TOML lists or texts parted by ``;``.
    locate
        Says where a field stands, for the errors (a key of a file, or a cell of a sheet).

    Raises
    ------
    DefinitionError
        With the place, for the first thing found wrong. :func:`problems` gives all.
    """
    found, industry = _assemble(raw, locate or _record_place)
    if found:
        raise found[0]
    return cast(Industry, industry)


def problems(
    raw: Mapping[Table, Sequence[Record]], locate: Locator | None = None
) -> tuple[DefinitionError, ...]:
    """Return everything that :func:`build` would refuse, in the order of the tables."""
    return tuple(_assemble(raw, locate or _record_place)[0])


def records(industry: Industry) -> dict[Table, list[Record]]:
    """Return the flat records of ``industry``; :func:`build` gives an equal object back."""
    return {
        "industry": [_record("industry", industry)],
        "dimension": [_record("dimension", d) for d in industry.dimensions],
        "indicator": [_record("indicator", i) for i in industry.indicators],
        "variant": [_record("variant", v) for v in industry.variants],
    }


@dataclass(frozen=True)
class Difference:
    """One field in which two definitions differ; None stands for a record that is not there."""

    field: str
    before: Any
    after: Any


def differences(before: Industry, after: Industry) -> tuple[Difference, ...]:
    """Return every field in which ``after`` differs from ``before``.

    Fields are called as in :func:`with_changes`: ``rule``, ``indicator.cgb10y.weight``. A record
    that only one of them has counts once, as ``indicator.cgb10y``.
    """
    found: list[Difference] = []
    old, new = records(before), records(after)
    for table in CLASSES:
        left = {record["id"]: record for record in old[table]}
        right = {record["id"]: record for record in new[table]}
        for id in dict.fromkeys([*left, *right]):
            prefix = "" if table == "industry" else f"{table}.{id}."
            if id not in left or id not in right:
                was, now = (id, None) if id in left else (None, id)
                found.append(Difference(f"{table}.{id}", was, now))
                continue
            found.extend(
                Difference(prefix + column, left[id][column], right[id][column])
                for column in COLUMNS[table]
                if left[id][column] != right[id][column]
            )
    return tuple(found)


def _record(table: Table, item: object) -> Record:
    values = {name: getattr(item, name) for name in COLUMNS[table]}
    return {k: "; ".join(v) if isinstance(v, tuple) else v for k, v in values.items()}


def _record_place(table: str, row: int, column: str) -> str:
    return f"{table}[{row}].{column}"


def _assemble(
    raw: Mapping[Table, Sequence[Record]], locate: Locator
) -> tuple[list[DefinitionError], Industry | None]:
    found: list[DefinitionError] = []
    made: dict[Table, list[Any]] = {}
    for table, cls in CLASSES.items():
        made[table] = []
        for row, record in enumerate(raw.get(table, ())):
            values = _read_record(table, row, record, locate, found)
            if values is not None:
                made[table].append(cls(**values))
    if found:
        return found, None
    if len(made["industry"]) != 1:
        place = locate("industry", 0, "id")
        count = len(made["industry"])
        text_zh, text_en = (
            f"需要正好一个行业，这里有 {count} 个",
            f"needs one industry, has {count}",
        )
        return [_error("one_industry", text_zh, text_en, place)], None
    industry = replace(
        made["industry"][0],
        dimensions=tuple(made["dimension"]),
        indicators=tuple(made["indicator"]),
        variants=tuple(made["variant"]),
    )
    found.extend(_check_whole(industry, locate))
    if not found:
        found.extend(_check_variants(industry, locate))
    return found, industry


def _read_record(
    table: Table, row: int, record: Record, locate: Locator, found: list[DefinitionError]
) -> Record | None:
    """Convert one record's fields; add what is wrong to ``found``."""
    before = len(found)
    values: Record = dict(_DEFAULTS[table])
    for column in record:
        if column not in COLUMNS[table]:
            hint = nearest(column, COLUMNS[table])
            found.append(
                _error(
                    "unknown_column",
                    f"没有“{column}”这一栏{'，是否为 ' + hint[0] if hint else ''}",
                    f"there is no field {column!r}{'; is it ' + hint[0] + '?' if hint else ''}",
                    locate(table, row, column),
                )
            )
    for column in COLUMNS[table]:
        given = record.get(column)
        if given is None or given == [] or (isinstance(given, str) and not given.strip()):
            if column in _REQUIRED:
                place = locate(table, row, column)
                found.append(
                    _error("missing_field", f"缺少 {column}", f"{column} is missing", place)
                )
            continue
        try:
            values[column] = _convert(table, column, given, locate(table, row, column))
        except DefinitionError as error:
            found.append(error)
    if table == "indicator":
        _parse_indicator(values, row, locate, found)
    return values if len(found) == before else None


def _convert(table: Table, column: str, given: Any, place: str) -> Any:
    """Return one field's value in the type of its column."""
    allowed = choices(table, column)
    if column in _LISTS:
        listed = isinstance(given, list | tuple)
        if listed and any(mark in str(part) for part in given for mark in ";；"):
            zh, en = "列表中的一项不能含分号", "an item of a list may not hold a semicolon"
            raise _error("bad_list", zh, en, place)
        parts = given if listed else str(given).replace("；", ";").split(";")
        return tuple(str(part).strip() for part in parts if str(part).strip())
    if column in ("denoise", "standardise"):
        return _boolean(given, place)
    if column in _NUMBERS:
        return _number(column, given, place)
    text = str(given).strip()
    if column == "id" and not _ID.match(text):
        raise _error(
            "bad_id",
            f"id “{text[:60]}”只能用小写英文字母、数字和下划线，并以字母开头",
            f"the id {text[:60]!r} may hold only a-z, 0-9 and _, and begins with a letter",
            place,
        )
    if column in MONTH_COLUMNS and not _MONTH.match(text):
        raise _error(
            "bad_month", f"“{text}”应写成 2015-01", f"{text!r} must look like 2015-01", place
        )
    if allowed and text not in allowed:
        words = "、".join(a for a in allowed if a)
        raise _error(
            "bad_choice",
            f"{column} 不能是“{text[:40]}”，可用：{words}",
            f"{column} cannot be {text[:40]!r}; it is one of {words.replace('、', ', ')}",
            place,
        )
    return text


def _boolean(given: Any, place: str) -> bool:
    known = {"true": True, "1": True, "是": True, "yes": True}
    known |= {"false": False, "0": False, "否": False, "no": False}
    text = str(given).strip().casefold().removesuffix(".0")
    if text not in known:
        raise _error(
            "bad_boolean", f"“{given}”应为 TRUE 或 FALSE", f"{given!r} is not true or false", place
        )
    return known[text]


def _number(column: str, given: Any, place: str) -> float | int:
    try:
        value = float(given) if not isinstance(given, bool) else float("nan")
    except (TypeError, ValueError):
        value = float("nan")
    if not abs(value) < 1e12:
        raise _error(
            "not_a_number",
            f"{column} “{given}”不是数字",
            f"{column} {given!r} is not a number",
            place,
        )
    if _NUMBERS[column] is int:
        if value != int(value):
            raise _error(
                "not_whole", f"{column} 应为整数", f"{column} must be a whole number", place
            )
        value = int(value)
    if column == "sign" and value not in (1, -1):
        raise _error(
            "bad_sign",
            f"sign 只能是 1 或 -1，不能是 {given}",
            f"sign is 1 or -1, not {given}",
            place,
        )
    if column == "lag_days" and not 0 <= value <= LONGEST_LAG:
        raise _error(
            "bad_lag",
            f"lag_days 应在 0 到 {LONGEST_LAG} 之间",
            f"lag_days is between 0 and {LONGEST_LAG}",
            place,
        )
    return value


def _parse_indicator(
    values: Record, row: int, locate: Locator, found: list[DefinitionError]
) -> None:
    for column, parsed, read in (("transform", "chain", parse_chain), ("formula", "parsed", parse)):
        if values[column]:
            try:
                values[parsed] = read(values[column], where=locate("indicator", row, column))
            except DefinitionError as error:
                found.append(error)
    if values["formula"] and values["composite"]:
        found.append(
            _error(
                "two_sources",
                "formula 和 composite 只能填一个",
                "fill either formula or composite, not both",
                locate("indicator", row, "composite"),
            )
        )
    if values["weight"] < 0:
        found.append(
            _error(
                "negative_weight",
                "weight 不能为负；方向请用 sign",
                "weight is not negative; use sign for the direction",
                locate("indicator", row, "weight"),
            )
        )


def _error(code: str, zh: str, en: str, place: str) -> DefinitionError:
    return DefinitionError(code, f"{zh}。", f"{en[0].upper()}{en[1:]}.", where=place)


def _check_whole(industry: Industry, locate: Locator) -> list[DefinitionError]:
    """Check what concerns more than one record."""
    found: list[DefinitionError] = []

    def refuse(code: str, zh: str, en: str, table: Table, row: int, column: str) -> None:
        found.append(_error(code, zh, en, locate(table, row, column)))

    items: dict[Table, tuple[Any, ...]] = {
        "dimension": industry.dimensions,
        "indicator": industry.indicators,
        "variant": industry.variants,
    }
    for table, group in items.items():
        seen: set[str] = set()
        for row, item in enumerate(group):
            if item.id in seen:
                refuse(
                    "id_twice",
                    f"id {item.id} 重复",
                    f"the id {item.id} stands twice",
                    table,
                    row,
                    "id",
                )
            seen.add(item.id)
    dimension_ids = [d.id for d in industry.dimensions]
    indicator_ids = [i.id for i in industry.indicators]
    for row, indicator in enumerate(industry.indicators):
        if indicator.dimension and indicator.dimension not in dimension_ids:
            refuse(
                "unknown_dimension",
                f"没有维度 {indicator.dimension}",
                f"there is no dimension {indicator.dimension}",
                *("indicator", row, "dimension"),
            )
        for name in indicator.parsed.names if indicator.parsed else ():
            if name not in indicator_ids:
                close = "、".join(nearest(name, indicator_ids))
                refuse(
                    "formula_series",
                    f"公式引用的 {name} 不在本行业的指标中{'，最接近：' + close if close else ''}",
                    f"the formula names {name}, which is not an indicator here"
                    f"{'; nearest: ' + close if close else ''}",
                    *("indicator", row, "formula"),
                )
            elif not industry.indicator(name).own_column:
                refuse(
                    "formula_of_formula",
                    f"公式只能引用有数据列的指标，{name} 不是",
                    f"a formula uses only indicators with a data column; {name} has none",
                    *("indicator", row, "formula"),
                )
        if indicator.composite == industry.id:
            refuse(
                "cycle",
                "不能引用自己的景气度",
                "a model cannot use its own composite",
                *("indicator", row, "composite"),
            )
    if not industry.members:
        refuse(
            "no_members",
            "没有任何有权重的指标",
            "no indicator has weight",
            "indicator",
            0,
            "dimension",
        )
    _check_anchors(industry, refuse)
    _check_rule(industry, refuse)
    return found


def _check_anchors(industry: Industry, refuse: Callable[..., None]) -> None:
    members = {i.id: i for i in industry.members}
    if industry.method == "first_component" and industry.anchor not in members:
        refuse(
            "no_anchor",
            f"first_component 需要锚定指标 anchor，“{industry.anchor}”不是有权重的指标",
            f"first_component needs an anchor; {industry.anchor!r} is no indicator with weight",
            *("industry", 0, "anchor"),
        )
    for row, dimension in enumerate(industry.dimensions):
        inside = [i.id for i in members.values() if i.dimension == dimension.id]
        if not inside and industry.method in ("dimensions", "states"):
            refuse(
                "empty_dimension",
                f"维度 {dimension.id} 没有有权重的指标",
                f"the dimension {dimension.id} has no indicator with weight",
                *("dimension", row, "id"),
            )
        if dimension.method == "first_component" and dimension.anchor not in inside:
            refuse(
                "no_anchor",
                f"维度 {dimension.id} 的锚定指标“{dimension.anchor}”不在其中",
                f"the anchor {dimension.anchor!r} is not in the dimension {dimension.id}",
                *("dimension", row, "anchor"),
            )


def _check_rule(industry: Industry, refuse: Callable[..., None]) -> None:
    ids = {d.id for d in industry.dimensions}
    if (industry.rule == "states") != bool(industry.hold_states):
        refuse(
            "hold_states",
            "规则为 states 时必须且只有这时才填写 hold",
            "hold is filled if and only if the rule is states",
            *("industry", 0, "hold"),
        )
        return
    for condition in industry.hold.replace(";", " ").split():
        match = _CONDITION.match(condition)
        if match is None or match[1] not in ids:
            refuse(
                "bad_hold",
                f"hold 中的“{condition}”应为维度名加 + 或 -，例如 demand+",
                f"{condition!r} in hold must be a dimension and + or -, such as demand+",
                *("industry", 0, "hold"),
            )
    for state in industry.hold_states:
        if len({dimension for dimension, _ in state}) < len(state):
            refuse(
                "bad_hold",
                "hold 的一个状态中同一维度只能出现一次",
                "a state in hold names each dimension once",
                *("industry", 0, "hold"),
            )
    by_dimension = industry.method in ("dimensions", "states")
    if by_dimension and not any(d.weight for d in industry.dimensions):
        refuse(
            "no_weight",
            "至少一个维度的 weight 不为 0，否则没有景气度数值",
            "at least one dimension needs a weight, or there is no composite",
            *("dimension", 0, "weight"),
        )
    negative = [r for r, d in enumerate(industry.dimensions) if d.weight < 0]
    if negative and industry.method != "states":
        refuse(
            "negative_weight",
            "维度权重不能为负",
            "a dimension's weight is not negative",
            *("dimension", negative[0], "weight"),
        )


def _check_variants(industry: Industry, locate: Locator) -> list[DefinitionError]:
    found = []
    for row, variant in enumerate(industry.variants):
        try:
            with_changes(industry, variant.changes, where=locate("variant", row, "changes"))
        except DefinitionError as error:
            found.append(error)
    return found


def with_changes(industry: Industry, changes: str, *, where: str = "") -> Industry:
    """Return ``industry`` with some fields changed, checked like any other definition.

    Parameters
    ----------
    industry
        The definition to start from.
    changes
        ``FIELD = VALUE`` parts, parted by ``;`` or new lines (inside hold-states write ``,``):
        ``rule = states``, ``indicator.cgb10y.weight = 0``, ``dimension.demand.method = mean``.
    where
        The place of the changes, for errors.
    """
    raw = records(industry)
    raw["variant"] = []
    for change in filter(None, (part.strip() for part in re.split(r"[;；\n]", changes))):
        path, equals, value = (part.strip() for part in change.partition("="))
        steps = path.split(".")
        record = _addressed(raw, steps)
        if not equals or record is None or steps[-1] not in record:
            raise _error(
                "bad_change",
                f"“{change}”应写成 indicator.ID.weight = 0 的形式，并指向存在的字段",
                f"{change!r} must look like indicator.ID.weight = 0 and name an existing field",
                where,
            )
        record[steps[-1]] = value.replace(",", ";") if steps[-1] == "hold" else value
    place = (lambda table, row, column: where) if where else None
    return replace(build(raw, place), variants=industry.variants)


def _addressed(raw: dict[Table, list[Record]], steps: list[str]) -> Record | None:
    if len(steps) == 1:
        return raw["industry"][0]
    if len(steps) == 3 and steps[0] in ("dimension", "indicator"):
        group = raw[cast(Table, steps[0])]
        return next((record for record in group if record["id"] == steps[1]), None)
    return None
