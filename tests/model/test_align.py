"""Alignment: each decision date sees exactly the values that were public by then.

The reference below does nothing cleverly: for each date it takes the values released by then,
computes everything anew from them in plain Python, and reads off the last month.
"""

from __future__ import annotations

import calendar as civil
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prosperity import align as align_module
from prosperity.align import Aligned, align, align_all, oldest_age, shifted, source_observations
from prosperity.catalog import catalog
from prosperity.definition import Indicator
from prosperity.panel import Observations, Panel, observations
from prosperity.scoring import chain_of, denoise, is_published_growth, scores
from prosperity.settings import Settings
from prosperity.transforms import parse_chain

from tests.counts import count, counted
from tests.model.helpers import NO_PRICES, by_month, industry_of, month_ends, panel_of, wave

nan = math.nan
Month = int  # twelve times the year, plus the month, from 0
Values = dict[Month, float]


# --- the reference ----------------------------------------------------------------------------


def last_day(month: Month) -> date:
    year, of_year = divmod(month, 12)
    return date(year, of_year + 1, civil.monthrange(year, of_year + 1)[1])


def months_later(day: date, months: int) -> date:
    year, of_year = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, of_year + 1, min(day.day, civil.monthrange(year, of_year + 1)[1]))


def number(day: pd.Timestamp | date) -> Month:
    return day.year * 12 + day.month - 1


def looked_back(values: Values, months: int, combine: Callable[[float, float], float]) -> Values:
    return {m: combine(v, values.get(m - months, nan)) for m, v in values.items()}


def growth(now: float, base: float) -> float:
    return (now / base - 1) * 100 if base > 0 else nan


def summed(values: Values, months: int) -> Values:
    return {m: sum(values.get(k, nan) for k in range(m - months + 1, m + 1)) for m in values}


def averaged(values: Values, months: int) -> Values:
    out = {}
    for m, value in values.items():
        known = [values.get(k, nan) for k in range(m - months + 1, m + 1)]
        known = [v for v in known if not math.isnan(v)]
        enough = len(known) >= math.ceil(months / 2) and not math.isnan(value)
        out[m] = sum(known) / len(known) if enough else nan
    return out


def exponential(values: Values, months: int) -> Values:
    out, top, bottom = {}, 0.0, 0.0
    keep = 1 - 2 / (months + 1)
    for m, value in sorted(values.items()):
        if math.isnan(value):
            out[m] = nan
            continue
        top, bottom = top * keep + value, bottom * keep + 1
        out[m] = top / bottom
    return out


def hodrick_prescott(values: Values, smoothing: float) -> Values:
    out: Values = {}
    seen: list[float] = []
    for m, value in sorted(values.items()):
        if math.isnan(value):
            out[m] = nan
            continue
        seen.append(value)
        n = len(seen)
        second = np.diff(np.eye(n), 2, axis=0) if n > 2 else np.zeros((1, n))
        out[m] = float(np.linalg.solve(np.eye(n) + smoothing * second.T @ second, seen)[-1])
    return out


CHAINS: dict[str, Callable[[Values], Values]] = {
    "level": lambda v: v,
    "yoy": lambda v: looked_back(v, 12, growth),
    "pct(2)": lambda v: looked_back(v, 2, growth),
    "diff(3)": lambda v: looked_back(v, 3, lambda a, b: a - b),
    "ma(4)": lambda v: averaged(v, 4),
    "sum(2) | diff(1)": lambda v: looked_back(summed(v, 2), 1, lambda a, b: a - b),
    "diff(1) | ma(3)": lambda v: averaged(looked_back(v, 1, lambda a, b: a - b), 3),
    "lag(2)": lambda v: looked_back(v, 2, lambda a, b: nan if math.isnan(a) else b),
}


def filtered(values: Values, settings: Settings) -> Values:
    if settings.denoise == "ma":
        return averaged(values, settings.denoise_months)
    if settings.denoise == "ema":
        return exponential(values, settings.denoise_months)
    if settings.denoise == "hp":
        return hodrick_prescott(values, settings.hp_lambda)
    return values


@dataclass
class Moments:
    """What a value is standardised with."""

    mean: float = 0.0
    spread: float = 1.0

    def score(self, value: float, indicator: Indicator, settings: Settings) -> float:
        score = indicator.sign * (value - self.mean) / self.spread
        return nan if math.isnan(score) else max(-settings.clip, min(settings.clip, score))


def moments(values: Values, indicator: Indicator, settings: Settings) -> dict[Month, Moments]:
    out = {}
    for m in values:
        out[m] = Moments()
        if indicator.standardise:
            first = -1 if settings.window is None else m - settings.window + 1
            past = [v for k, v in values.items() if first <= k <= m and not math.isnan(v)]
            needed = settings.min_obs
            if settings.window is not None:
                needed = min(needed, settings.window)
            mean = np.mean(past) if past else nan
            spread = np.std(past, ddof=1) if len(past) > 1 else nan
            flat = not spread > 1e-12 * max(1.0, abs(mean))
            out[m] = Moments(mean, nan if flat or len(past) < needed else spread)
    return out


@dataclass
class Seen:
    """What one decision date saw."""

    raw: float = nan
    transformed: float = nan
    score: float = nan
    period: Month | None = None
    release: pd.Timestamp | None = None
    stale: bool = False
    moments: Moments = field(default_factory=Moments)


def seen(
    published: Mapping[Month, tuple[float, date]],
    indicator: Indicator,
    month: Month,
    decision: date,
    settings: Settings,
) -> Seen:
    """Compute what was known on ``decision`` from nothing but what was public by then."""

    def usable(period: Month, release: date) -> date:
        since = release if settings.timing == "released" else last_day(period)
        return months_later(since, settings.extra_lag_months)

    cutoff = decision if settings.timing == "released" else last_day(month)
    known = {m: v for m, (v, day) in published.items() if usable(m, day) <= cutoff}
    if not known:
        return Seen()
    raw = {m: known.get(m, nan) for m in range(min(known), max(known) + 1)}
    transformed = CHAINS[indicator.transform](raw)
    if indicator.denoise:
        transformed = filtered(transformed, settings)
    made_with = moments(transformed, indicator, settings)
    score = {m: made_with[m].score(v, indicator, settings) for m, v in transformed.items()}
    scoring = [m for m in known if not math.isnan(score[m])]
    if not scoring:
        return Seen()
    latest = max(scoring)
    release = pd.Timestamp(published[latest][1])
    due = math.ceil(indicator.lag_days / 31) + (2 if indicator.frequency == "Q" else 0)
    if month - latest > due + settings.extra_lag_months + settings.max_carry:
        return Seen(period=latest, release=release, stale=True)
    values = known[latest], transformed[latest], score[latest]
    return Seen(*values, latest, release, moments=made_with[latest])


def assert_equal_to_reference(
    observed: Observations,
    indicator: Indicator,
    months: pd.DatetimeIndex,
    decisions: pd.DatetimeIndex,
    settings: Settings,
) -> None:
    published = {
        number(day): (float(row["value"]), row["release"].date())
        for day, row in observed.frame.iterrows()
    }
    expected = [
        seen(published, indicator, number(m), d.date(), settings)
        for m, d in zip(months, decisions, strict=True)
    ]
    got = align(observed, indicator, months, decisions, settings)
    for name in ("raw", "transformed", "score"):
        wanted = [getattr(e, name) for e in expected]
        np.testing.assert_allclose(getattr(got, name), wanted, rtol=1e-6, atol=1e-6, err_msg=name)
    back = settings.lookback
    before = [
        now.moments.score(expected[t - back].transformed, indicator, settings)
        if t >= back and not math.isnan(now.score)
        else nan
        for t, now in enumerate(expected)
    ]
    np.testing.assert_allclose(got.previous, before, rtol=1e-6, atol=1e-6, err_msg="previous")
    periods = [None if pd.isna(p) else number(pd.Timestamp(p)) for p in got.period]
    assert periods == [e.period for e in expected]
    released = [None if pd.isna(r) else pd.Timestamp(r) for r in got.release]
    assert released == [e.release for e in expected]
    assert got.stale.tolist() == [e.stale for e in expected]


# --- against the reference --------------------------------------------------------------------

conventions = st.builds(
    Settings,
    timing=st.sampled_from(["released", "released", "period"]),
    denoise=st.sampled_from(["ma", "ema", "hp", "none"]),
    denoise_months=st.integers(1, 4),
    hp_lambda=st.sampled_from([1.0, 100.0]),
    window=st.one_of(st.none(), st.integers(2, 8)),
    min_obs=st.integers(2, 5),
    clip=st.sampled_from([0.5, 1.0, 3.0]),
    lookback=st.integers(1, 4),
    max_carry=st.integers(0, 4),
    extra_lag_months=st.integers(0, 2),
)
inputs = st.builds(
    lambda **fields: industry_of({"a": fields}).indicators[0],
    transform=st.sampled_from(list(CHAINS)),
    denoise=st.booleans(),
    standardise=st.booleans(),
    sign=st.sampled_from([1, -1]),
    lag_days=st.sampled_from([0, 18, 31, 45]),
    frequency=st.sampled_from(["M", "Q"]),
)


@st.composite
def published(draw: st.DrawFn, size: int, latest: int) -> Observations:
    """A series with holes, each value with a release date of its own up to ``latest`` days on."""
    months = month_ends(size)
    present = draw(
        st.lists(st.sampled_from([True, True, True, False]), min_size=size, max_size=size)
    )
    values = draw(st.lists(st.integers(-20, 60), min_size=size, max_size=size))
    # Some releases fall exactly on a month end, a decision date.
    lag = st.one_of(st.integers(-20, latest), st.sampled_from([0, 29, 30, 31, 60, 61]))
    lags = draw(st.lists(lag, min_size=size, max_size=size))
    column = pd.Series(np.where(present, np.array(values, dtype=float), nan), index=months)
    stated = pd.Series(months + pd.to_timedelta(lags, unit="D"), index=months)
    return observations("a", column, calendar=NO_PRICES, releases=stated)


@hypothesis_settings(max_examples=100)
@given(data=st.data(), settings=conventions, indicator=inputs)
def test_each_date_sees_what_was_released_by_then_whatever_the_order(
    data: st.DataObject, settings: Settings, indicator: Indicator
) -> None:
    size = data.draw(st.one_of(st.integers(8, 22), st.integers(1, 7)))
    observed = data.draw(published(size=size, latest=80))
    months = month_ends(14, data.draw(st.sampled_from(["2000-01", "2000-12"])))
    rebalance = data.draw(st.sampled_from(["month_end", "sixth", "calendar"]))
    decisions = months if rebalance == "calendar" else NO_PRICES.decision_dates(months, rebalance)
    assert_equal_to_reference(observed, indicator, months, decisions, settings)


@hypothesis_settings(max_examples=60)
@given(data=st.data(), settings=conventions, indicator=inputs)
def test_each_date_sees_what_was_released_by_then_in_order(
    data: st.DataObject, settings: Settings, indicator: Indicator
) -> None:
    size = data.draw(st.integers(1, 30))
    values = pd.Series(
        data.draw(
            st.lists(
                st.one_of(st.just(nan), st.integers(-20, 60).map(float)),
                min_size=size,
                max_size=size,
            )
        ),
        index=month_ends(size),
        dtype=float,
    )
    lag = data.draw(st.integers(0, 60))
    observed = observations("a", values, calendar=NO_PRICES, lag_days=lag)
    assert observed.in_order
    months = month_ends(36)
    assert_equal_to_reference(observed, indicator, months, months, settings)


@hypothesis_settings(max_examples=12)
@given(data=st.data(), settings=conventions, indicator=inputs)
def test_nothing_released_later_changes_what_was_seen(
    data: st.DataObject, settings: Settings, indicator: Indicator
) -> None:
    """Promise 1 of the design, for one indicator."""
    settings = replace(settings, timing="released")
    observed = data.draw(published(size=18, latest=110))
    months = month_ends(18)
    cut = data.draw(st.integers(0, 17))
    frame = observed.frame.copy()
    late = frame["release"] > months[cut]
    frame.loc[late, "value"] = data.draw(st.sampled_from([-1e6, 0.0, 12.5]))
    gone = replace(observed, frame=observed.frame[~late])
    whole = align(observed, indicator, months, months, settings)
    for other in (replace(observed, frame=frame), gone):
        got = align(other, indicator, months, months, settings)
        for name in ("raw", "transformed", "score", "previous", "period", "release", "stale"):
            now, before = getattr(got, name)[: cut + 1], getattr(whole, name)[: cut + 1]
            np.testing.assert_array_equal(now, before, err_msg=name)


# --- by hand ----------------------------------------------------------------------------------

PLAIN = Settings(denoise="none", min_obs=2, clip=100.0)


def plain(**fields: object) -> Indicator:
    """An indicator whose score is its own value."""
    return industry_of({"a": {"standardise": False, **fields}}).indicators[0]


def aligned(
    values: pd.Series,
    indicator: Indicator,
    months: pd.DatetimeIndex,
    settings: Settings = PLAIN,
    *,
    lag_days: int | None = None,
    decisions: pd.DatetimeIndex | None = None,
) -> Aligned:
    lag = indicator.lag_days if lag_days is None else lag_days
    observed = observations("a", values, calendar=NO_PRICES, lag_days=lag)
    return align(observed, indicator, months, months if decisions is None else decisions, settings)


def same(got: np.ndarray, expected: list[float]) -> bool:
    return bool(np.array_equal(got, expected, equal_nan=True))


def test_a_value_counts_on_its_release_day_and_not_the_day_before() -> None:
    """Section 9.1, item 8."""
    months = month_ends(3)
    released = pd.Timestamp("2000-02-29")
    values = by_month([5.0])
    for days, expected in ((0, [nan, 5.0, 5.0]), (1, [nan, nan, 5.0])):
        lag = (released - months[0]).days + days
        assert same(aligned(values, plain(), months, lag_days=lag).score, expected)


def test_the_decision_date_counts_and_not_the_month_end() -> None:
    """What comes out on the 5th serves the decision of the 6th, not that of the month end."""
    months = month_ends(2)
    late = plain(lag_days=5)
    values = by_month([1.0, 2.0])
    assert same(aligned(values, late, months).score, [nan, 1.0])
    sixth = months + pd.Timedelta(days=6)
    assert same(aligned(values, late, months, decisions=sixth).score, [1.0, 2.0])


def test_timing_period_uses_each_month_in_itself() -> None:
    months = month_ends(3)
    values = by_month([1.0, 2.0, 3.0])
    ahead = replace(PLAIN, timing="period")
    slow = plain(lag_days=45)
    assert same(aligned(values, slow, months).score, [nan, nan, 1.0])
    assert same(aligned(values, slow, months, ahead).score, [1.0, 2.0, 3.0])
    delayed = replace(ahead, extra_lag_months=1)
    assert same(aligned(values, slow, months, delayed).score, [nan, 1.0, 2.0])


def test_timing_period_asks_for_the_month_and_not_for_the_trading_day() -> None:
    """30 April 2000 is a Sunday: April's value belongs to April, decided on Friday the 28th."""
    months = month_ends(2, "2000-04")
    decisions = NO_PRICES.decision_dates(months, "month_end")
    assert decisions[0] == pd.Timestamp("2000-04-28")
    values = by_month([1.0, 2.0], "2000-04")
    ahead = replace(PLAIN, timing="period")
    assert same(aligned(values, plain(), months, ahead, decisions=decisions).score, [1.0, 2.0])
    assert same(aligned(values, plain(), months, decisions=decisions).score, [nan, 2.0])


def test_out_of_order_a_value_counts_on_its_release_day_too() -> None:
    months = month_ends(3)
    stated = pd.Series(pd.to_datetime(["2000-03-31", "2000-02-29", "2000-03-31"]), index=months)
    values = by_month([1.0, 2.0, 3.0])
    observed = observations("a", values, calendar=NO_PRICES, releases=stated)
    assert not observed.in_order
    seen_on = align(observed, plain(transform="diff(1)"), months, months, PLAIN)
    # In February January is not known, so there is no difference; in March there are both.
    assert same(seen_on.score, [nan, nan, 1.0])
    assert same(align(observed, plain(), months, months, PLAIN).score, [nan, 2.0, 3.0])


def test_an_extra_lag_delays_every_release_by_months() -> None:
    values = by_month([1.0, 2.0, 3.0])
    delayed = replace(PLAIN, extra_lag_months=2)
    got = aligned(values, plain(lag_days=10), month_ends(5), delayed)
    assert same(got.score, [nan, nan, nan, 1.0, 2.0])


def test_sign_and_clip() -> None:
    values = by_month([1.0, -5.0, 2.0])
    cut = replace(PLAIN, clip=1.5)
    assert same(aligned(values, plain(), month_ends(3), cut).score, [1.0, -1.5, 1.5])
    assert same(aligned(values, plain(sign=-1), month_ends(3), cut).score, [-1.0, 1.5, -1.5])


def test_previous_is_the_score_of_lookback_decisions_ago() -> None:
    values = by_month([1.0, 2.0, 4.0, 8.0])
    for lookback, expected in ((1, [nan, 1, 2, 4]), (3, [nan, nan, nan, 1]), (9, [nan] * 4)):
        got = aligned(values, plain(), month_ends(4), replace(PLAIN, lookback=lookback))
        assert same(got.previous, expected)


@pytest.mark.parametrize(
    ("by", "expected"), [(1, [nan, 1.0, 2.0]), (2, [nan, nan, 1.0]), (3, [nan] * 3), (7, [nan] * 3)]
)
def test_shifted(by: int, expected: list[float]) -> None:
    assert same(shifted(np.array([1.0, 2.0, 3.0]), by), expected)


def test_a_month_that_was_never_published_carries_the_one_before() -> None:
    values = by_month([1.0, nan, 3.0])
    got = aligned(values, plain(), month_ends(3))
    assert same(got.score, [1.0, 1.0, 3.0])
    assert [pd.Timestamp(p).month for p in got.period] == [1, 1, 3]
    assert not got.stale.any()


def test_a_hole_a_year_earlier_leaves_the_month_before_in_place() -> None:
    values = by_month([1.0, nan, *[1.0] * 10, 1.5, 3.0, 1.25])
    got = aligned(values, plain(transform="yoy"), month_ends(15))
    assert same(got.score[11:], [nan, 50.0, 50.0, 25.0])
    assert [pd.Timestamp(p).month for p in got.period[12:]] == [1, 1, 3]


@pytest.mark.parametrize(
    ("fields", "settings", "oldest"),
    [
        ({}, {}, 3),
        ({"lag_days": 1}, {}, 4),
        ({"lag_days": 18}, {}, 4),
        ({"lag_days": 31}, {}, 4),
        ({"lag_days": 32}, {}, 5),
        ({"lag_days": 45, "frequency": "Q"}, {}, 7),
        ({"frequency": "D"}, {}, 3),
        ({"frequency": "W"}, {}, 3),
        ({"frequency": "Q"}, {}, 5),
        ({}, {"max_carry": 0}, 0),
        ({"lag_days": 18}, {"max_carry": 1, "extra_lag_months": 2}, 4),
    ],
)
def test_a_value_is_carried_up_to_its_limit_and_then_no_longer(
    fields: dict[str, object], settings: dict[str, int], oldest: int
) -> None:
    indicator = plain(**fields)
    chosen = replace(PLAIN, **settings)
    assert oldest_age(indicator, chosen, month_ends(2)).tolist() == [oldest, oldest]
    months = month_ends(14)
    got = aligned(by_month([7.0]), indicator, months, chosen)
    age = np.arange(14)
    fresh = (
        (age <= oldest)
        & (months >= pd.Timestamp(got.release[-1]))
        & (age >= chosen.extra_lag_months + (1 if indicator.lag_days else 0))
    )
    known = ~np.isnan(got.score)
    assert known[: oldest + 1].any()
    assert not known[oldest + 1 :].any()
    assert (known <= fresh).all()
    assert got.stale.tolist() == (age > oldest).tolist()
    # What is too old still says how old it is.
    assert pd.Timestamp(got.period[-1]) == months[0]
    for stage in (got.raw, got.transformed):
        assert (np.isnan(stage) == np.isnan(got.score)).all()


def test_a_stale_series_comes_back_with_its_next_value() -> None:
    values = by_month([1.0, *[nan] * 7, 9.0])
    got = aligned(values, plain(), month_ends(10), replace(PLAIN, max_carry=2))
    assert same(got.score, [1.0, 1.0, 1.0, *[nan] * 5, 9.0, 9.0])
    assert got.stale.tolist() == [False] * 3 + [True] * 5 + [False] * 2


@pytest.mark.parametrize("observed", [None, observations("a", by_month([]), calendar=NO_PRICES)])
def test_without_data_there_is_nothing(observed: Observations | None) -> None:
    got = align(observed, plain(), month_ends(4), month_ends(4), PLAIN)
    for values in (got.raw, got.transformed, got.score, got.previous):
        assert np.isnan(values).all()
        assert len(values) == 4
    assert np.isnat(got.period).all()
    assert np.isnat(got.release).all()
    assert not got.stale.any()


def test_too_little_history_gives_no_score_but_no_staleness_either() -> None:
    short = replace(PLAIN, min_obs=36)
    got = aligned(wave(20), industry_of({"a": {}}).indicators[0], month_ends(20), short)
    assert np.isnan(got.score).all()
    assert not got.stale.any()


@pytest.mark.parametrize("lag_days", [[20] * 60, [20, 95, *[20] * 58]], ids=["in order", "not"])
def test_the_full_fit_uses_the_whole_sample_whatever_the_order_of_release(
    lag_days: list[int],
) -> None:
    """Section 7.2, item 1: ``full`` is the report's own way, for comparison."""
    months = month_ends(60)
    values = wave(60)
    stated = pd.Series(months + pd.to_timedelta(lag_days, unit="D"), index=months)
    observed = observations("a", values, calendar=NO_PRICES, releases=stated)
    settings = Settings(denoise="none", fit="full", clip=100.0)
    got = align(observed, industry_of({"a": {}}).indicators[0], months, months, settings)
    whole = (values - values.mean()) / values.std()
    np.testing.assert_allclose(got.score[10:], whole.iloc[9:-1], rtol=1e-9)


# --- the steps on their own months ------------------------------------------------------------


def test_scores_shows_each_stage() -> None:
    indicator = industry_of({"a": {"transform": "yoy", "sign": -1}}).indicators[0]
    values = by_month(np.linspace(100, 200, 40)).drop(month_ends(40)[[5, 25]])
    stages = scores(values, indicator, Settings(denoise_months=3, min_obs=6, clip=1.0))
    assert list(stages.columns) == ["raw", "transformed", "score", "centre", "unit"]
    assert stages.index.equals(month_ends(40))
    growth_rates = (stages["raw"] / stages["raw"].shift(12) - 1) * 100
    smooth = growth_rates.rolling(3, min_periods=2).mean().where(growth_rates.notna())
    pd.testing.assert_series_equal(stages["transformed"], smooth, check_names=False)
    spread = smooth.expanding(6).std()
    raw_score = -(smooth - smooth.expanding(6).mean()) / spread
    pd.testing.assert_series_equal(stages["score"], raw_score.clip(-1, 1), check_names=False)
    assert (stages["score"].abs() == 1).any()
    pd.testing.assert_series_equal(stages["unit"], spread, check_names=False)


@pytest.mark.parametrize("kind", ["ma", "ema", "hp", "none"])
@pytest.mark.parametrize("transform", list(CHAINS))
def test_neither_chain_nor_filter_looks_across_a_break(kind: str, transform: str) -> None:
    indicator = industry_of({"a": {"transform": transform}}).indicators[0]
    settings = Settings(denoise=kind, min_obs=6)
    old, cut = wave(60) + 50, month_ends(60)[30]
    other = old.where(old.index >= cut, 7.0 * old + 1000)
    one, two = (scores(v, indicator, settings, breaks=[cut])["transformed"] for v in (old, other))
    pd.testing.assert_series_equal(one[30:], two[30:], check_exact=True)
    alone = scores(old.iloc[30:], indicator, settings)["transformed"]
    pd.testing.assert_series_equal(one[30:], alone, check_freq=False)
    assert one[30:].notna().sum() > 12


@pytest.mark.parametrize("fields", [{"denoise": False}, {}])
def test_the_filter_is_applied_only_where_asked(fields: dict[str, bool]) -> None:
    indicator = industry_of({"a": fields}).indicators[0]
    values = wave(50)
    got = scores(values, indicator, Settings(denoise="ma", denoise_months=4))["transformed"]
    smoothed = denoise(values, Settings(denoise="ma", denoise_months=4))
    pd.testing.assert_series_equal(
        got, values if fields else smoothed, check_names=False, check_freq=False
    )
    assert not values.equals(smoothed)


def test_each_filter_is_a_different_one() -> None:
    values = wave(50)
    found = [denoise(values, Settings(denoise=d)) for d in ("ma", "ema", "hp", "none")]  # type: ignore[arg-type]
    assert found[3].equals(values)
    for n, one in enumerate(found):
        assert all(not one.equals(other) for other in found[n + 1 :])


# --- columns that already hold growth ----------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "book_unit", "published", "steps"),
    [
        ({"unit": "万吨", "transform": "yoy"}, "%", True, []),
        ({"unit": "万吨", "transform": "yoy"}, " ％ ", True, []),
        ({"unit": "万吨", "transform": "yoy | lag(10)"}, "%", True, ["lag"]),
        ({"unit": "万吨", "transform": "yoy"}, "万吨", False, ["yoy"]),
        ({"unit": "万吨", "transform": "yoy"}, "", False, ["yoy"]),
        ({"unit": "%", "transform": "yoy"}, "%", False, ["yoy"]),  # growth of a share is meant
        ({"unit": "台", "transform": "sum(96) | yoy"}, "%", False, ["sum", "yoy"]),
        ({"unit": "万吨", "transform": "level"}, "%", False, ["level"]),
    ],
)
def test_published_growth_is_not_differenced_again(
    fields: dict[str, str], book_unit: str, published: bool, steps: list[str]
) -> None:
    indicator = industry_of({"a": fields}).indicators[0]
    assert is_published_growth(indicator, book_unit) is published
    assert [step.name for step in chain_of(indicator, book_unit)] == steps


def test_published_growth_is_aligned_as_it_is() -> None:
    indicator = plain(unit="万吨", transform="yoy")
    months = month_ends(3)
    column = observations("a", by_month([5.0, 6.0, 7.0]), calendar=NO_PRICES, unit="%")
    assert same(align(column, indicator, months, months, PLAIN).transformed, [5.0, 6.0, 7.0])
    amounts = replace(column, unit="万吨")
    assert np.isnan(align(amounts, indicator, months, months, PLAIN).transformed).all()


# --- formulas ---------------------------------------------------------------------------------


def formula_source(text: str, panel: Panel) -> Observations | None:
    parts = {"x": {"dimension": ""}, "y": {"dimension": ""}}
    indicator = industry_of({"f": {"formula": text, "unit": "元"}, **parts}).indicators[0]
    return source_observations(indicator, panel)


def test_an_indicator_without_a_formula_is_its_own_column() -> None:
    panel = panel_of({"a": wave(5)})
    indicator = plain()
    assert source_observations(indicator, panel) is panel.series["a"]
    assert source_observations(indicator, Panel()) is None


def test_a_formula_has_a_value_where_all_ingredients_do() -> None:
    panel = panel_of(
        {"x": by_month([1.0, 2.0, nan, 4.0, 5.0]), "y": by_month([10.0, 20.0, 30.0], "2000-02")}
    )
    observed = formula_source("x * 2 + y", panel)
    assert observed is not None
    assert observed.frame.index.equals(month_ends(5)[[1, 3]])
    assert observed.frame["value"].tolist() == [14.0, 38.0]
    assert (observed.id, observed.unit) == ("f", "元")


def test_a_formula_is_public_when_its_last_ingredient_is() -> None:
    months = month_ends(2)

    def column(values: list[float], days: list[str | None]) -> Observations:
        stated = pd.Series(pd.to_datetime(days), index=months)
        return observations("x", by_month(values), calendar=NO_PRICES, lag_days=5, releases=stated)

    panel = Panel(
        {
            "x": column([1.0, 2.0], ["2000-02-20", None]),
            "y": column([3.0, 4.0], ["2000-02-11", "2000-03-31"]),
        }
    )
    observed = formula_source("x - y", panel)
    assert observed is not None
    assert [f"{r:%Y-%m-%d}" for r in observed.frame["release"]] == ["2000-02-20", "2000-03-31"]
    # Stated only where every ingredient's is.
    assert observed.frame["explicit"].tolist() == [True, False]
    assert observed.frame["release"].dtype == "datetime64[ns]"


def test_a_formula_of_an_estimate_is_an_estimate() -> None:
    months = month_ends(2)
    said = pd.Series([pd.NaT, pd.Timestamp("2000-02-20")], index=months)
    flags = pd.Series([False, True], index=months)
    nowcast = observations(
        "x", by_month([1.0, 2.0]), calendar=NO_PRICES, releases=said, estimated=flags
    )
    plain = observations("y", by_month([3.0, 4.0]), calendar=NO_PRICES)
    asked = formula_source("x - y", Panel({"x": nowcast, "y": plain}, estimates=True))
    assert asked is not None
    assert asked.estimated.tolist() == [False, True]
    unasked = formula_source("x - y", Panel({"x": nowcast, "y": plain}))
    assert unasked is not None
    assert unasked.frame.index.tolist() == [months[0]]


def test_a_formula_without_one_of_its_ingredients_is_absent() -> None:
    assert formula_source("x - y", panel_of({"x": wave(5)})) is None
    assert formula_source("x - y", Panel()) is None


def test_a_formula_that_is_not_finite_has_no_value() -> None:
    panel = panel_of({"x": by_month([1.0, 2.0, 0.0]), "y": by_month([0.0, 4.0, 0.0])})
    observed = formula_source("x / y", panel)
    assert observed is not None
    assert observed.frame["value"].tolist() == [0.5]


@pytest.mark.parametrize("text", ["x + 1 / 0", "x / 0"])
def test_a_formula_that_divides_by_nothing_has_no_value_and_is_no_crash(text: str) -> None:
    observed = formula_source(text, panel_of({"x": by_month([1.0, 2.0])}))
    assert observed is not None
    assert observed.frame.empty


def test_ingredients_in_different_months_give_an_empty_series() -> None:
    panel = panel_of({"x": by_month([1.0]), "y": by_month([1.0], "2001-01")})
    observed = formula_source("x - y", panel)
    assert observed is not None
    assert observed.frame.empty


@pytest.mark.parametrize("field", [{"lag_days": 45}, {"frequency": "Q", "lag_days": 45}])
def test_a_formula_is_carried_as_long_as_what_it_is_made_of(field: dict[str, object]) -> None:
    """``m2_yoy_residual = m2_yoy`` must not expire while ``m2_yoy`` itself is still used."""
    model = industry_of({"x": field, "f": {"formula": "x"}})
    panel = panel_of({"x": by_month([1.0, 2.0])}, lags={"x": 45})
    months = month_ends(12)
    got = [
        align(source_observations(i, panel), model.as_published(i), months, months, PLAIN)
        for i in model.indicators
    ]
    assert got[0].stale.any()
    assert got[0].stale.tolist() == got[1].stale.tolist()


def test_every_formula_of_the_catalog_can_be_computed() -> None:
    for model in catalog().values():
        for indicator in model.indicators:
            if indicator.parsed is None:
                continue
            parts = {id: by_month([2.0, 3.0]) for id in indicator.parsed.names}
            observed = source_observations(indicator, panel_of(parts))
            assert observed is not None
            assert np.isfinite(observed.frame["value"]).all()
            assert len(observed.frame) == 2


# --- breaks of definition ---------------------------------------------------------------------


def test_an_indicator_is_not_computed_across_a_break() -> None:
    indicator = plain(unit="万吨", transform="diff(1)")
    months = month_ends(4)
    column = observations("a", by_month([5.0, 6.0, 60.0, 61.0]), calendar=NO_PRICES)
    assert same(align(column, indicator, months, months, PLAIN).transformed, [nan, 1.0, 54.0, 1.0])
    broken = replace(column, breaks=(months[2],))
    found = align(broken, indicator, months, months, replace(PLAIN, max_carry=0))
    assert same(found.transformed, [nan, 1.0, nan, 1.0])
    assert found.stale.tolist() == [False, False, True, False]


def test_a_formula_breaks_where_any_ingredient_does() -> None:
    months = month_ends(3)
    panel = panel_of({"x": by_month([1.0, 2.0, 3.0]), "y": by_month([1.0, 2.0, 3.0])})
    series = {
        "x": replace(panel.series["x"], breaks=(months[2],)),
        "y": replace(panel.series["y"], breaks=(months[1], months[2])),
    }
    observed = formula_source("x - y", replace(panel, series=series))
    assert observed is not None
    assert observed.breaks == (months[1], months[2])


# --- any order of release --------------------------------------------------------------------


def date_by_date(
    observed: Observations,
    indicator: Indicator,
    months: pd.DatetimeIndex,
    decisions: pd.DatetimeIndex,
    settings: Settings,
) -> pd.DataFrame:
    """Return what each date saw, each computed alone from what was public then: slow and plain."""
    blank = dict.fromkeys(("raw", "transformed", "score"), nan) | {"period": pd.NaT}
    rows = []
    for cutoff in decisions:
        known = observed.frame[observed.frame["release"] <= cutoff]
        if known.empty:
            rows.append(blank)
            continue
        table = scores(known["value"], indicator, settings, observed.unit, observed.breaks)
        table = table.reindex(known.index).assign(period=known.index)
        table = table[table["score"].notna()]
        rows.append(blank if table.empty else table.iloc[-1].to_dict())
    found = pd.DataFrame(rows)
    age = (months.year - pd.DatetimeIndex(found["period"]).year) * 12
    age = np.asarray(age + months.month - pd.DatetimeIndex(found["period"]).month, dtype=float)
    old = age > oldest_age(indicator, settings, pd.DatetimeIndex(found["period"]))
    found.loc[old, ["raw", "transformed", "score"]] = nan
    return found


@given(
    delays=st.lists(st.integers(0, 400), min_size=60, max_size=60),
    share=st.sampled_from([0.02, 0.1, 1.0]),
    holes=st.sets(st.integers(0, 59), max_size=8),
    transform=st.sampled_from(["level", "yoy", "diff(3)", "ma(4)", "sum(2) | diff(1)", "deseason"]),
    denoise=st.sampled_from(["ma", "ema", "hp", "none"]),
    window=st.sampled_from([None, 12]),
    seed=st.integers(0, 1000),
)
@counted
@hypothesis_settings(max_examples=count(15, 60), deadline=None)
def test_one_pass_for_each_set_of_holes_equals_date_by_date(
    delays: list[int],
    share: float,
    holes: set[int],
    transform: str,
    denoise: str,
    window: int | None,
    seed: int,
) -> None:
    months = month_ends(60)
    late = np.random.default_rng(seed).random(60) < share
    released = months + pd.to_timedelta(np.where(late, delays, 15), unit="D")
    values = (wave(60, phase=seed) + 30).drop(months[sorted(holes)])
    indicator = Indicator(
        id="a", name_zh="甲", name_en="A", transform=transform, chain=parse_chain(transform)
    )
    observed = observations(
        "a", values, calendar=NO_PRICES, releases=pd.Series(released, months)[values.index]
    )
    settings = Settings(min_obs=6, denoise=denoise, window=window)
    got = align(observed, indicator, months, months, settings)
    expected = date_by_date(observed, indicator, months, months, settings)
    for name in ("raw", "transformed", "score"):
        np.testing.assert_allclose(
            getattr(got, name), expected[name].to_numpy(float), rtol=1e-9, atol=1e-9, err_msg=name
        )
    pd.testing.assert_index_equal(
        pd.DatetimeIndex(got.period), pd.DatetimeIndex(expected["period"]), exact=False,
        check_names=False,
    )  # fmt: skip


@pytest.mark.parametrize("late", ["75 days", "never"])
def test_one_late_release_costs_a_pass_and_not_one_for_each_date(
    late: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    months = month_ends(300)
    released = pd.Series(months + pd.Timedelta(days=15), months)
    day = months[100] + pd.Timedelta(days=75) if late == "75 days" else pd.Timestamp("2200-01-01")
    released.iloc[100] = day
    observed = observations("a", wave(300), calendar=NO_PRICES, releases=released)
    passes = []
    monkeypatch.setattr(
        "prosperity.align.scores", lambda *given: passes.append(1) or scores(*given)
    )
    indicator = Indicator(id="a", name_zh="甲", name_en="A", chain=parse_chain("level"))
    align(observed, indicator, months, months, Settings())
    assert len(passes) == 2


def test_indicators_that_are_treated_alike_are_computed_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Side by side they get what each gets by itself, however their months lie."""
    months = month_ends(200)
    late = pd.Series(months + pd.Timedelta(days=15), months)
    late.iloc[60] = months[60] + pd.Timedelta(days=90)
    holes = wave(200)
    holes.iloc[[20, 21, 90]] = nan
    parts = {
        "whole": (wave(200), None, "yoy", 1),
        "late": (wave(200), late, "yoy", 1),
        "short": (wave(200).iloc[70:150] * 3.0, None, "yoy", -1),
        "holes": (holes, None, "yoy", 1),
        "broken": (wave(200), None, "yoy", 1),
        "seasons": (wave(200).iloc[5:], None, "deseason | ema(3)", 1),
        "summed": (holes.iloc[3:190], None, "sum(24) | log | lag(2)", -1),
        "sums": (wave(200).iloc[40:], None, "sum(24) | log | lag(2)", 1),
    }
    given: list[tuple[Observations | None, Indicator]] = [
        (None, Indicator(id="n", name_zh="无", name_en="None", chain=parse_chain("level")))
    ]
    for id, (values, releases, chain, sign) in parts.items():
        observed = observations(id, values, calendar=NO_PRICES, releases=releases)
        if id == "broken":
            observed = replace(observed, breaks=(months[110],))
        indicator = Indicator(id=id, name_zh="甲", name_en="A", chain=parse_chain(chain), sign=sign)
        given.append((observed, indicator))
    settings = Settings(min_obs=12)
    alone = [align_all([one], months, months, settings)[0] for one in given]
    calls = []
    plain = align_module.stages_of
    monkeypatch.setattr(align_module, "stages_of", lambda *a: calls.append(a) or plain(*a))
    together = align_all(given, months, months, settings)
    for one, other in zip(together, alone, strict=True):
        for name, column in vars(one).items():
            np.testing.assert_array_equal(column, getattr(other, name))
    # Growth, growth with a break, seasons, sums; the one out of order goes its own way.
    assert [a[0].shape[1] for a in calls] == [3, 1, 1, 2]
