"""The chart of the note as a picture, for a document that knows no native ones."""

from __future__ import annotations

import io
import math
import warnings
from typing import Any

import numpy as np

from prosperity_excel.report.images import FONTS
from prosperity_excel.report.note import Chart

SIZE, DOTS_AN_INCH = (7.2, 2.0), 200
COLOURS = ("#1F3A5F", "#7F7F7F", "#C46B1B")


def drawn(chart: Chart) -> bytes:
    """Return a chart of net values as PNG, on a logarithmic axis, each line named at its end."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    fonts = [font for font in FONTS if font in there]
    kept: Any = {
        "font.family": fonts or ["sans-serif"],
        "font.size": 8,
        "axes.unicode_minus": False,
    }
    with warnings.catch_warnings(), rc_context(kept):
        # A letter that no font has is drawn as a box; that is no reason to fail.
        warnings.simplefilter("ignore")
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.subplots()
        for number, (name, values) in enumerate(chart.lines.items()):
            numbers = [math.nan if value is None else value for value in values]
            colour = COLOURS[number % len(COLOURS)]
            style = "--" if number else "-"
            axes.plot(
                np.array(chart.days, dtype="datetime64[D]"),
                numbers,
                style,
                color=colour,
                linewidth=1.4,
            )
            known = [(d, v) for d, v in zip(chart.days, numbers, strict=True) if v == v]
            if known:
                axes.annotate(
                    name, known[-1], xytext=(4, 0), textcoords="offset points", color=colour,
                    va="center",
                )  # fmt: skip
        axes.set_yscale("log", base=2)
        axes.set_title(chart.title, loc="left", fontsize=8.5, fontweight="bold")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color="#D9D9D9", linewidth=0.5)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_minor_formatter(lambda value, _: "")
        out = io.BytesIO()
        figure.savefig(out, dpi=DOTS_AN_INCH)
    return out.getvalue()
