"""The verb ``links``: formulas of ours in closed books, put right."""

from __future__ import annotations

from pathlib import Path

import click

from prosperity_excel.cli.shared import ANY, friendly
from prosperity_excel.words.tongue import counted, spoken


@click.command()
@click.argument("books", type=ANY, nargs=-1, required=True)
@friendly
def links(books: tuple[Path, ...]) -> None:
    """Let formulas in BOOKS name our functions plainly, as Excel and Calc find them.

    去掉工作簿公式里他人电脑的加载项路径和 Calc 的函数全名；存下的值不变，原文件先备份。
    """
    from prosperity_excel.files.child import read_guarded
    from prosperity_excel.ooxml.links import plain_links
    from prosperity_excel.sheets.workbook import names_of_sheets

    for book in books:
        read_guarded(names_of_sheets, book)
        count, copy = plain_links(book)
        done = spoken(f"已修复 {count} 个公式。", f"{counted(count, 'formula')} put right.")
        kept = "" if copy is None else spoken(f" 原文件：{copy}", f" As it was: {copy}")
        click.echo(f"{book}: {done}{kept}")
