"""What the systems say to the plan on each date, and what is made of it for each industry."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prosperity.combined import Standing
from prosperity.evaluation import MARKET
from prosperity.systems.loadings import loadings, weekly_returns
from prosperity.systems.reading import level1_of, systems
from prosperity.systems.result import SystemResult
from prosperity.systems.rules.language_views import tilted
from prosperity.systems.spec import System, Values

#: Modules by the word that takes them out: the system, and what it gives in both languages.
MODULES: Mapping[str, tuple[str, str, str]] = {
    "macro": ("macro_position", "宏观仓位", "macro position"),
    "state": ("market_state", "市场状态", "market state"),
    "style": ("style_timing", "风格倾斜", "style tilt"),
    "tie_break": ("industry_factors", "因子排名", "factor rank"),
    "veto": ("etf_flows", "拥挤否决", "crowding veto"),
    "trend": ("industry_diffusion", "趋势过滤", "trend filter"),
}

#: The plan's constant that says which system fills a module, where more than one can.
CHOSEN: Mapping[str, str] = {
    "macro": "macro_system",
    "style": "style_system",
    "tie_break": "tie_system",
}


def modules_of(values: Values) -> dict[str, tuple[str, str, str]]:
    """Return :data:`MODULES` with the systems that the plan's constants choose."""
    found = dict(MODULES)
    for word, constant in CHOSEN.items():
        id = values.word(constant)
        if id != MODULES[word][0]:
            found[word] = (id, systems()[id].name_zh, systems()[id].name_en)
    return found


def used_systems(
    results: Mapping[str, SystemResult], values: Values, without: Collection[str]
) -> dict[str, SystemResult]:
    """Return the systems that the plan uses, by module."""
    off = {
        "state": values.word("state_mode") == "off",
        "trend": values.number("min_diffusion") <= 0.0,
        "style": values.number("style_weight") <= 0.0,
        "tie_break": values.number("tie_weight") <= 0.0,
    }
    return {
        word: results[id]
        for word, (id, _, _) in modules_of(values).items()
        if id in results and word not in without and not off.get(word, False)
    }


def decided(
    frame: pd.DataFrame, dates: pd.DatetimeIndex, max_age_days: int
) -> tuple[pd.DataFrame, pd.Series[pd.Timestamp]]:
    """Return the last rows decided on or before dates, and their dates.

    NaN (and NaT) before the first, and where the last is more than ``max_age_days`` days old.
    """
    index = pd.DatetimeIndex(frame.index)
    place = np.asarray(index.searchsorted(dates, side="right")) - 1
    stamps = pd.Series(pd.NaT, dates, dtype="datetime64[ns]")
    if len(index):
        last = index[np.maximum(place, 0)]
        good = (place >= 0) & np.asarray(dates - last <= pd.Timedelta(days=max_age_days))
        stamps = pd.Series(last, dates).where(good)
    rows = frame.reindex(pd.DatetimeIndex(stamps))
    return rows.set_axis(dates), stamps


@dataclass(frozen=True)
class Parts:
    """What the systems say, by decision date (T,).

    Attributes
    ----------
    equity : DataFrame
        ``macro``, NaN where unknown; ``multiplier``; ``equity``, their product.
    strengths, votes : DataFrame
        Of the macro position's groups; by style pair.
    loading : mapping of str to DataFrame
        By style pair: dates by industry.
    style, rank, crowding, trend : DataFrame
        By industry; NaN where unknown.
    raw, veto : DataFrame
        By industry, never NaN: what is unknown is neutral.
    """

    equity: pd.DataFrame
    strengths: pd.DataFrame
    votes: pd.DataFrame
    loading: Mapping[str, pd.DataFrame]
    style: pd.DataFrame
    rank: pd.DataFrame
    crowding: pd.DataFrame
    trend: pd.DataFrame
    raw: pd.DataFrame
    veto: pd.DataFrame


def parts_of(standing: Standing, used: Mapping[str, SystemResult], values: Values) -> Parts:
    """Return what the systems in use say on the dates of the industries, and what comes of it."""
    dates, ids = pd.DatetimeIndex(standing.holds.index), list(map(str, standing.holds))
    age = values.whole("max_age_days")
    equity, strengths = _equity(used, dates, values)
    votes, loading = _style(standing, used.get("style"), dates, values)
    style = pd.DataFrame(np.nan, dates, ids)
    terms = [loading[pair].mul(votes[pair], axis=0) for pair in loading]
    if terms:
        known = np.any([term.notna().to_numpy() for term in terms], axis=0)
        total = np.sum([term.fillna(0.0).to_numpy(float) for term in terms], axis=0)
        style = pd.DataFrame(total, dates, ids).where(known)
    factor = used.get("tie_break")
    trend = used.get("trend")
    rank = pd.DataFrame(np.nan, dates, ids)
    if factor is not None:
        rank = _by_industry(decided(percent_ranks(factor.scores), dates, age)[0], ids)
    crowd = used.get("veto")
    crowding = pd.DataFrame(np.nan, dates, ids)
    if crowd is not None and "crowding" in crowd.stages:
        crowding = _by_industry(decided(crowd.stages["crowding"], dates, age)[0], ids)
    breadth = pd.DataFrame(np.nan, dates, ids)
    if trend is not None:
        breadth = _by_industry(decided(trend.scores, dates, age)[0], ids)
    return Parts(
        equity,
        strengths,
        votes,
        loading,
        style,
        rank,
        crowding,
        breadth,
        raw_of(style.fillna(0.0), rank.fillna(0.5), values),
        veto_of(crowding, values).where(~(breadth < values.number("min_diffusion")), 0.0),
    )


def raw_of(style: pd.DataFrame, rank: pd.DataFrame, values: Values) -> pd.DataFrame:
    """Return max(0, 1 + κs style + κt (2 rank - 1))."""
    tilt = values.number("style_weight") * style
    whole: pd.DataFrame = 1.0 + tilt + values.number("tie_weight") * (2.0 * rank - 1.0)
    return whole.clip(lower=0.0)


def veto_of(crowding: pd.DataFrame, values: Values) -> pd.DataFrame:
    """Return 0, 1/2 or 1 by crowding; 1 where it is unknown."""
    level = crowding.to_numpy(float)
    half, out = level >= values.number("crowding_half"), level >= values.number("crowding_out")
    found = np.where(out, 0.0, np.where(half, 0.5, 1.0))
    return pd.DataFrame(found, crowding.index, crowding.columns)


def percent_ranks(scores: pd.DataFrame) -> pd.DataFrame:
    """Return ranks within each date from 0, the lowest, to 1; NaN with fewer than two scores."""
    count = scores.notna().sum(axis=1)
    return (scores.rank(axis=1) - 1.0).div((count - 1.0).where(count > 1), axis=0)


def _by_industry(frame: pd.DataFrame, ids: Sequence[str]) -> pd.DataFrame:
    """Return columns of level-1 assets as those of industries; NaN where an industry has none."""
    home = level1_of()
    columns = [home.get(id, id) for id in ids]
    return frame.reindex(columns=columns).set_axis(list(ids), axis=1).astype(float)


def _equity(
    used: Mapping[str, SystemResult], dates: pd.DatetimeIndex, values: Values
) -> tuple[pd.DataFrame, pd.DataFrame]:
    age, default = values.whole("max_age_days"), values.number("equity_default")
    macro = pd.Series(np.nan, dates)
    strengths = pd.DataFrame(index=dates)
    if "macro" in used:
        said = used["macro"].scores.iloc[:, [0]]
        if _asked(used["macro"]):
            said = said.map(tilted, na_action="ignore")
        macro = decided(said, dates, age)[0].iloc[:, 0].clip(0.0, 1.0)
        groups = [group.id for group in used["macro"].definition.dimensions]
        strengths = decided(used["macro"].parts, dates, age)[0].reindex(columns=groups)
    multiplier = pd.Series(1.0, dates)
    if "state" in used and "state" in used["state"].parts:
        state = decided(used["state"].parts[["state"]], dates, age)[0]["state"]
        gate = (state >= 2.0 / 3.0 - 1e-12).astype(float)
        m = 0.5 + 0.5 * state if values.word("state_mode") == "scale" else gate
        multiplier = m.where(state.notna(), 1.0)
    equity = macro.fillna(default) * multiplier
    return pd.DataFrame({"macro": macro, "multiplier": multiplier, "equity": equity}), strengths


def _asked(result: SystemResult) -> bool:
    """Say whether a system's scores are a language model's views, from -2 to 2."""
    return isinstance(result.definition, System) and result.definition.rule == "language_views"


def _votes(style: SystemResult) -> pd.DataFrame:
    """Return votes from -1 to 1 by style pair; a view of two legs is half of its score."""
    if not _asked(style):
        return style.parts
    long, short = map(str, style.scores.columns[:2])
    return (style.scores[[long]] / 2.0).clip(-1.0, 1.0).set_axis([f"{long}/{short}"], axis=1)


def _style(
    standing: Standing, style: SystemResult | None, dates: pd.DatetimeIndex, values: Values
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return V by pair, and the loadings of industries on the pairs that have prices."""
    if style is None:
        return pd.DataFrame(index=dates), {}
    votes = decided(_votes(style), dates, values.whole("max_age_days"))[0]
    if style.portfolio is None:
        return votes, {}
    own = weekly_returns(standing.prices)
    legs = weekly_returns(style.portfolio.prices)
    excess = own.drop(columns=MARKET).sub(own[MARKET], axis=0)[list(standing.holds)]
    found = {}
    for pair in map(str, votes):
        long, _, short = pair.partition("/")
        if {long, short} <= set(legs):
            found[pair] = loadings(
                excess,
                legs[long] - legs[short],
                dates,
                months=values.whole("loading_months"),
                fewest=values.whole("loading_weeks"),
                clip=values.number("loading_clip"),
            )
    return votes, found
