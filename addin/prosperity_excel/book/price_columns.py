"""The columns of ``prices``: closing prices by day, under the names that models ask for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from prosperity.definition import Industry

from prosperity_excel.book.dated import DatedSheet
from prosperity_excel.book.matching import duplicate_column
from prosperity_excel.sheets.findings import Findings
from prosperity_excel.words.book_words import BENCHMARK, fold

NO_ASSETS: Mapping[str, str] = {}


def read_prices(
    table: DatedSheet,
    known: Mapping[str, Industry],
    findings: Findings,
    assets: Mapping[str, str] = NO_ASSETS,
) -> pd.DataFrame:
    """Return closing prices by day and name; NaN where a column has none.

    Parameters
    ----------
    table
        The sheet ``prices``.
    known
        Models by id, whose ids and codes name columns.
    findings
        Takes conversions.
    assets
        Names of further columns by the folded words that mean them.

    Raises
    ------
    DataError
        The problems of the sheet's cells, together; a price that is not above zero is one.
    """
    columns: dict[str, np.ndarray] = {}
    for column, name in _price_names(table, known, findings, assets).items():
        columns[name] = table.numbers(column, findings)
        for place in np.flatnonzero(columns[name] <= 0):
            value = columns[name][place]
            zh, en = (
                f"价格 {value:g} 不大于零，请改正或清空。",
                f"The price {value:g} is not above zero.",
            )
            findings.problem("bad_price", zh, en, table.rows[place].number, column)
    findings.error_cells(table.sheet)
    findings.stop_if_any(table.sheet)
    days = pd.DatetimeIndex(table.days.astype("datetime64[ns]"))
    return pd.DataFrame(columns, index=days, dtype=float).dropna(how="all")


def price_names_of(
    table: DatedSheet, known: Mapping[str, Industry], assets: Mapping[str, str] = NO_ASSETS
) -> dict[int, str]:
    """Return each column's name in the prices, as :func:`read_prices` has them."""
    return _price_names(table, known, Findings(), assets)


def _price_names(
    table: DatedSheet,
    known: Mapping[str, Industry],
    findings: Findings,
    assets: Mapping[str, str],
) -> dict[int, str]:
    """Return each column's name: its id, else its code, else its name."""
    ids = {fold(id): id for id in (BENCHMARK, *known)} | dict(assets)
    codes = {
        fold(part): code
        for model in known.values()
        for code in (model.asset.code, model.asset.benchmark)
        for part in (code, code.partition(".")[0])
        if code
    }
    found: dict[int, str] = {}
    for column in table.columns:
        id, code = table.header("id", column), table.header("source_id", column)
        name = ids.get(fold(id), id) or assets.get(fold(code)) or codes.get(fold(code), code)
        given = table.header("name_zh", column) or table.header("name_en", column)
        name = name or assets.get(fold(given), given)
        twin = next((c for c, other in found.items() if other == name), None)
        if twin is None:
            found[column] = name
        else:
            duplicate_column(table, name, twin, column, findings)
    return found
