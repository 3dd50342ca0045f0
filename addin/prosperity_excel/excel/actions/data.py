"""Buttons about data: templates, imports, checks, the library folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from prosperity.catalog import catalog
from prosperity.errors import BookError, SettingError

from prosperity_excel.checks.book import check_workbook
from prosperity_excel.checks.listing import SHEET_HEAD, sheet_rows, summary
from prosperity_excel.excel import import_buttons, work
from prosperity_excel.excel.actions.press import Press, open_file
from prosperity_excel.formulas.library_files import missing_library
from prosperity_excel.host import settings_sheet
from prosperity_excel.host.open_book import LiveBook
from prosperity_excel.host.patience import patiently
from prosperity_excel.host.write_blocks import own_sheet, refuse_read_only, write_block
from prosperity_excel.host.xlwings_com import local_file
from prosperity_excel.ooxml.identity import fresh_identity
from prosperity_excel.runs.evaluate import catalog_industries
from prosperity_excel.vintages import keep_workbook, not_kept
from prosperity_excel.words.book_words import CHECKS_SHEET, SHEETS

#: Lines of a list that a message shows.
SHOWN_LINES = 5


def new_template(press: Press) -> str:
    """Write the book to fill for an industry into the library folder, and open it."""
    from prosperity_excel.template.template import write_template

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
            "template_exists",
            f"{path} 已存在，没有覆盖。请直接打开它，或先改名。",
            f"{path} exists and was not replaced. Open it, or rename it first.",
        )
    write_template(chosen, path, identity=fresh_identity())
    open_file(press, path)
    return press.say((f"已生成模板：{path}", f"Template written: {path}"))


def import_export(press: Press) -> str:
    """Show on a sheet what the import of vendors' exports would do."""
    files = [Path(name) for name in press.given.splitlines() if name.strip()]
    return press.say(import_buttons.preview(press.opened, files, press.desk.previews))


def update_data(press: Press) -> str:
    """Ask vendors for what the workbook lacks, in a child, and show what the import would do."""
    from prosperity_excel.intake.needs import needs_of
    from prosperity_excel.intake.targets import targets_of
    from prosperity_excel.intake.update import cells_of, difference_lines, failed_lines
    from prosperity_excel.vendors import VENDORS, vendor

    book = press.opened
    refuse_read_only(book)
    usable = {id: one for id in VENDORS if (one := vendor(id)).state().error is None}
    target = patiently(lambda: targets_of(LiveBook(book).workbook(), local_file(book)))
    needs, unserved = needs_of(target, usable, press.session.today())
    if not needs:
        raise SettingError(
            "no_source",
            "没有可取的列：本机没有可用的数据源，或表头没有它们认得的代码。运行 prosperity "
            "sources 查看。",
            "Nothing can be fetched: no source can be asked on this machine, or the header has no "
            "id that one knows. See 'prosperity sources'.",
        )
    cells = cells_of(needs)
    zh = "、".join(f"{usable[id].name[0]} {count:,}" for id, count in cells.items())
    en = ", ".join(f"{usable[id].name[1]} {count:,}" for id, count in cells.items())
    press.ask(
        (
            f"将向数据商取 {len(needs)} 列，至多 {zh} 个单元格，计入额度。继续？",
            f"{len(needs)} columns will be asked for, at most {en} cells, which count against "
            "quotas. Go on?",
        )
    )
    fetched = work.in_child(
        "fetching",
        [],
        progress=press.progress,
        cancelled=press.cancelled,
        needs=needs,
        words=tuple(usable),
    )
    said = [press.say(import_buttons.preview_fetched(book, fetched.readings, press.desk.previews))]
    said += [f"{press.say(('未取到', 'not fetched'))} {line}"
             for line in failed_lines(fetched.failed)[:SHOWN_LINES]]  # fmt: skip
    said += [f"{press.say(('来源不一', 'sources differ'))} {line}"
             for line in difference_lines(fetched.differences, SHOWN_LINES)]  # fmt: skip
    if unserved:
        count = len(unserved)
        said.append(press.say((f"{count} 列无处可取。", f"{count} columns have no source.")))
    return "\n".join(said)


def write_import(press: Press) -> str:
    """Write the import that the sheet shows, or show it anew when it is not the same any more."""
    said = import_buttons.write(press.opened, press.desk.previews)
    press.session.clear()
    return press.say(said)


def check_data(press: Press) -> str:
    """List everything that is wrong, late or odd in the workbook, as ``prosperity check`` does."""
    press.session.clear()
    refuse_read_only(press.opened)
    live = LiveBook(press.opened)
    if not any(live.find(SHEETS[id]) for id in ("data", "prices")):
        raise BookError(
            "not_ours",
            "本工作簿没有 data 与 prices 表，没有可检查的数据。请打开行业工作簿，或用“新建模板”。",
            "This book has no data and prices sheets, so there is nothing to check. Open an "
            "industry's book, or use New template.",
        )
    sheet = own_sheet(press.opened, CHECKS_SHEET, SHEET_HEAD[0])
    file = local_file(press.opened)
    findings = patiently(lambda: check_workbook(live.workbook(), file, date.today()))
    rows = sheet_rows(findings)
    write_block(press.opened, (sheet,), rows, texts=range(len(SHEET_HEAD)))
    zh, en = summary(findings)
    said = press.say((f"{zh}见 {sheet} 表。", f"{en} See the sheet {sheet}."))
    unkept = patiently(lambda: keep_workbook(live.workbook(), file, event="check"))
    return "\n".join([said, press.say(not_kept(unkept))] if unkept else [said])


def library_folder(press: Press) -> str:
    """Choose the library folder."""
    folder = Path(press.given)
    if not folder.is_dir():
        raise missing_library(folder)
    settings_sheet.change(press.book, "library", str(folder))
    press.session.clear()
    held = len(press.view.world.everything())
    return press.say(
        (f"资料夹：{folder}，有数据的行业 {held} 个。", f"Library: {folder}, {held} industries.")
    )


def confirm_library(press: Press) -> str:
    """Let the library that the workbook's own settings sheet names count from now on."""
    named = settings_sheet.confirm_library(press.opened)
    press.session.look_again()
    return press.say((f"已确认资料夹：{named}", f"Library confirmed: {named}")) if named else ""
