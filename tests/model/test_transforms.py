"""Transforms: each step's arithmetic, what it does with holes, and that none sees the future."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from prosperity.errors import DefinitionError
from prosperity.settings import Settings
from prosperity.transforms import (
    STEPS,
    Cost,
    Step,
    apply_chain,
    between_breaks,
    compares,
    cost_of_holes,
    cuts_at,
    deseason,
    diff,
    ema,
    hp_one_sided,
    lag,
    level,
    log,
    ma,
    moments,
    monthly,
    parse_chain,
    pct,
    total,
    yoy,
)

from tests.model.helpers import by_month, month_ends

nan = math.nan
HIGHEST_LAMBDA = Settings.__dataclass_fields__["hp_lambda"].metadata["high"]
Transform = Callable[[pd.Series], pd.Series]


def zscore(values: pd.Series, **options: Any) -> pd.Series:
    """Distance from the mean in deviations, as :func:`moments` gives them."""
    mean, deviation = moments(values, **options)
    return (values - mean) / deviation


#: Every step of a chain, and the filters and scores that are no steps.
EVERY: dict[str, Transform] = {
    **{
        f"{name}({months})" if months else name: Step(name, months)
        for name, kind in STEPS.items()
        for months in ((2, 12) if kind.months else (None,))
    },
    "hp_one_sided": lambda v: hp_one_sided(v, 1600.0),
    "zscore expanding": lambda v: zscore(v, min_obs=4),
    "zscore rolling": lambda v: zscore(v, min_obs=4, window=9),
    "zscore rolling, all needed": lambda v: zscore(v, min_obs=9, window=9),
}
few_examples = settings(max_examples=25)
every_transform = pytest.mark.parametrize("transform", list(EVERY.values()), ids=list(EVERY))

cells = st.one_of(st.just(nan), st.integers(-40, 400).map(lambda n: n / 4))


@st.composite
def holey(draw: st.DrawFn, least: int = 2, most: int = 40) -> pd.Series:
    """A complete monthly Series with holes, zeros and negative values."""
    values = draw(st.lists(cells, min_size=least, max_size=most))
    return by_month(values, draw(st.sampled_from(["2000-01", "1999-11"])))


# --- one contract for all ---------------------------------------------------------------------


@every_transform
@few_examples
@given(data=st.data())
def test_nothing_sees_the_future(transform: Transform, data: st.DataObject) -> None:
    values = data.draw(holey())
    cut = data.draw(st.integers(1, len(values)))
    later = data.draw(st.lists(cells, min_size=len(values) - cut, max_size=len(values) - cut))
    altered = values.copy()
    altered.iloc[cut:] = later
    whole = transform(values).iloc[:cut]
    pd.testing.assert_series_equal(transform(altered).iloc[:cut], whole, check_exact=True)
    shortened = transform(values.iloc[:cut])
    pd.testing.assert_series_equal(shortened, whole, check_exact=True, check_freq=False)


@every_transform
@few_examples
@given(values=holey())
@example(values=by_month([*range(1, 21), nan, *range(1, 10)]))
def test_a_hole_stays_a_hole(transform: Transform, values: pd.Series) -> None:
    assert transform(values)[values.isna()].isna().all()


@every_transform
@few_examples
@given(values=holey())
def test_the_months_stay_and_the_input_is_left_alone(
    transform: Transform, values: pd.Series
) -> None:
    before = values.copy()
    result = transform(values)
    assert result.index.equals(values.index)
    assert result.dtype == float
    pd.testing.assert_series_equal(values, before, check_exact=True)


@every_transform
def test_no_values_at_all_give_none(transform: Transform) -> None:
    assert transform(by_month([nan] * 30)).isna().all()


@every_transform
@few_examples
@given(values=holey())
def test_nothing_infinite_ever_comes_out(transform: Transform, values: pd.Series) -> None:
    assert not np.isinf(transform(values)).any()


def test_only_the_full_sample_score_sees_the_future() -> None:
    values = by_month(np.arange(10.0))
    altered = values.copy()
    altered.iloc[-1] = 1000.0
    before, after = (zscore(v, min_obs=4, full=True) for v in (values, altered))
    assert before.iloc[0] != after.iloc[0]


# --- growth -----------------------------------------------------------------------------------


def test_level_is_the_value_itself() -> None:
    values = by_month([1.0, nan, -3.0])
    pd.testing.assert_series_equal(level(values), values)


def test_yoy_is_the_percent_change_on_the_same_month_a_year_earlier() -> None:
    values = by_month([*range(1, 13), 2.0, 3.0])
    got = yoy(values)
    assert got.iloc[:12].isna().all()
    assert got.iloc[12:].tolist() == [100.0, 50.0]


@pytest.mark.parametrize("base", [0.0, -0.0, -5.0, nan])
def test_growth_on_a_base_that_is_not_positive_is_unknown(base: float) -> None:
    values = by_month([base, *[1.0] * 11, 3.0])
    assert math.isnan(yoy(values).iloc[12])
    assert math.isnan(pct(values, 12).iloc[12])
    assert math.isnan(pct(values, 1).iloc[1])


def test_growth_to_a_value_that_is_not_positive_is_known() -> None:
    assert yoy(by_month([4.0] * 12 + [-2.0])).iloc[12] == -150.0


def test_pct_and_diff_look_back_by_months() -> None:
    values = by_month([2.0, 4.0, 5.0, nan, 10.0])
    assert pct(values, 1).tolist() == pytest.approx([nan, 100.0, 25.0, nan, nan], nan_ok=True)
    assert pct(values, 2).tolist() == pytest.approx([nan, nan, 150.0, nan, 100.0], nan_ok=True)
    assert diff(values, 1).tolist() == pytest.approx([nan, 2.0, 1.0, nan, nan], nan_ok=True)
    assert diff(values, 2).tolist() == pytest.approx([nan, nan, 3.0, nan, 5.0], nan_ok=True)
    assert diff(values * -1, 2).iloc[2] == -3.0  # a difference needs no positive base


def test_yoy_is_pct_of_twelve_months() -> None:
    values = by_month(np.linspace(1, 9, 30))
    pd.testing.assert_series_equal(yoy(values), pct(values, 12), check_exact=True)


# --- means, sums, lags ------------------------------------------------------------------------


def test_ma_needs_half_of_its_months_and_this_one() -> None:
    values = by_month([1.0, nan, 3.0, 8.0, nan, nan, 6.0])
    expected = [nan, nan, 2.0, 5.5, nan, nan, nan]  # at least 2 of 3, and none in a hole
    assert ma(values, 3).tolist() == pytest.approx(expected, nan_ok=True)
    assert ma(values, 4).tolist() == pytest.approx([nan, nan, 2.0, 4.0, nan, nan, 7.0], nan_ok=True)
    pd.testing.assert_series_equal(ma(values, 1), values)


def test_a_sum_may_lack_a_month_in_twelve_and_is_scaled_up() -> None:
    values = by_month(np.arange(1.0, 41.0))
    values.iloc[20] = nan
    got = total(values, 12)
    assert got.iloc[:11].isna().all()  # the months before the first value are no holes
    assert got.iloc[11] == sum(range(1, 13))
    assert math.isnan(got.iloc[20])
    window = values.iloc[10:22].dropna()
    assert got.iloc[21] == pytest.approx(window.sum() * 12 / 11)
    assert math.isnan(total(values, 12, holes=0).iloc[21])
    values.iloc[25] = nan
    assert math.isnan(total(values, 12).iloc[26])  # two of twelve
    assert math.isfinite(total(values, 12, holes=2).iloc[26])
    assert math.isfinite(total(values, 24).iloc[26])  # two of twenty-four
    assert math.isnan(total(values, 11).iloc[21])  # a month in twelve is none in eleven


@pytest.mark.parametrize("months", [3, 11, 12, 23, 24, 96])
@pytest.mark.parametrize("holes", [0, 1, 2, 6])
def test_how_many_months_a_sum_may_lack(months: int, holes: int) -> None:
    allowed = math.floor(months * holes / 12)
    values = by_month(np.ones(2 * months))
    for missing in (allowed, allowed + 1):
        if missing < months:
            holed = values.copy()
            holed.iloc[months : months + missing] = nan
            got = total(holed, months, holes=holes).iloc[months + missing]
            assert math.isfinite(got) is (missing == allowed)
            assert missing > allowed or got == pytest.approx(months)


def test_a_hole_costs_itself_and_the_month_that_compares_with_it() -> None:
    sales = by_month(100.0 + np.arange(140) % 11)
    sales.iloc[110] = nan
    growth = apply_chain(sales, parse_chain("sum(96) | yoy"))
    assert growth.index[growth.isna()].tolist()[107:] == list(sales.index[[110, 122]])
    cost = cost_of_holes(sales, parse_chain("sum(96) | yoy"))
    assert cost == Cost((sales.index[110],), (sales.index[122],))
    all_of_them = cost_of_holes(sales, parse_chain("sum(96) | yoy"), holes=0)
    assert all_of_them == Cost((sales.index[110],), tuple(sales.index[111:]))


def test_holes_that_cost_nothing_are_not_blamed() -> None:
    values = by_month(100.0 + np.arange(60))
    values[values.index.month == 1] = nan  # never published, so never compared with
    assert cost_of_holes(values, parse_chain("yoy")) == Cost()
    assert cost_of_holes(values, parse_chain("level")) == Cost()
    assert cost_of_holes(values.dropna(), parse_chain("yoy")) == Cost()
    values.iloc[16] = nan
    assert cost_of_holes(values, parse_chain("yoy")) == Cost(
        (values.index[16],), (values.index[28],)
    )
    # A change of definition costs a year by itself, and no hole is to blame for that.
    assert cost_of_holes(values, parse_chain("yoy"), [values.index[20]]) == Cost()


def test_holes_that_only_together_cost_a_month_are_all_blamed() -> None:
    values = by_month(np.ones(40))
    values.iloc[[20, 22, 24]] = nan
    cost = cost_of_holes(values, parse_chain("sum(12)"), holes=1)
    assert set(cost.holes) == set(values.index[[20, 22, 24]])
    assert values.index[25] in cost.lost


def test_sum_needs_all_of_its_months_when_it_is_short() -> None:
    values = by_month([1.0, 2.0, 4.0, nan, 8.0, 16.0, 32.0])
    assert total(values, 2).tolist() == pytest.approx(
        [nan, 3.0, 6.0, nan, nan, 24.0, 48.0], nan_ok=True
    )


@pytest.mark.parametrize(("count", "known"), [(107, 0), (108, 1), (120, 13)])
def test_park_growth_needs_108_months(count: int, known: int) -> None:
    """Section 9.1, item 6: with fewer than 108 months of sales there is no park growth."""
    sales = by_month(100.0 + np.arange(count))
    growth = apply_chain(sales, parse_chain("sum(96) | yoy"))
    assert growth.notna().sum() == known
    if known:
        now, before = sales.iloc[12:108].sum(), sales.iloc[:96].sum()
        assert growth.iloc[107] == pytest.approx((now / before - 1) * 100)


@given(holey(), st.integers(1, 8))
def test_ema_against_a_loop(values: pd.Series, months: int) -> None:
    keep = 1 - 2 / (months + 1)
    weights: list[float] = []
    seen: list[float] = []
    expected = []
    for value in values:
        if math.isnan(value):
            expected.append(nan)  # a hole is passed over: it neither counts nor ages the rest
            continue
        seen.append(value)
        weights = [w * keep for w in weights] + [1.0]
        expected.append(np.dot(weights, seen) / sum(weights))
    np.testing.assert_allclose(ema(values, months), expected, rtol=1e-9, atol=1e-9)


def test_lag_is_the_value_of_months_ago() -> None:
    values = by_month([1.0, 2.0, nan, 4.0, 5.0])
    assert lag(values, 2).iloc[[1, 3, 4]].tolist() == pytest.approx([nan, 2.0, nan], nan_ok=True)


@settings(max_examples=40)
@given(holey(least=20))
def test_deseason_against_a_loop(values: pd.Series) -> None:
    expected = []
    for day, value in values.items():
        same = values[(values.index.month == day.month) & (values.index < day)].dropna()
        expected.append(value - same.mean() if len(same) else nan)
    np.testing.assert_allclose(deseason(values), expected, rtol=1e-9, atol=1e-9)


def test_log_of_what_is_positive() -> None:
    got = log(by_month([1.0, math.e, 0.0, -1.0, nan]))
    assert got.tolist() == pytest.approx([0.0, 1.0, nan, nan, nan], nan_ok=True)


# --- the one-sided Hodrick-Prescott filter ----------------------------------------------------


def dense_hp_end_point(values: np.ndarray, smoothing: float) -> float:
    """Solve (I + smoothing D'D) trend = values with a dense matrix; return the last point."""
    n = len(values)
    if n < 3:
        return float(values[-1])
    second = np.zeros((n - 2, n))
    for row in range(n - 2):
        second[row, row : row + 3] = 1.0, -2.0, 1.0
    return float(np.linalg.solve(np.eye(n) + smoothing * second.T @ second, values)[-1])


@given(holey(most=25), st.sampled_from([0.5, 100.0, 14400.0]))
def test_hp_against_a_dense_solution_of_each_months_own_sample(
    values: pd.Series, smoothing: float
) -> None:
    known = values.dropna().to_numpy()
    expected = values.copy()
    expected[values.notna()] = [
        dense_hp_end_point(known[:size], smoothing) for size in range(1, len(known) + 1)
    ]
    np.testing.assert_allclose(hp_one_sided(values, smoothing), expected, rtol=1e-7, atol=1e-7)


def test_hp_leaves_a_straight_line_alone_and_the_first_two_values() -> None:
    line = by_month(3.0 + 2.0 * np.arange(30))
    np.testing.assert_allclose(hp_one_sided(line, 14400.0), line, rtol=1e-9)
    bent = by_month([5.0, -1.0, 9.0, 2.0])
    assert hp_one_sided(bent, 14400.0).iloc[:2].tolist() == [5.0, -1.0]


def test_hp_smooths_more_with_a_larger_lambda() -> None:
    rough = by_month(np.arange(60) + 5.0 * (-1.0) ** np.arange(60))
    wiggle = [hp_one_sided(rough, s).iloc[20:].diff().std() for s in (0.001, 10.0, 14400.0)]
    assert wiggle[0] > 1.5 * wiggle[1] > 1.5 * 1.5 * wiggle[2]


# --- scores -----------------------------------------------------------------------------------


def loop_zscore(
    values: np.ndarray, min_obs: int, window: int | None, full: bool = False
) -> np.ndarray:
    out = np.full(len(values), nan)
    for t, value in enumerate(values):
        first = 0 if window is None else max(0, t - window + 1)
        past = values if full else values[first : t + 1]
        known = past[~np.isnan(past)]
        needed = min_obs if window is None or full else min(min_obs, window)
        if not math.isnan(value) and len(known) >= max(needed, 2) and len(set(known)) > 1:
            out[t] = (value - known.mean()) / known.std(ddof=1)
    return out


@given(
    values=holey(most=50),
    min_obs=st.integers(2, 12),
    window=st.one_of(st.none(), st.integers(2, 15)),
)
def test_zscore_against_a_loop(values: pd.Series, min_obs: int, window: int | None) -> None:
    got = zscore(values, min_obs=min_obs, window=window)
    expected = loop_zscore(values.to_numpy(), min_obs, window)
    np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-7)


@given(values=holey(most=50), min_obs=st.integers(2, 12))
def test_full_sample_zscore_against_a_loop(values: pd.Series, min_obs: int) -> None:
    got = zscore(values, min_obs=min_obs, full=True)
    expected = loop_zscore(values.to_numpy(), min_obs, None, full=True)
    np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-7)


def test_zscore_begins_when_enough_values_are_published() -> None:
    values = by_month([1.0, nan, 2.0, nan, 4.0, 8.0])
    assert zscore(values, min_obs=3).notna().tolist() == [False] * 4 + [True, True]
    # A window shorter than min_obs asks for its own length.
    assert zscore(by_month([1.0, 2.0, 4.0]), min_obs=36, window=3).notna().tolist() == [
        *[False, False],
        True,
    ]


FLAT_MAKERS: dict[str, Transform] = {
    "raw": lambda v: v,
    "ma": lambda v: ma(v, 3),
    "ema": lambda v: ema(v, 3),
    "hp": lambda v: hp_one_sided(v, 14400.0),
}


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 7.3, 100.0, 1234.567, 1e6])
@pytest.mark.parametrize("smooth", FLAT_MAKERS.values(), ids=FLAT_MAKERS)
def test_a_flat_series_has_no_score(smooth: Transform, value: float) -> None:
    """Rounding noise of a filter must not become a score of one or two deviations."""
    flat = smooth(by_month([value] * 60))
    for score in (
        zscore(flat, min_obs=12),
        zscore(flat, min_obs=12, window=24),
        zscore(flat, min_obs=12, full=True),
    ):
        assert score.isna().all()


@pytest.mark.parametrize("smoothing", [1600.0, 129600.0, HIGHEST_LAMBDA])
def test_a_flat_series_has_no_score_under_any_filter_that_can_be_set(smoothing: float) -> None:
    flat = hp_one_sided(by_month([7.3] * 120), smoothing)
    assert zscore(flat, min_obs=36).isna().all()


def test_a_series_that_went_flat_has_no_score_once_the_window_is_flat() -> None:
    values = by_month([5.0, 1e5, -3.0, 700.0, *[0.1] * 20])
    score = zscore(values, min_obs=4, window=6)
    assert score.iloc[3:9].notna().all()
    assert score.iloc[9:].isna().all()


def test_a_small_but_real_spread_has_a_score() -> None:
    values = by_month([100.0, 100.001, 100.0, 100.001])
    assert zscore(values, min_obs=2).iloc[1:].notna().all()


@given(values=holey(most=40), window=st.one_of(st.none(), st.integers(2, 12)))
def test_moments_are_those_of_the_score(values: pd.Series, window: int | None) -> None:
    mean, deviation = moments(values, min_obs=3, window=window)
    score = zscore(values, min_obs=3, window=window)
    pd.testing.assert_series_equal((values - mean) / deviation, score, check_exact=True)
    assert not (deviation <= 0).any()


# --- months and chains ------------------------------------------------------------------------


def test_monthly_puts_every_calendar_month_in() -> None:
    months = month_ends(5)
    got = monthly(pd.Series([1, 2, 3], index=months[[0, 1, 4]]))
    assert got.index.equals(months)
    assert got.tolist() == pytest.approx([1.0, 2.0, nan, nan, 3.0], nan_ok=True)
    assert got.dtype == float


def test_monthly_of_nothing_is_nothing() -> None:
    got = monthly(pd.Series([], index=pd.DatetimeIndex([]), dtype=object))
    assert got.empty
    assert got.dtype == float


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("level", [Step("level")]),
        ("yoy", [Step("yoy")]),
        ("ma(12)", [Step("ma", 12)]),
        ("sum(96) | yoy", [Step("sum", 96), Step("yoy")]),
        ("sum(96)|yoy|lag(1)", [Step("sum", 96), Step("yoy"), Step("lag", 1)]),
        (" YoY | MA( 3 ) ", [Step("yoy"), Step("ma", 3)]),
        ("diff(999)", [Step("diff", 999)]),
    ],
)
def test_a_chain_is_read_from_left_to_right(text: str, expected: list[Step]) -> None:
    assert list(parse_chain(text)) == expected


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("yoyy", "unknown_transform", "yoy"),
        ("yo", "unknown_transform", "yoy"),
        ("deseasonal", "unknown_transform", "deseason"),
        ("yoy | lgo", "unknown_transform", "log"),
        ("yoy, lag(1)", "unknown_transform", "lag"),
        ("qqqq", "unknown_transform", "level、yoy、pct"),  # nothing near: all are listed
        ("", "unknown_transform", "level、yoy、pct"),
        ("yoy |", "unknown_transform", "level、yoy、pct"),
        ("| yoy", "unknown_transform", "level、yoy、pct"),
        ("ma(3", "unknown_transform", "ma"),
        ("ma(-3)", "unknown_transform", "ma"),
        ("ma(1.5)", "unknown_transform", "ma"),
        ("ma(1000)", "unknown_transform", "ma"),
        ("ma()", "unknown_transform", "ma"),
        ("ma", "bad_transform", "ma(12)"),
        ("ma(0)", "bad_transform", "ma(12)"),
        ("sum", "bad_transform", "sum(12)"),
        ("yoy(12)", "bad_transform", "yoy"),
        ("log(2)", "bad_transform", "log"),
        ("level(1)", "bad_transform", "level"),
    ],
)
def test_a_chain_that_cannot_be_read_says_what_to_write(text: str, code: str, hint: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_chain(text, where="somewhere")
    assert caught.value.code == code
    assert caught.value.where == "somewhere"
    assert hint in caught.value.zh
    assert hint in caught.value.en


def test_every_step_can_be_written_in_a_chain_and_runs() -> None:
    values = by_month(np.linspace(1, 5, 30))
    for name, kind in STEPS.items():
        (step,) = parse_chain(f"{name}(2)" if kind.months else name)
        assert step == Step(name, 2 if kind.months else None)
        assert math.isfinite(step(values).iloc[-1])


def test_a_chain_runs_from_left_to_right() -> None:
    values = by_month(np.arange(1.0, 31.0))
    summed_first = apply_chain(values, parse_chain("sum(3) | yoy"))
    pd.testing.assert_series_equal(summed_first, yoy(total(values, 3)))
    pd.testing.assert_series_equal(
        apply_chain(values, parse_chain("yoy | sum(3)")), total(yoy(values), 3)
    )
    assert not summed_first.equals(total(yoy(values), 3))


def test_an_empty_chain_changes_nothing() -> None:
    values = by_month([1.0, nan, 2.0])
    pd.testing.assert_series_equal(apply_chain(values, ()), values)


# --- breaks of definition ---------------------------------------------------------------------

BREAK = month_ends(60)[30]


@pytest.mark.parametrize("chain", ["yoy", "pct(3)", "diff(12)", "ma(6)", "sum(12) | yoy", "level"])
def test_no_step_looks_across_a_break(chain: str) -> None:
    """What stands before a break may be anything at all and changes nothing after it."""
    values = by_month(100.0 + np.arange(60) % 7)
    steps = parse_chain(chain)
    found = apply_chain(values, steps, [BREAK])
    assert found.index.equals(values.index)
    other = values.where(values.index >= BREAK, values * 9.0)
    after = apply_chain(other, steps, [BREAK])[30:]
    pd.testing.assert_series_equal(found[30:], after)
    pd.testing.assert_series_equal(found[:30], apply_chain(values, steps)[:30])
    pd.testing.assert_series_equal(found[30:], apply_chain(values[30:], steps))


@few_examples
@every_transform
@given(data=st.data())
def test_nothing_before_a_break_touches_what_follows(
    transform: Transform, data: st.DataObject
) -> None:
    values = data.draw(holey())
    cut = data.draw(st.integers(1, len(values) - 1))
    other = values.copy()
    other.iloc[:cut] = data.draw(st.lists(cells, min_size=cut, max_size=cut))
    found, changed = (
        between_breaks(series, cuts_at(series.index, [values.index[cut]]), transform)
        for series in (values, other)
    )
    pd.testing.assert_series_equal(found[cut:], changed[cut:], check_exact=True)
    alone = transform(values.iloc[cut:])
    pd.testing.assert_series_equal(found[cut:], alone, check_exact=True, check_freq=False)
    before = transform(values.iloc[:cut])
    pd.testing.assert_series_equal(found[:cut], before, check_exact=True, check_freq=False)


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ("diff(1)", [1.0, nan, 1.0]),
        ("pct(1)", [100 / 29, nan, 100 / 1000]),
        ("lag(1)", [29.0, nan, 1000.0]),
        ("ma(2)", [29.5, 1000.0, 1000.5]),
        ("sum(2)", [59.0, nan, 2001.0]),
        ("ema(1)", [30.0, 1000.0, 1001.0]),
        ("level", [30.0, 1000.0, 1001.0]),
    ],
)
def test_the_month_of_a_break_is_the_first_of_the_new_definition(
    chain: str, expected: list[float]
) -> None:
    """One month early or late would join the last old value, or part off the first new one."""
    values = by_month([*range(1, 31), *range(1000, 1030)])
    found = apply_chain(values, parse_chain(chain), [BREAK])
    assert found.iloc[29:32].tolist() == pytest.approx(expected, nan_ok=True)
    if chain == "ema(1)":
        return
    slow = apply_chain(values, parse_chain("ema(5)"), [BREAK])
    assert slow.iloc[30] == 1000.0
    seasons = apply_chain(values, parse_chain("deseason"), [BREAK])
    assert seasons.iloc[30:42].isna().all()
    assert seasons.iloc[42] == 12.0


def test_the_first_year_after_a_break_has_no_rate_on_a_year() -> None:
    values = by_month(np.where(np.arange(60) < 30, 100.0, 200.0))
    across = apply_chain(values, parse_chain("yoy"))
    assert across[30:42].tolist() == [100.0] * 12
    found = apply_chain(values, parse_chain("yoy"), [BREAK])
    assert found[30:42].isna().all()
    assert found[42:].tolist() == [0.0] * 18


def test_breaks_outside_the_data_and_twice_are_none() -> None:
    values = by_month(100.0 + np.arange(40))
    steps = parse_chain("yoy")
    plain = apply_chain(values, steps)
    outside = [values.index[0], pd.Timestamp("1990-01-31"), pd.Timestamp("2050-01-31")]
    pd.testing.assert_series_equal(apply_chain(values, steps, outside), plain)
    twice = apply_chain(values, steps, [BREAK, BREAK])
    pd.testing.assert_series_equal(twice, apply_chain(values, steps, [BREAK]))
    assert apply_chain(by_month([]), steps, [BREAK]).empty


@pytest.mark.parametrize(
    ("chain", "changes"),
    [("yoy", True), ("sum(96) | yoy", True), ("level", False), ("ma(3) | log", False)],
)
def test_chains_that_compare_months(chain: str, changes: bool) -> None:
    assert compares(parse_chain(chain)) is changes
