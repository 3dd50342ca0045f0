"""The worksheet functions: the one table from which wrappers, help, tables and tests are made.

A function is called in Excel by its name and takes its arguments by position. Names of arguments
are what Excel's function window shows; they must be legal in VBA, so ``on_date`` and ``finish``
stand where ``date`` and ``end`` would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prosperity_excel.words.pair import Pair

#: Excel's category of the functions.
CATEGORY = "Prosperity 景气度"
#: What Excel cuts help at.
LONGEST_HELP = 255


@dataclass(frozen=True)
class Argument:
    """An argument: its name, its help in Chinese and English, and whether it may be left out."""

    name: str
    help: Pair
    optional: bool = True
    #: Whether the cells themselves are wanted, not their values.
    as_range: bool = False


@dataclass(frozen=True)
class Function:
    """A worksheet function.

    Attributes
    ----------
    name : str
    arguments : tuple of Argument
    help : pair of str
        Chinese and English.
    sample : tuple of str or None
        Arguments that work on the sample books; None is left out.
    spills : bool
        Whether it gives an array.
    """

    name: str
    arguments: tuple[Argument, ...]
    help: Pair
    sample: tuple[str | None, ...]
    spills: bool = False

    @property
    def signature(self) -> str:
        """The call, with what may be left out in brackets."""
        shown = (f"[{a.name}]" if a.optional else a.name for a in self.arguments)
        return f"{self.name}({', '.join(shown)})"

    @property
    def example(self) -> str:
        """A formula that works on the sample books."""
        given = ("" if value is None else f'"{value}"' for value in self.sample)
        return f"={self.name}({','.join(given)})"

    def description(self) -> str:
        """Return the help as Excel shows it: Chinese, then English."""
        return " ".join(self.help)


_INDUSTRY = Argument(
    "industry", ("行业的 id、中文名或英文名", "Id, Chinese or English name"), optional=False
)
_DATE = Argument(
    "on_date",
    (
        "某日：该日收盘时的最近一次决策；某月（2024-03、202403、2024年3月）：该月；空：最新",
        "A day: the last decision by its close. A month (2024-03): that month. Empty: the latest",
    ),
)
_SYSTEM = Argument(
    "system", ("系统的 id、中文名或英文名", "Id, Chinese or English name"), optional=False
)
_SYSTEM_DATE = Argument(
    "on_date",
    (
        "某日：该日收盘时的最近一次决策；某月：该月最后一次；空：最新",
        "A day: the last decision by its close. A month: its last. Empty: the latest",
    ),
)
_FIELD_WORDS = (
    "composite, change, percentile, signal, position, asof, freshness, overdue, simulated"
)
_FIELD = Argument(
    "field",
    (
        "景气度、变化、分位、信号、仓位、决策日、新鲜度、逾期天数、模拟，或维度名称；空：景气度",
        f"{_FIELD_WORDS}, or a dimension. Empty: composite",
    ),
)
_SERIES_FIELD = Argument(
    "field",
    (
        "景气度、变化、分位、信号、仓位，或某个维度的名称；空：景气度",
        "composite, change, percentile, signal, position, or a dimension. Empty: composite",
    ),
)
_START = Argument("start", ("起始月份；空：最早", "First month. Empty: the first there is"))
_UNTIL = Argument("finish", ("结束月份；空：最新", "Last month. Empty: the latest"))
_FROM_DAY = Argument("start", ("回测起始月；空：按设定", "First month. Empty: as in the settings"))
_TO_DAY = Argument("finish", ("回测结束日；空：按设定", "Last day. Empty: as in the settings"))

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "PROSPERITY",
        (
            _INDUSTRY,
            _DATE,
            _FIELD,
            Argument(
                "data",
                (
                    "指标数据区域（含表头，如 data!A:Z）；给出后数据一变公式就重算",
                    "Data range with its header, such as data!A:Z: makes the formula live",
                ),
                as_range=True,
            ),
        ),
        (
            "行业景气度，或其变化、分位、信号、仓位、维度得分。",
            "Prosperity of an industry, or its change, percentile, signal, position, a dimension.",
        ),
        ("glass",),
    ),
    Function(
        "PROSPERITY_SERIES",
        (_INDUSTRY, _SERIES_FIELD, _START, _UNTIL),
        (
            "各月的日期与数值，两列，自动溢出。",
            "Months and values in two columns, spilling down.",
        ),
        ("玻璃", "change", "2025-07"),
        spills=True,
    ),
    Function(
        "PROSPERITY_SIGNAL",
        (_INDUSTRY, _DATE),
        (
            "信号：1 持有行业，0 持有基准；没有信号为 #N/A。",
            "Signal: 1 in industry, 0 in market; #N/A when there is none.",
        ),
        ("autos", "2026-03"),
    ),
    Function(
        "PROSPERITY_CONTRIB",
        (_INDUSTRY, _DATE),
        (
            "各指标的标准分、权重、对景气度的贡献与贡献的变化。",
            "Score, weight, contribution and its change, by indicator.",
        ),
        ("glass",),
        spills=True,
    ),
    Function(
        "PROSPERITY_BACKTEST",
        (
            _INDUSTRY,
            Argument(
                "statistic",
                (
                    "统计量，如 sharpe 或 夏普比率；空：全部统计量",
                    "A statistic, such as sharpe or max_drawdown. Empty: the table of all",
                ),
            ),
            _FROM_DAY,
            _TO_DAY,
            Argument(
                "cost_bps",
                ("单边成本（基点）；空：按设定", "One-way cost, basis points. Empty: as set"),
            ),
            Argument(
                "timing",
                (
                    "released 已公布数据；period 浙商原文做法，有前视；nowcast 含即时预测；"
                    "空：按设定",
                    "released; period (looks ahead); nowcast (with estimates). Empty: as set",
                ),
            ),
        ),
        (
            "回测的一个统计量，或全部统计量的表。收益为小数。",
            "One statistic of the backtest, or the table of all. Returns are decimals.",
        ),
        ("autos", "sharpe"),
        spills=True,
    ),
    Function(
        "PROSPERITY_NAV",
        (_INDUSTRY, _FROM_DAY, _TO_DAY),
        (
            "净值：日期、策略、行业指数、基准；起点为 1。",
            "Net values: dates, strategy, index, benchmark; 1 at the start.",
        ),
        ("autos", "2026-06"),
        spills=True,
    ),
    Function(
        "PROSPERITY_RANK",
        (_DATE, _SERIES_FIELD),
        (
            "全部行业按某个字段从高到低排序。",
            "All industries, sorted by a field, highest first.",
        ),
        (None, "percentile"),
        spills=True,
    ),
    Function(
        "PROSPERITY_COMBINED",
        (
            Argument(
                "what",
                (
                    "holdings 持仓、statistics 统计、nav 净值；空：持仓",
                    "holdings, statistics or nav. Empty: holdings",
                ),
            ),
            _DATE,
        ),
        (
            "综合策略的持仓、统计量或净值。",
            "Holdings, statistics or net value of the combined strategy.",
        ),
        ("holdings",),
        spills=True,
    ),
    Function(
        "PROSPERITY_PLAN",
        (
            Argument(
                "what",
                (
                    "holdings 持仓、equity 权益、layers 各层、statistics 统计、nav 净值；空：持仓",
                    "holdings, equity, layers, statistics or nav. Empty: holdings",
                ),
            ),
            _DATE,
            Argument(
                "without",
                (
                    "去掉的层，逗号分隔，如 style,veto；空：不去掉",
                    "Layers to leave out, with commas, such as style,veto. Empty: none",
                ),
            ),
        ),
        (
            "组合方案：宏观仓位、风格、因子排名与拥挤否决叠加在所持行业之上。",
            "The plan: macro position, style, rank and veto over the industries that are held.",
        ),
        ("holdings",),
        spills=True,
    ),
    Function(
        "PROSPERITY_EVIDENCE",
        (
            _INDUSTRY,
            Argument(
                "what",
                (
                    "significance 显著性、audit 前视审计、sensitivity 敏感性、after 发布后、"
                    "years 分年、phase 相位；空：显著性",
                    "significance, audit, sensitivity, after, years or phase. Empty: significance",
                ),
            ),
        ),
        (
            "模型是否稳健：一项检验的表。首次计算需数秒。",
            "How robust a model is, one table at a time. The first takes some seconds.",
        ),
        ("autos", "phase"),
        spills=True,
    ),
    Function(
        "PROSPERITY_INDICATOR",
        (
            _INDUSTRY,
            Argument(
                "indicator",
                ("指标的 id 或名称", "Id or name of the indicator"),
                optional=False,
            ),
            _DATE,
            Argument(
                "stage",
                (
                    "raw 原值、transformed 变换值、score 标准分；空：原值",
                    "raw, transformed or score. Empty: raw",
                ),
            ),
        ),
        (
            "决策日当时已知的指标值：原值、变换值或标准分。",
            "An indicator as known on the decision date: raw, transformed or standardised.",
        ),
        ("autos", "m2_yoy", None, "score"),
    ),
    Function(
        "PROSPERITY_DUE",
        (_INDUSTRY,),
        (
            "下次决策前待公布的指标、即时预测、使信号翻转的值与概率。",
            "What is due before the next decision: nowcasts, and the values that flip the signal.",
        ),
        ("autos",),
        spills=True,
    ),
    Function(
        "PROSPERITY_NOWCAST",
        (
            Argument(
                "indicator",
                ("指标的 id 或名称", "Id or name of the indicator"),
                optional=False,
            ),
            Argument(
                "on_date",
                ("按哪一天所知；空：今天", "As known on this day. Empty: today"),
            ),
            Argument(
                "what",
                (
                    "value 预测、is_nowcast、method、period、due、ratio、low、high、last；空：预测",
                    "value, is_nowcast, method, period, due, ratio, low, high, last. Empty: value",
                ),
            ),
        ),
        (
            "未公布月份的即时预测；没有方法胜过最近值时即最近值。",
            "Estimate of the month not published yet; the last value where nothing has beaten it.",
        ),
        ("m2_yoy", "2026-06-15"),
    ),
    Function(
        "PROSPERITY_SYSTEM",
        (
            _SYSTEM,
            Argument(
                "what",
                (
                    "仓位、得分、权重、部分、排名、贡献、统计、净值、公布、决策日、stage:名称；空：仓位",
                    "position, score, weights, parts, ranking, contrib, statistics, nav, "
                    "published, asof, stage:NAME. Empty: position",
                ),
            ),
            _SYSTEM_DATE,
            Argument(
                "asset",
                (
                    "资产的 id、名称或代码；空：全部，仓位为除余额外的合计",
                    "Id, name or code of an asset. Empty: all; of position what is not the rest",
                ),
            ),
        ),
        (
            "系统在某日的仓位、得分、权重或其他结果。",
            "A system's position, scores, weights or other results on a date.",
        ),
        ("macro_position",),
        spills=True,
    ),
    Function(
        "PROSPERITY_SYSTEM_SERIES",
        (
            _SYSTEM,
            Argument(
                "what",
                (
                    "仓位、得分:资产、部分:名称、净值、stage:名称:资产；空：仓位",
                    "position, score:ASSET, parts:NAME, nav, stage:NAME:ASSET. Empty: position",
                ),
            ),
            _START,
            _UNTIL,
        ),
        (
            "系统各决策日的日期与数值，两列，自动溢出。",
            "A system's decision dates and values in two columns, spilling down.",
        ),
        ("macro_position", "position", "2026-01"),
        spills=True,
    ),
    Function(
        "PROSPERITY_WHY",
        (
            Argument(
                "industry_or_cell",
                (
                    "出错的单元格，或行业、系统的 id、名称",
                    "The cell with the error, or an industry's or system's id or name",
                ),
                optional=False,
                as_range=True,
            ),
        ),
        (
            "用文字说明最近一次错误或提醒的原因。",
            "The reason behind the last error or warning, in words.",
        ),
        ("glass",),
    ),
    Function(
        "PROSPERITY_INDUSTRIES",
        (),
        ("全部行业的 id 与中英文名称。", "Ids and names of all industries."),
        (),
        spills=True,
    ),
)

BY_NAME: Mapping[str, Function] = {function.name: function for function in FUNCTIONS}
