"""The plan: how much equity, which style, which industries, what was vetoed (docs/systems).

A system whose inputs are systems:

1. E = macro position times m of the market state; ``equity_default`` where no position is known.
2. H = the industries that count and are held, as in :mod:`prosperity.combined`.
3. raw = max(0, 1 + κs Σ V L + κt (2q - 1)): V the votes of each style pair, L the industry's
   loading on it (:mod:`prosperity.systems.loadings`), q its percentile rank among industries.
4. v = 0 where crowding is ``crowding_out`` or more, 1/2 from ``crowding_half`` on, else 1.
5. w = min(cap, raw v / Σ raw v); the rest of the equity is in the market; all times E; 1 - E in
   bonds, or cash where there are none.

What is unknown is neutral: V L = 0, q = 1/2, v = 1, and a notice says so. Of each system the last
decision on or before the date counts. Without any module the plan is the combined strategy, to the
last bit. It trades as late as the latest system that it uses.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import pandas as pd

from prosperity.combined import HeldCourse, Standing, held_course, standing_of
from prosperity.errors import DataError, nearest
from prosperity.evaluation import MARKET, Evaluation, IndustryResult, Notice
from prosperity.plan_parts import MODULES, Parts, decided, parts_of, used_systems
from prosperity.plan_words import missing, texts_of, unknown
from prosperity.plan_worth import Module, Weighing, layers_of
from prosperity.portfolio import CASH
from prosperity.settings import Settings
from prosperity.systems.plan_result import PlanResult
from prosperity.systems.reading import plan_definition
from prosperity.systems.result import SystemResult
from prosperity.systems.spec import System, Values
from prosperity.trade_days import WINDOW

BOND = "bond"


def plan(
    results: Mapping[str, IndustryResult],
    systems: Mapping[str, SystemResult],
    settings: Settings | None = None,
    *,
    without: Collection[str] = (),
    definition: System | None = None,
) -> PlanResult | None:
    """Return the plan.

    Parameters
    ----------
    results
        Industries by id, as :func:`prosperity.combined.combine` takes them.
    systems
        Results by the id of the system; those of :data:`MODULES` are used.
    settings
        As for the combined strategy.
    without
        Modules that are left out, by the words of :data:`MODULES`.
    definition
        The plan with its constants; None is the catalog's.

    Returns
    -------
    PlanResult or None
        None where the combined strategy is.

    Raises
    ------
    DataError
        ``unknown_module`` for a word that is none.
    """
    settings = settings or Settings()
    refuse_unknown_modules(without)
    standing = standing_of(results, settings)
    if standing is None:
        return None
    definition = definition or plan_definition()
    values = definition.values
    used = used_systems(systems, values, without)
    standing, rest, said = _with_bond(standing, used)
    parts = parts_of(standing, used, values)
    weighing = Weighing(standing.holds.to_numpy(bool), settings.cap, values)
    modules = _modules(parts, used)
    late = [max((m.delay for m in modules[: n + 1]), default=0) for n in range(len(modules))]
    delays = [settings.delay_days, *(max(settings.delay_days, one) for one in late)]
    layers = layers_of(standing, weighing, modules, settings, delays, rest)
    targets = layers[-1].targets
    held = held_course(standing, targets, settings, delays[-1], _rest_of(targets, rest))
    if held is None:
        return None
    return PlanResult(
        definition=definition,
        decisions=pd.DatetimeIndex(targets.index),
        trades=_trades(held, targets),
        scores=(parts.raw * parts.veto).where(standing.holds),
        parts=_shown_parts(parts, standing),
        positions=targets,
        contributions=_contributions(parts, standing, values),
        stages=parts.loading,
        newest=_newest(used, pd.DatetimeIndex(targets.index)),
        texts=texts_of(parts, standing, targets),
        portfolio=held.portfolio,
        backtest=held.backtest,
        turnover=held.turnover,
        notices=(*said, *missing(used, values, without), *unknown(parts, standing, used)),
        simulated=_simulated(standing.tested, used),
        steps=_steps(parts, standing, targets),
        layers=layers,
        without=tuple(word for word in MODULES if word in without),
    )


def planned(
    evaluation: Evaluation, *, without: Collection[str] = (), definition: System | None = None
) -> Evaluation:
    """Return an evaluation with the plan over its industries and its systems.

    Parameters
    ----------
    evaluation
        Its ``systems`` may come from the same book or from others.
    without, definition
        As for :func:`plan`.

    Raises
    ------
    DataError
        ``unknown_module``.
    """
    results = {id: evaluation.results[id] for id in evaluation.asked if id in evaluation.results}
    made = plan(
        results, evaluation.systems, evaluation.settings, without=without, definition=definition
    )
    return replace(evaluation, plan=made)


def refuse_unknown_modules(without: Collection[str]) -> None:
    """Refuse words that name no module.

    Raises
    ------
    DataError
        ``unknown_module``, with the words that do.
    """
    for word in without:
        if word not in MODULES:
            known, near = ", ".join(MODULES), ", ".join(nearest(word, MODULES))
            raise DataError(
                "unknown_module",
                f"方案没有“{word[:40]}”这个模块，可用：{known}；最接近：{near or '无'}。",
                f"The plan has no module {word[:40]!r}; they are {known}; nearest: "
                f"{near or 'none'}.",
            )


def _modules(parts: Parts, used: Mapping[str, SystemResult]) -> tuple[Module, ...]:
    """Return the layers above the industries, in order."""

    def delay(*words: str) -> int:
        there = (used[word].definition for word in words if word in used)
        return max((one.delay_days for one in there if isinstance(one, System)), default=0)

    return (
        Module(
            "macro",
            "+ 宏观仓位",
            "+ macro position",
            bool({"macro", "state"} & set(used)),
            parts.equity["equity"].to_numpy(float),
            delay("macro", "state"),
        ),
        Module(
            "style",
            "+ 风格倾斜",
            "+ style tilt",
            "style" in used,
            parts.style.fillna(0.0).to_numpy(float),
            delay("style"),
        ),
        Module(
            "tie_break",
            "+ 因子排名",
            "+ factor rank",
            "tie_break" in used,
            parts.rank.fillna(0.5).to_numpy(float),
            delay("tie_break"),
        ),
        Module(
            "veto",
            "+ 拥挤否决",
            "+ crowding veto",
            bool({"veto", "trend"} & set(used)),
            parts.veto.to_numpy(float),
            delay("veto", "trend"),
        ),
    )


def _with_bond(
    standing: Standing, used: Mapping[str, SystemResult]
) -> tuple[Standing, str, tuple[Notice, ...]]:
    """Return the standing with bond prices, what the rest stands in, and what is to be said."""
    if not {"macro", "state"} & set(used):
        return standing, MARKET, ()
    macro = used.get("macro")
    prices = None if macro is None or macro.portfolio is None else macro.portfolio.prices
    bond = None if prices is None or BOND not in prices else prices[BOND]
    bond = None if bond is None else bond.reindex(standing.prices.index)
    if bond is None or bond.isna().all():
        said = Notice(
            "plan_bond_is_cash",
            "没有债券行情，权益之外的资金按现金计，不计收益。",
            "There are no bond prices: what is no equity stands in cash and earns nothing.",
            severity="note",
        )
        return standing, CASH, (said,)
    known = bond.dropna().index
    whole = standing.prices.assign(**{BOND: bond.ffill().bfill()})
    held = standing.prices.index[standing.prices.index >= standing.holds.index[0]]
    if known[0] - held[0] <= WINDOW and held[-1] - known[-1] <= WINDOW:
        return replace(standing, prices=whole), BOND, ()
    said = Notice(
        "plan_bond_in_part",
        f"债券行情只有 {known[0]:%Y-%m-%d} 至 {known[-1]:%Y-%m-%d}，此外的时间不计收益。",
        f"Bond prices reach from {known[0]:%Y-%m-%d} to {known[-1]:%Y-%m-%d} alone; at other "
        "times bonds earn nothing.",
        severity="note",
    )
    return replace(standing, prices=whole), BOND, (said,)


def _rest_of(targets: pd.DataFrame, rest: str) -> str:
    return rest if rest in targets else MARKET


def _trades(held: HeldCourse, targets: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    trades = pd.Series(pd.NaT, targets.index, dtype="datetime64[ns]")
    made = held.portfolio.trades
    trades.iloc[made.rows] = held.portfolio.prices.index[made.places]
    return trades


def _shown_parts(parts: Parts, standing: Standing) -> pd.DataFrame:
    held = standing.holds.sum(axis=1).rename("held")
    return pd.concat([parts.equity, parts.strengths, parts.votes, held], axis=1)


def _contributions(parts: Parts, standing: Standing, values: Values) -> dict[str, pd.DataFrame]:
    """Return what makes each industry's score: 1, style, rank, the floor at 0, and the veto."""
    style = values.number("style_weight") * parts.style.fillna(0.0)
    rank = values.number("tie_weight") * (2.0 * parts.rank.fillna(0.5) - 1.0)
    floor = parts.raw - (1.0 + style + rank)
    veto = parts.raw * (parts.veto - 1.0)
    one = parts.raw * 0.0 + 1.0
    named = {"base": one, "style": style, "tie_break": rank, "floor": floor, "veto": veto}
    return {
        str(id): pd.DataFrame({n: f[id] for n, f in named.items()}).where(standing.holds[id])
        for id in standing.holds
    }


def _steps(parts: Parts, standing: Standing, targets: pd.DataFrame) -> dict[str, pd.DataFrame]:
    score = (parts.raw * parts.veto).where(standing.holds, 0.0)
    total = score.sum(axis=1)
    return {
        "equity": parts.equity,
        "votes": parts.votes,
        "counts": standing.counts,
        "held": standing.holds,
        "style": parts.style,
        "rank": parts.rank,
        "crowding": parts.crowding,
        "trend": parts.trend,
        "raw": parts.raw,
        "veto": parts.veto,
        "share": score.div(total.where(total > 0), axis=0).fillna(0.0),
        "weight": targets,
    }


def _newest(used: Mapping[str, SystemResult], dates: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the date of the last decision of each system on or before each date."""
    found = {}
    for result in used.values():
        own = pd.DataFrame(index=result.decisions)
        found[result.id] = decided(own, dates, 10**5)[1]
    return pd.DataFrame(found, dates)


def _simulated(
    tested: Mapping[str, IndustryResult], used: Mapping[str, SystemResult]
) -> tuple[str, ...]:
    marked = [*(r.simulated for r in tested.values()), *(s.simulated for s in used.values())]
    return tuple(dict.fromkeys(id for ids in marked for id in ids))
