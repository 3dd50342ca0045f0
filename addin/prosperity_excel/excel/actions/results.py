"""Buttons that compute: sheets of results, backtests, and the refresh on opening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from prosperity.backtest import STATISTICS, Backtest
from prosperity.catalog import find
from prosperity.changes import Change
from prosperity.errors import ProsperityError
from prosperity.evaluation import Evaluation

from prosperity_excel import vintages
from prosperity_excel.book.former import former_of
from prosperity_excel.excel.actions.press import Press, held
from prosperity_excel.formulas.arguments import ArgumentError
from prosperity_excel.host.open_book import LiveBook
from prosperity_excel.host.patience import patiently
from prosperity_excel.host.write_blocks import (
    SheetBlock,
    find_sheet,
    own_sheet,
    refuse_read_only,
    write_block,
    write_blocks,
)
from prosperity_excel.host.xlwings_com import local_file, read_only
from prosperity_excel.ooxml.grid import FIRST_ROW, KEY_ROW, Grid
from prosperity_excel.results.sheet_layout import MARKS, industry_grid, result_grids, sheet_names
from prosperity_excel.runs.systems import refuse_systems_alone
from prosperity_excel.words.book_words import DUE_SHEET, PLAN_SHEET, RESULT_SHEET, SHEETS
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.statements import told_lines

BACKTEST_SHEET = ("backtest", "回测")


def refresh_industry(press: Press) -> str:
    """Compute one industry and write its sheet of results."""
    press.session.clear()
    return _write_results(press, press.evaluation((one_industry(press),)), whole=False)


def refresh_all(press: Press) -> str:
    """Compute all industries and write all sheets of results."""
    press.session.clear()
    said = _write_results(press, press.evaluation(), whole=True)
    return "\n".join([said, write_due_sheet(press)]) if _has_due(press) else said


def refresh_backtests(press: Press) -> str:
    """Write the statistics of all backtests to the backtest sheet."""
    press.session.clear()
    evaluation = press.evaluation()
    heads = ["标识 Id", "行业 Industry", "起始 Start", "结束 End"]
    rows: list[list[Any]] = [[*heads, *(f"{zh} {en}" for zh, en, _ in STATISTICS.values())]]
    for id, result in evaluation.industries.items():
        name = f"{result.definition.name_zh} {result.definition.name_en}"
        if result.backtest is not None:
            rows.append([id, name, *_tested(result.backtest)])
    if evaluation.combined is not None:
        rows.append(["combined", "综合策略 Combined", *_tested(evaluation.combined.backtest)])
    sheet = own_sheet(press.opened, BACKTEST_SHEET, heads[0])
    write_block(press.opened, (sheet,), rows, texts=(0, 1), dates=(2, 3))
    count = len(rows) - 1
    return press.say(
        (f"回测 {count} 个，见 {sheet} 表。", f"{count} backtests, on the sheet {sheet}.")
    )


def write_due_sheet(press: Press) -> str:
    """Write what is due before the next decision of the workbook's industries to its sheet due."""
    from prosperity_excel.results.due_sheet import DATES, SHEET_HEAD, TEXTS, sheet_rows

    press.session.clear()
    refuse_read_only(press.opened)
    sheet = own_sheet(press.opened, DUE_SHEET, SHEET_HEAD[0])
    found = press.outlooks()
    rows = sheet_rows(found, _changes(press))
    write_block(press.opened, (sheet,), rows, texts=TEXTS, dates=DATES)
    count = sum(len(one.prints) for one in found.outlooks)
    return press.say(
        (f"待公布 {count} 项，见 {sheet} 表。", f"{count} releases are due; see the sheet {sheet}.")
    )


def _has_due(press: Press) -> bool:
    """Whether the workbook has a sheet ``due`` of ours, which a refresh renews."""
    from prosperity_excel.results.due_sheet import SHEET_HEAD

    settings = press.view.resolved.settings
    sheet = find_sheet(press.opened, DUE_SHEET)
    if sheet is None or settings.sees_future or settings.timing == "nowcast":
        return False
    return bool(patiently(lambda: sheet.range((1, 1)).value) == SHEET_HEAD[0])


def _changes(press: Press) -> Sequence[Change]:
    """Return what changed since the last state kept of the workbook's file."""
    from prosperity_excel.runs.changed import since_kept

    own, file = press.view.world.own, local_file(press.opened)
    if own is None or file is None:
        return ()
    book = replace(own.book, path=file)
    return since_kept([book], (), press.view.resolved.settings, press.session.today())[0]


def refresh_on_opening(press: Press) -> str:
    """Refresh a book that has just been opened, where the user wants that.

    A book that is not one of ours, is open read-only or says ``off`` itself is left alone.
    """
    if press.view.resolved.refresh_on_open == "off" or read_only(press.book):
        return ""
    if press.view.world.own is None:
        return ""
    return refresh_all(press)


def one_industry(press: Press) -> str:
    """Return the industry that is meant: the workbook's only one, or the selected cell's."""
    found = held(press.books())
    if len(found) == 1:
        return found[0]
    selected = press.opened.app.selection
    value = None if selected is None else selected[0, 0].value
    known = {id: b.definitions[id] for b in press.books() for id in b.industries}
    if isinstance(value, str):
        try:
            return find(value, known).id
        except ProsperityError:
            pass
    names = "、".join(found[:6])
    raise ArgumentError(
        "which_industry",
        f"这里有 {len(found)} 个行业（{names} …）。请先选中写有行业 id 或名称的单元格。",
        f"There are {len(found)} industries here ({names.replace('、', ', ')} …). Select a cell "
        "that holds an industry's id or name first.",
    )


def _write_results(press: Press, evaluation: Evaluation, *, whole: bool) -> str:
    """Write sheets of results as ``prosperity refresh`` does.

    ``whole`` writes those of all industries and their overview; else only the evaluated ones.
    """
    books = press.books()
    refuse_systems_alone(books)
    definitions = {id: book.definitions[id] for book in books for id in book.industries}
    if whole:
        grids = result_grids(tuple(definitions.values()), evaluation)
    else:
        names = sheet_names(tuple(definitions))
        grids = tuple(
            industry_grid(definitions[id], names[id], result, evaluation)
            for id, result in evaluation.industries.items()
        )
    former = patiently(lambda: former_of(LiveBook(press.opened).workbook()))
    write_blocks(press.opened, [sheet_block(grid) for grid in grids])
    lines = told_lines(evaluation, former, press.say)
    unkept = _keep(press)
    return "\n".join([*lines, press.say(unkept)] if unkept else lines)


def _keep(press: Press) -> Pair | None:
    """Keep the active workbook's values beside its file, as the shell's refresh does.

    Returns why that is not possible, for a file on this machine; results are written all the same.
    """
    own, file = press.view.world.own, local_file(press.opened)
    if own is None or file is None:
        return None
    book = replace(own.book, path=file)
    error = vintages.keep_seen(book, at=datetime.now(), event="refresh", live=True, begin=True)
    return None if error is None else vintages.not_kept(error)


def sheet_block(grid: Grid) -> SheetBlock:
    """Return a sheet of results as one block of values with its text and date columns."""
    known = {RESULT_SHEET: SHEETS["result"], PLAN_SHEET[0]: PLAN_SHEET}
    words = known.get(grid.sheet, (grid.sheet,))
    places = [(b.at + n, column.kind) for b in grid.blocks for n, column in enumerate(b.columns)]
    return SheetBlock(
        words=words,
        rows=grid.values(),
        texts=tuple(at for at, kind in places if kind == "text" and at),
        dates=tuple(at for at, kind in places if kind == "date"),
        first_formatted=FIRST_ROW + 1,
        marks=MARKS,
        mark_row=KEY_ROW + 1,
    )


def _tested(tested: Backtest) -> list[Any]:
    return [tested.start, tested.end, *(tested.statistics[id] for id in STATISTICS)]
