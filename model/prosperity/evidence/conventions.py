"""Conventions that a report leaves open: the variants of a run, and what each would have given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

#: Row of the combined strategy.
COMBINED = "combined"


@dataclass(frozen=True)
class Variant:
    """One way in which a run may differ: what it is called, and the settings that it changes."""

    zh: str
    en: str
    changes: Mapping[str, Any]


#: One thing is changed at a time; nothing is picked by its result.
VARIANTS: tuple[Variant, ...] = (
    Variant("不去噪", "No filter", {"denoise": "none"}),
    Variant("2个月均值", "Mean of 2 months", {"denoise": "ma", "denoise_months": 2}),
    Variant("6个月均值", "Mean of 6 months", {"denoise": "ma", "denoise_months": 6}),
    Variant("指数移动平均（EMA）", "Exponential", {"denoise": "ema"}),
    Variant("窗口60个月", "Window 60 m", {"window": 60}),
    Variant("与2个月前比", "Against 2 months before", {"lookback": 2}),
    Variant("与3个月前比", "Against 3 months before", {"lookback": 3}),
    Variant("成本10基点", "Cost 10 bp", {"cost_bps": 10.0}),
    Variant("成本30基点", "Cost 30 bp", {"cost_bps": 30.0}),
    Variant("T+1收盘成交", "Traded at the T+1 close", {"delay_days": 1}),
)


@dataclass(frozen=True)
class Sensitivity:
    """Total returns of the strategies under each variant.

    Attributes
    ----------
    variants : tuple of Variant
        Those that were computed; one that equals the run's own settings is left out.
    totals : DataFrame
        Industry ids, and :data:`COMBINED` where there is one, by place in ``variants``; decimal
        total returns of the strategy; NaN where a variant gives no backtest.
    base : Series
        The same of the run itself.
    """

    variants: tuple[Variant, ...]
    totals: pd.DataFrame
    base: pd.Series[float]

    @property
    def tried(self) -> int:
        """How many variants were computed, the run itself among them."""
        return len(self.variants) + 1
