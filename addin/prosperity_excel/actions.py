"""What the ribbon's buttons do, over any engine of xlwings; the shell's verbs share the work.

Every action computes first and writes last, in one block, so that a failure leaves the workbook
as it was. It returns a summary for the user.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from prosperity.backtest import STATISTICS, Backtest
from prosperity.catalog import catalog, find
from prosperity.errors import BookError, ProsperityError, SettingError
from prosperity.evaluation import Evaluation

from prosperity_excel import importing, links, settings_sheet, vintages
from prosperity_excel.arguments import ArgumentError
from prosperity_excel.blocks import (
    SheetBlock,
    own_sheet,
    refuse_read_only,
    write_block,
    write_blocks,
)
from prosperity_excel.checks.book import check_workbook
from prosperity_excel.checks.listing import SHEET_HEAD, sheet_rows, summary
from prosperity_excel.excel_app import patiently
from prosperity_excel.excel_values import MEANINGS
from prosperity_excel.former import former_of
from prosperity_excel.layout import CHECKS_SHEET, RESULT_SHEET, SHEETS
from prosperity_excel.live import LiveBook, full_name, local_file, read_only
from prosperity_excel.reading.book import Book
from prosperity_excel.reasons import log_file
from prosperity_excel.registry import FUNCTIONS, Pair
from prosperity_excel.running import Progress, catalog_industries, evaluate_books
from prosperity_excel.session import Session, View
from prosperity_excel.settings_store import SETTINGS_SHEET, user_file
from prosperity_excel.statements import told_lines
from prosperity_excel.writing.grid import FIRST_ROW, KEY_ROW, Grid
from prosperity_excel.writing.results import (
    MARKS,
    industry_grid,
    result_grids,
    sheet_names,
)

BACKTEST_SHEET = ("backtest", "回测")
LOG_LINES = 12


@dataclass(frozen=True)
class Press:
    """A button pressed: the session, the active workbook, what was given, and the status bar."""

    session: Session
    book: Any
    given: str
    progress: Progress

    @property
    def view(self) -> View:
        """What the active workbook sees now, read anew."""
        if self.book is None:
            return self.session.view("")
        return patiently(lambda: self.session.view(full_name(self.book), lambda: self.book))

    def say(self, pair: Pair) -> str:
        """Return a text in the language of the settings."""
        language = self.view.resolved.language
        return "\n".join(pair) if language == "both" else pair[language == "en"]

    def books(self) -> list[Book]:
        """Return the active workbook when it is one of ours, else the library's books.

        Raises
        ------
        BookError
            When there is neither.
        """
        world = self.view.world
        if world.own is not None:
            return [world.own.book]
        if world.missing is not None:
            raise world.missing.bare()
        found = [source.book for source in world.library if source.ours]
        if not found:
            raise _no_books()
        return found

    def evaluation(self, wanted: tuple[str, ...] = ()) -> Evaluation:
        """Return a run over :meth:`books`."""
        settings = self.view.resolved.settings
        return evaluate_books(
            self.books(),
            wanted=wanted,
            settings=settings,
            progress=self.progress,
            today=self.session.today(),
        )


def new_template(press: Press) -> str:
    """Write the book to fill for an industry into the library folder, and open it."""
    from prosperity_excel.writing.template import write_template

    folder = press.view.resolved.library
    if folder is None:
        raise BookError(
            "no_library",
            "还没有选择资料夹。请先按“资料夹”。",
            "No library folder is chosen yet. Press Library folder first.",
        )
    if press.given.strip().casefold() == "all":
        chosen, name = [i for i in catalog().values() if i.kind == "industry"], "all"
    else:
        chosen = catalog_industries([press.given])
        name = chosen[0].id
    path = folder / f"{name}.xlsx"
    if path.exists():
        raise SettingError(
            "file_exists",
            f"{path} 已存在，没有覆盖。请直接打开它，或先改名。",
            f"{path} exists and was not replaced. Open it, or rename it first.",
        )
    write_template(chosen, path)
    _open(press, path)
    return press.say((f"已生成模板：{path}", f"Template written: {path}"))


def import_export(press: Press) -> str:
    """Show on a sheet what the import of vendors' exports would do."""
    files = [Path(name) for name in press.given.splitlines() if name.strip()]
    return press.say(importing.preview(press.book, files))


def write_import(press: Press) -> str:
    """Write the import that the sheet shows, or show it anew when it is not the same any more."""
    said = importing.write(press.book)
    press.session.clear()
    return press.say(said)


def check_data(press: Press) -> str:
    """List everything that is wrong, late or odd in the workbook, as ``prosperity check`` does."""
    press.session.clear()
    refuse_read_only(press.book)
    live = LiveBook(press.book)
    if not any(live.find(SHEETS[id]) for id in ("data", "prices")):
        raise BookError(
            "not_ours",
            "本工作簿没有 data 与 prices 表，没有可检查的数据。请打开行业工作簿，或用“新建模板”。",
            "This book has no data and prices sheets, so there is nothing to check. Open an "
            "industry's book, or use New template.",
        )
    sheet = own_sheet(press.book, CHECKS_SHEET, SHEET_HEAD[0])
    file = local_file(press.book)
    findings = patiently(lambda: check_workbook(live.workbook(), file, date.today()))
    rows = sheet_rows(findings)
    write_block(press.book, (sheet,), rows, texts=range(len(SHEET_HEAD)))
    zh, en = summary(findings)
    said = press.say((f"{zh}见 {sheet} 表。", f"{en} See the sheet {sheet}."))
    unkept = patiently(lambda: vintages.keep_workbook(live.workbook(), file, event="check"))
    return "\n".join([said, press.say(vintages.not_kept(unkept))] if unkept else [said])


def library_folder(press: Press) -> str:
    """Choose the library folder."""
    folder = Path(press.given)
    if not folder.is_dir():
        raise BookError(
            "missing_library",
            "资料夹不存在。请选择另一个文件夹。",
            "There is no such folder. Choose another one.",
            where=str(folder),
        )
    settings_sheet.change(press.book, "library", str(folder))
    press.session.clear()
    held = len(press.view.world.everything())
    return press.say(
        (f"资料夹：{folder}，有数据的行业 {held} 个。", f"Library: {folder}, {held} industries.")
    )


def confirm_library(press: Press) -> str:
    """Let the library that the workbook's own settings sheet names count from now on."""
    named = settings_sheet.confirm_library(press.book)
    press.session.look_again()
    return press.say((f"已确认资料夹：{named}", f"Library confirmed: {named}")) if named else ""


def refresh_industry(press: Press) -> str:
    """Compute one industry and write its sheet of results."""
    press.session.clear()
    return _write_results(press, press.evaluation((_one_industry(press),)), whole=False)


def refresh_all(press: Press) -> str:
    """Compute all industries and write all sheets of results."""
    press.session.clear()
    return _write_results(press, press.evaluation(), whole=True)


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
    sheet = own_sheet(press.book, BACKTEST_SHEET, heads[0])
    write_block(press.book, (sheet,), rows, texts=(0, 1), dates=(2, 3))
    count = len(rows) - 1
    return press.say(
        (f"回测 {count} 个，见 {sheet} 表。", f"{count} backtests, on the sheet {sheet}.")
    )


def write_report_book(press: Press) -> str:
    """Write the report workbook and open it; a file of the user's own is not replaced."""
    path = _with_suffix(press.given, ".xlsx")
    with _replacing(press, "report", path):
        _report(press, path)
    _open(press, path)
    return press.say((f"报告：{path}", f"Report: {path}"))


def write_pdf(press: Press) -> str:
    """Write the report, let the host print it to a PDF, and close it.

    A file of the user's own is not replaced.
    """
    path = _with_suffix(press.given, ".pdf")
    if press.book is None:
        raise _no_books()
    with _replacing(press, "pdf", path), tempfile.TemporaryDirectory() as folder:
        workbook = Path(folder) / "report.xlsx"
        _report(press, workbook)
        report = patiently(lambda: press.book.app.books.open(str(workbook)))
        try:
            patiently(lambda: report.to_pdf(str(path)))
        finally:
            patiently(report.close)
    return press.say((f"PDF：{path}", f"PDF: {path}"))


def set_value(name: str) -> Callable[[Press], str]:
    """Return the action of a control that shows a setting."""

    def change(press: Press) -> str:
        settings_sheet.change(press.book, name, press.given.strip())
        return ""

    return change


def show_log(press: Press) -> str:
    """Say where the log is, and show its last lines."""
    path = log_file()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[-LOG_LINES:]
    except FileNotFoundError:
        lines = []
    return "\n".join([press.say((f"日志：{path}", f"Log: {path}")), *lines])


def diagnose(press: Press) -> str:
    """Give the page of ``prosperity addin diagnose``."""
    from prosperity_excel.diagnose import page

    press.session.clear()
    return "\n".join(page(help_trouble=press.given))


def repair_links(press: Press) -> str:
    """Take the paths of other machines' add-in files out of our formulas."""
    refuse_read_only(press.book)
    repaired, left = links.repair(press.book)
    return press.say(
        (
            f"已修复 {repaired} 个公式" + (f"，{left} 个旧式数组公式未动。" if left else "。"),
            f"{repaired} formulas repaired" + (f", {left} array formulas left." if left else "."),
        )
    )


def repair_on_opening(press: Press) -> str:
    """Put right, without a word when there is nothing to do, what :func:`repair_links` would.

    Only formulas that point to another add-in file are entered again. A book that is open
    read-only, or of a user who switched this off, is left alone.
    """
    if press.view.resolved.repair_links == "off" or read_only(press.book):
        return ""
    repaired, _ = links.repair(press.book, links.is_foreign)
    if not repaired:
        return ""
    return press.say(
        (
            f"{repaired} 个公式指向他人电脑的加载项，已改为本机的（设定 repair_links 可关闭）。",
            f"{repaired} formulas pointed to another machine's add-in and were put right (the "
            "setting repair_links switches this off).",
        )
    )


def show_settings(press: Press) -> str:
    """Write the settings sheet."""
    written = settings_sheet.rows(press.view.resolved, press.book)
    write_block(press.book, SETTINGS_SHEET, written, texts=(0, 2))
    return press.say(
        (
            f"设定见 settings 表；B 列填写后优先于用户文件（{user_file()}）与默认值。",
            "See the sheet settings; what you type in column B comes before the user file "
            f"({user_file()}) and the defaults.",
        )
    )


def show_help(press: Press) -> str:
    """List the formulas and the meaning of error values."""
    language = press.view.resolved.language
    pick: Callable[[Pair], str] = (
        (lambda pair: " ".join(pair)) if language == "both" else (lambda p: p[language == "en"])
    )
    formulas = [f"{function.signature}: {pick(function.help)}" for function in FUNCTIONS]
    errors = [f"{error}: {pick(meaning)}" for error, meaning in MEANINGS.items()]
    return "\n".join([*formulas, "", *errors])


ACTIONS: Mapping[str, Callable[[Press], str]] = {
    "new_template": new_template,
    "import_export": import_export,
    "write_import": write_import,
    "check_data": check_data,
    "library_folder": library_folder,
    "refresh_industry": refresh_industry,
    "refresh_all": refresh_all,
    "refresh_backtests": refresh_backtests,
    "as_of": set_value("as_of"),
    "timing": set_value("timing"),
    "cost_bps": set_value("cost_bps"),
    "write_report": write_report_book,
    "write_pdf": write_pdf,
    "log": show_log,
    "diagnose": diagnose,
    "repair_links": repair_links,
    "repair_on_opening": repair_on_opening,
    "confirm_library": confirm_library,
    "language": set_value("language"),
    "settings": show_settings,
    "help": show_help,
}


def _one_industry(press: Press) -> str:
    """Return the industry that is meant: the workbook's only one, or the selected cell's."""
    held = tuple(dict.fromkeys(id for book in press.books() for id in book.industries))
    if len(held) == 1:
        return held[0]
    selected = press.book.app.selection
    value = None if selected is None else selected[0, 0].value
    known = {id: b.definitions[id] for b in press.books() for id in b.industries}
    if isinstance(value, str):
        try:
            return find(value, known).id
        except ProsperityError:
            pass
    names = "、".join(held[:6])
    raise ArgumentError(
        "which_industry",
        f"这里有 {len(held)} 个行业（{names} …）。请先选中写有行业 id 或名称的单元格。",
        f"There are {len(held)} industries here ({names.replace('、', ', ')} …). Select a cell "
        "that holds an industry's id or name first.",
    )


def _write_results(press: Press, evaluation: Evaluation, *, whole: bool) -> str:
    """Write sheets of results as ``prosperity refresh`` does.

    ``whole`` writes those of all industries and their overview; else only the evaluated ones.
    """
    books = press.books()
    definitions = {id: book.definitions[id] for book in books for id in book.industries}
    if whole:
        grids = result_grids(tuple(definitions.values()), evaluation)
    else:
        names = sheet_names(tuple(definitions))
        grids = tuple(
            industry_grid(definitions[id], names[id], result, evaluation)
            for id, result in evaluation.industries.items()
        )
    former = patiently(lambda: former_of(LiveBook(press.book).workbook()))
    write_blocks(press.book, [_block(grid) for grid in grids])
    lines = told_lines(evaluation, former, press.say)
    unkept = _keep(press)
    return "\n".join([*lines, press.say(unkept)] if unkept else lines)


def _keep(press: Press) -> Pair | None:
    """Keep the active workbook's values beside its file, as the shell's refresh does.

    Returns why that is not possible, for a file on this machine; results are written all the same.
    """
    own, file = press.view.world.own, local_file(press.book)
    if own is None or file is None:
        return None
    book = replace(own.book, path=file)
    error = vintages.keep_seen(book, at=datetime.now(), event="refresh", live=True, begin=True)
    return None if error is None else vintages.not_kept(error)


def _block(grid: Grid) -> SheetBlock:
    """Return a sheet of results as one block of values with its text and date columns."""
    words = SHEETS["result"] if grid.sheet == RESULT_SHEET else (grid.sheet,)
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


def _report(press: Press, path: Path) -> None:
    from prosperity_excel.writing.pages import write_report

    language = press.view.resolved.language
    write_report(press.evaluation(), path, language=language, progress=press.progress)


def _replacing(press: Press, kind: str, path: Path) -> AbstractContextManager[None]:
    from prosperity_excel.outputs import replacing_ours

    own = None if press.book is None else local_file(press.book)
    read = [source.path for source in press.view.world.library]
    return replacing_ours(kind, path, [file for file in (own, *read) if file is not None])


def _open(press: Press, path: Path) -> None:
    """Open a file in the host, where one is running with a workbook."""
    if press.book is not None:
        patiently(lambda: press.book.app.books.open(os.fspath(path)))


def _with_suffix(given: str, suffix: str) -> Path:
    path = Path(given)
    return path if path.suffix.casefold() == suffix else path.with_name(f"{path.name}{suffix}")


def _no_books() -> BookError:
    return BookError(
        "no_book",
        "本工作簿没有 data 与 prices 表，资料夹里也没有行业工作簿。请用“新建模板”，或选择资料夹。",
        "This book has no data and prices sheets, and the library holds no industry's book. Use "
        "New template, or choose the library folder.",
    )
