"""Tables of notes on series: names, ids, units and frequencies for the sheets of data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from prosperity_excel.exports.export_series import ExportSeries
from prosperity_excel.exports.features import Features, notes_head
from prosperity_excel.exports.header_words import CODE, HeaderLabel, ids_like, label_of
from prosperity_excel.sheets.cells import text
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.words.book_words import clean, fold

#: What notes say of a series, and under which keys it is found: folded names and ids.
Notes = dict[str, dict[str, str]]
_SAID: tuple[HeaderLabel, ...] = ("name", "source_id", "unit", "frequency", "source")
_CHINESE = re.compile("[一-鿿]")
#: Longest text by which a series may be known.
_LONGEST_KEY = 60


def read_notes(features: Features) -> tuple[Notes, list[tuple[str, str]]]:
    """Return what a table of notes says, by every name and id of each series, and remarks.

    A name that two different series have is no key.
    """
    sheet = features.sheet
    head = notes_head(sheet)
    roles = _roles(sheet, head)
    keys = _key_columns(sheet, head, roles)
    notes: Notes = {}
    twice: set[str] = set()
    count = 0
    for row in range(head + 1, len(sheet.rows)):
        said: dict[str, str] = {key: clean(text(sheet.cell(row, at))) for key, at in roles.items()}
        names = [fold(text(sheet.cell(row, c))) for c in keys]
        names = [n for n in names if n and len(n) <= _LONGEST_KEY]
        count += bool(names)
        for name in names:
            known = notes.setdefault(name, said)
            if known != said:
                twice.add(name)
    for name in twice:
        del notes[name]
    remarks = [
        (f"{count} 个指标的说明，用来补全其他表的表头。",
         f"Notes on {count} series; they complete the headers of other sheets.")
    ]  # fmt: skip
    if twice:
        shown = ", ".join(sorted(twice)[:5])
        remarks.append(
            (f"{len(twice)} 个名称属于不止一个指标，未采用（{shown}）。",
             f"{len(twice)} names belong to more than one series and were not used ({shown}).")
        )  # fmt: skip
    return notes, remarks


def _roles(sheet: Sheet, head: int) -> dict[HeaderLabel, int]:
    """Return the column of each label; of several for ids the one with vendors' ids."""
    found: dict[HeaderLabel, int] = {}
    ids: list[int] = []
    for column, cell in enumerate(sheet.rows[head]):
        label = label_of(cell)
        if label == "source_id":
            ids.append(column)
        elif label in _SAID:
            found.setdefault(label, column)
    if ids:
        found["source_id"] = next((c for c in ids if _vendor_ids(sheet, head, c)), ids[-1])
    if "name" not in found:
        others = [c for c in range(sheet.width) if c not in {*found.values(), *ids}]
        named = next((c for c in others if _are_names(sheet, head, c)), None)
        if named is not None:
            found["name"] = named
    return found


def _below(sheet: Sheet, head: int, column: int) -> list[str]:
    cells = (sheet.cell(r, column) for r in range(head + 1, len(sheet.rows)))
    return [clean(c) for c in cells if isinstance(c, str) and c.strip()]


def _vendor_ids(sheet: Sheet, head: int, column: int) -> bool:
    words = _below(sheet, head, column)
    return bool(ids_like(words)) or sum(bool(CODE.match(w)) for w in words) > len(words) / 2


def _are_names(sheet: Sheet, head: int, column: int) -> bool:
    """Whether a column without a label holds Chinese names, each its own."""
    words = _below(sheet, head, column)
    chinese = sum(bool(_CHINESE.search(w)) for w in words)
    return bool(words) and chinese > len(words) / 2 and len(set(words)) > 0.8 * len(words)


def _key_columns(sheet: Sheet, head: int, roles: Mapping[HeaderLabel, int]) -> list[int]:
    """Return the columns by which series may be known: names and ids of every kind."""
    other = {roles[k] for k in ("unit", "frequency", "source") if k in roles}
    found = []
    for column, cell in enumerate(sheet.rows[head]):
        words = _below(sheet, head, column)
        own = len(set(words)) > 0.8 * len(words) and all(len(w) <= _LONGEST_KEY for w in words)
        named = column in roles.values() or label_of(cell) in ("name", "source_id")
        if column not in other and words and (named or own):
            found.append(column)
    return found


def completed(series: ExportSeries, notes: Mapping[str, Mapping[str, str]]) -> ExportSeries:
    """Return a series with what notes say of it and its own header does not."""
    keys = (series.source_id, series.name)
    said = next((notes[k] for key in keys if (k := fold(key)) and k in notes), None)
    if said is None:
        return series
    blank = {k: v for k, v in said.items() if v and not getattr(series, k)}
    name, id = said.get("name", ""), said.get("source_id", "")
    known_as = [n for n in (series.name, series.source_id) if n]
    if name and fold(name) != fold(series.name):
        blank["name"] = name
    if (
        id
        and fold(id) != fold(series.source_id)
        and fold(series.source_id) in _folded([series.name, name])
    ):
        blank["source_id"] = id
    others = tuple(dict.fromkeys(n for n in known_as if fold(n) not in _folded([name, id])))
    return replace(series, **blank, other_names=others) if blank else series  # type: ignore[arg-type]


def _folded(words: Iterable[str]) -> set[str]:
    return {fold(w) for w in words if w}
