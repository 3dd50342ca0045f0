"""Simulated inputs for each system, for templates, the demonstration and tests. Never real data.

Levels are plausible and nothing predicts anything. An input without a maker of its own in
:data:`MAKERS` gets slow waves about 0, or about :data:`LEVELS` by its unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prosperity.calendar import TradingCalendar
from prosperity.panel import Observations, Panel
from prosperity.simulated_levels import UNITS
from prosperity.simulation import SOURCE, generator_of, published_series
from prosperity.systems.releases import released
from prosperity.systems.spec import Input, System
from prosperity.tables import Table

SEED = 20250425
#: Typical level and spread by unit; other units are waves about 0.
LEVELS = {
    **{unit: (one.middle, one.spread) for unit, one in UNITS.items()},
    "ratio": (0.5, 0.15),
    "亿元": (100.0, 20.0),
}
STEPS: Mapping[str, str] = {"D": "B", "W": "W-FRI", "M": "BME", "Q": "BQE"}


@dataclass(frozen=True)
class World:
    """What a maker works from.

    Attributes
    ----------
    system : System
    one : Input
        What is made.
    dates : DatetimeIndex
        Its dates, by its frequency.
    closes : DataFrame
        Simulated closes by asset id.
    generator : Generator
        Its own, by the seed and the input's id.
    """

    system: System
    one: Input
    dates: pd.DatetimeIndex
    closes: pd.DataFrame
    generator: np.random.Generator

    @property
    def assets(self) -> list[str]:
        """Ids of the assets."""
        return [asset.id for asset in self.system.assets]

    def waves(self, columns: list[str], middle: float = 0.0, spread: float = 1.0) -> pd.DataFrame:
        """Return slow waves, of one autoregression a column."""
        noise = self.generator.standard_normal((len(self.dates), len(columns)))
        found = np.zeros_like(noise)
        for row in range(len(noise)):
            found[row] = 0.9 * found[row - 1] + 0.436 * noise[row]
        return pd.DataFrame(middle + spread * found, self.dates, columns)

    def shares(self, columns: list[str]) -> pd.DataFrame:
        """Return slow waves between 0 and 1."""
        return 1.0 / (1.0 + self.amounts(columns, 1.0, -1.0))

    def amounts(self, columns: list[str], middle: float, spread: float) -> pd.DataFrame:
        """Return positive amounts about ``middle``, whose logs are slow waves."""
        logs = self.waves(columns, 0.0, spread)
        return pd.DataFrame(middle * np.exp(logs.to_numpy()), logs.index, columns)


#: From a world to frames by field (``""`` for a wide input), or to the records of a list.
Made = Mapping[str, pd.DataFrame] | pd.DataFrame
Maker = Callable[[World], Made]


def simulated_system(system: System, months: int = 60, seed: int = SEED) -> Panel:
    """Make a panel with everything that a system can read.

    Parameters
    ----------
    system
        Its assets, inputs and indicators are made.
    months
        Months of data, up to 2026-06.
    seed
        The same seed gives the same panel.

    Returns
    -------
    Panel
        ``simulated`` is True. Prices are on weekdays, by the ``price`` of each asset.
    """
    ends = pd.date_range(end="2026-06-30", periods=months, freq="ME", unit="ns")
    days = pd.date_range(ends[0] - pd.offsets.MonthBegin(1), ends[-1], freq="B", unit="ns")
    calendar = TradingCalendar(days)
    closes = _closes(system, days, seed)
    tables: dict[str, Table] = {}
    lists: dict[str, pd.DataFrame] = {}
    for one in system.inputs:
        dates = _dates(one, days)
        made = MAKERS.get(one.id, plain)(
            World(system, one, dates, closes, generator_of(seed, one.id))
        )
        if isinstance(made, pd.DataFrame):
            lists[one.id] = made
            continue
        for field, frame in made.items():
            id = f"{one.id}.{field}" if field else one.id
            index = pd.DatetimeIndex(frame.index)
            by_day = pd.Series(released(one, index, calendar), index)
            tables[id] = Table.by_date(id, frame, by_day, SOURCE)
    prices = {a.price: closes[a.id] for a in system.assets if a.price}
    return Panel(
        _series(system, ends, calendar, seed),
        pd.DataFrame(prices, index=days),
        simulated=True,
        tables=tables,
        lists=lists,
    )


def _closes(system: System, days: pd.DatetimeIndex, seed: int) -> pd.DataFrame:
    """Return closes of a common market and of each asset's own moves."""
    market = 0.0002 + 0.011 * generator_of(seed, "market").standard_normal(len(days))
    made = {}
    for asset in system.assets:
        own = generator_of(seed, asset.id).standard_normal(len(days))
        steps = np.full(len(days), 0.0001) + 0.0002 * own
        if asset.kind not in ("bond", "cash"):
            steps = market + 0.0001 + 0.009 * own
        made[asset.id] = np.round(1000.0 * np.exp(np.cumsum(steps)), 2)
    return pd.DataFrame(made, days)


def _dates(one: Input, days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    if one.frequency == "D":
        return days
    return pd.date_range(days[0], days[-1], freq=STEPS[one.frequency], unit="ns")


def _series(
    system: System, months: pd.DatetimeIndex, calendar: TradingCalendar, seed: int
) -> dict[str, Observations]:
    return {
        indicator.id: published_series(indicator, months, calendar, seed)
        for indicator in system.indicators
        if indicator.own_column
    }


def plain(world: World) -> Made:
    """Return waves of every field of an input, by asset; a list gets none."""
    if world.one.form == "list":
        return pd.DataFrame()
    fields = [field for field, _ in world.one.columns] if world.one.form == "long" else [""]
    kept = (field for field in fields if world.one.unit_of(field) != "text")
    return {f: world.waves(world.assets, *LEVELS.get(world.one.unit_of(f), (0, 1))) for f in kept}


def _industry_momentum(world: World) -> Made:
    share = world.shares(world.assets).round(4)
    return {"share": share, "members": share * 0.0 + 60.0}


def _microcap(world: World) -> Made:
    return {"": world.shares(["microcap"]).round(4)}


def _microcap_ratio(world: World) -> Made:
    steps = 0.0003 + 0.008 * world.generator.standard_normal((len(world.dates), 2))
    closes = pd.DataFrame(1000 * np.exp(np.cumsum(steps, axis=0)), world.dates, ["micro", "mao"])
    return {"": closes.round(2).assign(crowding=world.waves(["x"], 10.0, 30.0).to_numpy().round(1))}


def _turnover(world: World) -> Made:
    sizes = {"sse": 4500.0, "sse50": 900.0, "csi300": 2600.0, "csi500": 1700.0, "csi1000": 2200.0}
    there = [id for id in world.assets if id in sizes]
    return {"": (world.amounts(there, 1.0, 0.25) * [sizes[id] for id in there]).round(2)}


def _market_members(world: World) -> Made:
    there = [id for id in world.assets if id not in ("dividend", "small")]
    return {
        "share_up_230": world.shares(there).round(4),
        "cs_vol": world.amounts(there, 2.1, 0.2).round(3),
        "ts_vol": world.amounts(there, 2.2, 0.15).round(3),
    }


#: Pairs of styles, long and short.
_PAIRS = ("small/large", "growth/value", "dividend/benchmark")


def _style_timing(world: World) -> Made:
    pairs = list(_PAIRS)
    return {
        "bp_long": world.amounts(pairs, 0.5, 0.2).round(4),
        "bp_short": world.amounts(pairs, 0.6, 0.2).round(4),
        "active_inflow_long": world.waves(pairs, 0.0, 0.03).round(4),
        "active_inflow_short": world.waves(pairs, 0.0, 0.03).round(4),
        "correlation": world.shares(pairs).round(4),
    }


#: Two funds an industry and two broad-base ones.
_FUNDS, _BROAD = 2, ("510300.SH", "510500.SH")


def _funds(world: World) -> list[tuple[str, str]]:
    own = [(a, n) for a in world.assets for n in range(_FUNDS)]
    return [(f"{512000 + 10 * k}.SH", asset) for k, (asset, _) in enumerate(own)]


def _etf_flows(world: World) -> Made:
    codes = [code for code, _ in _funds(world)] + list(_BROAD)
    nav = world.amounts(codes, 1.0, 0.1).rolling(60, min_periods=1).mean().round(4)
    shares = world.amounts(codes, 20.0, 0.3).rolling(20, min_periods=1).mean().round(4)
    amount = world.amounts(codes, 2.0, 0.4).round(3)
    return {"shares": shares, "nav": nav, "amount": amount, "size": (shares * nav).round(4)}


def _etf_map(world: World) -> Made:
    own = [
        {"code": code, "index": f"{asset}_{k % _FUNDS}", "industry": asset, "broad": 0.0}
        for k, (code, asset) in enumerate(_funds(world))
    ]
    broad = [{"code": code, "index": "broad", "industry": "", "broad": 1.0} for code in _BROAD]
    rows = pd.DataFrame([*own, *broad]).assign(weight=1.0)
    rows["from"] = rows["to"] = pd.Series(pd.NaT, rows.index, dtype="datetime64[ns]")
    return rows


def _etf_stock_flows(world: World) -> Made:
    assets = world.assets
    return {
        "flow": world.waves(assets, 0.0, 2.0).round(4),
        "amount": world.amounts(assets, 55.0, 0.2).round(3),
        "size": world.amounts(assets, 3000.0, 0.1).round(2),
    }


def _factor_scores(world: World) -> Made:
    fields = [field for field, _ in world.one.columns]
    return {field: world.waves(world.assets).round(4) for field in fields}


def _factor_weights(world: World) -> Made:
    """Return two sets: the defaults at first, and one typed in half-way."""
    names = [p.id.removeprefix("weight_") for p in world.system.parameters]
    names = [n for n, p in zip(names, world.system.parameters, strict=True) if p.id != n]
    first = [world.system.values.number(f"weight_{name}") for name in names]
    rows = [first, [*np.roll(first[:-1], 1), first[-1]]]
    dates = world.dates[[0, len(world.dates) // 2]]
    return {"weight": pd.DataFrame(rows, dates, names, dtype=float)}


def _scores(world: World) -> Made:
    score = world.waves(world.assets).round(4)
    # Trained anew each January up to the end of the year before.
    ends = pd.DatetimeIndex([pd.Timestamp(day.year - 1, 12, 31) for day in world.dates])
    trained = (ends - pd.Timestamp(1970, 1, 1)).days.to_numpy(float)
    frame = pd.DataFrame(np.tile(trained[:, None], len(score.columns)), score.index, score.columns)
    return {"score": score, "trained_to": frame}


def _enhancement_log(world: World) -> Made:
    names = ["csi300", "csi500", "300/fund_a", "300/fund_b", "300/fund_c"]
    index = world.waves(names, 0.0, 1.5).round(3)
    return {"portfolio_return": (index + world.waves(names, 0.05, 0.3)).round(3),
            "index_return": index}  # fmt: skip


#: Repeats of each question to the simulated model.
_REPEATS = 5


def _views(world: World) -> Made:
    ids = [a.id for a in world.system.assets if a.id != world.system.rest]
    rows = [
        {"asset": asset, "from": day, "score": float(score), "repeat": str(n), "asked_at": day}
        for day in world.dates
        for asset in ids
        for n, score in enumerate(world.generator.integers(-2, 3, 1).repeat(_REPEATS))
    ]
    task = world.system.values.word("task")
    return pd.DataFrame(rows).assign(task=task, model="simulated", prompt=f"{task}.v1")


def _news(world: World) -> Made:
    days = pd.DatetimeIndex(world.dates)
    titles = [f"模拟新闻 {n}" for n in range(len(days))]
    return pd.DataFrame({"title": titles, "published": days, "source": "模拟", "text": "模拟正文"})


#: By the id of the input.
MAKERS: dict[str, Maker] = {
    "industry_momentum": _industry_momentum,
    "microcap": _microcap_ratio,
    "microcap_momentum": _microcap,
    "style_timing": _style_timing,
    "turnover": _turnover,
    "market_members": _market_members,
    "etf_flows": _etf_flows,
    "etf_map": _etf_map,
    "etf_stock_flows": _etf_stock_flows,
    "industry_factor_scores": _factor_scores,
    "factor_weights": _factor_weights,
    "scores": _scores,
    "index_enhancement_log": _enhancement_log,
    "llm_views": _views,
    "news": _news,
}
