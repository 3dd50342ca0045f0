"""Known series written in every combination of layout and habit: read back exactly, or refused.

Never a wrong value: what is read is what was written, and what is not read is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from prosperity_excel.exports.read import read_sheet
from prosperity_excel.sheets.cells import PercentCell
from prosperity_excel.sheets.workbook import Sheet

from .exports import Rows, months, turned

Values = Mapping[date, float]
NAMES = ("CPI:当月同比", "产量:原煤:当月值", "PMI:新订单", "M2:同比", "非制造业PMI:建筑业", "甲")
NULLS = (None, "", "--", "—", "N/A", "暂无", "null", "nan", ".", "#N/A", "未公布", "-")
WEIRD = ("停产", "Fetching...", "正在获取数据", "#N/A Requesting Data...", "见注3", True)

WIDE = str.maketrans("0123456789.-", "０１２３４５６７８９．－")
#: How a month is written; those at the end of a sheet's rows may need their neighbours.
DATES: Mapping[str, Callable[[date], Any]] = {
    "date": lambda d: d,
    "iso": lambda d: d.isoformat(),
    "month": lambda d: f"{d:%Y-%m}",
    "chinese": lambda d: f"{d.year}年{d.month}月",
    "chinese_zero": lambda d: f"{d:%Y年%m月份}",
    "full_width": lambda d: f"{d.year}年{d.month}月".translate(WIDE),
    "compact": lambda d: f"{d:%Y%m}",
    "compact_number": lambda d: int(f"{d:%Y%m}"),
    "day_number": lambda d: int(f"{d:%Y%m%d}"),
    "imf": lambda d: f"{d:%YM%m}",
    "slash": lambda d: f"{d.year}/{d.month}",
    "english": lambda d: f"{d:%b-%y}",
    "english_long": lambda d: f"{d:%B %Y}",
    "us": lambda d: f"{d.month}/{d.day}/{d:%y}",
    "us_long": lambda d: f"{d:%m/%d/%Y} 12:00:00 AM",
    "european": lambda d: f"{d:%d/%m/%Y}",
    "german": lambda d: f"{d:%d.%m.%Y}",
    "apostrophe": lambda d: f"'{d:%Y-%m-%d}",
    "iso_clock": lambda d: f"{d.isoformat()}T00:00:00",
    "year_first": lambda d: f"{d:%y/%m/%d}",
    "month_first": lambda d: f"{d:%m/%Y}",
    "two_digit": lambda d: f"{d:%y}年{d.month}月",
}  # fmt: skip
NUMBERS: Mapping[str, Callable[[float], Any]] = {
    "number": lambda v: v,
    "text": str,
    "grouped": lambda v: f"{v:,.3f}",
    "full_width": lambda v: str(v).translate(WIDE),
    "brackets": lambda v: f"({-v})" if v < 0 else v,
    "footnote": lambda v: f"{v}*",
}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A block: its series by name, and its rows, header first."""

    series: Mapping[str, Values]
    rows: Rows


def block(random: Random, names: Sequence[str], form: str) -> Written:
    start = random.randrange(2005, 2021), random.randrange(1, 13)
    days = months(start, random.randrange(14, 31))
    if random.random() < 0.4:
        days = [d for d in days if d.month > 1]
    if random.random() < 0.4:
        days.reverse()
    write = NUMBERS[random.choice(sorted(NUMBERS))]
    null = random.choice(NULLS)
    series: dict[str, Values] = {}
    columns: list[list[Any]] = []
    for name in names:
        values = [round(random.choice((50, 3000, 8)) * random.uniform(-1, 1), 3) for _ in days]
        holes = set(random.sample(range(len(days)), random.randrange(4)))
        odd = set(random.sample(range(len(days)), random.randrange(2)))
        weird = random.choice(WEIRD)
        columns.append(
            [null if n in holes else weird if n in odd else write(v) for n, v in enumerate(values)]
        )
        series[name] = {
            d: v for n, (d, v) in enumerate(zip(days, values, strict=True)) if n not in holes | odd
        }
    labels = year_once(days) if form == "year_once" else [DATES[form](d) for d in days]
    dated = [[label, *(c[n] for c in columns)] for n, label in enumerate(labels)]
    return Written(series, headed(random, names) + dated)


def year_once(days: Sequence[date]) -> list[str]:
    """Return months that say their year when it is another than in the row above."""
    years = [0, *(d.year for d in days)]
    return [f"{d.month}月" if d.year == y else f"{d.year}年{d.month}月"
            for d, y in zip(days, years, strict=False)]  # fmt: skip


def headed(random: Random, names: Sequence[str]) -> Rows:
    """Return header rows: one, several with labels, a title over it, or names in two levels."""
    kind = random.choice(("plain", "labels", "title", "levels", "wind"))
    if kind == "labels":
        rest = [["频率", *["月"] * len(names)], ["来源", *["甲"] * len(names)]]
        return [["指标名称", *names], *rest]
    if kind == "title":
        return [["某某月度数据", *[None] * len(names)], ["日期", *names]]
    upper, lower = zip(*(n.rpartition(":")[::2] for n in names), strict=True)
    if kind == "levels" and all(upper):
        shown = [None if n and u == upper[n - 1] else u for n, u in enumerate(upper)]
        return [["月份", *shown], [None, *lower]]
    if kind == "wind":
        return [["国家", *["中国"] * len(names)], ["指标名称", *names],
                ["更新时间", *["2023-01-17"] * len(names)]]  # fmt: skip
    return [[random.choice(("日期", "date", "Month", "时间")), *names]]


def sheet_of(random: Random) -> tuple[Rows, dict[str, Values], str]:
    """Return rows, the series in them, and how they were made."""
    form = random.choice([*sorted(DATES), "year_once", "year_once"])
    names = random.sample(NAMES, len(NAMES))
    arranged = random.choice(("one", "beside", "beside_gap", "below", "turned"))
    first = block(random, names[: random.randrange(1, 4)], form)
    if arranged in ("one", "turned"):
        rows = turned(first.rows) if arranged == "turned" else first.rows
        return rows, dict(first.series), f"{form} {arranged}"
    second = block(random, names[3 : random.randrange(4, 7)], form)
    known = {**first.series, **second.series}
    if arranged == "below":
        return [*first.rows, [], *second.rows], known, f"{form} {arranged}"
    gap = [None] if arranged == "beside_gap" else []
    width = max(map(len, first.rows))
    rows = []
    for left, right in zip_longest(first.rows, second.rows, fillvalue=[]):
        rows.append([*left, *[None] * (width - len(left)), *gap, *right])
    return rows, known, f"{form} {arranged}"


@settings(max_examples=500, phases=(Phase.explicit, Phase.reuse, Phase.generate), deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_what_was_written_is_read_or_refused(seed: int) -> None:
    rows, known, made = sheet_of(Random(seed))
    reading = read_sheet(Sheet("b.xlsx", "Sheet1", rows))
    got = {s.name: s.values for s in reading.series if s.values}
    assert set(got) <= set(known), (made, rows[:4])
    for name, values in got.items():
        for when, value in values.items():
            assert _same(known[name], when, value), (made, name, when, value, rows[:6])
    lost = {n for n, v in known.items() if len(got.get(n, {})) < len(v)}
    if lost:
        assert reading.refused or reading.recognised is None, (made, lost, rows[:6])


def test_most_combinations_are_read_whole() -> None:
    """Of a fixed set: a refusal is right for few, since few of them can be read in two ways."""
    whole = 0
    for seed in range(200):
        rows, known, _ = sheet_of(Random(seed))
        got = {s.name: s.values for s in read_sheet(Sheet("b.xlsx", "S", rows)).series}
        whole += all(len(got.get(n, {})) == len(v) for n, v in known.items())
    assert whole >= 195


def _same(values: Values, when: date, value: float) -> bool:
    """Whether a month's value is what was written, on whatever day of the month."""
    own = [v for d, v in values.items() if (d.year, d.month) == (when.year, when.month)]
    return own == [value]


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(st.integers(-999, 999), min_size=3, max_size=12), st.booleans())
def test_percentages_are_read_as_shown(values: list[int], mixed: bool) -> None:
    days = months((2019, 1), len(values))
    cells: list[Any] = [PercentCell(v / 1000) for v in values]
    if mixed:
        cells[0] = values[0] / 10
    rows: Rows = [["指标名称", "M2:同比"], ["单位", "%"],
                  *([d, c] for d, c in zip(days, cells, strict=True))]  # fmt: skip
    (one,) = read_sheet(Sheet("b.xlsx", "S", rows)).series
    assert one.percent_shown
    assert list(one.values.values()) == [v / 10 for v in values]
