"""Answers into the sheet ``llm_views`` of a closed book, a row an asset and repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from prosperity.errors import BookError

from prosperity_excel.files.regular import content_of
from prosperity_excel.ooxml.edits import edit_book
from prosperity_excel.ooxml.grid import Value
from prosperity_excel.ooxml.row_edits import SheetEdit
from prosperity_excel.sheets.cells import text
from prosperity_excel.sheets.workbook import Sheet, open_workbook
from prosperity_excel.views.asking import Asked
from prosperity_excel.vintages.identity import identity_for
from prosperity_excel.words.book_words import fold

SHEET = ("llm_views", "语言模型观点")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "asset": ("asset", "资产", "行业"),
    "from": ("from", "date", "日期", "决策日", "起"),
    "task": ("task", "任务"),
    "score": ("score", "分数", "得分"),
    "repeat": ("repeat", "重复"),
    "model": ("model", "模型"),
    "prompt": ("prompt", "prompt_id", "提示词"),
    "asked_at": ("asked_at", "询问时间"),
}
#: Without which a row says nothing.
NEEDED = ("asset", "from", "task", "score")


def write_answers(
    path: Path, asked: Asked, *, now: datetime | None = None
) -> tuple[int, Path | None]:
    """Add answers below what the sheet holds; those that stand there already are not added.

    Returns
    -------
    int, Path or None
        How many rows were added, and the dated copy of the book.

    Raises
    ------
    BookError
        ``missing_sheet`` where the book has no such sheet, or as
        :func:`prosperity_excel.ooxml.edits.edit_book`.
    """
    content = content_of(path)
    workbook = open_workbook(path)
    name = workbook.named(SHEET)
    head = None if name is None else _head(workbook.sheet(name))
    if name is None or head is None:
        raise BookError(
            "no_sheet_of_views",
            f"工作簿没有 {SHEET[0]} 表；请用 prosperity template news_{asked.wish.task} 生成模板。",
            f"The book has no sheet {SHEET[0]}; 'prosperity template news_{asked.wish.task}' makes "
            "a book with one.",
            where=path.name,
        )
    sheet, (row, at) = workbook.sheet(name), head
    there = {_key(sheet, n, at) for n in range(row + 1, len(sheet.rows))}
    rows = [r for r in _rows(asked) if _key_of(r) not in there]
    first = _first_free(sheet, row + 1)
    cells: dict[tuple[int, int], Value] = {
        (first + n, at[column]): value
        for n, said in enumerate(rows)
        for column, value in said.items()
        if column in at
    }
    if not cells:
        return 0, None
    edits = {name: SheetEdit(cells, (), row + 1)}
    backup = edit_book(
        path, edits, now=now, expected=content, verb="views", identity=identity_for(path)
    )
    return len(rows), backup


def _rows(asked: Asked) -> list[dict[str, Value]]:
    wish = asked.wish
    return [
        {
            "asset": id,
            "from": wish.day,
            "task": wish.task,
            "score": float(score),
            "repeat": str(answer.repeat + 1),
            "model": wish.model,
            "prompt": asked.prompt.id,
            "asked_at": answer.asked_at.date(),
        }
        for answer in asked.answers
        for id, score in answer.scores.items()
    ]


def _head(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    for number, row in enumerate(sheet.rows[:20]):
        words = [fold(text(cell)) for cell in row]
        at = {
            name: words.index(fold(word))
            for name, known in COLUMNS.items()
            for word in known[::-1]
            if fold(word) in words
        }
        if set(NEEDED) <= at.keys():
            return number, at
    return None


_TOLD_APART = ("asset", "from", "task", "repeat", "model", "prompt")


def _key(sheet: Sheet, row: int, at: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(_plain(sheet.cell(row, at[name])) if name in at else "" for name in _TOLD_APART)


def _key_of(row: Mapping[str, Value]) -> tuple[str, ...]:
    return tuple(_plain(row[name]) for name in _TOLD_APART)


def _plain(value: object) -> str:
    day = getattr(value, "isoformat", None)
    if day is not None:
        return str(day())[:10]
    shown = text(value)  # type: ignore[arg-type]
    return fold(shown.removesuffix(".0"))


def _first_free(sheet: Sheet, begin: int) -> int:
    """Return the first row below everything that stands in the sheet."""
    filled = [n for n, row in enumerate(sheet.rows) if any(cell is not None for cell in row)]
    return max([begin, *(n + 1 for n in filled)])


def stability(scores: Sequence[int]) -> float:
    """Return the share of scores at the most frequent one."""
    return max(scores.count(score) for score in set(scores)) / len(scores)
