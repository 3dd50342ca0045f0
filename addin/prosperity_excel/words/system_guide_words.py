"""What the guide of a system's book says."""

from __future__ import annotations

from collections.abc import Mapping

from prosperity_excel.words.pair import Pair

SYSTEM_NOTE: tuple[str, str] = (
    "系统的全部内容：资产、输入表、每个常数及其依据、公布的数字。以本表为准；改一个数即改系统。",
    "All there is to the system: assets, inputs, every constant with where it comes from. What "
    "stands here counts.",
)
HEADINGS: tuple[Pair, ...] = (
    ("思路", "Idea"),
    ("何时失效", "When it fails"),
    ("未披露之处", "What is unknown"),
)
FILLING: tuple[Pair, tuple[Pair, ...]] = (
    ("填写", "How to fill it"),
    (
        (
            "prices 填资产的每日收盘价；每个输入有一张同名的表。宽表：日期向下，一列一个资产。"
            "长表：每行是一个日期和一个代码，行的先后不限，列名中英文均可。",
            "prices holds daily closes of the assets; each input has a sheet of its own name. "
            "Wide: dates down, an asset a column. Long: a row is a date and a code, in any order, "
            "with column names in either language.",
        ),
        (
            "数值从公布日起才算数：release（公布日）一栏填了就按它，空着按该表的规则。estimated（估计）"
            "为 1 的行默认不用。",
            "A value counts from the day on which it became public: column release where it is "
            "filled in, else the sheet's rule. Rows with 1 in a column estimated are left out "
            "unless asked for.",
        ),
        (
            "空单元格是缺失值，不是 0。同一日期和代码只能有一行。",
            "A blank cell is missing, not 0. A date and a code stand in one row only.",
        ),
    ),
)
INPUT_HEADS: Mapping[int, str] = {
    1: "表 Sheet",
    2: "名称",
    3: "Name",
    4: "形式 Form",
    6: "栏 Columns",
    7: "单位 Unit",
    8: "何时算数 Counts",
    9: "必需 Needed",
}
#: What can be done with a system's book: the command, and what it does in Chinese and English.
SYSTEM_VERBS: tuple[tuple[str, str, str], ...] = (
    ("prosperity template ID --out BOOK", "生成空白模板", "Write an empty template"),
    ("prosperity define BOOK", "检查 system 表", "Check the sheet system"),
    ("prosperity check BOOK", "检查数据", "Check the data"),
    ("prosperity run BOOK", "计算并列出结果", "Compute and print"),
    ("prosperity refresh BOOK", "写入结果，更新看板", "Write results; the dashboard follows"),
    ("prosperity report BOOK --out REPORT", "生成报告", "Write a report workbook"),
    ("prosperity evidence BOOK", "检验是否只是运气", "Ask whether it is more than luck"),
    ("prosperity systems", "列出全部系统", "List all systems"),
)
#: What stands under the heading of a system's dashboard.
DASHBOARD: Pair = (
    "数字由 prosperity refresh 写入 result 表，图表随之更新。",
    "Run 'prosperity refresh' on this book; figures and charts follow.",
)
