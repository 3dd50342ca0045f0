"""The preview of an import as the rows of a sheet, and what an analyst answers there.

The options and the column of targets can be changed; everything else tells. A short text in the
first row stands for all that is shown and would be written: an import is written only when it is
planned again and the text is still the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from prosperity.errors import BookError

from prosperity_excel.exports.export_series import SeriesKey
from prosperity_excel.exports.layouts import LAYOUTS
from prosperity_excel.intake.candidates import HOW
from prosperity_excel.intake.items import STATUS, ZEROS, Item, Options, Plan
from prosperity_excel.intake.plausibility import offered as answers_offered
from prosperity_excel.intake.said import offered, said, sheet_lines, span
from prosperity_excel.series.monthly import JAN_FEB
from prosperity_excel.sheets.cells import text
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.words.book_words import IMPORT_SHEET, clean
from prosperity_excel.words.import_words import OPTIONS

#: What stands in the first cell of the sheet, and in front of each file.
MARK, FILE = "导入预览 Import preview", "文件 File"
COLUMNS = (
    "序列 Series",
    "目标列 Target",
    "答复 Answer",
    "候选 Candidates",
    "结果 Outcome",
    "依据 By",
    "区间 Span",
    "值 Values",
    "新增 New",
    "改动 Changed",
    "可用答复 Answers offered",
    "工作簿 Book",
    "导出 Export",
    "代码 Vendor id",
    "单位 Unit",
    "文件 File",
    "表 Sheet",
    "位置 Place",
    "问题与说明",
    "Questions and remarks",
)
#: What options are called on the sheet.
LABELS = {
    "--layout": "版式 Layout",
    "--jan-feb": "1-2月 Jan-Feb",
    "--zeros": "开头的零 Zeros",
    "--break": "断点 Break",
}
#: Columns that hold texts even where these look like numbers or formulas.
TEXTS = (*range(7), *range(10, 18))
#: Longest text of remarks; a cell of Excel takes more, but nobody reads it.
_LONGEST = 2000
_TARGET = COLUMNS.index("目标列 Target")
_ANSWER = COLUMNS.index("答复 Answer")
_CANDIDATES = COLUMNS.index("候选 Candidates")
_KEY = tuple(COLUMNS.index(name) for name in ("文件 File", "表 Sheet", "位置 Place", "序列 Series"))
_SCORED = re.compile(r" \d\.\d\d$")
_HELP = (
    "B 列可以改：选项，和每个序列的目标列（清空则不导入）；C 列填对疑问的答复，可用的列在“可用答复”"
    "。改后按“写入导入”。 Column B is yours: options, and the column that each series fills (blank "
    "leaves it out); so is C: answers to doubts, out of those offered. Then Write import."
)
_FILE_HELP = "每个文件一行。One row for each file."


@dataclass(frozen=True)
class Answers:
    """What a sheet of a preview says: files, options, and which preview it is."""

    files: tuple[Path, ...]
    options: Options
    shown: str


def preview_rows(files: Sequence[Path], plan: Plan, free: Plan) -> list[list[Any]]:
    """Return the rows of the sheet, all equally long.

    Parameters
    ----------
    files
        The exports.
    plan
        What would happen.
    free
        What would happen if the user had chosen no column for any series.
    """
    table = _table(plan, free)
    rows: list[list[Any]] = [[MARK, _shown(plan, table), _HELP]]
    rows += [[FILE, str(file), _FILE_HELP] for file in files]
    rows += [list(row) for row in _option_rows(plan.options)]
    rows += [[], list(COLUMNS), *map(list, table), []]
    rows += [[line] for line in sheet_lines(plan.readings)]
    rows += [[f"{zh} {en}"] for zh, en in plan.remarks]
    return [row + [None] * (len(COLUMNS) - len(row)) for row in rows]


def is_shown(answers: Answers, plan: Plan, free: Plan) -> bool:
    """Whether a plan is the very one that a sheet shows."""
    return answers.shown == _shown(plan, _table(plan, free))


def read_answers(sheet: Sheet) -> Answers:
    """Read a sheet that :func:`preview_rows` filled and an analyst may have changed.

    Raises
    ------
    BookError
        ``no_preview`` when it is no such sheet any more.
    """
    lines = [[clean(text(cell)) for cell in row] for row in sheet.rows]
    head = next((n for n, line in enumerate(lines) if line[:1] == [clean(COLUMNS[0])]), None)
    if head is None or lines[0][:1] != [MARK]:
        raise no_preview(sheet.book)
    # Names of files may hold signs of full width, so they are taken as they stand.
    named = [(line[0], text(sheet.cell(n, 1))) for n, line in enumerate(lines[:head]) if line]
    files = tuple(Path(path.strip('"')) for name, path in named if name == FILE and path)
    value = {name: clean(said) for name, said in named}
    options = Options(
        layout=value.get(LABELS["--layout"], ""),
        jan_feb=value.get(LABELS["--jan-feb"]) or "combined",  # type: ignore[arg-type]
        zeros=value.get(LABELS["--zeros"]) or "ask",  # type: ignore[arg-type]
        breaks=tuple(filter(None, re.split(r"[;,\s]+", value.get(LABELS["--break"], "")))),
        choices=dict(_choices(lines[head + 1 :])),
        replies=dict(_replies(lines[head + 1 :])),
    )
    return Answers(files, options, value.get(MARK, ""))


def no_preview(book: str) -> BookError:
    """Return the error that there is no preview to be written."""
    return BookError(
        "no_preview",
        f"没有可写入的预览。请先按“导入数据”，它会生成 {IMPORT_SHEET[0]} 表。",
        f"There is no preview to write. Press Import export first; it makes the sheet "
        f"{IMPORT_SHEET[0]}.",
        where=book,
    )


def _option_rows(options: Options) -> Iterator[tuple[str, str, str]]:
    values = {
        "--layout": (options.layout, ", ".join(layout.id for layout in LAYOUTS)),
        "--jan-feb": (options.jan_feb, ", ".join(JAN_FEB)),
        "--zeros": (options.zeros, ", ".join(ZEROS)),
        "--break": ("; ".join(options.breaks), "ID@2021-03=100; ..."),
    }
    for name, (value, allowed) in values.items():
        zh, en = OPTIONS[name]
        yield LABELS[name], value, f"{zh}{en} ({allowed})"


def _table(plan: Plan, free: Plan) -> list[tuple[Any, ...]]:
    return [_item_row(item, f) for item, f in zip(plan.items, free.items, strict=True)]


def _item_row(item: Item, free: Item) -> tuple[Any, ...]:
    series = item.series
    remarks = said(item)
    return (
        series.title,
        _target(item),
        "; ".join(item.answered),
        _target(free) or offered(free),
        " ".join(STATUS[item.status]),
        " ".join(HOW[item.how.how]) if item.how else "",
        span(item),
        len(item.values) or None,
        item.added if item.target else None,
        item.revised if item.target else None,
        ", ".join(answers_offered(item.against)),
        "; ".join(r.stored for r in item.against if r.stored),
        "; ".join(r.export for r in item.against if r.export),
        series.source_id,
        series.unit,
        series.book,
        series.sheet,
        series.place,
        "；".join(zh for zh, _ in remarks)[:_LONGEST],
        "; ".join(en for _, en in remarks)[:_LONGEST],
    )


def _target(item: Item) -> str:
    """Return the column that a series fills, or that the user wants it to fill."""
    if item.target is None or item.how is None:
        return ""
    filling = item.status in ("write", "same") or item.how.how == "asked"
    return item.target.id if filling else ""


def _choices(lines: Sequence[Sequence[str]]) -> Iterator[tuple[SeriesKey, str]]:
    """Yield the targets that differ from what was proposed, down to the first blank row."""
    for line in lines:
        cells = [*line, *[""] * (len(COLUMNS) - len(line))]
        if not any(cells):
            return
        typed = _SCORED.sub("", cells[_TARGET])
        proposed = "" if _SCORED.search(cells[_CANDIDATES]) else cells[_CANDIDATES]
        if typed != proposed:
            book, name, place, title = (cells[at] for at in _KEY)
            yield (book, name, place, title), typed


def _replies(lines: Sequence[Sequence[str]]) -> Iterator[tuple[SeriesKey, str]]:
    """Yield what is typed, or left of what was shown, as answers, down to the first blank row."""
    for line in lines:
        cells = [*line, *[""] * (len(COLUMNS) - len(line))]
        if not any(cells):
            return
        book, name, place, title = (cells[at] for at in _KEY)
        if cells[_ANSWER]:
            yield (book, name, place, title), cells[_ANSWER]


def _shown(plan: Plan, table: Sequence[tuple[Any, ...]]) -> str:
    """Return a short text that differs when what is shown, or would be written, does."""
    content = blake2b(digest_size=8)
    content.update(repr(table).encode())
    for item in plan.items:
        content.update(repr(item.lasting).encode())
        changes = [(c.when, c.old, c.new) for c in item.changes]
        content.update(repr((changes, sorted(item.releases.items()), item.unit)).encode())
    return f"#{content.hexdigest()}"
