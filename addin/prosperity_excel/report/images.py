"""The charts of a report as pictures, for chats and slides, drawn from the same specification."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from prosperity.errors import BookError

from prosperity_excel.files.replacing import replacing
from prosperity_excel.report import style
from prosperity_excel.report.spec import (
    Bars,
    Chart,
    DataColumn,
    Drawing,
    Report,
    Scatter,
    Waterfall,
)
from prosperity_excel.words.extras import command

SIZE, DOTS_AN_INCH = (10.0, 5.0), 150
#: Fonts with Chinese letters, best first; the first that is installed is used.
FONTS = ("Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC", "SimHei",
         "WenQuanYi Zen Hei", "Arial Unicode MS", "DejaVu Sans")  # fmt: skip
_DASHES: dict[str, Any] = {
    "solid": "-",
    "dash": "--",
    "square_dot": ":",
    "round_dot": ":",
    "long_dash": (0, (8, 3)),
    "dash_dot": "-.",
    "long_dash_dot": (0, (8, 3, 1, 3)),
}
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


def write_images(report: Report, folder: Path) -> list[Path]:
    """Draw each chart of a report into a PNG file; return the files in the report's order.

    Parameters
    ----------
    report
        What to draw. The report's warning stands under every picture.
    folder
        Made when it is absent. Files are called after page and number, such as ``coal-1.png``.

    Raises
    ------
    BookError
        ``no_matplotlib`` when matplotlib is not installed.
    """
    figure_of = _matplotlib()
    columns = {(s.id, b.key): b.columns for s in report.sheets for b in s.blocks}
    made = []
    for page in report.pages:
        charts = [part for band in page.bands for part in band if isinstance(part, Drawing)]
        for number, chart in enumerate(charts, 1):
            figure = figure_of(SIZE)
            axes = figure.add_subplot()
            _draw(axes, chart, columns[chart.sheet, chart.block])
            if report.warning:
                figure.text(0.5, 0.01, report.warning, ha="center", color=style.ALARM, fontsize=9)
            figure.tight_layout(rect=(0, 0.03 if report.warning else 0, 1, 1))
            path = folder / f"{_UNSAFE.sub('_', page.id)}-{number}.png"
            with replacing(path) as temporary:
                figure.savefig(temporary, dpi=DOTS_AN_INCH, format="png")
            made.append(path)
    return made


def _matplotlib() -> Callable[[tuple[float, float]], Any]:
    """Return what makes a figure, with a font that has Chinese letters."""
    try:
        from matplotlib import rcParams
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.font_manager import fontManager
    except ImportError as error:
        raise BookError(
            "no_images_extra",
            f"没有安装 matplotlib，无法输出图片；请运行 {command('images')}。",
            f"matplotlib is not installed, so there are no pictures; run {command('images')}.",
        ) from error
    there = {font.name for font in fontManager.ttflist}
    fonts = [font for font in FONTS if font in there]

    def figure(size: tuple[float, float]) -> Any:
        # A letter that no font has is drawn as a box; that is no reason to fail.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        made = Figure(figsize=size)
        FigureCanvasAgg(made)
        return made

    rcParams["font.sans-serif"], rcParams["font.family"] = fonts, "sans-serif"
    rcParams["axes.unicode_minus"] = False
    return figure


def _draw(axes: Any, chart: Drawing, columns: tuple[DataColumn, ...]) -> None:
    by_key = {column.key: column for column in columns}
    axes.set_title(
        _plain(chart.title), fontsize=12, fontweight="bold", color=style.INK, loc="left", pad=20
    )
    axes.annotate(_plain(chart.subtitle), (0, 1), (0, 6), "axes fraction",
                  textcoords="offset points", fontsize=9, color=style.GREY)  # fmt: skip
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y" if isinstance(chart, Chart | Bars) else "x", color="#E3E6EA", linewidth=0.6)
    axes.set_axisbelow(True)
    if isinstance(chart, Scatter):
        _path(axes, chart, columns[0], by_key)
        return
    if isinstance(chart, Waterfall):
        _waterfall(axes, chart, columns[0], by_key)
    elif isinstance(chart, Bars):
        _bars(axes, chart, columns[0], by_key)
    else:
        _over_dates(axes, chart, columns[0], by_key)
    if isinstance(chart, Chart) and chart.ends:
        return
    if isinstance(chart, Bars | Waterfall) and not chart.legend:
        return
    below = -0.14 if isinstance(chart, Waterfall) else -0.08
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, below), ncols=4, frameon=False, fontsize=9)


def _over_dates(axes: Any, chart: Chart, dates: DataColumn, columns: dict[str, DataColumn]) -> None:
    inside = _inside(dates, chart.first, chart.last)
    days = [dates.values[place] for place in inside]
    for line in chart.lines:
        look, values = style.look(line.look), _values(columns[line.column], inside)
        label = _plain(columns[line.column].label)
        if look.hollow:
            axes.plot(days, values, color=look.color, label=label, linestyle="none", marker="o",
                      markersize=style.HOLLOW_SIZE, markerfacecolor=style.WHITE,
                      markeredgewidth=look.width)  # fmt: skip
        elif chart.form == "area":
            axes.fill_between(days, values, color=look.color, alpha=0.6, label=label, linewidth=0)
        else:
            axes.plot(days, values, color=look.color, linewidth=look.width, label=label,
                      linestyle=_DASHES[look.dash])  # fmt: skip
    for number, line in enumerate(chart.shades):
        values = _values(columns[line.column], inside)
        said = None if number else _plain(columns[line.column].label)
        axes.fill_between(days, values, chart.axis[0] if chart.log else 0.0, linewidth=0,
                          color=style.look(line.look).color, alpha=0.35, label=said)  # fmt: skip
    if chart.log:
        axes.set_yscale("log", base=2)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_ylim(*chart.axis[:2])
    for text, line in zip(chart.ends, chart.lines, strict=False):
        values = _values(columns[line.column], inside)
        axes.annotate(_plain(text), (days[-1], values[-1]), (4, 0), textcoords="offset points",
                      fontsize=9, color=style.look(line.look).color, va="center")  # fmt: skip
    if chart.percent:
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")


def _path(axes: Any, chart: Scatter, dates: DataColumn, columns: dict[str, DataColumn]) -> None:
    inside = _inside(dates, chart.first, chart.last)
    x, y = (_values(columns[key], inside) for key in (chart.x, chart.y))
    axes.plot(x, y, color=style.NAVY, linewidth=1.5, marker="o", markersize=3)
    for place, day in enumerate(dates.values[n] for n in inside):
        if day in chart.labelled:
            axes.annotate(f"{day:%Y-%m}", (x[place], y[place]), fontsize=8, color=style.GREY)
    axes.axhline(0, color=style.GREY, linewidth=0.6)
    axes.axvline(0, color=style.GREY, linewidth=0.6)
    axes.set_xlim(*chart.x_axis[:2])
    axes.set_ylim(*chart.y_axis[:2])
    axes.set_xlabel(_plain(chart.x_label), fontsize=9)
    axes.set_ylabel(_plain(chart.y_label), fontsize=9)


def _inside(dates: DataColumn, first: date, last: date) -> list[int]:
    """Return the places of the days of a period."""
    days = enumerate(dates.values)
    return [place for place, day in days if isinstance(day, date) and first <= day <= last]


def _bars(axes: Any, chart: Bars, names: DataColumn, columns: dict[str, DataColumn]) -> None:
    places = np.arange(min(len(names.values), chart.most or len(names.values)))
    drawn = [_values(columns[line.column], list(places)) for line in chart.lines]
    labels = [_plain(columns[line.column].label) for line in chart.lines]
    colors = [style.bar(line.look) for line in chart.lines]
    if chart.form == "ranges":
        axes.vlines(places, drawn[0], drawn[2], color=style.SPAN, linewidth=3)
        for values, label, color in zip(drawn, labels, colors, strict=True):
            axes.plot(places, values, "o", color=color, label=label)
    else:
        stacked = chart.form != "beside"
        width = 0.92 if chart.form == "touching" else 0.8 if stacked else 0.8 / len(drawn)
        base = np.zeros(len(places))
        for number, (values, label, color) in enumerate(zip(drawn, labels, colors, strict=True)):
            shift = 0.0 if stacked else (number - (len(drawn) - 1) / 2) * width
            axes.bar(places + shift, values, width, bottom=base, label=label, color=color)
            base = base + (np.nan_to_num(values) if stacked else 0.0)
    shown = places[:: max(1, len(places) // 16)]
    axes.set_xticks(shown, [_plain(str(names.values[n])) for n in shown], fontsize=8)
    axes.set_ylim(*chart.axis[:2])
    axes.axhline(0, color=style.GREY, linewidth=0.6)
    if chart.percent:
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")


def _waterfall(
    axes: Any, chart: Waterfall, names: DataColumn, columns: dict[str, DataColumn]
) -> None:
    places = np.arange(len(names.values))
    above, below = np.zeros(len(places)), np.zeros(len(places))
    for number, line in enumerate(chart.lines):
        values = np.nan_to_num(_values(columns[line.column], list(places)))
        base = np.where(values >= 0, above, below)
        if style.FILLS[line.look]:
            label = _plain(columns[line.column].label) if number in chart.legend else None
            axes.barh(places, values, left=base, color=style.FILLS[line.look], label=label)
        above += np.clip(values, 0, None)
        below += np.clip(values, None, 0)
    axes.set_yticks(places, [_plain(str(name)) for name in names.values], fontsize=9)
    axes.invert_yaxis()
    axes.set_xlim(*chart.axis[:2])
    if chart.percent:
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")


def _values(column: DataColumn, places: list[int]) -> np.ndarray:
    found = (column.values[place] for place in places)
    return np.array([v if isinstance(v, int | float) else np.nan for v in found], dtype=float)


def _plain(text: str) -> str:
    """Return a text that is not read as mathematics."""
    return text.replace("$", r"\$")
