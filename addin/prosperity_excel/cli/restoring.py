"""The verb ``restore``: the copies of a file, and one of them brought back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prosperity_excel.cli.shared import ANY, friendly, print_table, say
from prosperity_excel.words.tongue import spoken

if TYPE_CHECKING:
    from prosperity_excel.files.backups import Copy

#: Exit code when nothing was brought back.
NOT_RESTORED = 3
_HEADS = ("编号 No.", "保留于 Kept at", "在此操作之前 Before", "大小 Size", "文件 File")


@click.command()
@click.argument("book", type=ANY)
@click.option(
    "--copy",
    "number",
    type=int,
    default=0,
    metavar="N",
    help="Which copy to bring back; 1 is the newest. 恢复第几个备份，1 是最近的。",
)
@click.option("--yes", is_flag=True, help="Bring it back without asking. 不再询问，直接恢复。")
@friendly
def restore(book: Path, number: int, yes: bool) -> None:
    """List the copies kept of BOOK, or bring one back; BOOK may be gone.

    列出工作簿的备份，或恢复其中一个；现有内容会先备份。
    """
    from prosperity_excel.results import restoring

    found = restoring.kept_copies(book)
    if number == 0 and yes:
        number = 1
    if number == 0:
        print_table(_HEADS, [_row(n, copy) for n, copy in enumerate(found, 1)])
        number = _asked(len(found))
        if number == 0:
            say("恢复请加 --copy 编号。", "Add --copy N to bring one back.", err=True)
            return
    copy = restoring.numbered(found, number)
    if restoring.same_content(book, copy):
        say(f"{book} 与这个备份相同，无须恢复。",
            f"{book} holds what this copy holds already.")  # fmt: skip
        return
    for line in _preview(book, copy):
        click.echo(line)
    if not (yes or _agreed()):
        say("尚未恢复；加 --yes 恢复。", "Nothing was changed; add --yes to do it.", err=True)
        raise SystemExit(NOT_RESTORED)
    kept = restoring.restore(book, copy)
    say(f"已恢复：{book}", f"Restored: {book}")
    if kept is not None:
        say(f"原有内容的备份：{kept}", f"What was there: {kept}")


def _row(number: int, copy: Copy) -> tuple[object, ...]:
    where = f"{copy.path.parent.name}/{copy.path.name}"
    return number, f"{copy.made:%Y-%m-%d %H:%M:%S}", copy.verb or "–", f"{copy.size:,}", where


def _preview(book: Path, copy: Copy) -> list[str]:
    """Say what will come back, and what will go."""
    from prosperity_excel.results import restoring

    verb, made = copy.verb, f"{copy.made:%Y-%m-%d %H:%M:%S}"
    before = (f"（{verb} 之前）", f" (before {verb})") if verb else ("", "")
    head = spoken(f"备份：{made}{before[0]}", f"Copy: {made}{before[1]}")
    lines = [f"{head} {copy.path.name}"]
    if not book.exists():
        gone = spoken("工作簿已不在，将重新放回。", "The book is gone; it will be put back.")
        return [*lines, gone]
    found = restoring.difference(book, copy)
    if found is None:
        said = (
            "不能逐值比较（其中之一不是可读的行业工作簿）。",
            "Values cannot be compared (one of the two is no readable book).",
        )
    elif found == restoring.Difference(0, 0, 0):
        said = (
            "数据相同，只有其他内容（如结果表）不同。",
            "The data are the same; other sheets differ.",
        )
    else:
        said = (
            f"现有而备份没有的值 {found.only_now} 个（将消失），备份才有的 {found.only_copy} 个"
            f"（将回来），两者不同的 {found.other} 个。",
            f"Values that go: {found.only_now}; that come back: {found.only_copy}; that change: "
            f"{found.other}.",
        )
    return [*lines, spoken(*said, "\n")]


def _asked(count: int) -> int:
    """Ask which copy, where somebody can answer; 0 is none."""
    if not sys.stdin.isatty():
        return 0
    asked = spoken("恢复哪一个？0 为不恢复", "Which one? 0 is none")
    answer: int = click.prompt(asked, type=click.IntRange(0, count), default=0, err=True)
    return answer


def _agreed() -> bool:
    if not sys.stdin.isatty():
        return False
    return click.confirm(spoken("恢复？", "Bring it back?"), default=False, err=True)
