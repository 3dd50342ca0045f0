"""Turning points of a monthly series, and how those of two series match.

The dating is that of Bry and Boschan (1971): candidate turns of smooth curves, step by step moved
to the turns of the series itself. It is for looking back: a turn is known months after it
happened, so **turning points see the future** and never feed a signal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Kind = Literal["peak", "trough"]
Turns = list[tuple[int, int]]
#: Months on either side over which a turn is the highest or lowest; of a phase and a cycle.
AROUND, PHASE, CYCLE = 5, 5, 15
#: Months next to the sample's ends in which no turn is dated.
ENDS = 6
#: A value further from the Spencer curve than this many deviations is replaced by it.
OUTLIER = 3.5
SPENCER = np.array([-3, -6, -5, 3, 21, 46, 67, 74, 67, 46, 21, 3, -5, -6, -3]) / 320.0


def turning_points(values: pd.Series[float]) -> pd.DataFrame:
    """Return the turning points of a monthly series.

    Parameters
    ----------
    values
        By month end. Its first to last known values count; a hole inside is bridged by a straight
        line, for the dating only.

    Returns
    -------
    DataFrame
        ``month``, ``kind`` (``peak`` or ``trough``, alternating) and ``value``, in order; empty
        for fewer than two cycles' months.
    """
    known = values.loc[values.first_valid_index() : values.last_valid_index()]
    raw = known.interpolate().to_numpy(float) if len(known) else np.array([])
    found: Turns = _dated(raw) if len(raw) >= 2 * CYCLE else []
    return pd.DataFrame(
        {
            "month": pd.DatetimeIndex([known.index[at] for at, _ in found]),
            "kind": ["peak" if sign > 0 else "trough" for _, sign in found],
            "value": [raw[at] for at, _ in found],
        }
    )


def _dated(raw: np.ndarray) -> Turns:
    smooth = _weighted(raw, SPENCER)
    spread = (raw - smooth).std()
    calm = np.where(np.abs(raw - smooth) > OUTLIER * spread, smooth, raw) if spread > 0 else raw
    year = _weighted(calm, np.r_[0.5, np.ones(11), 0.5] / 12.0)
    turns = _alternating(_extremes(year), year)
    curve = _weighted(calm, SPENCER)
    turns = _cycles(_moved(turns, curve, AROUND), curve)
    months = cyclical_dominance(calm)
    short = _weighted(calm, np.ones(months) / months)
    turns = _alternating(_moved(turns, short, AROUND), short)
    turns = _alternating(_moved(turns, raw, max(months, 4)), raw)
    turns = [(at, sign) for at, sign in turns if ENDS <= at < len(raw) - ENDS]
    return _phases(_cycles(_beyond_ends(turns, raw), raw), raw)


def cyclical_dominance(values: np.ndarray) -> int:
    """Return the months over which the cycle moves more than the noise does, from 3 to 6."""
    smooth = _weighted(values, SPENCER)
    noise = values - smooth
    for span in range(1, 7):
        cycle = np.abs(smooth[span:] - smooth[:-span]).mean()
        if cycle > 0 and np.abs(noise[span:] - noise[:-span]).mean() < cycle:
            return max(3, span)
    return 6


def _weighted(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return a centred weighted mean; near the ends the ends are repeated."""
    before = len(weights) // 2
    padded = np.pad(values, (before, len(weights) - 1 - before), mode="edge")
    mean: np.ndarray = np.convolve(padded, weights[::-1], mode="valid")
    return mean


def _extremes(values: np.ndarray) -> Turns:
    """Return the places that are highest (+1) or lowest (-1) of the months around them."""
    found: Turns = []
    for at in range(AROUND, len(values) - AROUND):
        around = values[at - AROUND : at + AROUND + 1]
        for sign in (1, -1):
            if (sign * around).argmax() == AROUND and np.ptp(around) > 0:
                found.append((at, sign))
    return found


def _alternating(turns: Turns, values: np.ndarray) -> Turns:
    """Keep the higher of two peaks in a row, and the lower of two troughs."""
    kept: Turns = []
    for at, sign in sorted(set(turns)):
        if kept and kept[-1][1] == sign:
            if sign * values[at] > sign * values[kept[-1][0]]:
                kept[-1] = at, sign
        else:
            kept.append((at, sign))
    return kept


def _moved(turns: Turns, values: np.ndarray, reach: int) -> Turns:
    """Move each turn to the extreme of another curve within ``reach`` months."""
    moved: Turns = []
    for at, sign in turns:
        first = max(0, at - reach)
        moved.append((first + int((sign * values[first : at + reach + 1]).argmax()), sign))
    return moved


def _cycles(turns: Turns, values: np.ndarray) -> Turns:
    """Drop turns until peaks lie at least a cycle apart, and so do troughs."""
    kept = _alternating(turns, values)
    while True:
        close = [
            (kept[n], kept[n + 2])
            for n in range(len(kept) - 2)
            if kept[n + 2][0] - kept[n][0] < CYCLE
        ]
        if not close:
            return kept
        first, second = close[0]
        sign = first[1]
        worse = first if sign * values[first[0]] < sign * values[second[0]] else second
        kept = _alternating([turn for turn in kept if turn != worse], values)


def _phases(turns: Turns, values: np.ndarray) -> Turns:
    """Drop both turns of a phase that is too short; at an end only the outer one."""
    kept = list(turns)
    while True:
        short = [n for n in range(len(kept) - 1) if kept[n + 1][0] - kept[n][0] < PHASE]
        if not short:
            return kept
        n = short[0]
        if n == 0:
            kept = kept[1:]
        elif n == len(kept) - 2:
            kept = kept[:-1]
        else:
            kept = _alternating(kept[:n] + kept[n + 2 :], values)


def _beyond_ends(turns: Turns, values: np.ndarray) -> Turns:
    """Drop a first or last turn that the values at the sample's end exceed."""
    kept = list(turns)
    if kept:
        at, sign = kept[0]
        if (sign * values[:at]).max() > sign * values[at]:
            kept = kept[1:]
    if kept:
        at, sign = kept[-1]
        if (sign * values[at + 1 :]).max() > sign * values[at]:
            kept = kept[:-1]
    return kept


@dataclass(frozen=True)
class Match:
    """How the turns of a series go with those of a reference.

    Attributes
    ----------
    turns : DataFrame
        A row a turn of the reference: ``month``, ``kind``, ``matched`` (month of the series' turn,
        NaT where it missed) and ``lead`` in months (positive: the series turned first).
    missed, extra : int
        Turns of the reference without a counterpart; turns of the series, within the months of
        both, that match none.
    lead_at_peaks, lead_at_troughs : float
        Mean lead in months; NaN where none matched.
    """

    turns: pd.DataFrame
    missed: int
    extra: int
    lead_at_peaks: float
    lead_at_troughs: float


def match_turns(
    series: pd.Series[float], reference: pd.Series[float], *, longest_lead: int = 12,
    longest_lag: int = 6,
) -> Match:  # fmt: skip
    """Match the turning points of a series with those of a reference, in their common months.

    A turn matches the nearest one of its kind that comes at most ``longest_lead`` months before
    or ``longest_lag`` after it, each at most once, nearest pairs first.
    """
    both = pd.concat([series, reference], axis=1, keys=["series", "reference"], sort=True)
    known = both.dropna()
    window = both.loc[known.index[0] : known.index[-1]] if len(known) else both.iloc[:0]
    own, wanted = (turning_points(window[name]) for name in ("series", "reference"))
    number = [t.month.dt.year * 12 + t.month.dt.month for t in (own, wanted)]
    pairs = sorted(
        (abs(lead), n, m, lead)
        for n, kind in enumerate(wanted["kind"])
        for m, other in enumerate(own["kind"])
        if kind == other
        and -longest_lag <= (lead := int(number[1].iloc[n] - number[0].iloc[m])) <= longest_lead
    )
    lead_of: dict[int, int] = {}
    match_of: dict[int, int] = {}
    for _, n, m, lead in pairs:
        if n not in match_of and m not in match_of.values():
            match_of[n], lead_of[n] = m, lead
    turns = pd.DataFrame(
        {
            "month": wanted["month"],
            "kind": wanted["kind"],
            "matched": pd.DatetimeIndex(
                [own["month"].iloc[match_of[n]] if n in match_of else pd.NaT for n in wanted.index]
            ),
            "lead": [float(lead_of[n]) if n in lead_of else np.nan for n in wanted.index],
        }
    )
    by_kind = turns.groupby("kind")["lead"].mean()
    return Match(
        turns=turns,
        missed=int(turns["lead"].isna().sum()),
        extra=len(own) - len(match_of),
        lead_at_peaks=float(by_kind.get("peak", np.nan)),
        lead_at_troughs=float(by_kind.get("trough", np.nan)),
    )
