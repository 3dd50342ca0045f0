"""News of a month, as a model is shown them: each once, newest first, within a limit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from prosperity.errors import DataError

from prosperity_excel.sheets.cells import Cell, text
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.words.book_words import clean, fold

#: Until when on the day of a decision news count, and how far back.
UNTIL, DAYS = time(15, 0), 31
#: Characters of an item's text that are used.
LONGEST = 500
COLUMNS = {
    "published": ("published", "发布时间", "时间", "日期", "date"),
    "source": ("source", "来源"),
    "title": ("title", "标题"),
    "text": ("text", "正文", "内容", "摘要"),
}


@dataclass(frozen=True)
class Item:
    """A piece of news."""

    published: datetime
    source: str
    title: str
    text: str

    @property
    def line(self) -> str:
        """The item as a model sees it."""
        body = f"：{self.text[:LONGEST]}" if self.text else ""
        return f"[{self.published:%m-%d}] {self.title}{body}"


@dataclass(frozen=True)
class Selected:
    """What is shown: the text, how many items, and how many were left out."""

    text: str
    count: int
    left: int


def read_news(sheet: Sheet) -> list[Item]:
    """Read a sheet of news; its first row with a title and a time of publication is the head.

    Raises
    ------
    DataError
        ``no_news_columns`` without such a row, ``bad_time`` for a time that cannot be read.
    """
    for number, row in enumerate(sheet.rows):
        words = [fold(text(cell)) for cell in row]
        at = {
            name: words.index(fold(word))
            for name, known in COLUMNS.items()
            for word in known[::-1]
            if fold(word) in words
        }
        if {"published", "title"} <= at.keys():
            return [_item(sheet, n, at) for n in range(number + 1, len(sheet.rows))
                    if text(sheet.cell(n, at["title"]))]  # fmt: skip
    raise DataError(
        "no_news_columns",
        "news 表需要“发布时间”和“标题”两列（还可有来源、正文）。",
        "The sheet news needs columns published and title (and may have source and text).",
        where=sheet.place(),
    )


def _item(sheet: Sheet, row: int, at: dict[str, int]) -> Item:
    said = {n: clean(text(sheet.cell(row, c))) for n, c in at.items() if n != "published"}
    when = _moment(sheet.cell(row, at["published"]))
    if when is None:
        given = text(sheet.cell(row, at["published"]))[:40]
        raise DataError(
            "bad_time",
            f"发布时间“{given}”无法读取，应形如 2025-07-31 09:30。",
            f"The time {given!r} cannot be read; it should look like 2025-07-31 09:30.",
            where=sheet.place(row, at["published"]),
        )
    return Item(when, said.get("source", ""), said["title"], said.get("text", ""))


_TEXT = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{2}).*)?$")


def _moment(cell: Cell) -> datetime | None:
    """Return a time; a day without one is its last minute, so that it cannot come too early."""
    if isinstance(cell, datetime):
        return cell if cell.time() != time(0, 0) else datetime.combine(cell.date(), time(23, 59))
    if isinstance(cell, date):
        return datetime.combine(cell, time(23, 59))
    found = _TEXT.match(str(cell).strip()) if isinstance(cell, str) else None
    if found is None:
        return None
    year, month, day, hour, minute = found.groups()
    try:
        clock = time(int(hour), int(minute)) if hour else time(23, 59)
        return datetime.combine(date(int(year), int(month), int(day)), clock)
    except ValueError:
        return None


def select(news: Iterable[Item], day: date, most: int, characters: int) -> Selected:
    """Return the news that count for a decision, newest first.

    Parameters
    ----------
    news
        In any order; of equal titles the newest counts.
    day
        The decision: what was published after 15:00 of it, or more than 31 days before, does not
        count.
    most, characters
        Items and characters at most; the oldest are left out.
    """
    last = datetime.combine(day, UNTIL)
    first = last - timedelta(days=DAYS)
    inside = sorted((n for n in news if first < n.published <= last),
                    key=lambda n: (n.published, n.title), reverse=True)  # fmt: skip
    once = list({fold(item.title): item for item in reversed(inside)}.values())
    once.sort(key=lambda n: (n.published, n.title), reverse=True)
    lines: list[str] = []
    used = 0
    for item in once[:most]:
        if used + len(item.line) + 1 > characters:
            break
        lines.append(item.line)
        used += len(item.line) + 1
    return Selected("\n".join(lines), len(lines), len(once) - len(lines))
