"""The ``definition`` sheet: models as tables, written and read without loss.

The sheet has a block for each table of a definition. A block begins with its title, such as
``[indicator]``, in column A; its header row begins with ``model`` and names the columns; below it
stands a row for each record. Anything between title and header is for readers only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, cast

from prosperity.catalog import broken_links, catalog
from prosperity.definition import Industry
from prosperity.errors import DefinitionError, nearest
from prosperity.record_fields import MONTH_COLUMNS, Table
from prosperity.records import COLUMNS, Record, assemble, records, says

from prosperity_excel.sheets.cells import Cell, ErrorCell, PercentCell, day, text
from prosperity_excel.sheets.findings import refused_definitions
from prosperity_excel.sheets.workbook import Sheet, Workbook
from prosperity_excel.words.book_words import MODEL, SHEETS, clean, excel_length, fold

Value = str | float | int | bool | None

_TITLE = re.compile(r"^\[\s*([^\]]*?)\s*\]$")
LONGEST_TEXT = 32767
_NO_CELL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Block:
    """One table of the sheet as plain values; the first column is ``model``."""

    table: Table
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
        Block(
            table,
            (MODEL, *columns),
            tuple(
                (id, *(_written(id, column, record[column]) for column in columns))
                for id, tables in flat.items()
                for record in tables[table]
            ),
        )
        for table, columns in COLUMNS.items()
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
    rows = [row for block in _blocks(sheet, found) for row in block]
    models = _models(rows, sheet, found)
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


def _assembled(id: str, model: _Model) -> tuple[tuple[DefinitionError, ...], Industry | None]:
    """Return what is wrong with a model's rows, or the model; the catalog's own at a glance."""
    tables = model.tables
    if id in catalog() and says(tables, _catalog_records()[id]):
        return (), catalog()[id]
    return assemble(tables, model.locate)


@cache
def _catalog_records() -> Mapping[str, Mapping[Table, Sequence[Record]]]:
    return {id: records(model) for id, model in catalog().items()}


@dataclass
class _Row:
    """A record, and where it stands."""

    table: Table
    number: int
    columns: Mapping[str, int]
    record: Record

    def place(self, sheet: Sheet, column: str) -> str:
        return sheet.place(self.number, self.columns.get(column, 0))


@dataclass
class _Model:
    """A model's records by table, with their rows."""

    sheet: Sheet
    rows: dict[Table, list[_Row]] = field(default_factory=dict)

    @property
    def tables(self) -> dict[Table, list[Record]]:
        return {table: [row.record for row in rows] for table, rows in self.rows.items()}

    def locate(self, table: str, row: int, column: str) -> str:
        rows = self.rows.get(cast(Table, table), [])
        if row < len(rows):
            return rows[row].place(self.sheet, column)
        return self.rows["industry"][0].place(self.sheet, "id")


def _error(code: str, zh: str, en: str, where: str) -> DefinitionError:
    return DefinitionError(code, f"{zh}。", f"{en}.", where=where)


def _blocks(sheet: Sheet, found: list[DefinitionError]) -> Iterator[list[_Row]]:
    """Yield the rows of each block."""
    titles = [
        (number, match[1])
        for number, row in enumerate(sheet.rows)
        if row and isinstance(row[0], str) and (match := _TITLE.match(clean(row[0])))
    ]
    if not titles:
        known = "、".join(f"[{table}]" for table in COLUMNS)
        zh = f"没有任何表；A 列应有标题 {known}"
        en = f"There is no table; column A needs titles {known.replace('、', ', ')}"
        found.append(_error("missing_table", zh, en, sheet.place()))
        return
    ends = [*(number for number, _ in titles[1:]), len(sheet.rows)]
    for (start, title), end in zip(titles, ends, strict=True):
        table = title.casefold()
        if table not in COLUMNS:
            hint = "、".join(nearest(title, COLUMNS)) or "、".join(COLUMNS)
            place = sheet.place(start, 0)
            zh = f"没有“[{title[:40]}]”这种表，可用：{hint}"
            en = f"There is no table [{title[:40]}]; known: {hint.replace('、', ', ')}"
            found.append(_error("unknown_table", zh, en, place))
        else:
            yield list(_records(sheet, cast(Table, table), start, end, found))


def _records(
    sheet: Sheet, table: Table, start: int, end: int, found: list[DefinitionError]
) -> Iterator[_Row]:
    headers = (n for n in range(start + 1, end) if fold(text(sheet.cell(n, 0))) == MODEL)
    header = next(headers, None)
    if header is None:
        zh = f"[{table}] 下面缺少以 {MODEL} 开头的表头行"
        en = f"The block [{table}] has no header row that begins with {MODEL}"
        found.append(_error("missing_header", zh, en, sheet.place(start, 0)))
        return
    columns: dict[str, int] = {}
    for place, cell in enumerate(sheet.rows[header]):
        name = clean(text(cell)).casefold()
        if name in columns:
            zh, en = f"表头 {name} 重复", f"The column {name} stands twice"
            found.append(_error("duplicate_column", zh, en, sheet.place(header, place)))
        elif name:
            columns[name] = place
    for number in range(header + 1, end):
        cells = {name: sheet.cell(number, place) for name, place in columns.items()}
        if any(cell is not None and text(cell) != "" for cell in cells.values()) or any(
            isinstance(cell, ErrorCell) for cell in cells.values()
        ):
            record = {name: _value(table, name, cell) for name, cell in cells.items()}
            row = _Row(table, number, columns, record)
            _refuse_errors(row, cells, sheet, found)
            yield row


def _refuse_errors(
    row: _Row, cells: Mapping[str, Cell], sheet: Sheet, found: list[DefinitionError]
) -> None:
    for name, cell in cells.items():
        if isinstance(cell, ErrorCell):
            shown = cell.text or "?"
            zh = f"这里是 Excel 公式，结果为 {shown}；文字以 = 开头时请在前面加撇号 '"
            en = f"There is an Excel formula that gives {shown}; put an apostrophe before the text"
            found.append(_error("error_cell", zh, en, row.place(sheet, name)))


def _value(table: Table, column: str, cell: Cell) -> Any:
    """Return a cell as :func:`prosperity.records.build` takes it."""
    if column in MONTH_COLUMNS:
        month = day(cell).value
        return text(cell) if month is None else f"{month:%Y-%m}"
    if isinstance(cell, PercentCell):
        return cell.value
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, float) and cell.is_integer():
        return text(cell)
    return None if isinstance(cell, ErrorCell) else cell


def _models(rows: Sequence[_Row], sheet: Sheet, found: list[DefinitionError]) -> dict[str, _Model]:
    """Return the rows by model; report rows that belong to none, and ids that stand twice."""
    models: dict[str, _Model] = {}
    for row in rows:
        if row.table != "industry":
            continue
        named = text(row.record.pop(MODEL))
        id = text(row.record.get("id")) or named
        if named and named != id:
            zh = f"model 是 {named[:60]}，而 id 是 {id[:60]}，两者应相同"
            en = f"The model is {named[:60]} and the id is {id[:60]}; they must be the same"
            found.append(_error("two_ids", zh, en, row.place(sheet, MODEL)))
        if id in models:
            first = models[id].rows["industry"][0].place(sheet, "id").rpartition("!")[2]
            zh = f"模型 id {id[:60]} 与 {first} 重复，请改名"
            en = f"The model id {id[:60]} stands in {first} too; rename one of them"
            found.append(_error("id_twice", zh, en, row.place(sheet, "id")))
            continue
        row.record["id"] = id
        models[id] = _Model(sheet, {"industry": [row]})
    for row in rows:
        if row.table == "industry":
            continue
        named = text(row.record.pop(MODEL)) or (next(iter(models)) if len(models) == 1 else "")
        if named in models:
            models[named].rows.setdefault(row.table, []).append(row)
        else:
            hint = "、".join(nearest(named, models)) if named else "、".join(list(models)[:5])
            zh = f"这一行的 model“{named[:60]}”不是 [industry] 中的 id；可用：{hint}"
            en = (
                f'The model "{named[:60]}" of this row is no id of [industry]; '
                f"known: {hint.replace('、', ', ')}"
            )
            found.append(_error("unknown_model", zh, en, row.place(sheet, MODEL)))
    if not models and not found:
        zh, en = "[industry] 中没有任何模型", "The table [industry] holds no model"
        found.append(_error("no_models", zh, en, sheet.place()))
    return models
