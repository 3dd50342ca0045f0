"""The page on what is to come: a sentence an industry, and what is due with its break-evens."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from prosperity.coming.outlook import Due, Outlook

from prosperity_excel.report.spec import (
    Band,
    Column,
    Figure,
    Kind,
    Link,
    Page,
    Table,
    Tag,
    Text,
    Value,
)
from prosperity_excel.words.coming_words import (
    crossing_words,
    due_words,
    headline,
    method_words,
    number,
)
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import LABELS, Voice

TITLE: Pair = ("待公布", "What is due")
#: Columns of the table, which are the grid of the page: heading, width, kind.
COLUMNS: Mapping[str, tuple[Pair, float, Kind]] = {
    "industry": (("行业", "Industry"), 22, "text"),
    "indicator": (("指标", "Indicator"), 40, "text"),
    "month": (("月份", "Month"), 10, "month"),
    "expected": (("预计公布", "Expected"), 12, "date"),
    "latest": (("最迟公布", "Latest"), 12, "date"),
    "last": (("最近值", "Last"), 12, "number"),
    "nowcast": (("即时预测", "Nowcast"), 12, "number"),
    "low": (("下限 10%", "Low 10%"), 12, "number"),
    "high": (("上限 90%", "High 90%"), 12, "number"),
    "method": (("方法", "Method"), 16, "text"),
    "break_even": (("翻转值", "Break-even"), 30, "text"),
    "flips": (("单独翻转", "Flips alone"), 11, "percent"),
    "remark": (("公布", "Release"), 34, "text"),
}
NEXT: Pair = ("下一步公布", "Next prints")
#: Of the table on an industry's own page: heading, kind, grid columns.
NEXT_COLUMNS: tuple[tuple[Pair, Kind, int], ...] = (
    (("指标", "Indicator"), "text", 1),
    (("月份", "Month"), "month", 1),
    (("即时预测", "Nowcast"), "number", 2),
    (("10–90% 区间", "10–90% band"), "text", 2),
    (("单独翻转", "Flips alone"), "percent", 1),
    (("翻转值", "Break-even"), "text", 3),
    (("公布", "Release"), "text", 2),
)
NOTE: Pair = (
    "翻转值：其余待公布指标取即时预测时，使信号改变的数值；概率由各预测自身的历史误差按相关性抽样得出。"
    "即时预测只在胜过最近值时采用，不是公布的数据。",
    "Break-even: the value at which the signal changes with all other prints at their nowcasts. "
    "Odds come from the nowcasts' own past errors, drawn together. A nowcast is used only where it "
    "has beaten the last value, and is no published figure.",
)


def due_page(
    outlooks: Sequence[Outlook],
    page_of: Mapping[str, str],
    page: str,
    back: str,
    voice: Voice,
    *,
    simulated: bool = False,
) -> Page:
    """Return the page.

    Parameters
    ----------
    outlooks
        In the order in which they are shown.
    page_of
        Names of the industries' own pages, by id.
    page, back
        Its own name, and where its link leads.
    voice
        The reader's language.
    simulated
        Whether a banner must say that the data are.
    """
    columns = tuple(
        Column(label=voice.stack(heading), kind=kind) for heading, _, kind in COLUMNS.values()
    )
    rows = tuple(_row(found, due, page_of, voice) for found in outlooks for due in found.prints)
    bands: list[Band] = [
        (Text(text=voice.line(TITLE), role="title"),),
        (Text(text=f"← {voice.label('to_summary')}", role="subtitle", span=1, link=back),),
    ]
    if simulated:
        bands.append((Text(text=voice.line(LABELS["simulated"], " · "), role="banner"),))
    bands += [(Text(text=voice.stack(headline(found))),) for found in outlooks]
    bands += [
        (Text(text=voice.stack(NOTE), role="note"),),
        (Table(columns=columns, rows=rows),),
    ]
    widths = tuple(width for _, width, _ in COLUMNS.values())
    return Page(id=page, title=voice.line(TITLE), widths=widths, bands=tuple(bands))


def next_prints(found: Outlook | None, voice: Voice) -> list[Band]:
    """Return the next prints of an industry as bands of its own page, of twelve grid columns.

    A row a print; empty without an outlook, or where nothing is due.
    """
    if found is None or not found.prints:
        return []
    columns = tuple(
        Column(label=voice.stack(heading), kind=kind, span=span)
        for heading, kind, span in NEXT_COLUMNS
    )
    rows = tuple(_next_row(due, voice) for due in found.prints)
    return [
        (Text(text=voice.line(NEXT), role="heading"),),
        (Table(columns=columns, rows=rows),),
    ]


def _next_row(due: Due, voice: Voice) -> tuple[Value, ...]:
    one, said = due.print, due.nowcast
    known = said is not None and math.isfinite(said.low)
    return (
        voice.line((one.name_zh, one.name_en)),
        one.period.date(),
        None if said is None else said.value,
        f"{number(said.low)} … {number(said.high)}" if said is not None and known else None,
        Figure(_known(due.flips), "percent"),
        voice.line(crossing_words(due)),
        voice.line(due_words(one)),
    )


def _row(found: Outlook, due: Due, page_of: Mapping[str, str], voice: Voice) -> tuple[Value, ...]:
    model, one, said = found.definition, due.print, due.nowcast
    name = voice.line((model.name_zh, model.name_en))
    own = page_of.get(model.id)
    remark = voice.line(due_words(one))
    numbers: tuple[Value, ...] = (None,) * 4
    if said is not None:
        numbers = (said.last, said.value, _known(said.low), _known(said.high))
    return (
        Link(name, own) if own else name,
        voice.line((one.name_zh, one.name_en)),
        one.period.date(),
        one.expected.date(),
        one.latest.date(),
        *numbers,
        "" if said is None else voice.line(method_words(said.method)),
        voice.line(crossing_words(due)),
        Figure(_known(due.flips), "percent"),
        Tag(remark, "strong") if one.overdue else remark,
    )


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
