"""What each layer of the plan has been worth: net values, and a test of what it adds.

The test of an addition rotates what its module says in time, all else left as it was: that keeps
the module's own persistence and breaks its tie to the returns. What the layer earns a period beyond
the mean of all rotations, over its long-run error, is compared with what each rotation earns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from prosperity.combined import Standing, equal_weights
from prosperity.evaluation import MARKET
from prosperity.long_run import over_long_run_error, p_value
from prosperity.portfolio import Portfolio
from prosperity.settings import Settings
from prosperity.systems.plan_result import Layer
from prosperity.systems.spec import Values

#: One-way costs at which every layer is shown, in basis points.
COSTS = (0, 10, 30)
#: Periods below which nothing is tested.
FEWEST = 24


@dataclass(frozen=True)
class Module:
    """What one layer adds.

    ``values`` is the equity (T,), or by date and industry (T, N) the style, the rank or the veto;
    ``delay`` how many days after the decision its inputs let it trade.
    """

    id: str
    name_zh: str
    name_en: str
    used: bool
    values: np.ndarray
    delay: int = 0


@dataclass(frozen=True)
class Weighing:
    """From what the modules say to weights: ``holds`` (T, N) booleans, the cap and constants."""

    holds: np.ndarray
    cap: float
    constants: Values

    def neutral(self) -> dict[str, np.ndarray]:
        """Return what modules say when they say nothing."""
        shape = self.holds.shape
        return {
            "macro": np.ones(shape[0]),
            "style": np.zeros(shape),
            "tie_break": np.full(shape, 0.5),
            "veto": np.ones(shape),
        }

    def weights(self, said: dict[str, np.ndarray]) -> np.ndarray:
        """Return (T, N + 2) weights of the industries, the market and the rest."""
        tilt = self.constants.number("style_weight") * said["style"]
        tilt = tilt + self.constants.number("tie_weight") * (2.0 * said["tie_break"] - 1.0)
        score = np.where(self.holds, np.maximum(1.0 + tilt, 0.0) * said["veto"], 0.0)
        own, market = shared_out(score, self.holds, self.cap)
        equity = said["macro"]
        whole = np.column_stack([own, market]) * equity[:, None]
        return np.column_stack([whole, 1.0 - equity])


def shared_out(score: np.ndarray, holds: np.ndarray, cap: float) -> tuple[np.ndarray, np.ndarray]:
    """Return shares of the equity by industry (T, N), none above the cap, and the market's (T,).

    Where all that is held scores 1 they are the combined strategy's, to the last bit.
    """
    total = score.sum(axis=1)
    safe = np.where(total > 0, total, np.inf)
    own = np.minimum(cap, score / safe[:, None])
    number = holds.sum(axis=1).astype(float)
    even = (np.where(holds, score, 1.0) == 1.0).all(axis=1)
    each = np.minimum(cap, 1.0 / np.where(number > 0, number, np.inf))
    market = np.where(even, 1.0 - number * each, 1.0 - own.sum(axis=1))
    return own, np.maximum(0.0, market)


def layers_of(
    standing: Standing,
    weighing: Weighing,
    modules: Sequence[Module],
    settings: Settings,
    delays: Sequence[int],
    rest: str,
) -> tuple[Layer, ...]:
    """Return the industries alone, and each module on top of those before it.

    Parameters
    ----------
    standing
        Prices of all that is held, and what counts.
    weighing
        How weights are made.
    modules
        In order.
    settings
        ``cap``.
    delays
        Days from decision to trade of the industries alone and of each module's layer.
    rest
        What is no equity stands in it; the market where equity is always 1.
    """
    targets = equal_weights(standing.holds, settings.cap)
    nav = _nav(standing, targets, delays[0], MARKET)
    found = [Layer("industries", "行业", "industries", True, targets, nav, float("nan"))]
    said = weighing.neutral()
    for module, delay in zip(modules, delays[1:], strict=True):
        if not module.used:
            last = found[-1]
            found.append(
                Layer(
                    module.id,
                    module.name_zh,
                    module.name_en,
                    False,
                    last.targets,
                    last.nav,
                    float("nan"),
                )
            )
            continue
        said = {**said, module.id: module.values}
        targets = _framed(weighing.weights(said), standing, rest)
        there = rest if rest in targets else MARKET
        nav = _nav(standing, targets, delay, there)
        p = rotation_p_value(
            partial(_with_one, weighing, said, module.id),
            module.values,
            period_returns(standing, targets, delay, rest),
        )
        found.append(Layer(module.id, module.name_zh, module.name_en, True, targets, nav, p))
    return tuple(found)


def _with_one(
    weighing: Weighing, said: dict[str, np.ndarray], id: str, values: np.ndarray
) -> np.ndarray:
    return weighing.weights({**said, id: values})


def _framed(weights: np.ndarray, standing: Standing, rest: str) -> pd.DataFrame:
    """Return weights with names; without the rest where it holds nothing ever."""
    names = [*map(str, standing.holds), MARKET]
    if rest == MARKET or not (weights[:, -1] != 0.0).any():
        return pd.DataFrame(weights[:, :-1], standing.holds.index, names)
    return pd.DataFrame(weights, standing.holds.index, [*names, rest])


def _portfolio(
    standing: Standing, targets: pd.DataFrame, delay: int, rest: str, cost: float
) -> Portfolio:
    together = tuple(standing.counts.columns[standing.counts.iloc[0]])
    return Portfolio(standing.prices, targets, rest, cost, delay, together)


def _nav(standing: Standing, targets: pd.DataFrame, delay: int, rest: str) -> pd.DataFrame:
    """Return net values by day at each of :data:`COSTS`; empty where nothing can be traded."""
    made = {str(c): _portfolio(standing, targets, delay, rest, float(c)) for c in COSTS}
    if not len(made["0"].trades.rows):
        return pd.DataFrame(columns=list(made))
    return pd.DataFrame({cost: one.course.value for cost, one in made.items()})


def period_returns(
    standing: Standing, targets: pd.DataFrame, delay: int, rest: str
) -> pd.DataFrame:
    """Return what each asset earned from trade to trade, by decision date; NaN where none was.

    Columns are the industries, the market and the rest, which earns nothing without a price.
    """
    there = rest if rest in targets else MARKET
    trades = _portfolio(standing, targets, delay, there, 0.0).trades
    names = [*map(str, standing.holds), MARKET]
    prices = standing.prices[names].ffill()
    level = prices.iloc[trades.places].to_numpy(float)
    found = pd.DataFrame(np.nan, targets.index, [*names, "rest"])
    if len(trades.rows) < 2:
        return found
    own = level[1:] / level[:-1] - 1.0
    bond = np.zeros(len(own))
    if rest in standing.prices and rest != MARKET:
        value = standing.prices[rest].ffill().iloc[trades.places].to_numpy(float)
        bond = value[1:] / value[:-1] - 1.0
    found.iloc[trades.rows[:-1]] = np.nan_to_num(np.column_stack([own, bond]))
    return found


def rotation_p_value(
    weigh: Callable[[np.ndarray], np.ndarray], values: np.ndarray, returns: pd.DataFrame
) -> float:
    """Return the one-sided p-value of a module against all its rotations in time.

    Parameters
    ----------
    weigh
        From the module's values (T, ...) to weights (T, K).
    values
        What it said.
    returns
        (T, K) returns of each period; rows of NaN are no period.

    Returns
    -------
    float
        NaN with fewer than :data:`FEWEST` periods; 1 for a module that changes nothing.
    """
    earned = returns.to_numpy(float)
    there = np.flatnonzero(~np.isnan(earned).any(axis=1))
    if len(there) < FEWEST:
        return float("nan")
    # What was said before the first period and after the last is no part of the circle.
    own, paid = values[there], earned[there]
    gained = np.empty((len(there), len(there)))
    whole = values.copy()
    for shift in range(len(there)):
        whole[there] = np.roll(own, shift, axis=0)
        gained[shift] = (weigh(whole)[there] * paid).sum(axis=1)
    beyond = gained - gained.mean(axis=0)
    found = over_long_run_error(beyond, float(np.abs(gained).max(initial=0.0)))
    return p_value(float(found[0]), found[1:])
