"""The findings about values that were kept as something else: by an import, or by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from prosperity.errors import ProsperityError

from prosperity_excel import vintages
from prosperity_excel.checks.content import Content
from prosperity_excel.checks.kept import pattern
from prosperity_excel.checks.listing import Finding, digest_of
from prosperity_excel.series.breaks import Break
from prosperity_excel.sheets.workbook import address

#: Before and after, by month; None is no value.
Changed = Sequence[tuple[date, float | None, float | None]]


def revised_findings(sheet: str, path: Path, contents: Mapping[str, Content]) -> list[Finding]:
    """Return which values changed by the last import, and since they were last kept.

    Parameters
    ----------
    sheet
        Name of the sheet ``data``.
    path
        The book, beside which values are kept.
    contents
        What the columns hold now, by indicator id.
    """
    kept = vintages.vintages(path)
    if not kept:
        return []
    found = []
    latest = kept[-1]
    by_import: dict[str, list[vintages.Revision]] = defaultdict(list)
    for revision in vintages.revisions(path):
        if (revision.kept_at, revision.event) == (latest.kept_at, latest.event):
            by_import[revision.series].append(revision)
    zh, en = "上次导入时", "by the last import"
    if latest.event != vintages.IMPORT:
        zh, en = f"{latest.kept_at:%Y-%m-%d} 手工", f"by hand, seen on {latest.kept_at:%Y-%m-%d},"
    for id, revisions in by_import.items():
        changed = [(r.period, r.old, r.new) for r in revisions]
        found += _said(sheet, contents.get(id), id, changed, zh, en, {})
    last = vintages.last_kept(path)
    for id, values in last.items():
        one = contents.get(id)
        now = {} if one is None else one.values
        changed = [(p, old, now.get(p)) for p, old in values.items() if now.get(p) != old]
        found += _said(sheet, one, id, changed, "上次保存之后", "since they were kept", last)
    return found


def confirmed_breaks(path: Path | None) -> tuple[list[Break], list[Finding]]:
    """Return the breaks that were confirmed; a history that cannot be used is a finding."""
    if path is None:
        return [], []
    try:
        return vintages.breaks(path), []
    except ProsperityError as error:
        return [], [unusable(error)]


def unusable(error: ProsperityError) -> Finding:
    """Return the finding for a history that cannot be used; the rest of a check goes on."""
    return Finding(
        "history", error.where or "history", "", "", error.message("zh"), error.message("en")
    )


def _said(
    sheet: str,
    one: Content | None,
    id: str,
    changed: Changed,
    zh: str,
    en: str,
    kept: Mapping[str, Mapping[date, float]],
) -> list[Finding]:
    if not changed or one is None:
        return []
    told = pattern(id, changed, kept)
    # A pattern is told by where it begins; news by their newest value.
    period, old, new = changed[-1] if told is None else changed[0]
    shown = f"{period:%Y-%m}: {_shown(old)} → {_shown(new)}"
    more = ("", "") if told is None else (f"{told[0]}，", f"{told[1]}, ")
    return [
        Finding(
            "revised" if told is None else "kept_pattern",
            sheet,
            address(one.rows.get(period, 0), one.column),
            id,
            f"{zh}有 {len(changed)} 个值改变，{more[0]}如 {shown}。",
            f"{len(changed)} values changed {en}, {more[1]}such as {shown}.",
            since=f"{period:%Y-%m}",
            sure="" if told is None else "likely",
            digest=digest_of(changed),
        )
    ]


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
