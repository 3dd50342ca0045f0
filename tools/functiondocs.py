"""The tables of functions, buttons and error values in the documents, from the registry.

``python -m tools.functiondocs FILE...`` renews what stands between
``<!-- table: functions en -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from prosperity_excel.excel.buttons import CELL_MENU, GROUPS
from prosperity_excel.formulas.cell_values import MEANINGS
from prosperity_excel.formulas.parts import FIELDS
from prosperity_excel.formulas.registry import FUNCTIONS

_PLACE = re.compile(r"(<!-- table: (\w+) (zh|en) -->\n).*?(<!-- end -->)", re.DOTALL)


def _functions(english: bool) -> list[list[str]]:
    heads = ["formula", "gives", "example"] if english else ["公式", "结果", "例子"]
    rows = [[f"`{f.signature}`", f.help[english], f"`{f.example}`"] for f in FUNCTIONS]
    return [heads, *rows]


def _buttons(english: bool) -> list[list[str]]:
    heads = ["group", "control", "what it does"] if english else ["组", "控件", "作用"]
    rows = [
        [g.label[english], b.label[english], b.help[english]] for g in GROUPS for b in g.buttons
    ]
    where = ("单元格右键", "Right click on a cell")
    rows += [[where[english], b.label[english], b.help[english]] for b in CELL_MENU]
    return [heads, *rows]


def _errors(english: bool) -> list[list[str]]:
    heads = ["value", "meaning"] if english else ["错误值", "含义"]
    return [heads, *([f"`{error}`", pair[english]] for error, pair in MEANINGS.items())]


def _fields(english: bool) -> list[list[str]]:
    heads = ["field", "also", "meaning"] if english else ["字段", "也可写作", "含义"]
    return [heads, *([f"`{id}`", f[0], f[2 + english]] for id, f in FIELDS.items())]


TABLES: Mapping[str, Callable[[bool], list[list[str]]]] = {
    "functions": _functions,
    "buttons": _buttons,
    "errors": _errors,
    "fields": _fields,
}


def table(kind: str, language: str) -> str:
    """Return a table in Markdown.

    Parameters
    ----------
    kind
        Key of :data:`TABLES`.
    language
        ``zh`` or ``en``.
    """
    heads, *rows = TABLES[kind](language == "en")
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in lines
    )


def filled(text: str) -> str:
    """Return a document with its tables renewed."""
    return _PLACE.sub(lambda m: f"{m[1]}{table(m[2], m[3])}{m[4]}", text)


def main(paths: list[str]) -> None:
    """Renew the tables of files."""
    for path in map(Path, paths):
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
