"""What the columns of a book lack, and which vendor can be asked for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from prosperity.calendar import MARKET_FREQUENCIES

from prosperity_excel.intake.candidates import Target
from prosperity_excel.intake.targets import OpenBook
from prosperity_excel.vendors import VENDORS, vendor
from prosperity_excel.vendors.protocol import Kind, Vendor, Wish
from prosperity_excel.words.book_words import fold
from prosperity_excel.words.pair import Pair

#: What is asked for again, for revisions: months of series and days of closes.
LOOK_BACK_MONTHS, LOOK_BACK_DAYS = 24, 30
#: From when an empty column is filled.
FIRST = date(2005, 1, 1)
#: How each vendor is called in the row 来源 (source) of a book.
CALLED: Mapping[str, tuple[str, ...]] = {
    "wind": ("wind", "万得"),
    "ifind": ("ifind", "同花顺"),
    "choice": ("choice", "东方财富", "东财"),
    "akshare": ("akshare",),
    "fred": ("fred",),
    "oecd": ("oecd", "经合组织"),
}
_SEPARATORS = re.compile(r"[;；、,，\s]+")


@dataclass(frozen=True)
class Need:
    """A column, what it lacks, and who may have it.

    Attributes
    ----------
    target : Target
    begin, end : date
        What is asked for.
    wishes : tuple of (str, Wish)
        By vendor, in the order in which they are asked until one has it.
    checks : tuple of (str, Wish)
        Other vendors that the book names, to compare with.
    """

    target: Target
    begin: date
    end: date
    wishes: tuple[tuple[str, Wish], ...]
    checks: tuple[tuple[str, Wish], ...] = ()


@dataclass(frozen=True)
class Unserved:
    """A column that no vendor can be asked for, and why."""

    target: Target
    why: Pair


def needs_of(
    book: OpenBook,
    vendors: Mapping[str, Vendor],
    today: date,
    *,
    only: Sequence[str] = (),
    since: date | None = None,
) -> tuple[list[Need], list[Unserved]]:
    """Return what the columns of ``data`` and ``prices`` lack and who may have it.

    Parameters
    ----------
    book
        The book; the header rows 来源 (source) and 指标ID (id) of a column may name several
        vendors and their ids, parted by semicolons.
    vendors
        Those that can be asked, by word, in the order of preference.
    today
        Up to which values are asked for.
    only
        Words of the vendors to ask, in that order; empty is those that a column names, else the
        first that knows its id.
    since
        From when to ask in every column; None is what is missing and the last
        :data:`LOOK_BACK_MONTHS` months (:data:`LOOK_BACK_DAYS` days of closes) for revisions.
    """
    needs: list[Need] = []
    unserved: list[Unserved] = []
    for target in book.targets:
        table = book.tables[target.sheet]
        said = fold(table.header("source", target.column))
        ids = _ids(book, target)
        named = [id for id, words in CALLED.items() if any(fold(word) in said for word in words)]
        begin = since or _begin(book, target, today)
        order = list(only) or [*named, *(id for id in vendors if id not in named)]
        served = [
            (id, wish)
            for id in order
            if id in vendors and (wish := _wish(vendors[id], target, ids, begin, today))
        ]
        if not served:
            unserved.append(Unserved(target, _why(target, ids, named, only, vendors)))
            continue
        asked = set(only) or set(named)
        checks = tuple(one for one in served[1:] if one[0] in asked)
        needs.append(Need(target, begin, today, tuple(served), checks))
    return needs, unserved


def _ids(book: OpenBook, target: Target) -> list[str]:
    """Return the vendors' ids of a column: those of its header, then the definition's."""
    own = book.tables[target.sheet].header("source_id", target.column)
    known = target.indicator.source_ids if target.indicator else ()
    return list(dict.fromkeys(filter(None, [*_SEPARATORS.split(own), *known])))


def _wish(
    vendor: Vendor, target: Target, ids: Sequence[str], begin: date, end: date
) -> Wish | None:
    kind: Kind = "close" if target.sheet == "prices" else "series"
    indicator = target.id if target.indicator else ""
    daily = kind == "close" or (
        target.indicator is not None and target.indicator.frequency in MARKET_FREQUENCIES
    )
    for id in [*ids, ""]:
        served = vendor.serves(id, kind, indicator)
        if served:
            return Wish(served, kind, begin, end, indicator, daily)
    return None


def _begin(book: OpenBook, target: Target, today: date) -> date:
    """Return from when a column is asked for: after its last value, but a look back at least."""
    held = book.held(target).values
    if not held:
        return FIRST
    last = max(held)
    if target.sheet == "prices":
        return min(last, today - timedelta(days=LOOK_BACK_DAYS))
    month = today.year * 12 + today.month - 1 - LOOK_BACK_MONTHS
    return min(last.replace(day=1), date(month // 12, month % 12 + 1, 1))


def _why(
    target: Target,
    ids: Sequence[str],
    named: Sequence[str],
    only: Sequence[str],
    vendors: Mapping[str, Vendor],
) -> Pair:
    kind: Kind = "close" if target.sheet == "prices" else "series"
    indicator = target.id if target.indicator else ""
    would = [
        id
        for id in VENDORS
        if id not in vendors and any(vendor(id).serves(one, kind, indicator) for one in [*ids, ""])
    ]
    absent = [id for id in named if id not in vendors] or ([] if only else would)
    if absent:
        there = ", ".join(absent)
        return (
            f"只有 {there} 有，而它在本机不可用（见 prosperity sources）",
            f"only {there} has it, which cannot be asked on this machine (see 'prosperity "
            "sources')",
        )
    if not ids:
        return (
            "没有代码：在“指标ID”行填数据商代码，或运行 prosperity sources match",
            "no id: fill in the row 指标ID, or run 'prosperity sources match'",
        )
    asked = ", ".join(only) or ", ".join(vendors)
    return f"{asked} 没有它", f"{asked} does not have it"
