"""Importing into an open workbook: a preview on a sheet, then the writing of what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from prosperity_excel.book.book import read_workbook
from prosperity_excel.excel.previews import Previews
from prosperity_excel.exports.export_series import SheetReading
from prosperity_excel.host.open_book import LiveBook
from prosperity_excel.host.patience import patiently
from prosperity_excel.host.protocol import Book, Sheet
from prosperity_excel.host.write_blocks import find_sheet, own_sheet, refuse_read_only, write_block
from prosperity_excel.host.write_cells import write_edits
from prosperity_excel.host.xlwings_com import full_name, local_file
from prosperity_excel.intake.carry_out import carry_out
from prosperity_excel.intake.items import Options, Plan
from prosperity_excel.intake.planning import plan_readings, read_exports
from prosperity_excel.intake.preview import (
    MARK,
    TEXTS,
    is_shown,
    no_preview,
    preview_rows,
    read_answers,
)
from prosperity_excel.intake.said import outcome, waiting
from prosperity_excel.intake.targets import targets_of
from prosperity_excel.ooxml.row_edits import SheetEdit
from prosperity_excel.words.book_words import IMPORT_SHEET
from prosperity_excel.words.pair import Pair


@dataclass(frozen=True)
class Shown:
    """What a preview is of: files of exports, or what vendors gave."""

    files: tuple[Path, ...]
    fetched: tuple[SheetReading, ...] = ()


CHANGED: Pair = (
    "预览有变化，已更新，尚未写入；请查看后再按一次“写入导入”。",
    "The preview changed and was renewed; nothing was written. Look at it and press Write import "
    "again.",
)
#: Widths of the columns of a new sheet, in letters.
_WIDTHS = {"A": 34, "B": 24, "C": 18, "D": 30, "E": 18, "F": 28, "G": 18, "K": 24, "L": 18,
           "M": 18, "R": 10, "S": 60, "T": 60}  # fmt: skip


def preview(book: Book, files: Sequence[Path], previews: Previews) -> Pair:
    """Plan an import and write what would happen on the sheet ``import``; write no data.

    Parameters
    ----------
    book
        An open workbook.
    files
        Exports, as the shell's ``prosperity import`` takes them.
    previews
        Where it is remembered what was shown.

    Returns
    -------
    pair of str
        How many series would be written, and what must be confirmed.

    Raises
    ------
    BookError, DataError, DefinitionError, SettingError
        As :mod:`prosperity_excel.intake.planning` and
        :func:`prosperity_excel.host.write_blocks.write_block` say.
    """
    refuse_read_only(book)
    readings = read_exports(files, Options())
    plan, free = _planned(book, readings, Options())
    return _show(book, Shown(tuple(files)), plan, free, previews)


def preview_fetched(book: Book, fetched: Sequence[SheetReading], previews: Previews) -> Pair:
    """Write what an import of vendors' answers would do on the sheet ``import``; no data.

    Raises
    ------
    BookError, DataError, DefinitionError
        As :func:`preview`.
    """
    refuse_read_only(book)
    plan, free = _planned(book, fetched, Options())
    return _show(book, Shown((), tuple(fetched)), plan, free, previews)


def write(book: Book, previews: Previews) -> Pair:
    """Write the import that the sheet ``import`` shows, with what the user changed there.

    It is planned again; when that does not give what the sheet shows, the sheet is renewed and no
    data are written. A sheet that was not filled here is not carried out at all.

    Raises
    ------
    BookError, DataError, DefinitionError, SettingError
        As :func:`preview` and :func:`prosperity_excel.host.write_cells.write_edits` say.
    """
    refuse_read_only(book)
    live = LiveBook(book)
    shown = find_sheet(book, [own_sheet(book, IMPORT_SHEET, MARK)])
    if shown is None:
        raise no_preview(live.name)
    answers = read_answers(patiently(lambda: live.values(str(shown.name))))
    identity = full_name(book)
    previews.check(identity, answers, live.name)
    source = Shown(answers.files, previews.fetched(identity))
    readings = (*read_exports(source.files, answers.options), *source.fetched)
    plan, free = _planned(book, readings, answers.options)
    if not is_shown(answers, plan, free):
        zh, en = _show(book, source, plan, free, previews)
        return f"{CHANGED[0]}\n{zh}", f"{CHANGED[1]}\n{en}"
    remarks: list[Pair] = []

    def written(edits: Mapping[str, SheetEdit]) -> None:
        tables = {table.sheet.name: table for table in plan.book.tables.values()}
        remarks.extend(write_edits(book, edits, tables))

    done = carry_out(
        plan,
        write=written,
        read=lambda: patiently(lambda: read_workbook(LiveBook(book).workbook())),
        now=datetime.now(),
        live=True,
    )
    said = [outcome(done), *remarks]
    return "\n".join(zh for zh, _ in said), "\n".join(en for _, en in said)


def _planned(book: Book, readings: Sequence[SheetReading], options: Options) -> tuple[Plan, Plan]:
    """Return the plan, and the one without the columns that the user chose for single series."""
    target = patiently(lambda: targets_of(LiveBook(book).workbook(), local_file(book)))
    free = plan_readings(readings, target, replace(options, choices={}))
    return (plan_readings(readings, target, options) if options.choices else free), free


def _show(book: Book, source: Shown, plan: Plan, free: Plan, previews: Previews) -> Pair:
    name = own_sheet(book, IMPORT_SHEET, MARK)
    is_new = find_sheet(book, [name]) is None
    rows = preview_rows(source.files, plan, free)
    sheet = write_block(book, (name,), rows, texts=TEXTS)
    previews.keep(full_name(book), source.files, str(rows[0][1]), source.fetched)
    if is_new:
        for column, width in _WIDTHS.items():
            _set_width(sheet, column, width)
    count, without = len(plan.writes), sum(item.status == "none" for item in plan.items)
    added = sum(item.added for item in plan.writes)
    revised = sum(item.revised for item in plan.writes)
    said = [
        (
            f"会写入 {count} 个序列：新增 {added} 个值，改动 {revised} 个；"
            f"{without} 个序列没有对应的列。见 {name} 表，核对后按“写入导入”。",
            f"{count} series would be written: {added} values new, {revised} changed; {without} "
            f"series have no column. Look at the sheet {name}, then press Write import.",
        )
    ]
    left = waiting(plan)
    said += [left] if left else []
    return "\n".join(zh for zh, _ in said), "\n".join(en for _, en in said)


def _set_width(sheet: Sheet, column: str, width: int) -> None:
    patiently(lambda: setattr(sheet.range(f"{column}:{column}"), "column_width", width))
