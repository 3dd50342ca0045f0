"""The combined strategy against a plain day-by-day portfolio, and its rules one by one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from prosperity.backtest import backtest
from prosperity.calendar import TradingCalendar, month_end
from prosperity.catalog import catalog
from prosperity.combined import combine
from prosperity.engine import evaluate
from prosperity.evaluation import MARKET, Combined, Evaluation, IndustryResult
from prosperity.rules import grades
from prosperity.settings import Settings
from prosperity.simulation import simulate

from .helpers import industry_of, month_ends


@cache
def world() -> Evaluation:
    panel = simulate(catalog().values(), first="2001-01", last="2019-12")
    return evaluate(panel, catalog().values())


def combined(**settings: object) -> Combined:
    found = combine(world().results, Settings(**settings))
    assert found is not None
    return found


@pytest.mark.parametrize("cost", [0.0, 30.0])
def test_net_value_equals_a_day_by_day_portfolio(cost: float) -> None:
    result = combined(cost_bps=cost)
    weights, nav = result.targets, result.backtest.nav
    prices = pd.DataFrame({id: r.backtest.nav["index"] for id, r in world().industries.items()})
    prices[MARKET] = nav["benchmark"]
    amounts = weights.iloc[0].copy()
    expected = [1.0]
    shares = [1 - amounts[MARKET]]
    for yesterday, today in zip(nav.index[:-1], nav.index[1:], strict=True):
        held = amounts[amounts > 0].index
        amounts[held] *= prices.loc[today, held] / prices.loc[yesterday, held]
        if today in weights.index:
            target = weights.loc[today] * amounts.sum()
            target *= 1 - (target - amounts).abs().sum() / amounts.sum() * cost / 1e4
            amounts = target
        expected.append(amounts.sum())
        shares.append(1 - amounts[MARKET] / amounts.sum())
    np.testing.assert_allclose(nav["strategy"], expected, rtol=1e-9)
    # The position is what the holdings have drifted to, not what was aimed at.
    np.testing.assert_allclose(result.backtest.position, shares, atol=1e-9)
    assert not result.backtest.position.isin(1 - weights[MARKET]).all()


def test_a_switch_is_a_day_on_which_anything_is_bought_or_sold() -> None:
    result = combined()
    traded = result.backtest.traded
    assert result.backtest.statistics["switches"] == traded.sum()
    assert not traded.iloc[0]  # the first purchase is none
    assert traded.sum() == (result.turnover > 1e-12).sum()
    # Most of them bring back weights that have drifted, without any signal having changed.
    signals = pd.DataFrame({id: r.signal for id, r in world().industries.items()})
    assert traded.sum() > (signals.diff().abs().sum(axis=1) > 0).sum() / 2
    assert result.turnover[result.turnover > 1e-12].min() < 0.05


def test_weights_are_equal_capped_and_complete() -> None:
    weights = combined().targets
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    industries = weights.drop(columns=MARKET)
    assert industries.max(axis=None) <= 0.25
    assert (weights[MARKET] >= -1e-12).all()
    for _, row in industries.iterrows():
        assert row[row > 0].nunique() <= 1


def test_the_market_is_held_when_no_industry_is() -> None:
    quiet = {id: replace(r, signal=r.signal * 0.0) for id, r in world().results.items()}
    found = combine(quiet, Settings())
    assert found is not None
    assert (found.targets[MARKET] == 1.0).all()
    np.testing.assert_allclose(found.backtest.nav["strategy"], found.backtest.nav["benchmark"])


def test_nothing_is_held_twice() -> None:
    weights = combined().targets
    start = world().results["chemicals_overall"].backtest.start
    covered = weights[["chem_fibre", "polyurethane"]]
    assert (covered[covered.index >= start] == 0).all(axis=None)
    assert (weights["polyurethane"][weights.index < start] > 0).any()


def test_an_industry_enters_with_its_own_sample() -> None:
    weights = combined().targets
    for id, result in world().industries.items():
        early = weights.index < result.backtest.start
        assert (weights.loc[early, id] == 0).all(), id


def test_the_sixth_rule_enters_at_the_next_month_end() -> None:
    result = world().results["semiconductors"]
    weights = combined(cap=1.0).targets["semiconductors"]
    for day in weights.index[weights.index > result.backtest.start][:60]:
        decided = result.signal[(result.decisions <= day).to_numpy()].iloc[-1]
        assert (weights[day] > 0) == (decided == 1)


def test_a_signal_of_the_day_counts_on_the_day() -> None:
    weights = combined(cap=1.0).targets
    covered = {id for r in world().results.values() for id in r.definition.covers}
    turned = 0
    for id, result in world().industries.items():
        if id in covered or result.definition.rebalance != "month_end" or id not in weights:
            continue
        signal = pd.Series(result.signal.to_numpy(), index=result.decisions)
        days = weights.index.intersection(signal[signal.notna()].index)
        days = days[days > result.backtest.start]
        assert (weights.loc[days, id] > 0).tolist() == (signal[days] == 1).tolist(), id
        turned += int((signal[days].diff().fillna(0) != 0).sum())
    assert turned > 50


def test_basket_holds_every_industry_that_counts() -> None:
    result = combined()
    frame = pd.DataFrame({id: r.backtest.nav["index"] for id, r in world().industries.items()})
    last, end = result.targets.index[-1], frame.index[-1]
    parts = [
        frame.loc[end, id] / frame.loc[last, id]
        for id in frame
        if id not in ("chem_fibre", "polyurethane")
    ]
    basket = result.backtest.nav["index"]
    assert basket[end] / basket[last] == pytest.approx(np.mean(parts))


def test_start_and_end_are_kept() -> None:
    result = combined(
        start=pd.Timestamp("2013-01-01").date(), end=pd.Timestamp("2016-06-30").date()
    )
    assert result.backtest.start == pd.Timestamp("2012-12-31")
    assert result.backtest.end == pd.Timestamp("2016-06-30")


def test_another_index_of_the_price_sheet_is_shown_beside() -> None:
    panel = simulate(catalog().values(), first="2001-01", last="2019-12")
    other = panel.prices["benchmark"] * 2.0
    late = other.where(other.index >= "2015-06-01")
    prices = panel.prices.assign(**{"000300.SH": other, "000905.SH": late})
    chosen = [catalog()["autos"], catalog()["banks"]]
    found = evaluate(replace(panel, prices=prices), chosen).combined
    assert found is not None
    np.testing.assert_allclose(found.others["000300.SH"], found.backtest.nav["benchmark"])
    shown = found.others["000905.SH"]
    assert shown.first_valid_index() == pd.Timestamp("2015-06-01")
    assert shown["2015-06-01"] == 1.0
    assert set(found.others) == {"000300.SH", "000905.SH"}


def test_one_industry_is_not_combined() -> None:
    assert combine({"autos": world().results["autos"]}, Settings()) is None


def test_grades() -> None:
    change = np.array([0.2, 0.05, 0.0, -0.04, -0.3, np.nan])
    signal = np.array([1.0, 1.0, 0.0, 0.0, 0.0, np.nan])
    by_size = grades(change, signal, by_states=False, band=0.05)
    np.testing.assert_equal(by_size, [1, 0, 0, 0, -1, np.nan])
    by_state = grades(change, signal, by_states=True, band=0.05)
    np.testing.assert_equal(by_state, [1, 1, -1, -1, -1, np.nan])


# --- the rules of time --------------------------------------------------------------------------

MONTHS = month_ends(84, "2009-01")
DAYS = pd.bdate_range("2009-01-01", "2015-12-31")


def result_of(
    id: str,
    signal: dict[str, float],
    *,
    start: str = "2010-01-29",
    covers: tuple[str, ...] = (),
    prices: pd.DataFrame | None = None,
    **settings: float,
) -> IndustryResult:
    """Return an industry with the signals of some months (carried on; NaN before the first)."""
    made = pd.Series(signal, dtype=float).set_axis(month_end(pd.DatetimeIndex(list(signal))))
    values = made.reindex(MONTHS, method="ffill")
    frame = walk(id) if prices is None else prices
    decisions = TradingCalendar(DAYS).decision_dates(MONTHS, "month_end")
    tested = backtest(
        values, decisions, frame["index"], frame["benchmark"],
        first_month=pd.Timestamp(start) + pd.offsets.MonthEnd(1), **settings,
    )  # fmt: skip
    known = evaluate_nothing(id, covers)
    return replace(
        known, decisions=pd.Series(decisions, MONTHS), composite=values, signal=values,
        backtest=tested,
    )  # fmt: skip


def evaluate_nothing(id: str, covers: tuple[str, ...]) -> IndustryResult:
    definition = industry_of({"a": {}}, id=id, covers=covers)
    empty, none = pd.DataFrame(index=MONTHS), pd.Series(np.nan, MONTHS)
    return IndustryResult(
        definition, none, none, none, none, none, none, none, empty, empty, empty, empty, empty,
        {}, empty, empty, empty, None,
    )  # fmt: skip


def walk(id: str) -> pd.DataFrame:
    """Return random prices of an industry's index beside the same market's."""
    generators = np.random.default_rng([*id.encode()]), np.random.default_rng(0)
    steps = np.column_stack([g.normal(0.0003, 0.012, len(DAYS)) for g in generators])
    return pd.DataFrame(100 * np.exp(np.cumsum(steps, axis=0)), DAYS, ["index", "benchmark"])


def test_an_industry_counts_and_covers_from_its_first_signal() -> None:
    """Its sample begins in February 2010 and its first signal is decided in March 2012."""
    late = result_of("big", {"2012-03-30": 1.0}, covers=("small",))
    found = combine({"big": late, "small": result_of("small", {"2010-01-29": 1.0})}, Settings())
    assert found is not None
    before, after = found.targets[:"2012-03-29"], found.targets["2012-03-30":]
    assert (before["small"] == 0.25).all()
    assert (before["big"] == 0.0).all()
    assert (after["big"] == 0.25).all()
    assert (after["small"] == 0.0).all()
    # The basket holds the one that counts.
    own = walk("small")["index"]
    basket = found.backtest.nav["index"]["2010-06-30":"2012-03-30"]
    np.testing.assert_allclose(basket / basket.iloc[0], own[basket.index] / own[basket.index[0]])


def test_what_it_covers_is_not_displaced_by_one_that_never_has_a_signal() -> None:
    never = result_of("big", {"2016-01-29": 1.0}, covers=("small",))
    found = combine({"big": never, "small": result_of("small", {"2010-01-29": 1.0})}, Settings())
    assert found is not None
    assert (found.targets["small"] == 0.25).all()


@pytest.mark.parametrize("delay_days", [0, 1, 7])
@pytest.mark.parametrize("holes", [False, True])
def test_one_industry_and_the_market_are_that_industry_s_backtest(
    delay_days: int, holes: bool
) -> None:
    """With a cap of 1 and no other signal: the same trades, costs and net values."""
    flips = {f"{day:%Y-%m-%d}": float(n % 2) for n, day in enumerate(MONTHS[12::3])}
    frame = walk("small")
    if holes:
        for first, days in (("2010-03-31", 1), ("2011-06-28", 9), ("2012-10-31", 20)):
            frame.loc[first : pd.Timestamp(first) + pd.Timedelta(days=days), "index"] = np.nan
    options = {"cost_bps": 20.0, "delay_days": delay_days}
    alone = result_of("small", flips, prices=frame, **options)
    other = result_of("other", {"2016-01-29": 1.0}, **options)
    found = combine({"small": alone, "other": other}, Settings(cap=1.0, **options))
    assert found is not None
    assert alone.backtest is not None
    nav = found.backtest.nav["strategy"]
    shared = nav.index.intersection(alone.backtest.nav.index)
    ours, theirs = nav[shared], alone.backtest.nav["strategy"][shared]
    np.testing.assert_allclose(ours / ours.iloc[-1], theirs / theirs.iloc[-1], rtol=1e-9)
    assert {n.code for n in found.notices} == (
        {"combined_late", "combined_untraded"} if holes else set()
    )


def test_a_missing_price_moves_the_trade_to_the_next_day_with_all_prices() -> None:
    """An earlier close would earn the jump that came before the decision."""
    frame = walk("small") * 0 + 100.0
    frame.loc["2012-03-29":, "index"] = 200.0
    frame.loc["2012-03-30":"2012-04-03", "index"] = np.nan
    jumps = result_of("small", {"2010-01-29": 0.0, "2012-03-30": 1.0}, prices=frame)
    flat = result_of("flat", {"2010-01-29": 1.0}, prices=walk("flat") * 0 + 100.0)
    found = combine({"small": jumps, "flat": flat}, Settings())
    assert found is not None
    np.testing.assert_allclose(found.backtest.nav["strategy"], 1.0)
    traded = found.backtest.traded
    assert list(traded.index[traded]) == [pd.Timestamp("2012-04-04")]
    assert found.turnover[pd.Timestamp("2012-03-30")] == pytest.approx(0.5)
    assert [n.code for n in found.notices] == ["combined_late"]


def test_a_decision_on_a_day_without_the_market_s_price_is_late_too() -> None:
    frames = {id: walk(id) for id in ("a", "b")}
    for frame in frames.values():
        frame.loc["2012-03-30", "benchmark"] = np.nan
    results = {id: result_of(id, {"2010-01-29": 1.0}, prices=f) for id, f in frames.items()}
    found = combine(results, Settings())
    assert found is not None
    assert found.backtest.late.tolist() == [pd.Timestamp("2012-03-30")]
    assert [n.code for n in found.notices] == ["combined_late"]
    assert found.turnover[pd.Timestamp("2012-03-30")] > 0


def test_an_industry_leaves_where_its_prices_end_and_the_strategy_goes_on() -> None:
    frame = walk("short")
    frame.loc["2013-05-11":, "index"] = np.nan
    short = result_of("short", {"2010-01-29": 1.0}, prices=frame)
    long = result_of("long", {"2010-01-29": 1.0})
    found = combine({"short": short, "long": long}, Settings())
    assert found is not None
    assert found.backtest.end == DAYS[-1]
    assert (found.targets["short"][:"2013-05-10"] == 0.25).all()
    assert (found.targets["short"]["2013-05-11":] == 0.0).all()
    (notice,) = found.notices
    assert notice.code == "combined_ended"
    assert all("2013-05-10" in text for text in (notice.zh, notice.en))
    # It is carried at its last price until it is sold.
    week = found.backtest.position["2013-05-13":"2013-05-30"]
    assert (week > 0.25).all()


def test_the_last_signal_is_the_one_decided_on_or_before_the_day() -> None:
    """A decision of the same day counts, one of the next day does not."""
    sixth = result_of("sixth", {"2010-01-29": 0.0, "2012-03-30": 1.0})
    sixth = replace(sixth, definition=replace(sixth.definition, rebalance="sixth"))
    decisions = sixth.decisions.copy()
    month = pd.Timestamp("2012-03-31")
    for decided, first in (("2012-03-30", "2012-03-30"), ("2012-04-02", "2012-04-30")):
        decisions[month] = pd.Timestamp(decided)
        moved = replace(sixth, decisions=decisions.copy())
        found = combine(
            {"sixth": moved, "flat": result_of("flat", {"2010-01-29": 0.0})}, Settings()
        )
        assert found is not None
        held = found.targets["sixth"] > 0
        assert held.idxmax() == pd.Timestamp(first)
