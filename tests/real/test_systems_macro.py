"""Macro timing, style timing, crowding and the plan on real data, end to end.

Where a published series is not there a stand-in is, and is named beside it. Figures are printed
beside the published ones, and never compared with them: windows and series differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from prosperity.calendar import TradingCalendar
from prosperity.engine import evaluate
from prosperity.evaluation import Evaluation
from prosperity.industry_views import view
from prosperity.panel import Observations, Panel, observations
from prosperity.plan import plan
from prosperity.settings import Settings
from prosperity.systems import SystemResult, evaluate_system, find_system
from prosperity.systems.reading import with_changes
from prosperity.tables import Table

from . import realdata

MARKET = "881001.WI"
END = Settings(as_of=date(2022, 12, 30))
MONTHLY = {
    "m1_yoy": "M1:同比",
    "m2_yoy": "M2:同比",
    "ppi_yoy": "PPI:全部工业品:当月同比",
    "cpi_yoy": "CPI:当月同比",
    "industrial_value_added_yoy": "工业增加值:当月同比",
    "power_output_yoy": "产量:发电量:当月同比",
}
MODELS = ("autos", "banks", "food_beverage", "home_appliances", "steel")


def daily(folder: Path, name: str, date_column: str, column: str) -> pd.Series:
    """Return a column of a daily file by date, ascending; what is no number is left out."""
    frame = pd.read_csv(folder / "systems" / name, encoding="utf-8-sig")
    index = pd.DatetimeIndex(pd.to_datetime(frame[date_column]).to_numpy("datetime64[ns]"))
    values = pd.Series(pd.to_numeric(frame[column], errors="coerce").to_numpy(float), index)
    return values.dropna().sort_index()


def monthly_mean(values: pd.Series) -> pd.Series:
    return values.groupby(values.index + pd.offsets.MonthEnd(0)).mean()


def closes(folder: Path, code: str) -> pd.Series:
    return daily(folder, f"{code}.csv", "日期", "CLOSE")


@cache
def macro_panel(folder: Path) -> Panel:
    """Return the panel of macro timing; DR007 is not there, and 3 months stand in for 1 month."""
    system = find_system("macro_position")
    prices = realdata._prices(folder)[[MARKET]]
    calendar = TradingCalendar(pd.DatetimeIndex(prices[MARKET].dropna().index))
    curve = "cgb_yield_curve_daily_macropage.csv"
    old = daily(folder, "shibor_daily_2006_2017.csv", "Unnamed: 0", "3M")
    new = daily(folder, "shibor_daily_2015_2022.csv", "Unnamed: 0", "3M")
    # The US close of a day is known on the next here.
    us = {
        id: daily(folder, f"{id_file}_daily.csv", "DATE", column).shift(1, freq="D")
        for id, id_file, column in (
            ("us10y", "us_10y_DGS10", "DGS10"),
            ("us_tips10y", "us_tips10y_DFII10", "DFII10"),
        )
    }
    found = {id: realdata._values(folder, name) for id, name in MONTHLY.items()}
    found |= {
        "cgb10y": monthly_mean(daily(folder, curve, "workTime", "tenYear")),
        "cgb1m": monthly_mean(daily(folder, curve, "workTime", "threeMonth")),
        "shibor3m": monthly_mean(new.combine_first(old)),
        **{id: monthly_mean(values) for id, values in us.items()},
    }
    series: dict[str, Observations] = {}
    for one in system.indicators:
        if one.id in found:
            name = MONTHLY.get(one.id, "")
            values = found[one.id]
            series[one.id] = observations(
                one.id,
                values,
                calendar=calendar,
                lag_days=one.lag_days,
                frequency=one.frequency,
                releases=realdata._releases(folder, name, values.index) if name else None,
                unit=one.unit,
            )
    # Money market: the mean SHIBOR overnight rate, compounded, stands for bonds.
    overnight = daily(folder, "shibor_daily_2015_2022.csv", "Unnamed: 0", "O/N").combine_first(
        daily(folder, "shibor_daily_2006_2017.csv", "Unnamed: 0", "O/N")
    )
    rate = overnight.reindex(prices.index, method="ffill")
    return Panel(series, prices.assign(bond=(1 + rate / 25000).cumprod()))


@cache
def macro(folder: Path, mode: str) -> SystemResult:
    system = find_system("macro_position")
    system = with_changes(system, "parameter.mode = factory") if mode == "factory" else system
    return evaluate_system(macro_panel(folder), system, END)


@pytest.mark.parametrize("mode", ["fixed", "factory"])
def test_macro_timing_runs_on_real_series(
    real_data: Path, mode: str, shown: Callable[[str], None]
) -> None:
    found = macro(real_data, mode)
    position = found.scores["benchmark"].dropna()
    # SHIBOR ends in June 2022 and DR007 is absent: the group speaks through the spreads.
    assert position.index[-1] >= pd.Timestamp("2022-06-30")
    assert position.between(0, 1).all()
    assert len(position) > (100 if mode == "factory" else 160)
    assert found.parts["dr007"].isna().all()
    assert found.parts["m1_yoy"].notna().sum() > 60
    assert found.backtest is not None
    stats = found.backtest.statistics
    for value in ("annualised_return", "volatility", "max_drawdown", "sharpe"):
        assert np.isfinite(stats[value])
    shown(
        f"macro_position    {mode:<8} {100 * stats['annualised_return']:6.2f}% a year, market "
        f"{100 * stats['annualised_benchmark']:.2f}, volatility {100 * stats['volatility']:.1f}, "
        f"drawdown {100 * stats['max_drawdown']:.1f}, Sharpe {stats['sharpe']:.2f}, from "
        f"{found.backtest.start:%Y-%m}   published 2005-2022: 18.73, 10.88, 15.2, 13.8, 1.13"
    )


@cache
def style(folder: Path) -> SystemResult:
    """Return style timing on stand-ins for its two flow legs and its correlation.

    Flow: northbound buying in Shenzhen for small and growth, in Shanghai for large and value.
    Correlation: the mean pairwise one of 31 industries' daily returns over 60 days, the same for
    both pairs. Members' book to price is not there, so that indicator does not vote.
    """
    codes = {
        "801813.SI": "small",
        "801811.SI": "large",
        "399370.SZ": "growth",
        "399371.SZ": "value",
    }
    prices = pd.DataFrame({code: closes(folder, code) for code in (*codes, MARKET)})
    industries = realdata._prices(folder).drop(columns=MARKET).loc["2014-06":]
    returns = industries.pct_change(fill_method=None).iloc[1:]
    z = (returns - returns.rolling(60).mean()) / returns.rolling(60).std(ddof=0)
    count = z.shape[1]
    # The variance of the mean of standardised returns gives the mean pairwise correlation.
    correlation = (z.mean(axis=1).rolling(60).var(ddof=0) * count - 1.0) / (count - 1.0)
    north = {
        leg: daily(folder, "north_south_money_daily.csv", "trade_date", column)
        for leg, column in (("long", "sgt"), ("short", "hgt"))
    }
    pairs = ["small/large", "growth/value"]

    def table(field: str, values: pd.Series) -> Table:
        last = values[values.index <= pd.Timestamp("2024-12-01")].resample("ME").last().dropna()
        frame = pd.DataFrame(dict.fromkeys(pairs, last))
        days = pd.Series(frame.index, frame.index)
        return Table.by_date(f"style_timing.{field}", frame, days, "stand-in")

    tables = [
        table("correlation", correlation.dropna()),
        table("active_inflow_long", north["long"].rolling(20).sum().dropna()),
        table("active_inflow_short", north["short"].rolling(20).sum().dropna()),
    ]
    panel = Panel({}, prices.loc[:"2024-12-12"], tables={one.id: one for one in tables})
    return evaluate_system(panel, find_system("style_timing"))


def test_style_timing_runs_on_real_indices_with_stand_ins(
    real_data: Path, shown: Callable[[str], None]
) -> None:
    found = style(real_data)
    votes = found.parts.dropna(how="all")
    assert list(votes) == ["small/large", "growth/value"]
    assert votes.index[0] >= pd.Timestamp("2019-12-31")
    assert len(votes) >= 50
    assert votes.abs().max(axis=None) <= 1.0
    assert "vote_valuation" not in found.stages
    assert "dividend" not in found.scores
    assert "assets_without_prices" in {n.code for n in found.notices}
    assert found.backtest is not None
    stats = found.backtest.statistics
    shown(
        f"style_timing      stand-ins {100 * stats['annualised_return']:.2f}% a year, market "
        f"{100 * stats['annualised_benchmark']:.2f}, from {found.backtest.start:%Y-%m}   "
        "published: timing 16.5, rotation 36.2, on other indicators and assets"
    )


@cache
def crowding(folder: Path) -> SystemResult:
    """Return crowding from industries' amounts: the 250-day percentile of each one's share.

    It stands in for that of ETF flows, which are not there by industry.
    """
    system = find_system("etf_flows")
    amount = pd.DataFrame(
        {
            asset.id: daily(folder, f"shenwan/{asset.price}.csv", "日期", "AMT")
            for asset in system.assets
            if (folder / "systems" / "shenwan" / f"{asset.price}.csv").exists()
        }
    )
    share = amount.div(amount.sum(axis=1), axis=0).rolling(5).mean()
    found = share.rolling(250).rank(pct=True)
    dates = pd.DatetimeIndex(macro(folder, "fixed").decisions)
    known = found.reindex(dates, method="ffill", limit=5)
    nothing = pd.DataFrame(index=dates)
    return SystemResult(
        definition=system,
        decisions=dates,
        trades=pd.Series(pd.NaT, dates, dtype="datetime64[ns]"),
        scores=-known,
        parts=nothing,
        positions=nothing,
        contributions={},
        stages={"crowding": known},
        newest=nothing,
        texts=nothing,
    )


def test_crowding_of_amounts_is_a_percentile(real_data: Path) -> None:
    found = crowding(real_data).stages["crowding"]
    there = found.loc["2017":"2022"]  # type: ignore[misc]
    assert there.shape[1] == 31
    assert there.notna().mean().min() > 0.95
    assert found.min(axis=None) > 0.0
    assert found.max(axis=None) == 1.0


@cache
def industry(folder: Path, id: str) -> Evaluation:
    models = realdata.definitions(id)
    known = {one.id: one for one in models}
    chosen = [one for one in models if one.id == id]
    return evaluate(realdata.panel(folder, id), chosen, END, known=known)


@pytest.mark.parametrize("id", MODELS)
def test_industries_of_real_data_are_their_views(real_data: Path, id: str) -> None:
    evaluation = industry(real_data, id)
    result = evaluation.results[id]
    found = view(result, evaluation.settings)
    np.testing.assert_array_equal(found.scores[id], result.signal)
    np.testing.assert_array_equal(found.positions[id], result.signal)
    np.testing.assert_array_equal(found.contributions[id], result.contributions)
    assert found.backtest is result.backtest
    assert result.backtest is not None
    assert found.trades.dropna().iloc[0] == result.backtest.start
    assert found.turnover.sum() == 2.0 * result.backtest.traded.sum()


def test_the_plan_runs_end_to_end(real_data: Path, shown: Callable[[str], None]) -> None:
    results = {id: industry(real_data, id).results[id] for id in MODELS}
    systems = {
        "macro_position": macro(real_data, "fixed"),
        "style_timing": style(real_data),
        "etf_flows": crowding(real_data),
    }
    found = plan(results, systems, END)
    assert found is not None
    np.testing.assert_allclose(found.positions.sum(axis=1), 1.0)
    assert list(found.positions)[-1] == "bond"
    assert (found.steps["veto"] < 1.0).any(axis=None)
    assert found.steps["style"].loc["2021":"2022"].notna().any(axis=None)  # type: ignore[misc]
    absent = [n for n in found.notices if n.code == "plan_without_module"]
    assert ["industry_factors" in n.en for n in absent] == [True]
    for layer in found.layers:
        shown(
            f"plan              {layer.id:<11} used {layer.used!s:<6} "
            + " ".join(f"{cost:>2} bp {layer.nav[cost].iloc[-1]:6.2f}" for cost in layer.nav)
            + f"  p {layer.p_value:.2f}"
        )
    short = plan(results, systems, END, without=("macro", "style", "veto"))
    assert short is not None
    plainly = plan(results, {}, END)
    assert plainly is not None
    pd.testing.assert_frame_equal(short.positions, plainly.positions, check_exact=True)
    assert replace(short, notices=()).without == ("macro", "style", "veto")
