"""The charts of a report as native Excel charts, bound to the data sheets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart as NativeChart

from prosperity_excel.report import style
from prosperity_excel.report.room_for_text import chart_text, text_pixels
from prosperity_excel.report.spec import Bars, Chart, Line, Waterfall
from prosperity_excel.report.style import Properties
from prosperity_excel.report.xlsx_ranges import LABEL_ROW, Ranges
from prosperity_excel.report.xlsx_text import (
    LINE_PIXELS,
    end_label,
    font_of,
    new_chart,
    set_title,
    title_pixels,
)

#: With less room than this for a year only every second one is named.
YEAR_PIXELS = 37
YEAR_END_DAY = 20
#: From one line of a logarithmic axis to the next is a doubling.
LOG_BASE = 2
#: What stands beside the plot of a chart whose lines are named at their ends, in pixels.
AXIS_PIXELS, BELOW_PIXELS, GAP_PIXELS = 40, 26, 12
#: The least distance between two names, as a share of the height of a line.
APART = 0.95


def native_chart(
    workbook: Workbook, part: Chart | Waterfall, ranges: Ranges, size: tuple[int, int]
) -> NativeChart:
    """Return a chart whose series point at the data sheets.

    Parameters
    ----------
    workbook, part, ranges
        Where it goes, what it shows, and where its series stand.
    size
        Its width and height in pixels, which decide how many years are named and where names of
        lines stand.
    """
    if isinstance(part, Waterfall):
        chart = _waterfall(workbook, part, ranges)
    else:
        chart = _over_dates(workbook, part, ranges, size)
        form = "0%" if part.percent else "0.##" if part.log else "0.0"
        logarithm = {"log_base": LOG_BASE} if part.log else {}
        bottom = {"crossing": "min"} if part.log else {}
        chart.set_x_axis(_date_axis(part.first, part.last, size[0]))
        chart.set_y_axis(value_axis("", part.axis, form) | logarithm | bottom)
        _explain(chart, part, size)
    finish(chart, part.title, part.subtitle)
    return chart


def finish(chart: NativeChart, title: str, subtitle: str) -> None:
    """Set what all charts have alike."""
    set_title(chart, title, subtitle)
    chart.show_blanks_as("gap")
    chart.show_hidden_data()  # the sheets of series are hidden
    chart.set_chartarea({"border": {"color": style.RULE}, "fill": {"color": style.WHITE}})


def _over_dates(
    workbook: Workbook, part: Chart, ranges: Ranges, size: tuple[int, int]
) -> NativeChart:
    rows = ranges.rows(part.sheet, part.block, (part.first, part.last))
    chart = new_chart(workbook, {"type": part.form})
    named = _named(part, ranges, rows, size)
    # What has no name of its own, as hollow points, is explained by the title.
    named += [{}] * (len(part.lines) - len(named))
    for line, label in zip(part.lines, named, strict=True):
        drawn = _drawn(style.look(line.look), part.form)
        chart.add_series({**series_of(part, line, ranges, rows), **drawn, **label})
    if not part.shades:
        return chart
    # Of what shares its axes, the chart that was there first is drawn behind.
    behind = new_chart(workbook, {"type": "area"})
    for line in part.shades:
        fill = {"color": style.look(line.look).color, "transparency": 55}
        series = series_of(part, line, ranges, rows)
        behind.add_series({**series, "fill": fill, "border": {"none": True}})
    behind.combine(chart)
    return behind


def _explain(chart: NativeChart, part: Chart, size: tuple[int, int]) -> None:
    """Leave room for names at the lines' ends, or write a legend."""
    if not part.ends and len(part.lines) == 1 and not part.shades:
        chart.set_legend({"none": True})  # the title says what it is
        chart.set_plotarea({"fill": {"none": True}})
        return
    if not part.ends:
        hidden = list(range(1, len(part.shades)))
        chart.set_legend(
            {"position": "bottom", "font": font_of(style.CHART_SIZE), "delete_series": hidden}
        )
        chart.set_plotarea({"fill": {"none": True}})
        return
    wide, high = size
    right = max(text_pixels(text, style.CHART_SIZE) for text in part.ends) + GAP_PIXELS
    top = title_pixels(part.title, part.subtitle)
    layout = {
        "x": AXIS_PIXELS / wide,
        "y": top / high,
        "width": max(0.3, 1 - (AXIS_PIXELS + right) / wide),
        "height": max(0.3, 1 - (top + BELOW_PIXELS) / high),
    }
    chart.set_legend({"none": True})
    chart.set_plotarea({"fill": {"none": True}, "layout": layout})


def _named(
    part: Chart, ranges: Ranges, rows: tuple[int, int], size: tuple[int, int]
) -> list[Properties]:
    """Return the label of each line's last point, moved apart where two would cover each other."""
    high = size[1]
    plot = max(0.3 * high, high - title_pixels(part.title, part.subtitle) - BELOW_PIXELS)
    lines = part.lines[: len(part.ends)]
    last = [ranges.last(part.sheet, part.block, line.column, rows) for line in lines]
    heights = [_share(value, part) * plot for _, value in last]
    shifts = apart(heights, LINE_PIXELS * style.CHART_SIZE * APART)
    return [
        {
            "data_labels": end_label(
                text, place - rows[0], style.look(line.look).color, -shift / high
            )
        }
        for text, line, (place, _), shift in zip(part.ends, lines, last, shifts, strict=True)
    ]


def _share(value: float, part: Chart) -> float:
    """Return how high a value stands between the ends of the axis, from 0 to 1."""
    low, high, _ = part.axis
    if part.log:
        value, low, high = (math.log(v) for v in (value, low, high))
    return (value - low) / (high - low) if high > low else 0.5


def apart(heights: Sequence[float], least: float) -> list[float]:
    """Return by how much to raise each of some labels so that ``least`` lies between any two.

    Their order stays, and each group of them stays about where it was.
    """
    order = sorted(range(len(heights)), key=lambda n: heights[n])
    groups: list[list[int]] = []
    centres: list[float] = []
    for n in order:
        groups.append([n])
        centres.append(heights[n])
        while (
            len(groups) > 1
            and centres[-1] - centres[-2] < least * (len(groups[-1]) + len(groups[-2])) / 2
        ):
            upper, lower = groups.pop(), groups.pop()
            del centres[-2:]
            groups.append(lower + upper)
            centres.append(sum(heights[m] for m in groups[-1]) / len(groups[-1]))
    shifts = [0.0] * len(heights)
    for group, centre in zip(groups, centres, strict=True):
        for place, n in enumerate(group):
            shifts[n] = centre + (place - (len(group) - 1) / 2) * least - heights[n]
    return shifts


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
        series = series_of(part, line, ranges, rows)
        chart.add_series({**series, "fill": fill, "border": {"none": True}, "gap": 40})
    names = {"num_font": font_of(8), "label_position": "low", "major_tick_mark": "none",
             "line": {"color": style.GREY}, "reverse": True, "interval_unit": 1}  # fmt: skip
    # Every name is shown: without a unit, Excel leaves every second one out where rows are low.
    # In a chart of bars the names stand on the vertical axis, from top to bottom.
    chart.set_y_axis(names)
    form = "0%" if part.percent else "0.00"
    chart.set_x_axis({**value_axis("", part.axis, form), "label_position": "high"})
    hidden = [n for n in range(len(part.lines)) if n not in part.legend]
    legend = {"position": "bottom", "font": font_of(style.CHART_SIZE), "delete_series": hidden}
    chart.set_legend(legend if part.legend else {"none": True})
    chart.set_plotarea({"fill": {"none": True}})
    return chart


def series_of(
    part: Chart | Waterfall | Bars, line: Line, ranges: Ranges, rows: tuple[int, int]
) -> Properties:
    """Return where a series' name, categories and values stand."""
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
        "num_font": font_of(style.CHART_SIZE),
    }


def _first_tick(first: date) -> date:
    """Return the January from which the axis runs: the next one for a base at a year's end."""
    late = first.month == 12 and first.day >= YEAR_END_DAY
    return date(first.year + late, 1, 1)


def value_axis(label: str, axis: tuple[float, float, float], form: str) -> Properties:
    """Return the options of an axis of values."""
    low, high, step = axis
    return {
        "min": low,
        "max": high,
        "major_unit": step,
        "num_format": form,
        "num_font": font_of(style.CHART_SIZE),
        "major_gridlines": {"visible": True, "line": {"color": "#E3E6EA", "width": 0.5}},
        "major_tick_mark": "none",
        "minor_tick_mark": "none",
        "line": {"none": True},
        **({"name": chart_text(label), "name_font": font_of(style.CHART_SIZE)} if label else {}),
    }
