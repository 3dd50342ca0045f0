"""Writing a table into a sheet of an open workbook: one block, or the sheet as it was."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from prosperity.errors import BookError

from prosperity_excel.book.own_sheets import not_our_sheet, own_sheet_name
from prosperity_excel.host.patience import patiently
from prosperity_excel.host.protocol import Book, Range, Sheet
from prosperity_excel.host.steps import (
    Step,
    formula_property,
    put_content,
    record,
    snapshot,
    trimmed,
)
from prosperity_excel.host.xlwings_com import read_only
from prosperity_excel.words.book_words import fold

__all__ = ["formula_property", "snapshot", "write_block", "write_blocks"]

DATE_FORMAT = "yyyy-mm-dd"
TEXT_FORMAT = "@"


def find_sheet(book: Book, words: Sequence[str]) -> Sheet | None:
    """Return the first sheet of an open workbook that is called by one of ``words``."""
    folded = [fold(word) for word in words]
    sheets = {fold(str(sheet.name)): sheet for sheet in book.sheets}
    return next((sheets[word] for word in folded if word in sheets), None)


@dataclass(frozen=True)
class SheetBlock:
    """What is to stand in a sheet; see :func:`write_block` for the fields of the same names.

    ``first_formatted`` is the first row, from 1, of the columns that are formatted. A sheet that is
    there and not blank must have one of ``marks`` in column A of row ``mark_row``, from 1.
    """

    words: Sequence[str]
    rows: Sequence[Sequence[Any]]
    texts: Collection[int] = ()
    dates: Collection[int] = ()
    first_formatted: int = 1
    marks: Collection[str] = ()
    mark_row: int = 1


def write_blocks(book: Book, blocks: Sequence[SheetBlock]) -> None:
    """Write several sheets, or none: what was written is put back when a later one fails.

    Raises
    ------
    BookError, ExcelBusyError
        ``not_our_sheet`` before anything is written; else as :func:`write_block` says.
    """
    done: list[tuple[Sheet, bool, list[list[Any]] | None]] = []
    olds = [find_sheet(book, block.words) for block in blocks]
    befores = [None if old is None else patiently(lambda old=old: snapshot(old)) for old in olds]  # type: ignore[misc]
    for block, old, before in zip(blocks, olds, befores, strict=True):
        if block.marks and before is not None and not _is_ours(before, block):
            raise not_our_sheet(str(old.name), str(book.name))  # type: ignore[union-attr]
    try:
        for block, old, before in zip(blocks, olds, befores, strict=True):
            sheet = write_block(
                book,
                block.words,
                block.rows,
                texts=block.texts,
                dates=block.dates,
                first_formatted=block.first_formatted,
            )
            done.append((sheet, old is None, before))
    except Exception as error:
        try:
            for sheet, made, before in reversed(done):
                _undo(sheet, made, before)
        except Exception as again:
            raise not_put_back(book, str(blocks[0].words[0]), again) from error
        raise


def _is_ours(rows: list[list[Any]], block: SheetBlock) -> bool:
    marked = rows[block.mark_row - 1][:1] if len(rows) >= block.mark_row else []
    return any(mark in block.marks for mark in marked) or not trimmed(rows)


def write_block(
    book: Book,
    words: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    first_row: int = 1,
    texts: Collection[int] = (),
    dates: Collection[int] = (),
    first_formatted: int | None = None,
) -> Sheet:
    """Write rows into a sheet, in place of what stood there from ``first_row`` on.

    Parameters
    ----------
    book
        An open workbook.
    words
        Names of the sheet; it is made under the first when there is none.
    rows
        Of equal length; missing values become blank cells.
    first_row
        Row of the first one, from 1.
    texts, dates
        Columns, from 0, that are formatted before they are written, so that Excel neither turns a
        code into a number nor shows a date as one.
    first_formatted
        First row of those columns, from 1; None is ``first_row``.

    Returns
    -------
    Sheet

    Raises
    ------
    BookError
        ``cannot_write_sheet``, for instance because the sheet is protected; the workbook is then
        as it was.
    ExcelBusyError
        When Excel does not answer.
    """
    refuse_read_only(book)
    sheet = find_sheet(book, words)
    made = sheet is None
    before: list[list[Any]] | None = None
    formats: dict[int, str] = {}
    top = first_row if first_formatted is None else first_formatted
    height = len(rows) - (top - first_row)
    try:
        if sheet is None:
            sheet = patiently(lambda: book.sheets.add(words[0], after=book.sheets[-1]))
        else:
            before = snapshot(sheet)
            formats = _formats(sheet, top, max(height, 1), (*texts, *dates))
        patiently(lambda: _write(sheet, rows, first_row, texts, dates, top))
    except Exception as error:
        try:
            if sheet is not None:
                _undo(sheet, made, before)
                _put_formats(sheet, top, max(height, 1), formats)
        except Exception as again:
            raise not_put_back(book, words[0], again) from error
        if isinstance(error, TimeoutError):
            raise
        raise cannot_write(book, words[0], error) from error
    record(*_steps_back(sheet, made, before, formats, top, max(height, 1)))
    return sheet


def _steps_back(
    sheet: Sheet,
    made: bool,
    before: list[list[Any]] | None,
    formats: dict[int, str],
    top: int,
    height: int,
) -> list[Step]:
    """Return how a written sheet is taken back."""
    name = str(sheet.name)
    if made or before is None:
        return [Step("delete_sheet", name)]
    parts = {c: str(_column(sheet, top, height, c).address) for c in formats}
    shown = [Step("format", name, parts[c], formats[c]) for c in formats]
    # Done from the end: first the formats, in which the old content is then entered.
    return [Step("content", name, before=before), *shown]


def own_sheet(book: Book, words: Sequence[str], mark: str) -> str:
    """Return the name of the sheet that we may fill: ours, a blank one, or one to be made.

    Parameters
    ----------
    book
        An open workbook.
    words
        Names that the sheet may have; a new one gets the first.
    mark
        What stands in the first cell of ours.

    Raises
    ------
    BookError
        ``not_our_sheet`` when somebody else's sheet has the first name.
    """
    there: dict[str, bool] = {}
    for sheet in filter(None, (find_sheet(book, [word]) for word in words)):
        held = trimmed(patiently(lambda sheet=sheet: snapshot(sheet)))  # type: ignore[misc]
        there[str(sheet.name)] = not held or held[0][:1] == [mark]
    return own_sheet_name(words, there, str(book.name))


def refuse_read_only(book: Book) -> None:
    """Raise when Excel has the book open read-only, before anything is done to it.

    Raises
    ------
    BookError
        ``book_read_only``.
    """
    if patiently(lambda: read_only(book)):
        raise BookError(
            "book_read_only",
            "工作簿以只读方式打开，写入后无法保存。请另存一份，再试一次。",
            "The book is open read-only and could not be saved afterwards. Save a copy and try "
            "again.",
            where=str(book.name),
        )


def _write(
    sheet: Sheet,
    rows: Sequence[Sequence[Any]],
    first_row: int,
    texts: Collection[int],
    dates: Collection[int],
    top: int,
) -> None:
    used = sheet.used_range
    bottom, right = used.row + used.shape[0] - 1, used.column + used.shape[1] - 1
    if bottom >= first_row:
        sheet.range((first_row, 1), (bottom, right)).clear_contents()
    for columns, number_format in ((texts, TEXT_FORMAT), (dates, DATE_FORMAT)):
        for column in columns:
            height = len(rows) - (top - first_row)
            _column(sheet, top, max(height, 1), column).number_format = number_format
    sheet.range((first_row, 1)).value = [[plain(value) for value in row] for row in rows]


def _column(sheet: Sheet, first_row: int, height: int, column: int) -> Range:
    return sheet.range((first_row, column + 1), (first_row + height - 1, column + 1))


def _formats(sheet: Sheet, first_row: int, height: int, columns: Collection[int]) -> dict[int, str]:
    """Return the number formats of columns that have one throughout."""
    found = {c: _column(sheet, first_row, height, c).number_format for c in columns}
    return {column: shown for column, shown in found.items() if shown is not None}


def _put_formats(sheet: Sheet, first_row: int, height: int, formats: dict[int, str]) -> None:
    """Give columns the number formats that :func:`_formats` found, where they lost them."""
    for column, shown in formats.items():
        part = _column(sheet, first_row, height, column)
        if part.number_format != shown:
            part.number_format = shown


def _undo(sheet: Sheet, made: bool, before: list[list[Any]] | None) -> None:
    if made:
        patiently(sheet.delete)
    elif before is not None:
        put_content(sheet, before)


def cannot_write(book: Book, sheet: str, error: Exception) -> BookError:
    """Return the error that a sheet could not be written, and everything is as it was."""
    return BookError(
        "cannot_write_sheet",
        f"无法写入工作表 {sheet}（{_said(error)}）。请取消保护或换一个工作簿；原内容未变。",
        f"The sheet {sheet} cannot be written ({_said(error)}). Unprotect it or use another book; "
        "nothing was changed.",
        where=str(book.name),
    )


def not_put_back(book: Book, sheet: str, error: Exception) -> BookError:
    """Return the error that a sheet was half written and could not be put back."""
    return BookError(
        "not_put_back",
        f"写入工作表 {sheet} 失败，原内容也没能恢复（{_said(error)}）。请不保存关闭本工作簿。",
        f"Writing the sheet {sheet} failed, and its old content could not be put back "
        f"({_said(error)}). Close this book without saving.",
        where=str(book.name),
    )


def plain(value: Any) -> Any:
    """Return a value as it is written: blank for missing, no text that becomes a formula."""
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, str):
        return f"'{value}" if value.startswith(("=", "+", "-", "@")) else value
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, bool | datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return float(value) if math.isfinite(value) else None


def _said(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
