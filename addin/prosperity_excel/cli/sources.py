"""The verb about sources of data: which there are, their logins, ids for columns without one."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from prosperity_excel.cli.offering import refuse_unwritable
from prosperity_excel.cli.shared import ANY, friendly, print_table, say
from prosperity_excel.words.tongue import spoken


@click.group(invoke_without_command=True)
@click.option("--book", type=ANY, help="Also say what of this book each can serve. 同时列出"
              "各源能取该工作簿的哪些列。")  # fmt: skip
@click.pass_context
@friendly
def sources(context: click.Context, book: Path | None) -> None:
    """List the sources of data: installed, logged in, and what of a book they can serve.

    列出数据源：是否安装、是否登录、能取工作簿的哪些列。
    """
    if context.invoked_subcommand is not None:
        return
    from prosperity_excel.intake.sources import COLUMNS, served_lines, source_rows

    print_table(COLUMNS, source_rows())
    if book is not None:
        for line in served_lines(book):
            click.echo(line)


@sources.command()
@click.argument("book", type=ANY)
@friendly
def match(book: Path) -> None:
    """Search what sources offer for columns of BOOK without an id; keep what is confirmed.

    为工作簿中没有代码的列查找数据源的序列，确认一次后写入表头。
    """
    from prosperity_excel.intake.ids import unmatched, write_ids

    refuse_unwritable(book)
    opened, found = unmatched(book)
    if not found:
        say("每一列都有来源。", "Every column has a source.")
        return
    chosen = {}
    for one in found:
        click.echo(f"{one.target.id} {one.target.title}:")
        for number, offer_ in enumerate(one.offers, 1):
            click.echo(f"  {number}  {offer_.id}  {offer_.title}")
        if not one.offers:
            say("  没有相近的。", "  Nothing alike.")
        elif sys.stdin.isatty():
            asked = click.prompt(
                spoken("用哪一个（0 为都不用）", "Which one (0 for none)"),
                type=click.IntRange(0, len(one.offers)),
                default=0,
            )
            if asked:
                chosen[one.target] = one.offers[asked - 1].id
    if chosen:
        backup = write_ids(opened, chosen)
        copy = backup.name if backup else "–"
        say(f"已写入 {len(chosen)} 个代码（备份 {copy}）。",
            f"Ids written: {len(chosen)} (copy {copy}).")  # fmt: skip


@sources.command()
@click.argument("name")
@friendly
def login(name: str) -> None:
    """Keep the user name, password or key of source NAME in the system's keyring.

    把数据源的账号、密码或密钥存入系统钥匙串；不写入工作簿、日志或设置。
    """
    from prosperity_excel.vendors import secrets, vendor

    vendor(name)
    if name not in secrets.VARIABLES:
        say(f"{name} 不需要在这里登录。", f"{name} needs no login here.")
        return
    for variable in secrets.VARIABLES[name]:
        hidden = not variable.endswith("_USER")
        secrets.keep(variable, click.prompt(spoken(*secrets.FIELDS[variable]), hide_input=hidden))
    say("已存入系统钥匙串。", "Kept in the system's keyring.")


@sources.command()
@click.argument("name")
@friendly
def logout(name: str) -> None:
    """Take what was kept for source NAME out of the keyring. 从系统钥匙串删除。"""
    from prosperity_excel.vendors import secrets, vendor

    vendor(name)
    secrets.forget(name)
    say("已删除。", "Taken out.")
