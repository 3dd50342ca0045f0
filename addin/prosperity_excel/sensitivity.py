"""The same run under other conventions: how much of a result hangs on a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from prosperity.errors import ProsperityError
from prosperity.evaluation import Evaluation
from prosperity.settings import Settings

from prosperity_excel.reading.book import Book
from prosperity_excel.running import Progress, evaluate_books

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
    Variant("2个月均值", "Mean of 2 m", {"denoise": "ma", "denoise_months": 2}),
    Variant("6个月均值", "Mean of 6 m", {"denoise": "ma", "denoise_months": 6}),
    Variant("指数平均", "Exponential", {"denoise": "ema"}),
    Variant("窗口60个月", "Window 60 m", {"window": 60}),
    Variant("看2个月", "Lookback 2", {"lookback": 2}),
    Variant("看3个月", "Lookback 3", {"lookback": 3}),
    Variant("成本10基点", "Cost 10 bp", {"cost_bps": 10.0}),
    Variant("成本30基点", "Cost 30 bp", {"cost_bps": 30.0}),
    Variant("晚1日成交", "One day later", {"delay_days": 1}),
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


def sensitivity(
    books: Sequence[Book],
    evaluation: Evaluation,
    *,
    chosen: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Run books again under each of :data:`VARIANTS`.

    Parameters
    ----------
    books
        Those of the run.
    evaluation
        The run; its settings are what the variants change.
    chosen
        Variants of models, as in the run.
    progress
        Called before each variant with its name, its number from 1, and how many there are.
    """
    settings = evaluation.settings
    used = tuple(v for v in VARIANTS if replace(settings, **v.changes) != settings)
    found: dict[int, pd.Series[float]] = {}
    for place, variant in enumerate(used):
        if progress:
            progress(variant.en, place + 1, len(used))
        found[place] = _totals(books, evaluation, replace(settings, **variant.changes), chosen)
    base = _returns(evaluation)
    return Sensitivity(used, pd.DataFrame(found).reindex(base.index), base)


def _totals(
    books: Sequence[Book],
    evaluation: Evaluation,
    settings: Settings,
    chosen: Mapping[str, str] | None,
) -> pd.Series[float]:
    try:
        run = evaluate_books(
            books, wanted=list(evaluation.industries), variants=chosen, settings=settings
        )
    except ProsperityError:
        # Too little history under this variant: there is no result, and the table says so.
        return pd.Series(dtype=float)
    return _returns(run)


def _returns(evaluation: Evaluation) -> pd.Series[float]:
    totals = {
        id: result.backtest.statistics["strategy_return"]
        for id, result in evaluation.industries.items()
        if result.backtest is not None
    }
    if evaluation.combined is not None:
        totals[COMBINED] = evaluation.combined.backtest.statistics["strategy_return"]
    return pd.Series(totals, dtype=float)
