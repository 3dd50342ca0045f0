"""Small books for the tests of reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from prosperity.definition import Industry
from prosperity.records import build
from prosperity_excel.book.definitions import blocks

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Formula:
    """A formula cell with its stored result."""

    text: str
    result: Any


@dataclass(frozen=True)
class Percent:
    """A number that is shown as a percentage."""

    value: float


def save(path: Path, sheets: Mapping[str, Rows], **options: Any) -> Path:
    """Write rows of plain values as a workbook."""
    book = xlsxwriter.Workbook(str(path), options)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    percent = book.add_format({"num_format": "0.0%"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, bool):
                    sheet.write_boolean(r, c, value)
                elif isinstance(value, int | float):
                    sheet.write_number(r, c, value)
                elif isinstance(value, date | datetime):
                    sheet.write_datetime(r, c, value, day)
                elif isinstance(value, Formula):
                    sheet.write_formula(r, c, value.text, None, value.result)
                elif isinstance(value, Percent):
                    sheet.write_number(r, c, value.value, percent)
                elif value is not None:
                    sheet.write_string(r, c, value)
    book.close()
    return path


def model(id: str = "toy", **changes: Any) -> Industry:
    """Make a small model: monthly a, daily b (mean), weekly c (sum), daily d (last)."""
    indicators = {
        "a": {
            "unit": "%",
            "lag_days": 10,
            "source_ids": "M001; E001",
            "aliases": "甲指标; 甲: 同比",
        },
        "b": {"unit": "%", "frequency": "D", "aggregate": "mean"},
        "c": {"unit": "万吨", "frequency": "W", "aggregate": "sum"},
        "d": {"unit": "元", "frequency": "D", "aggregate": "last"},
    }
    raw: dict[str, Any] = {
        "industry": [{"id": id, "name_zh": f"行业{id}", "name_en": f"Industry {id}",
                      "index_code": f"{id.upper()}.SI", "index_name_zh": f"指数{id}"}],
        "dimension": [{"id": "main", "name_zh": "主", "name_en": "Main"}],
        "indicator": [
            {"id": name, "name_zh": f"{name}:同比", "name_en": f"Series {name}",
             "dimension": "main", **record, **changes.get(name, {})}
            for name, record in indicators.items()
        ] + changes.get("more", []),
    }  # fmt: skip
    raw["industry"][0].update(changes.get("industry", {}))
    return build(raw)


TOY = model()


def definition_rows(*models: Industry) -> list[list[Any]]:
    """Return the rows of a definition sheet."""
    rows: list[list[Any]] = []
    for block in blocks(models):
        rows += [[f"[{block.table}]"], list(block.columns), *map(list, block.rows), []]
    return rows


MONTHS = [date(2020, 1, 31), date(2020, 2, 29), date(2020, 3, 31), date(2020, 4, 30)]
DATA: list[list[Any]] = [
    ["指标名称", "a:同比", "b:同比", "c:同比", "d:同比"],
    ["id", "a", "b", "c", "d"],
    ["lag", 10, 0, 0, 0],
    *([month, 1.0 + n, 2.0 + n, 3.0 + n, 4.0 + n] for n, month in enumerate(MONTHS)),
]
PRICES: list[list[Any]] = [
    ["指标名称", "万得全A", "指数toy"],
    ["指标ID", "881001.WI", "TOY.SI"],
    ["id", "benchmark", "toy"],
    *([month, 100.0 + n, 50.0 + n] for n, month in enumerate(MONTHS)),
]


def changed(rows: Rows, changes: Mapping[tuple[int, int], Any]) -> list[list[Any]]:
    """Return a copy of ``rows`` with some cells changed; rows grow as needed."""
    copy = [list(row) for row in rows]
    for (r, c), value in changes.items():
        copy.extend([] for _ in range(r + 1 - len(copy)))
        copy[r].extend([None] * (c + 1 - len(copy[r])))
        copy[r][c] = value
    return copy


def toy_book(folder: Path, *, models: Sequence[Industry] = (TOY,), **sheets: Any) -> Path:
    """Write a book of the toy model; ``sheets`` replaces some, None drops one."""
    all_sheets = {
        "data": DATA,
        "prices": PRICES,
        "definition": definition_rows(*models),
        **sheets,
    }
    kept = {name: rows for name, rows in all_sheets.items() if rows is not None}
    return save(folder / "book.xlsx", kept)
