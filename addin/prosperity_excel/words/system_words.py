"""How the book of a system is laid out: the words that its writer and its reader share.

The first word of a tuple is the one that is written; all of them are read.
"""

from __future__ import annotations

from collections.abc import Mapping

from prosperity_excel.words.fields import FIELDS
from prosperity_excel.words.pair import Pair

#: The sheet that says which system a book is for.
SYSTEM_SHEET = ("system", "系统", "系统定义", "systems")
#: Columns of a long sheet, and columns of their own in a wide one.
DATE_WORDS = ("date", "日期", "交易日期", "交易日", "时间", "月份", "month", "day")
RELEASE_WORDS = ("release", "公布日", "公布日期", "公告日", "公告日期", "released", "ann_date")
ESTIMATED_WORDS = ("estimated", "估计", "是否估计", "预估")
#: What fields and entities are called besides their ids; the first is the Chinese name.
FIELD_WORDS: Mapping[str, tuple[str, ...]] = {
    "asset": ("资产", "资产名称"),
    "industry": ("行业", "行业名称", "行业代码", "申万行业", "中信行业"),
    "code": ("代码", "证券代码", "基金代码", "ticker", "symbol", "fund"),
    "index": ("指数", "指数代码", "指数名称", "index_code"),
    "factor": ("因子", "因子名称"),
    "pair": ("风格对", "风格"),
    "share": ("占比", "比例"),
    "members": ("成分股数", "成分数量", "成分股"),
    "shares": ("份额", "基金份额", "场内份额", "fund_shares"),
    "nav": ("净值", "单位净值", "net asset value"),
    "amount": ("成交额", "成交金额", "turnover"),
    "size": ("规模", "基金规模", "资产净值"),
    "weight": ("权重",),
    "broad": ("宽基", "是否宽基"),
    "from": ("起始", "生效日", "纳入日期", "since"),
    "to": ("截止", "失效日", "剔除日期", "until"),
    "score": ("得分", "分数", "打分"),
    "model": ("模型",),
    "trained_to": ("训练截止", "训练截止日"),
    "flow": ("资金流", "净流入"),
    "share_up_230": ("上涨占比", "230日上涨占比"),
    "cs_vol": ("截面波动率",),
    "ts_vol": ("时序波动率",),
    "main_fund": ("主力资金",),
    "long_prosperity": ("长期景气",),
    "short_prosperity": ("短期景气",),
    "momentum": ("动量",),
    "correlation": ("相关性",),
    "quality": ("质量",),
    "new_high": ("新高占比", "新高"),
    "bp_long": ("多头BP", "多头市净率倒数"),
    "bp_short": ("空头BP", "空头市净率倒数"),
    "active_inflow_long": ("多头主动净买入",),
    "active_inflow_short": ("空头主动净买入",),
}
#: Entities that are a system's own assets; columns and rows of others keep the names they have.
OWN_ENTITIES = ("asset", "industry", "index")
TABLE_NAMES: Mapping[str, Pair] = {
    "system": ("系统", "Systems"),
    "asset": ("资产", "Assets"),
    "input": ("输入表", "Inputs"),
    "parameter": ("参数", "Parameters"),
    "published": ("公布的数字", "Published figures"),
    "variant": ("备选方案", "Variants"),
    "dimension": ("维度", "Dimensions"),
    "indicator": ("指标", "Indicators"),
}


def names_of_field(id: str) -> tuple[str, ...]:
    """Return what a column of a field, or of an entity, may be called."""
    return (id, *FIELD_WORDS.get(id, ()))


#: Headings of the tables of a report's pages on systems and the plan.
REPORT_HEADS: Mapping[str, Pair] = {
    "asset": ("资产", "Asset"),
    "score": ("得分", "Score"),
    "weight": ("权重", "Weight"),
    "before": ("上期", "Before"),
    "difference": ("变化", "Change"),
    "input": ("输入", "Input"),
    "total": ("合计", "Total"),
    "statistic": ("统计量", "Statistic"),
    "ours": ("本次运行", "This run"),
    "figure": ("公布的数字", "Published figure"),
    "published": ("公布值", "Published"),
    "span": ("期间", "Period"),
    "origin": ("依据", "Origin"),
    "publisher": ("发布方", "Publisher"),
    "newest": ("最近公布日", "Newest release"),
    "days": ("距决策（天）", "Days old"),
    "none": ("缺", "none"),
    "system": ("系统", "System"),
    "position": ("持仓", "Position"),
    "decided": ("决策日", "Decided"),
    "strategy": ("策略年化", "Strategy a year"),
    "benchmark": ("基准年化", "Benchmark a year"),
    "sharpe": ("夏普", "Sharpe"),
    "drawdown": ("最大回撤", "Max drawdown"),
    "ic": ("IC 均值", "Mean IC"),
    "p": ("检验 p", "Test p"),
    "deflated": ("缩减夏普", "Deflated Sharpe"),
    "tried": ("候选数", "Tried"),
    "industry": ("行业", "Industry"),
    "composite": FIELDS["composite"].name,
    "change": ("变化", "Change"),
    "rank": ("因子排名", "Factor rank"),
    "style": ("风格", "Style"),
    "crowding": ("拥挤度", "Crowding"),
    "why": ("原因", "Why"),
    "layer": ("层", "Layer"),
    "net": ("净值", "Net value"),
    "finding": ("结论", "Finding"),
}
#: Titles of the blocks of these pages.
REPORT_BLOCKS: Mapping[str, Pair] = {
    "systems": ("系统一览", "Systems"),
    "standing": ("最近一次决策的得分与权重", "Scores and weights of the last decision"),
    "contributions": ("各输入对得分的贡献（所持资产）", "What each input adds, of assets held"),
    "statistics": ("统计与公布的数字", "Statistics beside published figures"),
    "inputs": ("输入：时效与依据", "Inputs: freshness and provenance"),
    "notices": ("提示", "Notices"),
    "position": ("仓位", "Position"),
    "plan": ("组合方案", "The plan"),
    "layers": ("各层的价值", "What each layer has been worth"),
    "weights": ("从行业到最终：各层的权重", "From the industries to the plan: weights by layer"),
    "waterfall": ("行业合计权重的变化", "Share in industries, layer by layer"),
    "layer_nav": ("各层累积的净值", "Net value with each layer added"),
    "freshness": ("所用系统及其决策日", "Systems in use, and the decision of each"),
    "fails": ("何时失效", "When it fails"),
    "unknown": ("未披露之处", "What is unknown"),
    "series": ("序列", "Series"),
}
#: What statistics of an industry's backtest are called where it is a system's.
STATISTIC_NAMES: Mapping[str, Pair] = {
    "index_return": ("等权资产累计收益", "All assets in equal parts, total return"),
    "excess_over_index": ("相对等权资产超额", "Excess over all assets in equal parts"),
    "annualised_index": ("等权资产年化收益", "All assets in equal parts, annualised return"),
    "time_in_industry": ("仓位不在其余资产的时间占比", "Share of time not in the rest"),
}
#: What the series of a backtest are called where it is a system's.
WEEKLY_NAMES: Mapping[str, Pair] = {
    "position": ("仓位", "Position"),
    "index": ("等权资产", "All assets in equal parts"),
    "index_relative": ("等权资产 / 基准", "All assets / benchmark"),
}
