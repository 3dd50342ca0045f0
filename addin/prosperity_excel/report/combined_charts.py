"""The series and charts of what the combined strategy's return is made of, and of its risk."""

from __future__ import annotations

from typing import Any

import pandas as pd
from prosperity.attribution import COST, linked
from prosperity.backtest import Backtest
from prosperity.evaluation import MARKET, Combined

from prosperity_excel.report.data_columns import axis_of, numbers
from prosperity_excel.report.data_sheets import NET_DECIMALS, WEEKLY, week_ends
from prosperity_excel.report.spec import Bars, Block, Chart, DataColumn, Line, Waterfall
from prosperity_excel.report.waterfall import SERIES, Step, parts_of
from prosperity_excel.words.chart_findings import (
    contribution_finding,
    excess_finding,
    turnover_finding,
)
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice, month_words

CONTRIBUTION, TURNOVER, EXCESS = "contribution", "turnover_by_year", "excess"
#: Steps of their own in the chart of contributions; the other industries share one.
MOST_STEPS = 10
LABELS: dict[str, Pair] = {
    "others": ("其余行业", "Other industries"),
    "cost": ("交易成本", "Cost of trading"),
    "total": ("策略累计", "Strategy, total"),
    "turnover": ("双边换手（资金的倍数）", "Two-way turnover, times capital"),
    "excess": ("滚动一年超额", "Excess over one year"),
}
CONTRIBUTION_UNIT: Pair = ("对累计收益的贡献", "contribution to the total return")
TURNOVER_UNIT: Pair = ("买入加卖出，资金的倍数", "bought plus sold, times capital")
EXCESS_UNIT: Pair = ("策略减基准，过去一年", "strategy less benchmark, one year")


def contribution_steps(combined: Combined, names: dict[str, str], voice: Voice) -> list[Step]:
    """Return the steps from nothing to the strategy's total return, industries by size."""
    added = linked(combined.parts)
    industries = added.drop([MARKET, COST], errors="ignore").sort_values(
        key=lambda values: -values.abs()
    )
    industries = industries[industries != 0.0]
    shown = industries[:MOST_STEPS].sort_values(ascending=False)
    named = [(names[str(id)], float(value)) for id, value in shown.items()]
    if len(industries) > MOST_STEPS:
        named.append((voice.line(LABELS["others"]), float(industries[MOST_STEPS:].sum())))
    named.append((names[MARKET], float(added.get(MARKET, 0.0))))
    if abs(cost := float(added.get(COST, 0.0))) > 1e-9:
        named.append((voice.line(LABELS["cost"]), cost))
    value, steps = 0.0, []
    for name, move in named:
        steps.append(Step(name, value, value + move))
        value += move
    return [*steps, Step(voice.line(LABELS["total"]), 0.0, value, end=True)]


def contribution_block(combined: Combined, names: dict[str, str], voice: Voice) -> Block:
    """Return the series behind the chart of contributions."""
    steps = contribution_steps(combined, names, voice)
    drawn = [parts_of(step) for step in steps]
    labels = tuple(f"{s.name}  {round(s.stop - s.start, 3) + 0.0:+.1%}" for s in steps)
    heads = DataColumn(key="name", label=voice.label("step"), unit="", kind="text", values=labels)
    columns = (
        DataColumn(
            key=key,
            label=voice.line(LABELS["total"]) if key == "ends" else voice.label(label),
            unit="",
            kind="signed_percent",
            values=tuple(parts.get(key) for parts in drawn),
        )
        for key, _, label in SERIES
    )
    return Block(key=CONTRIBUTION, title=voice.line(CONTRIBUTION_UNIT), columns=(heads, *columns))


def contribution_chart(
    combined: Combined, names: dict[str, str], sheet: str, voice: Voice, **place: Any
) -> Waterfall:
    """Return the chart of what each industry added to the total return."""
    steps = contribution_steps(combined, names, voice)
    reached = [0.0, *(step.stop for step in steps)]
    title = voice.stack(contribution_finding([(s.name, s.stop - s.start) for s in steps[:-1]]))
    tested = combined.backtest
    span = month_words(f"{tested.start:%Y-%m}", f"{tested.end:%Y-%m}")
    subtitle = f"{voice.line(CONTRIBUTION_UNIT)} · {span}"
    return Waterfall(
        title=title,
        subtitle=subtitle,
        y_label=voice.line(CONTRIBUTION_UNIT),
        description=f"{title}; {subtitle}".replace("\n", " "),
        sheet=sheet,
        block=CONTRIBUTION,
        lines=tuple(Line(key, look) for key, look, _ in SERIES),
        legend=(),
        axis=axis_of(min(reached), max(reached)),
        percent=True,
        **place,
    )


def turnover_by_year(combined: Combined) -> pd.Series[float]:
    """Return what was bought plus sold by calendar year, as a multiple of the capital."""
    return combined.turnover.groupby(pd.DatetimeIndex(combined.turnover.index).year).sum()


def turnover_block(combined: Combined, voice: Voice) -> Block:
    """Return the series behind the chart of turnover."""
    yearly = turnover_by_year(combined)
    years = tuple(str(year) for year in yearly.index)
    heads = DataColumn(key="name", label=voice.label("year"), unit="", kind="text", values=years)
    label = voice.line(LABELS["turnover"])
    values = numbers("turnover", label, "", "number", yearly)
    return Block(key=TURNOVER, title=label, columns=(heads, values))


def turnover_chart(combined: Combined, sheet: str, voice: Voice, **place: Any) -> Bars:
    """Return the chart of turnover by year."""
    yearly = turnover_by_year(combined)
    title, subtitle = voice.stack(turnover_finding(yearly)), voice.line(TURNOVER_UNIT)
    return Bars(
        title=title,
        subtitle=subtitle,
        y_label=subtitle,
        description=f"{title}; {subtitle}".replace("\n", " "),
        sheet=sheet,
        block=TURNOVER,
        lines=(Line("turnover", "bought"),),
        axis=axis_of(0.0, float(yearly.max())),
        legend=False,
        **place,
    )


def rolling_excess(tested: Backtest) -> pd.Series[float]:
    """Return the strategy's return over the past year less the benchmark's, by day.

    NaN in the first year. The year begins at the close of the same day a year before, or the last
    close before it.
    """
    nav = tested.nav
    before = pd.DatetimeIndex(nav.index) - pd.DateOffset(years=1)
    past = nav.reindex(before, method="ffill").set_axis(nav.index)
    earned = nav / past - 1.0
    return earned["strategy"] - earned["benchmark"]


def excess_column(tested: Backtest, voice: Voice) -> tuple[str, str, str, pd.Series[float]]:
    """Return the series behind the chart of the rolling excess, as a further column by day."""
    return EXCESS, voice.line(LABELS["excess"]), "", rolling_excess(tested).round(NET_DECIMALS)


def excess_chart(tested: Backtest, sheet: str, voice: Voice, **place: Any) -> Chart | None:
    """Return the chart of the rolling excess; None in the first year."""
    values = rolling_excess(tested).dropna()
    days = week_ends(pd.DatetimeIndex(values.index)) if len(values) else values.index
    if len(days) < 2:
        return None
    title = voice.stack(excess_finding(values))
    span = month_words(f"{days[0]:%Y-%m}", f"{days[-1]:%Y-%m}")
    subtitle = f"{voice.line(EXCESS_UNIT)} · {span}"
    drawn = values.loc[days]
    return Chart(
        title=title,
        subtitle=subtitle,
        y_label=voice.line(EXCESS_UNIT),
        description=f"{title}; {subtitle}".replace("\n", " "),
        sheet=sheet,
        block=WEEKLY,
        lines=(Line(EXCESS, "excess"),),
        first=days[0].date(),
        last=days[-1].date(),
        axis=axis_of(min(0.0, float(drawn.min())), max(0.0, float(drawn.max()))),
        ends=(f"{round(float(drawn.iloc[-1]), 3) + 0.0:+.1%}",),
        percent=True,
        **place,
    )
