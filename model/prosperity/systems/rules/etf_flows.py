"""GF's flows of ETFs: what buyers have just bought tends to lag, so the sign is negative.

flow = (shares - shares of the day before) x net asset value. Flows are summed to the level that is
asked for, divided by the measure, averaged over ``mean_days``, put in the form that is asked for,
and carried to industries; the score is minus their z across industries. Crowding is the percentile
of the unsigned factor among its last ``window`` days.

Everything is made of what had arrived by each trading day: a flow counts on the day on which it
became known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from prosperity.errors import DataError
from prosperity.notice import Notice
from prosperity.systems.inputs import Inputs, asset_names, newest, sampled
from prosperity.systems.result import Scores
from prosperity.systems.spec import Values
from prosperity.tables import Table

SHEET, MAP, STOCKS = "etf_flows", "etf_map", "etf_stock_flows"
#: Splits that a notice lists before it ends in dots.
LISTED = 6


@dataclass(frozen=True)
class Arrived:
    """What had become known since the trading day before, days by entity; NaN where nothing had."""

    flow: pd.DataFrame
    amount: pd.DataFrame
    size: pd.DataFrame


def compute(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Scores:
    """Return minus the standardised flow of each industry.

    Parameters
    ----------
    inputs
        ``etf_flows.shares``, ``.nav``, ``.amount``, ``.size`` by fund and ``etf_map``; or
        ``etf_stock_flows.flow``, ``.amount``, ``.size`` by industry.
    values
        ``level``, ``measure``, ``form``, ``window``, ``mean_days``, ``corporate_action``,
        ``drop_broad``, ``extreme``.
    decisions
        Dates (T,).

    Returns
    -------
    Scores
        NaN for an industry without funds, or whose newest flows are too old. Stages: ``crowding``
        0 to 1, ``factor`` (unsigned), ``flow`` in 亿元 over ``mean_days``.

    Raises
    ------
    DataError
        ``no_table``, ``unknown_entity`` for an industry of the map that is none, ``no_field``
        where the measure's column is missing.
    """
    days = _days(inputs, decisions)
    level = _level(inputs, values)
    if level == "stock":
        by_industry = _stock_level(inputs, values, days)
        factor = formed(measured(by_industry, values), values)
        smooth, said = measured(by_industry, values), _estimated(inputs, STOCKS)
    else:
        smooth, factor, by_industry, said = _fund_levels(inputs, values, days, level)
    crowding = percentile(smooth, values.whole("window"))
    z = -across(factor)
    if values.number("extreme") < 1.0:
        z = z.where(factor <= values.number("extreme"))
    scores = z.reindex(decisions)
    flow = by_industry.flow.rolling(values.whole("mean_days"), min_periods=1).sum()
    return Scores(
        scores=scores,
        parts=pd.DataFrame(
            {
                "inflow": flow.reindex(decisions).sum(axis=1, min_count=1),
                "industries": scores.notna().sum(axis=1),
                "crowded": (crowding.reindex(decisions) >= 0.9).sum(axis=1),
            }
        ),
        contributions={str(id): scores[[id]].set_axis(["flow"], axis=1) for id in scores},
        stages={
            "crowding": crowding.reindex(decisions),
            "factor": factor.reindex(decisions),
            "flow": flow.reindex(decisions),
        },
        notices=said,
    )


def flows(shares: pd.DataFrame, nav: pd.DataFrame, limit: float) -> tuple[pd.DataFrame, np.ndarray]:
    """Return flows by fund, and where shares were split or merged.

    Parameters
    ----------
    shares, nav
        Dates by fund; NaN where there is none. A change is from the last shares before.
    limit
        Shares that grow or shrink by more than this, as a share of the smaller, while the net
        asset value goes at least half as far (in logs) the other way, are a split or a merger:
        their flow is 0.

    Returns
    -------
    flow : DataFrame
        NaN on the first date of a fund and where either is missing.
    split : ndarray of bool
    """
    own, value = shares.to_numpy(float), nav.to_numpy(float)
    before = shares.ffill().shift().to_numpy(float)
    value_before = nav.ffill().shift().to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        grown, moved = np.log(own / before), np.log(value / value_before)
        split = (np.abs(grown) > np.log1p(limit)) & (moved * np.sign(grown) <= -np.abs(grown) / 2)
    flow = np.where(split, 0.0, (own - before) * value)
    return pd.DataFrame(flow, shares.index, shares.columns), split


def measured(arrived: Arrived, values: Values) -> pd.DataFrame:
    """Return the mean of flows over their measure, days by entity."""
    measure, days = values.word("measure"), values.whole("mean_days")
    below = {"raw": None, "amount": arrived.amount, "size": arrived.size}[measure]
    ratio = arrived.flow if below is None else arrived.flow / below.where(below > 0)
    return ratio.rolling(days, min_periods=days // 2 + 1).mean().where(ratio.notna())


def formed(smooth: pd.DataFrame, values: Values) -> pd.DataFrame:
    """Return a factor as it is, or as its percentile in its own past; see ``form``."""
    form, window = values.word("form"), values.whole("window")
    if form == "raw":
        return smooth
    return percentile(smooth, window if form == "window" else None, window)


def percentile(frame: pd.DataFrame, window: int | None, least: int | None = None) -> pd.DataFrame:
    """Return the rank of each value among its last ``window`` (None: all) ones, over their count.

    NaN with fewer than ``least`` values (the window, where it is not said).
    """
    fewest = least or window or 1
    over = frame.expanding(fewest) if window is None else frame.rolling(window, min_periods=fewest)
    return over.rank(pct=True).where(frame.notna())


def across(frame: pd.DataFrame) -> pd.DataFrame:
    """Return each row less its mean, over its deviation (``ddof=0``); zeros where all are equal."""
    spread = frame.std(axis=1, ddof=0)
    size = frame.abs().max(axis=1)
    flat = ~(spread > 1e-12 * size)
    return frame.sub(frame.mean(axis=1), axis=0).div(spread.where(~flat, np.inf), axis=0)


def _days(inputs: Inputs, decisions: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the trading days up to the last decision, decisions included."""
    days = inputs.panel.calendar.days
    if not len(days):
        tables = [t for id, t in inputs.panel.tables.items() if id.startswith((SHEET, STOCKS))]
        for table in tables:
            days = days.union(pd.DatetimeIndex(table.values.index))
    last = decisions[-1] if len(decisions) else pd.Timestamp.min
    return pd.DatetimeIndex(days[days <= last].union(decisions))


def _level(inputs: Inputs, values: Values) -> str:
    level = values.word("level")
    if level == "stock":
        inputs.needed(f"{STOCKS}.flow")
    if level != "auto":
        return level
    return "industry" if inputs.table(f"{STOCKS}.flow") is None else "stock"


def _stock_level(inputs: Inputs, values: Values, days: pd.DatetimeIndex) -> Arrived:
    flow = inputs.needed(f"{STOCKS}.flow")
    return _arrivals(
        flow.values, flow.releases, _field(inputs, STOCKS, values), days, _age(inputs, STOCKS)
    )


def _age(inputs: Inputs, sheet: str) -> int:
    return inputs.system.input(sheet).max_age_days


def _field(inputs: Inputs, sheet: str, values: Values) -> dict[str, Table | None]:
    """Return the tables of amount and size; refuse where the one that is asked for is missing."""
    found = {field: inputs.table(f"{sheet}.{field}") for field in ("amount", "size")}
    measure = values.word("measure")
    derived = measure == "size" and sheet == SHEET
    if measure != "raw" and found[measure] is None and not derived:
        raise DataError(
            "no_field",
            f"{sheet} 没有 {measure} 这一列；请补上，或把参数 measure 改为 raw 或 size。",
            f"{sheet} has no column {measure}; add it, or set the parameter measure to raw or "
            "size.",
            where=sheet,
        )
    return found


def _arrivals(
    flow: pd.DataFrame,
    releases: pd.DataFrame,
    fields: dict[str, Table | None],
    days: pd.DatetimeIndex,
    age: int,
) -> Arrived:
    """Return what had become known since the day before, from values by their own dates."""
    frames: dict[str, pd.DataFrame] = {}
    for name, table in fields.items():
        if table is None:
            frames[name] = flow * np.nan
            continue
        own = table.values.reindex_like(flow)
        frames[name] = own
        later = table.releases.reindex_like(flow)
        releases = releases.where(~(later > releases), later)
    whole = newest(Table(SHEET, flow, releases.where(flow.notna())), days)
    rows = whole.rows.to_numpy()
    since_then = (
        days.to_numpy("datetime64[ns]")[:, None] - flow.index.to_numpy("datetime64[ns]")[rows]
    )
    fresh = (rows >= 0) & (since_then <= np.timedelta64(age, "D"))
    number = sampled(flow.notna().cumsum(), whole).to_numpy()
    prior = np.vstack([np.full((1, number.shape[1]), np.nan), number[:-1]])
    # The first row of all counts; several rows at once, with none before, are no day's flow.
    new = (number > np.nan_to_num(prior, nan=-1.0)) & (~np.isnan(prior) | (number == 1))
    new &= fresh

    def since(frame: pd.DataFrame) -> pd.DataFrame:
        there = frame.where(flow.notna())
        total = sampled(there.fillna(0.0).cumsum(), whole).fillna(0.0)
        step = total.diff().fillna(total.iloc[:1])
        return step.where(new)

    # Where an amount is missing, its flow is left out of the ratio too.
    amount = since(frames["amount"]).where(lambda frame: frame > 0)
    size = sampled(frames["size"], whole).where(new)
    return Arrived(since(flow), amount, size)


def _fund_levels(
    inputs: Inputs, values: Values, days: pd.DatetimeIndex, level: str
) -> tuple[pd.DataFrame, pd.DataFrame, Arrived, tuple[Notice, ...]]:
    """Return the smoothed factor, the formed one and the flows by industry, and notices."""
    shares, nav = inputs.needed(f"{SHEET}.shares"), inputs.needed(f"{SHEET}.nav")
    own, value = shares.values.align(nav.values, join="inner")
    flow, split = flows(own, value, values.number("corporate_action"))
    later = nav.releases.reindex_like(flow)
    releases = shares.releases.reindex_like(flow)
    releases = releases.where(~(later > releases), later)
    fields = _field(inputs, SHEET, values)
    if fields["size"] is None:
        made = own * value
        fields["size"] = Table(SHEET, made, releases.where(made.notna()))
    funds = _arrivals(flow, releases, fields, days, _age(inputs, SHEET))
    if values.word("measure") == "amount":
        funds = Arrived(funds.flow.where(funds.amount.notna()), funds.amount, funds.size)
    links = _links(inputs, values, days)
    said = (
        *_unmapped(inputs, links, own * value),
        *_splits(own, split),
        *_estimated(inputs, SHEET),
    )
    by_industry = _summed(funds, links, "industry", days)
    if level == "industry":
        smooth = measured(by_industry, values)
        return smooth, formed(smooth, values), by_industry, said
    smooth = measured(_summed(funds, links, level, days), values)
    factor = formed(smooth, values)
    return (
        _carried(smooth, links, level, days),
        _carried(factor, links, level, days),
        by_industry,
        said,
    )


@dataclass(frozen=True)
class Link:
    """A record of the map: from when to when a fund stands for an industry, and how much of it."""

    etf: str
    index: str
    industry: str
    weight: float
    on: np.ndarray


def _links(inputs: Inputs, values: Values, days: pd.DatetimeIndex) -> list[Link]:
    rows = inputs.rows(MAP)
    names = asset_names(inputs.system)
    drop = values.flag("drop_broad")
    found = []
    for row in rows.to_dict("records"):
        industry = _text(row.get("industry"))
        broad = _number(row.get("broad"), 0.0) == 1.0
        if not industry or (broad and drop):
            continue
        begin, end = (pd.Timestamp(_text(row.get(word)) or "NaT") for word in ("from", "to"))
        on = ~(np.asarray(days < begin) | np.asarray(days > end))
        code = _text(row["code"])
        index = _text(row.get("index")) or code
        weight = _number(row.get("weight"), 1.0)
        found.append(Link(code, index, names.asset(industry, MAP), weight, on))
    return found


def _text(given: Any) -> str:
    return "" if given is None or pd.isna(given) else str(given).strip()


def _number(given: Any, default: float) -> float:
    text = _text(given)
    return float(text) if text else default


def _summed(funds: Arrived, links: list[Link], level: str, days: pd.DatetimeIndex) -> Arrived:
    """Return the funds' flows, amounts and sizes summed over each entity of a level."""
    there = set(funds.flow)
    parts: dict[tuple[str, str], np.ndarray] = {}
    for link in (link for link in links if link.etf in there):
        key = (getattr(link, level), link.etf)
        own = link.on * (link.weight if level == "industry" else 1.0)
        before = parts.get(key)
        if before is None:
            parts[key] = own
        else:
            parts[key] = before + own if level == "industry" else np.maximum(before, own)
    entities = list(dict.fromkeys(entity for entity, _ in parts))
    place = {entity: n for n, entity in enumerate(entities)}

    def total(frame: pd.DataFrame) -> pd.DataFrame:
        # A row a fund, so that each lies together in memory.
        whole = np.ascontiguousarray(frame.to_numpy(float).T)
        own = {name: whole[n] for n, name in enumerate(frame)}
        found = np.zeros((len(entities), len(days)))
        seen = np.zeros(found.shape, dtype=bool)
        for (entity, fund), share in parts.items():
            counted = ~np.isnan(own[fund]) & (share > 0)
            found[place[entity]] += np.where(counted, own[fund] * share, 0.0)
            seen[place[entity]] |= counted
        return pd.DataFrame(np.where(seen, found, np.nan).T, days, entities)

    return Arrived(total(funds.flow), total(funds.amount), total(funds.size))


def _carried(
    factor: pd.DataFrame, links: list[Link], level: str, days: pd.DatetimeIndex
) -> pd.DataFrame:
    """Return the mean of a factor over the entities of each industry, by weight."""
    shares: dict[tuple[str, str], np.ndarray] = {}
    for link in links:
        key = (link.industry, getattr(link, level))
        if key[1] in factor:
            shares[key] = np.maximum(shares.get(key, 0.0), link.on * link.weight)
    found: dict[str, list[np.ndarray]] = {}
    for (industry, entity), share in shares.items():
        own = factor[entity].to_numpy(float)
        counted = np.where(np.isnan(own), 0.0, share)
        over, under = found.setdefault(industry, [np.zeros(len(days)), np.zeros(len(days))])
        over += np.nan_to_num(own) * counted
        under += counted
    with np.errstate(invalid="ignore", divide="ignore"):
        means = {id: np.where(u > 0, o / u, np.nan) for id, (o, u) in found.items()}
    return pd.DataFrame(means, days)


def _unmapped(inputs: Inputs, links: list[Link], sizes: pd.DataFrame) -> Iterable[Notice]:
    rows = inputs.rows(MAP)
    broad = {
        _text(r["code"]) for r in rows.to_dict("records") if _number(r.get("broad"), 0.0) == 1.0
    }
    known = {link.etf for link in links} | broad
    last = sizes.ffill().iloc[-1] if len(sizes) else pd.Series(dtype=float)
    left = [name for name in last.index if str(name) not in known]
    if not left:
        return
    share = float(last[left].sum() / last.sum()) if last.sum() > 0 else 0.0
    yield Notice(
        "unmapped",
        f"{len(left)} 只 ETF（占规模 {share:.0%}）在 etf_map 中没有行业，未计入。",
        f"{len(left)} ETFs ({share:.0%} of size) have no industry in etf_map and are left out.",
    )


def _splits(shares: pd.DataFrame, split: np.ndarray) -> Iterable[Notice]:
    places = np.argwhere(split)
    if not len(places):
        return
    named = [f"{shares.columns[c]} {shares.index[r]:%Y-%m-%d}" for r, c in places[-LISTED:]]
    dots = len(places) > LISTED
    yield Notice(
        "split",
        f"{len(places)} 次拆分或合并，流量记 0：{'、'.join(named)}{' 等' if dots else ''}。",
        f"{len(places)} splits or mergers of shares, whose flow is 0: {', '.join(named)}"
        f"{', ...' if dots else ''}.",
        "note",
    )


def _estimated(inputs: Inputs, sheet: str) -> tuple[Notice, ...]:
    """Say how many rows are estimates, taken or left out."""
    tables = [t for id, t in inputs.panel.tables.items() if id.startswith(f"{sheet}.")]
    marked = [t.estimated.to_numpy(bool).sum() for t in tables if t.estimated is not None]
    taken = int(max(marked, default=0))
    left = max((t.left_out for t in tables), default=0)
    if not taken and not left:
        return ()
    count, zh, en = (taken, "已计入", "taken") if taken else (left, "未计入", "left out")
    return (
        Notice(
            "estimated",
            f"{sheet} 有 {count} 个数值标为估计值，{zh}。",
            f"{count} values of {sheet} are marked as estimates and are {en}.",
        ),
    )
