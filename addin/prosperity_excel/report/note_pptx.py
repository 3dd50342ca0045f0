"""The note as slides with native charts: a cover, a summary, one an industry that moved.

A template is any ``.pptx``: its masters, layouts and slides are kept and ours are added. Titles go
into the layout's own place for a title; without such a layout a text box takes it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prosperity_excel.report.note import Chart, Moved, Note
from prosperity_excel.report.note_docx import opened

#: Names of the layouts that are looked for, in the default template's words; else the first ones.
WIDE_MM, HIGH_MM, EDGE_MM = 338.7, 190.5, 14.0
NAVY, ORANGE, GREY, RUST = "1F3A5F", "C46B1B", "7F7F7F", "A63D2F"
COLOURS = (NAVY, GREY, ORANGE)
TEXT_PT, SMALL_PT, TITLE_PT = 14, 10.5, 24
HOLLOW_PT = 6
#: Rows of a table that a slide holds, and years that an axis is labelled with.
MOST_ROWS, MOST_YEARS = 13, 10


def write_pptx(note: Note, path: Path, *, template: Path | None = None) -> None:
    """Write the note.

    Parameters
    ----------
    note
        What it says.
    path
        The file; written as it is, so give a temporary one.
    template
        A desk's own; None is a plain wide one.

    Raises
    ------
    BookError
        ``bad_template`` when the template cannot be read.
    """
    deck = _deck(template)
    page = _Page(deck)
    _cover(page, note)
    _summary(page, note)
    for one in note.moved:
        _industry(page, note, one)
    _close(page, note)
    deck.core_properties.title = note.title
    deck.save(str(path))


class _Page:
    """Makes slides of a deck, each with a title and a banner where one is due."""

    def __init__(self, deck: Any) -> None:
        self.deck = deck
        self.layout = _layout(deck)

    def slide(self, title: str, banner: str) -> Any:
        slide = self.deck.slides.add_slide(self.layout)
        box = slide.shapes.title
        if box is None:
            box = self.box(slide, 8, 12)
        box.left, box.top = self.mm(EDGE_MM), self.mm(8)
        box.width, box.height = self.mm(self.wide - 2 * EDGE_MM), self.mm(18)
        _text(box.text_frame, [title], TITLE_PT, bold=True, colour=NAVY)
        _to_left(box.text_frame)
        if banner:
            _text(self.box(slide, 26, 8).text_frame, [banner], SMALL_PT, bold=True, colour=RUST)
        return slide

    @property
    def wide(self) -> float:
        return float(self.deck.slide_width) / 36000

    @property
    def high(self) -> float:
        return float(self.deck.slide_height) / 36000

    def mm(self, value: float) -> Any:
        from pptx.util import Mm

        return Mm(value)

    def box(
        self, slide: Any, top: float, high: float, left: float = EDGE_MM, wide: float = 0
    ) -> Any:
        wide = wide or self.wide - 2 * EDGE_MM
        box = slide.shapes.add_textbox(*(self.mm(v) for v in (left, top, wide, high)))
        box.text_frame.word_wrap = True
        return box


def _deck(template: Path | None) -> Any:
    from pptx import Presentation
    from pptx.util import Mm

    if template is None:
        deck = Presentation()
        deck.slide_width, deck.slide_height = Mm(WIDE_MM), Mm(HIGH_MM)
        return deck
    return opened(template, Presentation)


def _layout(deck: Any) -> Any:
    """Return the layout with a title and the fewest other places."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    titles = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE)

    def others(layout: Any) -> tuple[bool, int]:
        kinds = [place.placeholder_format.type for place in layout.placeholders]
        plain = [kind for kind in kinds if kind == PP_PLACEHOLDER.TITLE]
        return not plain, sum(kind not in titles for kind in kinds)

    return min(deck.slide_layouts, key=others)


def _cover(page: _Page, note: Note) -> None:
    slide = page.slide(note.title, note.banner)
    box = page.box(slide, 36, 26)
    _text(box.text_frame, note.finding.split("\n"), 20, bold=True)
    if note.chart is not None:
        _line_chart(page, slide, note.chart, top=66, high=page.high - 84, log=True)
    _text(page.box(slide, page.high - 14, 10).text_frame, [note.sources], SMALL_PT, colour=GREY)


def _summary(page: _Page, note: Note) -> None:
    head, *rows = note.holdings
    for first in range(0, max(len(rows), 1), MOST_ROWS):
        slide = page.slide(note.heads["holdings"], note.banner)
        _table(page, slide, [head, *rows[first : first + MOST_ROWS]], top=36)


def _industry(page: _Page, note: Note, one: Moved) -> None:
    slide = page.slide(one.heading, note.banner)
    half = (page.wide - 2 * EDGE_MM) * 0.42
    box = page.box(slide, 38, page.high - 52, wide=half)
    _text(box.text_frame, one.text.split("\n"), TEXT_PT)
    _line_chart(
        page, slide, one.chart, top=38, high=page.high - 56, left=EDGE_MM + half + 6,
        wide=page.wide - 2 * EDGE_MM - half - 6,
    )  # fmt: skip
    _text(page.box(slide, page.high - 14, 10).text_frame, [note.sources], SMALL_PT, colour=GREY)


def _close(page: _Page, note: Note) -> None:
    slide = page.slide(note.heads["due"], note.banner)
    _table(page, slide, note.due, top=36)
    lines = [*note.evidence.split("\n"), *note.risk.split("\n")]
    _text(page.box(slide, page.high - 44, 38).text_frame, lines, SMALL_PT, colour=GREY)


def _table(page: _Page, slide: Any, rows: Sequence[Sequence[str]], *, top: float) -> None:
    from pptx.util import Pt

    shown = list(rows)
    if len(shown) < 2:
        _text(page.box(slide, top, 12).text_frame, ["–"], TEXT_PT)
        return
    wide = page.wide - 2 * EDGE_MM
    shape = slide.shapes.add_table(
        len(shown), len(shown[0]), *(page.mm(v) for v in (EDGE_MM, top, wide, 9 * len(shown)))
    )
    longest = [max(_width(row[c]) for row in shown) for c in range(len(shown[0]))]
    shares = [min(max(one, 11), 44) for one in longest]
    for c, share in enumerate(shares):
        shape.table.columns[c].width = page.mm(wide * share / sum(shares))
    for r, row in enumerate(shown):
        for c, text in enumerate(row):
            cell = shape.table.cell(r, c)
            cell.text = text
            for paragraph in cell.text_frame.paragraphs:
                for run in paragraph.runs:
                    run.font.size = Pt(SMALL_PT)
                    run.font.bold = r == 0


def _width(text: str) -> int:
    """Return how wide a text is, a Chinese letter counting two."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def _line_chart(
    page: _Page,
    slide: Any,
    chart: Chart,
    *,
    top: float,
    high: float,
    left: float = EDGE_MM,
    wide: float = 0,
    log: bool = False,
) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
    from pptx.util import Pt

    data: Any = CategoryChartData(number_format="0.00")  # type: ignore[no-untyped-call]
    data.categories = chart.days
    for name, values in chart.lines.items():
        data.add_series(name, values)
    place = (page.mm(v) for v in (left, top, wide or page.wide - 2 * EDGE_MM, high))
    shown = slide.shapes.add_chart(XL_CHART_TYPE.LINE, *place, data).chart
    shown.has_title = True
    _text(shown.chart_title.text_frame, [chart.title], SMALL_PT)
    shown.has_legend = len(chart.lines) > 1
    if shown.has_legend:
        shown.legend.position, shown.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        shown.legend.font.size = Pt(SMALL_PT)
    shown.category_axis.tick_labels.number_format = "yyyy"
    shown.category_axis.tick_labels.number_format_is_linked = False
    shown.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    for axis in (shown.category_axis, shown.value_axis):
        axis.tick_labels.font.size = Pt(SMALL_PT)
    shown.value_axis.major_gridlines.format.line.color.rgb = _colour("D9D9D9")
    for one, colour in zip(shown.plots[0].series, COLOURS, strict=False):
        one.smooth = False
        one.format.line.width = Pt(1.75)
        one.format.line.color.rgb = _colour(colour)
        if one.name in chart.hollow:
            _hollow(one)
    _yearly(shown.category_axis, chart)
    if log:
        _log_axis(shown.value_axis, chart)


def _hollow(series: Any) -> None:
    """Draw a series as hollow points without a line, in the colour of the first one.

    Nothing fills them: programs that know no edge of a marker then fill them with that colour,
    while of white ones they would show nothing.
    """
    from pptx.enum.chart import XL_MARKER_STYLE

    series.format.line.fill.background()
    series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, HOLLOW_PT
    series.marker.format.fill.background()
    series.marker.format.line.color.rgb = _colour(COLOURS[0])


def _yearly(axis: Any, chart: Chart) -> None:
    """Label a date axis by whole years, of which the library knows nothing; at most ten of them."""
    from pptx.oxml.ns import qn

    if axis._element.tag != qn("c:dateAx") or len(chart.days) < 2:
        return
    years = max(1, -(-(chart.days[-1].year - chart.days[0].year) // MOST_YEARS))
    for name, value in (("majorUnit", str(years)), ("majorTimeUnit", "years")):
        for old in axis._element.findall(qn(f"c:{name}")):
            axis._element.remove(old)
        axis._element.append(axis._element.makeelement(qn(f"c:{name}"), {"val": value}))


def _log_axis(axis: Any, chart: Chart) -> None:
    """Give a value axis a logarithmic scale, of which the library knows nothing.

    From line to line is a doubling, and it ends where the values do.
    """
    from pptx.oxml.ns import qn

    known = [value for values in chart.lines.values() for value in values if value]
    if not known or min(known) <= 0:
        return
    low, high = math.floor(math.log2(min(known))), math.ceil(math.log2(max(known)))
    axis.minimum_scale, axis.maximum_scale = 2.0**low, 2.0 ** max(high, low + 1)
    scaling = axis._element.find(qn("c:scaling"))
    base = scaling.makeelement(qn("c:logBase"), {"val": "2"})
    scaling.insert(0, base)


def _text(
    frame: Any, lines: Sequence[str], size: float, *, bold: bool = False, colour: str = ""
) -> None:
    from pptx.util import Pt

    frame.word_wrap = True
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        for run in list(paragraph.runs):
            run._r.getparent().remove(run._r)
        run = paragraph.add_run()
        run.text = line
        run.font.size, run.font.bold = Pt(size), bold
        if colour:
            run.font.color.rgb = _colour(colour)


def _to_left(frame: Any) -> None:
    from pptx.enum.text import PP_ALIGN

    for paragraph in frame.paragraphs:
        paragraph.alignment = PP_ALIGN.LEFT


def _colour(text: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(text)  # type: ignore[no-untyped-call]
