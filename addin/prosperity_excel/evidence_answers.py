"""What PROSPERITY_EVIDENCE answers: what of a model survives doubt, as tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from prosperity.definition import Industry
from prosperity.evaluation import IndustryResult
from prosperity.settings import Settings

from prosperity_excel.reading.book import Book

Answer = Callable[[Book, IndustryResult, Settings], pd.DataFrame]
#: Months of the phase clock that are given.
CLOCK_MONTHS = 24


def evidence(book: Book, result: IndustryResult, settings: Settings, part: str) -> pd.DataFrame:
    """Return one part of the evidence on a model; docs/evidence.md explains the figures.

    Parameters
    ----------
    book
        The book that holds the model, and all that was published.
    result
        The model's result under ``settings``.
    settings
        Conventions; under those that look ahead the evidence does too.
    part
        Key of :data:`PARTS`.

    Raises
    ------
    DataError
        Without prices of the index and the benchmark.
    """
    return PARTS[part](book, result, settings)


def _replay(book: Book, definition: Industry, settings: Settings) -> Any:
    from prosperity.evidence.replay import Replay

    return Replay(book.panel, definition, settings, book.definitions)


def _audit(book: Book, result: IndustryResult, settings: Settings) -> pd.DataFrame:
    from prosperity.evidence.audit import audit

    return audit(book.panel, result.definition, settings, book.definitions).cases


def _sensitivity(book: Book, result: IndustryResult, settings: Settings) -> pd.DataFrame:
    from prosperity.evidence.sensitivity import sensitivity

    return sensitivity(_replay(book, result.definition, settings)).groups


def _significance(book: Book, result: IndustryResult, settings: Settings) -> pd.DataFrame:
    from prosperity.evidence.sensitivity import sensitivity
    from prosperity.evidence.significance import significance

    replay = _replay(book, result.definition, settings)
    found = significance(replay, sensitivity(replay).trials)
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


def _out_of_sample(part: str) -> Answer:
    def answer(book: Book, result: IndustryResult, settings: Settings) -> pd.DataFrame:
        from prosperity.evidence.out_of_sample import out_of_sample
        from prosperity.evidence.sensitivity import sensitivity

        replay = _replay(book, result.definition, settings)
        found = out_of_sample(replay, sensitivity(replay).trials)
        frame: pd.DataFrame = getattr(found, part)
        return frame

    return answer


def _phase(book: Book, result: IndustryResult, settings: Settings) -> pd.DataFrame:
    from prosperity.evidence.phases import phases

    return phases(result.composite, result.change).iloc[-CLOCK_MONTHS:]


PARTS: Mapping[str, Answer] = {
    "significance": _significance,
    "audit": _audit,
    "sensitivity": _sensitivity,
    "after": _out_of_sample("around"),
    "years": _out_of_sample("years"),
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
