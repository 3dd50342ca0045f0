"""The ``system`` sheet: systems as blocks of records, written and read without loss.

It is laid out as the ``definition`` sheet. A system of which only the id stands there is the
catalog's; other records of it then stand in for the catalog's of the same id, field by field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prosperity.errors import DefinitionError
from prosperity.records import COLUMNS, Record
from prosperity.systems.reading import CLASSES, SHARED, assemble, columns, records, systems
from prosperity.systems.spec import System

from prosperity_excel.book.definitions import Block, block_of
from prosperity_excel.book.record_blocks import Blocks, Model, has_title, read_models
from prosperity_excel.sheets.findings import refused_definitions
from prosperity_excel.sheets.workbook import Sheet, Workbook
from prosperity_excel.words.system_words import SYSTEM_SHEET

TABLES: tuple[str, ...] = (*CLASSES, *SHARED)
SYSTEM = Blocks(TABLES, "system", frozenset(SHARED))


def system_blocks(asked: Sequence[System]) -> tuple[Block, ...]:
    """Return the tables of systems; None and the empty text are both blank cells.

    Raises
    ------
    DefinitionError
        When a text does not fit into a cell.
    """
    flat = {system.id: records(system) for system in asked}
    return tuple(
        block_of(table, columns_of(table), {id: own[table] for id, own in flat.items()})
        for table in TABLES
    )


def columns_of(table: str) -> tuple[str, ...]:
    """Return the columns of a table of records."""
    if table in SHARED:
        return COLUMNS[table]
    return tuple(field.name for field in columns(table))


def own_systems(workbook: Workbook) -> dict[str, System]:
    """Read the systems of a book's ``system`` sheet; none where it is absent, or somebody's own.

    Raises
    ------
    DefinitionError
        As :func:`read_systems`.
    """
    sheet = workbook.filled(SYSTEM_SHEET)
    return {} if sheet is None or not has_title(sheet, SYSTEM.root) else read_systems(sheet)


def read_systems(sheet: Sheet) -> dict[str, System]:
    """Read the systems of a ``system`` sheet, by id in the order of the sheet.

    Raises
    ------
    DefinitionError
        With the cell. Several problems come as one error that lists the first and counts them all.
    """
    found: list[DefinitionError] = []
    built: dict[str, System] = {}
    for id, model in read_models(sheet, SYSTEM, found).items():
        wrong, system = assemble(_tables(id, model), model.locate)
        found.extend(wrong)
        if system is not None:
            built[id] = system
    if found:
        raise refused_definitions(found, sheet)
    return built


def _tables(id: str, model: Model) -> Mapping[str, Sequence[Record]]:
    """Return a system's records, with the catalog's where only its id stands in the sheet."""
    tables, known = model.tables, systems().get(id)
    stated = {name for name, value in tables["system"][0].items() if value not in (None, "")}
    if known is None or stated != {"id"}:
        return tables
    return {
        table: _over(rows, tables.get(table, ()) if table != "system" else ())
        for table, rows in records(known).items()
    }


def _over(known: Sequence[Record], own: Sequence[Record]) -> list[Record]:
    """Return the sheet's records, in their rows, over those known; then the others known.

    The sheet's come first, so that a record's number is still its row's.
    """
    before: dict[Any, Record] = {record["id"]: record for record in known}
    said = [
        {
            **before.get(record.get("id"), {}),
            **{name: value for name, value in record.items() if value not in (None, "")},
        }
        for record in own
    ]
    ids = {record.get("id") for record in own}
    return [*said, *(record for record in known if record["id"] not in ids)]
