"""Checking the data of an open workbook: everything that reading it finds, as a table."""

from __future__ import annotations

from typing import Any

from prosperity.errors import BookError, ProsperityError

from prosperity_excel.session import View

HEADINGS = ("类别 Kind", "位置 Place", "说明", "What")
PROBLEM, CONVERTED = "问题 problem", "换算 converted"
SEVERITIES = {"warning": "提醒 warning", "note": "说明 note"}


def check(view: View) -> list[list[Any]]:
    """Return a heading and a row a finding: problems first, then warnings, notes, conversions.

    Raises
    ------
    BookError
        ``not_ours`` when the workbook has not our sheets.
    """
    own = view.world.own
    if own is None:
        raise BookError(
            "not_ours",
            "本工作簿没有 data 与 prices 表，没有可检查的数据。请打开行业工作簿，或用“新建模板”。",
            "This book has no data and prices sheets, so there is nothing to check. Open an "
            "industry's book, or use New template.",
        )
    table: list[list[Any]] = [list(HEADINGS)]
    try:
        book = own.book
    except ProsperityError as error:
        lines = zip(error.zh.splitlines(), error.en.splitlines(), strict=False)
        return table + [[PROBLEM, error.where, zh, en] for zh, en in lines]
    for severity, kind in SEVERITIES.items():
        table += [[kind, own.name, n.zh, n.en] for n in book.notices if n.severity == severity]
    table += [[CONVERTED, c.sheet, c.text("zh"), c.text("en")] for c in book.coercions]
    return table
