"""The optimisation of one date, with its limits, and what is given up where they cannot all hold.

maximise  alpha'w - risk (w - b)'V(w - b) - cost |w - w0|_1
subject to 1'w = 1, w >= 0, |X'(w - b)| <= style, |H'(w - b)| <= industry, |w - b| <= stock,
           members'w >= members, |w - w0|_1 / 2 <= turnover

Where that cannot be met the turnover is relaxed, then the styles, then the industries, each doubled
at most three times; what was relaxed, and to what, is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from prosperity.errors import DataError, SettingError
from prosperity.optimise.risk import Risk

#: How often each limit is doubled.
DOUBLED = 3
#: A limit nearer than this is binding, and how exactly is solved.
NEAR, TOLERANCE = 1e-6, 1e-10


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a portfolio must keep to; all are shares, None is no limit."""

    style: float | None = 0.3
    industry: float | None = 0.01
    stock: float | None = 0.01
    members: float | None = 0.8
    turnover: float | None = 0.2


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names of one date.

    Attributes
    ----------
    alpha, benchmark : ndarray, (N,)
        Forecasts, and the index's weights, which sum to 1.
    styles : ndarray, (N, S)
        Style exposures.
    industries : ndarray, (N, G)
        Dummies.
    held : ndarray or None
        Weights of the last date; None is nothing held yet: turnover is free.
    """

    alpha: np.ndarray
    benchmark: np.ndarray
    styles: np.ndarray
    industries: np.ndarray
    held: np.ndarray | None = None


@dataclass(frozen=True)
class Solution:
    """An optimal portfolio.

    Attributes
    ----------
    weights : ndarray, (N,)
    relaxed : dict of str to float
        Limits that had to be relaxed, and to what.
    binding : tuple of str
        Limits that are reached.
    limits : Limits
        In force.
    """

    weights: np.ndarray
    relaxed: dict[str, float] = field(default_factory=dict)
    binding: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


def optimise(
    names: Names,
    limits: Limits,
    *,
    risk: Risk | None = None,
    aversion: float = 0.0,
    cost: float = 0.0,
) -> Solution:
    """Return the optimal portfolio of one date.

    Parameters
    ----------
    names
        What there is.
    limits
        What must hold.
    risk, aversion
        The risk model, and how much active variance is minded. 0 is a linear problem, as for tests
        of a factor.
    cost
        Cost of a unit traded, in units of alpha.

    Raises
    ------
    SettingError
        ``no_optimiser`` where the extra is not installed.
    DataError
        ``bad_benchmark`` where the index's weights do not sum to 1, ``infeasible`` where no
        relaxation helps.
    """
    refuse_benchmark(names.benchmark)
    for relaxed in _relaxations(limits):
        weights = _solved(names, relaxed, risk, aversion, cost)
        if weights is not None:
            changed = {
                name: getattr(relaxed, name)
                for name in ("turnover", "style", "industry")
                if getattr(relaxed, name) != getattr(limits, name)
            }
            return Solution(weights, changed, _binding(names, weights, relaxed), relaxed)
    raise DataError(
        "infeasible",
        "约束互相矛盾，放宽换手、风格、行业各三倍翻番后仍无解。请检查成分股下限与个股偏离。",
        "The limits contradict each other, also with turnover, styles and industries relaxed three "
        "times each. Look at the least share of members and the limit of single stocks.",
    )


def refuse_benchmark(weights: np.ndarray) -> None:
    """Refuse weights of an index that do not sum to 1, or are negative.

    Raises
    ------
    DataError
        ``bad_benchmark``.
    """
    if abs(float(weights.sum()) - 1.0) > 1e-6 or (weights < 0).any():
        raise DataError(
            "bad_benchmark",
            f"指数权重合计为 {weights.sum():.4f}，应为 1 且不为负。",
            f"The index's weights sum to {weights.sum():.4f}; they sum to 1 and are not negative.",
        )


def _relaxations(limits: Limits) -> Iterator[Limits]:
    """Yield the limits as they are, and then ever looser."""
    yield limits
    for name in ("turnover", "style", "industry"):
        for _ in range(DOUBLED):
            value = getattr(limits, name)
            if value is None:
                break
            limits = replace(limits, **{name: min(1.0, value * 2.0) if value else 0.01})
            yield limits


def _solved(
    names: Names, limits: Limits, risk: Risk | None, aversion: float, cost: float
) -> np.ndarray | None:
    """Return optimal weights; None where the limits cannot all hold."""
    try:
        import cvxpy
    except ImportError:
        raise SettingError(
            "no_optimiser",
            "没有安装优化器；请安装 Prosperity 的扩展 optimise。",
            "The optimiser is not installed; install Prosperity's extra 'optimise'.",
        ) from None
    # Its functions are made when it is loaded, where no type checker sees them.
    cp: Any = cvxpy
    weights = cp.Variable(len(names.alpha), nonneg=True)
    active = weights - names.benchmark
    goal = names.alpha @ weights
    if risk is not None and aversion:
        specific = cp.multiply(np.sqrt(risk.specific), active)
        goal -= aversion * (cp.sum_squares(risk.root @ active) + cp.sum_squares(specific))
    kept = [cp.sum(weights) == 1.0]
    if names.held is not None:
        traded = cp.norm1(weights - names.held)
        goal -= cost * traded
        if limits.turnover is not None:
            kept.append(traded / 2.0 <= limits.turnover)
    if limits.stock is not None:
        kept.append(cp.abs(active) <= limits.stock)
    if limits.style is not None and names.styles.shape[1]:
        kept.append(cp.abs(names.styles.T @ active) <= limits.style)
    if limits.industry is not None and names.industries.shape[1]:
        kept.append(cp.abs(names.industries.T @ active) <= limits.industry)
    if limits.members is not None:
        kept.append((names.benchmark > 0).astype(float) @ weights >= limits.members)
    # The solver's tolerances are absolute, so that goals of the size of a variance are scaled up.
    problem = cp.Problem(cp.Maximize(goal / _scale(names, risk, aversion)), kept)
    try:
        problem.solve(solver=cp.CLARABEL, tol_gap_abs=TOLERANCE, tol_gap_rel=TOLERANCE,
                      tol_feas=TOLERANCE)  # fmt: skip
    except cp.SolverError:
        return None
    if problem.status not in ("optimal", "optimal_inaccurate") or weights.value is None:
        return None
    found: np.ndarray = np.maximum(np.asarray(weights.value, float), 0.0)
    share: np.ndarray = found / found.sum()
    return share


def _scale(names: Names, risk: Risk | None, aversion: float) -> float:
    """Return the size of the goal."""
    spread = float(np.abs(names.alpha - names.alpha.mean()).max())
    if risk is None or not aversion:
        return max(spread, 1e-12)
    return max(spread, aversion * float(np.median(risk.specific)), 1e-12)


def _binding(names: Names, weights: np.ndarray, limits: Limits) -> tuple[str, ...]:
    active = weights - names.benchmark
    reached = {
        "stock": (limits.stock, np.abs(active).max(initial=0.0)),
        "style": (limits.style, np.abs(names.styles.T @ active).max(initial=0.0)),
        "industry": (limits.industry, np.abs(names.industries.T @ active).max(initial=0.0)),
    }
    found = [
        n for n, (limit, most) in reached.items() if limit is not None and most >= limit - NEAR
    ]
    if limits.members is not None and weights[names.benchmark > 0].sum() <= limits.members + NEAR:
        found.append("members")
    if names.held is not None and limits.turnover is not None:
        traded = np.abs(weights - names.held).sum() / 2.0
        found += ["turnover"] if traded >= limits.turnover - NEAR else []
    return tuple(found)
