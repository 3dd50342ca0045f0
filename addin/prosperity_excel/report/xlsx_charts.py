"""The charts of a report as native Excel charts, bound to the data sheets."""

from __future__ import annotations

from datetime import date
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart as NativeChart

from prosperity_excel.report import style
from prosperity_excel.report.room_for_text import chart_text
from prosperity_excel.report.spec import Chart, Line, Waterfall
from prosperity_excel.report.style import Properties
from prosperity_excel.report.xlsx_ranges import LABEL_ROW, Ranges

#: With less room than this for a year only every second one is named.
YEAR_PIXELS = 37
TITLE_SIZE = 11
YEAR_END_DAY = 20
#: From one line of a logarithmic axis to the next is a doubling.
LOG_BASE = 2


def native_chart(
    workbook: Workbook, part: Chart | Waterfall, ranges: Ranges, pixels: int
) -> NativeChart:
    """Return a chart whose series point at the data sheets.

    Parameters
    ----------
    workbook, part, ranges
        Where it goes, what it shows, and where its series stand.
    pixels
        Its width, which decides how many years are named.
    """
    if isinstance(part, Waterfall):
        chart = _waterfall(workbook, part, ranges)
    else:
        chart = _over_dates(workbook, part, ranges)
        chart.set_x_axis(_date_axis(part.first, part.last, pixels))
        form = "0%" if part.percent else "0.##" if part.log else "0.0"
        logarithm = {"log_base": LOG_BASE} if part.log else {}
        chart.set_y_axis(_value_axis(part.y_label, part.axis, form) | logarithm)
        chart.set_legend({"position": "bottom", "font": _font(style.CHART_SIZE)})
    chart.set_title(
        {
            "name": chart_text(part.title),
            "name_font": _font(TITLE_SIZE, bold=True),
            "overlay": False,
        }
    )
    chart.show_blanks_as("gap")
    chart.show_hidden_data()  # the sheets of series are hidden
    chart.set_chartarea({"border": {"color": style.RULE}, "fill": {"color": style.WHITE}})
    chart.set_plotarea({"fill": {"none": True}})
    return chart


def new_chart(workbook: Workbook, options: dict[str, str]) -> NativeChart:
    """Return an empty chart whose texts name their font for Chinese letters too.

    XlsxWriter names it for Latin letters alone, and Chinese ones then come in whatever font the
    theme of the reader's Excel has.
    """
    chart = workbook.add_chart(options)

    def both(attributes: list[tuple[str, Any]]) -> None:
        chart._xml_empty_tag("a:latin", attributes)
        chart._xml_empty_tag("a:ea", attributes)

    chart._write_a_latin = both
    return chart


def _over_dates(workbook: Workbook, part: Chart, ranges: Ranges) -> NativeChart:
    rows = ranges.rows(part.sheet, part.block, (part.first, part.last))
    chart = new_chart(workbook, {"type": part.form})
    for line in part.lines:
        drawn = _drawn(style.look(line.look), part.form)
        chart.add_series({**_series(part, line, ranges, rows), **drawn})
    if part.shade is not None:
        shade = new_chart(workbook, {"type": "area"})
        fill = {"color": style.look(part.shade.look).color, "transparency": 60}
        series = _series(part, part.shade, ranges, rows)
        shade.add_series({**series, "fill": fill, "border": {"none": True}, "y2_axis": True})
        shade.set_y2_axis({"min": 0, "max": 1, "label_position": "none", "line": {"none": True},
                           "major_tick_mark": "none", "minor_tick_mark": "none"})  # fmt: skip
        chart.combine(shade)
    return chart


def _drawn(look: style.Look, form: str) -> Properties:
    """Return how a series of a chart over dates is drawn."""
    if look.hollow:
        return {
            "line": {"none": True},
            "marker": {
                "type": "circle",
                "size": style.HOLLOW_SIZE,
                "border": {"color": look.color, "width": look.width},
                # Not white: programs that know no edge of a marker would show nothing.
                "fill": {"none": True},
            },
        }
    line = {"color": look.color, "width": look.width, "dash_type": look.dash}
    if form == "area":
        return {"line": line, "fill": {"color": look.color, "transparency": 35}}
    return {"line": line, "marker": {"type": "none"}}


def _waterfall(workbook: Workbook, part: Waterfall, ranges: Ranges) -> NativeChart:
    chart = new_chart(workbook, {"type": "bar", "subtype": "stacked"})
    rows = ranges.all_rows(part.sheet, part.block)
    for line in part.lines:
        color = style.FILLS[line.look]
        fill = {"color": color} if color else {"none": True}
        series = _series(part, line, ranges, rows)
        chart.add_series({**series, "fill": fill, "border": {"none": True}, "gap": 40})
    names = {"num_font": _font(8), "label_position": "low", "major_tick_mark": "none",
             "line": {"color": style.GREY}, "reverse": True, "interval_unit": 1}  # fmt: skip
    # Every name is shown: without a unit, Excel leaves every second one out where rows are low.
    # In a chart of bars the names stand on the vertical axis, from top to bottom.
    chart.set_y_axis(names)
    chart.set_x_axis({**_value_axis(part.y_label, part.axis, "0.00"), "label_position": "high"})
    hidden = [n for n in range(len(part.lines)) if n not in part.legend]
    chart.set_legend(
        {"position": "bottom", "font": _font(style.CHART_SIZE), "delete_series": hidden}
    )
    return chart


def _series(
    part: Chart | Waterfall, line: Line, ranges: Ranges, rows: tuple[int, int]
) -> Properties:
    column = ranges.columns[part.sheet, part.block, line.column]
    names, _ = ranges.dates[part.sheet, part.block]
    return {
        "name": [part.sheet, LABEL_ROW, column],
        "categories": [part.sheet, rows[0], names, rows[1], names],
        "values": [part.sheet, rows[0], column, rows[1], column],
    }


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


def _value_axis(label: str, axis: tuple[float, float, float], form: str) -> Properties:
    low, high, step = axis
    return {
        "min": low,
        "max": high,
        "major_unit": step,
        "name": chart_text(label),
        "name_font": _font(style.CHART_SIZE),
        "num_format": form,
        "num_font": _font(style.CHART_SIZE),
        "major_gridlines": {"visible": True, "line": {"color": "#E3E6EA", "width": 0.5}},
        "major_tick_mark": "none",
        "minor_tick_mark": "none",
        "line": {"none": True},
    }


def _font(size: float, *, bold: bool = False) -> Properties:
    return {"name": style.FONT, "size": size, "bold": bold, "color": style.INK}
