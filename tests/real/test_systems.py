"""The systems on real data: index moves to two decimals, cautious volume, end-to-end runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from prosperity.calendar import TradingCalendar
from prosperity.panel import Panel
from prosperity.systems import System, SystemResult, evaluate_system, systems
from prosperity.systems.reading import with_changes
from prosperity.systems.reduce import reduce
from prosperity.systems.releases import released
from prosperity.systems.spec import Input
from prosperity.tables import Table

DAY = pd.Timestamp("2025-04-25")
FIVE = {"sse": 0.56, "sse50": -0.33, "csi300": 0.38, "csi500": 1.20, "csi1000": 1.85}
#: Thousand yuan to 亿元.
TO_YI = 1e-5


def made(system: System, id: str, frame: pd.DataFrame, calendar: TradingCalendar) -> Table:
    """Return a table, released by the rule of its input."""
    one: Input = system.input(id.partition(".")[0])
    index = pd.DatetimeIndex(frame.index)
    return Table.by_date(id, frame, pd.Series(released(one, index, calendar), index))


@pytest.fixture(scope="module")
def broad(real_data: Path) -> pd.DataFrame:
    """Give closes and amounts of the broad indices, a row a day and index."""
    frame = pd.read_csv(real_data / "systems/index_daily_ohlc_amount_macropage.csv")
    return frame.assign(day=pd.to_datetime(frame["trade_date"].astype(str)))


@pytest.fixture(scope="module")
def market(broad: pd.DataFrame) -> SystemResult:
    system = systems()["market_state"]
    ids = {asset.price: asset.id for asset in system.assets}
    frame = broad[broad["ts_code"].isin(ids) & (broad["day"] >= "2022-01-01")]
    closes = frame.pivot(index="day", columns="ts_code", values="close")
    amount = (
        frame.pivot(index="day", columns="ts_code", values="amount").rename(columns=ids) * TO_YI
    )
    table = made(system, "turnover", amount, TradingCalendar(pd.DatetimeIndex(closes.index)))
    return evaluate_system(Panel({}, closes, tables={"turnover": table}), system)


def test_the_five_index_moves_of_the_week_to_two_decimals(
    market: SystemResult, shown: Callable[[str], None]
) -> None:
    week = 100 * market.stages["week_return"].loc[DAY]
    assert {id: round(week[id], 2) for id in FIVE} == FIVE
    published = {
        p.statistic.rpartition(":")[2]: p.value
        for p in market.definition.published  # type: ignore[union-attr]
        if p.statistic.startswith("stage:week_return")
    }
    assert published == FIVE
    shown("market_state: the five index moves of the week to 2025-04-25 to two decimals")


def test_volume_is_cautious_for_all_five_and_would_be_by_other_windows_too(
    market: SystemResult, shown: Callable[[str], None]
) -> None:
    assert (market.stages["volume"].loc[DAY, list(FIVE)] == 0).all()
    assert market.stages["averages_below"].loc[DAY, "csi300"] == 3
    assert not [n for n in market.notices if n.code == "amount_unit"]
    on = market.stages["volume"].mean().round(2).to_dict()
    shown(f"market_state: volume cautious for all five on 2025-04-25; share of days bullish {on}")


def test_a_unit_in_yuan_half_way_is_asked_about(broad: pd.DataFrame) -> None:
    system = systems()["market_state"]
    ids = {asset.price: asset.id for asset in system.assets}
    frame = broad[broad["ts_code"].isin(ids) & (broad["day"] >= "2024-01-01")]
    closes = frame.pivot(index="day", columns="ts_code", values="close")
    amount = (
        frame.pivot(index="day", columns="ts_code", values="amount").rename(columns=ids) * TO_YI
    )
    amount.loc["2025-03-03":] *= 10_000
    table = made(system, "turnover", amount, TradingCalendar(pd.DatetimeIndex(closes.index)))
    result = evaluate_system(Panel({}, closes, tables={"turnover": table}), system)
    said = [n.en for n in result.notices if n.code == "amount_unit"]
    assert len(said) == 5
    assert "2025-03-03" in said[0]


@pytest.fixture(scope="module")
def industries(real_data: Path) -> pd.DataFrame:
    """Give daily closes of the level-1 industries."""
    frame = pd.read_csv(real_data / "real/index_daily.csv", index_col="date", parse_dates=True)
    return frame[[name for name in frame if name.endswith(".SI")]].dropna(how="all")


def test_the_trend_form_over_twenty_years_of_industries(
    industries: pd.DataFrame, shown: Callable[[str], None]
) -> None:
    result = evaluate_system(Panel({}, industries), systems()["industry_diffusion"])
    scores = result.scores
    assert scores.iloc[:11].isna().all(axis=None)
    known = scores.stack().dropna()
    assert known.between(0, 1).all()
    assert scores.iloc[-1].notna().all()
    assert result.backtest is not None
    assert result.ranking is not None
    held = result.positions.dropna()
    np.testing.assert_allclose(held.sum(axis=1), 1.0)
    nav = result.backtest.nav
    lines = []
    for published in systems()["industry_diffusion"].published:
        if published.end > "2024-12" or not published.start:
            continue
        ends = [
            pd.Timestamp(f"{published.start}-01"),
            pd.Timestamp(published.end) + pd.offsets.MonthEnd(0),
        ]
        span = nav.loc[: ends[1]].iloc[[nav.index.searchsorted(ends[0]) - 1, -1]]
        own = 100 * (span["strategy"].iloc[1] / span["strategy"].iloc[0] - 1)
        other = 100 * (span["benchmark"].iloc[1] / span["benchmark"].iloc[0] - 1)
        lines.append(
            f"{published.start}..{published.end} {own - other:+.2f} ({published.value:+.2f})"
        )
    shown(
        f"industry_diffusion (trend, Shenwan): excess, ours (published): {'; '.join(lines)}; "
        f"IC {result.ranking.mean:.3f}"
    )


def test_the_stock_form_of_the_monthly_panel(
    real_data: Path, industries: pd.DataFrame, shown: Callable[[str], None]
) -> None:
    path = real_data / "systems/ashare_monthly_adjusted_close_panel.csv"
    codes = pd.read_csv(path, nrows=0).columns[1:]
    system = systems()["industry_diffusion"]
    # Which stock belongs where is not in the data: spread over the industries by turns.
    names = [asset.id for asset in system.assets]
    members = pd.DataFrame(
        {"code": codes, "industry": [names[k % len(names)] for k in range(len(codes))]}
    )
    reduced = reduce("industry_diffusion", path, members=members)
    sheet = reduced.sheets["industry_momentum"]
    assert sheet["share"].between(0, 1).all()
    assert sheet["date"].min() == pd.Timestamp("2013-07-31")
    assert {n.code for n in reduced.notices} == {"survivors", "coarse_rows"}
    closes = industries.loc["2013":"2022-03"]
    calendar = TradingCalendar(pd.DatetimeIndex(closes.index))
    tables = {
        f"industry_momentum.{field}": made(
            system,
            f"industry_momentum.{field}",
            sheet.pivot(index="date", columns="industry", values=field),
            calendar,
        )
        for field in ("share", "members")
    }
    result = evaluate_system(Panel({}, closes, tables=tables), system)
    assert result.scores.loc[:"2013-06"].isna().all(axis=None)
    assert result.scores.iloc[-1].notna().all()
    breadth = result.parts["mean"]
    shown(
        f"industry_diffusion (stock form): breadth of the market {breadth.min():.2f} in "
        f"{breadth.idxmin():%Y-%m}, {breadth.max():.2f} in {breadth.idxmax():%Y-%m}"
    )


def test_five_real_funds_flow_from_shares_to_a_ranking(
    real_data: Path, industries: pd.DataFrame, broad: pd.DataFrame, shown: Callable[[str], None]
) -> None:
    frame = pd.read_csv(real_data / "systems/etf_shares_csi300_chinext.csv", dtype={"code": str})
    frame["date"] = pd.to_datetime(frame["date"])
    shares = frame.pivot(index="date", columns="code", values="shares_100m").loc[:"2024-12"]
    flags = (
        frame.pivot(index="date", columns="code", values="quality").loc[:"2024-12"] == "estimated"
    )
    index = broad[broad["ts_code"] == "000300.SH"].set_index("day")["close"].sort_index()
    level = index.reindex(shares.index).ffill() / 1000
    # Net asset values are not in the data: the index stands for them, doubled at the merger.
    nav = pd.DataFrame(dict.fromkeys(shares, level)).where(shares.notna())
    merger = pd.Timestamp("2024-09-20")
    step = shares["510310"].loc[:merger].iloc[-1] / shares["510310"].loc[:merger].iloc[-2]
    nav.loc[merger:, "510310"] /= step
    system = with_changes(
        systems()["etf_flows"],
        "parameter.drop_broad = off; parameter.measure = size; parameter.top = 1",
    )
    calendar = TradingCalendar(pd.DatetimeIndex(industries.index))
    amounts = {"etf_flows.shares": shares, "etf_flows.nav": nav}
    tables = {id: made(system, id, own, calendar) for id, own in amounts.items()}
    tables["etf_flows.shares"] = replace(tables["etf_flows.shares"], estimated=flags)
    names = ["banks", "non_bank_financials", "electronics", "electronics", "power_equipment"]
    rows = pd.DataFrame({"code": list(shares), "industry": names, "broad": 1.0})
    panel = Panel({}, industries.loc["2012":], tables=tables, lists={"etf_map": rows})
    result = evaluate_system(panel, system)
    said = {n.code: n for n in result.notices}
    assert f"510310 {merger:%Y-%m-%d}" in said["split"].en
    assert str(int((flags & shares.notna()).sum().sum())) in said["estimated"].en
    assert result.scores.iloc[-1].notna().sum() == 4
    crowding = result.stages["crowding"].stack().dropna()
    assert crowding.between(0, 1).all()
    flow = result.stages["flow"].abs().max().max()
    shown(
        f"etf_flows: {len(result.decisions)} months of five funds, merger of 510310 listed, "
        f"largest five-day flow {flow:.0f} (亿元)"
    )
