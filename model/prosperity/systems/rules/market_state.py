"""Everbright's state of the market: volume, breadth and averages of broad indices; the barbell.

*Volume* is bullish when the fast mean of turnover lies above the slow one, else cautious.
*Breadth* is the share of members with a positive return over 230 days: bullish when its fast mean
lies above its slow one, else neutral. *Averages* counts the means of 8 to 233 days below the close.
An index's state is the share of its signals that are on, 0 to 1. Volatilities and the barbell are
shown beside it; what is held is the barbell, half dividend and half small caps, evened out at month
ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd

from prosperity.notice import Notice, days_text
from prosperity.schedule import Schedule
from prosperity.systems.inputs import Inputs, closes_at, newest, sampled
from prosperity.systems.result import Scores
from prosperity.systems.spec import Values

TURNOVER, MEMBERS = "turnover", "market_members"
SHARE, CROSS, SERIES = (f"{MEMBERS}.{field}" for field in ("share_up_230", "cs_vol", "ts_vol"))
DIVIDEND, SMALL, LARGE = "dividend", "small", "csi300"
AVERAGES = (8, 13, 21, 34, 55, 89, 144, 233)
PERCENTILE_DAYS = (60, 120, 250)
SIGNALS = {"volume": "量能", "breadth": "宽度", "averages": "均线"}
#: Two means that differ by less than this share are equal.
EQUAL = 1e-12
Column = Callable[["pd.Series[float]"], "pd.Series[float]"]


def compute(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Scores:
    """Return the state of each broad index, 0 to 1.

    Parameters
    ----------
    inputs
        Closes; ``turnover`` and ``market_members`` by index may be there.
    values
        The constants of its catalog file.
    decisions
        Trading days (T,).

    Returns
    -------
    Scores
        NaN where fewer than ``min_signals`` can be said. Stages are the signals by index: 1
        bullish, 0 cautious or neutral, -1 bearish where that is defined, NaN unknown. The target
        weights are those of the barbell, on month ends.
    """
    ids = [a.id for a in inputs.system.assets if a.id not in (DIVIDEND, SMALL)]
    counts = _of_closes(inputs, decisions, ids, averages_below)
    share = _of_table(inputs, SHARE, decisions, ids, lambda own: own)
    signals = {
        "volume": _volume(inputs, values, decisions, ids),
        "breadth": _breadth(inputs, values, decisions, ids),
        "averages": _averages(counts, values),
    }
    scores, contributions = state(signals, values.whole("min_signals"))
    shown = _volatilities(inputs, values, decisions, ids)
    parts = {name: frame.mean(axis=1) for name, frame in signals.items()}
    parts |= {"state": scores.mean(axis=1), **_ground(shown, values)}
    parts["barbell_on"] = _barbell_on(inputs, values, decisions)
    return Scores(
        scores=scores,
        parts=pd.DataFrame(parts, decisions),
        contributions=contributions,
        stages={
            **signals,
            "averages_below": counts,
            "share_up": share,
            "good_mood": (share > values.number("good_mood")).where(share.notna()).astype(float),
            "week_return": _week_return(inputs, decisions, ids),
            **shown,
        },
        weights=_barbell(inputs, values, decisions),
        notices=(*_silent(signals, scores), *_units(inputs, values, decisions)),
    )


def state(
    signals: Mapping[str, pd.DataFrame], least: int
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return the share of signals that are on, by index, and what each adds.

    A signal that is unknown counts neither way; with fewer than ``least`` known the state is NaN.
    """
    names = list(signals)
    raw = np.stack([signals[name].to_numpy(float) for name in names])
    there = ~np.isnan(raw)
    known = there.sum(axis=0)
    share = np.where(known >= least, 1.0 / np.maximum(known, 1), np.nan)
    parts = np.where(there, raw > 0, False) * share
    frame = signals[names[0]]
    scores = pd.DataFrame(parts.sum(axis=0), frame.index, frame.columns)
    return scores, {
        str(id): pd.DataFrame(parts[:, :, place].T, frame.index, names)
        for place, id in enumerate(scores)
    }


def fast_above_slow(own: pd.Series[float], fast: int, slow: int) -> pd.Series[float]:
    """Return 1 where the mean of the last ``fast`` lies above that of the last ``slow``, else 0.

    NaN while there are fewer than either.
    """
    left, right = own.rolling(fast).mean(), own.rolling(slow).mean()
    above = left > right + EQUAL * right.abs()
    return above.astype(float).where(left.notna() & right.notna())


def averages_below(own: pd.Series[float]) -> pd.Series[float]:
    """Return how many of the eight means lie below the last close; NaN before the longest."""
    below = np.sum([(own > own.rolling(k).mean() * (1 + EQUAL)).to_numpy() for k in AVERAGES], 0)
    whole = own.rolling(max(AVERAGES)).count() >= max(AVERAGES)
    return pd.Series(below, own.index, dtype=float).where(whole)


def jumps(own: pd.Series[float], times: float) -> pd.Series[bool]:
    """Return where a value is at least ``times`` the one before it, or at most its part."""
    steps = np.diff(np.log(own.to_numpy(float)), prepend=np.nan)
    return pd.Series(np.abs(steps) >= np.log(times) - 1e-9, own.index)


def _by_column(frame: pd.DataFrame, of: Column) -> pd.DataFrame:
    """Return a feature of each column's own values, NaN where it has none."""
    made = {name: of(frame[name].dropna()).reindex(frame.index) for name in frame}
    return pd.DataFrame(made, frame.index, dtype=float)


def _of_table(
    inputs: Inputs, id: str, decisions: pd.DatetimeIndex, ids: list[str], of: Column
) -> pd.DataFrame:
    """Return a feature of a table by index, at the newest rows known on each decision."""
    table = inputs.table(id)
    if table is None:
        return pd.DataFrame(np.nan, decisions, ids)
    age = inputs.system.input(id.partition(".")[0]).max_age_days
    known = newest(table, decisions, age)
    found = sampled(_by_column(table.values, of), known).where(known.values.notna())
    return found.reindex(columns=ids)


def _of_closes(
    inputs: Inputs, decisions: pd.DatetimeIndex, ids: list[str], of: Column
) -> pd.DataFrame:
    """Return a feature of closes by index; NaN on days without a close."""
    made = _by_column(inputs.closes, of)
    return made.reindex(index=decisions, columns=ids)


def _volume(
    inputs: Inputs, values: Values, decisions: pd.DatetimeIndex, ids: list[str]
) -> pd.DataFrame:
    fast, slow = values.whole("volume_fast"), values.whole("volume_slow")
    times = values.number("amount_jump")

    def signal(own: pd.Series[float]) -> pd.Series[float]:
        traded = own[own > 0]
        # Means over two units mean nothing: unknown until the jump has left the windows.
        mixed = jumps(traded, times).rolling(max(fast, slow) - 1, min_periods=1).max() > 0
        return fast_above_slow(traded, fast, slow).where(~mixed).reindex(own.index)

    return _of_table(inputs, TURNOVER, decisions, ids, signal)


def _breadth(
    inputs: Inputs, values: Values, decisions: pd.DatetimeIndex, ids: list[str]
) -> pd.DataFrame:
    fast, slow = values.whole("breadth_fast"), values.whole("breadth_slow")
    return _of_table(inputs, SHARE, decisions, ids, lambda own: fast_above_slow(own, fast, slow))


def _averages(counts: pd.DataFrame, values: Values) -> pd.DataFrame:
    high, low = values.whole("bullish_averages"), values.whole("bearish_averages")
    signal = (counts >= high).astype(float) - ((counts <= low) & (counts < high)).astype(float)
    return signal.where(counts.notna())


def _volatilities(
    inputs: Inputs, values: Values, decisions: pd.DatetimeIndex, ids: list[str]
) -> dict[str, pd.DataFrame]:
    """Return weekly means of both volatilities by index, their changes and percentiles."""
    week = values.whole("week_days")
    found: dict[str, pd.DataFrame] = {}
    for name, id in (("cs_vol", CROSS), ("ts_vol", SERIES)):
        if inputs.table(id) is None:
            continue
        found[name] = _of_table(inputs, id, decisions, ids, lambda own: own.rolling(week).mean())
        found[f"{name}_change"] = _of_table(
            inputs, id, decisions, ids, lambda own: own.rolling(week).mean().diff(week)
        )
        for days in PERCENTILE_DAYS:
            found[f"{name}_percentile_{days}"] = _of_table(
                inputs,
                id,
                decisions,
                ids,
                lambda own, days=days: own.rolling(week).mean().rolling(days).rank(pct=True),  # type: ignore[misc]
            )
    return found


def _ground(shown: Mapping[str, pd.DataFrame], values: Values) -> dict[str, pd.Series[float]]:
    """Return both volatilities of the index that is read, and whether both rose."""
    index = values.word("barbell_index")
    own = {name: shown[name][index] for name in ("cs_vol", "ts_vol") if name in shown}
    if len(own) < 2:
        return own
    changes = pd.DataFrame({name: shown[f"{name}_change"][index] for name in own})
    both = (changes > 0).all(axis=1).astype(float).where(changes.notna().all(axis=1))
    return {**own, "better_ground": both}


def _barbell_on(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> pd.Series[float]:
    """Return 1 where dispersion is high and small caps lead large ones, else 0; NaN unknown."""
    window, days = values.whole("barbell_median"), values.whole("barbell_momentum")
    index = values.word("barbell_index")

    def high(own: pd.Series[float]) -> pd.Series[float]:
        middle = own.rolling(window).median()
        return (own > middle).astype(float).where(middle.notna())

    spread = _of_table(inputs, CROSS, decisions, [index], high)[index]
    if not {SMALL, LARGE} <= set(inputs.closes):
        return pd.Series(np.nan, decisions)
    moves = _of_closes(
        inputs, decisions, [SMALL, LARGE], lambda own: own.pct_change(days, fill_method=None)
    )
    lead = moves[SMALL] - moves[LARGE]
    return ((spread > 0) & (lead > 0)).astype(float).where(spread.notna() & lead.notna())


def _barbell(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the target weights of the barbell on month ends with both prices; else NaN."""
    dividend = values.number("barbell_dividend")
    weights = pd.DataFrame(np.nan, decisions, [DIVIDEND, SMALL])
    if not {DIVIDEND, SMALL} <= set(inputs.closes) or not len(decisions):
        return weights
    ends = Schedule("month_end").dates(inputs.panel.calendar, decisions[0], decisions[-1])
    ends = ends.intersection(decisions)
    priced = closes_at(inputs.closes[[DIVIDEND, SMALL]], ends).notna().all(axis=1)
    weights.loc[ends[priced.to_numpy()]] = [dividend, 1.0 - dividend]
    return weights


def _week_return(inputs: Inputs, decisions: pd.DatetimeIndex, ids: list[str]) -> pd.DataFrame:
    """Return the move since the last close of the week before."""
    days = pd.to_timedelta(np.asarray(decisions.day_of_week) + 1, unit="D")
    now = closes_at(inputs.closes, decisions)
    before = closes_at(inputs.closes, pd.DatetimeIndex(decisions - days)).set_axis(decisions)
    return (now / before - 1.0).reindex(columns=ids)


def _silent(signals: Mapping[str, pd.DataFrame], scores: pd.DataFrame) -> Iterable[Notice]:
    """Say which signals say nothing on the last day."""
    silent = [n for n, f in signals.items() if len(f) and f.iloc[-1].isna().all()]
    if silent and len(scores):
        yield Notice(
            "silent_signal",
            f"{'、'.join(SIGNALS[n] for n in silent)}没有数据或过旧，状态按其余信号计算。",
            f"No data, or too old ones, for {', '.join(silent)}: the state is "
            "of the other signals.",
        )


def _units(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Iterable[Notice]:
    """Ask about amounts whose unit seems to change."""
    table = inputs.table(TURNOVER)
    if table is None or not len(decisions):
        return
    prices = {asset.id: asset.price for asset in inputs.system.assets}
    for name in table.values:
        own = table.values[name].dropna()
        own = own[(own > 0) & (own.index <= decisions[-1])]
        at = own.index[jumps(own, values.number("amount_jump")).to_numpy()]
        if len(at):
            step = float(own[at[0]] / own.shift()[at[0]])
            times = max(step, 1.0 / step)
            zh, en = days_text(pd.DatetimeIndex(at))
            yield Notice(
                "amount_unit",
                f"{prices.get(str(name), name)} 的成交额在 {zh} 跳变约 {times:,.0f} 倍：单位变了？"
                "跳变离开均值窗口前不给量能信号。",
                f"turnover of {prices.get(str(name), name)} jumps by about {times:,.0f} on {en}: "
                "unit changed? Volume says nothing until the jump has left its windows.",
            )
