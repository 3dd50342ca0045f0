"""The first page: what was run, on which data, with which settings, and what to mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from prosperity.coming.outlook import Outlook
from prosperity.evaluation import MARKET, Combined, Evaluation

from prosperity_excel.report.data_sheets import net_value_charts
from prosperity_excel.report.freshness_bands import freshness_bands, standing_words
from prosperity_excel.report.model_page import Places, banners
from prosperity_excel.report.model_tables import GRID
from prosperity_excel.report.spec import Band, Column, Kind, Link, Page, Table, Tag, Text, Value
from prosperity_excel.report.summary_page import about_table, data_through, warning_bands
from prosperity_excel.words.findings import combined_since, holding_sentence, turned
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import LABELS, RISK_NOTICE, Voice
from prosperity_excel.words.sentences import setting_text
from prosperity_excel.words.statements import benchmark_pair

#: Grid columns of the left half, rows of the chart in the right one, and industries listed.
LEFT, CHART_ROWS, MOST_HELD = 6, 14, 12
#: Days of releases and names a day that the cover lists.
DUE_DAYS, DUE_NAMES = 5, 4
#: The table of holdings: label, kind, grid columns of the left half.
HELD_COLUMNS: tuple[tuple[str, Kind, int], ...] = (
    ("holding", "text", 1),
    ("since", "month", 1),
    ("weight", "percent", 2),
    ("weight_change", "signed_percent", 1),
    ("changed", "text", 1),
)


@dataclass(frozen=True)
class CoverLines:
    """What the cover says besides the run itself: what is due next, and how sure the models are."""

    due: tuple[Pair, ...] = ()
    confidence: tuple[Pair, ...] = ()


def due_lines(outlooks: Sequence[Outlook]) -> tuple[Pair, ...]:
    """Return what is released next, a line a day, soonest first."""
    days: dict[date, dict[str, Pair]] = {}
    for outlook in outlooks:
        for due in outlook.prints:
            one = due.print
            days.setdefault(one.expected, {})[one.name_zh] = one.name_zh, one.name_en
    lines = []
    for day in sorted(days)[:DUE_DAYS]:
        named = list(days[day].values())
        more = f" +{len(named) - DUE_NAMES}" if len(named) > DUE_NAMES else ""
        zh = "、".join(pair[0] for pair in named[:DUE_NAMES])
        en = ", ".join(pair[1] for pair in named[:DUE_NAMES])
        lines.append((f"{day:%m-%d}  {zh}{more}", f"{day:%m-%d}  {en}{more}"))
    return tuple(lines)


def cover_page(
    evaluation: Evaluation,
    contents: tuple[tuple[str, str], ...],
    generated: datetime,
    places: Places,
    voice: Voice,
    lines: CoverLines = CoverLines(),
) -> Page:
    """Return the cover: what to hold and what changed, then why to believe it, then the run.

    Parameters
    ----------
    evaluation
        What was computed.
    contents
        Title and name of each page that follows.
    generated
        When the report was made.
    places
        Names of this page, and of the combined strategy's data sheet.
    voice
        The reader's language.
    lines
        What is due, and the confidence.
    """
    bands: list[Band] = [
        (Text(text=voice.line(LABELS["report"]), role="title"),),
        *banners(evaluation, voice),
        (Text(text=voice.stack(holding_sentence(evaluation)), role="headline"),),
        (Text(text=_data_line(evaluation, generated, voice), role="subtitle"),),
        *_standing(evaluation, places.data, voice),
        *_lists(lines, voice),
        *freshness_bands(evaluation, voice),
        (Text(text=voice.label("contents"), role="heading"),),
        _contents(contents),
        (Text(text=voice.label("changed_settings"), role="heading"),),
        (about_table(evaluation, generated, len(GRID), voice),),
        _settings(evaluation, voice),
        (Text(text=voice.label("warnings"), role="heading"),),
        *warning_bands(evaluation, len(GRID), voice),
        (Text(text=voice.stack(RISK_NOTICE), role="note"),),
    ]
    return Page(id=places.page, title=voice.label("cover"), widths=GRID, bands=tuple(bands))


def _data_line(evaluation: Evaluation, generated: datetime, voice: Voice) -> str:
    """Return in grey through when the data reach, and how old that is on the day of the run."""
    parts = [data_through(evaluation, voice)]
    if evaluation.today is not None:
        day = f"{evaluation.today:%Y-%m-%d}"
        zh, en = standing_words(evaluation)
        parts.append(voice.line((f"{day}：{zh}", f"{day}: {en}"), " "))
    return "  ·  ".join(part for part in parts if part)


def _standing(evaluation: Evaluation, sheet: str, voice: Voice) -> list[Band]:
    """Return what is held with since when, what changed, and the net values beside them."""
    combined = evaluation.combined
    if combined is None:
        return []
    held = _held_table(evaluation, combined, voice)
    place = {"at": 0, "span": 0, "rows": CHART_ROWS}, {"at": LEFT, "span": 0, "rows": CHART_ROWS}
    names = {"index": voice.label("basket")}
    chart = net_value_charts(combined.backtest, sheet, voice, (place[1], place[1]), names)[0]
    return [(held, chart)]


def _held_table(evaluation: Evaluation, combined: Combined, voice: Voice) -> Table:
    """Return the holdings and what left, new ones first, the market last."""
    moved, weights = turned(combined), combined.targets
    now = weights.iloc[-1]
    before = weights.iloc[-2] if len(weights) > 1 else now * 0.0
    marks = dict.fromkeys(moved.entered, ("＋ 新进", "+ new"))
    marks |= dict.fromkeys(moved.left, ("－ 退出", "− left"))
    rows: list[tuple[Value, ...]] = []
    for id in [*moved.entered, *moved.kept, *moved.left][:MOST_HELD]:
        definition = evaluation.results[id].definition
        since = combined_since(combined, id).date() if now[id] > 0 else ""
        rows.append(
            (
                voice.line((definition.name_zh, definition.name_en)),
                since,
                float(now[id]),
                float(now[id] - before[id]),
                Tag(voice.line(marks.get(id, ("", ""))), "strong" if id in marks else "plain"),
            )
        )
    name, rest = voice.line(benchmark_pair(combined.benchmark_code)), float(now[MARKET])
    rows.append((name, "", rest, rest - float(before[MARKET]), Tag("")))
    columns = tuple(
        Column(label=voice.heading(label), kind=kind, span=span)
        for label, kind, span in HELD_COLUMNS
    )
    return Table(columns=columns, rows=tuple(rows))


def _lists(lines: CoverLines, voice: Voice) -> list[Band]:
    """Return what is due and the confidence, side by side."""
    halves = [
        (head, found, at, span)
        for head, found, at, span in (
            (voice.line(("待公布", "Due before the next decision")), lines.due, 0, LEFT),
            (voice.line(("可信度", "Confidence")), lines.confidence, LEFT, 0),
        )
        if found
    ]
    if not halves:
        return []
    heads = tuple(Text(text=h, role="heading", at=a, span=s) for h, _, a, s in halves)
    bodies = tuple(
        Text(text="\n".join(voice.stack(pair) for pair in found), at=a, span=s)
        for _, found, a, s in halves
    )
    return [heads, bodies]


def _settings(evaluation: Evaluation, voice: Voice) -> Band:
    changed = evaluation.settings.changed()
    if not changed:
        return (Text(text=voice.line(LABELS["all_default"])),)
    columns = (
        Column(label=voice.label("setting"), span=2),
        Column(label=voice.label("used"), span=len(GRID) - 2),
    )
    rows = tuple((name, setting_text(value)) for name, value in changed.items())
    return (Table(columns=columns, rows=rows),)


#: Grid columns of the columns of contents.
_CONTENT_SPANS = (1, 4, 4, 4)


def _contents(contents: tuple[tuple[str, str], ...]) -> Band:
    """Return the links to the pages, in columns read downwards."""
    height = -(-len(contents) // len(_CONTENT_SPANS))
    rows = tuple(
        tuple(
            Link(*contents[place]) if (place := row + column * height) < len(contents) else ""
            for column in range(len(_CONTENT_SPANS))
        )
        for row in range(height)
    )
    columns = tuple(Column(span=span) for span in _CONTENT_SPANS)
    return (Table(columns=columns, rows=rows, header=False),)
