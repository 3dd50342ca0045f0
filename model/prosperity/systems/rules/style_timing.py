"""CICC's style timing: what followed the months that were most like this one, put to the vote.

A pair is two styles, written ``small/large``. Each indicator of it looks for the K earlier months
whose value, as a percentile among all values so far, lies nearest to today's, and votes for the leg
that was ahead over the months after them. V is the mean vote, from -1 to 1: the long leg is held
above 0, the short leg below, both in equal parts at 0. A style's score is its V against the market;
where no such pair is given, the mean V of its pairs, turned where it is the short leg. Styles above
0 are held in equal parts, else the market.

Only months whose excess is over count, and percentiles are of values known by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prosperity.errors import DataError, nearest
from prosperity.notice import Notice
from prosperity.systems.inputs import Inputs, closes_at, no_table
from prosperity.systems.inputs import newest as newest_known
from prosperity.systems.result import Scores
from prosperity.systems.spec import System, Values

SHEET = "style_timing"
MARKET = "benchmark"
#: Indicators: the fields that they are made of (the second is taken off), and their names.
INDICATORS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "valuation": (("bp_long", "bp_short"), "估值差", "valuation gap"),
    "flow": (("active_inflow_long", "active_inflow_short"), "主动流入率差", "active inflow gap"),
    "correlation": (("correlation",), "组合内相关性", "correlation inside the leg"),
}
SAME = 1e-9


@dataclass(frozen=True)
class Pair:
    """Two styles, by the ids of their assets."""

    id: str
    long: str
    short: str


@dataclass(frozen=True)
class Votes:
    """One indicator's votes for one pair on each date; arrays of length T.

    Attributes
    ----------
    vote : ndarray
        1, 0 or -1; NaN where too few months are usable.
    usable : ndarray of int
        Earlier months that have a value and an excess.
    months : list of ndarray
        Places of the nearest months, nearest first; empty where there is no vote.
    """

    vote: np.ndarray
    usable: np.ndarray
    months: list[np.ndarray]


def compute(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Scores:
    """Return the score of each style, -1 to 1.

    Parameters
    ----------
    inputs
        Closes of the styles; the tables of ``style_timing`` by pair, at least one indicator's.
    values
        ``nearest_months`` and ``min_months``.
    decisions
        Month ends (T,).

    Returns
    -------
    Scores
        NaN for a style about which no pair says anything. Parts are V by pair, texts the nearest
        months; stages hold ``vote_INDICATOR`` by pair, ``pair_position``, the share of the long
        leg, and ``excess``, the long leg's return less the short's over the month up to the date.
    """
    known = {name: _by_ids(frame, inputs) for name, frame in indicators(inputs, decisions).items()}
    ids = dict.fromkeys(str(id) for frame in known.values() for id in frame)
    pairs = [pair_of(id, inputs.system) for id in ids]
    excess = {pair.id: next_excess(inputs.closes, pair, decisions) for pair in pairs}
    k, fewest = values.whole("nearest_months"), values.whole("min_months")
    votes = {
        name: {
            pair.id: votes_of(frame[pair.id].to_numpy(float), excess[pair.id], k, fewest)
            for pair in pairs
            if pair.id in frame
        }
        for name, frame in known.items()
    }
    by_indicator = {
        name: pd.DataFrame({id: one.vote for id, one in own.items()}, decisions)
        for name, own in votes.items()
    }
    said = {
        pair.id: pd.DataFrame({n: f[pair.id] for n, f in by_indicator.items() if pair.id in f})
        for pair in pairs
    }
    parts = pd.DataFrame({id: frame.mean(axis=1) for id, frame in said.items()}, decisions)
    contributions = _contributions(inputs.system, pairs, said, decisions)
    long_leg = (np.sign(parts.to_numpy(float)) + 1.0) / 2.0
    return Scores(
        scores=pd.DataFrame(
            {id: frame.sum(axis=1, min_count=1) for id, frame in contributions.items()}, decisions
        ),
        parts=parts,
        contributions=contributions,
        stages={
            **{f"vote_{name}": frame for name, frame in by_indicator.items()},
            "pair_position": pd.DataFrame(long_leg, decisions, parts.columns),
            # What was earned up to the date, which is known on it.
            "excess": pd.DataFrame(excess, decisions).shift(1),
        },
        texts=_texts(votes, list(ids), decisions),
        notices=tuple(_few(votes, parts, fewest)),
    )


def indicators(inputs: Inputs, decisions: pd.DatetimeIndex) -> dict[str, pd.DataFrame]:
    """Return each indicator that is given, decision dates by pair, as known on each date.

    Raises
    ------
    DataError
        ``no_table`` where none is.
    """
    age = inputs.system.input(SHEET).max_age_days
    found = {}
    for name, (fields, _, _) in INDICATORS.items():
        tables = [inputs.table(f"{SHEET}.{field}") for field in fields]
        legs = [newest_known(t, decisions, age).values for t in tables if t is not None]
        if len(legs) == len(fields):
            found[name] = legs[0] if len(legs) == 1 else legs[0] - legs[1]
    if not found:
        raise no_table(SHEET, inputs.system.id)
    return found


def _by_ids(frame: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Return a frame with its pairs called by the ids of their assets, however they were written.

    Raises
    ------
    DataError
        ``doubled`` where one pair stands there under two names.
    """
    names = [pair_of(str(id), inputs.system) for id in frame]
    ids = [f"{pair.long}/{pair.short}" for pair in names]
    for place, id in enumerate(ids):
        if id in ids[:place]:
            first = names[ids.index(id)].id
            raise DataError(
                "pair_twice",
                f"{SHEET} 表中“{first}”与“{names[place].id}”是同一对风格。",
                f"In {SHEET} {first!r} and {names[place].id!r} are the same pair.",
                where=SHEET,
            )
    return frame.set_axis(ids, axis=1)


def pair_of(id: str, system: System) -> Pair:
    """Return the pair that a column of the sheet names.

    Raises
    ------
    DataError
        ``unknown_entity`` where it is not two assets of the system.
    """
    legs = [leg.strip() for leg in id.replace("／", "/").split("/")]
    known = {n: a.id for a in system.assets for n in (a.id, a.name_zh, a.name_en)}
    if len(legs) == 2 and all(leg in known for leg in legs) and legs[0] != legs[1]:
        return Pair(id, known[legs[0]], known[legs[1]])
    wrong = next((leg for leg in legs if leg not in known), id)
    near = nearest(wrong, known)
    raise DataError(
        "pair_form",
        f"“{id[:40]}”应写成 多头/空头（如 small/large），两者都是{system.name_zh}的资产；"
        f"最接近：{'、'.join(near) or '无'}。",
        f"{id[:40]!r} must be LONG/SHORT, such as small/large, both assets of {system.id}; "
        f"nearest: {', '.join(near) or 'none'}.",
        where=SHEET,
    )


def next_excess(closes: pd.DataFrame, pair: Pair, decisions: pd.DatetimeIndex) -> np.ndarray:
    """Return the long leg's return less the short's to the next date; NaN for the last one."""
    found = np.full(len(decisions), np.nan)
    if {pair.long, pair.short} <= set(closes) and len(decisions) > 1:
        close = closes_at(closes[[pair.long, pair.short]], decisions).to_numpy(float)
        returns = close[1:] / close[:-1] - 1.0
        found[:-1] = returns[:, 0] - returns[:, 1]
    return found


def nearest_months(percentiles: np.ndarray, today: float, k: int) -> np.ndarray:
    """Return the places of the ``k`` percentiles nearest to today's; of ties the more recent."""
    distance = np.round(np.abs(percentiles - today) / SAME)
    return np.lexsort((-np.arange(len(percentiles)), distance))[:k]


def direction(excess: np.ndarray) -> float:
    """Return the sign of the mean: 1, 0 or -1."""
    mean = float(excess.mean())
    return 0.0 if abs(mean) <= SAME * float(np.abs(excess).max()) else float(np.sign(mean))


def votes_of(values: np.ndarray, excess: np.ndarray, k: int, fewest: int) -> Votes:
    """Return one indicator's votes for one pair.

    Parameters
    ----------
    values
        (T,) as known on each date; NaN where nothing is.
    excess
        (T,) of the month after each date; that of a date is used from the next one on.
    k, fewest
        Months that are looked for, and usable months that are needed.
    """
    vote = np.full(len(values), np.nan)
    usable = np.zeros(len(values), dtype=int)
    months: list[np.ndarray] = []
    for day in range(len(values)):
        past = np.flatnonzero(~np.isnan(values[:day]) & ~np.isnan(excess[:day]))
        usable[day] = len(past)
        chosen = past[:0]
        if len(past) >= max(fewest, 1) and not np.isnan(values[day]):
            # Ranks among all values so far, ties sharing theirs, so that only order counts.
            so_far = np.sort(values[: day + 1][~np.isnan(values[: day + 1])])
            own = np.append(values[past], values[day])
            ranks = np.searchsorted(so_far, own, "left") + np.searchsorted(so_far, own, "right")
            percentiles = ranks / (2.0 * len(so_far))
            chosen = past[nearest_months(percentiles[:-1], percentiles[-1], k)]
            vote[day] = direction(excess[chosen])
        months.append(chosen)
    return Votes(vote, usable, months)


def _contributions(
    system: System,
    pairs: Iterable[Pair],
    said: Mapping[str, pd.DataFrame],
    decisions: pd.DatetimeIndex,
) -> dict[str, pd.DataFrame]:
    """Return what each vote adds to each style's score: its sign over votes and pairs."""
    found = {}
    for asset in (a.id for a in system.assets if a.id != MARKET):
        own = [(p, 1.0 if p.long == asset else -1.0) for p in pairs if asset in (p.long, p.short)]
        own = [(p, sign) for p, sign in own if MARKET in (p.long, p.short)] or own
        if not own:
            continue
        speaking = sum(said[p.id].notna().any(axis=1).astype(int) for p, _ in own)
        shares = {}
        for p, sign in own:
            count = said[p.id].notna().sum(axis=1) * speaking
            for name in said[p.id]:
                shares[f"{p.id} {name}"] = sign * said[p.id][name] / count.where(count > 0)
        found[asset] = pd.DataFrame(shares, decisions)
    return found


def _texts(
    votes: Mapping[str, Mapping[str, Votes]], ids: list[str], decisions: pd.DatetimeIndex
) -> pd.DataFrame:
    """Return each pair's votes with the months that they rest on, Chinese and English."""
    labels = decisions.strftime("%Y-%m").to_numpy(object)

    def words(id: str, day: int) -> tuple[str, str]:
        zh, en = [], []
        for name, own in votes.items():
            one = own.get(id)
            if one is None or np.isnan(one.vote[day]):
                continue
            listed = ", ".join(labels[one.months[day]])
            zh.append(f"{INDICATORS[name][1]} {one.vote[day]:+.0f}（{listed}）")
            en.append(f"{INDICATORS[name][2]} {one.vote[day]:+.0f} ({listed})")
        return "；".join(zh) or "可用月份不足", "; ".join(en) or "too few usable months"

    made = {
        id: pd.Series([words(id, day) for day in range(len(decisions))], decisions, dtype=object)
        for id in ids
    }
    return pd.DataFrame(made, decisions)


def _few(
    votes: Mapping[str, Mapping[str, Votes]], parts: pd.DataFrame, fewest: int
) -> Iterable[Notice]:
    """Say which pairs have too few months on the last date."""
    for id in map(str, parts) if len(parts) else ():
        most = max(int(own[id].usable[-1]) for own in votes.values() if id in own)
        if most < fewest:
            yield Notice(
                "few_months",
                f"{id}：可用月份 {most} 个，需要 {fewest} 个，不投票。",
                f"{id}: {most} usable months, {fewest} needed.",
            )
