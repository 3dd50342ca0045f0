"""Industries as the systems that they are: one score, a switch, one portfolio.

An industry's model is the system of one asset whose score is its signal, held in the index at 1
and in the benchmark else; the combined strategy is the system whose scores are its weights. Nothing
is computed anew: what a view shows is what the result holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from prosperity.assets import Asset
from prosperity.backtest import Backtest
from prosperity.combined import held_course, standing_of
from prosperity.evaluation import MARKET, Combined, IndustryResult
from prosperity.portfolio import SWITCH
from prosperity.settings import Settings
from prosperity.systems.result import SystemResult
from prosperity.systems.spec import System
from prosperity.trade_days import trade_days

#: The combined strategy as a system; its assets are the industries that count, and the market.
COMBINED = System(
    id="combined",
    name_zh="综合策略",
    name_en="Combined strategy",
    allocation="mix",
    rest=MARKET,
    benchmark=MARKET,
)


def view(result: IndustryResult, settings: Settings | None = None) -> SystemResult:
    """Return an industry's result as a system's, by decision date.

    Parameters
    ----------
    result
        A module has no positions to trade; its scores are NaN as its signals are.
    settings
        ``delay_days`` of the run; None is the default.

    Returns
    -------
    SystemResult
        Scores are the signals, parts the composite, its change, percentile and grade and the
        dimensions' scores, contributions those to the composite. Positions are NaN where nothing
        is said; the backtest, which is the result's own, holds the benchmark there.
    """
    dates = pd.DatetimeIndex(result.decisions)
    id = result.definition.id
    own = {n: getattr(result, n) for n in ("composite", "change", "percentile", "grade")}
    parts = pd.DataFrame(own).join(result.dimensions.add_prefix("dimension_"))
    signal = result.signal.set_axis(dates).rename(None)
    trades = pd.Series(pd.NaT, dates, dtype="datetime64[ns]")
    turnover = pd.Series(0.0, dates)
    if result.backtest is not None:
        rows, places = _traded(result.backtest, dates, (settings or Settings()).delay_days)
        trades.iloc[rows] = result.backtest.nav.index[places]
        switched = result.backtest.traded.to_numpy(bool)[places]
        turnover.iloc[rows] = SWITCH * switched.astype(float)
    return SystemResult(
        definition=result.definition,
        decisions=dates,
        trades=trades,
        scores=pd.DataFrame({id: signal}),
        parts=parts.set_axis(dates),
        positions=pd.DataFrame({id: signal, MARKET: 1.0 - signal}),
        contributions={id: result.contributions.set_axis(dates)},
        stages={name: frame.set_axis(dates) for name, frame in result.stages.items()},
        newest=result.releases.set_axis(dates),
        texts=pd.DataFrame(index=dates),
        backtest=result.backtest,
        turnover=turnover,
        notices=result.notices,
        simulated=result.simulated,
    )


def _traded(
    tested: Backtest, dates: pd.DatetimeIndex, delay_days: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return which decisions were traded, and the places of their days in the net values.

    The net values begin with the first trade, so the decision of that one may lie before them.
    """
    days = pd.DatetimeIndex(tested.nav.index)
    first = int(dates.searchsorted(days[0]))
    made = trade_days(dates[first:], days, delay_days)
    rows, places = made.rows + first, made.places
    if first and not (len(places) and places[0] == 0):
        rows, places = np.append(first - 1, rows), np.append(0, places)
    return rows, places


def view_combined(
    combined: Combined, results: Mapping[str, IndustryResult], settings: Settings
) -> SystemResult:
    """Return the combined strategy as a system's result.

    Parameters
    ----------
    combined
        What :func:`prosperity.combined.combine` made of ``results`` under ``settings``.
    results, settings
        As it was given.

    Returns
    -------
    SystemResult
        Scores are the weights of the industries that count, NaN where one does not; parts how
        many count and are held.
    """
    standing = standing_of(results, settings)
    dates = pd.DatetimeIndex(combined.targets.index)
    held = None
    if standing is not None:
        held = held_course(standing, combined.targets, settings, settings.delay_days)
    if standing is None or held is None:
        raise ValueError("results and settings are not those of the combined strategy")
    trades = pd.Series(pd.NaT, dates, dtype="datetime64[ns]")
    made = held.portfolio.trades
    trades.iloc[made.rows] = held.portfolio.prices.index[made.places]
    own = combined.targets.drop(columns=MARKET)
    assets = tuple(
        Asset(
            id=id,
            name_zh=results[id].definition.name_zh,
            name_en=results[id].definition.name_en,
            price=id,
        )
        for id in map(str, own)
    )
    count, hold = standing.counts.sum(axis=1), standing.holds.sum(axis=1)
    marked = dict.fromkeys(id for one in standing.tested.values() for id in one.simulated)
    return SystemResult(
        definition=_with_assets(assets),
        decisions=dates,
        trades=trades,
        scores=own.where(standing.counts),
        parts=pd.DataFrame({"counts": count, "held": hold}),
        positions=combined.targets,
        contributions={str(id): own[[id]] for id in own},
        stages={},
        newest=pd.DataFrame(index=dates),
        texts=pd.DataFrame(index=dates),
        portfolio=held.portfolio,
        backtest=combined.backtest,
        turnover=combined.turnover,
        notices=combined.notices,
        simulated=tuple(marked),
    )


def _with_assets(assets: tuple[Asset, ...]) -> System:
    market = Asset(id=MARKET, name_zh="市场", name_en="Market", price=MARKET)
    return replace(COMBINED, assets=(*assets, market))
