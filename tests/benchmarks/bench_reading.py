"""Reading the all-industries book against calamine's own raw read of it, side by side.

Prints three ratios: of the cells alone (safety checks, errors and percentages found, rows in hand),
of everything up to the panel (definitions, months, release dates), and of that as the verbs do it,
who first make sure that the file needs no child. Nothing is asserted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from prosperity.catalog import catalog
from prosperity.simulation import simulate
from prosperity_excel.book.book import read_book
from prosperity_excel.files.child import read_guarded
from prosperity_excel.sheets.workbook import open_workbook
from prosperity_excel.template.template import write_template
from prosperity_excel.words.book_words import SHEETS, SheetId
from python_calamine import CalamineWorkbook

ROUNDS = 5
#: The sheets that a run reads.
READ: tuple[SheetId, ...] = ("data", "releases", "prices", "definition")


def main() -> None:
    """Write the book, read it both ways, print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "all.xlsx"
        models = list(catalog().values())
        industries = [m for m in models if m.kind == "industry"]
        write_template(industries, path, panel=simulate(models))
        peers: dict[str, Callable[[Path], object]] = {
            "calamine": _raw,
            "cells": _cells,
            "book": read_book,
            "verbs": lambda path: read_guarded(read_book, path),
        }
        taken: dict[str, list[float]] = {name: [] for name in peers}
        for _ in range(ROUNDS):
            for name, read in peers.items():
                start = perf_counter()
                read(path)
                taken[name].append(perf_counter() - start)
    base = median(taken["calamine"])
    print(f"calamine, every sheet: {base:.2f} s")
    for name in ("cells", "book", "verbs"):
        own = median(taken[name])
        print(f"{name}: {own:.2f} s, {own / base:.2f} times calamine")


def _raw(path: Path) -> None:
    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def _cells(path: Path) -> None:
    workbook = open_workbook(path)
    for id in READ:
        workbook.find(SHEETS[id])


if __name__ == "__main__":
    main()
