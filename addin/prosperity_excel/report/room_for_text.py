"""How much room texts need: Excel fits no row to a text that runs over merged cells."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import cache

#: Excel's own limits.
CELL_LETTERS = 32_767
ROW_POINTS = 409.0

#: Widths of letters in ems, on the safe side: wide (Chinese) ones, and others by category.
WIDE = 1.0
NARROW = {"Lu": 0.68, "Ll": 0.51, "Nd": 0.57, "Zs": 0.3}
OTHER = 0.5
PIXELS_A_POINT = 96 / 72
#: Lines break between words, so that they do not fill the whole width.
RAGGED = 1.05
#: Height of a line in ems, and of what stands above and below the lines in points.
LINE_POINTS = 1.45
PADDING_POINTS = 2.0

_REFERENCE = re.compile(r"=?[^!]+!\$?[A-Z]+\$?\d+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return a text that a workbook can hold: no control characters, no more than a cell takes."""
    lines = re.sub(r"\r\n?|\u2028|\u2029", "\n", text).replace("\t", " ")
    kept = _CONTROL.sub("", lines)[:CELL_LETTERS]
    # XlsxWriter takes a text between these tags as raw XML.
    raw = kept.startswith("<r>") and kept.endswith("</r>")
    return f"{kept[: CELL_LETTERS - 1]} " if raw else kept


def chart_text(text: str) -> str:
    """Return a text that can be a chart's title or the name of a line, and nothing else.

    XlsxWriter takes what looks like a reference for one, so a text such as ``a!B1`` gets a wide
    exclamation mark, and one that begins with an equals sign a space.
    """
    kept = clean(text)
    if _REFERENCE.match(kept):
        return kept.replace("!", "！")
    return f" {kept}" if kept.startswith("=") else kept


def column_pixels(width: float) -> int:
    """Return the width in pixels of a column that is ``width`` digits wide."""
    return int(width * 7 + 5)


def line_count(text: str, pixels: float, points: float) -> int:
    """Return how many lines a text takes.

    Parameters
    ----------
    text
        May hold line breaks.
    pixels
        Width that it has.
    points
        Size of its letters.
    """
    room = max(pixels - 8, 1) / (points * PIXELS_A_POINT)
    return sum(_lines(_ems(line), room) for line in text.split("\n"))


def text_pixels(text: str, points: float) -> float:
    """Return the width in pixels of a text on one line."""
    return _ems(text) * points * PIXELS_A_POINT


def height(lines: int, points: float) -> float:
    """Return the height in points of a row with so many lines."""
    return min(ROW_POINTS, lines * points * LINE_POINTS + PADDING_POINTS)


def _lines(ems: float, room: float) -> int:
    return 1 if ems <= room else math.ceil(ems * RAGGED / room)


def _ems(line: str) -> float:
    return sum(map(_em, line))


@cache
def _em(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return WIDE
    return NARROW.get(unicodedata.category(letter), OTHER)
