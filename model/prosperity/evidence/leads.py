"""What leads: composite and indicators against a series that they should foretell.

A lead of L months correlates the value of month t with the validation series of month t + L. The
composite and the scores are those known on the decision dates, so a publication lag shortens the
lead, as it does for whoever uses them. The tables look back over the whole sample: they describe,
they decide nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prosperity.errors import DataError, nearest
from prosperity.evidence.replay import Replay
from prosperity.evidence.turning import Match, match_turns

LEADS = tuple(range(-6, 13))
#: Months in common below which there is no correlation.
FEWEST = 24
#: Months over which a direction is compared.
STEP = 3


@dataclass(frozen=True)
class Leads:
    """Leads of a model against one validation series.

    Attributes
    ----------
    validation : str
        Id of the validation series; see :func:`validation_series`.
    composite : DataFrame
        By lead: ``correlation``, ``months``, ``first_half``, ``second_half``.
    best : int or None
        Lead with the highest correlation of the composite; None where there is none.
    match : Match
        Turning points of the composite against those of the validation series.
    screening : DataFrame
        A row an indicator, see :func:`screening`.
    """

    validation: str
    composite: pd.DataFrame
    best: int | None
    match: Match
    screening: pd.DataFrame


def leads(replay: Replay, validation: str = "") -> Leads:
    """Return the leads of a model's composite and indicators.

    Parameters
    ----------
    replay
        The model under its base settings.
    validation
        Id of a series of the panel, or empty for the industry index against the benchmark.

    Raises
    ------
    DataError
        When there is no such series.
    """
    target = validation_series(replay, validation)
    months = replay.timeline(replay.industry.rebalance).months
    composite = pd.Series(replay.composed().whole.value, index=months)
    scores = pd.DataFrame({e.indicator.id: e.aligned.score for e in replay.entries()}, index=months)
    table = lead_correlations(composite, target)
    lags = {e.indicator.id: e.indicator.lag.longest for e in replay.entries()}
    return Leads(
        validation=validation or "relative_index",
        composite=table,
        best=best_lead(table),
        match=match_turns(composite, target),
        screening=screening(scores[composite.notna()], target).assign(
            lag_days=pd.Series(lags, dtype=float)
        ),
    )


def validation_series(replay: Replay, id: str = "") -> pd.Series[float]:
    """Return a validation series by month.

    A series of the panel is taken as published, on its own months. Without an id it is the
    industry index against the benchmark: percent change of their ratio on twelve months earlier,
    at month end.

    Raises
    ------
    DataError
        When the panel has no such series, or no prices.
    """
    if id:
        observed = replay.panel.series.get(id)
        if observed is None or observed.frame.empty:
            hint = ", ".join(nearest(id, replay.panel.series))
            raise DataError(
                "no_validation",
                f"没有用于检验的序列“{id}”。{hint}",
                f"There is no series {id!r} to validate against. {hint}",
            )
        return observed.frame["value"]
    course = replay.course()
    ratio = np.cumprod((1 + course.asset_months[:, 1]) / (1 + course.asset_months[:, 0]))
    level = pd.Series(ratio, index=course.months)
    return 100.0 * (level / level.shift(12) - 1.0)


def lead_correlations(
    values: pd.Series[float], validation: pd.Series[float], leads: tuple[int, ...] = LEADS
) -> pd.DataFrame:
    """Return correlations by lead, over all common months and over each half of them.

    NaN where fewer than :data:`FEWEST` months (in a half: half as many) are common, or one of the
    two does not vary. Months are matched by date, so holes stay holes.
    """
    rows = {}
    for lead in leads:
        pair = _paired(values, validation, lead)
        half = len(pair) // 2
        rows[lead] = {
            "correlation": _correlation(pair, FEWEST),
            "months": len(pair),
            "first_half": _correlation(pair.iloc[:half], FEWEST // 2),
            "second_half": _correlation(pair.iloc[half:], FEWEST // 2),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def best_lead(table: pd.DataFrame) -> int | None:
    """Return the lead with the highest correlation; None where there is none."""
    known = table["correlation"].dropna()
    return int(known.index.to_numpy()[known.to_numpy().argmax()]) if len(known) else None


def screening(scores: pd.DataFrame, validation: pd.Series[float]) -> pd.DataFrame:
    """Return a table that screens candidate indicators.

    Parameters
    ----------
    scores
        Months by candidate; signed, so that up is good.
    validation
        What they should foretell.

    Returns
    -------
    DataFrame
        By candidate: ``now``, ``three`` and ``six``, the correlations at leads 0, 3 and 6;
        ``best_lead`` (from 0 on) and its ``best``; ``first_half`` and ``second_half`` at that
        lead; ``hits``, the share of months in which both moved the same way over three months at
        that lead; ``available``, the share of months (those of ``scores``) with a score.
    """
    rows = {}
    for id, column in scores.items():
        table = lead_correlations(column, validation)
        ahead = best_lead(table.loc[table.index >= 0])
        at = table.loc[ahead] if ahead is not None else table.iloc[0] * np.nan
        rows[str(id)] = {
            "now": table["correlation"].get(0, np.nan),
            "three": table["correlation"].get(3, np.nan),
            "six": table["correlation"].get(6, np.nan),
            "best_lead": math.nan if ahead is None else float(ahead),
            "best": at["correlation"],
            "first_half": at["first_half"],
            "second_half": at["second_half"],
            "hits": math.nan if ahead is None else _same_way(column, validation, ahead),
            "available": float(column.notna().mean()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _paired(values: pd.Series[float], validation: pd.Series[float], lead: int) -> pd.DataFrame:
    later = validation.copy()
    later.index = (
        pd.DatetimeIndex(later.index) - pd.offsets.MonthEnd(1) * lead if lead else (later.index)
    )
    pair = pd.concat([values, later], axis=1, keys=["value", "later"], join="inner", sort=True)
    return pair.dropna()


def _correlation(pair: pd.DataFrame, fewest: int) -> float:
    if len(pair) < fewest or (pair.std() <= 1e-12).any():
        return math.nan
    return float(np.corrcoef(pair["value"], pair["later"])[0, 1])


def _same_way(values: pd.Series[float], validation: pd.Series[float], lead: int) -> float:
    pair = _paired(values.diff(STEP), validation.diff(STEP), lead)
    moved = pair[(pair != 0).all(axis=1)]
    if len(moved) < FEWEST:
        return math.nan
    return float((np.sign(moved["value"]) == np.sign(moved["later"])).mean())
