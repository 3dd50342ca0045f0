"""The ``definition`` sheet: models as tables, written and read without loss.

The sheet has a block for each table of a definition. A block begins with its title, such as
``[indicator]``, in column A; its header row begins with ``model`` and names the columns; below it
stands a row for each record. Anything between title and header is for readers only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from prosperity.catalog import broken_links, catalog
from prosperity.definition import Industry
from prosperity.errors import DefinitionError
from prosperity.record_fields import Table
from prosperity.records import COLUMNS, Record, assemble, records, says

from prosperity_excel.book.record_blocks import Blocks, Model, read_models
from prosperity_excel.sheets.findings import refused_definitions
from prosperity_excel.sheets.workbook import Sheet, Workbook
from prosperity_excel.words.book_words import MODEL, SHEETS, excel_length

Value = str | float | int | bool | None

LONGEST_TEXT = 32767
#: What blocks a sheet ``definition`` may have.
DEFINITION = Blocks(tuple(COLUMNS), "industry", frozenset(COLUMNS))
_NO_CELL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Block:
    """One table of the sheet as plain values; the first column is ``model``."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def blocks(models: Sequence[Industry]) -> tuple[Block, ...]:
    """Return the tables of ``models``. None and the empty text are both blank cells.

    Raises
    ------
    DefinitionError
        When a text does not fit into a cell.
    """
    flat = {model.id: records(model) for model in models}
    return tuple(
        block_of(table, columns, {id: tables[table] for id, tables in flat.items()})
        for table, columns in COLUMNS.items()
    )


def block_of(table: str, columns: Sequence[str], records: Mapping[str, Sequence[Record]]) -> Block:
    """Return one table of the records of several models, by model id, as plain values."""
    return Block(
        table,
        (MODEL, *columns),
        tuple(
            (id, *(_written(id, column, record[column]) for column in columns))
            for id, own in records.items()
            for record in own
        ),
    )


def _written(model: str, column: str, value: Any) -> Value:
    if value == "" and isinstance(value, str):
        return None
    if isinstance(value, str) and (excel_length(value) > LONGEST_TEXT or _NO_CELL.search(value)):
        raise DefinitionError(
            "text_does_not_fit",
            f"{model} 的 {column} 过长（超过 {LONGEST_TEXT} 字）或含有控制字符，无法写入单元格。",
            f"The {column} of {model} is longer than {LONGEST_TEXT} characters or holds "
            "control characters, which no cell can hold.",
        )
    if isinstance(value, float) and float(f"{value:.16G}") != value:
        # Cells keep 16 digits; the full number survives as text, which reading takes too.
        return repr(value)
    return cast(Value, value)


def read_definitions(sheet: Sheet) -> dict[str, Industry]:
    """Read the models of a ``definition`` sheet, by id in the order of the sheet.

    A row whose ``model`` is blank belongs to the only model of the sheet.

    Parameters
    ----------
    sheet
        As read from a workbook. Text above the first title is ignored.

    Raises
    ------
    DefinitionError
        With the cell. Several problems come as one error that lists the first and counts them
        all. Besides what :func:`prosperity.records.build` refuses: an unknown table, a block
        without header, two models with one id, a row of no known model, an Excel error, a
        composite of no known model, and composites that use each other in a circle.
    """
    found: list[DefinitionError] = []
    models = read_models(sheet, DEFINITION, found)
    built: dict[str, Industry] = {}
    for id, model in models.items():
        wrong, industry = _assembled(id, model)
        found.extend(wrong)
        if industry is not None:
            built[industry.id] = industry
    for industry, row, error in broken_links(built.values(), {**catalog(), **built}):
        place = models[industry.id].locate("indicator", row, "composite")
        found.append(DefinitionError(error.code, error.zh, error.en, where=place))
    if found:
        raise refused_definitions(found, sheet)
    return built


def own_models(workbook: Workbook) -> dict[str, Industry]:
    """Read the models of a book's ``definition`` sheet; none where it is absent or blank.

    Raises
    ------
    DefinitionError
        As :func:`read_definitions`.
    """
    sheet = workbook.filled(SHEETS["definition"])
    return {} if sheet is None else read_definitions(sheet)


def _assembled(id: str, model: Model) -> tuple[tuple[DefinitionError, ...], Industry | None]:
    """Return what is wrong with a model's rows, or the model; the catalog's own at a glance."""
    tables = cast("dict[Table, list[Record]]", model.tables)
    if id in catalog() and says(tables, _catalog_records()[id]):
        return (), catalog()[id]
    return assemble(tables, model.locate)


@cache
def _catalog_records() -> Mapping[str, Mapping[Table, Sequence[Record]]]:
    return {id: records(model) for id, model in catalog().items()}
