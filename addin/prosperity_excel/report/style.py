"""Colours, fonts, number formats and lines of the report: tables of data, no logic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from prosperity_excel.report.spec import Kind, Role, Scale, Tone

Properties = dict[str, Any]

#: On every Windows and Mac that has Office; other programs put their own Chinese font.
FONT = "Microsoft YaHei"
INK, NAVY, GREY, PALE, RULE = "#262626", "#1F3864", "#6B6B6B", "#EEF2F7", "#D0D5DB"
LINK, ALARM, WHITE = "#1F4E9E", "#8B1A1A", "#FFFFFF"
BODY_SIZE = 9
CHART_SIZE = 9

BASE: Properties = {
    "font_name": FONT,
    "font_size": BODY_SIZE,
    "font_color": INK,
    "valign": "vcenter",
}
ROLES: dict[Role, Properties] = {
    "title": {"font_size": 16, "bold": True, "font_color": NAVY, "text_wrap": True},
    "subtitle": {"font_color": GREY, "text_wrap": True},
    "banner": {
        "font_size": 12,
        "bold": True,
        "font_color": WHITE,
        "bg_color": ALARM,
        "indent": 1,
        "text_wrap": True,
    },
    # Amber: something is overdue, as opposed to what no reader may overlook.
    "caution": {
        "bold": True,
        "font_color": INK,
        "bg_color": "#FFE3A3",
        "indent": 1,
        "text_wrap": True,
        "valign": "top",
    },
    "headline": {"font_size": 12, "bold": True, "font_color": NAVY, "text_wrap": True},
    "heading": {
        "font_size": 11,
        "bold": True,
        "font_color": NAVY,
        "bottom": 2,
        "bottom_color": NAVY,
    },
    "body": {"text_wrap": True, "valign": "top"},
    "note": {"font_size": 8, "font_color": GREY, "text_wrap": True, "valign": "top"},
    "source": {"font_size": 8, "font_color": GREY, "text_wrap": True, "valign": "top"},
}
HEADER: Properties = {
    "bold": True,
    "font_color": NAVY,
    "bg_color": PALE,
    "bottom": 1,
    "bottom_color": NAVY,
    "text_wrap": True,
}
CELL: Properties = {"bottom": 1, "bottom_color": RULE, "text_wrap": True}
TOTAL: Properties = {"bold": True, "top": 1, "top_color": NAVY}
LINKED: Properties = {"font_color": LINK, "underline": 1}
TONES: dict[Tone, Properties] = {
    "plain": {},
    "strong": {"bold": True, "font_color": NAVY, "bg_color": "#DCE6F2"},
    "muted": {"font_color": "#9A9A9A"},
    # Of a strip of directions: white letters on dark, dark ones on pale, also in grey.
    "up": {"font_color": "#FFFFFF", "bg_color": "#0B7A75", "align": "center"},
    "down": {"font_color": "#7A3310", "bg_color": "#F3CDB9", "align": "center"},
    "held": {"font_color": "#1F3864", "bg_color": "#D2E0F0", "align": "center"},
}
FIGURE_LABEL: Properties = {
    "font_size": 8,
    "font_color": GREY,
    "bg_color": PALE,
    "align": "center",
    "valign": "bottom",
}
FIGURE_VALUE: Properties = {
    "font_size": 15,
    "bold": True,
    "font_color": NAVY,
    "bg_color": PALE,
    "align": "center",
}
DATA_TITLE: Properties = {"font_size": 13, "bold": True, "font_color": NAVY}
DATA_UNIT: Properties = {
    "font_size": 8,
    "font_color": GREY,
    "align": "right",
    "bottom": 1,
    "bottom_color": NAVY,
}

RIGHT = {"align": "right"}
KINDS: dict[Kind, Properties] = {
    "text": {"align": "left"},
    "number": {"num_format": "[>=0.005]#,##0.00;[<=-0.005]-#,##0.00;0.00", **RIGHT},
    "one": {"num_format": "0.0", **RIGHT},
    "signed": {"num_format": "[>=0.005]+0.00;[<=-0.005]-0.00;0.00", **RIGHT},
    "net": {"num_format": "0.0000", **RIGHT},
    "share": {"num_format": "0.00", **RIGHT},
    "percent": {"num_format": "0.0%", **RIGHT},
    "signed_percent": {"num_format": "[>=0.0005]+0.0%;[<=-0.0005]-0.0%;0.0%", **RIGHT},
    "count": {"num_format": "0", **RIGHT},
    "p": {"num_format": "0.000", **RIGHT},
    "date": {"num_format": "yyyy-mm-dd", **RIGHT},
    "month": {"num_format": "yyyy-mm", **RIGHT},
    "mark": {"align": "center"},
}

#: Good or up, and bad or down, as text and as pale fills; they differ in lightness too, for grey.
UP, DOWN, PALE_UP, PALE_DOWN = "#0B7A75", "#A8481C", "#8CCBC4", "#EDB49A"


def _around_zero(end: float) -> Properties:
    """Return a scale that is white at zero, so that a sign is never a matter of shade alone."""
    return {
        "type": "3_color_scale",
        "min_type": "num",
        "mid_type": "num",
        "max_type": "num",
        "min_value": -end,
        "mid_value": 0,
        "max_value": end,
        "min_color": PALE_DOWN,
        "mid_color": WHITE,
        "max_color": PALE_UP,
    }


SCALES: dict[Scale, Properties] = {
    "level": _around_zero(2),
    "change": _around_zero(1),
    "share": {
        "type": "data_bar",
        "data_bar_2010": True,
        "bar_solid": True,
        "bar_color": "#A9C4E4",
        "bar_border_color": "#A9C4E4",
        "min_type": "num",
        "max_type": "num",
        "min_value": 0,
        "max_value": 1,
    },
}


@dataclass(frozen=True)
class Look:
    """How a line is drawn: colour, width in points, dash; or as hollow points without a line.

    Dashes tell lines apart in grey; colours are those of Okabe and Ito, which the colour-blind
    can tell apart.
    """

    color: str
    width: float
    dash: str = "solid"
    hollow: bool = False


DIMENSION_LOOKS = (
    Look("#E08A00", 1.5, "solid"),
    Look("#3A9BD9", 1.5, "dash"),
    Look("#009E73", 1.5, "square_dot"),
    Look("#C0417E", 1.5, "long_dash"),
    Look("#8A8A8A", 1.5, "solid"),
    Look("#D55E00", 1.5, "dash_dot"),
    Look("#0072B2", 1.5, "round_dot"),
    Look("#5B4A9B", 1.25, "long_dash_dot"),
)
LOOKS: dict[str, Look] = {
    "composite": Look(NAVY, 3.0),
    "strategy": Look(NAVY, 2.25),
    "index": Look("#C55A11", 1.5),
    "benchmark": Look("#8A8A8A", 1.5, "dash"),
    "strategy_relative": Look(NAVY, 2.25),
    "index_relative": Look("#C55A11", 1.5),
    "drawdown": Look(NAVY, 1.0),
    "low": Look("#8C96A0", 1.0, "square_dot"),
    "high": Look("#8C96A0", 1.0, "dash"),
    "held": Look("#9DBDE0", 0.75),
    "excess": Look(NAVY, 2.25),
    # What rests on estimates: never a line, so that nobody takes it for what was published.
    "nowcast": Look(NAVY, 1.5, hollow=True),
}
#: Size of a hollow point, in points.
HOLLOW_SIZE = 6
#: Fills of a waterfall's columns: dark is up and light is down, also in grey.
FILLS: dict[str, str] = {"carried": "", "ends": "#5B6470", "up": UP, "down": "#DE8F6A"}
#: Fills of columns; what they are not told apart by is never colour alone, but also lightness.
BARS: dict[str, str] = {
    "plain": "#B8C4D2",
    "own": "#C55A11",
    "strategy": NAVY,
    "index": "#C55A11",
    "benchmark": "#B8C4D2",
    "low": DOWN,
    "middle": NAVY,
    "high": UP,
    "bought": "#5F86B8",
}
#: The line from the lowest to the highest of a range.
SPAN = "#B8C4D2"


def bar(name: str) -> str:
    """Return the fill of a column."""
    return BARS[name]


def look(name: str) -> Look:
    """Return the look of a line; ``dimension_N`` goes round the looks of dimensions."""
    if name in LOOKS:
        return LOOKS[name]
    return DIMENSION_LOOKS[int(name.rpartition("_")[2]) % len(DIMENSION_LOOKS)]
