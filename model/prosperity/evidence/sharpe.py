"""How much of a Sharpe ratio is left once length, shape and the number of trials are counted.

Sources: Bailey and Lopez de Prado, "The Sharpe Ratio Efficient Frontier" (2012) and "The Deflated
Sharpe Ratio" (2014). All ratios here are of one period and not annualised.
"""

from __future__ import annotations

import math

import numpy as np

#: Returns needed for skewness and kurtosis.
FEWEST = 4
#: A spread no larger than this share of the largest return is rounding.
FLAT = 1e-12


def sharpe_ratio(returns: np.ndarray) -> float:
    """Return mean over standard deviation (``ddof=1``) of returns in excess of the alternative.

    NaN values are left out; NaN with fewer than two returns or none that differ.
    """
    known = returns[~np.isnan(returns)]
    if len(known) < 2 or np.ptp(known) <= FLAT * max(np.abs(known).max(), FLAT):
        return math.nan
    return float(known.mean() / known.std(ddof=1))


def probabilistic_sharpe(returns: np.ndarray, threshold: float = 0.0) -> float:
    """Return the probability that the true Sharpe ratio is above ``threshold``.

    Parameters
    ----------
    returns
        Excess returns by period, decimals; NaN values are left out.
    threshold
        Sharpe ratio of one period.

    Returns
    -------
    float
        0 to 1; skewness and kurtosis are the bias-corrected ones. NaN with fewer than four
        returns or none that differ.
    """
    from scipy.stats import kurtosis, norm, skew

    known = returns[~np.isnan(returns)]
    ratio = sharpe_ratio(known)
    if len(known) < FEWEST or math.isnan(ratio):
        return math.nan
    third = float(skew(known, bias=False))
    fourth = float(kurtosis(known, bias=False)) + 3.0
    spread = 1.0 - third * ratio + (fourth - 1.0) / 4.0 * ratio**2
    if not spread > 0:
        return math.nan
    return float(norm.cdf((ratio - threshold) * math.sqrt(len(known) - 1) / math.sqrt(spread)))


def expected_best(count: int, deviation: float) -> float:
    """Return the Sharpe ratio expected of the best of ``count`` trials without skill.

    Parameters
    ----------
    count
        Trials that were made, all of them.
    deviation
        Standard deviation of their Sharpe ratios; of one period.
    """
    from scipy.stats import norm

    if count < 2:
        return 0.0
    first, second = norm.ppf(1.0 - 1.0 / count), norm.ppf(1.0 - 1.0 / (count * math.e))
    return float(deviation * ((1.0 - np.euler_gamma) * first + np.euler_gamma * second))


def deflated_sharpe(returns: np.ndarray, trials: np.ndarray) -> float:
    """Return the probability that the true Sharpe ratio is above zero, given all that was tried.

    Parameters
    ----------
    returns
        Excess returns by period of the strategy that is shown.
    trials
        Sharpe ratios (of one period) of every variant tried, this one included. Variants that
        have none (never invested, say) are left out. Trials that resemble each other count in
        full, so the number errs on the side of caution.

    Returns
    -------
    float
        0 to 1; by custom a strategy counts as found above 0.95.
    """
    known = trials[np.isfinite(trials)]
    deviation = float(known.std(ddof=1)) if len(known) > 1 else 0.0
    return probabilistic_sharpe(returns, expected_best(len(known), deviation))
