"""Where the printed pages of a sheet end, so that nothing is torn that need not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

POINTS_A_PIXEL = 0.75
A4_WIDTH, A4_HEIGHT = 841.9, 595.3
#: Margins of the printed page, in inches.
MARGINS = {"left": 0.4, "right": 0.4, "top": 0.5, "bottom": 0.5}
POINTS_AN_INCH = 72
#: What is kept free, because other fonts make other heights.
RESERVE = 0.97
#: A part that may be torn begins on a new page when less of the page than this is left.
LITTLE = 0.25


@dataclass(frozen=True)
class Measured:
    """A band as it was written.

    Attributes
    ----------
    row, points
        First row, and height in points.
    opens
        Whether a new part of the page begins with it.
    whole
        Whether its part should not be torn, such as a table under its header.
    ends
        Whether a new page must begin here; such a band has no height.
    """

    row: int
    points: float
    opens: bool = False
    whole: bool = False
    ends: bool = False


def page_points(pixels: float) -> float:
    """Return the height of a printed page, in points of the sheet, that is ``pixels`` wide."""
    wide, high = (
        size - POINTS_AN_INCH * (MARGINS[first] + MARGINS[last])
        for size, first, last in ((A4_WIDTH, "left", "right"), (A4_HEIGHT, "top", "bottom"))
    )
    scale = min(1.0, wide / (pixels * POINTS_A_PIXEL))
    return high / scale * RESERVE


def page_breaks(bands: Sequence[Measured], page: float, repeated: float) -> list[int]:
    """Return the rows before which a printed page ends.

    Parameters
    ----------
    bands
        From top to bottom.
    page, repeated
        Height of a page, and of the title that each page after the first repeats, in points.

    Returns
    -------
    list of int
        A part reaches from a band that opens it to the next. One that should be whole is torn
        only when it is longer than a page, and then between its bands.
    """
    breaks: list[int] = []
    used = 0.0

    def end(row: int) -> None:
        nonlocal used
        breaks.append(row)
        used = repeated

    for part in _parts(bands):
        size = sum(band.points for band in part)
        torn = used + size > page
        whole = size <= page - repeated and any(band.whole for band in part)
        little = page - used < LITTLE * page
        if used > repeated and (part[0].ends or (torn and (whole or little))):
            end(part[0].row)
        for band in part:
            if used > repeated and used + band.points > page >= repeated + band.points:
                end(band.row)
            used += band.points
            if used > page:  # a band longer than a page is torn wherever the page ends
                used = repeated + (used - page) % (page - repeated)
    return breaks


def _parts(bands: Sequence[Measured]) -> list[list[Measured]]:
    parts: list[list[Measured]] = []
    for band in bands:
        if not parts or band.opens or band.ends:
            parts.append([])
        parts[-1].append(band)
    return parts
