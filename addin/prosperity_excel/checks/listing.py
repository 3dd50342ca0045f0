"""What a check can find, how bad it is, and what to do; the list as text and as a sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from prosperity_excel.guarded import read_guarded
from prosperity_excel.layout import CHECKS_SHEET
from prosperity_excel.own_sheets import own_sheet_name
from prosperity_excel.writing.cell_edits import edit_book
from prosperity_excel.writing.grid import Value

Severity = Literal["error", "warning", "note"]
SEVERITIES: Mapping[Severity, tuple[str, str]] = {
    "error": ("错误", "error"),
    "warning": ("注意", "warning"),
    "note": ("说明", "note"),
}
#: What is found: severity, and what to do in Chinese and English.
CHECKS: Mapping[str, tuple[Severity, str, str]] = {
    "missing_sheet": ("error", "请用模板，或把该表改名", "use the template or rename the sheet"),
    "structure": ("error", "按提示改正后再运行", "correct it as it says, then run again"),
    "cell": ("error", "改正或清空该单元格", "correct or clear the cell"),
    "duplicate_month": ("error", "每月只留一个值", "keep one value a month"),
    "bad_price": ("error", "改正或清空", "correct or clear it"),
    "overdue": ("warning", "更新数据并导入", "fetch the data and import them"),
    "simulated": ("warning", "换成真实数据后，把“来源”一行改成真实来源",
                  "once real data stand there, name their source in the row 来源"),
    "gap": ("warning", "补上，或确认来源本来就没有",
            "fill it, or make sure that none was published"),
    "frozen": ("warning", "核对来源是否停更", "check whether the source stopped"),
    "outlier": ("warning", "核对原始数据", "check it against the source"),
    "scale": ("warning", "统一单位，或导入时用 --break", "use one unit, or --break when importing"),
    "zeros": ("warning", "若 0 表示缺失，请清空", "clear them if 0 means missing"),
    "level_shift": ("note", "核对口径；若改变，在表头加一行“断点”，填该月",
                    "if the definition changed, add a header row 断点 with the month"),
    "duplicate_column": ("warning", "确认不是同一序列贴了两次",
                         "make sure that it is not one series pasted twice"),
    "empty_column": ("warning", "填入数据，或不用该指标", "fill it, or do without the series"),
    "absent_column": ("warning", "加上这一列（见模板）", "add the column (see the template)"),
    "unknown_column": ("note", "加 id 或改名；不需要可不管",
                       "give it an id or a known name, or leave it"),
    "not_used": ("note", "不影响结果", "results do not depend on it"),
    "revised": ("note", "若非有意，请核对", "check it if it was not meant"),
    "converted": ("note", "可保留；最好改成数值或日期格式",
                  "it may stay; a plain number or date is better"),
    "error_cells": ("warning", "修复公式或清空", "mend the formula or clear the cell"),
}  # fmt: skip
COLUMNS = (
    "程度 Severity",
    "检查 Check",
    "位置 Place",
    "指标 Indicator",
    "问题 Finding",
    "怎么办 What to do",
)
#: The heading of the sheet ``checks``.
SHEET_HEAD = (
    "程度",
    "Severity",
    "位置 Place",
    "指标 Indicator",
    "问题",
    "Finding",
    "怎么办",
    "What to do",
)
NOTHING = ("没有发现问题。", "Nothing was found.")


@dataclass(frozen=True)
class Finding:
    """One thing found.

    Attributes
    ----------
    code : str
        Key of :data:`CHECKS`.
    sheet, cell : str
        Where it is; the cell is empty when it concerns the whole sheet.
    indicator : str
        Id; empty when it concerns none.
    zh, en : str
        What is the matter.
    """

    code: str
    sheet: str
    cell: str
    indicator: str
    zh: str
    en: str

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return CHECKS[self.code][0]

    @property
    def place(self) -> str:
        """Sheet and cell."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet


def rows(findings: Iterable[Finding]) -> list[tuple[str, ...]]:
    """Return a row of texts for each finding, as :data:`COLUMNS` heads them."""
    return [
        (
            " ".join(SEVERITIES[f.severity]),
            f.code,
            f.place,
            f.indicator,
            f"{f.zh} {f.en}",
            f"{CHECKS[f.code][1]}; {CHECKS[f.code][2]}",
        )
        for f in findings
    ]


def sheet_rows(findings: Sequence[Finding]) -> list[tuple[str, ...]]:
    """Return the rows of the sheet ``checks``, its heading first."""
    table: list[tuple[str, ...]] = [SHEET_HEAD]
    for f in findings:
        _, zh, en = CHECKS[f.code]
        table.append((*SEVERITIES[f.severity], f.place, f.indicator, f.zh, f.en, zh, en))
    if not findings:
        table.append(("", "", "", "", *NOTHING, "", ""))
    return table


def summary(findings: Sequence[Finding]) -> tuple[str, str]:
    """Say how many findings there are, in Chinese and English."""
    counts = Counter(f.severity for f in findings)
    if not findings:
        return NOTHING
    zh = "、".join(f"{SEVERITIES[s][0]} {counts[s]}" for s in SEVERITIES if counts[s])
    en = ", ".join(f"{counts[s]} {SEVERITIES[s][1]}s" for s in SEVERITIES if counts[s])
    return f"{zh}。", f"{en}."


def write_checks(
    path: Path, findings: Sequence[Finding], now: datetime | None = None
) -> Path | None:
    """Write the findings into the sheet ``checks`` of a closed book, replacing what it held.

    Returns
    -------
    Path or None
        The dated copy of the book; None when the sheet said the same already.

    Raises
    ------
    BookError
        ``not_our_sheet`` when the book has a sheet ``checks`` of its own; else as
        :func:`prosperity_excel.writing.cell_edits.edit_book`.
    """
    heads = read_guarded("first_cells", path, *CHECKS_SHEET)
    there = {name: head in ("", SHEET_HEAD[0]) for name, head in heads.items()}
    name = own_sheet_name(CHECKS_SHEET, there, path.name)
    cells: list[tuple[int, int, Value]] = [
        (r, c, text)
        for r, line in enumerate(sheet_rows(findings))
        for c, text in enumerate(line)
        if text
    ]
    return edit_book(path, {}, whole={name: cells}, now=now, verb="check")
