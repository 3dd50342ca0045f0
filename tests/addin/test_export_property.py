"""Known series written in every combination of layout and habit: read back exactly, or refused.

Never a wrong value: what is read is what was written, and what is not read is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prosperity_excel.reading.exports import read_sheet
from prosperity_excel.reading.series import SheetReading
from prosperity_excel.reading.sheets import Sheet

from .exports import Rows, months, turned

Values = Mapping[date, float]
NAMES = ("CPI:当月同比", "产量:原煤:当月值", "PMI:新订单", "M2:同比", "非制造业PMI:建筑业", "甲")
NULLS = (None, "", "--", "—", "N/A", "暂无", "null", "nan", ".", "#N/A", "未公布", "-")
WEIRD = ("停产", "Fetching...", "正在获取数据", "#N/A Requesting Data...", "见注3", True)

#: How a month is written; those at the end of a sheet's rows may need their neighbours.
DATES: Mapping[str, Callable[[date], Any]] = {
    "date": lambda d: d,
    "iso": lambda d: d.isoformat(),
    "month": lambda d: f"{d:%Y-%m}",
    "chinese": lambda d: f"{d.year}年{d.month}月",
    "chinese_zero": lambda d: f"{d:%Y年%m月份}",
    "full_width": lambda d: f"{d.year}年{d.month}月".translate(str.maketrans("0123456789", "０１２３４５６７８９")),
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
    "full_width": lambda v: str(v).translate(str.maketrans("0123456789.-", "０１２３４５６７８９．－")),
    "brackets": lambda v: f"({-v})" if v < 0 else v,
    "footnote": lambda v: f"{v}*",
}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A block: its series by name, and its rows, header first."""

    series: Mapping[str, Values]
    rows: Rows
    doubtful: bool


@st.composite
def blocks(draw: st.DrawFn, names: Sequence[str], form: str) -> Written:
    start = draw(st.tuples(st.integers(2005, 2020), st.integers(1, 12)))
    days = months(start, draw(st.integers(14, 30)))
    if draw(st.booleans()):
        days = [d for d in days if d.month > 1]
    if draw(st.booleans()):
        days.reverse()
    write = NUMBERS[draw(st.sampled_from(sorted(NUMBERS)))]
    null = draw(st.sampled_from(NULLS))
    series: dict[str, dict[date, float]] = {}
    columns: list[list[Any]] = []
    for name in names:
        values = draw(
            st.lists(
                st.integers(-9_999_999, 9_999_999).map(lambda n: n / 1000),
                min_size=len(days), max_size=len(days),
            )
        )  # fmt: skip
        holes = draw(st.sets(st.integers(0, len(days) - 1), max_size=3))
        odd = draw(st.sets(st.integers(0, len(days) - 1), max_size=1))
        weird = draw(st.sampled_from(WEIRD))
        cells = [null if n in holes else weird if n in odd else write(v)
                 for n, v in enumerate(values)]  # fmt: skip
        columns.append(cells)
        series[name] = {d: v for n, (d, v) in enumerate(zip(days, values, strict=True))
                        if n not in holes | odd}  # fmt: skip
    dated = [[DATES[form](d), *(c[n] for c in columns)] for n, d in enumerate(days)]
    return Written(series, _headed(draw, names) + dated, False)


def _headed(draw: st.DrawFn, names: Sequence[str]) -> Rows:
    """Return header rows: one, several with labels, a title over it, or names in two levels."""
    kind = draw(st.sampled_from(("plain", "labels", "title", "levels", "wind")))
    if kind == "labels":
        return [
            ["指标名称", *names],
            ["频率", *["月"] * len(names)],
            ["来源", *["甲"] * len(names)],
        ]
    if kind == "title":
        return [["某某月度数据", *[None] * len(names)], ["日期", *names]]
    if kind == "levels":
        upper, lower = zip(*(n.rpartition(":")[::2] for n in names), strict=True)
        shown = [None if n and u == upper[n - 1] else u or None for n, u in enumerate(upper)]
        if all(upper):
            return [["月份", *shown], [None, *lower]]
    if kind == "wind":
        return [["国家", *["中国"] * len(names)], ["指标名称", *names],
                ["更新时间", *["2023-01-17"] * len(names)]]  # fmt: skip
    return [[draw(st.sampled_from(("日期", "date", "Month", "时间"))), *names]]


@st.composite
def sheets(draw: st.DrawFn) -> tuple[Rows, list[Mapping[str, Values]]]:
    form = draw(st.sampled_from(sorted(DATES)))
    names = draw(st.permutations(NAMES))
    arranged = draw(st.sampled_from(("one", "beside", "beside_gap", "below", "turned")))
    first = draw(blocks(names[: draw(st.integers(1, 3))], form))
    if arranged in ("one", "turned"):
        rows = first.rows
        return turned(rows) if arranged == "turned" else rows, [first.series]
    second = draw(blocks(names[3 : draw(st.integers(4, 6))], form))
    if arranged == "below":
        return [*first.rows, [], *second.rows], [first.series, second.series]
    gap = [None] if arranged == "beside_gap" else []
    width = max(map(len, first.rows))
    count = max(len(first.rows), len(second.rows))
    rows = []
    for n in range(count):
        left = first.rows[n] if n < len(first.rows) else []
        right = second.rows[n] if n < len(second.rows) else []
        rows.append([*left, *[None] * (width - len(left)), *gap, *right])
    return rows, [first.series, second.series]


def _cells(reading: SheetReading) -> set[str]:
    counted = {c for places in reading.coercions.values() for c in places}
    return counted | {r.cell for r in reading.refused}


@settings(max_examples=400, suppress_health_check=list(HealthCheck), deadline=None)
@given(sheets())
def test_what_was_written_is_read_or_refused(
    written: tuple[Rows, list[Mapping[str, Values]]],
) -> None:
    rows, wanted = written
    reading = read_sheet(Sheet("b.xlsx", "Sheet1", rows))
    known = {name: values for block in wanted for name, values in block.items()}
    got = {s.name: s.values for s in reading.series}
    for name, values in got.items():
        if not values:
            continue
        assert name in known, (name, rows[:4])
        for when, value in values.items():
            assert _same(known[name], when, value), (name, when, value, rows[:6])
    lost = {n: v for n, v in known.items() if v and len(got.get(n, {})) < len(v)}
    if lost:
        assert reading.refused or reading.recognised is None, (lost.keys(), rows[:6])


def _same(values: Values, when: date, value: float) -> bool:
    """Whether a month's value is what was written, on whatever day of the month."""
    own = [v for d, v in values.items() if (d.year, d.month) == (when.year, when.month)]
    return own == [value]


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(st.integers(-999, 999), min_size=3, max_size=12), st.booleans())
def test_percentages_are_read_as_shown(values: list[int], mixed: bool) -> None:
    from prosperity_excel.reading.cells import PercentCell

    days = months((2019, 1), len(values))
    cells: list[Any] = [PercentCell(v / 1000) for v in values]
    if mixed:
        cells[0] = values[0] / 10
    rows: Rows = [["指标名称", "M2:同比"], ["单位", "%"],
                  *([d, c] for d, c in zip(days, cells, strict=True))]  # fmt: skip
    (one,) = read_sheet(Sheet("b.xlsx", "S", rows)).series
    assert one.percent_shown
    assert list(one.values.values()) == [v / 10 for v in values]
