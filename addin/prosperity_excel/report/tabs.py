"""What the tabs of a report say: in a Chinese report Chinese names, otherwise the sheets' ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from prosperity_excel.report.room_for_text import clean
from prosperity_excel.report.spec import (
    Band,
    Bars,
    Chart,
    Link,
    Page,
    Part,
    Report,
    Scatter,
    Spark,
    Table,
    Text,
    Value,
    Waterfall,
)

#: What Excel allows in no tab's name, and the most letters of one.
FORBIDDEN, MOST_LETTERS = re.compile(r"[\[\]:*?/\\\x00-\x1f]"), 31
DATA = "序列·"


def named_in_chinese(report: Report) -> Report:
    """Return a report whose sheets are called as their pages are titled, and all links follow."""
    wanted = {page.id: page.title for page in report.pages}
    wanted |= {s.id: f"{DATA}{wanted.get(s.back.page, s.id)}" for s in report.sheets}
    return renamed(report, tab_names(wanted))


def tab_names(wanted: Mapping[str, str]) -> dict[str, str]:
    """Return a legal tab name for each id: no two alike in any case."""
    names: dict[str, str] = {}
    for id, title in wanted.items():
        whole = FORBIDDEN.sub(" ", clean(title)).strip(" '") or id
        name, number = _cut(whole), 1
        # Excel keeps the name of its own list of changes for itself.
        while name.casefold() in {"history", *map(str.casefold, names.values())}:
            number += 1
            tail = f"_{number}"
            name = _cut(whole, MOST_LETTERS - len(tail)) + tail
        names[id] = name
    return names


def _cut(name: str, most: int = MOST_LETTERS) -> str:
    """Return the first letters of a name as Excel counts them, where a rare one counts two."""
    kept = name.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
    return kept.rstrip(" '") or "_"


def renamed(report: Report, names: Mapping[str, str]) -> Report:
    """Return a report with other sheet names, by the old ones, wherever they stand."""
    pages = tuple(_page(page, names) for page in report.pages)
    sheets = tuple(
        replace(sheet, id=names[sheet.id], back=_link(sheet.back, names)) for sheet in report.sheets
    )
    return replace(report, pages=pages, sheets=sheets)


def _page(page: Page, names: Mapping[str, str]) -> Page:
    bands = tuple(_band(band, names) for band in page.bands)
    olds = (part for band in page.bands for part in band)
    news = (part for band in bands for part in band)
    header = next((new for old, new in zip(olds, news, strict=True) if old is page.header), None)
    return replace(
        page,
        id=names[page.id],
        bands=bands,
        header=header if isinstance(header, Table) else None,
    )


def _band(band: Iterable[Part], names: Mapping[str, str]) -> Band:
    return tuple(_part(part, names) for part in band)


def _part(part: Part, names: Mapping[str, str]) -> Part:
    match part:
        case Text():
            return replace(part, link=names.get(part.link, part.link))
        case Table():
            rows = tuple(tuple(_value(v, names) for v in row) for row in part.rows)
            return replace(part, rows=rows)
        case Chart() | Waterfall() | Scatter() | Bars():
            changed: Any = {"sheet": names.get(part.sheet, part.sheet)}
            return replace(part, **changed)
        case _:
            return part


def _value(value: Value, names: Mapping[str, str]) -> Value:
    if isinstance(value, Spark):
        return replace(value, sheet=names.get(value.sheet, value.sheet))
    return _link(value, names) if isinstance(value, Link) else value


def _link(link: Link, names: Mapping[str, str]) -> Link:
    return replace(link, page=names.get(link.page, link.page))
