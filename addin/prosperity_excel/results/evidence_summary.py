"""The table of evidence that the shell prints."""

from __future__ import annotations

import math
from collections.abc import Iterator

from prosperity_excel.report.evidence_report import Examined, overview
from prosperity_excel.report.evidence_verdict import verdict_words
from prosperity_excel.words.statements import MISSING
from prosperity_excel.words.tongue import spoken

#: Column of the overview -> heading and form.
FORMS: dict[str, tuple[str, str]] = {
    "timing_return": ("择时 Timing/y", "{:+.1%}"),
    "p": ("p", "{:.3f}"),
    "adjusted": ("校正 Adjusted", "{:.3f}"),
    "rate": ("胜率 Hits", "{:.0%}"),
    "low": ("下限 Low", "{:.0%}"),
    "high": ("上限 High", "{:.0%}"),
    "probabilistic": ("PSR", "{:.0%}"),
    "deflated": ("DSR", "{:.0%}"),
    "trials": ("变体 Variants", "{:.0f}"),
    "after": ("发布后 After 2023-08", "{:+.1%}"),
}
COLUMNS = ("行业 Industry", *(heading for heading, _ in FORMS.values()))


def evidence_rows(examined: Examined) -> list[tuple[str, ...]]:
    """Return a row a model, in the order of :data:`COLUMNS`; texts, missing as a dash."""
    frame = overview(examined)
    return [
        (
            str(id),
            *(
                form.format(row[key]) if math.isfinite(row[key]) else MISSING
                for key, (_, form) in FORMS.items()
            ),
        )
        for id, row in frame.iterrows()
    ]


def verdict_lines(examined: Examined) -> Iterator[str]:
    """Give the verdict on each model; in both languages a line each."""
    found = examined.judged()
    for id, evidence in examined.evidence.items():
        name = evidence.definition
        chinese, english = verdict_words(evidence, found[id])
        said = f"{name.name_zh}：{chinese}", f"{name.name_en}: {english}"
        yield from spoken(*said, "\n").split("\n")
