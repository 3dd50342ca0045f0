"""The columns of ``releases``: on which day each month's value became public."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial

import pandas as pd

from prosperity_excel.book.dated import DatedSheet
from prosperity_excel.book.matching import Wanted, matched
from prosperity_excel.series.monthly import last_day
from prosperity_excel.sheets.cells import MONTH_ONLY, Cell, Reading, day
from prosperity_excel.sheets.findings import Findings


def read_releases(
    table: DatedSheet, wanted: Mapping[str, Wanted], findings: Findings
) -> dict[str, dict[pd.Timestamp, pd.Timestamp]]:
    """Return stated release dates by indicator id and month end.

    Parameters
    ----------
    table
        The sheet ``releases``.
    wanted
        Indicators by id.
    findings
        Takes conversions and notices.

    Raises
    ------
    DataError
        The problems of the sheet's cells, together: what is no day, a month with two days, a day
        before its month began.
    """
    columns = matched(table, wanted, findings)
    read_day = partial(_full_day, date_1904=table.sheet.date_1904)
    found: dict[str, dict[pd.Timestamp, pd.Timestamp]] = {}
    for column, id in columns.items():
        months: dict[pd.Timestamp, pd.Timestamp] = {}
        for row, released in table.read(column, read_day, findings):
            month = pd.Timestamp(last_day(row.day))
            if month in months:
                zh, en = (
                    "这个月已有公布日，请删去其中一个。",
                    "This month has a release date already; delete one.",
                )
                findings.problem("duplicate_month", zh, en, row.number, column)
            elif released < row.day.replace(day=1):
                zh = f"公布日 {released} 早于 {month:%Y-%m} 当月，请检查。"
                en = f"The release date {released} is before the month {month:%Y-%m} began."
                findings.problem("early_release", zh, en, row.number, column)
            months[month] = pd.Timestamp(released)
        found[id] = months
    findings.error_cells(table.sheet)
    findings.stop_if_any(table.sheet)
    return found


def _full_day(cell: Cell, *, date_1904: bool) -> Reading[date]:
    """Read a day; a month alone is refused."""
    read = day(cell, date_1904=date_1904)
    return Reading(problem="needs_day") if read.coercion in MONTH_ONLY else read
