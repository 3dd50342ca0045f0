"""Series as published, made monthly: by definition, and never showing old news as new."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import fmean, median
from typing import Literal

from prosperity.definition import Aggregate

from prosperity_excel.series.names import parse_name
from prosperity_excel.words.book_words import FREQUENCIES, fold, lookup

#: How often a series is published; A is yearly.
Rhythm = Literal["D", "W", "M", "Q", "A"]
#: What becomes of January and February in series that are published together for both.
JanFeb = Literal["combined", "split", "carried"]
JAN_FEB: Mapping[JanFeb, tuple[str, str]] = {
    "combined": (
        "两个月合为 2 月的一个值，1 月留空",
        "one value for both months, in February; January stays blank",
    ),
    "split": (
        "合计平分给两个月，1 月在 2 月公布时才可知",
        "the total halved; January is known only when February is published",
    ),
    "carried": (
        "1 月沿用上年 12 月的值，2 月取两个月的平均",
        "January repeats December, February is the mean of the two months",
    ),
}
_WORDS: Mapping[str, Rhythm] = {
    **lookup(FREQUENCIES),  # type: ignore[dict-item,arg-type]
    "年": "A",
    "年度": "A",
    "yearly": "A",
    "annual": "A",
    "a": "A",
}
#: Longest usual step in days between two values of each rhythm, in order.
_STEPS: tuple[tuple[Rhythm, int], ...] = (("D", 4), ("W", 16), ("M", 45), ("Q", 140))
_RHYTHM_ORDER: tuple[Rhythm, ...] = ("D", "W", "M", "Q", "A")


@dataclass(frozen=True)
class Monthly:
    """A series by month.

    Attributes
    ----------
    values : mapping of date to float
        By the last day of the month, ascending.
    known : mapping of date to date
        Months whose value became known only when a later month's did, and that month.
    left_out : tuple of (date, str, str)
        What was not used: a date, and why in Chinese and English.
    remarks : tuple of (str, str)
        How the months were made.
    """

    values: Mapping[date, float]
    known: Mapping[date, date]
    left_out: tuple[tuple[date, str, str], ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()


def last_day(when: date) -> date:
    """Return the last day of a date's month."""
    return when.replace(day=calendar.monthrange(when.year, when.month)[1])


def month_before(month: date, count: int = 1) -> date:
    """Return the last day of the month ``count`` months before."""
    number = month.year * 12 + month.month - 1 - count
    return last_day(date(number // 12, number % 12 + 1, 1))


def rhythm_of(days: Sequence[date], said: str = "") -> Rhythm | None:
    """Return how often a series is published: as the header says, else by its usual step.

    Parameters
    ----------
    days
        Dates with a value, ascending.
    said
        The header's word; empty or unknown is none.

    Returns
    -------
    str or None
        None with fewer than three dates and no word.
    """
    known = _WORDS.get(fold(said))
    if known is not None:
        return known
    if len(days) < 3:
        return None
    return _by_step(median((b - a).days for a, b in pairwise(days)))


def _by_step(step: float) -> Rhythm:
    return next((rhythm for rhythm, longest in _STEPS if step <= longest), "A")


_COMBINE: Mapping[Aggregate, Callable[[Sequence[float]], float]] = {
    "mean": fmean,
    "sum": lambda values: float(sum(values)),
    "last": lambda values: values[-1],
}


def to_months(
    values: Mapping[date, float], *, aggregate: Aggregate = "mean", said: str = ""
) -> Monthly:
    """Make a series monthly.

    Parameters
    ----------
    values
        By date, ascending.
    aggregate
        How daily and weekly values become a month.
    said
        The header's word for the frequency.

    Returns
    -------
    Monthly
        Daily and weekly values are combined, month by month, without a month that is not over
        yet; for sums also without a first month that does not begin with the series. Where one
        column changes from monthly to daily rows each month is treated as it is: its one value,
        or its values combined. Monthly, quarterly and yearly values stay what they are, at their
        month's last day. Two unequal values of a month in such a series are both left out.
    """
    days = list(values)
    rhythm = rhythm_of(days, said)
    months: dict[date, list[date]] = defaultdict(list)
    for when in days:
        months[last_day(when)].append(when)
    if rhythm not in ("D", "W"):
        return _one_each(values, months, rhythm)
    kept: dict[date, float] = {}
    left: list[tuple[date, str, str]] = []
    combine = _COMBINE[aggregate]
    first, last = min(months), max(months)
    step = 1 if rhythm == "D" else 7
    for month, members in months.items():
        alone = len(members) == 1 and members[0] == month
        if month == last and not alone and not _is_over(members[-1], step):
            left.append(
                (month, f"{month:%Y-%m} 还没有结束（数据到 {members[-1]}），不计",
                 f"{month:%Y-%m} is not over (values to {members[-1]}); left out")
            )  # fmt: skip
        elif month == first and aggregate == "sum" and not alone and members[0].day > step + 3:
            left.append(
                (month, f"{month:%Y-%m} 从 {members[0]} 才开始，不能求和，不计",
                 f"{month:%Y-%m} begins on {members[0]} only; no sum, left out")
            )  # fmt: skip
        else:
            kept[month] = combine([values[d] for d in members])
    names = {"mean": ("均值", "means"), "last": ("末值", "last values"), "sum": ("合计", "sums")}
    zh, en = names[aggregate]
    word = ("日", "daily") if rhythm == "D" else ("周", "weekly")
    remark = (f"{word[0]}度数据按月取{zh}", f"{word[1]} values made monthly: {en}")
    return Monthly(kept, {}, tuple(left), (remark,))


def _is_over(last: date, step: int) -> bool:
    """Whether no further value of the month is to come after ``last``.

    Weekends at the end of a month are no reason to wait; nor, for a weekly series, is a rest
    shorter than a week.
    """
    rest = [last + timedelta(days=n) for n in range(1, (last_day(last) - last).days + 1)]
    if step > 1:
        return len(rest) < step
    return not any(d.weekday() < 5 for d in rest)


def _one_each(
    values: Mapping[date, float], months: Mapping[date, list[date]], rhythm: Rhythm | None
) -> Monthly:
    kept: dict[date, float] = {}
    left: list[tuple[date, str, str]] = []
    for month, members in months.items():
        found = {values[d] for d in members}
        if len(found) == 1:
            kept[month] = found.pop()
        else:
            shown = ", ".join(str(d) for d in members[:4])
            left.append(
                (month, f"{month:%Y-%m} 有 {len(members)} 个不同的值（{shown}），不计",
                 f"{month:%Y-%m} has {len(members)} different values ({shown}); left out")
            )  # fmt: skip
    remarks: list[tuple[str, str]] = []
    if rhythm == "A":
        remarks.append(("年度数据，记在 12 月等原月份", "yearly values, at their own month"))
    if rhythm == "Q":
        remarks.append(("季度数据，记在季末月", "quarterly values, at the quarter's last month"))
    parts = mixed_rhythms(list(kept))
    if len(parts) > 1:
        zh = "；".join(f"{a:%Y-%m} 起按{_NAMES[r][0]}" for a, r in parts)
        en = "; ".join(f"{_NAMES[r][1]} from {a:%Y-%m}" for a, r in parts)
        remarks.append((f"频率有变化：{zh}", f"the rhythm changes: {en}"))
    return Monthly(kept, {}, tuple(left), tuple(remarks))


_NAMES: Mapping[Rhythm, tuple[str, str]] = {
    "D": ("日", "daily"),
    "W": ("周", "weekly"),
    "M": ("月", "monthly"),
    "Q": ("季", "quarterly"),
    "A": ("年", "yearly"),
}


def mixed_rhythms(days: Sequence[date]) -> list[tuple[date, Rhythm]]:
    """Return from when on which rhythm holds, for a series that changes it for at least 3 steps.

    A single longer step is a gap, not a rhythm.
    """
    steps = [_by_step((b - a).days) for a, b in pairwise(days)]
    found: list[tuple[date, Rhythm]] = []
    at = 0
    while at < len(steps):
        end = at
        while end < len(steps) and steps[end] == steps[at]:
            end += 1
        if end - at >= 3 and (not found or found[-1][1] != steps[at]):
            found.append((days[at], steps[at]))
        at = end
    return found


def is_cumulative(name: str) -> bool:
    """Whether a name says that values are sums since January (not growth of such sums)."""
    form = parse_name(name)
    return form.span == "to_date" and form.kind == "level"


def is_growth(name: str) -> bool:
    """Whether a name says that values are growth rates."""
    return parse_name(name).kind != "level"


def from_cumulative(values: Mapping[date, float], policy: JanFeb = "combined") -> Monthly:
    """Return the months behind sums since January.

    Parameters
    ----------
    values
        Sums from January to each month, by month end, ascending.
    policy
        For years without a January: see :data:`JAN_FEB`. Where January is there, both months are
        as published.

    Returns
    -------
    Monthly
        A month is the difference to the month before; where that is missing, nothing is said of
        it. What the policy puts into January is marked in ``known`` with February: it is no news
        before that.
    """
    months: dict[date, float] = {}
    known: dict[date, date] = {}
    left: list[tuple[date, str, str]] = []
    together = 0
    for month, total in values.items():
        before = month_before(month)
        if month.month == 1:
            months[month] = total
        elif month.month == 2 and before not in values:
            together += 1
            _put_together(months, known, month, total, policy)
        elif before in values:
            months[month] = total - values[before]
        else:
            left.append(
                (month, f"缺 {before:%Y-%m} 的累计值，{month:%Y-%m} 的当月值无法得出",
                 f"the sum to {before:%Y-%m} is missing, so {month:%Y-%m} alone is unknown")
            )  # fmt: skip
    zh, en = JAN_FEB[policy]
    remarks = [("累计值化为当月值", "sums since January made monthly")]
    if together:
        remarks.append((f"{together} 年 1-2 月合并：{zh}", f"{together} years join Jan-Feb: {en}"))
    return Monthly(dict(sorted(months.items())), known, tuple(left), tuple(remarks))


def _put_together(
    months: dict[date, float],
    known: dict[date, date],
    february: date,
    total: float,
    policy: JanFeb,
) -> None:
    january = month_before(february)
    if policy == "combined":
        months[february] = total
    elif policy == "split":
        months[january] = months[february] = total / 2
        known[january] = february
    else:
        december = month_before(january)
        if december in months:
            months[january] = months[december]
        months[february] = total / 2


def growth(values: Mapping[date, float]) -> dict[date, float]:
    """Return growth on the same month a year earlier, in percent.

    A month without a positive value a year earlier has none. A February that holds two months
    is compared with a February that holds two: use one policy for all years.
    """
    found: dict[date, float] = {}
    for month, value in values.items():
        base = values.get(month_before(month, 12))
        if base is not None and base > 0:
            found[month] = (value / base - 1) * 100
    return found
