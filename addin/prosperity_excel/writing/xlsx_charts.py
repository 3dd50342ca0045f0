"""The charts of a report as native Excel charts, bound to the data sheets."""

from __future__ import annotations

from datetime import date

from xlsxwriter import Workbook
from xlsxwriter.chart_line import ChartLine

from prosperity_excel.writing import style
from prosperity_excel.writing.layout import clean
from prosperity_excel.writing.spec import Chart
from prosperity_excel.writing.style import Properties
from prosperity_excel.writing.xlsx_data import LABEL_ROW, Ranges

#: With less room than this for a year only every second one is named.
YEAR_PIXELS = 37
TITLE_SIZE = 11
YEAR_END_DAY = 20


def native_chart(workbook: Workbook, part: Chart, ranges: Ranges, pixels: int) -> ChartLine:
    """Return a line chart over a date axis; its series point at the data sheets.

    Parameters
    ----------
    workbook, part, ranges
        Where it goes, what it shows, and where its series stand.
    pixels
        Its width, which decides how many years are named.
    """
    chart = workbook.add_chart({"type": "line"})
    dates, _ = ranges.dates[part.sheet, part.block]
    first, last = ranges.rows(part.sheet, part.block, (part.first, part.last))
    for line in part.lines:
        column = ranges.columns[part.sheet, part.block, line.column]
        look = style.look(line.look)
        chart.add_series(
            {
                "name": [part.sheet, LABEL_ROW, column],
                "categories": [part.sheet, first, dates, last, dates],
                "values": [part.sheet, first, column, last, column],
                "line": {"color": look.color, "width": look.width, "dash_type": look.dash},
                "marker": {"type": "none"},
            }
        )
    chart.set_title(
        {"name": clean(part.title), "name_font": _font(TITLE_SIZE, bold=True), "overlay": False}
    )
    chart.set_x_axis(_date_axis(part.first, part.last, pixels))
    chart.set_y_axis(_value_axis(part.y_label, part.axis))
    chart.set_legend({"position": "bottom", "font": _font(style.CHART_SIZE)})
    chart.show_blanks_as("gap")
    chart.set_chartarea({"border": {"color": style.RULE}, "fill": {"color": style.WHITE}})
    chart.set_plotarea({"fill": {"none": True}})
    return chart


def _date_axis(first: date, last: date, pixels: int) -> Properties:
    crowded = (last.year - first.year + 1) * YEAR_PIXELS > pixels
    return {
        "date_axis": True,
        "min": _first_tick(first),
        "max": last,
        "num_format": "yyyy",
        "major_unit": 2 if crowded else 1,
        "major_unit_type": "years",
        "major_tick_mark": "outside",
        "minor_tick_mark": "none",
        "label_position": "low",
        "position_axis": "on_tick",
        "line": {"color": style.GREY},
        "num_font": _font(style.CHART_SIZE),
    }


def _first_tick(first: date) -> date:
    """Return the January from which the axis runs: the next one for a base at a year's end."""
    late = first.month == 12 and first.day >= YEAR_END_DAY
    return date(first.year + late, 1, 1)


def _value_axis(label: str, axis: tuple[float, float, float]) -> Properties:
    low, high, step = axis
    return {
        "min": low,
        "max": high,
        "major_unit": step,
        "name": clean(label),
        "name_font": _font(style.CHART_SIZE),
        "num_format": "0.0",
        "num_font": _font(style.CHART_SIZE),
        "major_gridlines": {"visible": True, "line": {"color": "#E3E6EA", "width": 0.5}},
        "major_tick_mark": "none",
        "minor_tick_mark": "none",
        "line": {"none": True},
    }


def _font(size: float, *, bold: bool = False) -> Properties:
    return {"name": style.FONT, "size": size, "bold": bold, "color": style.INK}
