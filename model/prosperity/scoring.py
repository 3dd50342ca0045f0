"""From published values to the stages of a score, on a series' own months.

Each step is causal in periods, unless ``settings.fit`` is ``full``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from prosperity.definition import PERCENT, Indicator
from prosperity.settings import Settings
from prosperity.transforms import (
    Months,
    Step,
    apply_steps,
    between_breaks,
    cuts_at,
    ema,
    hp_one_sided,
    ma,
    moments,
    monthly,
)

STAGES = ("raw", "transformed", "score")
#: What a score was made with: score = sign * (transformed - centre) / unit, before clipping.
MOMENTS = ("centre", "unit")
PICKED = (*STAGES, *MOMENTS)


def is_published_growth(indicator: Indicator, unit: str) -> bool:
    """Whether a column already holds the growth rate that the definition would compute.

    That is so when the book states the unit as percent, the definition's series is in another
    unit, and its chain begins with the rate on a year. Published growth is preferred: bureaus
    compute it on comparable samples.
    """
    grows = bool(indicator.chain) and indicator.chain[0].name == "yoy"
    percent = unit.strip().casefold() in PERCENT
    return grows and percent and indicator.unit.casefold() not in PERCENT


def chain_of(indicator: Indicator, unit: str) -> tuple[Step, ...]:
    """Return the steps for a column in ``unit``; see :func:`is_published_growth`."""
    return indicator.chain[1:] if is_published_growth(indicator, unit) else indicator.chain


def scores(
    values: pd.Series[float],
    indicator: Indicator,
    settings: Settings,
    unit: str = "",
    breaks: Iterable[pd.Timestamp] = (),
) -> pd.DataFrame:
    """Return the stages of one indicator on its own months.

    Parameters
    ----------
    values
        Published values by month (ascending month ends; holes allowed).
    indicator, settings
        What to do with them.
    unit
        Unit that the book states for the column; see :func:`is_published_growth`.
    breaks
        Months in which the definition changes; see :func:`prosperity.transforms.apply_chain`.

    Returns
    -------
    DataFrame
        Complete months by :data:`PICKED`; NaN as :mod:`prosperity.transforms` says. Causal unless
        ``settings.fit`` is ``full``. Neither chain nor filter looks across a break;
        standardisation is over all months.
    """
    raw = monthly(values)
    steps = Steps.of(indicator, unit, breaks)
    cuts = cuts_at(raw.index, breaks)
    stages = stages_of(raw.to_numpy(), steps, cuts, np.array(indicator.sign), settings)
    return pd.DataFrame(stages, index=raw.index)


@dataclass(frozen=True)
class Steps:
    """What is done to a series, but for its sign: series with equal steps are computed at once."""

    chain: tuple[Step, ...]
    denoise: bool
    standardise: bool
    breaks: tuple[pd.Timestamp, ...]

    @classmethod
    def of(cls, indicator: Indicator, unit: str, breaks: Iterable[pd.Timestamp]) -> Steps:
        """Return those of an indicator, for a column in ``unit``."""
        chain = chain_of(indicator, unit)
        return cls(chain, indicator.denoise, indicator.standardise, tuple(breaks))


def stages_of(
    raw: np.ndarray, steps: Steps, cuts: Sequence[int], sign: np.ndarray, settings: Settings
) -> dict[str, np.ndarray]:
    """Return the stages of one series (T,), or of several (T, K) with a sign each, by name."""
    values = transformed_of(raw, steps, cuts, settings)
    centre, unit = moments_of(values, steps, settings)
    with np.errstate(all="ignore"):
        score = _signed(values, centre, unit, sign, settings)
    return dict(zip(PICKED, (raw, values, score, centre, unit), strict=True))


def transformed_of(
    raw: np.ndarray, steps: Steps, cuts: Sequence[int], settings: Settings
) -> np.ndarray:
    """Return one series (T,), or several (T, K), after chain and filter."""
    values = apply_steps(raw, steps.chain, cuts, holes=settings.sum_holes)
    if steps.denoise:
        values = between_breaks(values, cuts, lambda part: denoise(part, settings))
    return values


def moments_of(
    values: Months, indicator: Indicator | Steps, settings: Settings
) -> tuple[Months, Months]:
    """Return centre and unit by month: 0 and 1 where the definition takes values as they are."""
    if not indicator.standardise:
        return values * 0.0, values * 0.0 + 1.0
    full = settings.fit == "full"
    return moments(values, min_obs=settings.min_obs, window=settings.window, full=full)


def scored(
    values: Months, centre: Months, unit: Months, indicator: Indicator, settings: Settings
) -> Months:
    """Return signed scores of ``values``, cut off at plus and minus ``settings.clip``.

    Equal values under equal moments have equal scores, to the last bit.
    """
    return _signed(values, centre, unit, indicator.sign, settings)


def _signed(
    values: Months, centre: Months, unit: Months, sign: float | np.ndarray, settings: Settings
) -> Months:
    signed: Any = sign * ((values - centre) / unit)
    clipped: Months = signed.clip(-settings.clip, settings.clip)
    return clipped


def denoise(values: np.ndarray, settings: Settings) -> np.ndarray:
    """Apply the filter of the settings; see :mod:`prosperity.transforms` for NaN and time."""
    filters: dict[str, Callable[[], np.ndarray]] = {
        "none": lambda: values,
        "ma": lambda: ma(values, settings.denoise_months),
        "ema": lambda: ema(values, settings.denoise_months),
        "hp": lambda: hp_one_sided(values, settings.hp_lambda),
    }
    return filters[settings.denoise]()
