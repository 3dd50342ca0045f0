"""What is to come and what has happened, in a few lines: a block of the summary."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from prosperity.changes import Change
from prosperity.coming.outlook import Due, Outlook

from prosperity_excel.report.spec import Band, Column, Figure, Kind, Link, Table, Text, Value
from prosperity_excel.words.change_words import CHANGED, change_sentences
from prosperity_excel.words.coming_words import crossing_words
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice

COMING: Pair = ("下次决策前最可能改变信号的公布", "Due next: most likely to flip a signal")
#: Columns of what is due: heading, kind, and columns of the summary's grid.
COLUMNS: tuple[tuple[Pair, Kind, int], ...] = (
    (("行业", "Industry"), "text", 1),
    (("指标", "Indicator"), "text", 2),
    (("月份", "Month"), "month", 1),
    (("预计公布", "Expected"), "date", 2),
    (("单独翻转", "Flips alone"), "percent", 1),
    (("翻转值", "Break-even"), "text", 4),
)
#: How many prints and how many changes there is room for.
MOST = 6


def news_bands(
    outlooks: Sequence[Outlook],
    changes: Sequence[Change],
    page_of: Mapping[str, str],
    due: str,
    voice: Voice,
) -> list[Band]:
    """Return the prints that flip a signal most likely, and the industries that moved most.

    Parameters
    ----------
    outlooks, changes
        What is due, and what changed; each may be empty and is then left out.
    page_of
        Names of the industries' own pages, by id.
    due
        Name of the page with everything that is due.
    voice
        The reader's language.
    """
    bands: list[Band] = []
    told = leading(outlooks)
    if told:
        columns = tuple(
            Column(label=voice.stack(heading), kind=kind, span=span)
            for heading, kind, span in COLUMNS
        )
        rows = tuple(_row(found, one, page_of, voice) for found, one in told)
        bands += [
            (Text(text=voice.line(COMING), role="heading", link=due),),
            (Table(columns=columns, rows=rows),),
        ]
    if changes:
        bands.append((Text(text=voice.line(CHANGED), role="heading"),))
        bands += [(Text(text=voice.stack(change_sentences(one))),) for one in moved_most(changes)]
    return bands


def leading(outlooks: Sequence[Outlook]) -> list[tuple[Outlook, Due]]:
    """Return the prints that may flip a signal alone, most likely first, the sooner before."""
    able = [
        (found, due)
        for found in outlooks
        for due in found.prints
        if due.crossings and math.isfinite(due.flips)
    ]
    return sorted(able, key=lambda one: (-one[1].flips, one[1].print.expected))[:MOST]


def moved_most(changes: Sequence[Change]) -> list[Change]:
    """Return the industries that moved: signals that changed first, then by size."""

    def place(one: Change) -> tuple[bool, float]:
        size = abs(one.total)
        return _same(one), -size if math.isfinite(size) else 0.0

    return sorted((one for one in changes if one.industry.kind != "module"), key=place)[:MOST]


def _same(one: Change) -> bool:
    old, new = one.before.signal, one.after.signal
    return old == new or (_none(old) and _none(new))


def _none(signal: float | None) -> bool:
    return signal is None or math.isnan(signal)


def _row(found: Outlook, due: Due, page_of: Mapping[str, str], voice: Voice) -> tuple[Value, ...]:
    model, one = found.definition, due.print
    name, own = voice.line((model.name_zh, model.name_en)), page_of.get(model.id)
    return (
        Link(name, own) if own else name,
        voice.line((one.name_zh, one.name_en)),
        one.period.date(),
        one.expected.date(),
        Figure(due.flips, "percent"),
        voice.line(crossing_words(due)),
    )
