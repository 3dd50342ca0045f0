"""What values say alone: level, zeros, sums, repetition, dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby, pairwise
from math import log
from statistics import median

import numpy as np

from prosperity_excel.intake.criteria import limits
from prosperity_excel.intake.zeros import zero_reason
from prosperity_excel.series.cases import KNOWN_FROM, Case, Reason, Track, month_name, month_number
from prosperity_excel.series.monthly import is_growth, last_day, rhythm_of
from prosperity_excel.words.book_words import fold

#: Part of a year's last sum below which the next year's first one lies.
_ANEW = 0.6
#: Values from which an export has a rhythm.
_REGULAR = 4


def shape_reasons(case: Case) -> list[Reason]:
    """Return what is wrong with an export's values as such."""
    tests = (_form, _frequency, _doubled, _future, _range, _fraction, _sums, zero_reason,
             _constant, _repeated)  # fmt: skip
    return [found for test in tests if (found := test(case)) is not None]


def _form(case: Case) -> Reason | None:
    """Compare the form that the export's name says with those of the column's names."""
    if case.confirmed or not is_growth(case.name):
        return None
    words = [("累计", "growth of sums since January"), ("环比", "growth on the month before")]
    for word, meaning in words:
        own = any(word in name for name in case.known_as)
        grown = [name for name in case.known_as if is_growth(name)]
        if (word in fold(case.name)) != own and (grown or not own):
            said = "是" if word in fold(case.name) else "不是"
            return Reason(
                "form",
                f"名称“{case.name}”{said}{word}，而该列的指标相反",
                f"its name {case.name!r} says it is {'' if said == '是' else 'not '}{meaning}, "
                "and the column's the opposite",
            )
    return None


def _frequency(case: Case) -> Reason | None:
    """Ask about quarterly and yearly values, and daily ones, of a monthly indicator."""
    if case.confirmed or case.indicator.frequency != "M":
        return None
    rhythm = rhythm_of(list(case.raw), case.said)
    # Some months of a monthly series are quarterly, too: only what the book holds can tell.
    alike = [m for m in case.held if m in case.values] or list(case.held)[-len(case.raw) :]
    held = rhythm_of(alike) or "M"
    if len(case.raw) >= _REGULAR and rhythm in ("Q", "A") and held == "M":
        word = {"Q": ("季度", "quarterly"), "A": ("年度", "yearly")}[rhythm]
        return Reason(
            "frequency",
            f"指标是月度，导出是{word[0]}数据",
            f"the indicator is monthly, the export {word[1]}",
        )
    return None


def _doubled(case: Case) -> Reason | None:
    least, share = limits("doubled")
    if case.conflicts < least or case.conflicts <= share * (len(case.values) + case.conflicts):
        return None
    return Reason(
        "doubled",
        f"{case.conflicts} 个月各有几个不同的值，像是两个序列叠在一起",
        f"{case.conflicts} months have different values each, as if two series were mixed",
    )


def _future(case: Case) -> Reason | None:
    end = last_day(case.today)
    late = [m for m in case.values if m > end]
    # A book that lies in the future itself is of another time, or simulated.
    if not late or any(m > end for m in case.held):
        return None
    return Reason(
        "future",
        f"{len(late)} 个月（{late[0]:%Y-%m} 起）晚于今天 {case.today}",
        f"{len(late)} months, from {late[0]:%Y-%m}, lie after today, {case.today}",
        "", f"{late[0]:%Y-%m} {case.values[late[0]]:.6g}", ("known",),
    )  # fmt: skip


def _range(case: Case) -> Reason | None:
    """Compare values with the range that the definition states or the book shows."""
    share, reach = limits("range")
    low, high = case.bounds
    held = case.old.values
    if len(held) >= KNOWN_FROM:
        low = None if low is None else min(low, float(held.min()))
        high = None if high is None else max(high, float(held.max()))
    values = case.new.values
    if not len(values) or (low is None and high is None):
        return None
    below = np.zeros(len(values)) if low is None else low - values
    above = np.zeros(len(values)) if high is None else values - high
    off = np.maximum(below, above)
    width = (high - low) if low is not None and high is not None else abs(low or high or 1.0)
    if (off > 0).mean() <= share and off.max() <= reach * width:
        return None
    n = int(np.argmax(off))
    shown = f"{month_name(int(case.new.at[n]))} {values[n]:.6g}"
    bounds = f"{'…' if low is None else f'{low:g}'} – {'…' if high is None else f'{high:g}'}"
    count = int((off > 0).sum())
    return Reason(
        "range",
        f"{count} 个值在合理范围 {bounds} 之外，"
        f"例如 {shown}",
        f"{count} values lie outside the plausible range {bounds}, such as {shown}",
        bounds, shown, tuple(_into(case, values, low, high)),
    )  # fmt: skip


def _into(case: Case, values: np.ndarray, low: float | None, high: float | None) -> list[str]:
    """Return the usual changes that would bring all values into their range."""

    def inside(tried: np.ndarray) -> bool:
        return bool(
            (low is None or (tried >= low).all()) and (high is None or (tried <= high).all())
        )

    offers = []
    if case.percent and near_hundred(values) and inside(values - 100):
        offers.append("minus:100")
    if case.indicator.base and inside(values + case.indicator.base) and not inside(values):
        offers.append(f"plus:{case.indicator.base:g}")
    scales = [f"times:{f:g}" for f in (100, 0.01, 10_000, 0.0001) if inside(values * f)]
    return offers or scales[:1]


def near_hundred(values: np.ndarray) -> bool:
    """Whether values look like an index on the year before, which is 100."""
    low, high = limits("base")
    return bool(values.min() > 0 and low < np.median(values) < high)


def _fraction(case: Case) -> Reason | None:
    """Ask whether percent are given as fractions: only where nothing is stored to compare."""
    least, part = limits("fraction")
    low, high = case.bounds
    if not case.percent or len(case.old) >= least or len(case.new) < least:
        return None
    if low is None or high is None:
        return None
    typical = float(np.median(np.abs(case.new.values)))
    if typical >= part * max(abs(low), abs(high)) or (low > 0 and typical < low):
        return None
    at, value = int(case.new.at[-1]), float(case.new.values[-1])
    shown = f"{month_name(at)} {value:.6g}"
    return Reason(
        "fraction",
        f"% 列的值大多只有 {typical:.3g}，像是小数（例如 {shown}）",
        f"values of a % column are mostly {typical:.3g}, as if they were fractions (such as "
        f"{shown})",
        "", shown, ("times:100",),
    )  # fmt: skip


def base_reasons(case: Case) -> list[Reason]:
    """Ask whether a growth rate is given with the year before as 100."""
    if not case.percent or case.indicator.base is not None or len(case.old) >= KNOWN_FROM:
        return []
    grown = any(is_growth(name) for name in (case.name, *case.known_as))
    if not grown or len(case.new) == 0 or not near_hundred(case.new.values):
        return []
    shown = f"{month_name(int(case.new.at[-1]))} {case.new.values[-1]:.6g}"
    return [
        Reason(
            "base",
            f"增速都在 100 左右（例如 {shown}），像是上年=100",
            f"growth rates around 100 (such as {shown}), as if the year before were 100",
            "", shown, ("minus:100",),
        )
    ]  # fmt: skip


def _sums(case: Case) -> Reason | None:
    """Ask about values that rise in every year and begin anew with the next."""
    if case.percent or any("累计" in name for name in case.known_as):
        return None
    shown = _summed(case.new)
    if not shown or _summed(case.old, part=0.5):
        return None
    return Reason(
        "sums",
        f"每年逐月上升、年初重新开始（{shown}），像是 1 月以来的累计",
        f"values rise all year and begin anew ({shown}), as sums since January do",
        "", shown, ("part",),
    )  # fmt: skip


def _summed(track: Track, part: float = 1.0) -> str:
    """Return a year's first and last value when a series looks like sums, else nothing.

    ``part`` is the share of years that must do so.
    """
    least, share = limits("sums")
    years: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for at, value in zip(track.at, track.values, strict=True):
        years[int(at) // 12].append((int(at) % 12 + 1, float(value)))
    whole = {year: pairs for year, pairs in years.items() if len(pairs) >= least}
    if not whole or any(v <= 0 for pairs in whole.values() for _, v in pairs):
        return ""
    again = [
        _grows(pairs, share)
        and (year + 1 not in years or years[year + 1][0][1] < _ANEW * pairs[-1][1])
        for year, pairs in whole.items()
    ]
    if sum(again) < part * len(again):
        return ""
    year, pairs = next(iter(whole.items()))
    (first, low), (last, high) = pairs[0], pairs[-1]
    return f"{year}-{first:02d} {low:.6g} … {year}-{last:02d} {high:.6g}"


def _grows(pairs: Sequence[tuple[int, float]], share: float) -> bool:
    """Whether a year's values rise about as the number of the month does."""
    rising = all(b[1] > a[1] for a, b in pairwise(pairs))
    sizes = np.log([v for _, v in pairs])
    per_month = sizes - np.log([m for m, _ in pairs])
    return rising and float(np.ptp(sizes)) > log(2) and np.std(per_month) < share * np.std(sizes)


def _constant(case: Case) -> Reason | None:
    (least,) = limits("constant")
    if not _stands_still(case, int(least)):
        return None
    fresh = [v for m, v in case.values.items() if m not in case.held]
    if len(fresh) < least or len(set(fresh)) > 1 or _longest(case.old.values) >= len(fresh):
        return None
    if len(fresh) < len(case.values) and _longest(case.new.values) > len(fresh):
        return None
    months = [m for m in case.values if m not in case.held]
    shown = f"{months[0]:%Y-%m} … {months[-1]:%Y-%m} {fresh[0]:.6g}"
    return Reason(
        "constant",
        f"{len(fresh)} 个值全是 {fresh[0]:.6g}",
        f"{len(fresh)} values are all {fresh[0]:.6g}",
        "", shown,
    )  # fmt: skip


def _stands_still(case: Case, count: int) -> bool:
    """Whether the export itself ends in equal values; months made of its sums may be equal."""
    return len(set(list(case.raw.values())[-count:])) == 1


def _repeated(case: Case) -> Reason | None:
    least, more = limits("repeated")
    values = case.new.values
    if len(values) < 2 or len(set(values.tolist())) == 1:
        return None
    if not _stands_still(case, int(least)):
        return None
    tail = next((n for n in range(1, len(values)) if values[-n - 1] != values[-1]), len(values))
    elsewhere = max(_longest(values[:-tail]), _longest(case.old.values))
    if tail < least or tail < elsewhere + more or len(values) + len(case.old) < 3 * tail:
        return None
    first = month_name(int(case.new.at[-tail]))
    return Reason(
        "repeated",
        f"{first} 起的 {tail} 个值都是 {values[-1]:.6g}，像是把最后一个值重复了下去",
        f"the {tail} values from {first} are all {values[-1]:.6g}, as if the last one had been "
        "repeated",
        "", f"{first} … {values[-1]:.6g}",
    )  # fmt: skip


def _longest(values: np.ndarray) -> int:
    return max((len(list(run)) for _, run in groupby(values.tolist())), default=0)


# -- daily values, before months are made of them ---------------------------------------------


def filled_daily(values: Mapping[date, float], frequency: str) -> Reason | None:
    """Ask about monthly values that were carried forward from day to day."""
    rows, share = limits("filled")
    if frequency not in ("M", "Q") or rhythm_of(list(values)) not in ("D", "W"):
        return None
    months: dict[date, list[float]] = defaultdict(list)
    for when, value in values.items():
        months[last_day(when)].append(value)
    changes = [sum(a != b for a, b in pairwise(part)) for part in months.values()]
    runs = len([1 for _ in groupby(values.values())])
    if len(values) < rows * max(runs, 1) or sum(c <= 1 for c in changes) < share * len(changes):
        return None
    days = list(values)
    turn = next((b for a, b in pairwise(days) if values[a] != values[b]), days[0])
    first = median(d.day for d in _turns(values)) if runs > 1 else 1
    return Reason(
        "filled",
        f"月度值按日重复（{turn} 变为 {values[turn]:.6g}）：这个值属于哪个月？",
        f"monthly values repeated from day to day (from {turn} {values[turn]:.6g}): to which "
        "month does a value belong?",
        "", f"{turn} {values[turn]:.6g}", ("before", "own") if first <= 20 else ("own", "before"),
    )  # fmt: skip


def _turns(values: Mapping[date, float]) -> list[date]:
    return [b for a, b in pairwise(values) if values[a] != values[b]]


def unfilled(values: Mapping[date, float], *, before: bool) -> dict[date, float]:
    """Return the monthly values behind daily repetitions.

    Parameters
    ----------
    values
        By day, ascending.
    before
        Whether a value belongs to the month before the one in which it begins to stand; else to
        the month at whose end it stands.
    """
    found: dict[date, float] = {}
    last: dict[date, float] = {}
    for when, value in values.items():
        last[last_day(when)] = value
    for month, value in last.items():
        number = month_number(month) - int(before)
        found[last_day(date(number // 12, number % 12 + 1, 1))] = value
    return found
