"""Whether values can be the closes of an index: their level, their moves, and what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from prosperity_excel.intake.criteria import limits
from prosperity_excel.series.breaks import FACTORS
from prosperity_excel.series.cases import Reason, Track

#: Prices from which moves are typical, and days between them for these to be daily.
_MOVES, _DAILY = 20, 4
#: How near to a factor of units a step must come, as a log difference.
_NEAR = 0.3


@dataclass(frozen=True)
class Quotes:
    """Prices before they are written into a column of ``prices``.

    Attributes
    ----------
    values, held : mapping of date to float
        The export's and the book's closes by day, all above zero.
    others : mapping of str to mapping of date to float
        What the book's other columns of prices hold, by id.
    today : date
    """

    values: Mapping[date, float]
    held: Mapping[date, float]
    others: Mapping[str, Mapping[date, float]]
    today: date


def price_reasons(quotes: Quotes) -> tuple[Reason, ...]:
    """Return why values may not be the closes of a column's index; none is plausible."""
    if not quotes.values:
        return ()
    new, old = (Track.of(v, date.toordinal) for v in (quotes.values, quotes.held))
    found = [_future(quotes), _constant(new), _volatility(new)]
    found += [_against(quotes, old, new)] if len(old) else [_level(new)]
    return tuple(reason for reason in found if reason is not None)


def _shown(at: int, value: float) -> str:
    return f"{date.fromordinal(int(at))} {value:.6g}"


def _future(quotes: Quotes) -> Reason | None:
    late = [d for d in quotes.values if d > quotes.today]
    if not late or any(d > quotes.today for d in quotes.held):
        return None
    return Reason(
        "future",
        f"{len(late)} 天（{late[0]} 起）晚于今天 {quotes.today}",
        f"{len(late)} days, from {late[0]}, lie after today, {quotes.today}",
        "", f"{late[0]} {quotes.values[late[0]]:.6g}", ("known",),
    )  # fmt: skip


def _constant(new: Track) -> Reason | None:
    (least,) = limits("constant")
    if len(new) < least or np.ptp(new.values) > 0:
        return None
    shown = f"{_shown(new.at[0], new.values[0])} …"
    return Reason(
        "constant",
        f"{len(new)} 个值全是 {new.values[0]:.6g}，不是价格",
        f"{len(new)} values are all {new.values[0]:.6g}: no price",
        "", shown,
    )  # fmt: skip


def _level(new: Track) -> Reason | None:
    low, high = limits("level")
    middle = float(np.median(new.values))
    if low <= middle <= high:
        return None
    shown = _shown(new.at[-1], new.values[-1])
    return Reason(
        "level",
        f"指数收盘价通常在 {low:g} 到 {high:g} 之间，这里是 {shown}：像是市盈率等其他字段",
        f"closes of an index lie between {low:g} and {high:g}; here is {shown}: as if it were "
        "another field, such as PE",
        f"{low:g} – {high:g}", shown,
    )  # fmt: skip


def _volatility(new: Track) -> Reason | None:
    (most,) = limits("volatility")
    near = np.diff(new.at) <= _DAILY
    if near.sum() < _MOVES:
        return None
    typical = float(np.median(np.abs(np.diff(np.log(new.values))[near])))
    if typical <= most:
        return None
    return Reason(
        "volatility",
        f"日变动的中位数为 {typical:.0%}，不像价格",
        f"the median daily move is {typical:.0%}: no price",
        "", f"{typical:.0%}",
    )  # fmt: skip


def _against(quotes: Quotes, old: Track, new: Track) -> Reason | None:
    """Compare prices with those that are stored: on the same days, and at the seam."""
    same = new.get(old.at)
    both = np.isfinite(same)
    if both.any():
        return _same_days(quotes, old.at[both], old.values[both], same[both])
    fixed, per_day, _ = limits("break")
    place = np.clip(np.searchsorted(old.at, new.at), 1, len(old) - 1) if len(old) > 1 else None
    near = np.zeros(len(new), dtype=int) if place is None else place
    if place is not None:
        left = np.abs(new.at - old.at[place - 1]) < np.abs(new.at - old.at[place])
        near = np.where(left, place - 1, place)
    days = np.abs(new.at - old.at[near])
    off = np.abs(np.log(new.values / old.values[near]))
    n = int(np.argmin(days))
    wide = off > fixed + per_day * np.sqrt(days)
    if not wide[n] and wide.mean() <= 0.5:
        return None
    if not wide[n]:
        n = int(np.flatnonzero(wide)[0])
    return _broken(quotes, (int(old.at[near[n]]), float(old.values[near[n]])),
                   (int(new.at[n]), float(new.values[n])))  # fmt: skip


def _same_days(
    quotes: Quotes, at: np.ndarray, stored: np.ndarray, export: np.ndarray
) -> Reason | None:
    _, _, part = limits("break")
    ratio = export / stored
    off = np.abs(ratio - 1) > part
    if off.mean() <= 0.5:
        return _moved(at, stored, export)
    n = int(np.flatnonzero(off)[-1])
    middle = float(np.median(ratio))
    if np.quantile(np.abs(ratio / middle - 1), 0.9) < limits("rebased")[1]:
        return _rebased(middle, (int(at[n]), float(stored[n])), (int(at[n]), float(export[n])))
    return _broken(quotes, (int(at[n]), float(stored[n])), (int(at[n]), float(export[n])), len(at))


def _moved(at: np.ndarray, stored: np.ndarray, export: np.ndarray) -> Reason | None:
    """Say when the same prices stand on the day before or after."""
    least, share = limits("shift")
    if len(at) < least:
        return None
    wrong = int((np.abs(export / stored - 1) > 1e-6).sum())
    for days in (-1, 1):
        one, two = (stored[:-1], export[1:]) if days < 0 else (stored[1:], export[:-1])
        if wrong > len(at) / 2 and (np.abs(two / one - 1) > 1e-6).sum() <= share * wrong:
            way = ("早", "earlier") if days < 0 else ("晚", "later")
            return Reason(
                "shift",
                f"{len(at)} 天的重叠中，价格在{way[0]}一个交易日时相同",
                f"the {len(at)} days of the overlap have the same prices one trading day {way[1]}",
                _shown(at[-1], stored[-1]), _shown(at[-1], export[-1]),
            )  # fmt: skip
    return None


def _rebased(middle: float, stored: tuple[int, float], export: tuple[int, float]) -> Reason:
    one, two = _shown(*stored), _shown(*export)
    return Reason(
        "rebased" if _unit(middle) is None else "scale",
        f"工作簿 {one}，导出 {two}：都是已有价格的 {middle:.4g} 倍，像是换了基期或复权",
        f"the book has {one}, the export {two}: all are {middle:.4g} times the stored prices, as "
        "after a change of base or of adjustment",
        one, two, (f"times:{1 / middle:.6g}",),
    )  # fmt: skip


def _unit(ratio: float) -> float | None:
    known = (*FACTORS, *(1 / f for f in FACTORS))
    return next((f for f in known if abs(np.log(ratio / f)) < 0.01), None)


def _broken(
    quotes: Quotes, stored: tuple[int, float], export: tuple[int, float], overlap: int = 0
) -> Reason:
    one, two = _shown(*stored), _shown(*export)
    other = next((id for id, held in quotes.others.items() if _equals(held, quotes.values)), "")
    if other:
        return Reason(
            "swap",
            f"工作簿 {one}，导出 {two}：这是 {other} 列的价格",
            f"the book has {one}, the export {two}: these are the prices of the column {other}",
            one, two,
        )  # fmt: skip
    step = float(np.log(export[1] / stored[1]))
    factor = next((f for f in (*FACTORS, *(1 / f for f in FACTORS))
                   if abs(step - np.log(f)) < _NEAR), None)  # fmt: skip
    zh, en = f"工作簿 {one}，导出 {two}", f"the book has {one}, the export {two}"
    if overlap:
        zh, en = f"{zh}：重叠的 {overlap} 天不符", f"{en}: {overlap} days of the overlap disagree"
    offers = () if factor is None else (f"times:{1 / factor:g}",)
    return Reason(
        "break",
        f"{zh}，不会是同一个指数的收盘价",
        f"{en}: hardly closes of one index",
        one, two, offers,
    )  # fmt: skip


def _equals(held: Mapping[date, float], values: Mapping[date, float]) -> bool:
    both = [d for d in values if d in held]
    least = limits("swap")[0]
    return len(both) >= least and all(abs(held[d] / values[d] - 1) < 1e-6 for d in both)
