"""The revision map of an indicator: when it was changed, against which months, by how much.

A row a day on which the book was found changed, a column a month; the first value that a month had
is no revision and is left blank. As a sheet, coloured, and as a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from prosperity import __version__
from prosperity.errors import BookError

from prosperity_excel.report.build import save_report
from prosperity_excel.report.spec import Band, Column, Page, Report, Table, Text, Value
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice

TITLE: Pair = ("修订图", "Revision map")
NOTE: Pair = (
    "行：发现改动的日期；列：被改动的月份；数值：新值减旧值。",
    "Rows: the day on which a change was found. Columns: the month that changed. Values: new less "
    "old.",
)
#: Months that are shown, the last ones that changed.
MOST_MONTHS = 60
DOTS_AN_INCH = 150


@dataclass(frozen=True)
class RevisionMap:
    """Changes of one series.

    Attributes
    ----------
    name : str
    days, months : tuple of date
        Ascending.
    change : ndarray, (days, months)
        New less old; NaN where a month was not changed on a day.
    """

    name: str
    days: tuple[date, ...]
    months: tuple[date, ...]
    change: np.ndarray


def revision_map(
    name: str, revised: Sequence[tuple[date, date, float | None, float | None]]
) -> RevisionMap:
    """Return the map of a series.

    Parameters
    ----------
    name
        The series.
    revised
        Day on which it was found, month, old and new value; a value that was taken away has no
        size and is left out, as is a month's first value.

    Raises
    ------
    BookError
        ``no_revisions`` when there is none.
    """
    sized = [(d, m, new - old) for d, m, old, new in revised if old is not None and new is not None]
    if not sized:
        raise BookError(
            "no_revisions",
            f"{name} 没有任何修订，无图可画。",
            f"No value of {name} was revised, so there is no map.",
        )
    months = sorted({month for _, month, _ in sized})[-MOST_MONTHS:]
    kept = [one for one in sized if one[1] >= months[0]]
    days = sorted({day for day, _, _ in kept})
    change = np.full((len(days), len(months)), np.nan)
    for day, month, size in kept:
        at = days.index(day), months.index(month)
        # Several times on one day add up.
        change[at] = size if np.isnan(change[at]) else change[at] + size
    return RevisionMap(name, tuple(days), tuple(months), change)


def write_sheet(found: RevisionMap, path: Path, language: str, generated: datetime) -> None:
    """Write the map as a workbook of one sheet, coloured by the size of the change.

    Raises
    ------
    BookError
        As :func:`prosperity_excel.report.build.save_report`.
    """
    voice = Voice(language)  # type: ignore[arg-type]
    heads = [Column(label=voice.stack(("发现于", "Found on")), kind="date")]
    heads += [Column(label=f"{m:%Y-%m}", kind="signed", scale="change") for m in found.months]
    rows: list[tuple[Value, ...]] = [
        (day, *(None if np.isnan(v) else float(v) for v in line))
        for day, line in zip(found.days, found.change, strict=True)
    ]
    title = f"{voice.line(TITLE)} · {found.name}"
    bands: tuple[Band, ...] = (
        (Text(text=title, role="title"),),
        (Text(text=voice.stack(NOTE), role="note"),),
        (Table(columns=tuple(heads), rows=tuple(rows)),),
    )
    widths = (13.0, *(9.0 for _ in found.months))
    page = Page(id="revisions", title=title, widths=widths, bands=bands)
    footer = f"Prosperity {__version__} · {generated:%Y-%m-%d %H:%M}"
    save_report(
        Report(
            title=title, footer=footer, generated=generated, warning="", pages=(page,), sheets=()
        ),
        path,
    )


def draw(found: RevisionMap, path: Path) -> None:
    """Draw the map as PNG: rises teal, falls rust, one scale around zero."""
    from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
    from matplotlib.figure import Figure

    colours = LinearSegmentedColormap.from_list("change", ["#A63D2F", "#F4F4F4", "#1E7A78"])
    most = float(np.nanmax(np.abs(found.change))) or 1.0
    high = 1.6 + 0.28 * len(found.days)
    figure = Figure(figsize=(max(5.0, 1.5 + 0.22 * len(found.months)), high), layout="constrained")
    axes: Any = figure.subplots()
    shown = axes.imshow(
        found.change, cmap=colours, norm=TwoSlopeNorm(0.0, -most, most), aspect="auto"
    )
    step = max(1, len(found.months) // 12)
    places = range(0, len(found.months), step)
    axes.set_xticks(list(places), [f"{found.months[n]:%Y-%m}" for n in places], rotation=45)
    axes.set_yticks(range(len(found.days)), [f"{day:%Y-%m-%d}" for day in found.days])
    axes.set_title(f"{found.name}", loc="left", fontsize=9)
    axes.tick_params(labelsize=7)
    figure.colorbar(shown, ax=axes, shrink=0.8)
    figure.savefig(path, dpi=DOTS_AN_INCH, format="png")
