"""The rules of the systems: one module each, from inputs and constants to scores.

Each reads like the page that describes it, and none knows another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from prosperity.systems.inputs import Inputs
from prosperity.systems.result import Scores
from prosperity.systems.rules import industry_diffusion, macro_position
from prosperity.systems.spec import Values

#: By the name that a system gives as its ``rule``.
RULES: Mapping[str, Callable[[Inputs, Values, pd.DatetimeIndex], Scores]] = {
    "industry_diffusion": industry_diffusion.compute,
    "macro_position": macro_position.compute,
}
#: Rules that read what was known on each date themselves, in whatever order it was published.
ANY_ORDER = frozenset({"macro_position"})
