"""The tables of the combined strategy: year by year, and what was held month by month."""

from __future__ import annotations

import pandas as pd
from prosperity.attribution import COST, linked
from prosperity.backtest import Backtest
from prosperity.drawdowns import drawdowns
from prosperity.evaluation import MARKET, Combined

from prosperity_excel.report.model_tables import GRID
from prosperity_excel.report.spec import Column, Kind, Table, Value
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice

#: Months of holdings that the page shows; the data sheet has all of them.
MONTHS = len(GRID) - 1
#: Falls that the table of drawdowns holds, and months of the shorter column of contributions.
MOST_FALLS, RECENT = 5, 12
DAYS_A_MONTH = 30.4375
#: A cost below this was none.
LEAST = 1e-9
#: Columns of the yearly table: label -> kind, grid columns.
YEARLY: dict[str, tuple[Kind, int]] = {
    "year": ("text", 1),
    "strategy": ("signed_percent", 2),
    "basket": ("signed_percent", 2),
    "benchmark": ("signed_percent", 2),
    "excess": ("signed_percent", 2),
    "max_drawdown": ("percent", 2),
}


def yearly_returns(tested: Backtest) -> pd.DataFrame:
    """Return decimal returns by calendar year.

    Returns
    -------
    DataFrame
        Years by ``strategy``, ``index``, ``benchmark``, ``excess`` (strategy less benchmark) and
        ``drawdown`` (the strategy's largest fall inside the year, from the value at which the
        year began). The first and the last year may be parts of years.
    """
    nav = tested.nav
    years = pd.DatetimeIndex(nav.index).year
    last = nav.groupby(years).last()
    before = last.shift().fillna(nav.iloc[0])
    found: pd.DataFrame = last / before - 1.0
    found["excess"] = found["strategy"] - found["benchmark"]
    found["drawdown"] = [
        _fall(pd.concat([before.loc[[year], "strategy"], nav.loc[years == year, "strategy"]]))
        for year in last.index
    ]
    # The base alone, at the end of a year, is no year.
    days = nav.groupby(years).size()
    whole: pd.DataFrame = found[(days > 1) | (found.index > found.index[0])]
    return whole


def yearly_table(tested: Backtest, voice: Voice) -> Table:
    """Return the yearly table, newest year first."""
    columns = tuple(
        Column(label=voice.heading(label), kind=kind, span=span)
        for label, (kind, span) in YEARLY.items()
    )
    found = yearly_returns(tested).iloc[::-1]
    keys = ["strategy", "index", "benchmark", "excess", "drawdown"]
    values = found[keys].to_numpy(float).tolist()
    rows = tuple((str(year), *row) for year, row in zip(found.index, values, strict=True))
    return Table(columns=columns, rows=rows)


def holdings_table(combined: Combined, names: dict[str, Value]) -> Table:
    """Return the weights of the last months, an industry a row; those that were never held not.

    Parameters
    ----------
    combined
        The strategy.
    names
        What stands before an industry's weights, and the market's, by column of the weights.
    """
    weights = combined.targets.iloc[-MONTHS:]
    means = {str(id): float(mean) for id, mean in weights.mean().items()}
    held = [id for id, mean in means.items() if id == MARKET or mean > 0]
    order = sorted(held, key=lambda id: (id == MARKET, -means[id]))
    columns = (
        Column(),
        *(
            Column(label=f"{day:%Y-%m}", kind="percent", scale="share")
            for day in pd.DatetimeIndex(weights.index)
        ),
    )
    rows = tuple((names[id], *(float(v) if v > 0 else "" for v in weights[id])) for id in order)
    return Table(columns=columns, rows=rows)


def drawdown_table(tested: Backtest, voice: Voice) -> Table:
    """Return the strategy's deepest falls, and what the benchmark did from peak to low."""
    heads: tuple[tuple[Pair, Kind, int], ...] = (
        (("高点", "Peak"), "date", 1),
        (("低点", "Low"), "date", 1),
        (("回撤", "Depth"), "signed_percent", 1),
        (("同期基准", "Market then"), "signed_percent", 1),
        (("恢复", "Recovered"), "text", 1),
        (("到恢复或至今（月）", "Months to recovery or now"), "one", 2),
    )
    columns = tuple(
        Column(label=voice.stack(pair), kind=kind, span=span) for pair, kind, span in heads
    )
    nav, still = tested.nav, voice.line(("未恢复", "not yet"))
    rows: list[tuple[Value, ...]] = []
    for one in drawdowns(nav["strategy"], MOST_FALLS):
        market = float(nav["benchmark"][one.low] / nav["benchmark"][one.peak] - 1)
        ends = one.recovered or nav.index[-1]
        months = (ends - one.peak).days / DAYS_A_MONTH
        back = still if one.recovered is None else f"{one.recovered:%Y-%m-%d}"
        rows.append((one.peak.date(), one.low.date(), one.depth, market, back, months))
    return Table(columns=columns, rows=tuple(rows))


def contribution_table(combined: Combined, names: dict[str, Value], voice: Voice) -> Table:
    """Return what each industry added: in all, over the last year, and with which weight."""
    heads: tuple[tuple[Pair, Kind, int], ...] = (
        (("行业", "Industry"), "text", 1),
        (("持有月数", "Months held"), "count", 1),
        (("持有时平均权重", "Weight when held"), "percent", 1),
        (("近一年贡献", "Added, 1Y"), "signed_percent", 1),
        (("累计贡献", "Added, total"), "signed_percent", 1),
    )
    columns = tuple(
        Column(label=voice.stack(pair), kind=kind, span=span) for pair, kind, span in heads
    )
    whole, recent = linked(combined.parts), linked(combined.parts.tail(RECENT))
    rows: list[tuple[Value, ...]] = []
    for id in _by_size(combined, whole):
        weights = combined.targets[id][combined.targets[id] > 0]
        mean = float(weights.mean()) if len(weights) else None
        rows.append((names[id], float(len(weights)), mean, float(recent[id]), float(whole[id])))
    if abs(float(whole[COST])) > LEAST:
        cost = voice.line(("交易成本", "Cost of trading"))
        rows.append((cost, "", "", float(recent[COST]), float(whole[COST])))
    total = voice.line(("合计：策略", "Sum: strategy"))
    rows.append((total, "", "", float(recent.sum()), float(whole.sum())))
    return Table(columns=columns, rows=tuple(rows), total=True)


def _by_size(combined: Combined, whole: pd.Series[float]) -> list[str]:
    """Return the industries that were ever held, what added most first, and the market last."""
    held = [str(id) for id in combined.targets if id != MARKET and (combined.targets[id] > 0).any()]
    return [*sorted(held, key=lambda id: -float(whole[id])), MARKET]


def displaced_table(combined: Combined, names: dict[str, Value], voice: Voice) -> Table | None:
    """Return which industries with a hold signal gave their place to which; None where none did."""
    shown = combined.displaced
    rows: list[tuple[Value, ...]] = []
    for id in shown:
        taken = shown[id][shown[id] != ""]
        if taken.empty:
            continue
        now = taken.index[-1] == shown.index[-1]
        said = voice.line(("现在", "now") if now else ("", ""))
        last = pd.Timestamp(taken.index[-1]).date()
        rows.append((names[str(id)], names[taken.iloc[-1]], float(len(taken)), last, said))
    if not rows:
        return None
    heads: tuple[tuple[Pair, Kind, int], ...] = (
        (("被取代的行业", "Displaced"), "text", 1),
        (("取代它的行业", "By"), "text", 3),
        (("月数", "Months"), "count", 1),
        (("最近一次", "Last time"), "date", 1),
        (("", ""), "text", 1),
    )
    columns = tuple(
        Column(label=voice.stack(pair), kind=kind, span=span) for pair, kind, span in heads
    )
    return Table(columns=columns, rows=tuple(rows))


def _fall(values: pd.Series[float]) -> float:
    return float((values / values.cummax() - 1.0).min())
