"""The whole way on simulated data: sample books, a run over them, the report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from prosperity.catalog import catalog
from prosperity.definition import Industry
from prosperity.evaluation import Evaluation
from prosperity.progress import Progress
from prosperity.simulation import SOURCE, simulate
from prosperity.systems.reading import find_system
from prosperity.systems.simulated import simulated_system

from prosperity_excel.excel.formula_book import write_formula_book
from prosperity_excel.report.build import write_report
from prosperity_excel.runs.evaluate import run_books
from prosperity_excel.runs.outputs import Output, writing
from prosperity_excel.template.system_template import write_system_template
from prosperity_excel.template.template import write_template

#: Systems of which a demo writes a book, and their months of data.
SYSTEMS: Mapping[str, int] = {
    "macro_position": 96,
    "industry_diffusion": 96,
    "industry_factors": 96,
    # A row a fund and day: fewer months, lest the demo waits for them.
    "etf_flows": 30,
    "style_timing": 96,
}


def build_demo(
    folder: Path, *, language: str = "both", progress: Progress | None = None
) -> tuple[Evaluation, Path]:
    """Write sample books, a report over all, and a book of formulas into ``folder``.

    There is a book an industry, and one for each of :data:`SYSTEMS`.

    The books are read back and run like an analyst's own, so the demo shows the product's own way
    and no other. Files of the same names are replaced, and copies of them kept.

    Returns
    -------
    Evaluation, Path
        The results, and the report's file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chosen = _industries()
    outputs = demo_outputs(folder)
    samples, books, (report, formulas) = (
        outputs[: len(chosen)],
        outputs[len(chosen) : -2],
        outputs[-2:],
    )
    panel = simulate(catalog().values())
    for number, (industry, sample) in enumerate(zip(chosen, samples, strict=True), 1):
        if progress:
            progress(sample.path.name, number, len(chosen))
        with writing("demo", sample):
            write_template([industry], sample.path, panel=panel, source_note=SOURCE)
    for (id, months), book in zip(SYSTEMS.items(), books, strict=True):
        with writing("demo", book):
            made = simulated_system(find_system(id), months)
            write_system_template(find_system(id), book.path, panel=made, source_note=SOURCE)
    # Judged on the last simulated day: nothing is overdue that was never to be published.
    today = panel.calendar.days[-1].date()
    paths = [sample.path for sample in (*samples, *books)]
    evaluation = run_books(paths, progress=progress, today=today)
    with writing("demo", report):
        write_report(evaluation, report.path, language=language, progress=progress)  # type: ignore[arg-type]
    with writing("demo", formulas):
        write_formula_book(formulas.path, folder)
    return evaluation, report.path


def demo_outputs(folder: Path) -> list[Output]:
    """Return what a demo writes: books of industries and systems, the report, the formulas."""
    names = [*(industry.id for industry in _industries()), *SYSTEMS, "report", "formulas"]
    return [Output("sample", folder / f"{name}.xlsx") for name in names]


def _industries() -> list[Industry]:
    return [model for model in catalog().values() if model.kind == "industry"]
