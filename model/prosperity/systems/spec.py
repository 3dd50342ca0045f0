"""What a system is: scores over assets, then weights, then one portfolio; said as data.

A system says *what*: the assets, what it reads and when that became public, every constant with
where it comes from, what its authors published. *How* scores are made of it stands in one module
of :mod:`prosperity.systems.rules`; how weights are made of scores in
:mod:`prosperity.systems.allocation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from prosperity.assets import Asset
from prosperity.definition import Dimension, Frequency, Indicator, Industry, Variant
from prosperity.schedule import By

Form = Literal["wide", "long", "list"]
Allocation = Literal["switch", "position", "top_k", "mix", "votes", "imported"]
#: Whether the digest states it, a public page does, we inferred it, or it is our own design.
Provenance = Literal["seed", "page", "inferred", "ours"]
#: The rest that is an equal part of every asset that has a price.
EQUAL_WEIGHT = "equal_weight"
#: Stands for every further column of a long sheet.
ANY_FIELD = "*"


@dataclass(frozen=True, kw_only=True)
class Input:
    """A sheet that a system reads, beside prices and the indicators of ``data``.

    Attributes
    ----------
    id, name_zh, name_en : str
        The id is the name of the sheet.
    form : {"wide", "long", "list"}
        ``wide``: dates down, an entity a column, as a sheet of prices; the table is called by the
        id. ``long``: columns date, ``entity`` and ``fields``; there is one table a field, called
        ``ID.FIELD``. ``list``: records of ``entity`` and ``fields``, where ``from`` and ``to``
        say since and until when; it is no table but a list.
    entity : str
        What the columns of its tables are, such as ``code`` or ``industry``.
    fields : tuple of str
        For ``long`` and ``list``; one that ends in ``?`` may be absent. ``*`` is every further
        column of a ``long`` sheet, such as a factor of one's own.
    unit : str
        Unit of the values; of several fields ``shares: 亿份; nav: 元``. A field whose unit is
        ``date`` holds days, which its table keeps as days since 1970-01-01; one whose unit is
        ``text`` is read by people alone and becomes no table.
    frequency : {"D", "W", "M", "Q"}
    lag_days : int or str
        Days from the date to publication, when no release date is stated.
    lag_trading_days : int
        Trading days from the date to publication, for what an exchange publishes after a close.
    required : bool
        Whether nothing can be said without it.
    minimum : int
        Dates that are needed before the first decision.
    max_age_days : int
        Days after which its newest value says nothing any more.
    publisher_zh, publisher_en, note_zh, note_en : str
        Who publishes it, and anything that a reader should know.
    provenance, source : str
        Where it is stated that it is used.
    """

    id: str
    name_zh: str
    name_en: str
    form: Form = "wide"
    entity: str = "asset"
    fields: tuple[str, ...] = ()
    unit: str = ""
    frequency: Frequency = "D"
    lag_days: int | str = 0
    lag_trading_days: int = 0
    required: bool = True
    minimum: int = 0
    max_age_days: int = 45
    publisher_zh: str = ""
    publisher_en: str = ""
    note_zh: str = ""
    note_en: str = ""
    provenance: Provenance = "inferred"
    source: str = ""

    def name(self, language: str) -> str:
        """Return the name in ``zh`` or ``en``."""
        return self.name_zh if language == "zh" else self.name_en

    @property
    def columns(self) -> tuple[tuple[str, bool], ...]:
        """The fields, and whether each must be there."""
        return tuple(
            (field.removesuffix("?"), not field.endswith("?"))
            for field in self.fields
            if field != ANY_FIELD
        )

    @property
    def open(self) -> bool:
        """Whether further columns are fields too."""
        return ANY_FIELD in self.fields

    def unit_of(self, field: str) -> str:
        """Return the unit of a field; that of all fields where they are not told apart."""
        plain = self.unit.replace("：", ":").replace("；", ";")
        parts = [part.partition(":") for part in plain.split(";")]
        told = {name.strip(): unit.strip() for name, colon, unit in parts if colon}
        return told.get(field, "") if told else self.unit.strip()

    @property
    def tables(self) -> tuple[str, ...]:
        """Ids of the tables that it becomes; none for a list."""
        if self.form == "list":
            return ()
        if self.form == "wide":
            return (self.id,)
        kept = (field for field, _ in self.columns if self.unit_of(field) != "text")
        return tuple(f"{self.id}.{field}" for field in kept)


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A constant of a system, which an analyst may set.

    Attributes
    ----------
    id, name_zh, name_en : str
    value : float or str
        A number, or one of ``choices``.
    low, high : float or None
        What a number lies between, both included.
    whole : bool
        Whether it is a whole number.
    choices : tuple of str
        The words that it may be, where it is a word.
    unit : str
    provenance, source : str
        Where the default comes from.
    note_zh, note_en : str
    """

    id: str
    name_zh: str
    name_en: str
    value: float | str
    low: float | None = None
    high: float | None = None
    whole: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""
    provenance: Provenance = "inferred"
    source: str = ""
    note_zh: str = ""
    note_en: str = ""

    def name(self, language: str) -> str:
        """Return the name in ``zh`` or ``en``."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True, kw_only=True)
class Published:
    """A figure that the authors of a system published, to stand beside ours.

    Attributes
    ----------
    id, name_zh, name_en : str
    value : float
        In ``unit``.
    unit : str
        ``%``, or empty for a ratio or a count.
    start, end : str
        Days or months, as far as they are stated.
    statistic : str
        Which of ours it is to be compared with, such as ``annualised_return``; empty when none.
    provenance, source, note_zh, note_en : str
    """

    id: str
    name_zh: str
    name_en: str
    value: float
    unit: str = ""
    start: str = ""
    end: str = ""
    statistic: str = ""
    provenance: Provenance = "page"
    source: str = ""
    note_zh: str = ""
    note_en: str = ""


@dataclass(frozen=True, kw_only=True)
class System:
    """A system of scores over assets.

    Attributes
    ----------
    id, name_zh, name_en : str
    rule : str
        Module of :mod:`prosperity.systems.rules` that makes its scores; empty is that of its id.
    schedule : {"month_end", "sixth", "week_end", "day"}
        When it decides.
    delay_days : int
        Trading days from decision to trade: 0 where every input is public before the close.
    allocation : {"switch", "position", "top_k", "mix", "votes", "imported"}
    rest : str
        What stands in the capital that no weight asks for: the id of an asset, ``equal_weight``
        or ``cash``.
    benchmark : str
        What it is compared with, in the same words.
    minimum : int
        Days of prices that are needed before the first decision.
    assets : tuple of Asset
    inputs : tuple of Input
    parameters : tuple of Parameter
    published : tuple of Published
    variants : tuple of Variant
        Documented alternative readings; their changes are ``parameter.window = 60``.
    dimensions, indicators : tuple
        Groups and series of the sheet ``data``, as for industries.
    logic_zh, logic_en, fails_zh, fails_en, unknown_zh, unknown_en, source : str
        Why it works, when it fails, what the sources leave open, where it is stated.
    """

    id: str
    name_zh: str
    name_en: str
    rule: str = ""
    schedule: By = "month_end"
    delay_days: int = 0
    allocation: Allocation = "top_k"
    rest: str = EQUAL_WEIGHT
    benchmark: str = EQUAL_WEIGHT
    minimum: int = 0
    logic_zh: str = ""
    logic_en: str = ""
    fails_zh: str = ""
    fails_en: str = ""
    unknown_zh: str = ""
    unknown_en: str = ""
    source: str = ""
    assets: tuple[Asset, ...] = ()
    inputs: tuple[Input, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    published: tuple[Published, ...] = ()
    variants: tuple[Variant, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    indicators: tuple[Indicator, ...] = ()

    def name(self, language: str) -> str:
        """Return the name in ``zh`` or ``en``."""
        return self.name_zh if language == "zh" else self.name_en

    def asset(self, id: str) -> Asset:
        """Return the asset called ``id``."""
        return next(asset for asset in self.assets if asset.id == id)

    def input(self, id: str) -> Input:
        """Return the input called ``id``."""
        return next(one for one in self.inputs if one.id == id)

    @property
    def values(self) -> Values:
        """The constants by id."""
        return Values({one.id: one.value for one in self.parameters})

    @property
    def module(self) -> Industry:
        """Its indicators as a module, for what reads a sheet ``data`` and judges its columns.

        It has no composite; nothing evaluates it.
        """
        return Industry(
            id=self.id,
            name_zh=self.name_zh,
            name_en=self.name_en,
            kind="module",
            dimensions=self.dimensions,
            indicators=self.indicators,
        )

    def with_values(self, changed: Mapping[str, float | str]) -> System:
        """Return the system with some constants changed; they are taken as checked."""
        parameters = tuple(
            replace(one, value=changed.get(one.id, one.value)) for one in self.parameters
        )
        return replace(self, parameters=parameters)


class Values(Mapping[str, float | str]):
    """The constants of a system by id, each asked for as what it is."""

    def __init__(self, values: Mapping[str, float | str]) -> None:
        self._values = dict(values)

    def __getitem__(self, id: str) -> float | str:
        return self._values[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def number(self, id: str) -> float:
        """Return a constant that is a number."""
        return float(self._values[id])

    def whole(self, id: str) -> int:
        """Return a constant that is a whole number."""
        return int(float(self._values[id]))

    def word(self, id: str) -> str:
        """Return a constant that is a word."""
        return str(self._values[id])

    def flag(self, id: str) -> bool:
        """Whether a constant that is ``on`` or ``off`` is on."""
        return self.word(id) == "on"
