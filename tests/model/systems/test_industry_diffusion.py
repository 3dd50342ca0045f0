"""The diffusion index: known answers and properties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prosperity.errors import DataError
from prosperity.systems import evaluate_system
from prosperity.systems.rules.industry_diffusion import month_ends_before, trend_form

from .worlds import DAYS, panel_of, system_of, table, walk

ASSETS = list("ABCDEF")
TOP = "parameter.top = 2"
ENDS = pd.DatetimeIndex(
    DAYS[pd.Series(DAYS.to_period("M")).duplicated(keep="last").to_numpy() == 0][:-1]
)


def by_month(own: np.ndarray) -> list[pd.DataFrame]:
    """Return the last value and those of the months before, as frames of one date."""
    return [pd.DataFrame(own[[len(own) - 1 - k]]) for k in range(len(own))]


def test_rising_closes_are_one_and_falling_ones_nothing() -> None:
    steps = np.arange(1.0, 13)
    own = np.column_stack([steps, -steps + 20, np.full(12, 5.0)])
    assert trend_form(by_month(own), range(2, 13)).iloc[0].tolist() == [1.0, 0.0, 0.0]


@given(st.lists(st.floats(1, 100), min_size=12, max_size=12), st.integers(-6, 6))
@hypothesis_settings(max_examples=50, deadline=None)
def test_the_index_is_that_of_a_plain_loop_and_knows_no_scale(own: list, power: int) -> None:
    values = np.array(own)
    expected = np.mean([values[-1] > values[-k:].mean() * (1 + 1e-12) for k in range(2, 13)])
    for scale in (1.0, 2.0**power):
        found = trend_form(by_month(values[:, None] * scale), range(2, 13)).iloc[0, 0]
        assert found == pytest.approx(expected, abs=0.1 if scale == 0 else 1e-12)


def test_months_before() -> None:
    days = pd.DatetimeIndex(["2024-03-29", "2024-01-05"])
    assert list(month_ends_before(days, 1).strftime("%Y-%m-%d")) == ["2024-02-29", "2023-12-31"]
    assert list(month_ends_before(days, 12).strftime("%Y-%m-%d")) == ["2023-03-31", "2023-01-31"]


def test_stock_form_where_it_is_given_and_trend_form_where_it_is_not() -> None:
    share = pd.DataFrame([[0.75, 0.1, 0.5, 0.3, 0.2, 0.9]] * len(ENDS), ENDS, ASSETS)
    closes = walk(ASSETS)
    given_ = panel_of(closes, [table("industry_momentum.share", share)])
    stocks = evaluate_system(given_, system_of("industry_diffusion", ASSETS, TOP))
    assert stocks.scores.iloc[-1].tolist() == share.iloc[0].tolist()
    assert stocks.positions.iloc[-1][["A", "F"]].tolist() == [0.5, 0.5]
    assert list(stocks.contributions["A"]) == ["stock_share"]
    trend = evaluate_system(
        given_, system_of("industry_diffusion", ASSETS, TOP + "; parameter.form = trend")
    )
    alone = evaluate_system(panel_of(closes), system_of("industry_diffusion", ASSETS, TOP))
    pd.testing.assert_frame_equal(trend.scores, alone.scores)
    assert alone.scores.iloc[:11].isna().all(axis=None)
    with pytest.raises(DataError, match="no_table"):
        evaluate_system(
            panel_of(closes), system_of("industry_diffusion", ASSETS, "parameter.form = stock")
        )


def test_equal_ones_are_parted_by_the_months_return_then_by_id() -> None:
    share = pd.DataFrame(0.5, ENDS, ASSETS)
    closes = walk(ASSETS)
    system = system_of("industry_diffusion", ASSETS, TOP)
    result = evaluate_system(panel_of(closes, [table("industry_momentum.share", share)]), system)
    month = closes.loc[ENDS].pct_change(fill_method=None).iloc[-1]
    held = result.positions.loc[ENDS[-1]]
    assert set(held[held > 0].index) == set(month.nlargest(2).index)
    same = pd.DataFrame(dict.fromkeys(ASSETS, closes["A"]))
    first = evaluate_system(panel_of(same, [table("industry_momentum.share", share)]), system)
    held = first.positions.loc[ENDS[-1]]
    assert set(held[held > 0].index) == {"A", "B"}


def test_too_few_members_say_nothing() -> None:
    share, members = (pd.DataFrame(v, ENDS, ASSETS) for v in (0.5, 20.0))
    members["C"] = 4.0
    tables = [table("industry_momentum.share", share), table("industry_momentum.members", members)]
    result = evaluate_system(
        panel_of(walk(ASSETS), tables), system_of("industry_diffusion", ASSETS, TOP)
    )
    assert result.scores["C"].isna().all()
    assert result.scores["A"].notna().any()
    said = next(n for n in result.notices if n.code == "few_members")
    assert "Trade C" in said.en
    assert "C业" in said.zh


def test_changes_over_a_week_and_since_the_month_end_before() -> None:
    days = DAYS[::5]
    share = pd.DataFrame(np.linspace(0, 1, len(days))[:, None] * np.ones(6), days, ASSETS)
    result = evaluate_system(
        panel_of(walk(ASSETS), [table("industry_momentum.share", share)]),
        system_of("industry_diffusion", ASSETS, TOP),
    )
    step = 1 / (len(days) - 1)
    assert result.stages["change_week"]["A"].iloc[-1] == pytest.approx(step)
    months = result.scores["A"].diff()
    pd.testing.assert_series_equal(result.stages["change_month"]["A"].iloc[2:], months.iloc[2:])


def test_micro_caps_leave_at_their_lines() -> None:
    own = np.where(np.arange(len(DAYS)) < 300, 0.95, 0.91)
    micro = pd.DataFrame({"microcap": own}, DAYS)
    result = evaluate_system(
        panel_of(walk(ASSETS), [table("microcap_momentum", micro)]),
        system_of("industry_diffusion", ASSETS, TOP + "; schedule = week_end"),
    )
    last = result.parts.iloc[-1]
    assert (last["microcap_left"], last["microcap_right"], last["microcap_cross"]) == (
        0.0,
        1.0,
        0.0,
    )
    assert result.parts["microcap_left"].loc[: DAYS[299]].eq(1.0).all()


def test_short_prices_are_refused() -> None:
    with pytest.raises(DataError) as refused:
        evaluate_system(panel_of(walk(ASSETS).iloc[:100]), system_of("industry_diffusion", ASSETS))
    assert refused.value.code == "short_history"
    assert "has 100" in refused.value.en
