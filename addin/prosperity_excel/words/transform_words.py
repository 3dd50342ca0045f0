"""What each step of a transform does, and what a formula between series may hold."""

from __future__ import annotations

from collections.abc import Mapping

from prosperity_excel.words.pair import Pair

#: What a step does, by its name; ``N`` is its number of months.
TRANSFORM_WORDS: Mapping[str, Pair] = {
    "level": ("原值。", "The value as it is."),
    "yoy": (
        "同比：与 12 个月前之比减 1，以百分数计；12 个月前不大于零时无值。",
        "Change over twelve months, in percent; none where the value then was not above zero.",
    ),
    "pct": (
        "与 N 个月前之比减 1，以百分数计；当时不大于零时无值。",
        "Change over N months, in percent; none where the value then was not above zero.",
    ),
    "diff": ("与 N 个月前之差。", "Difference from N months before."),
    "ma": (
        "最近 N 个月的均值，至少一半的月份有值。",
        "Mean of the last N months, of which at least half have values.",
    ),
    "sum": (
        "最近 N 个月之和；缺月不超过设定 sum_holes 时按比例放大补足。",
        "Sum of the last N months; scaled up for missing ones, as many as the setting sum_holes "
        "allows.",
    ),
    "ema": ("跨度为 N 个月的指数移动平均。", "Exponential mean with a span of N months."),
    "lag": ("N 个月前的值。", "The value of N months before."),
    "deseason": (
        "与往年同月均值之差（至少一年），单位不变。",
        "Difference from the mean of the same month in earlier years (at least one).",
    ),
    "log": ("自然对数；不大于零时无值。", "Natural logarithm; none where not above zero."),
}
#: What a formula may hold, each with an example.
FORMULA_WORDS: tuple[tuple[str, Pair], ...] = (
    ("cement_price", ("序列的 id", "the id of a series")),
    ("0.13 * coal_price", ("数字", "a number")),
    ("a + b, a - b, a * b, a / b", ("四则运算", "the four operations")),
    ("-a, +a", ("正负号", "a sign")),
    ("(a + b) / 2", ("括号", "brackets")),
)
