"""The named tests of plausibility, with their thresholds: the one table that all of them read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Criterion:
    """One test: its name, its thresholds, and its rule in both languages.

    ``zh`` and ``en`` name the thresholds as ``{0}``, ``{1}`` and so on, in their order.
    """

    id: str
    limits: tuple[float, ...]
    zh: str
    en: str

    def rule(self, language: str) -> str:
        """Return the rule with its thresholds filled in."""
        text = self.zh if language == "zh" else self.en
        return text.format(*(f"{limit:g}" for limit in self.limits))


_CRITERIA = (
    # What the export says of itself.
    Criterion(
        "field",
        (),
        "标题、字段或文件名写明的不是收盘价（市盈率、成交量、开盘价等）：拒绝，不可确认",
        "a title, a field or the file's name says that it is no close (PE, volume, open and "
        "such): refused, not a question",
    ),
    Criterion(
        "form",
        (),
        "名称写明的口径与指标不同：累计同比与当月同比，环比与同比",
        "its name says another form: growth of sums and of months, on the month and on the year",
    ),
    Criterion(
        "frequency",
        (),
        "指标是月度，而导出是季度或年度数据",
        "a monthly indicator, and the export is quarterly or yearly",
    ),
    Criterion(
        "filled",
        (10, 0.8),
        "月度指标的日度数据：平均每 {0} 个以上的值不变，且 {1} 以上的月份至多变化一次",
        "daily rows of a monthly indicator: values stay for {0} rows on average or more, and "
        "at least {1} of the months change once at most",
    ),
    Criterion(
        "doubled",
        (2, 0.05),
        "至少 {0} 个月、且超过 {1} 的月份各有不同的值",
        "at least {0} months, and more than {1} of them, have different values",
    ),
    Criterion(
        "future",
        (),
        "月份晚于今天所在的月份，或日期晚于今天，而工作簿没有这样的值",
        "a month after today's, or a day after today, and the book has none such",
    ),
    Criterion(
        "shown",
        (),
        "单元格存的是 0.08 而显示 8.0%：按显示的取值，问一次",
        "cells hold 0.08 and show 8.0%: what is shown is taken, and asked about once",
    ),
    # What the values say alone.
    Criterion(
        "range",
        (0.2, 0.25),
        "超过 {0} 的值在合理范围之外，或有值超出达范围宽度的 {1}；工作簿已有 12 个值时范围并"
        "入已有的值",
        "more than {0} of the values lie outside the plausible range, or one by {1} of its "
        "width; from 12 stored values on the range takes them in",
    ),
    Criterion(
        "fraction",
        (12, 0.005),
        "% 列至少 {0} 个值，绝对值的中位数小于范围的 {1}，像是小数",
        "at least {0} values of a % column, whose median size is below {1} of the range: as "
        "if they were fractions",
    ),
    Criterion(
        "base",
        (85, 130),
        "增速都大于 0 而中位数在 {0} 与 {1} 之间，像是上年=100",
        "growth rates are all above 0, their median between {0} and {1}: as if the year "
        "before were 100",
    ),
    Criterion(
        "sums",
        (4, 0.5),
        "年内至少 {0} 个值逐月上升、年初重新开始，且除以月份后的离散不到原来的 {1}",
        "within each year at least {0} values rise and begin anew, and divided by the "
        "month's number they vary less than {1} of what they did",
    ),
    Criterion(
        "zeros",
        (0.15, 0.001, 8),
        "其余值同号且 95% 以上大于中位数的 {0}；或 0 的个数的概率小于 {1}；或与前后两个值都相"
        "差每月变动的 {2} 倍；或正好在工作簿从不填写的月份，或至少两个已有的值变成 0",
        "the other values have one sign and 95% of them exceed {0} of their median; or as "
        "many zeros have a chance below {1}; or one is off the values on both sides by {2} "
        "usual changes; or they stand in months that the book never has, or where it has "
        "another value twice",
    ),
    Criterion(
        "constant",
        (6,),
        "至少 {0} 个值全部相同，而工作簿或其余部分并非如此",
        "at least {0} values that are all the same, in a series that is not",
    ),
    Criterion(
        "repeated",
        (4, 2),
        "最后 {0} 个以上的值相同，比其他任何一段至少多 {1} 个",
        "the last {0} values or more are the same, {1} more than anywhere else",
    ),
    Criterion(
        "level",
        (100, 1_000_000),
        "指数收盘价通常在 {0} 与 {1} 之间",
        "closes of an index lie between {0} and {1}",
    ),
    Criterion(
        "volatility",
        (0.05,),
        "日收益绝对值的中位数超过 {0}，不像价格",
        "the median size of daily returns exceeds {0}: no price",
    ),
    # What the book's values say.
    Criterion(
        "scale",
        (0.2, 6),
        "换算后与已有值不符的月份不超过原来的 {0}；没有重叠时，倍数的对数似然优势超过 {1}",
        "times a factor, no more than {0} of the months that differed still do; without an "
        "overlap, the factor's log-likelihood is greater by {1}",
    ),
    Criterion(
        "sign",
        (0.2, 6),
        "变号后与已有值不符的月份不超过原来的 {0}；没有重叠时，对数似然优势超过 {1}",
        "with the sign turned, no more than {0} of the months that differed still do; "
        "without an overlap, its log-likelihood is greater by {1}",
    ),
    Criterion(
        "shift",
        (6, 0.35),
        "至少重叠 {0} 个月，移动一两个月后不符的月份不超过原来的 {1}",
        "an overlap of {0} months or more; moved by a month or two, no more than {1} of the "
        "months that differed still do",
    ),
    Criterion(
        "swap",
        (3, 0.2, 12),
        "至少重叠 {0} 个月，与另一列不符的月份不超过原来的 {1}；没有重叠时，对数似然优势超过 {2}",
        "an overlap of {0} months or more, and no more than {1} of the months that differed "
        "do from another column; without an overlap, its log-likelihood is greater by {2}",
    ),
    Criterion(
        "rebased",
        (6, 0.002),
        "至少重叠 {0} 个月，全部相差同一倍数（离散不到 {1}）",
        "an overlap of {0} months or more, all by one and the same factor (within {1})",
    ),
    Criterion(
        "overlap",
        (3, 0.5, 0.5, 0.03),
        "至少重叠 {0} 个月，超过 {1} 的月份不符，差的中位数超过每月变动的 {2}，且相关低于 0.9"
        " 或超过水平的 {3}",
        "an overlap of {0} months or more, more than {1} of which differ, by more than {2} "
        "of the usual monthly change, with a correlation below 0.9 or by {3} of the level",
    ),
    Criterion(
        "seam",
        (2, 24),
        "超出已有值的范围达其宽度的 {0} 倍（已有至少 {1} 个值）",
        "outside the range of the stored values by {0} times its width (from {1} stored values)",
    ),
    Criterion(
        "break",
        (0.1, 0.06, 0.02),
        "价格与最近的已有价格的对数差超过 {0} + {1}×√天数，或重叠的一半以上相差超过 {2}",
        "a price is off the nearest stored one by a log difference above {0} + {1}×√days, or "
        "more than half of the overlap differ by {2}",
    ),
)
#: All tests by id, in the order in which they are made.
CRITERIA: Mapping[str, Criterion] = {criterion.id: criterion for criterion in _CRITERIA}


def limits(id: str) -> tuple[float, ...]:
    """Return the thresholds of a test."""
    return CRITERIA[id].limits
