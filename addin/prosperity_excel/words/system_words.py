"""How the book of a system is laid out: the words that its writer and its reader share.

The first word of a tuple is the one that is written; all of them are read.
"""

from __future__ import annotations

from collections.abc import Mapping

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
