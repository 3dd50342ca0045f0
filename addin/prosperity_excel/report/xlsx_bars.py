"""Columns and marked ranges of a report as native Excel charts."""

from __future__ import annotations

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart as NativeChart
from xlsxwriter.utility import quote_sheetname, xl_range_abs

from prosperity_excel.report import style
from prosperity_excel.report.spec import Bars
from prosperity_excel.report.style import Properties
from prosperity_excel.report.xlsx_charts import finish, series_of, value_axis
from prosperity_excel.report.xlsx_ranges import Ranges
from prosperity_excel.report.xlsx_text import font_of, new_chart

#: Room between columns, in percent of their width, and how far two of one name overlap.
GAPS = {"beside": 60, "stacked": 60, "touching": 8}
OVERLAPS = {"beside": 0, "stacked": 100, "touching": 100}
MARKER_SIZE = 8
#: The series that holds how far it is from the lowest to the highest.
SPAN = "span"


def native_bars(workbook: Workbook, part: Bars, ranges: Ranges) -> NativeChart:
    """Return a chart over names whose series point at the data sheets."""
    first, last = ranges.all_rows(part.sheet, part.block)
    rows = first, min(last, first + part.most - 1) if part.most else last
    if part.form == "ranges":
        chart = _ranges(workbook, part, ranges, rows)
    else:
        stacked = {} if part.form == "beside" else {"subtype": "stacked"}
        chart = new_chart(workbook, {"type": "column", **stacked})
        for line in part.lines:
            chart.add_series(
                {
                    **series_of(part, line, ranges, rows),
                    "fill": {"color": style.bar(line.look)},
                    "border": {"none": True},
                    "gap": GAPS[part.form],
                    "overlap": OVERLAPS[part.form],
                }
            )
    chart.set_x_axis(
        {
            "num_font": font_of(8),
            "label_position": "low",
            "major_tick_mark": "none",
            "line": {"color": style.GREY},
            "interval_unit": 1 if part.form != "touching" else 4,
        }
    )
    chart.set_y_axis(value_axis("", part.axis, "0%" if part.percent else "0.##"))
    legend: Properties = {"position": "bottom", "font": font_of(style.CHART_SIZE)}
    chart.set_legend(legend if part.legend else {"none": True})
    chart.set_plotarea({"fill": {"none": True}})
    finish(chart, part.title, part.subtitle)
    return chart


def _ranges(workbook: Workbook, part: Bars, ranges: Ranges, rows: tuple[int, int]) -> NativeChart:
    """Return points for the lowest, middle and highest, and bars of error from end to end."""
    chart = new_chart(workbook, {"type": "line"})
    low, middle, high = part.lines
    for line in (low, high, middle):
        color = style.bar(line.look)
        marker = {"type": "circle", "size": MARKER_SIZE, "fill": {"color": color},
                  "border": {"color": style.WHITE}}  # fmt: skip
        options = {**series_of(part, line, ranges, rows), "line": {"none": True}, "marker": marker}
        if line is low:
            options["y_error_bars"] = _span(part, ranges, rows)
        chart.add_series(options)
    return chart


def _span(part: Bars, ranges: Ranges, rows: tuple[int, int]) -> Properties:
    """Return the bar from a lowest value to the highest; its length stands in the data sheet."""
    column = ranges.columns[part.sheet, part.block, SPAN]
    cells = xl_range_abs(rows[0], column, rows[1], column)
    where = f"={quote_sheetname(part.sheet)}!{cells}"
    return {
        "type": "custom",
        "plus_values": where,
        "minus_values": where,
        "direction": "plus",
        "end_style": 0,
        "line": {"color": style.SPAN, "width": 3},
    }
