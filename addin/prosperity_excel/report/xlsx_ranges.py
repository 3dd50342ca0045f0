"""Where in a report's data sheets each series stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from prosperity_excel.report.spec import DataColumn, DataSheet, Report

TITLE_ROW, NOTE_ROW, BLOCK_ROW, LABEL_ROW, UNIT_ROW, FIRST_ROW = range(6)


@dataclass(frozen=True)
class Ranges:
    """Where the series of a report stand.

    Attributes
    ----------
    columns : dict
        (sheet, block, series) -> column.
    dates : dict
        (sheet, block) -> column of its dates, and the dates.
    held : dict
        (sheet, block, series) -> its values.
    """

    columns: dict[tuple[str, str, str], int]
    dates: dict[tuple[str, str], tuple[int, tuple[float | date | str | None, ...]]]
    held: dict[tuple[str, str, str], tuple[float | date | str | None, ...]]

    @classmethod
    def of(cls, report: Report) -> Ranges:
        """Return the ranges of a report's data sheets."""
        found = cls({}, {}, {})
        for sheet in report.sheets:
            for key, first, columns in placed(sheet):
                for at, column in enumerate(columns, first):
                    found.columns[sheet.id, key, column.key] = at
                    found.held[sheet.id, key, column.key] = column.values
                found.dates[sheet.id, key] = first, columns[0].values
        return found

    def rows(self, sheet: str, block: str, period: tuple[date, date]) -> tuple[int, int]:
        """Return the first and last row whose date lies in a period."""
        first, last = period
        inside = [
            row
            for row, day in enumerate(self.dates[sheet, block][1], FIRST_ROW)
            if isinstance(day, date) and first <= day <= last
        ]
        return inside[0], inside[-1]

    def values(self, sheet: str, block: str, column: str) -> tuple[float | date | str | None, ...]:
        """Return the values of a series."""
        return self.held[sheet, block, column]

    def last(self, sheet: str, block: str, column: str, rows: tuple[int, int]) -> tuple[int, float]:
        """Return the last row, of those from the first to the last, with a number, and it."""
        values = self.held[sheet, block, column]
        for row in range(rows[1], rows[0] - 1, -1):
            value = values[row - FIRST_ROW]
            if isinstance(value, int | float):
                return row, float(value)
        return rows[1], 0.0

    def all_rows(self, sheet: str, block: str) -> tuple[int, int]:
        """Return the first and last row of a block."""
        return FIRST_ROW, FIRST_ROW + len(self.dates[sheet, block][1]) - 1


def placed(part: DataSheet) -> list[tuple[str, int, tuple[DataColumn, ...]]]:
    """Return each block's key, first column and columns; an empty column stands between."""
    placed, first = [], 0
    for block in part.blocks:
        placed.append((block.key, first, block.columns))
        first += len(block.columns) + 1
    return placed
