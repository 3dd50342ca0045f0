"""What the plan says: a system's result, the steps to it, and what each layer has been worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from prosperity.systems.result import SystemResult

#: A layer whose shift test gives more is not shown to help.
NOT_SHOWN = 0.2


@dataclass(frozen=True)
class Layer:
    """One step of the plan, with all before it.

    Attributes
    ----------
    id, name_zh, name_en : str
    used : bool
        Whether its module is there and was not taken out; else it is the layer before it.
    targets : DataFrame
        Target weights: decision dates by industry id, market and rest.
    nav : DataFrame
        Net values by day; a column each one-way cost in basis points.
    p_value : float
        One-sided p-value of what it adds to the layer before, against all rotations of its module
        in time; NaN for the first layer, one that is not used, and too few months.
    """

    id: str
    name_zh: str
    name_en: str
    used: bool
    targets: pd.DataFrame
    nav: pd.DataFrame
    p_value: float

    def name(self, language: str) -> str:
        """Return the name in ``zh`` or ``en``."""
        return self.name_zh if language == "zh" else self.name_en

    @property
    def shown_to_help(self) -> bool | None:
        """Whether what it adds is more than chance would; None where that was not tested."""
        return None if self.p_value != self.p_value else self.p_value <= NOT_SHOWN


@dataclass(frozen=True)
class PlanResult(SystemResult):
    """The plan. ``scores`` are what the held industries share the equity by.

    Attributes
    ----------
    steps : mapping of str to DataFrame
        ``equity``: by date, ``macro``, ``multiplier`` and their product ``equity``. By date and
        industry: ``counts``, ``held``, ``style`` (sum of votes times loadings), ``rank`` (0 to 1),
        ``crowding`` (0 to 1), ``raw``, ``veto`` (0, 1/2 or 1), ``share`` (of the equity, before
        the cap), ``weight`` (of the capital). By date and pair: ``votes``.
    layers : tuple of Layer
        From the industries alone to the plan.
    without : tuple of str
        The modules that were taken out.
    """

    steps: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    without: tuple[str, ...] = ()
