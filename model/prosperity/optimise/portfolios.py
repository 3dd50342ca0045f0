"""One date of a panel of stocks, from its columns to a portfolio that can be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prosperity.errors import DataError
from prosperity.optimise.forecast import forecast
from prosperity.optimise.problem import Limits, Names, Solution, optimise, refuse_benchmark
from prosperity.optimise.risk import Risk, factor_returns, risk_model

#: Columns that every panel has, and what styles and factors begin with.
NEEDED = ("date", "code", "industry", "market_value", "index_weight")
STYLE, FACTOR, RETURN = "style_", "factor_", "return"
#: Dates with returns that a risk model needs.
FEWEST = 12


@dataclass(frozen=True)
class Enhanced:
    """An enhanced portfolio.

    Attributes
    ----------
    date : Timestamp
    table : DataFrame
        By code: ``industry``, ``alpha``, ``index_weight``, ``weight``, ``active``.
    exposures : DataFrame
        Styles and industries of the index, the portfolio, and the difference.
    solution : Solution
    tracking_error : float
        Of a period, by the risk model; NaN without one.
    """

    date: pd.Timestamp
    table: pd.DataFrame
    exposures: pd.DataFrame
    solution: Solution
    tracking_error: float


def enhanced(
    panel: pd.DataFrame,
    date: pd.Timestamp,
    factors: Mapping[str, float],
    limits: Limits,
    *,
    aversion: float = 0.0,
    cost: float = 0.0,
    held: Mapping[str, float] | None = None,
) -> Enhanced:
    """Return the enhanced portfolio of a date.

    Parameters
    ----------
    panel
        Rows of stocks: ``date``, ``code``, ``industry``, ``market_value``, ``index_weight`` (0
        outside the index), and any number of ``style_*`` and ``factor_*``; with ``aversion`` also
        ``return``, the return from the date to the next, of which only those before ``date`` are
        used.
    date
        The date whose rows are used.
    factors
        Weights with signs by the name behind ``factor_``.
    limits, aversion, cost
        As :func:`prosperity.optimise.problem.optimise` takes them.
    held
        Weights by code of the last date.

    Raises
    ------
    DataError
        ``no_column``, ``doubled``, ``no_date``, ``short_history`` for a risk model, or as the
        optimiser says.
    """
    _check(panel, factors)
    rows = panel[panel["date"] == date].set_index("code").sort_index()
    if rows.empty:
        last = panel["date"].max()
        raise DataError(
            "no_date",
            f"没有 {date:%Y-%m-%d} 的数据；最后一天是 {last:%Y-%m-%d}。",
            f"There are no rows of {date:%Y-%m-%d}; the last date is {last:%Y-%m-%d}.",
        )
    styles = [str(name) for name in panel if str(name).startswith(STYLE)]
    groups = sorted(panel["industry"].astype(str).unique())
    benchmark = rows["index_weight"].fillna(0.0).to_numpy(float)
    benchmark = benchmark / benchmark.sum() if benchmark.sum() > 0 else benchmark
    refuse_benchmark(benchmark)
    own = rows["industry"].astype(str).to_numpy()
    alpha = forecast(
        rows[[FACTOR + name for name in factors]].to_numpy(float),
        np.array(list(factors.values()), float),
        benchmark > 0,
        own,
        rows["market_value"].to_numpy(float),
    )
    exposures = _exposures(rows, styles, groups)
    names = Names(
        alpha=alpha,
        benchmark=benchmark,
        styles=exposures[:, len(groups) :],
        industries=exposures[:, : len(groups)],
        held=None if held is None else rows.index.map(lambda c: held.get(str(c), 0.0)).to_numpy(),
    )
    risk = _risk(panel, date, rows, styles, groups) if aversion else None
    solution = optimise(names, limits, risk=risk, aversion=aversion, cost=cost)
    active = solution.weights - benchmark
    table = pd.DataFrame(
        {
            "industry": own,
            "alpha": alpha,
            "index_weight": benchmark,
            "weight": solution.weights,
            "active": active,
        },
        rows.index,
    )
    shown = pd.DataFrame(
        {"index": exposures.T @ benchmark, "portfolio": exposures.T @ solution.weights},
        [*groups, *styles],
    )
    return Enhanced(
        date, table, shown.assign(active=shown["portfolio"] - shown["index"]), solution,
        np.nan if risk is None else _deviation(risk, active),
    )  # fmt: skip


def _check(panel: pd.DataFrame, factors: Mapping[str, float]) -> None:
    needed = [*NEEDED, *(FACTOR + name for name in factors)]
    missing = [name for name in needed if name not in panel]
    if missing:
        raise DataError(
            "no_stock_column",
            f"缺少列：{'、'.join(missing)}。",
            f"Columns are missing: {', '.join(missing)}.",
        )
    twice = panel[panel.duplicated(["date", "code"])]
    if len(twice):
        row = twice.iloc[0]
        raise DataError(
            "stock_twice",
            f"{row['date']:%Y-%m-%d} 的 {row['code']} 出现多次（共 {len(twice)} 处）。",
            f"{row['code']} stands there twice on {row['date']:%Y-%m-%d} ({len(twice)} in all).",
        )
    if not (panel["market_value"] > 0).all():
        raise DataError("bad_value", "market_value 应大于零。", "market_value must be above zero.")


def _exposures(rows: pd.DataFrame, styles: list[str], groups: list[str]) -> np.ndarray:
    """Return industry dummies and styles (N, G + S); a missing style is 0."""
    own = rows["industry"].astype(str).to_numpy()
    dummies = (own[:, None] == np.array(groups)[None]).astype(float)
    return np.column_stack([dummies, rows[styles].fillna(0.0).to_numpy(float)])


def _risk(
    panel: pd.DataFrame,
    date: pd.Timestamp,
    rows: pd.DataFrame,
    styles: list[str],
    groups: list[str],
) -> Risk:
    """Return the risk model of what was known: returns that end by the date."""
    days = sorted(day for day in panel["date"].unique() if day < date)
    if RETURN not in panel or len(days) < FEWEST:
        raise DataError(
            "short_risk_history",
            f"风险模型需要 return 列和此前至少 {FEWEST} 期，现有 {len(days)} 期。",
            f"The risk model needs a column return and {FEWEST} dates before; there are "
            f"{len(days)}.",
        )
    past = [panel[panel["date"] == day].set_index("code").reindex(rows.index) for day in days]
    past = [one.assign(industry=one["industry"].fillna("")) for one in past]
    exposures = [_exposures(one, styles, groups) for one in past]
    returns = [one[RETURN].to_numpy(float) for one in past]
    found, left = factor_returns(exposures, returns)
    return risk_model(_exposures(rows, styles, groups), found, np.array(left))


def _deviation(risk: Risk, active: np.ndarray) -> float:
    common = risk.root @ active
    return float(np.sqrt(common @ common + (risk.specific * active**2).sum()))
