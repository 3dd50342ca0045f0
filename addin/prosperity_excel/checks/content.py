"""The findings about what monthly values say, each with its cell, its month and how sure it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from prosperity.calendar import MARKET_FREQUENCIES, TradingCalendar, release_dates
from prosperity.catalog import catalog
from prosperity.definition import Frequency, Indicator, Industry
from prosperity.events import What, explained, kind_of
from prosperity.lag import Lag

from prosperity_excel.checks.faults import (
    SAME,
    SAME_HISTORY,
    Fault,
    newest_fault,
    sign_fault,
    step_fault,
    still_faults,
    swapped_months,
    unchanged_fault,
)
from prosperity_excel.checks.listing import Finding, digest_of
from prosperity_excel.checks.outlooks import Family, family
from prosperity_excel.checks.relations import (
    copied_parts,
    exchanged_columns,
    exchanged_tails,
    moved_columns,
    moved_holes,
    turned_halves,
)
from prosperity_excel.checks.series import oddities, skipped_months
from prosperity_excel.intake.zeros import strange_zeros, usual_zeros
from prosperity_excel.series.breaks import Break
from prosperity_excel.series.cases import month_number
from prosperity_excel.series.monthly import last_day
from prosperity_excel.sheets.workbook import address

#: Which findings known events can explain.
EXPLAINED: Mapping[str, What] = {
    "outlier": "outlier",
    "level_shift": "shift",
    "step": "shift",
    "frozen": "frozen",
    "unchanged": "frozen",
    "price_spike": "outlier",
}
#: A finding gives way to one before it in this list about the same month of the same column; one
#: that is not in it stands beside all.
RANK = ("future", "newest", "zeros", "exchanged", "sign", "scale", "copied", "swapped_months",
        "moved", "frozen", "unchanged", "outlier", "step",
        "level_shift")  # fmt: skip
#: Codes whose finding is about a whole column or part, and stays acknowledged until any value of
#: it changes.
WHOLE = frozenset({"copied", "moved", "exchanged", "range", "sign", "gap"})
#: Months before the first of the sample that findings still matter for: a year of base and one of
#: looking back; and months before the newest when a book's models state no sample.
BEFORE, LATEST = 24, 120
#: Usual errors from which a relative is off as well, so that the world was, and not the data.
SHARED = 4.0
#: Widths of nine tenths of a series' values, from their middle, to which an event may lead.
EVENT_REACH = 10.0
#: How many times farther off than the next of a series' values one may be that an event explains.
EVENT_BEYOND = 4.0
#: Days before its release by rule on which a value may stand already.
EARLY_DAYS = 10


@dataclass(frozen=True)
class Content:
    """What one column of ``data`` holds: its place, its values by month, and their rows."""

    column: int
    values: Mapping[date, float]
    rows: Mapping[date, int]
    indicator: Indicator
    frequency: Frequency
    lag: Lag
    breaks: Sequence[Break] = ()
    simulated: bool = False


def content_findings(
    sheet: str, head: int, contents: Mapping[str, Content], today: date, begin: date
) -> list[Finding]:
    """Return what is odd about the values of all columns, each with others beside it.

    Parameters
    ----------
    sheet, head
        The sheet's name, and the row that stands for a column as a whole.
    contents
        By indicator id.
    today
        The day of the check.
    begin
        First month that still matters; findings before are folded.
    """
    filled = {id: one for id, one in contents.items() if one.values}
    book = family({id: one.values for id, one in filled.items()})
    found = [f for f in _faults(book, filled, today) if f.series in filled]
    known = {(b.series, month_number(b.month)) for one in filled.values() for b in one.breaks}
    kept = _strongest(f for f in found if (f.series, f.at) not in known)
    return [_finding(sheet, head, filled[f.series], f, book, begin) for f in kept]


def first_month(models: Iterable[Industry], contents: Mapping[str, Content]) -> date:
    """Return the first month that still matters for what a book's models say today.

    Two years before the first sample: a year for growth on the year before, and one for looking
    back. Earlier values move the newest composite only through means and deviations of long ago.
    """
    starts = [m.sample_start for m in models if m.sample_start]
    if starts:
        year, month = map(int, min(starts).split("-")[:2])
        number = year * 12 + month - 1 - BEFORE
    else:
        ends = [max(one.values) for one in contents.values() if one.values]
        number = month_number(max(ends)) - LATEST if ends else 0
    return last_day(date(max(number, 12) // 12, max(number, 12) % 12 + 1, 1))


def _faults(book: Family, contents: Mapping[str, Content], today: date) -> Iterator[Fault]:
    late = _future(contents, today)
    yield from late
    early = {f.series for f in late}
    yield from (f for f in _premature(contents, today) if f.series not in early)
    for id, one in book.members.items():
        content = contents[id]
        surprise = book.surprise(id)
        yield from _zeros(id, content)
        for odd in oddities(content.values, content.frequency, content.breaks, id):
            at = month_number(odd.month)
            yield Fault(odd.code, id, at, odd.zh, odd.en, "likely" if odd.code != "gap" else "sure")
        single = (newest_fault(one, surprise), unchanged_fault(one), sign_fault(one),
                  step_fault(one, surprise), swapped_months(one))  # fmt: skip
        yield from (fault for fault in single if fault is not None)
        yield from still_faults(one)
    yield from copied_parts(book)
    yield from moved_columns(book)
    yield from moved_holes(book)
    yield from turned_halves(book)
    yield from exchanged_tails(book)
    # Simulated values keep to no range.
    ranges = {id: _range(one.indicator) for id, one in contents.items() if not one.simulated}
    yield from exchanged_columns(book, ranges)


def _range(indicator: Indicator) -> tuple[float | None, float | None]:
    """Return in which range values are plausible; none where the unit is another than the range's.

    A definition that took over the catalog's range and has another unit says nothing of it.
    """
    bounds = (indicator.plausible_low, indicator.plausible_high)
    for model in catalog().values():
        for known in model.indicators:
            if known.id == indicator.id and bounds == (known.plausible_low, known.plausible_high):
                return bounds if known.unit == indicator.unit else (None, None)
    return bounds


def _zeros(id: str, one: Content) -> Iterator[Fault]:
    """Yield zeros behind the first value that look like no value: the newest, or any."""
    values = dict(one.values)
    zeros = [m for m, v in values.items() if v == 0]
    begun = next((m for m, v in values.items() if v != 0), None)
    zeros = [m for m in zeros if begun is not None and m > begun]
    if not zeros:
        return
    newest = max(values)
    groups = [[newest]] if newest in zeros else []
    groups += [part for k in (1, 2) if len(part := [m for m in zeros if m.month == k]) > 1]
    groups += [zeros]
    held = {m: v for m, v in values.items() if v != 0}
    for group in groups:
        alone = group == [newest] and _rare(held, len(zeros) - 1)
        if alone or strange_zeros(group, held, len(zeros)):
            last = group[-1]
            yield Fault(
                "zeros", id, month_number(last),
                f"{len(group)} 个值正好是 0（最晚 {last:%Y-%m}），像是用 0 表示缺失。",
                f"{len(group)} values are exactly 0, the last in {last:%Y-%m}, as if 0 meant "
                "missing.",
                "likely",
            )  # fmt: skip
            return


def _rare(held: Mapping[date, float], before: int) -> bool:
    """Whether a newest value of exactly 0 is as rare as one that equals the month before must be.

    It is judged at one place, and so by how often any month is 0.
    """
    rest = np.array(list(held.values()))[-LATEST:]
    expected = max(usual_zeros(rest), before)
    return len(rest) >= SAME_HISTORY and expected / len(rest) < SAME


def _future(contents: Mapping[str, Content], today: date) -> list[Fault]:
    """Return the months after today's, unless most of the book is of another time."""
    end = last_day(today)
    late = {id: [m for m in one.values if m > end] for id, one in contents.items()}
    return [
        Fault(
            "future", id, month_number(months[0]),
            f"{months[0]:%Y-%m} 起 {len(months)} 个月晚于今天 {today}。",
            f"{len(months)} months, from {months[0]:%Y-%m}, lie after today, {today}.",
            "sure",
        )
        for id, months in late.items()
        if months and _few(late)
    ]  # fmt: skip


def _few(marked: Mapping[str, Sequence[date]]) -> bool:
    return 2 * sum(bool(months) for months in marked.values()) <= max(len(marked), 2)


def _premature(contents: Mapping[str, Content], today: date) -> list[Fault]:
    """Return the columns whose newest value cannot have been published yet."""
    marked: dict[str, list[date]] = {}
    due: dict[str, date] = {}
    for id, one in contents.items():
        month = max(one.values)
        marked[id] = []
        # Simulated values were never published.
        if one.simulated or one.frequency in MARKET_FREQUENCIES:
            continue
        days = pd.DatetimeIndex([month])
        rule = release_dates(days, one.lag, one.frequency, TradingCalendar(pd.DatetimeIndex([])))
        due[id] = rule[0].date()
        if (due[id] - today).days > EARLY_DAYS:
            marked[id] = [month]
    return [
        Fault(
            "premature", id, month_number(months[0]),
            f"{months[0]:%Y-%m} 的值按日历要到 {due[id]} 才公布，整列可能早了一个月或滞后有误。",
            f"The value of {months[0]:%Y-%m} is not due before {due[id]}: the column may be a "
            "month early, or its lag wrong.",
            "likely",
        )
        for id, months in marked.items()
        if months and _few(marked)
    ]  # fmt: skip


def _strongest(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults without those that another about the same month, or the next, explains."""
    order = sorted(faults, key=lambda f: RANK.index(f.code) if f.code in RANK else -1)
    kept: list[Fault] = []
    for fault in order:
        near = [k for k in kept if k.series == fault.series and abs(k.at - fault.at) <= 1]
        if fault.code not in RANK or not any(k.code in RANK for k in near):
            kept.append(fault)
    return kept


def _finding(
    sheet: str, head: int, one: Content, fault: Fault, book: Family, begin: date
) -> Finding:
    month = last_day(date(fault.at // 12, fault.at % 12 + 1, 1))
    values = one.values.items() if fault.code in WHOLE else [(month, one.values.get(month))]
    found = Finding(
        fault.code,
        sheet,
        address(one.rows.get(month, head), one.column),
        fault.series,
        fault.zh,
        fault.en,
        since=f"{month:%Y-%m}",
        sure=fault.sure,
        digest=digest_of(values),
    )
    if not one.indicator.weight:
        return replace(found, folded="weight")
    what = EXPLAINED.get(fault.code)
    if what is not None and _within(one, month):
        event = explained(what, _kinds(one), month, fault.series)
        if event is not None:
            zh, en = f"{fault.zh}（{event.zh}）", f"{fault.en} ({event.en})"
            return replace(found, zh=zh, en=en, folded="event")
        if fault.code != "unchanged" and what != "frozen" and _shared(book, fault):
            return replace(found, folded="event")
    early = month < begin and fault.code not in ("future", "newest")
    return replace(found, folded="early") if early else found


def _within(one: Content, month: date) -> bool:
    """Whether a value is of a size that an event may give: a typing error in one is still one."""
    values = np.array(list(one.values.values()))
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    off = np.abs(values - middle)
    size = abs(one.values.get(month, middle) - middle)
    others = np.sort(off)[-6:-1].max(initial=0.0) if len(off) > 1 else 0.0
    return bool(size <= EVENT_REACH * max(high - low, 1e-9) and size <= EVENT_BEYOND * others)


def _kinds(one: Content) -> frozenset[str]:
    """Return of which kinds a series is; one without Januaries begins anew with each year."""
    restarts = "累计" in one.indicator.name_zh or bool(skipped_months(list(one.values)))
    return frozenset({kind_of(one.indicator), *(("restart",) if restarts else ())})


def _shared(book: Family, fault: Fault) -> bool:
    """Whether a relative moved at once, and so the world did."""
    own = book.members[fault.series]
    place = fault.at - int(book.months[0])
    mine = book.errors[place, book.ids.index(fault.series)] if len(own.at) else 0.0
    for other, strength in book.relatives(fault.series):
        beside = book.errors[place, book.ids.index(other)]
        if abs(beside) >= SHARED and beside * mine * strength > 0:
            return True
    return False


def folded_text(reason: str, found: Sequence[Finding]) -> tuple[str, str]:
    """Return the one line that stands for folded findings."""
    count = len(found)
    last = max((f.since for f in found), default="")
    return {
        "event": (
            f"{count} 处由已知事件或相关序列同时变动解释，未逐条列出。",
            f"Explained by known events or by relatives that moved too: {count}.",
        ),
        "early": (
            f"{count} 处在仍有影响的第一个月之前（最晚 {last}），未逐条列出。",
            f"Before the first month that still matters (to {last}): {count}.",
        ),
        "weight": (
            f"{count} 处在权重为 0 的列中，未逐条列出。",
            f"In columns of weight 0: {count}.",
        ),
    }[reason]
