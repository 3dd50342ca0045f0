"""Words for what a definition's fields say, in both languages."""

from __future__ import annotations

from prosperity_excel.words import report_words

SECTORS = {id: " ".join(pair) for id, pair in report_words.SECTORS.items()}
#: How much of a model the sources state.
GRADES = {
    "A": "公开资料完整 stated in full",
    "B": "部分为推断 partly inferred",
    "C": "多数为推断 mostly inferred",
    "D": "缺浙商原文结果 no reported results",
    "": "推断 inferred",
}
METHODS = {
    "equal_weight": "指标等权 equal weight of the indicators",
    "first_component": "第一主成分 first component of the indicators",
    "dimensions": "维度加权 weighted mean of the dimensions",
    "states": "状态机 state machine over dimension directions",
}
REBALANCE = {
    "month_end": "月末 last trading day of the month",
    "sixth": "次月 6 日 last trading day on or before the 6th of the next month",
}
PROVENANCE = {id: " ".join(pair) for id, pair in report_words.PROVENANCE.items()}
