"""The verb ``vintages``: the states kept of a book, listed and mended."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from prosperity.errors import SettingError

from prosperity_excel.cli.shared import ANY, friendly, print_table, say
from prosperity_excel.words.tongue import spoken

if TYPE_CHECKING:
    from prosperity_excel.vintages.mending import Listed

_HEADS = (
    "编号 No.", "保存于 Kept at", "至 Seen until", "事件 Event", "值 Values",
    "其他 Other", "时间 Time", "说明 Remark",
)  # fmt: skip


@click.command()
@click.argument("book", type=ANY)
@click.option(
    "--move",
    nargs=2,
    metavar="N DATE",
    help="Give vintage N another time, such as 2024-03-15 or 2024-03-15T09:30. 改第 N 次的时间。",
)
@click.option("--drop", type=int, metavar="N", help="Take vintage N out. 去掉第 N 次。")
@click.option(
    "--adopt",
    is_flag=True,
    help="The history beside BOOK is its own, though another identity stands in it. "
    "确认旁边的历史值属于本工作簿。",
)
@friendly
def vintages(book: Path, move: tuple[str, str] | None, drop: int | None, adopt: bool) -> None:
    """List the states kept of BOOK, or mend them; a copy of the history is kept first.

    列出保存过的历史值，或改正其时间、去掉其中一次；改动前先备份。
    """
    from prosperity_excel.vintages import mending

    _refuse_several(move, drop, adopt)
    copy = None
    if move is not None:
        copy = mending.move(book, _number(move[0]), _moment(move[1]))
    elif drop is not None:
        copy = mending.drop(book, drop)
    elif adopt:
        copy = mending.adopt(book)
    found = mending.listed(book)
    if not found and copy is None:
        say("还没有保存过历史值。", "Nothing was kept yet.")
        return
    print_table(_HEADS, [_row(one) for one in found])
    if copy is not None:
        say(f"已改，原历史值备份：{copy}", f"Changed, copy of the history: {copy}")
    if not all(one.fits for one in found):
        say(
            "时间不合的各次在 --as-of 时略过；用 --move 改正。",
            "Vintages whose times do not fit are passed over by --as-of; mend them with --move.",
            err=True,
        )


def _row(one: Listed) -> tuple[str, ...]:
    kept = one.vintage
    return (
        str(kept.number),
        f"{kept.kept_at:%Y-%m-%d %H:%M:%S}",
        f"{kept.seen_at:%Y-%m-%d}",
        kept.event,
        str(one.values),
        str(one.facts),
        "" if one.fits else spoken("不合", "does not fit"),
        kept.said,
    )


def _refuse_several(*asked: object) -> None:
    if sum(given not in (None, False) for given in asked) > 1:
        raise SettingError(
            "one_change",
            "--move、--drop、--adopt 一次只能用一个。",
            "Give one of --move, --drop and --adopt.",
        )


def _number(text: str) -> int:
    if not text.isdecimal():
        raise SettingError(
            "bad_number", f"“{text}”不是编号。", f"{text!r} is no number of a vintage."
        )
    return int(text)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise SettingError(
            "bad_moment",
            f"日期“{text}”无法读取，应形如 2023-07-31 或 2023-07-31T09:30。",
            f"The date {text!r} cannot be read; it should look like 2023-07-31 or "
            "2023-07-31T09:30.",
        ) from None
