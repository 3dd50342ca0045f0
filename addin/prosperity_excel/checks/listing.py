"""What a check can find, how bad it is, and what to do; the list as text and as a sheet."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Literal

from prosperity_excel.book.own_sheets import write_own_sheet
from prosperity_excel.ooxml.list_looks import ListLooks
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.vintages.identity import identity_for
from prosperity_excel.words.book_words import CHECKS_SHEET
from prosperity_excel.words.tongue import counted, is_chinese, spoken

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
    "refused": ("error", "改正后才能运行", "correct it, for run stops here"),
    "future": ("error", "改正月份，或清空这些值", "correct the months or clear the values"),
    "newest": ("warning", "先核对来源再用信号；若属实，在“已确认”列写一个字",
               "check it against the source before using the signal; if it is true, write a word "
               "in the column OK"),
    "unchanged": ("warning", "核对是否沿用了上月的值", "check whether last month's was repeated"),
    "premature": ("warning", "核对月份与滞后", "check the months and the lag"),
    "moved": ("warning", "与来源核对月份，必要时整列重贴",
              "compare the months with the source; paste the column again if need be"),
    "swapped_months": ("warning", "核对这两个月", "check both months"),
    "sign": ("warning", "核对符号，必要时改正一段", "check the sign; correct the part if need be"),
    "exchanged": ("warning", "核对两列的表头与数据", "check heads and data of both columns"),
    "range": ("warning", "核对表头、单位与来源；若范围不对，在 definition 表改合理下限与上限",
              "check head, unit and source; if the range is wrong, correct it in the sheet "
              "definition"),
    "copied": ("warning", "核对来源，重贴其中一处", "check the source and paste one of them again"),
    "step": ("warning", "核对口径；若改变，在表头加一行“断点”，填该月",
             "if the definition changed, add a header row 断点 with the month"),
    "kept_pattern": ("warning", "若非有意，用 prosperity restore 恢复或重新导入",
                     "unless it was meant, undo it with prosperity restore or import again"),
    "release_date": ("warning", "核对公布日", "check the release date"),
    "price_jump": ("warning", "核对是否换了指数、基期或复权",
                   "check whether index, base or adjustment changed"),
    "price_spike": ("warning", "核对当日收盘价", "check the day's close"),
    "price_frozen": ("warning", "重新导入这些天", "import these days again"),
    "price_missing": ("warning", "补上这些交易日", "fill in these trading days"),
    "price_copied": ("warning", "重新导入其中一列", "import one of the columns again"),
    "price_moved": ("warning", "核对日期，必要时整列重贴",
                    "check the dates; paste the column again if need be"),
    "price_swapped": ("warning", "核对指数与基准的表头", "check the heads of index and benchmark"),
    "price_kept": ("warning", "若非有意，用 prosperity restore 恢复或重新导入",
                   "unless it was meant, undo it with prosperity restore or import again"),
    "overdue": ("warning", "更新数据并导入", "fetch the data and import them"),
    "simulated": ("warning", "换成真实数据后，把“来源”一行改成真实来源",
                  "once real data stand there, name their source in the row 来源"),
    "gap": ("warning", "补上，或确认来源本来就没有",
            "fill it, or make sure that none was published"),
    "folded": ("note", "加 --all 逐条列出", "--all lists them"),
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
    "history": ("warning", "检查可以继续；按提示处理历史值文件",
                "checks go on; see to the file of kept values as it says"),
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
    "起自 Since",
    "把握 Confidence",
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
    "起自 Since",
    "把握 Confidence",
    "已确认 OK",
    "键 Key",
)
#: Places of the columns of the sheet in which the analyst confirms, and that tells findings apart.
CONFIRMED, KEY = SHEET_HEAD.index("已确认 OK"), SHEET_HEAD.index("键 Key")
#: The column that says where; widths of all, in letters; the key is for the program alone.
PLACE = SHEET_HEAD.index("位置 Place")
WIDTHS = (8, 9, 20, 22, 46, 46, 30, 30, 12, 14, 12, 0)
#: Letters and cell of a row by how bad it is; what is confirmed is grey.
COLOURS: Mapping[str, tuple[str, str]] = {
    '$K2<>""': ("8A8A8A", "FFFFFF"),
    '$B2="error"': ("8B1A1A", "F8D7D3"),
    '$B2="warning"': ("5C4400", "FFF0C9"),
    '$B2="note"': ("404040", "EEF2F7"),
}
LINE_POINTS = 14.0
_CELL = re.compile(r"\$?[A-Z]{1,3}\$?\d+")
#: How sure a finding is.
SURE: Mapping[str, tuple[str, str]] = {
    "": ("", ""),
    "sure": ("几乎肯定", "almost sure"),
    "likely": ("很可能", "likely"),
    "possible": ("可能", "possible"),
}
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
    since : str
        Month or day from which on it is so; empty when it is of no time.
    sure : {"", "sure", "likely", "possible"}
        How sure it is; empty for what is plainly so.
    digest : str
        Of the values that it is about: while they stay, it stays the same finding.
    folded : {"", "event", "early", "weight"}
        Why it is only counted.
    confirmed : str
        What the analyst wrote beside it in the sheet ``checks``.
    """

    code: str
    sheet: str
    cell: str
    indicator: str
    zh: str
    en: str
    since: str = ""
    sure: str = ""
    digest: str = ""
    folded: str = ""
    confirmed: str = ""

    @property
    def key(self) -> str:
        """Which finding it is: series, month, kind and values, or else place and text."""
        parts = [self.code, self.sheet, self.indicator, self.since]
        parts += [self.digest] if self.digest else [self.cell, self.zh]
        return digest_of(parts)

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return CHECKS[self.code][0]

    @property
    def place(self) -> str:
        """Sheet and cell."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet


def digest_of(parts: Iterable[object]) -> str:
    """Return a short digest of values."""
    return hashlib.sha256(repr(list(parts)).encode()).hexdigest()[:12]


def confirmed_in(sheet: Sheet | None) -> dict[str, str]:
    """Return what the analyst has confirmed in a sheet ``checks``: words by the findings' keys."""
    if sheet is None or not sheet.rows:
        return {}
    head = [str(cell or "") for cell in sheet.rows[0]]
    if SHEET_HEAD[CONFIRMED] not in head or SHEET_HEAD[KEY] not in head:
        return {}
    word, key = head.index(SHEET_HEAD[CONFIRMED]), head.index(SHEET_HEAD[KEY])
    pairs = [(sheet.cell(r, key), sheet.cell(r, word)) for r in range(1, len(sheet.rows))]
    return {str(k): str(w).strip() for k, w in pairs if k and w is not None and str(w).strip()}


def open_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that nobody has confirmed and that are not folded into a line."""
    return [f for f in findings if not f.confirmed and not f.folded]


def rows(findings: Iterable[Finding]) -> list[tuple[str, ...]]:
    """Return a row of texts for each finding, as :data:`COLUMNS` heads them."""
    return [
        (
            spoken(*SEVERITIES[f.severity]),
            f.code,
            f.place,
            f.indicator,
            spoken(f.zh, f.en),
            spoken(*CHECKS[f.code][1:], "; "),
            f.since,
            f.confirmed or spoken(*SURE[f.sure]),
        )
        for f in findings
    ]


def sheet_rows(findings: Sequence[Finding]) -> list[tuple[str, ...]]:
    """Return the rows of the sheet ``checks``, its heading first."""
    table: list[tuple[str, ...]] = [SHEET_HEAD]
    shown = [f for f in findings if not f.folded]
    for f in sorted(shown, key=lambda f: bool(f.confirmed)):
        _, zh, en = CHECKS[f.code]
        sure = " ".join(SURE[f.sure]).strip()
        told = (*SEVERITIES[f.severity], f.place, f.indicator, f.zh, f.en, zh, en)
        table.append((*told, f.since, sure, f.confirmed, f.key))
    if not shown:
        table.append(("", "", "", "", *NOTHING, *([""] * 6)))
    return table


def summary(findings: Sequence[Finding]) -> tuple[str, str]:
    """Say how many findings there are, in Chinese and English."""
    left = open_findings(findings)
    counts = Counter(f.severity for f in left)
    zh = "、".join(f"{SEVERITIES[s][0]} {counts[s]}" for s in SEVERITIES if counts[s])
    en = ", ".join(counted(counts[s], SEVERITIES[s][1]) for s in SEVERITIES if counts[s])
    told = (f"{zh}。", f"{en}.") if left else NOTHING
    confirmed = sum(bool(f.confirmed) for f in findings)
    if not confirmed:
        return told
    return f"{told[0]}另有 {confirmed} 处已确认。", f"{told[1]} Confirmed besides: {confirmed}."


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
        :func:`prosperity_excel.ooxml.edits.edit_book`.
    """
    table = sheet_rows(findings)
    looks = ListLooks(WIDTHS, COLOURS, links_of(table), heights_of(table))
    return write_own_sheet(path, CHECKS_SHEET, table, now, "check", identity_for(path), looks=looks)


def heights_of(table: Sequence[Sequence[str]]) -> dict[int, float]:
    """Return how high each row must be for its wrapped texts, in points."""
    found = {}
    for row, line in enumerate(table):
        lines = [
            ceil(sum(1 + is_chinese(sign) for sign in text) * 1.1 / width)
            for text, width in zip(line, WIDTHS, strict=True)
            if width
        ]
        found[row] = LINE_POINTS * max(1, *lines) + 3
    return found


def links_of(table: Sequence[Sequence[str]]) -> dict[tuple[int, int], str]:
    """Return the cells of the sheet that name a place, and the cell that each leads to."""
    found: dict[tuple[int, int], str] = {}
    for row, line in enumerate(table[1:], 1):
        sheet, mark, cell = line[PLACE].partition("!")
        if mark and (first := _CELL.match(cell)):
            quoted = sheet.replace("'", "''")
            found[row, PLACE] = f"'{quoted}'!{first[0]}"
    return found
