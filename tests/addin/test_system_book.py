"""Books of systems: written, read back equal, refused with the cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from prosperity.systems.reading import find_system, systems
from prosperity.systems.simulated import simulated_system
from prosperity.systems.spec import System
from prosperity_excel.book.book import read_book
from prosperity_excel.book.system_sheet import system_blocks
from prosperity_excel.template.system_template import write_system_template

ALL = sorted(systems())
FLOWS = find_system("etf_flows")


def sheet_of(system: System) -> list[list[Any]]:
    """Return the rows of a sheet ``system``."""
    rows: list[list[Any]] = []
    for block in system_blocks([system]):
        rows += [[f"[{block.table}]"], list(block.columns), *map(list, block.rows), []]
    return rows


def prices_of(system: System, days: pd.DatetimeIndex) -> list[list[Any]]:
    """Return the rows of a sheet ``prices``: each asset rises by a pace of its own."""
    assets = [asset for asset in system.assets if asset.price]
    levels = [
        [100.0 * (1 + 0.0005 * (k % 7)) ** n for k in range(len(assets))] for n in range(len(days))
    ]
    return [
        ["id", *(asset.id for asset in assets)],
        *([day.date(), *row] for day, row in zip(days, levels, strict=True)),
    ]


@pytest.mark.parametrize("id", ALL)
def test_a_template_gives_the_catalogs_system_back(id: str, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_system_template(systems()[id], path)
    book = read_book(path)
    assert dict(book.systems) == {id: systems()[id]}
    assert not book.panel.tables
    assert not book.panel.lists
    assert book.industries == ()


@pytest.mark.parametrize("id", ALL)
def test_a_filled_book_says_what_the_panel_says(id: str, tmp_path: Path) -> None:
    system = systems()[id]
    panel = simulated_system(system, months=20)
    path = tmp_path / "book.xlsx"
    write_system_template(system, path, panel=panel, source_note="x")
    book = read_book(path)
    assert book.systems[id] == system
    assert book.panel.simulated
    assert book.panel.prices.columns.tolist() == panel.prices.columns.tolist()
    assert np.array_equal(book.panel.prices, panel.prices, equal_nan=True)
    assert book.panel.tables.keys() == panel.tables.keys()
    for name, table in panel.tables.items():
        read = book.panel.tables[name]
        same = {"index": table.values.index, "columns": table.values.columns}
        pd.testing.assert_frame_equal(
            read.values.reindex(**same), table.values, check_freq=False, check_index_type=False
        )
        there = table.values.notna()
        assert (
            (read.releases.reindex(**same).where(there) == table.releases.where(there))[there]
            .stack()
            .all()
        )
    for name, rows in panel.lists.items():
        wanted = rows.dropna(axis=1, how="all")
        read_rows = book.panel.lists[name][list(wanted)]
        assert read_rows.fillna("").to_numpy().tolist() == wanted.fillna("").to_numpy().tolist()
    assert book.panel.series.keys() == panel.series.keys()
