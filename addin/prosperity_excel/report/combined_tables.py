"""The tables of the combined strategy: year by year, and what was held month by month."""

from __future__ import annotations

import pandas as pd
from prosperity.backtest import Backtest
from prosperity.evaluation import MARKET, Combined

from prosperity_excel.report.model_tables import GRID
from prosperity_excel.report.spec import Column, Kind, Table, Value
from prosperity_excel.words.report_words import Voice

#: Months of holdings that the page shows; the data sheet has all of them.
MONTHS = len(GRID) - 2
#: Grid columns of the months: the second takes two, as the first of them is too narrow.
SPANS = (1, 2, *(1 for _ in range(MONTHS - 2)))
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
            Column(label=f"{day:%Y-%m}", kind="percent", scale="share", span=span)
            for day, span in zip(pd.DatetimeIndex(weights.index), SPANS, strict=False)
        ),
    )
    rows = tuple((names[id], *(float(v) if v > 0 else "" for v in weights[id])) for id in order)
    return Table(columns=columns, rows=rows)


def _fall(values: pd.Series[float]) -> float:
    return float((values / values.cummax() - 1.0).min())
