"""What ``prosperity define`` checks and says about the definitions in a book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from prosperity.catalog import catalog
from prosperity.definition import Industry
from prosperity.errors import BookError
from prosperity.records import Difference, differences
from prosperity.systems.reading import records, systems
from prosperity.systems.spec import System

from prosperity_excel.book.definitions import read_definitions
from prosperity_excel.book.system_sheet import own_systems
from prosperity_excel.sheets.workbook import open_workbook
from prosperity_excel.words.book_words import SHEETS
from prosperity_excel.words.tongue import spoken

COLUMNS = ("id", "名称 Name", "类型 Kind", "指标 Indicators", "与目录比较 Against the catalog")


SYSTEM_COLUMNS = ("id", "名称 Name", "资产 Assets", "参数 Constants", COLUMNS[-1])
NEW = ("新模型", "new")
#: A table: its columns, its rows, and a line for each difference from the catalog.
Checked = tuple[tuple[str, ...], list[tuple[str, ...]], list[str]]


def check_definitions(path: Path) -> list[Checked]:
    """Check a book's sheets ``definition`` and ``system``.

    Returns
    -------
    list of (columns, rows, lines)
        One for each of the sheets: a row a model, and a line for each field that differs from the
        catalog.

    Raises
    ------
    BookError
        When the book has neither.
    DefinitionError
        With every problem and its cell.
    """
    workbook = open_workbook(path)
    sheet, found = workbook.find(SHEETS["definition"]), own_systems(workbook)
    if sheet is None and not found:
        raise BookError(
            "no_definition_sheet",
            "工作簿没有 definition（定义）表；没有它就用目录中的定义。",
            "The book has no definition sheet; without one the catalog's definitions are used.",
            where=path.name,
        )
    tables = [] if sheet is None else [_models(read_definitions(sheet).values())]
    return [*tables, _systems(found.values())] if found else tables


def _models(models: Iterable[Industry]) -> Checked:
    rows: list[tuple[str, ...]] = []
    lines: list[str] = []
    for model in models:
        found = differences(catalog()[model.id], model) if model.id in catalog() else None
        rows.append(_row(model, found))
        lines.extend(f"{model.id}: {d.field}: {d.before} → {d.after}" for d in found or ())
    return COLUMNS, rows, lines


def _systems(own: Iterable[System]) -> Checked:
    rows: list[tuple[str, ...]] = []
    lines: list[str] = []
    for system in own:
        known = systems().get(system.id)
        found = [] if known is None else list(_changed(known, system))
        name, count = spoken(system.name_zh, system.name_en), str(len(system.assets))
        against = spoken(*NEW) if known is None else _against(len(found))
        rows.append((system.id, name, count, str(len(system.parameters)), against))
        lines.extend(found)
    return SYSTEM_COLUMNS, rows, lines


def _changed(known: System, own: System) -> Iterator[str]:
    """Say field by field what differs between two systems of one id."""
    before, after = records(known), records(own)
    for table, rows in after.items():
        old = {row["id"]: row for row in before[table]}
        for row in rows:
            was = old.pop(row["id"], None)
            place = f"{own.id}: {table}.{row['id']}"
            if was is None:
                yield f"{place}: – → +"
                continue
            for column in row:
                if row[column] != was[column]:
                    yield f"{place}.{column}: {was[column]} → {row[column]}"
        for id in old:
            yield f"{own.id}: {table}.{id}: + → –"


def _row(model: Industry, found: tuple[Difference, ...] | None) -> tuple[str, ...]:
    against = spoken(*NEW) if found is None else _against(len(found))
    name = spoken(model.name_zh, model.name_en)
    return model.id, name, model.kind, str(len(model.members)), against


def _against(count: int) -> str:
    return (
        spoken(f"{count} 处不同", f"differences: {count}") if count else spoken("相同", "the same")
    )
