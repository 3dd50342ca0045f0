"""The sources of data on this machine, and what of a book each can serve."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path

from prosperity_excel.files.child import read_guarded
from prosperity_excel.intake.needs import needs_of
from prosperity_excel.intake.targets import OpenBook, open_for_import
from prosperity_excel.intake.update import unserved_lines
from prosperity_excel.vendors import VENDORS, vendor
from prosperity_excel.vendors.protocol import State
from prosperity_excel.words.tongue import spoken

COLUMNS = ("来源 Source", "名称 Name", "已安装 Installed", "已登录 Logged in", "说明 Note")


def source_rows() -> list[tuple[str, ...]]:
    """Return a row for each source; nothing is fetched."""
    rows: list[tuple[str, ...]] = []
    for id in VENDORS:
        one = vendor(id)
        state = one.state()
        note = spoken(state.error.zh, state.error.en) if state.error else ""
        rows.append((id, spoken(*one.name), _word(state.installed), _ready(state), note))
    return rows


def _word(yes: bool) -> str:
    return spoken("是", "yes") if yes else spoken("否", "no")


def _ready(state: State) -> str:
    return "–" if state.ready is None or not state.installed else _word(state.ready)


def served_lines(path: Path) -> list[str]:
    """Return what of a book each source that is there can serve, and what none can."""
    vendors = {id: vendor(id) for id in VENDORS}
    usable = {id: one for id, one in vendors.items() if one.state().error is None}
    opened: OpenBook = read_guarded(open_for_import, path)
    needs, unserved = needs_of(opened, usable, date.today())
    by: dict[str, list[str]] = defaultdict(list)
    for need in needs:
        for id, _ in need.wishes:
            by[id].append(need.target.id)
    lines = [f"{id}: {len(ids)}/{len(opened.targets)}: {'、'.join(ids)}" for id, ids in by.items()]
    nobody = spoken("无处可取", "nobody to ask")
    return [*lines, *(f"{nobody}: {line}" for line in unserved_lines(unserved))]
