"""What a template will hold, before any cell is written: models, columns, months, prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd
from prosperity.calendar import month_range, release_dates
from prosperity.catalog import catalog, closure
from prosperity.definition import Indicator, Industry
from prosperity.engine import price_names
from prosperity.lag import Lag, longest_lag
from prosperity.panel import Observations, Panel

from prosperity_excel.words.book_words import BENCHMARK, BENCHMARK_NAMES, SIMULATED

#: Months of an empty book. The report's samples begin in 2009 and scores need at least three
#: years, a year-on-year rate one more; 2000 leaves room for windows of eight years. Months to
#: come stand there so that an analyst only ever adds values.
FIRST_MONTH, LAST_MONTH = pd.Timestamp("2000-01-31"), pd.Timestamp("2030-12-31")
SIMULATED_SOURCE = " ".join(SIMULATED)


@dataclass(frozen=True)
class Column:
    """A data column: an indicator, and the models that use it, each with its own reading."""

    indicator: Indicator
    uses: tuple[tuple[Industry, Indicator], ...]

    @property
    def id(self) -> str:
        """The indicator's id."""
        return self.indicator.id

    @property
    def lag(self) -> Lag:
        """The longest lag that a model gives the series."""
        return longest_lag(indicator.lag for _, indicator in self.uses)

    @property
    def group(self) -> tuple[str, str]:
        """The model and dimension beside whose other columns it stands."""
        return self.uses[0][0].id, self.indicator.dimension


@dataclass(frozen=True)
class Price:
    """A price column: its id row, code and names, and what a panel may call it."""

    id: str
    code: str
    name_zh: str
    name_en: str
    panel_names: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """Everything that a book will hold.

    Attributes
    ----------
    asked : tuple of Industry
        Each once.
    panel : Panel or None
    title, source_note : str
        See :func:`prosperity_excel.template.template.write_template`.
    """

    asked: tuple[Industry, ...]
    panel: Panel | None = None
    title: str = ""
    source_note: str = ""

    @cached_property
    def models(self) -> tuple[Industry, ...]:
        """The models asked for, then those that they use."""
        ids = {model.id for model in self.asked}
        known = {**catalog(), **{model.id: model for model in self.asked}}
        used = (model for model in closure(self.asked, known) if model.id not in ids)
        return (*self.asked, *used)

    @property
    def industries(self) -> tuple[Industry, ...]:
        """The industries asked for, which get results; modules do not."""
        return tuple(model for model in self.asked if model.kind == "industry")

    @property
    def titles(self) -> tuple[str, str]:
        """Heading and second heading."""
        if self.title:
            return self.title, ""
        return (
            f"景气度工作簿：{_names(self.asked, 'zh')}",
            f"Prosperity book: {_names(self.asked, 'en')}",
        )

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Data columns by model and dimension; ingredients of formulas after the members."""
        uses: dict[str, list[tuple[Industry, Indicator]]] = {}
        for model in self.models:
            for indicator in _by_dimension(model):
                if indicator.own_column:
                    uses.setdefault(indicator.id, []).append((model, indicator))
        return tuple(Column(found[0][1], tuple(found)) for found in uses.values())

    @cached_property
    def prices(self) -> tuple[Price, ...]:
        """The benchmark, then the indices of the industries asked for."""
        industries = [model for model in self.asked if model.kind == "industry"]
        codes = list(dict.fromkeys(m.asset.benchmark for m in industries or self.asked))
        # With several benchmarks each stands under its own code.
        benchmarks = [
            Price(id, code, *BENCHMARK_NAMES.get(code, (code, code)), (id, code))
            for id, code in zip(codes if len(codes) > 1 else [BENCHMARK], codes, strict=True)
        ]
        indices = [
            Price(
                model.id,
                model.asset.code,
                model.asset.name_zh or model.name_zh,
                model.asset.name_en or model.name_en,
                price_names(model)[0],
            )
            for model in industries
        ]
        return (*benchmarks, *indices)

    @cached_property
    def months(self) -> pd.DatetimeIndex:
        """Months of the data sheet: those that the panel's series span, else the usual ones."""
        observed = (self.observed(column) for column in self.columns)
        frames = [o.frame for o in observed if o is not None and len(o.frame)]
        if not frames:
            return month_range(FIRST_MONTH, LAST_MONTH)
        return month_range(min(f.index[0] for f in frames), max(f.index[-1] for f in frames))

    @property
    def simulated(self) -> bool:
        """Whether the panel's values are simulated."""
        return self.panel is not None and self.panel.simulated

    @property
    def note(self) -> str:
        """The source note; one that says so when the panel is simulated."""
        says = any(word in self.source_note.casefold() for word in SIMULATED)
        if not self.simulated or says:
            return self.source_note
        return f"{SIMULATED_SOURCE} {self.source_note}".strip()

    def observed(self, column: Column) -> Observations | None:
        """Return what the panel holds for a column."""
        return None if self.panel is None else self.panel.series.get(column.id)

    def values(self, column: Column) -> Iterator[tuple[int, float]]:
        """Yield the place of each month that has a value, and the value."""
        observed = self.observed(column)
        if observed is not None:
            places = self.months.get_indexer(pd.DatetimeIndex(observed.frame.index))
            for place, value in zip(places, observed.frame["value"], strict=True):
                yield int(place), float(value)

    def stated_releases(self, column: Column) -> Iterator[tuple[int, date]]:
        """Yield the month's place and the release date, where the lag would not give it."""
        observed = self.observed(column)
        if observed is None or self.panel is None or observed.frame.empty:
            return
        frame, frequency = observed.frame, column.indicator.frequency
        periods = pd.DatetimeIndex(frame.index)
        ruled = release_dates(periods, column.lag, frequency, self.panel.calendar)
        own = frame["explicit"].to_numpy(bool) | (pd.DatetimeIndex(frame["release"]) != ruled)
        places = self.months.get_indexer(periods)
        for place, day, stated in zip(places, frame["release"], own, strict=True):
            if stated:
                yield int(place), day.date()

    def source(self, column: Column) -> str:
        """Return the source of a filled column; empty for one without data."""
        observed = self.observed(column)
        return "" if observed is None else observed.source or self.note

    def unit(self, column: Column) -> str:
        """Return the unit of what stands in a column."""
        observed = self.observed(column)
        return (observed.unit if observed is not None else "") or column.indicator.unit

    def dimension(self, column: Column) -> str:
        """Return where a series belongs, for readers."""
        if len(self.models) > 1:
            return "; ".join(f"{m.id}:{i.dimension or 'formula'}" for m, i in column.uses)
        model, indicator = column.uses[0]
        if not indicator.dimension:
            return "公式用 formula"
        dimension = model.dimension(indicator.dimension)
        return f"{dimension.name_zh} {dimension.id}"


def _by_dimension(model: Industry) -> list[Indicator]:
    order = {dimension.id: place for place, dimension in enumerate(model.dimensions)}
    return sorted(model.indicators, key=lambda i: order.get(i.dimension, len(order)))


def _names(models: Sequence[Industry], language: str, shown: int = 3) -> str:
    comma, others = ("、", "等 {} 个") if language == "zh" else (", ", " and others ({} in all)")
    listed = comma.join(model.name(language) for model in models[:shown])
    return listed + (others.format(len(models)) if len(models) > shown else "")
