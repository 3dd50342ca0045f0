"""The verbs for data from vendors: update, start."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prosperity_excel.cli.offering import NOT_WRITTEN, offer, refuse_unwritable
from prosperity_excel.cli.shared import (
    ANY,
    check_outputs,
    day_of,
    force_option,
    friendly,
    print_table,
    progress_shown,
    say,
    say_error,
    trust_option,
)
from prosperity_excel.words.tongue import language, spoken

if TYPE_CHECKING:
    from prosperity_excel.intake.needs import Need
    from prosperity_excel.intake.targets import OpenBook
    from prosperity_excel.vendors.protocol import Vendor
    from prosperity_excel.words.statements import Former


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
@click.option(
    "--watch",
    "watching",
    is_flag=True,
    help="Then wait for the next release that is due and update again, until stopped (implies "
    "--yes). 之后按公布日历等待下一次并再更新，直到停止（即 --yes）。",
)
@click.option(
    "--schedule",
    is_flag=True,
    help="Only print the line for the Windows task scheduler and for cron. 只打印计划任务的命令。",
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
    watching: bool,
    schedule: bool,
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
    if schedule:
        from prosperity_excel.cli.watching import scheduler_lines

        sources_said = [word for id in only for word in ("--source", id)]
        for line in scheduler_lines([*map(str, map(Path.resolve, books)), *sources_said]):
            click.echo(line)
        return
    wish = _Wish(_usable(only), tuple(only), day_of(since) if since else None, again)
    if not watching:
        if not _update_all(books, wish, plan_only, yes=yes, trust_clock=trust_clock):
            raise SystemExit(NOT_WRITTEN)
        return
    from prosperity_excel.cli.watching import watch

    def once() -> None:
        with contextlib.suppress(SystemExit):
            _update_all(books, wish, False, yes=True, trust_clock=trust_clock)

    watch(books, once, say=click.echo)


def _usable(only: Sequence[str]) -> dict[str, Vendor]:
    """Return the vendors to ask: those named, so that what is wrong with one is said, or all."""
    from prosperity_excel.vendors import VENDORS, vendor

    vendors = {id: vendor(id) for id in (only or VENDORS)}
    return {id: one for id, one in vendors.items() if only or one.state().error is None}


def _update_all(
    books: Sequence[Path], wish: _Wish, plan_only: bool, *, yes: bool, trust_clock: bool
) -> bool:
    """Update books, or say what would be asked for; return whether nothing is left."""
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
    return all(done)


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
        # The line is in the language that is spoken already.
        click.echo(f"{spoken('无处可取', 'Nobody to ask')}: {line}", err=True)
    before = frozenset() if wish.again or wish.since else asked_today(path, today())
    left = [need for need in needs if key_of(need) not in before]
    if len(left) < len(needs):
        count = len(needs) - len(left)
        say(f"{count} 列今天已取过，不再取（--again 可重取）。",
            f"Fetched today and not asked for again: {count} (--again does).",
            err=True)  # fmt: skip
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
        say(f"{id}：至多 {count:,} 个单元格", f"{id}: at most {count:,} cells")


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
        say("没有要取的。", "There is nothing to fetch.")
        return True
    with progress_shown() as progress:
        fetched = fetch(needs, wish.vendors, progress=progress)
    for line in failed_lines(fetched.failed):
        click.echo(f"{spoken('未取到', 'Not fetched')}: {line}", err=True)
    if lines := difference_lines(fetched.differences):
        say("两个来源的值不同：", "Sources differ:", err=True)
        for line in lines:
            click.echo(f"    {line}", err=True)
    plan = plan_readings(fetched.readings, opened, Options())
    before = _standing(path)
    offer(plan, path, (), yes=yes, trust_clock=trust_clock)
    _say_flips(path, before)
    keep_asked(path, settled_needs(plan, fetched.got), today())
    return not fetched.failed and not plan.waiting


def _standing(path: Path) -> dict[str, Former]:
    """Return where a book's industries stand now; nothing where it cannot be run yet."""
    from prosperity.errors import ProsperityError

    from prosperity_excel.runs.evaluate import run_books
    from prosperity_excel.words.statements import Former, signal_of

    try:
        results = run_books([path], today=today()).industries
    except ProsperityError:
        return {}
    return {
        id: Former(result.decisions[result.latest], signal_of(result))
        for id, result in results.items()
        if result.latest is not None
    }


def _say_flips(path: Path, before: Mapping[str, Former]) -> None:
    """Say which signals are others than before the update."""
    from prosperity.errors import ProsperityError

    from prosperity_excel.runs.evaluate import run_books
    from prosperity_excel.words.statements import changed_signals

    try:
        evaluation = run_books([path], today=today())
    except ProsperityError:
        return
    known = {id: one for id, one in before.items() if id in evaluation.industries}
    told = list(changed_signals(evaluation, known)) if known else []
    for zh, en in told:
        say(f"信号变化：{zh}。", f"Signal changed: {en}.")
    if known and not told:
        say("信号没有变化。", "No signal changed.")


@click.command()
@click.argument("folder", type=ANY)
@force_option
@friendly
def start(folder: Path, force: bool) -> None:
    """Make FOLDER with the books that AKShare, FRED and OECD fill, run and reported.

    用公开数据（AKShare、FRED、OECD）建立一个工作文件夹：建表、取数、计算、出报告，不需要终端。
    """
    from prosperity_excel.excel import start as starting
    from prosperity_excel.intake.said import item_lines
    from prosperity_excel.intake.update import failed_lines

    check_outputs(starting.start_outputs(folder), force=force)
    with progress_shown() as progress:
        done = starting.start(folder, language=language(), progress=progress)
    for path, plan in done.plans.items():
        count = len(plan.writes)
        say(f"{path.name}：{count} 列", f"{path.name}: columns written: {count}")
        for line in item_lines(plan.waiting):
            click.echo(line)
    for line in failed_lines(done.failed):
        click.echo(f"{spoken('未取到', 'Not fetched')}: {line}", err=True)
    if done.report is None:
        if done.problem is not None:
            say_error(done.problem)
        raise SystemExit(NOT_WRITTEN)
    say(f"工作簿：{folder}", f"Books: {folder}")
    say(f"报告：{done.report}", f"Report: {done.report}")
