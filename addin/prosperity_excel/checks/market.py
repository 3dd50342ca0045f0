"""The findings about prices and release dates, each with its cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from prosperity.events import explained

from prosperity_excel.checks.closes import Closes
from prosperity_excel.checks.content import EXPLAINED
from prosperity_excel.checks.listing import Finding, digest_of
from prosperity_excel.series.monthly import last_day
from prosperity_excel.sheets.workbook import address

#: Days by which a release may be earlier or later than usual, at least, and in usual deviations.
EARLY, LATE, DEVIATIONS = 12, 25, 8.0
#: Release dates from which a usual delay is known.
KNOWN = 12
#: Cells of one column that are listed one by one.
SHOWN = 5


@dataclass(frozen=True)
class PriceColumn:
    """A column of prices: its place, closes by day above zero, and their rows."""

    column: int
    closes: Mapping[date, float]
    rows: Mapping[date, int]


def price_findings(sheet: str, columns: Mapping[str, PriceColumn], today: date) -> list[Finding]:
    """Return what looks wrong with the closes of all columns, each beside the others."""
    found = []
    for name, one in columns.items():
        found += _future(sheet, name, one, today)
    closes = Closes({name: one.closes for name, one in columns.items()})
    for fault in closes.faults():
        one = columns[fault.column]
        row = one.rows.get(fault.day, min(one.rows.values()))
        close = one.closes.get(fault.day)
        finding = Finding(
            fault.code,
            sheet,
            address(row, one.column),
            fault.column,
            fault.zh,
            fault.en,
            since=fault.day.isoformat(),
            sure=fault.sure,
            digest=digest_of([close, fault.zh]),
        )
        what = EXPLAINED.get(fault.code)
        event = None if what is None else explained(what, frozenset({"price"}), fault.day)
        found.append(finding if event is None else replace(finding, folded="event"))
    return found


def _future(sheet: str, name: str, one: PriceColumn, today: date) -> list[Finding]:
    late = [day for day in one.closes if day > today]
    # Most of a column after today is of another time: a simulation, or a check of a past day.
    if not late or len(late) > 0.05 * len(one.closes):
        return []
    return [
        Finding(
            "future", sheet, address(one.rows[late[0]], one.column), name,
            f"{len(late)} 天（{late[0]} 起）晚于今天 {today}。",
            f"{len(late)} days, from {late[0]}, lie after today, {today}.",
            since=late[0].isoformat(), sure="sure", digest=digest_of(late),
        )
    ]  # fmt: skip


def release_findings(
    sheet: str, column: int, id: str, dates: Sequence[tuple[int, date, date]]
) -> list[Finding]:
    """Return the release dates that lie before their month, or far from the column's usual delay.

    Parameters
    ----------
    sheet, column, id
        The place, and the indicator's id.
    dates
        Row, a day of the month, and the release date.
    """
    found = []
    delays = np.array([(released - last_day(day)).days for _, day, released in dates], dtype=float)
    usual = float(np.median(delays)) if len(delays) >= KNOWN else None
    spread = 0.0 if usual is None else 1.4826 * float(np.median(np.abs(delays - usual)))
    for (row, day, released), delay in zip(dates, delays.tolist(), strict=True):
        place = address(row, column)
        if released < day.replace(day=1):
            found.append(
                Finding(
                    "cell", sheet, place, id,
                    f"公布日 {released} 早于所属月份。",
                    f"The release date {released} lies before its month.",
                )
            )  # fmt: skip
            continue
        off = 0.0 if usual is None else delay - usual
        reach = max(LATE if off > 0 else EARLY, DEVIATIONS * spread)
        if usual is None or abs(off) <= reach:
            continue
        way = ("晚", "late") if off > 0 else ("早", "early")
        found.append(
            Finding(
                "release_date", sheet, place, id,
                f"{day:%Y-%m} 的公布日 {released} 比平常{way[0]} {abs(off):.0f} 天"
                f"（平常在月末后 {usual:.0f} 天）。",
                f"{day:%Y-%m}: the release date {released} is {abs(off):.0f} days {way[1]}; "
                f"usually it is {usual:.0f} days after the month.",
                since=f"{day:%Y-%m}", sure="likely", digest=digest_of([released]),
            )
        )  # fmt: skip
    return found[:SHOWN] if len(found) > 3 * SHOWN else found
