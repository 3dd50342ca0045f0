"""Closes that differ from those that were kept: an index's past closes are not revised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from prosperity_excel import vintages
from prosperity_excel.checks.listing import Finding, digest_of
from prosperity_excel.checks.market import PriceColumn
from prosperity_excel.sheets.workbook import address

#: Changed closes from which they can be another column's, or moved; how near is equal.
LEAST, NEAR = 5, 1e-9
#: Largest spread of the ratios of closes that all changed by one factor; some are rounded.
SPREAD = 1e-3
#: Days by which closes may be moved.
MOST_DAYS = 5
Closes = Mapping[date, float]
Changed = Sequence[tuple[date, float, float | None]]


def kept_price_findings(
    sheet: str, path: Path, columns: Mapping[str, PriceColumn]
) -> list[Finding]:
    """Return which closes changed since they were kept, and by what the last look found changed.

    The newest close that was kept is passed over: the exchange may still have been open then.

    Parameters
    ----------
    sheet
        Name of the sheet ``prices``.
    path
        The book, beside which closes are kept.
    columns
        The columns by the id of what they are the prices of.
    """
    before, last = vintages.kept_prices(path)
    found = []
    for name, one in columns.items():
        changed = changes(last.get(name, {}), one.closes)
        zh, en, kept = "上次保存之后", "since they were kept", last
        if not changed:
            # A look keeps what it finds, and what it found is said again.
            changed = changes(before.get(name, {}), last.get(name, {}))
            zh, en, kept = "上次记录时", "when they were kept last", before
        if changed:
            found.append(_finding(sheet, name, one, changed, pattern(name, changed, kept), zh, en))
    return found


def changes(kept: Closes, now: Closes) -> list[tuple[date, float, float | None]]:
    """Return day, kept close and close of now (None: none) where they differ, in order."""
    days = sorted(kept)[:-1]
    return [
        (day, kept[day], now.get(day))
        for day in days
        if day not in now or abs(now[day] - kept[day]) > NEAR * abs(kept[day])
    ]


def pattern(name: str, changed: Changed, kept: Mapping[str, Closes]) -> tuple[str, str]:
    """Return in words by what closes became what they are; empty where nothing tells."""
    both = [(day, old, new) for day, old, new in changed if new is not None and old > 0]
    if not both:
        return "全部被清空，", "all of them taken away, "
    ratio = np.array([new / old for _, old, new in both])
    if len(both) == len(changed) > 1 and np.ptp(ratio) <= SPREAD * float(np.median(ratio)):
        told = f"{float(np.median(ratio)):.4g}"
        return (
            f"全是原来的 {told} 倍（像是换了基期或复权），",
            f"all {told} times what they were (as with another base or adjustment), ",
        )
    if len(both) < LEAST:
        return "", ""
    for other, closes in kept.items():
        if other != name and all(
            day in closes and abs(closes[day] / new - 1) <= NEAR for day, _, new in both
        ):
            return f"成了 {other} 列的值，", f"now those of the column {other}, "
    return _moved(both, kept.get(name, {}))


def _moved(both: Sequence[tuple[date, float, float]], kept: Closes) -> tuple[str, str]:
    days = sorted(kept)
    place = {day: n for n, day in enumerate(days)}
    for apart in [n * sign for n in range(1, MOST_DAYS + 1) for sign in (1, -1)]:
        there = [place[day] - apart for day, _, _ in both]
        pairs = [(n, new) for n, (_, _, new) in zip(there, both, strict=True) if 0 <= n < len(days)]
        if len(pairs) >= LEAST and all(abs(kept[days[n]] / new - 1) <= NEAR for n, new in pairs):
            zh, en = ("晚", "later") if apart > 0 else ("早", "earlier")
            return f"{zh}了 {abs(apart)} 行，", f"moved {abs(apart)} rows {en}, "
    return "", ""


def _finding(
    sheet: str, name: str, one: PriceColumn, changed: Changed, told: tuple[str, str],
    zh: str, en: str,
) -> Finding:  # fmt: skip
    day, old, new = changed[0]
    shown = f"{day}: {old:.6g} → {'–' if new is None else f'{new:.6g}'}"
    return Finding(
        "price_kept", sheet, address(one.rows.get(day, min(one.rows.values())), one.column), name,
        f"{zh}有 {len(changed)} 个收盘价改变，{told[0]}如 {shown}；指数的历史收盘价不会修订。",
        f"{len(changed)} closes changed {en}, {told[1]}such as {shown}; past closes of an index "
        "are not revised.",
        since=day.isoformat(), sure="sure" if told[0] else "likely", digest=digest_of(changed),
    )  # fmt: skip
