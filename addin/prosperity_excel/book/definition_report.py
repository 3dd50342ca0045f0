"""What ``prosperity define`` checks and says about the definitions in a book."""

from __future__ import annotations

from pathlib import Path

from prosperity.catalog import catalog
from prosperity.definition import Industry
from prosperity.errors import BookError
from prosperity.records import Difference, differences

from prosperity_excel.book.definitions import read_definitions
from prosperity_excel.sheets.workbook import open_workbook
from prosperity_excel.words.book_words import SHEETS

COLUMNS = ("id", "名称 Name", "类型 Kind", "指标 Indicators", "与目录比较 Against the catalog")


def check_definitions(path: Path) -> tuple[list[tuple[str, ...]], list[str]]:
    """Check a book's ``definition`` sheet.

    Returns
    -------
    rows, lines
        A row a model in the order of :data:`COLUMNS`, and a line for each field that differs from
        the catalog.

    Raises
    ------
    BookError
        When the book has no such sheet.
    DefinitionError
        With every problem and its cell.
    """
    sheet = open_workbook(path).find(SHEETS["definition"])
    if sheet is None:
        raise BookError(
            "missing_sheet",
            "工作簿没有 definition（定义）表；没有它就用目录中的定义。",
            "The book has no definition sheet; without one the catalog's definitions are used.",
            where=path.name,
        )
    models = read_definitions(sheet)
    rows: list[tuple[str, ...]] = []
    lines: list[str] = []
    for model in models.values():
        found = differences(catalog()[model.id], model) if model.id in catalog() else None
        rows.append(_row(model, found))
        lines.extend(f"{model.id}: {d.field}: {d.before} → {d.after}" for d in found or ())
    return rows, lines


def _row(model: Industry, found: tuple[Difference, ...] | None) -> tuple[str, ...]:
    if found is None:
        against = "新模型 new"
    elif found:
        against = f"{len(found)} 处不同 differences"
    else:
        against = "相同 the same"
    name = f"{model.name_zh} {model.name_en}"
    return model.id, name, model.kind, str(len(model.members)), against
