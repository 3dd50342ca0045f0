"""Texts of native charts that XlsxWriter has no option for: two-line titles, names at line ends.

XlsxWriter writes one paragraph a title, and data labels for all points or none of a series.
"""

from __future__ import annotations

from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart as NativeChart

from prosperity_excel.report import style
from prosperity_excel.report.room_for_text import chart_text
from prosperity_excel.report.style import Properties

#: Sizes of a title's first line, of its further ones, and of the grey line below.
TITLE_SIZE, SECOND_SIZE, SUBTITLE_SIZE = 11, 9, 8.5
#: Where a chart remembers how many lines of its title are the finding.
TITLE_LINES = "prosperity_title_lines"
#: Height of a line of text in a chart, in pixels a point.
LINE_PIXELS = 1.25 * 96 / 72
#: What a label of one point says that a label of every point does not.
_SHOWN = ("LegendKey", "Val", "CatName", "SerName", "Percent", "BubbleSize")


def new_chart(workbook: Workbook, options: dict[str, str]) -> NativeChart:
    """Return an empty chart whose texts name their font for Chinese letters too.

    XlsxWriter names it for Latin letters alone, and Chinese ones then come in whatever font the
    theme of the reader's Excel has. A title may have more lines than one, see :func:`set_title`,
    and ``end`` among the options of a series' data labels names its last point, see
    :func:`end_label`.
    """
    chart = workbook.add_chart(options)
    plain_paragraph, plain_labels = chart._write_a_p_rich, chart._write_d_lbls

    def both(attributes: list[tuple[str, Any]]) -> None:
        chart._xml_empty_tag("a:latin", attributes)
        chart._xml_empty_tag("a:ea", attributes)

    def paragraphs(text: str, font: Any, ignored: bool) -> None:
        first, *rest = text.split("\n")
        plain_paragraph(first, font, ignored)
        fonts = {
            True: font_of(SECOND_SIZE, bold=True),
            False: font_of(SUBTITLE_SIZE, color=style.GREY),
        }
        for number, line in enumerate(rest, 1):
            own = fonts[number < getattr(chart, TITLE_LINES, 1)]
            plain_paragraph(line, chart._convert_font_args(own), ignored)

    def labels(given: Any) -> None:
        if given and given.get("end"):
            _write_end(chart, given["end"])
        else:
            plain_labels(given)

    chart._write_a_latin = both
    chart._write_a_p_rich = paragraphs
    chart._write_d_lbls = labels
    return chart


def set_title(chart: NativeChart, title: str, subtitle: str) -> None:
    """Write the finding, in one language a line, and in grey below it unit and period."""
    setattr(chart, TITLE_LINES, title.count("\n") + 1)
    text = "\n".join(filter(None, (chart_text(title), chart_text(subtitle))))
    chart.set_title({"name": text, "name_font": font_of(TITLE_SIZE, bold=True), "overlay": False})


def title_pixels(title: str, subtitle: str) -> float:
    """Return the height that the title takes."""
    # Other programs write all of its lines as large as the first.
    lines = title.count("\n") + 1 + bool(subtitle)
    return LINE_PIXELS * TITLE_SIZE * lines + 16


def end_label(text: str, place: int, color: str, shift: float) -> Properties:
    """Return options of data labels that name the point ``place``, to the right of it.

    ``shift`` moves the label down, as a share of the chart's height.
    """
    return {"value": True, "end": {"text": text, "place": place, "color": color, "shift": shift}}


def font_of(size: float, *, bold: bool = False, color: str = style.INK) -> Properties:
    """Return the options of a font."""
    return {"name": style.FONT, "size": size, "bold": bold, "color": color}


def _write_end(chart: NativeChart, end: dict[str, Any]) -> None:
    write, empty, close = chart._xml_start_tag, chart._xml_empty_tag, chart._xml_end_tag
    write("c:dLbls")
    write("c:dLbl")
    empty("c:idx", [("val", end["place"])])
    write("c:layout")
    write("c:manualLayout")
    empty("c:x", [("val", 0)])
    empty("c:y", [("val", round(end["shift"], 4))])
    close("c:manualLayout")
    close("c:layout")
    font = chart._convert_font_args(font_of(style.CHART_SIZE, color=end["color"]))
    write("c:tx")
    write("c:rich")
    empty("a:bodyPr", [("wrap", "none")])
    empty("a:lstStyle")
    chart._write_a_p_rich(chart_text(end["text"]), font, False)
    close("c:rich")
    close("c:tx")
    empty("c:dLblPos", [("val", "r")])
    _show(chart, value=True)
    close("c:dLbl")
    _show(chart, value=False)
    close("c:dLbls")


def _show(chart: NativeChart, *, value: bool) -> None:
    for name in _SHOWN:
        chart._xml_empty_tag(f"c:show{name}", [("val", int(value and name == "Val"))])
