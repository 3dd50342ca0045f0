"""Records in blocks: how the sheets ``definition`` and ``system`` are read.

A block begins with its title, such as ``[indicator]``, in column A; its header row begins with
``model`` and names the columns; below it stands a row for each record. Anything between title and
header is for readers only. What each table holds is judged elsewhere; here every value keeps its
cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from prosperity.errors import DefinitionError, nearest
from prosperity.record_fields import MONTH_COLUMNS
from prosperity.records import Record

from prosperity_excel.sheets.cells import Cell, ErrorCell, PercentCell, day, text
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.words.book_words import MODEL, clean, fold

_TITLE = re.compile(r"^\[\s*([^\]]*?)\s*\]$")


@dataclass(frozen=True)
class Blocks:
    """What blocks a sheet may have.

    Attributes
    ----------
    tables : tuple of str
    root : str
        The table of which each record is a model, to which all other records belong.
    dated : frozenset of str
        Tables whose columns of months are read as months.
    """

    tables: tuple[str, ...]
    root: str
    dated: frozenset[str]


@dataclass
class Row:
    """A record, and where it stands."""

    table: str
    number: int
    columns: Mapping[str, int]
    record: Record

    def place(self, sheet: Sheet, column: str) -> str:
        """Return the place of one of its fields."""
        return sheet.place(self.number, self.columns.get(column, 0))


@dataclass
class Model:
    """A model's records by table, with their rows."""

    sheet: Sheet
    root: str
    rows: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, list[Record]]:
        """The records by table."""
        return {table: [row.record for row in rows] for table, rows in self.rows.items()}

    def locate(self, table: str, row: int, column: str) -> str:
        """Return the place of a field by its table and the number of its record."""
        rows = self.rows.get(table, [])
        if row < len(rows):
            return rows[row].place(self.sheet, column)
        return self.rows[self.root][0].place(self.sheet, "id")


def read_models(sheet: Sheet, blocks: Blocks, found: list[DefinitionError]) -> dict[str, Model]:
    """Return the records of a sheet by model id, in the order of the sheet.

    A row whose ``model`` is blank belongs to the only model of the sheet.

    Parameters
    ----------
    sheet
        Text above the first title is ignored.
    blocks
        What blocks it may have.
    found
        Takes what is wrong, each with its cell.
    """
    rows = [row for block in _blocks(sheet, blocks, found) for row in block]
    return _models(rows, sheet, blocks.root, found)


def has_title(sheet: Sheet, table: str) -> bool:
    """Whether a sheet has the title of a block."""
    first = (clean(row[0]) for row in sheet.rows if row and isinstance(row[0], str))
    titles = (match[1].casefold() for cell in first if (match := _TITLE.match(cell)))
    return table in titles


def _error(code: str, zh: str, en: str, where: str) -> DefinitionError:
    return DefinitionError(code, f"{zh}。", f"{en}.", where=where)


def _blocks(sheet: Sheet, blocks: Blocks, found: list[DefinitionError]) -> Iterator[list[Row]]:
    """Yield the rows of each block."""
    titles = [
        (number, match[1])
        for number, row in enumerate(sheet.rows)
        if row and isinstance(row[0], str) and (match := _TITLE.match(clean(row[0])))
    ]
    if not titles:
        known = "、".join(f"[{table}]" for table in blocks.tables)
        zh = f"没有任何表；A 列应有标题 {known}"
        en = f"There is no table; column A needs titles {known.replace('、', ', ')}"
        found.append(_error("missing_table", zh, en, sheet.place()))
        return
    ends = [*(number for number, _ in titles[1:]), len(sheet.rows)]
    for (start, title), end in zip(titles, ends, strict=True):
        table = title.casefold()
        if table not in blocks.tables:
            hint = "、".join(nearest(title, blocks.tables)) or "、".join(blocks.tables)
            place = sheet.place(start, 0)
            zh = f"没有“[{title[:40]}]”这种表，可用：{hint}"
            en = f"There is no table [{title[:40]}]; known: {hint.replace('、', ', ')}"
            found.append(_error("unknown_table", zh, en, place))
        else:
            yield list(_records(sheet, table, (start, end), table in blocks.dated, found))


def _records(
    sheet: Sheet, table: str, span: tuple[int, int], dated: bool, found: list[DefinitionError]
) -> Iterator[Row]:
    start, end = span
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
            record = {name: _value(name, cell, dated) for name, cell in cells.items()}
            row = Row(table, number, columns, record)
            _refuse_errors(row, cells, sheet, found)
            yield row


def _refuse_errors(
    row: Row, cells: Mapping[str, Cell], sheet: Sheet, found: list[DefinitionError]
) -> None:
    for name, cell in cells.items():
        if isinstance(cell, ErrorCell):
            shown = cell.text or "?"
            zh = f"这里是 Excel 公式，结果为 {shown}；文字以 = 开头时请在前面加撇号 '"
            en = f"There is an Excel formula that gives {shown}; put an apostrophe before the text"
            found.append(_error("error_cell", zh, en, row.place(sheet, name)))


def _value(column: str, cell: Cell, dated: bool) -> Any:
    """Return a cell as :func:`prosperity.records.build` takes it."""
    if dated and column in MONTH_COLUMNS:
        month = day(cell).value
        return text(cell) if month is None else f"{month:%Y-%m}"
    if isinstance(cell, PercentCell):
        return cell.value
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, float) and cell.is_integer():
        return text(cell)
    return None if isinstance(cell, ErrorCell) else cell


def _models(
    rows: Sequence[Row], sheet: Sheet, root: str, found: list[DefinitionError]
) -> dict[str, Model]:
    """Return the rows by model; report rows that belong to none, and ids that stand twice."""
    models: dict[str, Model] = {}
    for row in rows:
        if row.table != root:
            continue
        named = text(row.record.pop(MODEL))
        id = text(row.record.get("id")) or named
        if named and named != id:
            zh = f"model 是 {named[:60]}，而 id 是 {id[:60]}，两者应相同"
            en = f"The model is {named[:60]} and the id is {id[:60]}; they must be the same"
            found.append(_error("two_ids", zh, en, row.place(sheet, MODEL)))
        if id in models:
            first = models[id].rows[root][0].place(sheet, "id").rpartition("!")[2]
            zh = f"模型 id {id[:60]} 与 {first} 重复，请改名"
            en = f"The model id {id[:60]} stands in {first} too; rename one of them"
            found.append(_error("id_twice", zh, en, row.place(sheet, "id")))
            continue
        row.record["id"] = id
        models[id] = Model(sheet, root, {root: [row]})
    for row in rows:
        if row.table == root:
            continue
        named = text(row.record.pop(MODEL)) or (next(iter(models)) if len(models) == 1 else "")
        if named in models:
            models[named].rows.setdefault(row.table, []).append(row)
        else:
            hint = "、".join(nearest(named, models)) if named else "、".join(list(models)[:5])
            zh = f"这一行的 model“{named[:60]}”不是 [{root}] 中的 id；可用：{hint}"
            en = (
                f'The model "{named[:60]}" of this row is no id of [{root}]; '
                f"known: {hint.replace('、', ', ')}"
            )
            found.append(_error("unknown_model", zh, en, row.place(sheet, MODEL)))
    if not models and not found:
        zh, en = f"[{root}] 中没有任何模型", f"The table [{root}] holds no model"
        found.append(_error("no_models", zh, en, sheet.place()))
    return models
