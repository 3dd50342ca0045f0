"""The rules of the systems: one module each, from inputs and constants to scores.

Each reads like the page that describes it, and none knows another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from prosperity.systems.inputs import Inputs
from prosperity.systems.result import Scores
from prosperity.systems.rules import (
    enhancement_log,
    etf_flows,
    imported_scores,
    industry_diffusion,
    industry_factors,
    language_views,
    macro_position,
    market_state,
    style_timing,
)
from prosperity.systems.spec import Values

#: By the name that a system gives as its ``rule``.
RULES: Mapping[str, Callable[[Inputs, Values, pd.DatetimeIndex], Scores]] = {
    "enhancement_log": enhancement_log.compute,
    "etf_flows": etf_flows.compute,
    "imported_scores": imported_scores.compute,
    "industry_diffusion": industry_diffusion.compute,
    "industry_factors": industry_factors.compute,
    "language_views": language_views.compute,
    "macro_position": macro_position.compute,
    "market_state": market_state.compute,
    "style_timing": style_timing.compute,
}
#: Rules that read what was known on each date themselves, in whatever order it was published.
ANY_ORDER = frozenset({"macro_position"})
