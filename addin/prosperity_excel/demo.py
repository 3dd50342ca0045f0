"""The whole way on simulated data: sample books, a run over them, the report."""

from __future__ import annotations

from pathlib import Path

from prosperity.catalog import catalog
from prosperity.evaluation import Evaluation
from prosperity.simulation import SOURCE, simulate

from prosperity_excel.formula_book import write_formula_book
from prosperity_excel.running import Progress, run_books
from prosperity_excel.writing.pages import write_report
from prosperity_excel.writing.template import write_template


def build_demo(
    folder: Path, *, language: str = "both", progress: Progress | None = None
) -> tuple[Evaluation, Path]:
    """Write a sample book an industry, a report over all, and a book of formulas into ``folder``.

    The books are read back and run like an analyst's own, so the demo shows the product's own way
    and no other. Existing files of the same names are replaced.

    Returns
    -------
    Evaluation, Path
        The results, and the report's file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [i for i in catalog().values() if i.kind == "industry"]
    panel = simulate(catalog().values())
    books = []
    for number, industry in enumerate(chosen, 1):
        books.append(folder / f"{industry.id}.xlsx")
        if progress:
            progress(books[-1].name, number, len(chosen))
        write_template([industry], books[-1], panel=panel, source_note=SOURCE)
    # Judged on the last simulated day: nothing is overdue that was never to be published.
    evaluation = run_books(books, progress=progress, today=panel.calendar.days[-1].date())
    report = folder / "report.xlsx"
    write_report(evaluation, report, language=language, progress=progress)  # type: ignore[arg-type]
    write_formula_book(folder / "formulas.xlsx", folder)
    return evaluation, report
