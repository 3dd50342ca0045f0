"""The words of the report, Chinese and English side by side, and how the two are joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prosperity.definition import Industry

from prosperity_excel.words.fields import FIELDS, names
from prosperity_excel.words.pair import Pair

Language = Literal["zh", "en", "both"]

MISSING = "–"
#: Statistics of which a report prints its own figure, in percent: which of its fields it is.
REPORT_FIGURES = {
    "strategy_return": "strategy",
    "index_return": "index",
    "benchmark_return": "benchmark",
}


def report_figures(definition: Industry) -> dict[str, float]:
    """Return the report's own figures by statistic, as decimals; those that it gives."""
    given = {key: getattr(definition.published, field) for key, field in REPORT_FIGURES.items()}
    return {key: percent / 100 for key, percent in given.items() if percent is not None}


@dataclass(frozen=True)
class Voice:
    """Says pairs of texts in the reader's language; ``both`` puts Chinese first."""

    language: Language

    def line(self, pair: Pair, join: str = " ") -> str:
        """Return the text on one line."""
        chinese, english = pair
        if self.language == "zh" or chinese == english:
            return chinese
        return english if self.language == "en" else f"{chinese}{join}{english}".strip()

    def stack(self, pair: Pair) -> str:
        """Return the text with English below Chinese."""
        return self.line(pair, "\n")

    def label(self, key: str) -> str:
        """Return an entry of :data:`LABELS` on one line."""
        return self.line(LABELS[key])

    def heading(self, key: str) -> str:
        """Return an entry of :data:`LABELS` with English below Chinese."""
        return self.stack(LABELS[key])


#: Said at the foot of every printed page, and in full on the cover.
NO_ADVICE: Pair = ("不构成投资建议", "no investment advice")
RISK_NOTICE: Pair = (
    "风险提示：结果来自历史数据与既定规则的回测，不代表未来；统计数据会修订，模型、价格与公布日可能有误；"
    "行业可能长期跑输市场。本报告仅供研究，不构成投资建议。",
    "Risk notice: results are backtests of fixed rules on past data and say nothing certain about "
    "the future; statistics are revised, and models, prices and release dates may be wrong; an "
    "industry may lag the market for long. For research only; no investment advice.",
)

LABELS: dict[str, Pair] = {
    # the report and its pages
    "report": ("行业景气度报告", "Industry prosperity report"),
    "summary": ("总览", "Summary"),
    "method": ("方法", "Method"),
    "models": ("模型说明", "The models"),
    "data": ("序列数据", "Series"),
    "to_summary": ("总览", "Summary"),
    "to_method": ("方法与统计量定义", "Method and definitions"),
    "to_data": (
        "图中序列在隐藏的工作表（右键标签，取消隐藏）",
        "Series: hidden sheets (right-click a tab, Unhide)",
    ),
    "to_page": ("返回报告页", "Back to the page"),
    "simulated": (
        "模拟数据：以下数字不是真实行情、真实指标或真实业绩",
        "SIMULATED DATA: no real prices, indicators or performance",
    ),
    "looks_ahead": (
        "含前视：用到决策日之后的信息，只供对照，不可交易",
        "LOOKS AHEAD: uses later knowledge; for comparison, not tradable",
    ),
    "with_nowcasts": (
        "含即时预测：未公布的月份为估计值",
        "WITH NOWCASTS: months that are not published are estimated",
    ),
    "with_nowcasts_short": ("含即时预测", "WITH NOWCASTS"),
    "simulated_short": ("模拟数据", "SIMULATED DATA"),
    "looks_ahead_short": ("含前视", "LOOKS AHEAD"),
    # summary
    "data_through": ("数据截至", "Data through"),
    "generated": ("生成时间", "Generated"),
    "settings": ("口径", "Conventions"),
    "signals": ("最近信号", "Last signals"),
    "age_of_data": ("时效", "Freshness"),
    "overdue": ("逾期未更新", "Overdue"),
    "series": ("序列", "Series"),
    "missing_month": ("应有月份", "Month due"),
    "due_on": ("应公布日", "Due on"),
    "days": ("天数", "Days"),
    "used_by": ("用于", "Used by"),
    "industries": (
        "行业一览（按历史分位排序）",
        "Industries, by percentile of the composite",
    ),
    "combined": ("综合策略", "Combined strategy"),
    "holding": ("持有", "Holding"),
    "changed": ("变动", "Changed"),
    "holdings": ("最近一次权重", "Last weights"),
    "weight": ("权重", "Weight"),
    "weight_before": ("上期权重", "Weight before"),
    "weight_change": ("权重变化", "Change"),
    "weights": ("目标权重", "Target weights"),
    "basket": ("等权行业", "Equal-weight basket"),
    "turnover": ("换手", "Turnover"),
    "rating": FIELDS["grade"].name,
    "modules": ("共用模块", "Shared modules"),
    "warnings": ("请注意", "Please note"),
    "no_warnings": ("没有警告。", "No warnings."),
    "all_models": ("全部", "All"),
    "industry": FIELDS["industry"].name,
    "module": ("模块", "Module"),
    "sector": ("板块", "Sector"),
    "about": ("涉及", "About"),
    "notice": ("说明", "What"),
    # figures
    **names(("month", "composite", "percentile", "signal")),
    "change": FIELDS["change"].brief,
    "signal_since": ("信号自", "Signal since"),
    "as_of": FIELDS["decision"].name,
    "freshness": ("可用指标", "Indicators available"),
    "age_status": FIELDS["freshness"].name,
    "other_indices": ("其他指数（同期）", "Other indices, over the same days"),
    "other_index": ("指数", "Index"),
    "since": ("起点", "From"),
    **{id: FIELDS[id].brief for id in ("strategy", "index", "benchmark")},
    "strategy_total": ("策略累计", "Strategy total"),
    "index_total": ("指数累计", "Index total"),
    "benchmark_total": ("基准累计", "Benchmark total"),
    "max_drawdown": ("最大回撤", "Max drawdown"),
    "sharpe": ("夏普比率", "Sharpe"),
    "position": ("持仓（1 行业）", "Position (1: industry)"),
    "strategy_relative": ("策略 / 基准", "Strategy / benchmark"),
    "index_relative": ("行业指数 / 基准", "Index / benchmark"),
    # charts
    "chart_composite": ("景气度与维度", "Composite and dimensions"),
    "chart_composite_alone": FIELDS["composite"].name,
    "chart_nav": ("策略净值", "Net values"),
    "chart_drawdown": ("策略回撤", "Drawdown of the strategy"),
    "chart_share": ("行业合计权重", "Share in industries"),
    "chart_waterfall": ("本月变动来自哪里", "What moved it"),
    "net_value": ("净值", "Net value"),
    "share": ("占资金", "Share of capital"),
    "drawdown": ("策略回撤", "Drawdown"),
    "held_area": ("持有行业", "Held"),
    "hollow": ("含即时预测", "With nowcasts"),
    "band_low": ("历史 20% 分位", "20th percentile"),
    "band_high": ("历史 80% 分位", "80th percentile"),
    "carried": ("（承托）", "(carried)"),
    "step": ("步骤", "Step"),
    "step_up": ("推升", "Raises"),
    "step_down": ("拖累", "Lowers"),
    "before": ("上期同口径", "Month before, like for like"),
    "others": ("其余", "Others"),
    "moved": ("本月变动与信号历史", "What moved it, and past signals"),
    # cover, combined strategy, sensitivity, data quality
    "cover": ("封面", "Cover"),
    "to_cover": ("封面", "Cover"),
    "contents": ("目录", "Contents"),
    "changed_settings": ("与默认不同的设定", "Settings that differ from the defaults"),
    "all_default": ("全部为默认。", "All are the defaults."),
    "page_name": ("页", "Page"),
    "yearly": ("逐年收益", "Year by year"),
    "year": ("年份", "Year"),
    "excess": ("相对基准超额", "Excess over benchmark"),
    "holdings_by_month": ("逐月持仓", "Holdings by month"),
    "sensitivity": ("敏感性", "Sensitivity"),
    "tried": ("方案", "Variant"),
    "base": ("本报告口径", "This report"),
    "lowest": ("最低", "Lowest"),
    "highest": ("最高", "Highest"),
    "quality": ("数据质量", "Data quality"),
    "first_month": ("首月", "First month"),
    "last_month": ("末月", "Last month"),
    "months_scored": ("有得分\n月数", "Months\nscored"),
    "months_without": ("其后无\n得分月数", "Without,\nsince"),
    "age": ("滞后\n月数", "Months\nold"),
    "in_use": ("在用", "In use"),
    "yes": ("是", "Yes"),
    "no": ("否", "No"),
    "book_notices": ("读取工作簿时的发现", "Found while reading the books"),
    "chart_relative": ("相对基准", "Relative to the benchmark"),
    "sd": ("标准差", "Standard deviations"),
    "sd_short": ("标准差", "s.d."),
    "no_chart": (
        "没有足够的景气度数据，无法作图。",
        "Too few values of the composite for a chart.",
    ),
    "no_backtest": (
        "没有行业指数或基准的价格，因此没有回测图表与统计。",
        "No prices of the index or the benchmark, hence no backtest, charts or statistics.",
    ),
    # tables of a model's page
    "indicators": ("指标", "Indicators"),
    "indicator": ("指标", "Indicator"),
    "dimension": ("维度", "Dimension"),
    "direction": ("方向", "Sign"),
    "value": ("最新值", "Last value"),
    "loading": ("权重", "Weight"),
    "unit": ("单位", "Unit"),
    "release": ("公布日", "Released"),
    "score": ("得分", "Score"),
    "contribution": ("对景气度\n的贡献", "Contribution"),
    "change_contribution": ("对变化\n的贡献", "Contribution\nto change"),
    "provenance": ("依据", "Basis"),
    "source": ("出处", "Source"),
    "total": ("合计", "Sum"),
    "statistics": ("回测统计", "Backtest statistics"),
    "statistic": ("统计量", "Statistic"),
    "ours": ("本次", "This run"),
    "theirs": ("浙商原文", "Zheshang"),
    "notices": ("提示", "Notices"),
    "definition": ("模型", "The model"),
    "logic": ("逻辑", "Why it works"),
    "unknown": ("资料未说明之处", "What the sources leave open"),
    "rule": ("信号规则", "Signal rule"),
    "built": ("合成方法", "Composite"),
    # data sheets
    "monthly": ("月度：景气度与信号", "Monthly: composite and signal"),
    "weekly": ("每周末：持仓与净值", "Week ends: position and net values"),
    "date": ("日期", "Date"),
    # method page
    "setting": ("设置", "Setting"),
    "used": ("本次", "Used"),
    "default": ("默认", "Default"),
    "meaning": ("含义", "Meaning"),
    "definitions": ("统计量的定义", "Definitions of the statistics"),
}

SECTORS: dict[str, Pair] = {
    "cyclical": ("周期", "Cyclical"),
    "financial": ("金融", "Financial"),
    "consumption": ("消费", "Consumption"),
    "technology": ("科技", "Technology"),
    "macro": ("宏观", "Macro"),
}

PROVENANCE: dict[str, Pair] = {
    "report": ("浙商原文", "Zheshang"),
    "page": ("公开页面", "Public page"),
    "inferred": ("推断", "Inferred"),
}

SIGNAL_MARKS: dict[float, str] = {1.0: "●", 0.0: "○"}

SEVERITY: dict[str, Pair] = {"warning": ("警告", "Warning"), "note": ("说明", "Note")}

#: The definitions write units in Chinese.
UNITS: dict[str, str] = {
    "指数": "index",
    "比值": "ratio",
    "百分点": "pp",
    "万吨": "10k t",
    "吨": "t",
    "千克": "kg",
    "亿元": "100m CNY",
    "新台币": "TWD",
    "美元": "USD",
    "十亿日元": "bn JPY",
    "十亿美元": "bn USD",
    "元/吨": "CNY/t",
    "万元/吨": "10k CNY/t",
    "元/千克": "CNY/kg",
    "元/瓦": "CNY/W",
    "元/片": "CNY/piece",
    "元/美元": "CNY/USD",
    "元/欧元": "CNY/EUR",
    "元/100日元": "CNY/100 JPY",
    "万辆": "10k units",
    "万台": "10k units",
    "台": "units",
    "万头": "10k head",
    "万千瓦": "10 MW",
    "亿只": "100m units",
    "万片": "10k pieces",
    "万部": "10k sets",
    "万线": "10k lines",
    "万射频模块": "10k modules",
    "万芯千米": "10k core-km",
}


def unit_pair(unit: str) -> Pair:
    """Return a unit in both languages; one that is not known stays as it is written."""
    return unit, UNITS.get(unit, unit)


def signal_mark(signal: float | None) -> str:
    """Return a mark that tells signals apart without colour."""
    return SIGNAL_MARKS.get(signal, MISSING) if signal is not None else MISSING


def month_words(first: str, last: str) -> str:
    """Return a period such as ``2009-01 – 2023-07``."""
    return f"{first} – {last}"
