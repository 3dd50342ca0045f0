"""Huaxin's composite: a weighted mean of factor ranks, whose weights the analyst edits.

Each factor is ranked across the industries that have it, ties sharing their mean rank, and
standardised: z = (rank - mean) / sd, the sd over all of them (``ddof=0``). The score is
sum(w z) / sum(w) over the factors present, NaN where they carry less than ``min_weight`` of the
weight. Weights are those of the last date on or before the decision; before the first, the
defaults. They are taken as they are typed: a set that does not sum to 100% is said, not mended.

``momentum`` and ``correlation`` are made of prices where the sheet has no such column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from prosperity.errors import DataError
from prosperity.notice import Notice
from prosperity.systems.inputs import Inputs, closes_at, newest
from prosperity.systems.ranking import ranked
from prosperity.systems.result import Scores
from prosperity.systems.spec import Values

SHEET, WEIGHTS, TIES = "industry_factor_scores", "factor_weights.weight", "industry_prosperity"
#: Months of the returns that momentum ranks, and days of the correlations.
MOMENTUM_MONTHS, CORRELATION_DAYS = (1, 2, 3, 6, 12), 60
#: Weights further from 100 than this, in percent, do not sum to it.
ROUNDING = 0.05


def compute(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Scores:
    """Return the composite of each industry.

    Parameters
    ----------
    inputs
        A table ``industry_factor_scores.FACTOR`` a factor, more is better; ``factor_weights`` in
        percent, dates by factor; ``industry_prosperity`` parts equal scores.
    values
        ``weight_FACTOR`` as the defaults, ``min_weight``, ``truncate``, ``from_prices``.
    decisions
        Dates (T,).

    Returns
    -------
    Scores
        Parts are the weights in percent, by factor, and their sum; stages the z of each factor.
    """
    weights, said = weights_on(inputs, values, decisions)
    factors, made = _factors(inputs, values, decisions, weights)
    ids = _ids(inputs, factors)
    names = [name for name in weights if name in factors]
    z = {name: standardised(factors[name].reindex(columns=ids)) for name in names}
    scores, parts = composite(z, weights, values.number("min_weight"))
    scores = scores.reindex(index=decisions, columns=ids)
    stages = {f"z:{name}": frame for name, frame in z.items()}
    return Scores(
        scores=scores,
        parts=weights.assign(sum=weights.sum(axis=1)),
        contributions={
            str(id): pd.DataFrame({n: parts[n][id] for n in names}, decisions) for id in ids
        },
        stages=stages,
        ties=_ties(inputs, decisions, ids),
        notices=(*said, *made, *_absent(weights, factors)),
    )


def standardised(values: pd.DataFrame) -> pd.DataFrame:
    """Return ranks within each row, less their mean, over their deviation (``ddof=0``).

    NaN stays NaN; zeros where all are equal.
    """
    ranks = ranked(values.to_numpy(float))
    there = ~np.isnan(ranks)
    count = np.maximum(there.sum(axis=1, keepdims=True), 1)
    off = ranks - np.nansum(ranks, axis=1, keepdims=True) / count
    spread = np.sqrt(np.nansum(off**2, axis=1, keepdims=True) / count)
    z = np.where(there, off / np.where(spread > 0, spread, 1.0), np.nan)
    return pd.DataFrame(z, values.index, values.columns)


def composite(
    z: Mapping[str, pd.DataFrame], weights: pd.DataFrame, least: float
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return weighted means of standardised factors, and what each adds.

    Parameters
    ----------
    z
        By factor: dates by asset; NaN where it is absent.
    weights
        The same dates by factor; those of factors that are nowhere count as absent.
    least
        Share of the weight that must be present.

    Returns
    -------
    scores : DataFrame
    parts : dict of str to DataFrame
        By factor; they sum to the scores, 0 where a factor is absent and another is not.
    """
    if not z:
        return pd.DataFrame(index=weights.index), {}
    whole = weights.sum(axis=1).to_numpy()[:, None]
    frame = next(iter(z.values()))
    own = {
        name: weights[name].to_numpy()[:, None] * one.notna().to_numpy(float)
        for name, one in z.items()
    }
    present = np.sum(list(own.values()), axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        enough = (present > 0) & (present >= least * whole * (1 - 1e-12))
        share = np.where(enough, 1.0 / present, np.nan)
    parts = {name: one.fillna(0.0) * own[name] * share for name, one in z.items()}
    total = np.sum([part.to_numpy(float) for part in parts.values()], axis=0)
    return pd.DataFrame(total, frame.index, frame.columns), parts


def weights_on(
    inputs: Inputs, values: Values, decisions: pd.DatetimeIndex
) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Return the weights in percent that were in force, (T, factors), and what is odd about them.

    A row that leaves a factor out gives it no weight.
    """
    prefix = "weight_"
    defaults = {id.removeprefix(prefix): values.number(id) for id in values if id[:7] == prefix}
    table = inputs.table(WEIGHTS)
    if table is not None:
        _refuse_negative(table.values)
    names = list(dict.fromkeys([*defaults, *(table.values if table is not None else ())]))
    fixed = np.array([defaults.get(name, 0.0) for name in names])
    found = np.tile(fixed, (len(decisions), 1))
    if table is not None:
        typed = table.values.reindex(columns=names)
        days = table.releases.reindex(columns=names).where(typed.notna())
        for stamp, row in zip(_begins(days), range(len(days)), strict=True):
            # What of the row was typed in later counts from then on.
            since = decisions >= stamp
            known = days.iloc[row].to_numpy("datetime64[ns]") <= decisions.to_numpy()[:, None]
            found[since] = np.where(known, typed.iloc[row].to_numpy(float), 0.0)[since]
    used = pd.DataFrame(found, decisions, names)
    return used, tuple(_sums(inputs, used))


def _refuse_negative(weights: pd.DataFrame) -> None:
    wrong = np.argwhere(weights.to_numpy(float) < 0)
    if len(wrong):
        row, column = wrong[0]
        day, name = weights.index[row], weights.columns[column]
        raise DataError(
            "negative_factor_weight",
            f"{day:%Y-%m-%d} 的 {name} 权重为负；越小越好的因子请把因子值取负，权重填正数。",
            f"The weight of {name} on {day:%Y-%m-%d} is negative; for a factor of which less is "
            "better, enter its values negative and its weight positive.",
            where=WEIGHTS.partition(".")[0],
        )


def _begins(days: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Return the day from which each row is known in part; NaT for an empty row."""
    stamps = days.to_numpy("datetime64[ns]")
    # Not by pandas' minimum of a row: older ones compare days with infinity there and break down.
    never = np.iinfo(np.int64).max
    first = np.where(np.isnat(stamps), never, stamps.astype(np.int64)).min(axis=1, initial=never)
    found = np.where(first < never, first, np.iinfo(np.int64).min).astype("datetime64[ns]")
    return pd.Series(found, days.index)


def _sums(inputs: Inputs, weights: pd.DataFrame) -> Iterable[Notice]:
    """Say which sets of weights do not sum to 100%."""
    table = inputs.table(WEIGHTS)
    total = weights.sum(axis=1)
    typed = [] if table is None else list(table.values.sum(axis=1).items())
    odd = [(f"{day:%Y-%m-%d}", sum_) for day, sum_ in typed if abs(sum_ - 100) > ROUNDING]
    if not typed and len(total) and abs(total.iloc[-1] - 100) > ROUNDING:
        odd = [("默认 / default", float(total.iloc[-1]))]
    if not odd:
        return
    day, last = odd[-1]
    more = len(odd) - 1
    zh = f"{day} 的权重合计 {last:.4g}%，{'其余未说明' if last < 100 else '超过 100%'}；不作归一。"
    en = (
        f"Weights of {day} sum to {last:.4g}%; "
        f"{'the rest is unstated' if last < 100 else 'more than 100%'}. They are not rescaled."
    )
    if more:
        zh, en = zh + f"另有 {more} 期也不为 100%。", en + f" So do {more} other sets."
    yield Notice("weights_sum", zh, en)


def _factors(
    inputs: Inputs, values: Values, decisions: pd.DatetimeIndex, weights: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], tuple[Notice, ...]]:
    """Return the factors as known on each decision, and a notice of those made of prices."""
    age = inputs.system.input(SHEET).max_age_days
    prefix = f"{SHEET}."
    given = [id for id in sorted(inputs.panel.tables) if id.startswith(prefix)]
    found = {
        id.removeprefix(prefix): newest(table, decisions, age).values
        for id, table in ((id, inputs.table(id)) for id in given)
        if table is not None
    }
    if not found:
        inputs.needed(f"{SHEET}.")
    if not values.flag("from_prices") or inputs.closes.empty:
        return found, ()
    makers = {"momentum": _momentum, "correlation": _correlation}
    used = [str(name) for name in weights if (weights[name] != 0).any()]
    made = [name for name in makers if name in used and name not in found]
    found |= {name: makers[name](inputs, values, decisions) for name in made}
    return found, tuple(
        Notice(
            "factor_from_prices",
            f"{SHEET} 没有 {name} 这一列，由行情计算。",
            f"{SHEET} has no column {name}; it is made of prices.",
            "note",
        )
        for name in made
    )


def _momentum(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the mean rank of returns over 1 to 12 months, the ends truncated before ranking."""
    now = closes_at(inputs.closes, decisions)
    ranks = []
    for months in MOMENTUM_MONTHS:
        before = closes_at(inputs.closes, decisions - pd.DateOffset(months=months))
        returns = now.to_numpy() / before.to_numpy() - 1.0
        ranks.append(ranked(truncated(returns, values.number("truncate"))))
    return pd.DataFrame(np.mean(ranks, axis=0), decisions, now.columns)


def truncated(values: np.ndarray, share: float) -> np.ndarray:
    """Return rows with what lies outside their quantiles moved to these; NaN stays NaN."""
    empty = np.isnan(values).all(axis=1)
    low, high = np.full((2, len(values)), np.nan)
    if (~empty).any():
        ends = np.nanquantile(values[~empty], [share, 1 - share], axis=1)
        low[~empty], high[~empty] = ends
    return np.asarray(np.clip(values, low[:, None], high[:, None]))


def _correlation(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the mean correlation of daily returns with the other industries, negative."""
    returns = inputs.closes.pct_change(fill_method=None)
    ends = np.asarray(returns.index.searchsorted(decisions, side="right"))
    rows = np.full((len(decisions), len(returns.columns)), np.nan)
    for place, end in enumerate(ends):
        window = returns.iloc[max(end - CORRELATION_DAYS, 0) : end].to_numpy()
        whole = ~np.isnan(window).any(axis=0) & (np.ptp(np.nan_to_num(window), axis=0) > 0)
        if len(window) < CORRELATION_DAYS or whole.sum() < 2:
            continue
        table = np.corrcoef(window[:, whole], rowvar=False)
        rows[place, whole] = -(table.sum(axis=1) - 1.0) / (len(table) - 1)
    return pd.DataFrame(rows, decisions, returns.columns)


def _ids(inputs: Inputs, factors: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the industries that have any factor, in the system's order."""
    there = {str(id) for frame in factors.values() for id in frame}
    own = [asset.id for asset in inputs.system.assets if asset.id in there]
    return [*own, *sorted(there - set(own))]


def _ties(inputs: Inputs, decisions: pd.DatetimeIndex, ids: list[str]) -> pd.DataFrame | None:
    table = inputs.table(TIES)
    if table is None:
        return None
    age = inputs.system.input(TIES).max_age_days
    return newest(table, decisions, age).values.reindex(columns=ids)


def _absent(weights: pd.DataFrame, factors: Mapping[str, pd.DataFrame]) -> Iterable[Notice]:
    """Say which factors have a weight now and no column."""
    now = weights.iloc[-1] if len(weights) else pd.Series(dtype=float)
    absent = [str(name) for name, own in now.items() if name not in factors and own != 0]
    if absent:
        share = float(now.reindex(absent).sum())
        yield Notice(
            "factor_absent",
            f"{'、'.join(absent)} 有权重（合计 {share:.4g}%）但没有数据，按其余因子计算。",
            f"{', '.join(absent)} have weights ({share:.4g}% in all) and no data; the score is of "
            "the others.",
        )
