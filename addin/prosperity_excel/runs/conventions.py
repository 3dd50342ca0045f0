"""The same run under other conventions: how much of a result hangs on a choice.

Each model is replayed from the first step that a convention changes, so that another cost or a
later trade computes no score again. The totals are those of whole runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from prosperity.combined import combine
from prosperity.engine import first_scored, tested
from prosperity.errors import ProsperityError
from prosperity.evaluation import Combined, Evaluation, IndustryResult
from prosperity.evidence.conventions import COMBINED, VARIANTS, Sensitivity
from prosperity.evidence.replay import Replay
from prosperity.evidence.trials import Trial
from prosperity.progress import Progress
from prosperity.settings import Settings

from prosperity_excel.book.book import Book
from prosperity_excel.runs.evaluate import chosen_industries, prepared
from prosperity_excel.words.tongue import spoken


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
    ready = prepared(books, chosen, settings, None)
    replays = [
        Replay(book.panel, industry, settings, book.definitions)
        for book, industries in chosen_industries(ready, list(evaluation.industries))
        for industry in industries
    ]
    found: dict[int, pd.Series[float]] = {}
    for place, variant in enumerate(used):
        if progress:
            progress(spoken(variant.zh, variant.en), place + 1, len(used))
        trial = Trial(tuple(variant.changes.items()))
        found[place] = _totals(replays, evaluation, trial)
    base = _returns(evaluation.industries.items(), evaluation.combined)
    return Sensitivity(used, pd.DataFrame(found).reindex(base.index), base)


def _totals(replays: Sequence[Replay], evaluation: Evaluation, trial: Trial) -> pd.Series[float]:
    settings = replays[0].settings_of(trial)
    results: dict[str, IndustryResult] = {}
    try:
        for replay in replays:
            id = replay.industry.id
            again = _replayed(evaluation.results[id], replay, trial, settings)
            if again is None:
                return pd.Series(dtype=float)
            results[id] = again
        combined = combine(results, settings)
    except ProsperityError:
        # Too little history under this variant: there is no result, and the table says so.
        return pd.Series(dtype=float)
    return _returns(results.items(), combined)


def _replayed(
    result: IndustryResult, replay: Replay, trial: Trial, settings: Settings
) -> IndustryResult | None:
    """Return a result with the signal and backtest of a trial; None without any composite."""
    if np.isnan(replay.composed(trial).whole.value).all():
        return None
    model, dates = replay.industry, replay.timeline(replay.industry.rebalance)
    signal = pd.Series(replay.signal(trial), index=dates.months)
    scores = np.column_stack([entry.aligned.score for entry in replay.entries(trial)])
    kept = slice(first_scored(scores), None)
    return replace(
        result,
        decisions=pd.Series(dates.decisions, index=dates.months)[kept],
        signal=signal[kept],
        backtest=tested(model, replay.panel, signal, dates.decisions, settings),
    )


def _returns(
    results: Iterable[tuple[str, IndustryResult]], combined: Combined | None
) -> pd.Series[float]:
    totals = {
        id: result.backtest.statistics["strategy_return"]
        for id, result in results
        if result.backtest is not None
    }
    if combined is not None:
        totals[COMBINED] = combined.backtest.statistics["strategy_return"]
    return pd.Series(totals, dtype=float)
