"""What is wrong with prices: jumps, spikes, days frozen or missing, columns swapped or moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
from prosperity.exchange import foreign, sessions

from prosperity_excel.checks.faults import Sure

#: Log return of one day beyond which no index of shares moves: their own limits are 10% and 20%.
JUMP = 0.16
#: A day that goes and comes back, in usual differences from the market, and at least this far;
#: and how far is enough whatever is usual: shares may move 10% a day, and not all at once.
SPIKE, SPIKE_LEAST, SPIKE_MOST = 12.0, 0.03, 0.1
#: Closes in a row that are equal to the last digit; no index stands so long.
FROZEN = 3
#: Days that must be missing in a row of those on which the exchange was open.
MISSING = 1
#: Below this part of the benchmark's usual move no industry's index stays: the whole market is
#: the calmer of the two.
CALM = 0.92
#: Days over which correlations are compared, how much better another day must fit, and how well.
WINDOW, MOVED, MOVED_HIGH = 120, 0.3, 0.45
#: Days by which a column may be moved.
_DAYS = (1, 2, 3, 4, 5)
#: Equal returns in a row of two columns that are a copy.
COPIED = 5
_ENOUGH, _USUAL_DAYS, _LONG = 60, 250, 12
BENCHMARK = "benchmark"


@dataclass(frozen=True)
class PriceFault:
    """Something that looks wrong with a column of prices, from a day on."""

    code: str
    column: str
    day: date
    zh: str
    en: str
    sure: Sure = "likely"


class Closes:
    """All columns of prices of a book.

    Parameters
    ----------
    prices
        By column's name and day, above zero.
    """

    def __init__(self, prices: Mapping[str, Mapping[date, float]]) -> None:
        series = {
            name: pd.Series(np.array([*values.values()]), index=_days(values))
            for name, values in prices.items()
            if len(values) > 1
        }
        self.table = pd.DataFrame(series).sort_index()
        self.names = list(self.table.columns)
        self.days = pd.DatetimeIndex(self.table.index)
        # A column's own returns: days on which it alone is missing are passed over.
        own = {n: np.log(s.dropna()).diff() for n, s in self.table.items()}
        self.returns = pd.DataFrame(own).reindex(self.days) if own else pd.DataFrame()

    def faults(self) -> Iterator[PriceFault]:
        """Yield everything that looks wrong."""
        for name in self.names:
            yield from self._jumps(name)
            yield from self._frozen(name)
            yield from self._missing(name)
        yield from self._spikes()
        yield from self._copied()
        yield from self._moved()
        yield from self._swapped()

    def _jumps(self, name: str) -> Iterator[PriceFault]:
        closes = self.table[name].dropna()
        days = pd.DatetimeIndex(closes.index)
        values = closes.to_numpy()
        moves = np.diff(np.log(values), append=0.0)
        moves[-1:] = 0.0
        near = np.diff(days.to_numpy(), append=days.to_numpy()[-1:]) <= np.timedelta64(_LONG, "D")
        skip = -1
        for n in (np.flatnonzero((np.abs(moves) > JUMP) & near) + 1).tolist():
            if n == skip:
                continue
            step, day = float(moves[n - 1]), days[n].date()
            value, before = float(values[n]), float(values[n - 1])
            back = step * moves[n] < 0 and abs(step + moves[n]) < 0.5 * abs(step)
            came = n > 1 and step * moves[n - 2] < 0 and abs(step + moves[n - 2]) < 0.5 * abs(step)
            if came and abs(moves[n - 2]) > JUMP / 2:
                # The way back from a day that was off itself.
                n, step = n - 1, float(moves[n - 2])
                day, value, before = days[n].date(), float(values[n]), float(values[n - 1])
                back = True
            if back:
                skip = n + 1
                yield self._spike(name, day, value, before)
                continue
            told = f"{day} {before:.6g} → {value:.6g}（{np.exp(step):.3g} 倍）"
            yield PriceFault(
                "price_jump", name, day,
                f"{told}：一天之内指数不会如此变动，像是换了基期、复权或另一个指数。",
                f"{day}: {before:.6g} → {value:.6g} ({np.exp(step):.3g} times): no index moves so "
                "in a day, as if it had another base, adjustment or index from then on.",
                "sure",
            )  # fmt: skip

    def _spike(self, name: str, day: date, value: float, before: float) -> PriceFault:
        return PriceFault(
            "price_spike", name, day,
            f"{day} 的 {value:.6g} 与前一日的 {before:.6g} 相差很大，次日又回到原处，像是错值。",
            f"{day}: {value:.6g} is far from the {before:.6g} of the day before and the next day "
            "is back, as after a typing error.",
            "sure" if abs(np.log(value / before)) > JUMP else "likely",
        )  # fmt: skip

    def _spikes(self) -> Iterator[PriceFault]:
        """Yield days that leave the market and return to it at once."""
        for name in self.names:
            moves = self.returns[name]
            market = self.returns[[n for n in self.names if n != name]].median(axis=1)
            rest = (moves - market.fillna(0.0)).dropna()
            if len(rest) < _ENOUGH:
                continue
            usual = 1.4826 * rest.abs().rolling(_USUAL_DAYS, min_periods=_ENOUGH).median().bfill()
            out, back = rest.to_numpy()[:-1], rest.to_numpy()[1:]
            sizes = np.minimum(np.abs(out), np.abs(back))
            bar = np.minimum(SPIKE * usual.to_numpy()[:-1], SPIKE_MOST)
            odd = (out * back < 0) & (sizes > bar)
            odd &= (sizes > SPIKE_LEAST) & (np.abs(out) <= JUMP)
            odd &= np.abs(out + back) < 0.5 * sizes
            closes = self.table[name].dropna()
            for n in np.flatnonzero(odd).tolist():
                day = rest.index[n]
                at = int(np.asarray(closes.index.searchsorted(day)))
                before = float(closes.iloc[max(at - 1, 0)])
                yield self._spike(name, day.date(), float(closes.iloc[at]), before)

    def _frozen(self, name: str) -> Iterator[PriceFault]:
        closes = self.table[name].dropna()
        values = closes.to_numpy()
        edges = [0, *(np.flatnonzero(np.diff(values) != 0) + 1).tolist(), len(values)]
        runs = [(a, b) for a, b in pairwise(edges) if b - a >= FROZEN]
        for a, b in runs[-3:]:
            first, last = closes.index[a].date(), closes.index[b - 1].date()
            yield PriceFault(
                "price_frozen", name, last,
                f"{first} 至 {last} 连续 {b - a} 个交易日都是 {values[a]:.6g}，像是沿用旧值。",
                f"{first} to {last}: {b - a} trading days in a row are {values[a]:.6g}, as if an "
                "old close had been carried on.",
                "sure",
            )  # fmt: skip

    def _missing(self, name: str) -> Iterator[PriceFault]:
        """Yield the days on which the exchange was open and a daily column has no close."""
        days = pd.DatetimeIndex(self.table[name].dropna().index)
        open_days = sessions()
        within = open_days[(open_days >= days[0]) & (open_days <= days[-1])]
        if foreign(days) or len(within) == 0:
            # Another exchange's days are those on which the other columns have a close.
            others = self.table.drop(columns=name).dropna(how="all").index
            within = pd.DatetimeIndex(others[(others >= days[0]) & (others <= days[-1])])
        if len(days) < 0.9 * len(within):
            return
        lost = within.difference(days)
        if len(lost) < MISSING:
            return
        shown = "、".join(f"{d:%Y-%m-%d}" for d in lost[:3]) + (" 等" if len(lost) > 3 else "")
        yield PriceFault(
            "price_missing", name, lost[0].date(),
            f"交易所开市而没有价格的有 {len(lost)} 天：{shown}。",
            f"There is no price on {len(lost)} days on which the exchange was open: "
            f"{shown.replace('、', ', ').replace(' 等', ' and others')}.",
            "sure",
        )  # fmt: skip

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Yield each column beside the benchmark, or beside the first one without such."""
        chief = BENCHMARK if BENCHMARK in self.names else (self.names or [""])[0]
        yield from ((name, chief) for name in self.names if name != chief)

    def _copied(self) -> Iterator[PriceFault]:
        """Yield the columns of which a part has another one's closes or returns."""
        table = self.returns.to_numpy()
        for n, name in enumerate(self.names):
            for m in range(n):
                same = np.abs(table[:, n] - table[:, m]) < 1e-9
                same &= np.abs(table[:, n]) > 0
                ends = _last_run(same, COPIED)
                if ends is None:
                    continue
                first, last = (self.days[k].date() for k in ends)
                other = self.names[m]
                yield PriceFault(
                    "price_copied", name, first,
                    f"{first} 至 {last} 的涨跌与 {other} 列完全相同，像是贴了两次。",
                    f"From {first} to {last} it moves exactly as the column {other}: as if pasted "
                    "twice.",
                    "sure",
                )  # fmt: skip

    def _moved(self) -> Iterator[PriceFault]:
        """Yield the columns that follow the market only some days earlier or later."""
        for name, chief in self._pairs():
            both = self.returns[[name, chief]].dropna()
            if len(both) < WINDOW:
                continue
            own, market = both[name].to_numpy(), both[chief].to_numpy()
            now = _rolling(own, market)
            best: tuple[float, int, int] | None = None
            for days in (*_DAYS, *(-d for d in _DAYS)):
                moved = _rolling(own, np.roll(market, days))
                gain = np.where((moved >= MOVED_HIGH) & (now < MOVED_HIGH / 2), moved - now, 0.0)
                places = np.flatnonzero(gain >= MOVED)
                if len(places) and (best is None or len(places) > best[2]):
                    best = float(gain.max()), days, len(places)
                    start = max(int(places[0]) - WINDOW // 2, 0)
            if best is None or best[2] < WINDOW // 4:
                continue
            gain_, days, _ = best
            since = both.index[start].date()
            zh, en = ("晚", "late") if days > 0 else ("早", "early")
            yield PriceFault(
                "price_moved", name, since,
                f"大约 {since} 起，价格与 {chief} 相比像是{zh}了 {abs(days)} 个交易日"
                f"（移动后相关系数提高 {gain_:.1f}）。",
                f"From about {since} prices look {abs(days)} trading days {en} beside {chief} "
                f"(moved, the correlation rises by {gain_:.1f}).",
                "likely",
            )  # fmt: skip

    def _swapped(self) -> Iterator[PriceFault]:
        """Yield the index that is so calm that it may be the benchmark."""
        if BENCHMARK not in self.names or len(self.days) < _USUAL_DAYS:
            return
        both = self.returns.dropna()
        if len(both) < _USUAL_DAYS:
            return
        # Median moves, so that single faults of other kinds do not count.
        moves = both.abs().median()
        calmest = str(moves.drop(BENCHMARK).idxmin())
        ratio = float(moves[calmest] / moves[BENCHMARK])
        if ratio >= CALM:
            return
        day = self.days[0].date()
        yield PriceFault(
            "price_swapped", calmest, day,
            f"日变动只有基准的 {ratio:.2f} 倍，而全市场应比单个行业平稳：两列可能互换了。",
            f"Its daily moves are {ratio:.2f} times the benchmark's, though the whole market is "
            "the calmer of the two: the columns may be swapped.",
            "possible",
        )  # fmt: skip


def _days(values: Mapping[date, float]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.array(list(values), dtype="datetime64[ns]"))


def _rolling(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the correlation of two series of returns over each :data:`WINDOW`, about zero.

    Single days of more than :data:`JUMP` count as that, or one typing error would decide.
    """
    a, b = (np.clip(x, -JUMP, JUMP) for x in (one, other))
    cross, left, right = (
        np.convolve(x, np.ones(WINDOW), mode="full")[: len(x)] for x in (a * b, a * a, b * b)
    )
    size = np.sqrt(left * right)
    found: np.ndarray = np.divide(cross, size, out=np.zeros(len(a)), where=size > 1e-12)
    found[: WINDOW - 1] = 0.0
    return found


def _last_run(same: np.ndarray, least: int) -> tuple[int, int] | None:
    """Return where the last run of at least so many true values begins and ends."""
    padded = np.concatenate([[False], same, [False]]).astype(int)
    begins = np.flatnonzero(np.diff(padded) == 1)
    ends = np.flatnonzero(np.diff(padded) == -1) - 1
    long = np.flatnonzero(ends - begins + 1 >= least)
    return (int(begins[long[-1]]), int(ends[long[-1]])) if len(long) else None
