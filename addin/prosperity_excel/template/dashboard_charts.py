"""The charts of the dashboard, bound to its hidden cells or to a sheet of results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from xlsxwriter import Workbook

from prosperity_excel.report import style
from prosperity_excel.report.room_for_text import chart_text
from prosperity_excel.report.xlsx_text import new_chart
from prosperity_excel.results.dashboard_view import STEPS_AT, STEPS_KEYS
from prosperity_excel.template.view_cells import ViewCells

#: Looks of the parts of the waterfall, in the order of their columns.
_STEP_LOOKS = {
    "carried": "carried",
    "ends": "ends",
    "up_above": "up",
    "up_below": "up",
    "down_above": "down",
    "down_below": "down",
}
_STEP_NAMES = {
    "carried": "–",
    "ends": "合计变化 Change",
    "up_above": "上升 Up",
    "up_below": "上升 Up",
    "down_above": "下降 Down",
    "down_below": "下降 Down",
}
_IN_LEGEND = ("ends", "up_above", "down_above")


class Series(NamedTuple):
    """A line: what it looks like, its name, and the range of its values.

    The range is first row, first column, last row and last column.
    """

    look: str
    name: str
    area: tuple[int, int, int, int]


def over_dates(
    workbook: Workbook,
    sheet: str,
    title: str,
    dates: tuple[int, int, int, int],
    lines: Sequence[Series],
    *,
    shade: tuple[int, int, int, int] | None = None,
    first: date | None = None,
    percent: bool = False,
    log: bool = False,
    small: bool = False,
) -> Any:
    """Return a line chart over a date axis.

    Parameters
    ----------
    workbook, sheet, title
        Where it goes, the sheet of its values, and what it is.
    dates
        Range of the dates.
    lines
        At most five.
    shade
        Range of 0 and 1: a light band where it is 1.
    first
        Where the axis begins; None is the first date.
    percent, log
        Whether values are shares, and whether the axis is logarithmic.
    small
        One of many small charts: no legend, fewer letters.
    """
    chart = new_chart(workbook, {"type": "line"})
    for line in lines:
        chart.add_series(
            {
                "name": chart_text(line.name),
                "categories": [sheet, *dates],
                "values": [sheet, *line.area],
                "line": _drawn(line.look),
                "marker": {"type": "none"},
            }
        )
    if shade is not None:
        chart.combine(_shade(workbook, sheet, dates, shade))
    axis = {"min": first} if first else {}
    chart.set_x_axis(
        {"date_axis": True, "num_format": "yyyy" if first else "yyyy-mm", "label_position": "low",
         "major_tick_mark": "outside" if first else "none", "minor_tick_mark": "none",
         "line": {"color": style.GREY}, "num_font": _font(7 if small else style.CHART_SIZE),
         **({"major_unit": 6 if small else 2, "major_unit_type": "years"} if first else {}),
         **axis}
    )  # fmt: skip
    chart.set_y_axis(
        {"num_format": "0%" if percent else "0.0##" if log else "0.0", "line": {"none": True},
         "num_font": _font(7 if small else style.CHART_SIZE),
         "major_gridlines": {"visible": True, "line": {"color": "#E3E6EA", "width": 0.5}},
         "major_tick_mark": "none", "minor_tick_mark": "none",
         **({"log_base": 2, "min": 0.5} if log else {})}
    )  # fmt: skip
    alone = shade is None and len(lines) == 1
    legend = {"none": True} if alone else {"position": "bottom", "font": _font(style.CHART_SIZE)}
    chart.set_legend(legend)
    return _dressed(chart, title, 9 if small else 11)


def _shade(
    workbook: Workbook,
    sheet: str,
    dates: tuple[int, int, int, int],
    held: tuple[int, int, int, int],
) -> Any:
    """Return the light band behind a chart where the industry is held."""
    chart = new_chart(workbook, {"type": "area"})
    chart.add_series(
        {
            "name": "持有行业 In industry",
            "categories": [sheet, *dates],
            "values": [sheet, *held],
            "fill": {"color": style.look("held").color, "transparency": 60},
            "border": {"none": True},
            "y2_axis": True,
        }
    )
    chart.set_y2_axis({"min": 0, "max": 1, "label_position": "none", "line": {"none": True},
                       "major_tick_mark": "none", "minor_tick_mark": "none"})  # fmt: skip
    return chart


def steps(workbook: Workbook, cells: ViewCells, title: str) -> Any:
    """Return the waterfall of what moved the composite, every step named with its value."""
    chart = new_chart(workbook, {"type": "bar", "subtype": "stacked"})
    names = cells.area(STEPS_AT, cells.steps)
    for key, look in _STEP_LOOKS.items():
        color = style.FILLS[look]
        chart.add_series(
            {
                "name": _STEP_NAMES[key],
                "categories": [cells.sheet, *names],
                "values": [
                    cells.sheet,
                    *cells.area(STEPS_AT + STEPS_KEYS.index(key), cells.steps),
                ],
                "fill": {"color": color} if color else {"none": True},
                "border": {"none": True},
                "gap": 40,
            }
        )
    chart.set_y_axis(
        {"num_font": _font(8), "label_position": "low", "major_tick_mark": "none",
         "line": {"color": style.GREY}, "reverse": True, "interval_unit": 1}
    )  # fmt: skip
    chart.set_x_axis(
        {"num_format": "0.00", "num_font": _font(8), "label_position": "high",
         "line": {"none": True}, "major_tick_mark": "none", "minor_tick_mark": "none",
         "major_gridlines": {"visible": True, "line": {"color": "#E3E6EA", "width": 0.5}}}
    )  # fmt: skip
    hidden = [n for n, key in enumerate(_STEP_LOOKS) if key not in _IN_LEGEND]
    chart.set_legend(
        {"position": "bottom", "font": _font(style.CHART_SIZE), "delete_series": hidden}
    )
    return _dressed(chart, title, 11)


def _drawn(name: str) -> dict[str, Any]:
    look = style.look("strategy" if name == "drawdown" else name)
    return {"color": look.color, "width": look.width, "dash_type": look.dash}


def _dressed(chart: Any, title: str, size: int) -> Any:
    chart.set_title(
        {"name": chart_text(title), "name_font": {**_font(size), "bold": True}, "overlay": False}
    )
    chart.show_blanks_as("gap")
    chart.show_na_as_empty_cell()
    chart.show_hidden_data()
    chart.set_chartarea({"border": {"color": style.RULE}, "fill": {"color": style.WHITE}})
    return chart


def _font(size: float) -> dict[str, Any]:
    return {"name": style.FONT, "size": size, "color": style.INK}
