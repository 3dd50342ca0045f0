"""Whether a model's timing is more than luck: one set of tests for one model, and for several."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from prosperity import batch
from prosperity.evidence import resampling, sharpe
from prosperity.evidence.direction import Direction, direction
from prosperity.evidence.replay import Replay
from prosperity.evidence.trials import Trial
from prosperity.performance import MONTHS_A_YEAR


@dataclass(frozen=True)
class Significance:
    """Tests of one model.

    Attributes
    ----------
    periods : int
        Holding periods (months) with a signal.
    timing_return : float
        A year's mean of (position less its mean) times (index less benchmark), as a decimal.
    shifts, stationary, circular, random : float
        One-sided p-values of the timing return; see :mod:`prosperity.evidence.resampling`.
    block : float
        Mean length of the blocks of the stationary bootstrap, in months.
    direction : Direction
        Hits, their interval, tests of direction.
    excess_sharpe : float
        Sharpe ratio a year of the monthly returns over the benchmark, net of cost.
    probabilistic, deflated : float
        Probability that the true ratio is above zero: alone, and given all trials.
    trials : int
        Variants tried, all of them.
    hurdle : float
        Ratio a year expected of the best of so many trials without skill.
    null : tuple of float
        What the p-value of the shifts counts: the timing return over its long-run error of the
        model, then of each circular shift; empty where nothing was tested.
    """

    periods: int
    timing_return: float
    shifts: float
    stationary: float
    circular: float
    random: float
    block: float
    direction: Direction
    excess_sharpe: float
    probabilistic: float
    deflated: float
    trials: int
    hurdle: float
    null: tuple[float, ...] = ()


def calls(replay: Replay) -> tuple[np.ndarray, np.ndarray]:
    """Return position and index less benchmark by holding period, those with a signal."""
    rows, returns = batch.holding_returns(replay.course())
    signal = replay.signal()[rows]
    known = ~np.isnan(signal)
    return (signal[known] == 1).astype(float), (returns[:, 1] - returns[:, 0])[known]


def significance(
    replay: Replay, trials: Sequence[Trial], *, draws: int = resampling.DRAWS
) -> Significance:
    """Test a model's signal.

    Parameters
    ----------
    replay
        The model under its base settings.
    trials
        Every variant that was tried, the base first.
    draws
        Resamples of each test.

    Returns
    -------
    Significance
        p-values are NaN with fewer than :data:`resampling.FEWEST` holding periods, or a signal
        that never changes.
    """
    position, difference = calls(replay)
    enough = len(position) >= resampling.FEWEST and 0 < position.sum() < len(position)
    tests: dict[str, Callable[[], float]] = {
        "shifts": lambda: resampling.circular_shifts(position, difference),
        "stationary": lambda: resampling.block_bootstrap(position, difference, draws=draws),
        "circular": lambda: resampling.block_bootstrap(
            position, difference, kind="circular", draws=draws
        ),
        "random": lambda: resampling.random_timing(position, difference, draws=draws),
        "block": lambda: resampling.block_length(position),
    }
    values = {name: test() if enough else math.nan for name, test in tests.items()}
    excess = excess_returns(replay, trials)
    ratios = np.array([sharpe.sharpe_ratio(column) for column in excess.T])
    known = ratios[np.isfinite(ratios)]
    spread = float(known.std(ddof=1)) if len(known) > 1 else 0.0
    root = math.sqrt(MONTHS_A_YEAR)
    return Significance(
        periods=len(position),
        timing_return=MONTHS_A_YEAR * resampling.timing_return(position, difference)
        if len(position)
        else math.nan,
        **values,
        direction=direction(position, difference),
        excess_sharpe=root * ratios[0],
        probabilistic=sharpe.probabilistic_sharpe(excess[:, 0]),
        deflated=sharpe.deflated_sharpe(excess[:, 0], ratios),
        trials=len(ratios),
        hurdle=root * sharpe.expected_best(len(known), spread),
        null=tuple(resampling.shifted(position, difference).tolist()) if enough else (),
    )


def excess_returns(replay: Replay, trials: Sequence[Trial]) -> np.ndarray:
    """Return monthly returns over the benchmark, (M, N), net of each trial's cost."""
    own = replay.returns(trials).to_numpy()
    return np.asarray(own - replay.course().asset_months[:, :1])
