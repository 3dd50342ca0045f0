"""The state of the market: known answers, properties, what is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prosperity.errors import DataError
from prosperity.systems import SystemResult, evaluate_system, systems
from prosperity.systems.reading import with_changes
from prosperity.systems.rules.market_state import (
    AVERAGES,
    averages_below,
    fast_above_slow,
    jumps,
    state,
)
from prosperity.systems.simulated import simulated_system

from .worlds import DAYS, panel_of, table

INDICES = ["sse", "sse50", "csi300", "csi500", "csi1000"]
SYSTEM = systems()["market_state"]
CODES = {asset.id: asset.price for asset in SYSTEM.assets}


def closes(levels: np.ndarray) -> pd.DataFrame:
    """Return the same closes for every index."""
    return pd.DataFrame({CODES[id]: levels for id in CODES}, DAYS[: len(levels)])


def evaluated(prices: pd.DataFrame, *tables, changes: str = "") -> SystemResult:  # type: ignore[no-untyped-def]
    return evaluate_system(
        panel_of(prices, tables), with_changes(SYSTEM, changes) if changes else SYSTEM
    )


def test_breadth_of_the_known_answer() -> None:
    shares = pd.Series([0.5, 1.0, 0.5, 0.5])
    signal = fast_above_slow(shares, 2, 3)
    # Day 4: .75 above .667; day 5: .5 below .667.
    assert signal[2:].tolist() == [1.0, 0.0]
    assert signal[:2].isna().all()


def test_all_eight_averages_lie_below_rising_closes() -> None:
    rising = evaluated(closes(np.linspace(100, 200, 300)), changes="parameter.min_signals = 1")
    assert (rising.stages["averages_below"].iloc[-1] == 8).all()
    assert (rising.stages["averages"].iloc[-1] == 1).all()
    assert rising.stages["averages_below"].iloc[:232].isna().all(axis=None)
    flat = averages_below(pd.Series(np.full(300, 7.3)))
    assert (flat.dropna() == 0).all()


def test_averages_are_those_of_a_plain_loop() -> None:
    own = np.random.default_rng(1).normal(0, 1, 260).cumsum() + 100
    expected = sum(own[-1] > own[-k:].mean() for k in AVERAGES)
    assert averages_below(pd.Series(own)).iloc[-1] == expected


def test_five_averages_are_bullish_in_a_variant_alone_and_three_bearish() -> None:
    panel = simulated_system(SYSTEM, 24)
    plain = evaluate_system(panel, SYSTEM)
    variant = next(v for v in SYSTEM.variants if v.id == "ge5")
    other = evaluate_system(panel, with_changes(SYSTEM, variant.changes))
    count = plain.stages["averages_below"]
    assert plain.stages["averages"].equals((count > 5).astype(float).where(count.notna()))
    assert (other.stages["averages"][count >= 5] == 1).to_numpy().sum() == (
        count >= 5
    ).to_numpy().sum()
    below = (other.stages["averages"][count <= 3] == -1).to_numpy().sum()
    assert below == (count <= 3).to_numpy().sum()
    # A bearish signal is not on; it takes nothing away.
    assert (other.scores.dropna() >= 0).all(axis=None)


@given(st.lists(st.floats(1, 100), min_size=70, max_size=90), st.integers(-8, 8))
@hypothesis_settings(max_examples=30, deadline=None)
def test_signals_do_not_know_the_scale(own: list, power: int) -> None:
    series = pd.Series(own)
    for of in (lambda s: fast_above_slow(s, 20, 60), lambda s: jumps(s, 50)):
        pd.testing.assert_series_equal(of(series), of(series * 2.0**power), check_names=False)
    pd.testing.assert_series_equal(
        fast_above_slow(series, 20, 60),
        (series.rolling(20).mean() > series.rolling(60).mean() * (1 + 1e-12))
        .astype(float)
        .where(series.rolling(60).count() == 60),
    )


def test_the_state_is_the_share_of_signals_that_are_on() -> None:
    frame = pd.DataFrame([[1.0, 0.0, np.nan, np.nan]])
    other = pd.DataFrame([[1.0, -1.0, 1.0, np.nan]])
    third = pd.DataFrame([[0.0, 1.0, 1.0, 1.0]])
    scores, parts = state({"a": frame, "b": other, "c": third}, 2)
    expected = [2 / 3, 1 / 3, 1.0, np.nan]
    np.testing.assert_allclose(scores.iloc[0], expected)
    for place, value in enumerate(expected[:3]):
        assert parts[str(place)].sum(axis=1).iloc[0] == pytest.approx(value, abs=1e-10)


def test_a_unit_that_jumps_is_asked_about_and_its_windows_say_nothing() -> None:
    amounts = pd.DataFrame(100.0 + np.arange(300.0)[:, None] * np.ones(5), DAYS[:300], INDICES)
    amounts.loc[DAYS[200] :, "csi300"] *= 10_000
    result = evaluated(closes(np.linspace(100, 200, 300)), table("turnover", amounts))
    said = next(n for n in result.notices if n.code == "amount_unit")
    assert "turnover of 000300.SH jumps by about 10," in said.en
    assert f"{DAYS[200]:%Y-%m-%d}" in said.zh
    volume = result.stages["volume"]["csi300"]
    assert volume.loc[DAYS[200] : DAYS[258]].isna().all()
    assert volume.loc[DAYS[259] :].notna().all()
    assert volume.loc[: DAYS[199]].iloc[60:].notna().all()
    assert result.stages["volume"]["csi500"].iloc[60:].notna().all()


def test_zero_for_missing_turnover_is_no_turnover() -> None:
    amounts = pd.DataFrame(100.0 + np.arange(300.0)[:, None] * np.ones(5), DAYS[:300], INDICES)
    amounts.iloc[100, 0] = 0.0
    result = evaluated(closes(np.linspace(100, 200, 300)), table("turnover", amounts))
    assert not [n for n in result.notices if n.code == "amount_unit"]


def test_the_barbell_is_evened_out_at_month_ends_alone() -> None:
    panel = simulated_system(SYSTEM, 24)
    result = evaluate_system(panel, SYSTEM)
    held = result.positions.dropna()
    assert (held[["dividend", "small"]] == 0.5).all(axis=None)
    assert len(held) == len(held.index.to_period("M").unique())
    assert result.backtest is not None
    assert result.scores.iloc[-1].notna().any()
    on = result.parts["barbell_on"].dropna()
    assert set(on) <= {0.0, 1.0}
    assert result.latest == result.decisions[-1]


def test_the_barbell_net_value_is_that_of_bt(recwarn: pytest.WarningsRecorder) -> None:
    bt = pytest.importorskip("bt")
    panel = simulated_system(SYSTEM, 24)
    result = evaluate_system(panel, SYSTEM)
    assert result.backtest is not None
    nav = result.backtest.nav["strategy"]
    prices = panel.prices[["000922.CSI", "932000.CSI"]].set_axis(["dividend", "small"], axis=1)
    weights = result.positions.dropna()[["dividend", "small"]]
    algos = [bt.algos.WeighTarget(weights), bt.algos.Rebalance()]
    test = bt.Backtest(bt.Strategy("x", algos), prices, integer_positions=False, progress_bar=False)
    theirs = bt.run(test).prices["x"]
    theirs = theirs[nav.index] / theirs[nav.index[0]]
    np.testing.assert_allclose(nav, theirs, rtol=1e-9)


def test_a_signal_without_data_is_said_and_too_few_say_nothing() -> None:
    prices = closes(np.linspace(100, 200, 300))
    amounts = pd.DataFrame(100.0 + np.arange(300.0)[:, None] * np.ones(5), DAYS[:300], INDICES)
    result = evaluated(prices, table("turnover", amounts))
    said = next(n for n in result.notices if n.code == "silent_signal")
    assert "breadth" in said.en
    assert "宽度" in said.zh
    assert (result.scores.iloc[-1] == 1.0).all()
    with pytest.raises(DataError) as refused:
        evaluated(prices)
    assert refused.value.code == "nothing_said"
    with pytest.raises(DataError) as refused:
        evaluated(prices.iloc[:100], table("turnover", amounts.iloc[:50]))
    assert refused.value.code == "short_history"
    assert "233 days before the first decision and has 100" in refused.value.en


def test_work_grows_with_the_columns_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each table is sampled a fixed number of times, however many decisions there are."""
    from prosperity.systems.rules import market_state

    own, calls = market_state.newest, []
    monkeypatch.setattr(market_state, "newest", lambda *a: calls.append(1) or own(*a))
    counts = []
    for months in (15, 30):
        calls.clear()
        evaluate_system(simulated_system(SYSTEM, months), SYSTEM)
        counts.append(len(calls))
    assert counts[0] == counts[1] < 20
