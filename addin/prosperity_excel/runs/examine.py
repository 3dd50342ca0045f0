"""Books in, evidence out: what ``evidence`` and ``report --evidence`` share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pandas as pd
from prosperity.errors import BookError
from prosperity.evaluation import Evaluation, Notice
from prosperity.evidence.examine import Evidence, examine
from prosperity.evidence.moved import vintages
from prosperity.progress import Progress
from prosperity.settings import Settings

from prosperity_excel.book.book import Book
from prosperity_excel.report.evidence_report import Examined
from prosperity_excel.runs.evaluate import evaluate_books
from prosperity_excel.runs.systems import examine_systems


def examine_books(
    books: Sequence[Book],
    *,
    wanted: Sequence[str] = (),
    variants: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    validations: Sequence[str] = (),
    older: Book | None = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> tuple[Evaluation, Examined]:
    """Evaluate the industries and systems of books and examine those that have a backtest.

    Parameters
    ----------
    books, wanted, variants, settings, progress, today
        As for :func:`prosperity_excel.runs.evaluate.evaluate_books`.
    validations
        Ids of series that a composite should lead; each book uses those that it has.
    older
        An older book with the same industries: the move since then is split into revision and
        news.

    Returns
    -------
    Evaluation, Examined
        The evaluation has a notice for each industry that could not be examined.

    Raises
    ------
    BookError
        When a validation series is in none of the books, or nothing can be examined.
    ProsperityError
        As evaluating and examining say.
    """
    settings = settings or Settings()
    _check_validations(books, validations)
    evaluation = evaluate_books(
        books,
        wanted=wanted,
        variants=variants,
        settings=settings,
        progress=progress,
        today=today,
    )
    found: dict[str, Evidence] = {}
    notices = list(evaluation.notices)
    definitions = {id: r.definition for id, r in evaluation.results.items()}
    for id, result in evaluation.industries.items():
        if result.backtest is None or len(result.backtest.nav) < 2:
            notices.append(_not_examined(result.definition.name_zh, result.definition.name_en))
            continue
        book = next(b for b in books if id in b.industries)
        found[id] = examine(
            book.panel,
            result,
            settings,
            {**book.definitions, **definitions},
            validations=[v for v in validations if v in book.panel.series],
            progress=progress,
        )
    systems = examine_systems(books, evaluation, settings, variants, progress)
    if not found and not systems:
        raise BookError(
            "no_evidence",
            "没有可检验的行业或系统：需要行情。请补充 prices 表。",
            "There is nothing to examine: prices are needed, of an index and the benchmark or of a "
            "system's assets. Fill in the prices sheet.",
        )
    moved: dict[str, pd.DataFrame] = {}
    if older is not None and found:
        # The older book is run up to its own prices' end, under the same definitions' variants.
        before = evaluate_books([older], wanted=tuple(found), variants=variants, settings=settings)
        moved = {id: vintages(before.results[id], evaluation.results[id]) for id in found}
    return replace(evaluation, notices=tuple(notices)), Examined(found, moved, systems)


def _check_validations(books: Sequence[Book], validations: Sequence[str]) -> None:
    known = {id for book in books for id in book.panel.series}
    for id in validations:
        if id not in known:
            raise BookError(
                "no_validation_series",
                f"工作簿中没有用于检验的序列“{id}”。"
                "在 definition 表加一行（维度留空），在 data 表加同名列。",
                f"No book has the series {id!r} to validate against. Add it to the definition "
                "sheet (dimension empty) and, as a column of that id, to the data sheet.",
            )


def _not_examined(chinese: str, english: str) -> Notice:
    return Notice(
        "not_examined",
        f"{chinese}：没有回测，未做检验。",
        f"{english}: no backtest, hence no evidence.",
    )
