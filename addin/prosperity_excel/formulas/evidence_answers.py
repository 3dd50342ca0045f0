"""What PROSPERITY_EVIDENCE answers: how robust a model is, as tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd
from prosperity.errors import ProsperityError
from prosperity.evaluation import IndustryResult
from prosperity.settings import Settings

from prosperity_excel.book.book import Book

if TYPE_CHECKING:
    from prosperity.evidence.out_of_sample import OutOfSample
    from prosperity.evidence.replay import Replay
    from prosperity.evidence.sensitivity import Sensitivity

#: Months of the phase clock that are given.
CLOCK_MONTHS = 24
Tables = Mapping[str, pd.DataFrame | ProsperityError]


@dataclass(frozen=True)
class Bench:
    """One model on the bench: what several parts of its evidence need is computed once.

    Attributes
    ----------
    book : Book
        The book that holds the model, and all that was published.
    result : IndustryResult
        The model's result under ``settings``.
    settings : Settings
        Conventions; under those that look ahead the evidence does too.
    """

    book: Book
    result: IndustryResult
    settings: Settings

    @cached_property
    def replay(self) -> Replay:
        """The model under trials."""
        from prosperity.evidence.replay import Replay

        return Replay(self.book.panel, self.result.definition, self.settings, self.book.definitions)

    @cached_property
    def tried(self) -> Sensitivity:
        """The model under other conventions and variants."""
        from prosperity.evidence.sensitivity import sensitivity

        return sensitivity(self.replay)

    @cached_property
    def after(self) -> OutOfSample:
        """The model after its publication, and year by year."""
        from prosperity.evidence.out_of_sample import out_of_sample

        return out_of_sample(self.replay, self.tried.trials)


def tables(bench: Bench) -> Tables:
    """Return every part of the evidence on a model, or why there is none of it.

    All at once, because they share most of their work; docs/evidence.md explains the figures.
    """
    found: dict[str, pd.DataFrame | ProsperityError] = {}
    for part, answer in PARTS.items():
        try:
            found[part] = answer(bench)
        except ProsperityError as error:
            found[part] = error.bare()
    return found


def _audit(bench: Bench) -> pd.DataFrame:
    from prosperity.evidence.audit import audit

    book = bench.book
    return audit(book.panel, bench.result.definition, bench.settings, book.definitions).cases


def _significance(bench: Bench) -> pd.DataFrame:
    from prosperity.evidence.significance import significance

    found = significance(bench.replay, bench.tried.trials)
    figures = {
        "periods": found.periods,
        "timing_return": found.timing_return,
        "p_shifts": found.shifts,
        "p_stationary": found.stationary,
        "p_circular": found.circular,
        "p_random": found.random,
        "p_pesaran_timmermann": found.direction.pesaran_timmermann,
        "p_henriksson_merton": found.direction.henriksson_merton,
        "hit_rate": found.direction.rate,
        "hit_rate_low": found.direction.low,
        "hit_rate_high": found.direction.high,
        "excess_sharpe": found.excess_sharpe,
        "probabilistic_sharpe": found.probabilistic,
        "deflated_sharpe": found.deflated,
        "trials": found.trials,
    }
    return pd.DataFrame({"value": figures})


def _phase(bench: Bench) -> pd.DataFrame:
    from prosperity.evidence.phases import phases

    return phases(bench.result.composite, bench.result.change).iloc[-CLOCK_MONTHS:]


PARTS: Mapping[str, Callable[[Bench], pd.DataFrame]] = {
    "significance": _significance,
    "audit": _audit,
    "sensitivity": lambda bench: bench.tried.groups,
    "after": lambda bench: bench.after.around,
    "years": lambda bench: bench.after.years,
    "phase": _phase,
}


def rows(frame: pd.DataFrame, corner: str) -> list[list[Any]]:
    """Return a table with its headings; months as dates, figures that are missing as NaN."""
    names = [str(name) for name in frame.columns]
    body = [[_plain(key), *map(_plain, line)] for key, line in zip(
        frame.index, frame.itertuples(index=False), strict=True)]  # fmt: skip
    return [[corner, *names], *body]


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp | str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return float("nan")
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return float(value)
