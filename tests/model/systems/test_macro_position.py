"""Macro timing: known answers of its events and strengths, oracles, and no look-ahead."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from prosperity.definition import Indicator
from prosperity.errors import DataError
from prosperity.panel import Panel, observations
from prosperity.settings import Settings
from prosperity.simulation import simulate
from prosperity.systems import SystemResult, evaluate_system, find_system
from prosperity.systems.as_known import as_known, median_step
from prosperity.systems.event_factory import (
    Rules,
    above_mean,
    above_median,
    candidates,
    chains,
    choose,
    critical_values,
    directions,
    events,
    risen,
)
from prosperity.systems.event_factory import tested as did
from prosperity.systems.inputs import Inputs
from prosperity.systems.reading import with_changes
from prosperity.systems.rules.macro_position import microcap, strengths
from prosperity.tables import Table

from tests.model.helpers import NO_PRICES, by_month

NAN = float("nan")
SYSTEM = find_system("macro_position")
FACTORY = with_changes(SYSTEM, "parameter.mode = factory")
X = np.array([1.0, 2, 3, 2, 4, 5])


@cache
def world() -> Panel:
    panel = simulate([SYSTEM.module], first="2008-01", last="2019-12")
    bond = pd.Series(100.0 * 1.0001 ** np.arange(len(panel.prices)), panel.prices.index)
    return replace(panel, prices=panel.prices.assign(bond=bond))


@cache
def result(mode: str) -> SystemResult:
    return evaluate_system(world(), FACTORY if mode == "factory" else SYSTEM)


def test_the_events_give_the_known_answers() -> None:
    np.testing.assert_array_equal(above_mean(X, 3), [NAN, NAN, 1, 0, 1, 1])
    np.testing.assert_array_equal(above_median(X, 3), [NAN, NAN, 1, 0, 1, 1])
    np.testing.assert_array_equal(risen(X, 2), [NAN, NAN, 1, 0, 0, 1])


@pytest.mark.parametrize("scale", [1.0, 1e-9, 1e9])
def test_events_depend_on_no_scale_and_a_flat_series_is_above_nothing(scale: float) -> None:
    rules = Rules()
    values = np.random.default_rng(1).normal(0.1, 1.0, 80) * scale
    both = events(chains(values / scale, rules), rules), events(chains(values, rules), rules)
    np.testing.assert_array_equal(*both)
    flat = np.full(30, 0.1 * scale)
    assert np.nansum(above_mean(flat, 7) + above_median(flat, 7) + risen(flat, 1)) == 0


def test_there_are_28_events_5_lags_and_8_chains() -> None:
    assert len(candidates(Rules())) == 28 * 5 * 8
    assert events(chains(X, Rules()), Rules()).shape == (2, 8, 28, 6)


@pytest.mark.parametrize(
    ("growth", "liquidity", "position"),
    [(0, 0.6, 0.3), (0, 0.5, 0.25), (0.5, 0.4, 0.45), (1, 0, 0.5)],
)
def test_the_position_is_the_mean_of_the_strengths(
    growth: float, liquidity: float, position: float
) -> None:
    ids = {
        g: [m.id for m in SYSTEM.module.members if m.dimension == g]
        for g in ("growth", "liquidity")
    }
    # Some say nothing, so that the shares can be had of what is left: of 2 and of 5.
    ones = pd.DataFrame(NAN, [0], [m.id for m in SYSTEM.module.members])
    ones.loc[0, ids["growth"][:2]] = [1.0 * (k < 2 * growth) for k in range(2)]
    size = 5 if liquidity != 0.5 else 4
    ones.loc[0, ids["liquidity"][:size]] = [1.0 * (k < size * liquidity) for k in range(size)]
    found = strengths(SYSTEM, ones).loc[0]
    assert found.tolist() == pytest.approx([growth, liquidity])
    assert found.mean() == pytest.approx(position)


def test_missing_months_are_filled_by_the_median_of_the_last_differences() -> None:
    values = [2.0, 2.2, 2.1, 2.4, 2.6, 2.5, 2.7, 2.9, 2.8, 3.0, 3.1, 2.9, 3.0]
    observed = observations("x", by_month(values), calendar=NO_PRICES, lag_days=20)
    indicator = Indicator(id="x", name_zh="x", name_en="x", lag_days=20)
    day = pd.DatetimeIndex([pd.Timestamp("2001-02-28")])
    assert as_known(observed, indicator, day, "median12")[0] == pytest.approx(3.15)
    assert as_known(observed, indicator, day, "last")[0] == 3.0


def test_what_was_filled_was_known_whatever_the_order_of_release() -> None:
    generator = np.random.default_rng(3)
    series = by_month(generator.normal(0, 1, 60).cumsum())
    late = series.index + pd.to_timedelta(generator.integers(1, 100, 60), unit="D")
    observed = observations("x", series, calendar=NO_PRICES, releases=pd.Series(late, series.index))
    assert not observed.in_order
    indicator = Indicator(id="x", name_zh="x", name_en="x", lag_days=90)
    days = pd.date_range("2001-06-30", "2005-01-31", freq="ME")
    whole = as_known(observed, indicator, days, "median12")
    for row, day in enumerate(days):
        then = as_known(observed.known_on(day), indicator, days[: row + 1], "median12")
        assert then[-1] == whole[row]


def test_a_value_that_is_too_old_says_nothing() -> None:
    observed = observations("x", by_month(range(24)), calendar=NO_PRICES, lag_days=20)
    indicator = Indicator(id="x", name_zh="x", name_en="x", lag_days=20)
    days = pd.date_range("2001-12-31", periods=8, freq="ME")
    found = as_known(observed, indicator, days, "last")
    assert list(np.isnan(found)) == [False] * 5 + [True] * 3
    assert median_step(np.array([1.0]), np.array([5])).tolist() == [0.0]


def test_the_rule_of_keeping_is_a_t_test() -> None:
    """Every count, win rate and significance equals scipy's on the months of the window."""
    from scipy.stats import ttest_1samp

    rules = Rules(window=60, min_months=24)
    generator = np.random.default_rng(5)
    on = (generator.random((20, 120)) < 0.5).astype(float)
    on[:, :7] = NAN
    following = generator.normal(0.02, 0.05, 120)
    found = did(on, following, rules)
    for day in (30, 59, 60, 61, 90, 119):
        window = slice(max(0, day - 60), day)
        for row in range(20):
            there = on[row, window]
            returns = following[window][there == 1]
            p = ttest_1samp(returns, 0.0, alternative="greater").pvalue
            wins, months = (returns > 0).mean(), (~np.isnan(there)).sum()
            good = p < 0.05 and wins > 0.55 and len(returns) > months / 6 and months >= 24
            assert found.count[row, day] == len(returns)
            assert found.win_rate[row, day] == pytest.approx(wins)
            assert found.ratio[row, day] == pytest.approx(returns.mean() / returns.std(ddof=1))
            assert found.kept[row, day] == good


def test_the_trend_is_that_of_statsmodels_on_each_prefix() -> None:
    from statsmodels.tsa.filters.hp_filter import hpfilter

    values = np.random.default_rng(2).normal(0, 1, 60).cumsum()
    trend = chains(values, Rules())[4]
    for size in (3, 10, 37, 60):
        assert trend[size - 1] == pytest.approx(hpfilter(values[:size], 14400)[1][-1])


def test_the_direction_is_the_sign_of_the_correlation_with_what_is_over() -> None:
    generator = np.random.default_rng(4)
    values, following = generator.normal(1e6, 1, 50), generator.normal(0, 0.05, 50)
    found = directions(values, following)
    assert list(found[:3]) == [0, 0, 0]
    for day in range(3, 50):
        expected = np.sign(np.corrcoef(values[:day], following[:day])[0, 1])
        assert found[day] == expected


def test_the_choice_is_the_best_win_rate_and_an_overlay_never_lowers_the_ratio() -> None:
    generator = np.random.default_rng(9)
    values = generator.normal(0, 1, 150).cumsum()
    following = 0.01 * np.append(np.diff(values), 0.0) + generator.normal(0.004, 0.02, 150)
    single = choose(values, following, Rules(overlays=0))
    double = choose(values, following, Rules(overlays=1))
    met = 0
    for one, two in zip(single, double, strict=True):
        assert (one is None) == (two is None)
        if one is None or two is None:
            continue
        met += 1
        assert one.win_rate > 0.55
        assert two.candidates[0] == one.candidates[0]
        assert two.ratio >= one.ratio
    assert met > 20


def test_white_noise_keeps_events_near_the_nominal_rate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On returns without drift an event passes the t-test alone in some 5% of the cases."""
    alone, whole = [], []
    plainly = Rules(last_lag=0, win_rate=0.0, count_part=100.0)
    for seed in range(80):
        generator = np.random.default_rng(seed)
        values, following = generator.normal(0, 1, 200), generator.normal(0, 0.06, 200)
        # Without a direction fitted to the returns, which is a choice of its own.
        on = events(chains(values, plainly), plainly)[0].reshape(-1, 200)
        alone.append(did(on, following, plainly).kept[:, -1].mean())
        whole.append(did(on, following, Rules(last_lag=0)).kept[:, -1].mean())
    with capsys.disabled():
        print(
            f"\nwhite noise: {np.mean(alone):.1%} of events pass the t-test (nominal 5%), "
            f"{np.mean(whole):.1%} the whole rule"
        )
    assert 0.02 < np.mean(alone) < 0.10
    assert np.mean(whole) < 0.08


@pytest.mark.parametrize("mode", ["fixed", "factory"])
def test_shares_of_ones_sum_to_the_position(mode: str) -> None:
    found = result(mode)
    position = found.scores["benchmark"].dropna()
    assert len(position) > 40
    assert position.between(0, 1).all()
    parts = found.parts.loc[position.index, ["growth", "liquidity"]]
    np.testing.assert_allclose(parts.mean(axis=1), position, atol=1e-12)
    shares = found.contributions["benchmark"].loc[position.index].sum(axis=1)
    np.testing.assert_allclose(shares, position, atol=1e-10)
    held = found.positions.dropna()
    np.testing.assert_allclose(held.sum(axis=1), 1.0)
    assert list(held) == ["benchmark", "bond"]
    ones = found.parts.drop(columns=["growth", "liquidity"])
    assert set(np.unique(ones.to_numpy()[~np.isnan(ones.to_numpy())])) <= {0.0, 1.0}
    for zh, en in found.texts.iloc[-1]:
        assert zh
        assert en.isascii()
    assert found.backtest is not None


def test_the_factory_says_how_many_it_tried() -> None:
    tried = [n for n in result("factory").notices if n.code == "many_tried"]
    assert [("12320" in n.zh, "12320" in n.en) for n in tried] == [(True, True)]
    assert not [n for n in result("fixed").notices if n.code == "many_tried"]


@pytest.mark.parametrize("mode", ["fixed", "factory"])
@pytest.mark.parametrize("day", ["2014-02-11", "2017-06-30", "2018-12-28"])
def test_as_of_a_day_is_a_run_on_what_was_known(mode: str, day: str) -> None:
    system = FACTORY if mode == "factory" else SYSTEM
    whole, date = result(mode), pd.Timestamp(day)
    then = evaluate_system(world(), system, Settings(as_of=date.date()))
    shared = whole.decisions[whole.decisions <= date].intersection(then.decisions)
    assert len(shared) >= len(whole.decisions[whole.decisions <= date]) - 1
    for name in ("scores", "parts", "texts", "positions"):
        pd.testing.assert_frame_equal(
            getattr(then, name).loc[shared],
            getattr(whole, name).loc[shared],
            check_exact=True,
            check_freq=False,
        )


def test_a_silent_group_leaves_the_position_unknown() -> None:
    liquid = {"m2_yoy", "us10y", "us_tips10y", "shibor3m", "dr007"}
    panel = world()
    series = {id: one for id, one in panel.series.items() if id not in liquid}
    with pytest.raises(DataError, match="says nothing"):
        evaluate_system(replace(panel, series=series), SYSTEM)
    cut = pd.Timestamp("2015-01-01")
    series = {
        id: replace(one, frame=one.frame[one.frame.index < cut]) if id in liquid else one
        for id, one in panel.series.items()
    }
    found = evaluate_system(replace(panel, series=series), SYSTEM)
    assert found.scores["benchmark"].isna().iloc[-1]
    assert found.parts["growth"].notna().iloc[-1]
    assert found.positions.iloc[-1].isna().all()
    notice = next(n for n in found.notices if n.code == "one_group")
    assert notice.en == "No liquidity series says anything in 2019-12; the position is unknown."
    assert "流动性" in notice.zh


def test_without_a_bond_the_rest_is_cash() -> None:
    panel = world()
    found = evaluate_system(replace(panel, prices=panel.prices.drop(columns="bond")), SYSTEM)
    assert list(found.positions) == ["benchmark", "cash"]
    assert "bond_is_cash" in {n.code for n in found.notices}
    assert found.backtest is not None


def test_the_micro_cap_timer_holds_above_the_mean_until_an_alarm() -> None:
    days = pd.bdate_range("2017-01-02", "2019-12-31", unit="ns")
    frame = pd.DataFrame({"micro": np.linspace(100, 300, len(days)), "mao": 100.0}, days)
    frame["crowding"] = np.where(days < pd.Timestamp("2019-01-01"), 10.0, 80.0)
    table = Table("microcap", frame, pd.DataFrame(dict.fromkeys(frame, days), days))
    panel = replace(world(), tables={"microcap": table})
    inputs = Inputs(SYSTEM, panel, pd.DataFrame(index=days))
    decisions = pd.DatetimeIndex(["2017-06-30", "2018-06-29", "2019-06-28", "2020-06-30"])
    values = SYSTEM.with_values({"yield_alarm": 1000.0}).values
    found = microcap(inputs, values, {}, decisions)
    assert found is not None
    np.testing.assert_array_equal(found["hold"], [NAN, 1.0, 0.0, NAN])
    assert microcap(Inputs(SYSTEM, world(), inputs.closes), values, {}, decisions) is None
    assert evaluate_system(panel, SYSTEM).stages["microcap"]["hold"].iloc[-1] == 0.0


def test_critical_values_are_students() -> None:
    from scipy.stats import t

    assert critical_values(120, 0.95)[25] == pytest.approx(t.ppf(0.95, 24))


def test_a_flat_series_and_an_empty_one_choose_nothing() -> None:
    following = np.random.default_rng(1).normal(0.02, 0.05, 120)
    for level in (1.0, 0.1, -1e9, 1e-9):
        assert choose(np.full(120, level), following, Rules()) == [None] * 120
    assert choose(np.empty(0), np.empty(0), Rules()) == []
