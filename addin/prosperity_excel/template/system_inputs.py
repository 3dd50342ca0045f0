"""The sheets of a system's inputs: wide, long, and lists."""

from __future__ import annotations

from collections.abc import Sequence

from prosperity.systems.spec import ANY_FIELD, Input

from prosperity_excel.template.system_contents import SystemContents, field_name_zh, fields_of
from prosperity_excel.template.template_data import CHECKED_ROWS
from prosperity_excel.template.template_page import Page
from prosperity_excel.words.book_words import HEADER_ROWS, LABELS
from prosperity_excel.words.guide_words import RULES
from prosperity_excel.words.system_words import DATE_WORDS, RELEASE_WORDS

#: Rows above the records of a long sheet: title, note, source, Chinese names, ids.
HEAD = 5


def write_input(page: Page, plan: SystemContents, one: Input) -> None:
    """Write the sheet of one input, with what the panel holds for it."""
    _WRITERS[one.form](page, plan, one)


def lag_words(one: Input) -> tuple[str, str]:
    """Return when a value counts, in Chinese and English."""
    if one.lag_trading_days:
        n = one.lag_trading_days
        return f"{n} 个交易日后可用", f"counts {n} trading day{'s' if n > 1 else ''} later"
    if one.lag_days:
        return f"{one.lag_days} 天后可用", f"counts {one.lag_days} days later"
    return "当日收盘后可用", "counts from that day's close"


def _notes(one: Input) -> tuple[str, str]:
    zh, en = lag_words(one)
    unit = f"单位 unit: {one.unit}" if one.unit else ""
    return (
        "；".join(filter(None, (one.publisher_zh, zh, one.note_zh))) + "。",
        "; ".join(filter(None, (one.publisher_en, en, one.note_en, unit))) + ".",
    )


def _write_wide(page: Page, plan: SystemContents, one: Input) -> None:
    sheet, labels = page.sheet, HEADER_ROWS["prices"]
    columns = plan.columns_of(one)
    source = plan.note if plan.table(one.id) is not None else None
    sheet.set_column(0, 0, 13, page.styles["date"])
    sheet.set_column(1, len(columns), 16, page.styles["number"])
    for row, label in enumerate(labels):
        page.write(row, 0, LABELS[label][0], "label")
        for place, (id, zh, en) in enumerate(columns, 1):
            shown = {"name_zh": zh, "name_en": en, "id": id, "source": source}
            style = {"name_zh": "name_0", "name_en": "name_en", "id": "id"}
            page.write(row, place, shown.get(label), style.get(label, "typed_fact"))
    first = len(labels)
    page.prompt((0, 0, first - 1, len(columns)), one.name_zh, _notes(one))
    releases = plan.row_releases(one)
    if releases is not None:
        place = len(columns) + 1
        page.write(0, place, RELEASE_WORDS[1], "name_1")
        page.write(labels.index("id"), place, RELEASE_WORDS[0], "id")
        for row, day in enumerate(releases, first):
            page.write(row, place, day, "day")
    for row, (day, values) in enumerate(plan.wide_rows(one), first):
        page.write(row, 0, day, "date")
        for place, value in enumerate(values, 1):
            if value is not None:
                page.write(row, place, value, "number")
    sheet.freeze_panes(first, 1)
    page.prompt((first, 1, CHECKED_ROWS, len(columns)), "", (), RULES["number"])


def _head(page: Page, plan: SystemContents, one: Input, heads: Sequence[str], filled: bool) -> None:
    """Write what stands above records: title, notes, source, names in both languages."""
    page.write(0, 0, f"{one.name_zh} {one.name_en}", "table")
    page.write(1, 0, " ".join(_notes(one)), "subtitle")
    page.write(2, 0, LABELS["source"][0], "label")
    page.write(2, 1, plan.note if filled else None, "typed_fact")
    units = one.unit_of
    for place, id in enumerate(heads):
        zh = {"date": DATE_WORDS[1], "release": RELEASE_WORDS[1]}.get(id, field_name_zh(id))
        unit = units(id) if id in fields_of(one) else ""
        page.write(
            3, place, f"{zh}（{unit}）" if unit not in ("", "text", "date") else zh, "name_0"
        )
        page.write(4, place, id, "column")
    page.sheet.freeze_panes(HEAD, 0)


def _write_long(page: Page, plan: SystemContents, one: Input) -> None:
    heads = ["date", one.entity, *fields_of(one), "release"]
    if ANY_FIELD in one.fields and plan.panel is not None:
        known = (id.partition(".")[2] for id in plan.panel.tables if id.startswith(f"{one.id}."))
        heads[-1:-1] = [name for name in known if name not in heads]
    records = list(plan.long_rows(one))
    _head(page, plan, one, heads, bool(records))
    page.sheet.set_column(0, len(heads), 16)
    for row, (day, name, values, stated) in enumerate(records, HEAD):
        page.write(row, 0, day, "date")
        page.write(row, 1, name)
        for place, value in enumerate(values, 2):
            if value is not None:
                page.write(row, place, value, "number" if isinstance(value, float) else "day")
        if stated is not None:
            page.write(row, len(heads) - 1, stated, "day")
    page.prompt((HEAD, 0, CHECKED_ROWS, 0), "", (), RULES["date"])


def _write_list(page: Page, plan: SystemContents, one: Input) -> None:
    heads = [one.entity, *fields_of(one)]
    records = list(plan.list_rows(one))
    _head(page, plan, one, heads, bool(records))
    page.sheet.set_column(0, len(heads), 16)
    for row, values in enumerate(records, HEAD):
        for place, value in enumerate(values):
            if value is not None:
                plain = isinstance(value, str | float)
                page.write(row, place, value, "plain" if plain else "day")


_WRITERS = {"wide": _write_wide, "long": _write_long, "list": _write_list}
