"""A page's grid with each column but the first in several parts, for what needs narrow columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from prosperity_excel.report.room_for_text import column_pixels
from prosperity_excel.report.spec import Band, Break, Part, Table


def fine_widths(widths: tuple[float, ...], parts: int) -> tuple[float, ...]:
    """Return the widths of the finer grid, which together take about the same room."""
    fine = [widths[0]]
    for width in widths[1:]:
        pixels = column_pixels(width)
        shares = [pixels // parts + (n < pixels % parts) for n in range(parts)]
        fine += [(share - 5) / 7 + 0.001 for share in shares]
    return tuple(fine)


def refined(band: Band, size: int, parts: int) -> Band:
    """Return a band that was laid out on ``size`` columns, laid out on the finer grid."""
    return tuple(_part(part, size, parts) for part in band)


def _part(part: Part, size: int, parts: int) -> Part:
    def place(at: int) -> int:
        return 0 if at == 0 else 1 + (at - 1) * parts

    if isinstance(part, Break):
        return part
    if isinstance(part, Table):
        columns, at = [], part.at
        for column in part.columns:
            span = place(at + column.span) - place(at)
            columns.append(replace(column, span=span))
            at += column.span
        return replace(part, columns=tuple(columns), at=place(part.at))
    end = part.at + part.span if part.span else size
    changed: Any = {"at": place(part.at), "span": place(end) - place(part.at)}
    return replace(part, **changed)
