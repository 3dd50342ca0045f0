"""What the template says to people: the guide, and the messages of its checks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from prosperity.lag import LONGEST_LAG

from prosperity_excel.words.book_words import SheetId
from prosperity_excel.words.pair import Pair

#: Headings of the guide, each with its paragraphs, in Chinese and English.
GUIDE: tuple[tuple[Pair, tuple[Pair, ...]], ...] = (
    (
        ("怎么填", "How to fill the book"),
        (
            (
                "data 表：每列一个指标，每行一个月，在浅黄色区域填数值。"
                "选中列头可看到单位、变换、数据商代码和别名。",
                "Sheet data: a column an indicator, a row a month; type values into the pale "
                "yellow area. Select a column's header to see unit, transform, vendor codes and "
                "aliases.",
            ),
            (
                "可以整列粘贴数据商的导出。列按 id 识别，其次按指标ID，再次按指标名称或别名；"
                "顺序随意，多余的列不影响计算，不需要的列可以删去。",
                "You can paste whole columns from a vendor's export. A column is found by its id, "
                "else by 指标ID, else by name or alias. Order is free, extra columns do no harm, "
                "and columns that you do not need may go.",
            ),
            (
                "百分数填 3.5，不要填 0.035。缺数据就留空，不要填 0；-、--、N/A 也按缺失处理。"
                "统计局不公布 1 月数据的序列，1 月留空即可。",
                "Percent is typed 3.5, not 0.035. Leave a missing value blank, never 0; -, -- and "
                "N/A count as missing too. Where no January is published, leave January blank.",
            ),
            (
                "prices 表：行业指数与基准的收盘价，日度最好，月度也可；"
                "次月 6 日调仓的行业必须日度。没有行情也能算景气度，只是没有回测。",
                "Sheet prices: closing levels of the industry index and the benchmark, daily or "
                "monthly; industries that trade on the 6th need daily ones. Without prices there "
                "is a composite and no backtest.",
            ),
        ),
    ),
    (
        ("日期", "Dates"),
        (
            (
                "data 表写当月任何一天都可以，只看年月；2020-03、2020年3月、202003 也认识。"
                "从旧到新或从新到旧都可以，但不能乱序或重复。",
                "In data any day of the month is fine, only year and month count; 2020-03, "
                "2020年3月 and 202003 are read as well. Rows run from old to new or all from new "
                "to old, without repeats.",
            ),
            (
                "日度、周度序列可以逐日填写（自动合成月度），也可以每月只填一个值。",
                "Daily and weekly series may be filled day by day, and are then made monthly, or "
                "with one value a month.",
            ),
        ),
    ),
    (
        ("滞后与公布日", "Lag and release dates"),
        (
            (
                "lag 是期末之后几天公布。信号只用决策日已公布的数据：2 月的数据若滞后 15 天，"
                "3 月 15 日起才会被用到。可以在 data 表的 lag 行直接修改。",
                "lag is how many days after the period's end a value is published. A signal uses "
                "only what was public on its decision date: with a lag of 15, February's value "
                "counts from 15 March. Change it in the lag row of data.",
            ),
            (
                "滞后变过的，写明从哪一期起改变：1; 2017-03: 0 表示此前滞后 1 天，2017 年 3 月起"
                "为 0；15; 01: 20 表示每年 1 月的数据滞后 20 天。",
                "Where the lag has changed, write from which period: 1; 2017-03: 0 is one day "
                "until then and none from March 2017; 15; 01: 20 is twenty days for every January.",
            ),
            (
                "releases 表可填某月的实际公布日，填了就以它为准；留空按 lag 计算。",
                "Sheet releases takes the actual release date of a month, which then counts; a "
                "blank cell means the lag.",
            ),
        ),
    ),
    (
        ("改模型", "Changing a model"),
        (
            (
                "definition 表就是模型本身：增删指标，改权重、方向、变换，或新增一个行业，"
                "都在这里，不需要编程。新指标还要在 data 表加一列，写上相同的 id。",
                "Sheet definition is the model itself: add or drop indicators, change weights, "
                "signs or transforms, or add an industry, without programming. A new indicator "
                "also needs a column in data with the same id.",
            ),
        ),
    ),
)

#: Styles whose meaning the guide explains.
COLOURS: tuple[tuple[str, Pair], ...] = (
    ("typed_fact", ("浅黄：在这里填写和修改", "Pale yellow: type here")),
    ("fact", ("浅灰：只供阅读", "Pale grey: for reading only")),
    ("label", ("深色：行标签，请勿改动", "Dark: row labels, leave as they are")),
    ("id", ("灰色小字：程序认列用的 id，请勿改动", "Small grey: ids that Prosperity reads")),
)
#: The table of models: column of the page and heading.
MODEL_HEADS: Mapping[int, str] = {
    1: "id",
    2: "名称",
    3: "Name",
    4: "类型 Kind",
    6: "依据 Grade",
    7: "调仓 Trades",
    8: "指数 Index",
    9: "用途 Use",
}
KINDS: Mapping[str, str] = {"industry": "行业 industry", "module": "模块 module"}
REBALANCES: Mapping[str, str] = {"month_end": "月末 month end", "sixth": "次月6日 the 6th"}
ASKED, USED = "主模型 asked for", "被引用 used"

DEFINITION_NOTE: Pair = (
    "改这里就是改模型。标题行 [...] 与英文列名请勿改动；可在每张表末尾的空行添加。",
    "A change here changes the model. Leave the titles [...] and the English column names; add "
    "records in the blank rows of a table.",
)
RESULT_NOTE: Pair = (
    "本表由 Prosperity 写入，每次计算都会覆盖；请勿在此输入。",
    "Prosperity writes this sheet anew with every run; please do not type here.",
)

#: Title and message at the dates of a sheet.
DATE_PROMPTS: Mapping[SheetId, tuple[str, Pair]] = {
    "data": ("月份 Month", ("当月任何一天都可以。", "Any day of the month is fine.")),
    "releases": (
        "数据所属月份 Month described",
        (
            "数据描述的月份，不是公布的月份。",
            "The month that the value describes, not the month of its release.",
        ),
    ),
    "prices": (
        "交易日 Trading day",
        ("交易日，日度或月度均可。", "Trading days, daily or monthly."),
    ),
}
EARLIEST, LATEST = date(1950, 1, 1), date(2149, 12, 31)
_NUMBER: Mapping[str, Any] = {
    "validate": "decimal",
    "error_type": "warning",
    "error_title": "数值 Number",
}
_DATE: Mapping[str, Any] = {
    "validate": "date",
    "criteria": "between",
    "minimum": EARLIEST,
    "maximum": LATEST,
    "error_type": "warning",
    "error_title": "日期 Date",
}
#: Checks of what is typed. They warn and do not forbid: the reader has the last word.
RULES: Mapping[str, Mapping[str, Any]] = {
    "date": {
        **_DATE,
        "error_message": "这里应为日期，如 2020-03-31。\nA date belongs here, such as 2020-03-31.",
    },
    "release": {
        **_DATE,
        "error_message": "这里应为完整的日期，如 2020-04-16。\n"
        "A full date belongs here, such as 2020-04-16.",
    },
    "number": {
        **_NUMBER,
        "criteria": "between",
        "minimum": -1e15,
        "maximum": 1e15,
        "error_message": "这里应填数值；缺失请留空。\n"
        "A number belongs here; leave a missing value blank.",
    },
    "price": {
        **_NUMBER,
        "criteria": ">",
        "value": 0,
        "error_message": "价格应大于零；缺失请留空。\n"
        "A price is above zero; leave a missing one blank.",
    },
    "lag": {
        # A list of changes is a text; Excel cannot say whether it is one, the reader does.
        "validate": "custom",
        "value": "=OR(ISTEXT({cell}),AND({cell}>=0,{cell}<="
        f"{LONGEST_LAG}"
        ",{cell}=INT({cell})))",
        "error_type": "warning",
        "error_title": "滞后 Lag",
        "error_message": f"应为 0 至 {LONGEST_LAG} 的整数，或 1; 2017-03: 0 这样的变化。\n"
        f"A whole number from 0 to {LONGEST_LAG}, or changes such as 1; 2017-03: 0.",
    },
}
