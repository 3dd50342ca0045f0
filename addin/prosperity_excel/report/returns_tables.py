"""Returns and risk side by side, calendar years, and what was held: tables from a backtest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from prosperity.backtest import Backtest
from prosperity.performance import month_returns, years_of

from prosperity_excel.report.combined_tables import yearly_returns
from prosperity_excel.report.spec import Column, Kind, Table, Value
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice

#: Standard periods: label, and how far back; years beyond one are said a year.
PERIODS: tuple[tuple[Pair, pd.DateOffset | None, int], ...] = (
    (("1个月", "1M"), pd.DateOffset(months=1), 0),
    (("3个月", "3M"), pd.DateOffset(months=3), 0),
    (("年初至今", "YTD"), None, 0),
    (("1年", "1Y"), pd.DateOffset(years=1), 0),
    (("3年\n年化", "3Y\np.a."), pd.DateOffset(years=3), 3),
    (("5年\n年化", "5Y\np.a."), pd.DateOffset(years=5), 5),
)
SINCE: Pair = ("成立以来\n年化", "Since start\np.a.")
RISKS: tuple[tuple[Pair, Kind], ...] = (
    (("年化\n波动率", "Volatility\np.a."), "percent"),
    (("最大回撤", "Max drawdown"), "percent"),
    (("夏普比率", "Sharpe"), "number"),
)
#: Columns of the table of years, and rows of that of holdings.
YEARS_SHOWN, SPELLS_SHOWN = 12, 7
#: Totals beside those that the report prints.
TOTALS: tuple[Pair, ...] = (
    ("累计\n本次", "Total\nthis run"),
    ("累计\n浙商原文", "Total\nZheshang"),
)
MONTHS_A_YEAR, DAYS_A_MONTH = 12, 30.4375


def period_returns(nav: pd.Series[float]) -> list[float]:
    """Return the decimal returns over :data:`PERIODS` and since the start, to the last day.

    A period that begins before the first day is NaN; so is the annualised return since the start
    when that is less than a year. A start without a price takes the close before it.
    """
    last = nav.index[-1]
    found = []
    for _, back, years in PERIODS:
        start = pd.Timestamp(last.year - 1, 12, 31) if back is None else last - back
        if start < nav.index[0]:
            found.append(np.nan)
            continue
        grown = float(nav.iloc[-1] / nav[:start].iloc[-1])
        found.append(grown ** (1 / years) - 1 if years else grown - 1)
    span = years_of(nav.index[0], last)
    found.append(float(nav.iloc[-1] / nav.iloc[0]) ** (1 / span) - 1 if span >= 1 else np.nan)
    return found


def risks(tested: Backtest, name: str, risk_free: float) -> list[float]:
    """Return volatility, deepest drawdown and Sharpe ratio of one of the three net values."""
    nav, monthly = tested.nav[name], month_returns(tested.nav)[name]
    deviation = float(monthly.std(ddof=1)) * MONTHS_A_YEAR**0.5
    free = (1 + risk_free) ** (1 / MONTHS_A_YEAR) - 1
    ahead = (float(monthly.mean()) - free) * MONTHS_A_YEAR
    sharpe = ahead / deviation if deviation > 0 else np.nan
    return [deviation, float((nav / nav.cummax() - 1).min()), sharpe]


def periods_table(
    tested: Backtest,
    labels: tuple[str, str, str],
    spans: tuple[int, ...],
    risk_free: float,
    voice: Voice,
    published: Mapping[str, float] = MappingProxyType({}),
) -> Table:
    """Return returns over standard periods and risk: strategy, index, benchmark, and the gap.

    ``labels`` names the three; ``spans`` are grid columns of the label, the periods, the risks, and
    the two totals that stand there when ``published`` gives the report's own by row.
    """
    returned = [voice.stack(pair) for pair, _, _ in PERIODS] + [voice.stack(SINCE)]
    heads: list[tuple[str, Kind]] = [("", "text")]
    heads += [(label, "signed_percent") for label in returned]
    heads += [(voice.stack(pair), kind) for pair, kind in RISKS]
    totals = TOTALS if published else ()
    heads += [(voice.stack(pair), "signed_percent") for pair in totals]
    columns = tuple(
        Column(label=label, kind=kind, span=span)
        for (label, kind), span in zip(heads, spans, strict=False)
    )
    names = ("strategy", "index", "benchmark")
    earned = {name: period_returns(tested.nav[name]) for name in names}
    rows: list[tuple[Value, ...]] = []
    for name, label in zip(names, labels, strict=True):
        found = *earned[name], *risks(tested, name, risk_free)
        total = float(tested.nav[name].iloc[-1] / tested.nav[name].iloc[0] - 1)
        theirs: tuple[Value, ...] = (total, published.get(name)) if published else ()
        rows.append((label, *map(_known, found), *theirs))
    gap = (a - b for a, b in zip(earned["strategy"], earned["benchmark"], strict=True))
    ahead = voice.line(("策略相对基准", "Strategy less benchmark"))
    rows.append((ahead, *map(_known, gap), *("" for _ in (*RISKS, *totals))))
    return Table(columns=columns, rows=tuple(rows), total=True)


def _known(value: float) -> float | None:
    """Return a number; None where there is none, so that equal tables compare equal."""
    return value if np.isfinite(value) else None


def years_table(tested: Backtest, labels: tuple[str, str, str], voice: Voice) -> Table:
    """Return the last calendar years, a column each, oldest first; ``labels`` names the rows."""
    found = yearly_returns(tested).tail(YEARS_SHOWN)
    columns = (
        Column(label=voice.label("year")),
        *(Column(label=str(year), kind="signed_percent") for year in found.index),
    )
    ahead = voice.line(("策略相对基准", "Strategy less benchmark"))
    keys = ("strategy", "index", "benchmark", "excess")
    rows = tuple(
        (label, *(_known(float(v)) for v in found[key]))
        for key, label in zip(keys, (*labels, ahead), strict=True)
    )
    return Table(columns=columns, rows=rows, total=True)


@dataclass(frozen=True)
class Spell:
    """A time in the industry: its first and last close, and decimal returns between them."""

    start: pd.Timestamp
    end: pd.Timestamp
    open: bool
    index: float
    benchmark: float


def spells(tested: Backtest) -> list[Spell]:
    """Return the times in which the industry was held, newest first."""
    held = tested.position.to_numpy(float) > 0
    days, nav = tested.nav.index, tested.nav
    edges = np.flatnonzero(np.diff(np.concatenate([[False], held, [False]]).astype(int)))
    found = []
    for first, stop in zip(edges[::2], edges[1::2], strict=True):
        # Held from the close of the first day to that of the day on which it was left.
        ends, still = min(int(stop), len(days) - 1), int(stop) == len(days)
        if ends <= first:
            continue
        grown = nav.iloc[ends] / nav.iloc[first] - 1
        index, market = float(grown["index"]), float(grown["benchmark"])
        found.append(Spell(days[first], days[ends], still, index, market))
    return found[::-1]


def spells_table(tested: Backtest, spans: tuple[int, ...], voice: Voice) -> Table:
    """Return the last holdings: from and to, months, return, and return against the market."""
    heads: tuple[tuple[Pair, Kind], ...] = (
        (("持有：自 – 至", "Held: from – to"), "text"),
        (("月数", "Months"), "one"),
        (("行业收益", "Industry"), "signed_percent"),
        (("相对基准", "vs market"), "signed_percent"),
    )
    columns = tuple(
        Column(label=voice.stack(pair), kind=kind, span=span)
        for (pair, kind), span in zip(heads, spans, strict=True)
    )
    now = voice.line(("持有中", "still held"))
    rows: list[tuple[Value, ...]] = []
    for one in spells(tested)[:SPELLS_SHOWN]:
        months = (one.end - one.start).days / DAYS_A_MONTH
        ends = now if one.open else f"{one.end:%Y-%m-%d}"
        period = f"{one.start:%Y-%m-%d} – {ends}"
        rows.append((period, months, one.index, one.index - one.benchmark))
    if not rows:
        rows = [(voice.line(("从未持有", "never held")), "", "", "")]
    return Table(columns=columns, rows=tuple(rows))
