"""A report as a workbook, with XlsxWriter; nothing but this module's helpers knows Excel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC
from io import StringIO
from itertools import takewhile
from pathlib import Path

from prosperity.progress import Progress
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from prosperity_excel.report import style
from prosperity_excel.report.paging import (
    MARGINS,
    POINTS_A_PIXEL,
    Measured,
    page_breaks,
    page_points,
)
from prosperity_excel.report.room_for_text import clean
from prosperity_excel.report.spec import (
    Band,
    Bars,
    Break,
    Chart,
    DataSheet,
    Drawing,
    Page,
    Part,
    Report,
    Scatter,
    Table,
    Text,
    Waterfall,
)
from prosperity_excel.report.xlsx_bars import native_bars
from prosperity_excel.report.xlsx_cells import Formats, Heights, Pen
from prosperity_excel.report.xlsx_charts import native_chart
from prosperity_excel.report.xlsx_data import write_data
from prosperity_excel.report.xlsx_ranges import Ranges
from prosperity_excel.report.xlsx_scatter import native_scatter

LEAST_CHART_POINTS, MOST_CHART_POINTS = 11.25, 24.0
GAP_POINTS = 6.0
A4 = 9
PROPERTIES = {"author": "Prosperity", "company": "Prosperity"}
#: Memory instead of temporary files; a text is never taken for a formula, a number or a link.
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
#: What sets the unit of column widths: a digit of it is 7 pixels wide.
DEFAULT_FONT = {"font_name": "Arial", "font_size": 10}


def render(report: Report, path: Path, progress: Progress | None = None) -> None:
    """Write a report into a new workbook.

    Parameters
    ----------
    report
        What to write; the same report gives the same bytes.
    path
        The file, which is overwritten.
    progress
        Called before each sheet with its name, its number from 1, and how many there are.
    """
    workbook = Workbook(str(path), {**OPTIONS, "default_format_properties": {**DEFAULT_FONT}})
    created = report.generated
    if created.tzinfo is not None:
        created = created.astimezone(UTC).replace(tzinfo=None)
    workbook.set_properties({**PROPERTIES, "title": clean(report.title), "created": created})
    _chinese_charts(workbook)
    formats, ranges = Formats(workbook), Ranges.of(report)
    parts: tuple[Page | DataSheet, ...] = (*report.pages, *report.sheets)
    sheets = {part.id: workbook.add_worksheet(part.id) for part in parts}
    for number, part in enumerate(parts, 1):
        if progress:
            progress(part.id, number, len(parts))
        sheet = sheets[part.id]
        if isinstance(part, Page):
            _write_page(workbook, sheet, part, formats, ranges)
        else:
            write_data(sheet, part, formats)
            sheet.hide()
        _set_up_print(sheet, report, part.title)
    workbook.close()


def _write_page(
    workbook: Workbook, sheet: Worksheet, page: Page, formats: Formats, ranges: Ranges
) -> None:
    pen = Pen(sheet, formats, page.widths, ranges)
    sheet.hide_gridlines(2)
    for at, width in enumerate(page.widths):
        sheet.set_column(at, at, width)
    paper = page_points(pen.pixels(0, 0))
    row, measured, repeated = 0, [], 0
    chart_points = _chart_points(pen, page.bands, paper)
    for place, band in enumerate(page.bands):
        if isinstance(band[0], Break):
            measured.append(Measured(row, 0.0, ends=True))
            chart_points = _chart_points(pen, page.bands[place + 1 :], paper - measured[0].points)
            continue
        heights = _band_heights(pen, row, band, chart_points)
        for at, points in heights.items():
            sheet.set_row(at, points)
        for part in band:
            _write_part(workbook, pen, row, part, ranges, heights)
            if page.header is not None and part is page.header:
                repeated = row
        points = sum(heights.values())
        measured.append(Measured(row, points, opens=_opens(band), whole=_whole(band)))
        row = max(heights) + 1
    again = measured[0].points
    if repeated and page.header is not None:
        again = pen.heights(0, page.header)[0]
    breaks = page_breaks(measured, paper, repeated=again)
    if breaks:
        sheet.set_h_pagebreaks(breaks)
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, row - 1, len(page.widths) - 1)
    sheet.repeat_rows(repeated)


def _band_heights(pen: Pen, row: int, band: Band, chart_points: float) -> Heights:
    """Return the heights of a band's rows; under tables and the sources of charts is a gap."""
    heights: Heights = {}
    for part in band:
        if isinstance(part, Drawing):
            part_heights = dict.fromkeys(range(row, row + part.rows), chart_points)
        elif isinstance(part, Break):
            continue
        else:
            part_heights = pen.heights(row, part)
        for at, points in part_heights.items():
            heights[at] = max(points, heights.get(at, 0.0))
    if not all(_continues(part) for part in band):
        heights[max(heights) + 1] = GAP_POINTS
    return heights


def _continues(part: Part) -> bool:
    """Whether what stands below a part belongs to it: a text's next, and a chart's source."""
    return isinstance(part, Drawing) or (isinstance(part, Text) and part.role != "source")


def _chart_points(pen: Pen, bands: Sequence[Band], paper: float) -> float:
    """Return the height of a chart's rows with which the next printed page is full."""
    first = list(takewhile(lambda band: not isinstance(band[0], Break), bands))
    fixed = sum(sum(_band_heights(pen, 0, band, 0.0).values()) for band in first)
    rows = sum(_rows_of_charts(pen, band) for band in first)
    if not rows:
        return MOST_CHART_POINTS
    points = min(max((paper - fixed) / rows, LEAST_CHART_POINTS), MOST_CHART_POINTS)
    return math.floor(points / POINTS_A_PIXEL) * POINTS_A_PIXEL


def _rows_of_charts(pen: Pen, band: Band) -> int:
    """Return how many rows of a band have the height that suits its charts alone."""
    charts = max((part.rows for part in band if isinstance(part, Drawing)), default=0)
    beside = [len(pen.heights(0, part)) for part in band if isinstance(part, Table | Text)]
    return max(0, charts - max(beside, default=0))


def _opens(band: Band) -> bool:
    return isinstance(band[0], Text) and band[0].role == "heading"


def _whole(band: Band) -> bool:
    return any(isinstance(part, Table) for part in band)


def _write_part(
    workbook: Workbook,
    pen: Pen,
    row: int,
    part: Part,
    ranges: Ranges,
    heights: Heights,
) -> None:
    match part:
        case Text():
            pen.text(row, part)
        case Table():
            pen.table(row, part)
        case Chart() | Waterfall() | Scatter() | Bars():
            _place_chart(workbook, pen, row, part, ranges, heights)


def _place_chart(
    workbook: Workbook, pen: Pen, row: int, part: Drawing, ranges: Ranges, heights: Heights
) -> None:
    # It ends exactly where its columns and rows do, so that other fonts, hence widths, leave no
    # gap.
    points = sum(heights[at] for at in range(row, row + part.rows))
    size = pen.pixels(part.at, part.span), round(points / POINTS_A_PIXEL)
    match part:
        case Scatter():
            chart = native_scatter(workbook, part, ranges)
        case Bars():
            chart = native_bars(workbook, part, ranges)
        case _:
            chart = native_chart(workbook, part, ranges, size)
    chart.set_size({"width": size[0], "height": size[1]})
    options = {"object_position": 1, "description": clean(part.description)}
    pen.sheet.insert_chart(row, part.at, chart, options)


def _set_up_print(sheet: Worksheet, report: Report, title: str) -> None:
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(**MARGINS)
    plain, bold = (f'&"{style.FONT},{weight}"&8' for weight in ("Regular", "Bold"))
    left, centre = (clean(text).replace("&", "&&") for text in (report.footer, title))
    # A blank parts the size of the letters from a text that begins with a digit.
    sheet.set_footer(f"&L{plain} {left}&C{plain} {centre[:60]}&R{plain} &P / &N")
    if report.warning:
        sheet.set_header(f"&C{bold} {clean(report.warning)}")


def _chinese_charts(workbook: Workbook) -> None:
    """Name the font of Chinese text in charts, which XlsxWriter leaves to the theme."""
    theme = getattr(workbook, "theme_xml", None)  # since XlsxWriter 3.2.6
    if theme:
        named = theme.replace('<a:ea typeface=""/>', f'<a:ea typeface="{style.FONT}"/>')
        workbook.use_custom_theme(StringIO(named))
