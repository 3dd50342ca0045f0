"""Buttons about the add-in itself: settings, log, diagnosis, links, help, undo."""

from __future__ import annotations

from collections.abc import Callable

from prosperity.errors import BookError

from prosperity_excel.excel.actions.press import Press
from prosperity_excel.files.log import log_file
from prosperity_excel.formulas.cell_values import MEANINGS
from prosperity_excel.formulas.registry import FUNCTIONS
from prosperity_excel.host import repair_links as links
from prosperity_excel.host import settings_sheet
from prosperity_excel.host.write_blocks import refuse_read_only, write_block
from prosperity_excel.host.xlwings_com import full_name, local_file, read_only
from prosperity_excel.results.restoring import last_change
from prosperity_excel.runs.settings import SETTINGS_SHEET, user_file
from prosperity_excel.words.pair import Pair

LOG_LINES = 12


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
    from prosperity_excel.excel.diagnose import page

    press.session.clear()
    return "\n".join(page(help_trouble=press.given))


def repair_links(press: Press) -> str:
    """Take the paths of other machines' add-in files out of our formulas."""
    refuse_read_only(press.opened)
    repaired, left = links.repair(press.opened)
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
    repaired, _ = links.repair(press.opened, links.is_foreign)
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
    written = settings_sheet.rows(press.view.resolved, press.opened)
    write_block(press.opened, SETTINGS_SHEET, written, texts=(0, 2))
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


def undo(press: Press) -> str:
    """Take back what a button wrote last into this workbook.

    Raises
    ------
    BookError
        ``nothing_to_undo``, with the shell's way to a file's copies; and as
        :meth:`prosperity_excel.host.steps.History.undo` says.
    """
    refuse_read_only(press.opened)
    change = press.desk.history.undo(full_name(press.opened), press.opened)
    press.session.clear()
    if change is not None:
        return press.say((f"已撤销：{change.label}", f"Undone: {change.label}"))
    file = local_file(press.opened)
    copy = None if file is None else last_change(file)
    zh = en = ""
    if copy is not None:
        zh = (
            f"文件在 {copy.made:%Y-%m-%d %H:%M} 被改动前的备份，可在关闭工作簿后用 prosperity "
            "restore 找回。"
        )
        en = (
            f" A copy of the file from before the change of {copy.made:%Y-%m-%d %H:%M} comes back "
            "with 'prosperity restore' while the book is closed."
        )
    raise BookError(
        "nothing_to_undo",
        f"本次打开以来，按钮没有在本工作簿写过东西。{zh}",
        f"No button has written into this book since Excel was started.{en}",
    )
