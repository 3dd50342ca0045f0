"""The same run under other conventions: how much of a result hangs on a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
from prosperity.errors import ProsperityError
from prosperity.evaluation import Evaluation
from prosperity.evidence.conventions import COMBINED, VARIANTS, Sensitivity
from prosperity.progress import Progress
from prosperity.settings import Settings

from prosperity_excel.book.book import Book
from prosperity_excel.runs.evaluate import evaluate_books


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
