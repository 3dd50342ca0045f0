"""The overview of the evidence, and the evidence as pages of a report or as one of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandas as pd
from prosperity import __version__
from prosperity.evaluation import Evaluation
from prosperity.evidence.examine import Evidence
from prosperity.evidence.system_trials import SystemExamined
from prosperity.evidence.verdict import Judged, together

from prosperity_excel.report import evidence_words as words
from prosperity_excel.report.evidence_page import (
    GRID,
    EvidencePlaces,
    evidence_page,
    evidence_sheet,
    table_of,
)
from prosperity_excel.report.figures import numbered
from prosperity_excel.report.model_page import alarms, banners
from prosperity_excel.report.spec import Band, Link, Page, Report, Table, Text
from prosperity_excel.words.report_words import NO_ADVICE, Language, Voice

OVERVIEW = "evidence"


@dataclass(frozen=True)
class Examined:
    """Evidence on the models of a run.

    Attributes
    ----------
    evidence : mapping of str to Evidence
        By industry id.
    vintages : mapping of str to DataFrame
        Revision and news against an older book, by industry id; empty without one.
    systems : mapping of str to SystemExamined
        Evidence on systems, by id.
    """

    evidence: Mapping[str, Evidence]
    vintages: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    systems: Mapping[str, SystemExamined] = field(default_factory=dict)

    def judged(self) -> dict[str, Judged]:
        """Return the verdict on each model, all of them tested together."""
        return together({id: one.significance for id, one in self.evidence.items()})


def overview(examined: Examined) -> pd.DataFrame:
    """Return a row a model: what was found, and the verdict among all of them.

    The p-value is that of the circular shifts.
    """
    found = examined.judged()
    rows: dict[str, dict[str, object]] = {}
    for id, one in examined.evidence.items():
        tested = one.significance
        rows[id] = {
            "timing_return": tested.timing_return,
            "p": found[id].p,
            "adjusted": found[id].adjusted,
            "verdict": found[id].verdict,
            "found": found[id].verdict == "found",
            "rate": tested.direction.rate,
            "low": tested.direction.low,
            "high": tested.direction.high,
            "probabilistic": tested.probabilistic,
            "deflated": tested.deflated,
            "trials": tested.trials,
            "after": one.out_of_sample.around.loc["after", "excess"],
        }
    return pd.DataFrame.from_dict(rows, orient="index")


@dataclass(frozen=True)
class EvidenceNames:
    """Names of the sheets of the evidence, by model: its page, and its series."""

    page_of: Mapping[str, str]
    data_of: Mapping[str, str]

    @classmethod
    def of(cls, examined: Examined, taken: Iterable[str]) -> EvidenceNames:
        """Return names that differ from those that are taken."""
        from prosperity_excel.report.build import sheet_names

        used = [*taken, OVERVIEW]
        pages = sheet_names(examined.evidence, used, prefix="evidence_")
        data = sheet_names(examined.evidence, [*used, *pages.values()], prefix="data_evidence_")
        return cls(pages, data)


def with_evidence(
    report: Report,
    evaluation: Evaluation,
    examined: Examined,
    language: Language,
    names: EvidenceNames,
    back: str = "",
) -> Report:
    """Return the report with an overview of the evidence, and a page a model, at its end.

    Parameters
    ----------
    report, evaluation
        What there is already, and the run.
    examined
        The evidence; without any the report comes back as it is.
    language, names
        The reader's language; names of the sheets.
    back
        Page that the overview leads back to; empty for none.
    """
    if not examined.evidence:
        return report
    voice = Voice(language)
    page_of, data_of = names.page_of, names.data_of
    found = examined.judged()
    pages, sheets = [], []
    for id, one in examined.evidence.items():
        places = EvidencePlaces(page_of[id], data_of[id], OVERVIEW)
        vintage = examined.vintages.get(id)
        pages.append(evidence_page(one, evaluation, found[id], places, voice, vintage))
        sheets.append(evidence_sheet(one, places, voice))
    first = _overview_page(examined, evaluation, page_of, back, voice)
    return replace(
        report,
        pages=(*report.pages, first, *pages),
        sheets=(*report.sheets, *sheets),
    )


def evidence_report(
    evaluation: Evaluation, examined: Examined, *, language: Language, generated: datetime
) -> Report:
    """Return a report of the evidence alone."""
    voice = Voice(language)
    empty = Report(
        title=voice.line(words.HEADINGS["all_evidence"]),
        footer=f"Prosperity {__version__} · {generated:%Y-%m-%d %H:%M} · {voice.line(NO_ADVICE)}",
        generated=generated,
        warning="  ·  ".join(alarms(evaluation, voice, "_short")),
        pages=(),
        sheets=(),
    )
    names = EvidenceNames.of(examined, ())
    report = with_evidence(empty, evaluation, examined, language, names)
    return replace(report, pages=numbered(report.pages, voice, simulated=evaluation.simulated))


def _overview_page(
    examined: Examined,
    evaluation: Evaluation,
    page_of: Mapping[str, str],
    back: str,
    voice: Voice,
) -> Page:
    title = voice.line(words.HEADINGS["all_evidence"])
    frame = overview(examined)
    frame["verdict"] = [voice.line(words.VERDICTS_SHORT[kind]) for kind in frame["verdict"]]
    names = {
        id: voice.line((e.definition.name_zh, e.definition.name_en))
        for id, e in examined.evidence.items()
    }
    plain = table_of(frame, words.TOGETHER, names, voice, voice.label("industry"))
    rows = tuple(
        (Link(names[str(id)], page_of[str(id)]), *row[1:])
        for id, row in zip(frame.index, plain.rows, strict=True)
    )
    lead: list[Band] = [(Text(text=title, role="title"),)]
    if back:
        lead.append((Text(text=voice.label("to_summary"), role="subtitle", link=back),))
    bands: list[Band] = [
        *lead,
        *banners(evaluation, voice),
        (Table(columns=plain.columns, rows=rows),),
        (Text(text=voice.stack(words.NOTES["verdict"]), role="note"),),
        (Text(text=voice.stack(words.NOTES["tests"]), role="note"),),
    ]
    return Page(id=OVERVIEW, title=title, widths=GRID, bands=tuple(bands))
