"""Buttons of systems: their sheets of results, the sheet of the plan, and its report."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from prosperity.errors import BookError, DataError
from prosperity.evaluation import Evaluation

from prosperity_excel.book.book import Book
from prosperity_excel.excel import work
from prosperity_excel.excel.actions.press import Press, no_books, open_file
from prosperity_excel.excel.actions.reports import replacing_file, with_suffix
from prosperity_excel.excel.actions.results import sheet_block
from prosperity_excel.files.replacing import replacing
from prosperity_excel.formulas.system_sources import holds_system
from prosperity_excel.host.write_blocks import refuse_read_only, write_blocks
from prosperity_excel.results.plan_layout import plan_grid
from prosperity_excel.results.refresh import system_grids
from prosperity_excel.runs.evaluate import evaluate_books
from prosperity_excel.words.system_statements import on_words, position_words


def refresh_systems(press: Press) -> str:
    """Compute the workbook's systems and write their sheets of results."""
    press.session.clear()
    refuse_read_only(press.opened)
    own = press.view.world.own
    if own is None or not own.book.systems:
        raise BookError(
            "no_system",
            "本工作簿没有 system 与 prices 表。请打开系统的工作簿，"
            "或用 prosperity template ID 新建。",
            "This book has no sheets system and prices. Open a system's book, or make one with "
            "'prosperity template ID'.",
        )
    # Only its systems: the industries of a book with both have a button of their own.
    evaluation = _run(press, [replace(own.book, industries=())])
    grids = system_grids(own.book, evaluation)
    write_blocks(press.opened, [sheet_block(grid) for grid in grids])
    lines = []
    for result in evaluation.systems.values():
        name, held = result.definition, position_words(result)
        then = on_words(result, evaluation.today)
        lines.append(
            press.say(
                (
                    f"{name.name_zh}：{held[0]}（{then[0]}）",
                    f"{name.name_en}: {held[1]} ({then[1]})",
                )
            )
        )
    return "\n".join(lines)


def write_plan_sheet(press: Press) -> str:
    """Compute the plan over all that the workbook sees, and write its sheet ``plan``."""
    press.session.clear()
    refuse_read_only(press.opened)
    evaluation = _run(press, _everything(press))
    plan = evaluation.plan
    if plan is None:
        raise DataError(
            "no_plan_of_books",
            "没有方案：需要至少一个有行情、有信号的行业，和至少一个系统的工作簿。",
            "There is no plan: it needs an industry with prices and a signal, and a book of a "
            "system.",
        )
    grid = plan_grid(plan, evaluation)
    write_blocks(press.opened, [sheet_block(grid)])
    equity = f"{plan.steps['equity']['equity'].iloc[-1]:.0%}"
    then = on_words(plan, evaluation.today)
    return press.say(
        (
            f"组合方案：权益 {equity}（{then[0]}），见 {grid.sheet} 表。",
            f"The plan: equity {equity} ({then[1]}); see the sheet {grid.sheet}.",
        )
    )


def write_plan_report(press: Press) -> str:
    """Write a report over all that the workbook sees, and open it."""
    path = with_suffix(press.given, ".xlsx")
    resolved = press.view.resolved
    with replacing_file(press, "report", path), tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / path.name
        work.in_child(
            "report",
            _everything(press),
            progress=press.progress,
            cancelled=press.cancelled,
            settings=resolved.settings,
            today=press.session.today(),
            path=made,
            language=resolved.language,
        )
        with replacing(path) as temporary:
            shutil.copyfile(made, temporary)
    open_file(press, path)
    return press.say((f"报告：{path}", f"Report: {path}"))


def _run(press: Press, books: list[Book]) -> Evaluation:
    return evaluate_books(
        books,
        settings=press.view.resolved.settings,
        progress=work.stoppable(press.progress, press.cancelled),
        today=press.session.today(),
    )


def _everything(press: Press) -> list[Book]:
    """Return the active workbook, where it is one of ours, and the library's books.

    What the active workbook holds counts there alone.
    """
    world = press.view.world
    books = [] if world.own is None else [world.own.book]
    if not books and world.missing is not None:
        raise world.missing.bare()
    for source in world.library:
        if not (source.ours or holds_system(source.workbook.names)):
            continue
        book = source.book
        held = {id for one in books for id in (*one.industries, *one.systems)}
        if not held & {*book.industries, *book.systems}:
            books.append(book)
    if not books:
        raise no_books()
    return books
