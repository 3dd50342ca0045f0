"""A path over two values as a native Excel chart: the phase clock."""

from __future__ import annotations

from xlsxwriter import Workbook
from xlsxwriter.chart_scatter import ChartScatter

from prosperity_excel.report import style
from prosperity_excel.report.room_for_text import chart_text
from prosperity_excel.report.spec import Scatter
from prosperity_excel.report.style import Properties
from prosperity_excel.report.xlsx_ranges import FIRST_ROW, Ranges
from prosperity_excel.report.xlsx_text import TITLE_SIZE, font_of, new_chart, set_title

GRID = {"visible": True, "line": {"color": "#E3E6EA", "width": 0.5}}


def native_scatter(workbook: Workbook, part: Scatter, ranges: Ranges) -> ChartScatter:
    """Return a scatter chart: the path with its last point set off, and the quarters' names."""
    chart = new_chart(workbook, {"type": "scatter", "subtype": "straight_with_markers"})
    rows = ranges.rows(part.sheet, part.block, (part.first, part.last))
    days = ranges.dates[part.sheet, part.block][1]
    x, y = (ranges.columns[part.sheet, part.block, key] for key in (part.x, part.y))
    wanted = set(part.labelled)
    labels: list[Properties] = [
        {"value": f"{day:%Y-%m}"} if day in wanted else {"delete": True}
        for day in days[rows[0] - FIRST_ROW : rows[1] - FIRST_ROW + 1]
    ]
    chart.add_series(
        {
            "name": chart_text(part.title),
            **_points(part.sheet, x, y, *rows),
            "line": {"color": style.NAVY, "width": 1.5},
            "marker": {
                "type": "circle",
                "size": 5,
                "fill": {"color": style.NAVY},
                "border": {"color": style.NAVY},
            },
            "data_labels": {
                "value": True,
                "custom": labels,
                "position": "above",
                "font": font_of(style.CHART_SIZE),
            },
        }
    )
    chart.add_series(
        {
            "name": chart_text(part.x_label),
            **_points(part.sheet, x, y, rows[1], rows[1]),
            "line": {"none": True},
            "marker": {
                "type": "circle",
                "size": 10,
                "fill": {"color": "#E08A00"},
                "border": {"color": style.NAVY},
            },
        }
    )
    names = [str(name) for name in ranges.dates[part.sheet, part.corners][1]]
    cx, cy = (ranges.columns[part.sheet, part.corners, key] for key in ("x", "y"))
    chart.add_series(
        {
            "name": chart_text(part.y_label),
            **_points(part.sheet, cx, cy, FIRST_ROW, FIRST_ROW + len(names) - 1),
            "line": {"none": True},
            "marker": {"type": "none"},
            "data_labels": {
                "value": True,
                "custom": [{"value": chart_text(name)} for name in names],
                "position": "center",
                "font": font_of(TITLE_SIZE, bold=True, color=style.GREY),
            },
        }
    )
    set_title(chart, part.title, part.subtitle)
    chart.set_x_axis(_axis(part.x_label, part.x_axis))
    chart.set_y_axis(_axis(part.y_label, part.y_axis))
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"color": style.RULE}, "fill": {"color": style.WHITE}})
    return chart


def _points(sheet: str, x: int, y: int, first: int, last: int) -> Properties:
    return {"categories": [sheet, first, x, last, x], "values": [sheet, first, y, last, y]}


def _axis(label: str, axis: tuple[float, float, float]) -> Properties:
    """Return an axis whose line runs through the middle and whose numbers stand at the side."""
    low, high, step = axis
    return {
        "min": low,
        "max": high,
        "major_unit": step,
        "crossing": 0,
        "label_position": "low",
        "name": chart_text(label),
        "name_font": font_of(style.CHART_SIZE),
        "num_format": "0.0#",
        "num_font": font_of(style.CHART_SIZE),
        "major_gridlines": GRID,
        "line": {"color": style.GREY, "width": 1.25},
        "major_tick_mark": "none",
        "minor_tick_mark": "none",
    }
