"""The dashboard of a closed book: what is chosen there, and the values that its formulas have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from prosperity_excel.ooxml.chart_caches import Area, Cells, area, areas
from prosperity_excel.ooxml.grid import Grid, Value
from prosperity_excel.ooxml.looks import cell_text
from prosperity_excel.ooxml.package import Package
from prosperity_excel.ooxml.sheet_rows import rows
from prosperity_excel.results.dashboard_view import LIST_AT, NAMES, WINDOWS, Shown

_FETCHED = re.compile(r'IF\(INDEX\(view_(items|about),(\d+)\)="","",INDEX\(view_\1,\2\)\)$')
_OWN = re.compile(r"\$?[A-Z]{1,3}\$?\d+$")


@dataclass(frozen=True)
class View:
    """The dashboard as it stands.

    Attributes
    ----------
    sheet : str
        Its name.
    shown : Shown
        What is chosen.
    cells : mapping
        Values of the hidden cells by row and column, from 0.
    """

    sheet: str
    shown: Shown
    cells: Cells

    def value(self, place: tuple[int, int], formula: str) -> Value:
        """Return the value of a cell of the dashboard.

        Raises
        ------
        KeyError
            For a formula that is not the template's.
        """
        if place in self.cells:
            return self.cells[place]
        formula = formula.removeprefix("=")
        found = _FETCHED.match(formula)
        if found:
            row = int(found[2])
            return self.shown.item(row) if found[1] == "items" else self.shown.about(row)
        own = area(f"x!{formula}") if _OWN.match(formula) else None
        if own is None:
            raise KeyError(formula)
        return self.cells[own.rows[0], own.columns[0]]


def view_of(package: Package, sheet: str | None, grids: Mapping[str, Grid]) -> View | None:
    """Return what a book's dashboard shows; None where it has none, or an older one.

    Parameters
    ----------
    package
        The book.
    sheet
        The dashboard's name in it.
    grids
        Its sheets of results by their names in it.
    """
    names = _names(package)
    anchor, window = (area(names.get(name, "")) for name in ("view_at", "view_window"))
    monthly, moves = (areas(names.get(name, "")) for name in ("view_monthly", "view_moves"))
    if sheet is None or anchor is None or window is None or not monthly or not moves:
        return None
    if anchor.sheet.casefold() != sheet.casefold():
        return None
    texts = _texts(package, package.sheets[sheet])
    top, left = anchor.rows[0], anchor.columns[0]
    months = WINDOWS.get(texts.get(_first(window), ""), max(WINDOWS.values()))
    industry = area(names.get("view_industry", ""))
    listed = [texts.get((top + n, left + LIST_AT)) for n in range(len(monthly))]
    chosen = texts.get(_first(industry)) if industry is not None else None
    choice = listed.index(chosen) if chosen is not None and chosen in listed else 0
    by_name = {name.casefold(): grid for name, grid in grids.items()}
    grid = by_name.get(monthly[choice].sheet.casefold())
    if grid is None:
        return None
    shown = Shown(grid, months, choice + 1, moves[0].columns[1] - moves[0].columns[0] + 1)
    cells = {(top + row, left + at): value for (row, at), value in shown.cells()}
    return View(sheet, shown, cells)


def _names(package: Package) -> dict[str, str]:
    """Return what the workbook's names of the dashboard mean."""
    defined = package.tree(package.workbook).named("definedName")
    return {name: one.text for one in defined if (name := one.attributes.get("name", "")) in NAMES}


def _first(wanted: Area) -> tuple[int, int]:
    return wanted.rows[0], wanted.columns[0]


def _texts(package: Package, part: str) -> dict[tuple[int, int], str]:
    """Return the texts of a sheet's cells that hold no formula, by place."""
    return {
        (row.number, at): cell_text(package, cell)
        for row in rows(package.tree(part))
        for at, cell in row.cells()
        if cell.attributes.get("t") in ("s", "inlineStr")
    }
