"""The verbs for data from vendors: update, sources."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prosperity_excel.cli.data import day_of
from prosperity_excel.cli.offering import NOT_WRITTEN, offer, refuse_unwritable
from prosperity_excel.cli.shared import (
    ANY,
    check_outputs,
    force_option,
    friendly,
    language_option,
    print_table,
    progress_shown,
    trust_option,
)

if TYPE_CHECKING:
    from prosperity_excel.intake.needs import Need
    from prosperity_excel.intake.targets import OpenBook
    from prosperity_excel.vendors.protocol import Vendor


def today() -> date:
    """Return the day up to which values are asked for."""
    return date.today()


@click.command()
@click.argument("books", nargs=-1, required=True, type=ANY)
@click.option(
    "--source",
    "only",
    multiple=True,
    metavar="NAME",
    help="Ask only this source: wind, ifind, choice, akshare, fred, oecd; several are asked in "
    "turn. 只用这个数据源；可写多个，依次取。",
)
@click.option(
    "--plan",
    "plan_only",
    is_flag=True,
    help="Only say what would be asked for and how many cells; ask nobody. 只列出要取什么、"
    "多少个单元格，不取数。",
)
@click.option(
    "--since",
    metavar="DATE",
    default="",
    help="Ask from this day on in every column. 每列都从这一天起取。",
)
@click.option("--again", is_flag=True, help="Also what was fetched today. 今天取过的也再取。")
@click.option("--yes", is_flag=True, help="Write without asking. 不再询问，直接写入。")
@trust_option
@friendly
def update(
    books: Sequence[Path],
    only: Sequence[str],
    plan_only: bool,
    since: str,
    again: bool,
    yes: bool,
    trust_clock: bool,
) -> None:
    """Fetch what BOOKS lack from the vendors that their headers name, and import it.

    What comes goes the way of an export: matching, plausibility, preview, vintages. A series that
    fails is listed with its reason; the others are offered. Exit code 3 when something is left.

    按表头的“来源”“指标ID”向数据商取工作簿所缺的数据并导入，与导入导出文件走同一条路：
    匹配、合理性检查、预览、留存。取不到的序列列出原因，其余照常；有剩余时退出码为 3。
    """
    from prosperity_excel.vendors import VENDORS, vendor

    vendors = {id: vendor(id) for id in (only or VENDORS)}
    # One that is asked for by name is tried, so that what is wrong with it is said.
    usable = {id: one for id, one in vendors.items() if only or one.state().error is None}
    wish = _Wish(usable, tuple(only), day_of(since) if since else None, again)
    done = []
    for book in books:
        refuse_unwritable(book)
        if len(books) > 1:
            click.echo(f"{book.name}:")
        opened, needs = _needed(book, wish)
        if plan_only:
            _say_plan(needs)
        else:
            done.append(_update_one(book, opened, needs, wish, yes=yes, trust_clock=trust_clock))
    if not all(done):
        raise SystemExit(NOT_WRITTEN)


@dataclass(frozen=True)
class _Wish:
    """What an update was told: vendors by word, the only ones, from when, and what again."""

    vendors: Mapping[str, Vendor]
    only: tuple[str, ...]
    since: date | None
    again: bool


def _needed(path: Path, wish: _Wish) -> tuple[OpenBook, list[Need]]:
    """Return a book, and what it needs; say of which columns nobody can be asked."""
    from prosperity_excel.files.child import read_guarded
    from prosperity_excel.intake.asked import asked_today, key_of
    from prosperity_excel.intake.needs import needs_of
    from prosperity_excel.intake.targets import open_for_import
    from prosperity_excel.intake.update import unserved_lines

    opened: OpenBook = read_guarded(open_for_import, path)
    needs, unserved = needs_of(opened, wish.vendors, today(), only=wish.only, since=wish.since)
    for line in unserved_lines(unserved):
        click.echo(f"无处可取 nobody to ask: {line}", err=True)
    before = frozenset() if wish.again or wish.since else asked_today(path, today())
    left = [need for need in needs if key_of(need) not in before]
    if len(left) < len(needs):
        count = len(needs) - len(left)
        click.echo(f"{count} 列今天已取过，不再取（--again 可重取）。{count} columns were fetched "
                   "today and are not asked for again (--again does).", err=True)  # fmt: skip
    return opened, left


def _say_plan(needs: Sequence[Need]) -> None:
    """Say what would be asked for, and of how many cells quotas would be charged."""
    from prosperity_excel.intake.update import cells_of

    rows = [
        (
            f"{need.target.sheet}:{need.target.id}",
            need.target.title[:24],
            id,
            wish.id,
            f"{wish.begin:%Y-%m-%d}…{wish.end:%Y-%m-%d}",
            str(wish.cells),
        )
        for need in needs
        for id, wish in (need.wishes[0], *need.checks)
    ]
    print_table(("列 Column", "名称 Name", "来源 Source", "代码 Id", "区间 Span",
                 "单元格 Cells"), rows)  # fmt: skip
    for id, count in cells_of(needs).items():
        click.echo(f"{id}: 至多 at most {count:,} 个单元格 cells")


def _update_one(
    path: Path,
    opened: OpenBook,
    needs: Sequence[Need],
    wish: _Wish,
    *,
    yes: bool,
    trust_clock: bool,
) -> bool:
    """Fetch and import what a book needs; return whether nothing is left."""
    from prosperity_excel.intake.asked import keep_asked
    from prosperity_excel.intake.items import Options
    from prosperity_excel.intake.planning import plan_readings
    from prosperity_excel.intake.update import (
        difference_lines,
        failed_lines,
        fetch,
        settled_needs,
    )

    if not needs:
        click.echo("没有要取的。There is nothing to fetch.")
        return True
    with progress_shown() as progress:
        fetched = fetch(needs, wish.vendors, progress=progress)
    for line in failed_lines(fetched.failed):
        click.echo(f"未取到 not fetched: {line}", err=True)
    if lines := difference_lines(fetched.differences):
        click.echo("两个来源的值不同 Sources differ:", err=True)
        for line in lines:
            click.echo(f"    {line}", err=True)
    plan = plan_readings(fetched.readings, opened, Options())
    offer(plan, path, (), yes=yes, trust_clock=trust_clock)
    keep_asked(path, settled_needs(plan, fetched.got), today())
    return not fetched.failed and not plan.waiting


@click.command()
@click.argument("folder", type=ANY)
@force_option
@language_option
@friendly
def start(folder: Path, force: bool, language: str) -> None:
    """Make FOLDER with the books that AKShare, FRED and OECD fill, run and reported.

    用公开数据（AKShare、FRED、OECD）建立一个工作文件夹：建表、取数、计算、出报告，不需要终端。
    """
    from prosperity_excel.excel import start as starting
    from prosperity_excel.intake.said import item_lines
    from prosperity_excel.intake.update import failed_lines

    check_outputs(starting.start_outputs(folder), force=force)
    with progress_shown() as progress:
        done = starting.start(folder, language=language, progress=progress)
    for path, plan in done.plans.items():
        click.echo(f"{path.name}: {len(plan.writes)} 列 columns")
        for line in item_lines(plan.waiting):
            click.echo(line)
    for line in failed_lines(done.failed):
        click.echo(f"未取到 not fetched: {line}", err=True)
    if done.report is None:
        click.echo(str(done.problem), err=True)
        raise SystemExit(NOT_WRITTEN)
    click.echo(f"工作簿 Books: {folder}\n报告 Report: {done.report}")


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
        click.echo("每一列都有来源。Every column has a source.")
        return
    chosen = {}
    for one in found:
        click.echo(f"{one.target.id} {one.target.title}:")
        for number, offer_ in enumerate(one.offers, 1):
            click.echo(f"  {number}  {offer_.id}  {offer_.title}")
        if not one.offers:
            click.echo("  没有相近的。Nothing alike.")
        elif sys.stdin.isatty():
            asked = click.prompt(
                "用哪一个 Which one (0 = 都不用 none)",
                type=click.IntRange(0, len(one.offers)),
                default=0,
            )
            if asked:
                chosen[one.target] = one.offers[asked - 1].id
    if chosen:
        backup = write_ids(opened, chosen)
        click.echo(f"已写入 {len(chosen)} 个代码。{len(chosen)} ids written. "
                   f"({backup.name if backup else '–'})")  # fmt: skip


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
        click.echo(f"{name} 不需要在这里登录。{name} needs no login here.")
        return
    for variable in secrets.VARIABLES[name]:
        hidden = not variable.endswith("_USER")
        secrets.keep(variable, click.prompt(" ".join(secrets.FIELDS[variable]), hide_input=hidden))
    click.echo("已存入系统钥匙串。Kept in the system's keyring.")


@sources.command()
@click.argument("name")
@friendly
def logout(name: str) -> None:
    """Take what was kept for source NAME out of the keyring. 从系统钥匙串删除。"""
    from prosperity_excel.vendors import secrets, vendor

    vendor(name)
    secrets.forget(name)
    click.echo("已删除。Taken out.")
