"""What a result consists of: the name, the kind and the meaning of each field, for all who show it.

Sheets of results, CSV, worksheet functions, the printed table and the report take their headings
from here. The statistics of a backtest stand in :data:`prosperity.performance.STATISTICS`, beside
their mathematics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from prosperity_excel.words.pair import Pair

#: What a field holds, which decides its number format.
Kind = Literal["text", "date", "number", "net", "percent", "count"]
#: A heading of a column: Chinese, English, and what stands below it.
Heading = tuple[str, str, Kind]


@dataclass(frozen=True)
class Field:
    """A field of a result.

    Attributes
    ----------
    zh, en : str
        Its name, as a heading.
    kind : str
        What it holds.
    help : pair of str
        What it means; empty where the name says it.
    short : pair of str or None
        Its name where there is little room; None is the name.
    also : tuple of str
        Words that formulas have called it by, and may go on to.
    """

    zh: str
    en: str
    kind: Kind
    help: Pair = ("", "")
    short: Pair | None = None
    also: tuple[str, ...] = ()

    @property
    def name(self) -> Pair:
        """The name in both languages."""
        return self.zh, self.en

    @property
    def brief(self) -> Pair:
        """The short name in both languages."""
        return self.short or self.name


FIELDS: Mapping[str, Field] = {
    # which
    "industry": Field("行业", "Industry", "text"),
    "name_zh": Field("中文名", "Chinese name", "text"),
    "name_en": Field("英文名", "English name", "text"),
    # where it stands, month by month
    "month": Field("月份", "Month", "date"),
    "decision": Field(
        "决策日", "Decision date", "date", ("取值所属的决策日", "decision date of the value")
    ),
    "composite": Field("景气度", "Composite", "number", ("标准差", "in standard deviations")),
    "change": Field(
        "边际变化",
        "Change",
        "number",
        ("可比口径的边际变化", "like-for-like change"),
        also=("变化",),
    ),
    "percentile": Field(
        "历史分位",
        "Percentile",
        "percent",
        ("历史分位，0 到 1", "share of months no higher, 0 to 1"),
        ("分位", "Percentile"),
    ),
    "signal": Field(
        "信号", "Signal", "count", ("1 持有行业，0 持有基准", "1 in industry, 0 in market")
    ),
    "grade": Field("评级", "Rating", "count"),
    "state": Field("状态", "State", "text"),
    # its portfolio, day by day
    "date": Field("交易日", "Trading day", "date"),
    "position": Field(
        "持仓",
        "Position",
        "number",
        ("回测中该日收盘后的持仓", "held from that day's close"),
        ("仓位", "Position"),
    ),
    "strategy": Field("策略净值", "Strategy", "net", short=("策略", "Strategy")),
    "index": Field("行业指数净值", "Index", "net", short=("行业指数", "Index")),
    "benchmark": Field("基准净值", "Benchmark", "net", short=("基准", "Benchmark")),
    "strategy_relative": Field("策略/基准", "Strategy / benchmark", "net"),
    "index_relative": Field("指数/基准", "Index / benchmark", "net"),
    "drawdown": Field("策略回撤", "Strategy drawdown", "percent"),
    "start": Field("回测基准日", "Backtest from", "date"),
    "end": Field("回测止于", "Backtest to", "date"),
    # where it comes from, and its age
    "simulated": Field(
        "模拟数据（1 是）",
        "Simulated (1: yes)",
        "count",
        ("1 为模拟数据", "1 if the data are simulated"),
        ("模拟", "Simulated"),
    ),
    "signal_words": Field("信号说明", "Signal in words", "text"),
    "freshness": Field("时效", "Freshness", "text"),
    "today": Field("判断日", "Judged on", "date"),
    "data_through": Field("数据截至", "Data through", "date"),
    "prices_through": Field("行情截至", "Prices through", "date"),
    "signal_overdue_since": Field("信号过期起", "Signal overdue since", "date"),
    "overdue_since": Field("最早逾期起", "First overdue since", "date"),
    "overdue_series": Field("逾期指标数", "Series overdue", "count"),
    "signal_shown": Field("信号（看板用）", "Signal, for the dashboard", "count"),
    # an item of a block of items
    "item": Field("项目", "Item", "text"),
    "item_zh": Field("中文", "Chinese", "text"),
    "item_en": Field("英文", "English", "text"),
    "value": Field("数值", "Value", "number"),
    "reported": Field("浙商原文数值", "Zheshang's figure", "percent"),
}


def headings(*ids: str) -> dict[str, Heading]:
    """Return the headings of fields, by id and in the order in which they are named."""
    return {id: (FIELDS[id].zh, FIELDS[id].en, FIELDS[id].kind) for id in ids}


def names(ids: Iterable[str]) -> dict[str, Pair]:
    """Return the names of fields, by id."""
    return {id: FIELDS[id].name for id in ids}


def brief(id: str, join: str = " ") -> str:
    """Return a field's short name in both languages."""
    return join.join(FIELDS[id].brief)
