"""Making series monthly: half months, sums since January, mixed rhythms, breaks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.errors import SettingError
from prosperity_excel.series.breaks import (
    Break,
    apply_breaks,
    level_shifts,
    parse_break,
    suspicions,
    without_leading_zeros,
)
from prosperity_excel.series.monthly import (
    from_cumulative,
    growth,
    mixed_rhythms,
    rhythm_of,
    to_months,
)
from prosperity_excel.series.units import factor_between, same_unit, split_unit

from .exports import months


def weekdays(first: date, last: date) -> list[date]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [d for d in days if d.weekday() < 5]


def test_daily_values_by_definition_without_the_half_month() -> None:
    days = weekdays(date(2023, 9, 1), date(2023, 11, 15))
    values = {d: float(n) for n, d in enumerate(days)}
    september = [v for d, v in values.items() if d.month == 9]
    october = [v for d, v in values.items() if d.month == 10]
    for aggregate, wanted in (
        ("mean", [sum(september) / len(september), sum(october) / len(october)]),
        ("last", [september[-1], october[-1]]),
        ("sum", [sum(september), sum(october)]),
    ):
        made = to_months(values, aggregate=aggregate)  # type: ignore[arg-type]
        assert list(made.values) == [date(2023, 9, 30), date(2023, 10, 31)]
        assert list(made.values.values()) == pytest.approx(wanted)
        assert [m for m, _, _ in made.left_out] == [date(2023, 11, 30)]


def test_a_month_that_ends_on_a_weekend_is_over() -> None:
    # 30 September 2023 was a Saturday.
    days = weekdays(date(2023, 8, 1), date(2023, 9, 29))
    assert list(to_months(dict.fromkeys(days, 1.0)).values) == [
        date(2023, 8, 31),
        date(2023, 9, 30),
    ]


def test_no_sum_of_a_first_month_that_begins_late() -> None:
    days = weekdays(date(2023, 8, 16), date(2023, 9, 29))
    made = to_months(dict.fromkeys(days, 1.0), aggregate="sum")
    assert list(made.values) == [date(2023, 9, 30)]
    assert [m for m, _, _ in made.left_out] == [date(2023, 8, 31)]


def test_month_end_rows_before_daily_rows_keep_their_value() -> None:
    early = {date(1999, 11, 30): 5.0, date(1999, 12, 31): 6.0}
    days = weekdays(date(2000, 1, 3), date(2000, 6, 30))
    made = to_months({**early, **dict.fromkeys(days, 7.0)})
    assert made.values[date(1999, 11, 30)] == 5.0
    assert made.values[date(1999, 12, 31)] == 6.0
    assert made.values[date(2000, 6, 30)] == 7.0


def test_two_values_of_a_month_in_a_monthly_series_are_both_left_out() -> None:
    values = dict.fromkeys(months((2020, 1), 6), 1.0)
    values[date(2020, 3, 15)] = 2.0
    made = to_months(dict(sorted(values.items())), said="月")
    assert date(2020, 3, 31) not in made.values
    assert [m for m, _, _ in made.left_out] == [date(2020, 3, 31)]


def test_rhythms() -> None:
    assert rhythm_of(weekdays(date(2020, 1, 1), date(2020, 2, 1))) == "D"
    assert rhythm_of([date(2020, 1, 3) + timedelta(weeks=n) for n in range(9)]) == "W"
    assert rhythm_of(months((2020, 1), 9)) == "M"
    assert rhythm_of(months((2020, 1), 30)[2::3]) == "Q"
    assert rhythm_of(months((2000, 1), 60)[11::12]) == "A"
    assert rhythm_of(months((2020, 1), 9), "季") == "Q"
    assert rhythm_of(months((2020, 1), 2)) is None
    mixed = [*months((2000, 1), 60)[11::12], *months((2005, 1), 12)[2::3], *months((2006, 1), 9)]
    assert [r for _, r in mixed_rhythms(mixed)] == ["A", "Q", "M"]


FLOW = [5.0, 7.0, 3.0, 4.0, 6.0, 2.0, 8.0, 9.0, 1.0, 5.0, 6.0, 4.0]


def ytd(year: int, flow: list[float], *, january: bool) -> dict[date, float]:
    days = months((year, 1), 12)
    totals = [sum(flow[: n + 1]) for n in range(12)]
    return {d: t for d, t in zip(days, totals, strict=True) if january or d.month != 1}


def test_sums_with_january_become_the_months_again() -> None:
    made = from_cumulative(ytd(2020, FLOW, january=True))
    assert list(made.values.values()) == pytest.approx(FLOW)
    assert not made.known


@pytest.mark.parametrize(
    ("policy", "first", "second"),
    [("combined", None, 12.0), ("split", 6.0, 6.0), ("carried", 4.0, 6.0)],
)
def test_january_and_february_by_policy(policy: str, first: float | None, second: float) -> None:
    totals = {**ytd(2019, FLOW, january=True), **ytd(2020, FLOW, january=False)}
    made = from_cumulative(totals, policy)  # type: ignore[arg-type]
    january, february = date(2020, 1, 31), date(2020, 2, 29)
    assert made.values.get(january) == first
    assert made.values[february] == second
    assert made.values[date(2020, 3, 31)] == 3.0
    # What is put into January is known with February, or no news at all.
    assert made.known == ({january: february} if policy == "split" else {})


def test_a_missing_sum_leaves_the_next_month_unknown() -> None:
    totals = ytd(2020, FLOW, january=True)
    del totals[date(2020, 5, 31)]
    made = from_cumulative(totals)
    assert date(2020, 6, 30) not in made.values
    assert [m for m, _, _ in made.left_out] == [date(2020, 6, 30)]
    assert made.values[date(2020, 7, 31)] == 8.0


def test_growth() -> None:
    values = dict(zip(months((2020, 1), 14), range(10, 24), strict=True))
    found = growth({d: float(v) for d, v in values.items()})
    assert list(found) == months((2021, 1), 2)
    assert list(found.values()) == pytest.approx([120.0, 12 / 11 * 100])


@given(st.lists(st.floats(0.1, 100), min_size=12, max_size=12))
def test_parts_of_sums_add_up_again(flow: list[float]) -> None:
    for policy in ("combined", "split"):
        made = from_cumulative(ytd(2020, flow, january=False), policy)  # type: ignore[arg-type]
        assert sum(made.values.values()) == pytest.approx(sum(flow))


def rate(count: int, level: float = 80.0) -> dict[date, float]:
    return {d: level + (n * 7 % 5) / 4 for n, d in enumerate(months((2019, 1), count))}


def test_a_change_of_unit_is_asked_about_and_then_applied() -> None:
    values = {d: v / 100 if n < 20 else v for n, (d, v) in enumerate(rate(40).items())}
    (found,) = suspicions(values, series="utilisation")
    assert (found.kind, found.month, found.factor) == ("unit", months((2019, 1), 40)[20], 100.0)
    assert "utilisation@2020-09=100" in found.en
    answer = parse_break("utilisation@2020-09=100")
    assert not suspicions(values, [answer], "utilisation")
    mended, count = apply_breaks(values, "utilisation", [answer])
    assert count == 20
    assert list(mended.values()) == pytest.approx(list(rate(40).values()))
    untouched, none = apply_breaks(values, "utilisation", [Break("utilisation", answer.month, 1.0)])
    assert (untouched, none) == (values, 0)


def test_a_series_that_really_moves_is_not_asked_about() -> None:
    assert not suspicions({d: 1.05**n for n, d in enumerate(months((2000, 1), 120))})
    assert not suspicions(rate(100))
    doubled = {d: v * (2 if n > 30 else 1) for n, (d, v) in enumerate(rate(60).items())}
    assert not suspicions(doubled)


def test_a_change_of_unit_is_the_last_step_and_larger_than_what_is_usual() -> None:
    days = months((2019, 1), 24)
    steady = dict(zip(days, [1.0] * 10 + [5.0, 1.0] + [100.0] * 12, strict=True))
    assert [s.month for s in suspicions(steady)] == [days[12]]
    # What moves by 25 times from month to month anyway says nothing about units.
    wild = dict(zip(days, [0.2, *[1.0] * 9, 5.0, 1.0] + [100.0] * 12, strict=True))
    assert not suspicions(wild)


def test_zeros_in_front_are_asked_about() -> None:
    values = {d: 0.0 if n < 5 else v for n, (d, v) in enumerate(rate(30).items())}
    assert [s.kind for s in suspicions(values)] == ["zeros"]
    assert list(without_leading_zeros(values)) == months((2019, 1), 30)[5:]
    real = {d: float(n % 3) for n, d in enumerate(months((2019, 1), 30))}
    assert not suspicions(real)


def test_a_shift_of_level() -> None:
    days = months((2015, 1), 80)
    values = {d: (n * 7 % 5) / 10 + (30.0 if n >= 50 else 0.0) for n, d in enumerate(days)}
    assert [(s.month, s.factor) for s in level_shifts(values)] == [(days[50], 1.0)]
    spike = {d: (n * 7 % 5) / 10 + (30.0 if n == 50 else 0.0) for n, d in enumerate(days)}
    assert not level_shifts(spike)


@pytest.mark.parametrize(
    "text", ["x", "a@2020=1", "a@2020-13=1", "a@2020-01=0", "a@2020-01=x", "="]
)
def test_a_break_that_cannot_be_read(text: str) -> None:
    with pytest.raises(SettingError, match="bad_break"):
        parse_break(text)


@pytest.mark.parametrize(
    ("a", "b", "factor"),
    [("亿元", "万元", 1e4), ("万亿元", "亿元", 1e4), ("万吨", "吨", 1e4), ("元/吨", "元/吨", 1.0),
     ("万元/吨", "元/吨", 1e4), ("%", "亿元", None), ("元", "美元", None), ("千克", "吨", None),
     ("％", "%", 1.0), ("%", "指数", 1.0), ("百分点", "%", 1.0), ("万平方米", "㎡", 1e4)],
)  # fmt: skip
def test_units(a: str, b: str, factor: float | None) -> None:
    assert factor_between(a, b) == factor
    assert same_unit(a, b) == (factor == 1.0)


@pytest.mark.parametrize(
    ("name", "bare", "unit"),
    [
        ("M2:同比(%)", "M2:同比", "%"),
        ("产量:汽车（万辆）", "产量:汽车", "万辆"),
        ("现货价:浮法玻璃 (元/吨)", "现货价:浮法玻璃", "元/吨"),
        ("Brent (美元/桶)", "Brent", "美元/桶"),
        ("M2:同比", "M2:同比", ""),
        ("PMI(制造业)", "PMI(制造业)", ""),
        ("PPI(上年同月=100)", "PPI(上年同月=100)", ""),
        ("(%)", "(%)", ""),
        ("", "", ""),
    ],
)
def test_a_unit_in_brackets_behind_a_name(name: str, bare: str, unit: str) -> None:
    assert split_unit(name) == (bare, unit)
