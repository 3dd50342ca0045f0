"""The tables of returns, risk and holdings, counted by hand."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from prosperity.backtest import Backtest
from prosperity_excel.report.combined_charts import rolling_excess
from prosperity_excel.report.returns_tables import (
    SPELLS_SHOWN,
    YEARS_SHOWN,
    period_returns,
    periods_table,
    risks,
    spells,
    spells_table,
    years_table,
)
from prosperity_excel.words.report_words import Voice

LABELS = ("Strategy", "Index", "Benchmark")
SPANS = (1,) * 13


def backtest(nav: pd.DataFrame, held: list[float] | None = None) -> Backtest:
    position = pd.Series(1.0 if held is None else held, index=nav.index)
    return Backtest(nav.index[0], nav.index[-1], nav, position, position.ne(position), {})


def steady(first: str, last: str, growth: float = 0.1) -> pd.DataFrame:
    """Return net values that grow by the same rate a year of 365.25 days, the index twice so."""
    days = pd.bdate_range(first, last)
    years = (days - days[0]).days.to_numpy() / 365.25
    return pd.DataFrame(
        {
            "strategy": (1 + growth) ** years,
            "index": (1 + 2 * growth) ** years,
            "benchmark": np.ones(len(days)),
        },
        index=days,
    )


def test_periods_end_on_the_last_day_and_begin_at_the_close_before_their_first() -> None:
    days = pd.DatetimeIndex(["2022-12-30", "2023-05-31", "2023-06-28", "2023-07-03", "2023-07-31"])
    nav = pd.Series([1.0, 2.0, 4.0, 5.0, 8.0], index=days)
    month, quarter, this_year, year, three, five, since = period_returns(nav)
    # A month before 07-31 is 06-30, on which there is no price: the close of 06-28 counts.
    assert month == pytest.approx(8 / 4 - 1)
    assert quarter == pytest.approx(8 / 1 - 1)  # 04-30: the close of 12-30
    assert this_year == pytest.approx(8 / 1 - 1)
    assert all(map(math.isnan, (year, three, five)))  # they begin before the first day
    assert math.isnan(since)  # less than a year


def test_periods_beyond_a_year_are_said_a_year() -> None:
    nav = steady("2015-01-01", "2023-07-31")["strategy"]
    *_, year, three, five, since = period_returns(nav)
    for found in (year, three, five, since):
        assert found == pytest.approx(0.1, abs=2e-3)


def test_a_day_that_its_month_a_year_ago_did_not_have_counts_from_the_last_it_had() -> None:
    days = pd.DatetimeIndex(["2023-02-28", "2024-01-31", "2024-02-29"])
    month, *_ = period_returns(pd.Series([1.0, 2.0, 3.0], index=days))
    assert month == pytest.approx(3 / 1 - 1)  # 01-29: the close of the February before


def test_risk_is_of_months_and_the_drawdown_of_days() -> None:
    days = pd.DatetimeIndex(["2022-12-30", "2023-01-10", "2023-01-31", "2023-02-28", "2023-03-31"])
    values = [1.0, 0.5, 1.1, 1.1 * 0.95, 1.1 * 0.95 * 1.2]
    nav = pd.DataFrame(dict.fromkeys(("strategy", "index", "benchmark"), values), index=days)
    months = np.array([0.1, -0.05, 0.2])
    deviation, fall, sharpe = risks(backtest(nav), "strategy", 0.0)
    assert deviation == pytest.approx(months.std(ddof=1) * math.sqrt(12))
    assert fall == pytest.approx(-0.5)  # inside January, though the month ended higher
    assert sharpe == pytest.approx(months.mean() * 12 / deviation)
    less = risks(backtest(nav), "strategy", 0.03)[2]
    assert less == pytest.approx(((months.mean() - (1.03 ** (1 / 12) - 1)) * 12) / deviation)


def test_a_value_that_never_moves_has_no_sharpe_ratio() -> None:
    nav = steady("2020-01-01", "2023-07-31")
    deviation, fall, sharpe = risks(backtest(nav), "benchmark", 0.0)
    assert (deviation, fall) == (0.0, 0.0)
    assert math.isnan(sharpe)
    table = periods_table(backtest(nav), LABELS, SPANS, 0.0, Voice("en"))
    assert table.rows[2][-1] is None  # shown as a dash


def test_the_last_row_is_the_strategy_less_the_benchmark() -> None:
    nav = steady("2015-01-01", "2023-07-31")
    table = periods_table(backtest(nav), LABELS, SPANS, 0.0, Voice("en"))
    strategy, _, market, ahead = table.rows
    for own, other, gap in zip(strategy[1:8], market[1:8], ahead[1:8], strict=True):
        assert gap == pytest.approx(own - other)  # type: ignore[operator]
    assert ahead[8:] == ("", "", "")
    assert table.total


def test_the_report_s_own_totals_stand_beside_ours_where_it_gives_some() -> None:
    nav = steady("2015-01-01", "2023-07-31")
    table = periods_table(backtest(nav), LABELS, SPANS, 0.0, Voice("zh"), {"strategy": 5.43})
    assert [c.label for c in table.columns[-2:]] == ["累计\n本次", "累计\n浙商原文"]
    assert table.rows[0][-2] == pytest.approx(nav["strategy"].iloc[-1] - 1)
    assert [row[-1] for row in table.rows] == [5.43, None, None, ""]
    assert sum(c.span for c in table.columns) == 13


def test_years_are_columns_oldest_first_and_no_more_than_fit() -> None:
    nav = steady("2005-01-03", "2023-07-31")
    table = years_table(backtest(nav), LABELS, Voice("en"))
    years = [int(c.label) for c in table.columns[1:]]
    assert years == list(range(2024 - YEARS_SHOWN, 2024))
    for row in table.rows:
        assert len(row) == YEARS_SHOWN + 1
    strategy, _, market, ahead = ([float(v) for v in row[1:]] for row in table.rows)  # type: ignore[arg-type]
    assert ahead == pytest.approx([a - b for a, b in zip(strategy, market, strict=True)])


def test_holdings_reach_from_the_close_of_the_buy_to_that_of_the_sale() -> None:
    days = pd.bdate_range("2023-01-02", periods=8)
    index = [1.0, 1.1, 1.2, 0.6, 0.6, 0.9, 0.9, 1.8]
    nav = pd.DataFrame({"strategy": index, "index": index, "benchmark": [1.0] * 8}, index=days)
    # Bought on the second day, sold on the fourth; bought on the sixth, and held.
    newest, first = spells(backtest(nav, [0, 1, 1, 0, 0, 1, 1, 1]))
    assert (first.start, first.end, first.open) == (days[1], days[3], False)
    assert first.index == pytest.approx(0.6 / 1.1 - 1)
    assert (newest.start, newest.end, newest.open) == (days[5], days[7], True)
    assert newest.index == pytest.approx(1.8 / 0.9 - 1)


@pytest.mark.parametrize("held", [[0.0] * 4, [0.0, 0.0, 0.0, 1.0]])
def test_what_was_never_held_over_a_day_is_said_so(held: list[float]) -> None:
    days = pd.bdate_range("2023-01-02", periods=4)
    nav = pd.DataFrame(dict.fromkeys(("strategy", "index", "benchmark"), [1.0] * 4), index=days)
    table = spells_table(backtest(nav, held), (1, 1, 1, 1), Voice("en"))
    assert table.rows == (("never held", "", "", ""),)


def test_the_newest_holdings_are_shown_and_one_that_lasts_says_so() -> None:
    days = pd.bdate_range("2023-01-02", periods=60)
    nav = pd.DataFrame(dict.fromkeys(("strategy", "index", "benchmark"), [1.0] * 60), index=days)
    held = ([0.0] * 2 + [1.0] * 2) * 15
    rows = spells_table(backtest(nav, held), (1, 1, 1, 1), Voice("both")).rows
    assert len(rows) == SPELLS_SHOWN
    assert str(rows[0][0]).endswith("持有中 still held")
    assert all(str(a[0]) > str(b[0]) for a, b in pairwise(rows))


def test_the_rolling_excess_compares_the_same_year_of_both() -> None:
    nav = steady("2020-01-01", "2023-07-31")
    found = rolling_excess(backtest(nav))
    assert found[: nav.index[0] + pd.DateOffset(years=1, days=-1)].isna().all()
    assert found.dropna().to_numpy() == pytest.approx(0.1, abs=5e-3)
