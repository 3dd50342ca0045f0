"""An evaluation as a report, and the report as a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from prosperity import __version__
from prosperity.changes import Change
from prosperity.coming.outlook import Outlook
from prosperity.evaluation import Evaluation
from prosperity.evidence.conventions import Sensitivity
from prosperity.progress import Progress

from prosperity_excel.files.replacing import replacing
from prosperity_excel.files.saving import cannot_write
from prosperity_excel.report.combined_page import combined_page, combined_sheet
from prosperity_excel.report.cover_page import CoverLines, cover_page, due_lines
from prosperity_excel.report.data_sheets import data_sheet
from prosperity_excel.report.due_page import due_page
from prosperity_excel.report.evidence_pictures import evidence_row
from prosperity_excel.report.evidence_report import (
    OVERVIEW,
    EvidenceNames,
    Examined,
    with_evidence,
)
from prosperity_excel.report.evidence_verdict import verdict_words
from prosperity_excel.report.figures import numbered
from prosperity_excel.report.method_page import method_page
from prosperity_excel.report.model_page import Places, alarms, model_page
from prosperity_excel.report.models_page import models_page
from prosperity_excel.report.news_bands import news_bands
from prosperity_excel.report.quality_page import quality_page
from prosperity_excel.report.sensitivity_page import sensitivity_page
from prosperity_excel.report.spec import Bars, DataSheet, Page, Report
from prosperity_excel.report.summary_page import SummaryPlaces, summary_page
from prosperity_excel.report.system_report import (
    PLAN,
    PLAN_DATA,
    SYSTEMS,
    all_pages,
    evidence_of,
    system_pages,
)
from prosperity_excel.report.tabs import named_in_chinese
from prosperity_excel.report.tried import Tried
from prosperity_excel.report.xlsx import render
from prosperity_excel.words.coming_words import headline
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import LABELS, NO_ADVICE, Language, Voice

COVER, SUMMARY, METHOD, COMBINED = "cover", "summary", "method", "combined"
SENSITIVITY, QUALITY, DUE, MODELS = "sensitivity", "quality", "due", "models"
COMBINED_DATA = "data_combined"
#: Excel keeps this name for itself.
RESERVED = (
    COVER,
    SUMMARY,
    METHOD,
    COMBINED,
    SENSITIVITY,
    QUALITY,
    DUE,
    MODELS,
    OVERVIEW,
    COMBINED_DATA,
    PLAN,
    PLAN_DATA,
    SYSTEMS,
    "history",
)
NAME_LETTERS = 31
#: Verdicts that the cover has room for.
MOST_VERDICTS = 3


def write_report(
    evaluation: Evaluation,
    path: Path,
    *,
    language: Language = "both",
    generated: datetime | None = None,
    tested: Sensitivity | None = None,
    progress: Progress | None = None,
    examined: Examined | None = None,
    outlooks: Sequence[Outlook] = (),
    changes: Sequence[Change] = (),
) -> Report:
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
    tested
        The run under other conventions, for the page on sensitivity; None leaves the page out.
    progress
        Called before each page with its name, its number from 1, and how many there are.
    examined
        Evidence to add, with an overview and a page a model; None for none.
    outlooks
        What is due before the next decisions, for a page of its own; empty leaves it out.
    changes
        What changed since a state that was kept, for a block of the summary; empty leaves it out.

    Returns
    -------
    Report
        What the file shows.

    Raises
    ------
    BookError
        When the file cannot be written, for instance because Excel has it open.
    """
    moment = generated or datetime.now()
    report = build_report(
        evaluation,
        language=language,
        generated=moment,
        tested=tested,
        examined=examined,
        outlooks=outlooks,
        changes=changes,
    )
    if language == "zh":
        report = named_in_chinese(report)
    save_report(report, path, progress)
    return report


def save_report(report: Report, path: Path, progress: Progress | None = None) -> None:
    """Write a report into a file; see :func:`write_report`."""
    try:
        with replacing(path) as temporary:
            render(report, temporary, progress)
    except OSError as error:
        raise cannot_write(path, error) from error


def build_report(
    evaluation: Evaluation,
    *,
    language: Language,
    generated: datetime,
    tested: Sensitivity | None = None,
    examined: Examined | None = None,
    outlooks: Sequence[Outlook] = (),
    changes: Sequence[Change] = (),
) -> Report:
    """Return the report on an evaluation.

    Cover, summary, combined strategy, what is due, a page a model, sensitivity, data quality,
    method, and the data sheets; with ``examined`` the evidence at its end.
    """
    voice = Voice(language)
    tried = Tried.of(tested, examined.evidence if examined is not None else {})
    page_of = sheet_names(evaluation.results, RESERVED)
    data_of = sheet_names(evaluation.results, (*RESERVED, *page_of.values()), prefix="data_")
    of_systems = _system_names(evaluation, [*page_of.values(), *data_of.values()])
    own = system_pages(
        evaluation,
        of_systems,
        (page_of, data_of),
        SUMMARY if evaluation.results else "",
        voice,
        evidence_of(evaluation.systems)
        if examined is None or not examined.systems
        else {id: one.evidence for id, one in examined.systems.items()},
    )
    if not evaluation.results:
        return _report(all_pages(own), own.sheets, evaluation, generated, voice)
    results = [*evaluation.industries.values(), *evaluation.modules.values()]
    names = SummaryPlaces(SUMMARY, COMBINED, METHOD, COVER)
    news = news_bands(outlooks, changes, page_of, DUE, voice)
    pages = [
        *own.front,
        summary_page(evaluation, page_of, names, voice, tried.for_all(), data_of, news),
    ]
    sheets = []
    combined = evaluation.combined
    if combined is not None:
        together = Places(COMBINED, COMBINED_DATA, SUMMARY)
        pages.append(combined_page(combined, evaluation, page_of, together, voice, tried.for_all()))
        sheets.append(combined_sheet(combined, evaluation, COMBINED_DATA, COMBINED, voice))
    coming = {found.definition.id: found for found in outlooks}
    if outlooks:
        pages.append(
            due_page(outlooks, page_of, DUE, SUMMARY, voice, simulated=evaluation.simulated)
        )
    sure = _sureness(examined, outlooks)
    taken = [*RESERVED, *page_of.values(), *data_of.values()]
    evidence_names = EvidenceNames.of(examined or Examined({}), taken)
    for result in results:
        id = result.definition.id
        places = Places(page_of[id], data_of[id], SUMMARY)
        proof = _proof(id, examined, evidence_names, voice)
        said = tried.for_model(id), coming.get(id), sure.get(id, ()), proof
        pages.append(model_page(result, evaluation, places, voice, *said))
    pages += own.pages
    if tested is not None and len(tested.base):
        named = SENSITIVITY, SUMMARY, COMBINED
        pages.append(sensitivity_page(tested, evaluation, page_of, named, voice, tried.for_all()))
    pages.append(quality_page(evaluation, page_of, QUALITY, SUMMARY, voice))
    pages.append(models_page(results, page_of, MODELS, SUMMARY, voice))
    pages.append(method_page(evaluation, METHOD, SUMMARY, voice))
    contents = tuple((page.title, page.id) for page in pages)
    models = [
        data_sheet(r, data_of[id], page_of[id], voice, coming.get(id))
        for r in results
        for id in (r.definition.id,)
    ]
    places = Places(COVER, COMBINED_DATA, SUMMARY)
    lines = CoverLines(due_lines(outlooks), _confidence(examined))
    cover = cover_page(evaluation, contents, generated, places, voice, lines)
    report = _report((cover, *pages), (*models, *sheets, *own.sheets), evaluation, generated, voice)
    if examined is not None and examined.evidence:
        report = with_evidence(report, evaluation, examined, language, evidence_names, back=SUMMARY)
    counted = numbered(report.pages, voice, simulated=evaluation.simulated)
    return replace(report, pages=counted)


def _report(
    pages: Sequence[Page],
    sheets: Sequence[DataSheet],
    evaluation: Evaluation,
    generated: datetime,
    voice: Voice,
) -> Report:
    return Report(
        title=voice.line(LABELS["report"]),
        footer=f"Prosperity {__version__} · {generated:%Y-%m-%d %H:%M} · {voice.line(NO_ADVICE)}",
        generated=generated,
        warning="  ·  ".join(alarms(evaluation, voice, "_short")),
        pages=tuple(pages),
        sheets=tuple(sheets),
    )


def _proof(
    id: str, examined: Examined | None, names: EvidenceNames, voice: Voice
) -> tuple[Bars, ...]:
    """Return the pictures of the evidence that stand on a model's own page; none without any."""
    if examined is None or id not in examined.evidence:
        return ()
    return evidence_row(examined.evidence[id], names.data_of[id], voice)


def _system_names(
    evaluation: Evaluation, taken: Sequence[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the names of the pages and of the data sheets of systems, by id."""
    page_of = sheet_names(evaluation.systems, (*RESERVED, *taken))
    used = (*RESERVED, *taken, *page_of.values())
    return page_of, sheet_names(evaluation.systems, used, prefix="data_")


def _sureness(
    examined: Examined | None, outlooks: Sequence[Outlook]
) -> dict[str, tuple[Pair, ...]]:
    """Return by model what its next decision hangs on, and the verdict of its evidence."""
    found: dict[str, tuple[Pair, ...]] = {one.definition.id: (headline(one),) for one in outlooks}
    for id, verdict in _verdicts(examined).items():
        found[id] = (*found.get(id, ()), verdict)
    return found


def _verdicts(examined: Examined | None) -> dict[str, Pair]:
    if examined is None:
        return {}
    judged = examined.judged()
    return {id: verdict_words(one, judged[id]) for id, one in examined.evidence.items()}


def _confidence(examined: Examined | None) -> tuple[Pair, ...]:
    """Return how many models the tests support, or that nobody tested."""
    if examined is None or not examined.evidence:
        words = "本报告未做检验；加 --evidence 检验。", "Not tested here; --evidence tests."
        return (words,)
    return tuple(_verdicts(examined).values())[:MOST_VERDICTS]


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
