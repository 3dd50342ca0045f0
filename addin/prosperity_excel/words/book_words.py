"""How a book is laid out: the words that its writer and its reader share.

Data only, besides the folding of words. The first word of a tuple is the one that is written; all
of them are read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal

from prosperity.definition import Frequency
from prosperity.record_fields import Table

SheetId = Literal["guide", "dashboard", "data", "releases", "prices", "definition", "result"]
Label = Literal[
    "name_zh",
    "name_en",
    "frequency",
    "unit",
    "source_id",
    "source",
    "id",
    "dimension",
    "lag",
    "breaks",
]

#: Sheets in their order.
SHEETS: Mapping[SheetId, tuple[str, ...]] = {
    "guide": ("guide", "说明", "使用说明"),
    "dashboard": ("dashboard", "看板", "仪表盘"),
    "data": ("data", "数据", "指标数据"),
    "releases": ("releases", "公布日", "公布日期", "release"),
    "prices": ("prices", "行情", "指数行情", "price"),
    "definition": ("definition", "定义", "模型定义", "definitions"),
    "result": ("result", "结果", "results"),
}
#: The sheet that ``prosperity check --write`` writes.
CHECKS_SHEET = ("checks", "检查", "数据检查")
#: The sheet that ``prosperity due --write`` writes.
DUE_SHEET = ("due", "待公布")
#: The sheet that ``prosperity plan --into`` writes, and ``refresh`` of a book with both parts.
PLAN_SHEET = ("plan", "组合方案", "方案")
#: The sheet on which the ribbon shows what an import would do.
IMPORT_SHEET = ("import", "导入")
#: What the sheets are called in Chinese.
SHEET_NAMES_ZH: Mapping[SheetId, str] = {sheet: words[1] for sheet, words in SHEETS.items()}

#: Labels in column A of a sheet with dated rows, in the order of the header block.
LABELS: Mapping[Label, tuple[str, ...]] = {
    "name_zh": ("指标名称", "名称", "中文名称", "指标", "name"),
    "name_en": ("英文名称", "English name"),
    "frequency": ("频率", "frequency"),
    "unit": ("单位", "unit"),
    "source_id": ("指标ID", "指标代码", "代码", "证券代码", "code"),
    "source": ("来源", "数据来源", "发布方", "source"),
    "id": ("id",),
    "dimension": ("dimension", "维度"),
    "lag": ("lag", "滞后", "滞后天数", "lag_days"),
    "breaks": ("断点", "口径断点", "口径变化", "breaks"),
}
#: The label rows that templates have on each sheet with dated rows. ``data`` may also have a row
#: ``breaks``, which hardly a book needs: the analyst inserts it.
HEADER_ROWS: Mapping[SheetId, tuple[Label, ...]] = {
    "data": tuple(label for label in LABELS if label != "breaks"),
    "releases": ("name_zh", "name_en", "id"),
    "prices": ("name_zh", "name_en", "source_id", "source", "id"),
}
#: What a label row says, in Chinese and English.
LABEL_HELP: Mapping[Label, tuple[str, str]] = {
    "name_zh": ("指标的中文名称。", "Chinese name of the series."),
    "name_en": ("指标的英文名称。", "English name of the series."),
    "frequency": (
        "日、周、月或季。日、周数据自动合成月度，月、季数据每月只能有一个值。",
        "日 daily, 周 weekly, 月 monthly, 季 quarterly. Daily and weekly values are made monthly; "
        "the others have one value a month.",
    ),
    "unit": (
        "所填数值的单位。百分数填 3.5，不填 0.035。",
        "Unit of the values. Percent is typed 3.5, not 0.035.",
    ),
    "source_id": (
        "数据商代码，如万得 M0001385、指数 801880.SI。可改成您自己的。",
        "The vendor's code, such as M0001385 or 801880.SI. You may use your own.",
    ),
    "source": (
        "数据从哪里来。含“模拟”或 simulated 时，结果会标明是模拟数据。",
        "Where the data come from. With 模拟 or 'simulated' results are marked as such.",
    ),
    "id": (
        "程序按这一行认列，请勿修改。",
        "Prosperity finds a column by this row; please leave it.",
    ),
    "dimension": (
        "所属维度，只供阅读；以 definition 表为准。",
        "Where the series belongs. For reading only; the definition sheet counts.",
    ),
    "lag": (
        "月末之后几天公布，变过的写成 1; 2017-03: 0。以这里为准；实际公布日可填在 releases 表。",
        "Days from month end to publication; changes as 1; 2017-03: 0. It counts as it stands "
        "here; actual dates go in releases.",
    ),
}

FREQUENCIES: Mapping[Frequency, tuple[str, ...]] = {
    "D": ("日", "日度", "d", "daily", "day"),
    "W": ("周", "周度", "w", "weekly", "week"),
    "M": ("月", "月度", "m", "monthly", "month"),
    "Q": ("季", "季度", "q", "quarterly", "quarter"),
}
FREQUENCY_NAMES_EN: Mapping[Frequency, str] = {
    "D": "daily",
    "W": "weekly",
    "M": "monthly",
    "Q": "quarterly",
}
AGGREGATE_NAMES: Mapping[str, tuple[str, str]] = {
    "mean": ("取均值", "mean"),
    "last": ("取末值", "last value"),
    "sum": ("求和", "sum"),
}
#: What the sheet of settings may be called.
SETTINGS_WORDS = ("settings", "设定", "设置")
#: Words in a 来源 cell that say that the data are simulated.
SIMULATED = ("模拟", "simulated")

#: Column of ``prices`` that holds the benchmark, and names of benchmarks by code.
BENCHMARK = "benchmark"
BENCHMARK_NAMES: Mapping[str, tuple[str, str]] = {
    "881001.WI": ("万得全A", "Wind All-A"),
    "000300.SH": ("沪深300", "CSI 300"),
    "000852.SH": ("中证1000", "CSI 1000"),
    "000905.SH": ("中证500", "CSI 500"),
    "000906.SH": ("中证800", "CSI 800"),
    "000985.CSI": ("中证全指", "CSI All Share"),
    "000985.SH": ("中证全指", "CSI All Share"),
    "000001.SH": ("上证综指", "SSE Composite"),
}

#: First cell of the header row in every block of ``definition``.
MODEL = "model"
TABLE_NAMES: Mapping[Table, tuple[str, str]] = {
    "industry": ("行业与模块", "Industries and modules"),
    "dimension": ("维度", "Dimensions"),
    "indicator": ("指标", "Indicators"),
    "variant": ("备选方案", "Variants"),
}
#: Chinese names of the columns of ``definition``; the ids themselves are the English ones.
COLUMN_NAMES_ZH: Mapping[str, str] = {
    "model": "所属模型",
    "id": "标识",
    "name_zh": "中文名",
    "name_en": "英文名",
    "kind": "类型",
    "sector": "板块",
    "grade": "依据等级",
    "method": "合成方法",
    "anchor": "锚定指标",
    "rule": "信号规则",
    "hold": "持有状态",
    "rebalance": "调仓日",
    "index_code": "指数代码",
    "index_name_zh": "指数中文名",
    "index_name_en": "指数英文名",
    "benchmark_code": "基准代码",
    "covers": "覆盖的行业",
    "sample_start": "样本起点",
    "report_start": "报告起点",
    "report_end": "报告终点",
    "report_strategy": "报告策略收益%",
    "report_index": "报告指数收益%",
    "report_benchmark": "报告基准收益%",
    "logic_zh": "逻辑（中文）",
    "logic_en": "逻辑（英文）",
    "unknown_zh": "未说明之处（中文）",
    "unknown_en": "未说明之处（英文）",
    "source": "出处",
    "weight": "权重",
    "dimension": "维度",
    "unit": "单位",
    "plausible_low": "合理下限",
    "plausible_high": "合理上限",
    "base": "基数",
    "frequency": "频率",
    "aggregate": "合成月度",
    "formula": "公式",
    "composite": "引用的模型",
    "transform": "变换",
    "denoise": "去噪",
    "standardise": "标准化",
    "sign": "方向",
    "lag_days": "滞后天数",
    "start": "启用月份",
    "source_ids": "数据商代码",
    "aliases": "别名",
    "alternatives": "替代指标",
    "provenance": "依据",
    "note_zh": "备注（中文）",
    "note_en": "备注（英文）",
    "changes": "改动",
}
#: What to write in a column of ``definition``, in Chinese and English.
COLUMN_HELP: Mapping[str, tuple[str, str]] = {
    "model": ("这一行属于哪个模型（模型的 id）。", "The id of the model that the row belongs to."),
    "id": ("小写英文字母、数字和下划线。", "Small letters a-z, digits and _."),
    "method": (
        "equal_weight 等权；first_component 第一主成分；dimensions 先维度后加权；states 状态规则。"
        "维度可用 mean、first_component 或 difference（差，再标准化，缺一不可）。",
        "How scores are combined; a dimension takes mean, first_component or difference (scores "
        "of opposite sign, standardised again, none of which may be missing).",
    ),
    "hold": (
        "持有的状态，如 demand+ supply-; demand+ supply+ inventory+，满足一个即持有。",
        "States that are held, parted by ';': any one is enough.",
    ),
    "rebalance": (
        "month_end 月末；sixth 次月 6 日。",
        "month_end, or sixth: the 6th of the next month.",
    ),
    "covers": (
        "综合策略中由本行业代替的行业 id，用 ; 分开。",
        "Ids of the industries whose place it takes in the combined strategy, parted by ';'.",
    ),
    "weight": (
        "同级之间的权重；0 表示保留但不参与。",
        "Weight among its siblings; 0 keeps it out of the composite.",
    ),
    "formula": (
        "只能用序列 id、数字、+ - * / 和括号，如 cement_price - 0.13 * coal_price。不要以 = 开头。",
        "Series ids, numbers, + - * / and brackets. Do not begin with '='.",
    ),
    "plausible_low": (
        "公布值通常不低于此数，按本行单位；导入时超出会询问。空为不限。",
        "Published values, in this row's unit, are known not to lie below; an import asks about "
        "others. Blank is no bound.",
    ),
    "plausible_high": (
        "公布值通常不高于此数，按本行单位；导入时超出会询问。空为不限。",
        "Published values, in this row's unit, are known not to lie above; an import asks about "
        "others. Blank is no bound.",
    ),
    "base": (
        "表示“不变”的值：以 100 为基数公布的指数填 100；金额、价格和增速留空。",
        "The value that means no change: 100 for an index published against 100; blank for "
        "amounts, prices and rates.",
    ),
    "composite": ("另一个模型的 id，取其景气度。", "Id of another model whose composite this is."),
    "transform": (
        "从左到右的步骤，如 sum(12) | yoy；level 为原值。",
        "Steps from left to right, such as sum(12) | yoy; level is the value as it is.",
    ),
    "sign": (
        "1，或上升为坏时填 -1。只表示方向，不表示大小。",
        "1, or -1 when a rise is bad.",
    ),
    "lag_days": (
        "期末之后几天公布，0 到 400；变过的写成 1; 2017-03: 0。",
        "Days from period end to publication, 0 to 400; changes as 1; 2017-03: 0.",
    ),
    "start": ("启用月份，写成 2015-01；空为一直启用。", "Month from which it counts, as 2015-01."),
    "source_ids": ("多个代码用 ; 分开。", "Several codes are parted by ';'."),
    "aliases": ("其他叫法，用 ; 分开；列名相符即可认出。", "Other names, parted by ';'."),
    "provenance": (
        "report 浙商原文写明；page 公开网页写明；inferred 我们的推断。",
        "report: stated there; page: on a public page; inferred: our own choice.",
    ),
    "changes": (
        "如 indicator.cgb10y.weight = 0; rule = marginal_up。",
        "Such as indicator.cgb10y.weight = 0; rule = marginal_up.",
    ),
}

#: The sheet of results; a book for several industries has one more for each, ``result_ID``.
RESULT_SHEET = "result"

#: What can be done with a book: the command, and what it does in Chinese and English.
VERBS: tuple[tuple[str, str, str], ...] = (
    ("prosperity template ID --out BOOK", "生成空白模板", "Write an empty template"),
    ("prosperity import FILES --into BOOK", "导入数据商导出的文件", "Fill in what vendors export"),
    (
        "prosperity check BOOK",
        "一次列出数据的问题",
        "List what is missing, late or odd in the data",
    ),
    ("prosperity revisions BOOK", "列出修订过的值", "List the values that were revised"),
    (
        "prosperity run BOOK",
        "计算并列出各行业景气度",
        "Compute the industries and print where they stand",
    ),
    (
        "prosperity refresh BOOK",
        "写入结果，更新看板",
        "Write the results into the book; its dashboard follows",
    ),
    (
        "prosperity report BOOK --out REPORT",
        "生成带图表的报告工作簿",
        "Write a report workbook with charts",
    ),
    (
        "prosperity evidence BOOK",
        "检验模型是否稳健",
        "Test how robust the models are",
    ),
    (
        "prosperity sweep BOOK --grid … --out …",
        "扫描设定网格",
        "Try every combination of a grid of settings",
    ),
    ("prosperity define BOOK", "检查 definition 表", "Check the definition sheet"),
    ("prosperity industries", "列出全部模型", "List all models"),
    ("prosperity settings", "列出全部设定及默认值", "List all settings with their defaults"),
)

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_SPACE = re.compile(r"\s+")
_USUAL_WIDTH = {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: 0x20}
_BRACKETS = str.maketrans("【】[]〔〕{}–—−‐", "()()()()----")


#: Characters of a text that may be a name; longer ones are notes, and not remembered.
LONGEST_NAME = 120


def clean(text: str) -> str:
    """Return a cell's text as meant: usual-width signs, no invisible ones, no outer spaces.

    An apostrophe in front, by which a sheet marks a text, goes too. A raised digit stays one: it
    marks a footnote.
    """
    return _INVISIBLE.sub("", text.translate(_USUAL_WIDTH)).strip().removeprefix("'").strip()


def fold(text: str) -> str:
    """Return a name without what exports write differently.

    Width, case, spaces, the form of brackets and dashes, and a ``中国:`` in front do not count. An
    export of thousands of columns asks for the same names millions of times, so short texts, as
    names are, are remembered.
    """
    return _remembered(text) if len(text) <= LONGEST_NAME else _folded(text)


def _folded(text: str) -> str:
    usual = unicodedata.normalize("NFKC", clean(text)).casefold()
    folded = _SPACE.sub("", usual).translate(_BRACKETS)
    return folded.removeprefix("中国:")


_remembered = lru_cache(maxsize=16_384)(_folded)


def excel_length(text: str) -> int:
    """Return a text's length as Excel counts it: in UTF-16 units, so that some signs are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def lookup(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return the key of each folded word, for tables such as :data:`LABELS`."""
    return {fold(word): key for key, group in words.items() for word in group}
