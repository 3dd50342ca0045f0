"""The ribbon: the one table from which its XML, its VBA, the README's table and tests are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from prosperity_excel.words.pair import Pair

Kind = Literal["button", "text", "choice", "pick"]
Question = Literal["", "industry", "open_files", "save_xlsx", "save_pdf", "folder"]

#: The tab's label.
TAB: Pair = ("景气度", "Prosperity")
#: The letters that reach the tab.
TAB_KEYTIP = "ZP"


@dataclass(frozen=True)
class Button:
    """A control of the ribbon.

    Attributes
    ----------
    id : str
        Also the name of the action behind it.
    label, help : pair of str
        Chinese and English.
    image : str
        Name of one of Office's own pictures.
    kind : {"button", "text", "choice", "pick"}
        A button, a box to type in, a list to choose from, or a box with a list that Python gives.
    asks : str
        What is asked before the action starts; its answer is handed over.
    needs_book : bool
        Whether a workbook must be open.
    recalculates : bool
        Whether our formulas are calculated anew afterwards.
    choices : tuple of str
        Of a list; the first one is the default.
    large : bool
    keytip : str
        Letters that reach it by the keyboard, after those of the tab; at most three.
    """

    id: str
    label: Pair
    help: Pair
    image: str
    kind: Kind = "button"
    asks: Question = ""
    needs_book: bool = False
    recalculates: bool = False
    choices: tuple[str, ...] = ()
    large: bool = False
    keytip: str = ""


@dataclass(frozen=True)
class Group:
    """A group of the tab."""

    id: str
    label: Pair
    buttons: tuple[Button, ...]


GROUPS: tuple[Group, ...] = (
    Group(
        "data",
        ("数据", "Data"),
        (
            Button(
                "new_template",
                ("新建模板", "New template"),
                ("为一个行业生成供填写的工作簿，存入资料夹并打开。",
                 "Writes the book to fill for an industry into the library folder and opens it."),
                "FileNew", asks="industry", large=True, keytip="N",
            ),
            Button(
                "import_export",
                ("导入数据", "Import export"),
                ("识别数据商导出的文件，在 import 表列出会写入什么；还不写入数据。",
                 "Recognises vendors' exports and lists on a sheet import what would be written; "
                 "no data are written yet."),
                "GetExternalDataFromText", asks="open_files", needs_book=True, keytip="I",
            ),
            Button(
                "update_data",
                ("更新数据", "Update data"),
                ("按表头的来源与代码向数据商取所缺的数据，在 import 表列出会写入什么；还不写入。",
                 "Asks the vendors that the headers name for what is missing and lists on a sheet "
                 "import what would be written; no data are written yet."),
                "GetExternalDataFromWeb", needs_book=True, keytip="Q",
            ),
            Button(
                "write_import",
                ("写入导入", "Write import"),
                ("按 import 表中的选项和目标列写入；与所列不符时只更新该表。",
                 "Writes with the options and targets of the sheet import; when things have "
                 "changed since, it only renews that sheet."),
                "Paste", needs_book=True, recalculates=True, keytip="W",
            ),
            Button(
                "check_data",
                ("检查数据", "Check data"),
                ("检查本工作簿的数据，把缺失、迟到、异常、修订等写入 checks 表。",
                 "Checks this book's data and lists what is missing, late, odd or revised on a "
                 "sheet checks."),
                "DataValidation", needs_book=True, keytip="C",
            ),
            Button(
                "due",
                ("待公布", "Due"),
                ("把下次决策前待公布的指标、即时预测与会改变信号的翻转值写入 due 表。",
                 "Writes what is due before the next decision, nowcasts and break-evens to a "
                 "sheet due."),
                "WatchWindow", needs_book=True, keytip="E4",
            ),
            Button(
                "library_folder",
                ("资料夹", "Library folder"),
                ("选择存放各行业工作簿的文件夹。", "Chooses the folder of the industries' books."),
                "FileOpen", asks="folder", recalculates=True, keytip="L",
            ),
        ),
    ),
    Group(
        "model",
        ("模型", "Model"),
        (
            Button(
                "refresh_industry",
                ("刷新本行业", "Refresh industry"),
                ("重新计算本工作簿的行业（多个时为所选单元格中的那个），写入 result 表。",
                 "Computes this book's industry (or the one in the selected cell) and writes "
                 "the result sheet."),
                "RefreshStatus", needs_book=True, recalculates=True, large=True, keytip="R",
            ),
            Button(
                "refresh_all",
                ("全部刷新", "Refresh all"),
                ("重新读取本工作簿与资料夹，计算全部行业，写入 result 表。",
                 "Reads this book and the library anew, computes everything and writes result."),
                "RefreshAll", needs_book=True, recalculates=True, large=True, keytip="A",
            ),
            Button(
                "refresh_backtests",
                ("刷新回测", "Refresh backtests"),
                ("把全部行业与综合策略的回测统计写入 backtest 表。",
                 "Writes the statistics of all backtests and the combined strategy to backtest."),
                "CalculateNow", needs_book=True, recalculates=True, keytip="B",
            ),
            Button(
                "as_of",
                ("截至日", "As of"),
                ("截至日：之后公布的一概不用；清空为最新。",
                 "Nothing released after this date is used; empty is the latest."),
                "", kind="text", recalculates=True, keytip="D",
            ),
            Button(
                "timing",
                ("时点", "Timing"),
                ("released 只用已公布数据；period 为浙商原文做法，有前视，只供对照。",
                 "released uses what was public; period looks ahead and is for comparison."),
                "", kind="choice", recalculates=True, choices=("released", "period"), keytip="T",
            ),
            Button(
                "cost_bps",
                ("成本（基点）", "Costs, bp"),
                ("单边交易成本，基点；换仓收两次。", "One-way cost in basis points."),
                "", kind="text", recalculates=True, keytip="P",
            ),
        ),
    ),
    Group(
        "systems",
        ("系统", "Systems"),
        (
            Button(
                "refresh_system",
                ("刷新系统", "Refresh system"),
                ("计算本工作簿的系统，写入 result 表，看板随之更新。",
                 "Computes this book's systems and writes the result sheet; the dashboard "
                 "follows."),
                "RefreshStatus", needs_book=True, recalculates=True, keytip="E5",
            ),
            Button(
                "write_plan",
                ("组合方案", "Plan"),
                ("把本工作簿与资料夹中的系统叠加在所持行业之上，写入 plan 表。",
                 "Puts the systems of this book and the library over the industries that are held "
                 "and writes the sheet plan."),
                "FormatAsTableGallery", needs_book=True, recalculates=True, keytip="E6",
            ),
            Button(
                "plan_report",
                ("方案报告", "Plan report"),
                ("生成报告：方案在前，每个系统一页，并打开。",
                 "Writes a report with the plan in front and a page a system, and opens it."),
                "ChartInsert", asks="save_xlsx", needs_book=True, keytip="E7",
            ),
        ),
    ),
    Group(
        "insert",
        ("插入", "Insert"),
        (
            Button(
                "pick_industry",
                ("行业", "Industry"),
                ("要插入的行业：选择，或输入 id、中文名、英文名。",
                 "The industry to insert: choose it, or type its id or name."),
                "", kind="pick", keytip="E1",
            ),
            Button(
                "pick_field",
                ("字段", "Field"),
                ("要插入的字段或维度；空为景气度。",
                 "The field or dimension to insert; empty is the composite."),
                "", kind="pick", keytip="E2",
            ),
            Button(
                "pick_month",
                ("月份", "Month"),
                ("公式的月份，空为最新；表与图的起始月，空为最早。",
                 "Month of a formula, empty is the latest; of a table or chart its first month, "
                 "empty is the first there is."),
                "", kind="pick", keytip="E3",
            ),
            Button(
                "insert_formula",
                ("插入公式", "Insert formula"),
                ("把所选行业、字段、月份的公式写入所选单元格；不覆盖已有内容，除非您同意。",
                 "Writes the formula of that industry, field and month at the selected cell; what "
                 "stands there is not replaced unless you say so."),
                "FunctionWizard", needs_book=True, recalculates=True, keytip="F",
            ),
            Button(
                "insert_table",
                ("插入表", "Insert table"),
                ("在所选单元格插入各月的表：公式随刷新更新，上方有决策日与逾期提示。",
                 "Inserts a table of the months at the selected cell, live, with the decision date "
                 "and a mark when something is overdue."),
                "FormatAsTableGallery", needs_book=True, recalculates=True, keytip="M",
            ),
            Button(
                "insert_chart",
                ("插入图", "Insert chart"),
                ("在所选单元格插入同样的表，并在其右侧插入原生折线图。",
                 "Inserts the same table with a native line chart beside it."),
                "ChartInsert", needs_book=True, recalculates=True, keytip="V",
            ),
            Button(
                "enter_array",
                ("数组输入", "Enter as array"),
                ("Excel 2016、2019：把所选的公式按其结果大小作为数组公式输入。",
                 "Excel 2016 and 2019: enters the selected formula as an array formula over a "
                 "range that fits its answer."),
                "FillDown", needs_book=True, recalculates=True, keytip="J",
            ),
        ),
    ),
    Group(
        "report",
        ("报告", "Report"),
        (
            Button(
                "write_report",
                ("生成报告", "Write report"),
                ("生成带原生图表的报告工作簿并打开。", "Writes a report workbook and opens it."),
                "ChartInsert", asks="save_xlsx", large=True, keytip="X",
            ),
            Button(
                "write_pdf",
                ("生成 PDF", "Write PDF"),
                ("生成报告并另存为 PDF。", "Writes the report as a PDF."),
                "FileSaveAsPdfOrXps", asks="save_pdf", keytip="Y",
            ),
        ),
    ),
    Group(
        "tools",
        ("工具", "Tools"),
        (
            Button(
                "undo",
                ("撤销上次", "Undo last"),
                ("撤销本工作簿最近一次由按钮作的写入（刷新、导入、检查、插入等）。",
                 "Takes back what a button wrote last into this book: a refresh, import, check or "
                 "insertion."),
                "Undo", needs_book=True, recalculates=True, keytip="Z",
            ),
            Button(
                "log",
                ("日志", "Log"),
                ("显示日志的位置与最近几行。", "Shows where the log is and its last lines."),
                "WatchWindow", keytip="G",
            ),
            Button(
                "diagnose",
                ("诊断", "Diagnose"),
                ("检查解释器、版本、加载项与设定。",
                 "Checks interpreter, versions, add-in and settings."),
                "ErrorChecking", keytip="O",
            ),
            Button(
                "repair_links",
                ("修复链接", "Repair links"),
                ("去掉公式里他人电脑上的加载项路径，并重新输入公式。",
                 "Takes another machine's add-in path out of our formulas and enters them again."),
                "EditLinks", needs_book=True, recalculates=True, keytip="K",
            ),
            Button(
                "language",
                ("语言", "Language"),
                ("消息、表头与报告的语言。", "Language of messages, headings and reports."),
                "", kind="choice", recalculates=True, choices=("both", "zh", "en"), keytip="U",
            ),
            Button(
                "settings",
                ("设定", "Settings"),
                ("在本工作簿写入 settings 表：全部设定、现值、来源与含义。",
                 "Writes a sheet settings: every setting, its value, source and meaning."),
                "ControlProperties", needs_book=True, keytip="S",
            ),
        ),
    ),
    Group(
        "about",
        ("帮助", "Help"),
        (
            Button(
                "help",
                ("帮助", "Help"),
                ("列出全部公式与错误值的含义。", "Lists all formulas and what error values mean."),
                "Help", large=True, keytip="H",
            ),
        ),
    ),
)  # fmt: skip

#: Entries of the menu that a right click on a cell opens.
CELL_MENU: tuple[Button, ...] = (
    Button(
        "explain",
        ("为什么？", "Why?"),
        ("用文字说明所选单元格的数值或错误，并可列出各指标的贡献。",
         "Explains the selected cell's value or error in words, and lists the contributions."),
        "FormulaEvaluate", needs_book=True,
    ),
)  # fmt: skip

BUTTONS: Mapping[str, Button] = {
    b.id: b for b in (*(b for group in GROUPS for b in group.buttons), *CELL_MENU)
}
#: Controls that show a setting's value, and those that show what was picked to be inserted.
SHOWN_SETTINGS: tuple[str, ...] = tuple(
    b.id for b in BUTTONS.values() if b.kind in ("text", "choice")
)
PICKS: tuple[str, ...] = tuple(b.id for b in BUTTONS.values() if b.kind == "pick")
#: All of these, in the order in which VBA keeps them.
SHOWN: tuple[str, ...] = (*SHOWN_SETTINGS, *PICKS)
