"""An evaluation as a report, and the report as a file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from prosperity import __version__
from prosperity.errors import BookError
from prosperity.evaluation import Evaluation

from prosperity_excel.files import replacing
from prosperity_excel.writing.combined_page import combined_page, combined_sheet
from prosperity_excel.writing.labels import LABELS, Language, Voice
from prosperity_excel.writing.method_page import method_page
from prosperity_excel.writing.model_page import Places, alarms, model_page
from prosperity_excel.writing.render import render
from prosperity_excel.writing.series import data_sheet
from prosperity_excel.writing.spec import Progress, Report
from prosperity_excel.writing.summary_page import SummaryPlaces, summary_page

SUMMARY, METHOD, COMBINED = "summary", "method", "combined"
COMBINED_DATA = "data_combined"
#: Excel keeps this name for itself.
RESERVED = (SUMMARY, METHOD, COMBINED, COMBINED_DATA, "history")
NAME_LETTERS = 31


def write_report(
    evaluation: Evaluation,
    path: Path,
    *,
    language: Language = "both",
    generated: datetime | None = None,
    progress: Progress | None = None,
) -> None:
    """Write a report workbook with native charts.

    Parameters
    ----------
    evaluation
        What to report.
    path
        The ``.xlsx`` file. It is replaced only when the new one is complete.
    language
        ``zh``, ``en``, or ``both`` with Chinese first.
    generated
        Time of the report, shown and in the file's properties; None is now. The same evaluation
        and time give the same bytes.
    progress
        Called before each page with its name, its number from 1, and how many there are.

    Raises
    ------
    BookError
        When the file cannot be written, for instance because Excel has it open.
    """
    report = build_report(evaluation, language=language, generated=generated or datetime.now())
    try:
        with replacing(path) as temporary:
            render(report, temporary, progress)
    except OSError as error:
        raise BookError(
            "cannot_write",
            f"无法写入报告（{error.strerror or error}）。请关闭已打开的同名文件，或换一个文件夹。",
            f"The report cannot be written ({error.strerror or error}). Close the file where it "
            "is open, or choose another folder.",
            where=str(path),
        ) from error


def build_report(evaluation: Evaluation, *, language: Language, generated: datetime) -> Report:
    """Return the report on an evaluation: summary, a page a model, method, data sheets."""
    voice = Voice(language)
    page_of = sheet_names(evaluation.results, RESERVED)
    data_of = sheet_names(evaluation.results, (*RESERVED, *page_of.values()), prefix="data_")
    results = [*evaluation.industries.values(), *evaluation.modules.values()]
    models = [
        model_page(
            result,
            evaluation,
            Places(page_of[result.definition.id], data_of[result.definition.id], SUMMARY),
            voice,
        )
        for result in results
    ]
    sheets = [
        data_sheet(result, data_of[result.definition.id], page_of[result.definition.id], voice)
        for result in results
    ]
    names = SummaryPlaces(SUMMARY, COMBINED, METHOD)
    pages = [summary_page(evaluation, page_of, names, generated, voice)]
    if evaluation.combined is not None:
        together = Places(COMBINED, COMBINED_DATA, SUMMARY)
        pages.append(combined_page(evaluation.combined, evaluation, page_of, together, voice))
        sheets.append(
            combined_sheet(evaluation.combined, evaluation, COMBINED_DATA, COMBINED, voice)
        )
    return Report(
        title=voice.line(LABELS["report"]),
        footer=f"Prosperity {__version__} · {generated:%Y-%m-%d %H:%M}",
        generated=generated,
        warning="  ·  ".join(alarms(evaluation, voice, "_short")),
        pages=(*pages, *models, method_page(evaluation, METHOD, SUMMARY, voice)),
        sheets=tuple(sheets),
    )


def sheet_names(ids: Iterable[str], taken: Iterable[str], prefix: str = "") -> dict[str, str]:
    """Return a legal sheet name for each id: at most 31 letters, no two alike in any case."""
    used = {name.casefold() for name in taken}
    names: dict[str, str] = {}
    for id in ids:
        name, number = f"{prefix}{id}"[:NAME_LETTERS], 1
        while name.casefold() in used:
            number += 1
            tail = f"_{number}"
            name = f"{prefix}{id}"[: NAME_LETTERS - len(tail)] + tail
        used.add(name.casefold())
        names[id] = name
    return names
